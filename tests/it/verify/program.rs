//! `bartizan verify` as its users meet it: arguments, formats, exit codes, bad input, no network.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use super::{IDENTITY, ISSUER, cosign, suite, verify};
use crate::cli::{command, ran};

#[test]
fn help() {
    let folder = tempfile::tempdir().unwrap();
    assert_snapshot!("help_verify", verify(folder.path(), &["--help"]).out);
}

#[test]
fn a_verdict_for_people_and_for_programs() {
    let folder = cosign();
    let at = folder.path();
    let mut said = String::new();
    for args in [
        &["--key", "cosign.pub", "app-1.0.0.tar.gz"][..],
        &["--key", "cosign.pub", "--bundle", "app-1.0.0.tar.gz.sigstore.json", "cosign.pub"],
        &["app-1.0.0.tar.gz"],
        &["--key", "cosign.pub", "--format", "json", "app-1.0.0.tar.gz"],
        &["--format", "json", "app-1.0.0.tar.gz"],
    ] {
        let ran = verify(at, args);
        said.push_str(&format!(
            "$ bartizan verify {}\n{}{}[{}]\n\n",
            args.join(" "),
            ran.out,
            ran.err,
            ran.code
        ));
    }
    assert_snapshot!("verdicts", said);
}

#[test]
fn a_keyless_verdict() {
    let Some(suite) = suite() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::copy(suite.join("a.txt"), at.join("a.txt")).unwrap();
    fs::copy(suite.join("happy-path-v0.3/bundle.sigstore.json"), at.join("a.txt.sigstore.json")).unwrap();
    let ran = verify(at, &["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER, "a.txt"]);
    assert_snapshot!("keyless", ran.out);
    let named = verify(at, &["a.txt"]);
    assert_eq!(named.code, 2);
    assert!(named.out.starts_with("inconclusive: a.txt\n"), "{}", named.out);
    assert!(named.out.contains("--key FILE"), "{}", named.out);
    let pattern = "https://github.com/sigstore-conformance/.*";
    let by = |pattern: &str| {
        verify(
            at,
            &[
                "--certificate-identity-regexp",
                pattern,
                "--certificate-oidc-issuer-regexp",
                "https://.*",
                "a.txt",
            ],
        )
        .code
    };
    assert_eq!((by(pattern), by("sigstore-conformance"), by("https://github.com/sigstore")), (0, 1, 1));
}

#[test]
fn the_json_is_as_its_schema_says() {
    let folder = cosign();
    let schema = ran(command(folder.path(), &["schema", "verify"])).out;
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut standings = Vec::new();
    for args in [
        &["--key", "cosign.pub", "app-1.0.0.tar.gz"][..],
        &["app-1.0.0.tar.gz"],
        &["--key", "cosign.pub", "--bundle", "app-1.0.0.tar.gz.sigstore.json", "cosign.pub"],
    ] {
        let out = verify(folder.path(), &[&["--format", "json"], args].concat()).out;
        let verdict: Value = serde_json::from_str(&out).unwrap();
        let mistakes: Vec<String> = validator
            .iter_errors(&verdict)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(mistakes, [""; 0], "{out}");
        standings.push(verdict["standing"].as_str().unwrap().to_owned());
    }
    assert_eq!(standings, ["verified", "inconclusive", "invalid"]);
}

#[test]
fn mistakes() {
    let folder = cosign();
    let at = folder.path();
    fs::write(at.join("lone"), "x").unwrap();
    fs::write(at.join("root.json"), "{}").unwrap();
    let mut said = String::new();
    for args in [
        &["lone"][..],
        &["absent"],
        &["."],
        &["sha256:12", "--bundle", "app-1.0.0.tar.gz.sigstore.json"],
        &["sha512"],
        &[&format!("sha256:{}", "0".repeat(64))],
        &["--certificate-identity", "a", "app-1.0.0.tar.gz"],
        &["--certificate-oidc-issuer", "a", "app-1.0.0.tar.gz"],
        &["--certificate-identity-regexp", "(", "--certificate-oidc-issuer", "a", "app-1.0.0.tar.gz"],
        &["--key", "absent.pub", "app-1.0.0.tar.gz"],
        &["--key", "lone", "app-1.0.0.tar.gz"],
        &["--key", "cosign.pub", "--bundle", "absent", "app-1.0.0.tar.gz"],
        &["--key", "cosign.pub", "--trusted-root", "root.json", "app-1.0.0.tar.gz"],
        &["--key", "cosign.pub", "--signature", "lone", "app-1.0.0.tar.gz"],
    ] {
        let ran = verify(at, args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        said.push_str(&format!("$ bartizan verify {}\n{}", args.join(" "), ran.err));
    }
    assert_snapshot!("verify_mistakes", said);
    let both = verify(at, &["--key", "cosign.pub", "--certificate-identity", "a", "app-1.0.0.tar.gz"]);
    assert_eq!(both.code, 2);
}

#[test]
fn hostile_signatures_are_told_and_nothing_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("a"), "x").unwrap();
    let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let bundle = |rest: &str| format!("{{\"mediaType\":\"{kind}\",{rest}}}");
    let cases = [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{".repeat(20_000),
        format!("{{\"mediaType\":\"{kind}\",\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)),
        bundle("\"verificationMaterial\":{},\"messageSignature\":{}"),
        bundle(
            "\"verificationMaterial\":{\"certificate\":{\"rawBytes\":\"\"}},\"messageSignature\":{\"signature\":\"\"}",
        ),
        bundle(
            "\"verificationMaterial\":{\"certificate\":{\"rawBytes\":\"!\"}},\"messageSignature\":{\"signature\":\"!\"}",
        ),
        bundle(
            "\"verificationMaterial\":{\"publicKey\":{\"hint\":\"\\u001b[31m\\u202e\"}},\"messageSignature\":{\"signature\":\"AAAA\"}",
        ),
        bundle(
            "\"verificationMaterial\":{\"certificate\":{\"rawBytes\":\"MAA=\"},\"tlogEntries\":[{\"logIndex\":\"99999999999999999999\"}]},\"messageSignature\":{\"signature\":\"AAAA\"}",
        ),
        bundle(
            "\"mediaType\":\"x\",\"verificationMaterial\":{\"publicKey\":{}},\"messageSignature\":{\"signature\":\"AAAA\"}",
        ),
        "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[]}"
            .to_owned(),
        "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v9+json\"}".to_owned(),
    ];
    for (index, text) in cases.iter().enumerate() {
        fs::write(at.join("a.sigstore.json"), text).unwrap();
        let ran = verify(at, &["--certificate-identity", "i", "--certificate-oidc-issuer", "j", "a"]);
        assert!(ran.code == 1 || ran.code == 2, "{index}: {}\n{}{}", ran.code, ran.out, ran.err);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.is_empty() && !said.contains("panicked") && !said.contains("a bug"), "{index}: {said}");
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{index}: {said}");
    }
    fs::write(at.join("a.sigstore.json"), vec![b' '; 65 << 20]).unwrap();
    let ran = verify(at, &["--certificate-identity", "i", "--certificate-oidc-issuer", "j", "a"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
}

/// An artifact larger than the memory that is allowed is read piece by piece.
#[test]
#[cfg(target_os = "linux")]
fn a_large_artifact_is_streamed() {
    use sigstore_verify::crypto::KeyPair;

    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Sparse: it takes no room.
    let size: u64 = if cfg!(debug_assertions) { 1 << 30 } else { 2 << 30 };
    fs::File::create(at.join("large")).unwrap().set_len(size).unwrap();
    let pair = KeyPair::generate_ecdsa_p256().unwrap();
    fs::write(at.join("k.pub"), pair.public_key_der().unwrap().to_pem()).unwrap();
    fs::write(at.join("large.sig"), pair.sign(b"something else").unwrap().to_base64()).unwrap();
    let program = env!("CARGO_BIN_EXE_bartizan");
    let script = format!("ulimit -v 600000; exec '{program}' verify --key k.pub large");
    let mut command = Command::new("sh");
    command.current_dir(at).env("HOME", at).args(["-c", &script]);
    let ran = ran(command);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("invalid: large\n"), "{}", ran.out);
}

/// In a network namespace of its own a program reaches nobody; and by its system calls it does not even try.
#[test]
#[cfg(target_os = "linux")]
fn nothing_is_fetched() {
    let folder = cosign();
    let program = env!("CARGO_BIN_EXE_bartizan");
    let args = ["verify", "--offline", "--key", "cosign.pub", "app-1.0.0.tar.gz"];
    let run = |tool: &str, before: &[&str]| {
        let mut command = Command::new(tool);
        command.current_dir(folder.path()).env("HOME", folder.path()).args(before).arg(program).args(args);
        ran(command)
    };
    let can = |tool: &str, args: &[&str]| {
        Command::new(tool).args(args).output().is_ok_and(|output| output.status.success())
    };
    if can("unshare", &["-rn", "true"]) {
        let ran = run("unshare", &["-rn"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    } else {
        println!("skipped: a network namespace is not permitted here");
    }
    if can("strace", &["-f", "-e", "trace=%network", "-o", "/dev/null", "true"]) {
        let ran = run("strace", &["-f", "-e", "trace=%network", "-o", "calls"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
        assert!(calls.contains("exited with 0"), "{calls}");
        assert!(!calls.contains("socket(") && !calls.contains("connect("), "{calls}");
    } else {
        println!("skipped: there is no strace here, or it is not permitted");
    }
}
