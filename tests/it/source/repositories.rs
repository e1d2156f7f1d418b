//! All the forms that a repository comes in, and those that are refused.

use std::path::Path;

use bartizan::model::{Error, SkipReason};
use bartizan::source::{Item, Source as _};

use super::{Temp, git, globs, open, options, refusal, see, see_with};

/// A repository with a tracked file that is ignored, one that is not tracked, and a commit.
fn sample(init: &[&str]) -> Temp {
    let temp = Temp::new();
    git(&temp.path(), &[&["init", "-q"], init, &["."]].concat());
    temp.write(".gitignore", "*.env\n").write("app.env", "A=1").write("sub/b.env", "B=2").write("sub/c", "C");
    temp.add(&["app.env", "sub/b.env", "sub/c", ".gitignore"]);
    git(&temp.path(), &["commit", "-qm", "first"]);
    temp.write("sub/ignored.env", "x").write("sub/new", "n");
    temp
}

const SAMPLE: [&str; 5] = [".gitignore", "app.env", "sub/b.env", "sub/c", "sub/new"];

#[test]
fn paths_are_relative_to_the_root_of_the_repository() {
    let temp = sample(&[]);
    assert_eq!(see(&temp.path()).paths(), SAMPLE);
    for (path, expected, scope) in [
        ("", SAMPLE.as_slice(), "worktree"),
        ("sub", &SAMPLE[2..], "worktree below sub"),
        ("sub/b.env", &SAMPLE[2..3], "file sub/b.env"),
        ("sub/../app.env", &SAMPLE[1..2], "file app.env"),
    ] {
        let source = open(&temp.path().join(path)).unwrap();
        assert_eq!(super::see_all(&source).paths(), expected, "{path}");
        assert_eq!((source.root(), source.is_git()), (temp.path().as_path(), true));
        assert_eq!(source.scope(), scope);
    }
}

#[test]
fn formats_of_the_index() {
    let plain = sample(&[]);
    git(&plain.path(), &["update-index", "--index-version", "4"]);
    assert_eq!(see(&plain.path()).paths(), SAMPLE);

    let split = sample(&[]);
    git(&split.path(), &["update-index", "--split-index"]);
    split.write("later.env", "L").add(&["later.env"]);
    assert_eq!(
        see(&split.path()).paths(),
        [".gitignore", "app.env", "later.env", "sub/b.env", "sub/c", "sub/new"]
    );

    let sha256 = sample(&["--object-format=sha256"]);
    assert_eq!(see(&sha256.path()).paths(), SAMPLE);

    let none = Temp::git();
    none.write("x", "");
    assert!(!none.path().join(".git/index").exists());
    assert_eq!(see(&none.path()).paths(), ["x"]);
}

#[test]
fn a_directory_that_a_sparse_index_hides_is_read_whole() {
    let temp = sample(&[]);
    git(&temp.path(), &["clean", "-qfdx"]);
    git(&temp.path(), &["sparse-checkout", "init", "--cone", "--sparse-index"]);
    let entries = git(&temp.path(), &["ls-files", "--sparse"]);
    assert_eq!(entries, b".gitignore\napp.env\nsub/\n", "this git does not make sparse indexes");
    temp.write("sub/b.env", "back");
    for path in ["", "sub"] {
        let seen = see(&temp.path().join(path));
        assert!(seen.paths().contains(&"sub/b.env"), "{path}: {:?}", seen.paths());
    }
}

#[test]
fn worktrees_submodules_and_other_repositories() {
    let main = sample(&[]);
    git(&main.path(), &["worktree", "add", "-q", "--detach", "linked"]);
    git(&main.path(), &["submodule", "--quiet", "add", sample(&[]).path().to_str().unwrap(), "module"]);
    let other = main.path().join("other/deep");
    std::fs::create_dir_all(&other).unwrap();
    git(&other, &["init", "-q", "."]);
    main.write("other/deep/secret", "s").write("other/near", "n");

    let seen = see(&main.path());
    assert_eq!(
        seen.paths(),
        [".gitignore", ".gitmodules", "app.env", "other/near", "sub/b.env", "sub/c", "sub/new"]
    );
    let expected = [
        ("linked", SkipReason::NestedRepository),
        ("module", SkipReason::Submodule),
        ("other/deep", SkipReason::NestedRepository),
    ];
    assert_eq!(seen.skipped(), expected);

    // Each can be scanned by itself, and has paths of its own.
    main.write("linked/app.env", "changed").write("linked/new", "");
    let seen = see(&main.path().join("linked"));
    assert_eq!(seen.paths(), [".gitignore", "app.env", "new", "sub/b.env", "sub/c"]);
    assert!(seen.tracked("app.env") && !seen.tracked("new"));
    assert_eq!(see(&main.path().join("module/sub")).paths(), ["sub/b.env", "sub/c"]);
    assert_eq!(see(&other).paths(), ["secret"]);
}

#[test]
fn a_submodule_that_is_not_checked_out_is_reported_all_the_same() {
    let main = sample(&[]);
    git(&main.path(), &["submodule", "--quiet", "add", sample(&[]).path().to_str().unwrap(), "module"]);
    git(&main.path(), &["submodule", "--quiet", "deinit", "--force", "module"]);
    assert_eq!(see(&main.path()).skipped(), [("module", SkipReason::Submodule)]);
}

#[test]
fn a_git_directory_somewhere_else() {
    let temp = Temp::new();
    let store = Temp::new();
    let store = store.path().join("store");
    git(&temp.path(), &["init", "-q", "--separate-git-dir", store.to_str().unwrap(), "."]);
    temp.write(".gitignore", "x\n").write("x", "").add(&["x"]);
    assert_eq!(see(&temp.path()).paths(), [".gitignore", "x"]);

    // A worktree that the repository itself names, above the place of `.git`.
    let temp = Temp::git();
    std::fs::create_dir(temp.path().join("inner")).unwrap();
    std::fs::rename(temp.path().join(".git"), temp.path().join("inner/.git")).unwrap();
    temp.write("inner/a", "").write("b", "");
    git(&temp.path().join("inner"), &["config", "core.worktree", "../.."]);
    git(&temp.path().join("inner"), &["add", "a", "../b"]);
    let seen = see(&temp.path().join("inner"));
    assert_eq!(seen.paths(), ["inner/a"]);
    assert!(seen.tracked("inner/a"));
}

#[test]
fn skipped_with_the_reason() {
    let temp = Temp::git();
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 9\n",
        "0123456789abcdef".repeat(4)
    );
    temp.write("big", &"x".repeat(101)).write("fits", &"x".repeat(100)).write("lfs", &pointer[..]);
    temp.write("vendor/a", "")
        .write("vendor/b/c", "")
        .write("a/vendor/x", "")
        .write("skip.js", "")
        .write("empty", "");
    let with = bartizan::source::WorktreeOptions {
        max_file_size: 100,
        exclude: globs(&["/vendor", "*.js"]),
        ..options()
    };
    let seen = see_with(&temp.path(), &with);
    assert_eq!(seen.paths(), ["a/vendor/x", "empty", "fits"]);
    assert_eq!(seen.bytes("empty"), b"");
    let expected = [
        ("big", SkipReason::TooLarge),
        ("lfs", SkipReason::TooLarge),
        ("skip.js", SkipReason::Excluded),
        ("vendor", SkipReason::Excluded),
    ];
    assert_eq!(seen.skipped(), expected);
    assert_eq!(see(&temp.path().join("lfs")).skipped(), [("lfs", SkipReason::LfsPointer)]);
    assert_eq!(see_with(&temp.path().join("skip.js"), &with).skipped(), [("skip.js", SkipReason::Excluded)]);
}

#[test]
fn many_files_in_one_directory_each_with_its_own_bytes() {
    let temp = Temp::git();
    for n in 0..500u32 {
        temp.write(&format!("d/{n}"), &n.to_string().repeat(n as usize % 97));
    }
    temp.add(&["d"]);
    let seen = see(&temp.path());
    assert_eq!(seen.blobs.len(), 500);
    for n in 0..500u32 {
        assert_eq!(seen.bytes(&format!("d/{n}")), n.to_string().repeat(n as usize % 97).as_bytes());
    }
    for threads in [1, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| see(&temp.path())), seen, "{threads} threads");
    }
}

#[test]
fn a_visitor_may_use_the_pool() {
    use rayon::prelude::*;
    let temp = Temp::git();
    for n in 0..200 {
        temp.write(&format!("{n}"), &format!("content of {n}"));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let source = open(&temp.path()).unwrap();
    let right = std::sync::atomic::AtomicUsize::new(0);
    let visit = |item: Item<'_>| {
        if let Item::Blob(blob) = item {
            // While this waits, the thread may take up further files.
            let sum: u64 = (0..1000u64).into_par_iter().map(std::hint::black_box).sum();
            let expected = format!("content of {}", blob.path.shown());
            assert_eq!((sum, blob.bytes), (499_500, expected.as_bytes()));
            right.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    };
    pool.install(|| source.each(&visit)).unwrap();
    assert_eq!(right.into_inner(), 200);
}

#[test]
fn what_is_not_there() {
    let temp = Temp::new();
    let missing = temp.path().join("missing");
    assert!(matches!(open(&missing), Err(Error::Read { path, .. }) if path == missing));
    assert!(matches!(open(&temp.write("file", "").path().join("file/x")), Err(Error::Read { .. })));
    assert_eq!(see(&temp.path().join("file")).paths(), ["file"]);
    let source = open(&temp.path().join("file")).unwrap();
    assert_eq!((source.scope().as_str(), source.is_git()), ("file file", false));
}

#[test]
fn repositories_that_are_refused() {
    let git_dir = sample(&[]);
    assert!(refusal(&git_dir.path().join(".git")).contains("git's own directory"));
    assert!(refusal(&git_dir.path().join(".git/refs/heads")).contains("git's own directory"));
    assert!(refusal(&git_dir.path().join(".git/config")).contains("git's own directory"));
    git(&git_dir.path(), &["worktree", "add", "-q", "--detach", "linked"]);
    assert!(refusal(&git_dir.path().join("linked/.git")).contains("git's own"));

    let bare = Temp::new();
    git(&bare.path(), &["init", "-q", "--bare", "."]);
    assert!(refusal(&bare.path()).contains("it is bare"));
    assert!(refusal(&bare.path().join("objects")).contains("it is bare"));

    let broken = |path: &str, content: &str| {
        let temp = sample(&[]);
        temp.write(path, content);
        refusal(&temp.path().join("sub"))
    };
    assert!(broken(".git/index", "DIRC").contains("its index cannot be read"));
    assert!(broken(".git/HEAD", "").contains("not a git directory"));
    assert!(broken(".git/config", "[core\n").contains("its settings in "));
    assert!(broken(".git/config", "[core]\n\tworktree = /\u{1b}[0m\n").contains("`/\\u{1b}[0m`"));
    assert!(broken(".git/config", "[extensions]\n\tobjectFormat = md5\n").contains("`md5`"));

    let nowhere = Temp::new();
    nowhere.write(".git", "gitdir: /nowhere\n");
    assert!(refusal(&nowhere.path()).contains("names /nowhere, which is not a git directory"));
    nowhere.write(".git", "hello\n");
    assert!(refusal(&nowhere.path()).contains("does not name a git directory"));
}

#[test]
fn an_embedded_bare_repository_is_a_directory() {
    let temp = sample(&[]);
    let bare = temp.path().join("fixtures/bare");
    std::fs::create_dir_all(&bare).unwrap();
    git(&bare, &["init", "-q", "--bare", "."]);
    assert!(see(&temp.path()).paths().contains(&"fixtures/bare/HEAD"));
    assert!(see(&bare).paths().contains(&"fixtures/bare/HEAD"));
}

#[test]
fn of_another_owner() {
    let temp = sample(&[]);
    assert_eq!(see(&temp.path()).paths(), SAMPLE);
    // Only root can give a directory away; for everybody else a stranger's is as good.
    let foreign = std::os::unix::fs::chown(temp.path(), Some(4711), None).is_ok();
    if !foreign {
        return;
    }
    let message = refusal(&temp.path());
    let mend = format!("git config --global --add safe.directory '{}'", temp.path().display());
    assert!(message.contains(&mend), "{message}");

    let mut with = options();
    with.allow_foreign_owner = true;
    assert_eq!(see_with(&temp.path(), &with).paths(), SAMPLE);

    with.allow_foreign_owner = false;
    let home = Temp::new();
    with.git_home.home = Some(home.path());
    let above = temp.path().parent().unwrap().to_owned();
    let safe = |directories: &[&Path]| {
        let lines: String =
            directories.iter().map(|path| format!("\tdirectory = {}\n", path.display())).collect();
        home.write(".gitconfig", &format!("[safe]\n{lines}"));
        bartizan::source::Worktree::open(&temp.path(), &with).is_ok()
    };
    assert!(!safe(&[]));
    assert!(!safe(&[&above]));
    assert!(safe(&[&temp.path()]));
    assert!(safe(&[&above.join("*")]));
    assert!(safe(&[Path::new("*")]));
    assert!(!safe(&[&temp.path(), Path::new("")]));
    // What the repository itself says about its safety is not asked.
    temp.write(".git/config", "[core]\n\trepositoryformatversion = 0\n[safe]\n\tdirectory = *\n");
    assert!(!safe(&[]));
}
