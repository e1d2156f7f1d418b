//! The RustSec database as files: `crates/<package>/<id>.md` in a directory or an archive.

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::external::file::{self, in_words};
use crate::parse::advisory::{Advisories, Advisory, Unread, rustsec};

/// A larger advisory is not read.
const ADVISORY_MAX: u64 = 1 << 20;
/// More advisories are not a RustSec database.
const COUNT_MAX: usize = 200_000;

/// A parsed database, as kept in an index.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Applicable advisories.
    pub advisories: Vec<Advisory>,
    /// The number of advisories, of any kind.
    pub count: usize,
    /// The date of the newest one.
    pub newest: String,
    /// Unreadable ones.
    pub unread: Vec<Unread>,
    #[serde(skip)]
    seen: HashSet<String>,
}

impl Database {
    /// Adds a file of the database: `crates`, the package, the name, the bytes.
    pub fn add(&mut self, collection: &str, package: &str, name: &str, bytes: &[u8]) {
        if !name.ends_with(".md") || name.starts_with('.') || self.count >= COUNT_MAX {
            return;
        }
        self.count += 1;
        match rustsec::parse(bytes) {
            Ok(read) => {
                let newest = read.advisory.date.as_str();
                if newest > self.newest.as_str() && newest.len() == 10 {
                    newest.clone_into(&mut self.newest);
                }
                let counts = collection == "crates" && !read.withdrawn && !read.elsewhere;
                if counts && self.seen.insert(read.advisory.id.clone()) {
                    self.advisories.push(read.advisory);
                }
            }
            Err(why) => self.unread.push(Unread {
                package: package.to_owned(),
                file: format!("{collection}/{package}/{name}"),
                why,
            }),
        }
    }

    /// Sorts it, so that the order of reading does not matter.
    pub fn sort(&mut self) {
        self.advisories.sort_by(|a, b| (&a.package, &a.id).cmp(&(&b.package, &b.id)));
        self.unread.sort();
    }

    /// The database as [`Advisories`].
    #[must_use]
    pub fn into_advisories(self, origin: String, fetched: Option<i64>) -> Advisories {
        let Self { advisories, count, newest, unread, .. } = self;
        let mut all = Advisories::new(advisories);
        (all.count, all.newest, all.unread, all.origin, all.fetched) =
            (count, newest, unread, origin, fetched);
        all
    }
}

/// A file of a database in a directory.
pub struct Listed {
    collection: &'static str,
    package: String,
    name: String,
    /// Changes with the file.
    pub stamp: (u64, u128),
}

impl Listed {
    /// Its path below the root.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.collection, self.package, self.name)
    }
}

/// The files of the database in `root`, sorted.
///
/// # Errors
/// If it is not a database.
pub fn list(root: &Path) -> Result<Vec<Listed>, String> {
    let shown = root.display();
    if !file::is_directory(root) {
        return Err(format!("the advisory database {shown} is not a directory"));
    }
    let mut listed = Vec::new();
    for collection in ["crates", "rust"] {
        let folder = root.join(collection);
        let packages = match file::entries(&folder) {
            Ok(packages) => packages,
            Err(_) if collection == "rust" => continue,
            Err(error) => {
                return Err(format!(
                    "{shown} is not an advisory database: its folder `crates` cannot be read: {}",
                    in_words(&error)
                ));
            }
        };
        for package in packages.into_iter().filter(|entry| entry.directory) {
            let files = file::entries(&folder.join(&package.name)).map_err(|error| {
                format!("{shown}: {collection}/{} cannot be read: {}", package.name, in_words(&error))
            })?;
            for file in files.into_iter().filter(|file| !file.directory && file.name.ends_with(".md")) {
                let stamp = (file.size, file.modified.map_or(0, |time| time.as_nanos()));
                listed.push(Listed { collection, package: package.name.clone(), name: file.name, stamp });
            }
        }
        if listed.len() > COUNT_MAX {
            return Err(format!("{shown} has more than {COUNT_MAX} files; it is not an advisory database"));
        }
    }
    if !listed.iter().any(|file| file.collection == "crates") {
        return Err(format!("{shown} is not an advisory database: its folder `crates` contains no advisory"));
    }
    Ok(listed)
}

/// Reads the files `listed` in `root`.
#[must_use]
pub fn read(root: &Path, listed: &[Listed]) -> Database {
    let mut database = Database::default();
    for listed in listed {
        match file::read(&root.join(listed.path()), ADVISORY_MAX) {
            Ok(bytes) => database.add(listed.collection, &listed.package, &listed.name, &bytes),
            Err(error) => {
                database.count += 1;
                database.unread.push(Unread {
                    package: listed.package.clone(),
                    file: listed.path(),
                    why: in_words(&error),
                });
            }
        }
    }
    database.sort();
    database
}
