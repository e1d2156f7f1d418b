//! `yarn.lock`, any version: unindented entries with fields indented by two.
//!
//! Yarn 1 writes `version "1.2.3"`, later versions `version: 1.2.3`; one parser reads both.

use std::borrow::Cow;
use std::collections::HashSet;

use super::npm::split;
use super::reader::{Found, Line, Reader, starts_with_digit};
use super::{Ecosystem, Origin};
use crate::model::Span;

/// An entry whose fields are still being read.
struct Open<'t> {
    /// Its first descriptor: `tin@^1.0`.
    first: Cow<'t, str>,
    at: Span,
    version: Option<Cow<'t, str>>,
    /// Its resolution: `tin@npm:1.0.0`.
    resolution: Option<Cow<'t, str>>,
    /// Where it was fetched from.
    resolved: Option<Cow<'t, str>>,
}

/// The state of the parser.
struct Entries<'t> {
    open: Option<Open<'t>>,
    /// True within `__metadata`, and within a malformed entry.
    passed: bool,
    /// True within `dependencies`.
    dependencies: bool,
    /// A key too long for one line: `? "…"`.
    long: Option<Line<'t>>,
    /// Descriptor names, and dependency names.
    listed: HashSet<Cow<'t, str>>,
    /// With the offset of the dependent in `owners`: copies of a long name would add up.
    needed: Vec<(usize, Cow<'t, str>, usize)>,
    owners: Vec<Cow<'t, str>>,
}

pub(super) fn read(reader: &mut Reader<'_>) {
    let mut entries = Entries {
        open: None,
        passed: false,
        dependencies: false,
        long: None,
        listed: HashSet::new(),
        needed: Vec::new(),
        owners: Vec::new(),
    };
    for line in reader.lines() {
        let text = line.text.trim_end();
        if text.is_empty() || text.trim_start().starts_with('#') && line.ended {
            continue;
        }
        if !entries.line(reader, &line, text) {
            reader.foreign(&line);
        }
    }
    entries.close(reader);
    if let Some(line) = entries.long {
        reader.foreign(&line);
    }
    // A truncated file often ends after an entry; then a dependency is missing.
    if let Some((owner, needed, at)) =
        entries.needed.iter().find(|(_, needed, _)| !entries.listed.contains(needed))
    {
        let owner = entries.owners.get(*owner).map_or("", |first| named(first).0);
        reader.unlisted(*at, owner, needed);
    }
}

impl<'t> Entries<'t> {
    /// Reads a line; false if it is malformed.
    fn line(&mut self, reader: &mut Reader<'_>, line: &Line<'t>, text: &'t str) -> bool {
        let indent = line.indent();
        if indent == 0 {
            return self.margin(reader, line, text);
        }
        if !indent.is_multiple_of(2) || text[..indent].contains('\t') {
            return false;
        }
        let Some((key, value)) = field(&text[indent..]) else { return false };
        if indent == 2 {
            self.dependencies = value.is_none() && &*key == "dependencies";
            let Some(open) = &mut self.open else { return self.passed };
            match (&*key, value) {
                ("version", Some(value)) => open.version = Some(value),
                ("resolution", Some(value)) => open.resolution = Some(value),
                ("resolved", Some(value)) => open.resolved = Some(value),
                _ => {}
            }
        } else if self.open.is_some() && indent == 4 && self.dependencies {
            self.needed.push((self.owners.len().saturating_sub(1), key, line.start));
        }
        true
    }

    /// An unindented line: the descriptors of an entry.
    fn margin(&mut self, reader: &mut Reader<'_>, line: &Line<'t>, text: &'t str) -> bool {
        if let Some(key) = text.strip_prefix("? ") {
            self.close(reader);
            self.long = Some(Line { text: key, ..*line });
            return true;
        }
        let (key, line) = match (self.long.take(), text) {
            (Some(long), ":") => (long.text.trim_end(), long),
            (Some(_), _) => return false,
            (None, text) => match text.strip_suffix(':') {
                Some(key) => (key, *line),
                None => {
                    self.close(reader);
                    self.passed = true;
                    return false;
                }
            },
        };
        self.close(reader);
        self.passed = true;
        if key == "__metadata" {
            return true;
        }
        let Some(all) = descriptors(key).filter(|all| all.iter().all(|one| is_descriptor(one))) else {
            return false;
        };
        self.passed = false;
        let first = all.first().cloned().unwrap_or_default();
        #[cfg(test)]
        crate::parse::lines::steps::add(first.len());
        self.owners.push(first.clone());
        self.listed.extend(all.iter().map(|one| Cow::Owned(named(one).0.to_owned())));
        self.open = Some(Open { first, at: line.span(), version: None, resolution: None, resolved: None });
        true
    }

    fn close(&mut self, reader: &mut Reader<'_>) {
        self.dependencies = false;
        let Some(open) = self.open.take() else { return };
        let (installed, range) = named(&open.first);
        let Some(version) = open.version.as_deref() else {
            let message = format!("`{}` has no version; it was not checked", super::reader::short(installed));
            return reader.mistake(open.at.start, message);
        };
        // `npm:zinc@1.0` is an alias.
        let aliased = range.strip_prefix("npm:").and_then(split).map(|(name, _)| name);
        let resolution = open.resolution.as_deref().and_then(split);
        let name = resolution.map(|(name, _)| name).or(aliased).unwrap_or(installed);
        let origin = match (resolution, &open.resolved) {
            (Some((_, what)), _) => berry_origin(what),
            (None, Some(resolved)) => Origin::of(Ecosystem::Npm, resolved),
            (None, None) if is_shorthand(range) => Origin::Git,
            (None, None) => match range.strip_prefix("npm:") {
                Some(_) => Origin::Public,
                None => Origin::of(Ecosystem::Npm, range),
            },
        };
        // Yarn 1 has no workspace protocol, and uses the published package.
        let is_member = range.starts_with("workspace:") && open.resolved.is_none();
        if is_member || origin == Origin::Path && !starts_with_digit(version) {
            return;
        }
        reader.add(&Found { name, version, alias: Some(installed), origin, at: open.at });
    }
}

/// The name and the range of `tin@^1`; the range may be missing.
pub(super) fn named(descriptor: &str) -> (&str, &str) {
    split(descriptor).unwrap_or((descriptor, ""))
}

/// A name without a range must look like a package name.
fn is_descriptor(text: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '@' | '/' | '.' | '_' | '-' | '~');
    split(text).is_some() || !text.is_empty() && text.chars().all(part)
}

/// `npm:1.0.0`, `patch:tin@npm%3A1.0.0#…`, `https://host/tin.git#commit=0a`
fn berry_origin(what: &str) -> Origin {
    if let Some(rest) = what.strip_prefix("npm:") {
        // If it is fetched from another URL, that follows, percent-encoded.
        return match rest.split_once("__archiveUrl=") {
            Some((_, url)) => Origin::of(Ecosystem::Npm, &decoded(url)),
            None => Origin::Public,
        };
    }
    if let Some(rest) = what.strip_prefix("patch:") {
        // A registry package with a local patch.
        return if rest.contains("npm%3A") || rest.contains("npm:") { Origin::Public } else { Origin::Path };
    }
    if what.contains("#commit=") || what.contains(".git#") {
        return Origin::Git;
    }
    Origin::of(Ecosystem::Npm, what)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// `owner/repository`, with or without `#branch`: on GitHub.
fn is_shorthand(range: &str) -> bool {
    let path = range.split('#').next().unwrap_or(range);
    path.matches('/').count() == 1 && !path.starts_with(['.', '/', '@', '~']) && !path.contains([':', ' '])
}

/// `"@s/tin@^1", tin@^2` in Yarn 1, `"@s/tin@npm:^1, tin@npm:^2"` later.
pub(super) fn descriptors(key: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut all = Vec::new();
    let mut rest = key;
    loop {
        if rest.starts_with('"') {
            let (text, behind) = quoted(rest)?;
            match text {
                Cow::Borrowed(text) => all.extend(text.split(", ").map(Cow::Borrowed)),
                Cow::Owned(text) => all.extend(text.split(", ").map(|one| Cow::Owned(one.to_owned()))),
            }
            rest = behind;
        } else {
            let end = rest.find(", ").unwrap_or(rest.len());
            all.push(Cow::Borrowed(&rest[..end]));
            rest = &rest[end..];
        }
        if rest.is_empty() {
            return Some(all);
        }
        rest = rest.strip_prefix(", ")?;
    }
}

/// `name: value`, `name value` or `name:`.
pub(super) fn field(text: &str) -> Option<(Cow<'_, str>, Option<Cow<'_, str>>)> {
    let (key, rest) = match text.starts_with('"') {
        true => quoted(text)?,
        false => {
            let end = text.find(' ').unwrap_or(text.len());
            let end = if text[..end].ends_with(':') { end - 1 } else { end };
            (Cow::Borrowed(&text[..end]), &text[end..])
        }
    };
    if key.is_empty() {
        return None;
    }
    let value = match rest.strip_prefix(':') {
        Some("") => return Some((key, None)),
        Some(rest) => rest.strip_prefix(' ')?,
        None => rest.strip_prefix(' ')?,
    };
    let value = value.trim_start();
    match value.starts_with('"') {
        true => quoted(value).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| (key, Some(value))),
        // An unquoted value is one word, unless it follows a colon.
        false if rest.starts_with(':') || !value.contains(' ') => {
            (!value.is_empty()).then_some((key, Some(Cow::Borrowed(value))))
        }
        false => None,
    }
}

/// The inside of the quotes at the start, and the rest.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let inner = text.strip_prefix('"')?;
    let bytes = inner.as_bytes();
    let (mut at, mut escaped) = (0, false);
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            break;
        }
        (at, escaped) = (at + 2, true);
    }
    let (raw, behind) = (&inner[..at], &inner[at + 1..]);
    let text = match escaped {
        true => Cow::Owned(crate::parse::tree::unescape(raw)),
        false => Cow::Borrowed(raw),
    };
    Some((text, behind))
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn yarn_old_and_new() {
        let old = "# yarn lockfile v1\n\n\"@s/zinc@^2.0\":\n  version \"2.1.0\"\n\ntin@^1.0, tin@~1.2:\n  version \"1.2.3\"\n  dependencies:\n    \"@s/zinc\" \"^2.0\"\n\nother@npm:lead@1.0:\n  version \"1.0.1\"\n";
        assert_eq!(parsed(Format::Yarn, old), ["@s/zinc 2.1.0 3", "tin 1.2.3 6", "lead 1.0.1 11"]);
        // Yarn 1's notation of a range that only later versions know.
        let published = "\"tin@workspace:^\":\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/tin/-/tin-1.0.0.tgz#0a\"\n";
        assert_eq!(parsed(Format::Yarn, published), ["tin 1.0.0 1"]);
        let new = "__metadata:\n  version: 8\n\n\"tin@npm:^1.0, tin@npm:~1.2\":\n  version: 1.2.3\n  resolution: \"tin@npm:1.2.3\"\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"app@workspace:.\"\n  dependencies:\n    tin: ^1.0\n  dependenciesMeta:\n    tin:\n      optional: true\n  languageName: unknown\n\n? \"zinc@npm:^1, zinc@npm:^2\"\n:\n  version: 2.0.0\n  resolution: \"zinc@npm:2.0.0\"\n";
        assert_eq!(parsed(Format::Yarn, new), ["tin 1.2.3 4", "zinc 2.0.0 18"]);
    }

    #[test]
    fn where_packages_come_from() {
        let text = "a@^1:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz#0a\"\n\n\
            b@^1:\n  version \"1.0.0\"\n  resolved \"https://npm.example.org/b/-/b-1.0.0.tgz#0a\"\n\n\
            c@owner/c:\n  version \"1.0.0\"\n  resolved \"https://codeload.github.com/owner/c/tar.gz/0a\"\n\n\
            d@owner/d:\n  version \"1.0.0\"\n\n\"e@file:./e\":\n  version \"1.0.0\"\n\n\"f@link:./f\":\n  version \"0.0.0\"\n";
        assert_eq!(
            parsed(Format::Yarn, text),
            [
                "a 1.0.0 1",
                "b 1.0.0 5 another registry",
                "c 1.0.0 9 git",
                "d 1.0.0 13 git",
                "e 1.0.0 16 a path",
                "f 0.0.0 19 a path"
            ]
        );
        let text = "\"a@npm:^1\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fnpm.example.org%2Fa%2F-%2Fa-1.0.0.tgz\"\n\n\
            \"b@patch:b@npm%3A1.0.0#./b.patch\":\n  version: 1.0.0\n  resolution: \"b@patch:b@npm%3A1.0.0#./b.patch::version=1.0.0\"\n\n\
            \"c@https://github.com/owner/c.git#commit=0a\":\n  version: 1.0.0\n  resolution: \"c@https://github.com/owner/c.git#commit=0a\"\n\n\
            \"d@portal:../d::locator=app%40workspace%3A.\":\n  version: 0.0.0-use.local\n  resolution: \"d@portal:../d::locator=app%40workspace%3A.\"\n";
        assert_eq!(
            parsed(Format::Yarn, text),
            ["a 1.0.0 1 another registry", "b 1.0.0 5", "c 1.0.0 9 git", "d 0.0.0-use.local 13 a path"]
        );
    }

    #[test]
    fn lines_that_are_none_of_the_format() {
        let mistake = |text: &str| line_of_mistake(Format::Yarn, text);
        let good = "tin@^1:\n  version \"1.0.0\"\n  dependencies:\n    zinc \"^1\"\n\nzinc@^1:\n  version \"1.0.0\"\n";
        assert_eq!(mistake(good), None);
        assert_eq!(mistake("<!DOCTYPE html>\n<html>\n"), Some(1));
        assert_eq!(mistake(&format!("{good}\n\"lead@^1:\n")), Some(9));
        assert_eq!(mistake(&format!("{good}  version\n")), Some(8));
        assert_eq!(mistake("  tin@^1:\n  version \"1.0.0\"\n"), Some(1));
        assert_eq!(mistake(&format!("{good}   odd \"1\"\n")), Some(8));
        // Truncated within a line, after a line, and after an entry.
        assert_eq!(mistake(&good[..good.len() - 3]), Some(6));
        assert_eq!(mistake(&good[..good.rfind("  version").unwrap()]), Some(6));
        assert_eq!(mistake(&good[..good.find("\nzinc").unwrap()]), Some(4));
        assert_eq!(mistake("? \"tin@npm:1\"\n"), Some(1));
    }
}
