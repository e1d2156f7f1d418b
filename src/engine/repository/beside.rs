//! Other hardening inputs: code owners, licences, binaries, invisible text.

use crate::model::{RepoPath, Severity, Span};
use crate::parse::invisible::{self, Invisible};

/// The collected files, sorted by path.
#[derive(Debug, Default)]
pub struct Beside {
    /// `CODEOWNERS`.
    pub owners: Vec<Owners>,
    /// Texts of licences.
    pub licences: Vec<Licence>,
    /// Manifests that name a licence.
    pub declared: Vec<Declared>,
    /// Programs and the like.
    pub executables: Vec<Executable>,
    /// Texts in which something is hidden.
    pub hidden: Vec<Hidden>,
    /// Files with names that malware gives.
    pub telling: Vec<RepoPath>,
}

/// A `CODEOWNERS`.
#[derive(Debug)]
pub struct Owners {
    /// Where it is.
    pub path: RepoPath,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The text of one or more licences.
#[derive(Debug)]
pub struct Licence {
    /// Where it is.
    pub path: RepoPath,
    /// Which ones, as SPDX names them; none if that is not known.
    pub ids: Vec<&'static str>,
}

/// A manifest that names a licence.
#[derive(Debug)]
pub struct Declared {
    /// Where it is.
    pub path: RepoPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// The licence.
    pub licence: String,
    /// Where that stands.
    pub span: Span,
}

/// A program, a library, or a package of such.
#[derive(Debug)]
pub struct Executable {
    /// Where it is.
    pub path: RepoPath,
    /// What it is.
    pub what: &'static str,
}

/// A text in which something is hidden.
#[derive(Debug)]
pub struct Hidden {
    /// Where it is.
    pub path: RepoPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What, and where.
    pub runs: Vec<invisible::Run>,
}

impl Beside {
    /// True if nothing was seen.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.owners.is_empty()
            && self.licences.is_empty()
            && self.declared.is_empty()
            && self.executables.is_empty()
            && self.hidden.is_empty()
            && self.telling.is_empty()
    }

    /// Files that were kept, with their content.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &Vec<u8>)> {
        let owners = self.owners.iter().map(|file| (&file.path, &file.bytes));
        let declared = self.declared.iter().map(|file| (&file.path, &file.bytes));
        let hidden = self.hidden.iter().map(|file| (&file.path, &file.bytes));
        owners.chain(declared).chain(hidden)
    }

    /// The `CODEOWNERS` that counts on GitHub: the first of the three places where it may be.
    #[must_use]
    pub fn owners(&self) -> Option<&Owners> {
        const PLACES: [&[u8]; 3] = [b".github/CODEOWNERS", b"CODEOWNERS", b"docs/CODEOWNERS"];
        PLACES.iter().find_map(|place| self.owners.iter().find(|file| file.path.as_bytes() == *place))
    }
}

/// What is hidden in one text in the same way.
#[derive(Clone, Debug)]
pub struct Group {
    /// How.
    pub kind: Invisible,
    /// Where the first of it stands.
    pub span: Span,
    /// What it does, a sentence.
    pub what: &'static str,
    /// How bad that is.
    pub severity: Severity,
    /// How much there is.
    pub proof: String,
}

impl Hidden {
    /// What is hidden, kind by kind.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let is_direction = |run: &&invisible::Run| matches!(run.kind, Invisible::Direction { .. });
        let of = |kind: Invisible| self.runs.iter().filter(move |run| run.kind == kind).collect();
        let mut kinds: Vec<Vec<&invisible::Run>> =
            [Invisible::Selectors, Invisible::Tags, Invisible::ZeroWidth].into_iter().map(of).collect();
        let mut turned: Vec<&invisible::Run> = self.runs.iter().filter(is_direction).collect();
        // What is not taken back comes first.
        turned.sort_by_key(|run| run.kind != Invisible::Direction { open: true });
        kinds.push(turned);
        kinds.into_iter().filter_map(|runs| group(&runs)).collect()
    }
}

fn group(runs: &[&invisible::Run]) -> Option<Group> {
    let first = runs.first()?;
    let (what, severity) = match first.kind {
        Invisible::Selectors => ("consecutive variation selectors hide data", Severity::High),
        Invisible::Tags => ("tag characters hide text", Severity::High),
        Invisible::ZeroWidth => ("consecutive zero-width characters hide data", Severity::High),
        Invisible::Direction { open: true } => {
            ("bidirectional controls make code read differently from how it runs", Severity::High)
        }
        Invisible::Direction { open: false } => {
            ("bidirectional controls are used within a line of code", Severity::Medium)
        }
    };
    let count: usize = runs.iter().map(|run| run.count).sum();
    let places = if runs.len() == 1 { "place" } else { "places" };
    let proof = format!("{count} characters at {} {places}", runs.len());
    Some(Group { kind: first.kind, span: first.span, what, severity, proof })
}
