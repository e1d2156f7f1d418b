//! How a server is started: the package or image its launcher fetches, and whether it is pinned.

use super::settings::Piece;
use crate::model::Span;
use crate::parse::image::Image;

/// What a launcher fetches without a version that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    /// The launcher: `npx`.
    pub launcher: &'static str,
    /// The package or image, without login.
    pub package: String,
    /// Its name without a version.
    pub name: String,
    /// Where it is named.
    pub span: Span,
    /// True if the launcher takes one that is installed first, and nothing says that it may fetch another.
    pub asks: bool,
}

/// Launchers of packages of npm, with the words that they want behind them.
const NPM: [(&str, &[&str], &str); 10] = [
    ("npx", &[], "npx"),
    ("pnpx", &[], "pnpx"),
    ("bunx", &[], "bunx"),
    ("npm", &["exec"], "npm exec"),
    ("npm", &["x"], "npm exec"),
    ("pnpm", &["dlx"], "pnpm dlx"),
    ("yarn", &["dlx"], "yarn dlx"),
    ("bun", &["x"], "bun x"),
    ("pnpm", &["-s", "dlx"], "pnpm dlx"),
    ("vlx", &[], "vlx"),
];
/// Launchers of packages of Python.
const PYTHON: [(&str, &[&str], &str); 5] = [
    ("uvx", &[], "uvx"),
    ("uv", &["tool", "run"], "uv tool run"),
    ("uv", &["x"], "uvx"),
    ("pipx", &["run"], "pipx run"),
    ("rye", &["tools", "run"], "rye tools run"),
];
/// Options of these that take a value.
const VALUED: [&str; 24] = [
    "--registry",
    "--cache",
    "--userconfig",
    "--prefix",
    "--loglevel",
    "--python",
    "-p",
    "--with",
    "--index-url",
    "--index",
    "--extra-index-url",
    "--default-index",
    "--directory",
    "--project",
    "--env-file",
    "--with-requirements",
    "--pip-args",
    "--cwd",
    "-C",
    "--dir",
    "--filter",
    "--node-options",
    "-w",
    "--workspace",
];
/// Options of `docker run` that take none.
const SINGLE: [&str; 18] = [
    "-i",
    "-t",
    "-it",
    "-ti",
    "-d",
    "-di",
    "-dit",
    "--rm",
    "--init",
    "--privileged",
    "--interactive",
    "--tty",
    "--detach",
    "--read-only",
    "-P",
    "--publish-all",
    "--no-healthcheck",
    "--quiet",
];

/// What `command` fetches, if no version of it is fixed.
#[must_use]
pub fn unpinned(command: &[Piece]) -> Option<Unpinned> {
    let words = launched(command);
    let (first, rest) = words.split_first()?;
    let program = base(&first.text);
    let behind = |wanted: &[&str]| {
        let is_it =
            wanted.len() <= rest.len() && wanted.iter().zip(rest).all(|(wanted, word)| word.text == *wanted);
        is_it.then(|| &rest[wanted.len().min(rest.len())..])
    };
    for (name, wanted, launcher) in NPM {
        if let Some(rest) = behind(wanted).filter(|_| name == program) {
            return npm(launcher, rest);
        }
    }
    for (name, wanted, launcher) in PYTHON {
        if let Some(rest) = behind(wanted).filter(|_| name == program) {
            return python(launcher, rest);
        }
    }
    match program.as_str() {
        "docker" | "podman" | "nerdctl" => image(&program, rest),
        "deno" => deno(rest),
        "go" => go(rest),
        "dnx" => dotnet(rest),
        "dotnet" if rest.first().is_some_and(|word| word.text == "dnx") => dotnet(&rest[1..]),
        _ => None,
    }
}

/// The command without what starts it: shells, `env`, and tools that set up what it runs in.
fn launched(command: &[Piece]) -> Vec<Piece> {
    let mut words: Vec<Piece> = command.to_vec();
    for _ in 0..6 {
        let Some(first) = words.first() else { return words };
        // A whole command line in one text.
        if words.len() == 1 && first.text.contains(' ') {
            words = split(first);
            continue;
        }
        let program = base(&first.text);
        let at = match program.as_str() {
            "sh" | "bash" | "zsh" | "dash" | "ash" => {
                let Some(code) = words.iter().position(|w| {
                    w.text.starts_with('-') && !w.text.starts_with("--") && w.text.ends_with('c')
                }) else {
                    return words;
                };
                let Some(code) = words.get(code + 1) else { return words };
                words = split(code);
                continue;
            }
            "cmd" => words.iter().position(|word| word.text.eq_ignore_ascii_case("/c")).map(|at| at + 1),
            "powershell" | "pwsh" => {
                words.iter().skip(1).position(|word| !word.text.starts_with('-')).map(|at| at + 1)
            }
            "env" | "exec" | "nohup" | "command" | "sudo" | "time" => {
                let is_own = |word: &Piece| word.text.starts_with('-') || word.text.contains('=');
                words.iter().skip(1).position(|word| !is_own(word)).map(|at| at + 1)
            }
            "mise" | "op" | "doppler" | "infisical" | "dotenv" | "dotenvx" | "direnv" | "asdf" | "nix"
            | "nix-shell" | "fnm" | "volta" | "chamber" | "teller" | "varlock" => {
                words.iter().position(|word| word.text == "--").map(|at| at + 1)
            }
            "cross-env" => words.iter().skip(1).position(|word| !word.text.contains('=')).map(|at| at + 1),
            _ => return words,
        };
        match at {
            Some(at) if at < words.len() => drop(words.drain(..at)),
            _ => return words,
        }
    }
    words
}

fn split(piece: &Piece) -> Vec<Piece> {
    // Of several commands the last one is the server.
    let text = piece.text.rsplit(['&', ';']).next().unwrap_or(&piece.text);
    let words = text.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    words
        .filter(|word| *word != "exec")
        .map(|word| Piece { text: word.to_owned(), span: piece.span })
        .collect()
}

fn base(text: &str) -> String {
    let base = text.rsplit(['/', '\\']).next().unwrap_or(text).to_ascii_lowercase();
    let bare = [".exe", ".cmd", ".bat", ".ps1"].iter().find_map(|end| base.strip_suffix(end));
    bare.map_or_else(|| base.clone(), str::to_owned)
}

/// The first word that is neither an option nor an option's value.
fn operand(words: &[Piece]) -> Option<&Piece> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if VALUED.contains(&word.text.as_str()) {
            words.next();
        } else if word.text == "--" {
            return words.next();
        } else if !word.text.starts_with('-') {
            return Some(word);
        }
    }
    None
}

/// The value of the first of these options that is there.
fn option(words: &[Piece], names: &[&str]) -> Option<Piece> {
    words.iter().enumerate().find_map(|(at, word)| {
        if names.contains(&word.text.as_str()) {
            return words.get(at + 1).cloned();
        }
        let (name, value) = word.text.split_once('=')?;
        names.contains(&name).then(|| Piece { text: value.to_owned(), span: word.span })
    })
}

fn npm(launcher: &'static str, words: &[Piece]) -> Option<Unpinned> {
    let named = option(words, &["-p", "--package"]);
    let package = named.or_else(|| operand(words).cloned())?;
    let says_yes = words.iter().any(|word| matches!(word.text.as_str(), "-y" | "--yes"));
    let asks = !says_yes && matches!(launcher, "npx" | "npm exec");
    let text = package.text.trim();
    let (name, version) = match text.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => (&text[..=at], Some(&text[at + 2..])),
        None => (text, None),
    };
    if is_elsewhere(text) {
        return None;
    }
    let is_fixed = match version {
        _ if is_source(text) => has_commit(text),
        Some(version) => is_exact(
            version.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@')).map_or(version, |(_, v)| v),
        ),
        None => false,
    };
    (!is_fixed).then(|| Unpinned {
        launcher,
        package: shown(text),
        name: name.to_owned(),
        span: package.span,
        asks,
    })
}

fn python(launcher: &'static str, words: &[Piece]) -> Option<Unpinned> {
    let from = option(words, &["--from", "--spec"]);
    let package = from.or_else(|| operand(words).cloned())?;
    let text = package.text.trim();
    if is_elsewhere(text) {
        return None;
    }
    let is_fixed = match () {
        () if is_source(text) => has_commit(text),
        () => text
            .split_once("==")
            .or_else(|| text.split_once('@'))
            .is_some_and(|(_, version)| is_exact(version.trim_start_matches('='))),
    };
    let name = text.split(['@', '=', '>', '<', '[', '~', ' ']).next().unwrap_or(text).to_owned();
    (!is_fixed).then(|| Unpinned { launcher, package: shown(text), name, span: package.span, asks: false })
}

fn image(program: &str, words: &[Piece]) -> Option<Unpinned> {
    let launcher = match program {
        "podman" => "podman",
        "nerdctl" => "nerdctl",
        _ => "docker",
    };
    let at = words.iter().position(|word| word.text == "run")?;
    let mut words = words[at + 1..].iter();
    let image = loop {
        let word = words.next()?;
        let text = word.text.as_str();
        if !text.starts_with('-') {
            break word;
        }
        // `-e NAME`, `--name x`; `--name=x` has it in itself.
        let is_glued = text.starts_with("--") && text.contains('=')
            || !text.starts_with("--") && text.len() > 2 && !SINGLE.contains(&text);
        if !SINGLE.contains(&text) && !is_glued {
            words.next();
        }
    };
    let named = Image::parse(&image.text).filter(Image::is_plain)?;
    (!named.is_exact()).then(|| Unpinned {
        launcher,
        package: shown(named.text),
        name: named.repository().to_owned(),
        span: image.span,
        asks: false,
    })
}

fn deno(words: &[Piece]) -> Option<Unpinned> {
    let at = words.iter().position(|word| word.text == "run" || word.text == "x")?;
    let module = words[at + 1..].iter().find(|word| !word.text.starts_with('-'))?;
    let text = module.text.trim();
    let rest = text.strip_prefix("npm:").or_else(|| text.strip_prefix("jsr:"));
    let is_fixed = match rest {
        Some(rest) => rest
            .get(1..)
            .and_then(|rest| rest.split_once('@'))
            .is_some_and(|(_, version)| is_exact(version.split('/').next().unwrap_or(""))),
        None if text.contains("://") => text
            .split('@')
            .skip(1)
            .any(|part| is_exact(part.split('/').next().unwrap_or("").trim_start_matches('v'))),
        None => true,
    };
    (!is_fixed).then(|| Unpinned {
        launcher: "deno run",
        package: shown(text),
        name: text.to_owned(),
        span: module.span,
        asks: false,
    })
}

fn go(words: &[Piece]) -> Option<Unpinned> {
    let (_, rest) = words.split_first().filter(|(first, _)| first.text == "run")?;
    let module = rest.iter().find(|word| !word.text.starts_with('-'))?;
    let (name, version) = module.text.split_once('@')?;
    let is_fixed = version.strip_prefix('v').is_some_and(is_exact) || has_commit(&module.text);
    (!is_fixed).then(|| Unpinned {
        launcher: "go run",
        package: shown(&module.text),
        name: name.to_owned(),
        span: module.span,
        asks: false,
    })
}

fn dotnet(words: &[Piece]) -> Option<Unpinned> {
    let package = operand(words)?;
    let version = option(words, &["--version"]).map(|piece| piece.text);
    let version = version.or_else(|| package.text.split_once('@').map(|(_, version)| version.to_owned()));
    let name = package.text.split('@').next().unwrap_or("").to_owned();
    let is_fixed = version.is_some_and(|version| is_exact(&version));
    (!is_fixed && !is_elsewhere(&package.text)).then(|| Unpinned {
        launcher: "dnx",
        package: shown(&package.text),
        name,
        span: package.span,
        asks: false,
    })
}

/// True for a path, or what a variable says.
fn is_elsewhere(text: &str) -> bool {
    text.is_empty()
        || text.starts_with(['.', '/', '~', '$', '<', '%', '{'])
        || text.contains("${")
        || text.starts_with("file:")
        || text.get(1..3) == Some(":\\")
}

/// True for what is fetched from a repository or an address.
fn is_source(text: &str) -> bool {
    text.contains("://")
        || ["github:", "gitlab:", "bitbucket:", "git+", "gist:"].iter().any(|start| text.starts_with(start))
        || !text.starts_with('@') && text.contains('/')
}

/// True if a commit is named.
fn has_commit(text: &str) -> bool {
    text.rsplit(['@', '#', '/', '='])
        .any(|part| part.len() == 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// True for one version: `1.2.3`, `2025.4.1`, `1.2.3-rc.1`, `=1.2.3`.
fn is_exact(version: &str) -> bool {
    let version = version.trim_start_matches(['=', 'v']);
    let core = version.split(['-', '+', ' ']).next().unwrap_or("");
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() >= 2
        && parts.iter().take(2).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && (parts.len() >= 3 && parts[2].starts_with(|c: char| c.is_ascii_digit())
            || parts.len() == 2 && parts[0].len() >= 4)
}

/// A name as a message shows it: without a login, and not too long.
fn shown(text: &str) -> String {
    let bare = match (text.find("://"), text.find('@')) {
        (Some(scheme), Some(sign)) if !text[scheme + 3..sign.max(scheme + 3)].contains('/') => {
            format!("{}://{}", &text[..scheme], &text[sign + 1..])
        }
        _ => text.to_owned(),
    };
    let bare = bare.split('?').next().unwrap_or("");
    crate::model::text::escaped(&bare[..bare.floor_char_boundary(80)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(line: &str) -> Option<String> {
        let words: Vec<Piece> = line
            .split(' ')
            .map(|text| Piece { text: text.replace('~', " "), span: Span::new(0, 0) })
            .collect();
        unpinned(&words).map(|found| format!("{}: {}", found.launcher, found.package))
    }

    #[test]
    fn what_has_no_version_is_found() {
        for (line, wanted) in [
            ("npx -y @a/b", "npx: @a/b"),
            ("npx -y @a/b@latest --x y@1.2.3", "npx: @a/b@latest"),
            ("npx a@^1.2.3", "npx: a@^1.2.3"),
            ("npx a@2", "npx: a@2"),
            ("npx --package=@a/b b", "npx: @a/b"),
            ("npx -y --package @a/b@next b", "npx: @a/b@next"),
            ("cmd /c npx -y a", "npx: a"),
            ("C:\\x\\npx.cmd -y a", "npx: a"),
            ("bash -lc npx~-y~a", "npx: a"),
            ("npx~-y~a", "npx: a"),
            ("env A=b npx a", "npx: a"),
            ("op run -- npx a", "npx: a"),
            ("npx github:o/r", "npx: github:o/r"),
            ("npx -y git+https://u:p@example.net/x.git", "npx: git+https://example.net/x.git"),
            ("bunx a", "bunx: a"),
            ("pnpm dlx a", "pnpm dlx: a"),
            ("yarn dlx a", "yarn dlx: a"),
            ("npm exec -y -- a", "npm exec: a"),
            ("uvx a", "uvx: a"),
            ("uvx --python 3.12 a@latest", "uvx: a@latest"),
            ("uvx --from git+https://example.net/x@v1 b", "uvx: git+https://example.net/x@v1"),
            ("uv tool run a>=1", "uv tool run: a>=1"),
            ("pipx run a", "pipx run: a"),
            ("docker run -i --rm -e TOKEN a/b", "docker: a/b"),
            ("docker run -i --rm --name=x -v a:b ghcr.io/a/b:latest c:1.2", "docker: ghcr.io/a/b:latest"),
            ("podman run a:main", "podman: a:main"),
            ("deno run -A npm:a", "deno run: npm:a"),
            ("deno run -A https://example.net/x.ts", "deno run: https://example.net/x.ts"),
            ("go run example.net/x@latest", "go run: example.net/x@latest"),
            ("dnx A.B --yes", "dnx: A.B"),
        ] {
            assert_eq!(package(line).as_deref(), Some(wanted), "{line}");
        }
    }

    #[test]
    fn what_has_one_is_not() {
        for line in [
            "npx -y @a/b@1.2.3",
            "npx -y a@1.2.3-rc.1",
            "npx -y a@npm:b@1.2.3",
            "npx -p a@1.2.3 b",
            "npx ./x",
            "npx github:o/r#0d951c95602f417c2d017e07fc10d0f9061bfd71",
            "uvx a==1.2.3",
            "uvx a@1.2.3",
            "uvx --from a==2025.4.1 b",
            "uvx --from git+https://example.net/x@0d951c95602f417c2d017e07fc10d0f9061bfd71 b",
            "uv run a",
            "docker run -i --rm a/b:1.2.3",
            "docker run -i a/b@sha256:0d951c95602f417c2d017e07fc10d0f9061bfd710d951c95602f417c2d017e07",
            "docker compose up",
            "deno run -A npm:a@1.2.3",
            "deno run x.ts",
            "go run ./x",
            "node x.js",
            "npx",
            "python -m a",
            "npx ${input:package}",
        ] {
            assert_eq!(package(line), None, "{line}");
        }
    }
}
