//! Rules of other scanners: what they find, what is not honoured, and what is a mistake.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const KEY: &str = "[[rules]]
id = 'acme-key'
description = 'Acme key'
regex = '''(?i)acme[_-]?key\\s*[=:]\\s*[\"']?([a-z0-9]{16})'''
keywords = ['acme']
";

struct Scan {
    folder: TempDir,
    code: i32,
    err: String,
    lines: Vec<Value>,
}

impl Scan {
    /// `check path:line` of each finding.
    fn found(&self) -> Vec<String> {
        self.of("finding").map(|line| shown(line, &line["place"])).collect()
    }

    fn suppressed(&self) -> Vec<String> {
        self.of("suppressed")
            .map(|line| {
                format!(
                    "{} by {}",
                    shown(&line["finding"], &line["finding"]["place"]),
                    line["by"].as_str().unwrap()
                )
            })
            .collect()
    }

    fn notices(&self) -> Vec<String> {
        self.of("notice").map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| line["type"] == kind)
    }
}

fn shown(finding: &Value, place: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    format!("{} {}:{}", text(&finding["check"]), text(&place["path"]), place["region"]["start_line"])
}

/// A git repository with these files, none of them tracked.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace('¦', "")).unwrap();
    }
    for name in [".git/objects", ".git/refs"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    folder
}

/// Scans `src` of a repository with these files.
fn scan(files: &[(&str, &str)], args: &[&str]) -> Scan {
    let folder = folder(files);
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    for name in ["CI", "BARTIZAN_CONFIG", "BARTIZAN_FAIL_ON", "BARTIZAN_JOBS"] {
        command.env_remove(name);
    }
    let output = command
        .current_dir(folder.path())
        .args(["scan", "src", "--format", "jsonl"])
        .args(args)
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    Scan {
        folder,
        code: output.status.code().unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        lines: out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    }
}

/// Scans one text with nothing but these rules.
fn with(rules: &str, text: &str) -> Scan {
    let scan = scan(&[("r.toml", rules), ("src/a", text)], &["--rules", "r.toml", "--no-default-rules"]);
    assert!(scan.err.is_empty(), "{}", scan.err);
    scan
}

/// The lines of findings in one text.
fn lines(rules: &str, text: &str) -> Vec<u64> {
    with(rules, text)
        .of("finding")
        .map(|line| line["place"]["region"]["start_line"].as_u64().unwrap())
        .collect()
}

/// What is wrong with these rules.
fn mistakes(rules: &str) -> String {
    let scan = scan(&[("r.toml", rules), ("src/a", "x\n")], &["--rules", "r.toml"]);
    assert_eq!((scan.code, scan.lines.len()), (2, 0), "{}", scan.err);
    scan.err
}

#[test]
fn rules_add_to_the_built_in_ones() {
    let text = "acme_key = 'a8f3k2l9d0s7q1zx'\ntoken = 'ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW'\n";
    let files = [("r.toml", KEY), ("src/a", text)];
    assert_eq!(
        scan(&files, &["--rules", "r.toml"]).found(),
        ["acme-key src/a:1", "github-personal-access-token src/a:2"]
    );
    assert_eq!(scan(&files, &["--rules", "r.toml", "--no-default-rules"]).found(), ["acme-key src/a:1"]);
    let named = scan(
        &files,
        &["--rules", "r.toml", "--no-default-rules", "--checks", "github-personal-access-token"],
    );
    assert_eq!(named.found(), ["github-personal-access-token src/a:2"]);
    assert_eq!(
        scan(&files, &["--rules", "r.toml", "--skip-checks", "acme-key"]).found(),
        ["generic-secret src/a:1", "github-personal-access-token src/a:2"]
    );

    let alone = format!("defaults = false\n{KEY}");
    assert_eq!(scan(&[("r.toml", &alone), files[1]], &["--rules", "r.toml"]).found(), ["acme-key src/a:1"]);
    let settings = "[secrets]\nrules = ['../r.toml']\ndefaults = false\n";
    let config = [("settings/b.toml", settings), files[0], files[1]];
    assert_eq!(scan(&config, &["--config", "settings/b.toml"]).found(), ["acme-key src/a:1"]);
}

#[test]
fn the_secret_is_masked_and_its_group_is_chosen() {
    let rules = "[[rules]]\nid = 'r'\nregex = 'id=(x*)(\\w+);(\\w+)'\n";
    let evidence = |rules: &str| {
        let scan = with(rules, "id=first;secondone\n");
        let finding = scan.of("finding").next().unwrap();
        (
            finding["evidence"]["length"].as_u64().unwrap(),
            finding["place"]["snippet"]["text"].as_str().unwrap().to_owned(),
        )
    };
    // What goes on behind a secret may be the rest of it.
    assert_eq!(evidence(rules), (5, "id=****".to_owned()));
    assert_eq!(evidence(&format!("{rules}secretGroup = 3")), (9, "id=first;****".to_owned()));
    assert_eq!(evidence("[[rules]]\nid = 'r'\nregex = 'first;\\w+'\n").0, 15);
}

#[test]
fn entropy_is_a_floor() {
    let text = "acme_key=aaaaaaaaaaaaaaab\nacme_key=a8f3k2l9d0s7q1zx\n";
    assert_eq!(lines(KEY, text), [1, 2]);
    assert_eq!(lines(&format!("{KEY}entropy = 3"), text), [2]);
    assert_eq!(lines(&format!("{KEY}entropy = 3.9"), text), [2]);
    assert!(lines(&format!("{KEY}entropy = 4"), text).is_empty());
}

#[test]
fn keywords_are_asked_of_the_whole_file() {
    let rules = "[[rules]]\nid = 'r'\nregex = '[0-9]{8}[a-f]{4}'\nkeywords = ['ACME', 'io']\n";
    assert_eq!(lines(rules, "12345678abcd\n\n\nAcme\n12345678dcba\n"), [1, 5]);
    assert_eq!(lines(rules, "12345678abcd radio\n"), [1]);
    assert!(lines(rules, "12345678abcd acne\n").is_empty());
    let long = "[[rules]]\nid = 'r'\nregex = 'word[0-9]{8}[a-f]{4}'\nkeywords = ['io']\n";
    assert_eq!(lines(long, "word12345678abcd radio\n"), [1]);
    assert!(lines(long, "word12345678abcd\n").is_empty());
}

#[test]
fn paths_are_asked_for_and_can_be_all_that_is() {
    let rules = format!("{KEY}path = '''\\.py$'''\n[[rules]]\nid = 'vault'\npath = '''(?i)\\.vault$'''\n");
    let text = "acme_key=a8f3k2l9d0s7q1zx\n";
    let files = [
        ("r.toml", rules.as_str()),
        ("src/a.py", text),
        ("src/a.pyc", text),
        ("src/b.Vault", ""),
        ("src/c.vault", "\0"),
    ];
    let scan = scan(&files, &["--rules", "r.toml", "--no-default-rules"]);
    assert_eq!(scan.found(), ["acme-key src/a.py:1", "vault src/b.Vault:1", "vault src/c.vault:1"]);
}

#[test]
fn allowlists_allow_what_they_say() {
    let text =
        "acme_key=a8f3k2l9d0s7q1zx # test\nacme-key=testf3k2l9d0s7q1 # x\nacme-key: b8f3k2l9d0s7q1zx\n";
    let left = |list: &str| lines(&format!("{KEY}{list}"), text);
    assert_eq!(left(""), [1, 2, 3]);
    assert_eq!(left("[[rules.allowlists]]\nregexes = ['^b8', 'nothing']\n"), [1, 2]);
    assert_eq!(left("[rules.allowlist]\nregexTarget = 'match'\nregexes = ['acme-']\n"), [1]);
    assert_eq!(left("[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['# (test|x)$']\n"), [3]);
    assert_eq!(left("[[rules.allowlists]]\nstopwords = ['TEST']\n"), [1, 3]);
    assert!(left("[rules.allowlist]\npaths = ['src/']\n").is_empty());
    assert_eq!(left("[rules.allowlist]\npaths = ['lib/']\n"), [1, 2, 3]);
    let both = "[[rules.allowlists]]\ncondition = 'AND'\npaths = ['PATH']\nregexTarget = 'line'\nregexes = ['#']\nstopwords = ['test']\n";
    assert_eq!(left(&both.replace("PATH", "^src/a$")), [1, 3]);
    assert_eq!(left(&both.replace("PATH", "lib")), [1, 2, 3]);
    assert_eq!(left(&both.replace("PATH", "lib").replace("AND", "or")), [3]);
    // What a commit would have to be known for is never allowed.
    assert_eq!(
        left("[rules.allowlist]\ncondition = '&&'\ncommits = ['abc']\nstopwords = ['test']\n"),
        [1, 2, 3]
    );
    assert_eq!(left("[rules.allowlist]\ncommits = ['abc']\nstopwords = ['test']\n"), [1, 3]);
    // Of the whole file.
    assert_eq!(left("[allowlist]\nregexes = ['^a8']\n"), [2, 3]);
    assert_eq!(left("[[allowlists]]\ntargetRules = ['acme-key', 'absent']\nregexes = ['^a8']\n"), [2, 3]);
    assert_eq!(left("[[allowlists]]\ntargetRules = ['absent']\nregexes = ['^a8']\n"), [1, 2, 3]);
}

#[test]
fn required_rules_have_to_match_nearby() {
    let user = "[[rules]]\nid = 'acme-user'\nregex = 'user=([a-z]+)'\nskipReport = true\n";
    let text = "user=ann\n\nacme_key=a8f3k2l9d0s7q1zx\n\n\n\n\nacme_key=b8f3k2l9d0s7q1zx\n";
    let left =
        |required: &str| lines(&format!("{KEY}[[rules.required]]\nid = 'acme-user'\n{required}{user}"), text);
    assert_eq!(left(""), [3, 8]);
    assert_eq!(left("withinLines = 3\n"), [3]);
    assert!(left("withinLines = 1\n").is_empty());
    assert_eq!(left("withinLines = 9\nwithinColumns = 0\n"), [3, 8]);
    let beside = "           user=ann acme_key=a8f3k2l9d0s7q1zx\nacme_key=b8f3k2l9d0s7q1zx";
    let columns = format!("{KEY}[[rules.required]]\nid = 'acme-user'\nwithinColumns = 10\n{user}");
    assert_eq!(lines(&columns, beside), [1]);
    assert!(lines(&columns, "acme_key=b8f3k2l9d0s7q1zx\n").is_empty());
}

#[test]
fn expressions_are_those_of_go() {
    let rule = |regex: &str| format!("[[rules]]\nid = 'r'\nregex = '''{regex}'''\n");
    assert_eq!(lines(&rule(r"(?i)\bkey\x3d(?P<key>[[:alnum:]]{4})\b"), "KEY=ab12\nmonkey=ab12\n"), [1]);
    assert_eq!(lines(&rule(r"clé=\p{Lu}{2}"), "clé=ÄÖ\nclé=äö\n"), [1]);
    assert_eq!(lines(&rule(r"\${[[a-z]+}"), "${a[b}\n"), [1]);
    assert_eq!(lines(&rule(r"(?m)^pw=(.+)$"), "x\npw=ä b\n"), [2]);
    assert_eq!(lines(&rule(r"end\.\z"), "end.\nend."), [2]);
}

#[test]
fn mistakes_have_line_column_rule_and_a_way_out() {
    assert_eq!(
        mistakes(
            "[[rules]]\nid = 'a'\nregex = '(x'\n[[rules]]\nid = 'b'\nregex = 3\n[[rules]]\nregex = 'x'\n"
        ),
        "error: r.toml:6:9: rule `b`: `regex` is a string; this is a value of type integer\n\
         error: r.toml:7:1: the rule has no `id`; add one\n"
    );
    assert_eq!(
        mistakes(
            "[[rules]]\nid = 'a'\nregex = '(x'\n[[rules]]\nid = 'a'\n  regex = '(?=x)'\n[[rules]]\nid = 'c'\n"
        ),
        "error: r.toml:3:9: rule `a`: `regex` is invalid: unclosed group; fix or remove the rule\n\
         error: r.toml:6:11: rule `a`: `regex` is invalid: look-around is not supported, nor is it by gitleaks; fix or remove the rule\n\
         error: r.toml:8:6: rule `c`: it has neither `regex` nor `path`; add one of them\n"
    );
    assert_eq!(
        mistakes("[[rules]]\nid = 'a'\nregex = 'x'\n[[rules]]\nid = 'a'\nregex = 'x'\n"),
        "error: r.toml:5:6: rule `a`: the id is already used by line 2; choose another one\n"
    );
    assert_eq!(
        mistakes(
            "[[rules]]\nid = 'a'\nregex = '(x)'\nsecretGroup = 2\n[rules.allowlist]\nregexes = ['x', '[']\nregexTarget = 'y'\n"
        ),
        "error: r.toml:4:15: rule `a`: `secretGroup` is 2, but the regex has only 1 groups\n\
         error: r.toml:7:15: rule `a`: `regexTarget` is secret, match or line\n"
    );
    assert_eq!(
        mistakes("[[rules]]\nid = 'a'\nregex = 'x'\n[[rules.required]]\nid = 'b'\n"),
        "error: r.toml:5:6: rule `a`: it requires `b`, which is not in this file; copy that rule into it\n"
    );
    assert_eq!(
        mistakes("[[rules]]\nid = 'a'\nregex = 'x'\n\n[[rules]]\nid = 'b'\nregex = \"\\d\"\n"),
        "error: r.toml:7:11: rule `b`: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`; fix the TOML here\n"
    );
    assert!(mistakes("").contains("it has no rule"));
    assert!(mistakes("[[rules]]\nid = '\u{1b}[31m'\nregex = '('\n").contains(r"rule `\u{1b}[31m`"));
    assert_eq!(mistakes(&"[[rules]]\nregex = 'x'\n".repeat(100)).lines().count(), 21);
}

#[test]
fn files_that_cannot_be_read_and_rules_that_are_not_left_end_the_scan() {
    let absent = scan(&[("src/a", "x")], &["--rules", "absent.toml"]);
    assert_eq!(
        (absent.code, absent.err.as_str()),
        (2, "error: absent.toml: cannot read the rules: no such file or directory\n")
    );
    let none = scan(&[("src/a", "x")], &["--no-default-rules"]);
    assert_eq!((none.code, none.lines.len()), (2, 0));
    assert!(none.err.contains("no secret rules are left"), "{}", none.err);
    let silent = "defaults = false\n[[rules]]\nid = 'r'\nregex = 'x'\nskipReport = true\n";
    assert_eq!(scan(&[("r.toml", silent), ("src/a", "x")], &["--rules", "r.toml"]).code, 2);
    let files = [("r.toml", KEY), ("s.toml", KEY), ("src/a", "x")];
    let twice = scan(&files, &["--rules", "r.toml", "--rules", "s.toml"]);
    assert_eq!(
        (twice.code, twice.err.as_str()),
        (2, "error: s.toml:2:6: rule `acme-key`: the id is already used by r.toml:2; choose another one\n")
    );
}

#[cfg(unix)]
#[test]
fn a_configuration_names_no_rules_outside_of_its_repository() {
    let outside = folder(&[("r.toml", "the secret of somebody else\n")]);
    let make = |target: &str, rules: &str| {
        let repository =
            folder(&[("bartizan.toml", &format!("secrets.rules = ['{rules}']")), ("src/a", "x")]);
        std::os::unix::fs::symlink(outside.path().join(target), repository.path().join("link")).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_bartizan"))
            .current_dir(repository.path())
            .env("HOME", repository.path())
            .args(["scan"])
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let wanted = |name: &str| {
        (
            Some(2),
            format!(
                "error: bartizan.toml:1:18: the rules in `{name}` are not in the repository; --rules may name them\n"
            ),
        )
    };
    assert_eq!(make("r.toml", "link"), wanted("link"));
    assert_eq!(make("", "link/r.toml"), wanted("link/r.toml"));
    assert_eq!(make("", "/etc/hostname"), wanted("/etc/hostname"));
}

#[test]
fn what_is_not_honoured_is_told() {
    let rules = "title = 'mine'\nminVersion = 'v8'\n[extend]\nuseDefault = true\npath = 'x'\ndisabledRules = ['y']\n\
        [[rules]]\nid = 'AWS Key!'\nregex = '[0-9]{20}'\nvalidate = 'x'\ntags = ['t']\n[[rules]]\nid = 'jwt'\nregex = 'jay'\nkeyword = ['j']\n\
        [[rules]]\nid = 'other'\nentropy = 2\n[allowlist]\ncommits = ['abc']\nstopwords = ['example']\n";
    let told = scan(&[("r.toml", rules), ("src/a", "12345678901234567890\njay\n")], &["--rules", "r.toml"]);
    assert_eq!(
        (told.code, told.found()),
        (1, vec!["aws-key src/a:1".to_owned(), "imported-jwt src/a:2".to_owned()])
    );
    assert_eq!(
        told.notices(),
        [
            "`commits` of allowlists, and conditions joined to them by AND, are not honoured",
            "`extend.disabledRules` is not honoured; --skip-checks disables built-in rules",
            "`extend.path` is not followed; pass that file with another --rules",
            "`extend.useDefault` is not honoured: the built-in rules run instead of gitleaks' defaults",
            "`keyword`, did you mean `keywords` is unknown and not honoured: `jwt`",
            "`validate` is unknown and not honoured: `AWS Key!`",
            "ids are lower-case words with `-` in reports, such as `aws-key`: `AWS Key!`",
            "its `allowlists` apply only to its own rules; `[[ignore]]` in bartizan.toml applies to all",
            "rules with the id of another check do not replace it; reports prefix their ids with `imported-`: `jwt`",
            "rules without `regex` and `path` only change rules of other files, which are not read; they are ignored: `other`",
            "rules without a keyword or a literal of three bytes run over every file, which is slow: `AWS Key!`",
        ]
    );
    let alone = scan(&[("r.toml", rules), ("src/a", "jay\n")], &["--rules", "r.toml", "--no-default-rules"]);
    assert_eq!(alone.found(), ["jwt src/a:1"]);
}

#[test]
fn an_expression_that_is_too_large_fails_the_scan() {
    let rules = format!("{KEY}[[rules]]\nid = 'huge'\nregex = '''huge(?:[a-z]{{1000}}x){{1000}}'''\n");
    let huge =
        scan(&[("r.toml", &rules), ("src/a", "huge acme_key=a8f3k2l9d0s7q1zx\n")], &["--rules", "r.toml"]);
    assert_eq!((huge.code, huge.found()), (2, vec!["acme-key src/a:1".to_owned()]));
    let problem = huge.of("problem").next().unwrap();
    assert_eq!(
        problem["message"],
        "rule `huge`: a regex of it cannot be compiled: it is too large when compiled; simplify or remove the rule"
    );
    assert!(huge.of("check").any(|check| check["id"] == "huge" && check["outcome"]["status"] == "failed"));
}

#[test]
fn rules_that_match_everything_are_bounded() {
    let all = with("[[rules]]\nid = 'r'\nregex = '\\w'\n", &"a b c d ".repeat(1000));
    assert_eq!(all.found().len(), 4, "one finding a secret");
    assert_eq!(all.of("notice").count(), 2);
    assert!(all.notices()[0].contains("matches more than 1000 times in one file"), "{:?}", all.notices());
}

#[test]
fn marks_of_other_tools_count_if_they_are_allowed() {
    // Written out, they would be marks of this file.
    let text = "k1: acme_key=a8f3k2l9d0s7q1z1 # gitleaks@allow\nk2: acme_key=a8f3k2l9d0s7q1z2 // trufflehog@ignore\n\
        k3: acme_key=a8f3k2l9d0s7q1z3 # pragma@ allowlist secret\n# pragma@ allowlist nextline secret\nk5: acme_key=a8f3k2l9d0s7q1z5\n\
        k6: acme_key=a8f3k2l9d0s7q1z6 kingfisher@ignore\nk7: acme_key=a8f3k2l9d0s7q1z7 betterleaks@allow\n\
        k8: acme_key=a8f3k2l9d0s7q1z8 # nosec\nk9: acme_key=a8f3k2l9d0s7q1z9\n";
    let text = text.replace('@', ":");
    let files = [("r.toml", KEY), ("src/a", &text), ("b.toml", "secrets.foreign-allow = true")];
    let args = ["--rules", "r.toml", "--no-default-rules"];
    assert_eq!(scan(&files, &args).found().len(), 8);
    let allowed = scan(&files, &[&args[..], &["--config", "b.toml"]].concat());
    assert_eq!(allowed.found(), ["acme-key src/a:8", "acme-key src/a:9"]);
    let wanted = [
        (1, "gitleaks@allow"),
        (2, "trufflehog@ignore"),
        (3, "pragma@ allowlist secret"),
        (5, "pragma@ allowlist nextline secret"),
        (6, "kingfisher@ignore"),
        (7, "betterleaks@allow"),
    ];
    assert_eq!(
        allowed.suppressed(),
        wanted.map(|(line, by)| format!("acme-key src/a:{line} by {}", by.replace('@', ":")))
    );
    assert!(allowed.notices().is_empty());
}

#[test]
fn a_thousand_rules_are_read_and_found() {
    let mut rules = String::new();
    let mut text = String::new();
    for number in 0..1000 {
        let name = format!("vendor{number:04}");
        writeln!(
            rules,
            "[[rules]]\nid = '{name}-api-key'\ndescription = 'A key of {name}, which opens the account that it was issued for.'\n\
             regex = '''(?i)[\\w.-]{{0,50}}?(?:{name})(?:[ \\t\\w.-]{{0,20}})[\\s'\"]{{0,3}}(?:=|>|:{{1,3}}=|\\|\\||:|=>|\\?=|,)[\\x60'\"\\s=]{{0,5}}([a-z0-9]{{32}})(?:[\\x60'\"\\s;]|\\\\[nr]|$)'''\n\
             entropy = 3\nkeywords = ['{name}']\n[[rules.allowlists]]\nregexes = ['''^(?:x+|0+)$''']\nstopwords = ['example{number}']\n"
        )
        .unwrap();
        writeln!(text, "{name}_key = 'f0a9k2l8d1s7{number:04}q3zxm5n6b7v4c2y1'").unwrap();
    }
    let scan = scan(&[("r.toml", &rules), ("src/a", &text)], &["--rules", "r.toml", "--no-default-rules"]);
    let found: BTreeSet<String> =
        scan.of("finding").map(|finding| finding["check"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        (scan.code, found.len(), scan.err.as_str()),
        (1, 1000, ""),
        "{}",
        scan.folder.path().display()
    );
}
