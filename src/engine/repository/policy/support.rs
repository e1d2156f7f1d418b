//! Where a policy says which versions it supports: tables, and lists of them.

use super::{Document, Part, Policy, Role};
use crate::model::Span;
use crate::parse::policy::version::{Named, mark, named};
use crate::parse::policy::{Block, Kind, Piece, mood, words};

/// Headers of the column that names versions.
const VERSIONS: [&str; 20] = [
    "version",
    "versions",
    "release",
    "releases",
    "branch",
    "version / branch",
    "versión",
    "versiones",
    "versão",
    "versões",
    "ver",
    "tag",
    "series",
    "release line",
    "release series",
    "バージョン",
    "ヴァージョン",
    "版本",
    "supported version",
    "version range",
];
/// Headers of the column that says whether they are supported.
const STATES: [&str; 18] = [
    "supported",
    "support",
    "status",
    "maintained",
    "supported?",
    "security support",
    "security updates",
    "support status",
    "state",
    "soportado",
    "suportado",
    "suportada",
    "unterstützt",
    "supporté",
    "supportée",
    "対応",
    "サポート",
    "是否支持",
];

/// A row, or an item of a list.
#[derive(Debug)]
pub struct Row<'a> {
    /// What it names.
    pub named: Option<Named>,
    /// Whether that is supported, as far as it says.
    pub is_supported: Option<bool>,
    /// Where it names it.
    pub span: Span,
    /// What it says there.
    pub text: &'a str,
}

/// A table or list.
#[derive(Debug)]
pub struct Support<'a> {
    /// The text.
    pub document: &'a Document,
    /// Its rows.
    pub rows: Vec<Row<'a>>,
    /// Where it starts.
    pub span: Span,
    /// True if it says what is to come, or is an example.
    pub is_put_off: bool,
}

/// The rows of the template that GitHub offers, and which of them are supported.
const TEMPLATE: [(&str, bool); 4] = [("5.1.x", true), ("5.0.x", false), ("4.0.x", true), ("<4.0", false)];

impl Support<'_> {
    /// True if the rows are those of the template, and the project never had such versions.
    #[must_use]
    pub fn is_template(&self, policy: &Policy) -> bool {
        let rows = self.rows.iter().map(|row| (row.text.replace(' ', ""), row.is_supported));
        let is_same = rows.eq(TEMPLATE.iter().map(|(text, is)| ((*text).to_owned(), Some(*is))));
        let is_near = |major: u64| matches!(major, 4 | 5);
        let current = policy.current();
        is_same
            && current.is_none_or(|current| !current.any.iter().any(|version| is_near(version.numbers[0])))
    }
}

impl Policy {
    /// The tables and lists of versions of the policy.
    #[must_use]
    pub fn support(&self) -> Vec<Support<'_>> {
        let Some(document) = self.documents.iter().find(|document| document.role == Role::Policy) else {
            return Vec::new();
        };
        let blocks = &document.text.blocks;
        let tables = document.text.tables();
        let mut found: Vec<Support<'_>> = tables
            .iter()
            .filter_map(|rows| {
                table(document, &rows.iter().filter_map(|row| blocks.get(*row)).collect::<Vec<_>>())
            })
            .collect();
        found.extend(list(document));
        found
    }
}

/// True if a heading above `block`, or what leads to it, speaks of support.
fn is_about_support(document: &Document, block: &Block) -> bool {
    let about = [
        "support",
        "supported",
        "supporting",
        "maintained",
        "version",
        "versions",
        "versiones",
        "soportadas",
        "releases",
    ];
    let mut texts = document.text.headings_of(block).take(1).map(|heading| words::lower(&heading.text));
    let heading = texts.next().is_some_and(|text| words::any(&text, &about).is_some());
    heading
        || document
            .text
            .leads_of(block)
            .any(|lead| words::any(&words::lower(&lead.text()), &about[..4]).is_some())
}

fn is_put_off(document: &Document, block: &Block) -> bool {
    block.is_quoted
        || mood::is_put_off(&document.text, block, "")
        || document.text.leads_of(block).any(|lead| {
            words::any(
                &words::lower(&lead.text()),
                &["will", "in the future", "once we", "planned", "intend to"],
            )
            .is_some()
        })
}

fn cell<'a>(piece: &'a Piece, is_supported: Option<bool>) -> Row<'a> {
    let text = piece.text.trim();
    let is_code =
        piece.code.first().is_some_and(|code| code.start == piece.text.len() - piece.text.trim_start().len());
    let end = piece
        .code
        .first()
        .filter(|_| is_code)
        .map_or(text, |code| piece.text.get(code.clone()).unwrap_or(text));
    // A name set as code stands for itself; anything else is read as a whole.
    let named = named(text, is_code).or_else(|| if is_code { named(end, true) } else { None });
    Row { named, is_supported, span: piece.span(), text }
}

fn table<'a>(document: &'a Document, rows: &[&'a Block]) -> Option<Support<'a>> {
    let (header, body) = rows.split_first()?;
    let headers: Vec<String> = header
        .pieces
        .iter()
        .map(|piece| words::lower(piece.text.trim()).trim_matches(['*', ' ']).to_owned())
        .collect();
    let is_one = |header: &String, of: &[&str]| {
        let bare = header.trim_start_matches(|c: char| !c.is_alphanumeric()).trim();
        of.contains(&bare) || words::any(bare, &of[..2]).is_some()
    };
    let version = headers.iter().position(|header| is_one(header, &VERSIONS))?;
    let state = headers.iter().enumerate().position(|(at, header)| at != version && is_one(header, &STATES));
    let read: Vec<Row<'a>> = body
        .iter()
        .filter_map(|row| {
            let piece = row.pieces.get(version)?;
            let said = state.and_then(|state| row.pieces.get(state)).and_then(|piece| mark(&piece.text));
            let other = row
                .pieces
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != version)
                .find_map(|(_, piece)| mark(&piece.text));
            let whole = words::lower(&row.text());
            let later = words::any(
                &whole,
                &["planned", "not yet", "upcoming", "users should", "if configured", "tbd soon"],
            )
            .is_some();
            let is_supported = if later { None } else { said.or(if state.is_none() { other } else { None }) };
            Some(cell(piece, is_supported))
        })
        .collect();
    let is_about = state.is_some() || is_about_support(document, header);
    let says = read.iter().any(|row| row.is_supported.is_some() && row.named.is_some());
    (is_about && says).then(|| Support {
        document,
        rows: read,
        span: header.pieces.first().map_or(Span::new(0, 0), Piece::span),
        is_put_off: is_put_off(document, header),
    })
}

/// List items that start with a version and its status.
fn list(document: &Document) -> Option<Support<'_>> {
    let items = document.parts().filter(|Part { block, .. }| {
        matches!(block.kind, Kind::Item(None)) && !block.is_quoted && is_about_support(document, block)
    });
    let mut rows = Vec::new();
    let mut first = None;
    for Part { block, piece, .. } in items {
        if is_put_off(document, block) {
            continue;
        }
        let text = piece.text.trim();
        let parted = [" — ", " – ", " - ", ": ", " (", ", "]
            .iter()
            .filter_map(|mark| text.split_once(mark))
            .min_by_key(|(front, _)| front.len());
        let Some((front, behind)) = parted else { continue };
        let is_code = piece.code.first().is_some_and(|code| code.start == 0);
        let has_line = front.contains(".x") || front.contains('<') || front.contains('>') || is_code;
        let Some(read @ Named::Ranges(_)) = named(front, is_code).filter(|_| has_line) else { continue };
        let Some(is_supported) = mark(behind) else { continue };
        let span = piece.span();
        first = first.or(Some(span));
        rows.push(Row { named: Some(read), is_supported: Some(is_supported), span, text: front });
    }
    first.map(|span| Support { document, rows, span, is_put_off: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RepoPath;
    use crate::parse::policy::Text;

    fn policy(text: &str) -> Policy {
        let document = Document {
            path: RepoPath::from("SECURITY.md"),
            role: Role::Policy,
            text: Text::read(b"SECURITY.md", text.as_bytes()),
            changed: None,
        };
        Policy { documents: vec![document], ..Policy::default() }
    }

    #[test]
    fn tables_and_lists_are_read() {
        for text in [
            "## Supported Versions\n\n| Version | Supported |\n|-|-|\n| 1.0.x | :white_check_mark: |\n| < 1.0 | :x: |\n",
            "| Version | Notes | Status |\n|-|-|-|\n| v1.0 | no notes | ✅ Active |\n| 0.9 | | ❌ |\n",
            "## Versions Soportadas\n\n| Version | Soportado |\n|-|-|\n| 1.0.x | Sí |\n| < 1.0 | No |\n",
            "## Supported Versions\n\n- `1.x` — actively maintained\n- 0.x: not supported\n",
        ] {
            let policy = policy(text);
            let found = policy.support();
            let [support] = found.as_slice() else { panic!("{text}") };
            let said: Vec<Option<bool>> = support.rows.iter().map(|row| row.is_supported).collect();
            assert_eq!(said, [Some(true), Some(false)], "{text}");
            assert!(support.rows.iter().all(|row| matches!(row.named, Some(Named::Ranges(_)))), "{text}");
        }
    }

    #[test]
    fn other_tables_are_not() {
        for text in [
            "| Severity | Response |\n|-|-|\n| Critical | yes |\n",
            "```\n| Version | Supported |\n|-|-|\n| 1.0.x | yes |\n```\n",
            "## Supported Versions\n\n- fixes: yes\n- we support Linux (yes)\n",
        ] {
            assert!(policy(text).support().is_empty(), "{text}");
        }
        let later =
            policy("In the future we will support:\n\n| Version | Supported |\n|-|-|\n| 2.x | yes |\n");
        assert!(later.support()[0].is_put_off);
    }
}
