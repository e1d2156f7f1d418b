//! What holds for any input: nothing panics, spans lie in the text, threads do not matter, names
//! cannot forge output, and no format shows a secret.
//!
//! The inputs are the same in every run; `PROPTEST_RNG_SEED=7 PROPTEST_CASES=5000` tries others.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use bartizan::engine::{Engine, Text, pack};
use bartizan::model::{Blob, Error, Finding, RepoPath, Report, Severity, Span};
use bartizan::render::{Format, Options, render};
use bartizan::scan::{Settings, Silent, registry, scan};
use bartizan::source::{Item, Source};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use rayon::prelude::*;

use crate::fixtures::NOW;
use crate::tidy::pack_files;
use crate::words::TELLING;

/// Bytes of a secret that may not be seen in a row.
const PIECE: usize = 12;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(registry::all(), Some(NOW)));

/// Every bad example of the packs.
pub(crate) static EXAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rules = pack_files().into_iter().flat_map(|file| pack::parse(&file.text, &file.stem).unwrap());
    rules.flat_map(|rule| rule.bad).collect()
});

pub(crate) fn config(cases: u32) -> ProptestConfig {
    let mut config =
        ProptestConfig { failure_persistence: None, max_shrink_time: 20_000, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_26);
    }
    config
}

/// Files that are nowhere but in memory.
pub(crate) struct Memory(pub(crate) Vec<(RepoPath, Vec<u8>)>);

impl Source for Memory {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        self.0.par_iter().for_each(|(path, bytes)| visit(Item::Blob(Blob { path, bytes, tracked: true })));
        Ok(())
    }

    fn scope(&self) -> String {
        "memory".to_owned()
    }
}

pub(crate) fn report(source: &Memory, threads: usize) -> Report {
    let checks = registry::all();
    let settings =
        Settings { dependencies: crate::dependencies::known(), ..crate::fixtures::settings(checks) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| scan(&[source], &settings, &Silent)).unwrap()
}

/// The report in every format and manner, each with its name.
fn rendered(report: &Report) -> Vec<(&'static str, Vec<u8>)> {
    let plain = Options::plain(Some(Severity::Medium));
    let ways = [
        ("human", Format::Human, plain.clone()),
        ("human in colour", Format::Human, Options { color: true, width: 60, verbose: 2, ..plain.clone() }),
        ("json", Format::Json, plain.clone()),
        ("jsonl", Format::Jsonl, plain.clone()),
        ("sarif", Format::Sarif, plain),
    ];
    let write = |(name, format, options): (&'static str, Format, Options)| {
        let mut out = Vec::new();
        render(report, format, &options, &mut out).unwrap();
        (name, out)
    };
    ways.into_iter().map(write).collect()
}

/// Pieces of text that mean something to some check.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let telling = select(TELLING);
    let example = any::<prop::sample::Index>().prop_map(|index| index.get(&EXAMPLES).clone().into_bytes());
    let cut = (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(index, at)| {
        let text = index.get(&EXAMPLES).as_bytes();
        text[at.index(text.len())..].to_vec()
    });
    prop_oneof![
        4 => telling.prop_map(|text| text.as_bytes().to_vec()),
        3 => "[A-Za-z0-9_./+-]{0,40}".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..12),
        1 => example,
        1 => cut,
    ]
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(fragment(), 0..40).prop_map(|parts| parts.concat())
}

fn file_name() -> impl Strategy<Value = RepoPath> {
    let known = select(vec![
        ".env",
        "prod.env",
        "src/main.rs",
        "app/settings.py",
        "Cargo.lock",
        ".npmrc",
        "main.tf",
        "k8s/a.yaml",
        "Dockerfile",
    ]);
    prop_oneof![
        3 => known.prop_map(RepoPath::from),
        1 => "[a-z]{1,8}/[a-z]{1,8}\\.(py|js|json|toml|md|properties|xml|sh)".prop_map(|name| RepoPath::from(name.as_str())),
    ]
}

/// Names that try to be something else on a terminal, in a URI or in JSON.
fn hostile_name() -> impl Strategy<Value = RepoPath> {
    let part = prop_oneof![
        "[a-z ]{1,6}".prop_map(String::into_bytes),
        select(vec![
            "\n",
            "\r",
            "\u{1b}[2J",
            "\u{1b}]8;;http://x\u{7}",
            "\u{202e}",
            "\u{200b}",
            "\"",
            "\\",
            "%2e",
            "../",
            "<b>",
            "::error::",
            "é",
            "#",
            "?"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(1u8..=255, 1..4),
    ];
    prop::collection::vec(part, 1..8).prop_map(|parts| RepoPath::new(parts.concat()))
}

fn inside(span: Span, text: &[u8]) -> bool {
    span.start <= span.end && span.end <= text.len()
}

/// The bytes that no report may show: each secret without the starts that name its kind, of whatever
/// kind seen in it.
fn hidden(path: &RepoPath, bytes: &[u8]) -> Vec<Vec<u8>> {
    let Text::Scanned { text, masked, .. } = ENGINE.scan(&Blob { path, bytes, tracked: true }) else {
        return Vec::new();
    };
    let mut named = vec![false; text.len()];
    for (span, public) in &masked {
        let shown = shown_start(*span, *public);
        named[span.start..span.start + shown].fill(true);
    }
    let mut pieces = Vec::new();
    for (span, _) in &masked {
        let bytes = text[span.range()].iter().zip(&named[span.range()]).collect::<Vec<_>>();
        let runs = bytes.chunk_by(|(_, a), (_, b)| a == b).filter(|run| !*run[0].1);
        pieces.extend(runs.map(|run| run.iter().map(|(byte, _)| **byte).collect()));
    }
    pieces
}

/// The text with line ends in place of all that is secret.
fn unmasked(path: &RepoPath, bytes: &[u8]) -> Vec<u8> {
    let Text::Scanned { text, masked, .. } = ENGINE.scan(&Blob { path, bytes, tracked: true }) else {
        return Vec::new();
    };
    let mut open = text.to_vec();
    masked.iter().for_each(|(span, _)| open[span.range()].fill(b'\n'));
    for (span, public) in masked {
        let named = span.start..span.start + shown_start(span, public);
        open[named.clone()].copy_from_slice(&text[named]);
    }
    open
}

/// How much of the start of a secret is shown, because it only names the kind.
fn shown_start(span: Span, public: usize) -> usize {
    if span.len() >= public + 8 { public.min(16) } else { 0 }
}

/// What was written, so that pieces of it are found fast.
struct Output {
    name: &'static str,
    bytes: Vec<u8>,
    pieces: HashSet<[u8; PIECE]>,
}

impl Output {
    fn of(report: &Report) -> Vec<Self> {
        let piece = |window: &[u8]| <[u8; PIECE]>::try_from(window).unwrap();
        let outputs = rendered(report).into_iter();
        outputs
            .map(|(name, bytes)| Self { name, pieces: bytes.windows(PIECE).map(piece).collect(), bytes })
            .collect()
    }

    /// A piece of `secret` that is shown: a dozen bytes in a row, or all of a short one. Pieces that
    /// `excused` knows are passed over, and so are words of ours.
    fn shows<'a>(&self, secret: &'a [u8], excused: impl Fn(&[u8]) -> bool) -> Option<&'a [u8]> {
        match secret.len() {
            // Too short to tell from a word that stands there for another reason.
            ..8 => None,
            8..PIECE => {
                let there = memchr::memmem::find(&self.bytes, secret).is_some();
                (there && !excused(secret) && !is_ours(secret)).then_some(secret)
            }
            _ => {
                let there = |piece: &&[u8]| self.pieces.contains(*piece);
                secret.windows(PIECE).filter(there).find(|piece| !excused(piece) && !is_ours(piece))
            }
        }
    }
}

/// Pieces that stand in every report anyway, because they are words of ours.
fn is_ours(piece: &[u8]) -> bool {
    static OURS: LazyLock<String> = LazyLock::new(|| {
        // As they stand in the formats: by themselves, as a sentence, as a string of JSON.
        let words = |check: &bartizan::engine::Check| {
            let meta = &check.meta;
            let name: String = meta.id.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
            [meta.id, &name, meta.title, meta.remedy, meta.docs]
                .map(|text| format!("{text}\n\"{text}\"\n{text}.\n"))
                .concat()
        };
        // SARIF names a rule in one word.
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        let names = registry::all().into_iter().map(|check| check.meta.id.split('-').map(capital).collect());
        let marks = "`bartizan:allow` names no check; write `bartizan:allow CHECK reason`".to_owned();
        registry::all().iter().map(words).chain(names).chain([marks]).collect()
    });
    // The first line of a key block names its kind.
    let label = piece.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b' ' | b'-'));
    // Wrapped words of ours are indented.
    label || memchr::memmem::find(OURS.as_bytes(), piece.trim_ascii()).is_some()
}

#[test]
fn there_are_examples_to_plant() {
    assert!(EXAMPLES.len() > 300, "{}", EXAMPLES.len());
    let path = RepoPath::from("a.txt");
    let hiding = EXAMPLES.iter().filter(|example| !hidden(&path, example.as_bytes()).is_empty()).count();
    assert!(hiding * 10 > EXAMPLES.len() * 9, "only {hiding} of {} examples hold a secret", EXAMPLES.len());
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn any_bytes_are_scanned(path in file_name(), bytes in prop_oneof![any_text(), prop::collection::vec(any::<u8>(), 0..400)]) {
        if let Text::Scanned { text, hits, masked, .. } = ENGINE.scan(&Blob { path: &path, bytes: &bytes, tracked: true }) {
            for hit in &hits {
                prop_assert!(inside(hit.span, &text), "{:?} in {} bytes", hit.span, text.len());
                prop_assert!(hit.secret.is_none_or(|secret| inside(secret, &text)));
                prop_assert!(usize::from(hit.check) < ENGINE.checks().len());
            }
            prop_assert!(masked.iter().all(|(span, public)| inside(*span, &text) && *public <= span.len()));
            prop_assert!(hits.is_sorted_by_key(|hit| hit.span));
        }
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn any_bytes_are_reported(files in prop::collection::vec((file_name(), any_text()), 0..4)) {
        let report = report(&Memory(files), 1);
        // A lock file of no matter what is told.
        let others: Vec<_> = report.problems.iter()
            .filter(|problem| problem.path.as_ref().is_none_or(|path| path.file_name() != b"Cargo.lock")).collect();
        prop_assert!(others.is_empty(), "{:?}", others);
        for (name, out) in rendered(&report) {
            prop_assert!(std::str::from_utf8(&out).is_ok(), "{name}");
        }
    }

    #[test]
    fn one_thread_and_many_say_the_same(files in prop::collection::vec((file_name(), any_text()), 0..12)) {
        // Equal names would be two files that a repository cannot hold.
        let names: BTreeSet<RepoPath> = files.iter().map(|(name, _)| name.clone()).collect();
        prop_assume!(names.len() == files.len());
        let source = Memory(files);
        let alone = rendered(&report(&source, 1));
        prop_assert_eq!(&alone, &rendered(&report(&source, 4)));
        let turned = Memory(source.0.into_iter().rev().collect());
        prop_assert_eq!(&alone, &rendered(&report(&turned, 3)));
    }

    #[test]
    fn no_format_shows_a_planted_secret(
        path in file_name(),
        planted in prop::collection::vec((any::<prop::sample::Index>(), any_text(), select(vec!["\n", "\r\n", "\n\n"])), 1..6),
    ) {
        let mut text = Vec::new();
        for (index, around, end) in planted {
            let example = index.get(&EXAMPLES);
            text.extend_from_slice(example.as_bytes());
            text.extend_from_slice(end.as_bytes());
            text.extend(around.into_iter().filter(|byte| *byte != 0));
            text.extend_from_slice(end.as_bytes());
        }
        // A secret that its surroundings hide from the checks is not theirs to mask.
        let known = hidden(&path, &text);
        let open = unmasked(&path, &text);
        // What stands in the file a second time, where no check sees a secret, may be shown from there.
        // And whatever somebody writes in an environment file is a secret as a whole, words too.
        let excused = |piece: &[u8]| {
            let words = piece.iter().any(|byte| !byte.is_ascii_graphic() || b"\"'`".contains(byte));
            words || memchr::memmem::find(&open, piece).is_some()
        };
        let source = Memory(vec![(path, text)]);
        for out in Output::of(&report(&source, 1)) {
            for secret in &known {
                let piece = out.shows(secret, excused).map(String::from_utf8_lossy);
                let lossy = String::from_utf8_lossy;
                prop_assert!(piece.is_none(), "{} shows {piece:?} of {:?}:\n{}", out.name, lossy(secret), lossy(&out.bytes));
            }
        }
    }

    #[test]
    fn names_cannot_forge_a_report(names in prop::collection::btree_set(hostile_name(), 1..5), index in any::<prop::sample::Index>()) {
        let example = index.get(&EXAMPLES).clone().into_bytes();
        let files: Vec<(RepoPath, Vec<u8>)> = names.into_iter().map(|name| (name, example.clone())).collect();
        let report = report(&Memory(files), 2);
        for (name, out) in rendered(&report) {
            let text = String::from_utf8(out).unwrap();
            let coloured = name == "human in colour";
            let forged = text.chars().find(|c| bartizan::model::text::needs_escape(*c) && *c != '\n' && !(coloured && *c == '\u{1b}'));
            prop_assert_eq!(forged, None, "{}", name);
            match name {
                "json" | "sarif" => prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok()),
                "jsonl" => prop_assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())),
                _ => prop_assert!(text.lines().all(|line| !line.starts_with("::error::"))),
            }
        }
    }
}

/// A secret alone in its file, for each kind there is: none of them is shown.
#[test]
fn no_format_shows_the_secret_of_any_example() {
    let files: Vec<(RepoPath, Vec<u8>)> = EXAMPLES
        .iter()
        .enumerate()
        .map(|(number, example)| {
            (RepoPath::from(format!("{number}.txt").as_str()), example.clone().into_bytes())
        })
        .collect();
    let mut leaks = Vec::new();
    let all = report(&Memory(files.clone()), 2);
    for (path, bytes) in &files {
        // Two examples may have words in common, so each is judged by what is said about it.
        let about = |finding: &&Finding| {
            finding.place.path == *path || finding.also.iter().any(|place| place.path == *path)
        };
        let findings = all.findings.iter().filter(about).cloned().collect();
        let outputs = Output::of(&Report { findings, ..Report::default() });
        for secret in hidden(path, bytes) {
            for out in &outputs {
                if let Some(piece) = out.shows(&secret, |_| false).map(String::from_utf8_lossy) {
                    leaks.push(format!(
                        "{} shows {piece:?} of {:?}",
                        out.name,
                        String::from_utf8_lossy(bytes)
                    ));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "\n{}", leaks.join("\n"));
}
