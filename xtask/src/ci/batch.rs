//! The recipes of a batch: as far as formats and rules go, and with a Slurm of this machine.

use anyhow::ensure;
use xshell::cmd;

use super::{Ci, Outcome};

/// What judges manifests of Kubernetes, and DuckDB; PyYAML comes along.
const TOOLS: &[&str] = &["kubernetes-validate==1.37.0", "duckdb==2.0.1"];
const KUBERNETES: &str = "1.33";
/// Repositories in the farm that Slurm scans.
const FARM: usize = 400;
/// What the first of them holds, for `git fast-import`.
const COMMIT: &str = "commit refs/heads/main\ncommitter a <a@example.org> 1700000000 +0000\ndata 4\nmore\nM 644 inline a\ndata 6\nhello\n\n";

/// The recipes are valid, and what is wrong on purpose is refused; the tables read what a batch writes; and a tenth of a
/// million is planned, torn, tried again, and merged twice to the same bytes.
pub(super) fn recipes(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let bin = match ci.python("kubernetes-venv", TOOLS) {
        Ok(bin) => bin,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    let (python, validate) = (bin.join("python"), bin.join("kubernetes-validate"));
    let (job, semantics) = ("packaging/batch/kubernetes.yaml", "packaging/batch/k8s-semantics.py");
    cmd!(ci.shell, "{validate} --strict -k {KUBERNETES} {job}").run()?;
    cmd!(ci.shell, "{python} {semantics} {job}").run()?;
    let (text, bad) = (ci.shell.read_file(job)?, ci.tools.join("bad-job.yaml"));
    ci.shell.write_file(&bad, text.replace("completions: 64", "completions: \"64\""))?;
    let wrong = cmd!(ci.shell, "{validate} --strict -k {KUBERNETES} {bad}").ignore_status().output()?;
    ensure!(!wrong.status.success(), "the validator took a Job that is wrong");
    ci.shell.write_file(&bad, text.replace("parallelism: 16", "parallelism: 65"))?;
    let wrong = cmd!(ci.shell, "{python} {semantics} {bad}").ignore_status().output()?;
    ensure!(!wrong.status.success(), "a Job with more workers than shards was taken for sound");
    cmd!(ci.shell, "{python} -m json.tool packaging/batch/aws-batch.json").ignore_stdout().run()?;
    let files = ci.shell.read_dir("packaging/batch")?;
    let with = |extension: &str| {
        files
            .iter()
            .filter(|file| file.extension().is_some_and(|it| it == extension))
            .cloned()
            .collect::<Vec<_>>()
    };
    let (recipes, scripts) = (with("yml"), with("py"));
    let load = "import sys, yaml; [yaml.safe_load(open(name)) for name in sys.argv[1:]]";
    cmd!(ci.shell, "{python} -c {load} {recipes...}").run()?;
    let compile = "import sys; [compile(open(name).read(), name, 'exec') for name in sys.argv[1:]]";
    cmd!(ci.shell, "{python} -c {compile} {scripts...}").run()?;

    let out = ci.tools.join("tables");
    ci.shell.remove_path(&out)?;
    cmd!(ci.shell, "cargo build --locked").run()?;
    let batch = cmd!(
        ci.shell,
        "target/debug/bartizan batch run --from . --out {out} --snapshot --no-config --offline"
    );
    // Findings are what the tables are tried with.
    ensure!(batch.ignore_status().output()?.status.code() == Some(1), "the batch found nothing, or failed");
    cmd!(ci.shell, "{python} packaging/batch/tables.py {out}").run()?;
    let million = ci.tools.join("million");
    cmd!(ci.shell, "{python} benches/batch/million.py target/debug/bartizan {million} 100000").run()?;
    ci.shell.remove_path(million)?;
    Ok(Outcome::Passed)
}

/// A Slurm of this machine runs eight shards, of which one is killed; the merge has to be that of a run without it.
pub(super) fn slurm(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let is_root = cmd!(ci.shell, "id -u").quiet().read().is_ok_and(|id| id == "0");
    if !cfg!(target_os = "linux") || !is_root {
        return Ok(Outcome::Unavailable("a Slurm of one machine is started by root, on Linux".to_owned()));
    }
    cmd!(ci.shell, "cargo build --locked").run()?;
    let (work, farm) = (ci.tools.join("slurm"), ci.tools.join("farm"));
    if !farm.join(format!("{}.git", FARM - 1)).is_dir() {
        let first = ci.fresh("farm")?.join("0.git");
        cmd!(ci.shell, "git init -q --bare -b main {first}").run()?;
        cmd!(ci.shell, "git -C {first} fast-import --quiet").stdin(COMMIT).run()?;
        for number in 1..FARM {
            let copy = farm.join(format!("{number}.git"));
            cmd!(ci.shell, "cp -r {first} {copy}").quiet().run()?;
        }
    }
    let program = ci.shell.current_dir().join("target/debug/bartizan");
    match cmd!(ci.shell, "packaging/batch/slurm-ci.sh {work} {farm} {program}").ignore_status().output()? {
        output if output.status.code() == Some(UNAVAILABLE) => {
            Ok(Outcome::Unavailable(last_line(&output.stderr)))
        }
        output => {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            ensure!(output.status.success(), "the merge is another one");
            Ok(Outcome::Passed)
        }
    }
}

/// What the script ends with if there is no Slurm, and it cannot be installed.
const UNAVAILABLE: i32 = 75;

fn last_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().last().unwrap_or("no Slurm").to_owned()
}
