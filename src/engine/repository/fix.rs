//! Edits of workflows that are certain: byte by byte, so that the rest of the file stays as it is.

use super::{File, Site};
use crate::model::{Edit, Fix, Span};
use crate::parse::workflow::{Step, Text};
use crate::parse::yaml::Style;

/// The fix of `file` that is this one edit.
fn one(file: &File, what: &str, edit: Edit) -> Fix {
    Fix { what: what.to_owned(), of: file.content_hash(), edits: vec![edit] }
}

/// Actions that need no more of the token than to read the content of the repository.
const READERS: [&str; 34] = [
    "actions/cache",
    "actions/checkout",
    "actions/download-artifact",
    "actions/setup-dotnet",
    "actions/setup-go",
    "actions/setup-java",
    "actions/setup-node",
    "actions/setup-python",
    "actions/upload-artifact",
    "arduino/setup-protoc",
    "astral-sh/setup-uv",
    "denoland/setup-deno",
    "docker/setup-buildx-action",
    "docker/setup-qemu-action",
    "dtolnay/rust-toolchain",
    "egor-tensin/setup-clang",
    "erlef/setup-beam",
    "golangci/golangci-lint-action",
    "gradle/actions",
    "hashicorp/setup-terraform",
    "haskell-actions/setup",
    "julia-actions/setup-julia",
    "mlugg/setup-zig",
    "msys2/setup-msys2",
    "oven-sh/setup-bun",
    "pnpm/action-setup",
    "pre-commit/action",
    "ruby/setup-ruby",
    "shivammathur/setup-php",
    "step-security/harden-runner",
    "subosito/flutter-action",
    "swatinem/rust-cache",
    "taiki-e/install-action",
    "volta-cli/action",
];

/// Sets `persist-credentials: false` for the checkout at `site`; nothing if the step is not written in lines of its
/// own.
#[must_use]
pub fn without_credentials(site: Site<'_>) -> Option<Fix> {
    const SETTING: &str = "persist-credentials: false";
    let step = site.step?;
    let bytes = &site.file.bytes;
    let edit = match step.with.first() {
        Some(first) => {
            let (start, indent) = line_of(bytes, first.key)?;
            Edit { span: Span::new(start, start), text: format!("{indent}{SETTING}{}", end_of_line(bytes)) }
        }
        None => {
            let uses = step.uses.as_ref()?;
            let indent = key_indent(bytes, step)?;
            let at = next_line(bytes, uses.span.end)?;
            let end = end_of_line(bytes);
            let lead = if bytes[..at].ends_with(b"\n") { "" } else { end };
            let text = format!("{lead}{indent}with:{end}{indent}  {SETTING}{end}");
            Edit { span: Span::new(at, at), text }
        }
    };
    Some(one(site.file, "do not leave the token in `.git/config`", edit))
}

/// Says `permissions: contents: read` for the whole of `file`; nothing unless all that it uses is known to need no
/// more.
#[must_use]
pub fn reading_only(file: &File) -> Option<Fix> {
    let is_known = |step: &Step| match (&step.uses, &step.run) {
        (Some(_), _) => step.uses_any(&READERS) && step.input("token").is_none(),
        (None, Some(run)) => !needs_token(&run.text),
        (None, None) => false,
    };
    let names_token = memchr::memmem::find(&file.bytes, b"GITHUB_TOKEN").is_some()
        || memchr::memmem::find(&file.bytes, b"github.token").is_some();
    let mut jobs = file.workflow.jobs.iter();
    if names_token
        || !file.workflow.unread.is_empty()
        || file.workflow.jobs.is_empty()
        || !jobs.all(|job| job.uses.is_none() && job.permissions.absent && job.steps.iter().all(is_known))
    {
        return None;
    }
    let line = |at: usize| at == 0 || file.bytes[at - 1] == b'\n';
    let mut places = memchr::memmem::find_iter(&file.bytes, b"jobs:").filter(|at| line(*at));
    let (at, None) = (places.next()?, places.next()) else { return None };
    let end = end_of_line(&file.bytes);
    let text = format!("permissions:{end}  contents: read{end}{end}");
    let edit = Edit { span: Span::new(at, at), text };
    Some(one(file, "restrict the token to reading the repository", edit))
}

/// True if a script may ask for more than to read: it publishes, comments or pushes.
fn needs_token(script: &str) -> bool {
    let words = script.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
    let mut before = "";
    for word in words.filter(|word| !word.is_empty()) {
        if matches!(word, "gh" | "hub" | "semantic-release" | "goreleaser")
            || before == "git" && word == "push"
        {
            return true;
        }
        before = word;
    }
    false
}

/// Leaves the line end out of a condition that is a block of text: then it is the expression, not a text that is
/// always true.
#[must_use]
pub fn without_line_end(file: &File, condition: &Text) -> Option<Fix> {
    if !matches!(condition.style, Style::Literal | Style::Folded) {
        return None;
    }
    // The sign stands on the line before the first one of the text.
    let before = file.bytes.get(..condition.span.start)?;
    let sign = before.iter().rposition(|byte| matches!(byte, b'|' | b'>'))?;
    let rest = before.get(sign + 1..)?;
    let at = sign + 1;
    let is_bare = rest.iter().all(u8::is_ascii_whitespace);
    let edit = Edit { span: Span::new(at, at), text: "-".to_owned() };
    is_bare.then(|| one(file, "remove the line break after the expression", edit))
}

/// The start of the line on which `key` stands, and what stands before it there, if that is blanks alone.
fn line_of(bytes: &[u8], key: Span) -> Option<(usize, &str)> {
    let before = bytes.get(..key.start)?;
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let indent = std::str::from_utf8(&bytes[start..key.start]).ok()?;
    indent.bytes().all(|byte| byte == b' ').then_some((start, indent))
}

/// The blanks before the keys of a step that is written in lines; the dash counts as one.
fn key_indent(bytes: &[u8], step: &Step) -> Option<String> {
    if bytes.get(step.span.start) == Some(&b'{') {
        return None;
    }
    let start = memchr::memrchr(b'\n', bytes.get(..step.span.start)?).map_or(0, |at| at + 1);
    let before = &bytes[start..step.span.start];
    before.iter().all(|byte| matches!(byte, b' ' | b'-')).then(|| " ".repeat(before.len()))
}

/// The start of the line behind the one with the byte before `at`.
fn next_line(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at.saturating_sub(1)..)?;
    Some(memchr::memchr(b'\n', rest).map_or(bytes.len(), |end| at.saturating_sub(1) + end + 1))
}

/// How lines of the file end.
fn end_of_line(bytes: &[u8]) -> &'static str {
    let first = memchr::memchr(b'\n', bytes);
    if first.is_some_and(|at| at > 0 && bytes[at - 1] == b'\r') { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::applied;
    use crate::parse::workflow::github;

    fn file(text: &str) -> File {
        let workflow = github(text.as_bytes()).expect("it is well formed");
        File::new(".github/workflows/a.yml".into(), text.as_bytes().to_vec(), workflow)
    }

    fn fixed(file: &File, fix: Option<Fix>) -> Option<String> {
        let edits = fix?.edits;
        let edits: Vec<&Edit> = edits.iter().collect();
        Some(String::from_utf8(applied(&file.bytes, &edits)).expect("it is text"))
    }

    /// The text after the token is kept out of the first step.
    fn checkout(text: &str) -> Option<String> {
        let file = file(text);
        let job = file.workflow.jobs.first()?;
        fixed(&file, without_credentials(Site { file: &file, job, step: job.steps.first() }))
    }

    #[test]
    fn credentials_are_kept_out() {
        let with = "jobs:\n  a:\n    steps:\n      - name: x\n        uses: actions/checkout@v4 # y\n        with:\n          fetch-depth: 0\n";
        let out = checkout(with).expect("it can be edited");
        assert!(
            out.contains("        with:\n          persist-credentials: false\n          fetch-depth: 0\n")
        );
        let bare = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4 # y\n      - run: make\n";
        let out = checkout(bare).expect("it can be edited");
        let wanted = "      - uses: actions/checkout@v4 # y\n        with:\n          persist-credentials: false\n      - run: make\n";
        assert!(out.ends_with(wanted), "{out}");
        let windows = bare.replace('\n', "\r\n");
        assert_eq!(checkout(&windows), Some(out.replace('\n', "\r\n")));
        let last = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4";
        let out = checkout(last).expect("it can be edited");
        assert!(out.ends_with("@v4\n        with:\n          persist-credentials: false\n"), "{out}");
        for flow in [
            "jobs:\n  a:\n    steps:\n      - {uses: actions/checkout@v4}\n",
            "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with: {a: b}\n",
        ] {
            assert_eq!(checkout(flow), None, "{flow}");
        }
    }

    #[test]
    fn permissions_are_said_where_all_is_known() {
        let text =
            "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: cargo test\n";
        let known = file(text);
        let out = fixed(&known, reading_only(&known)).expect("it can be edited");
        assert!(out.starts_with("on: push\npermissions:\n  contents: read\n\njobs:\n"));
        for other in ["run: git push", "run: gh pr comment", "uses: o/n@v1", "run: x ${{ github.token }}"] {
            let text = text.replace("run: cargo test", other);
            assert_eq!(reading_only(&file(&text)), None, "{other}");
        }
    }

    #[test]
    fn conditions_end_where_the_expression_does() {
        let text = "jobs:\n  a:\n    if: |\n      ${{ github.ref == 'x' }}\n    steps: []\n";
        let file = file(text);
        let condition = file.workflow.jobs[0].condition.as_ref().expect("there");
        let out = fixed(&file, without_line_end(&file, condition)).expect("it can be edited");
        assert!(out.contains("if: |-\n"), "{out}");
        let again = self::file(&out);
        let condition = again.workflow.jobs[0].condition.as_ref().expect("there");
        assert_eq!(condition.text, "${{ github.ref == 'x' }}");
        assert_eq!(without_line_end(&again, condition), None);
    }
}
