//! What scripts write into the files that `GITHUB_ENV`, `GITHUB_PATH` and `GITHUB_OUTPUT` name, and who writes the
//! values: by variables of the shell and of the step, expressions, files that strangers bring, and programs.

use std::ops::Range;

use super::context::Writer;
use super::flow::{Hop, variables};
use super::{Repository, Site};
use crate::parse::script::programs;
use crate::parse::workflow::Text;

/// How far a value is followed through variables.
const DEPTH_MAX: usize = 6;
/// The most places of one script.
const WRITES_MAX: usize = 50;
/// The most texts that are looked at for one value.
const TEXTS_MAX: usize = 100;

/// A place where a script writes into one of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// `GITHUB_ENV`, `GITHUB_PATH` or `GITHUB_OUTPUT`.
    pub into: &'static str,
    /// The line that says so, in the script.
    pub line: Range<usize>,
    /// What is written, in the script.
    pub what: Range<usize>,
}

/// A value and who writes it.
#[derive(Clone, Debug)]
pub struct Value<'a> {
    /// What it is: a context, a variable, a program.
    pub name: String,
    /// Who writes it; `Computed` for what a program prints of which nothing is known.
    pub writer: Writer,
    /// True if it may have several lines.
    pub has_lines: bool,
    /// Where it passes through.
    pub trail: Vec<Hop<'a>>,
}

const FILES: [&str; 3] = ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT"];

/// Programs whose output strangers do not choose, and those that only pass on what they are given.
const HARMLESS: [&str; 58] = [
    "date",
    "pwd",
    "nproc",
    "uname",
    "whoami",
    "id",
    "hostname",
    "mktemp",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "echo",
    "printf",
    "tr",
    "sed",
    "cut",
    "awk",
    "gawk",
    "head",
    "tail",
    "grep",
    "egrep",
    "xargs",
    "sort",
    "uniq",
    "wc",
    "rev",
    "cat",
    "jq",
    "yq",
    "expr",
    "seq",
    "test",
    "[",
    "[[",
    "git",
    "cd",
    "base64",
    "sha256sum",
    "shasum",
    "md5sum",
    "openssl",
    "uuidgen",
    "env",
    "true",
    "set",
    "which",
    "command",
    "type",
    "lsb_release",
    "sw_vers",
    "arch",
    "getconf",
    "tee",
    "paste",
    "cygpath",
    "ls",
];
/// Those of them that read files.
const READERS: [&str; 14] =
    ["cat", "jq", "yq", "head", "tail", "grep", "egrep", "sed", "awk", "gawk", "cut", "sort", "tr", "base64"];
/// Variables that the runner or the system sets.
const KNOWN: [&str; 12] = [
    "HOME",
    "PATH",
    "PWD",
    "USER",
    "CI",
    "SHELL",
    "TMPDIR",
    "TEMP",
    "TMP",
    "OSTYPE",
    "HOSTNAME",
    "USERPROFILE",
];

/// The places where `script` writes into the files.
#[must_use]
pub fn writes(script: &str) -> Vec<Write> {
    if !FILES.iter().any(|file| script.contains(file)) {
        return Vec::new();
    }
    let mut all = Vec::new();
    let lines: Vec<Range<usize>> = lines(script);
    for (number, line) in lines.iter().enumerate() {
        let text = &script[line.clone()];
        let Some(into) = FILES.into_iter().find(|file| is_written(text, file)) else { continue };
        let first = first_of(script, &lines, number);
        let last = last_of(script, &lines, number);
        all.push(Write { into, line: line.clone(), what: lines[first].start..lines[last].end });
        if all.len() == WRITES_MAX {
            break;
        }
    }
    all
}

fn lines(script: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let each = script.split_inclusive('\n').map(|line| {
        let range = start..start + line.trim_end().len();
        start += line.len();
        range
    });
    each.collect()
}

/// True if the line writes into the file that the variable `file` names.
fn is_written(line: &str, file: &str) -> bool {
    const WRITERS: [&str; 6] =
        ["tee", "out-file", "add-content", "set-content", "tee-object", "appendalltext"];
    let Some(at) = line.find(file) else { return false };
    let before = &line[..at];
    let sign = before.trim_end_matches(['{', '"', '\'']);
    let sign = sign
        .strip_suffix("env:")
        .or_else(|| sign.strip_suffix("ENV:"))
        .or_else(|| sign.strip_suffix("Env:"))
        .unwrap_or(sign);
    let sign = sign.trim_end_matches('{');
    let Some(rest) = sign.strip_suffix(['$', '%']) else { return false };
    let rest = rest.trim_end_matches(['"', '\'', ' ', '\t']);
    let lower = line.to_ascii_lowercase();
    rest.ends_with('>') || WRITERS.iter().any(|writer| lower.contains(writer))
}

/// The first line of the command that ends at line `number`: of those that go on to it, or of its group.
fn first_of(script: &str, lines: &[Range<usize>], number: usize) -> usize {
    let text = |line: usize| script[lines[line].clone()].trim();
    let mut first = number;
    if text(number).starts_with('}') || text(number).starts_with(')') {
        let open = if text(number).starts_with('}') { '{' } else { '(' };
        let mut above = (number.saturating_sub(200)..number).rev();
        if let Some(found) = above.find(|line| text(*line).ends_with(open)) {
            return found;
        }
    }
    while first > 0 && (text(first - 1).ends_with(['\\', '`', '|'])) {
        first -= 1;
    }
    first
}

/// The last line of what is written: that with the end of a here-document, else the same.
fn last_of(script: &str, lines: &[Range<usize>], number: usize) -> usize {
    let text = &script[lines[number].clone()];
    let Some(at) = text.find("<<").filter(|at| !text[*at..].starts_with("<<<")) else { return number };
    let word = text[at + 2..].trim_start_matches(['-', '~', ' ', '\\']);
    let word = word.trim_start_matches(['"', '\'']);
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
    let word = &word[..end];
    // `NAME<<EOF` in a string is the form of the file, not a here-document of the shell.
    let is_form = at.checked_sub(1).is_some_and(|at| text.as_bytes()[at].is_ascii_alphanumeric());
    if word.is_empty() || is_form {
        return number;
    }
    (number + 1..lines.len().min(number + 500))
        .find(|line| script[lines[*line].clone()].trim() == word)
        .unwrap_or(number)
}

impl Repository {
    /// The values that come into `range` of the script `run` of the step at `site`. `brought` is true if files that
    /// strangers bring lie in the working tree.
    #[must_use]
    pub fn values<'a>(
        &'a self,
        site: Site<'a>,
        run: &'a Text,
        range: Range<usize>,
        brought: bool,
    ) -> Vec<Value<'a>> {
        let mut search = Search { repository: self, brought, texts: 0, found: Vec::new(), seen: Vec::new() };
        search.fragment(site, run, range, &[], 0);
        search.found
    }
}

struct Search<'a> {
    repository: &'a Repository,
    brought: bool,
    texts: usize,
    found: Vec<Value<'a>>,
    /// Variables that were looked up, of which step.
    seen: Vec<(usize, String)>,
}

impl<'a> Search<'a> {
    fn fragment(
        &mut self,
        site: Site<'a>,
        run: &'a Text,
        range: Range<usize>,
        behind: &[Hop<'a>],
        depth: usize,
    ) {
        self.texts += 1;
        if depth > DEPTH_MAX || self.texts > TEXTS_MAX {
            return;
        }
        let text = &run.text[range.clone()];
        let is_short = is_one_line(text);
        for expression in run.expressions().filter(|one| range.contains(&one.start)) {
            for flow in self.repository.flows(site, &expression) {
                let has_lines = !is_short && has_lines(&flow.context);
                let trail = flow.trail.into_iter().chain(behind.iter().cloned()).collect();
                self.found.push(Value { name: flow.context, writer: flow.writer, has_lines, trail });
            }
        }
        let names = variables(text).map(str::to_owned).chain(percents(text)).collect::<Vec<String>>();
        for name in names.into_iter().filter(|name| !FILES.contains(&name.as_str())) {
            self.variable(site, run, &name, is_short, behind, depth);
        }
        self.programs(run, range, is_short, behind);
    }

    fn variable(
        &mut self,
        site: Site<'a>,
        run: &'a Text,
        name: &str,
        is_short: bool,
        behind: &[Hop<'a>],
        depth: usize,
    ) {
        let key = (site.step.map_or(0, |step| step.span.start), name.to_owned());
        if self.seen.contains(&key) {
            return;
        }
        self.seen.push(key);
        let found = self.found.len();
        let mut is_set = site.variable(name).is_some();
        for flow in self.repository.flows_of_variable(site, name) {
            let has_lines = !is_short && has_lines(&flow.context);
            let trail = flow.trail.into_iter().chain(behind.iter().cloned()).collect();
            self.found.push(Value { name: flow.context, writer: flow.writer, has_lines, trail });
        }
        for range in assignments(&run.text, name) {
            is_set = true;
            let behind = through(behind, site, run, range.clone(), format!("goes into `{name}`"));
            let before = self.found.len();
            self.fragment(site, run, range, &behind, depth + 1);
            if is_short {
                self.found[before..].iter_mut().for_each(|value| value.has_lines = false);
            }
        }
        // A step before may have written it, for this one to read.
        for step in site.steps_before() {
            let Some(before) = step.run.as_ref().filter(|run| run.text.contains("GITHUB_ENV")) else {
                continue;
            };
            let sign = format!("{name}=");
            for write in writes(&before.text).into_iter().filter(|write| write.into == "GITHUB_ENV") {
                if before.text[write.what.clone()].contains(&sign) {
                    is_set = true;
                    let site = Site { step: Some(step), ..site };
                    let behind = through(behind, site, before, write.line, format!("is written as `{name}`"));
                    self.fragment(site, before, write.what, &behind, depth + 1);
                }
            }
        }
        let is_known = is_set
            || KNOWN.contains(&name)
            || name.starts_with("GITHUB_")
            || name.starts_with("RUNNER_")
            || name.chars().any(|c| c.is_ascii_lowercase()) && !run.text.contains(&format!("env:{name}"));
        if self.found.len() == found && !is_known && self.repository.is_action(site.file) {
            self.found.push(Value {
                name: format!("${name}"),
                writer: Writer::Caller,
                has_lines: !is_short,
                trail: behind.to_vec(),
            });
        }
    }

    /// What programs in command substitutions print, and files that the command reads.
    fn programs(&mut self, run: &'a Text, range: Range<usize>, is_short: bool, behind: &[Hop<'a>]) {
        let text = &run.text[range];
        let is_substituted = text.contains("$(") || text.contains('`');
        if !is_substituted && !text.contains("cat ") && !text.contains('<') {
            return;
        }
        let mut printed = None;
        let mut reads = None;
        for program in programs(text) {
            let base = program.base();
            let is_inside = {
                let before = &text[..program.at];
                before.ends_with("$(") || before.ends_with('`') || before.contains("$(")
            };
            if READERS.contains(&base) && reads_file(base, program.rest) {
                reads = reads.or(Some(format!("{base} {}", file_of(program.rest).unwrap_or("…"))));
            }
            let is_name = base.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.[".contains(&byte));
            if is_inside && is_name && !HARMLESS.contains(&base) && !base.is_empty() {
                printed = printed.or_else(|| Some(base.to_owned()));
            }
        }
        let reads = reads.filter(|_| self.brought);
        if let Some(name) = reads {
            self.found.push(Value {
                name,
                writer: Writer::Stranger,
                has_lines: !is_short,
                trail: behind.to_vec(),
            });
        } else if let Some(name) = printed {
            self.found.push(Value {
                name,
                writer: Writer::Computed,
                has_lines: !is_short,
                trail: behind.to_vec(),
            });
        }
    }
}

fn through<'a>(
    behind: &[Hop<'a>],
    site: Site<'a>,
    run: &Text,
    range: Range<usize>,
    note: String,
) -> Vec<Hop<'a>> {
    let hop = Hop { file: site.file, span: site.locate(run, range), note };
    std::iter::once(hop).chain(behind.iter().cloned()).collect()
}

/// True if the command of a reader names a file, or reads one by `<`.
fn reads_file(base: &str, rest: &str) -> bool {
    if rest.contains("<(") || rest.contains("<<") {
        return false;
    }
    let command = rest.split(['|', ')', ';', '&', '`']).next().unwrap_or("");
    if command.contains('<') {
        return true;
    }
    let mut words =
        command.split_whitespace().filter(|word| !word.starts_with('-') && !word.starts_with('>'));
    let first = words.next();
    match base {
        "cat" => first.is_some_and(|word| !word.contains("GITHUB_")),
        "tr" => false,
        // What these look for is not the path of a file.
        _ => file_of(command).is_some(),
    }
}

/// The last word of a command that looks like the path of a file.
fn file_of(command: &str) -> Option<&str> {
    let command = command.split(['|', ')', ';', '&', '`', '>']).next().unwrap_or("");
    let mut words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'', '<']));
    let is_path = |word: &str| {
        let is_name = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let has_end = word.rsplit_once('.').is_some_and(|(name, end)| {
            let is_end = (1..=5).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
            is_end && !name.is_empty()
        });
        // Patterns of `sed`, filters of `jq` and options are none.
        let is_other = word.starts_with(['-', '/', '$', '{', '[', '^']) || word.starts_with("s/");
        let is_filter = word.starts_with('.') && !word.contains('/');
        !is_other && !is_filter && (word.contains('/') || has_end || is_name)
    };
    words.rfind(|word| is_path(word))
}

/// The right sides of what sets the variable `name` in a script: `name=…`, `$name = …`.
#[must_use]
pub fn assignments(script: &str, name: &str) -> Vec<Range<usize>> {
    const BEFORE: [&str; 6] = ["export ", "local ", "readonly ", "declare ", "set ", "then "];
    let mut all = Vec::new();
    for line in lines(script) {
        let text = &script[line.clone()];
        let mut rest = text.trim_start();
        for before in BEFORE {
            rest = rest.strip_prefix(before).unwrap_or(rest).trim_start();
        }
        let rest = rest.strip_prefix('$').unwrap_or(rest);
        let Some(value) = rest.strip_prefix(name).map(|rest| rest.strip_prefix('+').unwrap_or(rest)) else {
            continue;
        };
        let blanks = value.len() - value.trim_start().len();
        let Some(value) = value[blanks..].strip_prefix('=') else { continue };
        all.push(line.end - value.len()..line.end);
        if all.len() == 8 {
            break;
        }
    }
    all
}

/// The names of variables as the shell of Windows has them: `%NAME%`, where the file is named so, too.
fn percents(text: &str) -> impl Iterator<Item = String> {
    let is_windows = FILES.iter().any(|file| text.contains(&format!("%{file}%")));
    let parts: Vec<&str> = text.split('%').filter(|_| is_windows).collect();
    let is_name = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let inner = parts.iter().skip(1).take(parts.len().saturating_sub(2));
    let names: Vec<String> = inner.filter(|part| is_name(part)).map(|part| (*part).to_owned()).collect();
    names.into_iter()
}

/// True if a command leaves no more than one line of what it is given.
fn is_one_line(text: &str) -> bool {
    [
        "tr -d '\\n",
        "tr -d \"\\n",
        "tr '\\n'",
        "head -n1",
        "head -n 1",
        "head -1",
        "wc -",
        "sha256sum",
        "base64 -w",
        "basename",
        "tr -cd",
        "tr -dc",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// True if the value of a context may have several lines.
fn has_lines(context: &str) -> bool {
    let last = context.rsplit('.').next().unwrap_or(context);
    matches!(
        last,
        "body"
            | "message"
            | "description"
            | "from"
            | "summary"
            | "event"
            | "github"
            | "issue"
            | "comment"
            | "pull_request"
    ) || context.starts_with("steps.")
        || context.starts_with("inputs.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_found_in_each_shell() {
        for (script, into, what) in [
            ("echo \"A=$B\" >> $GITHUB_ENV", "GITHUB_ENV", "echo \"A=$B\" >> $GITHUB_ENV"),
            ("x\necho a | tee -a \"${GITHUB_PATH}\"", "GITHUB_PATH", "echo a | tee -a \"${GITHUB_PATH}\""),
            (
                "\"A=$b\" | Out-File -Append $env:GITHUB_ENV",
                "GITHUB_ENV",
                "\"A=$b\" | Out-File -Append $env:GITHUB_ENV",
            ),
            ("echo A=%B% >> %GITHUB_ENV%", "GITHUB_ENV", "echo A=%B% >> %GITHUB_ENV%"),
            ("{\n  echo a\n} >> \"$GITHUB_ENV\"", "GITHUB_ENV", "{\n  echo a\n} >> \"$GITHUB_ENV\""),
            ("cat <<EOF >> $GITHUB_ENV\nA=$B\nEOF\nx", "GITHUB_ENV", "cat <<EOF >> $GITHUB_ENV\nA=$B\nEOF"),
        ] {
            let found = writes(script);
            assert_eq!(found.len(), 1, "{script}");
            assert_eq!((found[0].into, &script[found[0].what.clone()]), (into, what));
        }
        assert!(writes("cat $GITHUB_ENV; echo GITHUB_ENV").is_empty());
    }

    #[test]
    fn files_are_told_from_patterns() {
        assert!(reads_file("cat", " .pr/NUMBER)"));
        assert!(reads_file("jq", " -r .version package.json)"));
        assert!(!reads_file("jq", " -r .version)"));
        assert!(!reads_file("sed", " 's/a/b/')"));
        assert_eq!(percents("a=%B% >> %GITHUB_ENV%").collect::<Vec<_>>(), ["B", "GITHUB_ENV"]);
        assert_eq!(percents("$(date +%Y%m%d) >> $GITHUB_ENV").count(), 0);
    }
}
