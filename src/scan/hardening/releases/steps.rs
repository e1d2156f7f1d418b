//! Whether a workflow step publishes or signs.

use crate::parse::command::{self, Command};
use crate::parse::workflow::{Entry, Job, Step, Workflow};

/// Most occurrences of a program examined in one text.
const PLACES_MAX: usize = 1000;

/// What `step` publishes, and with what; none if it publishes nothing that could be signed, signs it itself, or depends
/// on an expression.
pub(super) fn published(workflow: &Workflow, job: &Job, step: &Step) -> Option<String> {
    if let Some(uses) = &step.uses {
        return by_action(step, &uses.text);
    }
    let run = step.run.as_ref()?.text.as_bytes();
    let env = [&workflow.env, &job.env, &step.env];
    // With trusted publishing npm attests the package itself.
    let is_trusted = (job.permissions.may_write("id-token")
        || job.permissions.absent && workflow.permissions.may_write("id-token"))
        && !has_entry(&env, &["NODE_AUTH_TOKEN", "NPM_TOKEN"]);
    let npm_attests = is_trusted || has_entry(&env, &["NPM_CONFIG_PROVENANCE", "npm_config_provenance"]);
    commands(run).find_map(|(program, command)| by_command(program, &command, npm_attests))
}

fn has_entry(env: &[&Vec<Entry>; 3], names: &[&str]) -> bool {
    env.iter().any(|entries| entries.iter().any(|entry| names.contains(&entry.name.as_str())))
}

/// The commands in `run` that may publish, in order.
fn commands(run: &[u8]) -> impl Iterator<Item = (&'static str, Command)> {
    const PROGRAMS: [&str; 9] =
        ["gh", "docker", "podman", "npm", "twine", "goreleaser", "helm", "oras", "crane"];
    let mut found: Vec<(usize, &'static str)> = PROGRAMS
        .into_iter()
        .flat_map(|program| {
            command::programs(run, program.as_bytes()).take(PLACES_MAX).map(move |at| (at, program))
        })
        .filter(|(at, _)| starts_command(run, *at))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(at, program)| (program, command::read(run, at)))
}

/// True if a command may start at `at`: only variables, wrapper commands and the end of another command precede it on
/// its line.
fn starts_command(run: &[u8], at: usize) -> bool {
    const RUNNERS: [&[u8]; 12] =
        [b"sudo", b"time", b"exec", b"env", b"then", b"do", b"else", b"if", b"!", b"retry", b"xargs", b"npx"];
    let floor = at.saturating_sub(512);
    let line = memchr::memrchr(b'\n', &run[floor..at]).map_or(floor, |newline| floor + newline + 1);
    let before = &run[line..at];
    let start = before.iter().rposition(|byte| b";|&({".contains(byte)).map_or(0, |end| end + 1);
    let mut words = before[start..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.all(|word| RUNNERS.contains(&word) || word.contains(&b'='))
}

fn by_command(program: &str, command: &Command, npm_attests: bool) -> Option<String> {
    let words: Vec<&str> =
        command.words.iter().skip(1).filter_map(|word| std::str::from_utf8(&word.text).ok()).collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let verbs: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let verb = verbs.get(..2).unwrap_or(&verbs);
    let what = match (program, verb) {
        ("gh", ["release", "upload"]) => "release assets",
        ("gh", ["release", "create"]) if operands(&words) > 3 => "release assets",
        ("docker" | "podman", ["push", image]) if !is_local(image) => "container images",
        ("docker", ["buildx", "build"]) if has(&["--push"]) => "container images",
        ("docker", ["manifest", "push"]) | ("crane" | "oras", ["push", ..]) => "container images",
        ("helm", ["push", ..]) => "charts",
        ("npm", ["publish", ..])
            if !npm_attests && !has(&["--provenance", "--provenance=true", "--dry-run"]) =>
        {
            "packages"
        }
        ("twine", ["upload", ..]) if !has(&["--attestations"]) => "packages",
        ("goreleaser", ["release", ..]) if !has(&["--snapshot", "--skip=publish", "--skip-publish"]) => {
            "release assets"
        }
        _ => return None,
    };
    let name = if verb.len() > 1 && program != "docker" && program != "gh" { &verb[..1] } else { verb };
    let shown = match (program, name) {
        ("docker" | "podman", ["push", _]) => format!("{program} push"),
        _ => format!("{program} {}", name.join(" ")),
    };
    Some(format!("{what} (`{shown}`)"))
}

/// The number of positional words of `gh release create`.
fn operands(words: &[&str]) -> usize {
    const WITH_VALUE: [&str; 13] = [
        "-t",
        "--title",
        "-n",
        "--notes",
        "-F",
        "--notes-file",
        "--target",
        "-R",
        "--repo",
        "--discussion-category",
        "--notes-start-tag",
        "--body",
        "--name",
    ];
    let mut count = 0;
    let mut value = false;
    for word in words {
        if std::mem::take(&mut value) {
            continue;
        }
        value = WITH_VALUE.contains(word);
        count += usize::from(!word.starts_with('-'));
    }
    count
}

/// True for images in a registry used only in tests.
fn is_local(image: &str) -> bool {
    ["localhost", "127.0.0.1", "registry.local", "kind-registry", "registry:"]
        .iter()
        .any(|host| image.starts_with(host))
}

/// What an action publishes.
fn by_action(step: &Step, uses: &str) -> Option<String> {
    let name = uses.split('@').next().unwrap_or(uses).to_ascii_lowercase();
    let with = |names: &[&str]| {
        step.with
            .iter()
            .find(|entry| names.contains(&entry.name.as_str()))
            .map(|entry| entry.value.text.as_str())
    };
    let filled = |names: &[&str]| with(names).is_some_and(|value| !value.trim().is_empty());
    let is_true = |name: &str| with(&[name]) == Some("true");
    let what = match name.as_str() {
        "softprops/action-gh-release" if filled(&["files"]) => "release assets",
        "ncipollo/release-action" if filled(&["artifacts", "artifact"]) => "release assets",
        "marvinpinto/action-automatic-releases" if filled(&["files"]) => "release assets",
        "actions/upload-release-asset"
        | "svenstaro/upload-release-action"
        | "alexellis/upload-assets"
        | "abutler/upload-release-assets"
        | "shogo82148/actions-upload-release-asset"
        | "taiki-e/upload-rust-binary-action" => "release assets",
        "goreleaser/goreleaser-action" => {
            let args = with(&["args"]).unwrap_or_default();
            let publishes = args.split_whitespace().any(|word| word == "release")
                && !["--snapshot", "--skip=publish", "--skip-publish"].iter().any(|flag| args.contains(flag));
            if !publishes || is_true("install-only") {
                return None;
            }
            "release assets"
        }
        "docker/build-push-action" => {
            let tags = with(&["tags"]).unwrap_or_default();
            let outputs = with(&["outputs"]).unwrap_or_default();
            if !is_true("push") && !outputs.contains("push=true") || is_local(tags) {
                return None;
            }
            "container images"
        }
        "docker/bake-action" if is_true("push") => "container images",
        // It attests by default, but not with a password.
        "pypa/gh-action-pypi-publish"
            if with(&["attestations"]) == Some("false") || filled(&["password"]) =>
        {
            "packages"
        }
        "js-devtools/npm-publish" if with(&["provenance"]) == Some("false") => "packages",
        _ => return None,
    };
    Some(format!("{what} ({})", name))
}

/// True if goreleaser makes the release and signs by its own configuration.
pub(super) fn is_goreleaser(published: &str) -> bool {
    published.contains("goreleaser")
}

/// True if a step, or the workflow that a job calls, signs or attests something.
pub(super) fn signs(workflow: &Workflow) -> bool {
    let by_name = |entries: &[Entry]| {
        entries.iter().any(|entry| {
            let name = entry.name.to_ascii_lowercase();
            let names = ["gpg", "signing", "sign_key", "sign-key", "minisign", "codesign", "content_trust"];
            entry.value.text != "false" && names.iter().any(|part| name.contains(part))
        })
    };
    workflow.uses().any(|uses| is_signer(&uses.text))
        || by_name(&workflow.env)
        || workflow.jobs.iter().any(|job| by_name(&job.env) || by_name(&job.with))
        || workflow.steps().any(|(_, step)| {
            by_name(&step.env)
                || by_name(&step.with)
                || step.run.as_ref().is_some_and(|run| runs_signer(run.text.as_bytes()))
        })
}

/// True for signing actions and workflows, by name.
fn is_signer(uses: &str) -> bool {
    let mut name = uses.split('@').next().unwrap_or(uses).to_ascii_lowercase();
    for other in ["design", "assign", "signal", "signoff", "sign-off", "signed-off"] {
        name = name.replace(other, "");
    }
    const PARTS: [&str; 8] = [
        "sign",
        "attest",
        "sigstore",
        "gpg",
        "provenance",
        "notarize",
        "slsa-github-generator",
        "docker/github-builder",
    ];
    !name.contains("verif") && PARTS.iter().any(|part| name.contains(part))
}

/// True if commands in `run` sign something: cosign, gpg and others, and scripts and targets named for signing.
pub(super) fn runs_signer(run: &[u8]) -> bool {
    run.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii_start();
        let first = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        !line.starts_with(b"#") && first != b"git" && line_signs(line)
    })
}

fn line_signs(line: &[u8]) -> bool {
    const TOOLS: [&[u8]; 14] = [
        b"sign",
        b"signing",
        b"attest",
        b"notarize",
        b"notarytool",
        b"codesign",
        b"signtool",
        b"minisign",
        b"rsign",
        b"signify",
        b"osslsigncode",
        b"jarsigner",
        b"debsign",
        b"rpmsign",
    ];
    const GPG: [&[u8]; 12] = [
        b"--detach-sign",
        b"--detach",
        b"--clearsign",
        b"--clear-sign",
        b"--sign",
        b"-b",
        b"-s",
        b"-ab",
        b"-ba",
        b"-sb",
        b"-abs",
        b"--import",
    ];
    let mut gpg = false;
    let words = line.split(|byte| !byte.is_ascii_alphanumeric() && !b"_-./:=".contains(byte));
    for word in words.filter(|word| !word.is_empty()) {
        let is_off = [&b"skip"[..], b"no-sign", b"verify"]
            .iter()
            .any(|part| memchr::memmem::find(word, part).is_some());
        let mut parts = word.split(|byte| b"_-./:=".contains(byte)).map(<[u8]>::to_ascii_lowercase);
        if !is_off && parts.any(|part| TOOLS.contains(&part.as_slice())) {
            return true;
        }
        if gpg && GPG.contains(&word) {
            return true;
        }
        gpg |= word == b"gpg" || word == b"gpg2";
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::workflow::github;

    /// What the only step publishes.
    fn one(step: &str) -> Option<String> {
        let text = format!("permissions: {{contents: write}}\njobs:\n  a:\n    steps:\n      - {step}\n");
        let workflow = github(text.as_bytes()).expect("it is well formed");
        let (job, step) = workflow.steps().next().expect("there is one");
        published(&workflow, job, step)
    }

    fn is_signed(step: &str) -> bool {
        let text = format!("jobs:\n  a:\n    steps:\n      - {step}\n");
        signs(&github(text.as_bytes()).expect("it is well formed"))
    }

    #[test]
    fn what_publishes() {
        for (step, what) in [
            ("{uses: softprops/action-gh-release@v2, with: {files: dist/*}}", "release assets"),
            ("{uses: ncipollo/release-action@v1, with: {artifacts: 'a,b'}}", "release assets"),
            ("uses: actions/upload-release-asset@v1", "release assets"),
            ("{uses: goreleaser/goreleaser-action@v6, with: {args: release --clean}}", "release assets"),
            ("{uses: docker/build-push-action@v6, with: {push: true}}", "container images"),
            (
                "{uses: docker/build-push-action@v6, with: {outputs: 'type=image,push=true'}}",
                "container images",
            ),
            ("{uses: pypa/gh-action-pypi-publish@release/v1, with: {attestations: false}}", "packages"),
            ("{uses: pypa/gh-action-pypi-publish@v1, with: {password: '${{ secrets.A }}'}}", "packages"),
            ("run: gh release upload \"$TAG\" dist/*", "release assets"),
            ("run: gh release create v1 --title x -n \"a b\" dist/tool.tar.gz", "release assets"),
            ("run: \"make && docker push ghcr.io/acme/tool:v1\"", "container images"),
            ("run: docker buildx build --platform a,b --push -t x .", "container images"),
            ("{run: npm publish --access public, env: {NODE_AUTH_TOKEN: x}}", "packages"),
            ("run: twine upload dist/*", "packages"),
            ("run: goreleaser release --clean", "release assets"),
            ("run: if true; then sudo podman push x; fi", "container images"),
        ] {
            assert!(one(step).is_some_and(|found| found.starts_with(what)), "{step}: {:?}", one(step));
        }
    }

    #[test]
    fn what_does_not() {
        for step in [
            "uses: softprops/action-gh-release@v2",
            "uses: actions/upload-artifact@v4",
            "{uses: docker/build-push-action@v6, with: {push: false}}",
            "{uses: docker/build-push-action@v6, with: {push: \"${{ github.event_name == 'push' }}\"}}",
            "{uses: docker/build-push-action@v6, with: {push: true, tags: 'localhost:5000/a'}}",
            "{uses: goreleaser/goreleaser-action@v6, with: {args: release --snapshot}}",
            "{uses: goreleaser/goreleaser-action@v6, with: {install-only: true, args: release}}",
            "uses: pypa/gh-action-pypi-publish@release/v1",
            "run: gh release create v1 --generate-notes --title x --notes-file a",
            "run: gh release view v1",
            "run: npm publish --provenance",
            "{run: npm publish, env: {NPM_CONFIG_PROVENANCE: true}}",
            "run: echo run docker push x",
            "run: docker push localhost:5000/a",
            "run: cargo publish",
            "run: goreleaser release --snapshot",
            "run: '# docker push x'",
        ] {
            assert_eq!(one(step), None, "{step}");
        }
    }

    #[test]
    fn what_signs() {
        for step in [
            "uses: sigstore/cosign-installer@v3",
            "uses: actions/attest-build-provenance@v2",
            "uses: actions/attest@v2",
            "uses: slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@v2",
            "uses: crazy-max/ghaction-import-gpg@v6",
            "run: cosign sign --yes $IMAGE",
            "run: cosign attest-blob --predicate x y",
            "run: gpg --batch --armor --detach-sign tool",
            "run: minisign -Sm tool",
            "run: make sign-release",
            "run: ./scripts/sign.sh",
            "{run: make, env: {GPG_PRIVATE_KEY: x}}",
            "{uses: tauri-apps/tauri-action@v0, env: {TAURI_SIGNING_PRIVATE_KEY: x}}",
        ] {
            assert!(is_signed(step), "{step}");
        }
    }

    #[test]
    fn what_signs_nothing() {
        for step in [
            "uses: actions/checkout@v4",
            "uses: acme/design-tokens@v1",
            "uses: acme/assign-author@v1",
            "uses: slsa-framework/slsa-verifier/actions/installer@v2",
            "run: git tag --sign v1",
            "run: git commit --signoff -m x",
            "run: gpg --verify a.asc",
            "run: goreleaser release --skip=sign",
            "run: cosign verify x",
            "run: '# cosign sign x'",
            "run: gh attestation verify x --owner acme",
            "{uses: docker/build-push-action@v6, with: {push: true, provenance: mode=max, sbom: true}}",
        ] {
            assert!(!is_signed(step), "{step}");
        }
    }
}
