//! What is read is what `git ls-files` lists: for trees written here, and for random ones.

use std::collections::BTreeSet;
use std::path::Path;

use bartizan::model::{RepoPath, SkipReason};
use bartizan::source::GitHome;
use proptest::prelude::*;

use super::{Temp, git, options, see, see_with, write};

/// The files (and links) that git tracks or would track, as far as they are there.
fn listed(root: &Path) -> BTreeSet<String> {
    let output = git(root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let there = |path: &&[u8]| {
        let path = Path::new(std::str::from_utf8(path).unwrap());
        // Git lists other repositories as directories, and files behind a link as if they were there.
        let real = path.parent().unwrap().ancestors().all(|above| !root.join(above).is_symlink());
        real && root.join(path).symlink_metadata().is_ok_and(|metadata| !metadata.is_dir())
    };
    output.split(|byte| *byte == 0).filter(|path| !path.is_empty()).filter(there).map(shown).collect()
}

fn shown(path: &[u8]) -> String {
    RepoPath::new(path).shown()
}

/// The files and links that we report.
fn found(root: &Path) -> BTreeSet<String> {
    let seen = see(root);
    assert_eq!(seen.problems, []);
    let links = seen.skipped.iter().filter(|(_, reason)| **reason == SkipReason::Symlink);
    seen.blobs.keys().chain(links.map(|(path, _)| path)).cloned().collect()
}

#[test]
fn tracked_files_are_read_whatever_is_ignored() {
    let temp = Temp::git();
    temp.write(".gitignore", "*.env\n/build/\n").write("app.env", "A=1").write("build/out/x", "x");
    temp.write("build/out/y", "y").write("other.env", "B=2").write("new", "n");
    temp.add(&[".gitignore", "app.env", "build/out/x"]);
    let seen = see(&temp.path());
    assert_eq!(seen.paths(), [".gitignore", "app.env", "build/out/x", "new"]);
    assert!(seen.tracked("app.env") && seen.tracked("build/out/x"));
    assert!(!seen.tracked("new"));
    assert_eq!(seen.bytes("app.env"), b"A=1");
    assert_eq!(seen.skipped(), []);
}

#[test]
fn no_ignore_file_is_endless() {
    let temp = Temp::git();
    let deep = "d/".repeat(10) + "file";
    let long = "n".repeat(200);
    let lines = ["**/".repeat(60) + "x", "*d*".repeat(40) + "x", "**/*d".repeat(30), "*?".repeat(2100) + "x"];
    temp.write(".gitignore", &(lines.join("\n") + "\n**/**/**/ignored\n*n*o*t*\n"));
    temp.write(&deep, "a").write(&long, "b").write("d/ignored", "c").write("d/n-o-t", "e");
    let source = bartizan::source::Worktree::open(&temp.path(), &options()).unwrap();
    let read = std::sync::Mutex::new(BTreeSet::new());
    bartizan::source::Source::each(&source, &|item| {
        if let bartizan::source::Item::Blob(blob) = item {
            read.lock().unwrap().insert(blob.path.shown());
        }
    })
    .unwrap();
    assert_eq!(read.into_inner().unwrap(), [".gitignore".to_owned(), deep, long].into());
    // The one line that no path needs is told, by its number.
    let notices = bartizan::source::Source::notices(&source);
    let told: Vec<_> =
        notices.iter().map(|one| (one.path.clone().unwrap().shown(), one.message.as_str())).collect();
    let [(path, message)] = &told[..] else { panic!("{told:?}") };
    assert!(path == ".gitignore" && message.starts_with("line 4 takes too long"), "{told:?}");
}

#[test]
fn nested_ignore_files_and_negation() {
    let temp = Temp::git();
    temp.write(".gitignore", "*.log\n!keep.log\nvendor/\n").write("a.log", "").write("keep.log", "");
    temp.write("sub/.gitignore", "keep.log\n!b.log\n").write("sub/keep.log", "").write("sub/b.log", "");
    // A directory that is ignored cannot be brought back from within.
    temp.write("vendor/.gitignore", "!*\n").write("vendor/x", "").write("sub/vendor/x", "");
    assert_eq!(see(&temp.path()).paths(), [".gitignore", "keep.log", "sub/.gitignore", "sub/b.log"]);
    assert_eq!(found(&temp.path()), listed(&temp.path()));
}

#[test]
fn exclude_files_of_repository_and_user() {
    let temp = Temp::git();
    temp.write(".git/info/exclude", "from-info\n!both\n").write("user-ignore", "from-user\nboth\n");
    for name in ["from-info", "from-user", "both", "sub/from-user", "kept"] {
        temp.write(name, "");
    }
    git(&temp.path(), &["config", "core.excludesFile", "user-ignore"]);
    // info/exclude is asked before core.excludesFile.
    assert_eq!(see(&temp.path()).paths(), ["both", "kept", "user-ignore"]);
    assert_eq!(found(&temp.path()), listed(&temp.path()));
}

#[test]
fn settings_of_the_user() {
    let temp = Temp::git();
    let home = Temp::new();
    temp.write("by-default", "").write("by-setting", "").write("kept", "");
    let mut with = options();
    with.git_home =
        GitHome { home: Some(home.path()), git: Some(home.path().join(".config/git")), system: None };
    assert_eq!(see_with(&temp.path(), &with).paths(), ["by-default", "by-setting", "kept"]);
    home.write(".config/git/ignore", "by-default\n");
    assert_eq!(see_with(&temp.path(), &with).paths(), ["by-setting", "kept"]);
    home.write(".gitconfig", "[include]\n\tpath = more\n").write("ignore", "by-setting\n");
    home.write("more", "[core]\n\texcludesFile = ~/ignore\n");
    assert_eq!(see_with(&temp.path(), &with).paths(), ["by-default", "kept"]);
    home.write("more", "[core]\n\texcludesFile =\n");
    assert_eq!(see_with(&temp.path(), &with).paths(), ["by-default", "by-setting", "kept"]);
}

#[test]
fn settings_of_the_repository_include_nothing() {
    let temp = Temp::git();
    temp.write("x", "")
        .write(".git/more", "[core]\n\texcludesFile = .git/ignore\n")
        .write(".git/ignore", "x\n");
    git(&temp.path(), &["config", "include.path", "more"]);
    assert_eq!(see(&temp.path()).paths(), ["x"]);
}

#[test]
fn part_of_a_repository() {
    let temp = Temp::git();
    temp.write(".gitignore", "*.log\n/a/b/skip\n").write("a/.gitignore", "!b/keep.log\n").write("top", "");
    for name in ["a/b/x", "a/b/x.log", "a/b/keep.log", "a/b/skip", "a/bb/x", "a/b.x", "a/b/c/y"] {
        temp.write(name, "");
    }
    temp.add(&["a/b/x", "a/b.x", "a/bb/x"]);
    let seen = see(&temp.path().join("a/b"));
    assert_eq!(seen.paths(), ["a/b/c/y", "a/b/keep.log", "a/b/x"]);
    assert!(seen.tracked("a/b/x") && !seen.tracked("a/b/c/y"));
    // What is named is read; so are ignored directories and files then.
    let seen = see(&temp.path().join("a/b/x.log"));
    assert_eq!(seen.paths(), ["a/b/x.log"]);
    temp.write("a/.gitignore", "/b/\n");
    assert_eq!(see(&temp.path().join("a/b/c")).paths(), ["a/b/c/y"]);
    assert_eq!(see(&temp.path().join("a")).paths(), ["a/.gitignore", "a/b.x", "a/b/x", "a/bb/x"]);
}

#[test]
fn outside_of_git() {
    let temp = Temp::new();
    temp.write(".gitignore", "*.log\nbuild/\n").write(".ignore", "*.tmp\n!good.log\n").write(".hidden", "h");
    for name in ["a.log", "good.log", "a.tmp", "build/x", "sub/a.log", "sub/a", "sub/more/x.log"] {
        temp.write(name, "");
    }
    let seen = see(&temp.path());
    assert_eq!(seen.paths(), [".gitignore", ".hidden", ".ignore", "good.log", "sub/a"]);
    // Any of them may be shared as it is.
    assert!(seen.tracked(".hidden"));
    assert_eq!(seen.skipped(), []);
    let seen = see(&temp.path().join("sub/more"));
    assert_eq!(seen.paths(), ["x.log"]);
}

/// Names and patterns are made of the same few words, so that they meet. No two names differ in
/// case alone: told to ignore case, git takes such files for one, and we read both.
const WORDS: &[&str] = &["a", "b", "c.log", "build", "x y", "[a]", "é", "-", "#h", "!n", "a.b"];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(WORDS).prop_map(str::to_owned)
}

fn file_path() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..5).prop_map(|words| words.join("/"))
}

fn pattern() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => word(),
        1 => Just("*".to_owned()),
        1 => Just("**".to_owned()),
        1 => Just("?".to_owned()),
        1 => Just("*.log".to_owned()),
        1 => Just("[a-c]".to_owned()),
        1 => Just("[!a]".to_owned()),
        1 => Just("A*".to_owned()),
        1 => Just("BUILD".to_owned()),
        1 => Just("\\[a\\]".to_owned()),
        1 => Just("\\#h".to_owned()),
        1 => Just("[[:alpha:]]".to_owned()),
    ];
    let start = prop_oneof![4 => Just(""), 2 => Just("!"), 1 => Just("/"), 1 => Just("!/"), 1 => Just("**/")];
    let end = prop_oneof![4 => Just(""), 2 => Just("/"), 1 => Just(" "), 1 => Just("\\ "), 1 => Just("/**"), 1 => Just("\r")];
    (start, prop::collection::vec(part, 1..4), end)
        .prop_map(|(start, parts, end)| format!("{start}{}{end}", parts.join("/")))
}

fn patterns() -> impl Strategy<Value = String> {
    prop::collection::vec(pattern(), 0..6).prop_map(|lines| lines.join("\n"))
}

#[derive(Debug, Clone)]
enum Make {
    File(String),
    Link(String),
    Ignore(String, String),
    Nested(String),
    Empty(String),
    Fake(String),
}

fn make() -> impl Strategy<Value = Make> {
    prop_oneof![
        12 => file_path().prop_map(Make::File),
        1 => file_path().prop_map(Make::Link),
        4 => (prop::option::of(file_path()), patterns()).prop_map(|(dir, lines)| {
            Make::Ignore(dir.map_or(String::new(), |dir| dir + "/"), lines)
        }),
        1 => file_path().prop_map(Make::Nested),
        1 => file_path().prop_map(Make::Empty),
        1 => file_path().prop_map(Make::Fake),
    ]
}

/// Does what can be done; a name may be taken by a file where a directory is wanted.
fn build(root: &Path, make: &Make) {
    let file = |path: &str, content: &str| {
        let path = root.join(path);
        if std::fs::create_dir_all(path.parent().unwrap()).is_ok() {
            let _ = std::fs::write(path, content);
        }
    };
    match make {
        Make::File(path) => file(path, path),
        Make::Link(path) => {
            let path = root.join(path);
            if std::fs::create_dir_all(path.parent().unwrap()).is_ok() {
                let _ = std::os::unix::fs::symlink("a", path);
            }
        }
        Make::Ignore(dir, lines) => file(&format!("{dir}.gitignore"), lines),
        Make::Nested(path) => {
            let git = root.join(path).join(".git");
            let _ = std::fs::create_dir_all(git.join("objects"));
            let _ = std::fs::create_dir_all(git.join("refs"));
            file(&format!("{path}/.git/HEAD"), "ref: refs/heads/main\n");
        }
        Make::Empty(path) => {
            let _ = std::fs::create_dir_all(root.join(path).join(".git"));
        }
        Make::Fake(path) => file(&format!("{path}/.git"), "gitdir: nowhere\n"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn as_git_lists_them(
        first in prop::collection::vec(make(), 1..20),
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        removed in prop::collection::vec(file_path(), 0..3),
        second in prop::collection::vec(make(), 0..12),
        (info, user) in (patterns(), patterns()),
        fold in any::<bool>(),
    ) {
        let temp = Temp::git();
        let root = temp.path();
        first.iter().for_each(|make| build(&root, make));
        // Some of what is there becomes tracked, whether or not it is ignored.
        let there: Vec<String> = found(&root).into_iter().collect();
        write(&root.join(".git/info/exclude"), info.as_bytes());
        write(&root.join(".git/user"), user.as_bytes());
        git(&root, &["config", "core.excludesFile", root.join(".git/user").to_str().unwrap()]);
        git(&root, &["config", "core.ignoreCase", if fold { "true" } else { "false" }]);
        if !there.is_empty() {
            let chosen: BTreeSet<&str> = chosen.iter().map(|index| index.get(&there).as_str()).collect();
            for path in chosen {
                git(&root, &["--literal-pathspecs", "add", "-f", "--", path]);
            }
        }
        // Then the tree changes under the index.
        for path in removed {
            let _ = std::fs::remove_file(root.join(&path));
            let _ = std::fs::remove_dir_all(root.join(&path));
        }
        second.iter().for_each(|make| build(&root, make));
        prop_assert_eq!(found(&root), listed(&root));
        // Git lists other repositories with a slash at the end.
        let others = git(&root, &["ls-files", "-z", "--others", "--exclude-standard"]);
        let others = others.split(|byte| *byte == 0).filter_map(|path| path.strip_suffix(b"/"));
        let nested = see(&root).skipped.into_iter().filter(|(_, reason)| *reason == SkipReason::NestedRepository);
        let nested: BTreeSet<String> = nested.map(|(path, _)| path).collect();
        prop_assert_eq!(nested, others.map(shown).collect::<BTreeSet<_>>());
    }
}
