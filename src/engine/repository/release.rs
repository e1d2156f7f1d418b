//! Which release of an action is used: by its tag, or by the comment behind its commit.

use super::Site;
use crate::parse::workflow::{Action, Text};

/// Major, minor and patch. What a tag such as `v4` leaves open is the greatest number, for such tags are moved to
/// the newest release of their line.
pub type Release = [u32; 3];

/// Reads `v4`, `4.1`, `release-v4.1.2`; nothing for branches and commits.
#[must_use]
pub fn release(tag: &str) -> Option<Release> {
    let tag = tag.rsplit(['/', '-']).find(|part| part.contains(|c: char| c.is_ascii_digit()))?;
    let numbers = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    if numbers.is_empty() || !numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let mut release = [u32::MAX; 3];
    for (part, number) in release.iter_mut().zip(numbers.split('.')) {
        *part = number.parse().ok()?;
    }
    Some(release)
}

impl Site<'_> {
    /// The release that `uses` names: its tag, or what the comment behind a commit says. Whether that comment is true
    /// is not known.
    #[must_use]
    pub fn release_of(&self, uses: &Text) -> Option<Release> {
        let action = Action::parse(&uses.text)?;
        if !action.is_commit() {
            return release(action.reference);
        }
        self.comment_behind(uses)?.split([' ', '\t', '@', '=', ':', ',', '(', ')']).find_map(release)
    }

    /// The comment behind `text` on its line, without its mark.
    #[must_use]
    pub fn comment_behind(&self, text: &Text) -> Option<&str> {
        let rest = self.file.bytes.get(text.span.end..)?;
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        line.split_once('#').map(|(_, comment)| comment.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn tags_name_releases() {
        for (tag, known) in [
            ("v4", Some([4, u32::MAX, u32::MAX])),
            ("4.1", Some([4, 1, u32::MAX])),
            ("v4.1.2", Some([4, 1, 2])),
            ("setup/v1.0.0", Some([1, 0, 0])),
            ("trivy-v0.2.6", Some([0, 2, 6])),
            ("main", None),
            ("v1beta", None),
            ("", None),
        ] {
            assert_eq!(release(tag), known, "{tag}");
        }
    }
}
