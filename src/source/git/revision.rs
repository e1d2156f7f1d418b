//! Revisions as the user writes them: ref names, ids and their prefixes, `~2`, `^2`, `^{commit}`.
//!
//! Reflogs (`@{1}`), upstreams and message searches are rejected.

use gix::ObjectId;
use gix::objs::Kind;

use super::store::{Failure, MAX_TREE, Objects};
use super::{Git, decode};
use crate::model::{self, Error};

/// The most annotated tags in a chain.
const MAX_TAGS: usize = 32;
/// The shortest prefix of an id.
const SHORTEST: usize = 4;

impl Git {
    /// The commit that `text` names.
    ///
    /// # Errors
    /// What is wrong with it, and what helps.
    pub(super) fn commit_named(&self, objects: &Objects, text: &str) -> Result<ObjectId, String> {
        let start = text.find(['^', '~']).unwrap_or(text.len());
        let (name, mut steps) = text.split_at(start);
        let named = self.object_named(objects, name)?;
        let mut id = self.peel(objects, named, text)?;
        while let Some(step) = steps.chars().next() {
            let rest = &steps[1..];
            if step == '^' && rest.starts_with('{') {
                let (what, after) = rest[1..].split_once('}').ok_or_else(|| not_understood(text))?;
                if !matches!(what, "" | "commit") {
                    return Err(not_understood(text));
                }
                steps = after;
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: usize = match digits {
                0 => 1,
                _ => rest[..digits].parse().map_err(|_| not_understood(text))?,
            };
            steps = &rest[digits..];
            if !(steps.is_empty() || steps.starts_with(['^', '~'])) {
                return Err(not_understood(text));
            }
            id = match step {
                '^' if number == 0 => id,
                '^' => self.parent(objects, id, number - 1, text)?,
                _ => {
                    for _ in 0..number {
                        id = self.parent(objects, id, 0, text)?;
                    }
                    id
                }
            };
        }
        Ok(id)
    }

    /// The commit `name` and its parents, which may be missing.
    ///
    /// # Errors
    /// If it does not exist or cannot be read.
    pub fn commit(&self, name: &str) -> Result<(model::ObjectId, Vec<model::ObjectId>), String> {
        let objects = self.stores.objects();
        let id = self.commit_named(&objects, name)?;
        let parents = self.parents(&objects, id)?.into_iter().map(decode::model_id).collect();
        Ok((decode::model_id(id), parents))
    }

    /// True for a shallow clone.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// The date of the commit at `HEAD`, in seconds since 1970; `None` before the first commit.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn head_time(&self) -> Result<Option<i64>, Error> {
        let head = self.refs.head().map_err(|why| self.error(format!("HEAD: {why}")))?;
        let Some(id) = head else { return Ok(None) };
        let mut buffer = Vec::new();
        let objects = self.stores.objects();
        let data = objects
            .read(&id, Kind::Commit, MAX_TREE, &mut buffer)
            .map_err(|failure| self.error(format!("commit {id} {}", failure.words())))?;
        let commit = decode::commit(data).ok_or_else(|| self.error(format!("commit {id} is damaged")))?;
        Ok(Some(commit.committed))
    }

    pub(super) fn object_named(&self, objects: &Objects, name: &str) -> Result<ObjectId, String> {
        let name = if name == "@" || name.is_empty() { "HEAD" } else { name };
        if name.contains("@{") || name.contains(':') {
            return Err(not_understood(name));
        }
        let is_hex = name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && name.len() == self.hash.len_in_hex() {
            return ObjectId::from_hex(name.as_bytes()).map_err(|error| error.to_string());
        }
        let is_special = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let exact = (is_special || name.starts_with("refs/")).then(|| name.to_owned());
        let places = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
        let names = exact.into_iter().chain(places.map(|place| format!("{place}{name}")));
        for full in names.chain([format!("refs/remotes/{name}/HEAD")]) {
            if let Some(id) = self.refs.find(&full)? {
                return Ok(id);
            }
        }
        // The output of `git describe` ends in a prefix of an id.
        let digits = if is_hex { name } else { name.rsplit_once("-g").map_or("", |(_, digits)| digits) };
        if digits.len() >= SHORTEST && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let found = objects.with_prefix(digits);
            if let Some(id) = found.map_err(|why| format!("`{name}` is not a revision: {why}"))? {
                return Ok(id);
            }
        }
        if name == "HEAD" {
            return Err("HEAD has no commit yet".to_owned());
        }
        Err(self.unknown(name))
    }

    /// The error for an unknown `name`, with how to fetch it.
    fn unknown(&self, name: &str) -> String {
        let (remote, branch) = name.split_once('/').unwrap_or(("origin", name));
        let remote = if remote == "refs" { "origin" } else { remote };
        let branch = if remote == "origin" && name.starts_with("refs/") { name } else { branch };
        let deeper =
            if self.shallow.is_empty() { "" } else { " (this clone is shallow: `git fetch --unshallow`)" };
        format!(
            "unknown revision `{name}`; `git fetch {} {}` gets it if the remote has it{deeper}",
            quoted(remote),
            quoted(branch)
        )
    }

    /// The commit of an object: itself, or the target of a tag.
    fn peel(&self, objects: &Objects, mut id: ObjectId, text: &str) -> Result<ObjectId, String> {
        let mut buffer = Vec::new();
        for _ in 0..MAX_TAGS {
            match objects.header(&id) {
                Ok((Kind::Commit, _)) => return Ok(id),
                Ok((Kind::Tag, _)) => {}
                Ok((kind, _)) => return Err(format!("`{text}` is a {kind}, not a commit")),
                Err(Failure::Missing | Failure::Promised) => return Err(self.unknown(text)),
                Err(failure) => return Err(format!("`{text}` {}", failure.words())),
            }
            let data = objects.read(&id, Kind::Tag, MAX_TREE, &mut buffer);
            let data = data.map_err(|failure| format!("`{text}` {}", failure.words()))?;
            id = decode::tag(data).ok_or_else(|| format!("`{text}` is a damaged tag"))?.0;
        }
        Err(format!("`{text}` is a tag of a tag more than {MAX_TAGS} times"))
    }

    fn parent(&self, objects: &Objects, id: ObjectId, number: usize, text: &str) -> Result<ObjectId, String> {
        let mut buffer = Vec::new();
        let data = objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer);
        let data = data.map_err(|failure| format!("`{text}`: commit {id} {}", failure.words()))?;
        let commit = decode::commit(data).ok_or_else(|| format!("`{text}`: commit {id} is damaged"))?;
        match commit.parents.get(number) {
            Some(parent) if objects.header(parent).is_ok() => Ok(*parent),
            Some(_) if self.shallow.contains(&id) => Err(format!(
                "`{text}` is beyond the end of this shallow clone; `git fetch --deepen=100` fetches more of it"
            )),
            Some(parent) => Err(format!(
                "`{text}` leads to commit {parent}, which is missing; `git fetch --refetch` fetches it again"
            )),
            None => Err(format!("`{text}`: commit {} has no such parent", decode::model_id(id).short())),
        }
    }
}

fn not_understood(text: &str) -> String {
    format!("`{text}` is not a valid revision; name a branch, a tag or the id of a commit")
}

/// Quotes a word for a shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/+@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A parsed range: the tip, and the base; `None` for all parents of the tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) base: Option<String>,
    pub(super) tip: String,
}

/// Parses `A..B`, `A...B`, `A..`, `..B` or `REV`. A missing end is `HEAD`.
pub(super) fn parse(range: &str) -> Spec {
    let or_head = |text: &str| if text.is_empty() { "HEAD".to_owned() } else { text.to_owned() };
    match range.split_once("...").or_else(|| range.split_once("..")) {
        Some((base, tip)) => Spec { base: Some(or_head(base)), tip: or_head(tip) },
        None => Spec { base: None, tip: or_head(range.strip_suffix("^!").unwrap_or(range)) },
    }
}

#[cfg(test)]
mod tests {
    use super::{Spec, parse, quoted};

    #[test]
    fn ranges() {
        let spec =
            |base: Option<&str>, tip: &str| Spec { base: base.map(str::to_owned), tip: tip.to_owned() };
        assert_eq!(parse("a..b"), spec(Some("a"), "b"));
        assert_eq!(parse("a...b"), spec(Some("a"), "b"));
        assert_eq!(parse("v1.0.."), spec(Some("v1.0"), "HEAD"));
        assert_eq!(parse("..b~2"), spec(Some("HEAD"), "b~2"));
        assert_eq!(parse("b"), spec(None, "b"));
        assert_eq!(parse("b^!"), spec(None, "b"));
    }

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("feature/x"), "feature/x");
        assert_eq!(quoted("a'; rm -rf ~"), r"'a'\''; rm -rf ~'");
        assert_eq!(quoted("--upload-pack=x"), "'--upload-pack=x'");
        assert_eq!(quoted(""), "''");
    }
}
