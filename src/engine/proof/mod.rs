//! Offline proofs about a value, a closed set; each gives its result as text.

mod checksum;
mod document;
mod structure;

use std::sync::LazyLock;

use data_encoding::Encoding;

use super::rule::Proof;

/// The result of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Confirmed, with text: "checksum valid".
    Passed(String),
    /// Confirmed, but less severe: "key is encrypted", "expired 2024-05-01".
    Weakened(String),
    /// Refuted, with text: "checksum does not match".
    Failed(String),
    /// Unknown.
    Silent,
}

impl Verdict {
    fn from_test(holds: bool, passed: &str, failed: &str) -> Self {
        if holds { Self::Passed(passed.to_owned()) } else { Self::Failed(failed.to_owned()) }
    }
}

/// Runs `proof` on `value`. `now` is the time of the scan in seconds since 1970, if it is known.
#[must_use]
pub fn run(proof: Proof, value: &[u8], now: Option<i64>) -> Verdict {
    match proof {
        Proof::Crc32Base62 => checksum::crc32_base62(value),
        Proof::Crc32Hex => checksum::crc32_hex(value),
        Proof::Base64(bytes) => structure::base64_length(value, bytes),
        Proof::Base64Prefix(prefix) => structure::base64_prefix(value, prefix.as_bytes()),
        Proof::Base64Json(fields) => structure::base64_json(value, fields),
        Proof::Hex(bytes) => structure::hex(value, bytes),
        Proof::Jwt(wanted) => document::jwt(value, wanted, now),
        Proof::Pem => document::pem(value),
        Proof::BasicAuth => structure::basic_auth(value),
        Proof::AwsKeyId => structure::aws_key_id(value),
        Proof::Bech32 => checksum::bech32(value),
        Proof::Base58Check => checksum::base58_check(value),
        Proof::StrKey => checksum::strkey(value),
        Proof::NKey => checksum::nkey(value),
        Proof::Bip39 => checksum::bip39(value),
        Proof::PypiMacaroon => structure::pypi_macaroon(value),
        Proof::GitlabRoutable => structure::gitlab_routable(value),
        Proof::AzureSas => document::azure_sas(value, now),
        Proof::DiscordSnowflake => structure::discord_snowflake(value),
        Proof::ServiceAccount => document::service_account(value),
    }
}

/// Base64 without padding, whatever the bits are that belong to no byte.
static LENIENT: LazyLock<Encoding> = LazyLock::new(|| {
    let mut base64 = data_encoding::BASE64_NOPAD.specification();
    base64.check_trailing_bits = false;
    base64.encoding().expect("differs from a known one in what it forgives")
});

/// Base64 in any dress: standard or URL-safe alphabet, padded or not, without blanks.
#[must_use]
pub fn any_base64(text: &[u8]) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text
        .iter()
        .filter(|b| !b.is_ascii_whitespace())
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    let end = plain.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1);
    LENIENT.decode(&plain[..end]).ok()
}
