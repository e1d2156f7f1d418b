//! Signatures, for people: a line with the counts by status, and each of them with `-v`.

use std::io;

use super::page::{NOTICE, Page};
use crate::model::text::escaped;
use crate::model::{Report, Signature, Signer, Standing};
use crate::render::words;

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.signatures.is_empty() {
        return Ok(());
    }
    if page.options.verbose > 0 {
        for signature in &report.signatures {
            page.heading(NOTICE, &format!("signature[{}]", signature.standing.as_str()), &line(signature))?;
        }
    }
    let count = |standing| report.signatures.iter().filter(|one| one.standing == standing).count() as u64;
    let parts: Vec<String> = Standing::ALL
        .into_iter()
        .map(|standing| (standing, count(standing)))
        .filter(|(_, count)| *count > 0)
        .map(|(standing, count)| format!("{} {}", words::number(count), word(standing)))
        .collect();
    let total = words::counted(report.signatures.len() as u64, "signature", "signatures");
    let more = if page.options.verbose > 0 { "" } else { " (-v lists them)" };
    writeln!(page.out, "{total}: {}{more}", parts.join(", "))?;
    page.blank()
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::UnexpectedIdentity => "by an unexpected identity",
        other => other.as_str(),
    }
}

/// `dist/app.tgz.sigstore.json (Sigstore bundle v0.3) of dist/app.tgz, by …: why; what was proven`
fn line(signature: &Signature) -> String {
    let mut text = signature.path.shown();
    if signature.line > 1 {
        text.push_str(&format!(":{}", signature.line));
    }
    text.push_str(&format!(" ({})", escaped(&signature.form)));
    match (&signature.artifact, &signature.digest) {
        (Some(artifact), _) => text.push_str(&format!(" of {}", artifact.shown())),
        (None, Some(digest)) => text.push_str(&format!(" of {}", escaped(digest))),
        (None, None) => {}
    }
    if let Some(signer) = &signature.signer {
        text.push_str(&format!(", by {}", escaped(&by(signer))));
    }
    text.push_str(&format!(": {}", escaped(&signature.reason)));
    for evidence in &signature.evidence {
        text.push_str(&format!("; {}", escaped(evidence)));
    }
    text
}

pub(super) fn by(signer: &Signer) -> String {
    match signer {
        Signer::Identity { identity, issuer, .. } => format!("{identity} (issuer {issuer})"),
        Signer::Key { fingerprint, name: Some(name) } => format!("the key {name} ({fingerprint})"),
        Signer::Key { fingerprint, name: None } => format!("the key {fingerprint}"),
    }
}
