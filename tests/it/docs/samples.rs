//! Samples of the terminal in documents, ```` ```console ````, are run, and hold what is printed.
//!
//! A comment before a block says in which repository: `<!-- sample: NAME -->` in the one that `tests/samples/NAME.sh`
//! makes, `<!-- sample: continued -->` where the block before it has left off. `<!-- not run: REASON -->` is shown to
//! readers of the source, and counted.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::PoisonError;

use tempfile::TempDir;

use crate::tidy::{root, text_of, updating};

const RUN: &str = "<!-- sample: ";
const NOT_RUN: &str = "<!-- not run: ";
const CONTINUED: &str = "continued";
/// The most samples that are not run, each of which says why.
const UNTESTED: usize = 4;

/// A home and a project, as the samples show them.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for inside in ["home", "project"] {
            fs::create_dir(folder.path().join(inside)).unwrap();
        }
        let settings = "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n";
        fs::write(folder.path().join("home/.gitconfig"), settings).unwrap();
        let scene = Self { folder };
        let script = text_of(&format!("tests/samples/{name}.sh")).replace('¦', "");
        let (output, code) = scene.run(&format!("set -e\n{script}"));
        assert_eq!(code, 0, "tests/samples/{name}.sh: {output}");
        scene
    }

    /// What a shell prints for `script`, to both streams.
    fn run(&self, script: &str) -> (String, i32) {
        let project = self.folder.path().join("project");
        let home = self.folder.path().join("home");
        let programs = Path::new(env!("CARGO_BIN_EXE_bartizan")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{script}")])
            .current_dir(&project)
            .env_clear()
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("HOME", &home)
            .env("FIXTURES", root().join("fixtures"))
            .env("BARTIZAN_OFFLINE", "1")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2026-03-03T12:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-03-03T12:00:00Z")
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .env("COLUMNS", "100")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let shown = [(&project, "/home/me/project"), (&home, "/home/me")];
        let text = shown.into_iter().fold(text, |text, (path, shown)| {
            let real = path.canonicalize().unwrap();
            text.replace(real.to_str().unwrap(), shown).replace(path.to_str().unwrap(), shown)
        });
        (text, output.status.code().unwrap_or(-1))
    }
}

/// The commands of a block, each as it stands there, with its output.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(_), _) => commands.push((format!("{line}\n"), String::new())),
            (None, Some((command, _))) if goes_on => command.push_str(&format!("{line}\n")),
            (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
            (None, None) => panic!("a sample starts with `$ `: {line}"),
        }
        goes_on = (goes_on || line.starts_with("$ ")) && line.ends_with('\\');
    }
    commands
}

/// What is wrong with the samples of a document, and how many were not run; `UPDATE=1` writes what is printed.
fn check(path: &str) -> (Vec<String>, usize, usize) {
    let _lock = super::WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = text_of(path);
    let (mut mistakes, mut run, mut untested) = (Vec::new(), 0, 0);
    let mut written = String::new();
    let mut scene: Option<Scene> = None;
    let mut rest = text.as_str();
    while let Some(at) = rest.find("```console\n") {
        let (before, from) = rest.split_at(at + "```console\n".len());
        let (block, after) = from.split_at(from.find("```\n").expect("a block ends"));
        written.push_str(before);
        rest = after;
        let marker = before.trim_end_matches("```console\n").trim_end().lines().last().unwrap_or_default();
        let number = text[..text.len() - from.len()].lines().count();
        if marker.starts_with(NOT_RUN) {
            untested += 1;
            written.push_str(block);
            continue;
        }
        match marker.strip_prefix(RUN).and_then(|rest| rest.strip_suffix(" -->")) {
            Some(CONTINUED) => assert!(scene.is_some(), "{path}:{number}: nothing to continue"),
            Some(name) => scene = Some(Scene::new(name)),
            None => {
                mistakes.push(format!(
                    "{path}:{number}: `{RUN}NAME -->` or `{NOT_RUN}REASON -->` has to stand before a sample"
                ));
                written.push_str(block);
                continue;
            }
        }
        let scene = scene.as_ref().expect("it was made");
        run += 1;
        for (command, expected) in commands(block) {
            let (found, _) = scene.run(command.strip_prefix("$ ").expect("a command"));
            let has_fence = found.lines().any(|line| line.trim_start().starts_with("```"));
            assert!(!has_fence, "{path}:{number}: what {command}prints would end the block");
            written.push_str(&command);
            let alike = found == expected;
            if !alike && !updating() {
                mistakes.push(format!("{path}:{number}: {command}prints\n{found}instead of\n{expected}"));
            }
            written.push_str(&found);
        }
    }
    written.push_str(rest);
    if updating() && written != text {
        fs::write(root().join(path), written).unwrap();
    }
    (mistakes, run, untested)
}

#[test]
fn samples_are_what_this_build_prints() {
    let paths: Vec<String> =
        super::documents().into_iter().filter(|path| text_of(path).contains("```console\n")).collect();
    let (mut run, mut untested) = (0, 0);
    let mut mistakes = Vec::new();
    for path in paths {
        let (wrong, tried, left) = check(&path);
        mistakes.extend(wrong);
        run += tried;
        untested += left;
    }
    println!("{run} samples were run, {untested} were not");
    assert!(
        mistakes.is_empty(),
        "{}\nrun UPDATE=1 cargo test --test it docs::, and review the difference",
        mistakes.join("\n")
    );
    assert!(run > 20, "only {run} samples were run");
    assert!(untested <= UNTESTED, "{untested} samples are not run");
}

#[test]
fn a_block_is_split_into_commands() {
    let block = "$ a \\\n  b\nout\n$ c\n";
    assert_eq!(
        commands(block),
        [("$ a \\\n  b\n".to_owned(), "out\n".to_owned()), ("$ c\n".to_owned(), String::new())]
    );
}
