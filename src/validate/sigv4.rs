//! Signing a request as Amazon's version 4 asks for: the secret key is not sent, only what it signs.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::model::Secret;

const REGION: &str = "us-east-1";
const SERVICE: &str = "sts";
const SIGNED: &str = "content-type;host;x-amz-date";
/// What the body is.
pub(super) const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The value of `Authorization` for a POST of `body` to `path` of `host` at `time`, `20260131T120000Z`.
pub(super) fn authorization(
    host: &str,
    path: &str,
    body: &[u8],
    id: &Secret,
    key: &Secret,
    time: &str,
) -> Secret {
    let day = &time[..8];
    let canonical = format!(
        "POST\n{path}\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{time}\n\n{SIGNED}\n{}",
        hex(&Sha256::digest(body))
    );
    let scope = format!("{day}/{REGION}/{SERVICE}/aws4_request");
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let start = Secret::new(&[b"AWS4", key.expose()].concat());
    let derived = [day, REGION, SERVICE, "aws4_request"]
        .iter()
        .fold(start, |key, part| Secret::new(&mac(key.expose(), part.as_bytes())));
    let signature = hex(&mac(derived.expose(), to_sign.as_bytes()));
    let id = String::from_utf8_lossy(id.expose());
    let value =
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}");
    Secret::new(value.as_bytes())
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::mac;

    /// The derived key that Amazon documents for the day 20120215, the region us-east-1 and the service iam.
    #[test]
    fn keys_are_derived_as_documented() {
        let start = [b"AWS4".as_slice(), b"wJalrXUtnFEMI/K7MDENG+bPxRfiCY", b"EXAMPLEKEY"].concat();
        let derived = ["20120215", "us-east-1", "iam", "aws4_request"]
            .iter()
            .fold(start, |key, part| mac(&key, part.as_bytes()).to_vec());
        assert_eq!(super::hex(&derived), "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
    }
}
