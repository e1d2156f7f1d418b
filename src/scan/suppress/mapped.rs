//! Suppression comments of other tools, mapped to equivalent checks:
//! `# zizmor: ignore[unpinned-uses]`. They never suppress a secret.

use std::ops::{Range, RangeInclusive};

use crate::scan::suppress::Mark;
use crate::scan::suppress::marks::{line_ends, places};

/// Most marks read per file; each may cover many lines.
const MARKS_MAX: usize = 200;
/// Lines on either side of a mark that it may cover.
const LINES_MAX: usize = 1000;
/// Bytes of a document on either side of a mark.
const DOCUMENT_MAX: usize = 256 << 10;
/// Longest list of ids in bytes.
const IDS_MAX: usize = 500;

/// A kind of mark of a tool.
struct Tool {
    /// The prefix of its marks.
    mark: &'static str,
    /// Its name in reports.
    name: &'static str,
    /// Parses the comma-separated ids of a mark from the text before and after it on its line.
    ids: for<'t> fn(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]>,
    /// Its ids, with the equivalent checks.
    checks: &'static [(&'static str, &'static [&'static str])],
    /// The lines that a mark covers.
    reach: fn(text: &[u8], at: usize, line: u32) -> RangeInclusive<u32>,
}

const TOOLS: [Tool; 5] = [
    Tool { mark: "zizmor: ignore[", name: "zizmor: ignore", ids: in_brackets, checks: &ZIZMOR, reach: step },
    Tool {
        mark: "checkov:skip=",
        name: "checkov:skip",
        ids: before_colon,
        checks: &CHECKOV,
        reach: document,
    },
    Tool {
        mark: "checkov.io/skip",
        name: "checkov.io/skip",
        ids: in_annotation,
        checks: &CHECKOV,
        reach: document,
    },
    Tool {
        mark: "hadolint ignore=",
        name: "hadolint ignore",
        ids: to_line_end,
        checks: &HADOLINT,
        reach: instruction,
    },
    Tool {
        mark: "hadolint global ignore=",
        name: "hadolint global ignore",
        ids: to_line_end,
        checks: &HADOLINT,
        reach: whole,
    },
];

/// Prefixes of marks, which the engine searches for.
pub(in crate::scan) const MARKS: [&str; TOOLS.len()] =
    [TOOLS[0].mark, TOOLS[1].mark, TOOLS[2].mark, TOOLS[3].mark, TOOLS[4].mark];

/// `# mark[id, id]`
fn in_brackets<'t>(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let end = behind.iter().position(|byte| matches!(byte, b']' | b'\n'))?;
    is_comment(before).then_some(&behind[..end])
}

/// `# mark=id: reason`
fn before_colon<'t>(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let end = behind.iter().position(|byte| *byte == b':' || byte.is_ascii_whitespace());
    is_comment(before).then_some(&behind[..end.unwrap_or(behind.len())])
}

/// `mark1: id=reason`, quoted or not.
fn in_annotation<'t>(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let is_key = before.trim_ascii().iter().all(|byte| matches!(byte, b'"' | b'\'' | b'{' | b','));
    let rest = &behind[behind.iter().take_while(|byte| byte.is_ascii_digit()).count()..];
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    let rest = &rest[rest.iter().take_while(|byte| matches!(byte, b'"' | b'\'')).count()..];
    let end = rest.iter().position(|byte| matches!(byte, b'=' | b'"' | b'\'') || byte.is_ascii_whitespace());
    is_key.then_some(&rest[..end.unwrap_or(rest.len())])
}

/// `# mark=id,id # more`
fn to_line_end<'t>(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let end = behind.iter().position(|byte| matches!(byte, b'#' | b'\n')).unwrap_or(behind.len());
    is_comment(before).then_some(&behind[..end])
}

fn is_comment(before: &[u8]) -> bool {
    before.trim_ascii_end().ends_with(b"#")
}

/// The rules of hadolint.
const HADOLINT: [(&str, &[&str]); 5] = [
    ("DL3002", &["container-runs-as-root"]),
    ("DL3004", &["sudo"]),
    ("DL3006", &["image-by-mutable-tag"]),
    ("DL3007", &["image-by-mutable-tag"]),
    ("DL3064", &["secret-in-image"]),
];

/// The checks of checkov.
const CHECKOV: [(&str, &[&str]); 40] = [
    ("CKV_DOCKER_1", &["ssh-port"]),
    ("CKV_DOCKER_3", &["container-runs-as-root"]),
    ("CKV_DOCKER_7", &["image-by-mutable-tag"]),
    ("CKV_DOCKER_8", &["container-runs-as-root"]),
    ("CKV2_DOCKER_1", &["sudo"]),
    ("CKV2_DOCKER_2", &["verification-off"]),
    ("CKV2_DOCKER_3", &["verification-off"]),
    ("CKV2_DOCKER_4", &["verification-off"]),
    ("CKV2_DOCKER_5", &["verification-off"]),
    ("CKV2_DOCKER_6", &["verification-off"]),
    ("CKV2_DOCKER_7", &["verification-off"]),
    ("CKV2_DOCKER_8", &["verification-off"]),
    ("CKV2_DOCKER_9", &["verification-off"]),
    ("CKV2_DOCKER_10", &["verification-off"]),
    ("CKV2_DOCKER_11", &["verification-off"]),
    ("CKV2_DOCKER_12", &["verification-off"]),
    ("CKV2_DOCKER_13", &["verification-off"]),
    ("CKV2_DOCKER_14", &["verification-off"]),
    ("CKV2_DOCKER_15", &["verification-off"]),
    ("CKV2_DOCKER_16", &["verification-off"]),
    ("CKV2_DOCKER_17", &["password-set-in-image"]),
    ("CKV_K8S_13", &["no-resource-limits"]),
    ("CKV_K8S_14", &["image-by-mutable-tag"]),
    ("CKV_K8S_16", &["privileged"]),
    ("CKV_K8S_17", &["host-pid-ipc"]),
    ("CKV_K8S_18", &["host-pid-ipc"]),
    ("CKV_K8S_19", &["host-network"]),
    ("CKV_K8S_20", &["privilege-escalation"]),
    ("CKV_K8S_22", &["writable-root-filesystem"]),
    ("CKV_K8S_23", &["root-in-pod"]),
    ("CKV_K8S_25", &["added-capabilities"]),
    ("CKV_K8S_26", &["host-port"]),
    ("CKV_K8S_27", &["docker-socket"]),
    ("CKV_K8S_28", &["capabilities-not-dropped"]),
    ("CKV_K8S_31", &["confinement-off"]),
    ("CKV_K8S_37", &["capabilities-not-dropped"]),
    ("CKV_K8S_38", &["token-mounted"]),
    ("CKV_K8S_39", &["added-capabilities"]),
    ("CKV_K8S_43", &["image-not-by-digest"]),
    ("CKV_K8S_49", &["wildcard-role"]),
];

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

/// The marks of other tools that start `within` a part of `text` and have an equivalent check.
pub(super) fn marks(text: &[u8], within: Range<usize>) -> Vec<Mark> {
    let mut marks = Vec::new();
    for tool in &TOOLS {
        let (mut line, mut counted) = (1, 0);
        for at in places(text, within.clone(), tool.mark.as_bytes()).take(MARKS_MAX) {
            line += line_ends(&text[counted..at]);
            counted = at;
            let before = &text[start_of(text, at)..at];
            let behind = &text[at + tool.mark.len()..];
            let behind = &behind[..behind.len().min(IDS_MAX)];
            let Some(ids) = (tool.ids)(before, behind) else { continue };
            let ids = String::from_utf8_lossy(ids);
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

/// The start of the line of `at`.
fn start_of(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// The lines of the YAML document around a mark at `at`, in `line`, as in checkov: the whole file without `---` lines.
fn document(text: &[u8], at: usize, line: u32) -> RangeInclusive<u32> {
    const MARK: &[u8] = b"\n---";
    let before = &text[at.saturating_sub(DOCUMENT_MAX)..at];
    let start = memchr::memmem::rfind(before, MARK).map_or(0, |start| start + 1);
    let behind = &text[at..text.len().min(at + DOCUMENT_MAX)];
    let end = memchr::memmem::find(behind, MARK).unwrap_or(behind.len());
    line - line_ends(&before[start..])..=line.saturating_add(line_ends(&behind[..end]))
}

/// All lines of the file.
fn whole(text: &[u8], at: usize, line: u32) -> RangeInclusive<u32> {
    let behind = &text[at..text.len().min(at + DOCUMENT_MAX)];
    1..=line.saturating_add(line_ends(behind))
}

/// The lines covered by a mark at `at`, in `line`, as in hadolint: the next instruction, skipping comments.
fn instruction(text: &[u8], at: usize, line: u32) -> RangeInclusive<u32> {
    let mut lines =
        text[start_of(text, at)..].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).take(LINES_MAX);
    let (mut number, mut first) = (line, None);
    lines.next();
    for next in lines {
        number += 1;
        if next.is_empty() || next.starts_with(b"#") {
            continue;
        }
        first = first.or(Some(number));
        if !next.ends_with(b"\\") && !next.ends_with(b"`") {
            break;
        }
    }
    first.map_or(line..=line, |first| first..=number)
}

/// A line of YAML.
struct Line<'a> {
    indent: usize,
    /// Without indentation.
    rest: &'a [u8],
}

impl<'a> Line<'a> {
    fn new(line: &'a [u8]) -> Self {
        let rest = line.trim_ascii_start();
        Self { indent: line.len() - rest.len(), rest: rest.trim_ascii_end() }
    }

    /// True if it is empty or a comment.
    fn is_void(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(b"#")
    }

    fn is_item(&self) -> bool {
        self.rest == b"-" || self.rest.starts_with(b"- ")
    }
}

/// The lines covered by a mark at `at`, in `line`, as in zizmor: its own and the whole enclosing step or entry; for a
/// mark on its own line the next line, and after `on:` the block below.
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
        // A line at the same depth or above ends the block, without trailing empty lines.
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

/// The first line, and its indentation, of the step or entry that contains the line at `start`.
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
    fn a_mark_of_checkov_is_for_its_document() {
        let [_, comment, annotation, ..] = &TOOLS;
        let read = |text: &str| {
            let text = text.replace("MARK", comment.mark).replace("NOTE", annotation.mark);
            let marks = marks(text.as_bytes(), 0..text.len());
            let shown = |mark: Mark| (mark.reach.expect("it has one"), mark.checks.join(" "));
            marks.into_iter().map(shown).collect::<Vec<_>>()
        };
        let text = "a: b\n---\nkind: Pod # MARKCKV_K8S_16: because\nc: d\n---\nmetadata:\n  annotations:\n  \
                      NOTE1: CKV_K8S_19=it is so\n    \"NOTE2\": \"CKV_K8S_27=so\"\n---\n";
        let expected = [(2..=4, "privileged"), (5..=9, "host-network"), (5..=9, "docker-socket")];
        assert_eq!(read(text), expected.map(|(lines, check)| (lines, check.to_owned())));
        assert_eq!(
            read("FROM a\n#MARKCKV_DOCKER_3\nRUN b\n"),
            [(1..=4, "container-runs-as-root".to_owned())]
        );
        for text in ["MARKCKV_K8S_16", "# MARKCKV_K8S_9999", "# NOTE1: CKV_K8S_16=x", "NOTE1 CKV_K8S_16=x"] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    #[test]
    fn marks_of_hadolint_are_for_an_instruction_or_all() {
        let [.., one, all] = &TOOLS;
        let read = |text: &str| read(&text.replace("IGNORE", one.mark).replace("GLOBAL", all.mark));
        let root = || "container-runs-as-root".to_owned();
        let text = "FROM a\n# IGNOREDL3002,DL3008 # why\n# more\n\nRUN a \\\n  b\nUSER root\n";
        assert_eq!(read(text), [(5..=6, root())]);
        let both = format!("image-by-mutable-tag {}", root());
        assert_eq!(read("# IGNOREDL3006, DL3002"), [(1..=1, both)]);
        assert_eq!(read("FROM a\n# GLOBALDL3002\n"), [(1..=3, root())]);
        assert_eq!(read("# IGNOREDL3008\nRUN echo IGNOREDL3002\n"), []);
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
