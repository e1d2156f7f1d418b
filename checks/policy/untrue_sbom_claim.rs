//! `untrue-sbom-claim`: an SBOM whose format differs from the policy.

use crate::engine::repository::policy::{Role, Sentence};
use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Ruling, Severity, Span};
use crate::parse::policy::{mood, words};
use crate::parse::script;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-sbom-claim",
        title: "SBOM that differs from the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "correct the format in the policy, or generate the one it names",
        docs: r"
## What it does
Compares claims about an SBOM in the security policy, the README and the contributing guide with the steps and scripts
that generate one: Syft, Trivy, `sbom-action`, `cargo-cyclonedx`, `cdxgen`, BuildKit and others. An SBOM that is claimed
to be SPDX but generated only as CycloneDX, or the reverse, is reported. A missing generator contradicts nothing.

## Why is this bad
Users who need that format do not find it.

## Example
`An SPDX SBOM is attested for each release`, and `format: cyclonedx-json` in the workflow.

## Use instead
`A CycloneDX SBOM is attested for each release`.

## What would change the verdict
Upheld: a workflow, script or release configuration generates an SBOM in the named format. No evidence: nothing in the
repository generates one.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "sbom";
/// Actions that generate one, the format input, and the default format.
const ACTIONS: [(&str, &str, Option<Format>); 9] = [
    ("anchore/sbom-action", "format", Some(Format::Spdx)),
    ("aquasecurity/trivy-action", "format", None),
    ("cyclonedx/gh-dotnet-generate-sbom", "", Some(Format::CycloneDx)),
    ("cyclonedx/gh-node-module-generatebom", "", Some(Format::CycloneDx)),
    ("cyclonedx/gh-python-generate-sbom", "", Some(Format::CycloneDx)),
    ("cyclonedx/gh-gomod-generate-sbom", "", Some(Format::CycloneDx)),
    ("advanced-security/sbom-generator-action", "", Some(Format::Spdx)),
    ("microsoft/sbom-action", "", Some(Format::Spdx)),
    ("kubernetes-sigs/bom", "", Some(Format::Spdx)),
];
/// Programs that generate one.
const PROGRAMS: [&str; 9] = [
    "syft",
    "trivy",
    "cyclonedx-gomod",
    "cyclonedx-py",
    "cyclonedx-npm",
    "cdxgen",
    "bom",
    "sbom-tool",
    "grype",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Spdx,
    CycloneDx,
}

/// A place that generates an SBOM.
struct Made<'a> {
    path: &'a RepoPath,
    span: Span,
    what: String,
    format: Option<Format>,
}

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let sentences = repository.policy.sentences(&[Role::Policy, Role::Readme, Role::Contributing]);
    let claims: Vec<&Sentence<'_>> =
        sentences.iter().filter(|sentence| sentence.is_asserted() && is_claim(sentence)).collect();
    if claims.is_empty() {
        return;
    }
    let made = made(repository);
    for sentence in claims {
        assess(&made, sentence, reports);
    }
}

fn is_claim(sentence: &Sentence<'_>) -> bool {
    let lower = &sentence.lower;
    let subject =
        words::any(lower, &["sbom", "sboms", "software bill of materials", "bill of materials"]).is_some();
    let context = sentence.part.block.text().to_ascii_lowercase();
    let verb = words::any(
        &context,
        &[
            "generated",
            "generates",
            "generation",
            "attested",
            "attached",
            "published",
            "publish",
            "available",
            "includes",
            "generate",
            "produced",
            "format",
            "created",
            "uploaded",
            "provided",
        ],
    );
    // In a table of contents or a README it is often the subject of the project.
    let is_about_others =
        words::any(lower, &["verify", "validate", "parse", "import", "consume", "scan"]).is_some();
    subject
        && verb.is_some()
        && !is_about_others
        && !mood::is_denied(lower)
        && (sentence.part.document.role != Role::Readme
            || words::any(lower, &["release", "releases", "each", "every"]).is_some())
}

fn format_of(text: &str) -> Option<Format> {
    let lower = text.to_ascii_lowercase();
    match (lower.contains("spdx"), lower.contains("cyclonedx") || lower.contains("cdx")) {
        (true, false) => Some(Format::Spdx),
        (false, true) => Some(Format::CycloneDx),
        _ => None,
    }
}

fn of_step<'a>(site: Site<'a>) -> Option<Made<'a>> {
    let step = site.step?;
    let path = &site.file.path;
    if let Some(action) = step.action() {
        let (name, input, default) = ACTIONS.iter().find(|(name, ..)| action.is(name))?;
        let said = step.input(input).filter(|_| !input.is_empty());
        let format = said.map_or(*default, |said| format_of(&said.text));
        // Trivy generates one only on request.
        if *name == "aquasecurity/trivy-action" && format.is_none() {
            return None;
        }
        let uses = step.uses.as_ref()?;
        let (span, what) = match said {
            Some(said) => (said.span, format!("`{input}: {}`", said.text.trim())),
            None => (uses.span, format!("`{}`", uses.text.trim())),
        };
        return Some(Made { path, span, what, format });
    }
    let run = step.run.as_ref()?;
    of_script(&run.text).map(|(at, what, format)| Made {
        path,
        span: site.locate(run, at..at + what.len()),
        what: format!("`{what}`"),
        format,
    })
}

/// The command of a script that generates one.
fn of_script(text: &str) -> Option<(usize, String, Option<Format>)> {
    script::programs(text).find_map(|program| {
        let rest = program.rest.split(['|', ';']).next().unwrap_or(program.rest);
        let base = program.base();
        let is_cargo = base == "cargo"
            && program.words().next().is_some_and(|word| matches!(word, "cyclonedx" | "sbom" | "auditable"));
        let is_docker =
            base == "docker" && (rest.contains("--sbom") || program.words().next() == Some("sbom"));
        if !is_cargo && !is_docker && !PROGRAMS.contains(&base) {
            return None;
        }
        let format = match base {
            _ if is_docker => Some(Format::Spdx),
            "cdxgen" => Some(Format::CycloneDx),
            _ if base.starts_with("cyclonedx") => Some(Format::CycloneDx),
            "cargo" if rest.contains("cyclonedx") => Some(Format::CycloneDx),
            _ => format_of(rest),
        };
        // These have other purposes too.
        if matches!(base, "trivy" | "grype" | "bom" | "cargo") && format.is_none() && !rest.contains("sbom") {
            return None;
        }
        Some((program.at, base.to_owned(), format))
    })
}

fn made(repository: &Repository) -> Vec<Made<'_>> {
    let mut made: Vec<Made<'_>> = repository.steps().filter_map(of_step).collect();
    for (path, bytes) in &repository.policy.scripts {
        let text = String::from_utf8_lossy(bytes);
        let name = path.file_name();
        if name.ends_with(b"goreleaser.yml") || name.ends_with(b"goreleaser.yaml") {
            if let Some(at) = text.find("\nsboms:") {
                let format = format_of(&text[at..]).or(Some(Format::Spdx));
                made.push(Made {
                    path,
                    span: Span::new(at + 1, at + 6),
                    what: "`sboms` of GoReleaser".to_owned(),
                    format,
                });
            }
        } else if let Some((at, what, format)) = of_script(&text) {
            made.push(Made { path, span: Span::new(at, at + what.len()), what: format!("`{what}`"), format });
        }
    }
    let uses = repository.steps().filter_map(|site| Some((site, site.step?)));
    for (site, step) in uses {
        let is_built = step.uses_any(&["docker/build-push-action"])
            && step.input("sbom").is_some_and(|sbom| sbom.text.trim() == "true");
        if let Some(text) = step.uses.as_ref().filter(|_| is_built) {
            made.push(Made {
                path: &site.file.path,
                span: text.span,
                what: "`sbom: true`".to_owned(),
                format: Some(Format::Spdx),
            });
        }
    }
    made
}

fn assess(made: &[Made<'_>], sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let context = sentence.part.block.text().to_ascii_lowercase();
    // Other claims in the same item do not count.
    let wanted = format_of(&sentence.lower).or_else(|| format_of(&context));
    let place = sentence.place();
    let Some(first) = made.first() else {
        let reason = "nothing in the repository generates an SBOM".to_owned();
        reports.claim(place, KIND, &sentence.lower, (Ruling::NoEvidence, reason));
        return;
    };
    let fits = |one: &&Made<'_>| wanted.is_none() || one.format.is_none() || one.format == wanted;
    let (ruling, one, reason) = match made.iter().find(fits) {
        Some(one) => (Ruling::Upheld, one, format!("{} generates it", one.what)),
        None => {
            let name =
                if wanted == Some(Format::Spdx) { ("SPDX", "CycloneDX") } else { ("CycloneDX", "SPDX") };
            (
                Ruling::Contradicted,
                first,
                format!("the text says {}, but {} generates {}", name.0, first.what, name.1),
            )
        }
    };
    reports.claim(place, KIND, &sentence.lower, (ruling, reason)).evidence(
        one.path,
        one.span,
        one.what.clone(),
    );
}
