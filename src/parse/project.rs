//! Facts about a project from its manifest or change log: version, name, repository.

use std::ops::Range;

use crate::model::Span;

/// How many bytes of a file are read.
const BYTES_MAX: usize = 512 << 10;

/// A text and its location.
pub type Found = (String, Span);

/// The facts of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// The name of the package.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<Found>,
    /// The repository URLs.
    pub repositories: Vec<String>,
    /// Workspace members, as patterns.
    pub members: Vec<String>,
}

/// Parses the manifest `name`; `None` if it is not a known one.
#[must_use]
pub fn read(name: &[u8], bytes: &[u8]) -> Option<Project> {
    let text = std::str::from_utf8(&bytes[..bytes.len().min(BYTES_MAX)]).ok()?;
    let project = match name {
        b"Cargo.toml" => toml(text, &["package", "workspace.package"]),
        b"pyproject.toml" => toml(text, &["project", "tool.poetry", "project.urls", "tool.poetry.urls"]),
        b"package.json" | b"composer.json" => json(text),
        b"VERSION" | b"VERSION.txt" | b"version.txt" | b".version" => plain(text),
        b"setup.cfg" => toml(text, &["metadata"]),
        b"setup.py" | b"mix.exs" | b"build.gradle" | b"build.gradle.kts" | b"build.sbt"
        | b"CMakeLists.txt" => assigned(text, &["version"]),
        b"gradle.properties" => assigned(text, &["version", "VERSION_NAME"]),
        b"pubspec.yaml" | b"galaxy.yml" => yaml(text, "version"),
        b"Chart.yaml" => yaml(text, "appVersion"),
        b"pom.xml" => xml(text),
        b"go.mod" => go(text),
        _ => source(name, text)?,
    };
    Some(project)
}

/// The version in source code: `__version__ = "1.2"`, `VERSION = "1.2"`.
fn source(name: &[u8], text: &str) -> Option<Project> {
    if name.ends_with(b".py") {
        return Some(assigned(text, &["__version__", "VERSION", "version"]));
    }
    if name.ends_with(b".gemspec") {
        return Some(assigned(text, &["spec.version", "s.version", "gem.version"]));
    }
    if name.ends_with(b".csproj") || name == b"Directory.Build.props" {
        return Some(xml_element(text, 0..text.len(), &["Version", "VersionPrefix"]));
    }
    name.ends_with(b".rb").then(|| {
        let mut project = assigned(text, &["VERSION"]);
        if project.version.is_none() {
            project = assigned_ending(text, "_VERSION");
        }
        project
    })
}

/// The range of a quoted string at the start of `rest`.
fn quoted(rest: &str) -> Option<Range<usize>> {
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let end = rest[1..].find(quote)?;
    (!rest[1..=end].contains('\n')).then_some(1..1 + end)
}

/// Keys of TOML-like tables, line by line.
fn toml(text: &str, tables: &[&str]) -> Project {
    let mut project = Project::default();
    let (mut table, mut at) = (String::new(), 0);
    let mut is_members = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        if is_members {
            let parts = trimmed.split(['"', '\'']).skip(1).step_by(2);
            project.members.extend(parts.map(str::to_owned));
            is_members = !trimmed.contains(']');
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = name.trim().to_owned();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, behind) = (key.trim(), start + key.len() + 1);
        let blanks = value.len() - value.trim_start().len();
        if table == "workspace" && key == "members" {
            let parts = value.split(['"', '\'']).skip(1).step_by(2);
            project.members.extend(parts.map(str::to_owned));
            is_members = !value.contains(']');
        }
        if !tables.contains(&table.as_str()) {
            continue;
        }
        let is_bare = table == "metadata";
        let range = quoted(value.trim_start()).or_else(|| is_bare.then(|| 0..value.trim().len()));
        let Some(range) = range else { continue };
        let text = value.trim_start()[range.clone()].to_owned();
        let span = Span::new(behind + blanks + range.start, behind + blanks + range.end);
        match key {
            "version" if project.version.is_none() && !text.starts_with("attr:") => {
                project.version = Some((text, span))
            }
            "name" if project.name.is_none() => project.name = Some(text),
            _ if text.contains("://") => project.repositories.push(text),
            _ => {}
        }
    }
    project
}

/// The top-level keys of a JSON object.
fn json(text: &str) -> Project {
    let mut project = Project::default();
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return project };
    let string = |key: &str| value.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    project.name = string("name");
    if let Some(version) = string("version") {
        let wanted = format!("\"{version}\"");
        let key = text.find("\"version\"").unwrap_or(0);
        let at = text[key..].find(&wanted).map_or(key, |at| key + at + 1);
        let end = (at + version.len()).min(text.len());
        project.version = Some((version, Span::new(at, end)));
    }
    let nested =
        |key: &str| value.get(key).and_then(|inner| inner.get("url")).and_then(serde_json::Value::as_str);
    let urls = ["repository", "bugs", "support"].iter().filter_map(|key| nested(key)).map(str::to_owned);
    project.repositories.extend(urls.chain(["repository", "homepage"].iter().filter_map(|key| string(key))));
    // `"repository": "owner/name"` means GitHub.
    for one in &mut project.repositories {
        let bare = one.strip_prefix("github:").unwrap_or(one);
        if !bare.contains(':') && bare.matches('/').count() == 1 {
            *one = format!("https://github.com/{bare}");
        }
    }
    project
}

fn plain(text: &str) -> Project {
    let line = text.lines().next().unwrap_or("");
    let version = line.trim();
    let start = line.len() - line.trim_start().len();
    let is_one = version.starts_with(|c: char| c.is_ascii_digit() || c == 'v') && !version.contains(' ');
    let found = is_one.then(|| (version.to_owned(), Span::new(start, start + version.len())));
    Project { version: found, ..Project::default() }
}

/// A value assigned to one of `names`: `name = "1"`, `name: "1"`, `name("1")`, `NAME 1.2.3`.
fn assigned(text: &str, names: &[&str]) -> Project {
    for name in names {
        for (at, _) in text.match_indices(name) {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || "_.\"'@".contains(c) && c != '@') {
                continue;
            }
            if let Some(found) = value(text, at + name.len()) {
                return Project { version: Some(found), ..Project::default() };
            }
        }
    }
    Project::default()
}

/// The same for a name with this suffix.
fn assigned_ending(text: &str, ending: &str) -> Project {
    let found = text.match_indices(ending).find_map(|(at, _)| value(text, at + ending.len()));
    Project { version: found, ..Project::default() }
}

/// The version after a name that ends at `at`.
fn value(text: &str, at: usize) -> Option<Found> {
    let rest = &text[at..];
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    let trimmed = line.trim_start_matches([' ', '\t', '=', ':', '(', ',', '"', '\'']);
    let start = line.len() - trimmed.len();
    let has_sign = line[..start].contains(['=', ':', '"', '\'']);
    let end =
        trimmed.find(|c: char| !c.is_ascii_alphanumeric() && !".-+_".contains(c)).unwrap_or(trimmed.len());
    let version = &trimmed[..end];
    let is_one = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
    (has_sign && is_one).then(|| (version.to_owned(), Span::new(at + start, at + start + end)))
}

/// The value of a top-level key.
fn yaml(text: &str, key: &str) -> Project {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(':')) {
            let trimmed = rest.split('#').next().unwrap_or("").trim();
            let bare = trimmed.trim_matches(['"', '\'']);
            if bare.starts_with(|c: char| c.is_ascii_digit() || c == 'v') {
                let start = at + line.find(bare).unwrap_or(0);
                let span = Span::new(start, start + bare.len());
                return Project { version: Some((bare.to_owned(), span)), ..Project::default() };
            }
        }
        at += line.len();
    }
    Project::default()
}

/// The version of a Maven project itself, not of its parent or dependencies.
fn xml(text: &str) -> Project {
    let start = text.find("</parent>").or_else(|| text.find("<modelVersion>")).unwrap_or(0);
    let end = ["<dependencies>", "<dependencyManagement>", "<build>", "<profiles>", "<modules>"];
    let end =
        end.iter().filter_map(|tag| text[start..].find(tag)).min().map_or(text.len(), |end| start + end);
    xml_element(text, start..end, &["version", "revision"])
}

fn xml_element(text: &str, within: Range<usize>, names: &[&str]) -> Project {
    for name in names {
        let open = format!("<{name}>");
        let Some(at) = text[within.clone()].find(&open) else { continue };
        let start = within.start + at + open.len();
        let Some(length) = text[start..].find('<') else { continue };
        let version = text[start..start + length].trim();
        if version.starts_with(|c: char| c.is_ascii_digit()) {
            let span = Span::new(start, start + length);
            return Project { version: Some((version.to_owned(), span)), ..Project::default() };
        }
    }
    Project::default()
}

/// The major version of a Go module, from 2 on, in its path.
fn go(text: &str) -> Project {
    let Some(line) = text.lines().find(|line| line.starts_with("module ")) else { return Project::default() };
    let path = line["module ".len()..].split_whitespace().next().unwrap_or("");
    let start = text.find(path).unwrap_or(0);
    let mut project = Project { repositories: vec![format!("https://{path}")], ..Project::default() };
    if let Some((_, major)) = path.rsplit_once("/v")
        && !major.is_empty()
        && major.bytes().all(|byte| byte.is_ascii_digit())
    {
        project.version = Some((major.to_owned(), Span::new(start, start + path.len())));
    }
    project
}

/// The newest release in the headings of a change log.
#[must_use]
pub fn newest(bytes: &[u8]) -> Option<Found> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let is_heading = line.starts_with('#') || line.starts_with(|c: char| c.is_ascii_digit() || c == 'v');
        if !is_heading {
            continue;
        }
        let Some(digit) = line.find(|c: char| c.is_ascii_digit()) else { continue };
        let rest = &line[digit..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".-+".contains(c)).unwrap_or(rest.len());
        let version = rest[..end].trim_end_matches(['.', '-']);
        // A date is not a version.
        let is_date = version.len() == 10 && version.matches('-').count() == 2;
        if version.contains('.') && !is_date {
            return Some((version.to_owned(), Span::new(start + digit, start + digit + version.len())));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_name_their_version() {
        for (name, text, wanted) in [
            (
                "Cargo.toml",
                "[package]\nname = \"a\"\nversion = \"1.2.3\"\n[dependencies]\nb = \"9\"\n",
                "1.2.3",
            ),
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\n \"a\",\n]\n[workspace.package]\nversion = \"0.2.0\"\n",
                "0.2.0",
            ),
            ("pyproject.toml", "[project]\nname = 'a'\nversion = '3.1'\n", "3.1"),
            ("package.json", "{\"name\": \"a\", \"version\": \"4.5.6\", \"repository\": \"a/b\"}", "4.5.6"),
            ("VERSION", "0.46.1\n", "0.46.1"),
            ("__init__.py", "import x\n__version__ = \"2.12.1\"\n", "2.12.1"),
            ("const.rb", "  PUMA_VERSION = VERSION = \"8.0.0\"\n", "8.0.0"),
            ("version.rb", "module A\n  VERSION = '1.0.1'.freeze\n", "1.0.1"),
            (
                "pom.xml",
                "<project><parent><version>9</version></parent><version>1.4.0</version><dependencies>",
                "1.4.0",
            ),
            ("go.mod", "module github.com/a/b/v2\n\ngo 1.22\n", "2"),
            ("Chart.yaml", "apiVersion: v2\nversion: 0.1.0\nappVersion: \"1.16.0\"\n", "1.16.0"),
            ("setup.py", "setup(name='a', version='1.1', install_requires=['b==2.0'])", "1.1"),
            ("mix.exs", "  @version \"0.3.1\"\n", "0.3.1"),
            ("setup.cfg", "[metadata]\nname = a\nversion = 1.9.0\n", "1.9.0"),
            ("build.gradle", "version = '3.2.1'\ndependencies {}\n", "3.2.1"),
        ] {
            let found = read(name.as_bytes(), text.as_bytes()).and_then(|project| project.version);
            let (version, span) = found.unwrap_or_else(|| panic!("{name}"));
            assert_eq!(version, wanted, "{name}");
            assert!(text[span.range()].contains(wanted), "{name}");
        }
        let json = read(b"package.json", b"{\"repository\": \"a/b\"}").expect("a manifest");
        assert_eq!(json.repositories, ["https://github.com/a/b"]);
        assert_eq!(read(b"setup.py", b"setup(version=get_version())").expect("one").version, None);
    }

    #[test]
    fn change_logs_name_their_newest_release() {
        let newest = |text: &str| newest(text.as_bytes()).map(|found| found.0);
        assert_eq!(
            newest("# Changelog\n\n## [Unreleased]\n\n## [1.4.0] - 2026-01-01\n").as_deref(),
            Some("1.4.0")
        );
        assert_eq!(newest("## v2.0 (2026-01-01)\n").as_deref(), Some("2.0"));
        assert_eq!(newest("# 2026-01-01\n"), None);
    }
}
