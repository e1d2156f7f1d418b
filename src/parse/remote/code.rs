//! Code passed to a runtime as an argument: whether it runs what it fetches or decodes.

use super::{Act, What};
use crate::parse::host::{self, Whose, whose};

const FETCHES: [&str; 20] = [
    "fetch(",
    "require('http",
    "require(\"http",
    "node:http",
    "from 'http",
    "urllib",
    "requests.",
    "net::http",
    "open-uri",
    "lwp::",
    "axios",
    "net.webclient",
    "downloadstring",
    "downloaddata",
    "downloadfile",
    "invoke-webrequest",
    "invoke-restmethod",
    "file_get_contents(",
    "curl ",
    "wget ",
];
const RUNS: [&str; 20] = [
    "eval(",
    "exec(",
    "execsync",
    "execfile",
    "spawn",
    "child_process",
    "new function",
    "function(",
    "os.system",
    "subprocess",
    "popen",
    "import(",
    "runinthiscontext",
    "iex",
    "invoke-expression",
    "scriptblock",
    "start-process",
    "shell_exec",
    "system(",
    "::load(",
];
const DECODES: [&str; 13] = [
    "base64",
    "atob(",
    "fromcharcode",
    "unhexlify",
    "'hex'",
    "\"hex\"",
    "frombase64string",
    "unescape(",
    "decompress",
    "inflatesync",
    "b64decode",
    "bytes.fromhex",
    "gunzipsync",
];

/// What `code`, run by `program`, does.
pub(super) fn judge(program: &str, code: &str) -> Option<Act> {
    let lower = code.to_ascii_lowercase();
    let holds = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    let hosts =
        || lower.match_indices("://").filter_map(|(at, _)| host::host(&lower[at.saturating_sub(1)..]));
    let foreign = hosts().find(|host| whose(host) != Whose::Local);
    let is_local = foreign.is_none() && hosts().next().is_some();
    if !holds(&RUNS) {
        return None;
    }
    if (holds(&FETCHES) || foreign.is_some()) && !is_local {
        return Some(Act::new(What::RunsFetched, program, foreign));
    }
    holds(&DECODES).then(|| Act::new(What::Decodes, program, None))
}
