//! Builds a request with the credential. Filled-in values are wiped on drop, like any [`Secret`].

use std::collections::BTreeMap;

use crate::engine::request::Request;
use crate::model::Secret;

/// A request to send.
#[derive(Debug)]
pub struct Message {
    /// POST instead of GET.
    pub post: bool,
    /// The path with its query.
    pub path: Secret,
    /// Header names and values.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body; empty for none.
    pub body: Secret,
}

/// How a value is encoded.
#[derive(Clone, Copy)]
enum Form {
    Path,
    Header,
    Json,
    Urlencoded,
}

/// `request` with the credential and its companions; `path` is the path on its host.
///
/// # Errors
/// Why the credential cannot be sent like this.
pub fn fill(
    request: &Request,
    path: &str,
    secret: &Secret,
    companions: &BTreeMap<&'static str, Secret>,
) -> Result<Message, &'static str> {
    let mut values: BTreeMap<&str, &[u8]> =
        companions.iter().map(|(name, value)| (*name, value.expose())).collect();
    values.insert("secret", secret.expose());
    let mut headers = Vec::new();
    for (name, value) in request.headers {
        headers.push((*name, filled(value, &values, Form::Header)?));
    }
    if !request.basic.is_empty() {
        let login = filled(request.basic, &values, Form::Header)?;
        let mut value = format!("Basic {}", data_encoding::BASE64.encode(login.expose())).into_bytes();
        headers.push(("authorization", Secret::new(&value)));
        value.fill(0);
    }
    let form = if request.body.starts_with(['{', '[']) { Form::Json } else { Form::Urlencoded };
    Ok(Message {
        post: request.post,
        path: filled(path, &values, Form::Path)?,
        headers,
        body: filled(request.body, &values, form)?,
    })
}

/// `template` with its placeholders replaced; other braces stay.
fn filled(template: &str, values: &BTreeMap<&str, &[u8]>, form: Form) -> Result<Secret, &'static str> {
    let mut out: Vec<u8> = Vec::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.extend_from_slice(&rest.as_bytes()[..open]);
        rest = &rest[open..];
        let mark = rest.find('}').and_then(|close| Some((close, *values.get(&rest[1..close])?)));
        match mark {
            Some((close, value)) => {
                put(value, form, &mut out)?;
                rest = &rest[close + 1..];
            }
            None => {
                out.push(b'{');
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    let secret = Secret::new(&out);
    out.fill(0);
    Ok(secret)
}

fn put(value: &[u8], form: Form, out: &mut Vec<u8>) -> Result<(), &'static str> {
    match form {
        Form::Header => {
            if !value.iter().all(u8::is_ascii_graphic) {
                return Err("it has characters that are not allowed in a header");
            }
            out.extend_from_slice(value);
        }
        Form::Json => {
            let text = std::str::from_utf8(value).map_err(|_| "it is not UTF-8")?;
            let quoted = serde_json::to_string(text).map_err(|_| "it is not UTF-8")?;
            out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
        }
        Form::Path | Form::Urlencoded => {
            for byte in value {
                // A colon in a path stays; bot tokens contain one.
                let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
                if plain || *byte == b':' && matches!(form, Form::Path) {
                    out.push(*byte);
                } else {
                    out.extend_from_slice(format!("%{byte:02X}").as_bytes());
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Form, filled};
    use std::collections::BTreeMap;

    #[test]
    fn values_cannot_leave_their_place() {
        let values: BTreeMap<&str, &[u8]> = BTreeMap::from([("secret", &b"a/?&\"\r\n{b}"[..])]);
        let put = |template, form| {
            filled(template, &values, form).map(|text| String::from_utf8(text.expose().to_vec()).unwrap())
        };
        assert_eq!(put("/x/{secret}/y", Form::Path).unwrap(), "/x/a%2F%3F%26%22%0D%0A%7Bb%7D/y");
        assert_eq!(
            put("{\"t\":\"{secret}\",\"q\":\"{ me }\"}", Form::Json).unwrap(),
            "{\"t\":\"a/?&\\\"\\r\\n{b}\",\"q\":\"{ me }\"}"
        );
        assert!(put("Bearer {secret}", Form::Header).is_err());
    }
}
