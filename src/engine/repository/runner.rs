//! What runs code of the working tree: build tools, scripts and local actions.

use super::Site;
use crate::model::Span;
use crate::parse::script::{Program, programs};
use crate::parse::workflow::{Step, Text, is_local};

/// Programs that run what the working tree says.
const TOOLS: [&str; 66] = [
    "npm",
    "npx",
    "pnpm",
    "yarn",
    "bun",
    "bunx",
    "node",
    "deno",
    "tsc",
    "lerna",
    "nx",
    "turbo",
    "make",
    "gmake",
    "cmake",
    "ninja",
    "meson",
    "bazel",
    "bazelisk",
    "buck2",
    "cargo",
    "cross",
    "go",
    "gradle",
    "gradlew",
    "mvn",
    "mvnw",
    "sbt",
    "ant",
    "lein",
    "python",
    "python3",
    "pip",
    "pip3",
    "pipx",
    "uv",
    "uvx",
    "poetry",
    "pdm",
    "hatch",
    "tox",
    "nox",
    "pytest",
    "pre-commit",
    "ruby",
    "bundle",
    "rake",
    "gem",
    "php",
    "composer",
    "dotnet",
    "msbuild",
    "swift",
    "xcodebuild",
    "fastlane",
    "flutter",
    "dart",
    "mix",
    "rebar3",
    "stack",
    "cabal",
    "nix",
    "docker",
    "docker-compose",
    "skaffold",
    "earthly",
];
/// Further ones, of which shells count only with a script of the tree.
const MORE: [&str; 10] = [
    "just",
    "task",
    "terraform",
    "tofu",
    "ansible-playbook",
    "jekyll",
    "hugo",
    "mkdocs",
    "sphinx-build",
    "eslint",
];
/// Actions that do.
const BUILDERS: [&str; 12] = [
    "docker/build-push-action",
    "docker/bake-action",
    "gradle/gradle-build-action",
    "pre-commit/action",
    "bazel-contrib/setup-bazel",
    "actions/jekyll-build-pages",
    "goreleaser/goreleaser-action",
    "cypress-io/github-action",
    "golangci/golangci-lint-action",
    "actions-rs/cargo",
    "borales/actions-yarn",
    "bahmutov/npm-install",
];

/// Where a program is named in the script `run`, to the end of its line.
pub(super) fn place(site: Site<'_>, run: &Text, program: Program<'_>) -> Span {
    let line = run.text[program.at..].split('\n').next().unwrap_or("").trim_end();
    site.locate(run, program.at..program.at + line.len())
}

/// What runs the working tree behind the step at `site`, in the same script or job: its name and place.
#[must_use]
pub fn runner(site: Site<'_>) -> Option<(String, Span)> {
    let step = site.step?;
    let into = step.input("path").map(|path| path.text.trim().trim_start_matches("./").trim_end_matches('/'));
    let into = into.filter(|path| !path.is_empty() && *path != ".");
    let own = step.run.as_ref().map(|_| step);
    own.into_iter().chain(site.steps_behind()).find_map(|step| {
        let is_there = into.is_none_or(|into| {
            let texts = [&step.working_directory, &step.run, &step.uses];
            let inputs = step.with.iter().map(|entry| &entry.value);
            texts.into_iter().flatten().chain(inputs).any(|text| text.text.contains(into))
        });
        if is_there { runs(site, step) } else { None }
    })
}

/// What in `step` runs the working tree.
fn runs(site: Site<'_>, step: &Step) -> Option<(String, Span)> {
    if let Some(uses) = &step.uses {
        let is_it = is_local(uses.text.trim()) || step.uses_any(&BUILDERS);
        let name = uses.text.trim().split('@').next().unwrap_or("").to_owned();
        return is_it.then_some((name, uses.span));
    }
    let run = step.run.as_ref()?;
    let found = programs(&run.text).find(|program| is_runner(*program))?;
    let name = match found.base() {
        "bash" | "sh" | "source" | "." => {
            found.words().find(|word| !word.starts_with('-')).unwrap_or(found.name)
        }
        _ => found.name,
    };
    Some((name.to_owned(), place(site, run, found)))
}

/// True if the program runs what the working tree says.
#[must_use]
pub fn is_runner(program: Program<'_>) -> bool {
    let base = program.base();
    let first = program.words().find(|word| !word.starts_with('-')).unwrap_or("");
    let asks = ["--version", "-v", "-V", "--help", "version", "login", "logout"];
    if program.words().next().is_some_and(|word| asks.contains(&word)) {
        return false;
    }
    let is_script = |word: &str| {
        !word.starts_with(['/', '~', '$', '<'])
            && !word.contains("://")
            && (word.starts_with("./")
                || [".sh", ".py", ".js", ".mjs", ".rb", ".pl", ".ps1"].iter().any(|end| word.ends_with(end)))
    };
    match base {
        "bash" | "sh" | "zsh" | "pwsh" | "source" | "." | "perl" => is_script(first),
        // These run what they are given, which may be no file of the tree.
        "python" | "python3" | "node" | "ruby" | "php" | "deno" => {
            is_script(first) || first == "setup.py" || program.words().any(|w| w == "-m")
        }
        // These install packages by name, or from files of the tree.
        "pip" | "pip3" => program.words().any(|word| {
            matches!(word, "-r" | "-e" | "." | "--requirement" | "--editable")
                || word.starts_with("./")
                || word.starts_with(".[")
        }),
        "gem" | "pipx" | "uvx" => false,
        "npm" | "pnpm" | "yarn" | "bun" => {
            !program.words().any(|word| matches!(word, "-g" | "--global" | "global" | "config" | "view"))
        }
        "docker" => program.words().any(|word| matches!(word, "build" | "buildx" | "compose" | "bake")),
        "go" => {
            !matches!(first, "env" | "install" | "version")
                || first == "install" && !program.rest.contains('@')
        }
        "cargo" => first != "install" || program.rest.contains("--path"),
        _ => TOOLS.contains(&base) || MORE.contains(&base) || is_script(program.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_the_tree_is_known() {
        let first = |script: &str| {
            programs(script).find(|program| is_runner(*program)).map(|one| one.name.to_owned())
        };
        for script in [
            "npm ci",
            "sudo make -j4",
            "./build",
            "bash ci/x.sh",
            "pip install -r a.txt",
            "A=1 go test ./...",
            "cd x && cargo test",
        ] {
            assert!(first(script).is_some(), "{script}");
        }
        for script in [
            "npm install -g x",
            "git log",
            "pip install x",
            "node --version",
            "docker login x",
            "bash -c 'x'",
            "echo npm ci",
            "cargo install x",
        ] {
            assert_eq!(first(script), None, "{script}");
        }
    }
}
