//! AWS Signature Version 4: the secret key is not sent, only a signature.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::model::Secret;

const REGION: &str = "us-east-1";
const SERVICE: &str = "sts";
const SIGNED: &str = "content-type;host;x-amz-date";
/// The content type of the body.
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
    let request = canonical("POST", path, "", host, time, body);
    let (scope, signature) = signature(&request, SERVICE, time, key);
    let id = String::from_utf8_lossy(id.expose());
    let value =
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}");
    Secret::new(value.as_bytes())
}

/// The canonical request.
fn canonical(method: &str, path: &str, query: &str, host: &str, time: &str, body: &[u8]) -> String {
    let headers = format!("content-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{time}\n");
    format!("{method}\n{path}\n{query}\n{headers}\n{SIGNED}\n{}", hex(&Sha256::digest(body)))
}

/// The credential scope, and the signature.
fn signature(request: &str, service: &str, time: &str, key: &Secret) -> (String, String) {
    let day = &time[..8];
    let scope = format!("{day}/{REGION}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request.as_bytes())));
    let start = Secret::new(&[b"AWS4", key.expose()].concat());
    let derived = [day, REGION, service, "aws4_request"]
        .iter()
        .fold(start, |key, part| Secret::new(&mac(key.expose(), part.as_bytes())));
    (scope, hex(&mac(derived.expose(), to_sign.as_bytes())))
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
    use super::{canonical, signature};
    use crate::model::Secret;

    /// The example of Amazon's documentation: a GET of the users, with the key that it uses everywhere.
    #[test]
    fn requests_are_signed_as_documented() {
        let key = Secret::new(&[b"wJalrXUtnFEMI/K7MDENG+bPxRfiCY".as_slice(), b"EXAMPLEKEY"].concat());
        let time = "20150830T123600Z";
        let request =
            canonical("GET", "/", "Action=ListUsers&Version=2010-05-08", "iam.amazonaws.com", time, b"");
        let (scope, signed) = signature(&request, "iam", time, &key);
        assert_eq!(scope, "20150830/us-east-1/iam/aws4_request");
        assert_eq!(signed, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }
}
