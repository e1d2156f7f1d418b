//! Signed lists of digests, as every program writes them: what was changed since is told, and what could not be compared.

use bartizan::model::{Ending, Severity};
use data_encoding::{BASE64, HEXLOWER};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use super::made::{Made, accuses, of, said, sha256};

/// A list by its name, and what it says of two files: names and contents.
type Written = (&'static str, Box<dyn Fn(&[(&str, &[u8])]) -> Vec<u8>>);

const FILES: [(&str, &[u8]); 2] = [("app.exe", b"the program\n"), ("lib.so", b"the library\n")];

fn hex<D: sha2::Digest>(bytes: &[u8]) -> String {
    HEXLOWER.encode(&D::digest(bytes))
}

fn each(name: &'static str, line: impl Fn(&str, &[u8]) -> String + 'static) -> Written {
    let write = move |files: &[(&str, &[u8])]| {
        files.iter().map(|(name, bytes)| line(name, bytes)).collect::<String>().into_bytes()
    };
    (name, Box::new(write))
}

fn wide(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(encode).collect()
}

/// Lists that are read whole.
fn read() -> Vec<Written> {
    let gnu = |files: &[(&str, &[u8])]| -> String {
        files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect()
    };
    let table = |files: &[(&str, &[u8])]| -> String {
        let rows = files.iter().map(|(name, bytes)| {
            format!("SHA256          {}       C:\\b\\dist\\{name}\r\n", sha256(bytes).to_uppercase())
        });
        format!(
            "\r\nAlgorithm       Hash                                     Path\r\n---------       ----    ----\r\n{}\r\n",
            rows.collect::<String>()
        )
    };
    let upper = |bytes: &[u8]| sha256(bytes).to_uppercase();
    vec![
        each("SHA256SUMS", |name, bytes| format!("{}  {name}\n", sha256(bytes))),
        each("SHA256SUMS", |name, bytes| format!("{} *{name}\r\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{}  ./{name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{}  dist/{name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{}  dist\\{name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{}  /home/r/dist/{name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{}  ../dist/{name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("sha256:{}  {name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{name}: sha256:{}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| {
            format!("sha256-{} {name}\n", BASE64.encode(&Sha256::digest(bytes)))
        }),
        each("checksums.txt", |name, bytes| format!("SHA256 ({name}) = {}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("SHA2-256({name})= {}\n", sha256(bytes))),
        each("SHA512SUMS", |name, bytes| format!("{}  {name}\n", hex::<Sha512>(bytes))),
        each("release-hashes.md", |name, bytes| format!("| `{name}` | `{}` |\n", sha256(bytes))),
        each("checksums.csv", move |name, bytes| {
            format!("\"SHA256\",\"{}\",\"C:\\b\\dist\\{name}\"\r\n", upper(bytes))
        }),
        each("SHA1SUMS", |name, bytes| format!("{}  {name}\n", hex::<Sha1>(bytes))),
        each("MD5SUMS", |name, bytes| format!("{}  {name}\n", hex::<Md5>(bytes))),
        each("checksums.txt", |name, bytes| format!("MD5 ({name}) = {}\n", hex::<Md5>(bytes))),
        each("SHA256SUMS", |name, bytes| format!("{}  {name}\0", sha256(bytes))),
        each("list", |name, bytes| format!("{}  {name}\n", sha256(bytes))),
        ("SHA256SUMS", Box::new(move |files| wide(&gnu(files), u16::to_le_bytes))),
        ("SHA256SUMS", Box::new(move |files| wide(&gnu(files), u16::to_be_bytes))),
        ("SHA256SUMS", Box::new(move |files| format!("\u{feff}{}", gnu(files)).into_bytes())),
        ("checksums.txt", Box::new(move |files| table(files).into_bytes())),
        ("checksums.txt", Box::new(move |files| wide(&table(files), u16::to_le_bytes))),
        each("checksums.txt", |name, bytes| {
            format!(
                "Algorithm : SHA256\r\nHash      : {}\r\nPath      : C:\\b\\dist\\{name}\r\n\r\n",
                sha256(bytes)
            )
        }),
        (
            "checksums.json",
            Box::new(|files| {
                let of = |(name, bytes): &(&str, &[u8])| ((*name).to_owned(), sha256(bytes).into());
                serde_json::Value::Object(files.iter().map(of).collect()).to_string().into_bytes()
            }),
        ),
        (
            "hashes.json",
            Box::new(|files| {
                let of = |(name, bytes): &(&str, &[u8])| serde_json::json!({"file": name, "digest": {"sha256": sha256(bytes)}});
                serde_json::json!({"files": files.iter().map(of).collect::<Vec<_>>()})
                    .to_string()
                    .into_bytes()
            }),
        ),
        // What stands beside the name is no part of it.
        each("checksums.txt", |name, bytes| format!("{} {} {name}\n", sha256(bytes), bytes.len())),
        each("checksums.txt", |name, bytes| format!("{}  \"{name}\"\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{} -> {name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{} U{name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{}\u{a0} {name}\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| {
            format!("MD5 ({name}) = {}\nSHA256 ({name}) = {}\n", hex::<Md5>(bytes), sha256(bytes))
        }),
        each("checksums.txt", |name, bytes| {
            format!(
                "BLAKE2b-512 ({name}) = 00{}\nSHA256 ({name}) = {}\n",
                &hex::<Sha512>(bytes)[2..],
                sha256(bytes)
            )
        }),
    ]
}

/// Lists of which it can only be told that they were not compared.
fn unread() -> Vec<Written> {
    vec![
        each("B2SUMS", |name, bytes| format!("{}  {name}\n", hex::<Sha512>(bytes))),
        each("checksums.txt", |name, bytes| format!("BLAKE2b ({name}) = {}\n", hex::<Sha512>(bytes))),
        each("checksums.txt", |name, bytes| format!("SHA3-256 ({name}) = {}\n", sha256(bytes))),
        each("SHA224SUMS", |name, bytes| format!("{}  {name}\n", &sha256(bytes)[..56])),
        each("checksums.txt", |name, bytes| format!("{}  {name}\n", &sha256(bytes)[..60])),
        each("checksums.txt", |name, bytes| format!("<f n=\"{name}\" sha256=\"{}\"/>\n", sha256(bytes))),
        each("checksums.txt", |name, bytes| format!("{}  {name}\n", BASE64.encode(&Sha256::digest(bytes)))),
        each("checksums.txt", |name, bytes| format!("the digest of {name} is {} today\n", sha256(bytes))),
    ]
}

fn made(list: &str, text: &[u8]) -> Made {
    let made = Made::new();
    for (name, bytes) in FILES {
        made.write(&format!("dist/{name}"), bytes);
    }
    made.write(&format!("dist/{list}"), text);
    made.write(&format!("dist/{list}.sig"), made.raw(text).as_bytes());
    made
}

#[test]
fn what_a_list_says_is_compared_however_it_is_written() {
    for (at, (list, write)) in read().into_iter().enumerate() {
        let text = write(&FILES);
        let shown = String::from_utf8_lossy(&text).into_owned();
        let made = made(list, &text);
        let report = made.scan();
        assert_eq!(report.ending(Some(Severity::Medium)), Ending::Clean, "{at}: {shown}\n{}", said(&report));
        let evidence = &of(&report, &format!("dist/{list}"))[0].evidence;
        assert!(
            evidence.iter().any(|said| said.starts_with("2 of the 2 files")),
            "{at}: {shown}\n{evidence:?}"
        );
        let is_weak =
            shown.starts_with("MD5 (") && !shown.contains("SHA") || list == "SHA1SUMS" || list == "MD5SUMS";
        assert_eq!(evidence.iter().any(|said| said.contains("can be forged")), is_weak, "{evidence:?}");
        made.append("dist/lib.so", b"!");
        let report = made.scan();
        assert!(
            accuses(&report, "dist/lib.so") && !accuses(&report, "dist/app.exe"),
            "{at}: {shown}\n{}",
            said(&report)
        );
        assert_eq!(
            report.ending(Some(Severity::Medium)),
            Ending::Findings,
            "{at}: {shown}\n{}",
            said(&report)
        );
    }
}

#[test]
fn what_could_not_be_compared_is_told() {
    for (at, (list, write)) in unread().into_iter().enumerate() {
        let text = write(&FILES);
        let made = made(list, &text);
        for _ in 0..2 {
            let report = made.scan();
            let shown = String::from_utf8_lossy(&text);
            assert_eq!(
                report.ending(Some(Severity::Medium)),
                Ending::Incomplete,
                "{at}: {shown}\n{}",
                said(&report)
            );
            // Nothing is called changed that may well be the same.
            assert!(!accuses(&report, "dist/lib.so"), "{at}: {shown}\n{}", said(&report));
            made.append("dist/lib.so", b"!");
        }
    }
    // A name that may mean a file is held against it, and accuses it of nothing.
    for write in [
        |name: &str, bytes: &[u8]| format!("SHA256 hash for {name} is {}\n", sha256(bytes)),
        |name: &str, bytes: &[u8]| format!("{}  released as {name} today\n", sha256(bytes)),
        |name: &str, bytes: &[u8]| format!("{}  out\\of\\{name}\n", sha256(bytes)),
    ] {
        let text: String = FILES.iter().map(|(name, bytes)| write(name, bytes)).collect();
        let made = made("checksums.txt", text.as_bytes());
        let report = made.scan();
        assert_eq!(report.ending(Some(Severity::Medium)), Ending::Clean, "{text}\n{}", said(&report));
        made.append("dist/lib.so", b"!");
        let report = made.scan();
        assert_ne!(report.ending(Some(Severity::Medium)), Ending::Clean, "{text}\n{}", said(&report));
    }
    let cut = format!("SHA256          {}       C:\\b\\dist\\app....\r\n", sha256(FILES[0].1));
    assert_eq!(
        made("checksums.txt", cut.as_bytes()).scan().ending(Some(Severity::Medium)),
        Ending::Incomplete
    );
    // Names of files that are not here ask for nothing.
    let made = made("B2SUMS", format!("{}  elsewhere\n", hex::<Sha512>(b"x")).as_bytes());
    assert_eq!(made.scan().ending(Some(Severity::Medium)), Ending::Clean);
}

/// Digests by BLAKE2b are as long as those by SHA-512, and nothing tells them apart but one that fits.
#[test]
fn a_digest_of_unknown_making_accuses_nobody() {
    let long = |bytes: &[u8]| hex::<Sha512>(bytes);
    let other = |bytes: &[u8]| hex::<Sha512>(&[bytes, b"salt"].concat());
    let list = |of: &dyn Fn(&[u8]) -> String, last: &dyn Fn(&[u8]) -> String| {
        format!("{}  app.exe\n{}  lib.so\n", of(FILES[0].1), last(FILES[1].1)).into_bytes()
    };
    let report = made("checksums.txt", &list(&other, &other)).scan();
    assert_eq!(report.ending(Some(Severity::Medium)), Ending::Incomplete, "{}", said(&report));
    assert!(!accuses(&report, "dist/lib.so"));
    let report = made("checksums.txt", &list(&long, &other)).scan();
    assert!(accuses(&report, "dist/lib.so"), "{}", said(&report));
    let report = made("SHA512SUMS", &list(&other, &other)).scan();
    assert!(accuses(&report, "dist/lib.so") && accuses(&report, "dist/app.exe"));
}
