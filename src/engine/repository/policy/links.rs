//! Resolves links of a text: a file of the repository, a page of the forge, or elsewhere.

use super::{Policy, slug};
use crate::model::RepoPath;

/// First parts of addresses below a repository at GitHub that show something.
const PAGES: [&str; 50] = [
    "",
    "blob",
    "tree",
    "raw",
    "blame",
    "edit",
    "commit",
    "commits",
    "issues",
    "pull",
    "pulls",
    "discussions",
    "actions",
    "projects",
    "wiki",
    "security",
    "pulse",
    "graphs",
    "network",
    "settings",
    "releases",
    "tags",
    "branches",
    "compare",
    "labels",
    "milestones",
    "milestone",
    "stargazers",
    "watchers",
    "forks",
    "fork",
    "contributors",
    "archive",
    "new",
    "deployments",
    "packages",
    "pkgs",
    "codespaces",
    "search",
    "subscription",
    "find",
    "import",
    "invitations",
    "sponsors",
    "rules",
    "attestations",
    "models",
    "workflows",
    "community",
    "upload",
];

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To this path of the repository.
    Path(Vec<u8>),
    /// To a page of the forge about this repository: its path behind `owner/name/`.
    Page(String),
    /// To a page of another repository, `owner/name`, and the path behind it.
    Other(String, String),
    /// Out of the repository, by too many `..`.
    Outside,
    /// Elsewhere, or nowhere that is known.
    Elsewhere,
}

/// True if `page`, the path after `owner/name/`, is not a GitHub page: files need `blob` and a branch.
#[must_use]
pub fn is_no_page(page: &str) -> bool {
    let first = page.split(['/', '?', '#']).next().unwrap_or(page);
    !PAGES.contains(&first.to_ascii_lowercase().as_str()) && first.contains('.')
}

impl Policy {
    /// Where `target` leads, as a link in the file at `from`.
    #[must_use]
    pub fn target(&self, from: &RepoPath, target: &str) -> Target {
        let target = target.trim();
        if let Some(slug) = slug(target).filter(|_| target.contains("github.com/")) {
            let rest = target.split("github.com/").nth(1).unwrap_or("");
            let page = rest.splitn(3, '/').nth(2).unwrap_or("").trim_end_matches('/').to_owned();
            return match self.is_own(&slug) {
                true => self.page(page),
                false => Target::Other(slug, page),
            };
        }
        let is_mail = target.contains('@') && !target.contains('/');
        let is_elsewhere = is_mail
            || target.contains(':')
            || target.starts_with("//")
            || target.starts_with('#')
            || target.is_empty();
        if is_elsewhere || target.starts_with(['?', '{', '<', '$']) {
            return Target::Elsewhere;
        }
        let path = target.split(['#', '?']).next().unwrap_or(target);
        let Ok(decoded) = percent_encoding::percent_decode_str(path).decode_utf8() else {
            return Target::Elsewhere;
        };
        let mut parts: Vec<&str> = match decoded.starts_with('/') {
            true => Vec::new(),
            false => std::str::from_utf8(from.folder())
                .unwrap_or("")
                .split('/')
                .filter(|part| !part.is_empty())
                .collect(),
        };
        let mut above = 0;
        for part in decoded.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.pop().is_none() => above += 1,
                ".." => {}
                other => parts.push(other),
            }
        }
        match above {
            0 => Target::Path(parts.join("/").into_bytes()),
            // A file is shown below `blob/main/`, so two steps lead to the page of the repository.
            2 => match PAGES.contains(parts.first().unwrap_or(&"")) {
                true => Target::Page(parts.join("/")),
                false => Target::Outside,
            },
            _ => Target::Outside,
        }
    }

    /// A page of this repository, or the file that it shows as it is now.
    fn page(&self, page: String) -> Target {
        let mut parts = page.splitn(3, '/');
        let (first, reference, path) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
        let is_now = Some(reference) == self.default_branch.as_deref() || reference == "HEAD";
        match path {
            Some(path) if is_now && ["blob", "tree", "raw", "edit"].contains(&first) => {
                let path = path.split(['#', '?']).next().unwrap_or(path);
                match percent_encoding::percent_decode_str(path).decode_utf8() {
                    Ok(path) => Target::Path(path.trim_end_matches('/').as_bytes().to_vec()),
                    Err(_) => Target::Elsewhere,
                }
            }
            _ => Target::Page(page),
        }
    }

    /// True if `slug`, `owner/name` in lower case, is this repository, as its remote or a manifest says.
    #[must_use]
    pub fn is_own(&self, slug: &str) -> bool {
        self.origin.as_deref() == Some(slug) || self.named.iter().any(|named| named == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_somewhere() {
        let policy = Policy {
            origin: Some("a/b".to_owned()),
            default_branch: Some("main".to_owned()),
            ..Policy::default()
        };
        let at = |from: &str, target: &str| policy.target(&RepoPath::from(from), target);
        let path = |path: &str| Target::Path(path.as_bytes().to_vec());
        assert_eq!(at(".github/SECURITY.md", "../deny.toml"), path("deny.toml"));
        assert_eq!(at("SECURITY.md", "../information/contact.md"), Target::Outside);
        assert_eq!(at("SECURITY.md", "../../security"), Target::Page("security".to_owned()));
        assert_eq!(at("SECURITY.md", "/.github/x%20y.gif"), path(".github/x y.gif"));
        assert_eq!(at("docs/SECURITY.md", "./usage.md#a"), path("docs/usage.md"));
        assert_eq!(at("SECURITY.md", "#heading"), Target::Elsewhere);
        assert_eq!(at("SECURITY.md", "https://github.com/A/b/blob/main/x.md#y"), path("x.md"));
        assert_eq!(
            at("SECURITY.md", "https://github.com/c/d/security"),
            Target::Other("c/d".to_owned(), "security".to_owned())
        );
        assert!(
            is_no_page("public.key") && is_no_page("changelog.md") && !is_no_page("security/advisories/new")
        );
        assert_eq!(at("SECURITY.md", "mailto:a@b.c"), Target::Elsewhere);
    }
}
