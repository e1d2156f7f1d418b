//! What an editor offers beside a finding: the edit that mends it for certain, and a mark that accepts it.

use lsp_types::{
    CodeAction, CodeActionKind, Diagnostic, OneOf, OptionalVersionedTextDocumentIdentifier, Range,
    TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};

use crate::cli::lsp::comment;
use crate::cli::lsp::diagnose::Seen;
use crate::cli::lsp::document::Document;
use crate::model::{Span, content_hash};

/// What stands for the reason until the user writes one: a mark whose reason starts with `TODO` does not count.
const REASON: &str = "TODO say why";

/// A document as edits need it.
pub(super) struct Target<'a> {
    pub(super) uri: &'a Uri,
    pub(super) version: i32,
    pub(super) language: &'a str,
    pub(super) document: &'a Document,
    /// True if the client takes edits that are for one version.
    pub(super) versioned: bool,
}

impl Target<'_> {
    /// The actions for what was `seen` in `range`, those that are certain first.
    pub(super) fn actions(&self, seen: &[Seen], range: Range) -> Vec<CodeAction> {
        // The whole line counts: that is where a mark goes.
        let touches = |one: &&Seen| {
            let its = one.diagnostic.range;
            its.start.line <= range.end.line && range.start.line <= its.end.line
        };
        let touched: Vec<&Seen> = seen.iter().filter(touches).collect();
        let mends = touched.iter().filter_map(|one| self.mend(one));
        let marks = touched.iter().filter_map(|one| self.mark(one));
        let mut all: Vec<CodeAction> = Vec::new();
        for action in mends.chain(marks) {
            // One edit may mend several findings, and is one.
            match all.iter_mut().find(|one| one.title == action.title && one.edit == action.edit) {
                Some(one) => {
                    one.diagnostics.get_or_insert_default().extend(action.diagnostics.unwrap_or_default())
                }
                None => all.push(action),
            }
        }
        all
    }

    /// The edit that mends it for certain.
    fn mend(&self, seen: &Seen) -> Option<CodeAction> {
        let fix = seen.fix.as_deref()?;
        let is_current = fix.of == content_hash(self.document.text.as_bytes());
        let edits =
            fix.edits.iter().map(|edit| TextEdit::new(self.document.range(edit.span), edit.text.clone()));
        is_current.then(|| self.action(&fix.what, true, edits.collect(), &seen.diagnostic))
    }

    /// A mark beside it, with room for a reason.
    fn mark(&self, seen: &Seen) -> Option<CodeAction> {
        if seen.checks.is_empty() {
            return None;
        }
        let checks = seen.checks.join(",");
        let name = self.uri.path().as_str();
        let line = seen.diagnostic.range.start.line as usize;
        let insertion = comment::beside(self.document, (name, self.language), line, (&checks, REASON))?;
        let at = self.document.range(Span::new(insertion.at, insertion.at));
        let edit = TextEdit::new(at, insertion.text);
        let title = format!("accept `{checks}` here, with a reason");
        Some(self.action(&title, false, vec![edit], &seen.diagnostic))
    }

    fn action(&self, title: &str, preferred: bool, edits: Vec<TextEdit>, of: &Diagnostic) -> CodeAction {
        let edit = if self.versioned {
            let text_document = OptionalVersionedTextDocumentIdentifier {
                uri: self.uri.clone(),
                version: Some(self.version),
            };
            let edits = edits.into_iter().map(OneOf::Left).collect();
            let edit = TextDocumentEdit { text_document, edits };
            WorkspaceEdit {
                document_changes: Some(lsp_types::DocumentChanges::Edits(vec![edit])),
                ..WorkspaceEdit::default()
            }
        } else {
            WorkspaceEdit { changes: Some([(self.uri.clone(), edits)].into()), ..WorkspaceEdit::default() }
        };
        CodeAction {
            title: format!("bartizan: {title}"),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![of.clone()]),
            edit: Some(edit),
            is_preferred: preferred.then_some(true),
            ..CodeAction::default()
        }
    }
}
