//! The reader of Dockerfiles: every form of an instruction, and where it stands.

use bartizan::model::{Finding, RepoPath};
use bartizan::parse::dockerfile::{Base, Dockerfile, Instruction, is_name, read};
use proptest::prelude::*;

use crate::props::{Memory, config, report};

/// Each instruction as its name, its words and what stands behind them.
fn instructions(text: &str) -> Vec<String> {
    let file = read(text.as_bytes());
    let one = |one: &Instruction| {
        let words: Vec<&str> = one.words.iter().map(|word| word.text.as_str()).collect();
        let words = if words.is_empty() { one.text.text.clone() } else { words.join("|") };
        let flags: String =
            one.flags.iter().map(|flag| format!(" {}={}", flag.name, flag.value.text)).collect();
        let bodies: String = one.heredocs.iter().map(|one| format!(" <{}>", one.body.text.trim())).collect();
        let name = one.keyword.as_str();
        let name = if one.is_trigger { format!("ONBUILD {name}") } else { name.to_owned() };
        format!("{name}{flags} {words}{bodies}").trim().to_owned()
    };
    file.instructions.iter().map(one).collect()
}

fn images(text: &str) -> Vec<String> {
    read(text.as_bytes()).images.into_iter().map(|image| image.text).collect()
}

#[test]
fn lines_go_on() {
    let text = "\u{feff}# syntax=docker/dockerfile:1\r\nfrom a:1 as b\r\nrun x \\ \r\n  # comment\r\n\r\n  y\\\r\nz\r\n# end\r\nCMD [\"a b\", \"c\\\"d\"]\n";
    assert_eq!(instructions(text), ["FROM a:1|as|b", "RUN x   yz", "CMD a b|c\"d"]);
    let file = read(text.as_bytes());
    assert_eq!(
        &text.as_bytes()[file.instructions[1].span.range()],
        b"run x \\ \r\n  # comment\r\n\r\n  y\\\r\nz"
    );
    let at = file.instructions[1].text.text.find('y').unwrap();
    let span = file.instructions[1].text.locate(at..at + 2);
    assert_eq!(&text[span.range()], "y\\\r\nz");
    // The escape that is chosen, one that is escaped, and one behind which there is nothing.
    let windows = "# Escape = `\nFROM a\nCOPY c:\\x\\ `\n  d\n";
    assert_eq!(instructions(windows), ["FROM a", "COPY c:\\x\\|d"]);
    assert_eq!(instructions("FROM a\nRUN x\\\\\nRUN y \\"), ["FROM a", "RUN x\\\\", "RUN y"]);
    assert_eq!(instructions("# a comment\n# escape=`\nFROM a\nRUN x \\\n y"), ["FROM a", "RUN x  y"]);
}

#[test]
fn here_documents_belong_to_their_instruction() {
    let text = "FROM a\nRUN <<A cat <<-\"B C\" 3<<D\none\nA\n\t$two\n\tB C\nD\nCOPY <<x <<'y' /z\n1\nx\nRUN no\ny\nRUN [\"<<no\"]\nRUN echo $((1<<2)) <<< q\nUSER u\n";
    let all = instructions(text);
    assert_eq!(all[1], "RUN <<A cat <<-\"B C\" 3<<D <one> <$two> <>");
    assert_eq!(all[2], "COPY <<x|<<y|/z <1> <RUN no>");
    assert_eq!(all[3..], ["RUN <<no", "RUN echo $((1<<2)) <<< q", "USER u"]);
    let file = read(text.as_bytes());
    assert!(file.instructions[1].heredocs[0].expands && !file.instructions[1].heredocs[1].expands);
    let cut = read(b"FROM a\nRUN <<E\nno end\nUSER u\n");
    assert_eq!(cut.unread[0].line, 2);
    assert_eq!(cut.user().map(|(_, user)| user.text.as_str()), Some("u"));
}

#[test]
fn forms_of_instructions() {
    for (text, wanted) in [
        ("ENV a=b 'c=d e' f=\"g h\"\\ i", "ENV a=b|c=d e|f=g h i"),
        ("ENV a b  c", "ENV a=b  c"),
        ("ARG a b=c", "ARG a|b=c"),
        ("COPY --chown=1:1 --from=x a b", "COPY chown=1:1 from=x a|b"),
        ("COPY [\"a b\", \"c\"]", "COPY a b|c"),
        ("COPY [a, b]", "COPY [a,|b]"),
        (
            "RUN --mount=type=secret,id=a --network=none x --y",
            "RUN mount=type=secret,id=a network=none x --y",
        ),
        ("ONBUILD RUN x", "ONBUILD RUN x"),
        ("onbuild copy --from=a . .", "ONBUILD COPY from=a .|."),
        ("HEALTHCHECK --interval=5m CMD curl x", "HEALTHCHECK interval=5m CMD curl x"),
        ("EXPOSE 80/tcp 22", "EXPOSE 80/tcp|22"),
        ("VOLUME [\"/a\"]", "VOLUME /a"),
    ] {
        assert_eq!(instructions(&format!("FROM a\n{text}\n"))[1], wanted, "{text}");
    }
}

#[test]
fn variables_have_their_values() {
    let text = "ARG V=1\nARG B=x/y:${V}\nARG N\nFROM $B AS one\nARG V\nENV E=e$V\nFROM one\nENV F=${E}f\nUSER ${F:-no}\nFROM ${N:-z:3}\nFROM ${N}\nFROM --platform=$BUILDPLATFORM w:${TARGETARCH}\nUSER $V\n";
    let file = read(text.as_bytes());
    let named: Vec<&str> = file.images.iter().map(|image| image.text.as_str()).collect();
    assert_eq!(named, ["x/y:1", "z:3"]);
    let bases: Vec<&Base> = file.stages.iter().map(|stage| &stage.base).collect();
    assert_eq!(bases[1..], [&Base::Stage(0), &Base::Image("z:3".to_owned()), &Base::Unknown, &Base::Unknown]);
    let users: Vec<(&str, bool)> = file
        .instructions
        .iter()
        .filter(|one| one.keyword.as_str() == "USER")
        .map(|one| (one.words[0].text.as_str(), one.words[0].is_open))
        .collect();
    // An argument of before the first stage is none of a stage that does not ask for it.
    assert_eq!(users, [("e1f", false), ("${V}", true)]);
}

#[test]
fn images_are_those_of_registries() {
    let text = "FROM a:1 AS Base\nFROM base AS next\nCOPY --from=base a b\nCOPY --from=0 a b\nCOPY --from=c/d:2 a b\nCOPY --from=context a b\nRUN --mount=type=bind,from=e:3,target=/x y\nFROM scratch\nCOPY --from=NEXT a b\nFROM {{ image }}\nFROM @x@/y\n";
    assert_eq!(images(text), ["a:1", "c/d:2", "e:3"]);
}

#[test]
fn what_cannot_be_read_costs_itself_only() {
    let file = read(b"FROM a\n{{ if x }}\nRUNX y\n\nUSER root\n");
    let lines: Vec<u32> = file.unread.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [2, 3]);
    assert!(file.unread[0].message.contains("template"));
    assert_eq!(file.user().map(|(_, user)| user.text.as_str()), Some("root"));
}

#[test]
fn names_of_dockerfiles() {
    for name in [
        "Dockerfile",
        "dockerfile",
        "Containerfile",
        "web.Dockerfile",
        "Dockerfile.web",
        "web.dockerfile",
        "Dockerfile-22.04",
        "my_Dockerfile",
        "Dockerfile_arm64",
    ] {
        assert!(is_name(name.as_bytes()), "{name}");
    }
    for name in [
        "Dockerfiles",
        "Dockerfile.md",
        "Dockerfile.j2",
        "Dockerfile.tmpl",
        "notadockerfile",
        "Dockerfile.dockerignore",
        "Dockerfile.template",
        "dockerfile.go",
    ] {
        assert!(!is_name(name.as_bytes()), "{name}");
    }
}

/// Pieces that Dockerfiles are made of, whole and cut.
const PIECES: &[&[u8]] = &[
    b"FROM ",
    b"from a AS b\n",
    b"RUN ",
    b"COPY --from=",
    b"--mount=type=bind,from=",
    b"ENV A=",
    b"ARG A=",
    b"USER ",
    b"\\\n",
    b"\\\r\n",
    b"\n",
    b"\r\n",
    b"# x\n",
    b"# escape=`\n",
    b"`\n",
    b"<<EOF",
    b"<<-'E'",
    b"EOF\n",
    b"E\n",
    b"\"",
    b"'",
    b"$A",
    b"${A:-",
    b"${A#",
    b"}",
    b"[\"a\", ",
    b"\"b\"]",
    b"]",
    b"ONBUILD ",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3\xa9",
    b"x",
    b" ",
    b"\t",
    b"curl x | sh",
    b"$(",
    b"`",
    b"&& ",
    b"sh -c 'a b'",
    b"curl -k https://a.example/x -o /x && sh /x\n",
    b"| chpasswd\n",
    b"ADD https://a/b c\n",
    b"chmod 777 ",
    b"sudo ",
    b"EXPOSE 22\n",
    b"COPY . .\n",
    b"USER root\n",
    b"TOKEN=hunter2 ",
    b"FROM node:latest\n",
    b"useradd -p x",
    b"git -c http.sslverify=false",
    b"VOLUME [\"/var/run/docker.sock\"]\n",
];

proptest! {
    #![proptest_config(config(600))]

    /// Whatever the bytes are, places lie within them and are in order.
    #[test]
    fn places_lie_in_the_bytes(parts in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let bytes = parts.concat();
        let file: Dockerfile = read(&bytes);
        let mut end = 0;
        let fits = |span: bartizan::model::Span| span.start <= span.end && span.end <= bytes.len();
        for one in &file.instructions {
            prop_assert!(fits(one.span) && fits(one.name) && one.span.start >= end);
            end = one.span.end;
            for word in one.words.iter().chain(one.flags.iter().map(|flag| &flag.value)) {
                prop_assert!(fits(word.span) && word.span.start >= one.span.start && word.span.end <= one.span.end);
            }
            for text in std::iter::once(&one.text).chain(one.heredocs.iter().map(|heredoc| &heredoc.body)) {
                for command in bartizan::parse::shell::commands(&text.text) {
                    prop_assert!(text.text.get(command.range.clone()).is_some());
                    prop_assert!(fits(text.locate(command.range)));
                }
            }
        }
        for image in &file.images {
            prop_assert!(fits(image.span));
        }
    }
}

proptest! {
    #![proptest_config(config(40))]

    /// Every check holds out, and what it reports lies within the bytes.
    #[test]
    fn checks_hold_out(parts in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let bytes = parts.concat();
        let names = ["Dockerfile", "a/b.dockerfile"];
        let report = report(&Memory(names.map(|name| (RepoPath::from(name), bytes.clone())).into()), 1);
        for finding in report.findings.iter().flat_map(Finding::parts) {
            prop_assert!(finding.place.span.end <= bytes.len(), "{finding:?}");
        }
    }
}
