//! `Cargo.lock`: every package with its location.
//!
//! Cargo writes these files in one layout, which a line scanner reads. Anything else (another layout, a merge
//! conflict, half a file) is parsed as TOML, with error lines; readable packages still count.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{FastSet, Span};
use crate::parse::lines::{LineIndex, line_of};

/// The most errors that are kept.
const MISTAKES_MAX: usize = 20;

/// The most versions of one package in a merge conflict.
const VERSIONS_MAX: usize = 16;

/// A lock file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock<'a> {
    /// The packages, in file order.
    pub packages: Vec<Package<'a>>,
    /// Errors.
    pub mistakes: Vec<Mistake>,
}

/// An error in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The line, 1-based.
    pub line: usize,
    /// The message in lower case, without the line.
    pub message: String,
}

/// A package of a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its version, as written.
    pub version: Cow<'a, str>,
    /// Its source; `None` for workspace members and other paths.
    pub source: Option<Cow<'a, str>>,
    /// Its dependencies: `name`, `name version` or `name version (source)`.
    pub dependencies: Vec<Cow<'a, str>>,
    /// The bytes `name = "…"`.
    pub at: Span,
    /// The line of that, from 1.
    pub line: usize,
}

/// The source of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// crates.io, which advisories cover.
    CratesIo,
    /// Another registry.
    Registry,
    /// A git repository.
    Git,
    /// A directory: a member of the workspace, or beside it.
    Path,
}

impl Package<'_> {
    /// The kind of its source.
    #[must_use]
    pub fn origin(&self) -> Source {
        match self.source.as_deref() {
            None => Source::Path,
            Some(source) if is_crates_io(source) => Source::CratesIo,
            Some(source) if source.starts_with("git+") => Source::Git,
            Some(source) if source.starts_with("path+") => Source::Path,
            Some(_) => Source::Registry,
        }
    }

    /// An owned copy.
    #[must_use]
    pub fn into_owned(self) -> Package<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Package {
            name: owned(self.name),
            version: owned(self.version),
            source: self.source.map(owned),
            dependencies: self.dependencies.into_iter().map(owned).collect(),
            at: self.at,
            line: self.line,
        }
    }
}

fn is_crates_io(source: &str) -> bool {
    matches!(
        source,
        "registry+https://github.com/rust-lang/crates.io-index"
            | "registry+https://github.com/rust-lang/crates.io-index/"
            | "sparse+https://index.crates.io/"
            | "registry+sparse+https://index.crates.io/"
    )
}

/// Parses a lock file. Never fails: errors are in `mistakes`.
#[must_use]
pub fn parse(bytes: &[u8]) -> Lock<'_> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        let message =
            "not UTF-8, but UTF-16 or UTF-32, which Cargo does not read; its packages were not checked";
        let mistakes = vec![Mistake { line: 1, message: message.to_owned() }];
        return Lock { packages: Vec::new(), mistakes };
    }
    // Cargo skips a UTF-8 byte order mark.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lock = match std::str::from_utf8(text) {
        Ok(text) => of_text(text),
        Err(_) => of_damaged(text),
    };
    if lock.packages.is_empty() && lock.mistakes.is_empty() {
        let message = "lists no package; `cargo generate-lockfile` rewrites it".to_owned();
        lock.mistakes.push(Mistake { line: 1, message });
    }
    if lock.mistakes.is_empty() {
        lock.mistakes = duplicates(&lock.packages);
    }
    if lock.mistakes.is_empty() {
        lock.mistakes.extend(unlisted(&lock.packages));
    }
    lock.mistakes.truncate(MISTAKES_MAX);
    let mark = bytes.len() - text.len();
    for package in lock.packages.iter_mut().filter(|_| mark > 0) {
        package.at = Span::new(package.at.start + mark, package.at.end + mark);
    }
    lock
}

/// Parses the lines that are UTF-8.
fn of_damaged(bytes: &[u8]) -> Lock<'_> {
    let mut scanner = Scanner::default();
    let (mut start, mut damaged) = (0, Vec::new());
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match std::str::from_utf8(line) {
            Ok(line) => scanner.line(line.strip_suffix('\r').unwrap_or(line), start, index + 1),
            Err(_) if damaged.len() < MISTAKES_MAX => {
                let message = "not UTF-8; this line was not read".to_owned();
                damaged.push(Mistake { line: index + 1, message });
            }
            Err(_) => {}
        }
        start += line.len() + 1;
    }
    scanner.close();
    scanner.lock.mistakes.extend(damaged);
    scanner.lock.mistakes.sort();
    scanner.lock
}

fn of_text(text: &str) -> Lock<'_> {
    let mut scanner = Scanner::default();
    scanner.scan(text);
    if scanner.regular || scanner.conflict {
        return scanner.lock;
    }
    match DeTable::parse(text) {
        Ok(table) => of_table(text, table.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            scanner.lock.mistakes.clear();
            scanner.lock.mistakes.push(Mistake {
                line: line_of(text.as_bytes(), at),
                message: format!(
                    "not TOML: {}; packages that cannot be read were not checked",
                    error.message()
                ),
            });
            scanner.lock
        }
    }
}

/// Packages that are listed twice, which Cargo rejects.
fn duplicates(packages: &[Package<'_>]) -> Vec<Mistake> {
    let mut seen = FastSet::with_capacity_and_hasher(packages.len(), Default::default());
    let mut mistakes = Vec::new();
    for package in packages {
        let known = (package.name.as_ref(), package.version.as_ref(), package.source.as_deref());
        if !seen.insert(known) && mistakes.len() < MISTAKES_MAX {
            let message = format!("`{} {}` is listed twice", package.name, package.version);
            mistakes.push(Mistake { line: package.line, message });
        }
    }
    mistakes
}

/// A dependency on a missing package: a truncated file may end between packages.
fn unlisted(packages: &[Package<'_>]) -> Option<Mistake> {
    let names: FastSet<&str> = packages.iter().map(|package| package.name.as_ref()).collect();
    packages.iter().find_map(|package| {
        let is_missing =
            |dependency: &&Cow<'_, str>| !names.contains(dependency.split(' ').next().unwrap_or_default());
        let missing = package.dependencies.iter().find(is_missing)?;
        let message = format!(
            "`{}` depends on `{missing}`, which is not listed; the file may have been cut off",
            package.name
        );
        Some(Mistake { line: package.line, message })
    })
}

/// The current section.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Section {
    #[default]
    Top,
    Package,
    /// `[metadata]`, `[[patch.unused]]`.
    Other,
}

/// A package whose lines are still being read.
struct Open<'a> {
    line: usize,
    name: Option<(&'a str, Span, usize)>,
    /// Several in a merge conflict.
    versions: Vec<&'a str>,
    source: Option<&'a str>,
    dependencies: Vec<Cow<'a, str>>,
}

/// Parses the layout that Cargo writes.
struct Scanner<'a> {
    lock: Lock<'a>,
    section: Section,
    open: Option<Open<'a>>,
    /// Inside `dependencies = [`.
    list: bool,
    /// True while everything is as Cargo writes it.
    regular: bool,
    /// True after a conflict marker.
    conflict: bool,
}

impl Default for Scanner<'_> {
    fn default() -> Self {
        Self {
            lock: Lock::default(),
            section: Section::Top,
            open: None,
            list: false,
            regular: true,
            conflict: false,
        }
    }
}

impl<'a> Scanner<'a> {
    fn scan(&mut self, text: &'a str) {
        let mut start = 0;
        for (index, line) in text.split('\n').enumerate() {
            self.line(line.strip_suffix('\r').unwrap_or(line), start, index + 1);
            start += line.len() + 1;
        }
        self.close();
        if self.list {
            self.regular = false;
        }
    }

    fn line(&mut self, line: &'a str, start: usize, number: usize) {
        match line.as_bytes() {
            [] => return,
            [b'#', ..] => return,
            [b'<', b'<', b'<', b'<', b'<', b'<', b'<', ..]
            | [b'=', b'=', b'=', b'=', b'=', b'=', b'=', ..]
            | [b'>', b'>', b'>', b'>', b'>', b'>', b'>', ..]
            | [b'|', b'|', b'|', b'|', b'|', b'|', b'|', ..] => return self.conflict(line, number),
            _ => {}
        }
        if self.list {
            if line == "]" {
                self.list = false;
            } else if let Some(item) = line.strip_prefix(" \"").and_then(|rest| {
                rest.strip_suffix("\",").or_else(|| rest.strip_suffix('"')).filter(|item| is_plain(item))
            }) {
                if let Some(open) = &mut self.open {
                    open.dependencies.push(Cow::Borrowed(item));
                }
            } else {
                self.regular = false;
            }
            return;
        }
        match line {
            "[[package]]" | "[root]" => {
                self.close();
                self.section = Section::Package;
                self.open = Some(Open {
                    line: number,
                    name: None,
                    versions: Vec::new(),
                    source: None,
                    dependencies: Vec::new(),
                });
                return;
            }
            "[metadata]" | "[[patch.unused]]" => {
                self.close();
                self.section = Section::Other;
                return;
            }
            _ => {}
        }
        let Some((key, value)) = line.split_once(" = ") else {
            self.regular = false;
            return;
        };
        match (self.section, key) {
            (Section::Top, "version") if value.bytes().all(|b| b.is_ascii_digit()) => {}
            (Section::Package | Section::Other, "dependencies") if value == "[" => self.list = true,
            (Section::Package, _) => match (quoted(value), &mut self.open) {
                (Some(value), Some(open)) => match key {
                    "name" if open.name.is_none() => {
                        open.name = Some((value, Span::new(start, start + line.len()), number));
                    }
                    "version" if open.versions.is_empty() || self.conflict => {
                        if open.versions.len() < VERSIONS_MAX {
                            open.versions.push(value);
                        }
                    }
                    "source" if open.source.is_none() => open.source = Some(value),
                    "checksum" | "replace" => {}
                    _ => self.regular = false,
                },
                _ => self.regular = false,
            },
            (Section::Other, _) if quoted(value).is_some() => {}
            _ => self.regular = false,
        }
    }

    /// Reads both sides of a conflict: either may be what is built.
    fn conflict(&mut self, line: &str, number: usize) {
        self.conflict |= line.starts_with('<');
        if line.starts_with('<') && self.lock.mistakes.len() < MISTAKES_MAX {
            self.lock.mistakes.push(Mistake {
                line: number,
                message: "a merge conflict; both sides were checked, resolve it and run `cargo check`"
                    .to_owned(),
            });
        } else if !self.conflict {
            self.regular = false;
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let Some((name, at, line)) = open.name.filter(|_| !open.versions.is_empty()) else {
            // A conflict may split a package, and is already reported.
            if !self.conflict {
                self.lock.mistakes.push(incomplete(open.line, open.name.is_some()));
            }
            return;
        };
        self.lock.packages.extend(open.versions.into_iter().map(|version| Package {
            name: Cow::Borrowed(name),
            version: Cow::Borrowed(version),
            source: open.source.map(Cow::Borrowed),
            dependencies: open.dependencies.clone(),
            at,
            line,
        }));
    }
}

fn incomplete(line: usize, named: bool) -> Mistake {
    let lacks = if named { "version" } else { "name" };
    Mistake { line, message: format!("a package without a {lacks}; it was not checked") }
}

fn quoted(value: &str) -> Option<&str> {
    let [b'"', .., b'"'] = value.as_bytes() else { return None };
    let inner = &value[1..value.len() - 1];
    is_plain(inner).then_some(inner)
}

/// True for the inside of a string without escapes.
fn is_plain(text: &str) -> bool {
    // By slice, whose loop is compiled into this function: each value of a lock file comes by here.
    text.as_bytes().iter().all(|b| !matches!(b, b'"' | b'\\' | 0..0x20))
}

/// The packages of arbitrary TOML.
fn of_table<'a>(text: &'a str, table: &DeTable<'a>) -> Lock<'a> {
    let mut lock = Lock::default();
    let lines = LineIndex::new(text.as_bytes());
    let packages = table.get("package").and_then(|value| value.get_ref().as_array());
    let root = table.get("root").into_iter();
    for value in packages.into_iter().flat_map(|array| array.iter()).chain(root) {
        let line = || lines.line(value.span().start);
        match value.get_ref().as_table().map(|table| of_package(&lines, table)) {
            Some(Ok(package)) => lock.packages.push(package),
            Some(Err(named)) => lock.mistakes.push(incomplete(line(), named)),
            None => lock.mistakes.push(Mistake {
                line: line(),
                message: "a package that is not a table; it was not checked".into(),
            }),
        }
        if lock.mistakes.len() >= MISTAKES_MAX {
            break;
        }
    }
    lock
}

fn of_package<'a>(lines: &LineIndex, table: &DeTable<'a>) -> Result<Package<'a>, bool> {
    let (key, value) = table.get_key_value("name").ok_or(false)?;
    let name = string(value).ok_or(false)?;
    let version = table.get("version").and_then(string).ok_or(true)?;
    let at = Span::new(key.span().start, value.span().end);
    let items = table.get("dependencies").and_then(|value| value.get_ref().as_array());
    Ok(Package {
        name,
        version,
        source: table.get("source").and_then(string),
        dependencies: items.into_iter().flat_map(|items| items.iter()).filter_map(string).collect(),
        at,
        line: lines.line(at.start),
    })
}

fn string<'a>(value: &Spanned<DeValue<'a>>) -> Option<Cow<'a, str>> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, parse};
    use crate::parse::lines::steps;

    const PLAIN: &str = "# This file is automatically @generated by Cargo.\nversion = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"tin\",\n \"zinc 1.0.0\",\n]\n\n[[package]]\nname = \"tin\"\nversion = \"0.2.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"00\"\n\n[[package]]\nname = \"zinc\"\nversion = \"1.0.0\"\n";

    fn parsed(bytes: &[u8]) -> Vec<(usize, String)> {
        parse(bytes).mistakes.into_iter().map(|mistake| (mistake.line, mistake.message)).collect()
    }

    #[test]
    fn the_form_that_cargo_writes() {
        let lock = parse(PLAIN.as_bytes());
        assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
        let [app, tin, _] = lock.packages.as_slice() else { panic!("{lock:?}") };
        assert_eq!(app.dependencies, ["tin", "zinc 1.0.0"]);
        assert_eq!((app.origin(), tin.origin()), (Source::Path, Source::CratesIo));
        assert_eq!(&PLAIN[tin.at.range()], "name = \"tin\"");
    }

    #[test]
    fn other_forms_of_the_same_toml() {
        let windows = PLAIN.replace('\n', "\r\n");
        let lock = parse(windows.as_bytes());
        assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
        assert_eq!(&windows[lock.packages[1].at.range()], "name = \"tin\"");
        let odd = "package = [ { version = '1.0.0', name = \"\\u0074in\", dependencies = [] } ]\n";
        let lock = parse(odd.as_bytes());
        assert_eq!((lock.packages[0].name.as_ref(), lock.packages[0].version.as_ref()), ("tin", "1.0.0"));
        let spaced = "[[package]]\n  name   = \"tin\"\nversion=\"1.0.0\"\n";
        let lock = parse(spaced.as_bytes());
        assert_eq!(&spaced[lock.packages[0].at.range()], "name   = \"tin\"");
    }

    #[test]
    fn the_oldest_form_has_a_root() {
        let text = "[root]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"tin 0.2.0 (registry+https://github.com/rust-lang/crates.io-index)\",\n]\n\n[[package]]\nname = \"tin\"\nversion = \"0.2.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n[metadata]\n\"checksum tin 0.2.0 (registry+https://github.com/rust-lang/crates.io-index)\" = \"00\"\n";
        let lock = parse(text.as_bytes());
        assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
        assert_eq!(lock.packages.len(), 2);
    }

    #[test]
    fn what_is_wrong_has_a_line_and_loses_nothing() {
        assert_eq!(parsed(b"")[0].0, 1);
        assert!(parsed(b"# nothing\n")[0].1.starts_with("lists no package"));
        let cut = &PLAIN[..PLAIN.find("zinc").unwrap()];
        let lock = parse(cut.as_bytes());
        assert_eq!((lock.packages.len(), lock.mistakes[0].line), (1, 9), "{lock:?}");
        let cut = &PLAIN[..PLAIN.find("version = \"0.2.0\"").unwrap()];
        assert_eq!(
            parsed(cut.as_bytes()),
            [(12, "a package without a version; it was not checked".to_owned())]
        );
        let twice = format!(
            "{PLAIN}\n[[package]]\nname = \"tin\"\nversion = \"0.2.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        );
        assert_eq!(parsed(twice.as_bytes()), [(23, "`tin 0.2.0` is listed twice".to_owned())]);
        let mut bytes = PLAIN.as_bytes().to_vec();
        bytes.extend(b"\n[[package]]\nname = \"\xff\"\n");
        let lock = parse(&bytes);
        assert_eq!((lock.packages.len(), lock.mistakes[0].line), (3, 22));
        let mut bytes = PLAIN.as_bytes().to_vec();
        bytes[0] = 0xff;
        let lock = parse(&bytes);
        assert_eq!((lock.packages.len(), lock.mistakes.len(), lock.mistakes[0].line), (3, 1, 1));
    }

    #[test]
    fn marks_of_encodings() {
        let marked = format!("\u{feff}{PLAIN}");
        for text in [marked.clone(), marked.replace('\n', "\r\n"), marked.replace(" = ", "=")] {
            let lock = parse(text.as_bytes());
            assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
            assert!(text[lock.packages[1].at.range()].starts_with("name"), "{lock:?}");
            assert_eq!((lock.packages[0].line, lock.packages[1].line), (5, 13));
        }
        let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(parsed(&wide)[0].1.contains("UTF-16"));
    }

    #[test]
    fn half_a_file_that_ends_where_a_package_ends_is_told() {
        let half = PLAIN.replace("zinc 1.0.0", "lead 1.0.0");
        assert_eq!(
            parsed(half.as_bytes()),
            [(
                5,
                "`app` depends on `lead 1.0.0`, which is not listed; the file may have been cut off"
                    .to_owned()
            )]
        );
    }

    #[test]
    fn no_layout_takes_longer() {
        let package = |at: usize| format!("[[package]]\nname='p{at}'\nversion='1.0.0'\n");
        let inline = |at: usize| format!("{{name='p{at}',version='1.0.0'}},");
        let all = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
        steps::assert_linear(|count| all(count, &package), |text| drop(parse(text.as_bytes())));
        steps::assert_linear(
            |count| format!("package=[{}]\n", all(count, &inline)),
            |text| assert!(parse(text.as_bytes()).packages.len() >= 500),
        );
        // Twice the same, in another layout.
        steps::assert_linear(
            |count| all(count, &|_| package(0)),
            |text| assert_eq!(parse(text.as_bytes()).mistakes.len(), 20),
        );
    }

    #[test]
    fn both_sides_of_a_conflict_are_read() {
        let text = PLAIN.replace(
            "version = \"0.2.0\"\n",
            "<<<<<<< ours\nversion = \"0.2.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n=======\n[[package]]\nname = \"tin\"\nversion = \"0.3.0\"\n>>>>>>> theirs\n",
        );
        let lock = parse(text.as_bytes());
        let versions: Vec<&str> = lock.packages.iter().map(|package| package.version.as_ref()).collect();
        assert_eq!(versions, ["0.1.0", "0.2.0", "0.3.0", "1.0.0"]);
        assert_eq!(lock.mistakes.len(), 1);
        assert_eq!(lock.mistakes[0].line, 14);
        let text = PLAIN.replace(
            "version = \"0.2.0\"\n",
            "<<<<<<< ours\nversion = \"0.2.0\"\n||||||| base\nversion = \"0.1.0\"\n=======\nversion = \"0.3.0\"\n>>>>>>> theirs\n",
        );
        let lock = parse(text.as_bytes());
        assert!(lock.packages[1..4].iter().all(|package| package.origin() == Source::CratesIo), "{lock:?}");
        assert_eq!(lock.packages.len(), 5);
    }
}
