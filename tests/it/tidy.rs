//! The invariants that can be read off the tree, and the files that are made
//! from it. `UPDATE=1 cargo test` writes what is generated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bartizan::engine::pack::CUT_MARK;
use bartizan::engine::place::Lines;
use bartizan::engine::rule::Matcher;
use bartizan::engine::{Check, Engine, Run, Text};
use bartizan::model::{Blob, RepoPath};
use bartizan::scan::{registry, verify};

/// Every module with its layer; a module imports from lower layers only.
const LAYERS: [(&str, u32); 11] = [
    ("model", 1),
    ("parse", 2),
    ("source", 2),
    ("external", 4),
    ("render", 2),
    ("engine", 3),
    ("verify", 3),
    ("checks", 4),
    ("scan", 5),
    ("batch", 6),
    ("validate", 6),
];
const CLI_LAYER: u32 = 7;

/// The modules that read, write, ask the time or the environment.
#[rustfmt::skip]
const IO_MODULES: [&str; 9] = ["src/source/", "src/external/", "src/scan/config", "src/batch/", "src/validate/run.rs",
    "src/validate/send.rs", "src/cli/", "src/main.rs",
    // Compiled for tests alone.
    "src/render/wire/schema.rs"];

/// How many lines a file may have before it is two files.
const LINES: usize = 600;
/// Files that are tables, or lists of words.
const TABLES: [&str; 2] = ["src/engine/frequency.rs", "src/engine/names.rs"];

/// Checks of what a fixture has none of, commits, or claims that other checks have judged: both sides of them are in `tests/it/git/signatures.rs`,
/// `tests/it/git/stale.rs` and `tests/it/policy.rs`.
const OF_COMMITS: [&str; 8] = [
    "invalid-commit-signature",
    "outdated-policy-date",
    "stale-sbom",
    "unbacked-claim",
    "unexpected-commit-signer",
    "unsigned-commit",
    "untrue-commit-signing-claim",
    "untrue-reference-claim",
];

/// The most of all rules that may be a regular expression, in percent.
const PATTERN_SHARE: usize = 15;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// True if generated files are to be written instead of compared.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Compares a generated file with what it should be, or writes it.
#[track_caller]
pub(crate) fn fresh(path: &str, expected: &str) {
    let file = root().join(path);
    let found = fs::read_to_string(&file).unwrap_or_default();
    if found == expected {
        return;
    }
    if updating() {
        fs::write(&file, expected).unwrap();
        return;
    }
    let line = found.lines().zip(expected.lines()).take_while(|(found, expected)| found == expected).count();
    panic!(
        "{path} is stale from line {}: run UPDATE=1 cargo test --test it, and review the difference\n found: {}\nshould: {}",
        line + 1,
        found.lines().nth(line).unwrap_or("(the end)"),
        expected.lines().nth(line).unwrap_or("(the end)"),
    );
}

/// Paths of the files below `folder`, relative to the root, sorted; build output left out.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let name = slashed(&path);
            if path.is_symlink()
                || ["target", ".git", "fuzz/target", "fuzz/corpus", "node_modules"].contains(&name.as_str())
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

fn slashed(path: &Path) -> String {
    let relative = path.strip_prefix(root()).unwrap();
    relative.components().map(|part| part.as_os_str().to_str().unwrap()).collect::<Vec<_>>().join("/")
}

pub(crate) fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Rust files of the library and the program.
fn sources() -> Vec<(String, String)> {
    let paths = files("src").into_iter().chain(files("checks")).filter(|path| path.ends_with(".rs"));
    paths.map(|path| (path.clone(), text_of(&path))).collect()
}

/// The lines of `text` with their numbers, comments left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim_start()))
        .filter(|(_, line)| !line.starts_with("//"))
}

#[track_caller]
pub(crate) fn assert_none(mistakes: &[String]) {
    assert!(mistakes.is_empty(), "\n{}\n", mistakes.join("\n"));
}

fn module_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split(['/', '.']).next().unwrap()
}

fn layer_of(module: &str) -> Option<u32> {
    let known = LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer);
    known.or_else(|| (module == "cli").then_some(CLI_LAYER)).or_else(|| (module == "main").then_some(8))
}

/// The modules named by `crate::module` and `crate::{a, b}` on a line.
fn modules_named(line: &str) -> Vec<&str> {
    let mut modules = Vec::new();
    for (at, start) in line.match_indices("crate::") {
        // `$crate::` and `some_crate::` are other paths.
        if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &line[at + start.len()..];
        let word =
            |text: &'_ str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        match rest.strip_prefix('{') {
            Some(list) => {
                modules.extend(list.split(',').map(|item| item.trim()).map(|item| &item[..word(item)]))
            }
            None => modules.push(&rest[..word(rest)]),
        }
    }
    modules.retain(|module| !module.is_empty());
    modules
}

#[test]
fn modules_are_read_off_a_line() {
    assert_eq!(modules_named("use crate::model::{Blob, Meta};"), ["model"]);
    assert_eq!(modules_named("use crate::{engine::Check, model};"), ["engine", "model"]);
    assert_eq!(modules_named("let a = crate::scan::b(crate::cli::C); other_crate::x"), ["scan", "cli"]);
}

#[test]
fn no_import_runs_up_a_layer() {
    let (mut mistakes, mut seen) = (Vec::new(), 0);
    for (path, text) in sources() {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        let Some(layer) = layer_of(module) else {
            mistakes
                .push(format!("{path}: the module `{module}` has no layer; give it one in tests/it/tidy.rs"));
            continue;
        };
        // Steps up that stay inside of the module: none from its `mod.rs`, one from a file beside it.
        let inside = path.strip_prefix("src/").unwrap_or(&path);
        let depth = inside.matches('/').count() - usize::from(inside.ends_with("/mod.rs"));
        for (number, line) in code(&text) {
            for other in modules_named(line).into_iter().filter(|other| *other != module) {
                seen += 1;
                match layer_of(other) {
                    Some(below) if below < layer => {}
                    Some(up) => mistakes.push(format!(
                        "{path}:{number}: {module} (layer {layer}) imports {other} (layer {up})"
                    )),
                    None => mistakes.push(format!("{path}:{number}: there is no module `{other}`")),
                }
            }
            let steps = line.match_indices("super::super::").count() + usize::from(line.contains("super::"));
            // A module inside of a file may take one step more.
            if steps > depth + 1 {
                mistakes.push(format!(
                    "{path}:{number}: leaves the module by `super::`; write `crate::module::…`"
                ));
            }
        }
    }
    assert_none(&mistakes);
    assert!(seen > 50, "only {seen} imports were seen");
}

#[test]
fn only_modules_for_it_do_io() {
    const IO: [&str; 9] = [
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "std::thread",
        "Instant::now",
        "SystemTime",
        "rustix::",
        "UNIX_EPOCH",
    ];
    let mut mistakes = Vec::new();
    for (path, text) in sources() {
        if IO_MODULES.iter().any(|module| path.starts_with(module)) {
            continue;
        }
        let tested = text.find("#[cfg(test)]").unwrap_or(text.len());
        for (number, line) in code(&text[..tested]) {
            let grouped = line.starts_with("use std::{")
                && ["fs", "env", "net", "process"].iter().any(|name| line.contains(name));
            if grouped || IO.iter().any(|name| line.contains(name)) {
                mistakes.push(format!("{path}:{number}: does IO, which belongs into source, external, scan/config or cli: {line}"));
            }
        }
    }
    assert_none(&mistakes);
}

/// A check reports and does nothing else; what it may use are facts and words.
#[test]
fn checks_see_facts_and_a_reporter() {
    const MAY: [&str; 3] = ["engine", "model", "parse"];
    let mut mistakes = Vec::new();
    for (path, text) in
        sources().into_iter().filter(|(path, _)| path.starts_with("checks/") && path != "checks/mod.rs")
    {
        for (number, line) in code(&text) {
            for module in modules_named(line).into_iter().filter(|module| !MAY.contains(module)) {
                mistakes.push(format!("{path}:{number}: a check cannot use `{module}`"));
            }
            if [
                "println!",
                "eprintln!",
                "super::super",
                "unsafe {",
                "unsafe fn",
                "thread_local!",
                "static mut",
            ]
            .iter()
            .any(|word| line.contains(word))
            {
                mistakes.push(format!(
                    "{path}:{number}: a check sees facts and a `Reporter`, nothing else: {line}"
                ));
            }
        }
    }
    assert_none(&mistakes);
}

#[test]
fn files_say_their_duty_and_fit() {
    let mut mistakes = Vec::new();
    let tests = files("tests")
        .into_iter()
        .filter(|path| path.ends_with(".rs"))
        .map(|path| (path.clone(), text_of(&path)));
    for (path, text) in sources().into_iter().chain(tests) {
        if !text.starts_with("//!") {
            mistakes.push(format!("{path}: starts with a line `//!` that says its one duty"));
        }
        let lines = text.lines().count();
        if lines > LINES && !TABLES.contains(&path.as_str()) {
            mistakes.push(format!("{path}: has {lines} lines; over {LINES} it is two files"));
        }
    }
    assert_none(&mistakes);
}

/// The statics of a check's file that are checks.
fn statics(text: &str) -> Vec<String> {
    let starts = text.lines().filter_map(|line| line.strip_prefix("pub(crate) static "));
    starts.filter_map(|line| line.split_once(": Check =")).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_index_of_checks_is_fresh() {
    let mut modules = String::new();
    let mut entries = String::new();
    for path in files("checks").into_iter().filter(|path| path.ends_with(".rs") && path != "checks/mod.rs") {
        let inside = path.strip_prefix("checks/").unwrap();
        let module = inside.strip_suffix(".rs").unwrap().replace('/', "_");
        let found = statics(&text_of(&path));
        assert!(!found.is_empty(), "{path}: holds no `pub(crate) static NAME: Check`");
        modules.push_str(&format!("#[path = \"{inside}\"]\nmod {module};\n"));
        for name in found {
            entries.push_str(&format!("    &{module}::{name},\n"));
        }
    }
    let text = format!(
        "//! What bartizan knows: one file a check. The rules under `secret/*.toml` are compiled in by the\n\
         //! build; code checks are listed here. Written by `UPDATE=1 cargo test`; see CONTRIBUTING.md.\n\n\
         {modules}\nuse crate::engine::Check;\n\n\
         /// Every check that is code, sorted by file.\n#[rustfmt::skip]\n\
         pub(crate) static CODE: &[&Check] = &[\n{entries}];\n"
    );
    fresh("checks/mod.rs", &text);
}

fn is_kebab(id: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.split('-').all(word) && id.starts_with(|c: char| c.is_ascii_alphanumeric())
}

#[test]
fn ids_are_sorted_unique_and_kebab_case() {
    let checks = registry::all();
    let ids: Vec<&str> = checks.iter().map(|check| check.meta.id).collect();
    assert!(ids.len() > 60, "only {} checks", ids.len());
    let twice: Vec<&str> = ids.windows(2).filter(|pair| pair[0] >= pair[1]).map(|pair| pair[1]).collect();
    assert_eq!(twice, [""; 0], "not sorted, or there twice");
    let odd: Vec<&&str> = ids.iter().filter(|id| !is_kebab(id)).collect();
    assert!(odd.is_empty(), "not kebab-case: {odd:?}");
    for check in &checks {
        let meta = &check.meta;
        assert!(!meta.title.is_empty() && !meta.title.ends_with('.'), "{}: the title is a phrase", meta.id);
        assert!(!meta.remedy.is_empty(), "{}: says what to do first", meta.id);
    }
}

/// The checks that are code.
fn code_checks() -> Vec<Check> {
    registry::all().into_iter().filter(|check| !matches!(check.run, Run::Rule(_))).collect()
}

#[test]
fn pages_of_code_checks_have_their_headings_in_order() {
    const REQUIRED: [&str; 4] = ["What it does", "Why is this bad", "Example", "Use instead"];
    const VERDICT: &str = "What would change the verdict";
    const OPTIONAL: [&str; 3] = [VERDICT, "Known problems", "References"];
    let mut mistakes = Vec::new();
    let checks = code_checks();
    assert!(!checks.is_empty());
    for Check { meta, .. } in &checks {
        let found: Vec<&str> = meta.docs.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let more = found.get(REQUIRED.len()..).unwrap_or_default();
        let in_order = OPTIONAL.iter().filter(|heading| more.contains(heading)).eq(more);
        if !found.starts_with(&REQUIRED) || !in_order {
            mistakes.push(format!(
                "{}: headings are {found:?}, and should be {REQUIRED:?}, then {OPTIONAL:?} at will",
                meta.id
            ));
        }
        if meta.id.starts_with("untrue-") && !found.contains(&VERDICT) {
            mistakes.push(format!("{}: its page does not say what would change a verdict", meta.id));
        }
        let empty = meta
            .docs
            .split("## ")
            .skip(1)
            .any(|section| section.lines().skip(1).all(|line| line.trim().is_empty()));
        if empty {
            mistakes.push(format!("{}: a section of its page is empty", meta.id));
        }
    }
    assert_none(&mistakes);
}

#[test]
fn every_code_check_shows_what_it_reports_and_what_not() {
    let known: BTreeSet<&str> = registry::all().iter().map(|check| check.meta.id).collect();
    let cases = crate::fixtures::cases();
    let mut mistakes = Vec::new();
    for Check { meta, .. } in code_checks() {
        if OF_COMMITS.contains(&meta.id) {
            continue;
        }
        for kind in ["bad", "good"] {
            if !cases.iter().any(|case| case.check == meta.id && case.kind == kind) {
                let place = format!("fixtures/{}/{kind}", meta.id);
                mistakes.push(format!(
                    "{place} holds no case: each check shows one it reports and one it does not"
                ));
            }
        }
    }
    for case in &cases {
        if !known.contains(case.check.as_str()) {
            mistakes.push(format!("fixtures/{}: there is no such check", case.check));
        }
    }
    assert_none(&mistakes);
}

/// What stands behind `uses:` on a line of a workflow.
pub(crate) fn uses(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches("- ").trim_start();
    line.strip_prefix("uses:")
        .map(|rest| rest.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']))
}

#[test]
fn actions_are_pinned_to_commits() {
    let workflows = files(".github")
        .into_iter()
        .chain(root().join("action.yml").exists().then(|| "action.yml".to_owned()));
    let (mut mistakes, mut seen) = (Vec::new(), 0);
    for path in workflows.filter(|path| path.ends_with(".yml") || path.ends_with(".yaml")) {
        let text = text_of(&path);
        if path.contains("workflows/") && !text.contains("\npermissions: {}\n") {
            mistakes.push(format!("{path}: has no `permissions: {{}}` at its top"));
        }
        for (at, action) in text.lines().enumerate().filter_map(|(at, line)| Some((at, uses(line)?))) {
            seen += 1;
            let pin = action.rsplit_once('@').map_or("", |(_, pin)| pin);
            let is_commit =
                pin.len() == 40 && pin.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            if !action.starts_with("./") && !is_commit {
                mistakes.push(format!("{path}:{}: `{action}` is not pinned to a commit", at + 1));
            }
        }
    }
    assert_none(&mistakes);
    assert!(seen > 0, "no action was seen");
}

/// The packs as the verifier takes them.
pub(crate) fn pack_files() -> Vec<verify::PackFile> {
    let paths = files("checks/secret").into_iter().filter(|path| path.ends_with(".toml"));
    paths
        .map(|path| verify::PackFile {
            stem: path.rsplit('/').next().unwrap().strip_suffix(".toml").unwrap().to_owned(),
            text: text_of(&path),
            name: path,
        })
        .collect()
}

#[test]
fn packs_are_proven_by_their_examples() {
    let verified = verify::packs(&pack_files());
    assert_none(&verified.mistakes);
    assert!(
        verified.rules > 60 && verified.examples >= 2 * verified.rules,
        "{} rules, {} examples",
        verified.rules,
        verified.examples
    );
}

/// A value that may be anything, such as the password of a URL, is reported although it is cut; then
/// the mark is in it. That, and what only its name tells, is accepted in `bartizan.toml`.
#[test]
fn examples_in_packs_are_cut() {
    let engine = Engine::new(registry::all(), None);
    let mut mistakes = Vec::new();
    for file in pack_files() {
        let path = RepoPath::from(file.name.as_str());
        let Text::Scanned { text, hits, .. } =
            engine.scan(&Blob { path: &path, bytes: file.text.as_bytes(), tracked: true })
        else {
            panic!("{} is text", file.name);
        };
        for hit in hits {
            let check = &engine.checks()[usize::from(hit.check)];
            let secret = &text[hit.secret.unwrap_or(hit.span).range()];
            if String::from_utf8_lossy(secret).contains(CUT_MARK) || !matches!(check.run, Run::Rule(_)) {
                continue;
            }
            let at = Lines::new(&text).region(hit.secret.unwrap_or(hit.span));
            let id = check.meta.id;
            let place = format!("{}:{}:{}", file.name, at.start_line, at.start_column);
            mistakes.push(format!("{place}: our own scan reports {id} here; cut the example with ¦"));
        }
    }
    assert_none(&mistakes);
}

#[test]
fn few_rules_need_a_regular_expression() {
    let checks = registry::all();
    let rules = checks.iter().filter_map(|check| match check.run {
        Run::Rule(rule) => Some(rule),
        _ => None,
    });
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in rules {
        let kind = match rule.matcher {
            Matcher::Token { .. } => "token",
            Matcher::Near { .. } => "near",
            Matcher::Url { .. } => "url",
            Matcher::Pem { .. } => "pem",
            Matcher::Pattern { .. } => "pattern",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let (all, patterns) = (kinds.values().sum::<usize>(), kinds.get("pattern").copied().unwrap_or(0));
    println!(
        "{patterns} of {all} rules need a regular expression ({:.1} %); {kinds:?}",
        100.0 * patterns as f64 / all as f64
    );
    assert!(patterns * 100 <= all * PATTERN_SHARE, "{patterns} of {all} rules are patterns; use shapes");
}

#[test]
fn no_file_names_a_machine() {
    let places: Vec<String> =
        ["tmp", "root", "work", "Users"].iter().map(|name| format!("/{name}/")).collect();
    let mut mistakes = Vec::new();
    // Examples of the packs show the insides of containers, which are nobody's machine; and some files are
    // about such paths.
    let about =
        ["checks/secret/", "checks/provenance/machine_path", "docs/checks/", "src/parse/sbom/paths.rs"];
    let about = |path: &String| about.iter().any(|start| path.starts_with(start));
    for path in files("").into_iter().filter(|path| !about(path)) {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for (at, line) in text.lines().enumerate() {
            let named = places.iter().any(|place| {
                line.match_indices(place.as_str()).any(|(at, _)| {
                    // Inside of a longer path or URL it is somebody's folder, not this machine's.
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "/.-_{}*$~)".contains(c))
                })
            });
            if named {
                mistakes.push(format!("{path}:{}: names a path of some machine: {}", at + 1, line.trim()));
            }
        }
    }
    assert_none(&mistakes);
}

/// Paths in documents are those of files that exist.
#[test]
fn documents_name_files_that_exist() {
    let (mut mistakes, mut seen) = (Vec::new(), 0);
    for path in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/invariants.md"] {
        let text = text_of(path);
        for word in text.split('`').skip(1).step_by(2) {
            let named = word.split("::").next().unwrap_or_default().trim_end_matches('/');
            let is_path = named.contains('/')
                && !named.contains([' ', '<', '*', '{', '…', ':', '@', '$'])
                && !named.starts_with(['/', '.', '~', '-']);
            let ours = ["src/", "checks/", "tests/", "fuzz/", "benches/", "fixtures/", "examples/"]
                .iter()
                .any(|folder| named.starts_with(folder));
            if is_path && ours {
                seen += 1;
                let exists: PathBuf = root().join(named);
                if !exists.exists() {
                    mistakes.push(format!("{path}: `{named}` does not exist"));
                }
            }
        }
    }
    assert_none(&mistakes);
    assert!(seen > 10, "only {seen} paths were seen");
}

#[test]
fn every_fuzz_target_is_built_and_has_a_corpus() {
    let manifest = text_of("fuzz/Cargo.toml");
    let targets = files("fuzz/fuzz_targets");
    assert!(targets.len() >= 8, "{targets:?}");
    for target in targets {
        let inside = target.strip_prefix("fuzz/").unwrap();
        assert!(manifest.contains(&format!("path = \"{inside}\"")), "{target} is not in fuzz/Cargo.toml");
        let name = inside.trim_start_matches("fuzz_targets/").trim_end_matches(".rs");
        let corpus = root().join(format!("fuzz/corpus/{name}.bin"));
        let size = fs::metadata(&corpus).map_or(0, |metadata| metadata.len());
        assert!(
            (1..=20_000).contains(&size),
            "{name}: no corpus, or a large one; run `fuzz/run keep {name}`"
        );
    }
}
