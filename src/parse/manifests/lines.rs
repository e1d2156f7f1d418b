//! Line-oriented manifests: `Gemfile`, `pubspec.yaml`, `mix.exs`, MSBuild project files.

use super::{Ask, Scope};
use crate::model::Span;

/// The lines of a text with their offsets.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    })
}

/// The quoted strings of a line, with their offsets.
fn quoted(line: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(open) = line[from..].find(['"', '\'']).map(|at| from + at) {
        let quote = &line[open..=open];
        let Some(length) = line[open + 1..].find(quote) else { break };
        all.push((open + 1, &line[open + 1..open + 1 + length]));
        from = open + length + 2;
    }
    all
}

fn ask(start: usize, name: (usize, &str), requirement: &str, scope: Scope) -> Ask {
    let begin = start + name.0;
    Ask {
        name: name.1.to_owned(),
        requirement: requirement.to_owned(),
        scope,
        at: Span::new(begin, begin + name.1.len()),
    }
}

/// True if this Bundler group or Mix environment is not part of the program.
fn is_development(word: &str) -> bool {
    ["development", "dev", "test", "lint", "doc", "docs", "ci", "debug"].contains(&word)
}

/// `gem "tin", "~> 1", group: :test`, alone or between `group :test do` and `end`.
pub(super) fn gemfile(text: &str) -> Vec<Ask> {
    let mut asks = Vec::new();
    // For each open block, whether all its groups are for development.
    let mut open: Vec<bool> = Vec::new();
    for (start, whole) in lines(text) {
        let line = whole.trim_start();
        if line.starts_with('#') {
            continue;
        }
        let groups = |text: &str| -> Option<bool> {
            let words: Vec<&str> = text
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .filter(|word| !word.is_empty() && !matches!(*word, "do" | "optional" | "true" | "groups"))
                .collect();
            (!words.is_empty()).then(|| words.iter().all(|word| is_development(word)))
        };
        if let Some(rest) = line.strip_prefix("gem").filter(|rest| rest.starts_with([' ', '(', '"', '\''])) {
            let texts = quoted(whole);
            let Some(name) = texts.first() else { continue };
            let behind = &whole[name.0 + name.1.len()..];
            let options = behind.find("group").map(|at| &behind[at + "group".len()..]);
            let grouped = options.and_then(|options| {
                let comma =
                    || options.char_indices().skip(1).find(|(_, sign)| *sign == ',').map(|(at, _)| at);
                let end = options.find(']').or_else(comma);
                groups(&options[..end.unwrap_or(options.len())])
            });
            let development = grouped.unwrap_or_else(|| open.iter().any(|development| *development));
            let scope = if development { Scope::Development } else { Scope::Runtime };
            let version = texts.get(1).map_or("", |(_, text)| *text);
            let is_version = version.starts_with(|c: char| c.is_ascii_digit() || "<>=~!".contains(c));
            asks.push(ask(start, *name, if is_version { version } else { "" }, scope));
            if rest.trim_end().ends_with(" do") {
                open.push(false);
            }
        } else if line == "end" {
            open.pop();
        } else if line.ends_with(" do") || line.contains(" do |") {
            let grouped = line.strip_prefix("group").and_then(groups);
            open.push(grouped.unwrap_or(false));
        } else if ["if ", "unless ", "case ", "begin", "def "].iter().any(|word| line.starts_with(word)) {
            open.push(false);
        }
    }
    asks
}

/// Keys below `dependencies:` except the SDK.
pub(super) fn pubspec(text: &str) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    let mut scope = None;
    let mut depth = None;
    for (start, line) in lines(text) {
        let body = line.trim_start();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let indent = line.len() - body.len();
        if indent == 0 {
            scope = match body.trim_end() {
                "dependencies:" => Some(Scope::Runtime),
                "dev_dependencies:" => Some(Scope::Development),
                _ => None,
            };
            depth = None;
            continue;
        }
        let Some(scope) = scope else { continue };
        if indent == *depth.get_or_insert(indent) {
            let Some((name, requirement)) = body.split_once(':') else { continue };
            asks.push(ask(start, (indent, name), requirement.trim().trim_matches(['"', '\'']), scope));
        } else if body.starts_with("sdk:") {
            asks.pop();
        }
    }
    asks.retain(|ask| ask.name != "flutter" && !ask.requirement.contains("sdk:"));
    asks
}

/// `{:tin, "~> 1.0", only: :test}`
pub(super) fn mix(text: &str) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (start, line) in lines(text) {
        let indent = line.len() - line.trim_start().len();
        let Some(rest) = line[indent..].strip_prefix("{:") else { continue };
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        if name.is_empty() || !behind.trim_start().starts_with(',') {
            continue;
        }
        let only = behind.find("only:").map(|at| &behind[at + "only:".len()..]);
        let words = only.map(|only| only.split(']').next().unwrap_or(only));
        let development = words.is_some_and(|words| {
            let mut words = words.split([':', ' ', ',', '[', '}']).filter(|word| !word.is_empty());
            words.next().is_some_and(is_development) && !only.is_some_and(|only| only.contains(":prod"))
        });
        let scope = if development { Scope::Development } else { Scope::Runtime };
        let requirement = quoted(behind).first().map_or("", |(_, text)| *text);
        let requirement = if requirement.contains([':', '/']) { "" } else { requirement };
        asks.push(ask(start, (indent + 2, name), requirement, scope));
    }
    asks
}

/// `<PackageReference Include="Tin" Version="1.0" />`
pub(super) fn msbuild(text: &str) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (at, mark) in text.match_indices("<PackageReference ") {
        let element = &text[at + mark.len()..];
        let element = &element[..element.find('>').unwrap_or(element.len())];
        let attribute = |name: &str| {
            let from = element.find(&format!("{name}=\""))? + name.len() + 2;
            let length = element[from..].find('"')?;
            Some((from, &element[from..from + length]))
        };
        let Some(name) = attribute("Include") else { continue };
        let requirement = attribute("Version").map_or("", |(_, version)| version);
        asks.push(ask(at + mark.len(), name, requirement, Scope::Unsaid));
    }
    asks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, asks: &[Ask]) -> Vec<String> {
        let of = |ask: &Ask| {
            assert_eq!(&text[ask.at.range()], ask.name);
            format!("{} {} {:?}", ask.name, ask.requirement, ask.scope)
        };
        asks.iter().map(of).collect()
    }

    #[test]
    fn gems_and_their_groups() {
        let text = "source 'https://rubygems.org'\ngem 'tin', '~> 1.0', require: false\n# gem 'old'\ngroup :development, :test do\n  gem \"zinc\"\n  platforms :ruby do\n    gem 'lead', '>= 1', '< 3'\n  end\nend\ngem 'iron', group: :test\ngem 'gold', groups: [:default, :test], git: 'https://example.org/gold'\ngroup :production do\n  gem('silver')\nend\ngemspec\n";
        assert_eq!(
            shown(text, &gemfile(text)),
            [
                "tin ~> 1.0 Runtime",
                "zinc  Development",
                "lead >= 1 Development",
                "iron  Development",
                "gold  Runtime",
                "silver  Runtime"
            ]
        );
    }

    #[test]
    fn groups_of_gems_may_be_anything() {
        for rest in ["", "s", "é, x", ",", " ]"] {
            let text = format!("gem 'tin', group{rest}");
            assert_eq!(gemfile(&text).len(), 1, "{rest}");
        }
    }

    #[test]
    fn dart_elixir_and_msbuild() {
        let dart = "name: app\ndependencies:\n  flutter:\n    sdk: flutter\n  tin: ^1.0\n  zinc:\n    git: x\ndev_dependencies:\n  lead: any\n  local:\n    sdk: flutter\n";
        assert_eq!(
            shown(dart, &pubspec(dart)),
            ["tin ^1.0 Runtime", "zinc  Runtime", "lead any Development"]
        );
        let elixir = "defp deps do\n [\n  {:tin, \"~> 1.0\"},\n  {:zinc, \">= 0.0.0\", only: [:dev, :test], runtime: false},\n  {:lead, git: \"https://example.org/lead\"},\n  {:iron, \"1.0\", only: :prod}\n ]\n";
        assert_eq!(
            shown(elixir, &mix(elixir)),
            ["tin ~> 1.0 Runtime", "zinc >= 0.0.0 Development", "lead  Runtime", "iron 1.0 Runtime"]
        );
        let net = "<ItemGroup>\n<PackageReference Include=\"Tin\" Version=\"1.0.0\" />\n<PackageReference Version=\"2\" Include=\"Zinc\">\n";
        assert_eq!(shown(net, &msbuild(net)), ["Tin 1.0.0 Unsaid", "Zinc 2 Unsaid"]);
    }
}
