//! `bartizan explain CHECK`, and the page of a check under `docs/checks`: what it finds and what to do.

use anstyle::Style;

use crate::cli::exit::Exit;
use crate::cli::output;
use crate::engine::Check;
use crate::engine::request::Request;
use crate::engine::rule::{Proof, Rule};
use crate::model::{check_page, text};
use crate::scan::registry;
use crate::scan::suggest::did_you_mean;

/// Ids that are listed where a part of one was given.
const LISTED: usize = 10;
/// Columns of text at most: longer lines are hard to read.
const WIDEST: usize = 100;

pub(super) fn run(id: &str) -> anyhow::Result<Exit> {
    let checks = registry::all();
    let Some(check) = checks.iter().find(|check| check.meta.id == id) else {
        anyhow::bail!("unknown check `{}`{}", text::escaped(id), help(&checks, id));
    };
    let heading = if output::is_coloured() { Style::new().bold() } else { Style::new() };
    let text = page(check, heading, output::width().min(WIDEST));
    output::stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Clean)
}

/// What could have been meant: ids that have the word in them, or the one nearest to it.
fn help(checks: &[Check], word: &str) -> String {
    let ids = || checks.iter().map(|check| check.meta.id);
    let with: Vec<&str> = ids().filter(|id| id.split('-').any(|part| part == word)).collect();
    match with.as_slice() {
        [] => match did_you_mean(word, ids()) {
            meant if meant.is_empty() => "; `bartizan checks` lists all".to_owned(),
            meant => meant,
        },
        [one] => format!(", did you mean `{one}`?"),
        many => {
            let more = if many.len() > LISTED { " and more" } else { "" };
            format!("; checks with that word: {}{more}", many[..many.len().min(LISTED)].join(", "))
        }
    }
}

fn page(check: &Check, heading: Style, width: usize) -> String {
    let meta = &check.meta;
    let mut out = format!("{heading}{}{heading:#}: {}\n\n", meta.id, meta.title);
    out.push_str(&format!(
        "family: {}, severity: {}, confidence: {}\n",
        meta.family.as_str(),
        meta.severity,
        meta.confidence
    ));
    let mark = format!(
        "`bartizan:allow {id} REASON` in a comment on the line, or on the line above; where a file has no comments or \
         is written by a program, `[[ignore]]` in bartizan.toml with `check = \"{id}\"`, a path and a reason.",
        id = meta.id
    );
    let more = [("To accept one", mark), ("Page", check_page(meta.id))];
    for (title, text) in sections(check).into_iter().chain(more) {
        out.push_str(&format!("\n{heading}{title}{heading:#}\n{}", wrapped(&text, width)));
    }
    out
}

/// The page of `check` under `docs/checks`, in Markdown.
#[must_use]
pub fn markdown(check: &Check) -> String {
    let meta = &check.meta;
    let family = meta.family.as_str();
    let mut out = format!(
        "# {}\n\n{}\n\nFamily: [{family}](README.md#{family}), severity: {}, confidence: {}.\n",
        meta.id,
        plain(meta.title),
        meta.severity,
        meta.confidence
    );
    for (title, text) in sections(check) {
        let text = if check.rule().is_some() { plain(&text) } else { text.trim().to_owned() };
        out.push_str(&format!("\n## {title}\n\n{text}\n"));
    }
    out.push_str("\nA finding is [accepted with a reason](../baseline.md#one-place).\n");
    out
}

/// `text` without what Markdown would take for an element, and with its bare addresses as links.
fn plain(text: &str) -> String {
    let linked = |line: &str| {
        if line.starts_with("https://") { format!("<{line}>") } else { line.replace('<', "&lt;") }
    };
    text.trim().lines().map(linked).collect::<Vec<_>>().join("\n")
}

/// What there is to say of `check`, under headings.
fn sections(check: &Check) -> Vec<(&str, String)> {
    let meta = &check.meta;
    match check.rule() {
        Some(rule) => rule_sections(rule),
        None => {
            let parts = meta.docs.split("\n## ").skip(1);
            let mut sections: Vec<_> = parts
                .map(|part| part.split_once('\n').unwrap_or((part, "")))
                .map(|(title, text)| (title, text.to_owned()))
                .collect();
            sections.push(("What to do first", meta.remedy.to_owned()));
            sections
        }
    }
}

fn rule_sections(rule: &Rule) -> Vec<(&'static str, String)> {
    let proof = match rule.proof {
        None => "None without a network: form and surroundings decide.".to_owned(),
        Some(proof) => {
            let fails = if rule.proof_required {
                "Without it nothing is reported."
            } else {
                "Where it fails, the severity is low."
            };
            format!("{} {fails}", proof_sentence(proof))
        }
    };
    let mut sections = vec![
        ("Whose it is", rule.provider.to_owned()),
        ("What it opens", rule.about.to_owned()),
        ("What to do first", rule.revoke.to_owned()),
        ("Proof", proof),
    ];
    if !rule.paths.is_empty() {
        sections.push((
            "Only in",
            rule.paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "),
        ));
    }
    if let Some(request) = rule.request {
        sections.push(("Is it live?", question(request)));
    }
    if !rule.docs.is_empty() {
        sections.push(("Documentation", rule.docs.to_owned()));
    }
    sections
}

/// What `bartizan validate` sends to whom.
fn question(request: &Request) -> String {
    let method = if request.post { "POST" } else { "GET" };
    let what = if request.sigv4 { "a request that is signed with it" } else { "it" };
    let mut out = match request.host {
        "" => format!(
            "`bartizan validate --host {}=HOST` sends {what} to {method} https://HOST{}.",
            request.service, request.own_path
        ),
        host => format!(
            "`bartizan validate` sends {what} to {method} https://{}, and nowhere else; a scan never does.",
            request.endpoint(host)
        ),
    };
    if !request.host.is_empty() && !request.own_path.is_empty() {
        out.push_str(&format!(" With --host {}=HOST it asks a host of your own instead.", request.service));
    }
    if !request.companions.is_empty() {
        let names: Vec<&str> = request.companions.iter().map(|one| one.name).collect();
        out.push_str(&format!(" It needs what stands near it: {}.", names.join(", ")));
    }
    if !request.shown.is_empty() {
        let facts: Vec<&str> = request.shown.iter().map(|(fact, _)| fact.as_str()).collect();
        out.push_str(&format!(" Of the answer it shows: {}.", facts.join(", ")));
    }
    out.push_str(&format!("\n\n{}", request.docs));
    out
}

/// What is proven offline, a sentence.
fn proof_sentence(proof: Proof) -> String {
    let fixed = match proof {
        Proof::Crc32Base62 => "The last six characters are a checksum of the others.",
        Proof::Crc32Hex => "The last eight characters are a checksum of the others.",
        Proof::Base64(bytes) => return format!("It decodes from base64 to {bytes} bytes."),
        Proof::Base64Prefix(prefix) => {
            return format!("It decodes from base64 to something that starts with `{prefix}`.");
        }
        Proof::Base64Json(fields) => {
            return format!("It decodes from base64 to a JSON object with {}.", fields.replace(',', ", "));
        }
        Proof::Hex(bytes) => return format!("It decodes from hexadecimal to {bytes} bytes."),
        Proof::Jwt("") => "Header and payload decode to JSON as those of a JSON web token do.",
        Proof::Jwt(field) => {
            return format!(
                "Header and payload decode to JSON, and the payload has {}.",
                field.replace('=', " with ")
            );
        }
        Proof::Pem => "The block decodes to a key.",
        Proof::BasicAuth => "It decodes from base64 to a user and a password.",
        Proof::AwsKeyId => "It decodes to a number of an AWS account.",
        Proof::Bech32 => "Its Bech32 checksum is right.",
        Proof::Base58Check => "Its Base58 checksum is right.",
        Proof::StrKey => "Its StrKey version and checksum are right.",
        Proof::NKey => "Its NATS key prefix and checksum are right.",
        Proof::Bip39 => "All words are in the BIP-39 list, and their checksum is right.",
        Proof::PypiMacaroon => "It decodes to a macaroon of PyPI.",
        Proof::GitlabRoutable => "Its routing part decodes, and its length and checksum are right.",
        Proof::AzureSas => {
            "Its fields are those of a shared access signature, and its signature has the right length."
        }
        Proof::DiscordSnowflake => "Its first part decodes to the id of a Discord user.",
        Proof::ServiceAccount => "The document around it is that of a Google service account.",
    };
    fixed.to_owned()
}

/// `text` in lines of at most `width` characters, indented; its own paragraphs and lists stay.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for paragraph in text.trim().split("\n\n") {
        if !out.is_empty() {
            out.push('\n');
        }
        if paragraph.lines().any(is_set) {
            paragraph.lines().for_each(|line| out.push_str(&format!("  {line}\n")));
            continue;
        }
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            }
            let space = if column == 0 { "  " } else { " " };
            out.push_str(space);
            out.push_str(word);
            column += space.len() + length;
        }
        out.push('\n');
    }
    out
}

/// True for a line whose breaks mean something: of a list, a table or an example.
fn is_set(line: &str) -> bool {
    ["- ", "* ", "|", "```", "    "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{page, wrapped};
    use crate::scan::registry;
    use anstyle::Style;

    #[test]
    fn text_is_wrapped_and_paragraphs_stay() {
        assert_eq!(wrapped("one two three\nfour\n\nfive", 12), "  one two\n  three four\n\n  five\n");
        assert_eq!(wrapped("", 12), "\n");
        assert_eq!(wrapped("- a list\n- of things", 4), "  - a list\n  - of things\n");
    }

    #[test]
    fn every_check_has_a_page_that_says_what_to_do() {
        for check in registry::all() {
            let page = page(&check, Style::new(), 80);
            assert!(page.contains("What to do first\n  "), "{page}");
            assert!(page.starts_with(check.meta.id), "{page}");
        }
    }
}
