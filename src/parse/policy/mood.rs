//! Classifies a sentence: a present fact, or an intention, a plan, a condition, or advice to the reader.

use super::{Block, Kind, Text, words};

/// The mood of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// A fact about the project.
    Asserted,
    /// With a reservation: "where possible", "if configured".
    Hedged,
    /// About the future.
    Future,
    /// A condition, an example or a question.
    Conditional,
    /// Advice to users, contributors or reporters.
    Advice,
    /// About something else, or irrelevant: a scope, a list of attacks.
    Aside,
}

/// Phrases about the future.
const FUTURE: [&str; 43] = [
    "not yet",
    "yet to",
    "planned",
    "plan to",
    "plans to",
    "planning to",
    "roadmap",
    "coming soon",
    "upcoming",
    "will",
    "we'll",
    "won't",
    "shall be able",
    "going to",
    "in the future",
    "tbd",
    "to be determined",
    "to be announced",
    "to be decided",
    "to be added",
    "pending",
    "in progress",
    "work in progress",
    "wip",
    "once we",
    "once the",
    "once it",
    "once established",
    "eventually",
    "todo",
    "to do",
    "aim to",
    "aims to",
    "aim for",
    "intend to",
    "intends to",
    "soon",
    "aspire",
    "targeted for",
    "⏳",
    "🚧",
    "🔜",
    "next release",
];
/// Hedging phrases.
const HEDGES: [&str; 57] = [
    "if configured",
    "if enabled",
    "if available",
    "if applicable",
    "if possible",
    "if supported",
    "if needed",
    "if installed",
    "if present",
    "if necessary",
    "when configured",
    "when enabled",
    "when available",
    "when possible",
    "when supported",
    "where possible",
    "where applicable",
    "where practical",
    "where available",
    "where supported",
    "where feasible",
    "where appropriate",
    "where permitted",
    "where configured",
    "as needed",
    "as appropriate",
    "optional",
    "optionally",
    "configurable",
    "may",
    "might",
    "could",
    "can",
    "should",
    "would",
    "best-effort",
    "best effort",
    "typically",
    "usually",
    "often",
    "mostly",
    "most of",
    "partially",
    "partly",
    "ideally",
    "is expected",
    "are expected",
    "recommended",
    "encouraged",
    "experimental",
    "opt-in",
    "at the time of writing",
    "try to",
    "strive",
    "depending on",
    "whenever possible",
    "as far as possible",
];
/// Phrases that start a condition or an example.
const CONDITIONS: [&str; 17] = [
    "if",
    "when",
    "whenever",
    "in case",
    "unless",
    "for example",
    "for instance",
    "e.g.",
    "example",
    "once",
    "until",
    "should you",
    "assuming",
    "provided that",
    "suppose",
    "after",
    "before",
];
/// Verbs with which advice starts.
const IMPERATIVES: [&str; 76] = [
    "use",
    "keep",
    "enable",
    "never",
    "always",
    "do",
    "don't",
    "avoid",
    "ensure",
    "make",
    "verify",
    "consider",
    "please",
    "run",
    "add",
    "set",
    "store",
    "rotate",
    "review",
    "check",
    "report",
    "install",
    "configure",
    "apply",
    "restrict",
    "limit",
    "monitor",
    "pin",
    "scan",
    "sign",
    "update",
    "upgrade",
    "follow",
    "include",
    "provide",
    "describe",
    "open",
    "send",
    "contact",
    "go",
    "click",
    "fill",
    "submit",
    "create",
    "import",
    "place",
    "see",
    "read",
    "join",
    "be",
    "test",
    "validate",
    "sanitize",
    "implement",
    "disable",
    "remove",
    "revoke",
    "audit",
    "protect",
    "prefer",
    "treat",
    "choose",
    "write",
    "download",
    "commit",
    "build",
    "deploy",
    "require",
    "help",
    "recommend",
    "tell",
    "give",
    "allow",
    "generate",
    "define",
    "assume",
];
/// Phrases that address readers.
const READERS: [&str; 20] = [
    "you",
    "your",
    "yours",
    "users should",
    "users must",
    "users can",
    "users are",
    "users may",
    "contributors should",
    "contributors must",
    "developers should",
    "developers must",
    "reporters",
    "please",
    "we recommend",
    "we ask",
    "we encourage",
    "we request",
    "we suggest",
    "it is recommended",
];
/// Headings of advice, of scopes, and of plans.
const ADVISING: [&str; 46] = [
    "for users",
    "for contributors",
    "for developers",
    "for operators",
    "for administrators",
    "for reporters",
    "for researchers",
    "checklist",
    "when contributing",
    "how to",
    "what to",
    "getting started",
    "your responsibilities",
    "user responsibilities",
    "installation",
    "usage",
    "example",
    "examples",
    "out of scope",
    "in scope",
    "scope",
    "not in scope",
    "threat model",
    "limitations",
    "non-goals",
    "known issues",
    "known limitations",
    "reporting",
    "report a",
    "report",
    "how to report",
    "disclosure",
    "verifying",
    "verify",
    "before commit",
    "setup",
    "recommended",
    "recommendations",
    "roadmap",
    "future",
    "planned",
    "todo",
    "faq",
    "troubleshooting",
    "incident response",
    "accepted risks",
];
/// Headings of either advice or facts.
const OPEN: [&str; 9] = [
    "best practices",
    "best practice",
    "guidelines",
    "hardening",
    "practices for",
    "safe to commit",
    "guideline",
    "tips",
    "do's and don'ts",
];
/// Phrases about other projects.
const OTHERS: [&str; 9] = [
    "downstream",
    "those repos",
    "those repositories",
    "upstream projects",
    "other projects",
    "each vendor",
    "in your",
    "their own",
    "forks",
];
/// Phrases with which a project refers to itself.
const OURS: [&str; 16] = [
    "we",
    "our",
    "this project",
    "the project",
    "this repository",
    "this library",
    "is",
    "are",
    "has",
    "have",
    "uses",
    "runs",
    "all",
    "every",
    "was",
    "were",
];

/// The mood of `sentence` of `block`; in lower case.
#[must_use]
pub fn classify(text: &Text, block: &Block, sentence: &str) -> Mood {
    if matches!(block.kind, Kind::Code | Kind::Comment | Kind::Item(Some(false))) || block.is_quoted {
        return Mood::Aside;
    }
    if let mood @ (Mood::Hedged | Mood::Future | Mood::Conditional | Mood::Advice | Mood::Aside) =
        alone(sentence)
    {
        return mood;
    }
    // Its leads apply to all of its items.
    for lead in text.leads_of(block) {
        let said = words::lower(&lead.text());
        let last = said
            .rsplit(['.', '!', '?'])
            .find(|part| !part.trim().is_empty())
            .unwrap_or(&said)
            .trim()
            .to_owned();
        let mood = alone(&last);
        // A hedge applies only to its item.
        if matches!(mood, Mood::Future | Mood::Conditional | Mood::Advice | Mood::Aside) {
            return mood;
        }
        if matches!(words::first(&last), "never" | "not")
            || words::any(&last, &["do not", "don't", "must not"]).is_some()
        {
            return Mood::Advice;
        }
    }
    for heading in text.headings_of(block) {
        let said = words::lower(&heading.text);
        // The document's title names its subject.
        if heading.level <= 1 && heading.above.is_none() {
            continue;
        }
        if words::any(&said, &ADVISING).is_some() {
            return Mood::Advice;
        }
        let leads =
            text.leads_of(block).any(|lead| words::any(&words::lower(&lead.text()), &OURS[..7]).is_some());
        if words::any(&said, &OPEN).is_some() && words::any(sentence, &OURS).is_none() && !leads {
            return Mood::Advice;
        }
    }
    Mood::Asserted
}

/// The mood of `sentence` by itself.
fn alone(sentence: &str) -> Mood {
    let bare = sentence.trim_start_matches(|c: char| !c.is_alphanumeric() && !"⏳🚧🔜".contains(c));
    if words::any(bare, &FUTURE).is_some_and(|word| !is_month(bare, word)) {
        return Mood::Future;
    }
    if words::any(bare, &HEDGES).is_some()
        && HEDGES.iter().any(|word| words::has(bare, word) && !is_month(bare, word))
    {
        return Mood::Hedged;
    }
    if CONDITIONS.iter().any(|word| words::find(bare, word) == Some(0)) || bare.trim_end().ends_with('?') {
        return Mood::Conditional;
    }
    if words::any(bare, &OTHERS).is_some() {
        return Mood::Aside;
    }
    let first = words::first(bare);
    if words::any(bare, &READERS).is_some() || is_imperative(bare, first) {
        return Mood::Advice;
    }
    // After a label: "Dependencies: keep them up to date", "**Dependencies** - keep …".
    let label = bare.split_once(": ").or_else(|| bare.split_once(" - ")).or_else(|| bare.split_once(" – "));
    if let Some((label, rest)) = label
        && label.len() < 60
        && is_imperative(rest.trim_start(), words::first(rest))
    {
        return Mood::Advice;
    }
    Mood::Asserted
}

/// True if `text` starts with an imperative: "use it", and not "use of it is logged", "scan results are".
fn is_imperative(text: &str, first: &str) -> bool {
    if !IMPERATIVES.contains(&first) {
        return false;
    }
    let rest = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let rest = rest.get(first.len()..).unwrap_or_default();
    // `run:` and `Scan:` are labels.
    if rest.starts_with(':') {
        return false;
    }
    let second = words::first(rest);
    let is_noun = [
        "of",
        "results",
        "result",
        "process",
        "time",
        "policy",
        "artifacts",
        "is",
        "are",
        "provenance",
        "workflow",
        "pipeline",
    ];
    !is_noun.contains(&second)
}

/// True if `word` is a month in `sentence`: "may 2026".
fn is_month(sentence: &str, word: &str) -> bool {
    word == "may"
        && words::places(sentence, word).all(|at| {
            let rest = sentence[at + word.len()..].trim_start_matches([' ', ',']);
            let before = sentence[..at].trim_end();
            rest.starts_with(|c: char| c.is_ascii_digit()) || before.ends_with(|c: char| c.is_ascii_digit())
        })
}

/// Phrases that defer whatever follows.
const PUT_OFF: [&str; 20] = [
    "not yet",
    "planned",
    "coming soon",
    "tbd",
    "to be determined",
    "if configured",
    "if available",
    "if enabled",
    "if applicable",
    "users should",
    "for example",
    "for instance",
    "e.g.",
    "example:",
    "placeholder",
    "template",
    "sample",
    "todo",
    "upcoming",
    "roadmap",
];

/// True if `sentence` of `block`, in lower case, is deferred or an example: its texts, links and URLs are then
/// ignored.
#[must_use]
pub fn is_put_off(text: &Text, block: &Block, sentence: &str) -> bool {
    matches!(block.kind, Kind::Code | Kind::Comment)
        || words::any(sentence, &PUT_OFF).is_some()
        || text.leads_of(block).any(|lead| words::any(&words::lower(&lead.text()), &PUT_OFF).is_some())
        || text.headings_of(block).any(|heading| {
            words::any(&words::lower(&heading.text), &["example", "examples", "planned", "roadmap", "future"])
                .is_some()
        })
}

/// True if `clause`, in lower case, is negated.
#[must_use]
pub fn is_denied(clause: &str) -> bool {
    const DENIALS: [&str; 20] = [
        "not",
        "no longer",
        "never",
        "without",
        "isn't",
        "aren't",
        "doesn't",
        "don't",
        "cannot",
        "can't",
        "disabled",
        "removed",
        "deprecated",
        "instead of",
        "rather than",
        "neither",
        "nor",
        "stopped",
        "replaced",
        "no",
    ];
    words::any(clause, &DENIALS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mood(text: &str) -> Mood {
        let read = Text::read(b"a.md", text.as_bytes());
        let block = read.blocks.last().expect("a block");
        let piece = &block.pieces[0];
        let sentence = piece.sentences().pop().expect("a sentence");
        classify(&read, block, &words::lower(&piece.text[sentence]))
    }

    #[test]
    fn sentences_are_meant() {
        use Mood::{Advice, Aside, Asserted, Conditional, Future, Hedged};
        for (text, meant) in [
            ("All actions are pinned.", Asserted),
            ("- **CodeQL**: Static analysis of Go code, runs on every push", Asserted),
            ("- ⏳ **Trivy**: scanning (integration pending)", Future),
            ("CI scans (CodeQL if configured).", Hedged),
            ("Not yet: all actions are pinned.", Future),
            ("Users should know: all actions are pinned.", Hedged),
            ("Use signed commits.", Advice),
            ("Please use CodeQL.", Advice),
            ("- **Dependencies** - keep dependencies updated", Advice),
            ("> All actions are pinned.", Aside),
            ("- [ ] All actions are pinned", Aside),
            ("If you use CI, all actions are pinned.", Conditional),
            ("## Best Practices for Users\n\n- All actions are pinned", Advice),
            ("## Security Best Practices\n\nThis library:\n\n- Uses **npm provenance**", Asserted),
            ("## Best Practices\n\n- Environment variables for all secrets", Asserted),
            ("## Practices\n\nNever commit:\n\n- `.env` files", Advice),
            ("**Status:** Audited in May 2026", Asserted),
            ("Images may be signed.", Hedged),
        ] {
            let found = mood(text);
            // A noun phrase with "all" below an advice heading is ambiguous.
            assert_eq!(found, meant, "{text}");
        }
    }
}
