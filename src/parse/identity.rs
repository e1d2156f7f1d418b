//! Which identities a pattern matches unintentionally.
//!
//! Patterns are cosign's: a regular expression, unanchored by default. They are tried on identities for which a
//! stranger can get a certificate, with the workflow and branch names of the pattern.

use std::fmt::Write as _;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The longest pattern that is evaluated, in bytes.
const PATTERN_MAX: usize = 512;
/// The longest sample identity, in bytes.
const SAMPLE_MAX: usize = 1024;
/// A made-up name that no pattern was written for.
const STRANGER: &str = "stranger-7f3a";

/// The issuer of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// Any issuer.
    Any,
    /// GitHub, for workflows.
    GitHub,
    /// GitLab, for pipelines.
    GitLab,
    /// A provider of e-mail addresses.
    Mail,
    /// An unknown one.
    Other,
}

impl Issuer {
    /// The issuer with the URL `url`.
    #[must_use]
    pub fn of(url: &str) -> Self {
        match url.trim_end_matches('/') {
            "https://token.actions.githubusercontent.com" => Self::GitHub,
            "https://gitlab.com" => Self::GitLab,
            "https://accounts.google.com"
            | "https://github.com/login/oauth"
            | "https://login.microsoftonline.com"
            | "https://oauth2.sigstore.dev/auth" => Self::Mail,
            _ => Self::Other,
        }
    }
}

/// A flaw of a pattern, with an unintended identity that it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Laxness {
    /// It matches every identity.
    Anybody(String),
    /// It matches owners whose name starts with the intended one.
    OwnerPrefix(String),
    /// It matches identities that contain the intended one in a freely chosen part.
    Substring(String),
}

/// The flaw of `pattern`, for identities of `issuer`. `None` for a pattern that does not parse.
#[must_use]
pub fn laxness(pattern: &str, issuer: Issuer) -> Option<Laxness> {
    let regex = compile(pattern)?;
    let lets_in = |identity: &String| regex.is_match(identity.as_bytes());
    let plain = pattern.replace('\\', "");
    let parts = Parts::of(&plain);
    if let Some(identity) = strangers(&parts, issuer).into_iter().find(lets_in) {
        return Some(Laxness::Anybody(identity));
    }
    let github = matches!(issuer, Issuer::GitHub | Issuer::Any);
    if github && let Some(owner) = parts.owner.filter(|_| !parts.closed) {
        let owner = format!("{owner}-7f3a");
        if let Some(identity) = workflows(&owner, &parts).into_iter().find(lets_in) {
            return Some(Laxness::OwnerPrefix(identity));
        }
    }
    let sample = sample(pattern)?;
    let mut tricks = Vec::new();
    if github && may_be_branch(&sample) {
        tricks.push(format!("https://github.com/{STRANGER}/x/.github/workflows/x.yml@refs/heads/{sample}"));
    }
    if github && sample.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        let owner = format!("https://github.com/{STRANGER}-{sample}");
        let mut rest = vec![""];
        rest.extend(["@refs/heads/main", "/.github/workflows/x.yml@refs/heads/main"]);
        tricks.extend(
            rest.into_iter().map(|rest| format!("{owner}{rest}")).filter(|identity| is_workflow(identity)),
        );
    }
    if matches!(issuer, Issuer::Mail | Issuer::Any)
        && let Some((name, host)) = sample.split_once('@')
        && !host.contains(['/', '@'])
    {
        let name = if name.is_empty() { STRANGER } else { name };
        tricks.push(format!("{name}@{host}.{STRANGER}.example"));
    }
    tricks.into_iter().find(lets_in).map(Laxness::Substring)
}

/// True if `pattern` matches an unintended issuer.
#[must_use]
pub fn is_any_issuer(pattern: &str) -> bool {
    compile(pattern).is_some_and(|regex| regex.is_match(&format!("https://{STRANGER}.example/login")))
}

fn compile(pattern: &str) -> Option<Regex> {
    if pattern.is_empty() || pattern.len() > PATTERN_MAX {
        return None;
    }
    Regex::builder()
        .configure(Regex::config().nfa_size_limit(Some(1 << 18)).hybrid_cache_capacity(1 << 18))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(pattern)
        .ok()
}

/// The literal parts of a pattern for a workflow's identity,
/// `https://github.com/OWNER/REPOSITORY/.github/workflows/FILE@REF`.
#[derive(Default)]
struct Parts<'a> {
    owner: Option<&'a str>,
    /// True if the owner's name ends there.
    closed: bool,
    repository: Option<&'a str>,
    file: Option<&'a str>,
    reference: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(plain: &'a str) -> Self {
        let literal = |text: &'a str| {
            let end = text
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.' | '/'))
                .unwrap_or(text.len());
            // A dot before a repetition is not literal.
            let cut = if text[end..].starts_with(['*', '+', '?', '{']) { end.saturating_sub(1) } else { end };
            Some(&text[..cut]).filter(|text| !text.is_empty())
        };
        let behind = |mark: &str| plain.split_once(mark).map(|(_, behind)| behind);
        let mut segments = behind("github.com/").unwrap_or_default().split('/');
        let whole = |segment: &'a str| literal(segment).filter(|text| *text == segment);
        let owner = segments.next().unwrap_or_default();
        let repository = segments.next();
        Self {
            owner: literal(owner),
            closed: whole(owner).is_some() && repository.is_some(),
            repository: repository.and_then(whole).filter(|name| *name != ".github"),
            file: behind("workflows/").and_then(|file| literal(file.split('@').next().unwrap_or_default())),
            reference: behind("@").and_then(literal),
        }
    }
}

/// Identities of workflows of `owner`, with the files and branches of the pattern.
fn workflows(owner: &str, parts: &Parts<'_>) -> Vec<String> {
    let repository = parts.repository.unwrap_or("x9c2e");
    let mut files = vec!["x9c2e.yml", "release.yaml"];
    files.extend(parts.file);
    let mut references = vec!["refs/heads/main", "refs/tags/v1.2.3", "refs/tags/1.2.3"];
    references.extend(parts.reference);
    let mut all = Vec::new();
    for file in &files {
        for reference in &references {
            let mut identity = format!("https://github.com/{owner}/{repository}/");
            let _ = write!(identity, ".github/workflows/{file}@{reference}");
            all.push(identity);
        }
    }
    all
}

/// Identities that anyone can have.
fn strangers(parts: &Parts<'_>, issuer: Issuer) -> Vec<String> {
    let mut all = Vec::new();
    if matches!(issuer, Issuer::Any | Issuer::GitHub) {
        all.extend(workflows(STRANGER, parts));
    }
    if matches!(issuer, Issuer::Any | Issuer::GitLab) {
        all.push(format!("https://gitlab.com/{STRANGER}/x9c2e//.gitlab-ci.yml@refs/heads/main"));
    }
    if matches!(issuer, Issuer::Any | Issuer::Mail) {
        all.push(format!("{STRANGER}@gmail.com"));
    }
    all
}

/// A text that `pattern` matches, if one is easy to construct.
fn sample(pattern: &str) -> Option<String> {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).nest_limit(32).build();
    let hir = parser.parse(pattern).ok()?;
    let mut out = Vec::new();
    append(&hir, &mut out)?;
    String::from_utf8(out).ok().filter(|sample| !sample.is_empty())
}

/// The parser bounds the recursion.
fn append(hir: &Hir, out: &mut Vec<u8>) -> Option<()> {
    if out.len() > SAMPLE_MAX {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => {
            let has = |byte: u8| match class {
                Class::Bytes(class) => {
                    class.ranges().iter().any(|range| range.start() <= byte && byte <= range.end())
                }
                Class::Unicode(class) => class
                    .ranges()
                    .iter()
                    .any(|range| range.start() <= char::from(byte) && char::from(byte) <= range.end()),
            };
            out.push((b'a'..=b'z').chain(b'0'..=b'9').chain(b'!'..=b'~').find(|byte| has(*byte))?);
        }
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min.min(16) {
                append(&repetition.sub, out)?;
            }
        }
        HirKind::Capture(capture) => append(&capture.sub, out)?,
        HirKind::Concat(parts) => {
            for part in parts {
                append(part, out)?;
            }
        }
        HirKind::Alternation(ways) => append(ways.first()?, out)?,
    }
    Some(())
}

/// True if `identity` has all parts of a workflow's identity, and a valid owner.
fn is_workflow(identity: &str) -> bool {
    let Some((path, reference)) = identity.split_once('@') else { return false };
    let mut segments = path.split('/').skip(3);
    let owner = segments.next().unwrap_or_default();
    let plain = owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain && segments.nth(1) == Some(".github") && may_be_branch(reference)
}

/// True if `git check-ref-format` accepts the branch name.
fn may_be_branch(name: &str) -> bool {
    let parts_fit = name
        .trim_matches('/')
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"));
    let bad = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    parts_fit && !name.contains(bad) && !name.contains("..") && !name.contains("@{") && !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(pattern: &str, issuer: Issuer) -> &'static str {
        match laxness(pattern, issuer) {
            None => "none",
            Some(Laxness::Anybody(_)) => "anybody",
            Some(Laxness::OwnerPrefix(_)) => "prefix",
            Some(Laxness::Substring(_)) => "substring",
        }
    }

    #[test]
    fn patterns_that_let_anybody_in() {
        for pattern in [
            ".*",
            ".+",
            "^.*$",
            "https://.*",
            "https://github.com/.*",
            "^https://github.com/.+/.+$",
            "https://github.com",
            "^https://github.com/[^/]+/[^/]+/.github/workflows/build-all.yml@refs/heads/release$",
            "^https://github.com/.*/tool/.github/workflows/.*@refs/tags/v.*$",
            r"https://github\.com/.+/\.github/workflows/publish\.yaml@.*",
            r"^https://(github|gitlab)\.com/",
            "workflows",
            "refs/tags/",
        ] {
            assert_eq!(word(pattern, Issuer::Any), "anybody", "{pattern}");
        }
        assert_eq!(word(".*@gmail.com", Issuer::Mail), "anybody");
        assert_eq!(word(".*@gmail.com", Issuer::GitLab), "none");
        assert_eq!(word("https://gitlab.com/.*", Issuer::GitLab), "anybody");
    }

    #[test]
    fn patterns_without_an_end_of_the_owner() {
        for pattern in [
            "^https://github.com/acme",
            "^https://github.com/acme.*",
            "https://github.com/acme.*/.github/workflows/release.yml@.*",
            r"^https://github\.com/acme-tools",
        ] {
            assert_eq!(word(pattern, Issuer::GitHub), "prefix", "{pattern}");
        }
    }

    #[test]
    fn patterns_that_match_in_the_middle() {
        for pattern in ["acme/tool", "github.com/acme/", r"acme/tool/\.github/workflows/release\.yml"] {
            assert_eq!(word(pattern, Issuer::GitHub), "substring", "{pattern}");
        }
        assert_eq!(word(r"@acme\.org", Issuer::Mail), "substring");
        assert_eq!(word(r"^ci@acme\.org", Issuer::Mail), "substring");
        assert_eq!(word(r"^ci@acme\.org$", Issuer::Mail), "none");
    }

    #[test]
    fn patterns_that_say_who() {
        for pattern in [
            "^https://github.com/acme/",
            "^https://github.com/acme/.*",
            "^https://github.com/acme/tool",
            r"^https://github\.com/acme/tool/\.github/workflows/release\.yml@refs/tags/v[0-9]+\.[0-9]+\.[0-9]+$",
            // No branch can have such a name.
            "https://github.com/acme/tool/.github/workflows/.+",
            "^https://github.com/acme/(tool|other)/",
            "https://github.com/acme/tool.*/.github/workflows/.*.yml@v1",
        ] {
            assert_eq!(word(pattern, Issuer::GitHub), "none", "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_judged() {
        let nested = "(".repeat(255) + &")".repeat(255);
        for pattern in ["", "(", "a{1000}{1000}{1000}", &"a".repeat(PATTERN_MAX + 1), &nested] {
            assert_eq!(word(pattern, Issuer::Any), "none", "{pattern}");
        }
        assert!(is_any_issuer(".*") && is_any_issuer("https://.+") && !is_any_issuer("accounts.google.com"));
    }
}
