//! What a command downloads, where to, and whether it verifies the server.

use crate::parse::host::{Whose, host, whose};
use crate::parse::shell::{Command, Word};

/// What a command downloads.
#[derive(Clone, Debug)]
pub struct Download<'a> {
    /// The addresses, as they are written.
    pub urls: Vec<&'a Word>,
    /// The file that it is written to; nothing if it is printed.
    pub target: Option<String>,
    /// The option by which it takes what any server sends.
    pub insecure: Option<&'a Word>,
}

impl Download<'_> {
    /// The host of the first address.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.urls.iter().find_map(|url| host(&url.text))
    }

    /// True if all of it comes from this machine or its network.
    #[must_use]
    pub fn is_near(&self) -> bool {
        let near = |url: &&Word| {
            let bare = || url.text.split(['/', ':']).next();
            host(&url.text).or_else(bare).is_some_and(|host| matches!(whose(host), Whose::Local))
        };
        !self.urls.is_empty() && self.urls.iter().all(near)
    }
}

/// A program that downloads.
struct Tool {
    name: &'static str,
    /// Letters of options that take a value.
    letters: &'static str,
    /// Long options that take a value.
    long: &'static [&'static str],
    /// The option that names the file.
    output: (char, &'static str),
    /// The option by which it takes what any server sends.
    insecure: (char, &'static str),
    /// True if it writes a file unless something else is said.
    saves: bool,
}

const TOOLS: [Tool; 3] = [
    Tool {
        name: "curl",
        letters: "AbcCdDeEFhHKmoPQrTuUwxXyYzt",
        long: &[
            "--output",
            "--header",
            "--data",
            "--data-raw",
            "--data-binary",
            "--request",
            "--user",
            "--user-agent",
            "--retry",
            "--retry-delay",
            "--retry-max-time",
            "--connect-timeout",
            "--max-time",
            "--cacert",
            "--capath",
            "--cert",
            "--key",
            "--proto",
            "--proto-redir",
            "--output-dir",
            "--write-out",
            "--range",
            "--referer",
            "--cookie",
            "--form",
            "--upload-file",
            "--proxy",
            "--resolve",
            "--interface",
            "--ciphers",
            "--limit-rate",
            "--max-redirs",
            "--noproxy",
            "--continue-at",
            "--config",
            "--tls-max",
            "--pinnedpubkey",
            "--etag-save",
            "--etag-compare",
            "--max-filesize",
        ],
        output: ('o', "--output"),
        insecure: ('k', "--insecure"),
        saves: false,
    },
    Tool {
        name: "wget",
        letters: "OoaeitTwQPUlARDIXB",
        long: &[
            "--output-document",
            "--output-file",
            "--tries",
            "--timeout",
            "--directory-prefix",
            "--user-agent",
            "--header",
            "--wait",
            "--waitretry",
            "--read-timeout",
            "--post-data",
            "--user",
            "--password",
            "--ca-certificate",
        ],
        output: ('O', "--output-document"),
        insecure: ('\0', "--no-check-certificate"),
        saves: true,
    },
    Tool {
        name: "aria2c",
        letters: "odxsjkmt",
        long: &["--out", "--dir", "--split", "--max-connection-per-server"],
        output: ('o', "--out"),
        insecure: ('\0', "--check-certificate=false"),
        saves: true,
    },
];

/// What `command` downloads, if it is one that does.
#[must_use]
pub fn of(command: &Command) -> Option<Download<'_>> {
    let tool = TOOLS.iter().find(|tool| tool.name == command.name())?;
    let mut found = Download { urls: Vec::new(), target: None, insecure: None };
    let (mut named, mut remote) = (None, tool.saves);
    let mut words = command.arguments().iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let is = |option: &str| option.strip_prefix("--") == Some(name);
            if is(tool.insecure.1) || text == tool.insecure.1 || name == "proxy-insecure" {
                found.insecure = Some(word);
            }
            remote |= matches!(name, "remote-name" | "remote-name-all");
            if name == "url" && value.is_none() {
                found.urls.extend(words.next());
            } else if tool.long.iter().any(|option| is(option)) {
                let value = value.map(str::to_owned).or_else(|| Some(words.next()?.text.clone()));
                if is(tool.output.1) {
                    named = value;
                }
            }
        } else if text.starts_with('-') && text.len() > 1 {
            for (at, letter) in text.char_indices().skip(1) {
                if letter == tool.insecure.0 {
                    found.insecure = Some(word);
                }
                remote |= letter == 'O' && tool.name == "curl";
                if tool.letters.contains(letter) {
                    let rest = &text[at + letter.len_utf8()..];
                    let value =
                        if rest.is_empty() { words.next().map_or("", |word| &word.text) } else { rest };
                    if letter == tool.output.0 {
                        named = Some(value.to_owned());
                    }
                    break;
                }
            }
        } else {
            found.urls.push(word);
        }
    }
    let redirected =
        command.into.iter().map(|word| word.text.clone()).find(|file| !file.starts_with("/dev/"));
    let last = || {
        let url = &found.urls.first()?.text;
        let path = url.split(['?', '#']).next().unwrap_or(url);
        Some(path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).to_owned())
    };
    found.target = match named {
        Some(file) if file == "-" || file.starts_with("/dev/") => redirected,
        Some(file) => Some(file),
        None if remote => redirected.or_else(last),
        None => redirected,
    };
    Some(found)
}

/// True for programs that compare what was downloaded with a digest or a signature.
#[must_use]
pub fn verifies(command: &Command) -> bool {
    let has = |word: &str| command.arguments().iter().any(|argument| argument.text == word);
    match command.name() {
        "sha256sum" | "sha512sum" | "sha384sum" | "sha1sum" | "sha224sum" | "md5sum" | "shasum" | "b2sum"
        | "cksum" | "b3sum" | "gpgv" | "minisign" | "signify" | "slsa-verifier" | "rekor-cli" | "sq"
        | "sqv" | "Get-FileHash" | "certutil" => true,
        "gpg" | "gpg2" => command
            .arguments()
            .iter()
            .any(|word| matches!(word.text.as_str(), "--verify" | "--verify-files" | "--decrypt" | "-d")),
        "openssl" => has("dgst") || has("cms") || has("smime"),
        "cosign" => command.arguments().iter().any(|word| word.text.starts_with("verify")),
        "gh" => has("attestation"),
        "rpm" | "rpmkeys" => command.flag(&["--checksig", "-K"]).is_some(),
        "test" | "[" | "[[" => command.words.iter().any(|word| {
            ["sha256", "sha512", "SHA256", "checksum"].iter().any(|known| word.text.contains(known))
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::shell::commands;

    #[test]
    fn downloads_are_known() {
        for (script, target, insecure) in [
            ("curl -fsSL https://a.example/x.sh", None, false),
            ("curl -sSLo x https://a.example/y", Some("x"), false),
            ("curl -fsSLO https://a.example/y.tgz?z", Some("y.tgz"), false),
            ("curl https://a.example/y > /opt/z", Some("/opt/z"), false),
            ("curl -kfsSL https://a.example/y -o z", Some("z"), true),
            ("curl -okey https://a.example/y", Some("key"), false),
            ("curl --insecure --output=z https://a.example/y", Some("z"), true),
            ("wget -q https://a.example/y", Some("y"), false),
            ("wget -qO- https://a.example/y", None, false),
            ("wget --no-check-certificate -O /usr/bin/y https://a.example/y", Some("/usr/bin/y"), true),
        ] {
            let all = commands(script);
            let found = of(&all[0]).expect("it downloads");
            assert_eq!((found.target.as_deref(), found.insecure.is_some()), (target, insecure), "{script}");
            assert_eq!(found.host(), Some("a.example"), "{script}");
        }
        assert!(of(&commands("curl -k https://localhost:8443/health")[0]).expect("there").is_near());
        assert!(
            verifies(&commands("echo x | sha256sum -c -")[1]) && !verifies(&commands("gpg --dearmor")[0])
        );
    }
}
