//! Compares a proven signer with the expected ones. Pure.

use regex_automata::meta::Regex;
use regex_syntax::hir::{Hir, Look};

use crate::model::Signer;
use crate::verify::PublicKey;

/// The token issuer of GitHub workflows.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Longest pattern.
const PATTERN_MAX: usize = 4096;

/// A matcher for names.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Equal to this.
    Exact(String),
    /// Fully matches this regex.
    Regexp(Box<Regex>),
}

impl Pattern {
    /// A regex that must match the whole name, anchored or not.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn regexp(text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_MAX {
            return Err(format!("a regex has at most {PATTERN_MAX} bytes"));
        }
        let wrong = |error: &dyn std::fmt::Display| format!("the regex is invalid: {error}");
        let inner = regex_syntax::parse(text).map_err(|error| match &error {
            regex_syntax::Error::Parse(error) => wrong(error.kind()),
            regex_syntax::Error::Translate(error) => wrong(error.kind()),
            error => wrong(error),
        })?;
        // Built from parts, not text: a comment would hide what follows.
        let whole = Hir::concat(vec![Hir::look(Look::Start), inner, Hir::look(Look::End)]);
        let config = Regex::config().nfa_size_limit(Some(1 << 20));
        let built = Regex::builder().configure(config).build_from_hir(&whole);
        built.map(|regex| Self::Regexp(Box::new(regex))).map_err(|error| wrong(&error))
    }

    /// True if `name` matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Regexp(regex) => regex.is_match(name),
        }
    }
}

/// An allowed certificate identity.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The subject of the certificate.
    pub identity: Pattern,
    /// The issuer.
    pub issuer: Pattern,
}

/// The allowed signers.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Any of these.
    pub identities: Vec<Identity>,
    /// Or the holder of any of these keys.
    pub keys: Vec<PublicKey>,
    /// Or workflows of this repository on GitHub, `owner/name`.
    pub repository: Option<String>,
}

impl Expected {
    /// The reason why a certificate with these contents may sign.
    ///
    /// # Errors
    /// Why not.
    pub fn evaluate(&self, identity: &str, issuer: &str, repository: Option<&str>) -> Result<String, String> {
        let fits = |one: &Identity| one.identity.matches(identity) && one.issuer.matches(issuer);
        if self.identities.iter().any(fits) {
            return Ok(format!("signed by {identity}, as expected"));
        }
        let Some(own) = &self.repository else {
            let named = self.identities.iter().any(|one| one.identity.matches(identity));
            let why = match (&*self.identities, &*self.keys) {
                ([], [_, ..]) => "and a key is expected",
                _ if named => "who is expected, but with another issuer",
                _ => "who is not expected",
            };
            return Err(format!("it was signed by {identity} (issuer {issuer}), {why}"));
        };
        let address = format!("https://github.com/{own}");
        let below = identity.get(..address.len()).is_some_and(|start| start.eq_ignore_ascii_case(&address))
            && identity[address.len()..].starts_with('/');
        if below
            && issuer == GITHUB_ISSUER
            && repository.is_some_and(|from| from.eq_ignore_ascii_case(&address))
        {
            return Ok(format!("signed by {identity}, a workflow of this repository"));
        }
        Err(format!("it was signed by {identity} (issuer {issuer}), which is not a workflow of {address}"))
    }

    /// The same of any signer.
    ///
    /// # Errors
    /// Why not.
    pub fn judge_signer(&self, signer: &Signer) -> Result<String, String> {
        match signer {
            Signer::Identity { identity, issuer, repository } => {
                self.evaluate(identity, issuer, repository.as_deref())
            }
            Signer::Key { fingerprint, .. } => match &*self.keys {
                [] => Err(format!("it was signed by the key {fingerprint}, but a certificate is expected")),
                keys => keys
                    .iter()
                    .find(|key| key.fingerprint() == *fingerprint)
                    .map(|key| format!("signed by the key {}, as expected", key.name))
                    .ok_or_else(|| format!("it was signed by the key {fingerprint}, which is not expected")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_anchored() {
        let matches = |text: &str, name: &str| Pattern::regexp(text).expect("it is sound").matches(name);
        assert!(matches("a|b", "b") && !matches("a|b", "ab") && !matches("a|b", "xb"));
        assert!(matches("https://github.com/o/.*", "https://github.com/o/r"));
        assert!(!matches("github.com/o/.*", "https://evil/github.com/o/r"));
        assert!(!matches("a", "a\n"));
        assert!(matches("(?x) a # note", "a") && !matches("(?x) a # note", "ab"));
        assert!(Pattern::regexp("a)|(b").is_err() && Pattern::regexp("(").is_err());
        assert!(Pattern::regexp(&"a".repeat(5000)).is_err());
    }

    #[test]
    fn workflows_of_the_same_repository_may_sign() {
        let expected = Expected { repository: Some("o/r".to_owned()), ..Expected::default() };
        let workflow = "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1";
        let evaluator = |identity: &str, issuer: &str, from: Option<&str>| {
            expected.evaluate(identity, issuer, from).is_ok()
        };
        assert!(evaluator(workflow, GITHUB_ISSUER, Some("https://github.com/o/r")));
        assert!(evaluator("https://github.com/O/R/x", GITHUB_ISSUER, Some("https://github.com/o/R")));
        assert!(!evaluator(workflow, GITHUB_ISSUER, None), "the claim is asked for");
        assert!(!evaluator(workflow, GITHUB_ISSUER, Some("https://github.com/evil/r")));
        assert!(!evaluator(workflow, "https://accounts.google.com", Some("https://github.com/o/r")));
        assert!(!evaluator("https://github.com/o/r2/x", GITHUB_ISSUER, Some("https://github.com/o/r")));
        assert!(!evaluator("https://github.com/o/ré", GITHUB_ISSUER, Some("https://github.com/o/r")));
    }

    #[test]
    fn keys_are_told_by_what_they_are() {
        let key = PublicKey { der: vec![1, 2, 3], name: "a.pub".to_owned() };
        let other = PublicKey { der: vec![1, 2, 4], ..key.clone() };
        let expected = Expected { keys: vec![key.clone()], ..Expected::default() };
        let evaluator = |key: &PublicKey| {
            expected
                .judge_signer(&Signer::Key { fingerprint: key.fingerprint(), name: Some("b.pub".to_owned()) })
        };
        assert_eq!(evaluator(&key).as_deref(), Ok("signed by the key a.pub, as expected"));
        assert!(evaluator(&other).is_err());
        let certificate = expected.evaluate("a@example.org", "i", None);
        assert_eq!(
            certificate.expect_err("a key is expected"),
            "it was signed by a@example.org (issuer i), and a key is expected"
        );
        assert!(
            Expected::default()
                .judge_signer(&Signer::Key { fingerprint: key.fingerprint(), name: None })
                .is_err()
        );
    }

    #[test]
    fn an_issuer_is_half_of_a_name() {
        let one =
            Identity { identity: Pattern::Exact("a".to_owned()), issuer: Pattern::Exact("i".to_owned()) };
        let expected = Expected { identities: vec![one], ..Expected::default() };
        assert!(expected.evaluate("a", "i", None).is_ok());
        assert_eq!(
            expected.evaluate("a", "j", None).expect_err("the issuer is another"),
            "it was signed by a (issuer j), who is expected, but with another issuer"
        );
        assert!(expected.evaluate("b", "i", None).is_err());
    }

    #[test]
    fn without_any_expectation_any_signer_is_unexpected() {
        assert!(Expected::default().evaluate("a@example.org", "https://accounts.google.com", None).is_err());
    }
}
