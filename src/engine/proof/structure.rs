//! Structure that formats have: lengths, prefixes and fields behind an encoding.

use super::{Verdict, any_base64};

pub(super) fn base64_length(value: &[u8], bytes: usize) -> Verdict {
    match any_base64(value) {
        Some(decoded) if decoded.len() == bytes => Verdict::Passed(format!("decodes to {bytes} bytes")),
        Some(decoded) => Verdict::Failed(format!("decodes to {} bytes instead of {bytes}", decoded.len())),
        None => Verdict::Failed("is not base64".to_owned()),
    }
}

pub(super) fn base64_prefix(value: &[u8], prefix: &[u8]) -> Verdict {
    let holds = any_base64(value).is_some_and(|decoded| decoded.starts_with(prefix));
    Verdict::from_test(
        holds,
        "decodes to what its kind starts with",
        "does not decode to what its kind starts with",
    )
}

pub(super) fn base64_json(value: &[u8], fields: &str) -> Verdict {
    let Some(object) = any_base64(value).and_then(|decoded| json_head(&decoded)) else {
        return Verdict::Failed("does not decode to JSON".to_owned());
    };
    let missing = fields.split(',').find(|field| !object.contains_key(*field));
    match missing {
        None => Verdict::Passed(format!("decodes to JSON with {}", fields.replace(',', ", "))),
        Some(field) => Verdict::Failed(format!("decodes to JSON without `{field}`")),
    }
}

/// The JSON object at the start of `bytes`; what follows it is left alone.
fn json_head(bytes: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    match serde_json::Deserializer::from_slice(bytes).into_iter().next()?.ok()? {
        serde_json::Value::Object(object) => Some(object),
        _ => None,
    }
}

pub(super) fn hex(value: &[u8], bytes: usize) -> Verdict {
    let digits = value.strip_prefix(b"0x").unwrap_or(value);
    let decoded = data_encoding::HEXLOWER_PERMISSIVE.decode(digits);
    match decoded {
        Ok(decoded) if decoded.len() == bytes && decoded.iter().any(|b| *b != decoded[0]) => {
            Verdict::Passed(format!("decodes to {bytes} bytes"))
        }
        _ => Verdict::Failed(format!("does not decode to {bytes} bytes")),
    }
}

pub(super) fn basic_auth(value: &[u8]) -> Verdict {
    let holds = any_base64(value).is_some_and(|decoded| {
        let printable = decoded.iter().all(|b| (b' '..0x7f).contains(b));
        printable && memchr::memchr(b':', &decoded).is_some_and(|colon| colon + 1 < decoded.len())
    });
    Verdict::from_test(holds, "decodes to a user and a password", "does not decode to a user and a password")
}

/// The body of an AWS key id is base32; 41 of its first 48 bits are the account's number.
pub(super) fn aws_key_id(value: &[u8]) -> Verdict {
    let Some(decoded) = value.get(4..).and_then(|body| data_encoding::BASE32_NOPAD.decode(body).ok()) else {
        return Verdict::Failed("is not base32".to_owned());
    };
    let head = decoded
        .first_chunk::<6>()
        .map(|head| head.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)));
    match head.map(|bits| (bits & 0x7fff_ffff_ff80) >> 7) {
        // Older ids do not encode an account: they do not decode to a twelve-digit number.
        Some(account) if account < 1_000_000_000_000 => {
            Verdict::Passed(format!("belongs to account {account:012}"))
        }
        _ => Verdict::Silent,
    }
}

/// A macaroon of version 2 whose location is the index.
pub(super) fn pypi_macaroon(value: &[u8]) -> Verdict {
    let body = memchr::memchr(b'-', value).map_or(value, |dash| &value[dash + 1..]);
    // 2: version; 1: field "location"; then its length and text.
    let location = any_base64(body).and_then(|decoded| match decoded.as_slice() {
        [2, 1, length, rest @ ..] => rest.get(..usize::from(*length)).map(<[u8]>::to_vec),
        _ => None,
    });
    match location.as_deref() {
        Some(b"pypi.org") => Verdict::Passed("macaroon for the Python package index".to_owned()),
        Some(b"test.pypi.org") => Verdict::Passed("macaroon for the test index".to_owned()),
        _ => Verdict::Failed("is not a macaroon of the Python package index".to_owned()),
    }
}

/// GitLab's routable tokens: a payload in base64, its length in two and a CRC32 in seven base-36
/// digits, a dot between payload and them.
pub(super) fn gitlab_routable(value: &[u8]) -> Verdict {
    let Some(tail_start) = value.len().checked_sub(7) else { return Verdict::Silent };
    let (body, stated) = value.split_at(tail_start);
    let Ok(stated) = u64::from_str_radix(&String::from_utf8_lossy(stated), 36) else {
        return Verdict::Silent;
    };
    if stated == u64::from(crc32fast::hash(body)) {
        Verdict::Passed("checksum valid".to_owned())
    } else {
        // The vendor has changed this form before: a mismatch says nothing for certain.
        Verdict::Silent
    }
}

/// The first part of a Discord bot token is the bot's numeric id in base64.
pub(super) fn discord_snowflake(value: &[u8]) -> Verdict {
    let first = value.split(|b| *b == b'.').next().unwrap_or(value);
    let holds = any_base64(first)
        .is_some_and(|id| (17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit));
    Verdict::from_test(holds, "starts with a user id", "does not start with a user id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_a_key_id() {
        // The id and the account of the published explanation of this encoding.
        assert_eq!(
            // bartizan:allow aws-temporary-key-id published as an example
            aws_key_id(b"ASIAQNZGKIQY56JQ7WML"),
            Verdict::Passed("belongs to account 029608264753".to_owned())
        );
    }

    #[test]
    fn basic_auth_needs_a_colon() {
        let passed = |text: &[u8]| {
            matches!(basic_auth(data_encoding::BASE64.encode(text).as_bytes()), Verdict::Passed(_))
        };
        assert!(passed(b"ann:s3cret") && !passed(b"ann") && !passed(b"ann:") && !passed(&[0, b':', 1]));
    }

    #[test]
    fn lengths_are_told() {
        assert_eq!(base64_length(b"AAAA", 3), Verdict::Passed("decodes to 3 bytes".to_owned()));
        assert_eq!(base64_length(b"AAAA", 4), Verdict::Failed("decodes to 3 bytes instead of 4".to_owned()));
    }
}
