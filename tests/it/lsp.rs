//! The server for editors, driven as an editor does: over pipes, message by message.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{command, folder};

/// A token that was never issued, with the checksum that issued ones have.
fn token() -> String {
    "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW".replace('¦', "")
}

/// An editor with a server.
struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    folder: TempDir,
    asked: i64,
    said: String,
}

impl Editor {
    /// A server in a directory with these files, to which nothing was said yet.
    fn start(files: &[(&str, &str)]) -> Self {
        let folder = folder(files);
        fs::create_dir(folder.path().join(".git")).unwrap();
        for name in ["objects", "refs"] {
            fs::create_dir(folder.path().join(".git").join(name)).unwrap();
        }
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let mut command = command(folder.path(), &["lsp"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let mut pipe = BufReader::new(server.stdout.take().unwrap());
        let (sender, output) = channel();
        std::thread::spawn(move || {
            loop {
                let (mut length, mut line) = (0, String::new());
                while pipe.read_line(&mut line).unwrap() > 2 {
                    length = line.strip_prefix("Content-Length: ").unwrap().trim().parse().unwrap();
                    line.clear();
                }
                let mut body = vec![0; length];
                if length == 0 || pipe.read_exact(&mut body).is_err() {
                    return;
                }
                if sender.send(serde_json::from_slice(&body).unwrap()).is_err() {
                    return;
                }
            }
        });
        let input = server.stdin.take();
        Self { server, input, output, folder, asked: 0, said: String::new() }
    }

    /// The same, initialized by a client with these capabilities.
    fn ready(files: &[(&str, &str)], capabilities: &Value) -> Self {
        let mut editor = Self::start(files);
        let answer = editor.ask("initialize", json!({ "capabilities": capabilities }));
        assert_eq!(answer["serverInfo"]["name"], "bartizan");
        editor.tell("initialized", json!({}));
        editor
    }

    fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).and_then(|()| input.flush()).unwrap();
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// The next message of the server.
    fn next(&mut self) -> Value {
        let message = self.output.recv_timeout(Duration::from_secs(60)).expect("the server says something");
        self.said.push_str(&message.to_string());
        message
    }

    fn tell(&mut self, method: &str, params: impl Into<Value>) {
        let params: Value = params.into();
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The whole answer to a request, which comes behind what else is said.
    fn answer(&mut self, method: &str, params: impl Into<Value>) -> Value {
        let params: Value = params.into();
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.next();
            if message["id"] == json!(id) {
                return message;
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    fn uri(&self, name: &str) -> String {
        let path = self.folder.path().canonicalize().unwrap().to_string_lossy().replace('\\', "/");
        let path = path.trim_start_matches("//?/").trim_start_matches('/').to_owned();
        format!("file:///{path}/{name}").replace(' ', "%20")
    }

    /// Opens a document, and gives what is found in it.
    fn open(&mut self, name: &str, text: &str) -> Vec<Value> {
        let document = json!({ "uri": self.uri(name), "languageId": "", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.found(name)
    }

    /// What the next message says of a document.
    fn found(&mut self, name: &str) -> Vec<Value> {
        let message = self.next();
        assert_eq!(message["method"], "textDocument/publishDiagnostics");
        assert_eq!(message["params"]["uri"], json!(self.uri(name)));
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Changes a document, and gives what is found in it then.
    fn change(&mut self, name: &str, version: i64, changes: impl Into<Value>) -> Vec<Value> {
        let changes: Value = changes.into();
        let document = json!({ "uri": self.uri(name), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        self.found(name)
    }

    fn actions(&mut self, name: &str, line: u64) -> Vec<Value> {
        let at = json!({ "line": line, "character": 0 });
        let range = json!({ "start": at, "end": at });
        let document = json!({ "uri": self.uri(name) });
        let context = json!({ "diagnostics": [] });
        let params = json!({ "textDocument": document, "range": range, "context": context });
        self.ask("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// The edits of an action, as changes of the document, with a reason in marks.
    fn changes(&self, name: &str, action: &Value) -> Value {
        let edits = action["edit"]["changes"][self.uri(name)].as_array().unwrap();
        let text = |edit: &Value| edit["newText"].as_str().unwrap().replace("TODO say why", "made up");
        edits.iter().map(|edit| json!({ "range": edit["range"], "text": text(edit) })).collect()
    }

    /// Closes the input; the exit code, and what was said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        let mut says = String::new();
        self.server.stderr.take().unwrap().read_to_string(&mut says).unwrap();
        (self.server.wait().unwrap().code(), says)
    }

    fn shut_down(mut self) {
        assert!(!self.said.contains(&token()), "a secret is said");
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        assert_eq!(self.answer("textDocument/codeAction", json!({}))["error"]["code"], -32600);
        self.tell("exit", Value::Null);
        assert_eq!(self.end(), (Some(0), String::new()));
    }
}

fn codes(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["code"].as_str().unwrap_or("")).collect()
}

/// The action with this in its title.
fn action<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let fits = |one: &&Value| one["title"].as_str().unwrap().contains(title);
    actions.iter().find(fits).unwrap_or_else(|| panic!("{title}: {actions:?}"))
}

const TOKEN: &str = "github-personal-access-token";

#[test]
fn a_secret_is_shown_and_a_mark_accepts_it() {
    // The key is one character, two units of UTF-16 and four bytes.
    for (encoding, columns) in [("utf-16", [7, 47]), ("utf-8", [9, 49]), ("utf-32", [6, 46])] {
        let capabilities = json!({ "general": { "positionEncodings": [encoding] } });
        let mut editor = Editor::ready(&[], &capabilities);
        let text = format!("import os\r\n'🔑', '{}'\r\n", token());
        let found = editor.open("src/a b.py", &text);
        assert_eq!(codes(&found), [TOKEN]);
        let [start, end] = columns;
        let range =
            json!({ "start": { "line": 1, "character": start }, "end": { "line": 1, "character": end } });
        assert_eq!(found[0]["range"], range, "{encoding}");
        assert_eq!((&found[0]["severity"], &found[0]["source"]), (&json!(1), &json!("bartizan")));
        let page = found[0]["codeDescription"]["href"].as_str().unwrap();
        assert!(page.starts_with("https://") && page.ends_with(&format!("{TOKEN}.md")), "{page}");
        assert_eq!(editor.actions("src/a b.py", 0), [Value::Null; 0]);
        let actions = editor.actions("src/a b.py", 1);
        let mark = action(&actions, "accept `github-personal-access-token");
        let changes = editor.changes("src/a b.py", mark);
        let inserted = changes[0]["text"].as_str().unwrap();
        assert!(inserted.starts_with("# bartizan:allow github-") && inserted.ends_with("\r\n"), "{inserted}");
        assert_eq!(editor.change("src/a b.py", 2, changes), [Value::Null; 0]);
        editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": editor.uri("src/a b.py") } }));
        assert_eq!(editor.found("src/a b.py"), [Value::Null; 0]);
        editor.shut_down();
    }
}

#[test]
fn a_mark_is_offered_in_the_comments_of_every_language() {
    let mut editor = Editor::ready(&[], &json!({}));
    let line = format!("token = \"{}\"\n", token());
    for name in [
        "a.py",
        "a.rs",
        "a.js",
        "a.tsx",
        "a.go",
        "a.java",
        "a.rb",
        "a.sh",
        "a.yaml",
        "a.toml",
        "a.tf",
        "a.sql",
        "a.lua",
        "a.ini",
        "a.tex",
        "a.html",
        "a.md",
        "a.css",
        "a.ml",
        "a.bat",
        "a.vb",
        "a.properties",
        "Dockerfile",
        "Makefile",
        ".env.local",
        "a.jsonc",
        "a.c",
        "a.php",
        "a.hs",
        "a.el",
    ] {
        let found = editor.open(name, &line);
        assert_eq!(codes(&found), [TOKEN], "{name}");
        let actions = editor.actions(name, 0);
        let changes = editor.changes(name, action(&actions, "accept"));
        assert_eq!(editor.change(name, 2, changes), [Value::Null; 0], "{name}");
    }
    for name in ["a.json", "a.txt", "LICENSE"] {
        assert_eq!(codes(&editor.open(name, &line)), [TOKEN], "{name}");
        assert_eq!(editor.actions(name, 0), [Value::Null; 0], "{name}");
    }
    editor.shut_down();
}

#[test]
fn a_mark_without_a_reason_accepts_nothing() {
    let mut editor = Editor::ready(&[], &json!({}));
    editor.open("a.py", &format!("token = '{}'\n", token()));
    let actions = editor.actions("a.py", 0);
    let edit = &action(&actions, "accept")["edit"]["changes"][editor.uri("a.py")][0];
    assert!(edit["newText"].as_str().unwrap().ends_with(" TODO say why\n"), "{edit}");
    let change = json!([{ "range": edit["range"], "text": edit["newText"] }]);
    assert_eq!(codes(&editor.change("a.py", 2, change)), [TOKEN]);
    // It is there, and waits for its reason.
    assert_eq!(editor.actions("a.py", 1), [Value::Null; 0]);
    let column = "# bartizan:allow ".len() + TOKEN.len() + 1;
    let range = json!({
        "start": { "line": 0, "character": column },
        "end": { "line": 0, "character": column + "TODO say why".len() },
    });
    assert_eq!(editor.change("a.py", 3, json!([{ "range": range, "text": "made up" }])), [Value::Null; 0]);
    editor.shut_down();
}

/// Editors send addresses with bytes that addresses must not have; the answer has the same bytes.
#[test]
fn an_address_is_answered_as_it_was_written() {
    let text = format!("# 1\ntoken = '{}'\n", token());
    for versioned in [false, true] {
        let capabilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": versioned } } });
        let mut editor = Editor::ready(&[], &capabilities);
        for name in
            ["[id].py", "a|b^c.py", "a b.py", "é/ñ.py", "100%.py", "a{b}`<>.py", "a\\b.py", "a%5Bb%5D.py"]
        {
            let uri = editor.uri("") + name;
            let document = json!({ "uri": uri, "languageId": "", "version": 1, "text": text });
            editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
            let said = editor.next();
            assert_eq!(said["params"]["uri"], json!(uri));
            assert_eq!(said["params"]["diagnostics"][0]["code"], TOKEN, "{name}");
            let at = json!({ "line": 1, "character": 0 });
            let related =
                json!([{ "location": { "uri": uri, "range": { "start": at, "end": at } }, "message": "" }]);
            let given = json!([{ "range": { "start": at, "end": at }, "message": "", "relatedInformation": related }]);
            let params = json!({
                "textDocument": { "uri": uri },
                "range": { "start": at, "end": at },
                "context": { "diagnostics": given },
            });
            let actions = editor.ask("textDocument/codeAction", params);
            let edit = &action(actions.as_array().unwrap(), "accept")["edit"];
            let named = match versioned {
                true => edit["documentChanges"][0]["textDocument"]["uri"] == json!(uri),
                false => edit["changes"].get(&uri).is_some(),
            };
            assert!(named, "{edit}");
            let document = json!({ "uri": uri, "version": 2 });
            let change = json!({ "textDocument": document, "contentChanges": [{ "text": "x" }] });
            editor.tell("textDocument/didChange", change);
            assert_eq!(editor.next()["params"]["diagnostics"], json!([]), "{name}");
            editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
            assert_eq!(editor.next()["params"]["uri"], json!(uri));
        }
        editor.shut_down();
    }
}

fn is_lost(found: &[Value]) -> bool {
    found.len() == 1
        && found[0]["message"].as_str().unwrap().starts_with("not checked: a message about it could not")
}

#[test]
fn what_is_lost_is_not_checked_until_the_whole_text_comes_again() {
    let mut editor = Editor::ready(&[], &json!({}));
    let text = format!("token = '{}'\n", token());
    let (uri, other) = (editor.uri("a.py"), editor.uri("b.py"));
    let whole = json!([{ "text": text }]);
    // A change that cannot be read is one of this document.
    assert_eq!(codes(&editor.open("a.py", &text)), [TOKEN]);
    assert_eq!(editor.open("b.py", ""), [Value::Null; 0]);
    assert!(is_lost(&editor.change("a.py", 2, json!([{ "range": { "start": 1 }, "text": "" }]))));
    let at = json!({ "line": 0, "character": 0 });
    // What follows changes a text that is unknown.
    assert!(is_lost(&editor.change(
        "a.py",
        3,
        json!([{ "range": { "start": at, "end": at }, "text": "x" }])
    )));
    assert_eq!(codes(&editor.change("a.py", 4, whole.clone())), [TOKEN]);
    assert!(is_lost(&editor.change("a.py", 5, Value::Null)));
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": uri }, "text": text }));
    let both = [editor.next(), editor.next()];
    let of = |uri: &str| both.iter().find(|one| one["params"]["uri"] == uri).unwrap();
    assert_eq!(of(&uri)["params"]["diagnostics"][0]["code"], TOKEN);
    assert_eq!(of(&other)["params"]["diagnostics"], json!([]));
    // A message that is no JSON, or a change of nothing, may be about any of them.
    for broken in ["{", r#"{"jsonrpc":"2.0","method":"textDocument/didChange","params":{}}"#] {
        editor.write(format!("Content-Length: {}\r\n\r\n{broken}", broken.len()).as_bytes());
        let mut lost = 0;
        while lost < 2 {
            let message = editor.next();
            lost += usize::from(is_lost(message["params"]["diagnostics"].as_array().unwrap_or(&Vec::new())));
        }
        assert_eq!(codes(&editor.change("a.py", 6, whole.clone())), [TOKEN]);
    }
    // What cannot be opened is not clean either.
    let document = json!({ "uri": editor.uri("c.py"), "languageId": "", "version": "1", "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    assert!(is_lost(&editor.found("c.py")));
    editor.tell("textDocument/didOpen", json!({ "textDocument": { "text": text } }));
    assert_eq!(editor.next()["method"], "window/logMessage");
    editor.shut_down();
}

#[test]
fn half_of_a_surrogate_pair_is_a_character() {
    let mut editor = Editor::ready(&[], &json!({}));
    let uri = editor.uri("a.py");
    let body = json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument":
        { "uri": uri, "languageId": "", "version": 1, "text": format!("HALF = '{}'", token()) } } });
    let body = body.to_string().replace("HALF", "\\ud83d");
    editor.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    let found = editor.found("a.py");
    assert_eq!((codes(&found), &found[0]["range"]["start"]["character"]), (vec![TOKEN], &json!(5)));
    let (start, end) = (json!({ "line": 0, "character": 0 }), json!({ "line": 0, "character": 1 }));
    let found = editor.change("a.py", 2, json!([{ "range": { "start": start, "end": end }, "text": "" }]));
    assert_eq!(found[0]["range"]["start"]["character"], 4);
    editor.shut_down();
}

#[test]
fn a_document_that_is_skipped_is_not_checked() {
    let settings = "[scan]\nexclude = [\"vendor\"]\n";
    let mut editor = Editor::ready(&[("bartizan.toml", settings)], &json!({}));
    let lock = r#"{"name":"a","lockfileVersion":3,"packages":{"node_modules/b":{"version":"1.0.0"}}}"#;
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5\n", "a".repeat(64));
    for (name, text, says) in [
        ("a.bin", "a\0\0\0\u{1}\u{2}\u{3}\0\0\0", "neither text nor an archive"),
        ("package-lock.json", lock, "no database"),
        ("a.psd", &pointer, "LFS"),
    ] {
        let found = editor.open(name, text);
        let said: Vec<&str> = found.iter().map(|one| one["message"].as_str().unwrap()).collect();
        assert!(
            said.iter().any(|one| one.starts_with("not checked: ") && one.contains(says)),
            "{name}: {said:?}"
        );
        assert_eq!(said.iter().collect::<std::collections::BTreeSet<_>>().len(), said.len(), "{said:?}");
    }
    assert_eq!(editor.open("vendor/package-lock.json", lock), [Value::Null; 0]);
    editor.shut_down();
}

const WORKFLOW: &str = "\
on: push
permissions:
  contents: read
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
";

#[test]
fn edits_that_are_certain_are_offered_and_marks_of_one_line_are_one() {
    const NAME: &str = ".github/workflows/ci.yml";
    let capabilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    let mut editor = Editor::ready(&[], &capabilities);
    assert_eq!(codes(&editor.open(NAME, WORKFLOW)), ["persisted-credentials", "unpinned-action"]);
    let actions = editor.actions(NAME, 7);
    let edit = &actions[0]["edit"]["documentChanges"][0];
    assert_eq!((&edit["textDocument"]["version"], &actions[0]["isPreferred"]), (&json!(1), &json!(true)));
    let change = json!([{ "range": edit["edits"][0]["range"], "text": edit["edits"][0]["newText"] }]);
    assert_eq!(codes(&editor.change(NAME, 2, change)), ["unpinned-action"]);

    let mut plain = Editor::ready(&[], &json!({}));
    plain.open(NAME, WORKFLOW);
    for (version, id) in [(2, "persisted-credentials"), (3, "unpinned-action")] {
        let actions = plain.actions(NAME, version + 5);
        let changes = plain.changes(NAME, action(&actions, &format!("accept `{id}`")));
        let left = plain.change(NAME, version as i64, changes);
        assert_eq!(left.len(), 3 - version as usize, "{left:?}");
    }
    editor.shut_down();
    plain.shut_down();
}

#[test]
fn the_settings_of_the_repository_count() {
    let ignore = "[scan]\nexclude = [\"vendor\"]\n[[ignore]]\ncheck = \"secret\"\npath = \"docs/**\"\nreason = \"made up\"\n";
    let mut editor = Editor::ready(&[("bartizan.toml", ignore), (".gitignore", ".env\n")], &json!({}));
    let text = format!("token = '{}'\n", token());
    assert_eq!(codes(&editor.open("a.py", &text)), [TOKEN]);
    assert_eq!(editor.open("vendor/a.py", &text), [Value::Null; 0]);
    assert_eq!(editor.open("docs/a.py", &text), [Value::Null; 0]);
    // What git ignores is not committed, and holds secrets for good reason; they are shown all the same.
    assert_eq!(codes(&editor.open(".env", &format!("A={}\n", token()))), [TOKEN]);
    assert_eq!(codes(&editor.open(".git/COMMIT_EDITMSG", &text)), [TOKEN]);
    // What is wrong with the settings is said, and not taken for clean; all documents are looked at when one is saved.
    fs::write(editor.folder.path().join("bartizan.toml"), "[scan]\nexlude = []\n").unwrap();
    let uri = editor.uri("a.py");
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    for _ in 0..5 {
        let message = editor.next();
        let said = message["params"]["diagnostics"][0]["message"].as_str().unwrap();
        assert!(said.starts_with("not checked: bartizan.toml:2"), "{said}");
    }
    editor.shut_down();
}

#[test]
fn what_is_typed_is_looked_at_when_it_rests() {
    let mut editor = Editor::ready(&[], &json!({}));
    editor.open("a.py", "");
    let uri = editor.uri("a.py");
    let line = format!("token = '{}'", token());
    for (version, c) in line.chars().enumerate() {
        let at = json!({ "line": 0, "character": version });
        let change = json!({ "range": { "start": at, "end": at }, "text": c.to_string() });
        let document = json!({ "uri": uri, "version": version + 2 });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        editor.tell("textDocument/didChange", params);
    }
    let mut looks = 0;
    loop {
        let message = editor.next();
        looks += 1;
        if message["params"]["version"] == json!(line.len() + 1) {
            assert_eq!(message["params"]["diagnostics"][0]["code"], TOKEN);
            break;
        }
    }
    assert!(looks < line.len() / 2, "{looks} looks for {} changes", line.len());
    editor.shut_down();
}

#[test]
fn what_is_too_long_is_not_checked_and_not_clean() {
    let mut editor = Editor::ready(&[], &json!({}));
    let long = "x = 1\n".repeat(800_000);
    let found = editor.open("a.py", &long);
    assert!(found[0]["message"].as_str().unwrap().starts_with("not checked: it is longer"), "{found:?}");
    let at = json!({ "line": 0, "character": 0 });
    let found = editor.change("a.py", 2, json!([{ "range": { "start": at, "end": at }, "text": "a" }]));
    assert_eq!(found.len(), 1);
    assert_eq!(editor.actions("a.py", 0), [Value::Null; 0]);
    let found = editor.change("a.py", 3, json!([{ "text": format!("token = '{}'", token()) }]));
    assert_eq!(codes(&found), [TOKEN]);
    // A message that is too long may have been a change, so that what the document holds is unknown.
    let length = 65 << 20;
    editor.write(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    editor.write(&vec![b' '; length]);
    let found = editor.found("a.py");
    assert!(found[0]["message"].as_str().unwrap().contains("too long"), "{found:?}");
    editor.shut_down();
}

#[test]
fn what_is_not_the_protocol_ends_the_server_or_is_refused() {
    for input in [
        &b"Content-Length: 999999999999999\r\n\r\n{}"[..],
        b"Content-Length: ten\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"{\"jsonrpc\":\"2.0\"}",
        b"Content-Length: 100\r\n\r\n{}",
    ] {
        let mut editor = Editor::start(&[]);
        editor.write(input);
        let (code, says) = editor.end();
        assert_eq!(code, Some(2), "{says}");
        assert!(says.starts_with("error: standard input: "), "{says}");
    }
    let mut editor = Editor::start(&[]);
    for body in ["", "null", "[]", "{", "{\"id\":1}x", "\u{feff}{}", &"[".repeat(100_000)] {
        editor.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        let answer = editor.next();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(-32700)), "{answer}");
    }
    assert_eq!(editor.answer("textDocument/codeAction", json!({}))["error"]["code"], -32002);
    // A notification that comes too early is passed over.
    editor.tell("textDocument/didOpen", json!({ "textDocument": 1 }));
    editor.ask("initialize", json!({ "capabilities": "none" }));
    assert_eq!(editor.answer("initialize", json!({}))["error"]["code"], -32600);
    assert_eq!(editor.answer("workspace/symbol", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.answer("textDocument/codeAction", json!({ "range": [] }))["error"]["code"], -32602);
    for params in [json!(null), json!({ "textDocument": { "uri": 7 } }), json!([1, 2])] {
        for method in ["didOpen", "didChange", "didSave", "didClose"] {
            editor.tell(&format!("textDocument/{method}"), params.clone());
        }
    }
    let document = json!({ "uri": "untitled:x.py", "languageId": "python", "version": 1, "text": token() });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    // A document without an address cannot have a diagnosis, which is said.
    for _ in 0..3 {
        assert_eq!(editor.next()["method"], "window/logMessage");
    }
    // A save without a document asks for a look at all of them, of which there were none.
    assert_eq!(editor.next()["params"]["diagnostics"][0]["code"], TOKEN);
    editor.shut_down();
}

#[test]
fn an_editor_that_goes_without_a_word_is_a_failure() {
    let mut editor = Editor::ready(&[], &json!({}));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end().0, Some(1));
    assert_eq!(Editor::ready(&[], &json!({})).end().0, Some(1));
}
