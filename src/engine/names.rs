//! Interprets names of variables, keys and settings.

mod word_set;

use word_set::WordSet;

use super::rarity;

/// What kind of secret a name announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// A password: may be short and human.
    Password,
    /// A token, secret or credential: random.
    Secret,
    /// A key that opens something: random; "api key", "access key".
    Key,
    /// A bare "key" or "auth", which is ambiguous.
    Vague,
}

/// The most words of a name that are looked at, from its end.
const WORDS_MAX: usize = 8;

/// The words of `name`, lower case: `dbPassword_PROD` gives db, password, prod.
#[must_use]
pub fn words(name: &[u8]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, byte) in name.iter().enumerate() {
        let next_is_lower = name.get(index + 1).is_some_and(u8::is_ascii_lowercase);
        let before_is_lower =
            index > 0 && (name[index - 1].is_ascii_lowercase() || name[index - 1].is_ascii_digit());
        let before_is_upper = index > 0 && name[index - 1].is_ascii_uppercase();
        let starts = byte.is_ascii_uppercase() && (before_is_lower || (before_is_upper && next_is_lower));
        if (starts || !byte.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    let skip = words.len().saturating_sub(WORDS_MAX);
    words.split_off(skip)
}

/// Words at the end of a name that make it the name of something else.
#[rustfmt::skip]
static ABOUT: WordSet<248> = WordSet::new([
    "name", "names", "id", "ids", "file", "filename", "path", "dir", "folder", "url", "uri", "link",
    "endpoint", "host", "type", "kind", "field", "fields", "label", "title", "text", "message", "msg",
    "error", "errors", "hint", "help", "description", "desc", "placeholder", "length", "len", "size",
    "count", "max", "min", "limit", "format", "prefix", "suffix", "header", "headers", "param", "params",
    "parameter", "policy", "policies", "expiry", "expires", "expiration", "expire", "ttl", "timeout", "age",
    "lifetime", "duration", "version", "algorithm", "algo", "alg", "cipher", "mode", "class", "style",
    "css", "regex", "regexp", "pattern", "rule", "rules", "validator", "validation", "column", "index",
    "idx", "event", "listener", "handler", "callback", "provider", "service", "manager", "factory",
    "builder", "helper", "util", "utils", "store", "storage", "repository", "controller", "component",
    "view", "page", "form", "input", "button", "dialog", "modal", "icon", "enabled", "disabled", "required",
    "optional", "visible", "hidden", "valid", "invalid", "strength", "level", "status", "state", "scope",
    "scopes", "role", "roles", "group", "groups", "issuer", "audience", "subject", "owner", "method",
    "function", "func", "fn", "test", "tests", "spec", "example", "ref", "reference", "arn", "env", "var",
    "variable", "template", "source", "target", "mount", "request", "response", "reset", "change",
    "changed", "recovery", "forgot", "confirm", "confirmation", "prompt", "question", "usage", "docs",
    "comment", "tag", "tags", "map", "list", "set", "array", "object", "schema", "model", "entity", "table",
    "constraint", "info", "data", "metadata", "digest", "checksum", "sum", "sha", "sha1", "sha256",
    "sha512", "md5", "fingerprint", "thumbprint", "bits", "bytes", "symbol", "char", "code", "codes",
    "press", "down", "up", "board", "word", "words", "frame", "frames", "ring", "pair", "pairs", "stroke",
    "bindings", "binding", "shortcut", "usages", "derivation", "exchange", "agreement", "rotation",
    "generator", "gen", "parser", "lexer", "stream", "span", "kinds", "tree", "node", "cache", "lock",
    "registry", "vault", "backend", "driver", "engine", "plugin", "module", "package", "import", "require",
    "domain", "region", "zone", "account", "user", "username", "email", "login", "sid", "uid", "guid",
    "uuid", "selector", "xpath", "locator", "slug", "alias", "date", "time", "at", "on", "by",
]);

/// Words anywhere in a name of a public value.
#[rustfmt::skip]
static PUBLIC: WordSet<20> = WordSet::new([
    "public", "publishable", "pub", "pubkey", "sitekey", "hashed", "encoded", "encrypted", "masked", "redacted",
    "fake", "dummy", "mock", "example", "sample", "invalid", "wrong", "incorrect", "expired", "no",
]);

/// The same in a program, where these are values that it makes. Where a variable holds what a program is given, they
/// say what it is for: `CSRF_SECRET`.
#[rustfmt::skip]
static MADE: WordSet<10> = WordSet::new([
    "hash", "csrf", "xsrf", "csrftoken", "csp", "nonce", "integrity", "cache", "commit", "revision",
]);

/// How names of variables start that a build tool puts into what everybody downloads.
#[rustfmt::skip]
const DOWNLOADED: &[&str] = &[
    "VITE_", "NEXT_PUBLIC_", "REACT_APP_", "VUE_APP_", "NUXT_PUBLIC_", "PUBLIC_", "GATSBY_", "EXPO_PUBLIC_",
    "STORYBOOK_", "NG_APP_", "DOTENV_PUBLIC_KEY",
];

/// Words in front of "key" that make it a key of something else.
#[rustfmt::skip]
static KEY_OF: WordSet<76> = WordSet::new([
    "primary", "foreign", "partition", "sort", "range", "index", "map", "dict", "object", "row", "column",
    "group", "lookup", "cache", "hash", "registry", "hot", "arrow", "enter", "escape", "tab", "shift",
    "ctrl", "alt", "unique", "composite", "translation", "message", "i18n", "locale", "feature", "config",
    "setting", "storage", "local", "routing", "idempotency", "dedup", "deduplication", "host", "known",
    "natural", "surrogate", "lang", "label", "metric", "tag", "property", "prop", "field", "attribute",
    "attr", "item", "list", "data", "json", "yaml", "bucket", "object", "s3", "obj", "file", "menu",
    "react", "sorting", "test", "host", "gpg", "rsa", "ssh", "ecdsa", "ed25519", "apt", "repo",
    "verification", "verify",
]);

/// Words in front of "key" that make it one that opens something.
#[rustfmt::skip]
static OPENING: WordSet<46> = WordSet::new([
    "api", "access", "secret", "private", "auth", "encryption", "encrypt", "master", "license", "licence",
    "account", "app", "application", "client", "consumer", "session", "service", "subscription",
    "integration", "deploy", "write", "admin", "root", "storage", "hmac", "jwt", "aes", "des", "crypto",
    "crypt", "cipher", "decryption", "secure", "security", "server", "live", "prod", "production", "stream",
    "webhook", "maps", "ingestion", "functions", "function", "shared", "signing",
]);

/// Word endings that are not a key, token or pass.
#[rustfmt::skip]
static ACCIDENTS: WordSet<33> = WordSet::new([
    "monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "hotkey", "keypass", "askpass", "bypass",
    "compass", "surpass", "trespass", "encompass", "overpass", "underpass", "passkey", "nokey", "haskey",
    "getkey", "setkey", "findkey", "indexkey", "mapkey", "sortkey", "primarykey", "foreignkey", "publickey",
    "onkey", "detoken", "nexttoken", "pagetoken", "bypasses",
]);

/// `name` for a message; `otherwise` for a name that is so long or random that it may contain a secret.
#[must_use]
pub fn quoted(name: &[u8], otherwise: &str) -> String {
    let spelled = name.len() <= 40 && rarity::score(name) < 10.0;
    if spelled { format!("`{}`", String::from_utf8_lossy(name)) } else { otherwise.to_owned() }
}

/// What `name` announces, if anything.
#[must_use]
pub fn announced(name: &[u8]) -> Option<Announced> {
    let words = words(name);
    announced_by(&words).filter(|_| !words.iter().any(|word| MADE.contains(word)))
}

/// What the name of a variable in an environment file announces. Its keyword may be anywhere (`TOKEN_GITHUB`), and any
/// key counts (`S3_KEY`), as no source code gives such names another meaning.
#[must_use]
pub fn announced_by_variable(name: &[u8]) -> Option<Announced> {
    let words = words(name);
    let last = words.last().filter(|last| !ABOUT.contains(last) && !is_public_variable(name))?;
    let earlier = || match (1..words.len()).rev().find_map(|end| announced_by(&words[..end]))? {
        Announced::Password => Some(Announced::Password),
        _ => Some(Announced::Vague),
    };
    let any_key = || (last.ends_with("key") && !is_public(&words)).then_some(Announced::Vague);
    announced_by(&words).or_else(earlier).or_else(any_key)
}

/// True for a variable that a build tool puts into public output.
#[must_use]
pub fn is_public_variable(name: &[u8]) -> bool {
    DOWNLOADED.iter().any(|start| name.starts_with(start.as_bytes()))
}

/// True if `name` announces a value that grants access by itself: a secret, password or API key.
#[must_use]
pub fn says_secret(name: &[u8]) -> bool {
    let words = words(name);
    let said = |word: &str| {
        is_password_word(word)
            || matches!(
                word,
                "secret" | "secrets" | "apikey" | "secretkey" | "clientsecret" | "apitoken" | "bearer"
            )
    };
    let pair = |pair: &[String]| {
        matches!(
            (pair[0].as_str(), pair[1].as_str()),
            ("api" | "auth" | "access" | "private", "key" | "token")
                | ("refresh" | "bearer" | "bot", "token")
        )
    };
    words.iter().any(|word| said(word)) || words.windows(2).any(pair)
}

fn is_public(words: &[String]) -> bool {
    words.iter().any(|word| PUBLIC.contains(word))
}

fn announced_by(words: &[String]) -> Option<Announced> {
    // Trailing words such as `2`, `prod` or `base` do not change what a name says.
    let mut end = words.len();
    while end > 0 && is_trailer(&words[end - 1]) {
        end -= 1;
    }
    let words = &words[..end];
    // `token2` is a second one.
    let last = words.last()?.as_str();
    let last = match last.trim_end_matches(|c: char| c.is_ascii_digit()) {
        stem if stem.len() >= 4 => stem,
        _ => last,
    };
    if ABOUT.contains(last) || is_public(words) {
        return None;
    }
    if ACCIDENTS.contains(last) {
        return None;
    }
    if is_password_word(last) {
        return Some(Announced::Password);
    }
    let before = words.len().checked_sub(2).map_or("", |index| words[index].as_str());
    match last {
        "token" | "tokens"
            if matches!(
                before,
                "next"
                    | "page"
                    | "continuation"
                    | "cancellation"
                    | "cancel"
                    | "sync"
                    | "stop"
                    | "start"
                    | "end"
                    | "current"
                    | "last"
                    | "sub"
                    | "eos"
                    | "bos"
                    | "unk"
                    | "pad"
                    | "mask"
            ) =>
        {
            return None;
        }
        "token" | "secret" | "secrets" | "credential" | "credentials" | "cred" | "creds" | "bearer"
        | "jwt" | "apikey" | "secretkey" | "accesskey" | "privatekey" | "authtoken" | "clientsecret"
        | "authkey" | "salt" | "pepper" | "passkey" | "apitoken" | "pat" | "dsn" | "accesstoken"
        | "refreshtoken" => return Some(Announced::Secret),
        "access" | "private" | "auth" | "authorization" | "authentication" | "seed" | "license"
        | "signing" => {
            return Some(Announced::Vague);
        }
        "key" | "keys" => {
            return match before {
                before if OPENING.contains(before) => Some(Announced::Key),
                before if KEY_OF.contains(before) => None,
                _ => Some(Announced::Vague),
            };
        }
        _ => {}
    }
    // Run together: `mailerlitesecret`, `dbpassword`, `myapikey`.
    let ends =
        |suffixes: &[&str]| suffixes.iter().any(|suffix| last.len() > suffix.len() && last.ends_with(suffix));
    if ends(&["password", "passwd", "passphrase", "pwd"]) || (ends(&["pass"]) && last.len() <= 12) {
        Some(Announced::Password)
    } else if ends(&["secret", "token", "apikey", "secretkey", "accesskey"]) {
        Some(Announced::Secret)
    } else if ends(&["key"]) {
        Some(Announced::Vague)
    } else {
        None
    }
}

fn is_password_word(word: &str) -> bool {
    matches!(
        word,
        "password"
            | "passwords"
            | "passwd"
            | "pwd"
            | "pass"
            | "passphrase"
            | "passcode"
            | "psw"
            | "pswd"
            | "passw"
            | "pw"
            | "psk"
            | "requirepass"
            | "masterauth"
            | "userpass"
            | "dbpass"
            | "passwort"
            | "contrasena"
            | "senha"
            | "motdepasse"
            | "pword"
            | "passwd1"
            | "password1"
            | "password2"
    )
}

fn is_trailer(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
        || matches!(
            word,
            "base"
                | "base64"
                | "b64"
                | "hex"
                | "str"
                | "string"
                | "value"
                | "val"
                | "raw"
                | "plain"
                | "plaintext"
                | "cleartext"
                | "prod"
                | "production"
                | "dev"
                | "development"
                | "staging"
                | "stage"
                | "qa"
                | "uat"
                | "live"
                | "sandbox"
                | "new"
                | "old"
                | "current"
                | "default"
                | "primary"
                | "secondary"
                | "main"
                | "backup"
                | "literal"
                | "const"
                | "test"
                | "local"
                | "a"
                | "b"
                | "c"
                | "x"
                | "eu"
                | "us"
                | "v1"
                | "v2"
                | "v3"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split() {
        assert_eq!(words(b"dbPassword_PROD"), ["db", "password", "prod"]);
        assert_eq!(words(b"AWSSecretKey2"), ["aws", "secret", "key2"]);
        assert_eq!(words(b"x-api-key"), ["x", "api", "key"]);
    }

    #[test]
    fn names_announce() {
        use Announced::{Key, Password, Secret, Vague};
        for (name, expected) in [
            ("DB_PASSWORD", Some(Password)),
            ("spring.datasource.password", Some(Password)),
            ("mailerliteSECRET", Some(Secret)),
            ("codatoken", Some(Secret)),
            ("x-api-key", Some(Key)),
            ("SECRET_KEY_BASE", Some(Key)),
            ("sort_key", None),
            ("monkey", None),
            ("password_field", None),
            ("token_type", None),
            ("publicKey", None),
            ("key", Some(Vague)),
            ("api_key_prod", Some(Key)),
            ("key_name", None),
            ("keyboard", None),
            ("author", None),
            ("userPwd", Some(Password)),
            ("COOKIE_SIGNING_KEY", Some(Key)),
            ("jwtSigning", Some(Vague)),
            ("CSRF_SECRET", None),
            ("TOKEN_GITHUB", None),
        ] {
            assert_eq!(announced(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn variables_announce_by_any_word() {
        use Announced::{Password, Secret, Vague};
        for (name, expected) in [
            ("CSRF_SECRET", Some(Secret)),
            ("TOKEN_GITHUB", Some(Vague)),
            ("PASSWORD_DB", Some(Password)),
            ("S3_KEY", Some(Vague)),
            ("PASSWORD_FILE", None),
            ("AUTH_DOMAIN", None),
            ("VITE_API_KEY", None),
            ("STRIPE_PUBLISHABLE_KEY", None),
            ("PORT", None),
        ] {
            assert_eq!(announced_by_variable(name.as_bytes()), expected, "{name}");
        }
    }
}
