//! Variables and command options that disable certificate or signature verification.

use std::ops::Range;

use super::download;
use crate::model::Severity;
use crate::parse::host::{Whose, host, whose};
use crate::parse::shell::{self, Command, Word};

/// Literals, one of which is on every line with a command that disables it, or fetches packages unencrypted.
pub const MARKS: [&str; 15] = [
    "insecure",
    "curl",
    "no-check-certificate",
    "trusted-host",
    "strict-ssl",
    "strict_ssl",
    "STRICT_SSL",
    "sslVerify",
    "sslverify",
    "SSL_NO_VERIFY",
    "REJECT_UNAUTHORIZED",
    "HTTPSVERIFY",
    "SkipCertificateCheck",
    "unauthenticated",
    "http://",
];

/// Variables that disable it, with their values; any non-empty value, if none are listed.
const VARIABLES: [(&str, &[&str]); 14] = [
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true", "yes", "on"]),
    ("npm_config_strict_ssl", &["false", "0", "no"]),
    ("NPM_CONFIG_STRICT_SSL", &["false", "0", "no"]),
    ("YARN_STRICT_SSL", &["false", "0"]),
    ("YARN_ENABLE_STRICT_SSL", &["false", "0"]),
    ("PIP_TRUSTED_HOST", &[]),
    ("UV_INSECURE_HOST", &[]),
    ("PERL_LWP_SSL_VERIFY_HOSTNAME", &["0"]),
    ("COMPOSER_DISABLE_TLS", &["1", "true"]),
    ("BUNDLE_SSL_VERIFY_MODE", &["0"]),
    ("CONDA_SSL_VERIFY", &["false", "0", "no"]),
    ("HOMEBREW_CURL_INSECURE", &["1"]),
];

/// What the commands of `script` disable, or fetch unencrypted: position, and a phrase.
#[must_use]
pub fn weak(script: &str) -> Vec<(Range<usize>, String)> {
    let commands = shell::commands(script);
    let is_compared = commands.iter().any(download::verifies);
    let mut all = Vec::new();
    for command in &commands {
        let exported =
            command.arguments().iter().filter(|_| matches!(command.name(), "export" | "env" | "set"));
        for word in command.assignments.iter().chain(exported) {
            if let Some((name, _)) =
                word.text.split_once('=').filter(|(name, value)| switches_off(name, value))
            {
                all.push((
                    word.range.clone(),
                    format!("the variable `{name}` disables certificate verification"),
                ));
            }
        }
        let fetched = download::of(command);
        let insecure =
            fetched.as_ref().and_then(|found| found.insecure.filter(|_| !is_compared && !found.is_near()));
        let found = insecure
            .map(|word| (word, Severity::High))
            .or_else(|| if fetched.is_some() { None } else { option(command) });
        if let Some((word, _)) = found.or_else(|| skips(command)) {
            let what = format!("`{}` disables certificate verification", command.name());
            all.push((word.range.clone(), what));
        } else if let Some(word) = in_the_clear(command) {
            all.push((word.range.clone(), format!("`{}` fetches packages over plain HTTP", command.name())));
        }
    }
    all
}

/// The PowerShell option that accepts any certificate.
fn skips(command: &Command) -> Option<(&Word, Severity)> {
    const NAMES: [&str; 4] = ["invoke-webrequest", "invoke-restmethod", "iwr", "irm"];
    let is_one = NAMES.iter().any(|name| command.name().eq_ignore_ascii_case(name));
    let switch = |word: &&Word| word.text.eq_ignore_ascii_case("-SkipCertificateCheck");
    let word = command.arguments().iter().find(switch).filter(|_| is_one)?;
    Some((word, Severity::High))
}

/// The unencrypted URL from which a package manager fetches.
fn in_the_clear(command: &Command) -> Option<&Word> {
    const MANAGERS: [&str; 14] = [
        "pip", "pip3", "pipx", "uv", "uvx", "poetry", "npm", "npx", "pnpm", "yarn", "bun", "cargo", "gem",
        "composer",
    ];
    let name = command.name();
    let is_python = name.starts_with("python") && command.arguments().iter().any(|word| word.text == "pip");
    if !MANAGERS.contains(&name) && !is_python {
        return None;
    }
    command.arguments().iter().find(|word| {
        let address = word.text.find("http://").map(|at| &word.text[at..]);
        address.and_then(host).is_some_and(is_foreign)
    })
}

/// True if the variable `name` with this value disables it.
#[must_use]
pub fn switches_off(name: &str, value: &str) -> bool {
    let value = value.trim();
    VARIABLES.iter().any(|(known, values)| {
        *known == name
            && if values.is_empty() {
                value.split([' ', ',']).any(|host| !host.is_empty() && is_foreign(host))
            } else {
                values.iter().any(|off| off.eq_ignore_ascii_case(value))
            }
    })
}

fn is_foreign(host: &str) -> bool {
    matches!(whose(host.split(':').next().unwrap_or(host)), Whose::Foreign)
}

/// The option of `command` that disables it, with the severity.
#[must_use]
pub fn option(command: &Command) -> Option<(&Word, Severity)> {
    let words = command.arguments();
    let find = |test: &dyn Fn(&str) -> bool| words.iter().find(|word| test(&word.text));
    let any = |options: &[&str]| find(&|text| options.contains(&text));
    let pair = |name: &str, values: &[&str]| {
        let lower = |text: &str| text.to_ascii_lowercase();
        words.iter().enumerate().find_map(|(at, word)| {
            let text = lower(&word.text);
            let text = text.trim_start_matches('-');
            let value = match text.strip_prefix(name)? {
                "" => lower(&words.get(at + 1)?.text),
                rest => rest.strip_prefix('=')?.to_owned(),
            };
            values.contains(&value.as_str()).then_some(word)
        })
    };
    const NO: [&str; 5] = ["false", "0", "no", "off", "none"];
    let high = |word: Option<&'_ Word>| word.map(|_| Severity::High);
    let found = match command.name() {
        "npm" | "yarn" | "pnpm" => pair("strict-ssl", &NO),
        "git" => pair("http.sslverify", &NO).or_else(|| any(&["GIT_SSL_NO_VERIFY=true"])),
        "conda" | "mamba" | "micromamba" => pair("ssl_verify", &NO).or_else(|| any(&["--insecure", "-k"])),
        "composer" => pair("disable-tls", &["true", "1"]).or_else(|| pair("secure-http", &NO)),
        "bundle" | "bundler" => pair("ssl_verify_mode", &["0"]),
        "helm" | "kubectl" => any(&["--insecure-skip-tls-verify", "--insecure-skip-tls-verify=true"]),
        "skopeo" | "podman" | "buildah" => pair("tls-verify", &NO),
        "apt" | "apt-get" => {
            let by_setting = |text: &str| {
                let text = text.to_ascii_lowercase();
                [
                    "allowinsecurerepositories=",
                    "allowunauthenticated=",
                    "verify-peer=false",
                    "verify-host=false",
                ]
                .iter()
                .any(|word| {
                    text.contains(word) && !text.ends_with("=false")
                        || text.contains("=false") && text.contains("verify-")
                })
            };
            any(&["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"])
                .or_else(|| find(&|text| text.contains("::") && by_setting(text)))
        }
        name if name.starts_with("pip") || name.starts_with("python") || name == "uv" => {
            words.iter().enumerate().find_map(|(at, word)| {
                let (name, value) = word.text.split_once('=').unwrap_or((&word.text, ""));
                if !matches!(name, "--trusted-host" | "--allow-insecure-host" | "global.trusted-host") {
                    return None;
                }
                let next = words.get(at + 1).map_or("", |next| next.text.as_str());
                is_foreign(if value.is_empty() { next } else { value }).then_some(word)
            })
        }
        _ => None,
    };
    if let Some(severity) = high(found) {
        return found.map(|word| (word, severity));
    }
    let found = match command.name() {
        "yum" | "dnf" | "microdnf" | "tdnf" => any(&["--nogpgcheck", "--no-gpgcheck", "--no-gpg-checks"])
            .or_else(|| {
                find(&|text| {
                    text.starts_with("--setopt")
                        && (text.ends_with("gpgcheck=0") || text.ends_with("gpgcheck=false"))
                        && !text.contains("repo_gpgcheck")
                })
            }),
        "zypper" => any(&["--no-gpg-checks", "--no-gpgcheck", "--allow-unsigned-rpm"]),
        "apk" => any(&["--allow-untrusted"]),
        "rpm" => any(&["--nosignature", "--nodigest", "--noverify", "--nogpg"]),
        "gem" => any(&["--no-verify"]),
        _ => None,
    };
    found.map(|word| (word, Severity::Medium))
}
