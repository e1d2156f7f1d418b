//! Settings of agents and editors, and instructions for agents: servers, automatic commands, and hidden text.

use std::collections::BTreeSet;

use crate::model::{RepoPath, Span};
use crate::parse::agent::{Client, Kind};
use crate::parse::instructions::Found;
use crate::parse::remote::{Act, act, act_of};
use crate::parse::yaml::{Document, Style, Value};

/// Values of one document that are visited; many aliases may lead to one value.
const VISITS_MAX: usize = 50_000;
/// How deep settings are followed.
const DEPTH_MAX: usize = 24;
/// Words of one command.
const WORDS_MAX: usize = 256;

/// All that is known of them, sorted by path.
#[derive(Debug, Default)]
pub struct Settings {
    /// Settings, read.
    pub files: Vec<Configuration>,
    /// Instructions in which something was found.
    pub texts: Vec<Instructions>,
    /// True if there are any settings or instructions at all.
    pub is_any: bool,
}

/// Settings of an agent or an editor.
#[derive(Debug)]
pub struct Configuration {
    /// Where they are.
    pub path: RepoPath,
    /// Their content.
    pub bytes: Vec<u8>,
    /// What they are.
    pub kind: Kind,
    /// What they say.
    pub document: Document,
    /// Packages that lock files of the project have, of those that its servers name without a version.
    pub locked: BTreeSet<String>,
}

/// Instructions for agents.
#[derive(Debug)]
pub struct Instructions {
    /// Where they are.
    pub path: RepoPath,
    /// Their content.
    pub bytes: Vec<u8>,
    /// What was found in them.
    pub found: Vec<Found>,
}

/// A server that an agent starts or talks to.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What is said of it.
    pub value: Value<'a>,
}

/// A piece of a command, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Without quotes.
    pub text: String,
    /// The value that it is, or is part of.
    pub span: Span,
}

/// A command that runs by itself.
#[derive(Clone, Debug)]
pub struct Running {
    /// Where it stands.
    pub span: Span,
    /// The key that names it: `command`, `apiKeyHelper`.
    pub key: String,
    /// What it does that must not happen unseen.
    pub act: Option<Act>,
    /// True for the start of a server.
    pub is_server: bool,
}

/// Keys behind which servers stand by their names.
const SERVERS: [&str; 7] = [
    "mcpServers",
    "mcp_servers",
    "mcp-servers",
    "mcpservers",
    "context_servers",
    "amp.mcpServers",
    "cline.mcpServers",
];
/// Keys behind which a command stands.
const COMMANDS: [&str; 6] = ["command", "bash", "powershell", "pwsh", "runCommand", "cmd"];
/// Keys of commands that an agent runs for what they print.
const HELPERS: [&str; 12] = [
    "apiKeyHelper",
    "awsAuthRefresh",
    "awsCredentialExport",
    "gcpAuthRefresh",
    "otelHeadersHelper",
    "headersHelper",
    "discoveryCommand",
    "toolDiscoveryCommand",
    "callCommand",
    "toolCallCommand",
    "serverCommand",
    "notify",
];

impl Settings {
    /// Files that were kept, with their content.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &Vec<u8>)> {
        let files = self.files.iter().map(|file| (&file.path, &file.bytes));
        files.chain(self.texts.iter().map(|text| (&text.path, &text.bytes)))
    }

    /// Settings of agents.
    pub fn agents(&self) -> impl Iterator<Item = &Configuration> {
        self.files.iter().filter(|file| {
            file.client().is_some() || file.kind == Kind::Workspace || file.kind == Kind::Editor
        })
    }

    /// The text of a script of the `package.json` in `folder`, or in the nearest folder around it.
    #[must_use]
    pub fn script(&self, folder: &[u8], name: &str) -> Option<&str> {
        let mut folder = folder;
        loop {
            let is_it = |file: &&Configuration| {
                file.kind == Kind::Package
                    && file.path.folder() == folder
                    && file.path.file_name() == b"package.json"
            };
            if let Some(file) = self.files.iter().find(is_it) {
                return file.document.root().get("scripts")?.get(name)?.text();
            }
            let slash = memchr::memrchr(b'/', folder);
            match slash {
                Some(at) => folder = &folder[..at],
                None if !folder.is_empty() => folder = b"",
                None => return None,
            }
        }
    }
}

impl Configuration {
    /// The agent that reads it.
    #[must_use]
    pub const fn client(&self) -> Option<Client> {
        if let Kind::Agent(client) = self.kind { Some(client) } else { None }
    }

    /// The folder of the project that it is for: the one around the folders of settings.
    #[must_use]
    pub fn project(&self) -> &[u8] {
        let path = self.path.as_bytes();
        let hidden = path
            .split(|byte| *byte == b'/')
            .take_while(|part| !part.starts_with(b"."))
            .map(|part| part.len() + 1);
        let length: usize = hidden.sum();
        let folder = &path[..length.min(path.len())];
        let folder = folder.strip_suffix(b"/").unwrap_or(folder);
        if length > path.len() { self.path.folder() } else { folder }
    }

    /// The servers that it names.
    #[must_use]
    pub fn servers(&self) -> Vec<Server<'_>> {
        servers(&self.document, &self.path, self.kind)
    }

    /// The commands that run by themselves: hooks, helpers, servers.
    #[must_use]
    pub fn running(&self) -> Vec<Running> {
        let mut all = Vec::new();
        let servers: Vec<Span> = self.servers().iter().map(|server| server.value.span()).collect();
        walk(self.document.root(), &mut |map, _| {
            for (key, value) in map.entries() {
                let name = key.text().unwrap_or("");
                let is_helper = HELPERS.contains(&name);
                if !is_helper && !COMMANDS.contains(&name) {
                    continue;
                }
                let is_server = servers.contains(&map.span());
                let words = if is_helper { pieces(value, None) } else { pieces(value, map.get("args")) };
                let is_one = words.len() == 1;
                let act = match words.first() {
                    None => continue,
                    Some(only) if is_one => act(&only.text),
                    Some(_) => act_of(words.iter().map(|word| word.text.as_str())),
                };
                all.push(Running { span: value.span(), key: name.to_owned(), act, is_server });
            }
        });
        all
    }
}

impl<'a> Server<'a> {
    /// True if it is switched off.
    #[must_use]
    pub fn is_off(self) -> bool {
        let is = |key: &str, wanted: &str| self.value.get(key).and_then(Value::text) == Some(wanted);
        is("disabled", "true") || is("enabled", "false")
    }

    /// The program that starts it, with its arguments.
    #[must_use]
    pub fn command(self) -> Vec<Piece> {
        let Some(command) = self.value.get("command").or_else(|| self.value.get("cmd")) else {
            return Vec::new();
        };
        // `{"path": …, "args": […]}`
        if let Some(path) = command.get("path") {
            return pieces(path, command.get("args"));
        }
        pieces(command, self.value.get("args"))
    }

    /// Its address.
    #[must_use]
    pub fn url(self) -> Option<Value<'a>> {
        ["url", "httpUrl", "serverUrl", "http_url", "server_url", "uri", "endpoint", "baseUrl"]
            .into_iter()
            .find_map(|key| self.value.get(key).filter(|value| value.text().is_some()))
    }
}

/// The servers that settings name.
#[must_use]
pub fn servers<'a>(document: &'a Document, path: &RepoPath, kind: Kind) -> Vec<Server<'a>> {
    let mut all = Vec::new();
    let mut add = |value: Value<'a>, is_sure: bool| {
        for (key, value) in value.entries() {
            if value.is_map() && (is_sure || is_server(value)) {
                all.push(Server { name: key.text().unwrap_or(""), value });
            }
        }
        for value in value.items().filter(|value| value.is_map()) {
            all.push(Server { name: value.get("name").and_then(Value::text).unwrap_or(""), value });
        }
    };
    walk(document.root(), &mut |map, depth| {
        for (key, value) in map.entries() {
            match key.text().unwrap_or("") {
                name if SERVERS.contains(&name) => add(value, true),
                "servers" | "mcp.servers" => add(value, false),
                "mcp" if depth == 0 => add(value, false),
                _ => {}
            }
        }
    });
    let is_named = memchr::memmem::find(&path.file_name().to_ascii_lowercase(), b"mcp").is_some();
    if all.is_empty() && is_named && matches!(kind, Kind::Agent(_)) {
        let root = document.root();
        let flat = root.entries().filter(|(_, value)| is_server(*value));
        all.extend(flat.map(|(key, value)| Server { name: key.text().unwrap_or(""), value }));
        if all.is_empty() && is_server(root) {
            all.push(Server { name: "", value: root });
        }
    }
    all
}

fn is_server(value: Value<'_>) -> bool {
    ["command", "url", "httpUrl", "serverUrl"].iter().any(|key| value.get(key).is_some())
}

/// Shows every mapping of a document, with how deep it stands.
pub fn walk<'a>(root: Value<'a>, seen: &mut dyn FnMut(Value<'a>, usize)) {
    let mut left = VISITS_MAX;
    let mut rest = vec![(root, 0)];
    while let Some((value, depth)) = rest.pop() {
        if left == 0 || depth > DEPTH_MAX {
            continue;
        }
        left -= 1;
        if value.is_map() {
            seen(value, depth);
        }
        let inner: Vec<Value<'a>> = value.entries().map(|(_, value)| value).chain(value.items()).collect();
        rest.extend(
            inner.into_iter().rev().filter(|value| value.text().is_none()).map(|value| (value, depth + 1)),
        );
    }
}

/// A command and its arguments, word by word: a list, a text, or a text whose blanks part words.
fn pieces(command: Value<'_>, args: Option<Value<'_>>) -> Vec<Piece> {
    let mut all = Vec::new();
    let mut add = |value: Value<'_>, is_split: bool| {
        let Some(text) = value.text() else { return };
        let span = value.span();
        if is_split {
            let words = text.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
            all.extend(words.map(|word| Piece { text: word.to_owned(), span }));
        } else {
            all.push(Piece { text: text.to_owned(), span });
        }
    };
    let is_list = |args: &Value<'_>| args.is_list() || args.text().is_some();
    match args.filter(is_list) {
        None if command.text().is_some() => add(command, false),
        args => {
            let is_path = command.text().is_some_and(|text| text.contains(['/', '\\']));
            add(command, !is_path);
            command.items().for_each(|item| add(item, false));
            if let Some(args) = args {
                add(args, true);
                args.items().for_each(|item| add(item, false));
            }
        }
    }
    all.truncate(WORDS_MAX);
    all
}

/// The value behind `key`, whose dots may be nested mappings: `chat.tools`, or `chat` and in it `tools`.
#[must_use]
pub fn dotted<'a>(value: Value<'a>, key: &str) -> Option<Value<'a>> {
    value
        .get(key)
        .or_else(|| key.match_indices('.').find_map(|(at, _)| dotted(value.get(&key[..at])?, &key[at + 1..])))
}

/// True for the value `true`, not for a text that says so.
#[must_use]
pub fn is_true(value: Value<'_>) -> bool {
    value.text() == Some("true") && value.style() == Style::Plain
}
