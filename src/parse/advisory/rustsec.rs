//! An advisory of the RustSec database: Markdown with TOML in front.
//!
//! Format: the `README.md` of the RustSec advisory database. Fields that are not known are passed over,
//! and a CVSS vector that cannot be read costs the score, not the advisory.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Advisory, Ranges};
use crate::parse::cargo::lock::line_of;

/// What a file of the database says.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The advisory.
    pub advisory: Advisory,
    /// True if it was taken back.
    pub withdrawn: bool,
    /// True if it is about packages of another registry than crates.io.
    pub elsewhere: bool,
}

/// Reads one file.
///
/// # Errors
/// What is wrong, with the line.
pub fn parse(bytes: &[u8]) -> Result<Read, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("line {}: not UTF-8", line_of(bytes, error.valid_up_to())))?;
    let fenced = text.strip_prefix("```toml").ok_or("line 1: does not start with ```toml")?;
    let (front, rest) = fenced.split_once("\n```").ok_or("the TOML in front has no end, ```")?;
    let table = DeTable::parse(front).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        format!("line {}: {}", line_of(front.as_bytes(), at), error.message())
    })?;
    let top = table.get_ref();
    // The newest form leaves the name of the first table out.
    let meta = sub(top, "advisory").unwrap_or(top);
    let required = |key: &str| text_of(meta, key).ok_or_else(|| format!("has no `{key}`"));
    let title = rest.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim();
    let versions = sub(top, "versions");
    let affected = sub(top, "affected");
    let list = |table: Option<&DeTable<'_>>, key: &str| table.map(|table| texts(table, key)).transpose();
    let advisory = Advisory {
        id: required("id")?,
        package: required("package")?,
        title: title.to_owned(),
        date: meta.get("date").map(day).unwrap_or_default(),
        aliases: texts(meta, "aliases")?,
        url: text_of(meta, "url"),
        informational: text_of(meta, "informational"),
        cvss: text_of(meta, "cvss"),
        rated: None,
        patched: list(versions, "patched")?.ok_or("has no `[versions]`")?,
        unaffected: list(versions, "unaffected")?.unwrap_or_default(),
        affected: Vec::new(),
        functions: functions(affected),
        os: list(affected, "os")?.unwrap_or_default(),
        arch: list(affected, "arch")?.unwrap_or_default(),
    };
    Ranges::of(&advisory)?;
    let elsewhere = text_of(meta, "source")
        .is_some_and(|source| !source.contains("github.com/rust-lang/crates.io-index"));
    let withdrawn =
        meta.get("withdrawn").is_some_and(|value| !matches!(value.get_ref(), DeValue::Boolean(_)));
    Ok(Read { advisory, withdrawn, elsewhere })
}

fn functions(affected: Option<&DeTable<'_>>) -> Vec<(String, Vec<String>)> {
    let Some(table) = affected.and_then(|affected| sub(affected, "functions")) else { return Vec::new() };
    table
        .iter()
        .map(|(path, value)| {
            let versions = value.get_ref().as_array().into_iter().flat_map(|list| list.iter());
            let path: &str = path.get_ref();
            (path.to_owned(), versions.filter_map(string).collect())
        })
        .collect()
}

fn sub<'t, 'a>(table: &'t DeTable<'a>, name: &str) -> Option<&'t DeTable<'a>> {
    table.get(name)?.get_ref().as_table()
}

fn text_of(table: &DeTable<'_>, key: &str) -> Option<String> {
    table.get(key).and_then(string)
}

fn string(value: &Spanned<DeValue<'_>>) -> Option<String> {
    value.get_ref().as_str().map(str::to_owned)
}

fn day(value: &Spanned<DeValue<'_>>) -> String {
    match value.get_ref() {
        DeValue::Datetime(day) => day.to_string(),
        value => value.as_str().unwrap_or_default().to_owned(),
    }
}

/// The strings of a list; none if there is no such key.
fn texts(table: &DeTable<'_>, key: &str) -> Result<Vec<String>, String> {
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    let items = value.get_ref().as_array().ok_or_else(|| format!("`{key}` is no list"))?;
    items.iter().map(|item| string(item).ok_or_else(|| format!("`{key}` is no list of strings"))).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    const WHOLE: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2099-0001\"\npackage = \"tin\"\ndate = \"2099-01-02\"\nurl = \"https://example.org/1\"\naliases = [\"CVE-2099-1\"]\ncvss = \"CVSS:9.9/X:Y\"\nmood = \"new\"\n\n[affected]\nos = [\"windows\"]\n[affected.functions]\n\"tin::cut\" = [\"< 1.2\"]\n\n[versions]\npatched = [\">= 1.2\"]\n```\n\n# Tin is cut\n\nText.\n";

    #[test]
    fn a_whole_advisory_with_what_nobody_knows() {
        let read = parse(WHOLE.as_bytes()).unwrap();
        let advisory = read.advisory;
        assert_eq!((advisory.id.as_str(), advisory.title.as_str()), ("RUSTSEC-2099-0001", "Tin is cut"));
        assert_eq!(advisory.functions, [("tin::cut".to_owned(), vec!["< 1.2".to_owned()])]);
        assert_eq!((advisory.os, advisory.date.as_str()), (vec!["windows".to_owned()], "2099-01-02"));
        assert!(!read.withdrawn && !read.elsewhere);
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
            ("[\">= 1.2\"]", "[1]"),
            ("```toml", "toml"),
            ("\n```\n", "\n"),
        ] {
            assert!(parse(WHOLE.replacen(from, to, 1).as_bytes()).is_err(), "{from} {to}");
        }
        assert_eq!(parse(b"```toml\n\xff").unwrap_err(), "line 2: not UTF-8");
    }
}
