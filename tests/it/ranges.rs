//! Looking at what a delta changed gives what looking at the whole text gives, and a text whose name
//! is not known shows whatever a scan under any name shows.
//!
//! The inputs are the same in every run; `PROPTEST_RNG_SEED=7 PROPTEST_CASES=5000` tries others.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::LazyLock;

use bartizan::engine::{Copied, Engine, Prefiltered, Run, Text, pack};
use bartizan::model::{Blob, RepoPath, Span};
use bartizan::scan::registry;
use data_encoding::{BASE64, HEXLOWER};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;

use crate::fixtures::NOW;
use crate::tidy::{pack_files, root};
use crate::words::TELLING;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(registry::all(), Some(NOW)));

/// Every bad example of the packs, and what the fixtures hold.
pub(crate) static SNIPPETS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let rules = pack_files().into_iter().flat_map(|file| pack::parse(&file.text, &file.stem).unwrap());
    let mut all: Vec<Vec<u8>> = rules.flat_map(|rule| rule.bad).map(String::into_bytes).collect();
    let examples = all.len();
    gather(&root().join("fixtures"), &mut all);
    assert!(examples > 500 && all.len() > examples + 50, "there is something to plant");
    all
});

fn gather(folder: &std::path::Path, all: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        // Workflows are no text to plant: what is found there is no secret.
        if path.ends_with(".github") {
            continue;
        }
        if path.is_dir() {
            gather(&path, all);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.len() < 4096 {
                all.push(String::from_utf8_lossy(&bytes).replace('¦', "").into_bytes());
            }
        }
    }
}

/// How many cases there are, and which; a number and a seed of the environment win.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let mut config =
        ProptestConfig { failure_persistence: None, max_shrink_time: 60_000, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_26);
    }
    config
}

fn utf16(text: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(text).encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(bytes).unwrap();
    file.finish().unwrap()
}

fn escaped(bytes: &[u8], form: usize) -> Vec<u8> {
    let escape = |byte: &u8| match form {
        0 => format!("%{byte:02X}"),
        1 => format!("\\x{byte:02x}"),
        2 => format!("\\u{byte:04x}"),
        _ => format!("&#{byte};"),
    };
    bytes.iter().map(escape).collect::<String>().into_bytes()
}

/// A whole snippet, or one that is cut.
fn snippet() -> impl Strategy<Value = Vec<u8>> {
    let whole = any::<Index>().prop_map(|index| index.get(&SNIPPETS).clone());
    let cut = (any::<Index>(), any::<Index>(), any::<bool>()).prop_map(|(index, at, start)| {
        let text = index.get(&SNIPPETS);
        let at = at.index(text.len() + 1);
        if start { text[at..].to_vec() } else { text[..at].to_vec() }
    });
    prop_oneof![3 => whole, 1 => cut]
}

/// Text between snippets: within or beyond the reach of all that looks around.
fn filler() -> impl Strategy<Value = Vec<u8>> {
    let repeated =
        |unit: &'static str, most: usize| (1..most).prop_map(move |count| unit.repeat(count).into_bytes());
    prop_oneof![
        4 => "[ -~]{0,60}\n".prop_map(String::into_bytes),
        4 => repeated("an ordinary line of some text, with words\n", 30),
        2 => repeated(" ", 200),
        2 => repeated("\n", 6),
        1 => repeated("words without an end ", 250),
        1 => repeated("x", 1500),
        1 => repeated("/", 300),
        1 => Just(Vec::new()),
    ]
}

/// Pieces by which texts begin, end and are joined.
fn token() -> impl Strategy<Value = Vec<u8>> {
    let telling = select(TELLING);
    prop_oneof![
        4 => telling.prop_map(|text| text.as_bytes().to_vec()),
        2 => "[A-Za-z0-9_./+-]{0,70}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

fn encoded() -> impl Strategy<Value = Vec<u8>> {
    let random = prop::collection::vec(any::<u8>(), 20..400);
    prop_oneof![
        2 => random.clone().prop_map(|bytes| BASE64.encode(&bytes).into_bytes()),
        1 => random.prop_map(|bytes| HEXLOWER.encode(&bytes).into_bytes()),
        2 => snippet().prop_map(|text| BASE64.encode(&text).into_bytes()),
        1 => snippet().prop_map(|text| BASE64.encode(&gzip(&text)).into_bytes()),
        1 => snippet().prop_map(|text| HEXLOWER.encode(&text).into_bytes()),
        1 => snippet().prop_map(|text| {
            let text = BASE64.encode(&text.repeat(3));
            text.as_bytes().chunks(64).map(|line| [line, b"\n"].concat()).collect::<Vec<_>>().concat()
        }),
        3 => (snippet(), 0usize..4).prop_map(|(text, form)| escaped(&text[..text.len().min(120)], form)),
    ]
}

pub(crate) fn piece() -> impl Strategy<Value = Bytes> {
    prop_oneof![6 => token(), 5 => filler(), 4 => snippet(), 1 => encoded()].prop_map(Bytes)
}

fn joined(parts: &[Bytes]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.iter().copied()).collect()
}

/// A text that is shown as one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "\"{}\"", self.0.escape_ascii())
    }
}

impl std::ops::Deref for Bytes {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

fn text() -> impl Strategy<Value = Bytes> {
    let form = prop_oneof![20 => Just(0), 1 => Just(1), 1 => Just(2), 1 => Just(3)];
    (prop::collection::vec(piece(), 0..24), form).prop_map(|(parts, form)| {
        let text = joined(&parts);
        Bytes(match form {
            0 => text,
            1 => utf16(&text),
            2 => [b"\xff\xfe".to_vec(), utf16(&text)].concat(),
            _ => gzip(&text),
        })
    })
}

/// What a version is made of.
#[derive(Clone, Debug)]
enum Part {
    Copy(Index, Index),
    Insert(Bytes),
}

/// What becomes of a text.
#[derive(Clone, Debug)]
enum Change {
    /// Little by little: bytes taken out here and there, and others put in.
    Edits(Vec<(Index, usize, Bytes)>),
    /// Its parts anew.
    Parts(Vec<Part>),
}

fn change() -> impl Strategy<Value = Change> {
    let edit = (
        any::<Index>(),
        prop_oneof![3 => 0usize..3, 2 => 0usize..40, 1 => 0usize..2000],
        prop_oneof![2 => Just(Bytes(Vec::new())), 3 => token().prop_map(Bytes), 2 => piece()],
    );
    let part = prop_oneof![
        3 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Part::Copy(from, to)),
        1 => piece().prop_map(Part::Insert),
    ];
    prop_oneof![
        4 => prop::collection::vec(edit, 0..8).prop_map(Change::Edits),
        1 => prop::collection::vec(part, 0..8).prop_map(Change::Parts),
    ]
}

/// The next version, and what of it is the same as in the last one.
fn changed(base: &[u8], change: &Change) -> (Vec<u8>, Vec<Copied>) {
    let (mut text, mut copies) = (Vec::new(), Vec::new());
    let mut copy = |text: &mut Vec<u8>, from: usize, end: usize| {
        copies.push(Copied { from, to: text.len(), len: end - from });
        text.extend_from_slice(&base[from..end]);
    };
    match change {
        Change::Edits(edits) => {
            let mut edits: Vec<_> =
                edits.iter().map(|(at, gone, new)| (at.index(base.len() + 1), *gone, new)).collect();
            edits.sort();
            let mut done = 0;
            for (at, gone, new) in edits {
                if at >= done {
                    copy(&mut text, done, at);
                    done = (at + gone).min(base.len());
                }
                text.extend_from_slice(new);
            }
            copy(&mut text, done, base.len());
        }
        Change::Parts(parts) => {
            for part in parts {
                match part {
                    Part::Copy(from, to) => {
                        let (from, to) = (from.index(base.len() + 1), to.index(base.len() + 1));
                        copy(&mut text, from.min(to), from.max(to));
                    }
                    Part::Insert(new) => text.extend_from_slice(new),
                }
            }
        }
    }
    (text, copies)
}

/// The same copies told in another way: in pieces, some of them not at all, a byte less.
fn retold(copies: &[Copied], cuts: &[(Index, u8)]) -> Vec<Copied> {
    let mut all = copies.to_vec();
    for (index, how) in cuts {
        if all.is_empty() {
            break;
        }
        let at = index.index(all.len());
        let Copied { from, to, len } = all[at];
        match how % 4 {
            0 => {
                all.remove(at);
            }
            1 => {
                let first = index.index(len + 1);
                all[at].len = first;
                all.insert(at + 1, Copied { from: from + first, to: to + first, len: len - first });
            }
            2 if len > 0 => all[at] = Copied { from: from + 1, to: to + 1, len: len - 1 },
            _ => all[at].len = len.saturating_sub(1),
        }
    }
    all
}

/// What a scan under a name shows that is not for its name: the check, and where.
fn shown(path: &RepoPath, bytes: &[u8]) -> BTreeSet<(u16, Span)> {
    let is_rule = |check: &u16| {
        !matches!(ENGINE.checks()[usize::from(*check)].run, Run::Named { .. } | Run::File { .. })
    };
    match ENGINE.scan(&Blob { path, bytes, tracked: true }) {
        Text::Binary(_) => BTreeSet::new(),
        Text::Scanned { hits, decoded, .. } => {
            let hits = hits.iter().map(|hit| (hit.check, hit.secret.unwrap_or(hit.span)));
            let decoded = decoded.iter().map(|one| (one.hit.check, one.span));
            hits.chain(decoded).filter(|(check, _)| is_rule(check)).collect()
        }
    }
}

fn sighted(prefiltered: &Prefiltered) -> BTreeSet<(u16, Span)> {
    prefiltered.sightings().iter().map(|one| (one.check, one.secret.unwrap_or(one.span))).collect()
}

const NAMES: &[&str] = &[
    "a",
    "src/main.rs",
    "app/settings.py",
    "Cargo.lock",
    "main.tf",
    "k8s/a.yaml",
    "Dockerfile",
    "docs/a.md",
    "locale/de.po",
    "test/x.js",
    "web.config",
    "x.gradle",
    "a.properties",
];

proptest! {
    #![proptest_config(config(250))]

    /// Through a chain of versions, however the copies are told.
    #[test]
    fn a_delta_shows_what_the_whole_shows(
        first in text(),
        steps in prop::collection::vec((change(), prop::collection::vec((any::<Index>(), any::<u8>()), 0..6)), 1..5),
    ) {
        let mut base = ENGINE.prefilter(&first);
        let mut text = first;
        for (change, cuts) in steps {
            let (next, copies) = changed(&text, &change);
            let whole = ENGINE.prefilter(&next);
            prop_assert!(ENGINE.prefilter_delta(&next, &base, copies.iter().copied()) == whole, "{:?}", copies);
            let copies = retold(&copies, &cuts);
            prop_assert!(ENGINE.prefilter_delta(&next, &base, copies.iter().copied()) == whole, "{:?}", copies);
            base = whole;
            text = Bytes(next);
        }
    }

    /// One edit of a small text at every place of it.
    #[test]
    fn every_place_of_an_edit(
        parts in prop::collection::vec(prop_oneof![2 => token(), 2 => snippet()].prop_map(Bytes), 1..4),
        gone in 0usize..3,
        new in token(),
    ) {
        let text = joined(&parts);
        let base = ENGINE.prefilter(&text);
        for at in 0..text.len().min(300) {
            let (next, copies) = {
                let end = (at + gone).min(text.len());
                let next = [&text[..at], &new, &text[end..]].concat();
                let second = Copied { from: end, to: at + new.len(), len: text.len() - end };
                (next, [Copied { from: 0, to: 0, len: at }, second])
            };
            prop_assert!(ENGINE.prefilter_delta(&next, &base, copies) == ENGINE.prefilter(&next), "{at} of {:?}", Bytes(text));
        }
    }

    /// No name makes a scan show more.
    #[test]
    fn no_name_shows_more(text in text()) {
        let prefiltered = ENGINE.prefilter(&text);
        for name in NAMES {
            let path = RepoPath::from(*name);
            let missed: Vec<_> = shown(&path, &text).difference(&sighted(&prefiltered)).copied().collect();
            prop_assert_eq!(missed, [], "under the name {}", name);
        }
    }

    /// Copies that lie are at worst not followed.
    #[test]
    fn any_copies_are_borne(
        first in text(),
        next in text(),
        copies in prop::collection::vec((any::<u16>(), any::<u16>(), prop_oneof![any::<usize>(), 0usize..4000]), 0..6),
    ) {
        let copies: Vec<_> = copies
            .into_iter()
            .map(|(from, to, len)| Copied { from: usize::from(from) % 4000, to: usize::from(to) % 4000, len })
            .collect();
        let prefiltered = ENGINE.prefilter_delta(&next, &ENGINE.prefilter(&first), copies);
        prop_assert!(prefiltered.memory() < 1 << 26);
    }
}

#[test]
fn a_clean_text_stays_clean_and_a_planted_secret_is_seen() {
    let line = "an ordinary line of some text, with words\n";
    let text = line.repeat(400).into_bytes();
    let base = ENGINE.prefilter(&text);
    assert!(base.is_clean() && base.sightings().is_empty());
    let token = "token = ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW\n".replace('¦', "").into_bytes();
    let at = line.len() * 200;
    let next = [&text[..at], &token, &text[at..]].concat();
    let copies =
        [Copied { from: 0, to: 0, len: at }, Copied { from: at, to: at + token.len(), len: text.len() - at }];
    let with_token = ENGINE.prefilter_delta(&next, &base, copies);
    assert!(!with_token.is_clean());
    // And it is carried along when something else changes.
    let last = [b"x\n".as_slice(), &next].concat();
    let moved = ENGINE.prefilter_delta(&last, &with_token, [Copied { from: 0, to: 2, len: next.len() }]);
    let place = |prefiltered: &Prefiltered| {
        let all: BTreeMap<_, _> = prefiltered.sightings().into_iter().map(|one| (one.check, one)).collect();
        all.values().map(|one| (one.check, one.span.start, one.print)).collect::<Vec<_>>()
    };
    let expected: Vec<_> =
        place(&with_token).into_iter().map(|(check, at, print)| (check, at + 2, print)).collect();
    assert_eq!(place(&moved), expected);
}

#[test]
fn names_that_are_wanted() {
    let wants = |path: &str| ENGINE.wants_name(&RepoPath::from(path));
    for path in [
        ".env",
        "a/.npmrc",
        "home/.netrc",
        "x.p12",
        "wp-config.php",
        "config/database.yml",
        "dump.sql",
        ".htpasswd",
    ] {
        assert!(wants(path), "{path}");
    }
    for path in
        ["src/main.rs", "README.md", "deploy/web.yaml", "package.json", "Cargo.lock", "Makefile", "a/b.c"]
    {
        assert!(!wants(path), "{path}");
    }
}

/// Whatever is reported for the name of a file has a name that is wanted, or shows in the content.
#[test]
fn what_is_reported_for_its_name_is_wanted() {
    let mut reported = 0;
    let mut visit = vec![root().join("fixtures")];
    while let Some(folder) = visit.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit.push(path);
                continue;
            }
            let Some((_, name)) = path.to_str().and_then(|path| path.split_once("/repo/")) else { continue };
            let bytes = std::fs::read(&path).unwrap();
            let bytes = String::from_utf8_lossy(&bytes).replace('¦', "").into_bytes();
            let place = RepoPath::from(name);
            let hits = match ENGINE.scan(&Blob { path: &place, bytes: &bytes, tracked: true }) {
                Text::Scanned { hits, .. } | Text::Binary(hits) => hits,
            };
            let named = hits.iter().any(|hit| {
                matches!(ENGINE.checks()[usize::from(hit.check)].run, Run::Named { .. } | Run::File { .. })
            });
            if named {
                reported += 1;
                assert!(ENGINE.wants_name(&place) || !ENGINE.prefilter(&bytes).is_clean(), "{name}");
            }
        }
    }
    assert!(reported > 50, "{reported} fixtures are reported for their names");
}
