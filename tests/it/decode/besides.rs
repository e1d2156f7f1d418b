//! Archive metadata: names, comments, extra fields and gaps.

use std::io::Write as _;

use data_encoding::BASE64;
use flate2::GzBuilder;

use super::{CHECK, Packing, gzip, leak, only, report, tar, tar_header, token, zip};

/// An entry of the directory at the end of a zip archive.
fn entry(name: &[u8], extra: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x01\x02".to_vec();
    out.extend_from_slice(&[0; 24]);
    for field in [name, extra, comment] {
        out.extend_from_slice(&(field.len() as u16).to_le_bytes());
    }
    out.extend_from_slice(&[0; 12]);
    [out.as_slice(), name, extra, comment].concat()
}

/// The end of a zip archive, with a comment.
fn end(comment: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x05\x06".to_vec();
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&(comment.len() as u16).to_le_bytes());
    [out.as_slice(), comment].concat()
}

/// A file in a zip archive with a further field.
fn file(name: &str, extra: &[u8], content: &[u8]) -> Vec<u8> {
    let mut out = zip(&[(name, content)], Packing::Stored);
    out.truncate(out.len() - 22);
    out[28..30].copy_from_slice(&(extra.len() as u16).to_le_bytes());
    let at = 30 + name.len();
    out.splice(at..at, extra.iter().copied());
    out
}

/// One block of a tar archive, with bytes put into its header.
fn header(name: &str, kind: u8, size: usize, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut header = tar_header(name, kind, size);
    header[at..at + bytes.len()].copy_from_slice(bytes);
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// Every place of an archive for which nobody writes a reader of secrets, each with the token.
fn places() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let token = token();
    let text = token.as_bytes();
    let one = || file("a.txt", b"", b"a\n");
    let field = [&b"\x99\x99\x28\x00"[..], text].concat();
    let record = format!("{} comment={token}\n", token.len() + 12);
    let close = vec![0; 1024];
    let mut all = vec![
        ("the name of a file", "zip", [file(&token, b"", b"a\n"), end(b"")].concat()),
        ("the name of a directory", "zip", [file(&format!("{token}/"), b"", b""), end(b"")].concat()),
        (
            "the name of an encrypted file",
            "zip",
            [one(), zip(&[(&format!("keys/{token}"), b"x")], Packing::Encrypted)].concat(),
        ),
        ("a further field", "zip", [file("a.txt", &field, b"a\n"), end(b"")].concat()),
        ("a name in the directory alone", "zip", [one(), entry(text, b"", b""), end(b"")].concat()),
        ("a field in the directory", "zip", [one(), entry(b"a.txt", &field, b""), end(b"")].concat()),
        ("the comment of a file", "zip", [one(), entry(b"a.txt", b"", text), end(b"")].concat()),
        ("the comment of the archive", "zip", [one(), entry(b"a.txt", b"", b""), end(text)].concat()),
        ("between two files", "zip", [one(), [b"\0\0", text, b"\0"].concat(), one(), end(b"")].concat()),
        ("before the directory", "zip", [one(), text.to_vec(), entry(b"a.txt", b"", b""), end(b"")].concat()),
        ("behind the end", "zip", [one(), end(b""), text.to_vec()].concat()),
        (
            "in front of the archive",
            "pyz",
            [format!("#!/bin/x {token}\n").into_bytes(), one(), end(b"")].concat(),
        ),
        (
            "the name of a directory",
            "tar",
            [tar_header(&format!("{token}/"), b'5', 0), close.clone()].concat(),
        ),
        ("where a link leads", "tar", [header("a", b'2', 0, 157, text), close.clone()].concat()),
        (
            "a long name of a link",
            "tar",
            [tar_header("x", b'K', text.len()), padded(text), header("a", b'2', 0, 157, b"x"), close.clone()]
                .concat(),
        ),
        ("behind the end of a name", "tar", [header("a", b'0', 0, 10, text), close.clone()].concat()),
        (
            "a record",
            "tar",
            [
                tar_header("x", b'x', record.len()),
                padded(record.as_bytes()),
                tar_header("a", b'0', 0),
                close.clone(),
            ]
            .concat(),
        ),
        (
            "a record of all files",
            "tar",
            [
                tar_header("x", b'g', record.len()),
                padded(record.as_bytes()),
                tar_header("a", b'0', 0),
                close.clone(),
            ]
            .concat(),
        ),
        (
            "what fills a block up",
            "tar",
            [tar_header("a", b'0', 2), padded(&[b"a\n\0\0", text].concat()), close.clone()].concat(),
        ),
        (
            "the content of a link",
            "tar",
            [tar_header("a", b'2', text.len()), padded(text), close.clone()].concat(),
        ),
        ("behind the end", "tar", [tar_header("a", b'0', 0), close, padded(text)].concat()),
    ];
    let gz = |build: GzBuilder, content: &[u8]| {
        let mut out = build.write(Vec::new(), flate2::Compression::fast());
        out.write_all(content).unwrap();
        out.finish().unwrap()
    };
    all.extend([
        ("the name of the file", "gz", gz(GzBuilder::new().filename(text), b"a\n")),
        ("the comment", "gz", gz(GzBuilder::new().comment(text), b"a\n")),
        ("a further field", "gz", gz(GzBuilder::new().extra(field), b"a\n")),
        (
            "the name of a later part",
            "gz",
            [gzip(b"a\n"), gz(GzBuilder::new().filename(text), b"b\n")].concat(),
        ),
    ]);
    all
}

#[test]
fn every_part_of_an_archive_is_looked_at() {
    for (place, kind, bytes) in places() {
        let name = format!("a.{kind}");
        let check = |name: &str, bytes: Vec<u8>, above: &str| {
            let report = report(&[(name, bytes)]);
            let found: Vec<String> = report
                .findings
                .iter()
                .map(|finding| format!("{} {}", finding.check, finding.place.path.shown()))
                .collect();
            let shown =
                found.first().is_some_and(|found| found.starts_with(&format!("{CHECK} {name}!{above}/")));
            assert!(found.len() == 1 && shown, "{name}: {place}: {found:?}");
            let secret = report.findings[0].secret().map(|secret| secret.expose().to_vec());
            assert_eq!(secret.as_deref(), Some(token().as_bytes()), "{name}: {place}");
        };
        check(&name, bytes.clone(), "");
        if kind == "tar" {
            check("a.tar.gz", gzip(&bytes), "");
        }
        let within = format!("/in.{kind}!");
        check("b.zip", zip(&[(&format!("in.{kind}"), &bytes)], Packing::Deflated), &within);
        if !matches!(kind, "zip" | "gz") {
            // Base64 that starts as a text and goes on as none is not decoded.
            continue;
        }
        let encoded = format!("x = \"{}\"\n", BASE64.encode(&bytes));
        let report = report(&[("a.yml", encoded.into_bytes())]);
        assert_eq!(report.findings.len(), 1, "in base64: {kind}: {place}");
    }
}

#[test]
fn what_is_behind_compressed_data_is_looked_at_and_told() {
    let bytes = [gzip(b"a\n"), token().into_bytes()].concat();
    let report = report(&[("a.gz", bytes)]);
    assert_eq!(report.findings.len(), 1);
    assert_eq!(super::undecoded(&report), ["a.gz!/a"]);
}

#[test]
fn comments_are_texts_like_any_other() {
    let comment = "see https:¦//admin:qT7vY2mK9wLp@db.example.org/ for more".replace('¦', "");
    let archive = [file("a.txt", b"", b"a\n"), end(comment.as_bytes())].concat();
    let report = report(&[("a.zip", archive)]);
    let paths: Vec<String> = report.findings.iter().map(|finding| finding.place.path.shown()).collect();
    assert_eq!(paths, ["a.zip!/.comments"]);
}

#[test]
fn archives_without_secrets_have_no_findings() {
    let digest = "3f786850e387550fdab836ed7e6dc881de23001b";
    let names = [format!("api_key/{digest}.json"), format!("password={digest}")];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"{}\n"[..])).collect();
    let time = b"UT\x09\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00ux\x0b\x00";
    let zipped =
        [file(&names[0], time, b"a\n"), entry(names[0].as_bytes(), time, b"made by hand"), end(b"v1.0")];
    for (name, bytes) in [
        ("a.zip", zipped.concat()),
        ("b.zip", zip(&files, Packing::Streamed)),
        ("c.tar", tar(&files)),
        ("d.tar.gz", gzip(&tar(&files))),
    ] {
        let report = report(&[(name, bytes)]);
        assert!(report.findings.is_empty(), "{name}: {:?}", report.findings);
        assert_eq!(report.coverage.skipped, [], "{name}");
    }
    // A file whose content is found as before is not found twice.
    only("e.zip", zip(&[("inner/file.txt", leak().as_bytes())], Packing::Deflated));
}
