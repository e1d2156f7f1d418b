//! The user's own packs.

use std::io;
use std::path::{Path, PathBuf};

use crate::engine::rule::Rule;
use crate::engine::{Check, pack};
use crate::model::{Error, text};
use crate::scan::config::{Config, MAX_SIZE, commit, in_words, read_fenced, read_text, toml_files};
use crate::scan::registry;
use crate::scan::verify::PackFile;

/// Files in one directory of packs.
const MAX_FILES: usize = 1000;

/// The packs in `directory`. With a `fence`, only files inside of it are read, and no links.
///
/// # Errors
/// If there are none, or one that cannot be read.
pub fn files(directory: &Path, shown: &str, fence: Option<&Path>) -> Result<Vec<PackFile>, Error> {
    let paths = toml_files(directory).map_err(|error| {
        let shown = text::escaped(shown.trim_end_matches('/'));
        Error::Config(format!("{shown}: cannot read the packs: {}", in_words(&error)))
    })?;
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names = paths.iter().map(|path| name(path).unwrap_or_default()).collect();
    read(shown, names, &|file| {
        let path = directory.join(file);
        fence.map_or_else(|| read_text(&path, MAX_SIZE), |fence| read_fenced(&path, fence, MAX_SIZE))
    })
}

/// Reads the packs with these names, of a folder that is called `shown`.
fn read(
    shown: &str,
    names: Vec<String>,
    text_of: &dyn Fn(&str) -> io::Result<String>,
) -> Result<Vec<PackFile>, Error> {
    let shown = text::escaped(shown.trim_end_matches('/'));
    if names.is_empty() {
        return Err(Error::EmptySelection(format!(
            "{shown}: there is no pack, a file whose name ends in .toml"
        )));
    }
    if names.len() > MAX_FILES {
        return Err(Error::Config(format!("{shown}: there are more than {MAX_FILES} packs")));
    }
    let mut files = Vec::with_capacity(names.len());
    for file in names {
        let name = format!("{shown}/{}", text::escaped(&file));
        let text = text_of(&file)
            .map_err(|error| Error::Config(format!("{name}: cannot read the pack: {}", in_words(&error))))?;
        let stem = file.strip_suffix(".toml").unwrap_or(&file).to_owned();
        files.push(PackFile { name, stem, text });
    }
    Ok(files)
}

/// The packs in the folder that `config` names so.
fn of_config(config: &Config, named: &str) -> Result<Vec<PackFile>, Error> {
    let Some(tree) = &config.tree else {
        return files(&config.base.join(named), named, config.fence.as_deref());
    };
    read(named, commit::toml_files(tree, named), &|file| {
        commit::text(tree, &format!("{named}/{file}"), MAX_SIZE)
    })
}

/// Adds the rules of all packs that `config` names to `checks`, which stay sorted by id. Gives the texts of
/// the packs.
///
/// # Errors
/// Every mistake in them, a line each; an id that exists already is one.
pub fn load(config: &Config, checks: &mut Vec<Check>) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    let mut mistakes: Vec<String> = Vec::new();
    for named in &config.packs {
        let fence = config.fence.as_deref().filter(|_| config.tree.is_none());
        if fence.is_some_and(|fence| !is_inside(&config.base.join(&named.text), fence)) {
            let shown = text::escaped(&named.text);
            mistakes.push(format!("{}: the packs in `{shown}` are not in the repository; --config with a file of your own may name them", named.at));
            continue;
        }
        let files = of_config(config, &named.text)
            .map_err(|error| Error::Config(format!("{}: {error}", named.at)))?;
        for file in files {
            match pack::parse(&file.text, &file.stem) {
                Err(errors) => mistakes
                    .extend(errors.iter().map(|error| format!("{}:{}", file.name, text::escaped(error)))),
                Ok(rules) => {
                    texts.push(file.text);
                    for packed in rules {
                        let id = packed.rule.id;
                        match checks.binary_search_by_key(&id, |check| check.meta.id) {
                            Ok(_) => mistakes.push(format!(
                                "{}:{}: the id `{id}` is taken already",
                                file.name, packed.line
                            )),
                            Err(place) => {
                                // Whoever writes a pack for a repository does not decide where its secrets go.
                                let rule = Rule { request: None, ..packed.rule };
                                // A user's rule lives as long as the process, as a built-in one does.
                                let rule: &'static Rule = Box::leak(Box::new(rule));
                                checks.insert(place, registry::of_rule(rule));
                            }
                        }
                    }
                }
            }
        }
    }
    if mistakes.is_empty() { Ok(texts) } else { Err(Error::Config(mistakes.join("\n"))) }
}

/// True if `path` is in `fence` when every link on the way is followed, or if there is nothing.
pub(super) fn is_inside(path: &Path, fence: &Path) -> bool {
    path.canonicalize().map_or(true, |path| path.starts_with(fence))
}
