//! Packages of one lock file other than Cargo's: affected ones with their dependency path and remediation, ones with
//! unclear versions, and ones that the lock file marks as deprecated or yanked.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::evaluate::{Evaluator, Named};
use super::requirements::{self, Around, AskedAt};
use super::same;
use crate::engine::dependency::{Match, Origin, Standing, State};
use crate::engine::place::Lines;
use crate::engine::{Assessment, Run};
use crate::model::{Advice, Confidence, Finding, Place, Problem, RepoPath, Severity, linehash};
use crate::parse::advisory::{Advisories, Advisory, cvss, osv};
use crate::parse::cargo::Ways;
use crate::parse::lockfile::{Ecosystem, Format, Links, Locked, Lockfile, Withdrawn, links};
use crate::parse::manifests::Scope;
use crate::parse::version::compare as compare_versions;
use crate::scan::analysis::{Verdict, report};

/// Names of directories with vendored code.
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
/// Most packages and advisories named in one sentence.
const SHOWN_MAX: usize = 5;
/// Most manifests searched per package.
const FOLDERS_MAX: usize = 50;
/// Most packages per lock file that are searched in manifests.
const PLACED_MAX: usize = 1000;

/// The directory that marks a lock file as not the project's own: tests, examples, or vendored code.
pub(super) fn aside(path: &RepoPath) -> Option<String> {
    let folder = path.folder();
    // Go's vendor directory lists the project's own dependencies.
    let own = path.file_name() == b"modules.txt";
    let folder = folder.strip_suffix(b"vendor/").filter(|_| own).unwrap_or(folder);
    let path = &RepoPath::new([folder, path.file_name()].concat());
    let is_foreign =
        folder.split(|byte| *byte == b'/').any(|part| FOREIGN.iter().any(|name| part == name.as_bytes()));
    (is_foreign || report::is_test_path(path)).then(|| RepoPath::new(folder.to_vec()).shown())
}

/// A lock file with its packages.
pub(super) struct Lock {
    pub(super) path: RepoPath,
    pub(super) format: Format,
    pub(super) ecosystem: Ecosystem,
    pub(super) read: Lockfile<'static>,
}

/// Further facts about a package.
struct Situation<'a> {
    lock: &'a Lock,
    links: &'a Links,
    ways: Ways,
    scopes: Vec<Scope>,
    aside: Option<String>,
    /// Directories that require a package, by its index.
    asked: HashMap<usize, BTreeSet<&'a str>>,
    /// The manifests, by directory.
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

    /// The file that requires the first package of a path: a manifest, otherwise the lock file.
    fn asker(&self, direct: usize) -> &'a RepoPath {
        let folder = self.asked.get(&direct).and_then(|folders| folders.first());
        let manifest = folder.and_then(|folder| self.folders.get(folder)?.first());
        manifest.map_or(&self.lock.path, |around| around.path())
    }

    /// Whether the package is a direct dependency; none if unknown.
    fn direct(&self, at: usize) -> Option<bool> {
        let any = !self.links.asked.is_empty();
        any.then(|| self.asked.contains_key(&at))
    }

    /// The dependency path, `name version` each.
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

    /// Where manifests require the package.
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

    /// The dependency path, the purpose of the package, and the owner of the lock file: a short sentence each.
    fn notes(&self, at: usize) -> Vec<String> {
        let mut notes = Vec::new();
        let path = self.path(at);
        if path.len() > 2 {
            notes.push(format!("pulled in by: {}", path.join(" > ")));
        } else if self.lock.format == Format::GoMod && self.direct(at) == Some(false) {
            notes.push("pulled in by another module, which `go mod why -m` shows".to_owned());
        }
        match self.scopes[at] {
            Scope::Development => notes.push("only for development".to_owned()),
            Scope::Optional => notes.push("only for an optional part".to_owned()),
            Scope::Runtime | Scope::Unsaid => {}
        }
        if let Some(folder) = &self.aside {
            notes.push(format!("not a lock file of the project itself, by its directory `{folder}`"));
        }
        notes
    }

    /// Caps the severity for a lock file that is not the project's own.
    fn weighed(&self, assessed: Assessment) -> Assessment {
        match self.aside {
            Some(_) => Assessment {
                severity: Severity::Low,
                confidence: assessed.confidence.min(Confidence::Medium),
                ..assessed
            },
            None => assessed,
        }
    }
}

/// An advisory that affects a package.
struct Hit<'a> {
    package: usize,
    advisory: Cow<'a, Advisory>,
}

/// Compares the packages of a lock file with advisories.
pub(super) fn compare(
    evaluator: &Evaluator<'_>,
    manifests: &requirements::Facts,
    has_lock: &dyn Fn(&str, &[u8]) -> bool,
    lock: &Lock,
    advisories: &Advisories,
    verdict: &mut Verdict,
) {
    let ecosystem = lock.ecosystem;
    let mut hits: Vec<Hit<'_>> = Vec::new();
    // Packages whose version cannot be compared.
    let mut unclear: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    // The project's own packages are not published.
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
        // Advisories about one package are adjacent.
        for (number, group) in hits.chunk_by(|a, b| a.package == b.package).enumerate() {
            let Some(first) = group.first() else { continue };
            let whole = smallest(ecosystem, &situation.package(first.package).version, group);
            let asked = if number < PLACED_MAX { situation.asked_at(first.package) } else { Vec::new() };
            for hit in group {
                drafts.extend(affected(evaluator, situation, hit, (group.len(), whole), &asked));
            }
        }
        for (at, ids) in &unclear {
            drafts.extend(standing(evaluator, situation, *at, State::Unclear(ids)));
        }
        placed(&mut drafts, lock.read.text.as_bytes());
        verdict.findings.append(&mut drafts);
    });
}

/// Whether an advisory affects a version; none if unknown.
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

/// Reports packages that the lock file marks as yanked, and deprecated direct dependencies.
pub(super) fn withdrawn(
    evaluator: &Evaluator<'_>,
    manifests: &requirements::Facts,
    has_lock: &dyn Fn(&str, &[u8]) -> bool,
    lock: &Lock,
    verdict: &mut Verdict,
) {
    let is_checked = evaluator
        .lockfiles
        .checks
        .iter()
        .any(|check| matches!(check.run, Run::Locked { compared: false, .. }));
    if !is_checked || lock.read.packages.iter().all(|package| package.withdrawn.is_none()) {
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
                drafts.extend(standing(evaluator, situation, at, state));
            }
        }
        if !others.is_empty() {
            others.sort();
            others.dedup();
            let more = if others.len() > SHOWN_MAX { ", …" } else { "" };
            let shown = others[..others.len().min(SHOWN_MAX)].join(", ");
            let message =
                format!("{} deprecated packages are transitive dependencies: {shown}{more}", others.len());
            verdict.remarks.push(Problem { path: Some(lock.path.clone()), message });
        }
        placed(&mut drafts, lock.read.text.as_bytes());
        verdict.findings.append(&mut drafts);
    });
}

fn with_situation(
    manifests: &requirements::Facts,
    has_lock: &dyn Fn(&str, &[u8]) -> bool,
    lock: &Lock,
    with: impl FnOnce(&Situation<'_>),
) {
    let around = manifests.around(&lock.path, lock.ecosystem, has_lock);
    let wishes: Vec<_> = around.iter().map(Around::wishes).collect();
    let links = links(lock.format, &lock.read.text, &lock.read.packages, &wishes);
    with(&Situation::new(lock, &around, &links));
}

/// The finding about a package and an advisory that affects it.
fn affected(
    evaluator: &Evaluator<'_>,
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
    for check in &evaluator.lockfiles.checks {
        let assessed = match check.run {
            Run::Advisory { applies, assess } if applies(origin) => assess(&found),
            _ => None,
        };
        let Some(assessed) = assessed else { continue };
        let named = Named { name: &package.name, version: &package.version, at: package.at };
        let bytes = lock.read.text.as_bytes();
        // A malicious package does harm in examples too.
        let assessed = if advisory.malicious { assessed } else { situation.weighed(assessed) };
        let mut finding = evaluator.finding(check, assessed, &lock.path, bytes, &named, &advisory.id);
        finding.advice = Some(Arc::new(advice(situation, hit, whole, asked)));
        finding.trace = asked.iter().map(|asked| asked.place.clone()).collect();
        findings.push(finding);
    }
    findings
}

/// The finding about a package from its lock file alone.
fn standing(
    evaluator: &Evaluator<'_>,
    situation: &Situation<'_>,
    at: usize,
    state: State<'_>,
) -> Vec<Finding> {
    let lock = situation.lock;
    let package = situation.package(at);
    let from = package.origin.words();
    let found = Standing { package: &package.name, version: &package.version, from, state };
    let mut findings = Vec::new();
    for check in &evaluator.lockfiles.checks {
        let Run::Locked { assess, .. } = check.run else { continue };
        let Some(assessed) = assess(&found) else { continue };
        let named = Named { name: &package.name, version: &package.version, at: package.at };
        let bytes = lock.read.text.as_bytes();
        let kind = state.kind();
        let mut finding =
            evaluator.finding(check, situation.weighed(assessed), &lock.path, bytes, &named, kind);
        let asked = situation.asked_at(at);
        let help = match state {
            State::Unclear(_) => format!(
                "use a published version of `{}`, or review the advisories and suppress this finding",
                package.name
            ),
            State::Deprecated(_) | State::Yanked(_) => {
                format!("update `{}` to another version, or replace it", package.name)
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

/// The lowest version that fixes it, and the lowest that fixes all advisories about the package.
fn way_out(situation: &Situation<'_>, hit: &Hit<'_>, (count, whole): (usize, Option<&str>)) -> String {
    let package = situation.package(hit.package);
    let (name, ecosystem) = (&package.name, situation.lock.ecosystem);
    if hit.advisory.malicious {
        return format!(
            "remove `{name} {}`, and use a clean version or another package; machines that installed it may \
             have run its code: revoke the credentials on them",
            package.version
        );
    }
    let Some(wanted) = smallest(ecosystem, &package.version, std::slice::from_ref(hit)) else {
        return match hit.advisory.patched.as_slice() {
            [] => format!("no fixed version of `{name}` is known; replace it"),
            fixed => format!("update `{name}` to {}", fixed.join(" or ")),
        };
    };
    let mut help = format!("update `{name}` to {wanted} or later");
    if let Some(whole) = whole.filter(|whole| *whole != wanted && count > 1) {
        help.push_str(&format!("; {whole} fixes all {count} advisories about it"));
    }
    if let Some(command) = command(situation.lock.format, name, wanted) {
        help.push_str(&format!("; `{command}`"));
    }
    help
}

/// The lowest version above `current`, of those named by advisories, that fixes `hits`.
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

/// The command that updates one package in a lock file of this format.
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

/// With the manifest lines that require it.
fn with_places(help: String, asked: &[AskedAt<'_>]) -> String {
    let place = |asked: &AskedAt<'_>| match asked.ask.requirement.as_str() {
        "" => format!("{} requires it", asked.shown),
        requirement => format!("{} requires `{requirement}`", asked.shown),
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
