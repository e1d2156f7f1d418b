//! `untrue-signing-claim`: releases that are signed differently from the policy.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Ruling, Severity, Span};
use crate::parse::policy::{mood, words};
use crate::parse::script;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-signing-claim",
        title: "release signing that differs from the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "describe how releases are signed, so that users know what to verify",
        docs: r"
## What it does
Compares claims about release and image signing in the security policy, the README and the contributing guide with the
steps and scripts that sign. A claim of keyless signing is reported if every Cosign command uses a key, and a claim of a
key if none does. A missing signing step contradicts nothing, since releases may be made elsewhere.

## Why is this bad
Users look for the wrong kind of signature, and either give up or trust an unverified release.

## Example
`Images are signed keyless with Cosign`, and `cosign sign --key env://COSIGN_PRIVATE_KEY` in the workflow.

## Use instead
`Images are signed with Cosign; the public key is cosign.pub`.

## What would change the verdict
Upheld: a release step signs or attests, with or without a key as claimed. No evidence: nothing in the repository does;
it may be done elsewhere.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "signing";

/// Signing methods, as texts name them, and how they are recognised.
struct Way {
    names: &'static [&'static str],
    actions: &'static [&'static str],
    programs: &'static [&'static str],
    marks: &'static [&'static str],
}

const WAYS: [Way; 6] = [
    Way {
        names: &["cosign", "sigstore"],
        actions: &[
            "sigstore/cosign-installer",
            "sigstore/gh-action-sigstore-python",
            "actions/attest-build-provenance",
            "actions/attest",
        ],
        programs: &["cosign"],
        marks: &["cosign"],
    },
    Way {
        names: &["gpg", "pgp", "openpgp"],
        actions: &["crazy-max/ghaction-import-gpg"],
        programs: &["gpg", "gpg2", "debsign", "dpkg-sig"],
        marks: &["gpg", "GPG_PRIVATE_KEY"],
    },
    Way { names: &["minisign"], actions: &[], programs: &["minisign", "rsign"], marks: &["minisign"] },
    Way {
        names: &[
            "slsa",
            "build provenance",
            "provenance attestation",
            "provenance attestations",
            "npm provenance",
            "artifact attestations",
        ],
        actions: &[
            "actions/attest-build-provenance",
            "actions/attest",
            "slsa-framework/slsa-github-generator",
            "docker/build-push-action",
        ],
        programs: &[],
        marks: &[
            "--provenance",
            "provenance: true",
            "\"provenance\": true",
            "provenance=true",
            "attest-build-provenance",
            "slsa-github-generator",
        ],
    },
    Way {
        names: &["notation", "notary"],
        actions: &["notaryproject/notation-action"],
        programs: &["notation"],
        marks: &["notation"],
    },
    Way {
        names: &["sha256sums", "checksums", "sha256 checksums", "sha-256 checksums"],
        actions: &[],
        programs: &["sha256sum", "shasum", "sha512sum"],
        marks: &["sha256sum", "SHA256SUMS", "checksum", "shasum"],
    },
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for sentence in repository.policy.sentences(&[Role::Policy, Role::Contributing]) {
        if sentence.is_asserted() && is_claim(&sentence) {
            assess(repository, &sentence, reports);
        }
    }
}

fn is_claim(sentence: &Sentence<'_>) -> bool {
    let lower = &sentence.lower;
    let verb = words::any(
        lower,
        &[
            "signed",
            "sign",
            "signature",
            "signatures",
            "provenance",
            "attestations",
            "attested",
            "checksums",
            "sha256sums",
        ],
    );
    let subject = [
        "release",
        "releases",
        "image",
        "images",
        "artifact",
        "artifacts",
        "binaries",
        "packages",
        "package",
        "checksums",
        "sha256sums",
        "builds",
        "provenance",
        "published",
    ];
    let is_about_commits = words::any(
        lower,
        &[
            "commit",
            "commits",
            "jwt",
            "token",
            "request",
            "requests",
            "webhook",
            "sign-off",
            "tags",
            "workflow signature",
        ],
    )
    .is_some();
    verb.is_some() && words::any(lower, &subject).is_some() && !is_about_commits && !mood::is_denied(lower)
}

/// A place that signs.
struct Signs<'a> {
    path: &'a RepoPath,
    span: Span,
    what: String,
    /// The rest of the command, if it is one.
    rest: Option<String>,
}

fn signs<'a>(repository: &'a Repository, way: &Way) -> Vec<Signs<'a>> {
    let mut found = Vec::new();
    for site in repository.steps() {
        let Some(step) = site.step else { continue };
        let path = &site.file.path;
        if let Some(uses) = step.uses.as_ref().filter(|_| step.uses_any(way.actions)) {
            // Building an image creates an attestation only on request.
            let is_build = step.uses_any(&["docker/build-push-action"]);
            if !is_build || step.input("provenance").is_some_and(|asked| asked.text.trim() != "false") {
                found.push(Signs {
                    path,
                    span: uses.span,
                    what: format!("`{}`", uses.text.trim()),
                    rest: None,
                });
            }
        }
        if let Some(run) = &step.run {
            for program in
                script::programs(&run.text).filter(|program| way.programs.contains(&program.base()))
            {
                let span = site.locate(run, program.at..program.at + program.name.len());
                found.push(Signs {
                    path,
                    span,
                    what: format!("`{}`", program.base()),
                    rest: Some(program.rest.to_owned()),
                });
            }
            let mark = way.marks.iter().find_map(|mark| Some((run.text.find(mark)?, *mark)));
            if let Some((at, mark)) = mark.filter(|_| found.is_empty()) {
                found.push(Signs {
                    path,
                    span: site.locate(run, at..at + mark.len()),
                    what: format!("`{mark}`"),
                    rest: None,
                });
            }
        }
    }
    for (site, uses) in repository.uses().filter(|(site, _)| site.step.is_none()) {
        if way.actions.iter().any(|action| uses.text.to_ascii_lowercase().starts_with(action)) {
            found.push(Signs {
                path: &site.file.path,
                span: uses.span,
                what: format!("`{}`", uses.text.trim()),
                rest: None,
            });
        }
    }
    for (path, bytes) in &repository.policy.scripts {
        let text = String::from_utf8_lossy(bytes);
        let mark = way.marks.iter().find_map(|mark| Some((text.find(mark)?, *mark)));
        if let Some((at, mark)) = mark {
            found.push(Signs {
                path,
                span: Span::new(at, at + mark.len()),
                what: format!("`{mark}`"),
                rest: None,
            });
        }
    }
    found
}

fn assess(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let place = sentence.place();
    let named: Vec<&Way> = WAYS.iter().filter(|way| words::any(lower, way.names).is_some()).collect();
    let ways: Vec<&Way> = if named.is_empty() { WAYS[..4].iter().collect() } else { named };
    let found: Vec<Signs<'_>> = ways.iter().flat_map(|way| signs(repository, way)).collect();
    let Some(first) = found.first() else {
        let reason = "nothing in the repository signs or attests it".to_owned();
        reports.claim(place, KIND, lower, (Ruling::NoEvidence, reason));
        return;
    };
    let says_keyless = words::any(lower, &["keyless", "oidc"]).is_some();
    let says_key = words::any(lower, &["key-based", "with a key", "using a key"]).is_some();
    let commands: Vec<&Signs<'_>> = found
        .iter()
        .filter(|one| {
            one.what == "`cosign`"
                && one.rest.as_ref().is_some_and(|rest| {
                    rest.trim_start().starts_with("sign") || rest.trim_start().starts_with("attest")
                })
        })
        .collect();
    let has_key = |one: &&&Signs<'_>| {
        one.rest.as_ref().is_some_and(|rest| rest.contains("--key") || rest.contains("$"))
    };
    let with_key = commands.iter().filter(has_key).count();
    let is_certain = |one: &&&Signs<'_>| one.rest.as_ref().is_some_and(|rest| rest.contains("--key"));
    let certain = commands.iter().filter(is_certain).count();
    let (ruling, reason) = if says_keyless && !commands.is_empty() && certain == commands.len() {
        (Ruling::Contradicted, "the text says keyless, but every Cosign command uses a key".to_owned())
    } else if says_key && !commands.is_empty() && with_key == 0 {
        (Ruling::Contradicted, "the text says a key is used, but no Cosign command has one".to_owned())
    } else {
        (Ruling::Upheld, format!("{} does it", first.what))
    };
    let said = reports.claim(place, KIND, lower, (ruling, reason));
    let shown = if ruling == Ruling::Contradicted { commands[0] } else { first };
    said.evidence(shown.path, shown.span, shown.what.clone());
}
