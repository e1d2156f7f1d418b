//! `untrue-update-claim`: dependency updates that are disabled despite the policy.

use crate::engine::repository::policy::{Role, Sentence};
use crate::engine::repository::updates::{Update, covered};
use crate::engine::repository::{Kind, Repository};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, Ruling, Severity, Span};
use crate::parse::policy::{mood, words};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-update-claim",
        title: "automatic updates disabled despite the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "configure the updates that the policy describes, or correct the policy",
        docs: r"
## What it does
Compares sentences about Dependabot and Renovate with their configuration. Updates that the policy describes but the
configuration disables are reported: `open-pull-requests-limit: 0` in each entry, an empty list of entries, a slower
schedule than claimed, or a named ecosystem without an entry while others have one.

Alerts and security updates are settings of the forge, which are not known.

## Why is this bad
Dependencies are believed to be up to date, but are not.

## Example
`Dependabot: automated dependency updates (active)`, and `open-pull-requests-limit: 0` in `.github/dependabot.yml`.

## Use instead
An entry without that limit, or `Dependabot: alerts; version updates are disabled`.

## What would change the verdict
Upheld: the tool is configured as claimed and may open pull requests. No evidence: it is not configured; alerts are a
setting.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "tool-runs";
/// Ecosystems as texts name them, and as Dependabot does.
const ECOSYSTEMS: [(&str, &str); 16] = [
    ("github actions", "github-actions"),
    ("npm", "npm"),
    ("docker", "docker"),
    ("cargo", "cargo"),
    ("pip", "pip"),
    ("gomod", "gomod"),
    ("go modules", "gomod"),
    ("bundler", "bundler"),
    ("composer", "composer"),
    ("maven", "maven"),
    ("gradle", "gradle"),
    ("nuget", "nuget"),
    ("terraform", "terraform"),
    ("rust crates", "cargo"),
    ("python packages", "pip"),
    ("pypi", "pip"),
];
/// Dependabot's intervals, fastest first.
const PACES: [&str; 7] = ["daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "cron"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    for sentence in policy.sentences(&[Role::Policy]) {
        if !sentence.is_asserted() {
            continue;
        }
        let context = sentence.part.block.text().to_ascii_lowercase();
        if words::has(&sentence.lower, "dependabot") && policy.name() != Some("dependabot-core") {
            dependabot(repository, &sentence, &context, reports);
        } else if words::has(&sentence.lower, "renovate") && policy.name() != Some("renovate") {
            renovate(repository, &sentence, reports);
        } else if is_general(&sentence.lower) {
            general(repository, &sentence, reports);
        }
    }
}

/// Words for features enabled by forge settings.
fn is_setting(context: &str) -> bool {
    words::any(context, &["alert", "alerts", "security updates", "security update", "vulnerability alerts"])
        .is_some()
}

/// True for a sentence that says that dependencies are updated, by any tool.
fn is_general(lower: &str) -> bool {
    [
        "automated dependency updates",
        "automatic dependency updates",
        "dependency updates are automated",
        "regular dependency updates",
        "regular automated dependency updates",
        "dependencies are automatically updated",
        "dependencies are updated automatically",
        "dependencies are updated weekly",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase))
}

fn general(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let is_on = repository.updates().any(|update| limit(&update).is_none());
    let (ruling, reason) = match is_on || repository.has_other_updater() {
        true => (Ruling::Upheld, "an update tool is configured".to_owned()),
        false => (Ruling::NoEvidence, "no update tool is configured in the repository".to_owned()),
    };
    let said = reports.claim(sentence.place(), KIND, &sentence.lower, (ruling, reason));
    if let Some(update) = repository.updates().next() {
        said.evidence(&update.document.path, update.ecosystem.span(), update.shown());
    }
}

fn renovate(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    if mood::is_denied(&sentence.lower) {
        return;
    }
    let config = repository.paths.iter().find(|path| {
        let name = path.file_name();
        path.depth() <= 1 && (name.starts_with(b"renovate.json") || name.starts_with(b".renovaterc"))
    });
    let is_there = config.is_some() || repository.renovates;
    let (ruling, reason) = match is_there {
        true => (Ruling::Upheld, "Renovate is configured".to_owned()),
        false => (Ruling::NoEvidence, "Renovate is not configured in the repository".to_owned()),
    };
    let said = reports.claim(sentence.place(), KIND, &sentence.lower, (ruling, reason));
    if let Some(path) = config {
        said.evidence(path, Span::new(0, 0), "Renovate".to_owned());
    }
}

/// Where an entry allows no pull requests.
fn limit<'a>(update: &Update<'a>) -> Option<Value<'a>> {
    let limit = update.value.get("open-pull-requests-limit")?;
    (limit.text() == Some("0")).then_some(limit)
}

fn dependabot(repository: &Repository, sentence: &Sentence<'_>, context: &str, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let updates: Vec<Update<'_>> = repository.updates().collect();
    let open = updates.iter().filter(|update| limit(update).is_none()).count();
    let says_update = words::any(
        context,
        &["updates", "update", "updated", "upgrades", "bumps", "version updates", "pull requests"],
    )
    .is_some();
    let place = sentence.place();
    if mood::is_denied(context) {
        // "Version updates are disabled".
        if words::any(context, &["disabled", "switched off", "turned off"]).is_some()
            && !updates.is_empty()
            && open == 0
        {
            let said = reports.claim(
                place,
                KIND,
                lower,
                (Ruling::Upheld, "no entry allows a pull request".to_owned()),
            );
            if let Some(first) = updates.first().and_then(|update| Some((update, limit(update)?))) {
                said.evidence(&first.0.document.path, first.1.span(), "no pull requests".to_owned());
            }
        }
        return;
    }
    if updates.is_empty() {
        let document = repository.documents(Kind::Dependabot).next();
        let (ruling, reason, missing) = match document {
            Some(_) if says_update && !is_setting(context) => {
                (Ruling::Contradicted, "the configuration of Dependabot has no entries".to_owned(), None)
            }
            _ if is_setting(context) => (
                Ruling::Unverifiable,
                "alerts and security updates are settings of the forge".to_owned(),
                Some(Missing::Network),
            ),
            _ => (Ruling::NoEvidence, "Dependabot is not configured in the repository".to_owned(), None),
        };
        let said = reports.claim(place, KIND, lower, (ruling, reason));
        if let Some(missing) = missing {
            said.missing(missing);
        }
        return;
    }
    let first = &updates[0];
    if is_setting(context)
        && words::any(context, &["version updates", "automated", "configured", "weekly", "daily"]).is_none()
    {
        let reason = "alerts and security updates are settings of the forge".to_owned();
        reports.claim(place, KIND, lower, (Ruling::Unverifiable, reason)).missing(Missing::Network);
        return;
    }
    if open == 0 && says_update && !is_setting(context) {
        let reason = "`open-pull-requests-limit: 0` disables version updates".to_owned();
        let said = reports.claim(place, KIND, lower, (Ruling::Contradicted, reason));
        for (update, value) in updates.iter().filter_map(|update| Some((update, limit(update)?))).take(3) {
            said.evidence(
                &update.document.path,
                value.span(),
                format!("no pull requests for {}", update.shown()),
            );
        }
        return;
    }
    if let Some((pace, slowest)) = slower(lower, &updates) {
        let reason = format!("the policy says {pace}, but Dependabot runs {slowest}");
        let said = reports.claim(place, KIND, lower, (Ruling::Contradicted, reason));
        said.evidence(&first.document.path, first.ecosystem.span(), first.shown());
        return;
    }
    let wanted = ECOSYSTEMS.iter().filter(|(word, _)| words::has(lower, word)).map(|(_, name)| *name);
    let missing: Vec<&str> = wanted
        .filter(|name| {
            !updates.iter().any(|update| covered(update.name()) == *name || update.name() == *name)
        })
        .collect();
    let (ruling, reason) = match missing.first() {
        // Security updates need no entry.
        Some(name) => (Ruling::NoEvidence, format!("the configuration has no entry for `{name}`")),
        None => (Ruling::Upheld, format!("Dependabot updates {}", shown(&updates))),
    };
    let said = reports.claim(place, KIND, lower, (ruling, reason));
    said.evidence(&first.document.path, first.ecosystem.span(), first.shown());
}

fn shown(updates: &[Update<'_>]) -> String {
    let names: Vec<String> = updates.iter().map(Update::shown).take(4).collect();
    names.join(", ")
}

/// The interval in a sentence, and the configured one if it is slower.
fn slower(lower: &str, updates: &[Update<'_>]) -> Option<(&'static str, &'static str)> {
    let said = PACES[..3].iter().position(|pace| words::has(lower, pace))?;
    let paces = updates.iter().map(|update| {
        let interval =
            update.value.get("schedule").and_then(|schedule| schedule.get("interval")).and_then(Value::text);
        PACES[..6].iter().position(|pace| Some(*pace) == interval)
    });
    let fastest = paces.collect::<Option<Vec<_>>>()?.into_iter().min()?;
    (fastest > said).then(|| (PACES[said], PACES[fastest]))
}
