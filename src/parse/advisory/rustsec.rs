//! Parses an advisory of the RustSec database, Markdown with TOML front matter, with the crate `rustsec`.
//!
//! The crate rejects a file with any unsupported field. Here an unsupported field, such as a newer CVSS vector, is
//! dropped, and an unreadable file affects only itself.

use std::panic::catch_unwind;

use toml::{Table, Value};

use super::{Advisory, Ranges, ranges};
use crate::parse::lines::line_of;

/// A parsed file of the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The advisory.
    pub advisory: Advisory,
    /// True if it is withdrawn.
    pub withdrawn: bool,
    /// True if it is about a registry other than crates.io.
    pub elsewhere: bool,
}

/// Optional keys, in the order in which they are dropped.
const DISPENSABLE: [&[&str]; 3] = [
    &[],
    &["cvss"],
    &["cvss", "affected", "aliases", "categories", "keywords", "license", "references", "related", "url"],
];

/// Parses one file.
///
/// # Errors
/// What is wrong, with the line.
pub fn parse(bytes: &[u8]) -> Result<Read, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("line {}: not UTF-8", line_of(bytes, error.valid_up_to())))?;
    let fenced = text.strip_prefix("```toml").ok_or("line 1: does not start with ```toml")?;
    let (front, rest) = fenced.split_once("\n```").ok_or("the TOML in front has no end, ```")?;
    let table: Table = front.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        format!("line {}: {}", line_of(front.as_bytes(), at), error.message())
    })?;
    let (versions, affected) = (part(&table, "versions"), part(&table, "affected"));
    let (patched, unaffected) = (texts(versions, "patched"), texts(versions, "unaffected"));
    ranges::requirements(patched.iter().chain(&unaffected))?;
    let title = rest.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim();
    let rustsec::advisory::Metadata { id, package, date, informational, source, withdrawn, .. } = read(text)
        .or_else(|why| {
            let without = |keys: &&[&str]| read(&written_without(keys, table.clone(), title)).ok();
            DISPENSABLE.iter().find_map(without).ok_or(why)
        })?
        .metadata;
    // The newest form omits the name of the first table. Keep the title as written.
    let meta = part(&table, "advisory").or(Some(&table));
    let shown = |key: &str| meta?.get(key)?.as_str().map(str::to_owned);
    let functions = affected.and_then(|affected| part(affected, "functions"));
    let advisory = Advisory {
        id: id.to_string(),
        package: package.to_string(),
        title: title.to_owned(),
        date: date.to_string(),
        aliases: texts(meta, "aliases"),
        url: shown("url"),
        informational: informational.map(|kind| kind.to_string()),
        malicious: false,
        cvss: shown("cvss"),
        rated: None,
        patched,
        unaffected,
        affected: Vec::new(),
        functions: functions
            .into_iter()
            .flat_map(Table::keys)
            .map(|f| (f.clone(), texts(functions, f)))
            .collect(),
        os: texts(affected, "os"),
        arch: texts(affected, "arch"),
    };
    Ranges::of(&advisory)?;
    let elsewhere = source.is_some_and(|source| !source.is_default_registry());
    Ok(Read { advisory, withdrawn: withdrawn.is_some(), elsewhere })
}

fn part<'t>(table: &'t Table, key: &str) -> Option<&'t Table> {
    table.get(key)?.as_table()
}

/// The strings of a list; empty if the key is missing.
fn texts(table: Option<&Table>, key: &str) -> Vec<String> {
    let list = table.and_then(|table| table.get(key)?.as_array());
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn read(text: &str) -> Result<rustsec::Advisory, String> {
    let read = catch_unwind(|| text.parse::<rustsec::Advisory>());
    let read = read.map_err(|_| "it makes no sense".to_owned())?;
    // A TOML error goes on with an excerpt of the line.
    read.map_err(|error| {
        error
            .to_string()
            .lines()
            .map(str::trim)
            .filter(|line| !line.contains('|'))
            .collect::<Vec<_>>()
            .join(": ")
    })
}

/// The same advisory without some `keys`, and with dates as strings.
fn written_without(keys: &[&str], mut table: Table, title: &str) -> String {
    let drop_from = |table: &mut Table| {
        table.retain(|key, value| {
            if let Value::Datetime(day) = value {
                *value = Value::String(day.to_string());
            }
            !keys.contains(&key)
        });
    };
    drop_from(&mut table);
    if let Some(Value::Table(meta)) = table.get_mut("advisory") {
        drop_from(meta);
    }
    format!("```toml\n{table}```\n\n# {title}\n")
}

#[cfg(test)]
mod tests {
    use super::parse;

    const WHOLE: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2099-0001\"\npackage = \"tin\"\ndate = \"2099-01-02\"\nurl = \"https://example.org/1\"\naliases = [\"CVE-2099-1\"]\ncvss = \"CVSS:9.9/X:Y\"\nmood = \"new\"\n\n[affected]\nos = [\"windows\"]\n[affected.functions]\n\"tin::cut\" = [\"< 1.2\"]\n\n[versions]\npatched = [\">= 1.2\"]\n```\n\n# Tin is cut\n\nText.\n";

    #[test]
    fn a_whole_advisory_with_unknown_fields() {
        let read = parse(WHOLE.as_bytes()).unwrap();
        let advisory = read.advisory;
        assert_eq!((advisory.id.as_str(), advisory.title.as_str()), ("RUSTSEC-2099-0001", "Tin is cut"));
        assert_eq!(advisory.functions, [("tin::cut".to_owned(), vec!["< 1.2".to_owned()])]);
        assert_eq!((advisory.os, advisory.date.as_str()), (vec!["windows".to_owned()], "2099-01-02"));
        assert!(!read.withdrawn && !read.elsewhere);
    }

    #[test]
    fn what_is_not_understood_costs_itself() {
        for (from, to) in [
            ("url = \"https://example.org/1\"", "url = \"no address\""),
            ("aliases = [\"CVE-2099-1\"]", "aliases = [\"CVE-of-old\"]"),
            ("\"tin::cut\"", "\"no path\""),
            ("mood = \"new\"", "references = [1]"),
        ] {
            let read = parse(WHOLE.replacen(from, to, 1).as_bytes()).unwrap();
            assert_eq!(
                (read.advisory.id.as_str(), read.advisory.patched),
                ("RUSTSEC-2099-0001", vec![">= 1.2".to_owned()])
            );
        }
        // Without a text after the title, as a scan shows only the title.
        let short = &WHOLE[..WHOLE.find("\n\nText").unwrap()];
        assert_eq!(parse(short.as_bytes()).unwrap().advisory.title, "Tin is cut");
    }

    #[test]
    fn other_forms() {
        let newer = "```toml\nid = 'X-1'\npackage = 'tin'\ndate = 2099-01-02\nwithdrawn = \"2099-02-01\"\n[versions]\npatched = []\n```\n# T\n";
        let read = parse(newer.as_bytes()).unwrap();
        assert!(read.withdrawn);
        assert_eq!(read.advisory.date, "2099-01-02");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let broken = WHOLE.replace("date = ", "date ");
        assert!(
            parse(broken.as_bytes()).unwrap_err().starts_with("line 5: "),
            "{:?}",
            parse(broken.as_bytes())
        );
        for (from, to) in [
            ("id = ", "no = "),
            ("[versions]", "[version]"),
            (">= 1.2", ">= 2, < 1"),
            ("[\">= 1.2\"]", "[\"> 1.2.0\", \"= 1.2.0\"]"),
            (">= 1.2", "^18446744073709551615"),
            ("[\">= 1.2\"]", "[1]"),
            ("```toml", "toml"),
            ("\n```\n", "\n"),
        ] {
            assert!(parse(WHOLE.replacen(from, to, 1).as_bytes()).is_err(), "{from} {to}");
        }
        assert_eq!(parse(b"```toml\n\xff").unwrap_err(), "line 2: not UTF-8");
    }
}
