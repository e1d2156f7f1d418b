//! A check as a SARIF rule.

use crate::model::text::escaped;
use crate::model::{Advice, Confidence, Finding, Meta, Name, Severity, check_page};

use crate::render::uri::is_address;
use crate::render::words::{capitalised, cut, sentence};

use super::wire::{Configuration, Help, Rule, RuleProperties, Text};

/// GitHub refuses longer descriptions.
const DESCRIPTION: usize = 1024;

/// The level of a result, and the level a rule's results have by default.
pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The middle of the range that GitHub calls by the same word. 9.0 is on a border.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

/// The rule of a check; `has_page` says whether the repository of bartizan has a page about it.
pub(super) fn of(meta: &Meta<Name>, has_page: fn(&str) -> bool) -> Rule {
    let title = sentence(&meta.title);
    let remedy = capitalised(&sentence(&meta.remedy));
    let full = match first_paragraph(&meta.docs) {
        Some(paragraph) => paragraph,
        None => format!("{title} {remedy}"),
    };
    let page = match meta.docs.trim() {
        "" => &title,
        docs => docs,
    };
    let reference = first_reference(&meta.docs);
    let page_of_check = has_page(&meta.id).then(|| check_page(&meta.id));
    let mut more = format!("`bartizan explain {}`", meta.id);
    for address in page_of_check.iter().map(String::as_str).chain(reference) {
        more.push_str(&format!(", <{address}>"));
    }
    Rule {
        id: meta.id.to_string(),
        name: pascal_case(&meta.id),
        short_description: Text { text: cut(&title, DESCRIPTION) },
        full_description: Text { text: cut(&full, DESCRIPTION) },
        help: Help {
            text: format!("{title} {remedy} More: {}", more.replace(['`', '<', '>'], "")),
            markdown: format!("**What to do first:** {remedy}\n\n{page}\n\nMore: {more}\n"),
        },
        help_uri: page_of_check.or_else(|| reference.map(str::to_owned)),
        default_configuration: Configuration { level: level(meta.severity) },
        properties: RuleProperties {
            tags: vec!["security".to_owned(), meta.family.as_str().to_owned()],
            precision: match meta.confidence {
                Confidence::High => "high",
                Confidence::Medium => "medium",
                Confidence::Low => "low",
            },
            security_severity: score(meta.severity).to_owned(),
        },
    }
}

/// The rule of an advisory; `finding` is one that it gave.
pub(super) fn of_advisory(advice: &Advice, finding: &Finding) -> Rule {
    let id = advice.id.as_deref().map(escaped).unwrap_or_default();
    let title = match escaped(&advice.title) {
        title if title.is_empty() => sentence(&format!("{} of {}", advice.kind, escaped(&advice.package))),
        title => sentence(&title),
    };
    let listed = |words: &str, list: &[String]| {
        let list: Vec<String> =
            list.iter().map(|item| format!("`{}`", escaped(item).replace('`', "'"))).collect();
        if list.is_empty() { String::new() } else { format!("- {words}: {}\n", list.join(", ")) }
    };
    let url = advice.url.as_deref().filter(|url| is_address(url));
    let more = url.map(|url| format!("\nMore: <{url}>\n")).unwrap_or_default();
    Rule {
        name: pascal_case(&id),
        short_description: Text { text: cut(&title, DESCRIPTION) },
        full_description: Text { text: cut(&title, DESCRIPTION) },
        help: Help {
            text: format!("{title} {}", url.unwrap_or_default()).trim_end().to_owned(),
            markdown: format!(
                "{}\n\n- crate: `{}`\n{}{}{}{more}",
                title.replace("](", "] ("),
                escaped(&advice.package),
                listed("also known as", &advice.aliases),
                listed("patched", &advice.patched),
                listed("not affected", &advice.unaffected),
            ),
        },
        help_uri: url.map(str::to_owned),
        default_configuration: Configuration { level: level(finding.severity) },
        properties: RuleProperties {
            tags: ["security", finding.family.as_str(), &advice.kind].map(str::to_owned).to_vec(),
            precision: "high",
            security_severity: match advice.score {
                Some(score) => format!("{score:.1}"),
                None => score(finding.severity).to_owned(),
            },
        },
        id,
    }
}

/// What is known of a check that the report does not list.
pub(super) fn unlisted(finding: &Finding) -> Meta<Name> {
    Meta {
        id: finding.check.clone(),
        title: finding.check.clone(),
        severity: finding.severity,
        confidence: finding.confidence,
        family: finding.family,
        remedy: finding.remedy.clone(),
        docs: "".into(),
    }
}

/// `root-container` as `RootContainer`; nothing for an id of one word, which would be its own name.
fn pascal_case(id: &str) -> Option<String> {
    let name: String = id.split(|c: char| !c.is_ascii_alphanumeric()).map(capitalised).collect();
    (!name.eq_ignore_ascii_case(id)).then_some(name)
}

/// The first paragraph of a page that is not a heading, as one line.
fn first_paragraph(docs: &str) -> Option<String> {
    let lines = docs.lines().map(str::trim);
    let paragraph: Vec<&str> = lines
        .skip_while(|line| line.is_empty() || line.starts_with('#'))
        .take_while(|line| !line.is_empty())
        .collect();
    (!paragraph.is_empty()).then(|| paragraph.join(" "))
}

/// The first address under the heading `References`.
fn first_reference(docs: &str) -> Option<&str> {
    let (_, references) = docs.split_once("## References")?;
    let address = &references[references.find("https://")?..];
    let end = address
        .find(|c: char| c.is_whitespace() || !c.is_ascii() || "<>()[]\"`".contains(c))
        .unwrap_or(address.len());
    Some(address[..end].trim_end_matches(['.', ',', ';']))
}

#[cfg(test)]
mod tests {
    use super::{first_paragraph, first_reference, pascal_case};

    #[test]
    fn names() {
        assert_eq!(pascal_case("github-personal-access-token").as_deref(), Some("GithubPersonalAccessToken"));
        assert_eq!(pascal_case("RUSTSEC-2024-0001").as_deref(), Some("RUSTSEC20240001"));
        assert_eq!(pascal_case("privileged"), None);
    }

    #[test]
    fn pages() {
        let docs = "\n## What it does\nReports each `uses:`\nwithout a commit.\n\n## References\n- <https://example.org/a_b>, https://example.org/c\n";
        assert_eq!(first_paragraph(docs).as_deref(), Some("Reports each `uses:` without a commit."));
        assert_eq!(first_reference(docs), Some("https://example.org/a_b"));
        assert_eq!(first_reference("see https://example.org"), None);
        assert_eq!(first_paragraph("## Only a heading"), None);
    }
}
