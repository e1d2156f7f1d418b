//! `install-script`: a script that runs when a package is installed.

use crate::engine::repository::Repository;
use crate::engine::repository::settings::Configuration;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::agent::Kind;
use crate::parse::remote::{self, Act, What};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "install-script",
        title: "script that runs when a package is installed",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "remove the script, or run it only on request; if it is not yours, treat every credential on the machines that installed it as stolen",
        docs: r#"
## What it does
Reports scripts that run when a package is installed: `preinstall`, `install`, `postinstall`, `prepare` and
`prepublish` of `package.json`, `post-install-cmd` and the like of `composer.json`, and commands that a `binding.gyp`
runs while it is parsed (`<!(…)`). Scripts that they start by name (`npm run setup`) are followed. It is

- `high` if it runs what it fetches or decodes, saves what it fetches, starts a hidden file or one disguised as data,
  sends secrets away, or starts a bundled runtime, as worms of 2025 and 2026 did;
- `low` otherwise, one finding for all, for `preinstall`, `install` and `postinstall`; well-known helpers (husky, patch-package,
  only-allow, node-gyp, Prisma and others) are not reported.

## Why is this bad
`npm install` runs it on every machine, without a prompt and before any code of the package is reviewed. Nearly all
package worms have spread this way.

## Example
```json
{"scripts": {"preinstall": "node setup_bun.js"}}
```

## Use instead
```json
{"scripts": {"setup": "node tools/setup.js"}}
```

## References
- <https://docs.npmjs.com/cli/using-npm/scripts>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

/// Scripts that npm and similar tools run when a package is installed, and whether each is reported by itself.
const SCRIPTS: [(&str, bool); 7] = [
    ("preinstall", true),
    ("install", true),
    ("postinstall", true),
    ("prepare", false),
    ("preprepare", false),
    ("postprepare", false),
    ("prepublish", false),
];
/// Those of Composer.
const COMPOSER: [&str; 8] = [
    "pre-install-cmd",
    "post-install-cmd",
    "pre-update-cmd",
    "post-update-cmd",
    "pre-autoload-dump",
    "post-autoload-dump",
    "post-root-package-install",
    "post-create-project-cmd",
];
/// Harmless uses of these scripts.
const HELPERS: [&str; 38] = [
    "husky",
    "only-allow",
    "prisma",
    "patch-package",
    "lefthook",
    "simple-git-hooks",
    "node-gyp",
    "node-gyp-build",
    "prebuild-install",
    "node-pre-gyp",
    "electron-builder",
    "electron-rebuild",
    "ngcc",
    "nuxt",
    "nuxi",
    "playwright",
    "is-ci",
    "pinst",
    "skip-postinstall",
    "allow-scripts",
    "wireit",
    "svelte-kit",
    "fumadocs-mdx",
    "wxt",
    "opencollective",
    "opencollective-postinstall",
    "turbo",
    "tsc",
    "lerna",
    "nx",
    "bob",
    "link-workspace",
    "preconstruct",
    "manypkg",
    "panda",
    "astro",
    "rimraf",
    "cmake-js",
];
/// Bundles that worms make packages start.
const BUNDLES: [&str; 6] =
    ["setup_bun.js", "bun_environment.js", "bun_installer.js", "router_init.js", "bundle.js", "setup.mjs"];
/// How deep scripts that start others are followed.
const DEPTH_MAX: usize = 4;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.settings.files {
        match file.kind {
            Kind::Package => package(file, reports),
            Kind::Build => build(file, reports),
            _ => {}
        }
    }
}

fn package(file: &Configuration, reports: &mut Reports<'_>) {
    let Some(scripts) = file.document.root().get("scripts") else { return };
    if file.path.file_name() == b"composer.json" {
        for name in COMPOSER {
            let values = scripts.get(name).into_iter().flat_map(|value| value.items().chain([value]));
            for value in values {
                let act = value.text().and_then(remote::act);
                if let Some(act) = act {
                    let message = format!("`{name}` {}", act.phrase());
                    reports.span(&file.path, value.span(), message).severity(Severity::High);
                }
            }
        }
        return;
    }
    for (name, is_told) in SCRIPTS {
        let Some((value, text)) = scripts.get(name).and_then(|value| Some((value, value.text()?))) else {
            continue;
        };
        if let Some(how) = act(scripts, text, 0).map(|act| act.phrase()).or_else(|| bundle(scripts, text, 0))
        {
            let message = format!("`{name}` {how}");
            reports.span(&file.path, value.span(), message).severity(Severity::High);
        } else if is_told && !is_helper(text) {
            let message = format!("`{name}` runs on every machine that installs the package");
            let reported = reports.span(&file.path, value.span(), message);
            reported.note(format!("`{name}`"));
            reported.practice(name, "scripts run when a package is installed");
        }
    }
}

/// What a script does, or one that it starts by name.
fn act(scripts: Value<'_>, text: &str, depth: usize) -> Option<Act> {
    let own = remote::act(text);
    let others = started(text).filter_map(|name| scripts.get(name)?.text()).filter(|_| depth < DEPTH_MAX);
    let others = others.filter_map(|text| act(scripts, text, depth + 1));
    // Editor settings contain nothing that is installed.
    own.into_iter()
        .chain(others)
        .filter(|act| act.is_grave() || act.what == What::RunsSettings)
        .max_by_key(|act| act.what)
}

/// The names of scripts that a script starts.
fn started(text: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> =
        text.split([' ', '&', ';', '|']).filter(|word| !word.is_empty()).take(200).collect();
    let names: Vec<&str> = words
        .windows(3)
        .filter(|three| {
            matches!(three[0], "npm" | "pnpm" | "yarn" | "bun") && matches!(three[1], "run" | "run-script")
        })
        .map(|three| three[2])
        .chain(words.windows(2).filter(|two| matches!(two[0], "yarn" | "pnpm")).map(|two| two[1]))
        .take(20)
        .collect();
    names.into_iter()
}

/// How a script starts a bundle the way worms do.
fn bundle(scripts: Value<'_>, text: &str, depth: usize) -> Option<String> {
    let words = || text.split_whitespace().map(|word| word.trim_matches(['"', '\'', ';']));
    let is_runtime = words().any(|word| matches!(word, "node" | "bun" | "deno"));
    let named = words().find(|word| BUNDLES.contains(&word.rsplit(['/', '\\']).next().unwrap_or(word)));
    if let Some(name) = named.filter(|_| is_runtime) {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        return Some(format!("starts `{name}`, a bundle used by worms"));
    }
    let mut others = started(text).filter(|_| depth < DEPTH_MAX).filter_map(|name| scripts.get(name)?.text());
    others.find_map(|text| bundle(scripts, text, depth + 1))
}

fn is_helper(text: &str) -> bool {
    let mut commands = text.split(['&', '|', ';']).map(str::trim).filter(|command| !command.is_empty());
    commands.all(|command| {
        let mut words = command.split_whitespace().filter(|word| {
            !word.starts_with('-')
                && !matches!(
                    *word,
                    "npx" | "pnpm" | "yarn" | "bunx" | "exec" | "dlx" | "cross-env" | "run" | "npm"
                )
                && !word.contains('=')
        });
        let first = words.next().unwrap_or("");
        let base = first.rsplit('/').next().unwrap_or(first).split('@').next().unwrap_or("");
        HELPERS.contains(&base)
            || HELPERS.iter().any(|helper| first.contains(&format!("node_modules/{helper}/")))
            || matches!(base, "echo" | "true" | "exit" | "")
    })
}

/// Checks commands that run while a build file is parsed: `<!(…)`, `<!@(…)`.
fn build(file: &Configuration, reports: &mut Reports<'_>) {
    let text = String::from_utf8_lossy(&file.bytes);
    if text.len() != file.bytes.len() {
        return;
    }
    for (at, _) in text.match_indices("<!").take(200) {
        let open = text[at + 2..].starts_with('@') as usize + at + 2;
        let open = open + if text[open..].starts_with("pymod_do_main") { 13 } else { 0 };
        if !text[open..].starts_with('(') {
            continue;
        }
        let Some(end) = closing(&text[open..]) else { continue };
        let inner = &text[open + 1..open + end];
        // Within a string of the file quotes are escaped.
        let command = inner.replace("\\\"", "\"").replace("\\'", "'");
        if let Some(act) = remote::act(&command).filter(Act::is_grave) {
            let message = format!("a command that runs while this file is parsed {}", act.phrase());
            reports.span(&file.path, Span::new(at, open + end + 1), message).severity(Severity::High);
        }
    }
}

/// Where the bracket at the start of `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.bytes().take(8192).position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}
