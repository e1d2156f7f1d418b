//! Trees that were made to crash, hang, fool or lead astray whoever reads them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bartizan::model::SkipReason;
use proptest::prelude::*;

use super::{Temp, git, open, refusal, see};

fn fifo(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn links_are_not_followed() {
    let temp = Temp::git();
    let outside = Temp::new();
    outside.write("secret", "outside").write("dir/file", "outside");
    temp.write("dir/file", "inside").write("file", "inside").add(&["dir/file", "file"]);
    // Tracked as a file in a directory, now behind a link.
    fs::remove_dir_all(temp.path().join("dir")).unwrap();
    symlink(outside.path().join("dir"), temp.path().join("dir")).unwrap();
    fs::remove_file(temp.path().join("file")).unwrap();
    symlink(outside.path().join("secret"), temp.path().join("file")).unwrap();
    symlink(".", temp.path().join("cycle")).unwrap();
    symlink("nowhere", temp.path().join("dangling")).unwrap();
    let seen = see(&temp.path());
    assert_eq!(seen.paths(), [""; 0]);
    let links = ["cycle", "dangling", "dir", "file"].map(|path| (path, SkipReason::Symlink));
    assert_eq!(seen.skipped(), links);
    for link in ["file", "dangling"] {
        assert_eq!(see(&temp.path().join(link)).skipped(), [(link, SkipReason::Symlink)]);
    }
}

#[test]
fn ignore_files_that_are_links_ignore_nothing() {
    let temp = Temp::git();
    let outside = Temp::new();
    outside.write("ignore", "*\n");
    temp.write("sub/x", "");
    symlink(outside.path().join("ignore"), temp.path().join("sub/.gitignore")).unwrap();
    assert_eq!(see(&temp.path()).paths(), ["sub/x"]);
    let large = Temp::git();
    large.write("x", "").write(".gitignore", &format!("x\n{}", "#\n".repeat(1 << 19)));
    assert_eq!(see(&large.path()).paths(), ["x"]);
}

#[test]
fn what_is_no_file_is_not_opened() {
    let temp = Temp::git();
    temp.write("tracked", "t").write(".gitignore", "ignored\n").add(&["tracked"]);
    for name in ["tracked", "fifo", "ignored"] {
        fifo(&temp.path().join(name));
    }
    let _socket = UnixListener::bind(temp.path().join("socket")).unwrap();
    let seen = see(&temp.path());
    assert_eq!(seen.paths(), [".gitignore"]);
    assert_eq!(seen.skipped(), ["fifo", "socket", "tracked"].map(|path| (path, SkipReason::Special)));
    assert_eq!(see(&temp.path().join("fifo")).skipped(), [("fifo", SkipReason::Special)]);
    fifo(&temp.path().join(".gitignore"));
    assert!(see(&temp.path()).skipped.contains_key("ignored"));
}

#[test]
fn git_directories_full_of_fifos_do_not_hold_us() {
    for (name, expected) in [
        ("index", "index is not a regular file"),
        ("sharedindex.0123456789012345678901234567890123456789", "is not a regular file"),
        ("config", "not a regular file"),
        ("HEAD", "not a git directory"),
        ("commondir", "not a git directory"),
    ] {
        let temp = Temp::git();
        temp.write("x", "").add(&["x"]);
        fifo(&temp.path().join(".git").join(name));
        let message = refusal(&temp.path());
        assert!(message.contains(expected), "{name}: {message}");
    }
    // What git does without, we do without.
    for name in
        ["info/exclude", "packed-refs", "objects/info/alternates", "refs/heads/main", "fsmonitor--daemon.ipc"]
    {
        let temp = Temp::git();
        temp.write("x", "").add(&["x"]);
        fifo(&temp.path().join(".git").join(name));
        assert_eq!(see(&temp.path()).paths(), ["x"], "{name}");
    }
    let temp = Temp::new();
    fifo(&temp.path().join(".git"));
    assert!(refusal(&temp.path()).contains("neither a directory nor a file"));
}

#[test]
fn settings_of_a_repository_start_no_program() {
    let temp = Temp::git();
    let mark = temp.path().join("ran");
    let program = temp.path().join("program");
    temp.write("program", &format!("#!/bin/sh\ntouch '{}'\n", mark.display())).write("x", "").add(&["x"]);
    temp.write(".gitattributes", "* filter=f diff=f\n");
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let program = program.to_str().unwrap();
    fs::copy(program, temp.path().join(".git/hooks/post-index-change")).unwrap();
    for key in ["core.fsmonitor", "filter.f.clean", "filter.f.process", "filter.f.smudge", "diff.f.textconv"]
    {
        git(&temp.path(), &["config", key, program]);
    }
    assert_eq!(see(&temp.path()).paths(), [".gitattributes", "program", "x"]);
    assert!(!mark.exists());
}

#[test]
fn names_are_bytes() {
    let temp = Temp::git();
    for name in [&b"new\nline"[..], b"esc\x1b[31m", b"invalid\xff\xfe", b" ", b"\\", b"-rf", b".gitx"] {
        fs::write(temp.path().join(OsStr::from_bytes(name)), name).unwrap();
        let dir = temp.path().join(OsStr::from_bytes(&[name, b"-dir"].concat()));
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join(OsStr::from_bytes(name)), name).unwrap();
    }
    git(&temp.path(), &["add", "-A"]);
    let seen = see(&temp.path());
    assert_eq!(seen.blobs.len(), 14);
    assert!(seen.blobs.values().all(|(_, tracked)| *tracked));
    assert_eq!(seen.bytes("invalid\\xff\\xfe-dir/invalid\\xff\\xfe"), b"invalid\xff\xfe");
    assert_eq!(seen.bytes("new\\nline"), b"new\nline");
    let part = see(&temp.path().join(OsStr::from_bytes(b"invalid\xff\xfe-dir")));
    assert_eq!(part.paths(), ["invalid\\xff\\xfe-dir/invalid\\xff\\xfe"]);
}

/// Makes directories one in the other, all named `a` or `b`, until there are `levels`, by putting
/// what is there into a new one again and again: so no path gets long. The deepest holds `file`,
/// and some thousand of the others an ignore file.
fn deepen(root: &Path, levels: std::ops::Range<usize>) {
    for level in levels {
        let (old, new) = if level % 2 == 1 { ("a", "b") } else { ("b", "a") };
        fs::create_dir(root.join(new)).unwrap();
        if level == 0 {
            fs::write(root.join(new).join("file"), "deep").unwrap();
        } else {
            if (17_000..20_000).contains(&level) {
                fs::write(root.join(new).join(".gitignore"), ".gitignore\nnothing/**/here/**\n").unwrap();
            }
            fs::rename(root.join(old), root.join(new).join(old)).unwrap();
        }
    }
}

/// The reverse, for the temporary directory cannot remove that.
fn flatten(root: &Path, levels: usize) {
    for level in (1..levels).rev() {
        let (old, new) = if level % 2 == 1 { ("a", "b") } else { ("b", "a") };
        fs::rename(root.join(new).join(old), root.join(old)).unwrap();
        fs::remove_dir_all(root.join(new)).unwrap();
    }
}

#[test]
fn twenty_thousand_directories_deep() {
    let temp = Temp::in_memory();
    let root = temp.path();
    git(&root, &["init", "-q", "."]);
    deepen(&root, 0..20_000);
    let in_git = see(&root);
    fs::remove_dir_all(root.join(".git")).unwrap();
    let outside = see(&root);
    // There is an end to it, and it is not a silent one.
    deepen(&root, 20_000..33_000);
    let deeper = see(&root);
    flatten(&root, 33_000);

    for seen in [in_git, outside] {
        assert_eq!(seen.problems, []);
        let (path, (bytes, _)) = seen.blobs.iter().find(|(path, _)| path.ends_with("/file")).unwrap();
        assert_eq!((path.len(), bytes.as_slice()), (2 * 20_000 + "file".len(), &b"deep"[..]));
        // Ignore files stop being asked where git has no names any more.
        assert!(seen.blobs.keys().all(|path| path.len() > 4096));
        assert_eq!(seen.skipped(), []);
    }
    assert!(!deeper.blobs.keys().any(|path| path.ends_with("/file")));
    let messages: Vec<&str> = deeper.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["cannot go into this directory: its path is longer than 65536 bytes"]);
    assert_eq!(deeper.skipped.values().collect::<Vec<_>>(), [&SkipReason::Unreadable]);
}

#[test]
fn unreadable() {
    use std::os::unix::fs::PermissionsExt as _;
    let temp = Temp::git();
    temp.write("closed/x", "").write("file", "").write("open", "");
    let set = |path: &str, mode| {
        fs::set_permissions(temp.path().join(path), fs::Permissions::from_mode(mode)).unwrap()
    };
    set("closed", 0);
    set("file", 0);
    let may_all = fs::read(temp.path().join("file")).is_ok();
    let seen = see(&temp.path());
    set("closed", 0o755);
    if may_all {
        // Nothing is closed to root.
        assert_eq!(seen.paths(), ["closed/x", "file", "open"]);
        return;
    }
    assert_eq!(seen.paths(), ["open"]);
    assert_eq!(seen.skipped(), [("closed", SkipReason::Unreadable), ("file", SkipReason::Unreadable)]);
    let messages: Vec<&str> = seen.problems.iter().map(|problem| problem.message.as_str()).collect();
    let end = "permission denied; run the scan as a user who may read it, or exclude it";
    assert_eq!(
        messages,
        [format!("cannot open this directory: {end}"), format!("cannot open this file: {end}")]
    );
}

#[test]
fn files_come_and_go_while_we_read() {
    /// Ends the other thread however the test ends.
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
    let temp = Temp::git();
    for n in 0..300 {
        temp.write(&format!("d{}/{n}", n % 10), "0123456789");
    }
    temp.add(&["."]);
    let full = "0123456789".repeat(1000);
    let root = temp.path();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in (0..300).cycle().take_while(|_| !stop.load(Relaxed)) {
                let path = root.join(format!("d{}/{n}", n % 10));
                match n % 4 {
                    0 => drop(fs::remove_file(&path)),
                    1 => fs::write(&path, "").unwrap(),
                    2 => fs::write(&path, &full).unwrap(),
                    _ => fs::rename(&path, root.join(format!("d{}/moved", n % 10))).unwrap_or_default(),
                }
            }
        });
        let _stop = Stop(&stop);
        for _ in 0..50 {
            let seen = see(&root);
            assert_eq!(seen.problems, []);
            assert!(!seen.blobs.is_empty());
            for (bytes, _) in seen.blobs.values() {
                assert!(full.as_bytes().starts_with(bytes));
            }
        }
    });
}

fn index() -> Vec<u8> {
    let temp = Temp::git();
    for name in ["a", "b/c", "b/d", "e.env"] {
        temp.write(name, name);
    }
    temp.add(&["."]);
    git(&temp.path(), &["commit", "-qm", "first"]);
    fs::read(temp.path().join(".git/index")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_index_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        with_checksum in any::<bool>(),
    ) {
        static INDEX: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = INDEX.get_or_init(index).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if !with_checksum && bytes.len() >= 20 {
            // All zeros: git then does not check either.
            let end = bytes.len() - 20;
            bytes[end..].fill(0);
        }
        let temp = Temp::new();
        temp.write(".git/HEAD", "ref: refs/heads/main\n").write(".git/objects/x", "").write(".git/refs/x", "");
        for name in ["a", "b/c", "b/d", "e.env", "new"] {
            temp.write(name, name);
        }
        fs::write(temp.path().join(".git/index"), bytes).unwrap();
        match open(&temp.path()) {
            Ok(source) => {
                // Whatever the index says, files that nothing ignores are there.
                let seen = super::see_all(&source);
                let all = seen.blobs.len() + seen.skipped.len();
                prop_assert!(all >= 4, "{:?}", seen);
                prop_assert!(seen.blobs.contains_key("new") || seen.skipped.contains_key("new"));
            }
            Err(error) => prop_assert!(error.to_string().contains("its index cannot be read"), "{}", error),
        }
    }
}
