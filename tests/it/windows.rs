//! A text that is looked at in pieces shows what it shows as a whole, wherever the pieces meet.
//!
//! The inputs are the same in every run; `PROPTEST_RNG_SEED=7 PROPTEST_CASES=500` tries others.

use std::sync::LazyLock;

use bartizan::engine::place::Lines;
use bartizan::engine::{Decoded, Engine, Hit, Run, Text};
use bartizan::model::{Blob, Error, Region, RepoPath, Report, Snippet, Span};
use bartizan::scan::{Settings, Silent, registry, scan};
use bartizan::source::{Item, Large, Source};
use data_encoding::BASE64;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::fixtures::NOW;
use crate::ranges::{Bytes, config, piece};

/// All checks but those that read a file as a whole, which pieces are not.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let checks = registry::all().into_iter().filter(|check| !matches!(check.run, Run::Named { .. }));
    Engine::new(checks.collect(), Some(NOW))
});

/// Text that holds nothing, longer than what is kept of a text around a step.
const PLAIN: &str = "an ordinary line of some text, with words\n";

/// All that a report would say of a hit.
#[derive(Debug, PartialEq)]
struct Told {
    hit: Hit,
    encodings: Vec<&'static str>,
    text: Vec<u8>,
    region: Region,
    snippet: Option<Snippet>,
}

fn moved(span: Span, by: usize) -> Span {
    Span::new(span.start + by, span.end + by)
}

fn told(
    text: &[u8],
    before: bartizan::engine::place::Before,
    (hits, decoded): (&[Hit], &[Decoded]),
    masked: &[(Span, usize)],
) -> Vec<Told> {
    let lines = Lines::within(text, before);
    let shown = |span: Span| (!span.is_empty()).then(|| lines.snippet(span, masked));
    let region = |span: Span| if span.is_empty() { Region::TOP } else { lines.region(span) };
    let plain = hits.iter().map(|hit| Told {
        region: region(hit.span),
        snippet: shown(hit.span),
        encodings: Vec::new(),
        text: Vec::new(),
        hit: Hit {
            span: moved(hit.span, before.bytes),
            secret: hit.secret.map(|secret| moved(secret, before.bytes)),
            ..hit.clone()
        },
    });
    let inner = decoded.iter().map(|one| Told {
        region: region(one.span),
        snippet: shown(one.span),
        encodings: one.encodings.clone(),
        text: one.text.to_vec(),
        hit: one.hit.clone(),
    });
    plain.chain(inner).collect()
}

fn whole(text: &[u8]) -> Vec<Told> {
    let path = RepoPath::from("notes.txt");
    match ENGINE.scan(&Blob { path: &path, bytes: text, tracked: true }) {
        Text::Scanned { text, hits, decoded, masked, .. } => {
            told(&text, bartizan::engine::place::Before::default(), (&hits, &decoded), &masked)
        }
        Text::Binary(_) => panic!("it is text"),
    }
}

/// The same in steps of `step` bytes, of a text that is read in pieces of `piece` bytes.
fn in_pieces(text: &[u8], step: usize, piece: usize) -> Vec<Told> {
    let path = RepoPath::from("notes.txt");
    let mut pieces = text.chunks(piece);
    let mut all = Vec::new();
    let looked = ENGINE
        .scan_parts(
            (&path, true),
            step,
            &mut |to| {
                to.extend_from_slice(pieces.next().unwrap_or_default());
                Ok(pieces.len() > 0)
            },
            &mut |part| {
                assert!(part.text.len() < 40 << 20, "little is in memory");
                all.extend(told(part.text, part.before, (&part.hits, &part.decoded), part.masked));
                true
            },
        )
        .unwrap();
    assert_eq!(looked.bytes, text.len());
    all
}

fn sorted(mut all: Vec<Told>) -> Vec<String> {
    all.sort_by(|a, b| {
        (a.encodings.len(), a.hit.span, a.hit.check).cmp(&(b.encodings.len(), b.hit.span, b.hit.check))
    });
    all.iter().map(|one| format!("{one:?}")).collect()
}

#[track_caller]
fn check(text: &[u8], step: usize, piece: usize) {
    let (whole, pieces) = (sorted(whole(text)), sorted(in_pieces(text, step, piece)));
    for (whole, pieces) in whole.iter().zip(&pieces) {
        assert_eq!(whole, pieces);
    }
    assert_eq!(whole.len(), pieces.len());
}

/// A token that was never issued, with the checksum that issued ones have.
fn token(number: usize) -> String {
    crate::words::github_token(&format!("window {number}"))
}

/// `plant(n)` starts `n` bytes further behind the n-th seam than the first does, so that a seam lies at each
/// of its bytes and at some of those around it.
fn planted(step: usize, plant: impl Fn(usize) -> String) -> Vec<u8> {
    let longest = plant(0).len();
    let seams = longest + 80;
    let mut text = String::new();
    for number in 0..seams {
        let seam = (number + 1) * step;
        let start = seam + 40 - number;
        while text.len() + PLAIN.len() + 1 < start {
            text.push_str(PLAIN);
        }
        let blank = start - 1 - text.len();
        text.push_str(&"-".repeat(blank));
        text.push('\n');
        text.push_str(&plant(number));
        text.push('\n');
    }
    // The last seam has to be met before the end of the text is in memory.
    while text.len() < (seams + 2) * step + (300 << 10) {
        text.push_str(PLAIN);
    }
    text.into_bytes()
}

#[test]
fn nothing_is_lost_or_doubled_at_a_seam() {
    let step = 1024;
    let key = |number: usize| format!("db_password = \"kX9dPq27TzL{number:03}m!\"");
    let url = |number: usize| format!("url: https://app:s3cr3tX{number:04}q@db.internal.net/app");
    let encoded = |number: usize| BASE64.encode(format!("the key is {} and so on", token(number)).as_bytes());
    let escaped = |number: usize| format!("x=%22{}%22%20%22", token(number).replace('_', "%5F"));
    let forms: [(&str, &dyn Fn(usize) -> String); 5] =
        [("token", &token), ("key", &key), ("url", &url), ("base64", &encoded), ("escapes", &escaped)];
    for (name, form) in forms {
        let text = planted(step, form);
        let found = sorted(in_pieces(&text, step, 256));
        assert!(found.len() >= form(0).len() + 80, "{name}: each is found, {}", found.len());
        assert_eq!(found, sorted(whole(&text)), "{name}");
    }
}

#[test]
fn long_runs_and_long_lines_are_whole() {
    let token = token(1);
    let inner = format!("{}{token}\n{}", PLAIN.repeat(20_000), PLAIN.repeat(100));
    let one = BASE64.encode(inner.as_bytes());
    let wrapped: String =
        one.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap().to_owned() + "\n").collect();
    let line = format!("{{\"a\": \"{}\", \"t\": \"{token}\"}}", "é🔑 ".repeat(200_000));
    for text in [one, wrapped, line] {
        let text = format!("{}data: {text}\n{}", PLAIN.repeat(9000), PLAIN.repeat(9000));
        assert_eq!(in_pieces(text.as_bytes(), 4096, 1 << 16).len(), 1);
        check(text.as_bytes(), 4096, 1 << 16);
    }
}

#[test]
fn little_is_in_memory() {
    let mut pieces = (0..640).map(|number| format!("{}x = \"{}\"\n", PLAIN.repeat(1700), token(number)));
    let path = RepoPath::from("notes.txt");
    let (mut found, mut most) = (0, 0);
    let looked = ENGINE
        .scan_parts(
            (&path, true),
            1 << 16,
            &mut |to| {
                let piece = pieces.next();
                to.extend_from_slice(piece.as_deref().unwrap_or_default().as_bytes());
                Ok(piece.is_some())
            },
            &mut |part| {
                found += part.hits.len();
                most = most.max(part.text.len());
                true
            },
        )
        .unwrap();
    assert!(looked.bytes > 40 << 20, "more than is ever kept together");
    assert_eq!((found, looked.undecoded), (640, false));
    assert!(most < 2 << 20, "{most}");
}

#[test]
fn key_blocks_are_whole() {
    let body = BASE64.encode(&(0..1200u32).map(|n| (n * n * 7 + n / 3) as u8).collect::<Vec<_>>());
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let block = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    let text =
        (0..300).map(|number| PLAIN.repeat(20) + &"x".repeat(number) + "\n" + &block).collect::<String>();
    assert_eq!(in_pieces(text.as_bytes(), 4096, 512).len(), 300);
    check(text.as_bytes(), 4096, 512);
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn any_text_is_seen_alike_in_pieces(
        parts in prop::collection::vec(piece(), 1..60),
        order in prop::collection::vec((any::<Index>(), 0usize..90), 200..260),
        step in 512usize..20_000,
        piece in 64usize..9000,
    ) {
        let mut text = Vec::new();
        for (part, plain) in order {
            let Bytes(part) = part.get(&parts);
            text.extend_from_slice(part);
            text.extend_from_slice(PLAIN.repeat(plain).as_bytes());
        }
        text.retain(|byte| *byte != 0);
        if !text.starts_with(b"\xff\xfe") && !text.starts_with(b"\xfe\xff") {
            check(&text, step, piece);
        }
    }
}

/// A file, given as one over the size limit or not.
struct Memory<'a> {
    path: &'a str,
    bytes: &'a [u8],
    large: bool,
}

impl Source for Memory<'_> {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        let path = &RepoPath::from(self.path);
        if self.large {
            let content = &mut std::io::Cursor::new(self.bytes);
            visit(Item::Large(Large {
                path,
                tracked: true,
                origin: None,
                is_stored: false,
                unpack: None,
                content,
            }));
        } else {
            visit(Item::Blob(Blob { path, bytes: self.bytes, tracked: true }));
        }
        Ok(())
    }

    fn scope(&self) -> String {
        "memory".to_owned()
    }
}

fn report(path: &str, bytes: &[u8], large: bool) -> Report {
    let checks = registry::all();
    let settings = Settings { foreign_allow: true, ..crate::fixtures::settings(checks) };
    scan(&[&Memory { path, bytes, large }], &settings, &Silent).unwrap()
}

#[test]
fn a_report_says_the_same_of_a_large_text() {
    let allowed = |number| {
        format!(
            "# bartizan:{} github-personal-access-token made up\n",
            if number % 3 == 0 { "allow" } else { "no" }
        )
    };
    let text: String = (0..48)
        .map(|number| format!("{}{}x = \"{}\"\r\n", PLAIN.repeat(2500), allowed(number), token(number)))
        .collect();
    for bytes in [
        text.clone().into_bytes(),
        [&[0xff, 0xfe][..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat(),
    ] {
        let (whole, pieces) = (report("notes.txt", &bytes, false), report("notes.txt", &bytes, true));
        assert_eq!((whole.findings.len(), whole.suppressed.len()), (32, 16));
        assert_eq!(format!("{:?}", pieces.findings), format!("{:?}", whole.findings));
        assert_eq!(format!("{:?}", pieces.suppressed), format!("{:?}", whole.suppressed));
        assert_eq!((pieces.notices, pieces.problems), (whole.notices, whole.problems));
        assert_eq!(pieces.coverage.files, 1);
    }
}

#[test]
fn a_storm_of_secrets_ends_the_look() {
    let text: String =
        (0..3000).map(|number| format!("x = \"{}\"\n{}", token(number), PLAIN.repeat(30))).collect();
    let report = report("notes.txt", text.as_bytes(), true);
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].message.contains("1000 findings"), "{:?}", report.problems);
    assert!((1000..=1001).contains(&report.findings.len()), "{}", report.findings.len());
}
