//! What a user sees: reports, the page, the action, the hooks, and this repository by its own scanner; with the eyes
//! of other tools where there are some.

use anyhow::{Context as _, ensure};
use xshell::cmd;

use super::{Ci, Outcome};

const MULTITOOL: &str = "@microsoft/sarif-multitool-linux";
const MULTITOOL_VERSION: &str = "5.7.0";
const ZIZMOR: &str = "zizmor==1.32.0";
const PLAYWRIGHT_VERSION: &str = "1.64.1";
const PRE_COMMIT: &str = "pre-commit==4.7.0";

/// bartizan on bartizan: clean, or with its reasons in bartizan.toml; and what SECURITY.md says of this repository.
pub(super) fn self_scan(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let mut skip: &[&str] = &[];
    if cmd!(ci.shell, "cargo run --locked -q -- db update").run().is_err() {
        eprintln!(
            "the advisory database cannot be fetched from here: dependencies are left to the step advisories"
        );
        skip = &["--skip-checks", "dependency"];
    }
    cmd!(ci.shell, "cargo run --locked -q -- scan --fail-on low {skip...} .").run()?;
    cmd!(ci.shell, "cargo run --locked -q -- policy .").run()?;
    Ok(Outcome::Passed)
}

impl Ci<'_> {
    /// The folder of the validator, which comes with the schema.
    fn multitool(&self) -> anyhow::Result<std::path::PathBuf> {
        ensure!(
            cfg!(all(target_os = "linux", target_arch = "x86_64")),
            "the validator is for Linux on x86-64"
        );
        let folder = self.npm(MULTITOOL, MULTITOOL_VERSION)?;
        let program = folder.join("Sarif.Multitool");
        cmd!(self.shell, "chmod u+x {program}").quiet().run()?;
        Ok(folder)
    }
}

/// The reports of the render tests against the schema of the standard.
pub(super) fn sarif_schema(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let folder = match ci.multitool() {
        Ok(folder) => folder,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    cmd!(ci.shell, "cargo test --locked --test it sarif_keeps_to_the_standard")
        .env("BARTIZAN_SARIF_SCHEMA", folder.join("sarif-2.1.0.json"))
        .run()?;
    Ok(Outcome::Passed)
}

/// A real report, and the ones of the tests, by the rules that GitHub has beyond the schema. The validator exits with 0
/// whatever it finds: its words count.
pub(super) fn sarif_validate(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let folder = match ci.multitool() {
        Ok(folder) => folder,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    let out = ci.fresh("sarif")?;
    // Without our settings there is something to report: the made-up repositories of the fixtures.
    let report = cmd!(
        ci.shell,
        "cargo run --locked -q -- scan --no-config --quiet --fail-on none --format sarif
         --advisory-db tests/advisory-db --osv-db tests/osv-db fixtures"
    )
    .read()?;
    ensure!(report.contains("\"ruleId\""), "the report on the fixtures holds no result");
    ci.shell.write_file(out.join("fixtures.sarif"), report)?;
    let clean = cmd!(
        ci.shell,
        "cargo run --locked -q -- scan --quiet --fail-on none --format sarif --skip-checks dependency ."
    );
    ci.shell.write_file(out.join("clean.sarif"), clean.read()?)?;
    for file in ci.shell.read_dir("tests/it/render/snapshots")? {
        if file.extension().is_some_and(|extension| extension == "sarif") {
            let name = file.file_name().context("a snapshot without a name")?.to_string_lossy().into_owned();
            ci.shell.copy_file(&file, out.join(format!("snapshot-{name}")))?;
        }
    }
    let program = folder.join("Sarif.Multitool");
    let mut bad = false;
    for file in ci.shell.read_dir(&out)? {
        let output = cmd!(ci.shell, "{program} validate {file} --rule-kind Sarif;Ghas --level Error;Warning")
            .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
            .ignore_status()
            .output()?;
        let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let faults: Vec<&str> = log.lines().filter(|line| is_fault(line)).collect();
        let is_whole = ["analysis completed", "done."].iter().any(|end| log.to_lowercase().contains(end));
        match (faults.as_slice(), is_whole) {
            ([], true) => eprintln!("{}: valid", file.display()),
            ([], false) => {
                eprintln!("{log}\n{}: the validator did not run to its end", file.display());
                bad = true;
            }
            (faults, _) => {
                eprintln!("{}\n{}: not valid", faults.join("\n"), file.display());
                bad = true;
            }
        }
    }
    ensure!(!bad, "not all reports are valid");
    Ok(Outcome::Passed)
}

/// True for a line that reports a broken rule: `error SARIF1002` or `warning GH1001`.
fn is_fault(line: &str) -> bool {
    ["error ", "warning "].iter().any(|level| {
        line.match_indices(level).any(|(at, level)| {
            let code: String =
                line[at + level.len()..].chars().take_while(char::is_ascii_alphanumeric).collect();
            let letters = code.trim_end_matches(|c: char| c.is_ascii_digit());
            !letters.is_empty()
                && letters.len() < code.len()
                && letters.bytes().all(|byte| byte.is_ascii_uppercase())
        })
    })
}

/// The action and the workflows, by others' eyes.
pub(super) fn workflows(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let mut missing = Vec::new();
    match ci.python("zizmor-venv", &[ZIZMOR]) {
        Ok(bin) => {
            let program = bin.join("zizmor");
            cmd!(
                ci.shell,
                "{program} --offline --no-progress --persona auditor action.yml .github/workflows src/cli/init/workflow.yml"
            )
            .run()?;
        }
        Err(why) => missing.push(format!("{why:#}")),
    }
    match ci.debian("shellcheck", "shellcheck") {
        Ok(()) => {
            let mut scripts = vec![".ci/run".into(), "fuzz/run".into()];
            for folder in ["action", "packaging", "packaging/batch"] {
                let all = ci.shell.read_dir(folder)?.into_iter();
                scripts
                    .extend(all.filter(|path| path.extension().is_some_and(|extension| extension == "sh")));
            }
            let scripts: Vec<std::path::PathBuf> = scripts;
            cmd!(ci.shell, "shellcheck --severity=warning {scripts...}").run()?;
        }
        Err(why) => missing.push(format!("{why:#}")),
    }
    Ok(if missing.is_empty() { Outcome::Passed } else { Outcome::Unavailable(missing.join("; ")) })
}

/// The page of the html format in a real browser.
pub(super) fn html(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let had = ci.debian("chromium", "chromium").and_then(|()| {
        ensure!(ci.has("node"), "no Node.js");
        ci.npm("playwright-core", PLAYWRIGHT_VERSION)
    });
    if let Err(why) = had {
        return Ok(Outcome::Unavailable(format!("{why:#}")));
    }
    let pages = ci.fresh("pages")?;
    cmd!(ci.shell, "cargo test --locked --test it html_pages").env("BARTIZAN_PAGES", &pages).run()?;
    cmd!(ci.shell, "node tests/browser/report.mjs {pages} {pages}")
        .env("CHROMIUM", ci.which("chromium").context("no Chromium")?)
        .env("NODE_PATH", ci.tools.join("node_modules"))
        .run()?;
    Ok(Outcome::Passed)
}

/// Our hooks as the real pre-commit runs them.
pub(super) fn pre_commit(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let bin = match ci.python("pre-commit-venv", &[PRE_COMMIT]) {
        Ok(bin) => bin,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    cmd!(ci.shell, "cargo test --locked --test it hook::pre_commit")
        .env("BARTIZAN_PRE_COMMIT", bin.join("pre-commit"))
        .run()?;
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::is_fault;

    #[test]
    fn faults_of_the_validator() {
        for line in ["a.sarif(1,2): error SARIF1002: no", "x: warning GH1001: y", "error JSON1: z"] {
            assert!(is_fault(line), "{line}");
        }
        for line in
            ["analysis completed", "0 errors", "error while opening", "no error SARIF", "Error SARIF1002"]
        {
            assert!(!is_fault(line), "{line}");
        }
    }
}
