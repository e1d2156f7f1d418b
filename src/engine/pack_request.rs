//! The requests of a pack, as they stand in its TOML.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pattern;
use super::request::{Companion, Condition, Fact, HOST, Request, Source};

/// A request as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRequest {
    #[serde(default)]
    get: String,
    #[serde(default)]
    post: String,
    /// Why a POST changes nothing. It is required of each POST, and not read any further.
    #[serde(default)]
    read_only: String,
    #[serde(default)]
    own_host: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    basic: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    sigv4: bool,
    #[serde(default)]
    with: BTreeMap<String, RawCompanion>,
    #[serde(default)]
    live: Option<Vec<String>>,
    #[serde(default)]
    revoked: Vec<String>,
    #[serde(default)]
    refused: Option<Vec<String>>,
    #[serde(default)]
    show: BTreeMap<String, String>,
    #[serde(default)]
    unconfirmed: bool,
    docs: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCompanion {
    #[serde(default)]
    rule: String,
    #[serde(default)]
    pattern: String,
}

/// The request of a pack whose file is called `stem`.
///
/// # Errors
/// What is wrong with it, a sentence each.
pub(super) fn convert(raw: &RawRequest, stem: &str) -> Result<Request, Vec<String>> {
    let mut errors = Vec::new();
    let post = !raw.post.is_empty();
    if raw.get.is_empty() == raw.post.is_empty() {
        errors.push("exactly one of `get` and `post`".to_owned());
    }
    if post && raw.read_only.is_empty() {
        errors.push("a `post` says in `read-only` why it changes nothing".to_owned());
    }
    let url = if post { &raw.post } else { &raw.get };
    let (host, path) = match url.strip_prefix("https://").map(|rest| rest.split_at(slash(rest))) {
        Some(parts) => parts,
        None => {
            errors.push("the address starts with https://".to_owned());
            ("", "")
        }
    };
    let path = if path.is_empty() { "/" } else { path };
    // Where only the user knows the host, the path is the one there.
    let (host, own) = if host == HOST { ("", path) } else { (host, raw.own_host.as_str()) };
    let mut conditions = |texts: &[String]| -> &'static [Condition] {
        let read = |text: &String| {
            let condition = Condition::parse(leak(text));
            if condition.is_none() {
                errors.push(format!(
                    "`{text}` is not a status, with `FIELD=VALUE` or `*TEXT` behind it at most"
                ));
            }
            condition
        };
        texts.iter().filter_map(read).collect::<Vec<_>>().leak()
    };
    let usual =
        |texts: &Option<Vec<String>>, usual: &str| texts.clone().unwrap_or_else(|| vec![usual.to_owned()]);
    let live = conditions(&usual(&raw.live, "200"));
    let refused = conditions(&usual(&raw.refused, "401"));
    let revoked = conditions(&raw.revoked);
    let mut shown = Vec::new();
    for (name, source) in &raw.show {
        let fact = Fact::ALL.into_iter().find(|fact| fact.as_str() == name);
        match fact.zip(Source::parse(leak(source))) {
            Some(pair) => shown.push(pair),
            None => errors.push(format!(
                "`{name} = \"{source}\"`: account, scopes or expires, from `json:`, `header:` or `xml:`"
            )),
        }
    }
    shown.sort_by_key(|(fact, _)| *fact);
    for (name, companion) in &raw.with {
        if let Err(error) = pattern::compile(&companion.pattern) {
            errors.push(format!("the pattern of `{name}` does not compile: {error}"));
        }
    }
    let companion = |(name, raw): (&String, &RawCompanion)| Companion {
        name: leak(name),
        rule: leak(&raw.rule),
        pattern: leak(&raw.pattern),
    };
    let headers = raw.headers.iter().map(|(name, value)| (leak(name), leak(value)));
    let request = Request {
        service: leak(stem),
        post,
        host: leak(host),
        path: leak(path),
        own_path: leak(own),
        headers: headers.collect::<Vec<_>>().leak(),
        basic: leak(&raw.basic),
        body: leak(&raw.body),
        sigv4: raw.sigv4,
        companions: raw.with.iter().map(companion).collect::<Vec<_>>().leak(),
        live,
        revoked,
        refused,
        shown: shown.leak(),
        docs: leak(&raw.docs),
        unconfirmed: raw.unconfirmed,
    };
    errors.extend(request.faults());
    if errors.is_empty() { Ok(request) } else { Err(errors) }
}

/// Where the host ends.
fn slash(rest: &str) -> usize {
    rest.find(['/', '?']).unwrap_or(rest.len())
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
