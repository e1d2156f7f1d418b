//! The packages of one lock file of another ecosystem than Cargo: those with an advisory, with the way in and the way
//! out; those whose version leaves it open; and those that the lock file itself advises against.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::asked::{self, Around, AskedAt};
use super::judge::{Judge, Named};
use super::same;
use crate::engine::dependency::{Match, Origin, Standing, State};
use crate::engine::place::Lines;
use crate::engine::{Judged, Run};
use crate::model::{Advice, Confidence, Finding, Place, Problem, RepoPath, Severity, linehash};
use crate::parse::advisory::{Advisories, Advisory, cvss, osv};
use crate::parse::cargo::Ways;
use crate::parse::lockfile::{Ecosystem, Format, Links, Locked, Lockfile, Withdrawn, links};
use crate::parse::manifests::Scope;
use crate::parse::version::compare as compare_versions;
use crate::scan::analysis::{Verdict, report};

/// Names of folders with other people's code.
const FOREIGN: [&str; 8] = [
    "node_modules",
    "vendor",
    "third_party",
    "third-party",
    "site-packages",
    "bower_components",
    "Pods",
    "Carthage",
];
/// Packages and advisories that are named in one sentence.
const SHOWN_MAX: usize = 5;
/// Manifests that are looked at for one package.
const FOLDERS_MAX: usize = 50;
/// Packages of one lock file whose place in manifests is looked for.
const PLACED_MAX: usize = 1000;

/// The folder of a lock file that says that it is not the project's own: of tests, examples, or other people's code.
pub(super) fn aside(path: &RepoPath) -> Option<String> {
    let folder = path.folder();
    // What Go copies is listed there for the project itself.
    let own = path.file_name() == b"modules.txt";
    let folder = folder.strip_suffix(b"vendor/").filter(|_| own).unwrap_or(folder);
    let path = &RepoPath::new([folder, path.file_name()].concat());
    let is_foreign =
        folder.split(|byte| *byte == b'/').any(|part| FOREIGN.iter().any(|name| part == name.as_bytes()));
    (is_foreign || report::is_trial(path)).then(|| RepoPath::new(folder.to_vec()).shown())
}

/// A lock file with its packages.
pub(super) struct Lock {
    pub(super) path: RepoPath,
    pub(super) format: Format,
    pub(super) ecosystem: Ecosystem,
    pub(super) read: Lockfile<'static>,
}

/// What is known of a package beyond its line.
struct Situation<'a> {
    lock: &'a Lock,
    links: &'a Links,
    ways: Ways,
    scopes: Vec<Scope>,
    aside: Option<String>,
    /// The folders that ask for a package, by its number.
    asked: HashMap<usize, BTreeSet<&'a str>>,
    /// The manifests, by their folder.
    folders: HashMap<&'a str, Vec<&'a Around<'a>>>,
}

impl<'a> Situation<'a> {
    fn new(lock: &'a Lock, around: &'a [Around<'a>], links: &'a Links) -> Self {
        let packages = &lock.read.packages;
        let mut asked: HashMap<usize, BTreeSet<&str>> = HashMap::new();
        for one in &links.asked {
            asked.entry(one.package).or_default().insert(&one.folder);
        }
        let mut folders: HashMap<&str, Vec<&Around<'_>>> = HashMap::new();
        for one in around {
            folders.entry(one.folder()).or_default().push(one);
        }
        Self {
            ways: links.graph(packages.len()).ways(|at| asked.contains_key(&at)),
            scopes: links.scopes(packages),
            aside: aside(&lock.path),
            asked,
            folders,
            lock,
            links,
        }
    }

    fn package(&self, at: usize) -> &'a Locked {
        &self.lock.read.packages[at]
    }

    /// Who asks for the package that a way begins with: a manifest, else the lock file.
    fn asker(&self, direct: usize) -> &'a RepoPath {
        let folder = self.asked.get(&direct).and_then(|folders| folders.first());
        let manifest = folder.and_then(|folder| self.folders.get(folder)?.first());
        manifest.map_or(&self.lock.path, |around| around.path())
    }

    /// Whether the project asks for the package itself; none if nothing says so.
    fn direct(&self, at: usize) -> Option<bool> {
        let any = !self.links.asked.is_empty();
        any.then(|| self.asked.contains_key(&at))
    }

    /// From who asks to the package, `name version` each.
    fn path(&self, at: usize) -> Vec<String> {
        if self.links.asked.is_empty() {
            return Vec::new();
        }
        let way = self.ways.to(at);
        let Some(first) = way.steps.first().copied().filter(|first| self.direct(*first) == Some(true)) else {
            return Vec::new();
        };
        let shown = |at: &usize| format!("{} {}", self.package(*at).name, self.package(*at).version);
        let mut names: Vec<String> = way.steps.iter().map(shown).collect();
        if let Some(gap) = way.gap {
            names.insert(gap, "…".to_owned());
        }
        names.insert(0, self.asker(first).shown());
        names
    }

    /// Where manifests ask for the package.
    fn asked_at(&self, at: usize) -> Vec<AskedAt<'a>> {
        if self.direct(at) == Some(false) {
            return Vec::new();
        }
        let package = self.package(at);
        let asks = |around: &Around<'a>| {
            around.asked_at(self.lock.format.ecosystem(), &package.name, package.alias.as_deref())
        };
        let folders = self.asked.get(&at).into_iter().flatten().take(FOLDERS_MAX);
        let here = folders.filter_map(|folder| self.folders.get(folder)).flatten();
        here.filter_map(|around| asks(around)).take(SHOWN_MAX).collect()
    }

    /// The way in, what the package is for, and whose the lock file is: a short sentence each.
    fn notes(&self, at: usize) -> Vec<String> {
        let mut notes = Vec::new();
        let path = self.path(at);
        if path.len() > 2 {
            notes.push(format!("brought in by: {}", path.join(" > ")));
        } else if self.lock.format == Format::GoMod && self.direct(at) == Some(false) {
            notes.push("brought in by another module, which `go mod why -m` names".to_owned());
        }
        match self.scopes[at] {
            Scope::Development => notes.push("only for development".to_owned()),
            Scope::Optional => notes.push("only for a part that may be left out".to_owned()),
            Scope::Runtime | Scope::Unsaid => {}
        }
        if let Some(folder) = &self.aside {
            notes.push(format!("not a lock file of the project itself, by its folder `{folder}`"));
        }
        notes
    }

    /// What a lock file that is not the project's own leaves of a severity.
    fn weighed(&self, judged: Judged) -> Judged {
        match self.aside {
            Some(_) => Judged {
                severity: Severity::Low,
                confidence: judged.confidence.min(Confidence::Medium),
                ..judged
            },
            None => judged,
        }
    }
}

/// An advisory that is for a package.
struct Hit<'a> {
    package: usize,
    advisory: Cow<'a, Advisory>,
}

/// Compares the packages of a lock file with what is known of them.
pub(super) fn compare(
    judge: &Judge<'_>,
    manifests: &asked::Facts,
    has_lock: &dyn Fn(&str, &[u8]) -> bool,
    lock: &Lock,
    advisories: &Advisories,
    verdict: &mut Verdict,
) {
    let ecosystem = lock.ecosystem;
    let mut hits: Vec<Hit<'_>> = Vec::new();
    // Packages whose version leaves open whether advisories are for it.
    let mut unclear: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    // A part of the project was never published.
    let published = |package: &&Locked| package.origin != crate::parse::lockfile::Origin::Path;
    for (at, package) in lock.read.packages.iter().enumerate().filter(|(_, package)| published(package)) {
        let mut affecting: Vec<&Advisory> = Vec::new();
        for entry in advisories.about(&osv::key(ecosystem, &package.name)) {
            let advisory = &entry.advisory;
            match affects(advisory, ecosystem, &package.version) {
                Some(true) => affecting.push(advisory),
                None => unclear.entry(at).or_default().push(&advisory.id),
                Some(false) => {}
            }
        }
        let merged = same::merged(&affecting);
        hits.extend(merged.into_iter().map(|advisory| Hit { package: at, advisory }));
    }
    if hits.is_empty() && unclear.is_empty() {
        return;
    }
    with_situation(manifests, has_lock, lock, |situation| {
        let mut drafts: Vec<Finding> = Vec::new();
        // The advisories about one package stand together.
        for (number, group) in hits.chunk_by(|a, b| a.package == b.package).enumerate() {
            let Some(first) = group.first() else { continue };
            let whole = smallest(ecosystem, &situation.package(first.package).version, group);
            let asked = if number < PLACED_MAX { situation.asked_at(first.package) } else { Vec::new() };
            for hit in group {
                drafts.extend(affected(judge, situation, hit, (group.len(), whole), &asked));
            }
        }
        for (at, ids) in &unclear {
            drafts.extend(standing(judge, situation, *at, State::Unclear(ids)));
        }
        placed(&mut drafts, lock.read.text.as_bytes());
        verdict.findings.append(&mut drafts);
    });
}

/// Whether an advisory is for a version; none if that cannot be said.
fn affects(advisory: &Advisory, ecosystem: Ecosystem, version: &str) -> Option<bool> {
    let mut all = Some(false);
    for one in &advisory.affected {
        match one.holds(ecosystem, version) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all = None,
        }
    }
    all
}

/// Reports what lock files themselves advise against: what was yanked, and what is deprecated and asked for by the
/// project itself.
pub(super) fn withdrawn(
    judge: &Judge<'_>,
    manifests: &asked::Facts,
    has_lock: &dyn Fn(&str, &[u8]) -> bool,
    lock: &Lock,
    verdict: &mut Verdict,
) {
    let is_judged =
        judge.lockfiles.checks.iter().any(|check| matches!(check.run, Run::Locked { compared: false, .. }));
    if !is_judged || lock.read.packages.iter().all(|package| package.withdrawn.is_none()) {
        return;
    }
    with_situation(manifests, has_lock, lock, |situation| {
        let mut drafts: Vec<Finding> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        let mut seen = HashSet::new();
        for (at, package) in lock.read.packages.iter().enumerate() {
            let state = match &package.withdrawn {
                None => continue,
                Some(Withdrawn::Yanked(why)) => State::Yanked(why),
                Some(Withdrawn::Deprecated(why)) if situation.direct(at) == Some(true) => {
                    State::Deprecated(why)
                }
                Some(Withdrawn::Deprecated(_)) => {
                    others.push(format!("{} {}", package.name, package.version));
                    continue;
                }
            };
            if seen.insert((&package.name, &package.version)) {
                drafts.extend(standing(judge, situation, at, state));
            }
        }
        if !others.is_empty() {
            others.sort();
            others.dedup();
            let more = if others.len() > SHOWN_MAX { ", …" } else { "" };
            let shown = others[..others.len().min(SHOWN_MAX)].join(", ");
            let message =
                format!("{} deprecated packages are brought in by others: {shown}{more}", others.len());
            verdict.remarks.push(Problem { path: Some(lock.path.clone()), message });
        }
        placed(&mut drafts, lock.read.text.as_bytes());
        verdict.findings.append(&mut drafts);
    });
}

fn with_situation(
    manifests: &asked::Facts,
    has_lock: &dyn Fn(&str, &[u8]) -> bool,
    lock: &Lock,
    with: impl FnOnce(&Situation<'_>),
) {
    let around = manifests.around(&lock.path, lock.ecosystem, has_lock);
    let wishes: Vec<_> = around.iter().map(Around::wishes).collect();
    let links = links(lock.format, &lock.read.text, &lock.read.packages, &wishes);
    with(&Situation::new(lock, &around, &links));
}

/// What is reported of a package and an advisory that is for it.
fn affected(
    judge: &Judge<'_>,
    situation: &Situation<'_>,
    hit: &Hit<'_>,
    whole: (usize, Option<&str>),
    asked: &[AskedAt<'_>],
) -> Vec<Finding> {
    let lock = situation.lock;
    let package = situation.package(hit.package);
    let origin = Origin::Ecosystem(lock.ecosystem.as_str());
    let (from, advisory) = (package.origin.words(), &*hit.advisory);
    let found = Match { package: &package.name, version: &package.version, origin, from, advisory };
    let mut findings = Vec::new();
    for check in &judge.lockfiles.checks {
        let judged = match check.run {
            Run::Advisory { applies, judge } if applies(origin) => judge(&found),
            _ => None,
        };
        let Some(judged) = judged else { continue };
        let named = Named { name: &package.name, version: &package.version, at: package.at };
        let bytes = lock.read.text.as_bytes();
        // What was made to do harm does so from an example as well.
        let judged = if advisory.malicious { judged } else { situation.weighed(judged) };
        let mut finding = judge.finding(check, judged, &lock.path, bytes, &named, &advisory.id);
        finding.advice = Some(Arc::new(advice(situation, hit, whole, asked)));
        finding.trace = asked.iter().map(|asked| asked.place.clone()).collect();
        findings.push(finding);
    }
    findings
}

/// What is reported of a package by what its lock file says, or leaves open.
fn standing(judge: &Judge<'_>, situation: &Situation<'_>, at: usize, state: State<'_>) -> Vec<Finding> {
    let lock = situation.lock;
    let package = situation.package(at);
    let from = package.origin.words();
    let found = Standing { package: &package.name, version: &package.version, from, state };
    let mut findings = Vec::new();
    for check in &judge.lockfiles.checks {
        let Run::Locked { judge: judge_of, .. } = check.run else { continue };
        let Some(judged) = judge_of(&found) else { continue };
        let named = Named { name: &package.name, version: &package.version, at: package.at };
        let bytes = lock.read.text.as_bytes();
        let kind = state.kind();
        let mut finding = judge.finding(check, situation.weighed(judged), &lock.path, bytes, &named, kind);
        let asked = situation.asked_at(at);
        let help = match state {
            State::Unclear(_) => format!(
                "use a published version of `{}`, or look at the advisories and accept this finding",
                package.name
            ),
            State::Deprecated(_) | State::Yanked(_) => {
                format!("move `{}` to another version, or replace it", package.name)
            }
        };
        finding.advice = Some(Arc::new(Advice {
            kind: kind.into(),
            title: found.title().to_owned(),
            package: package.name.clone(),
            version: package.version.clone(),
            path: situation.path(at),
            notes: situation.notes(at),
            help: with_places(help, &asked),
            ..Advice::default()
        }));
        finding.trace = asked.into_iter().map(|asked| asked.place).collect();
        findings.push(finding);
    }
    findings
}

fn advice(
    situation: &Situation<'_>,
    hit: &Hit<'_>,
    whole: (usize, Option<&str>),
    asked: &[AskedAt<'_>],
) -> Advice {
    let (package, advisory) = (situation.package(hit.package), &*hit.advisory);
    let score = cvss::advisory_score(advisory);
    let mut notes = Vec::new();
    if let (Some(score), Some(vector)) = (score, &advisory.cvss) {
        notes.push(format!("CVSS {score:.1} ({vector})"));
    }
    notes.extend(situation.notes(hit.package));
    Advice {
        id: Some(advisory.id.clone()),
        aliases: advisory.aliases.clone(),
        title: advisory.title.clone(),
        url: advisory.url.clone(),
        kind: advisory.kind().as_str().into(),
        cvss: advisory.cvss.clone(),
        score,
        package: package.name.clone(),
        version: package.version.clone(),
        patched: advisory.patched.clone(),
        path: situation.path(hit.package),
        notes,
        help: with_places(way_out(situation, hit, whole), asked),
        ..Advice::default()
    }
}

/// The smallest version that mends it, and the smallest that mends all of so many advisories about the package.
fn way_out(situation: &Situation<'_>, hit: &Hit<'_>, (count, whole): (usize, Option<&str>)) -> String {
    let package = situation.package(hit.package);
    let (name, ecosystem) = (&package.name, situation.lock.ecosystem);
    if hit.advisory.malicious {
        return format!(
            "remove `{name} {}`, and move to a version that is not malicious or to another package; what installed it may have run \
             its code: revoke the credentials that it could read there",
            package.version
        );
    }
    let Some(wanted) = smallest(ecosystem, &package.version, std::slice::from_ref(hit)) else {
        return match hit.advisory.patched.as_slice() {
            [] => format!("no version of `{name}` is known to mend it; replace it"),
            fixed => format!("move `{name}` to {}", fixed.join(" or ")),
        };
    };
    let mut help = format!("move `{name}` to {wanted} or later");
    if let Some(whole) = whole.filter(|whole| *whole != wanted && count > 1) {
        help.push_str(&format!("; {whole} mends all {count} advisories about it"));
    }
    if let Some(command) = command(situation.lock.format, name, wanted) {
        help.push_str(&format!("; `{command}`"));
    }
    help
}

/// The lowest version behind `current` that mends `hits`, of those that the advisories name.
fn smallest<'h>(ecosystem: Ecosystem, current: &str, hits: &'h [Hit<'_>]) -> Option<&'h str> {
    let behind = |version: &&str| compare_versions(ecosystem, version, current) == Some(Ordering::Greater);
    let mends =
        |version: &&str| hits.iter().all(|hit| affects(&hit.advisory, ecosystem, version) == Some(false));
    let named = hits.iter().flat_map(|hit| &hit.advisory.patched).map(String::as_str);
    let order = |a: &&str, b: &&str| compare_versions(ecosystem, a, b).unwrap_or(Ordering::Equal);
    // Many advisories name the same version.
    let named: BTreeSet<&str> = named.filter(behind).collect();
    named.into_iter().filter(mends).min_by(order)
}

/// The command that moves one package in a lock file of this format.
fn command(format: Format, name: &str, version: &str) -> Option<String> {
    let plain = |text: &str| {
        !text.starts_with('-')
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'/' | b'.' | b'_' | b'-' | b'+'))
    };
    if !plain(name) || !plain(version) {
        return None;
    }
    Some(match format {
        Format::PackageLock => format!("npm update {name}"),
        Format::Pnpm => format!("pnpm update {name}"),
        Format::Poetry => format!("poetry update {name}"),
        Format::Uv => format!("uv lock --upgrade-package {name}"),
        Format::Pdm => format!("pdm update {name}"),
        Format::Pipfile => format!("pipenv update {name}"),
        Format::Gemfile => format!("bundle update {name} --conservative"),
        Format::Composer => format!("composer update {name}"),
        Format::GoMod if !matches!(name, "stdlib" | "toolchain") => format!("go get {name}@v{version}"),
        Format::Mix => format!("mix deps.update {name}"),
        Format::Pub => format!("dart pub upgrade {name}"),
        _ => return None,
    })
}

/// With the lines of the manifests that ask for it.
fn with_places(help: String, asked: &[AskedAt<'_>]) -> String {
    let place = |asked: &AskedAt<'_>| match asked.ask.requirement.as_str() {
        "" => format!("{} asks for it", asked.shown),
        requirement => format!("{} asks for `{requirement}`", asked.shown),
    };
    let places: Vec<String> = asked.iter().map(place).collect();
    if places.is_empty() { help } else { format!("{help}; {}", places.join(", ")) }
}

/// Lines, columns and snippets of all findings in one text.
pub(super) fn placed(findings: &mut [Finding], bytes: &[u8]) {
    if findings.is_empty() {
        return;
    }
    let lines = Lines::new(bytes);
    for finding in findings.iter_mut() {
        let place: &mut Place = &mut finding.place;
        if !place.span.is_empty() {
            place.region = lines.region(place.span);
            place.snippet = Some(lines.snippet(place.span, &[]));
        }
    }
    let numbers: Vec<u32> = findings.iter().map(|finding| finding.place.region.start_line).collect();
    for (finding, hash) in findings.iter_mut().zip(linehash::line_hashes(bytes, &numbers)) {
        finding.place.line_hash = Some(hash);
    }
}
