//! The actions that a workflow or action uses, as packages of OSV's ecosystem "GitHub Actions".

use std::borrow::Cow;

use super::{Locked, Lockfile, Origin, PACKAGES_MAX, Scope, Unpinned};
use crate::model::Span;
use crate::parse::lines::LineIndex;
use crate::parse::workflow::Action;

/// Parses `uses:` line by line. The version is that of a full tag, `v1.2.3`, or of the comment after a commit: `#
/// v1.2.3`. A shorter tag moves, so its version is unknown.
#[must_use]
pub fn read_uses(bytes: &[u8]) -> Lockfile<'_> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Lockfile::default() };
    let mut lock = Lockfile { text: Cow::Borrowed(text), ..Lockfile::default() };
    let lines = LineIndex::new(bytes);
    for at in memchr::memmem::find_iter(bytes, b"uses:").take(PACKAGES_MAX) {
        let before = text[..at].rsplit('\n').next().unwrap_or("").trim_start();
        if !matches!(before.trim_end(), "" | "-" | "{" | "- {") {
            continue;
        }
        let start = at + b"uses:".len();
        let line = text[start..].lines().next().unwrap_or("");
        let (value, comment) = line.split_once(" #").unwrap_or((line, ""));
        let value = value.trim_end_matches([' ', '}', '\r']).trim().trim_matches(['"', '\'']);
        let Some(action) = Action::parse(value) else { continue };
        let name = format!("{}/{}", action.owner, action.name);
        let line_number = lines.line(at);
        let commented = || comment.split_whitespace().next().filter(|_| action.is_commit());
        let Some(version) = exact(action.reference).or_else(|| commented().and_then(exact)) else {
            lock.unpinned.push(Unpinned { name, line: line_number, is_file: false });
            continue;
        };
        let begin = start + line.find(value).unwrap_or(0);
        lock.packages.push(Locked {
            name,
            version: version.to_owned(),
            alias: None,
            origin: Origin::Public,
            scope: Scope::Unsaid,
            withdrawn: None,
            at: Span::new(begin, begin + value.len()),
            line: line_number,
        });
    }
    lock
}

/// `tag` without a leading `v`, if it denotes one version: three numbers, and an optional suffix.
fn exact(tag: &str) -> Option<&str> {
    let version = tag.strip_prefix('v').unwrap_or(tag);
    semver::Version::parse(version).is_ok().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_have_versions() {
        let text = "jobs:\n  a:\n    uses: o/flow/.github/workflows/x.yml@v1.0.0\n    steps:\n      - uses: Actions/Checkout@v4.1.2\n\
            \x20     - uses: 'a/b/c@0123456789012345678901234567890123456789' # v2.0.1 pinned\n      - {uses: d/e@3.0.0}\n\
            \x20     - uses: f/g@v3\n      - uses: ./local\n      - uses: docker://alpine:3\n      - run: echo uses: h/i@v1.0.0\n\
            \x20     # uses: j/k@v1.0.0\n      - uses: l/m@main # v1.0.0\n";
        let lock = read_uses(text.as_bytes());
        let found: Vec<_> = lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_str(), one.line, &text[one.at.range()]))
            .collect();
        assert_eq!(
            found,
            [
                ("o/flow", "1.0.0", 3, "o/flow/.github/workflows/x.yml@v1.0.0"),
                ("Actions/Checkout", "4.1.2", 5, "Actions/Checkout@v4.1.2"),
                ("a/b", "2.0.1", 6, "a/b/c@0123456789012345678901234567890123456789"),
                ("d/e", "3.0.0", 7, "d/e@3.0.0"),
            ]
        );
        let unpinned: Vec<_> = lock.unpinned.iter().map(|one| (one.name.as_str(), one.line)).collect();
        assert_eq!(unpinned, [("f/g", 8), ("l/m", 13)]);
    }
}
