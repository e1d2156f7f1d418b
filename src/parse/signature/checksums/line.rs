//! Parses one line of a checksum file. Its meaning can depend on previous lines: headings, table columns, a
//! multi-line record.

use super::algorithm::{Digested, Named, by_length, strength};
use super::decode;
use crate::parse::signature::unknown;

/// A parsed line.
pub(super) enum Line {
    /// A file, and its digest.
    Entry(String, Digested),
    /// Irrelevant.
    Nothing,
    /// A malformed entry.
    Mistake(&'static str),
}

const NO_ENTRY: &str = "the line is not a digest with a name";
const UNCLEAR: &str = "the line has a digest of an unclear file";
const ALONE: &str = "a digest without a name";

/// Keys and headings of file names.
const NAMES: [&str; 6] = ["path", "file", "filename", "file name", "name", "artifact"];
/// Keys and headings of digests.
const DIGESTS: [&str; 7] = ["hash", "digest", "checksum", "value", "sum", "integrity", "hash value"];
/// Keys and headings of algorithms.
const ALGORITHMS: [&str; 4] = ["algorithm", "alg", "type", "hash algorithm"];
/// Other columns.
const OTHERS: [&str; 8] = ["size", "bytes", "length", "date", "modified", "url", "platform", "#"];
/// Words around the name of an algorithm in a heading.
const FILLERS: [&str; 12] = [
    "checksums",
    "checksum",
    "digests",
    "digest",
    "hashes",
    "hash",
    "sums",
    "files",
    "file",
    "of",
    "for",
    "the",
];

/// Parses the lines of one checksum file, in order.
pub(super) struct Reader {
    of_list: Option<Named>,
    /// The file that the checksum file is named after.
    stem: Option<String>,
    heading: Option<Named>,
    /// The headings of a table.
    columns: Vec<String>,
    /// True in a text with an OpenPGP signature.
    pgp: bool,
    record: Record,
    late: Vec<(u32, String)>,
}

/// A file described by several lines.
#[derive(Default)]
struct Record {
    name: Option<String>,
    algorithm: Option<Named>,
    /// Digests whose name comes later, and their lines.
    digests: Vec<(u32, Vec<u8>, Option<Named>)>,
}

/// A digest in a line.
struct Token {
    start: usize,
    end: usize,
    bytes: Vec<u8>,
    named: Option<Named>,
}

impl Reader {
    pub(super) fn new(list: &[u8]) -> Self {
        let list = list.rsplit(|b| *b == b'/').next().unwrap_or(list);
        let text = String::from_utf8_lossy(list);
        let bare = text.strip_suffix(".txt").unwrap_or(&text);
        let stem = bare.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && Named::of(end).is_some());
        Self {
            of_list: Named::of_list(list),
            stem: stem.map(|(stem, _)| stem.to_owned()),
            heading: None,
            columns: Vec::new(),
            pgp: false,
            record: Record::default(),
            late: Vec::new(),
        }
    }

    /// Errors found at the end.
    pub(super) fn rest(mut self) -> Vec<(u32, String)> {
        self.end_record();
        self.late
    }

    pub(super) fn read(&mut self, number: u32, line: &str) -> Line {
        let line = line.trim_end();
        if line.starts_with("-----BEGIN PGP SIGNED") {
            self.pgp = true;
            return Line::Nothing;
        }
        let line = line.strip_prefix("- ").filter(|_| self.pgp).unwrap_or(line);
        let text = line.trim();
        if text.is_empty() {
            self.end_record();
            return Line::Nothing;
        }
        if !text.chars().any(char::is_alphanumeric) {
            return Line::Nothing;
        }
        if let Some(columns) = text.strip_prefix("%%%%") {
            self.note_columns(columns);
            return Line::Nothing;
        }
        if let Some(comment) = ["#", "//", ";"].iter().find_map(|mark| text.strip_prefix(mark)) {
            self.note_heading(comment.trim_start_matches('#'));
            return Line::Nothing;
        }
        if let Some(found) = bsd(text) {
            return found.map_or_else(Line::Mistake, |(name, digest)| Line::Entry(name, digest));
        }
        let tokens = tokens(text);
        if tokens.is_empty() {
            self.without_digest(number, text)
        } else {
            self.with_digest(number, line, text, &tokens)
        }
    }

    fn without_digest(&mut self, number: u32, text: &str) -> Line {
        if let Some(bytes) = spaced(text) {
            return self.alone(number, bytes, None);
        }
        if text.to_ascii_lowercase().starts_with("certutil:") {
            return Line::Nothing;
        }
        // The line that certutil writes above a digest.
        if let Some((algorithm, name)) = text.split_once(" hash of ")
            && let Some(named) = Named::of(algorithm)
        {
            let name = name.trim_end_matches(':').trim();
            let name = name.strip_prefix("file ").unwrap_or(name);
            self.end_record();
            self.record.algorithm = Some(named);
            self.record.name = Some(name.to_owned());
            return Line::Nothing;
        }
        if let Some((key, value)) = text.split_once([':', '=']) {
            let (key, value) = (bare(key).to_ascii_lowercase(), bare(value));
            if let Some(named) =
                Named::of(value).filter(|_| ALGORITHMS.contains(&key.as_str()) || key == "hash")
            {
                // In an OpenPGP-signed text, `Hash:` is about the signature.
                if key != "hash" {
                    self.record.algorithm = Some(named);
                }
                return Line::Nothing;
            }
            if NAMES.contains(&key.as_str()) && !value.is_empty() {
                return self.named(value);
            }
            if OTHERS.contains(&key.as_str()) {
                return Line::Nothing;
            }
        }
        if self.note_columns(text) || self.note_heading(text) {
            return Line::Nothing;
        }
        Line::Mistake(NO_ENTRY)
    }

    /// A line that names the file of a record.
    fn named(&mut self, name: &str) -> Line {
        let digests = std::mem::take(&mut self.record.digests);
        if digests.is_empty() {
            self.record.name = Some(name.to_owned());
            return Line::Nothing;
        }
        self.record.name = None;
        let algorithm = self.record.algorithm.take();
        let read: Result<Vec<Digested>, &str> = digests
            .iter()
            .map(|(_, bytes, named)| self.digested(bytes, named.as_ref().or(algorithm.as_ref())))
            .collect();
        match read.map(strongest) {
            Ok(Some(digest)) => Line::Entry(name.to_owned(), digest),
            Ok(None) => Line::Nothing,
            Err(why) => Line::Mistake(why),
        }
    }

    fn with_digest(&mut self, number: u32, line: &str, text: &str, tokens: &[Token]) -> Line {
        let (first, last) = (&tokens[0], &tokens[tokens.len() - 1]);
        // A file can have a name like a digest.
        let called_so = tokens.len() == 2
            && text[..first.start].is_empty()
            && text[last.end..].is_empty()
            && self.columns.is_empty()
            && text[first.end..last.start].trim_matches([' ', '*']).is_empty();
        if called_so {
            let name = text[first.end..].trim_start().trim_start_matches('*').to_owned();
            return self.entry(name, tokens, &[first]);
        }
        let all: Vec<&Token> = tokens.iter().collect();
        if let Some(separator) = separator(text, tokens) {
            return self.cells(number, text, separator, tokens);
        }
        let (before, after) = (&text[..first.start], &text[last.end..]);
        let between = tokens.windows(2).all(|two| text[two[0].end..two[1].start].trim().is_empty());
        if !between {
            return Line::Mistake(UNCLEAR);
        }
        let escaped = before == "\\";
        let before = if escaped { "" } else { before };
        let of_line = Named::of(bare(before).trim_end_matches([':', '=', '-']));
        if before.trim().is_empty() || of_line.is_some() {
            let name = self.name_behind(line, after);
            let [one] = all.as_slice() else {
                return if name.is_empty() {
                    Line::Mistake(ALONE)
                } else {
                    self.entry(name.to_owned(), tokens, &all)
                };
            };
            let named = one.named.clone().or(of_line);
            return match name {
                "" | "-" | "stdin" | "(stdin)" => self.alone(number, one.bytes.clone(), named),
                _ => match self.digested(&one.bytes, named.as_ref()) {
                    Ok(digest) => {
                        Line::Entry(if escaped { unescaped(name) } else { name.to_owned() }, digest)
                    }
                    Err(why) => Line::Mistake(why),
                },
            };
        }
        if !after.trim_matches(['.', '*', '`', '"', '\'']).trim().is_empty() {
            return Line::Mistake(UNCLEAR);
        }
        // The opening quote of a quoted digest is still there.
        let said = before.trim_end().trim_end_matches(['`', '"', '\'', '*']).trim_end();
        let key = bare(said.trim_end_matches([':', '=', '>', '-']));
        if DIGESTS.contains(&key.to_ascii_lowercase().as_str()) {
            let [one] = all.as_slice() else { return Line::Mistake(UNCLEAR) };
            return self.alone(number, one.bytes.clone(), one.named.clone());
        }
        // `SHA-256 of app`, `SHA256 checksum for app`
        if let Some((said, name)) = [" of ", " for "].iter().find_map(|word| key.split_once(word))
            && let Some(named) = self.heading_of(said)
            && let [one] = all.as_slice()
            && is_name(bare(name))
        {
            return match self.digested(&one.bytes, Some(&named)) {
                Ok(digest) => Line::Entry(bare(name).to_owned(), digest),
                Err(why) => Line::Mistake(why),
            };
        }
        let quoted = before.trim_start().starts_with(['"', '\'', '`']);
        if is_name(key) && (quoted || !key.contains(char::is_whitespace)) {
            return self.entry(key.to_owned(), tokens, &all);
        }
        Line::Mistake(UNCLEAR)
    }

    /// The name after a digest, as in `sha256sum`; in Debian's files the size precedes it.
    fn name_behind<'t>(&self, line: &str, after: &'t str) -> &'t str {
        let name = after.trim_start_matches([' ', '\t', ':']);
        let fields: Vec<&str> = name.split_whitespace().collect();
        if self.heading.is_some()
            && line.starts_with(' ')
            && matches!(fields.len(), 2 | 4)
            && fields[0].bytes().all(|byte| byte.is_ascii_digit())
        {
            return fields[fields.len() - 1];
        }
        name.strip_prefix(['*', '?']).unwrap_or(name)
    }

    /// A row of a table.
    fn cells(&mut self, number: u32, text: &str, separator: char, tokens: &[Token]) -> Line {
        let (mut at, mut names, mut digests) = (0, Vec::new(), Vec::new());
        let mut of_row = None;
        let lead = usize::from(separator == '|' && text.starts_with('|'));
        for (column, cell) in text.split(separator).enumerate() {
            let span = at..at + cell.len();
            at = span.end + separator.len_utf8();
            let heading =
                column.checked_sub(lead).and_then(|column| self.columns.get(column)).map(String::as_str);
            if let Some(token) = tokens.iter().find(|token| span.contains(&token.start)) {
                let named = token.named.clone().or_else(|| heading.and_then(Named::of));
                digests.push((token.bytes.clone(), named));
                continue;
            }
            let cell = bare(cell);
            let is_number = cell.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
            match heading {
                Some(heading) if NAMES.contains(&heading) => names = vec![cell],
                Some(heading) if ALGORITHMS.contains(&heading) => of_row = Named::of(cell),
                Some(heading) if OTHERS.contains(&heading) => {}
                _ if cell.is_empty() || is_number => {}
                _ if of_row.is_none() && Named::of(cell).is_some() => of_row = Named::of(cell),
                _ => names.push(cell),
            }
        }
        let read: Result<Vec<Digested>, &str> = digests
            .iter()
            .map(|(bytes, named)| self.digested(bytes, named.as_ref().or(of_row.as_ref())))
            .collect();
        match (names.as_slice(), read.map(strongest)) {
            ([name], Ok(Some(digest))) if is_name(name) => Line::Entry((*name).to_owned(), digest),
            ([], Ok(Some(_))) if digests.len() == 1 => {
                let (bytes, named) = digests.remove(0);
                self.alone(number, bytes, named.or(of_row))
            }
            (_, Err(why)) => Line::Mistake(why),
            _ => Line::Mistake(UNCLEAR),
        }
    }

    /// The entry for several digests of one file: the strongest counts.
    fn entry(&self, name: String, tokens: &[Token], of: &[&Token]) -> Line {
        let several = of.len() > 1 && of.len() == tokens.len();
        let read: Result<Vec<Digested>, &str> = of
            .iter()
            .map(|token| match (several, &token.named) {
                // In a row of several, the file's name applies to at most one of them.
                (true, None) => by_length(&token.bytes),
                (_, named) => self.digested(&token.bytes, named.as_ref()),
            })
            .collect();
        match read.map(strongest) {
            Ok(Some(digest)) => Line::Entry(name, digest),
            Ok(None) => Line::Mistake(NO_ENTRY),
            Err(why) => Line::Mistake(why),
        }
    }

    /// A digest without a name on its line: the name is on other lines, or that of the checksum file.
    fn alone(&mut self, number: u32, bytes: Vec<u8>, named: Option<Named>) -> Line {
        let name = self.record.name.clone().or_else(|| self.stem.clone());
        match name {
            Some(name) => {
                let named = named.or_else(|| self.record.algorithm.clone());
                self.digested(&bytes, named.as_ref())
                    .map_or_else(Line::Mistake, |digest| Line::Entry(name, digest))
            }
            None => {
                self.record.digests.push((number, bytes, named));
                Line::Nothing
            }
        }
    }

    fn end_record(&mut self) {
        let record = std::mem::take(&mut self.record);
        self.late.extend(record.digests.into_iter().map(|(line, ..)| (line, ALONE.to_owned())));
    }

    /// The algorithm of a digest, by the nearest indication.
    fn digested(&self, bytes: &[u8], named: Option<&Named>) -> Result<Digested, &'static str> {
        if let Some(named) = named.or(self.heading.as_ref()) {
            return named.digest(bytes);
        }
        match &self.of_list {
            Some(named) => named
                .digest(bytes)
                .map_err(|_| "the digest is not of the algorithm that the list is called after"),
            None => by_length(bytes),
        }
    }

    fn note_heading(&mut self, text: &str) -> bool {
        let found = self.heading_of(text);
        let any = found.is_some();
        if any {
            self.end_record();
            self.heading = found;
        }
        any
    }

    /// The algorithm of a heading.
    fn heading_of(&self, text: &str) -> Option<Named> {
        let text = text.trim().trim_matches([':', '=', '*', '#', '`']).trim();
        let text = text.strip_prefix("Checksums-").unwrap_or(text);
        let filler = |word: &&str| !FILLERS.contains(&word.to_ascii_lowercase().trim_end_matches(':'));
        let words: Vec<&str> = text.split_whitespace().filter(filler).collect();
        match words.as_slice() {
            [one] => Named::of(one.trim_matches([':', '(', ')', '`'])),
            [one, two] => Named::of(&format!("{one}{two}")),
            _ => None,
        }
    }

    /// Records the headings of a table, if the line consists of headings.
    fn note_columns(&mut self, text: &str) -> bool {
        let separator = ['|', ',', ';', '\t'].into_iter().find(|separator| text.contains(*separator));
        let cells: Vec<String> = match separator {
            Some(separator) => text
                .trim()
                .trim_matches('|')
                .split(separator)
                .map(|cell| bare(cell).to_ascii_lowercase())
                .collect(),
            None => text.split_whitespace().map(str::to_ascii_lowercase).collect(),
        };
        let known = |cell: &String| {
            let cell = cell.as_str();
            NAMES.contains(&cell)
                || DIGESTS.contains(&cell)
                || ALGORITHMS.contains(&cell)
                || OTHERS.contains(&cell)
                || Named::of(cell).is_some()
        };
        let all = cells.len() > 1
            && cells.iter().all(known)
            && cells.iter().any(|cell| NAMES.contains(&cell.as_str()));
        if all {
            // Without separators, columns are as wide as their content.
            self.columns = if separator.is_some() { cells } else { Vec::new() };
        }
        all
    }
}

fn strongest(digests: Vec<Digested>) -> Option<Digested> {
    digests.into_iter().max_by_key(strength)
}

/// Without quotes, blanks and markup around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("- ").or_else(|| text.strip_prefix("* ")).unwrap_or(text).trim();
    text.trim_matches(['"', '\'', '`']).trim_matches('*').trim_matches(['"', '\'', '`']).trim()
}

/// False for markup of other formats: no file has such a name.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['<', '>', '"', '|', '=', '{', '}', '(', ')', '[', ']'])
}

/// `SHA256 (name) = digest`, and OpenSSL's `SHA2-256(name)= digest`.
fn bsd(line: &str) -> Option<Result<(String, Digested), &'static str>> {
    let (algorithm, rest) = line.split_once('(')?;
    // A name may contain a parenthesis; a digest does not.
    let (name, digits) = rest.rsplit_once(')')?;
    let digits = digits.trim_start().strip_prefix('=')?.trim();
    let algorithm = algorithm.trim();
    if algorithm.is_empty() || algorithm.contains(' ') {
        return None;
    }
    let Some(named) = Named::of(algorithm) else {
        return Some(Err(unknown::LISTED));
    };
    let read = decode(digits).ok_or("no digest of its algorithm").and_then(|bytes| named.digest(&bytes));
    Some(read.map(|digest| (name.to_owned(), digest)))
}

/// The separator of cells, if a digest is alone in one.
fn separator(text: &str, tokens: &[Token]) -> Option<char> {
    let token = tokens.first()?;
    let around = |text: &str, last: bool| {
        let text = text.trim_matches([' ', '"', '\'', '`']);
        if last { text.chars().next_back() } else { text.chars().next() }
    };
    let is = |char: &char| matches!(char, '|' | ',' | ';');
    let found = around(&text[..token.start], true)
        .filter(is)
        .or_else(|| around(&text[token.end..], false).filter(is));
    // A tab separates only if there are several.
    found.or_else(|| (text.matches('\t').count() > 1).then_some('\t'))
}

/// The digests in a line.
fn tokens(text: &str) -> Vec<Token> {
    const ENDS: [char; 15] = ['|', ',', ';', '"', '\'', '`', '(', ')', '[', ']', '<', '>', '{', '}', '\\'];
    let mut found = Vec::new();
    let mut at = 0;
    // A leading backslash marks an escaped name; elsewhere it is part of a path.
    let is_end = |index: usize, char: char| {
        char.is_whitespace() || (ENDS.contains(&char) && (char != '\\' || index == 0))
    };
    let ends: Vec<usize> = text
        .char_indices()
        .filter(|(index, char)| is_end(*index, *char))
        .map(|(index, _)| index)
        .chain([text.len()])
        .collect();
    for end in ends {
        if at < end {
            let word = text[at..end].trim_end_matches(['.', ':', '*']);
            let start = at + word.len() - word.trim_start_matches('*').len();
            found.extend(token(&text[start..at + word.len()], start));
        }
        at = end + text[end..].chars().next().map_or(1, char::len_utf8);
    }
    found
}

/// The digest in a word: alone, or after its algorithm, or after its file name.
fn token(word: &str, start: usize) -> Option<Token> {
    let end = start + word.len();
    if let Some(bytes) = hex(word) {
        return Some(Token { start, end, bytes, named: None });
    }
    for (at, separator) in word.match_indices([':', '=', '-']) {
        let Some(named) = Named::of(&word[..at]) else { continue };
        let bytes = decode(&word[at + separator.len()..]).filter(|bytes| bytes.len() >= 4)?;
        return Some(Token { start, end, bytes, named: Some(named) });
    }
    let at = word.rfind([':', '='])?;
    let bytes = hex(&word[at + 1..])?;
    // After the name of a file there may be the algorithm: `app:sha256:…`.
    let (said, from) =
        match word[..at].rfind([':', '=']).map(|from| (Named::of(&word[from + 1..at]), from + 1)) {
            Some((Some(named), from)) => (Some(named), from),
            _ => (None, at + 1),
        };
    Some(Token { start: start + from, end, bytes, named: said })
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    matches!(bytes.len(), 16 | 20 | 28 | 32 | 48 | 64).then_some(bytes)
}

/// Bytes separated by spaces or colons, as in old versions of certutil and in key fingerprints.
fn spaced(text: &str) -> Option<Vec<u8>> {
    let pairs: Vec<&str> = text.split([' ', ':']).collect();
    let all = pairs.iter().all(|pair| pair.len() == 2);
    if all { hex(&pairs.concat()) } else { None }
}

fn unescaped(name: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(name.len()), name.chars());
    while let Some(char) = chars.next() {
        match (char, chars.clone().next()) {
            ('\\', Some(escape @ ('n' | 'r' | '\\'))) => {
                out.push(match escape {
                    'n' => '\n',
                    'r' => '\r',
                    _ => '\\',
                });
                chars.next();
            }
            _ => out.push(char),
        }
    }
    out
}
