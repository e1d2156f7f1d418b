//! A rule: one kind of secret, as data.

use super::request::Request;
use super::shape::Shape;
use crate::model::{Confidence, Severity};

/// One kind of secret. All text is `'static`: built-in packs are compiled in, and a user's pack is
/// leaked once when it is loaded.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Kebab-case, unique, never reused.
    pub id: &'static str,
    /// A noun phrase: what was found.
    pub title: &'static str,
    /// Whose credential it is.
    pub provider: &'static str,
    /// Severity before proofs.
    pub severity: Severity,
    /// Confidence before proofs.
    pub confidence: Confidence,
    /// How it is found.
    pub matcher: Matcher,
    /// What can be proven offline.
    pub proof: Option<Proof>,
    /// No finding unless the proof passes.
    pub proof_required: bool,
    /// Any provider's own kind wins over it.
    pub generic: bool,
    /// Least bits a character; 0 stands for the default of the alphabet.
    pub entropy: f32,
    /// Rules of which one nearby raises confidence.
    pub companions: &'static [&'static str],
    /// Globs; the file's name or path must match one, if there are any.
    pub paths: &'static [&'static str],
    /// Public values that are not reported.
    pub allow: &'static [&'static str],
    /// What the credential gives access to.
    pub about: &'static str,
    /// What to do first.
    pub revoke: &'static str,
    /// The vendor's documentation.
    pub docs: &'static str,
    /// How the provider is asked whether it accepts one.
    pub request: Option<&'static Request>,
}

/// How a rule is found.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// A token known by a literal of its own; with keywords, one must stand around it.
    Token {
        /// The forms it takes, each with an anchor.
        shapes: &'static [Shape],
        /// Lower-case keywords of which one must be near; empty for none.
        near: &'static [&'static str],
    },
    /// A context-dependent value.
    Near {
        /// Lower-case keywords of which one stands before the value.
        keywords: &'static [&'static str],
        /// The forms the value takes.
        shapes: &'static [Shape],
    },
    /// The password of `scheme://user:password@host`.
    Url {
        /// Lower-case schemes.
        schemes: &'static [&'static str],
        /// Lower-case host suffixes; empty for any.
        hosts: &'static [&'static str],
    },
    /// A block between `-----BEGIN label-----` and its end.
    Pem {
        /// The labels.
        labels: &'static [&'static str],
    },
    /// A regular expression over bytes, run around its anchors.
    Pattern {
        /// The expression; the group `secret` marks the secret if it is not the whole.
        regex: &'static str,
        /// Lower-case literals of which each match contains one.
        anchors: &'static [&'static str],
    },
}

/// What can be proven about a value without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Last six characters: CRC32 in base 62 of the characters after the last `_`.
    Crc32Base62,
    /// Last eight characters: CRC32 in hexadecimal of all before.
    Crc32Hex,
    /// Base64 of exactly so many bytes.
    Base64(usize),
    /// Base64 of bytes that start so.
    Base64Prefix(&'static str),
    /// Base64 of a JSON object with these comma-separated fields.
    Base64Json(&'static str),
    /// Hexadecimal of exactly so many bytes.
    Hex(usize),
    /// A JSON web token; `field=text` asks for a payload field that contains the text.
    Jwt(&'static str),
    /// A key block.
    Pem,
    /// Base64 of `user:password`.
    BasicAuth,
    /// An AWS access key id.
    AwsKeyId,
    /// Bech32 or bech32m.
    Bech32,
    /// Base58 with a checksum.
    Base58Check,
    /// Stellar's StrKey.
    StrKey,
    /// A NATS seed.
    NKey,
    /// A BIP-39 mnemonic.
    Bip39,
    /// A PyPI macaroon.
    PypiMacaroon,
    /// GitLab's routable token.
    GitlabRoutable,
    /// A shared access signature of Azure.
    AzureSas,
    /// Discord's user id in front of a bot token.
    DiscordSnowflake,
    /// A Google service account document.
    ServiceAccount,
}

impl Proof {
    /// Reads the name used in packs.
    ///
    /// # Errors
    /// A sentence that names what is known.
    pub fn parse(text: &'static str) -> Result<Self, String> {
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        let number = || argument.parse().map_err(|_| format!("proof `{text}` wants a number of bytes"));
        Ok(match name {
            "crc32-base62" => Self::Crc32Base62,
            "crc32-hex" => Self::Crc32Hex,
            "base64" => Self::Base64(number()?),
            "base64-prefix" => Self::Base64Prefix(argument),
            "base64-json" => Self::Base64Json(argument),
            "hex" => Self::Hex(number()?),
            "jwt" => Self::Jwt(argument),
            "pem" => Self::Pem,
            "basic-auth" => Self::BasicAuth,
            "aws-key-id" => Self::AwsKeyId,
            "bech32" => Self::Bech32,
            "base58check" => Self::Base58Check,
            "strkey" => Self::StrKey,
            "nkey" => Self::NKey,
            "bip39" => Self::Bip39,
            "pypi-macaroon" => Self::PypiMacaroon,
            "gitlab-routable" => Self::GitlabRoutable,
            "azure-sas" => Self::AzureSas,
            "discord-snowflake" => Self::DiscordSnowflake,
            "service-account" => Self::ServiceAccount,
            _ => return Err(format!("unknown proof `{text}`; CONTRIBUTING.md lists them")),
        })
    }
}
