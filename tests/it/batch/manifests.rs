//! Lists as people have them, and lists that are none.

use std::fs;
use std::path::{Path, PathBuf};

use bartizan::batch::directory::repositories;
use bartizan::batch::key::Location;
use bartizan::batch::manifest::{Listed, read};

use super::Farm;

fn list(text: &str) -> Result<Vec<Listed>, String> {
    read(text.as_bytes(), None, &|path: &Path| Path::new("/here").join(path)).map(|list| list.all)
}

fn shown(text: &str) -> Vec<String> {
    list(text).unwrap().iter().map(|one| one.location.shown()).collect()
}

#[test]
fn lines_and_what_is_separated_by_nul() {
    let lines = "# ours\n\nhttps://github.com/a/b # legacy\r\n  git@host.test:c/d.git\n/srv/e # f\nname with blanks\n";
    assert_eq!(
        shown(lines),
        ["https://github.com/a/b", "ssh://git@host.test/c/d.git", "/srv/e # f", "/here/name with blanks"]
    );
    assert_eq!(shown("/a\0/b\nc\0https://host.test/d\0"), ["/a", "/b\nc", "https://host.test/d"]);
}

#[test]
fn a_table_with_a_header() {
    let table = "name;URL;size_kb;fork_of;archived\nb;https://host.test/a/b;120;;false\nc;https://host.test/a/c;;x/c;true\n";
    let all = list(table).unwrap();
    assert_eq!((all[0].size_kb, all[0].fork, all[0].archived), (Some(120), false, false));
    assert_eq!((all[1].size_kb, all[1].fork, all[1].archived), (None, true, true));
    assert_eq!(shown("path\n/a\n\"/b, c\"\n"), ["/a", "/b, c"]);
}

#[test]
fn what_gh_github_and_gitlab_list() {
    let gh = r#"[{"diskUsage":310,"isArchived":false,"isFork":true,"nameWithOwner":"me/cli","parent":{"id":"x","name":"cli",
        "owner":{"id":"y","login":"cli"}},"pushedAt":"2026-01-02T03:04:05Z","url":"https://github.com/me/cli"}]"#;
    let all = list(gh).unwrap();
    assert_eq!(all[0].location, Location::Url("https://github.com/me/cli".to_owned()));
    assert_eq!((all[0].size_kb, all[0].fork_of.as_deref()), (Some(310), Some("cli/cli")));
    assert_eq!(all[0].pushed_at.as_deref(), Some("2026-01-02T03:04:05Z"));
    // Pages, one behind the other, as `gh api --paginate` prints them; the page of a search.
    let github = r#"[{"full_name":"a/b","url":"https://api.github.test/repos/a/b","clone_url":"https://github.test/a/b.git","size":7,
        "fork":false,"archived":true}][{"full_name":"a/c","clone_url":"https://github.test/a/c.git"}]
        {"total_count":1,"items":[{"full_name":"a/d","html_url":"https://github.test/a/d"}]}"#;
    assert_eq!(
        shown(github),
        ["https://github.test/a/b.git", "https://github.test/a/c.git", "https://github.test/a/d"]
    );
    assert!(list(github).unwrap()[0].archived);
    let gitlab = r#"[[{"path_with_namespace":"g/s/p","http_url_to_repo":"https://lab.test/g/s/p.git","archived":false,
        "statistics":{"repository_size":2097152},"forked_from_project":{"path_with_namespace":"g/p"}}]]"#;
    let all = list(gitlab).unwrap();
    assert_eq!((all[0].size_kb, all[0].fork_of.as_deref(), all[0].fork), (Some(2048), Some("g/p"), true));
    // A line each.
    assert_eq!(shown("{\"path\":\"/a\"}\n{\"path\":\"b\"}\n"), ["/a", "/here/b"]);
}

#[test]
fn what_is_no_list_is_refused_with_its_line() {
    for (text, line, said) in [
        ("https://a.test/b\nftp://a.test/b\n", 2, "https and ssh"),
        ("a\n\next::sh -c id\n", 3, "helper"),
        ("<!doctype html>\n", 1, "not a list"),
        ("repos:\n  - a\n", 1, "not a list"),
        ("a\n- b\n", 2, "not a list"),
        ("me/cli\tthe tool\tpublic\n", 1, "tab"),
        ("[{\"full_name\":\"a/b\",\"clone_url\":\"https://a.test/b\"},\n{\"id\":1}]", 2, "none of url"),
        ("{\"message\":\"Bad credentials\",\"status\":\"401\"}", 1, "error response"),
        ("[{\"nameWithOwner\":\"a/b\"}]", 1, "has no URL"),
        ("[\n{\"path\":\"/a\"},\n{\"path\":", 3, "truncated"),
        ("[{\"path\":\"/a\",}]", 1, "not JSON"),
        ("[1]", 1, "expected"),
        ("url,size_kb\nhttps://a.test/b,many\n", 2, "not a number"),
        ("url,size_kb\nhttps://a.test/b\n", 2, "cells"),
        ("name,url\na,\n", 2, "empty"),
        ("url\nhttp://a.test/b\n", 2, "https and ssh"),
        ("a\u{1b}[2J\n", 1, "control characters"),
    ] {
        let error = list(text).expect_err(text);
        assert!(error.contains(&format!("line {line}")) && error.contains(said), "{text:?}: {error}");
    }
    // Neither is anything of it printed raw.
    let farm = Farm::new(0);
    fs::write(farm.path().join("list"), "ok\n\u{1b}[31mred\n").unwrap();
    let ran = farm.ran(&["batch", "run", "--from", "list", "--out", "out"]);
    assert!(ran.code == 2 && ran.err.contains("list: line 2") && !ran.err.contains('\u{1b}'), "{}", ran.err);
}

#[test]
fn any_bytes_are_a_list_or_an_error() {
    use proptest::prelude::*;
    let piece = proptest::sample::select(
        &[
            "[", "]", "{", "}", "\"", "\\", ",", ":", "url", "path", "\n", "\0", "/a", "#", " ", "\u{e9}",
            "\u{ff}",
        ][..],
    );
    proptest!(ProptestConfig::with_cases(500), |(pieces in proptest::collection::vec(piece, 0..40))| {
        let text = pieces.concat();
        for cut in [0, 1, 2] {
            let bytes = &text.as_bytes()[..text.len().saturating_sub(cut)];
            let _ = read(bytes, None, &|path: &Path| path.to_owned());
        }
    });
}

#[test]
fn a_directory_of_clones() {
    let farm = Farm::new(3);
    let root = farm.path().join("farm");
    // A worktree with a repository in it, a link, and what only looks like one.
    fs::create_dir_all(root.join("tree/.git")).unwrap();
    fs::create_dir_all(root.join("tree/inner/.git")).unwrap();
    fs::create_dir_all(root.join("deep/er/still")).unwrap();
    std::os::unix::fs::symlink(root.join("tree"), root.join("link")).unwrap();
    let (found, unread) = repositories(&root).unwrap();
    let names: Vec<PathBuf> = found.iter().map(|path| path.strip_prefix(&root).unwrap().to_owned()).collect();
    let expected =
        ["group-0/name-0.git", "group-0/name-2.git", "group-1/name-1.git", "tree"].map(PathBuf::from);
    assert_eq!((names, unread), (expected.to_vec(), 0));
    // The same of one repository.
    assert_eq!(repositories(&found[0]).unwrap().0, [found[0].clone()]);
}
