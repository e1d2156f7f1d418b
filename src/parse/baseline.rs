//! `bartizan.baseline`: accepted findings, one per line, parsed strictly and written sorted.
//!
//! The first line identifies the format. No line has a location or a time, so branches that both add entries merge
//! cleanly, and a rename, a rebase or reformatting changes nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::model::{Severity, text};

/// The format that is written, and the newest that is read.
pub const FORMAT: u64 = 1;
/// The largest baseline in bytes.
pub const MAX_SIZE: u64 = 16 << 20;
/// The most entries.
pub const MAX_ENTRIES: usize = 50_000;
/// The most characters of a reason or an owner.
pub const MAX_WORDS: usize = 1000;
/// The most errors reported for one file.
const MAX_MISTAKES: usize = 20;
/// The keys of the header.
const HEADER_KEYS: [&str; 3] = ["bartizan", "version", "key"];
/// The keys of an entry.
const KEYS: [&str; 7] = ["fingerprint", "check", "reason", "owner", "expires", "history", "severity"];
/// Git's conflict markers.
const CONFLICT: [&str; 3] = ["<<<<<<<", "|||||||", ">>>>>>>"];

/// An accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The finding's fingerprint, `b1:` and 32 digits.
    pub fingerprint: String,
    /// The id of its check.
    pub check: String,
    /// Why it was accepted.
    pub reason: String,
    /// The responsible person or team.
    pub owner: Option<String>,
    /// The last day on which it is valid.
    pub expires: Option<Date>,
    /// True if it was found only in the history, which a worktree scan does not see.
    pub history: bool,
    /// The severity when accepted; a more severe finding is not covered. `None` covers any severity.
    pub severity: Option<Severity>,
}

/// A parsed baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The id of the key for its fingerprints, if the user had one.
    pub key: Option<String>,
    /// The entries with their lines, 1-based, sorted; one per fingerprint.
    pub entries: Vec<(usize, Entry)>,
    /// Harmless irregularities, by line.
    pub oddities: Vec<Told>,
}

/// A message about a line, 1-based.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The line.
    pub line: usize,
    /// The message, in lower case.
    pub message: String,
}

/// Parses a baseline.
///
/// # Errors
/// What is wrong, by line; at most 21 messages.
pub fn parse(text: &str) -> Result<Document, Vec<Told>> {
    let at = |line: usize, message: String| Told { line, message };
    let lines = || text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end_matches('\r')));
    let marks = |line: &str| CONFLICT.iter().any(|mark| line.starts_with(mark)) || line == "=======";
    if let Some((line, _)) = lines().find(|(_, line)| marks(line)) {
        let what = "unresolved merge conflict; keep both sides and run `bartizan baseline update`";
        return Err(vec![at(line, what.to_owned())]);
    }
    let key = header(text.lines().next().unwrap_or("")).map_err(|message| vec![at(1, message)])?;
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    for (line, text) in lines().skip(1).filter(|(_, text)| !text.trim().is_empty()) {
        if found.len() == MAX_ENTRIES {
            mistakes.push(at(line, format!("there are more than {MAX_ENTRIES} entries")));
            break;
        }
        match entry(text) {
            Ok(entry) => found.push((line, entry)),
            Err(message) if mistakes.len() == MAX_MISTAKES => {
                drop(message);
                mistakes.push(at(line, "and perhaps more; the rest was not read".to_owned()));
                break;
            }
            Err(message) => mistakes.push(at(line, message)),
        }
    }
    if mistakes.is_empty() { Ok(sorted_out(key, found)) } else { Err(mistakes) }
}

/// Sorts entries, and keeps the strictest of those with the same fingerprint.
fn sorted_out(key: Option<String>, found: Vec<(usize, Entry)>) -> Document {
    let mut oddities = Vec::new();
    let mut tell = |line: usize, message: String| oddities.push(Told { line, message });
    let unsorted = found.windows(2).find(|pair| pair[0].1.fingerprint > pair[1].1.fingerprint);
    if let Some((line, _)) = unsorted.and_then(|pair| pair.last()) {
        tell(*line, "not in the order of fingerprints; `bartizan baseline update` sorts the file".to_owned());
    }
    let mut by_print: BTreeMap<String, (usize, Entry)> = BTreeMap::new();
    for (line, entry) in found {
        match by_print.get_mut(&entry.fingerprint) {
            None => drop(by_print.insert(entry.fingerprint.clone(), (line, entry))),
            Some((first, kept)) => {
                let again = if *kept == entry { "" } else { ", and says something else" };
                tell(
                    line,
                    format!(
                        "the finding of line {first} once more{again}; `bartizan baseline update` keeps one"
                    ),
                );
                if stricter(&entry) < stricter(kept) {
                    *kept = entry;
                }
            }
        }
    }
    oddities.sort();
    Document { key, entries: by_print.into_values().collect(), oddities }
}

/// The sort key of strictness: earlier expiry first, then lower severity.
fn stricter(entry: &Entry) -> (bool, Option<Date>, bool, Option<Severity>, &Entry) {
    (entry.expires.is_none(), entry.expires, entry.severity.is_none(), entry.severity, entry)
}

/// The id of the key in the first line.
fn header(line: &str) -> Result<Option<String>, String> {
    let wanted = || format!("not a baseline; its first line must be {}", first_line(None));
    let map: Map<String, Value> = serde_json::from_str(line.trim_end()).map_err(|_| wanted())?;
    if map.get("bartizan").and_then(Value::as_str) != Some("baseline") {
        return Err(wanted());
    }
    match map.get("version").and_then(Value::as_u64) {
        Some(FORMAT) => {}
        Some(newer) if newer > FORMAT => {
            return Err(format!("made by a newer bartizan (format {newer}); this one reads {FORMAT}"));
        }
        _ => return Err(format!("`version` is a number, {FORMAT}")),
    }
    unknown(&map, &HEADER_KEYS)?;
    match map.get("key") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if !id.is_empty() && id.len() <= 64 && id.chars().all(is_plain) => {
            Ok(Some(id.clone()))
        }
        Some(_) => Err("`key` is null, or the id of the key that the fingerprints were made with".to_owned()),
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ':'
}

fn unknown(map: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown key `{}`; known here: {}", shortened(key), known.join(", "))),
        None => Ok(()),
    }
}

/// `text`, escaped and shortened for a message.
fn shortened(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    text::escaped(&short)
}

fn entry(line: &str) -> Result<Entry, String> {
    let map: Map<String, Value> = serde_json::from_str(line).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            "an entry is an object in JSON, `{\"fingerprint\":…}`".to_owned()
        }
        _ => format!("column {}: not JSON", error.column()),
    })?;
    if map.contains_key("bartizan") {
        return Err("another first line; keep the one at the top".to_owned());
    }
    unknown(&map, &KEYS)?;
    let fingerprint = words(&map, "fingerprint")?.ok_or("the entry has no `fingerprint`")?;
    if !is_fingerprint(&fingerprint) {
        return Err("`fingerprint` is b1: and 32 digits, 0 to 9 and a to f".to_owned());
    }
    let check = words(&map, "check")?.ok_or("the entry has no `check`")?;
    let reason = words(&map, "reason")?.ok_or("the entry has no `reason`, which says why it was accepted")?;
    let expires = match words(&map, "expires")? {
        None => None,
        Some(day) => Some(day.parse().map_err(|_| "`expires` is a day, such as 2027-01-31".to_owned())?),
    };
    let history = match map.get("history") {
        None => false,
        Some(Value::Bool(history)) => *history,
        Some(_) => return Err("`history` is true or false".to_owned()),
    };
    let severity = match words(&map, "severity")? {
        None => None,
        Some(word) => {
            let known = Severity::ALL.into_iter().find(|severity| severity.as_str() == word);
            Some(known.ok_or_else(|| "`severity` is low, medium, high or critical".to_owned())?)
        }
    };
    Ok(Entry { fingerprint, check, reason, owner: words(&map, "owner")?, expires, history, severity })
}

fn words(map: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match map.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Err(format!("`{key}` is empty")),
        Some(Value::String(text)) if text.chars().nth(MAX_WORDS).is_some() => {
            Err(format!("`{key}` has more than {MAX_WORDS} characters"))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` is a string")),
    }
}

fn is_fingerprint(text: &str) -> bool {
    let digits = text.strip_prefix("b1:").unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// The text of a baseline with these entries, sorted, one per fingerprint.
#[must_use]
pub fn write(key: Option<&str>, entries: &[Entry]) -> String {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| (&entry.fingerprint, stricter(entry)));
    sorted.dedup_by_key(|entry| &entry.fingerprint);
    let mut out = first_line(key);
    out.push('\n');
    for entry in sorted {
        let Entry { fingerprint, check, reason, owner, expires, history, severity } = entry;
        let _ = write!(
            out,
            "{{\"fingerprint\":{},\"check\":{},\"reason\":{}",
            json(fingerprint),
            json(check),
            json(reason)
        );
        if let Some(owner) = owner {
            let _ = write!(out, ",\"owner\":{}", json(owner));
        }
        if let Some(expires) = expires {
            let _ = write!(out, ",\"expires\":\"{expires}\"");
        }
        if *history {
            out.push_str(",\"history\":true");
        }
        if let Some(severity) = severity {
            let _ = write!(out, ",\"severity\":\"{severity}\"");
        }
        out.push_str("}\n");
    }
    out
}

fn first_line(key: Option<&str>) -> String {
    let key = key.map_or_else(|| "null".to_owned(), json);
    format!("{{\"bartizan\":\"baseline\",\"version\":{FORMAT},\"key\":{key}}}")
}

/// `text` as a JSON string without invisible or bidirectional characters.
fn json(text: &str) -> String {
    let plain = Value::from(text).to_string();
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        if text::needs_escape(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
