//! One HTML page about all repositories: those not scanned and why, secrets shared by several repositories, the worst
//! repositories, the checks. It is self-contained, runs no script and stays small: long lists are cut and the rest
//! counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::record::{Counts, Line, Record, Status, Why};
use super::totals::Totals;
use crate::model::SkipReason;
use crate::render::html::html;

const STYLE: &str = include_str!("overview.css");

/// Entries listed of repositories not scanned completely, of the worst ones, and of shared secrets.
const LISTED: usize = 1000;
/// Largest group whose list is open.
const OPEN: usize = 20;
/// Rows of a long table before the rest is folded.
const FIRST: usize = 25;
const WORST: usize = 1000;
const SHARED: usize = 500;
/// Repositories named per shared secret.
const NAMED: usize = 5;
/// Characters of a name.
const TEXT: usize = 240;

/// A secret by its fingerprint.
struct Secret {
    repositories: u32,
    forks: u32,
    last: u32,
    /// The first of them, by number.
    first: [u32; NAMED],
    check: u16,
    severity: u8,
}

/// Repositories with the same status and reason; for an incomplete scan, with the same gap.
type Group = (Status, Option<Why>, Option<&'static str>);

/// A repository in a list: the worst leaves the heap last.
type Worst = Reverse<(u64, u64, u64, u64, Reverse<String>)>;

/// The data of the page, collected per repository.
#[derive(Default)]
pub struct Overview {
    repositories: u32,
    /// By reason, or by status without one.
    unscanned: BTreeMap<Group, u64>,
    listed: BTreeMap<Group, Vec<(String, String)>>,
    secrets: HashMap<u128, Secret>,
    checks: Vec<String>,
    numbers: HashMap<String, u16>,
    by_check: Vec<(Counts, u64, u32)>,
    worst: BinaryHeap<Worst>,
    with_findings: u64,
    left_out: u64,
    suppressed: u64,
    /// Names of repositories that share a secret, by number.
    names: Vec<Box<str>>,
}

const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

impl Overview {
    /// Adds a repository; they come sorted, each once.
    pub fn add(&mut self, record: &Record, lines: &[Line], fork: bool) {
        self.repositories += 1;
        let number = self.repositories;
        self.left_out += record.left_out;
        self.suppressed += record.suppressed;
        if record.status != Status::Complete {
            let group = (record.status, record.why, record.lacks().map(SkipReason::words));
            *self.unscanned.entry(group).or_default() += 1;
            let list = self.listed.entry(group).or_default();
            if list.len() < LISTED {
                list.push((short(&record.location), short(record.message.as_deref().unwrap_or_default())));
            }
        }
        let Counts { critical, high, medium, low } = record.findings;
        if record.findings.total() > 0 {
            self.with_findings += 1;
            let rank = (critical, high, medium, low, Reverse(short(&record.location)));
            if self.worst.len() < WORST {
                self.worst.push(Reverse(rank));
            } else if self.worst.peek().is_some_and(|Reverse(least)| *least < rank) {
                self.worst.pop();
                self.worst.push(Reverse(rank));
            }
        }
        let mut shares = false;
        for line in lines {
            let check = self.check(&line.check);
            let severity = SEVERITIES.iter().position(|name| *name == line.severity).unwrap_or(0);
            let (counts, repositories, last) = &mut self.by_check[usize::from(check)];
            match severity {
                3 => counts.critical += 1,
                2 => counts.high += 1,
                1 => counts.medium += 1,
                _ => counts.low += 1,
            }
            if *last != number {
                (*repositories, *last) = (*repositories + 1, number);
            }
            let print =
                line.fingerprint.strip_prefix("b1:").and_then(|hex| u128::from_str_radix(hex, 16).ok());
            let Some(print) = print.filter(|_| line.shared) else { continue };
            shares = true;
            let severity = u8::try_from(severity).unwrap_or(0);
            let secret = self.secrets.entry(print).or_insert(Secret {
                repositories: 0,
                forks: 0,
                last: 0,
                first: [0; NAMED],
                check,
                severity,
            });
            secret.severity = secret.severity.max(severity);
            if secret.last != number {
                if let Some(free) = secret.first.get_mut(secret.repositories as usize) {
                    *free = number;
                }
                (secret.repositories, secret.last) = (secret.repositories + 1, number);
                secret.forks += u32::from(fork);
            }
        }
        self.names.push(if shares { short(&record.location).into() } else { Box::default() });
    }

    fn check(&mut self, id: &str) -> u16 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u16::try_from(self.checks.len()).unwrap_or(u16::MAX);
        self.numbers.insert(id.to_owned(), number);
        self.checks.push(id.to_owned());
        self.by_check.push((Counts::default(), 0, 0));
        number
    }

    /// The page.
    #[must_use]
    pub fn page(self, totals: &Totals, version: &str) -> String {
        let mut page = String::with_capacity(1 << 16);
        let style = data_encoding::BASE64.encode(&Sha256::digest(STYLE));
        let (all, whole) = (totals.all(), totals.whole());
        let verdict = match all - whole {
            0 => format!("All {} were scanned", counted(all, "repository", "repositories")),
            rest => format!(
                "{} of {} {} not scanned, or incomplete",
                number(rest),
                counted(all, "repository", "repositories"),
                if rest == 1 { "was" } else { "were" }
            ),
        };
        let is_whole = all == whole;
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; \
             base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, \
             initial-scale=1\">\n<title>bartizan: {}</title>\n<style>{STYLE}</style></head>\n<body>\n<header class=\"{}\">\
             <h1>{}</h1>\n",
            html(&verdict),
            if is_whole { "whole" } else { "part" },
            html(&verdict)
        );
        let Counts { critical, high, medium, low } = totals.findings;
        let _ = writeln!(
            page,
            "<p>{} critical, {} high, {} medium and {} low findings in {}. {} and {} MiB of text were scanned.</p>",
            number(critical),
            number(high),
            number(medium),
            number(low),
            counted(self.with_findings, "repository", "repositories"),
            counted(totals.commits, "commit", "commits"),
            number(totals.bytes >> 20)
        );
        if let Some((new, gone)) = totals.against {
            let _ = writeln!(
                page,
                "<p>{} new since the results compared with ({} critical, {} high); {} removed.</p>",
                counted(new.total(), "finding is", "findings are"),
                number(new.critical),
                number(new.high),
                counted(gone, "is", "are")
            );
        }
        page.push_str(
            "<p class=\"note\">This page names repositories and files that contain secrets, not the \
             secrets: keep it as private as the most private repository.</p></header>\n<main>\n",
        );
        page.push_str(
            "<nav><a href=\"#not-scanned\">Not scanned</a> <a href=\"#shared\">Secrets in several</a> \
             <a href=\"#worst\">Worst repositories</a> <a href=\"#checks\">By check</a></nav>\n",
        );
        self.not_scanned(&mut page);
        self.shared(&mut page);
        let Self { worst, with_findings, .. } = self;
        worst_repositories(&mut page, worst, with_findings);
        checks(&mut page, &self.checks, &self.by_check);
        let mut rest = Vec::new();
        if self.left_out > 0 {
            rest.push(format!(
                "{} counted and not listed",
                counted(self.left_out, "finding is", "findings are")
            ));
        }
        if self.suppressed > 0 {
            let words = counted(self.suppressed, "finding was", "findings were");
            rest.push(format!("{words} suppressed by marks, settings and baselines of the repositories"));
        }
        let rest: String = rest.iter().map(|line| format!("<p>{}.</p>", html(line))).collect();
        let _ = write!(
            page,
            "</main>\n<footer>{rest}<p>bartizan {}</p></footer>\n</body></html>\n",
            html(version)
        );
        page
    }

    fn not_scanned(&self, page: &mut String) {
        page.push_str("<section id=\"not-scanned\"><h2>Not scanned, or incomplete</h2>\n");
        if self.unscanned.is_empty() {
            page.push_str("<p>Nothing was left out.</p></section>\n");
            return;
        }
        page.push_str(
            "<table><thead><tr><th>What</th><th class=\"n\">Repositories</th></tr></thead><tbody>\n",
        );
        for (group, count) in &self.unscanned {
            let _ =
                writeln!(page, "<tr><td>{}</td><td class=\"n\">{}</td></tr>", words(group), number(*count));
        }
        page.push_str("</tbody></table>\n");
        let mut left = LISTED;
        for (group, list) in &self.listed {
            let mut shown: Vec<&(String, String)> = list.iter().take(left).collect();
            shown.sort();
            left -= shown.len();
            let all = self.unscanned[group];
            // Long lists would push everything else out of sight.
            let open = if group.0 < Status::Empty && shown.len() <= OPEN { " open" } else { "" };
            let _ = writeln!(
                page,
                "<details{open}><summary>{}: {}</summary><table><tbody>",
                words(group),
                counted(all, "repository", "repositories")
            );
            for (location, message) in &shown {
                let _ = writeln!(page, "<tr><td>{}</td><td>{}</td></tr>", html(location), html(message));
            }
            page.push_str("</tbody></table>\n");
            more(page, all - shown.len() as u64, "repository", "repositories");
            page.push_str("</details>\n");
        }
        page.push_str("</section>\n");
    }

    fn shared(&self, page: &mut String) {
        page.push_str("<section id=\"shared\"><h2>Secrets in several repositories</h2>\n");
        let mut shared: Vec<(&u128, &Secret)> =
            self.secrets.iter().filter(|(_, secret)| secret.repositories > 1).collect();
        if shared.is_empty() {
            page.push_str("<p>No identifiable secret was found in more than one.</p></section>\n");
            return;
        }
        shared.sort_by_key(|(print, secret)| (Reverse((secret.severity, secret.repositories)), **print));
        const HEAD: &str = "<table class=\"wide\"><thead><tr><th>Severity</th><th>Check</th><th class=\"n\">Repositories\
             </th><th>Where</th><th>Fingerprint</th></tr></thead><tbody>\n";
        let mut rows = Folding::new(HEAD, shared.len().min(SHARED), page);
        for (print, secret) in shared.iter().take(SHARED) {
            let severity = SEVERITIES[usize::from(secret.severity)];
            let named = secret.first.iter().filter(|number| **number > 0);
            let mut places: Vec<String> =
                named.map(|number| html(&self.names[*number as usize - 1])).collect();
            places.sort();
            let rest = (secret.repositories as usize).saturating_sub(places.len());
            if rest > 0 {
                places.push(format!("and {} more", number(rest as u64)));
            }
            let forks = match secret.forks {
                0 => String::new(),
                forks => format!(", {} of them forks", number(u64::from(forks))),
            };
            rows.next(page);
            let _ = writeln!(
                page,
                "<tr><td><span class=\"{severity}\">{severity}</span></td><td>{}</td><td class=\"n\">{}{forks}</td>\
                 <td>{}</td><td><code>b1:{print:032x}</code></td></tr>",
                html(&self.checks[usize::from(secret.check)]),
                number(u64::from(secret.repositories)),
                places.join("<br>")
            );
        }
        rows.end(page);
        more(page, shared.len().saturating_sub(SHARED) as u64, "secret", "secrets");
        page.push_str("</section>\n");
    }
}

/// A table with its first rows shown and the others folded.
struct Folding {
    head: &'static str,
    /// Rows still to come.
    left: usize,
    written: usize,
}

impl Folding {
    fn new(head: &'static str, rows: usize, page: &mut String) -> Self {
        page.push_str(head);
        Self { head, left: rows, written: 0 }
    }

    /// Before a row is written.
    fn next(&mut self, page: &mut String) {
        // Folding a handful saves nothing.
        if self.written == FIRST && self.left > FIRST / 2 {
            let _ = write!(
                page,
                "</tbody></table>\n<details><summary>{} more</summary>\n{}",
                number(self.left as u64),
                self.head
            );
            self.written = usize::MAX;
        }
        self.written = self.written.saturating_add(1);
        self.left = self.left.saturating_sub(1);
    }

    fn end(self, page: &mut String) {
        page.push_str("</tbody></table>\n");
        if self.written == usize::MAX {
            page.push_str("</details>\n");
        }
    }
}

fn worst_repositories(page: &mut String, worst: BinaryHeap<Worst>, with_findings: u64) {
    page.push_str("<section id=\"worst\"><h2>Worst repositories</h2>\n");
    let sorted = worst.into_sorted_vec();
    if sorted.is_empty() {
        page.push_str("<p>No findings.</p></section>\n");
        return;
    }
    const HEAD: &str = "<table class=\"wide\"><thead><tr><th>Repository</th><th class=\"n\">Critical</th><th class=\"n\">High\
         </th><th class=\"n\">Medium</th><th class=\"n\">Low</th></tr></thead><tbody>\n";
    let mut rows = Folding::new(HEAD, sorted.len(), page);
    for Reverse((critical, high, medium, low, Reverse(location))) in &sorted {
        rows.next(page);
        let _ = write!(page, "<tr><td>{}</td>", html(location));
        for count in [critical, high, medium, low] {
            let _ = write!(page, "<td class=\"n\">{}</td>", number(*count));
        }
        page.push_str("</tr>\n");
    }
    rows.end(page);
    more(page, with_findings - sorted.len() as u64, "repository with findings", "repositories with findings");
    page.push_str("</section>\n");
}

fn checks(page: &mut String, names: &[String], by_check: &[(Counts, u64, u32)]) {
    if names.is_empty() {
        return;
    }
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|at| {
        let Counts { critical, high, medium, low } = by_check[*at].0;
        (Reverse((critical, high, medium, low)), &names[*at])
    });
    page.push_str(
        "<section id=\"checks\"><h2>By check</h2>\n<table class=\"wide\"><thead><tr><th>Check</th><th class=\"n\">Critical</th><th class=\"n\">High\
         </th><th class=\"n\">Medium</th><th class=\"n\">Low</th><th class=\"n\">Repositories</th></tr></thead><tbody>\n",
    );
    for at in order {
        let (Counts { critical, high, medium, low }, repositories, _) = by_check[at];
        let _ = write!(page, "<tr><td>{}</td>", html(&names[at]));
        for count in [critical, high, medium, low, repositories] {
            let _ = write!(page, "<td class=\"n\">{}</td>", number(count));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></section>\n");
}

fn more(page: &mut String, count: u64, one: &str, many: &str) {
    if count > 0 {
        let _ = writeln!(
            page,
            "<p>And {} more, listed in the lines and tables of the merge.</p>",
            counted(count, one, many)
        );
    }
}

/// The text of a status and a reason.
fn words(group: &Group) -> String {
    match group {
        (Status::Incomplete, _, Some(lacks)) => format!("Incomplete: {lacks}"),
        (status, why, _) => said(*status, *why).to_owned(),
    }
}

const fn said(status: Status, why: Option<Why>) -> &'static str {
    match (status, why) {
        (Status::Missing, _) => "No record: not scanned yet, or its shard is missing",
        (Status::Incomplete, _) => "Incomplete",
        (Status::Empty, _) => "Empty",
        (Status::Complete, _) => "Scanned",
        (Status::Failed, Some(Why::Timeout)) => "Failed: took too long",
        (Status::Failed, Some(Why::Memory)) => "Failed: took too much memory",
        (Status::Failed, Some(Why::Killed)) => "Failed: the worker was killed",
        (Status::Failed, Some(Why::Crashed)) => "Failed: the worker crashed",
        (Status::Failed, Some(Why::Answer)) => "Failed: the worker sent no record",
        (Status::Failed, Some(Why::Unreadable)) => "Failed: missing, or unreadable",
        (Status::Failed, Some(Why::Repository)) => "Failed: not a repository, or a corrupt one",
        (Status::Failed, Some(Why::Settings)) => "Failed: invalid configuration",
        (Status::Failed, Some(Why::Clone)) => "Failed: not cloned",
        (Status::Failed, Some(Why::TooLarge)) => "Failed: its clone is too large",
        (Status::Failed, Some(Why::Disk)) => "Failed: disk full",
        (Status::Failed, Some(Why::Other) | None) => "Failed",
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A number with commas.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}
