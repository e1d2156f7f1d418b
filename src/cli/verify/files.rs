//! The files that `bartizan verify` reads: where the signature of an artifact is, and what it holds.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::cli::args::Where;
use crate::external::file::{self, in_words};
use crate::model::{Name, text};
use crate::parse::signature::key::public_key;
use crate::parse::signature::{self, Content, Form, Kind, Signed, Subject, signed_names, sniff};
use crate::verify::{Failure, PublicKey};

/// Signatures, keys and certificates may have this many bytes.
const MAX: u64 = signature::SIZE_MAX as u64;
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
    /// What it is.
    pub(super) form: Name,
    /// What there is to verify, or why it cannot be read.
    pub(super) content: Result<Content, Failure>,
    /// What it says that it signs.
    pub(super) subjects: Vec<Subject>,
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
pub(super) fn entries(artifact: &Path, signed: &Where, by_key: bool) -> anyhow::Result<Vec<Entry>> {
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
    let mut found = Vec::new();
    for path in others_beside(artifact) {
        found.extend(bundles(&path)?);
    }
    if !found.is_empty() && signed.certificate.is_none() {
        return Ok(found);
    }
    let name = artifact.file_name().unwrap_or_default().to_string_lossy();
    let name = text::escaped(&name);
    let tried: Vec<String> =
        BUNDLES.into_iter().chain([".sig"]).map(|suffix| format!("{name}{suffix}")).collect();
    anyhow::bail!(
        "there is no signature next to {} ({}); use --bundle FILE or --signature FILE",
        text::escaped(&artifact.display().to_string()),
        tried.join(", ")
    )
}

/// Files in the folder of `artifact` that are signatures in JSON, and whose names lead to it by the rule of a scan.
#[expect(clippy::disallowed_methods, reason = "the folder of the artifact that the user names")]
fn others_beside(artifact: &Path) -> Vec<PathBuf> {
    let Some(wanted) = artifact.file_name().map(std::ffi::OsStr::as_encoded_bytes) else { return Vec::new() };
    let folder = artifact.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let leads = |path: &PathBuf| {
        let name = name(path);
        name != wanted && name.starts_with(wanted) && signed_names(name).contains(&wanted)
    };
    let is_signature = |path: &PathBuf| {
        path.metadata().is_ok_and(|metadata| metadata.is_file())
            && bytes(path).is_ok_and(|bytes| sniff(name(path), &bytes) == Some(Kind::Json))
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> = paths.filter(leads).filter(is_signature).collect();
    found.sort();
    found
}

/// The signatures in a file, as far as they can be read.
fn bundles(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let read = signature::read(Kind::Json, name(path), &bytes(path)?);
    let file = path.display().to_string();
    let wrong = read.mistakes.into_iter().map(|(line, what)| Entry {
        file: file.clone(),
        line,
        form: "signature that cannot be read".into(),
        content: Err(unread(&what)),
        subjects: Vec::new(),
    });
    let mut entries: Vec<Entry> = read.signatures.into_iter().map(|signed| entry(&file, signed)).collect();
    entries.extend(wrong);
    anyhow::ensure!(!entries.is_empty(), "{}: there is no signature in it", text::escaped(&file));
    Ok(entries)
}

/// What an error in a file means for the signature in it: newer versions are not faults.
fn unread(mistake: &str) -> Failure {
    let what = format!("the file {mistake}");
    if signature::is_unknown(mistake) { Failure::Inconclusive(what) } else { Failure::Invalid(what) }
}

fn entry(file: &str, signed: Signed) -> Entry {
    let form = signed.shown();
    let (content, subjects) = match signed.payload {
        None => (Ok(signed.content), signed.subjects),
        // What is signed there is a text about an image.
        Some(_) => (Ok(Content::Opaque), Vec::new()),
    };
    Entry { file: file.to_owned(), line: signed.line, form, content, subjects }
}

/// A signature on its own, as it is or in base64.
fn detached(path: &Path, certificate: Option<&Path>) -> anyhow::Result<Entry> {
    let file = path.display().to_string();
    let shown = text::escaped(&file);
    let read = signature::read(Kind::Detached, name(path), &bytes(path)?);
    if let Some((_, what)) = read.mistakes.first() {
        anyhow::bail!("{shown}: the file {what}");
    }
    let signed = read.signatures.into_iter().next().with_context(|| {
        format!("{shown}: it is not a detached signature; use --bundle FILE for everything else")
    })?;
    let mut entry = entry(&file, signed);
    let Some(certificate) = certificate else { return Ok(entry) };
    if let Ok(Content::Raw { certificates, .. }) = &mut entry.content {
        *certificates = signature::certificates(&bytes(certificate)?);
        anyhow::ensure!(
            !certificates.is_empty(),
            "{}: there is no certificate in it",
            text::escaped(&certificate.display().to_string())
        );
        entry.form = Form::DetachedWithCertificate.words().into();
    }
    Ok(entry)
}

/// The public key in a file.
pub(super) fn key(path: &Path) -> anyhow::Result<PublicKey> {
    let name = path.display().to_string();
    let key =
        public_key(&bytes(path)?).map_err(|what| anyhow!("{}: the file {what}", text::escaped(&name)))?;
    Ok(PublicKey { der: key.der, name })
}

fn name(path: &Path) -> &[u8] {
    path.file_name().unwrap_or_default().as_encoded_bytes()
}
