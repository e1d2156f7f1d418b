//! `[sbom]`: what a bill of materials has to have.

use toml::de::{DeTable, DeValue};

use super::Reader;
use crate::model::text;
use crate::parse::sbom::quality::Profile;
use crate::scan::provenance::sboms::Policy;
use crate::scan::suggest::did_you_mean;

pub(super) const KEYS: &[&str] = &["coverage", "profile", "require"];

impl Reader<'_> {
    pub(super) fn sbom(&mut self, table: &DeTable<'_>, policy: &mut Policy) {
        self.keys(table, KEYS);
        policy.require = self.flag(table, "require").unwrap_or(policy.require);
        if let Some(value) = table.get("profile")
            && let Some(name) = self.string("profile", value)
        {
            match Profile::named(&name) {
                Some(profile) => policy.profile = profile,
                None => {
                    let names = Profile::ALL.map(Profile::as_str);
                    let mut meant = did_you_mean(&name, names);
                    if meant.is_empty() {
                        meant = format!("; the profiles are {}", names.join(", "));
                    }
                    let name = text::escaped(&name);
                    self.wrong(value.span().start, format!("unknown profile `{name}`{meant}"));
                }
            }
        }
        if let Some(value) = table.get("coverage") {
            let percent = match value.get_ref() {
                DeValue::Integer(percent) if percent.radix() == 10 => percent.as_str().parse().ok(),
                _ => None,
            };
            match percent.filter(|percent| *percent <= 100) {
                Some(percent) => policy.coverage = percent,
                None => self.mistyped("coverage", "a share in percent, from 0 to 100", value),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::sbom::quality::Profile;
    use crate::scan::config::parse;

    #[test]
    fn what_is_asked_of_documents_is_read() {
        let text = "[sbom]\nprofile = 'cisa-2025'\nrequire = true\ncoverage = 95\n";
        let policy = parse(text, "c", "").expect("it is sound").sbom;
        assert_eq!((policy.profile, policy.require, policy.coverage), (Profile::Cisa2025, true, 95));
    }

    #[test]
    fn mistakes_are_told() {
        for (text, wanted) in [
            ("[sbom]\nprofile = 'cisa-2024'\n", "did you mean `cisa-2025`"),
            ("[sbom]\nprofile = 'x'\n", "the profiles are ntia-2021"),
            ("[sbom]\ncoverage = 101\n", "from 0 to 100"),
            ("[sbom]\ncoverage = '80'\n", "from 0 to 100"),
            ("sbom = 1\n", "a table"),
        ] {
            let error = parse(text, "c", "").expect_err("it is wrong").to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
