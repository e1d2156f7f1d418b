//! Suppression comments of other tools, mapped to the checks that report the same:
//! `# zizmor: ignore[unpinned-uses]`. Such a mark never silences a secret.

use std::ops::{Range, RangeInclusive};

use crate::scan::suppress::Mark;
use crate::scan::suppress::marks::{line_ends, places};

/// Marks of one file that are read; each may be for many lines.
const MARKS_MAX: usize = 200;
/// Lines on either side of a mark that it may be for.
const LINES_MAX: usize = 1000;
/// Bytes of a list of ids.
const IDS_MAX: usize = 500;

/// A tool whose marks are read.
struct Tool {
    /// What its marks start with, behind `#` and a blank.
    mark: &'static str,
    /// What they are called in reports.
    name: &'static str,
    /// What ends the list of ids, which commas part.
    end: u8,
    /// Its ids, with the checks that see the same.
    checks: &'static [(&'static str, &'static [&'static str])],
    /// Which lines a mark is for.
    reach: fn(text: &[u8], at: usize, line: u32) -> RangeInclusive<u32>,
}

const TOOLS: [Tool; 1] =
    [Tool { mark: "zizmor: ignore[", name: "zizmor: ignore", end: b']', checks: &ZIZMOR, reach: step }];

/// What marks start with; the engine looks for these.
pub(in crate::scan) const MARKS: [&str; TOOLS.len()] = [TOOLS[0].mark];

/// The audits of zizmor.
const ZIZMOR: [(&str, &[&str]); 29] = [
    ("adhoc-packages", &["unlocked-install"]),
    ("archived-uses", &["archived-action"]),
    ("artipacked", &["persisted-credentials"]),
    ("bot-conditions", &["spoofable-actor-check"]),
    ("cache-poisoning", &["release-from-cache"]),
    ("dangerous-triggers", &["privileged-trigger"]),
    ("dependabot-cooldown", &["short-cooldown"]),
    ("dependabot-execution", &["dependabot-runs-code"]),
    ("excessive-permissions", &["missing-token-permissions", "broad-token-permissions"]),
    ("forbidden-uses", &["forbidden-action"]),
    ("github-app", &["broad-app-token"]),
    ("github-env", &["untrusted-environment-file"]),
    ("hardcoded-container-credentials", &["hardcoded-container-password"]),
    ("insecure-commands", &["insecure-commands-allowed"]),
    ("insecure-url-scheme", &["plain-http-hook"]),
    ("known-vulnerable-actions", &["compromised-action"]),
    ("obfuscation", &["obfuscated-workflow"]),
    ("overprovisioned-secrets", &["all-secrets-exposed"]),
    ("secrets-inherit", &["inherited-secrets"]),
    ("self-hosted-runner", &["self-hosted-runner-on-pull-request"]),
    ("template-injection", &["untrusted-input-in-script"]),
    ("typosquat-uses", &["lookalike-action"]),
    ("unpinned-images", &["unpinned-container-image"]),
    ("unpinned-tools", &["unpinned-tool"]),
    ("unpinned-uses", &["unpinned-action"]),
    ("unredacted-secrets", &["unmasked-secret"]),
    ("unsound-condition", &["always-true-condition"]),
    ("unsound-contains", &["substring-condition"]),
    ("use-trusted-publishing", &["long-lived-publish-token"]),
];

/// The marks of other tools that start `within` a part of `text`, as far as a check sees what they name.
pub(super) fn marks(text: &[u8], within: Range<usize>) -> Vec<Mark> {
    let mut marks = Vec::new();
    for tool in &TOOLS {
        let (mut line, mut counted) = (1, 0);
        for at in places(text, within.clone(), tool.mark.as_bytes()).take(MARKS_MAX) {
            line += line_ends(&text[counted..at]);
            counted = at;
            let before = &text[start_of(text, at)..at];
            if !before.trim_ascii_end().ends_with(b"#") {
                continue;
            }
            let behind = &text[at + tool.mark.len()..];
            let behind = &behind[..behind.len().min(IDS_MAX)];
            let Some(end) = behind.iter().position(|byte| *byte == tool.end || *byte == b'\n') else {
                continue;
            };
            let ids = String::from_utf8_lossy(&behind[..end]);
            let named =
                ids.split(',').filter_map(|id| tool.checks.iter().find(|(known, _)| *known == id.trim()));
            let checks: Vec<String> =
                named.flat_map(|(_, checks)| *checks).map(|id| (*id).to_owned()).collect();
            if !checks.is_empty() {
                let reach = Some((tool.reach)(text, at, line));
                marks.push(Mark { line, checks, reason: String::new(), foreign: Some(tool.name), reach });
            }
        }
    }
    marks
}

/// Where the line starts that `at` is on.
fn start_of(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// A line of YAML.
struct Line<'a> {
    indent: usize,
    /// Without what it is indented by.
    rest: &'a [u8],
}

impl<'a> Line<'a> {
    fn new(line: &'a [u8]) -> Self {
        let rest = line.trim_ascii_start();
        Self { indent: line.len() - rest.len(), rest: rest.trim_ascii_end() }
    }

    /// True if nothing is said on it.
    fn is_void(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(b"#")
    }

    fn is_item(&self) -> bool {
        self.rest == b"-" || self.rest.starts_with(b"- ")
    }
}

/// Lines that a mark at `at`, in `line`, is for, as zizmor has it: its own, and all of the step or entry that it
/// stands in; of a mark on a line of its own the next line, and of one behind `on:` what is below it.
fn step(text: &[u8], at: usize, line: u32) -> RangeInclusive<u32> {
    let start = start_of(text, at);
    let below = || {
        let mut from = start;
        std::iter::from_fn(move || {
            let rest = text.get(from..).filter(|rest| !rest.is_empty())?;
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            from += length;
            Some(Line::new(&rest[..length]))
        })
        .take(LINES_MAX)
    };
    let Some(own) = below().next() else { return line..=line };
    let last = |indent: usize, from: u32| {
        // A line at the same depth or above ends what is below; empty ones before it do not count.
        let (mut last, mut number) = (line.max(from), line);
        for next in below().skip(1) {
            number += 1;
            match next {
                next if next.is_void() => {}
                next if next.indent <= indent => break,
                _ => last = number,
            }
        }
        last
    };
    let next = below().skip(1).position(|next| !next.is_void()).map_or(line, |lines| line + 1 + lines as u32);
    let nearest = if own.is_void() { next } else { line };
    if let Some((first, indent)) = item(text, start, line, &own) {
        return first..=last(indent, nearest);
    }
    let is_trigger =
        [&b"on:"[..], b"\"on\":", b"'on':", b"permissions:"].iter().any(|key| own.rest.starts_with(key));
    line..=if is_trigger { last(own.indent, nearest) } else { nearest }
}

/// The line at which the step, or entry of Dependabot or pre-commit, starts that the line at `start` belongs to, and
/// by how much it is indented.
fn item(text: &[u8], start: usize, line: u32, own: &Line<'_>) -> Option<(u32, usize)> {
    const LISTS: [&[u8]; 3] = [b"steps:", b"updates:", b"repos:"];
    let mut found = own.is_item().then_some((line, own.indent));
    let (mut depth, mut number, mut end) = (own.indent, line, start);
    for _ in 0..LINES_MAX {
        let stop = end.checked_sub(1)?;
        let from = start_of(text, stop);
        let above = Line::new(&text[from..stop]);
        (end, number) = (from, number - 1);
        if above.is_void() {
            continue;
        }
        match found {
            Some((_, indent)) if above.indent > indent => {}
            Some(item) if !above.is_item() => {
                if LISTS.iter().any(|list| above.rest.starts_with(list)) {
                    return Some(item);
                }
                (found, depth) = (None, above.indent);
            }
            Some((_, indent)) if above.indent < indent => found = Some((number, above.indent)),
            Some(_) => {}
            None if above.indent < depth => {
                depth = above.indent;
                found = above.is_item().then_some((number, above.indent));
            }
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Family;
    use crate::scan::registry;

    /// The lines that each mark in `text` is for, and the checks; written out, marks would be marks of this very file.
    fn read(text: &str) -> Vec<(RangeInclusive<u32>, String)> {
        let text = text.replace("MARK", TOOLS[0].mark);
        let marks = marks(text.as_bytes(), 0..text.len());
        marks.into_iter().map(|mark| (mark.reach.expect("it has one"), mark.checks.join(" "))).collect()
    }

    #[test]
    fn a_mark_is_for_the_step_that_it_stands_in() {
        let text = "\
jobs:
  a:
    uses: x/y/z.yml@v1 # MARKunpinned-uses]
    steps:
      - uses: a/b@v1

      - name: c
        env:
          A: b
        # MARKartipacked, template-injection] since
        run: |
          - one
          two

      # MARKunpinned-uses]
      - uses: a/b@v2
        with:
          list:
            - d # MARKunpinned-uses]
    env: {}
";
        let pinned = || "unpinned-action".to_owned();
        assert_eq!(
            read(text),
            [
                (3..=3, pinned()),
                (7..=13, "persisted-credentials untrusted-input-in-script".to_owned()),
                (15..=16, pinned()),
                (16..=19, pinned()),
            ]
        );
    }

    #[test]
    fn a_mark_behind_a_key_is_for_what_is_below() {
        let text = "on: # MARKdangerous-triggers]\r\n  pull_request_target:\r\n  push:\r\n\r\njobs:\r\n";
        assert_eq!(read(text), [(1..=3, "privileged-trigger".to_owned())]);
        let compact = "updates:\n- package-ecosystem: npm\n  directory: / # MARKdependabot-cooldown]\n- package-ecosystem: pip\n";
        assert_eq!(read(compact), [(2..=3, "short-cooldown".to_owned())]);
    }

    #[test]
    fn what_is_no_mark_is_none() {
        for text in
            ["MARKunpinned-uses]", "# MARKunpinned-uses", "# MARKno-such-audit]", "# a MARKunpinned-uses]"]
        {
            assert_eq!(read(text), [], "{text}");
        }
        assert_eq!(read(&"# MARKunpinned-uses]\n".repeat(1000)).len(), MARKS_MAX);
    }

    #[test]
    fn no_mark_is_for_a_secret() {
        let all = registry::all();
        let mut known = 0;
        for id in TOOLS.iter().flat_map(|tool| tool.checks).flat_map(|(_, checks)| *checks) {
            if let Some(check) = all.iter().find(|check| check.meta.id == *id) {
                assert_ne!(check.meta.family, Family::Secret, "{id}");
                known += 1;
            }
        }
        assert!(known > 3);
    }
}
