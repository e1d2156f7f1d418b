//! `go.mod`, `go.sum` and `vendor/modules.txt`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::reader::{Found, Line, Reader, starts_with_digit};
use super::{Ecosystem, Format, Origin};
use crate::model::Span;
use crate::parse::version::compare;

/// Directives of `go.mod`.
const VERBS: [&str; 10] =
    ["module", "go", "toolchain", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"];
/// Since this version of Go a `go.mod` lists every module of the build.
const LISTS_ALL: (u32, u32) = (1, 17);

/// A relevant line of `go.mod`.
struct Directive<'t> {
    verb: &'t str,
    words: Vec<Cow<'t, str>>,
    at: Span,
}

/// The replacement of a module.
struct Replacement {
    name: String,
    /// `None` for a directory.
    version: Option<String>,
    at: Span,
}

/// The modules of a `go.mod`.
pub(super) struct Module {
    /// True if it lists every module of the build, not only direct requirements.
    pub(super) lists_all: bool,
    /// The modules that it names, and their replacements.
    named: HashSet<String>,
}

impl Module {
    /// Parses a `go.mod`.
    pub(super) fn new(text: &str) -> Self {
        let mut reader = Reader::new(Format::GoMod, text);
        let lines = directives(&mut reader);
        let version = lines.iter().rfind(|line| line.verb == "go").and_then(|line| line.words.first());
        let mut numbers =
            version.map_or("", |version| &**version).split('.').map(|part| part.parse::<u32>().ok());
        // Without a version Go 1.16 is assumed.
        let version = numbers.next().flatten().zip(numbers.next().flatten());
        go_mod_of(&mut reader, &lines);
        let (packages, ..) = reader.finish();
        let mut named: HashSet<String> = packages.into_iter().map(|package| package.name).collect();
        let required = lines.into_iter().filter(|line| line.verb == "require");
        named.extend(required.filter_map(|line| Some(line.words.first()?.to_string())));
        Self { lists_all: version.is_some_and(|version| version >= LISTS_ALL), named }
    }
}

/// `require module v1.0.0`, alone or in parentheses; replacements; Go itself.
pub(super) fn go_mod(reader: &mut Reader<'_>) {
    let lines = directives(reader);
    if !lines.iter().any(|line| VERBS.contains(&line.verb)) && !reader.has_mistakes() {
        reader.mistake(0, "not what a go.mod holds; its packages were not checked");
    }
    go_mod_of(reader, &lines);
}

fn go_mod_of(reader: &mut Reader<'_>, lines: &[Directive<'_>]) {
    let mut replaced: HashMap<(&str, Option<&str>), Replacement> = HashMap::new();
    for line in lines.iter().filter(|line| line.verb == "replace") {
        let Some(arrow) = line.words.iter().position(|word| word == "=>") else { continue };
        let (old, new) = (&line.words[..arrow], &line.words[arrow + 1..]);
        let (Some(name), Some(other)) = (old.first(), new.first()) else { continue };
        let version = new.get(1).map(|version| version.to_string());
        let replacement = Replacement { name: other.to_string(), version, at: line.at };
        replaced.insert((name, old.get(1).map(|version| &**version)), replacement);
    }
    for line in lines.iter().filter(|line| line.verb == "require") {
        let [name, version] = line.words.as_slice() else { continue };
        let replacement = replaced.get(&(name, Some(version))).or_else(|| replaced.get(&(name, None)));
        match replacement {
            Some(Replacement { name: other, version: Some(version), at }) => {
                reader.add(&Found {
                    name: other,
                    version,
                    alias: Some(name),
                    origin: Origin::Public,
                    at: *at,
                });
            }
            Some(Replacement { at, .. }) => {
                reader.add(&Found { name, version, alias: None, origin: Origin::Path, at: *at });
            }
            None if is_version(version) => reader.published(name, version, line.at),
            // A branch, until Go replaces it with a version.
            None => reader.unpinned(name, line.at.start),
        }
    }
    // A bare language version, such as 1.21, does not determine the toolchain.
    let toolchain = lines.iter().find(|line| line.verb == "toolchain");
    let language = lines.iter().find(|line| line.verb == "go");
    let named = |line: &Directive<'_>| {
        let word = line.words.first()?;
        let version = word.strip_prefix("go").unwrap_or(word);
        let version = version.split(['-', ' ']).next()?.to_owned();
        let whole = version.matches('.').count() >= 2 || version.contains("rc") || version.contains("beta");
        (whole && starts_with_digit(&version)).then_some((version, line.at))
    };
    if let Some((version, at)) = toolchain.and_then(named).or_else(|| language.and_then(named)) {
        for name in ["stdlib", "toolchain"] {
            reader.published(name, &release(&version), at);
        }
    }
}

/// A Go version as advisories write it: `1.22rc1` is `1.22.0-rc.1`.
fn release(version: &str) -> String {
    let Some(at) = version.find(|c: char| c.is_ascii_alphabetic()) else { return version.to_owned() };
    let (numbers, rest) = version.split_at(at);
    let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
    let missing = if numbers.matches('.').count() < 2 { ".0" } else { "" };
    format!("{numbers}{missing}-{}.{}", &rest[..end], &rest[end..])
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(starts_with_digit)
}

/// The directives of a `go.mod`; other lines are reported.
fn directives<'t>(reader: &mut Reader<'t>) -> Vec<Directive<'t>> {
    let mut all = Vec::new();
    let mut block: Option<(&'t str, usize)> = None;
    for line in reader.lines() {
        let Some(mut words) = words(line.text) else {
            reader.foreign(&line);
            continue;
        };
        if words.is_empty() {
            continue;
        }
        let verb = match (&block, words.as_slice()) {
            (Some(_), [only]) if only == ")" => {
                block = None;
                continue;
            }
            (Some((verb, _)), _) => *verb,
            (None, [first, ..]) => {
                let verb = VERBS.into_iter().find(|verb| verb == first);
                let Some(verb) = verb else {
                    reader.foreign(&line);
                    continue;
                };
                words.remove(0);
                match words.as_slice() {
                    [only] if only == "(" => {
                        block = Some((verb, line.start));
                        continue;
                    }
                    [open, close] if open == "(" && close == ")" => continue,
                    _ => verb,
                }
            }
            (None, []) => continue,
        };
        if is_whole(verb, &words) {
            all.push(Directive { verb, words, at: line.span() });
        } else {
            reader.foreign(&line);
        }
    }
    if let Some((_, at)) = block {
        reader.mistake(at, "has a `(` without its `)`: the file may have been cut off");
    }
    all
}

/// True if a directive has enough words.
fn is_whole(verb: &str, words: &[Cow<'_, str>]) -> bool {
    if words.iter().any(|word| matches!(&**word, "(" | ")")) {
        return false;
    }
    match (verb, words) {
        ("require" | "exclude", [path, version]) => is_path(path) && is_path(version),
        ("require" | "exclude", _) => false,
        ("replace", words) => {
            let arrow = words.iter().position(|word| word == "=>");
            let sides = |arrow: usize| matches!(arrow, 1 | 2) && matches!(words.len() - arrow - 1, 1 | 2);
            arrow.is_some_and(sides) && words.first().is_some_and(|path| is_path(path))
        }
        ("module" | "go" | "toolchain", [_]) => true,
        ("module" | "go" | "toolchain", _) => false,
        (_, words) => !words.is_empty(),
    }
}

/// True for a possible module path or version.
fn is_path(word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '/' | '+' | '!' | '@');
    word.starts_with(|c: char| c.is_alphanumeric() || c == '_') && word.chars().all(part)
}

/// The words of a line without its comment; `None` if a quote is unclosed.
fn words(text: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && !rest.starts_with("//") {
        let first = rest.chars().next()?;
        let end = match first {
            '(' | ')' | '[' | ']' | ',' => 1,
            '"' | '`' => {
                let end = rest[1..].find(first)?;
                words.push(Cow::Borrowed(&rest[1..end + 1]));
                rest = rest[end + 2..].trim_start();
                continue;
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ','));
                let end = end.unwrap_or(rest.len());
                rest[..end].find("//").unwrap_or(end)
            }
        };
        words.push(Cow::Borrowed(&rest[..end]));
        rest = rest[end..].trim_start();
    }
    Some(words)
}

/// `module v1.0.0 h1:…`; a `/go.mod` line alone does not mean that the code is used.
pub(super) fn go_sum(reader: &mut Reader<'_>, module: Option<&Module>) {
    let mut highest: HashMap<&str, (&str, Span)> = HashMap::new();
    for line in reader.lines() {
        let mut parts = line.text.split_whitespace();
        let Some(name) = parts.next() else { continue };
        let rest = (parts.next(), parts.next(), parts.next());
        let (Some(version), Some(hash), None) = rest else {
            reader.foreign(&line);
            continue;
        };
        if !is_version(version) || !is_hash(hash, &line) {
            reader.foreign(&line);
            continue;
        }
        if version.ends_with("/go.mod") {
            continue;
        }
        match module {
            None => reader.published(name, version, line.span()),
            Some(module) if module.lists_all || module.named.contains(name) => {}
            Some(_) => {
                let known = highest.entry(name).or_insert((version, line.span()));
                if compare(Ecosystem::Go, version, known.0).is_some_and(std::cmp::Ordering::is_gt) {
                    *known = (version, line.span());
                }
            }
        }
    }
    let mut highest: Vec<_> = highest.into_iter().collect();
    highest.sort_by_key(|(_, (_, at))| *at);
    for (name, (version, at)) in highest {
        reader.published(name, version, at);
    }
}

/// `# module v1.0.0`, `# module v1.0.0 => other v1.0.1`, followed by the vendored packages.
pub(super) fn modules_txt(reader: &mut Reader<'_>) {
    for line in reader.lines() {
        let text = line.text.trim();
        // Go terminates every line: an unterminated one may be truncated.
        if !line.ended && !text.is_empty() {
            reader.foreign(&line);
            continue;
        }
        if text.is_empty() || text.starts_with("## ") {
            continue;
        }
        let Some(header) = text.strip_prefix("# ") else {
            if !is_path(text) || text.contains('@') {
                reader.foreign(&line);
            }
            continue;
        };
        let words: Vec<&str> = header.split_whitespace().collect();
        match words.as_slice() {
            [name, version] if is_version(version) => reader.published(name, version, line.span()),
            [name, "=>", other, version] | [name, _, "=>", other, version] if is_version(version) => {
                let (alias, origin) = (Some(*name), Origin::Public);
                reader.add(&Found { name: other, version, alias, origin, at: line.span() });
            }
            // Replaced by a directory.
            [_, "=>", _] | [_, _, "=>", _] => {}
            _ => reader.foreign(&line),
        }
    }
}

/// `h1:` and complete base64.
fn is_hash(hash: &str, line: &Line<'_>) -> bool {
    let kind = hash.split_once(':').is_some_and(|(kind, digest)| {
        kind.starts_with('h')
            && kind.len() > 1
            && kind[1..].bytes().all(|b| b.is_ascii_digit())
            && !digest.is_empty()
    });
    kind && (line.ended || hash.ends_with('='))
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};
    use crate::parse::lockfile::{Format, parse_go_sum};

    #[test]
    fn modules_that_are_required() {
        let text = "module app\n\ngo 1.22\n\nrequire example.org/tin v1.0.0\nrequire(\n\t\"example.org/lead\" v2.0.0+incompatible // indirect\n\texample.org/zinc v0.0.0-20200101000000-abcdef012345// indirect\n\texample.org/branch main\n)\nexclude example.org/tin v0.9.0\nretract [v1.0.0, v1.1.0] // why\ntool example.org/tin/cmd\n";
        assert_eq!(
            parsed(Format::GoMod, text),
            [
                "example.org/tin 1.0.0 5",
                "example.org/lead 2.0.0+incompatible 7",
                "example.org/zinc 0.0.0-20200101000000-abcdef012345 8"
            ]
        );
    }

    #[test]
    fn what_is_replaced_is_not_what_is_built() {
        let text = "module app\nrequire (\n\texample.org/a v1.0.0\n\texample.org/b v1.0.0\n\texample.org/c v1.0.0\n\texample.org/d v1.0.0\n)\nreplace example.org/a => example.org/fork v1.5.0\nreplace (\n\texample.org/b => ../b\n\texample.org/c v1.0.0 => example.org/c v1.0.1\n\texample.org/d v0.9.0 => example.org/d v0.9.1\n)\n";
        assert_eq!(
            parsed(Format::GoMod, text),
            [
                "example.org/d 1.0.0 6",
                "example.org/fork 1.5.0 8",
                "example.org/b 1.0.0 10 a path",
                "example.org/c 1.0.1 11"
            ]
        );
    }

    #[test]
    fn go_itself() {
        let parsed = |lines: &str| parsed(Format::GoMod, &format!("module app\n{lines}"));
        assert_eq!(parsed("go 1.21.3\n"), ["stdlib 1.21.3 2", "toolchain 1.21.3 2"]);
        assert_eq!(
            parsed("go 1.21.3\ntoolchain go1.22.1-custom\n"),
            ["stdlib 1.22.1 3", "toolchain 1.22.1 3"]
        );
        assert_eq!(parsed("go 1.23rc1\n"), ["stdlib 1.23.0-rc.1 2", "toolchain 1.23.0-rc.1 2"]);
        // Any later Go may build it.
        assert_eq!(parsed("go 1.21\n"), [""; 0]);
        assert_eq!(parsed("go 1.21\ntoolchain default\n"), [""; 0]);
    }

    #[test]
    fn modules_that_are_copied() {
        let text = "# example.org/tin v1.0.0\n## explicit; go 1.17\nexample.org/tin\nexample.org/tin/sub\n# example.org/zinc v1.0.0 => example.org/fork v1.0.1\nexample.org/zinc\n# example.org/a => ../a\n";
        assert_eq!(parsed(Format::GoVendor, text), ["example.org/tin 1.0.0 1", "example.org/fork 1.0.1 5"]);
        assert_eq!(line_of_mistake(Format::GoVendor, &format!("{text}<html>\n")), Some(8));
        assert_eq!(line_of_mistake(Format::GoVendor, "# example.org/tin\n"), Some(1));
    }

    #[test]
    fn sums_alone_and_beside_a_module() {
        let sum = "example.org/tin v1.0.0 h1:x=\nexample.org/tin v1.0.0/go.mod h1:x=\nexample.org/tin v1.2.0 h1:x=\nexample.org/zinc v1.0.0 h1:x=\nexample.org/lead v1.0.0/go.mod h1:x=\n";
        assert_eq!(
            parsed(Format::GoSum, sum),
            ["example.org/tin 1.0.0 1", "example.org/tin 1.2.0 3", "example.org/zinc 1.0.0 4"]
        );
        let beside = |module: &str| -> Vec<String> {
            let lock = parse_go_sum(sum.as_bytes(), module.as_bytes());
            assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
            lock.packages.iter().map(|p| format!("{} {}", p.name, p.version)).collect()
        };
        assert_eq!(beside("module app\ngo 1.17\nrequire example.org/zinc v1.0.0\n"), [""; 0]);
        assert_eq!(
            beside("module app\ngo 1.16\nrequire example.org/zinc v1.0.0\n"),
            ["example.org/tin 1.2.0"]
        );
        let replaced =
            "module app\nrequire example.org/x v1.0.0\nreplace example.org/x => example.org/tin v1.0.0\n";
        assert_eq!(beside(replaced), ["example.org/zinc 1.0.0"]);
        assert!(parse_go_sum(b"", b"module app\n").mistakes.is_empty());
        assert!(!parse_go_sum(b"<html>\n", b"module app\ngo 1.22\n").mistakes.is_empty());
    }

    #[test]
    fn lines_that_are_none_of_the_format() {
        let mistake = |text: &str| line_of_mistake(Format::GoMod, text);
        assert_eq!(mistake("<!DOCTYPE html>\n<html>\n"), Some(1));
        for wrong in
            ["requires a v1.0.0", "require a", "require a v1.0.0 b", "replace a => ", "{", "require \"a v1"]
        {
            assert_eq!(mistake(&format!("module app\n{wrong}\n")), Some(2), "{wrong}");
        }
        assert_eq!(mistake("module app\nrequire (\n\ta v1.0.0\n"), Some(2));
        assert_eq!(mistake("// nothing\n"), Some(1));
        let mistake = |text: &str| line_of_mistake(Format::GoSum, text);
        assert_eq!(mistake("a v1.0.0 h1:AAAA=\nb v1.0.0 h1:AA"), Some(2));
        assert_eq!(mistake("a v1.0.0 h1:AAAA=\nb v1.0.0\n"), Some(2));
        assert_eq!(mistake("{\"a\": 1}\n"), Some(1));
    }
}
