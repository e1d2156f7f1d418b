//! No circle of imports: what a module needs does not need the module. Parents and their children are one, since
//! `mod.rs` names its children and they use what stands beside them.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{files, text_of};

/// Circles that are known; this list only gets shorter.
const KNOWN: [&[&str]; 0] = [];

/// The path of a module: `["scan", "newness", "compare"]`.
type Module = Vec<String>;

/// The module of a file.
fn module_of(path: &str) -> Module {
    let inside = path.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
    let inside = inside.strip_suffix("/mod").unwrap_or(inside);
    inside.split('/').map(str::to_owned).collect()
}

/// The code of a file, without comments and its tests.
fn code(text: &str) -> String {
    let end = text.find("\n#[cfg(test)]\n").unwrap_or(text.len());
    text[..end].lines().map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// All paths that a tree of `use` names: `a::{b, c::d}` are `a::b` and `a::c::d`.
fn paths(tree: &str, before: &[String], found: &mut Vec<Module>) {
    let tree = tree.trim();
    let (head, list) = match tree.find('{') {
        Some(open) => (&tree[..open], tree[open + 1..].strip_suffix('}')),
        None => (tree.split(" as ").next().unwrap_or(tree), None),
    };
    let mut path = before.to_vec();
    path.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    let Some(list) = list else { return found.push(path) };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !list[start..at].trim().is_empty() {
                    paths(&list[start..at], &path, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// What the code of a module names: by `use`, and by a path that starts at `crate`, `super` or `self`.
fn named(code: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        if let Some(end) = code[at..].find(';') {
            paths(&code[at + 4..at + end], &[], &mut found);
        }
    }
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            if !code[..at].ends_with(|c: char| is_path(c) || c == '$') {
                let end = code[at..].find(|c: char| !is_path(c)).map_or(code.len(), |end| at + end);
                paths(&code[at..end], &[], &mut found);
            }
        }
    }
    found
}

/// The module that a path leads to from `here`; none if it leads out of the crate.
fn resolved(path: &[String], here: &Module, modules: &BTreeMap<Module, String>) -> Option<Module> {
    let mut at = match path.first()?.as_str() {
        "crate" => path[1..].to_vec(),
        "self" => here.iter().chain(&path[1..]).cloned().collect(),
        "super" => {
            let up = path.iter().take_while(|part| *part == "super").count();
            here[..here.len().checked_sub(up)?].iter().chain(&path[up..]).cloned().collect()
        }
        _ => here.iter().chain(path).cloned().collect(),
    };
    while !at.is_empty() && !modules.contains_key(&at) {
        at.pop();
    }
    Some(at).filter(|at| !at.is_empty() && !here.starts_with(at))
}

/// Groups of modules that all lead to each other.
fn circles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<String>> {
    let reached = |start: &Module| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(module) = open.pop() {
            for next in edges.get(module).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let all: BTreeMap<&Module, BTreeSet<Module>> = edges.keys().map(|one| (one, reached(one))).collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (module, to) in &all {
        if to.contains(*module) {
            let back = to.iter().filter(|other| all.get(other).is_some_and(|to| to.contains(*module)));
            circles.insert(back.map(|module| module.join("::")).collect());
        }
    }
    circles.into_iter().collect()
}

fn edges(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let to = |here: &Module, code: &str| {
        named(code).iter().filter_map(|path| resolved(path, here, modules)).filter(|to| to != here).collect()
    };
    modules.iter().map(|(here, code)| (here.clone(), to(here, code))).collect()
}

#[test]
fn no_modules_import_each_other() {
    let paths = files("src").into_iter().filter(|path| path.ends_with(".rs"));
    let paths = paths.filter(|path| !matches!(path.as_str(), "src/lib.rs" | "src/main.rs"));
    let modules: BTreeMap<Module, String> =
        paths.map(|path| (module_of(&path), code(&text_of(&path)))).collect();
    let edges = edges(&modules);
    assert!(edges.values().map(BTreeSet::len).sum::<usize>() > 800, "the imports are not read any more");
    assert_eq!(circles(&edges), KNOWN, "modules import each other; move what both need into one of its own");
}

#[test]
fn circles_are_found() {
    let modules = [
        ("a", "use crate::b::{self, X};"),
        ("a::inner", "use super::Y;"),
        ("b", "fn f() { crate::c::d::run() }"),
        ("c", ""),
        ("c::d", "use crate::{e, a::inner::Z as W};"),
        ("e", "mod f; use f::G;"),
        ("e::f", "use super::super::c;"),
    ];
    let modules =
        modules.map(|(name, code)| (name.split("::").map(str::to_owned).collect(), code.to_owned()));
    let mut modules: BTreeMap<Module, String> = modules.into_iter().collect();
    assert_eq!(circles(&edges(&modules)), [[""; 0]; 0].map(|one| one.map(str::to_owned).to_vec()));
    modules.insert(vec!["a".to_owned(), "inner".to_owned()], "use crate::b;".to_owned());
    assert_eq!(circles(&edges(&modules)), [["a::inner", "b", "c::d"].map(str::to_owned).to_vec()]);
}

/// Arguments are syntax: what they mean is said by the plan and the commands, which import them.
#[test]
fn arguments_are_leaves() {
    let is_ours = |path: &String| {
        path == "src/cli/args.rs" || path.starts_with("src/cli/") && path.ends_with("/args.rs")
    };
    let paths: Vec<String> = files("src/cli").into_iter().filter(is_ours).collect();
    assert!(paths.len() > 5, "{paths:?}");
    for path in paths {
        let of_commands = |module: &Module| {
            module.iter().take(2).eq(["crate", "cli"]) && module.get(2).is_some_and(|name| name != "args")
        };
        let named: Vec<Module> = named(&code(&text_of(&path))).into_iter().filter(of_commands).collect();
        assert_eq!(named, [] as [Module; 0], "{path}");
    }
}

/// What lies outside of the repository is asked where it is written that a scan may wait, and nowhere else.
#[test]
fn only_answers_come_from_outside() {
    let mut asked = Vec::new();
    for path in files("src/scan").into_iter().filter(|path| path.ends_with(".rs")) {
        let code = code(&text_of(&path));
        for call in [".prepare(", ".advisories()", ".registry()", ".osv("] {
            if code.contains(&format!("databases{call}")) || code.contains(&format!("databases\n{call}")) {
                asked.push(path.clone());
            }
        }
    }
    asked.dedup();
    assert_eq!(asked, ["src/scan/analysis/answers.rs"]);
}
