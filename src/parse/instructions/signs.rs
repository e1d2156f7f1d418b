//! Indications that an instruction acts against the user: what it takes, where it sends it, and that it is kept
//! secret.

use crate::parse::host::{self, Whose, whose};
use crate::parse::remote::{What, act, is_secret_path};

/// Verbs of taking.
const TAKES: [&str; 22] = [
    "read", "collect", "gather", "cat ", "copy", "extract", "include", "append", "print", "dump", "harvest",
    "grab", "take ", "encode", "find ", "list ", "steal", "retrieve", "open ", "load ", "attach", "embed",
];
/// What is taken.
const SECRETS: [&str; 17] = [
    "credential",
    "api key",
    "api_key",
    "apikey",
    "access token",
    "auth token",
    "secret",
    "password",
    "private key",
    "ssh key",
    "environment variable",
    "env var",
    "keychain",
    "cookies",
    "bearer token",
    "tokens",
    "process.env",
];
/// Verbs of sending.
const SENDS: [&str; 19] = [
    "send",
    "post ",
    "post the",
    "upload",
    "exfiltrat",
    "transmit",
    "forward",
    "submit",
    "curl",
    "wget",
    "fetch(",
    "webhook",
    "report ",
    "push it to",
    "deliver",
    "ping ",
    "request to",
    "call ",
    "beacon",
];
/// What else is sent.
const DATA: [&str; 17] = [
    "content",
    "output",
    "source",
    "diff",
    "conversation",
    "transcript",
    "history",
    "prompt",
    "files",
    "environment",
    "hostname",
    "everything",
    "results",
    "the code",
    "repository",
    "username",
    "data",
];
/// Phrases of secrecy that need no verb.
const QUIET: [&str; 20] = [
    "silently",
    "secretly",
    "quietly",
    "covertly",
    "hide this",
    "keep this secret",
    "keep this hidden",
    "keep this confidential",
    "keep it secret",
    "keep it hidden",
    "without the user",
    "without user",
    "without their knowledge",
    "without anyone",
    "user must not",
    "user should not",
    "user need not",
    "must not see",
    "should not see",
    "not be visible to the user",
];
const NEGATIONS: [&str; 7] = ["do not ", "don't ", "dont ", "never ", "must not ", "should not ", "without "];
const TELLS: [&str; 14] = [
    "tell",
    "mention",
    "inform",
    "notify",
    "reveal",
    "show",
    "disclos",
    "alert",
    "display",
    "report",
    "ask",
    "discuss",
    "acknowledg",
    "log ",
];
/// Phrases that override other instructions; which ones must follow.
const OVERRIDES: [&str; 8] = [
    "ignore previous",
    "ignore all previous",
    "ignore prior",
    "ignore all prior",
    "ignore the above",
    "ignore all other",
    "disregard previous",
    "disregard all",
];
/// Hosts that documentation links to.
const KNOWN: [&str; 14] = [
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "wikipedia.org",
    "mozilla.org",
    "w3.org",
    "json-schema.org",
    "schemastore.org",
    "npmjs.com",
    "pypi.org",
    "docs.rs",
    "crates.io",
    "anthropic.com",
    "openai.com",
];

/// The indications in a piece of text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs {
    takes: bool,
    /// It is sent to a URL.
    sends: bool,
    /// It names what is sent.
    has_data: bool,
    /// It runs what is fetched.
    runs: bool,
    is_quiet: bool,
    overrides: bool,
}

impl Signs {
    pub(super) fn of(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let has_path = || {
            lower
                .split(|c: char| c.is_whitespace() || "`'\"(),".contains(c))
                .any(|word| is_secret_path(word.trim_end_matches(['.', ';', ':'])))
        };
        let takes = holds(&TAKES) && (holds(&SECRETS) || has_path());
        let sends = sends_to(&lower);
        let is_fetching = ["curl", "wget", "iwr", "irm", "invoke-"].iter().any(|name| lower.contains(name));
        let runs = is_fetching
            && text.lines().any(|line| {
                let names =
                    ["curl", "wget", "iwr", "irm", "Invoke-"].iter().filter_map(|name| line.find(name));
                let start = names.min().unwrap_or(0);
                // A warning is not a request.
                let is_meant = !super::warns(&line[..start]);
                line.split('`').chain([&line[start..]]).filter(|_| is_meant).any(|piece| {
                    act(piece).is_some_and(|act| {
                        matches!(act.what, What::RunsFetched | What::Sends | What::Decodes)
                            && (act.host.is_some() || act.what == What::Decodes)
                    })
                })
            });
        Self {
            takes,
            sends,
            has_data: holds(&DATA),
            runs,
            is_quiet: is_quiet(&lower),
            overrides: overrides(&lower),
        }
    }

    /// What a hidden text asks for, with two indications.
    pub(super) fn hidden(self) -> Option<&'static str> {
        let Self { takes, sends, has_data, runs, is_quiet, overrides } = self;
        let kept = is_quiet || overrides;
        match self {
            _ if takes && sends => Some("to take secrets and send them away"),
            _ if takes && kept => Some("to take secrets, unknown to the user"),
            _ if sends && (kept || has_data) => Some("to send something away"),
            _ if runs && kept => Some("to run what is fetched, unknown to the user"),
            _ => None,
        }
    }

    /// What a visible text asks for, if it is to be kept from the user, with another indication.
    pub(super) fn in_sight(self) -> Option<&'static str> {
        let Self { takes, sends, runs, is_quiet, overrides, .. } = self;
        let kept = is_quiet || overrides;
        match self {
            _ if takes && sends && kept => Some("to take secrets and send them away"),
            _ if runs && kept => Some("to run what is fetched, unknown to the user"),
            _ => None,
        }
    }
}

/// True if a verb of sending precedes a remote URL.
fn sends_to(lower: &str) -> bool {
    /// How many bytes before a URL the verb may be.
    const NEAR: usize = 160;
    lower.match_indices("://").take(50).any(|(at, _)| {
        let scheme =
            lower[..at].len() - lower[..at].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        let Some(host) = host::host(&lower[scheme..]) else { return false };
        let is_known = KNOWN
            .iter()
            .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')));
        let before = &lower[lower.floor_char_boundary(scheme.saturating_sub(NEAR))..scheme];
        !is_known && whose(host) == Whose::Foreign && SENDS.iter().any(|verb| before.contains(verb))
    })
}

/// True if the text overrides other instructions.
fn overrides(lower: &str) -> bool {
    const WHAT: [&str; 6] = ["instruction", "rule", "prompt", "direction", "guideline", "constraint"];
    OVERRIDES.iter().any(|words| {
        lower.find(words).is_some_and(|at| {
            let from = at + words.len();
            let behind = &lower[from..lower.floor_char_boundary((from + 30).min(lower.len()))];
            WHAT.iter().any(|what| behind.contains(what))
        })
    })
}

/// True if the text asks to keep it from the user.
fn is_quiet(lower: &str) -> bool {
    /// How many bytes after a negation the verb may be, and after that the user.
    const NEAR: usize = 40;
    const WHO: [&str; 12] = [
        "user",
        "human",
        "developer",
        "anyone",
        "anybody",
        "them",
        "output",
        "reply",
        "response",
        "summary",
        "this step",
        "these instructions",
    ];
    QUIET.iter().any(|words| lower.contains(words))
        || NEGATIONS.iter().any(|negation| {
            lower.match_indices(negation).take(50).any(|(at, _)| {
                let from = at + negation.len();
                let near = &lower[from..lower.floor_char_boundary((from + NEAR).min(lower.len()))];
                let verb = TELLS.iter().filter_map(|verb| near.find(verb)).min();
                verb.is_some_and(|verb| {
                    let from = from + verb;
                    let behind = &lower[from..lower.floor_char_boundary((from + 80).min(lower.len()))];
                    verb < 12 && WHO.iter().any(|who| behind.contains(who))
                })
            })
        })
}
