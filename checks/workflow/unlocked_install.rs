//! `unlocked-install`: packages that a script installs without the lock file.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::command::{self, Command};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unlocked-install",
        title: "package installed without the lock file",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "add the package to the manifest and lock file, and install with `npm ci`, `yarn install --immutable`, `pnpm install --frozen-lockfile` or `bundle install`",
        docs: r"
## What it does
Reports script commands that install a package by name: `npm install`, `yarn add`, `pnpm add`, `bun add`,
`gem install`, `bundle add` and their short forms. Packages installed from a path of the repository are not reported.

## Why is this bad
No lock file pins the version or the content of the package and its dependencies. Each run installs the newest release
and runs its scripts, in a job that holds a token.

## Example
```yaml
- run: npm install -g semantic-release
```

## Use instead
```yaml
- run: npm ci && npx --no-install semantic-release
```

## Known problems
Commands of pip, cargo and go, and programs that `npx` downloads, are not covered. A pinned version (`npm install
x@1.2.3`) is reported too: its dependencies are still not pinned.

## References
- <https://docs.npmjs.com/cli/commands/npm-ci>
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

/// Programs, their subcommands that install packages by name, and their flags that take a value.
const INSTALLERS: [(&str, &[&str], &[&str]); 6] = [
    (
        "npm",
        &[
            "install", "i", "in", "ins", "inst", "insta", "instal", "isnt", "isnta", "isntal", "isntall",
            "add",
        ],
        &[
            "--prefix",
            "-C",
            "--registry",
            "--cache",
            "--loglevel",
            "--tag",
            "--workspace",
            "-w",
            "--omit",
            "--include",
        ],
    ),
    ("yarn", &["add"], &["--cwd", "--registry", "--cache-folder"]),
    ("pnpm", &["add"], &["-C", "--dir", "--filter", "-F", "--registry"]),
    ("bun", &["add"], &["--cwd", "--registry"]),
    (
        "gem",
        &["install", "i"],
        &["-v", "--version", "-i", "--install-dir", "-s", "--source", "-n", "--bindir", "-P"],
    ),
    ("bundle", &["add"], &["-v", "--version", "-g", "--group", "-s", "--source"]),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(run) = site.step.and_then(|step| step.run.as_ref()) else { continue };
        assess(site, run, reports);
    }
}

fn assess(site: Site<'_>, run: &Text, reports: &mut Reports<'_>) {
    let text = run.text.as_bytes();
    for (program, commands, valued) in INSTALLERS {
        for at in command::programs(text, program.as_bytes()).filter(|at| command::begins(text, *at)) {
            let command = command::read(text, at);
            if command.words.first().is_none_or(|name| name.text != program.as_bytes()) {
                continue;
            }
            if let Some(package) = package(&command, commands, valued) {
                let span = site.locate(run, at..command.end);
                let message = format!("`{program}` installs `{package}` without the lock file");
                reports.at(site, span, message);
            }
        }
    }
}

/// The first package that `command` installs by name.
fn package(command: &Command, commands: &[&str], valued: &[&str]) -> Option<String> {
    let mut words = command.words.iter().skip(1).map(|word| String::from_utf8_lossy(&word.text).into_owned());
    let mut is_install = false;
    while let Some(word) = words.next() {
        if valued.contains(&word.as_str()) {
            words.next();
        } else if word.starts_with('-') {
            // A flag.
        } else if !is_install {
            // `yarn global add`, `yarn workspace name add`.
            is_install = commands.contains(&word.as_str());
            match word.as_str() {
                "workspace" => drop(words.next()),
                "global" => {}
                _ if !is_install => return None,
                _ => {}
            }
        } else if !is_path(&word) && !word.starts_with(['>', '<']) && !word.starts_with("2>") {
            return Some(word);
        }
    }
    None
}

/// True for files of the repository, or built before.
fn is_path(package: &str) -> bool {
    package.starts_with(['.', '/'])
        || package.starts_with("file:")
        || [".tgz", ".tar.gz", ".gem"].iter().any(|end| package.ends_with(end)) && !package.contains("://")
}
