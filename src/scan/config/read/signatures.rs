//! `[signatures]`: who may sign, and what signatures are judged by.

use toml::de::DeTable;

use super::{MAX_ENTRIES, Reader};
use crate::model::{RepoPath, text};
use crate::scan::config::Named;
use crate::scan::provenance::policy::{Identity, Pattern};
use crate::scan::provenance::signers::{Policy, Rule, Who};

pub(super) const KEYS: &[&str] =
    &["allowed-signers", "require-inclusion-proof", "require-signed-commits", "signer", "trusted-root"];
pub(super) const SIGNER_KEYS: &[&str] =
    &["identity", "identity-regexp", "issuer", "issuer-regexp", "key", "path"];

impl Reader<'_> {
    pub(super) fn signatures(&mut self, table: &DeTable<'_>, policy: &mut Policy) {
        self.keys(table, KEYS);
        policy.trusted_root = table.get("trusted-root").and_then(|value| {
            let text = self.string("trusted-root", value)?;
            Some(Named { text, at: self.place(value.span().start) })
        });
        policy.allowed_signers =
            table.get("allowed-signers").and_then(|value| self.inside("allowed-signers", value));
        policy.require_signed_commits = self.flag(table, "require-signed-commits").unwrap_or(false);
        policy.require_inclusion_proof = self.flag(table, "require-inclusion-proof").unwrap_or(false);
        let Some(value) = table.get("signer") else { return };
        let Some(entries) = value.get_ref().as_array() else {
            return self.mistyped("signer", "a list of tables, `[[signatures.signer]]`", value);
        };
        if entries.len() > MAX_ENTRIES {
            return self.wrong(value.span().start, format!("there are more than {MAX_ENTRIES} signers"));
        }
        for entry in entries.iter() {
            match entry.get_ref().as_table() {
                Some(table) => policy.rules.extend(self.signer(table, entry.span().start)),
                None => self.mistyped("signer", "a list of tables, `[[signatures.signer]]`", entry),
            }
        }
    }

    fn signer(&mut self, table: &DeTable<'_>, at: usize) -> Option<Rule> {
        self.keys(table, SIGNER_KEYS);
        let path = match table.get("path") {
            None => None,
            Some(value) => Some(self.globs("path", value)?),
        };
        let key = match table.get("key") {
            None => None,
            Some(value) => Some(self.inside("key", value)?),
        };
        let identity = self.pattern(table, "identity", "identity-regexp")?;
        let issuer = self.pattern(table, "issuer", "issuer-regexp")?;
        let who = match (key, identity, issuer) {
            (Some(key), None, None) => Who::Key(key),
            (None, Some(identity), Some(issuer)) => Who::Identity(Identity { identity, issuer }),
            (Some(_), ..) => {
                self.wrong(at, "a signer is a `key`, or an `identity` with its `issuer`, not both");
                return None;
            }
            (None, None, None) => {
                self.wrong(at, "the signer has neither a `key` nor an `identity`");
                return None;
            }
            (None, ..) => {
                // Whoever vouches decides what a name is worth.
                self.wrong(at, "an `identity` needs its `issuer`, and an `issuer` an `identity`");
                return None;
            }
        };
        Some(Rule { path, who })
    }

    /// What one of two keys asks for; nothing at all if that is wrong.
    #[expect(clippy::option_option, reason = "absent, wrong and right are told apart")]
    fn pattern(&mut self, table: &DeTable<'_>, exact: &str, regexp: &str) -> Option<Option<Pattern>> {
        match (table.get(exact), table.get(regexp)) {
            (None, None) => Some(None),
            (Some(value), None) => Some(Some(Pattern::Exact(self.string(exact, value)?))),
            (None, Some(value)) => {
                let text = self.string(regexp, value)?;
                let pattern = Pattern::regexp(&text);
                Some(Some(pattern.map_err(|why| self.wrong(value.span().start, why)).ok()?))
            }
            (Some(_), Some(value)) => {
                self.wrong(value.span().start, format!("there is `{exact}` already"));
                None
            }
        }
    }

    /// A file of the repository.
    fn inside(&mut self, key: &str, value: &super::Value<'_>) -> Option<RepoPath> {
        let path = self.string(key, value)?;
        let path = path.strip_prefix("./").unwrap_or(&path);
        if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            let shown = text::escaped(path);
            self.wrong(value.span().start, format!("`{shown}` is not the path of a file of the repository"));
            return None;
        }
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        Some(RepoPath::from(format!("{prefix}{path}").as_str()))
    }
}

#[cfg(test)]
mod tests {
    use crate::scan::config::parse;
    use crate::scan::provenance::signers::Who;

    #[test]
    fn signers_are_read() {
        let text = "[signatures]\ntrusted-root = 'root.json'\nallowed-signers = '.github/allowed_signers'\n\
            require-signed-commits = true\nrequire-inclusion-proof = true\n\
            [[signatures.signer]]\npath = 'dist/**'\nidentity-regexp = 'https://github.com/o/r/.*'\nissuer = 'i'\n\
            [[signatures.signer]]\nkey = 'keys/cosign.pub'\n";
        let policy = parse(text, "bartizan.toml", "").expect("it is sound").signatures;
        assert_eq!(policy.trusted_root.expect("it is there").at, "bartizan.toml:2:16");
        assert_eq!(policy.allowed_signers.expect("it is there").shown(), ".github/allowed_signers");
        assert!(policy.require_signed_commits && policy.require_inclusion_proof);
        let [first, second] = policy.rules.as_slice() else { panic!("{:?}", policy.rules) };
        let Who::Identity(identity) = &first.who else { panic!("{first:?}") };
        assert!(identity.identity.matches("https://github.com/o/r/x") && identity.issuer.matches("i"));
        assert!(first.path.is_some() && second.path.is_none());
        assert!(matches!(&second.who, Who::Key(path) if path.shown() == "keys/cosign.pub"));
    }

    #[test]
    fn mistakes_are_told() {
        for (text, wanted) in [
            ("[[signatures.signer]]\nidentity = 'a'\n", "needs its `issuer`"),
            ("[[signatures.signer]]\nissuer = 'a'\n", "needs its `issuer`"),
            ("[[signatures.signer]]\n", "neither"),
            ("[[signatures.signer]]\nkey = 'k'\nidentity = 'a'\nissuer = 'b'\n", "not both"),
            ("[[signatures.signer]]\nkey = '../k'\n", "not the path of a file"),
            ("[[signatures.signer]]\nkey = '/k'\n", "not the path of a file"),
            ("[[signatures.signer]]\nidentity-regexp = '('\nissuer = 'b'\n", "cannot be read"),
            ("[[signatures.signer]]\nidentity = 'a'\nidentity-regexp = 'a'\nissuer = 'b'\n", "already"),
            ("[signatures]\nsigner = 1\n", "a list of tables"),
            ("[signatures]\nallowed-signer = 'x'\n", "did you mean `allowed-signers`"),
        ] {
            let error = parse(text, "c", "").expect_err("it is wrong").to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
