//! Lock files that are read line by line: pnpm, Yarn, pip, Go and Bundler.

use super::Locked;
use crate::model::Span;

/// The lines of a text with where they start; what is no UTF-8 is passed over, line by line.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    bytes.split(|byte| *byte == b'\n').filter_map(move |line| {
        let at = start;
        start += line.len() + 1;
        let line = std::str::from_utf8(line).ok()?;
        Some((at, line.strip_suffix('\r').unwrap_or(line)))
    })
}

fn locked(name: &str, version: &str, start: usize, line: &str) -> Locked {
    let indent = line.len() - line.trim_start().len();
    let version = version.strip_prefix('v').unwrap_or(version);
    Locked {
        name: name.to_owned(),
        version: version.to_owned(),
        alias: None,
        at: Span::new(start + indent, start + line.trim_end().len().max(indent)),
    }
}

/// Keys of `packages:`: `/tin@1.0.0:`, `tin@1.0.0(peer@2):`, `/@s/tin/1.0.0_peer:`.
pub(super) fn pnpm(bytes: &[u8]) -> Vec<Locked> {
    let mut inside = false;
    let mut all = Vec::new();
    for (start, line) in lines(bytes) {
        if !line.starts_with(' ') && !line.is_empty() {
            inside = line.trim_end() == "packages:";
            continue;
        }
        let key = line.strip_prefix("  ").filter(|key| inside && !key.starts_with(' '));
        let Some((key, _)) = key.and_then(|key| key.rsplit_once(':')) else { continue };
        let key = key.trim_matches(['\'', '"']);
        let key = key.split('(').next().unwrap_or(key);
        let key = key.strip_prefix('/').unwrap_or(key);
        let at = key.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
        let parts = match at {
            Some(at) => Some((&key[..at], &key[at + 1..])),
            None => key
                .rsplit_once('/')
                .map(|(name, version)| (name, version.split('_').next().unwrap_or(version))),
        };
        if let Some((name, version)) = parts.filter(|(_, version)| starts_with_digit(version)) {
            all.push(locked(name, version, start, line));
        }
    }
    all
}

/// `tin@^1.0, tin@~1.2:` and, below, `version "1.2.3"`; since Yarn 2 `"tin@npm:^1.0":` and `version: 1.2.3`.
pub(super) fn yarn(bytes: &[u8]) -> Vec<Locked> {
    let mut open: Option<(String, Option<String>, usize, &str)> = None;
    let mut all = Vec::new();
    for (start, line) in lines(bytes) {
        if !line.starts_with([' ', '#']) && line.ends_with(':') {
            let first = line.trim_end_matches(':').split(',').next().unwrap_or_default();
            let first = first.trim().trim_matches('"');
            let at = first.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
            let range = at.and_then(|at| first.get(at + 1..)).unwrap_or_default();
            // `npm:zinc@1.0` is a package under another name; `workspace:` is no package.
            let alias = range
                .strip_prefix("npm:")
                .filter(|alias| alias.get(1..).is_some_and(|rest| rest.contains('@')));
            let installed = at.map(|at| &first[..at]);
            let name = match alias {
                Some(alias) => alias.rsplit_once('@').map(|(name, _)| name),
                None => installed,
            };
            let alias = installed.filter(|installed| Some(*installed) != name).map(str::to_owned);
            let published = !range.starts_with("workspace:") && !range.starts_with("file:");
            open = name.filter(|_| published).map(|name| (name.to_owned(), alias, start, line));
        } else if let Some(version) = line.strip_prefix("  version").filter(|_| open.is_some()) {
            let version = version.trim_start_matches(':').trim().trim_matches('"');
            if let Some((name, alias, start, line)) = open.take().filter(|_| starts_with_digit(version)) {
                all.push(Locked { alias, ..locked(&name, version, start, line) });
            }
        }
    }
    all
}

/// Pinned lines: `tin[extra]==1.0 ; marker --hash=…`.
pub(super) fn requirements(bytes: &[u8]) -> Vec<Locked> {
    let mut all = Vec::new();
    for (start, line) in lines(bytes) {
        let text = line.split(" #").next().unwrap_or(line);
        let Some((name, rest)) = text.split_once("==") else { continue };
        let name = name.split('[').next().unwrap_or(name).trim();
        let rest = rest.trim_start_matches('=').trim_start();
        let version = rest.split([' ', ';', ',', '\t', '\\']).next().unwrap_or_default();
        let named = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if named && starts_with_digit(version) && !version.contains('*') {
            all.push(locked(name, version, start, line));
        }
    }
    all
}

/// `require module v1.0.0`, alone or in brackets.
pub(super) fn go_mod(bytes: &[u8]) -> Vec<Locked> {
    let mut inside = false;
    let mut all = Vec::new();
    for (start, line) in lines(bytes) {
        let text = line.split("//").next().unwrap_or_default().trim();
        let required = match text {
            "require (" => {
                inside = true;
                continue;
            }
            ")" => {
                inside = false;
                continue;
            }
            text if inside => text,
            text => text.strip_prefix("require ").unwrap_or_default(),
        };
        let mut parts = required.split_whitespace();
        if let (Some(name), Some(version)) = (parts.next(), parts.next())
            && version.strip_prefix('v').is_some_and(starts_with_digit)
        {
            all.push(locked(name, version, start, line));
        }
    }
    all
}

/// `module v1.0.0 h1:…`; lines of `go.mod` files alone do not say that the code is used.
pub(super) fn go_sum(bytes: &[u8]) -> Vec<Locked> {
    let mut all = Vec::new();
    for (start, line) in lines(bytes) {
        let mut parts = line.split_whitespace();
        if let (Some(name), Some(version), Some(_)) = (parts.next(), parts.next(), parts.next())
            && version.strip_prefix('v').is_some_and(starts_with_digit)
            && !version.ends_with("/go.mod")
        {
            all.push(locked(name, version, start, line));
        }
    }
    all
}

/// `    tin (1.0.0)` below `specs:` of `GEM`.
pub(super) fn gemfile(bytes: &[u8]) -> Vec<Locked> {
    let mut inside = false;
    let mut all = Vec::new();
    for (start, line) in lines(bytes) {
        if !line.starts_with(' ') && !line.is_empty() {
            inside = line.trim_end() == "GEM";
            continue;
        }
        let spec = line.strip_prefix("    ").filter(|spec| inside && !spec.starts_with(' '));
        if let Some((name, version)) =
            spec.and_then(|spec| spec.trim_end().strip_suffix(')')?.split_once(" ("))
        {
            // `1.0.0-x86_64-linux` is the same version for a platform.
            let version = version.split('-').next().unwrap_or(version);
            if starts_with_digit(version) {
                all.push(locked(name, version, start, line));
            }
        }
    }
    all
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::told;

    #[test]
    fn pnpm_in_all_its_forms() {
        let text = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      tin:\n        version: 1.0.0\n\npackages:\n\n  tin@1.0.0:\n    resolution: {integrity: x}\n\n  '@s/zinc@2.0.0(tin@1.0.0)':\n    resolution: {}\n\n  /lead/3.0.0_tin@1.0.0:\n    dev: true\n\n  /@s/iron/4.0.0:\n  local@file:x:\n\nsnapshots:\n\n  tin@1.0.0: {}\n";
        let found = told(Format::Pnpm, text);
        assert_eq!(found[..2], ["tin 1.0.0 12", "@s/zinc 2.0.0 15"]);
        assert!(found.contains(&"@s/iron 4.0.0 21".to_owned()), "{found:?}");
    }

    #[test]
    fn yarn_old_and_new() {
        let old = "# yarn lockfile v1\n\n\"@s/zinc@^2.0\":\n  version \"2.1.0\"\n\ntin@^1.0, tin@~1.2:\n  version \"1.2.3\"\n  dependencies:\n    version \"^9\"\n\nother@npm:lead@1.0:\n  version \"1.0.1\"\n";
        assert_eq!(told(Format::Yarn, old), ["@s/zinc 2.1.0 3", "tin 1.2.3 6", "lead 1.0.1 11"]);
        let new = "__metadata:\n  version: 8\n\n\"tin@npm:^1.0, tin@npm:~1.2\":\n  version: 1.2.3\n  resolution: \"tin@npm:1.2.3\"\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n";
        assert_eq!(told(Format::Yarn, new), ["tin 1.2.3 4"]);
    }

    #[test]
    fn pins_of_pip() {
        let text = "# comment\ntin==1.0\nZinc[extra] == 2.0 ; python_version < '3' # why\nlead>=1\niron==1.*\ngold===3.0 \\\n    --hash=sha256:00\n-r other.txt\n";
        assert_eq!(told(Format::Requirements, text), ["tin 1.0 2", "Zinc 2.0 3", "gold 3.0 6"]);
    }

    #[test]
    fn go_and_ruby() {
        let text = "module app\n\ngo 1.22\n\nrequire example.org/tin v1.0.0\nrequire (\n\texample.org/zinc v0.0.0-20200101000000-abcdef012345 // indirect\n)\nreplace example.org/tin => ./tin\n";
        assert_eq!(
            told(Format::GoMod, text),
            ["example.org/tin 1.0.0 5", "example.org/zinc 0.0.0-20200101000000-abcdef012345 7"]
        );
        let sum = "example.org/tin v1.0.0 h1:x=\nexample.org/tin v1.0.0/go.mod h1:x=\n";
        assert_eq!(told(Format::GoSum, sum), ["example.org/tin 1.0.0 1"]);
        let gems = "PATH\n  specs:\n    app (0.1.0)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    tin (1.0.0)\n      zinc (>= 2)\n    zinc (2.0.0-x86_64-linux)\n\nPLATFORMS\n  ruby\n";
        assert_eq!(told(Format::Gemfile, gems), ["tin 1.0.0 8", "zinc 2.0.0 10"]);
    }
}
