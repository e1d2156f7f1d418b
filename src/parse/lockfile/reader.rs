//! Collects packages and errors for all lock file parsers, with locations and limits.

use crate::model::Span;
pub(super) use crate::model::text::short;
use crate::parse::cargo::Mistake;
use crate::parse::lines::LineIndex;

use super::{Format, Locked, MISTAKES_MAX, Origin, PACKAGES_MAX, Scope, Unpinned, Withdrawn};

/// The most entries without a version.
const UNPINNED_MAX: usize = 10_000;

/// The text being parsed, and the results.
pub(super) struct Reader<'t> {
    pub(super) format: Format,
    pub(super) text: &'t str,
    lines: LineIndex,
    packages: Vec<Locked>,
    mistakes: Vec<Mistake>,
    unpinned: Vec<Unpinned>,
    /// True if the limit of packages is exceeded.
    full: bool,
}

/// A parsed package, without rare fields.
pub(super) struct Found<'f> {
    pub(super) name: &'f str,
    pub(super) version: &'f str,
    pub(super) alias: Option<&'f str>,
    pub(super) origin: Origin,
    pub(super) at: Span,
}

impl<'t> Reader<'t> {
    pub(super) fn new(format: Format, text: &'t str) -> Self {
        Self {
            format,
            text,
            lines: LineIndex::new(text.as_bytes()),
            packages: Vec::new(),
            mistakes: Vec::new(),
            unpinned: Vec::new(),
            full: false,
        }
    }

    /// Adds a package.
    pub(super) fn add(&mut self, found: &Found<'_>) {
        let line = self.lines.line(found.at.start);
        if self.packages.len() >= PACKAGES_MAX {
            if !self.full {
                let message = format!("lists more than {PACKAGES_MAX} packages; the rest were not checked");
                self.mistakes.insert(0, Mistake { line, message });
            }
            self.full = true;
            return;
        }
        #[cfg(test)]
        crate::parse::lines::steps::add(found.name.len() + found.version.len());
        let version = found.version.strip_prefix(['v', 'V']).filter(|rest| starts_with_digit(rest));
        self.packages.push(Locked {
            name: found.name.to_owned(),
            version: version.unwrap_or(found.version).to_owned(),
            alias: found.alias.filter(|alias| *alias != found.name).map(str::to_owned),
            origin: found.origin,
            scope: Scope::Unsaid,
            withdrawn: None,
            at: found.at,
            line,
        });
    }

    /// Sets the scope of the last package.
    pub(super) fn scope(&mut self, scope: Scope) {
        if let Some(last) = self.packages.last_mut().filter(|_| !self.full) {
            last.scope = scope;
        }
    }

    /// Sets the warning about the last package.
    pub(super) fn withdrawn(&mut self, why: Withdrawn) {
        if let Some(last) = self.packages.last_mut().filter(|_| !self.full) {
            last.withdrawn = Some(why);
        }
    }

    /// Adds a package of the public registry.
    pub(super) fn published(&mut self, name: &str, version: &str, at: Span) {
        self.add(&Found { name, version, alias: None, origin: Origin::Public, at });
    }

    /// Adds a package without a version.
    pub(super) fn unpinned(&mut self, name: &str, at: usize) {
        if self.unpinned.len() < UNPINNED_MAX {
            let line = self.lines.line(at);
            self.unpinned.push(Unpinned { name: name.to_owned(), line, is_file: false });
        }
    }

    /// Adds an included file whose name is not that of a lock file.
    pub(super) fn included(&mut self, path: &str, at: usize) {
        if self.unpinned.len() < UNPINNED_MAX {
            let line = self.lines.line(at);
            self.unpinned.push(Unpinned { name: path.to_owned(), line, is_file: true });
        }
    }

    /// Reports an error at the byte `at`.
    pub(super) fn mistake(&mut self, at: usize, message: impl Into<String>) {
        if self.mistakes.len() < MISTAKES_MAX {
            let line = self.lines.line(at.min(self.text.len()));
            self.mistakes.push(Mistake { line, message: message.into() });
        }
    }

    /// Reports an unexpected line. The line is not quoted, as it may be anything.
    pub(super) fn foreign(&mut self, line: &Line<'_>) {
        let what = if line.ended { "not a line of" } else { "cut off, or not a line of" };
        self.mistake(line.start, format!("{what} {}; it was not read", self.format.file()));
    }

    /// Reports a package with an unlisted dependency.
    pub(super) fn unlisted(&mut self, at: usize, name: &str, dependency: &str) {
        // It may be in a line that was not read.
        if self.has_mistakes() {
            return;
        }
        let message = format!(
            "`{}` depends on `{}`, which is not listed: the file may have been cut off",
            short(name),
            short(dependency)
        );
        self.mistake(at, message);
    }

    /// True if an error was reported.
    pub(super) fn has_mistakes(&self) -> bool {
        !self.mistakes.is_empty()
    }

    pub(super) fn lines(&self) -> Lines<'t> {
        Lines { text: self.text, at: 0 }
    }

    /// Packages, errors and entries without a version, in file order.
    pub(super) fn finish(mut self) -> (Vec<Locked>, Vec<Mistake>, Vec<Unpinned>) {
        self.packages.sort_by_key(|package| package.at);
        (self.packages, self.mistakes, self.unpinned)
    }
}

/// A line of a text, without its line ending.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) text: &'t str,
    /// Its offset.
    pub(super) start: usize,
    /// False for an unterminated last line: it may be truncated.
    pub(super) ended: bool,
}

impl Line<'_> {
    /// The span of the text, trimmed.
    pub(super) fn span(&self) -> Span {
        let indent = self.indent();
        Span::new(self.start + indent, self.start + self.text.trim_end().len().max(indent))
    }

    /// The width of the indentation.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }
}

/// The lines of a text.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest.as_bytes());
        let text = &rest[..end.unwrap_or(rest.len())];
        let line =
            Line { text: text.strip_suffix('\r').unwrap_or(text), start: self.at, ended: end.is_some() };
        self.at += text.len() + 1;
        Some(line)
    }
}

pub(super) fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}
