//! Lists of repositories: lines, NUL-separated paths, CSV, and JSON of `gh`, GitHub and GitLab. Anything else is
//! rejected with its line.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::key::Location;
use super::split;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A path or URL per line; `#` starts a comment.
    Lines,
    /// Separated by NUL.
    Nul,
    /// With a header that names `url` or `path`.
    Csv,
    /// Objects of `gh repo list --json`, GitHub or GitLab, in one list, several lists, or one per line.
    Json,
}

/// A repository of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it is.
    pub location: Location,
    /// KiB, if the list says.
    pub size_kb: Option<u64>,
    /// The URL or name of its fork parent.
    pub fork_of: Option<String>,
    /// True for a fork.
    pub fork: bool,
    /// True if it is archived.
    pub archived: bool,
    /// Time of the last push, as the host writes it.
    pub pushed_at: Option<String>,
}

impl Listed {
    /// With nothing but a location.
    #[must_use]
    pub const fn at(location: Location) -> Self {
        Self { location, size_kb: None, fork_of: None, fork: false, archived: false, pushed_at: None }
    }
}

/// A list that was read.
#[derive(Debug, Default)]
pub struct List {
    /// In the order of the list.
    pub all: Vec<Listed>,
    /// How many URLs had credentials, which were removed.
    pub logins: usize,
}

/// Reads a list in the detected or given format; `absolute` makes paths absolute.
///
/// # Errors
/// The mistake, with its line.
pub fn read(bytes: &[u8], form: Option<Form>, absolute: &dyn Fn(&Path) -> PathBuf) -> Result<List, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("line 1: the list is written as UTF-16; save it as UTF-8".to_owned());
    }
    let form = form.unwrap_or_else(|| guess(bytes));
    let mut reading = Reading { list: List::default(), absolute };
    if form == Form::Nul {
        for (at, entry) in bytes.split(|byte| *byte == 0).enumerate().filter(|(_, entry)| !entry.is_empty()) {
            // With NUL separators, names may contain line feeds.
            let result = match entry.iter().any(u8::is_ascii_control) {
                true => of_bytes(entry).map(|path| {
                    reading.list.all.push(Listed::at(Location::Path(absolute(&path))));
                }),
                false => reading.bytes(entry),
            };
            result.map_err(|why| format!("entry {}: {why}", at + 1))?;
        }
        return Ok(reading.list);
    }
    match form {
        Form::Csv => reading.csv(text(bytes)?)?,
        Form::Json => {
            let visit = &mut |piece: split::Piece<'_>| reading.piece(piece.text);
            split::objects(text(bytes)?, visit).map_err(|(line, why)| format!("line {line}: {why}"))?;
        }
        Form::Lines | Form::Nul => {
            for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
                reading.line(line, at == 0).map_err(|why| format!("line {}: {why}", at + 1))?;
            }
        }
    }
    Ok(reading.list)
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count() + 1;
        format!("line {line}: this is not UTF-8")
    })
}

/// Detects the format of a list.
fn guess(bytes: &[u8]) -> Form {
    if bytes.contains(&0) {
        return Form::Nul;
    }
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"[") || start.starts_with(b"{") {
        return Form::Json;
    }
    let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let names = String::from_utf8_lossy(first).to_ascii_lowercase();
    let is_header = |name: &str| PLACES.contains(&name.trim().trim_matches('"'));
    if names.split([',', ';', '\t']).any(is_header) { Form::Csv } else { Form::Lines }
}

/// Columns with the location, in order of preference.
const PLACES: [&str; 6] = ["path", "url", "clone_url", "http_url_to_repo", "html_url", "ssh_url"];

struct Reading<'a> {
    list: List,
    absolute: &'a dyn Fn(&Path) -> PathBuf,
}

impl Reading<'_> {
    fn location(&mut self, text: &str) -> Result<Location, String> {
        let location = Location::parse(text, self.absolute)?;
        let authority = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        if let Location::Url(url) = &location
            && authority.is_some_and(|authority| authority.contains('@'))
            && !url.starts_with("ssh://")
        {
            self.list.logins += 1;
        }
        Ok(location)
    }

    /// An entry whose bytes may not be UTF-8.
    fn bytes(&mut self, entry: &[u8]) -> Result<(), String> {
        let location = match std::str::from_utf8(entry) {
            Ok(text) => self.location(text)?,
            Err(_) => Location::Path((self.absolute)(&of_bytes(entry)?)),
        };
        self.list.all.push(Listed::at(location));
        Ok(())
    }

    fn line(&mut self, line: &[u8], first: bool) -> Result<(), String> {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            return Ok(());
        }
        if line.starts_with(b"<")
            || line == b"---"
            || line.starts_with(b"- ")
            || (first && line.ends_with(b":"))
        {
            return Err(
                "this is not a list of paths and URLs; lists are lines, CSV with a column `url` or `path`, \
                 or JSON of gh, GitHub or GitLab"
                    .to_owned(),
            );
        }
        if line.contains(&b'\t') {
            return Err(
                "the line contains a tab; for gh, use `gh repo list --json nameWithOwner,url,isFork,parent,\
                 diskUsage,pushedAt,isArchived`"
                    .to_owned(),
            );
        }
        let comment = if memchr::memmem::find(line, b"://").is_some() {
            memchr::memmem::find(line, b" #")
        } else {
            None
        };
        self.bytes(line[..comment.unwrap_or(line.len())].trim_ascii_end())
    }

    fn csv(&mut self, text: &str) -> Result<(), String> {
        let first = text.lines().next().unwrap_or_default();
        let delimiter =
            [b',', b';', b'\t'].into_iter().max_by_key(|byte| first.matches(char::from(*byte)).count());
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let wrong = |error: &csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("line {line}: it has {len} cells, but the header has {expected_len}")
                }
                _ => format!("line {line}: this is not CSV"),
            }
        };
        let header = reader.headers().map_err(|error| wrong(&error))?.clone();
        let column = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        let place = PLACES.iter().find_map(|name| column(name));
        let place = place.ok_or("line 1: the header names neither `url` nor `path`")?;
        let number = column("size_kb").or_else(|| column("diskUsage")).or_else(|| column("size"));
        let (fork, parent) = (column("fork"), column("fork_of").or_else(|| column("parent")));
        let (archived, pushed) = (column("archived"), column("pushed_at"));
        for row in reader.records() {
            let row = row.map_err(|error| wrong(&error))?;
            let line = row.position().map_or(0, csv::Position::line);
            let cell =
                |column: Option<usize>| column.and_then(|at| row.get(at)).filter(|cell| !cell.is_empty());
            let is = |column| {
                cell(column).is_some_and(|cell| matches!(cell, "true" | "TRUE" | "True" | "1" | "yes"))
            };
            let Some(text) = cell(Some(place)) else {
                return Err(format!("line {line}: the cell of `{}` is empty", &header[place]));
            };
            let location = self.location(text).map_err(|why| format!("line {line}: {why}"))?;
            let size_kb = match cell(number) {
                None => None,
                Some(cell) => {
                    Some(cell.parse().map_err(|_| format!("line {line}: the size is not a number"))?)
                }
            };
            let fork_of = cell(parent).map(str::to_owned);
            self.list.all.push(Listed {
                location,
                size_kb,
                fork: is(fork) || fork_of.is_some(),
                fork_of,
                archived: is(archived),
                pushed_at: cell(pushed).map(str::to_owned),
            });
        }
        Ok(())
    }

    fn piece(&mut self, text: &str) -> Result<(), String> {
        let value: Value = serde_json::from_str(text).map_err(|error| match error.line() {
            1 => format!("this is not JSON, column {}", error.column()),
            line => format!("this is not JSON, {} lines below", line - 1),
        })?;
        match value.get("items") {
            Some(Value::Array(items)) => items.iter().try_for_each(|item| self.object(item)),
            _ => self.object(&value),
        }
    }

    fn object(&mut self, value: &Value) -> Result<(), String> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let is = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or(false);
        // For gh the clone URL is `url`; in GitHub's API that is the API URL.
        let names: &[&str] = match () {
            () if text("path_with_namespace").is_some() => &["http_url_to_repo", "ssh_url_to_repo"],
            () if text("full_name").is_some() => &["clone_url", "html_url", "ssh_url"],
            () if text("nameWithOwner").is_some() => &["url", "sshUrl"],
            () => &PLACES,
        };
        let Some(place) = names.iter().find_map(|name| text(name)) else {
            return Err(match (text("message").or_else(|| text("error")), text("nameWithOwner")) {
                (Some(_), _) => "this is an error response of the host, not a repository".to_owned(),
                (None, Some(_)) => {
                    "the object has no URL; run gh with `--json nameWithOwner,url,…`".to_owned()
                }
                (None, None) => "the object has none of url, clone_url, http_url_to_repo, path".to_owned(),
            });
        };
        let location = self.location(place)?;
        let inner = |outer: &str, name: &str| value.get(outer).and_then(|inner| inner.get(name));
        let size = value.get("diskUsage").or_else(|| value.get("size_kb")).or_else(|| value.get("size"));
        let bytes = inner("statistics", "repository_size").and_then(Value::as_u64);
        let parent = ["parent", "source", "forked_from_project"].into_iter().find_map(|outer| {
            let name = ["full_name", "nameWithOwner", "path_with_namespace"]
                .into_iter()
                .find_map(|name| inner(outer, name));
            // For gh, a parent is an object.
            let of_gh = || {
                let owner = inner(outer, "owner")?.get("login")?.as_str()?;
                Some(format!("{owner}/{}", inner(outer, "name")?.as_str()?))
            };
            name.and_then(Value::as_str).map(str::to_owned).or_else(of_gh)
        });
        self.list.all.push(Listed {
            location,
            size_kb: bytes.map(|bytes| bytes / 1024).or_else(|| size.and_then(Value::as_u64)),
            fork: is("isFork") || is("fork") || parent.is_some(),
            fork_of: parent,
            archived: is("isArchived") || is("archived"),
            pushed_at: ["pushedAt", "pushed_at", "last_activity_at"]
                .into_iter()
                .find_map(text)
                .map(str::to_owned),
        });
        Ok(())
    }
}

#[cfg(unix)]
fn of_bytes(bytes: &[u8]) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn of_bytes(_bytes: &[u8]) -> Result<PathBuf, String> {
    Err("this is not UTF-8".to_owned())
}
