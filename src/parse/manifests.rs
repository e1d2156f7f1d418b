//! Manifests of ecosystems other than Cargo: direct dependencies, whose versions a lock file should pin.

mod json;
mod lines;
mod toml;

use crate::model::Span;

pub(in crate::parse) use toml::requirement;

/// What a package is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Unspecified.
    #[default]
    Unsaid,
    /// The program itself.
    Runtime,
    /// An optional part of the program.
    Optional,
    /// Development: it is not installed with the program.
    Development,
}

/// A dependency in a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The name of the package, as written.
    pub name: String,
    /// The version requirement, as written; empty if none.
    pub requirement: String,
    /// Its scope.
    pub scope: Scope,
    /// Where the name stands.
    pub at: Span,
}

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The ecosystem of its packages, by OSV's name.
    pub ecosystem: &'static str,
    /// Its dependencies, up to a limit.
    pub asks: Vec<Ask>,
}

/// The most dependencies of one manifest.
const ASKS_MAX: usize = 5_000;

/// Parses the manifest `name`, if it declares dependencies.
#[must_use]
pub fn read(name: &[u8], bytes: &[u8]) -> Option<Manifest> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).ok()?;
    let line = |is: fn(&str) -> bool| text.lines().any(|line| is(line.trim()));
    let holds = |needle: &str| text.contains(needle);
    let is_project = [&b".csproj"[..], b".fsproj", b".vbproj"].iter().any(|ending| name.ends_with(ending));
    let mut asks = match name {
        b"package.json" => json::package(text),
        b"composer.json" => json::composer(text),
        b"pyproject.toml" => toml::pyproject(text),
        b"Pipfile" => toml::pipfile(text),
        b"Gemfile" | b"gems.rb" => lines::gemfile(text),
        b"pubspec.yaml" => lines::pubspec(text),
        b"mix.exs" => lines::mix(text),
        _ if is_project => lines::msbuild(text),
        _ => Vec::new(),
    };
    asks.sort_by_key(|ask| ask.at);
    asks.truncate(ASKS_MAX);
    let (ecosystem, any) = match name {
        b"package.json" => ("npm", json::any_published(&asks)),
        b"pyproject.toml" | b"Pipfile" => ("PyPI", !asks.is_empty()),
        b"setup.py" | b"setup.cfg" => ("PyPI", holds("install_requires")),
        b"Gemfile" | b"gems.rb" => {
            ("RubyGems", !asks.is_empty() || line(|line| starts_with_word(line, &["gem", "gemspec"])))
        }
        b"composer.json" => ("Packagist", !asks.is_empty()),
        b"pom.xml" => ("Maven", holds("<dependency>")),
        b"build.gradle" | b"build.gradle.kts" => ("Maven", line(is_gradle)),
        b"pubspec.yaml" => ("Pub", !asks.is_empty()),
        b"mix.exs" => ("Hex", !asks.is_empty()),
        b"Package.swift" => ("SwiftURL", line(|line| line.starts_with(".package(") && line.contains("url:"))),
        _ if is_project => ("NuGet", holds("<PackageReference ")),
        _ => return None,
    };
    any.then_some(Manifest { ecosystem, asks })
}

/// True if `line` starts with one of `words` as a command, followed by its end, a blank or a parenthesis.
fn starts_with_word(line: &str, words: &[&str]) -> bool {
    let is = |word: &&str| {
        line.strip_prefix(*word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(']))
    };
    words.iter().any(is)
}

fn is_gradle(line: &str) -> bool {
    let names =
        ["api", "implementation", "compile", "compileOnly", "runtimeOnly", "testImplementation", "kapt"];
    // `implementation project(":core")` is not published.
    starts_with_word(line, &names) && line.contains(':') && !line.contains("project(")
}

#[cfg(test)]
mod tests {
    use super::{Scope, read};

    fn asks_for_packages(name: &[u8], bytes: &[u8]) -> Option<&'static str> {
        read(name, bytes).map(|manifest| manifest.ecosystem)
    }

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

    #[test]
    fn what_is_asked_for_has_its_place_and_its_purpose() {
        let asks = |name: &str, text: &str| -> Vec<String> {
            let manifest = read(name.as_bytes(), text.as_bytes()).expect("it asks for packages");
            let of = |ask: &super::Ask| {
                assert!(text[ask.at.range()].contains(&ask.name), "{ask:?}");
                format!("{} {} {:?}", ask.name, ask.requirement, ask.scope)
            };
            manifest.asks.iter().map(of).collect()
        };
        assert_eq!(
            asks(
                "package.json",
                "{\"dependencies\": {\"@s/tin\": \"^1\"}, \"devDependencies\": {\"zinc\": \"2\"}, \"optionalDependencies\": {\"lead\": \"*\"}}"
            ),
            ["@s/tin ^1 Runtime", "zinc 2 Development", "lead * Optional"]
        );
        assert_eq!(
            asks(
                "composer.json",
                "{\"require\": {\"php\": \"8\", \"a/tin\": \"^1\"}, \"require-dev\": {\"a/zinc\": \"2\"}}"
            ),
            ["a/tin ^1 Runtime", "a/zinc 2 Development"]
        );
        let python = "[project]\ndependencies = [\"tin[x]>=1 ; python_version < '4'\"]\n[project.optional-dependencies]\nx = [\"zinc\"]\n[dependency-groups]\ndev = [\"lead==1\", {include-group = \"t\"}]\n[tool.poetry.dependencies]\npython = \"3\"\ngold = {version = \"^2\", optional = true}\n[tool.poetry.group.test.dependencies]\niron = \"*\"\n[tool.uv]\ndev-dependencies = [\"argon\"]\n[tool.pdm.dev-dependencies]\nx = [\"radon~=1\"]\n";
        assert_eq!(
            asks("pyproject.toml", python),
            [
                "tin >=1 Runtime",
                "zinc  Optional",
                "lead ==1 Development",
                "gold ^2 Optional",
                "iron * Development",
                "argon  Development",
                "radon ~=1 Development"
            ]
        );
        assert_eq!(
            asks(
                "Pipfile",
                "[packages]\ntin = \"*\"\n[dev-packages]\nzinc = {version = \"==1\"}\n[requires]\npython_version = \"3\"\n"
            ),
            ["tin * Runtime", "zinc ==1 Development"]
        );
        assert_eq!(Scope::default(), Scope::Unsaid);
    }
}
