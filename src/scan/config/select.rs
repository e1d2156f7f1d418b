//! Which checks run: names of families and checks, taken or left out.

use crate::engine::Check;
use crate::model::{Error, Family, Preset, text};
use crate::scan::config::Named;
use crate::scan::suggest::did_you_mean;

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Take these alone; all if nothing was said.
    pub checks: Option<Vec<Named>>,
    /// Leave these out.
    pub skip: Vec<Named>,
    /// Leave these out, too, unless they are asked for by id; sorted.
    pub off: Vec<&'static str>,
    /// Leave out what is part of larger presets alone, unless it is asked for by id.
    pub preset: Preset,
}

/// Those of `all`, which is sorted by id, that `selection` names.
///
/// # Errors
/// A name that does not exist, one asked for that stands for no check, and a selection of nothing.
pub fn select(all: &[Check], selection: &Selection) -> Result<Vec<Check>, Error> {
    let mut mistakes: Vec<String> = Vec::new();
    let asked = selection.checks.as_deref();
    for name in asked.unwrap_or_default().iter().chain(&selection.skip) {
        mistakes.extend(unknown(all, &name.text).map(|mistake| format!("{}: {mistake}", name.at)));
    }
    if !mistakes.is_empty() {
        return Err(Error::Config(mistakes.join("\n")));
    }
    for name in asked.unwrap_or_default() {
        if !all.iter().any(|check| is(check, &name.text)) {
            let message = format!(
                "{}: `{}` selects nothing, for there is no check in this family yet",
                name.at, name.text
            );
            return Err(Error::EmptySelection(message));
        }
    }
    let is_asked = |check: &Check| asked.is_none_or(|asked| asked.iter().any(|name| is(check, &name.text)));
    let is_named =
        |check: &Check| asked.is_some_and(|asked| asked.iter().any(|name| name.text == check.meta.id));
    let is_off = |check: &Check| {
        let is_beyond = check.preset() > selection.preset;
        (is_beyond || selection.off.binary_search(&check.meta.id).is_ok()) && !is_named(check)
    };
    let is_left_out =
        |check: &Check| is_off(check) || selection.skip.iter().any(|name| is(check, &name.text));
    let selected: Vec<Check> =
        all.iter().filter(|check| is_asked(check) && !is_left_out(check)).cloned().collect();
    if selected.is_empty() {
        let at =
            asked.and_then(<[Named]>::first).or(selection.skip.first()).map_or("", |name| name.at.as_str());
        return Err(Error::EmptySelection(format!(
            "{at}: no check is left to run; name at least one that is not skipped"
        )));
    }
    Ok(selected)
}

/// What is wrong with the name of a check or family, if anything.
#[must_use]
pub fn unknown(all: &[Check], name: &str) -> Option<String> {
    let known = is_family(name) || all.binary_search_by_key(&name, |check| check.meta.id).is_ok();
    (!known).then(|| {
        let names =
            Family::ALL.iter().map(|family| family.as_str()).chain(all.iter().map(|check| check.meta.id));
        let meant = did_you_mean(name, names);
        let meant = if meant.is_empty() { "; `bartizan checks` lists all".to_owned() } else { meant };
        format!("unknown check or family `{}`{meant}", text::escaped(name))
    })
}

/// True if `name` is that of `check` or of its family.
fn is(check: &Check, name: &str) -> bool {
    check.meta.id == name || check.meta.family.as_str() == name
}

fn is_family(name: &str) -> bool {
    Family::ALL.iter().any(|family| family.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::{Selection, select};
    use crate::model::Preset;
    use crate::scan::config::Named;
    use crate::scan::registry;

    fn ids(checks: Option<&[&str]>, skip: &[&str]) -> Result<Vec<&'static str>, String> {
        let named = |at: &str, names: &[&str]| -> Vec<Named> {
            names.iter().map(|name| Named { text: (*name).to_owned(), at: at.to_owned() }).collect()
        };
        let selection = Selection {
            checks: checks.map(|names| named("--checks", names)),
            skip: named("--skip-checks", skip),
            off: vec!["jwt"],
            preset: Preset::Default,
        };
        let checks = select(&registry::all(), &selection).map_err(|error| error.to_string())?;
        Ok(checks.iter().map(|check| check.meta.id).collect())
    }

    #[test]
    fn families_and_ids_are_taken_and_left_out() {
        let all = registry::all().iter().filter(|check| check.preset() == Preset::Default).count();
        // One is off.
        assert_eq!(ids(None, &[]).unwrap().len(), all - 1);
        let secrets =
            registry::all().iter().filter(|check| check.meta.family == crate::model::Family::Secret).count();
        assert!(secrets < all);
        assert_eq!(ids(Some(&["secret"]), &["env-file-secret"]).unwrap().len(), secrets - 2);
        assert_eq!(ids(Some(&["jwt"]), &[]).unwrap(), ["jwt"]);
        assert_eq!(ids(Some(&["env-file-secret"]), &["workflow"]).unwrap(), ["env-file-secret"]);
    }

    #[test]
    fn names_that_do_not_exist_are_mistakes() {
        assert_eq!(
            ids(Some(&["secert"]), &["env-file-secrets"]).unwrap_err(),
            "--checks: unknown check or family `secert`, did you mean `secret`?\n\
             --skip-checks: unknown check or family `env-file-secrets`, did you mean `env-file-secret`?"
        );
        assert_eq!(
            ids(Some(&["qqqq"]), &[]).unwrap_err(),
            "--checks: unknown check or family `qqqq`; `bartizan checks` lists all"
        );
    }

    #[test]
    fn nothing_is_not_a_selection() {
        assert!(ids(Some(&["env-file-secret"]), &["secret"]).unwrap_err().contains("no check is left"));
        assert!(ids(Some(&[]), &[]).unwrap_err().contains("no check is left"));
    }
}
