//! GitHub Actions expressions in texts: locations and structure.

use std::ops::Range;

use github_actions_expressions::SpannedExpr;
pub use github_actions_expressions::{Evaluation, Expr, call, context, literal, op};

use super::Text;
use crate::model::Span;

/// The longest expression that is parsed, in bytes.
const BYTES_MAX: usize = 16 << 10;
/// The most expressions of one text.
const COUNT_MAX: usize = 1000;

/// An expression: `${{ … }}`, or a whole condition.
#[derive(Clone, Copy, Debug)]
pub struct Expression<'a> {
    /// The text between the braces, with blanks.
    pub raw: &'a str,
    /// Its location in the file, with braces.
    pub span: Span,
    /// Its offset in the text, with braces.
    pub start: usize,
    /// Its end.
    pub end: usize,
}

impl<'a> Expression<'a> {
    /// Its syntax tree; `None` if malformed, which GitHub rejects.
    #[must_use]
    pub fn parse(&self) -> Option<SpannedExpr<'a>> {
        parse(self.raw)
    }

    /// The location of a part in the text.
    #[must_use]
    pub fn place(&self, part: &SpannedExpr<'_>) -> Range<usize> {
        let braces = (self.end - self.start - self.raw.len()).min(3);
        let blanks = self.raw.len() - self.raw.trim_start().len();
        let base = self.start + braces + blanks;
        let range = part.origin.span.as_range();
        base + range.start..base + range.end
    }
}

/// The syntax tree of `raw`, the inside of an expression; `None` if malformed.
#[must_use]
pub fn parse(raw: &str) -> Option<SpannedExpr<'_>> {
    let raw = raw.trim();
    if raw.is_empty() || raw.len() > BYTES_MAX {
        return None;
    }
    Expr::parse(raw).ok()
}

/// Calls `visit` for every part of `parsed`, outer ones first.
pub fn walk<'e, 's>(parsed: &'e SpannedExpr<'s>, visit: &mut dyn FnMut(&'e SpannedExpr<'s>)) {
    visit(parsed);
    match &parsed.inner {
        Expr::Call(call) => call.args.iter().for_each(|part| walk(part, visit)),
        Expr::Context(context) => context.parts.iter().for_each(|part| walk(part, visit)),
        Expr::Index(part) | Expr::UnExpr { expr: part, .. } => walk(part, visit),
        Expr::BinExpr(both) => {
            walk(&both.lhs, visit);
            walk(&both.rhs, visit);
        }
        Expr::Literal(_) | Expr::Star | Expr::Identifier(_) => {}
    }
}

/// `raw` for display: on one line, and without string contents, which may be secret.
#[must_use]
pub fn shown(raw: &str) -> String {
    let parts = raw.split('\'').enumerate();
    let parts = parts.map(|(number, part)| if number % 2 == 1 && !part.is_empty() { "…" } else { part });
    let whole = parts.collect::<Vec<_>>().join("'");
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Text {
    /// The expressions in it, in order.
    pub fn expressions(&self) -> impl Iterator<Item = Expression<'_>> {
        self.expressions.iter().map(|(range, span)| Expression {
            raw: inside(&self.text[range.clone()]),
            span: *span,
            start: range.start,
            end: range.end,
        })
    }

    /// The expressions of a condition: those in braces, or all of it.
    pub fn conditions(&self) -> impl Iterator<Item = Expression<'_>> {
        let whole = self.expressions.is_empty() && !self.text.trim().is_empty();
        let whole =
            whole.then_some(Expression { raw: &self.text, span: self.span, start: 0, end: self.text.len() });
        self.expressions().chain(whole)
    }

    /// The expression, if the text consists only of it.
    #[must_use]
    pub fn only_expression(&self) -> Option<Expression<'_>> {
        let mut all = self.expressions();
        let first = all.next()?;
        let is_all = self.text[..first.start].trim().is_empty() && self.text[first.end..].trim().is_empty();
        (is_all && all.next().is_none()).then_some(first)
    }
}

/// The inside of each expression in the text of a file, with its location including braces; not those in comments.
pub fn in_source(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    ranges(text).into_iter().filter_map(|range| {
        let line = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let is_comment = text[line..range.start].trim_start().starts_with('#');
        (!is_comment).then(|| (inside(&text[range.clone()]), range))
    })
}

fn inside(braced: &str) -> &str {
    let open = braced.strip_prefix("${{").unwrap_or(braced);
    open.strip_suffix("}}").unwrap_or(open)
}

/// The locations of the expressions in `text`, in it and in the file; `source` is the raw text at offset `at` of
/// the file. Both have the same expressions in the same order: braces can only be escaped in double quotes, where
/// that is not done in practice.
pub(super) fn find(text: &str, source: &str, at: usize) -> Vec<(Range<usize>, Span)> {
    let ranges = ranges(text);
    if ranges.is_empty() {
        return Vec::new();
    }
    let whole = Span::new(at, at + source.len());
    let places = self::ranges(source);
    ranges
        .into_iter()
        .enumerate()
        .map(|(number, range)| {
            let place = places.get(number);
            (range, place.map_or(whole, |place| Span::new(at + place.start, at + place.end)))
        })
        .collect()
}

/// The ranges of `${{ … }}` in `text`. A brace in a string does not end an expression.
fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${{").map(|at| from + at) {
        if all.len() >= COUNT_MAX {
            break;
        }
        let Some(end) = end_of(text, start + 3) else { break };
        all.push(start..end);
        from = end;
    }
    all
}

/// The end of the expression whose inside starts at `at`.
fn end_of(text: &str, at: usize) -> Option<usize> {
    // Longer ones are not parsed.
    let bytes = &text.as_bytes()[..text.len().min(at + BYTES_MAX)];
    let mut is_string = false;
    let mut here = at;
    while here < bytes.len() {
        match bytes[here] {
            b'\'' => is_string = !is_string,
            b'}' if !is_string && bytes.get(here + 1) == Some(&b'}') => return Some(here + 2),
            _ => {}
        }
        here += 1;
    }
    // An unpaired quote, as in a comment: the first `}}` ends it.
    memchr::memmem::find(&bytes[at..], b"}}").map(|end| at + end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_has_no_texts() {
        assert_eq!(shown(" a ==\n 'hunter2' &&  b('', 'x y') "), "a == '…' && b('', '…')");
    }

    #[test]
    fn expressions_end_behind_their_strings() {
        let text = "a ${{ format('{0}}}', x) }} b ${{y}} ${{ 'open }} c ${{";
        let found: Vec<&str> = ranges(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["${{ format('{0}}}', x) }}", "${{y}}", "${{ 'open }}"]);
    }

    #[test]
    fn hostile_expressions_are_bounded() {
        assert!(parse(&"(".repeat(100_000)).is_none());
        assert!(parse(&"!".repeat(10_000)).is_none());
        assert!(parse(&format!("a{}", ".b".repeat(1000))).is_some());
        assert_eq!(ranges(&"${{a}}".repeat(5000)).len(), COUNT_MAX);
        let open = "${{".repeat(100_000);
        assert!(ranges(&open).is_empty());
    }
}
