//! Small documents: web tokens, key blocks, service accounts, signed URLs.

use serde_json::Value;

use super::{Verdict, any_base64};
use crate::engine::pem;

/// A JSON web token; `wanted` is `field=text` for a payload field, or empty.
pub(super) fn jwt(value: &[u8], wanted: &str, now: Option<i64>) -> Verdict {
    let mut parts = value.split(|b| *b == b'.');
    let mut part =
        || parts.next().and_then(any_base64).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let Some(header) = part() else {
        return Verdict::Failed("its header does not decode to JSON".to_owned());
    };
    if header.get("alg").is_none() {
        return Verdict::Failed("its header has no `alg`".to_owned());
    }
    let Some(payload) = part() else {
        // An encrypted token (JWE) has no readable payload.
        return if header.get("enc").is_some() {
            Verdict::Silent
        } else {
            Verdict::Failed("its payload does not decode to JSON".to_owned())
        };
    };
    if let Some((field, text)) = wanted.split_once('=') {
        let holds = payload.get(field).is_some_and(|found| match found {
            Value::String(found) => found.contains(text),
            other => other.to_string().contains(text),
        });
        if !holds {
            return Verdict::Failed(format!("its payload has no `{field}` with `{text}`"));
        }
    }
    if is_published_example(&payload) {
        return Verdict::Failed("is the example token of the format's documentation".to_owned());
    }
    match (payload.get("exp").and_then(Value::as_i64), now) {
        (Some(expiry), Some(now)) if expiry < now => {
            Verdict::Weakened(format!("decodes; expired {}", date(expiry)))
        }
        (Some(expiry), _) => Verdict::Passed(format!("decodes; expires {}", date(expiry))),
        (None, _) => Verdict::Passed("decodes; never expires".to_owned()),
    }
}

/// The token that the format's own web site and countless tutorials show.
fn is_published_example(payload: &Value) -> bool {
    let text = |field: &str| payload.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    text("sub") == "1234567890" || text("name") == "John Doe" || text("iss") == "joe"
}

/// The day of a Unix time, in UTC.
fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "at no real date".to_owned(),
        |time| time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
    )
}

/// A key block, from its first line to its last.
pub(super) fn pem(value: &[u8]) -> Verdict {
    let Some(block) = pem::block(value, 0) else { return Verdict::Silent };
    if memchr::memmem::find(block.label, b"PGP").is_some() {
        return pgp(&block);
    }
    let base64 = pem::base64_of(block.body);
    let whole = base64.len() / 4 * 4;
    let Some(bytes) = any_base64(&base64[..whole.min(base64.len())]) else {
        return Verdict::Failed("its body is not base64".to_owned());
    };
    if block.label.starts_with(b"OPENSSH") {
        return openssh(&bytes);
    }
    if pem::says_encrypted(&block) {
        return Verdict::Weakened("key is encrypted".to_owned());
    }
    match bytes.first() {
        Some(0x30) => Verdict::Passed("decodes to a key; key is not encrypted".to_owned()),
        _ => Verdict::Failed("its body does not decode to a key".to_owned()),
    }
}

/// OpenSSH's own format: a magic, then the name of the cipher.
fn openssh(bytes: &[u8]) -> Verdict {
    let Some(rest) = bytes.strip_prefix(b"openssh-key-v1\0") else {
        return Verdict::Failed("its body does not decode to a key".to_owned());
    };
    let cipher = rest
        .split_first_chunk::<4>()
        .and_then(|(length, rest)| rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?.min(64)));
    match cipher {
        Some(b"none") => Verdict::Passed("decodes to a key; key is not encrypted".to_owned()),
        Some(_) => Verdict::Weakened("key is encrypted".to_owned()),
        None => Verdict::Failed("its body is cut short".to_owned()),
    }
}

/// OpenPGP armour: the first packet must be a secret key.
fn pgp(block: &pem::Block<'_>) -> Verdict {
    let base64 = pem::base64_of(block.body);
    let Some(bytes) = any_base64(&base64[..base64.len() / 4 * 4]) else {
        return Verdict::Failed("its body is not base64".to_owned());
    };
    // The packet tag: in bits 2-5 of an old header, in bits 0-5 of a new one. 5 is a secret key.
    let tag = bytes.first().map(|first| if first & 0x40 == 0 { (first >> 2) & 0x0f } else { first & 0x3f });
    match tag {
        Some(5) => Verdict::Passed("decodes to a secret key packet".to_owned()),
        _ => Verdict::Failed("its body does not start with a secret key".to_owned()),
    }
}

/// A service account document: the value reaches from its key to its end or holds the key only.
pub(super) fn service_account(value: &[u8]) -> Verdict {
    let text = |needle: &[u8]| memchr::memmem::find(value, needle).is_some();
    if let Ok(Value::Object(object)) = serde_json::from_slice(value) {
        let field = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let holds = field("client_email").ends_with("gserviceaccount.com")
            && field("private_key").contains("PRIVATE KEY");
        return Verdict::from_test(
            holds,
            "names an account and holds its key",
            "lacks the account or its key",
        );
    }
    Verdict::from_test(
        text(b"gserviceaccount.com") && text(b"PRIVATE KEY"),
        "names an account and holds its key",
        "lacks the account or its key",
    )
}

/// A signed URL of Azure: `sig` decodes to 32 bytes, `se` is the day it ends.
pub(super) fn azure_sas(value: &[u8], now: Option<i64>) -> Verdict {
    let field = |name: &[u8]| {
        value.split(|b| matches!(b, b'?' | b'&' | b';')).find_map(|pair| {
            let rest = pair.strip_prefix(name)?.strip_prefix(b"=")?;
            Some(percent_encoding::percent_decode(rest).collect::<Vec<u8>>())
        })
    };
    let Some(signature) = field(b"sig").or_else(|| Some(percent_encoding::percent_decode(value).collect()))
    else {
        return Verdict::Silent;
    };
    if any_base64(&signature).is_none_or(|bytes| bytes.len() != 32) {
        return Verdict::Failed("its signature does not decode to 32 bytes".to_owned());
    }
    let end = field(b"se").and_then(|text| {
        let text = String::from_utf8(text).ok()?;
        let day = text.get(..10)?.parse::<jiff::civil::Date>().ok()?;
        day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp().as_second())
    });
    match (end, now) {
        (Some(end), Some(now)) if end < now => {
            Verdict::Weakened(format!("signature well formed; expired {}", date(end)))
        }
        (Some(end), _) => Verdict::Passed(format!("signature well formed; expires {}", date(end))),
        (None, _) => Verdict::Passed("signature decodes to 32 bytes".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64, BASE64URL_NOPAD};

    fn token(header: &str, payload: &str) -> Vec<u8> {
        format!(
            "{}.{}.c2ln",
            BASE64URL_NOPAD.encode(header.as_bytes()),
            BASE64URL_NOPAD.encode(payload.as_bytes())
        )
        .into_bytes()
    }

    #[test]
    fn web_tokens_tell_their_expiry() {
        let value = token(r#"{"alg":"HS256"}"#, r#"{"exp":1714521600,"role":"service_role"}"#);
        assert_eq!(
            jwt(&value, "", Some(1_800_000_000)),
            Verdict::Weakened("decodes; expired 2024-05-01".to_owned())
        );
        assert_eq!(
            jwt(&value, "role=service_role", Some(0)),
            Verdict::Passed("decodes; expires 2024-05-01".to_owned())
        );
        assert!(matches!(jwt(&value, "role=anon", None), Verdict::Failed(_)));
        assert!(matches!(jwt(&token("{}", "{}"), "", None), Verdict::Failed(_)));
    }

    #[test]
    fn openssh_keys_tell_their_cipher() {
        let block = |cipher: &str| {
            let mut bytes = b"openssh-key-v1\0".to_vec();
            bytes.extend(u32::try_from(cipher.len()).unwrap().to_be_bytes());
            bytes.extend(cipher.as_bytes());
            bytes.extend((0..60u8).map(|b| b.wrapping_mul(73)));
            format!(
                "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----",
                BASE64.encode(&bytes)
            )
        };
        assert!(matches!(pem(block("none").as_bytes()), Verdict::Passed(_)));
        assert_eq!(pem(block("aes256-ctr").as_bytes()), Verdict::Weakened("key is encrypted".to_owned()));
    }

    #[test]
    fn signed_urls_tell_their_end() {
        let signature = BASE64.encode(&[7u8; 32]).replace('=', "%3D");
        let url = format!("sv=2020-08-04&se=2021-01-01T00:00:00Z&sig={signature}");
        assert_eq!(
            azure_sas(url.as_bytes(), Some(1_800_000_000)),
            Verdict::Weakened("signature well formed; expired 2021-01-01".to_owned())
        );
    }
}
