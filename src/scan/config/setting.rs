//! The types that the table of settings is written in.

use jiff::civil::Date;

use crate::engine::repository::actions::ActionPattern;
use crate::model::{PathGlob, PathGlobs, RepoPath};
use crate::scan::config::{Config, Environment};
use crate::scan::named::Named;
use crate::scan::provenance::policy::Pattern;
use crate::scan::suppress::Origin;

/// A table of bartizan.toml.
#[derive(Debug)]
pub struct Table {
    /// Its name; empty for the settings outside of any table.
    pub name: &'static str,
    /// What it is about, in a sentence.
    pub doc: &'static str,
    /// Its settings.
    pub settings: &'static [Setting<Config>],
}

/// A setting, which changes a `T` when it is read.
#[derive(Debug)]
pub struct Setting<T: 'static> {
    /// Its name.
    pub key: &'static str,
    /// Its type, and what it changes.
    pub kind: Kind<T>,
    /// What counts without it.
    pub unset: Unset,
    /// What it does.
    pub doc: &'static str,
}

/// What counts if a setting is not set.
#[derive(Clone, Copy, Debug)]
pub struct Unset {
    /// A value, as TOML; or the description of what no value says.
    pub default: Result<&'static str, &'static str>,
    /// A value to show, if the default says too little: as TOML, or whole tables that start with `[[`.
    pub example: Option<&'static str>,
    /// The environment variable that overrides the setting.
    pub variable: Option<&'static str>,
}

/// The type of a setting, with the function that stores what was read.
#[derive(Debug)]
pub enum Kind<T: 'static> {
    /// `true` or `false`.
    Flag(fn(&mut T, bool)),
    /// A number of bytes, with a unit or without.
    Size(fn(&mut T, u64)),
    /// A number from 0 to the first; what it counts is described by the second.
    Number(u32, &'static str, fn(&mut T, u32)),
    /// One of these names.
    Choice(fn() -> Vec<&'static str>, fn(&mut T, &str)),
    /// A list of these names, stored one by one.
    Choices(fn() -> Vec<&'static str>, fn(&mut T, &str)),
    /// A day, as a date or as text.
    Day(fn(&mut T, Date)),
    /// Any text.
    Text(fn(&mut T, Named)),
    /// A text that has to be there; what it says is described by the first.
    Required(&'static str, fn(&mut T, Named)),
    /// A regular expression that has to match as a whole.
    Regexp(fn(&mut T, Pattern)),
    /// The path of a file of the repository.
    File(fn(&mut T, RepoPath)),
    /// A list of globs.
    Globs(fn(&mut T, Vec<PathGlob>)),
    /// A glob, or a list of them.
    Paths(fn(&mut T, PathGlobs)),
    /// A list of texts.
    Names(fn(&mut T, Vec<Named>)),
    /// A list of patterns of actions.
    Actions(fn(&mut T, Vec<ActionPattern>)),
    /// A list of tables.
    Entries(&'static Entries<T>),
}

/// Stores an entry in a configuration; an error names a key and what is wrong with it.
pub type StoreEntry<T> = fn(&mut T, Entry, Origin) -> Result<(), (&'static str, &'static str)>;

/// A list of tables, each of which becomes an [`Entry`].
#[derive(Debug)]
pub struct Entries<T: 'static> {
    /// What one of them is called in messages.
    pub name: &'static str,
    /// How it is written, in messages.
    pub form: &'static str,
    /// The settings of one.
    pub settings: &'static [Setting<Entry>],
    /// Stores one whose settings are all sound. An error is about the named key, or the entry if it is empty.
    pub store: StoreEntry<T>,
    /// Which of its keys go together: keywords of JSON Schema, if `required` does not say all.
    pub combinations: Option<&'static str>,
}

/// What an entry of a list of tables says.
#[expect(missing_docs, reason = "the fields are called as the keys are")]
#[derive(Debug, Default)]
pub struct Entry {
    pub check: Option<Named>,
    pub id: Option<Named>,
    pub reason: Option<Named>,
    pub package: Option<Named>,
    pub path: Option<PathGlobs>,
    pub expires: Option<Date>,
    pub key: Option<RepoPath>,
    pub identity: Option<Named>,
    pub identity_regexp: Option<Pattern>,
    pub issuer: Option<Named>,
    pub issuer_regexp: Option<Pattern>,
}

/// A variable of the environment.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// What `config show` prints of it, if it is set: never a secret.
    pub shown: fn(&Environment) -> Option<String>,
}

pub(super) const fn table(
    name: &'static str,
    doc: &'static str,
    settings: &'static [Setting<Config>],
) -> Table {
    Table { name, doc, settings }
}

pub(super) const fn setting<T>(
    key: &'static str,
    kind: Kind<T>,
    unset: Unset,
    doc: &'static str,
) -> Setting<T> {
    Setting { key, kind, unset, doc }
}

/// A default that can be written.
pub(super) const fn value(text: &'static str) -> Unset {
    Unset { default: Ok(text), example: None, variable: None }
}

/// A default that no value says.
pub(super) const fn means(description: &'static str) -> Unset {
    Unset { default: Err(description), example: None, variable: None }
}

pub(super) const fn variable(
    name: &'static str,
    doc: &'static str,
    shown: fn(&Environment) -> Option<String>,
) -> Variable {
    Variable { name, doc, shown }
}

impl Unset {
    pub(super) const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    pub(super) const fn variable(self, variable: &'static str) -> Self {
        Self { variable: Some(variable), ..self }
    }
}

impl<T> Kind<T> {
    /// What a value of it is, as messages and the documentation say it.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Flag(_) => "true or false".to_owned(),
            Self::Size(_) => "a size, such as \"10MiB\"".to_owned(),
            Self::Number(_, description, _) => (*description).to_owned(),
            Self::Choice(names, _) => alternatives(&names()),
            Self::Day(_) => "a day, such as 2027-01-31".to_owned(),
            Self::Text(_) | Self::Required(..) | Self::File(_) => "a string".to_owned(),
            Self::Regexp(_) => "a regular expression".to_owned(),
            Self::Choices(..) | Self::Globs(_) | Self::Names(_) | Self::Actions(_) => {
                "a list of strings".to_owned()
            }
            Self::Paths(_) => "a glob or a list of them".to_owned(),
            Self::Entries(entries) => format!("a list of tables, `{}`", entries.form),
        }
    }
}

/// `a, b or c`
pub(super) fn alternatives(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}
