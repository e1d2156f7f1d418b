//! Shared test helpers of all formats, and that no damage goes unnoticed.

use super::{Format, parse};

/// `name version line origin`, one package per line; the text must have no errors.
#[track_caller]
pub(super) fn parsed(format: Format, text: &str) -> Vec<String> {
    let lock = parse(format, text.as_bytes());
    assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
    let line = |at: usize| lock.text[..at].matches('\n').count() + 1;
    let all = lock.packages.iter().map(|package| {
        assert_eq!(line(package.at.start), package.line, "{package:?}");
        let shown =
            format!("{} {} {} {}", package.name, package.version, package.line, package.origin.words());
        shown.trim_end().to_owned()
    });
    all.collect()
}

/// The line of the first error.
pub(super) fn line_of_mistake(format: Format, text: &str) -> Option<usize> {
    parse(format, text.as_bytes()).mistakes.first().map(|mistake| mistake.line)
}

#[test]
fn package_locks_of_every_version() {
    let text = "{\n \"lockfileVersion\": 3,\n \"packages\": {\n  \"\": { \"name\": \"app\", \"version\": \"9.9.9\" },\n  \"node_modules/tin\": {\n   \"version\": \"1.0.0\"\n  },\n  \"node_modules/a/node_modules/@s/tin\": { \"version\": \"2.0.0\", \"dev\": true },\n  \"node_modules/alias\": { \"name\": \"zinc\", \"version\": \"3.0.0\" },\n  \"sub\": { \"version\": \"1.0.0\" },\n  \"node_modules/sub\": { \"resolved\": \"sub\", \"link\": true },\n  \"node_modules/own\": { \"version\": \"4.0.0\", \"resolved\": \"https://npm.example.org/own/-/own-4.0.0.tgz\" },\n  \"node_modules/git\": { \"version\": \"5.0.0\", \"resolved\": \"git+ssh://git@example.org/git.git#0a\" },\n  \"node_modules/file\": { \"version\": \"6.0.0\", \"resolved\": \"file:file.tgz\" },\n  \"node_modules/peer\": { \"peer\": true }\n }\n}\n";
    let wanted = [
        "tin 1.0.0 5",
        "@s/tin 2.0.0 8",
        "zinc 3.0.0 9",
        "own 4.0.0 12 another registry",
        "git 5.0.0 13 git",
        "file 6.0.0 14 a path",
    ];
    assert_eq!(parsed(Format::PackageLock, text), wanted);
    let lock = parse(Format::PackageLock, text.as_bytes());
    assert_eq!(lock.packages[2].alias.as_deref(), Some("alias"));
    assert_eq!((lock.unpinned[0].name.as_str(), lock.unpinned[0].line), ("peer", 15));
    let old = "{\n \"lockfileVersion\": 1,\n \"dependencies\": {\n  \"tin\": {\n   \"version\": \"1.0.0\",\n   \"dependencies\": {\n    \"zinc\": { \"version\": \"2.0.0\", \"requires\": { \"lead\": \"1\" } }\n   }\n  },\n  \"git\": { \"version\": \"git+https://example.org/git.git#0a\" },\n  \"alias\": { \"version\": \"npm:gold@3.0.0\" }\n }\n}\n";
    assert_eq!(
        parsed(Format::PackageLock, old),
        ["tin 1.0.0 4", "zinc 2.0.0 7", "git git+https://example.org/git.git#0a 10 git", "gold 3.0.0 11"]
    );
}

#[test]
fn bun_and_deno() {
    let text = "{\n  // a comment\n  \"lockfileVersion\": 1,\n  \"workspaces\": { \"\": { \"name\": \"app\", }, },\n  \"packages\": {\n    \"tin\": [\"tin@1.0.0\", \"\", {}, \"sha512-x\"],\n    \"@s/zinc\": [\"@s/zinc@2.0.0\", \"https://npm.example.org/\", {}, \"sha512-x\"],\n    \"a/@s/tin\": [\"@s/tin@2.0.0\", \"\", {}, \"sha512-x\"],\n    \"part\": [\"part@workspace:part\"],\n    \"git\": [\"git@github:o/git#0a\", {}, \"0a\"],\n    \"alias\": [\"gold@3.0.0\", \"\", {}, \"sha512-x\"],\n  },\n}\n";
    assert_eq!(
        parsed(Format::Bun, text),
        [
            "tin 1.0.0 6",
            "@s/zinc 2.0.0 7 another registry",
            "@s/tin 2.0.0 8",
            "git github:o/git#0a 10 git",
            "gold 3.0.0 11"
        ]
    );
    let lock = parse(Format::Bun, text.as_bytes());
    let aliases: Vec<_> = lock.packages.iter().filter_map(|package| package.alias.as_deref()).collect();
    assert_eq!(aliases, ["alias"]);

    let four = "{\n \"version\": \"4\",\n \"specifiers\": { \"npm:tin@1\": \"1.0.0\" },\n \"jsr\": { \"@std/path@1.0.0\": { \"integrity\": \"x\" } },\n \"npm\": {\n  \"tin@1.0.0\": { \"integrity\": \"x\" },\n  \"@s/zinc@2.0.0_tin@1.0.0\": { \"integrity\": \"x\" }\n },\n \"remote\": {}\n}\n";
    assert_eq!(
        parsed(Format::Deno, four),
        ["jsr:@std/path 1.0.0 4 another registry", "tin 1.0.0 6", "@s/zinc 2.0.0 7"]
    );
    let three = "{\n \"version\": \"3\",\n \"packages\": { \"specifiers\": {},\n \"npm\": { \"tin@1.0.0\": {} } },\n \"remote\": {} }\n";
    assert_eq!(parsed(Format::Deno, three), ["tin 1.0.0 4"]);
    let two = "{ \"version\": \"2\", \"remote\": {}, \"npm\": { \"specifiers\": {}, \"packages\": { \"tin@1.0.0\": {} } } }\n";
    assert_eq!(parsed(Format::Deno, two), ["tin 1.0.0 1"]);
    assert_eq!(parsed(Format::Deno, "{ \"https://example.org/a.ts\": \"0a\" }\n"), [""; 0]);
    assert_eq!(line_of_mistake(Format::Deno, "{\n \"error\": \"none\" }\n"), Some(2));
}

#[test]
fn composer_and_pipenv() {
    let php = "{\n \"packages\": [\n  {\n   \"name\": \"a/tin\",\n   \"version\": \"v1.2.3\",\n   \"notification-url\": \"https://packagist.org/downloads/\"\n  },\n  { \"name\": \"a/own\", \"version\": \"2.0.0\", \"notification-url\": \"https://example.org/downloads/\" },\n  { \"name\": \"a/local\", \"version\": \"1.0.0\", \"dist\": { \"type\": \"path\", \"url\": \"local\" } }\n ],\n \"packages-dev\": [ { \"name\": \"a/zinc\", \"version\": \"dev-main\" } ]\n}\n";
    assert_eq!(
        parsed(Format::Composer, php),
        [
            "a/tin 1.2.3 4",
            "a/own 2.0.0 8 another registry",
            "a/local 1.0.0 9 a path",
            "a/zinc dev-main 11 git"
        ]
    );
    let pipenv = "{\n \"_meta\": { \"sources\": [ { \"name\": \"pypi\", \"url\": \"https://pypi.org/simple\" }, { \"name\": \"own\", \"url\": \"https://pypi.example.org/simple\" } ] },\n \"default\": {\n  \"tin\": { \"index\": \"pypi\", \"version\": \"==1.0\" },\n  \"zinc\": { \"index\": \"own\", \"version\": \"==2.0\" },\n  \"lead\": { \"git\": \"https://example.org/lead.git\", \"ref\": \"0a\" },\n  \"app\": { \"path\": \".\", \"editable\": true }\n },\n \"develop\": {\n  \"gold\": { \"version\": \"==3.0\" },\n  \"iron\": { \"version\": \"*\" } }\n}\n";
    assert_eq!(
        parsed(Format::Pipfile, pipenv),
        ["tin 1.0 4", "zinc 2.0 5 another registry", "lead 0a 6 git", "gold 3.0 10"]
    );
}

#[test]
fn nuget_swift_and_dart() {
    let nuget = "{\n \"version\": 1,\n \"dependencies\": {\n  \"net8.0\": {\n   \"Tin\": { \"type\": \"Direct\", \"requested\": \"[1.0, )\", \"resolved\": \"1.0.0\" },\n   \"part\": { \"type\": \"Project\" }\n  },\n  \"net9.0\": {\n   \"tin\": { \"type\": \"Transitive\", \"resolved\": \"1.0.0\" },\n   \"Zinc\": { \"type\": \"Transitive\", \"resolved\": \"2.0.0\" } }\n }\n}\n";
    assert_eq!(parsed(Format::NuGet, nuget), ["Tin 1.0.0 5", "Zinc 2.0.0 10"]);
    let two = "{\n \"pins\": [\n  { \"identity\": \"tin\", \"kind\": \"remoteSourceControl\",\n    \"location\": \"https://example.org/a/tin.git\",\n    \"state\": { \"revision\": \"0a\", \"version\": \"1.0.0\" } },\n  { \"identity\": \"zinc\", \"kind\": \"remoteSourceControl\", \"location\": \"https://example.org/zinc\", \"state\": { \"branch\": \"main\", \"revision\": \"0b\" } }\n ],\n \"version\": 3\n}\n";
    assert_eq!(
        parsed(Format::Swift, two),
        ["https://example.org/a/tin.git 1.0.0 4", "https://example.org/zinc main 6 git"]
    );
    let one = "{\n \"object\": { \"pins\": [\n  { \"package\": \"Tin\", \"repositoryURL\": \"https://example.org/a/tin.git\", \"state\": { \"branch\": null, \"revision\": \"0a\", \"version\": \"1.0.0\" } } ] },\n \"version\": 1\n}\n";
    assert_eq!(parsed(Format::Swift, one), ["https://example.org/a/tin.git 1.0.0 3"]);
    let dart = "# Generated by pub\npackages:\n  tin:\n    dependency: \"direct main\"\n    description:\n      name: tin\n      url: \"https://pub.dev\"\n    source: hosted\n    version: \"1.0.0\"\n  zinc:\n    description: { name: zinc, url: \"https://pub.example.org\" }\n    source: hosted\n    version: \"2.0.0\"\n  lead:\n    source: git\n    version: \"3.0.0\"\n  flutter:\n    source: sdk\n    version: \"0.0.0\"\nsdks:\n  dart: \">=3.0.0\"\n";
    assert_eq!(
        parsed(Format::Pub, dart),
        ["tin 1.0.0 3", "zinc 2.0.0 10 another registry", "lead 3.0.0 14 git"]
    );
}

#[test]
fn what_json_cannot_be_is_a_mistake_with_its_line() {
    for format in [
        Format::PackageLock,
        Format::Bun,
        Format::Deno,
        Format::Composer,
        Format::Pipfile,
        Format::NuGet,
        Format::Swift,
    ] {
        let mistake = |text: &str| line_of_mistake(format, text);
        assert_eq!(mistake("<!DOCTYPE html>\n"), Some(1), "{format:?}");
        let cut = parse(format, b"{\n\"packages\": {\n");
        assert!(cut.mistakes.iter().any(|mistake| mistake.line == 3), "{format:?}: {:?}", cut.mistakes);
        assert_eq!(mistake("{}\n\n{}\n"), Some(3), "{format:?}");
        assert_eq!(mistake("[]\n"), Some(1), "{format:?}");
        assert!(mistake(&"[".repeat(100_000)).is_some(), "{format:?}");
        if format != Format::Deno {
            assert_eq!(mistake("{}\n"), Some(1), "{format:?}");
            assert_eq!(mistake("{\n \"message\": \"Not Found\"}\n"), Some(1), "{format:?}");
        }
    }
    assert_eq!(line_of_mistake(Format::PackageLock, "{\n\"packages\": [] }\n"), Some(2));
    let number = "{\"packages\": {\n\"node_modules/tin\": { \"version\": 1 } } }\n";
    assert_eq!(line_of_mistake(Format::PackageLock, number), Some(2));
    // The part before a truncation is parsed.
    let half = "{ \"packages\": { \"node_modules/tin\": { \"version\": \"1.0.0\" },\n \"node_modules/zi";
    let lock = parse(Format::PackageLock, half.as_bytes());
    assert_eq!((lock.packages.len(), lock.mistakes[0].line), (1, 2));
}

/// A file of each notation, with `count` packages.
fn many(format: Format, count: usize) -> String {
    let all = |of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    match format {
        Format::PackageLock => format!(
            "{{\"packages\": {{{}\"end\": {{}}}}}}",
            all(&|at| format!("\"node_modules/p{at}\": {{\"version\": \"1.0.0\"}},"))
        ),
        Format::Composer => format!(
            "{{\"packages\": [{}{{\"name\": \"z/z\", \"version\": \"1.0.0\"}}]}}",
            all(&|at| format!("{{\"name\": \"a/p{at}\", \"version\": \"1.0.0\"}},"))
        ),
        Format::Pnpm => format!(
            "lockfileVersion: '9.0'\npackages:\n{}",
            all(&|at| format!("  p{at}@1.0.0:\n    resolution: {{integrity: x}}\n"))
        ),
        Format::Uv => all(&|at| format!("[[package]]\nname = \"p{at}\"\nversion = \"1.0.0\"\n")),
        // One package with a long name and many dependencies: its name is not copied for each.
        Format::Yarn => format!(
            "{}@^1:\n  version \"1.0.0\"\n  dependencies:\n{}\n{}",
            "p".repeat(count),
            all(&|at| format!("    p{at} \"^1\"\n")),
            all(&|at| format!("p{at}@^1:\n  version \"1.0.0\"\n\n"))
        ),
        Format::Requirements => all(&|at| format!("p{at}==1.0.0\n")),
        Format::GoMod => format!("module app\nrequire (\n{})\n", all(&|at| format!("p{at} v1.0.0\n"))),
        Format::Gemfile => format!("GEM\n  specs:\n{}", all(&|at| format!("    p{at} (1.0.0)\n"))),
        Format::Mix => format!("%{{{}}}", all(&|at| format!("\"p{at}\": {{:hex, :p{at}, \"1.0.0\"}}, "))),
        _ => String::new(),
    }
}

#[test]
fn no_reader_does_more_than_linear_work() {
    for format in Format::ALL.into_iter().filter(|format| !many(*format, 1).is_empty()) {
        crate::parse::lines::steps::assert_linear(
            |count| many(format, count),
            |text| {
                let lock = parse(format, text.as_bytes());
                assert!(lock.mistakes.is_empty() && lock.packages.len() >= 500, "{format:?}");
            },
        );
    }
}
