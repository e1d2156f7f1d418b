//! Who may sign: whether a signer that is proven is one that was expected. Pure functions.

use regex_automata::meta::Regex;
use regex_syntax::hir::{Hir, Look};

use crate::model::{Signer, Standing, text};
use crate::verify::PublicKey;

/// Who vouches for the workflows of GitHub.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// What a word of a certificate has to be.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Exactly this.
    Exact(String),
    /// Below this address of a repository, in whatever case, as GitHub takes its names.
    Below(String),
    /// A regular expression that has to match all of it, with its text.
    Matching(Box<Regex>, String),
}

impl Pattern {
    /// A regular expression, anchored at both ends whatever it says itself.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn matching(expression: &str) -> Result<Self, String> {
        let hir = regex_syntax::parse(expression).map_err(|error| error.to_string())?;
        let anchored = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let regex = Regex::builder()
            .configure(Regex::config().nfa_size_limit(Some(4 << 20)).hybrid_cache_capacity(1 << 20))
            .build_from_hir(&anchored)
            .map_err(|error| error.to_string())?;
        Ok(Self::Matching(Box::new(regex), expression.to_owned()))
    }

    /// Whether `text` is what it has to be.
    #[must_use]
    pub fn is_met_by(&self, text: &str) -> bool {
        match self {
            Self::Exact(expected) => text == expected,
            Self::Below(base) => {
                let base = base.trim_end_matches('/').as_bytes();
                let text = text.as_bytes();
                text.get(..base.len()).is_some_and(|start| start.eq_ignore_ascii_case(base))
                    && text.get(base.len()) == Some(&b'/')
            }
            Self::Matching(regex, _) => regex.is_match(text),
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Exact(expected) => format!("`{}`", text::escaped(expected)),
            Self::Below(base) => format!("one of `{}/`", text::escaped(base.trim_end_matches('/'))),
            Self::Matching(_, expression) => format!("one that matches `{}`", text::escaped(expression)),
        }
    }
}

/// Somebody who may sign.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The subject of the certificate.
    pub identity: Pattern,
    /// Who vouches for it.
    pub issuer: Pattern,
}

/// Who may sign: one of the identities, or the holder of one of the keys.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// By certificate.
    pub identities: Vec<Identity>,
    /// By key.
    pub keys: Vec<PublicKey>,
    /// The repository that the certificate has to name besides, `https://github.com/owner/name`.
    pub repository: Option<String>,
}

impl Expected {
    /// What is expected of a repository on GitHub of which nothing else is said: that workflows of its own
    /// sign. `repository` is `https://github.com/owner/name`.
    #[must_use]
    pub fn workflows_of(repository: &str) -> Self {
        let identity = Identity {
            identity: Pattern::Below(repository.to_owned()),
            issuer: Pattern::Exact(GITHUB_ISSUER.to_owned()),
        };
        Self { identities: vec![identity], keys: Vec::new(), repository: Some(repository.to_owned()) }
    }

    /// True if nobody may.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.identities.is_empty() && self.keys.is_empty()
    }
}

/// Whether `signer`, whose signature holds, may sign; with the reason.
#[must_use]
pub fn judge(expected: &Expected, signer: &Signer) -> (Standing, String) {
    match may_sign(expected, signer) {
        Ok(()) => (Standing::Verified, "the signature holds, and its signer is expected".to_owned()),
        Err(why) => (Standing::UnexpectedIdentity, why),
    }
}

fn may_sign(expected: &Expected, signer: &Signer) -> Result<(), String> {
    match signer {
        Signer::Key { fingerprint, .. } => {
            if expected.keys.iter().any(|key| key.fingerprint() == *fingerprint) {
                return Ok(());
            }
            Err(if expected.keys.is_empty() {
                "it was signed with a key, and a certificate is expected".to_owned()
            } else {
                "it was signed with another key than those that are expected".to_owned()
            })
        }
        Signer::Identity { identity, issuer, repository } => {
            let met = |one: &&Identity| one.identity.is_met_by(identity) && one.issuer.is_met_by(issuer);
            if !expected.identities.iter().any(|one| met(&one)) {
                return Err(unexpected(expected, identity, issuer));
            }
            match (&expected.repository, repository) {
                (None, _) => Ok(()),
                (Some(wanted), Some(found)) if is_same_repository(wanted, found) => Ok(()),
                (Some(wanted), Some(found)) => Err(format!(
                    "it was built from `{}`, and `{}` is expected",
                    text::escaped(found),
                    text::escaped(wanted)
                )),
                (Some(wanted), None) => Err(format!(
                    "the certificate names no repository, and `{}` is expected",
                    text::escaped(wanted)
                )),
            }
        }
    }
}

/// GitHub takes owners and names in whatever case.
fn is_same_repository(a: &str, b: &str) -> bool {
    a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'))
}

fn unexpected(expected: &Expected, identity: &str, issuer: &str) -> String {
    match expected.identities.as_slice() {
        [] => "it was signed with a certificate, and a key is expected".to_owned(),
        [one] if one.identity.is_met_by(identity) => format!(
            "the issuer is `{}`, and {} is expected",
            text::escaped(issuer),
            one.issuer.in_words()
        ),
        [one] => format!(
            "it was signed by `{}`, and {} is expected",
            text::escaped(identity),
            one.identity.in_words()
        ),
        many => format!(
            "it was signed by `{}` of `{}`, which is none of the {} that are expected",
            text::escaped(identity),
            text::escaped(issuer),
            many.len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, GITHUB_ISSUER, Identity, Pattern, judge};
    use crate::model::{Signer, Standing};
    use crate::verify::PublicKey;

    fn signer(identity: &str, issuer: &str, repository: Option<&str>) -> Signer {
        Signer::Identity {
            identity: identity.to_owned(),
            issuer: issuer.to_owned(),
            repository: repository.map(str::to_owned),
        }
    }

    #[test]
    fn expressions_match_all_or_nothing() {
        let meets = |expression: &str, text: &str| Pattern::matching(expression).unwrap().is_met_by(text);
        assert!(meets("https://github.com/o/r/.*", "https://github.com/o/r/x@refs/heads/main"));
        assert!(!meets("https://github.com/o/r/", "https://github.com/o/r/x"));
        assert!(!meets("github.com/o/r/.*", "https://github.com/o/r/x"));
        // Each branch is anchored, not the outer ones alone.
        assert!(!meets("a@x.org|b@x.org", "a@x.org.evil.org"));
        assert!(!meets("a@x.org|b@x.org", "evil+b@x.org"));
        assert!(meets("a|ab", "ab"));
        // Neither lines nor comments let it end early.
        assert!(!meets("(?m)^a$", "b\na\nc"));
        assert!(meets("(?x) a # text", "a"));
        assert!(!meets("(?x) a # text", "ab"));
        for wrong in ["a)|(b", "(", "[", "a{99999}{99999}"] {
            assert!(Pattern::matching(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn below_is_below_the_repository_itself() {
        let below = Pattern::Below("https://github.com/Octo/Tin".to_owned());
        assert!(below.is_met_by("https://github.com/octo/tin/.github/workflows/a.yml@refs/tags/v1"));
        for other in [
            "https://github.com/octo/tin",
            "https://github.com/octo/tin-evil/.github/workflows/a.yml",
            "https://github.com/octo/tinä/x",
            "https://github.com/other/tin/x",
            "evil https://github.com/octo/tin/x",
            "",
        ] {
            assert!(!below.is_met_by(other), "{other}");
        }
    }

    #[test]
    fn a_repository_is_signed_for_by_its_own_workflows() {
        let expected = Expected::workflows_of("https://github.com/octo/tin");
        let workflow = "https://github.com/octo/tin/.github/workflows/release.yml@refs/tags/v1";
        let of = |signer: &Signer| judge(&expected, signer);
        let good = signer(workflow, GITHUB_ISSUER, Some("https://github.com/Octo/tin"));
        assert_eq!(of(&good).0, Standing::Verified);
        let cases = [
            (
                signer(workflow, "https://evil.example", Some("https://github.com/octo/tin")),
                "the issuer is `https://evil.example`, and `https://token.actions.githubusercontent.com` is expected",
            ),
            (
                signer(workflow, GITHUB_ISSUER, Some("https://github.com/evil/tin")),
                "it was built from `https://github.com/evil/tin`, and `https://github.com/octo/tin` is expected",
            ),
            (
                signer(workflow, GITHUB_ISSUER, None),
                "the certificate names no repository, and `https://github.com/octo/tin` is expected",
            ),
            (
                signer("me@example.org", GITHUB_ISSUER, None),
                "it was signed by `me@example.org`, and one of `https://github.com/octo/tin/` is expected",
            ),
            (
                Signer::Key { fingerprint: "SHA256:00".to_owned(), name: None },
                "it was signed with a key, and a certificate is expected",
            ),
        ];
        for (signer, why) in cases {
            assert_eq!(of(&signer), (Standing::UnexpectedIdentity, why.to_owned()));
        }
    }

    #[test]
    fn keys_are_told_by_what_they_are() {
        let key = PublicKey { der: vec![1, 2, 3], name: "a.pub".to_owned() };
        let same = PublicKey { name: "b.pub".to_owned(), ..key.clone() };
        let other = PublicKey { der: vec![1, 2, 4], ..key.clone() };
        let expected = Expected { keys: vec![key], ..Expected::default() };
        let of = |key: &PublicKey| {
            judge(&expected, &Signer::Key { fingerprint: key.fingerprint(), name: None }).0
        };
        assert_eq!(of(&same), Standing::Verified);
        assert_eq!(of(&other), Standing::UnexpectedIdentity);
        assert_eq!(judge(&expected, &signer("a", "b", None)).0, Standing::UnexpectedIdentity);
    }

    #[test]
    fn one_of_several_is_enough_and_none_is_nobody() {
        let exact = |identity: &str| Identity {
            identity: Pattern::Exact(identity.to_owned()),
            issuer: Pattern::Exact("i".to_owned()),
        };
        let both = Expected { identities: vec![exact("a"), exact("b")], ..Expected::default() };
        assert_eq!(judge(&both, &signer("b", "i", None)).0, Standing::Verified);
        assert_eq!(judge(&both, &signer("c", "i", None)).0, Standing::UnexpectedIdentity);
        assert!(Expected::default().is_empty());
        assert_eq!(judge(&Expected::default(), &signer("a", "i", None)).0, Standing::UnexpectedIdentity);
    }
}
