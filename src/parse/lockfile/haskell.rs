//! Haskell's `stack.yaml.lock` and `cabal.project.freeze`.

use super::Origin;
use super::json::inner;
use super::pnpm::mapping;
use super::reader::{Found, Reader, short, starts_with_digit};
use crate::model::Span;
use crate::parse::tree::Kind;

pub(super) fn stack(reader: &mut Reader<'_>) {
    let Some(tree) = mapping(reader, &["packages", "snapshots"]) else { return };
    for document in tree.items(tree.root()) {
        for entry in tree.items(inner(reader, &tree, document, "packages", Kind::Array)) {
            let Some(completed) = tree.get(entry, "completed") else {
                reader.mistake(tree.span(entry).start, "a package without `completed`; it was not checked");
                continue;
            };
            if let Some(id) = tree.get(completed, "hackage") {
                // `tin-1.0.0@sha256:00,1234`
                let text = tree.text(id).unwrap_or_default();
                let package = text.split('@').next().unwrap_or_default();
                match package.rsplit_once('-').filter(|(_, version)| starts_with_digit(version)) {
                    Some((name, version)) => reader.published(name, version, tree.span(id)),
                    None => {
                        let message = format!("`{}` is not `name-version`; it was not checked", short(&text));
                        reader.mistake(tree.span(id).start, message);
                    }
                }
                continue;
            }
            let origin = if tree.get(completed, "git").is_some() || tree.get(completed, "hg").is_some() {
                Origin::Git
            } else {
                Origin::Url
            };
            let Some(id) = tree.get(completed, "name") else { continue };
            let name = tree.text(id).unwrap_or_default();
            let version = tree.member(completed, "version").unwrap_or_default();
            reader.add(&Found { name: &name, version: &version, alias: None, origin, at: tree.span(id) });
        }
        let snapshots = tree.items(inner(reader, &tree, document, "snapshots", Kind::Array));
        for snapshot in snapshots {
            // The packages of a snapshot are listed at its URL.
            reader.unpinned("the packages of the snapshot", tree.span(snapshot).start);
        }
        let whole = ["packages", "snapshots"].iter().all(|key| tree.get(document, key).is_some());
        if !whole && !reader.has_mistakes() {
            let message = "has not both `packages` and `snapshots`: the file may have been cut off";
            reader.mistake(reader.text.len(), message);
        }
    }
}

/// The fields of such files.
const FIELDS: [&str; 6] =
    ["active-repositories", "constraints", "index-state", "with-compiler", "allow-newer", "allow-older"];

/// `constraints: any.tin ==1.0.0,`, one constraint per line.
pub(super) fn cabal(reader: &mut Reader<'_>) {
    let mut constraints = false;
    // True if the previous line ends with a comma, so another constraint follows.
    let mut open = false;
    for line in reader.lines() {
        let text = line.text.trim();
        if text.is_empty() || text.starts_with("--") {
            continue;
        }
        let margin = line.indent() == 0;
        if margin {
            let Some((key, _)) = text.split_once(':').filter(|(key, _)| FIELDS.contains(key)) else {
                reader.foreign(&line);
                continue;
            };
            constraints = key == "constraints";
        }
        let rest = if margin { text.split_once(':').map_or("", |(_, rest)| rest) } else { text };
        if !constraints {
            if !margin {
                reader.foreign(&line);
            }
            continue;
        }
        open = rest.ends_with(',') || rest.trim().is_empty();
        // The version in an unterminated last line may be truncated.
        if !line.ended && rest.contains("==") {
            reader.mistake(line.start, "ends in the middle: the file may have been cut off");
        }
        for one in rest.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let Some((name, what)) = one.split_once(' ') else {
                reader.foreign(&line);
                break;
            };
            let name = name.strip_prefix("any.").unwrap_or(name);
            let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':'));
            match what.trim().strip_prefix("==") {
                Some(version) if is_name && starts_with_digit(version) => {
                    let at = line.text.find(one).map_or(0, |at| line.start + at);
                    reader.published(name, version, Span::new(at, at + one.len()));
                }
                // Flags, and `installed`.
                _ if is_name && (what.starts_with(['+', '-']) || what == "installed") => {}
                _ => {
                    reader.foreign(&line);
                    break;
                }
            }
        }
    }
    if open {
        reader.mistake(reader.text.len(), "ends in the middle: the file may have been cut off");
    }
    if !constraints && !reader.has_mistakes() && !reader.text.contains("constraints:") {
        reader.mistake(0, "not what a cabal.project.freeze holds: it has no `constraints`");
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn packages_of_stack() {
        let text = "# comment\npackages:\n- completed:\n    hackage: tin-can-1.0.0@sha256:00,12\n    pantry-tree:\n      size: 1\n  original:\n    hackage: tin-can-1.0.0\n- completed:\n    name: zinc\n    version: 2.0.0\n    git: https://example.org/zinc.git\n    commit: 0a\nsnapshots:\n- completed:\n    url: https://example.org/lts.yaml\n  original: lts-22.0\n";
        assert_eq!(parsed(Format::Stack, text), ["tin-can 1.0.0 4", "zinc 2.0.0 10 git"]);
        assert_eq!(parsed(Format::Stack, "packages: []\nsnapshots: []\n"), [""; 0]);
        assert!(line_of_mistake(Format::Stack, &text[..text.find("snapshots").unwrap()]).is_some());
    }

    #[test]
    fn constraints_of_cabal() {
        let text = "active-repositories: hackage.haskell.org:merge\nconstraints: any.tin ==1.0.0,\n             any.zinc ==2.0.0.1,\n             zinc +flag -other,\n             any.lead ==3.0\nindex-state: hackage.haskell.org 2026-01-01T00:00:00Z\n";
        assert_eq!(parsed(Format::Cabal, text), ["tin 1.0.0 2", "zinc 2.0.0.1 3", "lead 3.0 5"]);
        for (wrong, line) in [("<html>\n", 1), ("constraints: tin\n", 1), ("constraints: any.tin ==1,\n", 2)]
        {
            assert_eq!(line_of_mistake(Format::Cabal, wrong), Some(line), "{wrong}");
        }
    }
}
