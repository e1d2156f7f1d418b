//! `weak-signature-verification`: a command that verifies a signature without requiring a signer.

use crate::engine::{Check, Reporter, Run};
use crate::model::{Blob, Confidence, Family, Meta, RepoPath, Severity, Span};
use crate::parse::command::{self, Command, Word};
use crate::parse::identity::{Issuer, Laxness, is_any_issuer, laxness};

/// Limits per file: places examined, and commands evaluated.
const PLACES_MAX: usize = 10_000;
const COMMANDS_MAX: usize = 1000;
/// Bytes after the name of the program that must contain `verify`.
const NEAR: usize = 96;

/// Bytes before a command that are searched for exported variables.
const EXPORT_REACH: usize = 500;

const IDENTITY: &[u8] = b"--certificate-identity-regexp";

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "weak-signature-verification",
        title: "signature verification that accepts any signer",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "require the signer: `--certificate-identity` with the workflow or mail address, and `--certificate-oidc-issuer`",
        docs: r"
## What it does
Reads the `cosign verify`, `verify-blob`, `verify-attestation` and `verify-blob-attestation` commands in documents,
scripts, workflows, Makefiles and container files, and reports those that accept a signature by a stranger:

- `--certificate-identity-regexp` with a pattern that accepts anyone (`.*`, `https://github.com/.*`, any owner before a
  certain workflow): each is tested with identities a stranger can have, for the issuer in the command;
- a pattern that ends within the owner's name, such as `^https://github.com/acme`: it also accepts `acme-7f3a`;
- a pattern without `^` or `$` that also matches text a stranger controls, such as a branch name (reported `low`);
- `--certificate-oidc-issuer-regexp` that accepts any issuer (`low`, if the identity is restricted);
- `COSIGN_EXPERIMENTAL` without a key or identity: cosign 1 then accepts any certificate;
- `--insecure-ignore-tlog` or `--insecure-ignore-sct` on a certificate-based signature (`low`);
- `--check-claims=false`: the signature may belong to another image.

## Why is this bad
Anyone can get a certificate from Sigstore's public CA for their own mail address or workflow. A signature only keeps a
tampered artifact out if the verifier requires a specific signer. Users who copy such a command get `Verified OK` for
anything.

## Example
```sh
cosign verify-blob tool.tar.gz --bundle tool.sigstore.json \
  --certificate-identity-regexp 'https://github.com/.*' \
  --certificate-oidc-issuer https://token.actions.githubusercontent.com
```

## Use instead
```sh
cosign verify-blob tool.tar.gz --bundle tool.sigstore.json \
  --certificate-identity-regexp '^https://github\.com/acme/tool/\.github/workflows/release\.yml@refs/tags/v' \
  --certificate-oidc-issuer https://token.actions.githubusercontent.com
```

## Known problems
Values with variables, templates or placeholders are not evaluated, nor is `gh attestation verify`, which requires
`--owner` or `--repo`. In tests a finding is `low`.

## References
- <https://docs.sigstore.dev/cosign/verifying/verify/>
",
    },
    run: Run::Named {
        named: |_| false,
        contents: &[
            "certificate-identity-regexp",
            "certificate-oidc-issuer-regexp",
            "insecure-ignore-tlog",
            "insecure-ignore-sct",
            "check-claims=false",
            "COSIGN_EXPERIMENTAL",
        ],
        applies,
        run,
    },
};

fn applies(blob: &Blob<'_>) -> bool {
    is_read(blob.path)
}

/// True for files whose commands people run or copy.
fn is_read(path: &RepoPath) -> bool {
    const ENDINGS: [&[u8]; 22] = [
        b"md",
        b"mdx",
        b"markdown",
        b"rst",
        b"adoc",
        b"txt",
        b"html",
        b"sh",
        b"bash",
        b"zsh",
        b"fish",
        b"ps1",
        b"bat",
        b"cmd",
        b"yml",
        b"yaml",
        b"json",
        b"mk",
        b"just",
        b"toml",
        b"tmpl",
        b"dockerfile",
    ];
    const NAMES: [&[u8]; 5] = [b"dockerfile", b"containerfile", b"makefile", b"gnumakefile", b"jenkinsfile"];
    let name = path.file_name().to_ascii_lowercase();
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) => {
            ENDINGS.contains(&&name[dot + 1..]) || NAMES.iter().any(|known| name[..dot].starts_with(known))
        }
        // Scripts, and files recognised by name.
        None => true,
    }
}

fn run(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    let text = blob.bytes;
    let mentions_experimental = switches_on(text, b"");
    let mut said = Said { lowered: is_trial(blob.path), to };
    let mut done = 0;
    let mut read = Vec::new();
    for at in command::programs(text, b"cosign").take(PLACES_MAX) {
        let near = &text[at..text.len().min(at + NEAR)];
        if read.len() >= COMMANDS_MAX {
            break;
        }
        if at < done || memchr::memmem::find(near, b"verify").is_none() {
            continue;
        }
        let command = command::read(text, at);
        let Some(verb) = verb(&command) else { continue };
        done = command.end;
        let experimental = mentions_experimental && is_experimental(blob, at);
        assess(&command, &verb, experimental, &mut said);
        read.push(Span::new(at, command.end));
    }
    // Argument lists, and variables with flags.
    let mut inside = read.iter().peekable();
    for at in memchr::memmem::find_iter(text, IDENTITY).take(COMMANDS_MAX) {
        while inside.next_if(|span| span.end <= at).is_some() {}
        let is_inside = inside.peek().is_some_and(|span| span.start <= at);
        if is_inside || text.get(at + IDENTITY.len()) != Some(&b'=') {
            continue;
        }
        lone_flag(&command::word(text, at), &mut said);
    }
}

/// What is said about a file.
struct Said<'a, 'b> {
    lowered: bool,
    to: &'a mut Reporter<'b>,
}

impl Said<'_, '_> {
    fn say(&mut self, span: Span, message: String, severity: Severity) {
        self.to.weighed(span, message, if self.lowered { severity.lowered() } else { severity });
    }
}

/// `verify` or one of its variants, if the command is one.
fn verb(command: &Command) -> Option<String> {
    const VERBS: [&[u8]; 4] = [b"verify", b"verify-blob", b"verify-attestation", b"verify-blob-attestation"];
    let mut flag = false;
    for word in command.words.get(1..)?.iter().take(5) {
        if VERBS.contains(&word.text.as_slice()) {
            return Some(String::from_utf8_lossy(&word.text).into_owned());
        }
        let is_flag = word.text.starts_with(b"-");
        // Global flags may come first, with a value.
        if !is_flag && !flag {
            return None;
        }
        flag = is_flag;
    }
    None
}

/// The flag `name`: its position and value.
struct Flag<'a> {
    span: Span,
    value: &'a [u8],
    expands: bool,
}

fn flag<'a>(words: &'a [Word], name: &str) -> Option<Flag<'a>> {
    words.iter().enumerate().find_map(|(index, word)| {
        let bare = word.text.strip_prefix(b"--").or(word.text.strip_prefix(b"-"))?;
        match bare.strip_prefix(name.as_bytes())? {
            [] => {
                let next = words.get(index + 1).filter(|next| !next.text.starts_with(b"--"));
                let span = Span::new(word.span.start, next.map_or(word.span.end, |next| next.span.end));
                let value = next.map_or(&b""[..], |next| &next.text);
                Some(Flag { span, value, expands: next.is_some_and(|next| next.expands) })
            }
            [b'=', value @ ..] => Some(Flag { span: word.span, value, expands: word.expands }),
            _ => None,
        }
    })
}

/// True if the flag is set and not disabled.
fn switch(words: &[Word], name: &str) -> Option<Span> {
    let word = words.iter().find(|word| {
        let bare = word.text.strip_prefix(b"--").unwrap_or_default();
        bare.strip_prefix(name.as_bytes()).is_some_and(|rest| matches!(rest, b"" | b"=true" | b"=1"))
    })?;
    Some(word.span)
}

fn assess(command: &Command, verb: &str, experimental: bool, said: &mut Said<'_, '_>) {
    let words = command.words.as_slice();
    let has = |names: &[&str]| names.iter().any(|name| flag(words, name).is_some());
    if let Some(claims) = flag(words, "check-claims")
        && claims.value == b"false"
        && matches!(verb, "verify" | "verify-attestation")
    {
        let message = format!("`cosign {verb}` does not compare the signed digest with the image");
        said.say(claims.span, message, Severity::Medium);
    }
    if has(&["key", "sk", "slot"]) {
        return;
    }
    let exact = has(&["certificate-identity", "certificate-email", "cert-identity", "cert-email"]);
    let restrained = has(&["certificate-github-workflow-repository", "cert-github-workflow-repository"]);
    let pattern = flag(words, "certificate-identity-regexp");
    if let Some(pattern) = &pattern
        && !restrained
        && !exact
    {
        judge_pattern(pattern, issuer(words), verb, said);
    }
    if let Some(issuer) = flag(words, "certificate-oidc-issuer-regexp")
        && !issuer.expands
        && std::str::from_utf8(issuer.value).is_ok_and(is_any_issuer)
    {
        let message = format!("`cosign {verb}` accepts any certificate issuer");
        said.say(issuer.span, message, Severity::Low);
    }
    let has_operand = words.iter().skip(2).any(|word| !word.text.starts_with(b"-"));
    if experimental
        && has_operand
        && pattern.is_none()
        && !exact
        && !restrained
        && !has(&["certificate-oidc-issuer"])
    {
        let name = command.words.first().map_or(Span::new(0, 0), |word| word.span);
        let verb_end =
            words.iter().find(|word| word.text == verb.as_bytes()).map_or(name.end, |word| word.span.end);
        let message = format!("`cosign {verb}` requires neither a key nor a signer");
        said.say(Span::new(name.start, verb_end), message, Severity::Medium);
    }
    let is_keyless = exact || restrained || pattern.is_some();
    // Other trusted times, and private CAs, need no public log.
    let own = has(&["use-signed-timestamps", "timestamp-certificate-chain", "rfc3161-timestamp", "ca-roots"])
        || has(&["certificate-chain", "cert-chain", "trusted-root"]);
    if !is_keyless || own {
        return;
    }
    if let Some(span) = switch(words, "insecure-ignore-tlog") {
        let message = format!("`cosign {verb}` does not require the log entry that proves the signing time");
        said.say(span, message, Severity::Low);
    }
    if let Some(span) = switch(words, "insecure-ignore-sct") {
        let message = format!("`cosign {verb}` accepts a certificate that is in no public log");
        said.say(span, message, Severity::Low);
    }
}

/// The issuer that a command requires.
fn issuer(words: &[Word]) -> Issuer {
    let Some(issuer) = flag(words, "certificate-oidc-issuer").or(flag(words, "cert-oidc-issuer")) else {
        return Issuer::Any;
    };
    match std::str::from_utf8(issuer.value) {
        Ok(url) if !issuer.expands => Issuer::of(url),
        _ => Issuer::Other,
    }
}

fn judge_pattern(pattern: &Flag<'_>, issuer: Issuer, verb: &str, said: &mut Said<'_, '_>) {
    let Some(lax) = text_of(pattern).and_then(|text| {
        // The identities of an unknown issuer are not known; test with generic ones.
        let assessed = if issuer == Issuer::Other { Issuer::Any } else { issuer };
        laxness(text, assessed)
    }) else {
        return;
    };
    let (message, severity) = match lax {
        Laxness::Anybody(identity) => {
            (format!("`cosign {verb}` accepts anyone's signature, for example {identity}"), Severity::Medium)
        }
        Laxness::OwnerPrefix(identity) => (
            format!("`cosign {verb}` accepts owners with the same name prefix: {identity}"),
            Severity::Medium,
        ),
        Laxness::Substring(identity) => {
            (format!("`cosign {verb}` uses an unanchored pattern, which accepts {identity}"), Severity::Low)
        }
    };
    let severity = if issuer == Issuer::Other { Severity::Low } else { severity };
    said.say(pattern.span, message, severity);
}

fn text_of<'a>(pattern: &Flag<'a>) -> Option<&'a str> {
    let is_blank = |text: &str| text.contains("$(") || text.contains('<') || text.contains("...");
    std::str::from_utf8(pattern.value).ok().filter(|text| !pattern.expands && !is_blank(text))
}

/// Evaluates a flag outside a known command.
fn lone_flag(word: &Word, said: &mut Said<'_, '_>) {
    let Some(pattern) = flag(std::slice::from_ref(word), "certificate-identity-regexp") else { return };
    if let Some(Laxness::Anybody(identity)) = text_of(&pattern).and_then(|text| laxness(text, Issuer::Any)) {
        let message = format!("this accepts anyone's signature, for example {identity}");
        said.say(pattern.span, message, Severity::Medium);
    }
}

/// True if cosign 1 verifies without a key at `at`: `COSIGN_EXPERIMENTAL` is set on that line or exported before;
/// outside documents, anywhere in the file.
fn is_experimental(blob: &Blob<'_>, at: usize) -> bool {
    const DOCUMENTS: [&[u8]; 7] = [b".md", b".mdx", b".markdown", b".rst", b".adoc", b".txt", b".html"];
    let text = blob.bytes;
    let name = blob.path.file_name().to_ascii_lowercase();
    if !DOCUMENTS.iter().any(|ending| name.ends_with(ending)) {
        return true;
    }
    let floor = at.saturating_sub(EXPORT_REACH);
    let line = memchr::memrchr(b'\n', &text[floor..at]).map_or(floor, |newline| floor + newline + 1);
    // Spaces, prompts and other leads of a command, not a sentence about one.
    let is_alone = text[line..at].iter().all(|byte| b" \t$>#%*-".contains(byte));
    let before = &text[floor..at];
    switches_on(&text[line..at], b"") || is_alone && switches_on(before, b"export ")
}

/// True if `COSIGN_EXPERIMENTAL` is set in `text`, after `lead`.
fn switches_on(text: &[u8], lead: &[u8]) -> bool {
    const NAME: &[u8] = b"COSIGN_EXPERIMENTAL";
    memchr::memmem::find_iter(text, NAME).take(PLACES_MAX).any(|at| {
        let value = text[at + NAME.len()..].trim_ascii_start();
        let value =
            value.strip_prefix(b"=").or(value.strip_prefix(b":")).unwrap_or_default().trim_ascii_start();
        let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
        let is_true = value.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"true"));
        text[..at].ends_with(lead) && (value.starts_with(b"1") || is_true)
    })
}

/// True for files that only tests run.
fn is_trial(path: &RepoPath) -> bool {
    const FOLDERS: [&[u8]; 9] =
        [b"test", b"tests", b"testing", b"testdata", b"e2e", b"fixtures", b"spec", b"examples", b"__tests__"];
    let name = path.file_name();
    let trial_name = |part: &[u8]| memchr::memmem::find(name, part).is_some();
    path.as_bytes().split(|byte| *byte == b'/').any(|folder| FOLDERS.contains(&folder))
        || trial_name(b"e2e")
        || trial_name(b"_test.")
        || name.starts_with(b"test")
}
