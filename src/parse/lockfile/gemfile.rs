//! `Gemfile.lock`: sections at the margin, gems below `specs:`.

use std::collections::HashSet;

use super::reader::{Found, Reader, starts_with_digit};
use super::{Ecosystem, Origin};

/// A section that lists gems.
struct Source {
    origin: Origin,
    /// True for `GEM`, whose origin depends on its remotes.
    registry: bool,
    /// True after a `remote:`.
    remote: bool,
    /// True after `specs:`.
    specs: bool,
}

/// Bundler's sections.
const SECTIONS: [&str; 9] = [
    "GEM",
    "GIT",
    "PATH",
    "PLUGIN SOURCE",
    "PLATFORMS",
    "DEPENDENCIES",
    "CHECKSUMS",
    "RUBY VERSION",
    "BUNDLED WITH",
];

pub(super) fn read(reader: &mut Reader<'_>) {
    let mut source: Option<Source> = None;
    let mut inside = false;
    let mut owner = "";
    let mut listed = HashSet::from(["bundler"]);
    let mut needed: Vec<(&str, &str, usize)> = Vec::new();
    for line in reader.lines() {
        let text = line.text.trim_end();
        let body = text.trim_start();
        if body.is_empty() {
            continue;
        }
        let indent = text.len() - body.len();
        if indent == 0 {
            // Bundler skips unknown sections; a truncated name is an error.
            let section = body.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ');
            if !section || !line.ended && !SECTIONS.contains(&body) {
                reader.foreign(&line);
            }
            inside = true;
            source = of_section(body);
            continue;
        }
        let known = match &mut source {
            // Platforms, dependencies and tool versions: they list no gems.
            None => inside && text.starts_with("  "),
            Some(source) if indent == 2 => source.setting(body),
            Some(source) if indent == 4 => match spec(body) {
                Some((name, version)) => {
                    owner = name;
                    listed.insert(name);
                    let (origin, at) = (source.origin, line.span());
                    reader.add(&Found { name, version, alias: None, origin, at });
                    true
                }
                None => false,
            },
            Some(_) if indent == 6 => match dependency(body) {
                Some(name) => {
                    needed.push((owner, name, line.start));
                    true
                }
                None => false,
            },
            Some(_) => false,
        };
        if !known {
            reader.foreign(&line);
        }
    }
    if source.is_some_and(|source| !source.specs) {
        reader.mistake(reader.text.len(), "ends in the middle: the file may have been cut off");
    }
    // A truncated file may end after a gem; then a dependency is missing.
    if let Some((name, dependency, at)) = needed.iter().find(|(_, needed, _)| !listed.contains(needed)) {
        reader.unlisted(*at, name, dependency);
    }
}

fn of_section(name: &str) -> Option<Source> {
    let origin = match name {
        "GEM" => Origin::Public,
        "GIT" => Origin::Git,
        "PATH" => Origin::Path,
        "PLUGIN SOURCE" => Origin::Registry,
        _ => return None,
    };
    Some(Source { origin, registry: name == "GEM", remote: false, specs: false })
}

impl Source {
    /// `remote: https://…`, `specs:`; false if it is neither.
    fn setting(&mut self, body: &str) -> bool {
        let Some((key, value)) = body.split_once(':') else { return false };
        self.specs |= key == "specs";
        if key == "remote" && self.registry {
            let origin = Origin::of_registry(Ecosystem::RubyGems, value.trim());
            // If one of several remotes is public, it counts.
            let public = origin == Origin::Public || self.remote && self.origin == Origin::Public;
            self.origin = if public { Origin::Public } else { origin };
            self.remote = true;
        }
        key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !key.is_empty()
    }
}

/// `tin (1.0.0)`, `tin (1.0.0-x86_64-linux)`: the same version for a platform.
fn spec(body: &str) -> Option<(&str, &str)> {
    let (name, version) = body.strip_suffix(')')?.split_once(" (")?;
    let version = version.split('-').next().unwrap_or(version);
    (starts_with_digit(version) && is_name(name)).then_some((name, version))
}

/// `zinc`, `zinc (>= 2, < 3)`, `zinc!`
pub(super) fn dependency(body: &str) -> Option<&str> {
    let (name, requirement) = body.split_once(" (").map_or((body, None), |(name, rest)| (name, Some(rest)));
    let name = name.strip_suffix('!').unwrap_or(name);
    let whole = requirement.is_none_or(|rest| rest.trim_end_matches('!').ends_with(')'));
    (whole && is_name(name)).then_some(name)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    const GOOD: &str = "PATH\n  remote: .\n  specs:\n    app (0.1.0)\n      tin\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    tin (1.0.0)\n      bundler (>= 1)\n      zinc (>= 2, < 3)\n    zinc (2.0.0-x86_64-linux)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  app!\n  tin (~> 1)\n\nCHECKSUMS\n  tin (1.0.0) sha256=00\n\nBUNDLED WITH\n   2.5.0\n";

    #[test]
    fn gems_and_where_they_come_from() {
        assert_eq!(parsed(Format::Gemfile, GOOD), ["app 0.1.0 4 a path", "tin 1.0.0 10", "zinc 2.0.0 13"]);
        let more = "GIT\n  remote: https://example.org/a.git\n  revision: 0a\n  specs:\n    a (1.0.0)\n\nGEM\n  remote: https://gems.example.org/\n  specs:\n    b (1.0.0)\n\nGEM\n  remote: https://gems.example.org/\n  remote: https://rubygems.org/\n  specs:\n    c (1.0.0)\n";
        assert_eq!(
            parsed(Format::Gemfile, more),
            ["a 1.0.0 5 git", "b 1.0.0 10 another registry", "c 1.0.0 16"]
        );
    }

    #[test]
    fn lines_that_are_none_of_the_format() {
        let mistake = |text: &str| line_of_mistake(Format::Gemfile, text);
        assert_eq!(mistake("<!DOCTYPE html>\n<html>\n"), Some(1));
        assert_eq!(mistake("{\"a\": 1}\n"), Some(1));
        assert_eq!(mistake("  tin (1.0.0)\n"), Some(1));
        assert_eq!(mistake(&GOOD.replace("    zinc (2.0.0-x86_64-linux)", "    zinc 2.0.0")), Some(13));
        assert_eq!(mistake(&GOOD.replace("      bundler", "     bundler")), Some(11));
        // Truncated within a line, and after one.
        assert_eq!(mistake(&GOOD[..GOOD.find("0.0-x86").unwrap()]), Some(13));
        assert_eq!(mistake(&GOOD[..GOOD.find("    zinc (2").unwrap()]), Some(12));
    }
}
