//! Finds files whose content on disk may differ from what git stores, because of the attributes `ident`, `filter` and
//! `working-tree-encoding`.
//!
//! A line that sets one of these always counts, whatever other lines unset, so no order and no exception hides a
//! file. Line endings are ignored: no secret differs by them.

use std::path::Path;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::source::dir::read_small;

/// The name of an attributes file.
pub(super) const NAME: &[u8] = b".gitattributes";
/// A larger file is assumed to cover every file.
pub(super) const MAX_SIZE: u64 = 1 << 20;
/// The most patterns in one file, and the longest of them; beyond, the file is assumed to cover every file.
const PATTERNS_MAX: usize = 2000;
const PATTERN_MAX: usize = 1024;

/// The files that a list of attributes covers.
enum About {
    Everything,
    These(GlobSet),
}

/// The attributes set in a directory, and through `parent` those of the directories above. Directories that set none
/// of interest have no node.
pub(super) struct Attributes {
    parent: Chain,
    /// Length of the directory's path, with the slash at its end.
    base: usize,
    about: About,
    /// Macros that include an attribute of interest.
    macros: Vec<Vec<u8>>,
}

/// The attributes that apply in a directory.
pub(super) type Chain = Option<Arc<Attributes>>;

impl Attributes {
    /// Adds the attributes that `text` sets in a directory whose path with a slash has `base` bytes to those of
    /// `parent`. `None`, for a file too large or unreadable, sets them for all files.
    pub(super) fn add(parent: &Chain, base: usize, text: Option<&[u8]>) -> Chain {
        let node = |about, macros| Some(Arc::new(Self { parent: parent.clone(), base, about, macros }));
        let Some(text) = text else { return node(About::Everything, Vec::new()) };
        let mut macros: Vec<Vec<u8>> = Vec::new();
        let mut patterns = Vec::new();
        for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            let Some((pattern, given)) = taken_apart(line) else { continue };
            let name_of = |word: &[u8]| memchr::memchr(b'=', word).map_or(word.len(), |at| at);
            let is_given = given.split(u8::is_ascii_whitespace).any(|word| {
                let name = &word[..name_of(word)];
                matches!(name, b"ident" | b"filter" | b"working-tree-encoding")
                    || macros.iter().any(|known| known == name)
                    || has_macro(parent, name)
            });
            if is_given {
                match pattern.strip_prefix(b"[attr]") {
                    Some(name) => macros.push(name.to_vec()),
                    None => patterns.push(pattern),
                }
            }
        }
        if patterns.is_empty() && macros.is_empty() {
            return parent.clone();
        }
        node(globs(&patterns).map_or(About::Everything, About::These), macros)
    }

    /// The same for the file at `path`, which the user or git has put there.
    pub(super) fn add_file(parent: &Chain, path: &Path) -> Chain {
        match read_small(path, MAX_SIZE) {
            Ok(None) => parent.clone(),
            Ok(Some(text)) => Self::add(parent, 0, Some(&text)),
            Err(_) => Self::add(parent, 0, None),
        }
    }
}

/// True if what git stores for the file at `path` may differ from what is on disk.
pub(super) fn may_differ(chain: &Chain, path: &[u8]) -> bool {
    let mut node = chain.as_ref();
    while let Some(attributes) = node {
        let is_about = match &attributes.about {
            About::Everything => true,
            About::These(globs) => path.get(attributes.base..).is_some_and(|path| {
                gix::path::from_byte_slice(path).map_or(true, |path| globs.is_match(path))
            }),
        };
        if is_about {
            return true;
        }
        node = attributes.parent.as_ref();
    }
    false
}

fn has_macro(chain: &Chain, name: &[u8]) -> bool {
    let mut node = chain.as_ref();
    while let Some(attributes) = node {
        if attributes.macros.iter().any(|known| known == name) {
            return true;
        }
        node = attributes.parent.as_ref();
    }
    false
}

/// The pattern of a line and the attributes that it sets.
fn taken_apart(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if line.is_empty() || line.starts_with(b"#") {
        return None;
    }
    let Some(quoted) = line.strip_prefix(b"\"") else {
        let end = line.iter().position(u8::is_ascii_whitespace)?;
        return Some((line[..end].to_vec(), &line[end..]));
    };
    let mut pattern = Vec::new();
    let mut rest = quoted;
    loop {
        match rest {
            [b'"', after @ ..] => return Some((pattern, after)),
            // Any other escape matches any character.
            [b'\\', b'0'..=b'7', b'0'..=b'7', b'0'..=b'7', after @ ..] => {
                pattern.push(b'?');
                rest = after;
            }
            [b'\\', b'\\' | b'"', after @ ..] => {
                pattern.push(b'?');
                rest = after;
            }
            [b'\\', _, after @ ..] => {
                pattern.push(b'?');
                rest = after;
            }
            [byte, after @ ..] => {
                pattern.push(*byte);
                rest = after;
            }
            [] => return None,
        }
    }
}

/// The patterns as globs of paths below their directory; `None` if they are too large to compile.
fn globs(patterns: &[Vec<u8>]) -> Option<GlobSet> {
    if patterns.len() > PATTERNS_MAX {
        return None;
    }
    let mut all = GlobSetBuilder::new();
    for pattern in patterns {
        if pattern.len() > PATTERN_MAX {
            return None;
        }
        let text = std::str::from_utf8(pattern).ok()?;
        let anchored = text.contains('/');
        let text = text.strip_prefix('/').unwrap_or(text);
        // Git has no alternatives in braces.
        let text: String = text
            .chars()
            .map(|c| match c {
                '{' => "[{]".to_owned(),
                '}' => "[}]".to_owned(),
                c => c.to_string(),
            })
            .collect();
        let glob = if anchored { text } else { format!("**/{text}") };
        let built = GlobBuilder::new(&glob).literal_separator(true).case_insensitive(true).build().ok()?;
        all.add(built);
    }
    all.build().ok()
}

impl Drop for Attributes {
    // A chain is as long as the tree is deep: dropping it must not recurse.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut node) = next.and_then(Arc::into_inner) {
            next = node.parent.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attributes, may_differ};

    fn differs(text: &str, path: &str) -> bool {
        may_differ(&Attributes::add(&None, 0, Some(text.as_bytes())), path.as_bytes())
    }

    #[test]
    fn lines_are_about_files() {
        for (text, path) in [
            ("* ident", "a/b/c.txt"),
            ("*.txt ident", "a/b/c.TXT"),
            ("a/*.c filter=x", "a/b.c"),
            ("/a.c working-tree-encoding=UTF-16", "a.c"),
            ("a/** -text filter=lfs diff=lfs", "a/b/c"),
            ("\"a b\" ident", "x/a b"),
            ("\"a\\tb\" ident", "a\tb"),
            ("[attr]odd ident\n*.x odd", "a.x"),
            ("{a} ident", "{a}"),
            ("  *.txt\tident # odd", "a.txt"),
            ("a ident\na -ident", "a"),
            ("\u{fe}* ident", "\u{fe}a"),
            ("[ ident", "anything"),
        ] {
            assert!(differs(text, path), "{text}: {path}");
        }
    }

    #[test]
    fn others_are_not() {
        for (text, path) in [
            ("* text=auto eol=crlf", "a"),
            ("*.txt ident", "a.c"),
            ("/a.c ident", "b/a.c"),
            ("# * ident", "a"),
            ("* -ident !filter", "a"),
            ("a/*.c filter=x", "a/b/c.c"),
            ("* diff=ident merge=filter", "a"),
            ("{a,b} ident", "a"),
            ("", "a"),
        ] {
            assert!(!differs(text, path), "{text}: {path}");
        }
    }

    #[test]
    fn directories_add_to_those_above() {
        let top = Attributes::add(&None, 0, Some(b"[attr]odd filter=x\n"));
        let below = Attributes::add(&top, 4, Some(b"*.c odd\n"));
        assert!(
            may_differ(&below, b"dir/a.c") && !may_differ(&top, b"a.c") && !may_differ(&below, b"dir/a.h")
        );
        let huge = Attributes::add(&None, 0, None);
        assert!(may_differ(&Attributes::add(&huge, 4, Some(b"")), b"dir/a"));
        let many = "a ident\n".repeat(3000);
        assert!(differs(&many, "b"));
    }
}
