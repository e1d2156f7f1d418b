//! Turns affected packages into findings with a remediation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use semver::Version;

use super::purpose::Workspace;
use super::reachability::{self, Places, Wanted};
use super::remediation::Situation;
use super::{Context, Lockfiles, Verdict};
use crate::engine::dependency::{Match, Origin};
use crate::engine::place::Lines;
use crate::engine::{Assessment, Check, Run};
use crate::external::registry::Index;
use crate::model::{Advice, Finding, Identity, Place, RepoPath, Span, fingerprint, linehash};
use crate::parse::advisory::{Advisories, AdvisoryKind, Entry, cvss};
use crate::parse::cargo::{Graph, Manifest, Package, Source as From, Way};

/// The inputs of findings.
pub(super) struct Evaluator<'a> {
    pub(super) lockfiles: &'a Lockfiles<'a>,
    pub(super) context: &'a Context<'a>,
    pub(super) manifests: &'a BTreeMap<RepoPath, Manifest>,
}

/// A package with the place of its finding.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) at: Span,
}

fn named_of<'a>(package: &'a Package<'_>) -> Named<'a> {
    Named { name: &package.name, version: &package.version, at: package.at }
}

/// A package of a lock file, by index, with its reports.
pub(super) struct Hit<'a> {
    pub(super) at: usize,
    pub(super) version: Version,
    /// The advisories that affect it.
    pub(super) entries: Vec<&'a Entry>,
    /// True if yanked.
    pub(super) yanked: bool,
}

/// An unfinished finding, whose advice may be extended.
pub(super) struct Draft {
    finding: Finding,
    advice: Advice,
    /// The directory of the lock file, and the affected functions.
    folder: Vec<u8>,
    functions: Vec<String>,
}

impl Evaluator<'_> {
    /// The advisories about crates, if available.
    pub(super) fn advisories(&self) -> Option<&Advisories> {
        self.context.answers.crates.as_ref()?.as_deref().ok()
    }

    /// The index of crates.io, if available.
    pub(super) fn index(&self) -> Option<&Index> {
        self.context.answers.index.as_ref()?.as_ref().ok().copied()
    }

    /// Makes findings of drafts.
    pub(super) fn finish(&self, drafts: Vec<Draft>, verdict: &mut Verdict) {
        let wanted: BTreeSet<Wanted> = drafts
            .iter()
            .flat_map(|draft| {
                let one =
                    |function: &String| Wanted { folder: draft.folder.clone(), function: function.clone() };
                draft.functions.iter().map(one)
            })
            .collect();
        let wanted: Vec<Wanted> = wanted.into_iter().collect();
        let found = match wanted.is_empty() {
            true => Some(BTreeMap::new()),
            // If files cannot be read again, the finding stands without this evidence.
            false => reachability::find(&wanted, self.context.files).ok(),
        };
        for mut draft in drafts {
            if let Some(found) = &found {
                draft.mentioned(found);
            }
            draft.finding.advice = Some(Arc::new(draft.advice));
            verdict.findings.push(draft.finding);
        }
    }

    /// Drafts for the affected packages of a lock file.
    pub(super) fn drafts(
        &self,
        path: &RepoPath,
        bytes: &[u8],
        packages: &[Package<'_>],
        hits: &[Hit<'_>],
    ) -> Vec<Draft> {
        let graph = Graph::new(packages);
        let workspace = Workspace::new(path, packages, self.manifests);
        let ways = graph.ways(|at| packages[at].source.is_none());
        let purposes = workspace.purposes(&graph);
        let situation = Situation {
            packages,
            graph: &graph,
            ways: &ways,
            purposes: &purposes,
            workspace: &workspace,
            index: self.index(),
        };
        let lines = Lines::new(bytes);
        let mut drafts = Vec::new();
        for Hit { at, version, entries, yanked: is_yanked } in hits {
            let package = &packages[*at];
            for entry in entries {
                for (check, assessed) in self.assessed(package, entry) {
                    let id = &entry.advisory.id;
                    let functions =
                        entry.advisory.functions.iter().filter(|(_, versions)| holds(versions, version));
                    drafts.push(Draft {
                        finding: self.finding(check, assessed, path, bytes, &named_of(package), id),
                        advice: advice(&situation, *at, entry),
                        folder: path.folder().to_vec(),
                        functions: functions.map(|(function, _)| function.clone()).collect(),
                    });
                }
            }
            for check in self.lockfiles.checks.iter().copied().filter(|_| *is_yanked) {
                let Run::Yanked(assess) = check.run else { continue };
                if let Some(assessed) =
                    assess(package).and_then(|assessed| self.apply_severity(assessed, None))
                {
                    drafts.push(Draft {
                        finding: self.finding(check, assessed, path, bytes, &named_of(package), "yanked"),
                        advice: yanked(&situation, *at),
                        folder: path.folder().to_vec(),
                        functions: Vec::new(),
                    });
                }
            }
        }
        // All regions at once, since lines are found by scanning.
        for draft in &mut drafts {
            let place = &mut draft.finding.place;
            place.region = lines.region(place.span);
            place.snippet = Some(lines.snippet(place.span, &[]));
        }
        let numbers: Vec<u32> = drafts.iter().map(|draft| draft.finding.place.region.start_line).collect();
        for (draft, hash) in drafts.iter_mut().zip(linehash::line_hashes(bytes, &numbers)) {
            draft.finding.place.line_hash = Some(hash);
        }
        drafts
    }

    /// The checks that report the package for this advisory.
    fn assessed<'c>(&'c self, package: &Package<'_>, entry: &Entry) -> Vec<(&'c Check, Assessment)> {
        let (origin, from) = match package.origin() {
            From::CratesIo => (Origin::CratesIo, ""),
            From::Registry => (Origin::Elsewhere, "another registry"),
            From::Git => (Origin::Elsewhere, "git"),
            From::Path => (Origin::Elsewhere, "a path"),
        };
        let found = Match {
            package: &package.name,
            version: &package.version,
            origin,
            from,
            advisory: &entry.advisory,
        };
        let kind = entry.advisory.kind();
        let assessed = self.lockfiles.checks.iter().copied().filter_map(|check| match check.run {
            Run::Advisory { applies, assess } if applies(origin) => {
                Some((check, self.apply_severity(assess(&found)?, Some(kind))?))
            }
            _ => None,
        });
        assessed.collect()
    }

    /// With the user's severity for the kind, or not at all; no kind means yanked.
    fn apply_severity(&self, assessed: Assessment, kind: Option<AdvisoryKind>) -> Option<Assessment> {
        let level = match kind {
            Some(kind) => self.lockfiles.wanted.policy.levels.get(&kind).copied(),
            None => self.lockfiles.wanted.policy.yanked,
        };
        match level {
            Some(severity) => Some(Assessment { severity: severity?, ..assessed }),
            None => Some(assessed),
        }
    }

    pub(super) fn finding(
        &self,
        check: &Check,
        assessed: Assessment,
        path: &RepoPath,
        bytes: &[u8],
        package: &Named<'_>,
        id: &str,
    ) -> Finding {
        let meta = &check.meta;
        let span = Span::new(package.at.start.min(bytes.len()), package.at.end.min(bytes.len()));
        let parts = [meta.id, id, package.name, package.version].map(str::as_bytes);
        let parts: Vec<&[u8]> = parts.into_iter().chain([path.as_bytes()]).collect();
        let region = crate::model::Region::TOP;
        let place = Place {
            path: path.clone(),
            span,
            region,
            snippet: None,
            line_hash: None,
            origin: None,
            note: None,
        };
        Finding {
            severity: assessed.severity,
            confidence: assessed.confidence,
            identity: Identity::Package {
                check: meta.id.into(),
                advisory: id.to_owned(),
                package: package.name.to_owned(),
            },
            ..Finding::new(meta, place, assessed.message, fingerprint::fingerprint(self.context.key, &parts))
        }
    }
}

impl Draft {
    /// Adds evidence from the sources about the affected functions.
    fn mentioned(&mut self, found: &BTreeMap<Wanted, Places>) {
        let mut silent = Vec::new();
        for function in &self.functions {
            let wanted = Wanted { folder: self.folder.clone(), function: function.clone() };
            match found.get(&wanted) {
                Some(places) if !places.is_empty() => {
                    let places: Vec<String> =
                        places.iter().map(|(path, line)| format!("{}:{line}", path.shown())).collect();
                    self.advice.notes.push(format!(
                        "the affected `{function}` is mentioned in the repository: {}",
                        places.join(", ")
                    ));
                }
                Some(_) => silent.push(format!("`{function}`")),
                None => {}
            }
        }
        if !silent.is_empty() {
            let direct = self.advice.path.len() == 2;
            let but = if direct { "" } else { "; other crates may call it" };
            let listed = silent.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            let more =
                if silent.len() > 3 { format!(" and {} more", silent.len() - 3) } else { String::new() };
            self.advice.notes.push(format!(
                "no source file in the repository mentions the affected \
                {listed}{more}{but}"
            ));
        }
    }
}

/// True if a requirement of an affected function matches `version`.
fn holds(requirements: &[String], version: &Version) -> bool {
    let fits = |text: &String| semver::VersionReq::parse(text).is_ok_and(|req| req.matches(version));
    requirements.is_empty() || requirements.iter().any(fits)
}

fn advice(situation: &Situation<'_>, at: usize, entry: &Entry) -> Advice {
    let advisory = &entry.advisory;
    let package = &situation.packages[at];
    let path = situation.path(at);
    let mut notes = Vec::new();
    let score = cvss::advisory_score(advisory);
    if let (Some(score), Some(vector)) = (score, &advisory.cvss) {
        notes.push(format!("CVSS {score:.1} ({vector})"));
    } else if let Some(vector) = &advisory.cvss {
        notes.push(format!("the CVSS vector `{vector}` is invalid, so the score is unknown"));
    }
    notes.push(match advisory.patched.is_empty() {
        true => "no patched version exists".to_owned(),
        false => format!("patched: {}", advisory.patched.join(" or ")),
    });
    if !advisory.unaffected.is_empty() {
        notes.push(format!("not affected: {}", advisory.unaffected.join(" or ")));
    }
    notes.extend(way_in(situation, &path));
    notes.extend(situation.purposes.of(at));
    let only: Vec<&str> = advisory.os.iter().chain(&advisory.arch).map(String::as_str).collect();
    if !only.is_empty() {
        notes.push(format!("the advisory affects only {}", only.join(", ")));
    }
    Advice {
        id: Some(advisory.id.clone()),
        aliases: advisory.aliases.clone(),
        title: advisory.title.clone(),
        url: Some(page(&advisory.id)).flatten().or_else(|| advisory.url.clone()),
        kind: advisory.kind().as_str().into(),
        cvss: advisory.cvss.clone(),
        score,
        package: package.name.clone().into_owned(),
        version: package.version.clone().into_owned(),
        patched: advisory.patched.clone(),
        unaffected: advisory.unaffected.clone(),
        path: situation.names(&path),
        notes,
        help: situation.help(at, &path.steps, entry),
    }
}

/// The page of a RustSec advisory.
fn page(id: &str) -> Option<String> {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (plain && id.starts_with("RUSTSEC-")).then(|| format!("https://rustsec.org/advisories/{id}"))
}

fn yanked(situation: &Situation<'_>, at: usize) -> Advice {
    let package = &situation.packages[at];
    let path = situation.path(at);
    Advice {
        kind: "yanked".into(),
        title: "yanked version".to_owned(),
        package: package.name.clone().into_owned(),
        version: package.version.clone().into_owned(),
        notes: way_in(situation, &path).into_iter().chain(situation.purposes.of(at)).collect(),
        help: format!("run `cargo update -p {}@{}`", package.name, package.version),
        path: situation.names(&path),
        ..Advice::default()
    }
}

/// The dependency path of the package, as text.
fn way_in(situation: &Situation<'_>, path: &Way) -> Option<String> {
    if path.steps.len() < 2 {
        return None;
    }
    Some(format!("pulled in by: {}", situation.names(path).join(" > ")))
}
