//! What commands fetch: from where, and to which file.

use super::shell::Word;
use super::{Act, EVALS, FETCHERS, RUNTIMES, SHELLS, What};
use crate::parse::host::{self, Whose, whose};

/// The URL that a fetcher requests; an empty text if it is not a URL.
pub(super) fn fetched<'a>(name: &str, args: &'a [Word]) -> Option<&'a str> {
    if !FETCHERS.contains(&name) {
        return None;
    }
    let address = args.iter().map(|word| word.text.as_str()).find(|text| text.contains("://"));
    let is_other =
        name == "certutil" && address.is_none() || matches!(name, "http" | "https") && args.is_empty();
    (!is_other).then(|| address.unwrap_or(""))
}

/// True for a URL of this machine.
pub(super) fn is_local(url: &str) -> bool {
    host::host(url).is_some_and(|host| whose(host) == Whose::Local)
}

/// The file that a fetcher saves to.
pub(super) fn saves(name: &str, url: &str, args: &[&str]) -> Option<String> {
    let last = || {
        let path = url.split(['?', '#']).next().unwrap_or("");
        path.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or("index.html").to_owned()
    };
    let lower: Vec<String> = args.iter().map(|arg| arg.to_ascii_lowercase()).collect();
    let behind = |flags: &[&str]| {
        let at = args.iter().zip(&lower).position(|(arg, low)| {
            flags.contains(arg) || low.starts_with("-outf") || low == "-destination"
        })?;
        args.get(at + 1).copied()
    };
    let redirected = || {
        args.iter().enumerate().find_map(|(at, arg)| match *arg {
            ">" | ">>" => args.get(at + 1).copied(),
            arg => arg.strip_prefix('>').map(|rest| rest.trim_start_matches('>')),
        })
    };
    let glued =
        |starts: &[&str]| args.iter().find_map(|arg| starts.iter().find_map(|start| arg.strip_prefix(start)));
    let file = match name {
        "curl" | "curlie" => {
            let is_named = args.iter().any(|arg| {
                *arg == "--remote-name" || arg.starts_with('-') && !arg.starts_with("--") && arg.contains('O')
            });
            let short = || {
                let at = args.iter().position(|arg| {
                    arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('o') && arg.len() > 2
                })?;
                args.get(at + 1).copied()
            };
            let given = behind(&["-o", "--output"])
                .or_else(short)
                .or_else(|| glued(&["--output="]))
                .or_else(redirected);
            given.map(str::to_owned).or_else(|| is_named.then(last))
        }
        "wget" => {
            let short = || {
                let at = args
                    .iter()
                    .position(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('O'))?;
                args.get(at + 1).copied()
            };
            let is_printed = args.iter().any(|arg| arg.starts_with('-') && arg.contains("O-"));
            let is_spider = args.contains(&"--spider");
            let given = short().or_else(|| glued(&["--output-document="])).or_else(redirected);
            (!is_printed && !is_spider).then(|| given.map_or_else(last, str::to_owned))
        }
        "certutil" | "bitsadmin" => args.last().map(|file| (*file).to_owned()),
        "aria2c" | "lwp-download" | "fetch" => {
            Some(behind(&["-o", "--out"]).map_or_else(last, str::to_owned))
        }
        _ => behind(&["-o"]).or_else(redirected).map(str::to_owned),
    };
    file.filter(|file| {
        !matches!(file.as_str(), "-" | "/dev/null" | "NUL" | "nul" | "$null" | "/dev/stdout")
            && !file.is_empty()
    })
}

/// What a command does that runs a file fetched earlier.
pub(super) fn runs_saved(called: &str, name: &str, args: &[&str], saved: &[String]) -> Option<Act> {
    let same = |text: &str| {
        let bare = |text: &str| text.trim_start_matches("./").trim_start_matches(".\\").to_owned();
        saved.iter().any(|file| bare(file) == bare(text) && !file.is_empty())
    };
    let runs = SHELLS.contains(&name)
        || RUNTIMES.contains(&name)
        || EVALS.contains(&name)
        || matches!(
            name,
            "chmod"
                | "msiexec"
                | "open"
                | "xdg-open"
                | "installer"
                | "dpkg"
                | "rpm"
                | "&"
                | "ii"
                | "invoke-item"
                | "rundll32"
                | "regsvr32"
        );
    let is_it = same(called) || runs && args.iter().any(|arg| same(arg));
    is_it
        .then(|| Act::new(What::RunsFetched, "curl", None))
        .map(|act| Act { program: "the command".to_owned(), ..act })
}
