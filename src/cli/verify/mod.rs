//! `bartizan verify`: one signature, who may have made it, and the verdict.

mod files;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::cli::args::{SignerArgs, VerdictFormat, VerifyArgs};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::external::roots;
use crate::model::{Standing, text};
use crate::parse::signature::{Digest, DigestAlgorithm, Subject};
use crate::render::verdict::{self, Other, Verdict};
use crate::render::{Options, verdict_for_people};
use crate::scan::config::{Environment, in_words};
use crate::scan::provenance::claims::{Claim, Subjects, digest_of, settled};
use crate::scan::provenance::policy::{Expected, Identity, Pattern};
use crate::verify::{self, Artifact, Failure, Verifier};
use files::Entry;

/// What is said if no signer is named.
const NO_SIGNER_EXPECTED: &str = "it is valid, but no signer is expected: use --key FILE, or --certificate-identity with --certificate-oidc-issuer";

/// Further signatures of one file that are looked at once one is verified, and named.
const OTHERS_MAX: usize = 100;

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let expected = expected(&args.signer)?;
    let verifier = verifier(args, environment.cache.as_deref())?;
    let named = args.artifact.display().to_string();
    let digest = match digest(&named) {
        Some(digest) => Some(digest?),
        None => None,
    };
    if digest.is_none() {
        files::is_regular(&args.artifact)
            .map_err(|error| anyhow!("cannot read {}: {}", text::escaped(&named), in_words(&error)))?;
    }
    let entries = match digest {
        Some(_) if args.signed.bundle.is_none() && args.signed.signature.is_none() => {
            anyhow::bail!("a digest needs its signature: --bundle FILE or --signature FILE")
        }
        _ => files::entries(&args.artifact, &args.signed, args.signer.key.is_some())?,
    };
    let open = || open(&args.artifact);
    let artifact = digest.as_ref().map_or(Artifact::Stream(&open), Artifact::Digest);
    let several = entries.len() > 1;
    let verdicts = entries.into_iter().map(|entry| {
        let line = several.then_some(entry.line);
        let path = digest.is_none().then_some(&*args.artifact);
        Verdict { artifact: named.clone(), line, ..judge(&*verifier, &expected, &entry, &artifact, path) }
    });
    let best = best(verdicts).context("there is no signature in the file")?;
    let options = Options { color: output::is_coloured(), width: output::width(), ..Options::plain(None) };
    output::stdout(|out| match args.format {
        VerdictFormat::Human => verdict_for_people(&best, &options, out),
        VerdictFormat::Json => verdict::json(&best, &options, out),
    })?;
    Ok(match best.standing {
        Standing::Verified => Exit::Clean,
        Standing::UnexpectedIdentity | Standing::Invalid => Exit::Findings,
        Standing::Inconclusive => Exit::Failed,
    })
}

/// Of several signatures the one that says most for the artifact, with the others that do not hold; what cannot be
/// judged comes before what is wrong, for it might be the one.
fn best(verdicts: impl Iterator<Item = Verdict>) -> Option<Verdict> {
    let rank = |verdict: &Verdict| match verdict.standing {
        Standing::Verified => 0,
        Standing::UnexpectedIdentity => 1,
        Standing::Inconclusive => 2,
        Standing::Invalid => 3,
    };
    let mut all: Vec<Verdict> = Vec::new();
    let mut verified = false;
    for verdict in verdicts {
        // Each of them may have to read the artifact once more.
        if verified && all.len() >= OTHERS_MAX {
            break;
        }
        verified |= verdict.standing == Standing::Verified;
        all.push(verdict);
    }
    let at = (0..all.len()).min_by_key(|at| rank(&all[*at]))?;
    let best = all.swap_remove(at);
    all.sort_by(|a, b| (a.line, &a.form).cmp(&(b.line, &b.form)));
    let others = all.into_iter().filter(|one| one.standing != Standing::Verified).take(OTHERS_MAX);
    let others = others.map(|one| Other {
        line: one.line.unwrap_or(1),
        form: one.form,
        standing: one.standing,
        reason: one.reason,
    });
    Some(Verdict { others: others.collect(), ..best })
}

/// `path` is that of the artifact, if it is a file.
fn judge(
    verifier: &dyn Verifier,
    expected: &Expected,
    entry: &Entry,
    artifact: &Artifact<'_>,
    path: Option<&Path>,
) -> Verdict {
    let mut verdict = Verdict {
        artifact: String::new(),
        signature: entry.file.clone(),
        line: None,
        form: entry.form.clone(),
        standing: Standing::Invalid,
        reason: String::new(),
        signer: None,
        time: None,
        evidence: Vec::new(),
        others: Vec::new(),
    };
    let verified = match &entry.content {
        Ok(content) => {
            let outcome = verifier.verify(content, artifact, &expected.keys);
            match path {
                Some(path) => settled(outcome, claim(&entry.subjects, path)),
                None => outcome,
            }
        }
        Err(why) => Err(why.clone()),
    };
    let proof = match verified {
        Ok(proof) => proof,
        Err(Failure::Inconclusive(why)) => {
            return Verdict { standing: Standing::Inconclusive, reason: why, ..verdict };
        }
        Err(Failure::Invalid(why) | Failure::ArtifactMismatch(why)) => {
            return Verdict { reason: why, ..verdict };
        }
    };
    (verdict.standing, verdict.reason) = match expected.judge_signer(&proof.signer) {
        Ok(why) => (Standing::Verified, why),
        Err(_) if expected.identities.is_empty() && expected.keys.is_empty() => {
            (Standing::Inconclusive, NO_SIGNER_EXPECTED.to_owned())
        }
        Err(why) => (Standing::UnexpectedIdentity, why),
    };
    let time = proof.time.and_then(|time| jiff::Timestamp::from_second(time).ok());
    Verdict {
        signer: Some(proof.signer),
        time: time.map(|time| time.to_string()),
        evidence: proof.evidence,
        ..verdict
    }
}

/// What a signature with these subjects says of the file at `path`. A file that cannot be read was not verified either.
fn claim(subjects: &[Subject], path: &Path) -> Claim {
    let mut digest = |algorithm: DigestAlgorithm| digest_of(algorithm.into(), &mut open(path)?);
    let whole = std::path::absolute(path);
    let shown = whole.as_deref().unwrap_or(path).display().to_string();
    let shown = if cfg!(windows) { shown.replace('\\', "/") } else { shown };
    Subjects::new(subjects).claim(&shown, &mut digest).unwrap_or(Claim::Nothing)
}

/// Who may have signed, as the arguments say.
fn expected(args: &SignerArgs) -> anyhow::Result<Expected> {
    let pattern = |exact: &Option<String>, expression: &Option<String>, name: &str| {
        Ok::<_, anyhow::Error>(match (exact, expression) {
            (Some(exact), _) => Some(Pattern::Exact(exact.clone())),
            (None, Some(expression)) => {
                Some(Pattern::regexp(expression).map_err(|why| anyhow!("{name}: {why}"))?)
            }
            (None, None) => None,
        })
    };
    let identity = pattern(
        &args.certificate_identity,
        &args.certificate_identity_regexp,
        "--certificate-identity-regexp",
    )?;
    let issuer = pattern(
        &args.certificate_oidc_issuer,
        &args.certificate_oidc_issuer_regexp,
        "--certificate-oidc-issuer-regexp",
    )?;
    let mut expected = Expected::default();
    match (identity, issuer) {
        (Some(identity), Some(issuer)) => expected.identities.push(Identity { identity, issuer }),
        (None, None) => {}
        (Some(_), None) => anyhow::bail!(
            "an identity needs its issuer: add --certificate-oidc-issuer or --certificate-oidc-issuer-regexp"
        ),
        (None, Some(_)) => anyhow::bail!(
            "an issuer vouches for many: --certificate-identity or --certificate-identity-regexp has to say for whom"
        ),
    }
    if let Some(file) = &args.key {
        expected.keys.push(files::key(file)?);
    }
    Ok(expected)
}

/// What verifies, with the roots that the arguments or this machine have. The configuration is not asked:
/// it belongs to whoever made the folder, and may be the very one who is to be verified.
fn verifier(args: &VerifyArgs, cache: Option<&Path>) -> anyhow::Result<Arc<dyn Verifier + Send + Sync>> {
    let roots = match args.trusted_root.as_deref() {
        Some(path) => roots::named(path).map_err(|why| anyhow!(why))?,
        None => roots::at_hand(cache),
    };
    let verifier = verify::verifier(roots, args.require_inclusion_proof);
    if args.trusted_root.is_some() {
        // What the user names has to be valid as a whole; checked before it is used.
        verifier.check().map_err(|why| anyhow!(why))?;
    }
    Ok(verifier)
}

/// The digest that an argument is, if it is written as one.
fn digest(named: &str) -> Option<anyhow::Result<Digest>> {
    let (algorithm, digits) = named.split_once(':')?;
    let algorithm = DigestAlgorithm::of(algorithm)?;
    Some(match Digest::hex(algorithm, digits) {
        Some(digest) => Ok(digest),
        None => Err(anyhow!(
            "`{}` is not a digest: it takes {} hexadecimal digits after the colon; for a file of that name use ./{}",
            text::escaped(named),
            2 * algorithm.size(),
            text::escaped(named)
        )),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the artifact that the user names, which may be larger than memory"
)]
fn open(artifact: &Path) -> io::Result<Box<dyn io::Read>> {
    Ok(Box::new(File::open(artifact)?))
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn digests_are_told_from_files() {
        assert!(digest("app.tgz").is_none() && digest("C:\\app").is_none() && digest("").is_none());
        assert!(digest(&format!("sha256:{}", "0A".repeat(32))).is_some_and(|digest| digest.is_ok()));
        assert!(digest(&format!("sha512:{}", "00".repeat(32))).is_some_and(|digest| digest.is_err()));
        assert!(digest("sha256:").is_some_and(|digest| digest.is_err()));
    }
}
