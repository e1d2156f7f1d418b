//! Reports and ignore files of other scanners, in any format: locations and values.

mod detect_secrets;
mod gitleaks;
mod gitleaks_ignore;
mod kingfisher;
mod trufflehog;

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::model::Secret;
use crate::parse::baseline::Told;

/// The largest file in bytes.
pub const MAX_SIZE: u64 = 32 << 20;
/// The most records of a file.
pub const MAX_RECORDS: usize = 50_000;
/// The most unparsed lines that are reported.
const MAX_ODD: usize = 20;
/// The most characters of a rule name that are kept.
const MAX_RULE: usize = 100;
/// Shorter values may be coincidence.
const LEAST_VALUE: usize = 4;

/// The tool and format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// `.gitleaksignore`: `commit:file:rule:line` or `file:rule:line`.
    GitleaksIgnore,
    /// `gitleaks --report-format json`: a list of objects with `RuleID`.
    Gitleaks,
    /// `trufflehog --json`: an object a line, or a list of them, with `DetectorName`.
    Trufflehog,
    /// `kingfisher --format json` or `jsonl`: objects with `rule` and `finding`.
    Kingfisher,
    /// `.secrets.baseline` of detect-secrets: `results` by file, with SHA-1 digests of the values.
    DetectSecrets,
}

impl Format {
    /// Its description in a reason.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GitleaksIgnore => ".gitleaksignore",
            Self::Gitleaks => "a report of gitleaks",
            Self::Trufflehog => "a report of trufflehog",
            Self::Kingfisher => "a report of kingfisher",
            Self::DetectSecrets => ".secrets.baseline",
        }
    }

    fn of_object(object: &Map<String, Value>) -> Option<Self> {
        let has = |key: &str| object.contains_key(key);
        match () {
            () if has("RuleID") => Some(Self::Gitleaks),
            () if has("SourceMetadata") || has("DetectorName") => Some(Self::Trufflehog),
            () if has("rule") && has("finding") => Some(Self::Kingfisher),
            () => None,
        }
    }

    fn record(self, object: &Map<String, Value>) -> Option<Record> {
        match self {
            Self::Gitleaks => gitleaks::record(object),
            Self::Trufflehog => trufflehog::record(object),
            Self::Kingfisher => kingfisher::record(object),
            Self::GitleaksIgnore | Self::DetectSecrets => None,
        }
    }
}

/// A finding of another scanner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its number in the file, from 1: the line, or the index in the list.
    pub number: usize,
    /// The rule.
    pub rule: String,
    /// The file, as written there.
    pub path: Option<Vec<u8>>,
    /// The line, 1-based.
    pub line: Option<u32>,
    /// The id of the commit.
    pub commit: Option<String>,
    /// The value; several if only parts are given.
    pub values: Vec<Secret>,
    /// The SHA-1 digest of the value.
    pub sha1: Option<[u8; 20]>,
    /// True if the digest covers only the first line of a key block.
    pub is_block: bool,
    /// The audit result, in a few words.
    pub verdict: Option<&'static str>,
}

/// A parsed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignReport {
    /// Its format.
    pub format: Format,
    /// Its records.
    pub records: Vec<Record>,
    /// Unparsed lines.
    pub odd: Vec<Told>,
}

/// Parses the file `name`; the format is detected by name and content unless given.
///
/// # Errors
/// Why the file cannot be used.
pub fn read(name: &[u8], bytes: &[u8], format: Option<Format>) -> Result<ForeignReport, String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let is_ignore = memchr::memmem::find(name, b"gitleaksignore").is_some();
    if format == Some(Format::GitleaksIgnore) || (format.is_none() && is_ignore) {
        return Ok(bounded(gitleaks_ignore::read(text)));
    }
    let first = serde_json::Deserializer::from_str(text).into_iter::<Value>().next();
    let report = match first {
        // A summary of the run may follow a report.
        Some(Ok(value)) if is_document(&value) || serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            whole(value, format)?
        }
        _ => match lines(text, format) {
            Some(report) => report,
            None if format.is_none() && gitleaks_ignore::looks_like_it(text) => gitleaks_ignore::read(text),
            None => return Err("it is neither JSON nor anything else that can be imported".to_owned()),
        },
    };
    Ok(bounded(report))
}

fn bounded(mut report: ForeignReport) -> ForeignReport {
    if let Some(more @ 1..) = report.odd.len().checked_sub(MAX_ODD) {
        let line = report.odd[MAX_ODD].line;
        report.odd.truncate(MAX_ODD);
        report.odd.push(Told { line, message: format!("and {more} more that were not understood") });
    }
    report
}

/// True if `value` has the records of a whole report.
fn is_document(value: &Value) -> bool {
    match value {
        Value::Array(_) => true,
        Value::Object(object) => {
            object.get("results").is_some_and(Value::is_object)
                || object.get("findings").is_some_and(Value::is_array)
        }
        _ => false,
    }
}

/// A file that is one JSON value.
fn whole(value: Value, format: Option<Format>) -> Result<ForeignReport, String> {
    let unknown = "it is JSON, but of no known scanner; name it with --format";
    match value {
        Value::Array(list) => list_of(&list, format).ok_or_else(|| unknown.to_owned()),
        Value::Object(object) => {
            if let Some(Value::Object(results)) = object.get("results")
                && format.is_none_or(|format| format == Format::DetectSecrets)
            {
                return Ok(detect_secrets::read(results));
            }
            if let Some(Value::Array(list)) = object.get("findings")
                && format.is_none_or(|format| format == Format::Kingfisher)
            {
                return list_of(list, Some(Format::Kingfisher)).ok_or_else(|| unknown.to_owned());
            }
            list_of(&[Value::Object(object)], format).ok_or_else(|| unknown.to_owned())
        }
        _ => Err(unknown.to_owned()),
    }
}

/// A list of records; an empty one is a gitleaks report without findings.
fn list_of(list: &[Value], format: Option<Format>) -> Option<ForeignReport> {
    let objects = || list.iter().filter_map(Value::as_object);
    let detected = || objects().find_map(Format::of_object);
    let format = format.or_else(detected).or(list.is_empty().then_some(Format::Gitleaks))?;
    let mut report = ForeignReport { format, records: Vec::new(), odd: Vec::new() };
    for (index, value) in list.iter().enumerate() {
        report.take(index + 1, value.as_object());
    }
    Some(report)
}

/// A JSON value per line. Other lines are the tool's log messages.
fn lines(text: &str, format: Option<Format>) -> Option<ForeignReport> {
    let mut report: Option<ForeignReport> = None;
    for (index, line) in text.lines().enumerate() {
        let Ok(Value::Object(object)) = serde_json::from_str(line.trim()) else { continue };
        let Some(format) = Format::of_object(&object).or(format) else { continue };
        let report =
            report.get_or_insert_with(|| ForeignReport { format, records: Vec::new(), odd: Vec::new() });
        report.take(index + 1, Some(&object));
    }
    report
}

impl ForeignReport {
    fn take(&mut self, number: usize, object: Option<&Map<String, Value>>) {
        let record = object.and_then(|object| self.format.record(object));
        self.push(number, record);
    }

    fn push(&mut self, number: usize, record: Option<Record>) {
        let message = match record {
            Some(record) if self.records.len() < MAX_RECORDS => {
                return self.records.push(Record { number, ..record });
            }
            Some(_) => format!("more than {MAX_RECORDS} entries; the rest is left out"),
            None => "not understood".to_owned(),
        };
        self.odd.push(Told { line: number, message });
    }
}

/// The string at `key`, if not empty.
fn text<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The line number at `key`, if valid.
fn line(object: &Map<String, Value>, key: &str) -> Option<u32> {
    let line = object.get(key)?.as_u64()?;
    u32::try_from(line).ok().filter(|line| *line > 0)
}

/// The name of a rule, shortened.
fn rule(name: Option<&str>) -> String {
    name.unwrap_or("secret").chars().take(MAX_RULE).collect()
}

/// The commit id at `key`.
fn commit(text: Option<&str>) -> Option<String> {
    let is_id =
        |text: &&str| text.len() >= 7 && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    text.filter(is_id).map(str::to_lowercase)
}

/// The value, unless it is redacted.
fn value(text: Option<&str>) -> Option<Secret> {
    let text = text?.trim();
    let hidden = text.contains("REDACTED") || text.ends_with("...") || text.contains("***");
    (!hidden && text.len() >= LEAST_VALUE).then(|| Secret::new(text.as_bytes()))
}
