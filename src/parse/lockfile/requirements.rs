//! pip's requirements and constraints: pinned versions, and unpinned requirements.

use std::borrow::Cow;

use super::reader::{Found, Line, Reader, starts_with_digit};
use super::{Ecosystem, Format, Origin, Recognised};
use crate::model::Span;

/// pip's short options in such files.
const SHORT: [char; 6] = ['r', 'c', 'e', 'i', 'f', 'Z'];
/// Extensions of installable archives.
const ARCHIVES: [&str; 6] = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"];

/// A line with its continuation lines.
struct Logical<'t> {
    text: Cow<'t, str>,
    first: Line<'t>,
    /// False if it is unterminated.
    ended: bool,
}

pub(super) fn read(reader: &mut Reader<'_>) {
    let all = logical(reader);
    // The name may belong to a prose document.
    if reader.format == Format::MaybeRequirements && is_prose(&all) {
        return;
    }
    // The index applies to all lines, wherever it is set.
    let index = all.iter().rev().find_map(|line| index(&line.text)).unwrap_or_default();
    for line in &all {
        if !requirement(reader, line, index) {
            reader.foreign(&Line { ended: line.ended, ..line.first });
        }
    }
}

/// True for a line that starts a requirement: not a comment, an option or a hash of the previous one.
pub(super) fn begins(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/'))
        || line.starts_with("-e")
        || line.starts_with("--editable")
}

/// The logical lines without comments.
fn logical<'t>(reader: &mut Reader<'t>) -> Vec<Logical<'t>> {
    let mut all = Vec::new();
    let mut open: Option<Logical<'t>> = None;
    for line in reader.lines() {
        let comment = line.text.trim_start().starts_with('#');
        let continued = line.text.strip_suffix('\\').filter(|_| !comment);
        let text = if comment { "" } else { continued.unwrap_or(line.text) };
        let logical = match open.take() {
            None => Logical { text: Cow::Borrowed(text), first: line, ended: line.ended },
            Some(mut logical) => {
                logical.text.to_mut().push(' ');
                logical.text.to_mut().push_str(text);
                logical.ended = line.ended;
                logical
            }
        };
        match continued {
            Some(_) => open = Some(logical),
            None => all.push(logical),
        }
    }
    if let Some(logical) = open {
        reader.mistake(
            logical.first.start,
            "ends with a line that is continued: the file may have been cut off",
        );
        all.push(logical);
    }
    for logical in &mut all {
        let text = without_comment(&logical.text).trim();
        logical.text = match &logical.text {
            Cow::Borrowed(whole) => {
                let start = text.as_ptr() as usize - whole.as_ptr() as usize;
                Cow::Borrowed(&whole[start..start + text.len()])
            }
            Cow::Owned(_) => Cow::Owned(text.to_owned()),
        };
    }
    all.retain(|logical| !logical.text.is_empty());
    all
}

/// A comment starts at the beginning, or after a blank.
fn without_comment(text: &str) -> &str {
    let comment = text.match_indices('#').map(|(at, _)| at);
    let mut comment = comment.filter(|at| text[..*at].ends_with([' ', '\t']) || *at == 0);
    comment.next().map_or(text, |at| &text[..at])
}

/// True if no line is a requirement, and the file looks like prose.
fn is_prose(all: &[Logical<'_>]) -> bool {
    let machine = all.first().is_some_and(|line| line.text.starts_with(['<', '{', '[']));
    !machine
        && !all
            .iter()
            .any(|line| parse(&line.text).is_some_and(|parsed| !matches!(parsed, Parsed::Unpinned(_))))
        && all.iter().any(|line| parse(&line.text).is_none())
}

/// A parsed line.
#[derive(Debug, PartialEq, Eq)]
enum Parsed<'l> {
    Pinned {
        name: &'l str,
        version: &'l str,
    },
    /// From a URL or a path, possibly with a version in its name.
    From {
        name: &'l str,
        version: &'l str,
        reference: &'l str,
    },
    Unpinned(&'l str),
    /// Another requirements file.
    Include(&'l str),
    Option,
}

/// Adds a line; false if it is malformed.
fn requirement(reader: &mut Reader<'_>, line: &Logical<'_>, index: &str) -> bool {
    let at = line.first.span();
    let at = Span::new(at.start, at.end.max(at.start));
    match parse(&line.text) {
        None => return false,
        Some(Parsed::Option) => {}
        Some(Parsed::Include(path)) => {
            // Lock files are parsed separately.
            if Recognised::of(path.as_bytes()).is_none() {
                reader.included(path, at.start);
            }
        }
        Some(Parsed::Unpinned(name)) => reader.unpinned(name, at.start),
        Some(Parsed::Pinned { name, version }) => {
            let origin = Origin::of_registry(Ecosystem::PyPi, index);
            reader.add(&Found { name, version, alias: None, origin, at });
        }
        Some(Parsed::From { name, version, reference }) => {
            let origin = match Origin::of(Ecosystem::PyPi, reference) {
                Origin::Registry => Origin::Url,
                Origin::Public if !reference.contains("://") => Origin::Path,
                origin => origin,
            };
            match (starts_with_digit(version), name) {
                (true, _) => reader.add(&Found { name, version, alias: None, origin, at }),
                // A part of the project itself is not a package.
                (false, "") if origin == Origin::Path => {}
                (false, "") => reader.unpinned("a URL without a name", at.start),
                (false, name) => reader.unpinned(name, at.start),
            }
        }
    }
    line.ended || !has_cut_hash(&line.text)
}

/// True if the last hash of the line is too short for its algorithm.
fn has_cut_hash(text: &str) -> bool {
    let Some((_, hash)) = text.rsplit_once("--hash") else { return false };
    let hash = hash.trim_start_matches(['=', ' ']);
    let Some((algorithm, digits)) = hash.split_once(':') else { return true };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return true,
    };
    digits.trim().len() != length
}

/// The index that the line sets in place of the public one.
fn index(text: &str) -> Option<&str> {
    let value = ["--index-url", "--default-index", "--pypi-url", "-i"].iter().find_map(|option| {
        let rest = text.strip_prefix(option)?;
        rest.starts_with(['=', ' ', '\t']).then(|| rest[1..].trim())
    })?;
    Some(value)
}

fn parse(text: &str) -> Option<Parsed<'_>> {
    if text.starts_with('-') {
        return option(text);
    }
    // Options of the requirement, and the marker.
    let text =
        [" --", "\t--", " -C"].iter().filter_map(|mark| text.find(mark)).min().map_or(text, |at| &text[..at]);
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .unwrap_or(text.len());
    let (name, mut rest) = (&text[..end], text[end..].trim_start());
    let named = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !named || rest.starts_with([':', '/', '\\', '+']) || is_archive(name) {
        return reference(text);
    }
    if let Some(extras) = rest.strip_prefix('[') {
        let (inside, behind) = extras.split_once(']')?;
        let extra = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ',' | ' ');
        if !inside.chars().all(extra) {
            return None;
        }
        rest = behind.trim_start();
    }
    if let Some(url) = rest.strip_prefix('@') {
        let url = url.trim_start();
        // In a URL only a blank ends it.
        let url = url.split([' ', '\t']).next().unwrap_or(url);
        let version = in_name(url).map_or("", |(_, version)| version);
        return (!url.is_empty()).then_some(Parsed::From { name, version, reference: url });
    }
    let specifiers = rest.split(';').next().unwrap_or(rest).trim();
    let specifiers = match specifiers.strip_prefix('(') {
        Some(inside) => inside.strip_suffix(')')?.trim(),
        None => specifiers,
    };
    if specifiers.is_empty() {
        return Some(Parsed::Unpinned(name));
    }
    let mut pinned = None;
    for specifier in specifiers.strip_suffix(',').unwrap_or(specifiers).split(',') {
        let (operator, version) = specifier_of(specifier.trim())?;
        if matches!(operator, "==" | "===") && !version.contains(['*', '$']) {
            pinned.get_or_insert(version);
        }
    }
    Some(match pinned {
        Some(version) => Parsed::Pinned { name, version },
        None => Parsed::Unpinned(name),
    })
}

/// `>= 1.0` as operator and version.
fn specifier_of(text: &str) -> Option<(&str, &str)> {
    let operator =
        ["===", "==", "~=", "!=", "<=", ">=", "<", ">"].iter().find(|one| text.starts_with(**one))?;
    let version = text[operator.len()..].trim();
    // Parts of it may be environment variables: `${NAME}`.
    let part = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '*' | '+' | '!' | '_' | '-' | '$' | '{' | '}')
    };
    let fits = !version.is_empty() && version.chars().all(part) && !version.starts_with(['.', '-', '+', '{']);
    fits.then_some((*operator, version))
}

/// A line that starts with a dash.
fn option(text: &str) -> Option<Parsed<'_>> {
    let (name, value) = match text.strip_prefix("--") {
        Some(long) => {
            let end = long.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(long.len());
            let (name, value) = long.split_at(end);
            let letter = name.starts_with(|c: char| c.is_ascii_lowercase());
            (letter && (value.is_empty() || value.starts_with(['=', ' ', '\t']))).then_some((name, value))?
        }
        None => {
            let name = text.get(1..2).filter(|name| name.starts_with(SHORT))?;
            (name, &text[2..])
        }
    };
    let value = value.trim_start_matches('=').trim();
    match name {
        "r" | "requirement" | "c" | "constraint" if value.is_empty() => None,
        "r" | "requirement" | "c" | "constraint" => Some(Parsed::Include(value)),
        "e" | "editable" if value.is_empty() => None,
        "e" | "editable" => parse(value).filter(|_| !value.starts_with('-')),
        _ => Some(Parsed::Option),
    }
}

/// A URL or a path without a name.
fn reference(text: &str) -> Option<Parsed<'_>> {
    let reference = text.split(" ;").next().unwrap_or(text).trim();
    let egg = reference.split_once("egg=").map(|(_, egg)| egg.split(['&', '[', '#']).next().unwrap_or(egg));
    let scheme = reference.split_once("://").is_some_and(|(scheme, rest)| {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '+';
        !rest.is_empty() && scheme.chars().all(part) && !scheme.is_empty()
    });
    let local =
        reference.starts_with(['.', '/', '~']) || is_archive(reference) || reference.starts_with("file:");
    let whole = !reference.contains(['<', '>', '"', '\'', '`', '|']) && !reference.contains("${{");
    if !whole || reference.contains(' ') || !(scheme || local) {
        return None;
    }
    let (name, version) = in_name(reference).unwrap_or(("", ""));
    let name = egg.unwrap_or(name);
    Some(Parsed::From { name, version, reference })
}

fn is_archive(text: &str) -> bool {
    ARCHIVES.iter().any(|ending| text.ends_with(ending))
}

/// Name and version of an archive: `tin-1.0-py3-none-any.whl`, `tin-1.0.tar.gz`.
fn in_name(reference: &str) -> Option<(&str, &str)> {
    let path = reference.split(['#', '?']).next()?;
    let file = path.rsplit('/').next()?;
    if let Some(wheel) = file.strip_suffix(".whl") {
        let mut parts = wheel.split('-');
        return Some((parts.next()?, parts.next()?));
    }
    let ending = ARCHIVES.iter().find(|ending| file.ends_with(**ending))?;
    file[..file.len() - ending.len()].rsplit_once('-').filter(|(_, version)| starts_with_digit(version))
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};
    use crate::parse::lockfile::{Format, parse};

    fn unpinned(text: &str) -> Vec<String> {
        let lock = parse(Format::Requirements, text.as_bytes());
        lock.unpinned.iter().map(|one| format!("{} {}", one.name, one.line)).collect()
    }

    #[test]
    fn lines_that_pip_takes() {
        let text = "# comment\ntin==1.0\nZinc[extra, more] == 2.0 ; python_version < '3' # why\nlead>=1\niron==1.*\ngold===3.0 \\\n    --hash=sha256:00 \\\n    # between\n    --hash=sha256:11\n-r requirements/base.txt\n-c other.in\nsilver (==4.0, !=4.1)\ncopper~=5.0 ; extra == 'a#b'\nnickel\ncobalt==1.0+local.1,<2\n--extra-index-url https://user:word@pypi.example.org/simple\n--no-binary :all:\n-e .\n-e git+https://example.org/barium.git@main#egg=barium\nmercury==${VERSION}\nargon==1!2.0rc1\n";
        assert_eq!(
            parsed(Format::Requirements, text),
            [
                "tin 1.0 2",
                "Zinc 2.0 3",
                "gold 3.0 6",
                "silver 4.0 12",
                "cobalt 1.0+local.1 15",
                "argon 1!2.0rc1 21"
            ]
        );
        assert_eq!(
            unpinned(text),
            ["lead 4", "iron 5", "other.in 11", "copper 13", "nickel 14", "barium 19", "mercury 20"]
        );
        assert_eq!(parsed(Format::Requirements, ""), [""; 0]);
        assert_eq!(parsed(Format::Requirements, "# nothing\n"), [""; 0]);
        assert_eq!(parsed(Format::Requirements, "tin==1.0"), ["tin 1.0 1"]);
    }

    #[test]
    fn addresses_and_paths() {
        let text = "tin @ https://files.pythonhosted.org/packages/tin-1.0-py3-none-any.whl\nzinc@https://example.org/zinc-2.0.tar.gz#sha256=00\nlead @ git+ssh://git@example.org/lead.git@v3\n./local\n../wheels/gold-4.0-py3-none-any.whl\nhttps://example.org/iron-5.0.zip\nfile:///srv/wheels/argon-6.0.tar.gz\n";
        assert_eq!(
            parsed(Format::Requirements, text),
            ["tin 1.0 1", "zinc 2.0 2 a URL", "gold 4.0 5 a path", "iron 5.0 6 a URL", "argon 6.0 7 a path"]
        );
        assert_eq!(unpinned(text), ["lead 3"]);
    }

    #[test]
    fn another_index_is_another_registry() {
        for index in [
            "--index-url https://pypi.example.org/simple",
            "-i https://pypi.example.org/simple",
            "--index-url=https://pypi.example.org/simple",
        ] {
            let text = format!("tin==1.0\n{index}\n");
            assert_eq!(parsed(Format::Requirements, &text), ["tin 1.0 1 another registry"]);
        }
        let text = "--index-url https://pypi.org/simple\n--extra-index-url https://pypi.example.org/simple\ntin==1.0\n";
        assert_eq!(parsed(Format::Requirements, text), ["tin 1.0 3"]);
    }

    #[test]
    fn lines_that_pip_does_not_take() {
        let mistake = |text: &str| line_of_mistake(Format::Requirements, text);
        for wrong in [
            "<!DOCTYPE html>",
            "404: Not Found",
            "{\"tin\": 1}",
            "tin=1.0",
            "tin==",
            "tin=>1.0",
            "tin==1.0 zinc==2.0",
            "tin 1.0",
            "- tin==1.0",
            "-----BEGIN",
            "tin[extra==1.0",
            "tin @",
            "tin (==1.0",
            "{% if a %}",
            "tin==1.0,,<2",
            "=======",
            "name: app",
            "tin>=1.0 <2",
            "-r",
        ] {
            assert_eq!(mistake(&format!("zinc==1.0\n{wrong}\n")), Some(2), "{wrong}");
        }
        assert_eq!(mistake("tin==1.0 \\\n"), Some(1));
        let hash = "0a".repeat(32);
        assert_eq!(mistake(&format!("tin==1.0 --hash=sha256:{hash}")), None);
        assert_eq!(mistake(&format!("tin==1.0 --hash=sha256:{}", &hash[1..])), Some(1));
    }

    #[test]
    fn prose_with_such_a_name_is_not_a_mistake() {
        let prose = "The system shall be made of tin.\n\n- It shall not rust.\n";
        assert_eq!(line_of_mistake(Format::MaybeRequirements, prose), None);
        assert_eq!(line_of_mistake(Format::Requirements, prose), Some(1));
        assert_eq!(line_of_mistake(Format::MaybeRequirements, &format!("tin==1.0\n{prose}")), Some(2));
        assert_eq!(line_of_mistake(Format::MaybeRequirements, "<!DOCTYPE html>\n"), Some(1));
        assert_eq!(parsed(Format::MaybeRequirements, "tin==1.0\nzinc\n"), ["tin 1.0 1"]);
    }
}
