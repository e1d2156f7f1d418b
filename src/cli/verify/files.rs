//! The files that `bartizan verify` reads: where the signature of an artifact is, and what it holds.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde::Deserialize;

use super::Content;
use crate::cli::args::Signed;
use crate::external::file::{self, in_words};
use crate::model::text;

/// Signatures, keys and certificates may have this many bytes.
const MAX: u64 = 32 << 20;
/// A file holds at most this many signatures.
const SIGNATURES_MAX: usize = 10_000;
/// What stands behind the name of an artifact in the name of its bundle.
const BUNDLES: [&str; 5] = [".sigstore.json", ".sigstore", ".bundle", ".cosign.bundle", ".intoto.jsonl"];
/// And of its certificate.
const CERTIFICATES: [&str; 3] = [".pem", ".crt", ".cert"];

/// A signature in a file.
pub(super) struct Entry {
    /// The file, to be shown.
    pub(super) file: String,
    /// From 1.
    pub(super) line: u32,
    /// What it is, in words.
    pub(super) form: &'static str,
    pub(super) content: Content,
}

/// Those parts of a JSON text that tell what it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    media_type: Option<String>,
    payload_type: Option<String>,
    base64_signature: Option<serde::de::IgnoredAny>,
    signatures: Option<Vec<Certified>>,
}

/// A signature of an envelope, with its certificate if that is part of it.
#[derive(Deserialize)]
struct Certified {
    cert: Option<String>,
}

/// The text of a file.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let name = text::escaped(&path.display().to_string());
    let bytes = bytes(path)?;
    String::from_utf8(bytes).map_err(|_| anyhow!("cannot read {name}: it is no text"))
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = text::escaped(&path.display().to_string());
    file::read(path, MAX).map_err(|error| anyhow!("cannot read {name}: {}", in_words(&error)))
}

/// An error unless it is a regular file: an artifact may be read twice.
pub(super) fn is_regular(path: &Path) -> io::Result<()> {
    if path.metadata()?.is_file() { Ok(()) } else { Err(io::Error::other("it is not a regular file")) }
}

/// The signatures of `artifact`.
pub(super) fn entries(artifact: &Path, signed: &Signed, by_key: bool) -> anyhow::Result<Vec<Entry>> {
    if let Some(bundle) = &signed.bundle {
        return bundles(bundle);
    }
    if let Some(signature) = &signed.signature {
        return Ok(vec![detached(signature, signed.certificate.as_deref())?]);
    }
    let beside = |suffix: &str| {
        let mut name = artifact.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let there = |path: &PathBuf| path.metadata().is_ok_and(|metadata| metadata.is_file());
    if let Some(bundle) = BUNDLES.into_iter().map(beside).find(there)
        && signed.certificate.is_none()
    {
        return bundles(&bundle);
    }
    let signature = beside(".sig");
    if there(&signature) {
        let certificate = match &signed.certificate {
            Some(certificate) => Some(certificate.clone()),
            None if by_key => None,
            None => CERTIFICATES.into_iter().map(beside).find(there),
        };
        return Ok(vec![detached(&signature, certificate.as_deref())?]);
    }
    let name = artifact.file_name().unwrap_or_default().to_string_lossy();
    let name = text::escaped(&name);
    let tried: Vec<String> =
        BUNDLES.into_iter().chain([".sig"]).map(|suffix| format!("{name}{suffix}")).collect();
    anyhow::bail!(
        "there is no signature beside {} ({}); --bundle FILE or --signature FILE names one",
        text::escaped(&artifact.display().to_string()),
        tried.join(", ")
    )
}

/// The bundles and envelopes in a file: one, or one a line.
fn bundles(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let file = path.display().to_string();
    let text = text(path)?;
    let lines = || text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let one_a_line = lines().count() > 1
        && lines().all(|(_, line)| line.trim_start().starts_with('{') && line.trim_end().ends_with('}'));
    if !one_a_line {
        return Ok(vec![entry(&file, 1, &text)?]);
    }
    anyhow::ensure!(
        lines().count() <= SIGNATURES_MAX,
        "{}: there are more than {SIGNATURES_MAX} signatures in it",
        text::escaped(&file)
    );
    lines().map(|(at, line)| entry(&file, u32::try_from(at + 1).unwrap_or(u32::MAX), line)).collect()
}

fn entry(file: &str, line: u32, text: &str) -> anyhow::Result<Entry> {
    let outline: Option<Outline> = serde_json::from_str(text).ok();
    let (form, content) = match outline {
        Some(Outline { media_type: None, payload_type: Some(_), signatures, .. }) => {
            let certificate = signatures.unwrap_or_default().into_iter().find_map(|one| one.cert);
            let certificate = certificate.filter(|pem| !pem.is_empty());
            let certificate = certificate.map(|pem| certificates(&pem, file)).transpose()?;
            let certificate = certificate.and_then(|all| all.into_iter().next());
            ("DSSE envelope", Content::Envelope { json: text.to_owned(), certificate })
        }
        Some(Outline { media_type: None, base64_signature: Some(_), .. }) => {
            ("legacy cosign bundle", Content::Opaque)
        }
        // What is no JSON is for the verifier to say.
        _ => ("Sigstore bundle", Content::Bundle(text.to_owned())),
    };
    Ok(Entry { file: file.to_owned(), line, form, content })
}

/// A signature on its own, as it is or in base64.
fn detached(path: &Path, certificate: Option<&Path>) -> anyhow::Result<Entry> {
    let raw = bytes(path)?;
    let packed: Vec<u8> = raw.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let signature = data_encoding::BASE64.decode(&packed).unwrap_or(raw);
    let certificates = match certificate {
        Some(path) => {
            let text = text(path).context("the certificate")?;
            certificates(&text, &path.display().to_string())?
        }
        None => Vec::new(),
    };
    let form = if certificates.is_empty() { "signature" } else { "signature with a certificate" };
    Ok(Entry {
        file: path.display().to_string(),
        line: 1,
        form,
        content: Content::Raw { signature, certificates },
    })
}

#[cfg(feature = "signatures")]
fn certificates(text: &str, name: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    crate::verify::certificates(text, &text::escaped(name)).map_err(|why| anyhow!(why))
}

#[cfg(not(feature = "signatures"))]
fn certificates(_text: &str, _name: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    Ok(Vec::new())
}
