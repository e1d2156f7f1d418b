//! What a hook prints, on a terminal or in the output of git: few lines, what to do at the end.

use std::io::{self, Write};

use super::page::{BOLD, ERROR, GOOD, Page};
use super::{indent, level, problems, snippet};
use crate::model::text::escaped;
use crate::model::{Finding, Report, TextKind};
use crate::render::hook::{Verdict, Way};
use crate::render::place::position;
use crate::render::tally::looked_at;
use crate::render::{Options, words};

/// Findings that are shown; the others are counted.
const SHOWN: usize = 10;
/// Files that are named in a command.
const NAMED: usize = 3;

pub(in crate::render) fn render(
    report: &Report,
    verdict: &Verdict<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let blocking: Vec<&Finding> =
        report.findings.iter().filter(|finding| (verdict.blocks)(finding.severity)).collect();
    if options.quiet && blocking.is_empty() && verdict.whole {
        return Ok(());
    }
    let mut page = Page::new(options, out);
    for finding in blocking.iter().take(SHOWN) {
        block(&mut page, finding)?;
        page.blank()?;
    }
    if let Some(more @ 1..) = blocking.len().checked_sub(SHOWN) {
        writeln!(page.out, "… {}\n", words::counted(more as u64, "more finding", "more findings"))?;
    }
    problems(&mut page, report)?;
    super::checks_that_did_not_run(&mut page, report)?;
    closing(&mut page, report, verdict, blocking.len())?;
    if !blocking.is_empty() {
        ways(&mut page, verdict.way, &blocking)?;
    }
    Ok(())
}

fn block(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let place = &finding.place;
    let (style, level) = level(finding.severity);
    let indent = indent(place);
    page.heading(style, &format!("{level}[{}]", finding.check), &escaped(&finding.message))?;
    page.arrow(indent, &position(place))?;
    match (&place.snippet, &finding.evidence) {
        (Some(snippet), _) => snippet::write(page, indent, style, snippet, place.region)?,
        (None, Some(evidence)) => page.detail(indent, "secret", &escaped(evidence.text()))?,
        (None, None) => {}
    }
    for proof in &finding.proofs {
        page.detail(indent, "proof", &escaped(proof))?;
    }
    if let more @ 1.. = finding.also.len() {
        let more = words::counted(more as u64, "more place", "more places");
        page.detail(indent, "note", &format!("the same at {more}"))?;
    }
    page.detail(indent, "help", &escaped(&finding.remedy))
}

/// `bartizan: blocked: 1 finding …`, or that there is none; in what, and how much that was.
fn closing(page: &mut Page<'_>, report: &Report, verdict: &Verdict<'_>, blocking: usize) -> io::Result<()> {
    let problems = report.problems.len();
    let below = report.findings.len() - blocking;
    let (style, found) = match (blocking, verdict.whole) {
        (0, true) if below > 0 => (BOLD, "no blocking findings".to_owned()),
        (0, true) => (GOOD, "no findings".to_owned()),
        (0, false) if problems > 0 => {
            let problems = words::counted(problems as u64, "problem", "problems");
            (ERROR, format!("blocked, the scan is incomplete: {problems}"))
        }
        (0, false) => (ERROR, "blocked, not everything was checked".to_owned()),
        (count, _) => (ERROR, format!("blocked: {}", words::counted(count as u64, "finding", "findings"))),
    };
    let found = page.paint(style, &found);
    let looked_at = match verdict.way {
        Way::Message { .. } => words::bytes(report.coverage.bytes),
        _ => looked_at(report),
    };
    write!(page.out, "bartizan: {found} in {}: {looked_at}", verdict.what)?;
    let mut some = |count: usize, one: &str, many: &str| match count {
        0 => Ok(()),
        count => write!(page.out, "; {}", words::counted(count as u64, one, many)),
    };
    some(report.coverage.skipped.len(), "file skipped", "files skipped")?;
    some(report.suppressed.len(), "suppressed", "suppressed")?;
    if let Some(highest) =
        report.findings.iter().map(|finding| finding.severity).filter(|one| !(verdict.blocks)(*one)).max()
    {
        some(below, "finding below the threshold", "findings below the threshold")?;
        write!(page.out, " (--fail-on {highest} blocks)")?;
    }
    writeln!(page.out)
}

/// What to do about blocking findings.
fn ways(page: &mut Page<'_>, way: &Way, blocking: &[&Finding]) -> io::Result<()> {
    let check = blocking.first().map_or("CHECK", |finding| &*finding.check);
    let files = named(blocking);
    let remove = match way {
        Way::Staged { first: false } => format!("remove it from the commit: git restore --staged {files}"),
        Way::Staged { first: true } => format!("remove it from the commit: git rm --cached {files}"),
        Way::Tracked => {
            "remove it from the files; `bartizan scan --history` shows whether commits have it, too"
                .to_owned()
        }
        Way::Message { file } => {
            format!("write the message without it; what you wrote is in {}", escaped(file))
        }
        Way::Pushed => rewrite(blocking, ", none of which is pushed yet"),
        Way::Received => rewrite(blocking, ", then push again"),
    };
    page.blank()?;
    let line = |page: &mut Page<'_>, when: &str, what: &str| {
        let when = format!("{when:<17}");
        let when = page.paint(BOLD, &when);
        writeln!(page.out, "  {when}{what}")
    };
    line(page, "a secret", "revoke or rotate it first: others may know it already;")?;
    line(page, "", &remove)?;
    line(page, "not a secret", &format!("say why, next to it: bartizan:allow {check} REASON"))?;
    line(page, "accepted", "add it to the baseline: bartizan baseline update --reason WHY")
}

/// How the commits that hold it are made anew; or the tags.
fn rewrite(blocking: &[&Finding], then: &str) -> String {
    let origins =
        || blocking.iter().flat_map(|finding| finding.places()).filter_map(|place| place.origin.as_deref());
    let commit = origins().find_map(|origin| origin.commit.as_ref());
    match (commit, origins().any(|origin| origin.kind == TextKind::TagMessage)) {
        (Some(commit), _) => {
            format!("remove it from the commits{then}: git rebase -i {}~", commit.id.short())
        }
        (None, true) => format!("recreate the tag without it{then}: git tag -f -a NAME"),
        (None, false) => format!("remove it from what is pushed{then}"),
    }
}

/// The files with findings, for a shell; those whose names cannot be typed as they are shown stand for
/// themselves.
fn named(blocking: &[&Finding]) -> String {
    let mut files: Vec<String> = Vec::new();
    for finding in blocking.iter().flat_map(|finding| finding.places()) {
        let word = word(&finding.path.shown(), finding.path.as_bytes());
        if !files.contains(&word) {
            files.push(word);
        }
    }
    if files.len() > NAMED {
        files.truncate(NAMED);
        files.push("…".to_owned());
    }
    files.join(" ")
}

/// A name as a word for a shell.
fn word(shown: &str, name: &[u8]) -> String {
    if shown.as_bytes() != name {
        return "FILE".to_owned();
    }
    // What an archive holds is staged with it.
    let shown = shown.split_once("!/").map_or(shown, |(archive, _)| archive);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/+@,".contains(&byte) || byte >= 0x80;
    match shown.bytes().all(plain) && !shown.starts_with('-') {
        true => shown.to_owned(),
        false if shown.starts_with('-') => format!("'./{}'", shown.replace('\'', r"'\''")),
        false => format!("'{}'", shown.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn names_are_words_for_a_shell() {
        let same = |name: &str| word(name, name.as_bytes());
        assert_eq!(same("src/a-b.rs"), "src/a-b.rs");
        assert_eq!(same("naïve"), "naïve");
        assert_eq!(same("a b'c; rm -rf ~"), r"'a b'\''c; rm -rf ~'");
        assert_eq!(same("-x"), "'./-x'");
        assert_eq!(same("a.zip!/inner.env"), "a.zip");
        assert_eq!(word("a\\u{1b}[31m", b"a\x1b[31m"), "FILE");
    }
}
