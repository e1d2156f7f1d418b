//! `placeholder-contact`: a report contact that was never filled in.

use std::ops::Range;

use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Policy, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Ruling, Severity, Span};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "placeholder-contact",
        title: "placeholder contact for vulnerability reports",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "give an address that someone reads, or the private report form under Security, Report a vulnerability",
        docs: r"
## What it does
Reports contacts in the security policy that reach no one: reserved example domains, addresses like
`you@yourdomain.com`, GitHub's `users.noreply.github.com`, unfilled text in brackets, links to
`github.com/your-org/your-repo`, and key fingerprints that count or repeat.

## Why is this bad
A vulnerability report goes nowhere, and its sender waits for an answer until they publish it.

## Example
```markdown
Report vulnerabilities to [your security contact email].
```

## Use instead
```markdown
Report vulnerabilities under [Security](../../security/advisories/new).
```

## Known problems
Whether anyone reads an address that looks real is not known.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "contact-placeholder";

/// Reserved domains, and domains used in templates.
const DOMAINS: [&str; 24] = [
    "example.com",
    "example.org",
    "example.net",
    "example.edu",
    "yourdomain.com",
    "your-domain.com",
    "yourdomain.org",
    "yourcompany.com",
    "your-company.com",
    "your-domain.example",
    "yourproject.com",
    "your-project.com",
    "yourproject.org",
    "your-project.org",
    "your-org.com",
    "yourorg.com",
    "your-organization.com",
    "yourorganization.com",
    "domain.tld",
    "mydomain.com",
    "domain.example",
    "localhost",
    "users.noreply.github.com",
    "localhost.localdomain",
];
/// Local parts of addresses used in templates.
const NAMES: [&str; 8] = [
    "your-email",
    "your.email",
    "youremail",
    "your_email",
    "yourname",
    "your-name",
    "your.name",
    "email-address",
];
/// Repository owners and names used in templates.
const SLUGS: [&str; 18] = [
    "your-org",
    "yourorg",
    "your-username",
    "yourusername",
    "your-user",
    "your_username",
    "your-github-username",
    "your-organization",
    "your-name",
    "yourname",
    "your-repo",
    "yourrepo",
    "your-project",
    "your_org",
    "<owner>",
    "{owner}",
    "your-repository",
    "<your-org>",
];
/// Prefixes of text that was to be filled in.
const STARTS: [&str; 18] = [
    "your ",
    "your-",
    "your_",
    "insert",
    "add your",
    "add email",
    "enter ",
    "email address",
    "contact email",
    "security contact",
    "security email",
    "contact method",
    "contact information",
    "maintainer email",
    "project name",
    "replace ",
    "todo",
    "security@",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    declared(policy, reports);
    let sentences = policy.sentences(&[Role::Policy]);
    for sentence in sentences.iter().filter(|sentence| !sentence.is_put_off()) {
        assess(sentence, reports);
        unnamed(policy, sentence, reports);
    }
}

/// Checks contacts in a `security.txt` or a Security Insights file.
fn declared(policy: &Policy, reports: &mut Reports<'_>) {
    let keys = ["contact", "email", "email-contact", "value"];
    for declared in &policy.declared {
        let entries = keys.into_iter().flat_map(|key| declared.ending(key));
        for (entry, (path, span)) in entries {
            for (range, address) in mails(&entry.value) {
                let lower = address.to_ascii_lowercase();
                if let Some(reason) = stand_in(&lower) {
                    let span = Span::new(span.start + range.start, (span.start + range.end).min(span.end));
                    reports.claim((path, span), KIND, &lower, (Ruling::Contradicted, reason));
                }
            }
        }
    }
}

/// Why an address, in lower case, is known to be undeliverable.
fn stand_in(lower: &str) -> Option<String> {
    let (name, domain) = lower.split_once('@')?;
    if domain == "users.noreply.github.com" {
        Some(format!("GitHub discards mail to `{lower}`"))
    } else if DOMAINS.iter().any(|known| domain == *known || domain.ends_with(&format!(".{known}")))
        || domain.ends_with(".example")
    {
        Some(format!("`{domain}` is a placeholder domain: mail to `{lower}` does not arrive"))
    } else {
        NAMES.contains(&name).then(|| format!("`{lower}` is a placeholder"))
    }
}

fn assess(sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let text = sentence.text();
    let mut tell = |range: Range<usize>, reason: String| {
        let place = sentence.place_of(range.start, range.len());
        let about = words::lower(&text[range]);
        reports.claim(place, KIND, &about, (Ruling::Contradicted, reason));
    };
    for (range, address) in mails(text) {
        if let Some(reason) = stand_in(&address.to_ascii_lowercase()) {
            tell(range, reason);
        }
    }
    for range in brackets(text) {
        let inner = words::lower(&text[range.start + 1..range.end - 1]);
        let is_link = sentence.part.piece.links.iter().any(|link| {
            let at = sentence.range.start + range.start;
            link.text.contains(&(at + 1)) || link.text.start == at
        });
        let is_stand_in =
            STARTS.iter().any(|start| inner.trim_start().starts_with(start)) && !inner.contains("://");
        if is_stand_in
            && !is_link
            && !sentence.part.piece.is_code(sentence.range.start + range.start)
            && !inner.contains('@')
        {
            tell(range, "this placeholder was not filled in".to_owned());
        }
    }
    if let Some(range) = words::any(&sentence.lower, &["fingerprint", "key id", "pgp", "gpg", "key"])
        .and_then(|_| counting(text))
    {
        tell(range, "the fingerprint is a placeholder: its digits count or repeat".to_owned());
    }
    for link in &sentence.part.piece.links {
        let is_here = sentence.range.contains(&link.text.start) || link.text.start == sentence.range.start;
        let Some((_, rest)) = link.target.split_once("github.com/").filter(|_| is_here && !link.is_image)
        else {
            continue;
        };
        let parts = rest.split('/').take(2);
        if parts.into_iter().any(|part| SLUGS.iter().any(|slug| part.eq_ignore_ascii_case(slug))) {
            let range = link.text.start.saturating_sub(sentence.range.start)
                ..link.text.end.saturating_sub(sentence.range.start).min(text.len());
            tell(range, "the link is a placeholder, not this repository".to_owned());
        }
    }
}

/// Mail addresses, and their positions.
fn mails(text: &str) -> Vec<(Range<usize>, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    text.match_indices('@')
        .filter_map(|(at, _)| {
            let start = text[..at]
                .rfind(|c: char| !is_part(c))
                .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
            let length = text[at + 1..].find(|c: char| !is_part(c)).unwrap_or(text.len() - at - 1);
            let end = at + 1 + text[at + 1..at + 1 + length].trim_end_matches(['.', '-']).len();
            (start < at && end > at + 1).then(|| (start..end, &text[start..end]))
        })
        .collect()
}

/// Text in brackets.
fn brackets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (open, close) in [('[', ']'), ('<', '>'), ('{', '}')] {
        for (at, _) in text.match_indices(open) {
            if let Some(end) = text[at..].find(close).filter(|end| *end > 2 && *end < 80) {
                found.push(at..at + end + 1);
            }
        }
    }
    found
}

/// Where hexadecimal digits of a key count up or are all equal.
fn counting(text: &str) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, ' ' | ':' | 'X' | 'x' | '\u{a0}');
    let mut rest = 0;
    while let Some(at) = text[rest..].find(|c: char| c.is_ascii_hexdigit() || c == 'X') {
        let start = rest + at;
        let length = text[start..].find(|c: char| !is_part(c)).unwrap_or(text.len() - start);
        let run = text[start..start + length].trim_end();
        let digits: String = run
            .chars()
            .filter(|c| c.is_ascii_hexdigit() || matches!(c, 'X' | 'x'))
            .collect::<String>()
            .to_ascii_lowercase();
        let first = digits.chars().next().unwrap_or(' ');
        let is_alike = digits.len() >= 16 && digits.chars().all(|c| c == first);
        let counts = ["1234567890abcdef", "0123456789abcdef", "deadbeefdeadbeef", "xxxxxxxxxxxxxxxx"];
        let is_counting = digits.len() >= 16 && counts.iter().any(|count| digits.contains(count));
        if is_alike || is_counting {
            return Some(start..start + run.len());
        }
        rest = start + length.max(1);
    }
    None
}

/// "Contact the maintainers", without saying where.
fn unnamed(policy: &Policy, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let asks = words::any(lower, &["contact", "email", "reach out to", "write to"]).is_some();
    let whom =
        words::any(lower, &["maintainer", "maintainers", "the author", "the team", "repository maintainers"])
            .is_some();
    if !asks
        || !whom
        || sentence.text().contains('@')
        || sentence.part.piece.links.iter().any(|link| link.target.contains("://"))
    {
        return;
    }
    let has_other = sentence
        .part
        .document
        .parts()
        .flat_map(|part| &part.piece.links)
        .any(|link| link.target.contains("security/advisories"));
    if has_other && !words::has(lower, "available in") && !words::has(lower, "available") {
        return;
    }
    let is_named = policy.documents.iter().any(|document| {
        policy.files.get(&document.path).is_some_and(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            mails(&text).iter().any(|(_, address)| {
                let lower = address.to_ascii_lowercase();
                lower
                    .rsplit('.')
                    .next()
                    .is_some_and(|end| end.len() >= 2 && end.bytes().all(|b| b.is_ascii_alphabetic()))
                    && !lower.ends_with(".git")
                    && !DOMAINS.iter().any(|domain| lower.ends_with(domain))
            })
        })
    });
    let says_where =
        words::any(lower, &["available in", "listed in", "in the readme", "in the repository"]).is_some();
    let (ruling, reason) = match is_named {
        true if says_where => (Ruling::Upheld, "an address is given".to_owned()),
        true => return,
        false if says_where => (
            Ruling::NoEvidence,
            "neither the policy nor the README or the contributing guide gives an address".to_owned(),
        ),
        false => (Ruling::NoEvidence, "no address is given".to_owned()),
    };
    reports.claim(sentence.place(), KIND, lower, (ruling, reason));
}
