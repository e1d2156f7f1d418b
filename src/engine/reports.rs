//! Reports of checks that evaluate facts of an analysis.

use super::repository::dockerfiles::Dockerfile;
use super::repository::trust::Start;
use super::repository::{File, Site};
use crate::model::{Confidence, Fix, Meta, Missing, Outcome, RepoPath, Ruling, Severity, Signature, Span};
use crate::parse::dockerfile::Instruction;

/// Lines of an instruction from which on it is said where it starts.
const FAR: usize = 4;

/// Collects reports of one check, under the check's own id.
pub struct Reports<'a> {
    /// What was reported.
    pub(crate) all: Vec<Reported>,
    /// The outcome, if set by the check.
    pub(crate) outcome: Option<Outcome>,
    meta: &'a Meta,
}

/// A report of a check.
#[derive(Clone, Debug)]
pub struct Reported {
    pub(crate) path: RepoPath,
    /// From 1; none for the file as a whole.
    pub(crate) line: Option<u32>,
    /// Bytes of the file; then the line follows from it.
    pub(crate) span: Option<Span>,
    /// A note about the place, for lists.
    pub(crate) note: Option<String>,
    /// The trace that leads to it.
    pub(crate) trace: Vec<(RepoPath, Span, String)>,
    /// For a practice: the item at this place, and the plural message.
    pub(crate) practice: Option<(String, &'static str)>,
    /// For a claim: its subject and verdict. Only contradicted ones are findings.
    pub(crate) claim: Option<Claimed>,
    /// A safe fix.
    pub(crate) fix: Option<Fix>,
    /// A specific remedy, if better than the check's.
    pub(crate) remedy: Option<String>,
    /// Distinguishes it from other reports of the same check about the same file.
    pub(crate) about: String,
    pub(crate) message: String,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// Proofs, a short sentence each.
    pub(crate) proofs: Vec<String>,
}

/// The verdict on a claim.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) kind: &'static str,
    pub(crate) ruling: Ruling,
    /// What it needs, if unverifiable.
    pub(crate) missing: Option<Missing>,
}

impl Reported {
    /// Adds evidence for a claim, with a note.
    pub fn evidence(&mut self, path: &RepoPath, span: Span, note: String) -> &mut Self {
        self.trace.push((path.clone(), span, note));
        self
    }

    /// Sets what is needed to decide a claim.
    pub fn missing(&mut self, missing: Missing) -> &mut Self {
        if let Some(claim) = &mut self.claim {
            claim.missing = Some(missing);
        }
        self
    }

    /// Sets the severity.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Sets the confidence.
    pub fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.confidence = confidence;
        self
    }

    /// Adds a proof, a short sentence in lower case.
    pub fn proof(&mut self, proof: String) -> &mut Self {
        self.proofs.push(proof);
        self
    }

    /// Sets the note of the place, for lists.
    pub fn note(&mut self, note: String) -> &mut Self {
        self.note = Some(note);
        self
    }

    /// Adds a place to the trace, with a note.
    pub fn trace(&mut self, file: &File, span: Span, note: String) -> &mut Self {
        self.trace.push((file.path.clone(), span, note));
        self
    }

    /// Sets a specific remedy, one sentence in lower case.
    pub fn remedy(&mut self, remedy: String) -> &mut Self {
        self.remedy = Some(remedy);
        self
    }

    /// Sets a safe fix, if any.
    pub fn fix(&mut self, fix: Option<Fix>) -> &mut Self {
        self.fix = fix;
        self
    }

    /// Adds that the event `start` starts it, as a place that it rests on; `with` says what is within reach then, and may
    /// be empty.
    pub fn started_by(&mut self, start: Start<'_>, with: &str) -> &mut Self {
        let with = if with.is_empty() { String::new() } else { format!(", with {with}") };
        self.trace(start.file, start.event.name.span, format!("`{}` starts it{with}", start.event.name.text))
    }

    /// Groups it with other places of the same practice into one finding. Places are counted by `item`; `many` is the
    /// plural message, as in "24 `many`".
    pub fn practice(&mut self, item: impl Into<String>, many: &'static str) -> &mut Self {
        self.practice = Some((item.into(), many));
        self
    }
}

impl<'a> Reports<'a> {
    pub(crate) const fn new(meta: &'a Meta) -> Self {
        Self { all: Vec::new(), outcome: None, meta }
    }

    /// Marks the check as not applicable.
    pub fn not_applicable(&mut self) {
        self.outcome = Some(Outcome::NotApplicable);
    }

    /// Marks the check as not checked, with the reason.
    pub fn not_checked(&mut self, why: &str) {
        self.outcome = Some(Outcome::NotChecked(why.to_owned()));
    }

    /// Reports the whole file at `path`.
    pub fn file(&mut self, path: &RepoPath, message: String) {
        self.push(path, None, String::new(), message, self.meta.severity);
    }

    /// The same, with severity and confidence.
    pub fn rated(&mut self, path: &RepoPath, message: String, severity: Severity, confidence: Confidence) {
        self.push(path, None, String::new(), message, severity);
        self.all.last_mut().expect("it was just pushed").confidence(confidence);
    }

    /// Reports a place in the file at `path`. The message names no lines, for it tells the report from others.
    pub fn line(&mut self, path: &RepoPath, line: u32, message: String) {
        self.push(path, Some(line), message.clone(), message, self.meta.severity);
    }

    /// Reports a place in the file at `path`; `about` tells it from the others of that file, wherever its lines
    /// have moved to.
    pub fn line_about(&mut self, path: &RepoPath, line: u32, about: String, message: String) {
        self.push(path, Some(line), about, message, self.meta.severity);
    }

    /// Reports a signature, with what is known of it.
    pub fn signature(&mut self, signature: &Signature, message: String, severity: Severity) {
        let about = signature.artifact.as_ref().map(RepoPath::shown).or_else(|| signature.digest.clone());
        let about = about.unwrap_or_default();
        self.push(&signature.path, Some(signature.line), about, message, severity);
        if let Some(reported) = self.all.last_mut() {
            reported.proofs.clone_from(&signature.evidence);
        }
    }

    /// Reports what stands at `span` of the file of `site`. The message names no lines, for it tells the report from
    /// others.
    pub fn at(&mut self, site: Site<'_>, span: Span, message: String) -> &mut Reported {
        self.span(&site.file.path, span, message)
    }

    /// Reports what stands at `span` of the file at `path`.
    pub fn span(&mut self, path: &RepoPath, span: Span, message: String) -> &mut Reported {
        self.push(path, None, message.clone(), message, self.meta.severity);
        let reported = self.all.last_mut().expect("it was just pushed");
        reported.span = Some(span);
        reported
    }

    /// Says how a claim about `kind` ends that stands at `span` of the file at `path`, and why. `about` is what it says,
    /// by which it is known again.
    pub fn claim(
        &mut self,
        (path, span): (&RepoPath, Span),
        kind: &'static str,
        about: &str,
        (ruling, reason): (Ruling, String),
    ) -> &mut Reported {
        let about: String = about.split_whitespace().collect::<Vec<_>>().join(" ");
        self.push(path, None, format!("{kind}: {about}"), reason, self.meta.severity);
        let reported = self.all.last_mut().expect("it was just pushed");
        reported.span = Some(span);
        reported.claim = Some(Claimed { kind, ruling, missing: None });
        reported
    }

    /// Reports what stands at `span` of the instruction `one` of a Dockerfile, no more severe than what the file is for
    /// lets it be.
    pub fn instruction(
        &mut self,
        file: &Dockerfile,
        one: &Instruction,
        span: Span,
        message: String,
        severity: Severity,
    ) -> &mut Reported {
        let before = file.bytes.get(one.span.start..span.start).unwrap_or_default();
        let is_far = memchr::memchr_iter(b'\n', before).count() >= FAR;
        let reported = self.span(&file.path, span, message).severity(file.class.capped(severity));
        if is_far {
            let note = format!("`{}` starts here", one.keyword.as_str());
            reported.trace.push((file.path.clone(), one.name, note));
        }
        reported
    }

    fn push(
        &mut self,
        path: &RepoPath,
        line: Option<u32>,
        about: String,
        message: String,
        severity: Severity,
    ) {
        let confidence = self.meta.confidence;
        let path = path.clone();
        self.all.push(Reported {
            path,
            line,
            span: None,
            note: None,
            trace: Vec::new(),
            practice: None,
            claim: None,
            fix: None,
            remedy: None,
            about,
            message,
            severity,
            confidence,
            proofs: Vec::new(),
        });
    }
}
