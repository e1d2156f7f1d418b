//! Secrets that stand encoded, compressed and packed: found, placed, masked, and within bounds.

mod besides;

use std::io::Write as _;

use bartizan::engine::{Engine, Text};
use bartizan::model::{Blob, Family, Finding, RepoPath, Report, SkipReason};
use bartizan::render::{Format, Options, render};
use bartizan::scan::{Silent, registry, scan};
use bartizan::source::{Item, Source};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;

use crate::fixtures::NOW;

const CHECK: &str = "github-personal-access-token";

/// A token that was never issued, with the checksum that issued ones have.
fn token() -> String {
    "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW".replace('¦', "")
}

/// A text with the token in its second line.
fn leak() -> String {
    format!("# settings of the build\ntoken = \"{}\"\nlast = true\n", token())
}

struct Memory<'a>(&'a [(&'a str, Vec<u8>)]);

impl Source for Memory<'_> {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), bartizan::model::Error> {
        for (path, bytes) in self.0 {
            visit(Item::Blob(Blob { path: &RepoPath::from(*path), bytes, tracked: true }));
        }
        Ok(())
    }

    fn scope(&self) -> String {
        "memory".to_owned()
    }
}

fn report(files: &[(&str, Vec<u8>)]) -> Report {
    let mut checks = registry::all();
    checks.retain(|check| check.meta.family == Family::Secret);
    let settings = crate::fixtures::settings(checks);
    let report = scan(&[&Memory(files)], &settings, &Silent).unwrap();
    // But for what is packed far beyond its size.
    let is_other = |problem: &&bartizan::model::Problem| {
        !problem.path.as_ref().is_some_and(|path| path.as_bytes().starts_with(b"bomb."))
    };
    let others: Vec<_> = report.problems.iter().filter(is_other).collect();
    assert!(others.is_empty(), "what cannot be decoded is no problem of the scan: {others:?}");
    report
}

/// The one finding in a file, which must be the token.
fn only(name: &str, bytes: impl Into<Vec<u8>>) -> Finding {
    let mut report = report(&[(name, bytes.into())]);
    let found: Vec<_> =
        report.findings.iter().map(|finding| (&*finding.check, finding.place.path.shown())).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    let finding = report.findings.remove(0);
    assert_eq!(finding.check, CHECK, "{name}");
    assert_eq!(finding.secret().unwrap().expose(), token().as_bytes(), "{name}");
    assert_eq!(report.coverage.skipped, [], "{name}");
    finding
}

/// Where something was not decoded.
fn undecoded(report: &Report) -> Vec<String> {
    let skipped = report.coverage.skipped.iter().filter(|(_, reason)| *reason == SkipReason::Undecoded);
    skipped.map(|(path, _)| path.shown()).collect()
}

fn wrapped(encoded: &str, indent: &str) -> String {
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(&format!("\n{indent}"))
}

fn each_byte(text: &str, write: fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// How a file lies in a zip archive.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Packing {
    Stored,
    Deflated,
    /// Deflated, its length behind it.
    Streamed,
    Encrypted,
}

pub(crate) fn zip(files: &[(&str, &[u8])], packing: Packing) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        let (flags, method) = match packing {
            Packing::Stored => (0u16, 0u16),
            Packing::Deflated => (0, 8),
            Packing::Streamed => (8, 8),
            Packing::Encrypted => (1, 8),
        };
        let content = if method == 8 {
            let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
            deflated.write_all(bytes).unwrap();
            deflated.finish().unwrap()
        } else {
            bytes.to_vec()
        };
        let length = if flags == 8 { 0 } else { content.len() as u32 };
        out.extend_from_slice(b"PK\x03\x04\x14\0");
        out.extend_from_slice(&flags.to_le_bytes());
        out.extend_from_slice(&method.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        out.extend_from_slice(&(name.len() as u16).to_le_bytes());
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&content);
        if flags == 8 {
            out.extend_from_slice(b"PK\x07\x08");
            out.extend_from_slice(&[0; 12]);
        }
    }
    out.extend_from_slice(b"PK\x05\x06");
    out.extend_from_slice(&[0; 18]);
    out
}

/// The same, with the directory at the end: of each file its checksum and its name.
pub(crate) fn zip_with_directory(files: &[(&str, &[u8])], packing: Packing) -> Vec<u8> {
    const END: usize = 22;
    let mut out = zip(files, packing);
    out.truncate(out.len() - END);
    let start = out.len();
    for (name, bytes) in files {
        let mut entry = [0; 46];
        entry[..4].copy_from_slice(b"PK\x01\x02");
        entry[16..20].copy_from_slice(&crc32fast::hash(bytes).to_le_bytes());
        entry[28..30].copy_from_slice(&(name.len() as u16).to_le_bytes());
        out.extend_from_slice(&entry);
        out.extend_from_slice(name.as_bytes());
    }
    let mut end = [0; END];
    end[..4].copy_from_slice(b"PK\x05\x06");
    end[10..12].copy_from_slice(&(files.len() as u16).to_le_bytes());
    end[16..20].copy_from_slice(&(start as u32).to_le_bytes());
    out.extend_from_slice(&end);
    out
}

pub(crate) fn tar_header(name: &str, kind: u8, size: usize) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header
}

pub(crate) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut add = |name: &str, kind: u8, bytes: &[u8]| {
        out.extend_from_slice(&tar_header(name, kind, bytes.len()));
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    };
    for (name, bytes) in files {
        if name.len() > 100 {
            let line = format!(" path={name}\n");
            let length = line.len() + (line.len() + 3).to_string().len();
            add("record", b'x', format!("{length}{line}").as_bytes());
            add("short", b'0', bytes);
        } else {
            add(name, b'0', bytes);
        }
    }
    out.resize(out.len() + 1024, 0);
    out
}

#[test]
fn every_encoding_is_read() {
    let leak = leak();
    let command = utf16(&leak, u16::to_le_bytes);
    for (name, encoded) in [
        ("base64", BASE64.encode(leak.as_bytes())),
        ("base64, URL-safe", BASE64URL_NOPAD.encode(leak.as_bytes())),
        ("base64, wrapped", wrapped(&BASE64.encode(leak.repeat(3).as_bytes()), "  ")),
        ("hex", HEXLOWER.encode(leak.as_bytes())),
        ("hex, upper case", HEXUPPER.encode(leak.as_bytes())),
        ("percent", each_byte(&leak, |byte| format!("%{byte:02X}"))),
        ("u escapes", each_byte(&leak, |byte| format!("\\u{byte:04x}"))),
        ("x escapes", each_byte(&leak, |byte| format!("\\x{byte:02x}"))),
        ("HTML, decimal", each_byte(&leak, |byte| format!("&#{byte};"))),
        ("HTML, hex", each_byte(&leak, |byte| format!("&#x{byte:X};"))),
        ("a command of PowerShell", BASE64.encode(&command)),
        ("base64 in base64", BASE64.encode(BASE64.encode(leak.as_bytes()).as_bytes())),
        (
            "base64 in base64 in base64",
            BASE64.encode(BASE64.encode(BASE64.encode(leak.as_bytes()).as_bytes()).as_bytes()),
        ),
        ("gzip in base64", BASE64.encode(&gzip(leak.as_bytes()))),
        ("zip in base64", BASE64.encode(&zip(&[("a.txt", leak.as_bytes())], Packing::Deflated))),
        ("base64 in escapes", each_byte(&BASE64.encode(leak.as_bytes()), |byte| format!("\\u{byte:04x}"))),
    ] {
        let text = format!("first line\n\nvalue: '{encoded}'\nanother: line\n");
        let finding = only(name, text.clone());
        let region = finding.place.region;
        assert_eq!(region.start_line, 3, "{name}");
        assert!(region.start_column >= 9, "{name}: {region:?}");
        assert!(text[finding.place.span.range()].len() >= 36, "{name}");
        assert!(
            finding.proofs.iter().any(|proof| proof.starts_with("encoded as")),
            "{name}: {:?}",
            finding.proofs
        );
        assert!(
            finding.proofs.iter().any(|proof| proof.contains("checksum")),
            "{name}: {:?}",
            finding.proofs
        );
    }
}

#[test]
fn the_encoded_run_is_the_place() {
    let encoded = BASE64.encode(format!("user:{}", token()).as_bytes());
    let finding = only("a.yml", format!("one: 1\n  auth: {encoded}\n"));
    let region = finding.place.region;
    let columns = (region.start_column, region.end_column as usize);
    assert_eq!(
        (region.start_line, region.end_line, columns),
        (2, 2, (9, 9 + encoded.trim_end_matches('=').len()))
    );
}

#[test]
fn utf16_is_read_with_and_without_its_mark() {
    let leak = leak();
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    for bytes in [
        utf16(&leak, u16::to_le_bytes),
        utf16(&leak, u16::to_be_bytes),
        marked(b"\xff\xfe", utf16(&leak, u16::to_le_bytes)),
        marked(b"\xfe\xff", utf16(&leak, u16::to_be_bytes)),
    ] {
        let region = only("utf16.txt", bytes).place.region;
        assert_eq!((region.start_line, region.start_column), (2, 10));
    }
}

#[test]
fn files_of_archives_have_paths() {
    let leak = leak();
    let files: &[(&str, &[u8])] = &[
        ("readme", b"nothing here\n"),
        ("bin/tool", b"\x7fELF\0\0\0\0\x01"),
        ("inner/file.txt", leak.as_bytes()),
        ("end", b"x"),
    ];
    let long = format!("{}file.txt", "directory/".repeat(20));
    let nested = zip(&[("lib/b.jar", &zip(files, Packing::Deflated))], Packing::Stored);
    for (name, bytes, path) in [
        ("z.txt.gz", gzip(leak.as_bytes()), "z.txt.gz!/z.txt"),
        ("a.zip", zip(files, Packing::Stored), "a.zip!/inner/file.txt"),
        ("a.jar", zip(files, Packing::Deflated), "a.jar!/inner/file.txt"),
        ("a.whl", zip(files, Packing::Streamed), "a.whl!/inner/file.txt"),
        ("a.tar", tar(files), "a.tar!/inner/file.txt"),
        ("a.tgz", gzip(&tar(files)), "a.tgz!/inner/file.txt"),
        ("joined.tar", [tar(&files[..2]), tar(&files[2..])].concat(), "joined.tar!/inner/file.txt"),
        ("long.tar", tar(&[(&long, leak.as_bytes())]), &format!("long.tar!/{long}")),
        ("deep.zip", nested.clone(), "deep.zip!/lib/b.jar!/inner/file.txt"),
        (
            "deeper.tar.gz",
            gzip(&tar(&[("deep.zip", &nested)])),
            "deeper.tar.gz!/deep.zip!/lib/b.jar!/inner/file.txt",
        ),
        ("utf16.zip", zip(&[("u", &utf16(&leak, u16::to_le_bytes))], Packing::Deflated), "utf16.zip!/u"),
        (
            "base64.zip",
            zip(&[("b", format!("x\n{}", BASE64.encode(leak.as_bytes())).as_bytes())], Packing::Deflated),
            "base64.zip!/b",
        ),
    ] {
        let finding = only(name, bytes);
        assert_eq!(finding.place.path.shown(), path);
        assert_eq!(finding.place.region.start_line, 2, "{name}");
    }
}

#[test]
fn hostile_names_name_nothing_outside() {
    let leak = leak();
    for (name, path) in [
        ("../../.git/config", "a.zip!/__/__/.git/config"),
        ("/etc/passwd", "a.zip!/etc/passwd"),
        ("c:\\..\\x\u{1b}[2J\n", "a.zip!/c:/__/x\\u{1b}[2J\\n"),
        ("", "a.zip!/unnamed"),
    ] {
        for packing in [Packing::Stored, Packing::Streamed] {
            assert_eq!(only("a.zip", zip(&[(name, leak.as_bytes())], packing)).place.path.shown(), path);
        }
    }
}

#[test]
fn the_specific_kind_wins_and_equal_secrets_are_one() {
    let encoded = BASE64.encode(leak().as_bytes());
    let text = format!("api_secret_key = \"{encoded}\"\n\n{}\n", leak());
    let report = report(&[("a.py", text.into_bytes()), ("b.gz", gzip(leak().as_bytes()))]);
    let [finding] = &report.findings[..] else {
        panic!("{:?}", report.findings.iter().map(|one| &*one.check).collect::<Vec<_>>())
    };
    assert_eq!((&*finding.check, finding.also.len()), (CHECK, 2));
}

#[test]
fn no_format_shows_what_stands_encoded() {
    let encoded = wrapped(&BASE64.encode(leak().repeat(4).as_bytes()), "    ");
    let escaped = each_byte(&token(), |byte| format!("%{byte:02X}"));
    let text = format!("data: {encoded}\nother: {escaped}\n");
    let report = report(&[("a.yml", text.clone().into_bytes()), ("b.gz", gzip(leak().as_bytes()))]);
    assert!(!report.findings.is_empty());
    let secret = token();
    for format in [Format::Human, Format::Json, Format::Jsonl, Format::Sarif] {
        let mut out = Vec::new();
        render(&report, format, &Options::plain(None), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let lines =
            text.lines().map(|line| line.trim_start_matches("data: ").trim_start_matches("other: ").trim());
        for hidden in lines.filter(|line| line.len() >= 20).chain([&secret[8..]]) {
            assert!(!out.contains(&hidden[..20]), "{format:?}");
        }
    }
}

#[test]
fn what_is_left_encoded_is_counted() {
    let leak = leak();
    let many = |layers: usize, encode: fn(&[u8]) -> Vec<u8>| {
        (0..layers).fold(leak.clone().into_bytes(), |bytes, _| encode(&bytes))
    };
    let base64 = |bytes: &[u8]| BASE64.encode(bytes).into_bytes();
    let boxed = |bytes: &[u8]| zip(&[("x", bytes)], Packing::Deflated);
    let whole = gzip(&leak.repeat(40).into_bytes());
    let packed = zip(&[("x", leak.as_bytes())], Packing::Deflated);
    for (name, bytes, places) in [
        ("deep.txt", many(5, base64), vec!["deep.txt"]),
        ("deep.zip", many(5, boxed), vec!["deep.zip!/x!/x!/x"]),
        ("deep.gz", many(5, gzip), vec!["deep.gz!/deep!/deep!/deep"]),
        ("secret.zip", zip(&[("x", leak.as_bytes())], Packing::Encrypted), vec!["secret.zip"]),
        ("cut.zip", b"PK\x03\x04\x14\0".to_vec(), vec!["cut.zip"]),
        ("half.zip", packed[..packed.len() - 80].to_vec(), vec!["half.zip!/x"]),
        ("cut.tar", tar(&[("x", &[b'x'; 2000])])[..1024].to_vec(), vec!["cut.tar"]),
        ("bomb.gz", gzip(&vec![b' '; 3 << 20]), vec!["bomb.gz!/bomb"]),
        (
            "bomb.zip",
            zip(&[("x", &vec![b' '; 3 << 20]), ("y", b"y")], Packing::Deflated),
            vec!["bomb.zip", "bomb.zip!/x"],
        ),
    ] {
        let report = report(&[(name, bytes)]);
        assert_eq!(report.problems.len(), usize::from(name.starts_with("bomb.")), "{name}");
        assert_eq!(undecoded(&report), places, "{name}");
        assert_eq!(report.findings.len(), 0, "{name}");
    }
    // What could be read of a damaged file is looked at.
    let cut = report(&[("cut.gz", whole[..whole.len() - 12].to_vec())]);
    assert_eq!((undecoded(&cut), cut.findings.len()), (vec!["cut.gz!/cut".to_owned()], 1));
}

#[test]
fn an_image_is_binary_still() {
    let report = report(&[
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("classes.jar", zip(&[("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34")], Packing::Deflated)),
    ]);
    let skipped: Vec<_> =
        report.coverage.skipped.iter().map(|(path, reason)| (path.shown(), *reason)).collect();
    assert_eq!(
        skipped,
        [("a.png".to_owned(), SkipReason::Binary), ("classes.jar".to_owned(), SkipReason::Binary)]
    );
}

#[test]
fn digests_and_pictures_are_no_text() {
    let picture: Vec<u8> = (0..3000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let text = format!(
        "img {{ src: url(data:image/png;base64,{}) }}\nintegrity=\"sha512-{}\"\n",
        BASE64.encode(&picture),
        BASE64.encode(&picture[..64])
    );
    let report = report(&[("a.css", text.into_bytes())]);
    assert_eq!((report.findings.len(), undecoded(&report)), (0, Vec::new()));
}

/// One more layer of encoding around a text.
fn layer(kind: u8, text: &[u8]) -> Vec<u8> {
    match kind {
        0 => BASE64.encode(text).into_bytes(),
        1 => BASE64URL_NOPAD.encode(text).into_bytes(),
        2 => HEXLOWER.encode(text).into_bytes(),
        3 => text.iter().map(|byte| format!("%{byte:02x}")).collect::<String>().into_bytes(),
        4 => text.iter().map(|byte| format!("\\u{byte:04x}")).collect::<String>().into_bytes(),
        _ => BASE64.encode(&gzip(text)).into_bytes(),
    }
}

fn engine() -> &'static Engine {
    static ENGINE: std::sync::LazyLock<Engine> =
        std::sync::LazyLock::new(|| Engine::new(registry::all(), Some(NOW)));
    &ENGINE
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    // Three layers of escapes make 216 bytes of one, and escapes are read in lines of up to 16 KiB.
    #[test]
    fn a_planted_secret_is_found(kinds in prop::collection::vec(0u8..5, 1..=3), before in "[a-z ]{0,10}", after in "[a-z ]{0,10}") {
        let mut text = format!("{before} token=\"{}\" {after}", token()).into_bytes();
        for kind in kinds {
            text = [b"value: ", &layer(kind, &text)[..], b"\n"].concat();
        }
        let report = report(&[("a.txt", text)]);
        prop_assert!(report.findings.iter().any(|finding| finding.check == CHECK));
    }

    #[test]
    fn spans_of_decoded_hits_lie_in_the_text(kinds in prop::collection::vec(0u8..6, 1..=3), noise in prop::collection::vec(any::<u8>(), 0..60), at in 0usize..200) {
        let mut text = leak().into_bytes();
        for kind in kinds {
            text = layer(kind, &text);
        }
        let at = at.min(text.len());
        text.splice(at..at, noise);
        let path = RepoPath::from("a.txt");
        if let Text::Scanned { text, decoded, .. } = engine().scan(&Blob { path: &path, bytes: &text, tracked: true }) {
            for one in decoded {
                prop_assert!(one.span.start < one.span.end && one.span.end <= text.len());
                prop_assert!(one.hit.span.end <= one.text.len());
            }
        }
    }

    #[test]
    fn no_archive_makes_it_panic(
        kind in 0u8..5,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let leak = leak();
        let files: &[(&str, &[u8])] = &[("a", b"\0"), ("b/c", leak.as_bytes())];
        let mut bytes = match kind {
            0 => gzip(leak.as_bytes()),
            1 => zip(files, Packing::Deflated),
            2 => zip(&[("z", &zip(files, Packing::Streamed))], Packing::Stored),
            3 => tar(files),
            _ => gzip(&tar(files)),
        };
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        // A panic would be a problem of the report.
        report(&[("a.bin", bytes)]);
    }
}
