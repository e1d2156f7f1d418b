//! `release-from-cache`: a job that publishes a build made with a cache that other runs can write.

use crate::engine::repository::{Repository, Site, condition};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::command;
use crate::parse::workflow::{Event, Step, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "release-from-cache",
        title: "release built with a cache",
        severity: Severity::Medium,
        confidence: Confidence::Low,
        family: Family::Workflow,
        remedy: "build releases without a cache: disable it with the input in the message, or remove the step from the job",
        docs: r"
## What it does
Reports steps that restore a GitHub Actions cache in jobs whose result is published: `medium` where the job itself
publishes (a release, a package, an image, a deployment), `low` where its workflow runs for a tag, a release or a
release branch. Actions that restore a cache by default are known by a built-in list, with the versions that do.

## Why is this bad
Runs on the default branch write caches that runs on tags restore. Code in such a run, such as a test of a dependency or
a job that builds a pull request with the rights of the repository, can poison the cache that the release is built with.
This was the second step of the attacks on Ultralytics (2024) and Cline (2026).

## Example
```yaml
on: {push: {tags: ['v*']}}
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: Swatinem/rust-cache@v2
      - run: cargo publish
```

## Use instead
```yaml
on: {push: {tags: ['v*']}}
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - run: cargo publish
```

## Known problems
Whether another run can write the cache is not checked. A commit without a version comment is treated as the newest
release.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache>
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

/// When an action restores a cache.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Always.
    Always,
    /// If this input has a value that is not `false`.
    Said(&'static str),
    /// Unless this input is `false`.
    UnlessFalse(&'static str),
    /// Unless this input is true, in any of these spellings.
    UnlessTrue(&'static str, &'static [&'static str]),
    /// From this major version up to the other, unless this input is `false`; in other versions if it is true.
    Between(u32, u32, &'static str),
    /// Unless the second input is `false`, if the first has a value.
    With(&'static str, &'static str),
}

const TRUE: &[&str] = &["true"];

/// Actions that restore a cache; any of its lines applies.
const CACHES: [(&str, When); 31] = [
    ("actions/cache", When::UnlessTrue("lookup-only", TRUE)),
    ("actions/setup-dotnet", When::Said("cache")),
    ("actions/setup-go", When::Between(4, u32::MAX, "cache")),
    ("actions/setup-java", When::Said("cache")),
    ("actions/setup-node", When::Said("cache")),
    ("actions/setup-node", When::Between(5, u32::MAX, "package-manager-cache")),
    ("actions/setup-python", When::Said("cache")),
    ("actions-rust-lang/setup-rust-toolchain", When::UnlessFalse("cache")),
    ("astral-sh/setup-uv", When::Between(5, 10, "enable-cache")),
    ("awalsh128/cache-apt-pkgs-action", When::Always),
    ("bazel-contrib/setup-bazel", When::Said("disk-cache")),
    ("buildjet/cache", When::Always),
    ("determinatesystems/magic-nix-cache-action", When::UnlessFalse("use-gha-cache")),
    ("docker/setup-buildx-action", When::With("version", "cache-binary")),
    ("erlef/setup-beam", When::Said("cache")),
    ("golangci/golangci-lint-action", When::UnlessTrue("skip-cache", TRUE)),
    ("gradle/actions/setup-gradle", When::UnlessTrue("cache-disabled", TRUE)),
    ("gradle/gradle-build-action", When::UnlessTrue("cache-disabled", TRUE)),
    ("graalvm/setup-graalvm", When::Said("cache")),
    ("jdx/mise-action", When::UnlessFalse("cache")),
    ("mlugg/setup-zig", When::UnlessFalse("use-cache")),
    ("mozilla-actions/sccache-action", When::Always),
    ("nix-community/cache-nix-action", When::Always),
    ("oven-sh/setup-bun", When::UnlessTrue("no-cache", TRUE)),
    ("pyo3/maturin-action", When::Said("sccache")),
    ("ramsey/composer-install", When::UnlessTrue("ignore-cache", &["yes", "true", "1"])),
    ("ruby/setup-ruby", When::Said("bundler-cache")),
    ("runs-on/cache", When::Always),
    ("subosito/flutter-action", When::Said("cache")),
    ("swatinem/rust-cache", When::UnlessTrue("lookup-only", TRUE)),
    ("useblacksmith/cache", When::Always),
];

/// Actions that publish.
const PUBLISHERS: [&str; 30] = [
    "actions/deploy-pages",
    "aws-actions/amazon-ecs-deploy-task-definition",
    "aws-actions/aws-cloudformation-github-deploy",
    "azure/aci-deploy",
    "azure/container-apps-deploy-action",
    "azure/functions-action",
    "azure/sql-action",
    "azure/webapps-deploy",
    "changesets/action",
    "cloudflare/pages-action",
    "cloudflare/wrangler-action",
    "cycjimmy/semantic-release-action",
    "google-github-actions/deploy-appengine",
    "google-github-actions/deploy-cloud-functions",
    "google-github-actions/deploy-cloudrun",
    "googleapis/release-please-action",
    "goreleaser/goreleaser-action",
    "jamesives/github-pages-deploy-action",
    "jreleaser/release-action",
    "js-devtools/npm-publish",
    "ncipollo/release-action",
    "peaceiris/actions-gh-pages",
    "pypa/gh-action-pypi-publish",
    "redhat-actions/push-to-registry",
    "release-drafter/release-drafter",
    "release-plz/action",
    "rubygems/release-gem",
    "softprops/action-gh-release",
    "svenstaro/upload-release-action",
    "taiki-e/upload-rust-binary-action",
];

/// Programs that publish, and the subcommand that does.
const PROGRAMS: [(&str, &[&str]); 13] = [
    ("cargo", &["publish"]),
    ("docker", &["push", "--push"]),
    ("gem", &["push"]),
    ("gh", &["release"]),
    ("goreleaser", &["release"]),
    ("helm", &["push"]),
    ("npm", &["publish"]),
    ("pnpm", &["publish"]),
    ("poetry", &["publish"]),
    ("semantic-release", &[]),
    ("twine", &["upload"]),
    ("uv", &["publish"]),
    ("yarn", &["publish"]),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.jobs() {
        let on = &site.file.workflow.on;
        let for_release = on.iter().any(is_for_release);
        let for_tags = for_release && on.iter().all(|event| !has_release_branch(event));
        let mut publisher = None;
        for step in &site.job.steps {
            let at = Site { step: Some(step), ..site };
            let Some((span, why, is_sure)) = restores(at, step, for_tags) else { continue };
            let publisher = publisher.get_or_insert_with(|| publisher_of(site));
            let (severity, end) = match &publisher {
                Some(what) => (Severity::Medium, format!("the job publishes with {what}")),
                None if for_release => (Severity::Low, "its workflow runs for releases".to_owned()),
                None => continue,
            };
            let name = step.uses.as_ref().map_or("", |uses| uses.text.trim());
            let verb = if is_sure { "restores" } else { "may restore" };
            reports.at(at, span, format!("`{name}` {verb} a cache{why}, and {end}")).severity(severity);
        }
    }
}

/// True if such an event results in a release.
fn is_for_release(event: &Event) -> bool {
    is_of_tag(event) || event.name.text == "push" && has_release_branch(event)
}

fn has_release_branch(event: &Event) -> bool {
    event.branches.iter().any(|branch| branch.text.to_ascii_lowercase().contains("release"))
}

/// True if a tag starts the event and is what it releases; runs on branches release nothing.
fn is_of_tag(event: &Event) -> bool {
    match event.name.text.as_str() {
        "push" => event.filters.iter().any(|filter| filter == "tags"),
        name => name == "release",
    }
}

/// How the job at `site` publishes.
fn publisher_of(site: Site<'_>) -> Option<String> {
    site.job.steps.iter().find_map(|step| {
        let uses = step.uses.as_ref().map(|uses| format!("`{}`", uses.text.trim()));
        if step.uses_any(&PUBLISHERS) {
            return uses;
        }
        if step.uses_any(&["docker/build-push-action", "docker/bake-action"]) {
            return uses.filter(|_| step.input("push").is_some_and(|said| said.text.trim() != "false"));
        }
        let run = step.run.as_ref()?.text.as_bytes();
        PROGRAMS.iter().find_map(|(program, wanted)| {
            let mut places =
                command::programs(run, program.as_bytes()).filter(|at| command::begins(run, *at));
            let is_it = |at: usize| {
                let command = command::read(run, at);
                let has = |word: &str| command.words.iter().skip(1).any(|it| it.text == word.as_bytes());
                !has("--dry-run") && (wanted.is_empty() || wanted.iter().any(|word| has(word)))
            };
            let shown = wanted.first().map_or((*program).to_owned(), |word| format!("{program} {word}"));
            places.any(is_it).then(|| format!("`{shown}`"))
        })
    })
}

/// What in `step` restores a cache: where, why, and whether that is certain; `for_tags` if only tags release.
fn restores(site: Site<'_>, step: &Step, for_tags: bool) -> Option<(Span, String, bool)> {
    let uses = step.uses.as_ref()?;
    let whens = CACHES.iter().filter(|(action, _)| step.uses_any(&[action])).map(|(_, when)| *when);
    // `actions/cache/save` only writes.
    let is_save = step.action().is_some_and(|action| action.path.eq_ignore_ascii_case("save"));
    if is_save {
        return None;
    }
    if step.computed_with.is_some() {
        return whens.take(1).next().map(|_| (uses.span, String::new(), false));
    }
    let mut found = None;
    for when in whens {
        let one = by(site, step, when, for_tags);
        // Explicit inputs of the step override the defaults of its action.
        match one {
            Some((_, _, true)) => return one,
            Some(_) => found = found.or(one),
            None => {}
        }
    }
    found
}

fn by(site: Site<'_>, step: &Step, when: When, for_tags: bool) -> Option<(Span, String, bool)> {
    let uses = step.uses.as_ref()?;
    let key = |input: &str| step.with.iter().find(|entry| entry.name.eq_ignore_ascii_case(input));
    // The literal value, or the value of an expression for tags.
    let said =
        |value: &Text| match condition::for_tags(value).filter(|_| for_tags && value.text.contains("${{")) {
            Some(true) => "true".to_owned(),
            Some(false) => "false".to_owned(),
            None => value.text.trim().to_owned(),
        };
    let default = |input: &str| Some((uses.span, format!(" unless `{input}` says otherwise"), true));
    let unless_false = |input: &str| match key(input) {
        None => default(input),
        Some(entry) => match said(&entry.value).as_str() {
            "false" => None,
            text => Some((entry.key, format!(" by `{input}`"), !text.contains("${{"))),
        },
    };
    match when {
        When::Always => Some((uses.span, String::new(), true)),
        When::Said(input) => {
            let entry = key(input)?;
            let text = said(&entry.value);
            (!text.is_empty() && text != "false")
                .then(|| (entry.key, format!(" by `{input}`"), !text.contains("${{")))
        }
        When::UnlessFalse(input) => unless_false(input),
        When::UnlessTrue(input, values) => match key(input) {
            None => default(input),
            Some(entry) => {
                let text = said(&entry.value);
                if values.contains(&text.as_str()) {
                    return None;
                }
                let is_sure = !text.contains("${{");
                Some((
                    if is_sure { uses.span } else { entry.key },
                    format!(" unless `{input}` is true"),
                    is_sure,
                ))
            }
        },
        When::Between(first, end, input) => {
            let release = site.release_of(uses).map(|release| release[0]);
            if release.is_none_or(|release| (first..end).contains(&release)) {
                return unless_false(input);
            }
            let entry = key(input)?;
            let text = said(&entry.value);
            let is_open = text.contains("${{");
            (text == "true" || is_open).then(|| (entry.key, format!(" by `{input}`"), !is_open))
        }
        When::With(first, input) => key(first).and_then(|_| unless_false(input)),
    }
}
