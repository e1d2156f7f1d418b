//! Dangerous commands: they run what they fetch or decode, start a hidden file, or send secrets away. Nothing is
//! run or expanded; obfuscation beyond this reader goes unnoticed.

mod code;
mod fetch;
mod harm;
mod path;
mod secret;
mod shell;

use crate::parse::host;
use shell::{Command, Word, commands};

use fetch::{fetched, is_local, runs_saved, saves};
use secret::{reveals, reveals_inner, sends_file};

pub(in crate::parse) use secret::is_secret_path;

/// The deepest nesting of commands within arguments.
const DEPTH_MAX: usize = 5;

/// What a command does, the most severe last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Runs a file among the settings of an editor or agent.
    RunsSettings,
    /// Runs as root.
    AsRoot,
    /// Disables certificate verification.
    Unverified,
    /// Saves what it fetches.
    Fetches,
    /// Copies secrets of the machine to a file.
    Collects,
    /// Runs a file in a hidden directory, or with a hidden name.
    RunsHidden,
    /// Runs a file that by its name is a picture, a font or other data.
    RunsDisguised,
    /// Runs what it decodes.
    Decodes,
    /// Records the screen, the keyboard or the microphone.
    Watches,
    /// Persists: runs again at login, at boot, or on a schedule.
    Persists,
    /// Escalates privileges.
    Escalates,
    /// Runs what it fetches.
    RunsFetched,
    /// Sends secrets to another host.
    Sends,
    /// Opens a remote shell.
    OpensShell,
}

/// What a command does, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// The act.
    pub what: What,
    /// The program that does it: `curl`.
    pub program: String,
    /// The host that it fetches from or sends to, if named.
    pub host: Option<String>,
}

impl Act {
    fn new(what: What, program: &str, host: Option<&str>) -> Self {
        let tame = |text: &str| crate::model::text::escaped(&text[..text.floor_char_boundary(60)]);
        Self { what, program: tame(program), host: host.map(tame) }
    }

    /// True for acts without a legitimate use.
    #[must_use]
    pub const fn is_grave(&self) -> bool {
        !matches!(self.what, What::RunsSettings | What::AsRoot | What::Unverified | What::Collects)
    }

    /// A phrase for it: "runs what `curl` fetches from `example.net`".
    #[must_use]
    pub fn phrase(&self) -> String {
        let Self { what, program, host } = self;
        let from = host.as_ref().map(|host| format!(" from `{host}`")).unwrap_or_default();
        let to = host.as_ref().map_or_else(|| " away".to_owned(), |host| format!(" to `{host}`"));
        match what {
            What::RunsSettings => {
                format!("has `{program}` run a file among the settings of an editor or agent")
            }
            What::Fetches => format!("saves what `{program}` fetches{from}"),
            What::RunsHidden => format!("has `{program}` run a hidden file"),
            What::RunsDisguised => format!("has `{program}` run a file that its name says is data"),
            What::Decodes => format!("runs what `{program}` decodes"),
            What::AsRoot => format!("runs as root by `{program}`"),
            What::Collects => format!("copies secrets of the machine with `{program}`"),
            What::Unverified => format!("turns off the check of certificates for `{program}`"),
            What::Watches => format!("records what the user does with `{program}`"),
            What::Persists => format!("has something run again later with `{program}`"),
            What::Escalates => format!("gains rights on the machine with `{program}`"),
            What::RunsFetched => format!("runs what `{program}` fetches{from}"),
            What::Sends => format!("sends secrets of the machine{to} with `{program}`"),
            What::OpensShell => format!("lets another host run commands through `{program}`"),
        }
    }
}

/// The most severe act of `script`, if any.
#[must_use]
pub fn act(script: &str) -> Option<Act> {
    let mut best = None;
    look(&commands(script), 0, &mut best);
    best
}

/// The same for a program with its arguments, not parsed by a shell.
#[must_use]
pub fn act_of<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Act> {
    let words = words.into_iter().map(|text| Word { text: text.to_owned(), inner: Vec::new() }).collect();
    let mut best = None;
    look(&[Command { words, piped: false }], 0, &mut best);
    best
}

const SHELLS: [&str; 11] =
    ["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "pwsh", "powershell", "cmd", "busybox"];
const RUNTIMES: [&str; 19] = [
    "node",
    "nodejs",
    "bun",
    "deno",
    "python",
    "python3",
    "python2",
    "py",
    "pythonw",
    "perl",
    "ruby",
    "php",
    "lua",
    "tsx",
    "ts-node",
    "osascript",
    "wscript",
    "cscript",
    "java",
];
/// Commands that evaluate their arguments or input in the same shell.
const EVALS: [&str; 5] = ["eval", "iex", "invoke-expression", "source", "."];
const FETCHERS: [&str; 20] = [
    "curl",
    "wget",
    "fetch",
    "aria2c",
    "http",
    "https",
    "xh",
    "lwp-request",
    "lwp-download",
    "iwr",
    "irm",
    "invoke-webrequest",
    "invoke-restmethod",
    "start-bitstransfer",
    "bitsadmin",
    "certutil",
    "nc",
    "ncat",
    "socat",
    "curlie",
];
/// .NET methods that fetch, called from PowerShell.
const CALLS: [&str; 5] = ["downloadstring", "downloaddata", "downloadfile", "getstringasync", "openread("];

fn note(best: &mut Option<Act>, act: Act) {
    if best.as_ref().is_none_or(|best| best.what < act.what) {
        *best = Some(act);
    }
}

/// The program of a command: its position, and its name without path and extension, in lower case.
fn program(words: &[Word]) -> Option<(usize, String)> {
    /// Words before a command.
    const BEFORE: [&str; 26] = [
        "if",
        "then",
        "else",
        "elif",
        "while",
        "until",
        "do",
        "!",
        "{",
        "&",
        "sudo",
        "doas",
        "time",
        "exec",
        "command",
        "nohup",
        "env",
        "xargs",
        "builtin",
        "timeout",
        "nice",
        "setsid",
        "call",
        "start",
        "start-process",
        "stdbuf",
    ];
    let (mut is_behind, mut alone) = (false, None);
    for (at, word) in words.iter().enumerate().take(16) {
        if word.text.starts_with(['>', '<']) && alone.is_some() {
            break;
        }
        let base = base(&word.text);
        let is_assignment = word.text.split_once('=').is_some_and(|(name, _)| {
            let name = name.strip_prefix("$env:").unwrap_or(name);
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        let is_option = is_behind
            && (word.text.starts_with('-') && word.text.len() > 1
                || word.text.starts_with('/') && word.text.len() == 2
                || word.text.is_empty()
                || word.text.bytes().all(|b| b.is_ascii_digit() || b"smh".contains(&b)));
        let is_around = || {
            let mut behind = words[at + 1..].iter().filter(|word| !word.text.starts_with('-'));
            matches!(base.as_str(), "powershell" | "pwsh")
                && behind.next().is_some_and(|word| {
                    let base = self::base(&word.text);
                    FETCHERS.contains(&base.as_str()) || EVALS.contains(&base.as_str())
                })
        };
        if BEFORE.contains(&base.as_str()) || is_around() {
            is_behind = true;
            alone = alone.or_else(|| Some((at, base.clone())));
        } else if !is_assignment && !is_option {
            return Some((at, base));
        }
    }
    // Nothing follows it.
    alone
}

fn base(text: &str) -> String {
    let base = text.trim_start_matches('@').rsplit(['/', '\\']).next().unwrap_or(text).to_ascii_lowercase();
    let bare = [".exe", ".cmd", ".bat"].iter().find_map(|end| base.strip_suffix(end));
    bare.map_or_else(|| base.clone(), str::to_owned)
}

/// What flows out of a command, or through a pipe.
#[derive(Clone)]
enum Flow {
    Fetched(String, Option<String>),
    Decoded(String),
    Secret,
}

impl Flow {
    /// The act of running it.
    fn run(&self) -> Option<Act> {
        match self {
            Self::Fetched(program, host) => Some(Act::new(What::RunsFetched, program, host.as_deref())),
            Self::Decoded(program) => Some(Act::new(What::Decodes, program, None)),
            Self::Secret => None,
        }
    }
}

fn look(commands: &[Command], depth: usize, best: &mut Option<Act>) {
    if depth > DEPTH_MAX {
        return;
    }
    let mut flow: Option<Flow> = None;
    let (mut saved, mut secrets): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for command in commands {
        if !command.piped {
            flow = None;
        }
        for word in command.words.iter().filter(|word| !word.inner.is_empty()) {
            look(&word.inner, depth + 1, best);
        }
        let Some((at, name)) = program(&command.words) else { continue };
        let (before, args) = (&command.words[..at], &command.words[at + 1..]);
        if before.iter().any(|word| matches!(base(&word.text).as_str(), "sudo" | "doas")) {
            note(best, Act::new(What::AsRoot, "sudo", None));
        }
        let is_given = before.iter().any(|word| base(&word.text) == "xargs");
        if let Some(act) = flow.as_ref().filter(|_| is_given || reads_input(&name, args)).and_then(Flow::run)
        {
            note(best, act);
        }
        if let Some(act) = runs_inner(command, at, &name) {
            note(best, act);
        }
        let given: Vec<&str> = args.iter().map(|word| word.text.as_str()).collect();
        let called = command.words[at].text.as_str();
        if let Some(act) = runs_saved(called, &name, &given, &saved) {
            note(best, act);
        }
        within(&name, called, args, depth, best);
        if let Some(what) = harm::judge(&name, args) {
            note(best, Act::new(what, &name, None));
        }
        if harm::is_unverified(&name, before, args) {
            note(best, Act::new(What::Unverified, &name, None));
        }
        let is_sent = |text: &str| secrets.iter().any(|file: &String| text.contains(file.as_str()));
        let takes = || {
            args.iter().any(|word| is_secret_path(&word.text) || is_sent(&word.text) || reveals_inner(word))
        };
        if harm::is_carrier(&name, args) && (matches!(flow, Some(Flow::Secret)) || takes()) {
            note(best, Act::new(What::Sends, &name, None));
        }
        let url = fetched(&name, args);
        if let Some(url) = url.filter(|url| !is_local(url)) {
            let is_upload = || args.iter().any(|word| word.text.contains('@') && is_sent(&word.text));
            let is_secret = matches!(flow, Some(Flow::Secret))
                || sends_file(args)
                || is_upload()
                || args.iter().any(reveals_inner);
            if is_secret {
                note(best, Act::new(What::Sends, &name, host::host(url)));
            }
            if let Some(file) = saves(&name, url, &given) {
                note(best, Act::new(What::Fetches, &name, host::host(url)));
                saved.push(file);
            }
        }
        let mut written: Vec<String> = Vec::new();
        if reveals(&name, args) || matches!(flow, Some(Flow::Secret)) {
            let lower: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
            let is_archive = |text: &&&str| [".t", ".zip", ".gz"].iter().any(|end| text.contains(end));
            let copied = match name.as_str() {
                "tee" => given.iter().find(|text| !text.starts_with('-')),
                "tar" | "zip" => given.iter().find(is_archive),
                _ => None,
            };
            written.extend(harm::writes_to(&lower).map(str::to_owned));
            written.extend(copied.map(|text| (*text).to_owned()));
        }
        written.retain(|file| !file.starts_with("/dev/") && !file.starts_with('&'));
        if !written.is_empty() {
            note(best, Act::new(What::Collects, &name, None));
        }
        secrets.extend(written.into_iter().filter(|file| file.len() > 2));
        flow = flows(&name, args, flow);
    }
}

/// What a command passes to the next one.
fn flows(name: &str, args: &[Word], before: Option<Flow>) -> Option<Flow> {
    let has = |flags: &[&str]| args.iter().any(|word| flags.contains(&word.text.as_str()));
    let has_call = || args.iter().any(|word| is_call(&word.text));
    match name {
        _ if reveals(name, args) => Some(Flow::Secret),
        _ if FETCHERS.contains(&name) => {
            let url = fetched(name, args).unwrap_or("");
            let is_own = url.contains("://") && is_local(url);
            (!is_own).then(|| Flow::Fetched(name.to_owned(), host::host(url).map(str::to_owned)))
        }
        _ if is_call(name) || name.starts_with('(') && has_call() => {
            Some(Flow::Fetched(name.to_owned(), None))
        }
        "base64" | "gbase64" | "basenc" | "base32" if has(&["-d", "-D", "--decode", "-di", "-id"]) => before
            .filter(|flow| matches!(flow, Flow::Fetched(..)))
            .or_else(|| Some(Flow::Decoded(name.to_owned()))),
        "xxd" if args.iter().any(|word| word.text.starts_with('-') && word.text.contains('r')) => {
            Some(Flow::Decoded(name.to_owned()))
        }
        "openssl" if has(&["-d"]) => Some(Flow::Decoded(name.to_owned())),
        "certutil" if has(&["-decode", "/decode"]) => Some(Flow::Decoded(name.to_owned())),
        "gunzip" | "zcat" | "bunzip2" | "xzcat" | "uudecode" | "rev" => {
            before.or_else(|| Some(Flow::Decoded(name.to_owned())))
        }
        _ => before,
    }
}

fn is_call(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    CALLS.iter().any(|call| lower.contains(call))
}

/// What the commands substituted into a word output.
fn output(inner: &[Command]) -> Option<Flow> {
    let mut flow = None;
    for command in inner {
        if !command.piped {
            flow = None;
        }
        let Some((at, name)) = program(&command.words) else { continue };
        let args = &command.words[at + 1..];
        let is_call = is_call(&command.words[at].text) || args.iter().any(|word| is_call(&word.text));
        let deeper = || command.words.iter().find_map(|word| output(&word.inner));
        flow = flows(&name, args, flow)
            .or_else(|| is_call.then(|| Flow::Fetched("WebClient".to_owned(), None)))
            .or_else(deeper);
    }
    flow
}

/// The act of a command that runs the output of substitutions.
fn runs_inner(command: &Command, at: usize, name: &str) -> Option<Act> {
    let runs = SHELLS.contains(&name) || RUNTIMES.contains(&name) || EVALS.contains(&name);
    let is_eval = matches!(name, "iex" | "invoke-expression");
    command.words[at..].iter().enumerate().find_map(|(number, word)| {
        if is_eval && is_call(&word.text) {
            return Some(Act::new(
                What::RunsFetched,
                "WebClient",
                word.text.find("http").and_then(|at| host::host(&word.text[at..])),
            ));
        }
        // A subshell is scanned separately.
        let is_program = number == 0 && (word.text.starts_with('$') || word.text.starts_with('`'));
        (runs && number > 0 || is_program).then(|| output(&word.inner)).flatten().and_then(|flow| flow.run())
    })
}

/// True if a program runs what is piped into it.
fn reads_input(name: &str, args: &[Word]) -> bool {
    let has = |text: &str| args.iter().any(|word| word.text == text);
    if matches!(name, "iex" | "invoke-expression") {
        return true;
    }
    if EVALS.contains(&name) {
        return has("/dev/stdin") || has("-");
    }
    let is_runner = SHELLS.contains(&name) || RUNTIMES.contains(&name);
    let operand = args
        .iter()
        .position(|word| !word.text.starts_with(['-', '+', '/', '<', '>']) && !word.text.starts_with("2>"));
    is_runner
        && (has("-s")
            || has("-")
            || has("/dev/stdin")
            || operand.is_none() && !args.iter().any(|word| is_code_flag(name, &word.text)))
        || name == "deno" && has("run") && has("-")
        || name == "busybox" && (has("sh") || has("ash"))
}

/// True for the flag of `name` that takes code.
fn is_code_flag(name: &str, flag: &str) -> bool {
    let lower = flag.to_ascii_lowercase();
    match name {
        "pwsh" | "powershell" => lower.len() > 1 && "-command".starts_with(&lower) || lower == "/c",
        "cmd" => matches!(lower.as_str(), "/c" | "/k" | "/r" | "/s/c"),
        "node" | "nodejs" => matches!(lower.as_str(), "-e" | "-p" | "--eval" | "--print" | "-pe"),
        "bun" => matches!(lower.as_str(), "-e" | "--eval" | "-p" | "--print"),
        "deno" => lower == "eval",
        "php" => lower == "-r",
        "perl" | "ruby" | "lua" | "osascript" => lower.starts_with("-e"),
        _ if SHELLS.contains(&name) => {
            flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('c')
        }
        _ => lower == "-c",
    }
}

/// Scans what a program is given to run: code, a file, a URL.
fn within(name: &str, called: &str, args: &[Word], depth: usize, best: &mut Option<Act>) {
    let texts = || args.iter().map(|word| word.text.as_str());
    let is_address = |text: &str| {
        let text = text.strip_prefix("git+").unwrap_or(text);
        let text = text
            .split_once("i:")
            .map_or(text, |(_, rest)| if rest.starts_with("http") { rest } else { text });
        ["https://", "http://", "ssh://"].iter().any(|scheme| text.starts_with(scheme)) && !is_local(text)
    };
    let foreign = || texts().find(|text| is_address(text));
    if texts().any(|text| text.contains("/dev/tcp/")) || called.contains("/dev/tcp/") {
        note(best, Act::new(What::OpensShell, name, None));
    }
    let is_shell = |text: &str| SHELLS.contains(&base(text).as_str());
    if matches!(name, "nc" | "ncat" | "netcat")
        && texts().any(|text| matches!(text, "-e" | "-c"))
        && texts().any(is_shell)
    {
        note(best, Act::new(What::OpensShell, name, None));
    }
    match name {
        "mshta" | "regsvr32" | "rundll32" | "msiexec" | "npx" | "bunx" | "pnpx" | "uvx" | "pipx" | "deno"
        | "bun" | "npm" | "pnpm" | "yarn" | "uv" => {
            let runs = match name {
                "npm" => texts().any(|text| matches!(text, "exec" | "x")),
                "pnpm" | "yarn" => texts().any(|text| text == "dlx"),
                "bun" => texts().next() == Some("x"),
                "deno" => texts().any(|text| text == "run"),
                "uv" => texts().any(|text| matches!(text, "tool" | "x" | "run")),
                _ => true,
            };
            if let Some(url) = foreign().filter(|_| runs) {
                note(best, Act::new(What::RunsFetched, name, host::host(url)));
            }
            let forge = texts().find(|text| {
                text.starts_with("github:") || text.starts_with("gitlab:") || text.starts_with("bitbucket:")
            });
            if forge.is_some_and(|_| runs) {
                note(best, Act::new(What::RunsFetched, name, None));
            }
        }
        "pwsh" | "powershell" => powershell(name, args, best),
        _ => {}
    }
    let is_runtime = RUNTIMES.contains(&name);
    if !is_runtime && !SHELLS.contains(&name) {
        // A script started by its own name.
        return path::judge(name, called, best);
    }
    if let Some(at) = args.iter().position(|word| is_code_flag(name, &word.text)) {
        let is_rest = matches!(name, "cmd" | "pwsh" | "powershell");
        let code: Vec<&str> = args[at + 1..].iter().map(|word| word.text.as_str()).collect();
        let code = if is_rest {
            code.join(" ")
        } else {
            code.first().map(|code| (*code).to_owned()).unwrap_or_default()
        };
        match is_runtime {
            true => best_of(best, code::judge(name, &code)),
            false => look(&commands(&code), depth + 1, best),
        }
        return;
    }
    // Code without a flag, as PowerShell accepts.
    let is_plain = |text: &&str| !text.starts_with(['-', '+']) && !text.is_empty();
    let operands: Vec<&str> = texts().filter(is_plain).collect();
    if matches!(name, "pwsh" | "powershell") && operands.len() > 1 {
        look(&commands(&operands.join(" ")), depth + 1, best);
    }
    let skips = ["run", "exec", "--", "sh", "ash"];
    for operand in operands.iter().filter(|operand| !skips.contains(operand)).take(1) {
        path::judge(name, operand, best);
    }
    for flag in texts() {
        let flag = flag.strip_prefix("--require=").or_else(|| flag.strip_prefix("--import="));
        if let Some(file) = flag {
            path::judge(name, file, best);
        }
    }
}

fn best_of(best: &mut Option<Act>, act: Option<Act>) {
    if let Some(act) = act {
        note(best, act);
    }
}

/// Scans for encoded PowerShell commands.
fn powershell(name: &str, args: &[Word], best: &mut Option<Act>) {
    let is_flag = |text: &str| {
        let lower = text.to_ascii_lowercase().replace('/', "-");
        lower.len() > 1 && ("-encodedcommand".starts_with(&lower) || lower == "-ec") && lower != "-"
    };
    let is_encoded = |text: &str| {
        text.len() >= 16 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    };
    if args.windows(2).any(|pair| is_flag(&pair[0].text) && is_encoded(&pair[1].text)) {
        note(best, Act::new(What::Decodes, name, None));
    }
    let all: String = args.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    best_of(best, code::judge(name, &all));
}

#[cfg(test)]
mod tests;
