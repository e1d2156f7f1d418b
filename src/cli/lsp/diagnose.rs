//! What is found in the text of a document, as an editor shows it.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Position, Range, Uri,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode, percent_encode_byte};

use crate::cli::args::{DatabaseArgs, Which};
use crate::cli::job::{self, Shared};
use crate::cli::lsp::args::LspArgs;
use crate::cli::lsp::document::Document;
use crate::cli::plan::{Origin, ScanPlan};
use crate::cli::sources::part;
use crate::cli::stdin;
use crate::model::text::escaped;
use crate::model::{
    Finding, Fix, Outcome, Place, Problem, RepoPath, Report, Severity, SkipReason, check_page,
};
use crate::scan::config::Environment;
use crate::scan::registry;
use crate::source::{Given, Keeping, Worktree};

/// The check that says a file is tracked, and should not be.
const COMMITTED: &str = "committed-env-file";
/// Places that are listed beside a finding.
const RELATED_MAX: usize = 10;
/// For so many seconds scans are at the same time, so that what is ready for one is ready for the next.
const SAME_TIME: i64 = 3600;
/// What stays as it is in the path of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A finding at one place of a document.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) diagnostic: Diagnostic,
    /// The checks that report it at this place.
    pub(super) checks: Vec<String>,
    /// The edit that mends it for certain.
    pub(super) fix: Option<Arc<Fix>>,
}

/// What scans are made with.
pub(super) struct Scanner {
    shared: Shared,
    environment: Environment,
    which: Which,
    config: Origin,
}

impl Scanner {
    pub(super) fn new(args: &LspArgs, environment: Environment) -> Self {
        Self {
            shared: Shared::new(environment.jobs),
            which: args.which.clone(),
            config: Origin::from(&args.config),
            environment,
        }
    }

    /// What is found in `document`, which lies at `uri`; without a file, in the directory `folder`.
    pub(super) fn look(&mut self, uri: &Uri, document: &Document, folder: Option<&Path>) -> Vec<Seen> {
        match self.scan(uri, &document.text, folder) {
            Ok(scanned) => scanned.seen(uri, document),
            Err(error) => vec![not_checked(&format!("{error:#}"))],
        }
    }

    fn scan(&mut self, uri: &Uri, text: &str, folder: Option<&Path>) -> anyhow::Result<Scanned> {
        let file = path_of(uri);
        let here = match &file {
            Some(file) => directory_above(file),
            None => folder.unwrap_or(Path::new(".")).to_owned(),
        };
        let name =
            file.unwrap_or_else(|| PathBuf::from(uri.path().as_str().rsplit('/').next().unwrap_or("")));
        if self.environment.now.is_none_or(|now| now % SAME_TIME == 0) {
            let now = job::now()?;
            self.environment.now = Some(now - now % SAME_TIME);
        }
        let plan = ScanPlan {
            path: Some(here.clone()),
            which: self.which.clone(),
            config: self.config.clone(),
            databases: DatabaseArgs { offline: true, ..DatabaseArgs::default() },
            quiet: true,
            ..ScanPlan::default()
        };
        let (path, root, is_tracked) = (OnceCell::new(), OnceCell::new(), Cell::new(false));
        let done = self.shared.perform(&plan, &self.environment, &|asked| {
            // What lies in no repository, or in the directory of git itself, is looked at by its name alone.
            let (placed, around) = stdin::placed(&name, &here, asked).unwrap_or_else(|_| {
                let name = name.file_name().unwrap_or_default().as_encoded_bytes();
                (RepoPath::new(name), None)
            });
            is_tracked.set(around.as_ref().is_some_and(|around| around.keeping(&placed) == Keeping::Tracked));
            let _ = root.set(around.as_ref().map(Worktree::root).map(Path::to_owned));
            let _ = path.set(placed.clone());
            let given = Given::text(placed, "the document", text.as_bytes().to_vec());
            Ok(part(Box::new(given.within(asked.limits(), around))))
        })?;
        let path = path.into_inner().unwrap_or_else(|| RepoPath::from(""));
        let mut report = done.report;
        // It would be if it were added, and that is not what an editor is asked.
        report.findings.retain(|finding| finding.check != COMMITTED || is_tracked.get());
        Ok(Scanned { report, path, root: root.into_inner().flatten() })
    }
}

/// What a scan of a document gave.
struct Scanned {
    report: Report,
    path: RepoPath,
    root: Option<PathBuf>,
}

impl Scanned {
    fn seen(&self, uri: &Uri, document: &Document) -> Vec<Seen> {
        let mut seen = Vec::new();
        for finding in &self.report.findings {
            if finding.is_practice() {
                let parts = finding.parts().iter();
                seen.extend(parts.filter_map(|part| self.at(part, &part.place, uri, document)));
                continue;
            }
            seen.extend(finding.places().filter_map(|place| self.at(finding, place, uri, document)));
        }
        seen.extend(self.not_checked().iter().map(|why| not_checked(why)));
        seen
    }

    /// Why the document, or a part of it, was not checked.
    fn not_checked(&self) -> BTreeSet<String> {
        let is_here = |problem: &&Problem| problem.path.as_ref().is_none_or(|path| *path == self.path);
        let problems = self.report.problems.iter().filter(is_here).map(|problem| problem.message.clone());
        // All but the first are problems as well.
        let is_said = |why: SkipReason| {
            matches!(
                why,
                SkipReason::Excluded | SkipReason::TooLarge | SkipReason::Unreadable | SkipReason::Binary
            )
        };
        let skipped =
            self.report.coverage.skipped.iter().filter(|(path, why)| *path == self.path && !is_said(*why));
        let skipped = skipped.map(|(_, why)| format!("skipped: {}", why.words()));
        let here = self.report.not_checked.iter().filter(|one| one.path == self.path);
        let unchecked = here.map(|one| match one.ecosystem.as_str() {
            "" => one.why.words().to_owned(),
            ecosystem => format!("{ecosystem}: {}", one.why.words()),
        });
        let failed = self.report.checks.iter().filter_map(|(check, outcome)| match outcome {
            Outcome::Failed(why) => Some(format!("`{}` broke: {why}", check.id)),
            _ => None,
        });
        problems.chain(skipped).chain(unchecked).chain(failed).collect()
    }

    /// What `finding` says of a `place` of its; nothing if that is in another file.
    fn at(&self, finding: &Finding, place: &Place, uri: &Uri, document: &Document) -> Option<Seen> {
        if place.path != self.path {
            return None;
        }
        let is_here = |part: &&Finding| part.places().any(|other| other.region == place.region);
        let parts: Vec<&Finding> = finding.parts().iter().filter(is_here).collect();
        let mut checks: Vec<String> = parts.iter().map(|part| part.check.to_string()).collect();
        if checks.is_empty() {
            checks.push(finding.check.to_string());
        }
        let others = finding.places().filter(|other| *other != place).map(|other| (other, "the same"));
        let trace = finding.trace.iter().chain(finding.changed_at.as_deref()).map(|other| (other, "see"));
        let related: Vec<_> = others
            .chain(trace)
            .take(RELATED_MAX)
            .filter_map(|(other, says)| self.related(other, says, uri, document))
            .collect();
        let diagnostic = Diagnostic {
            range: document.of_region(place.region),
            severity: Some(match finding.severity {
                Severity::Critical | Severity::High => DiagnosticSeverity::ERROR,
                Severity::Medium => DiagnosticSeverity::WARNING,
                Severity::Low => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(finding.check.to_string())),
            code_description: page(&finding.check).map(|href| CodeDescription { href }),
            source: Some("bartizan".to_owned()),
            message: format!("{}\n{}", escaped(&finding.message), escaped(finding.to_do())),
            related_information: (!related.is_empty()).then_some(related),
            ..Diagnostic::default()
        };
        Some(Seen { diagnostic, checks, fix: parts.iter().find_map(|part| part.fix.clone()) })
    }

    fn related(
        &self,
        place: &Place,
        says: &str,
        uri: &Uri,
        document: &Document,
    ) -> Option<DiagnosticRelatedInformation> {
        let location = if place.path == self.path {
            Location::new(uri.clone(), document.of_region(place.region))
        } else {
            // The columns of a text that is not here cannot be converted.
            let start = Position::new(place.region.start_line.saturating_sub(1), 0);
            Location::new(address(self.root.as_deref()?, &place.path)?, Range::new(start, start))
        };
        let message = place.note.as_deref().map_or_else(|| says.to_owned(), escaped);
        Some(DiagnosticRelatedInformation { location, message })
    }
}

/// That a document was not looked at, or not whole.
pub(super) fn not_checked(why: &str) -> Seen {
    let diagnostic = Diagnostic {
        severity: Some(DiagnosticSeverity::WARNING),
        source: Some("bartizan".to_owned()),
        message: format!("not checked: {}", why.lines().map(escaped).collect::<Vec<_>>().join("\n")),
        ..Diagnostic::default()
    };
    Seen { diagnostic, checks: Vec::new(), fix: None }
}

/// The page of a built-in check.
fn page(check: &str) -> Option<Uri> {
    registry::is_built_in(check).then(|| Uri::from_str(&check_page(check)).ok()).flatten()
}

/// The address that a client writes as `text`. Clients leave bytes as they are that an address must not have, such as
/// brackets and letters with accents; what cannot be an address at all is a document without a file.
pub(super) fn uri_of(text: &str) -> Uri {
    let is_hex = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    let hash = text.find('#');
    let legal = text.bytes().enumerate().fold(String::new(), |mut legal, (at, byte)| {
        let stays = match byte {
            b'%' => is_hex(at + 1) && is_hex(at + 2),
            b'#' => hash == Some(at),
            _ => byte.is_ascii_graphic() && !b"\"<>\\^`{|}[]".contains(&byte),
        };
        match stays {
            true => legal.push(char::from(byte)),
            false => legal.push_str(percent_encode_byte(byte)),
        }
        legal
    });
    Uri::from_str(text).or_else(|_| Uri::from_str(&legal)).unwrap_or_else(|_| {
        let whole = format!("untitled:{}", percent_encode(text.as_bytes(), PLAIN));
        Uri::from_str(&whole).expect("letters, digits and escapes make a legal path")
    })
}

/// The file that an address names, if it names one.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme()?.as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let path: Vec<u8> = percent_decode_str(uri.path().as_str()).collect();
    let host =
        uri.authority().map(|host| host.as_str()).filter(|host| !host.is_empty() && *host != "localhost");
    if cfg!(windows) {
        let path = String::from_utf8(path).ok()?;
        let drive = path.strip_prefix('/').filter(|path| path.as_bytes().get(1) == Some(&b':'));
        return Some(match (host, drive) {
            (Some(host), _) => PathBuf::from(format!("//{host}{path}")),
            (None, Some(path)) => PathBuf::from(path),
            (None, None) => PathBuf::from(path),
        });
    }
    host.is_none().then(|| PathBuf::from(named(path)))
}

#[cfg(unix)]
fn named(bytes: Vec<u8>) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn named(bytes: Vec<u8>) -> std::ffi::OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// The address of the file at `path` below `root`.
fn address(root: &Path, path: &RepoPath) -> Option<Uri> {
    let root = OsStr::as_encoded_bytes(root.as_os_str());
    let lead: &[u8] = if root.starts_with(b"/") { b"" } else { b"/" };
    let mut whole = [lead, root, b"/", path.as_bytes()].concat();
    if cfg!(windows) {
        whole.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
    }
    Uri::from_str(&format!("file://{}", percent_encode(&whole, PLAIN))).ok()
}

/// The nearest directory above `file` that is there.
fn directory_above(file: &Path) -> PathBuf {
    let is_there = |path: &&Path| path.is_dir();
    file.ancestors().skip(1).find(is_there).unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_client_writes_is_an_address() {
        for (text, expected) in [
            ("file:///a%20b/c.py", "file:///a%20b/c.py"),
            ("file:///a [1]/é|^.py", "file:///a%20%5B1%5D/%C3%A9%7C%5E.py"),
            ("file:///100%/50%zz#a#b", "file:///100%25/50%25zz#a%23b"),
            ("file:///c:\\a\"<>`{}", "file:///c:%5Ca%22%3C%3E%60%7B%7D"),
            ("untitled:a b\n", "untitled:a%20b%0A"),
            ("1:2/[a].py", "untitled:1%3A2/%5Ba%5D.py"),
        ] {
            assert_eq!(uri_of(text).as_str(), expected, "{text}");
        }
    }

    #[test]
    fn addresses_name_files() {
        let path = |uri: &str| path_of(&Uri::from_str(uri).unwrap());
        for uri in ["untitled:Untitled-1", "https://example.org/a", "git:/a/b"] {
            assert_eq!(path(uri), None, "{uri}");
        }
        if cfg!(windows) {
            assert_eq!(path("file:///c%3A/a%20b"), Some(PathBuf::from("c:/a b")));
        } else {
            assert_eq!(path("file:///a%20b/%C3%A9"), Some(PathBuf::from("/a b/é")));
            assert_eq!(path("file://localhost/a"), Some(PathBuf::from("/a")));
            assert_eq!(path("file://elsewhere/a"), None);
            let uri = address(Path::new("/a b"), &RepoPath::from("c/é")).unwrap();
            assert_eq!(path(uri.as_str()), Some(PathBuf::from("/a b/c/é")));
        }
    }
}
