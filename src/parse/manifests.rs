//! Manifests of ecosystems other than Cargo: whether one asks for packages, whose versions a lock file would
//! have to say. Which ones it asks for is not read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::de::{DeTable, DeValue};

/// The ecosystem whose packages the manifest of this name asks for, by the name that OSV has for it; none if
/// it is another file, or asks for nothing.
#[must_use]
pub fn asks_for_packages(name: &[u8], bytes: &[u8]) -> Option<&'static str> {
    let line = |is: fn(&str) -> bool| {
        std::str::from_utf8(bytes).is_ok_and(|text| text.lines().any(|line| is(line.trim())))
    };
    let holds = |needle: &str| memchr::memmem::find(bytes, needle.as_bytes()).is_some();
    let (ecosystem, asks) = match name {
        b"package.json" => ("npm", package_json(bytes)),
        b"pyproject.toml" => ("PyPI", pyproject(bytes)),
        b"Pipfile" => ("PyPI", pipfile(bytes)),
        b"setup.py" | b"setup.cfg" => ("PyPI", holds("install_requires")),
        b"Gemfile" | b"gems.rb" => ("RubyGems", line(|line| starts_with_word(line, &["gem", "gemspec"]))),
        b"composer.json" => ("Packagist", composer(bytes)),
        b"pom.xml" => ("Maven", holds("<dependency>")),
        b"build.gradle" | b"build.gradle.kts" => ("Maven", line(is_gradle)),
        b"pubspec.yaml" => ("Pub", pubspec(bytes)),
        b"mix.exs" => ("Hex", line(|line| line.starts_with("{:") && line.contains(','))),
        b"Package.swift" => ("SwiftURL", line(|line| line.starts_with(".package(") && line.contains("url:"))),
        _ if [&b".csproj"[..], b".fsproj", b".vbproj"].iter().any(|ending| name.ends_with(ending)) => {
            ("NuGet", holds("<PackageReference "))
        }
        _ => return None,
    };
    asks.then_some(ecosystem)
}

/// True if `line` starts with one of `words` as a command: its end, a blank or a parenthesis behind it.
fn starts_with_word(line: &str, words: &[&str]) -> bool {
    let is = |word: &&str| {
        line.strip_prefix(*word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(']))
    };
    words.iter().any(is)
}

fn is_gradle(line: &str) -> bool {
    let names =
        ["api", "implementation", "compile", "compileOnly", "runtimeOnly", "testImplementation", "kapt"];
    // `implementation project(":core")` asks for nothing that is published.
    starts_with_word(line, &names) && line.contains(':') && !line.contains("project(")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageJson {
    #[serde(default)]
    dependencies: BTreeMap<String, Requirement>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Requirement>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Requirement>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Requirement {
    Text(String),
    Other(IgnoredAny),
}

fn package_json(bytes: &[u8]) -> bool {
    let Ok(manifest) = serde_json::from_slice::<PackageJson>(unmarked(bytes)) else { return false };
    let PackageJson { dependencies, dev_dependencies, optional_dependencies } = manifest;
    let is_published = |requirement: &Requirement| match requirement {
        Requirement::Text(text) => {
            !["file:", "link:", "portal:", "workspace:"].iter().any(|prefix| text.starts_with(prefix))
        }
        Requirement::Other(_) => false,
    };
    [dependencies, dev_dependencies, optional_dependencies]
        .iter()
        .any(|table| table.values().any(is_published))
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Composer {
    #[serde(default)]
    require: Packages,
    #[serde(default)]
    require_dev: Packages,
}

/// PHP writes an empty map as a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Packages {
    Map(BTreeMap<String, IgnoredAny>),
    Other(IgnoredAny),
}

impl Default for Packages {
    fn default() -> Self {
        Self::Map(BTreeMap::new())
    }
}

fn composer(bytes: &[u8]) -> bool {
    let Ok(Composer { require, require_dev }) = serde_json::from_slice(unmarked(bytes)) else { return false };
    // `php` and `ext-json` are no packages.
    [require, require_dev].iter().any(|packages| match packages {
        Packages::Map(packages) => packages.keys().any(|name| name.contains('/')),
        Packages::Other(_) => false,
    })
}

fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn pyproject(bytes: &[u8]) -> bool {
    with_table(bytes, |top| {
        let project = table(top, "project");
        let poetry = table(top, "tool").and_then(|tool| table(tool, "poetry"));
        let is_package = |name: &str| name != "python";
        project.is_some_and(|project| list_has_any(project, "dependencies"))
            || project.and_then(|project| table(project, "optional-dependencies")).is_some_and(any_list)
            || table(top, "dependency-groups").is_some_and(any_list)
            || poetry.is_some_and(|poetry| {
                let named = |key| table(poetry, key).is_some_and(|table| names(table).any(is_package));
                named("dependencies") || named("dev-dependencies") || table(poetry, "group").is_some()
            })
    })
}

fn pipfile(bytes: &[u8]) -> bool {
    with_table(bytes, |top| {
        ["packages", "dev-packages"]
            .iter()
            .any(|key| table(top, key).is_some_and(|table| names(table).next().is_some()))
    })
}

fn with_table(bytes: &[u8], is: impl FnOnce(&DeTable<'_>) -> bool) -> bool {
    let text = std::str::from_utf8(unmarked(bytes));
    text.is_ok_and(|text| DeTable::parse(text).is_ok_and(|table| is(table.get_ref())))
}

fn table<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
    table.get(key)?.get_ref().as_table()
}

fn names<'t>(table: &'t DeTable<'_>) -> impl Iterator<Item = &'t str> {
    table.keys().map(|key| key.get_ref().as_ref())
}

fn list_has_any(table: &DeTable<'_>, key: &str) -> bool {
    let list = table.get(key).and_then(|value| value.get_ref().as_array());
    list.is_some_and(|list| !list.is_empty())
}

fn any_list(table: &DeTable<'_>) -> bool {
    table.values().any(|value| match value.get_ref() {
        DeValue::Array(list) => !list.is_empty(),
        _ => false,
    })
}

/// A key below `dependencies:` that is not the SDK.
fn pubspec(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut inside = false;
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        if !line.starts_with([' ', '\t']) {
            inside = matches!(line.trim_end(), "dependencies:" | "dev_dependencies:");
        } else if inside && !line.trim_start().starts_with("flutter:") && !line.contains("sdk:") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::asks_for_packages;

    #[test]
    fn manifests_that_ask_for_packages() {
        let asking: [(&str, &str, &str); 22] = [
            ("package.json", r#"{"dependencies": {"a": "^1.0.0"}}"#, "npm"),
            ("package.json", "\u{feff}{\"devDependencies\": {\"a\": \"*\"}}", "npm"),
            ("package.json", r#"{"optionalDependencies": {"b": "file:../b", "a": "1"}}"#, "npm"),
            ("pyproject.toml", "[project]\nname = 'x'\ndependencies = ['a>=1']\n", "PyPI"),
            ("pyproject.toml", "[project.optional-dependencies]\nx = ['a']\n", "PyPI"),
            ("pyproject.toml", "[dependency-groups]\ndev = ['a']\n", "PyPI"),
            ("pyproject.toml", "[tool.poetry.dependencies]\npython = '3'\na = '1'\n", "PyPI"),
            ("Pipfile", "[packages]\na = '*'\n", "PyPI"),
            ("setup.py", "setup(install_requires=['a'])", "PyPI"),
            ("setup.cfg", "[options]\ninstall_requires =\n  a\n", "PyPI"),
            ("Gemfile", "source 'https://rubygems.org'\n  gem 'a'\n", "RubyGems"),
            ("gems.rb", "gemspec\n", "RubyGems"),
            ("composer.json", r#"{"require": {"php": ">=8", "a/b": "1"}}"#, "Packagist"),
            ("composer.json", r#"{"require": [], "require-dev": {"a/b": "1"}}"#, "Packagist"),
            ("pom.xml", "<project><dependencies><dependency>", "Maven"),
            ("build.gradle", "dependencies {\n  implementation 'a:b:1'\n}", "Maven"),
            ("build.gradle.kts", "dependencies {\n  api(\"a:b:1\")\n}", "Maven"),
            ("pubspec.yaml", "name: x\ndependencies:\n  flutter:\n    sdk: flutter\n  a: ^1\n", "Pub"),
            ("mix.exs", "defp deps do\n [\n  {:a, \"~> 1.0\"}\n ]", "Hex"),
            ("Package.swift", "  .package(url: \"https://x\", from: \"1.0.0\"),", "SwiftURL"),
            ("App.csproj", "<ItemGroup><PackageReference Include=\"a\" />", "NuGet"),
            ("x.fsproj", "<PackageReference Include=\"a\" />", "NuGet"),
        ];
        for (name, text, ecosystem) in asking {
            let found = asks_for_packages(name.as_bytes(), text.as_bytes());
            assert_eq!(found, Some(ecosystem), "{name}: {text}");
        }
    }

    #[test]
    fn manifests_that_ask_for_none_and_other_files() {
        let silent = [
            ("package.json", r#"{"type": "module", "dependencies": {}}"#),
            ("package.json", r#"{"dependencies": {"a": "workspace:*"}}"#),
            ("package.json", "{"),
            ("package.json", "[]"),
            ("pyproject.toml", "[build-system]\nrequires = ['setuptools']\n[tool.black]\n"),
            ("pyproject.toml", "[project]\ndependencies = []\n[tool.poetry.dependencies]\npython = '3'\n"),
            ("pyproject.toml", "[["),
            ("Pipfile", "[packages]\n[requires]\npython_version = '3'\n"),
            ("setup.py", "setup(name='a')"),
            ("Gemfile", "# gem 'a'\ngemini 'x'\n"),
            ("composer.json", r#"{"require": {"php": ">=8", "ext-json": "*"}}"#),
            ("build.gradle", "dependencies {\n  implementation project(':core')\n}"),
            ("pubspec.yaml", "name: x\ndependencies:\n  flutter:\n    sdk: flutter\n"),
            ("pubspec.yaml", "dependencies:\nflutter:\n  assets: x\n"),
            ("mix.exs", "defp deps, do: []"),
            ("App.csproj", "<ProjectReference Include=\"a\" />"),
            ("readme.md", "gem 'a'"),
        ];
        for (name, text) in silent {
            assert_eq!(asks_for_packages(name.as_bytes(), text.as_bytes()), None, "{name}: {text}");
        }
    }
}
