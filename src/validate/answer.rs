//! Interprets a response, and selects what of it may be shown.

use serde_json::Value;

use crate::engine::request::{Condition, Fact, Needs, Request, Source};
use crate::model::{Secret, Validation, Validity};

/// The longest fact in characters.
const FACT_MAX: usize = 200;
/// The most list members that are kept.
const LIST_MAX: usize = 50;

/// A provider's response.
#[derive(Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The start of the body.
    pub body: Vec<u8>,
    /// True if the body was truncated.
    pub cut: bool,
}

/// The meaning of a response.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The state of the credential.
    Is(Validation),
    /// The provider is rate-limiting; the seconds to wait, if given.
    Later(Option<u64>),
    /// The provider, or the connection to it, fails; how.
    Fault(String),
    /// The response says nothing about the credential; why.
    Unclear(String),
}

impl Answer {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Interprets the response to `request`. Facts that contain one of the `hidden` values are dropped.
    #[must_use]
    pub fn judge(&self, request: &Request, hidden: &[&Secret]) -> Verdict {
        let document = if self.cut { None } else { serde_json::from_slice::<Value>(&self.body).ok() };
        let meets = |conditions: &[Condition], lax: bool| {
            conditions.iter().any(|condition| self.meets(condition, document.as_ref(), lax))
        };
        let is = |validity| Verdict::Is(Validation::new(validity, ""));
        if meets(request.revoked, true) {
            return is(Validity::Revoked);
        }
        if meets(request.live, false) {
            let fact = |wanted| {
                let mut sources = request.shown.iter().filter(|(fact, _)| *fact == wanted);
                sources.find_map(|(_, source)| self.fact(*source, document.as_ref(), hidden))
            };
            return Verdict::Is(Validation {
                account: fact(Fact::Account),
                scopes: fact(Fact::Scopes),
                expires: fact(Fact::Expires),
                ..Validation::new(Validity::Live, "")
            });
        }
        if meets(request.refused, true) {
            return is(Validity::NotAccepted);
        }
        match self.status {
            429 => Verdict::Later(self.retry_after()),
            503 if self.retry_after().is_some() => Verdict::Later(self.retry_after()),
            500..=599 => Verdict::Fault(format!("the provider answers {}", self.status)),
            300..=399 => Verdict::Fault("the provider redirects, which is not followed".to_owned()),
            407 => Verdict::Fault("the proxy asks for a login".to_owned()),
            200..=299 => Verdict::Unclear("the answer is not what the provider documents".to_owned()),
            status => Verdict::Unclear(format!("status {status} says nothing about the credential")),
        }
    }

    /// True if the response meets the condition. A page that any server may return is not enough to be live.
    fn meets(&self, condition: &Condition, document: Option<&Value>, lax: bool) -> bool {
        if condition.status != self.status {
            return false;
        }
        match condition.body {
            Needs::Nothing => {
                let is_document = matches!(document, Some(Value::Object(_) | Value::Array(_)));
                lax || is_document || (self.status == 204 && self.body.is_empty())
            }
            Needs::Text(text) => memchr::memmem::find(&self.body, text.as_bytes()).is_some(),
            Needs::Field(path, value) => document
                .and_then(|document| field(document, path))
                .is_some_and(|found| plain(found).as_deref() == Some(value)),
        }
    }

    fn fact(&self, source: Source, document: Option<&Value>, hidden: &[&Secret]) -> Option<String> {
        let text = match source {
            Source::Json(path) => listed(field(document?, path)?)?,
            Source::Header(name) => self.header(name)?.to_owned(),
            Source::Xml(tag) => element(std::str::from_utf8(&self.body).ok()?, tag)?.to_owned(),
        };
        let text: String = text.chars().filter(|c| !c.is_control()).take(FACT_MAX).collect();
        let text = text.trim();
        // A provider may return the credential, or a part of it, in another notation.
        let leaks = hidden.iter().any(|secret| shares(text.as_bytes(), secret.expose()));
        (!leaks && !text.is_empty()).then(|| text.to_owned())
    }

    /// The seconds of `Retry-After`.
    fn retry_after(&self) -> Option<u64> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(seconds);
        }
        let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_second());
        let (until, now) = (date(text)?, date(self.header("date")?)?);
        u64::try_from(until - now).ok()
    }
}

/// True if `text` contains a telling part of `secret`, whatever stands between its letters and digits.
fn shares(text: &[u8], secret: &[u8]) -> bool {
    let reduced = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let (text, secret) = (reduced(text), reduced(secret));
    let run = SHARED_MAX.min(secret.len());
    run > 0 && secret.windows(run).any(|part| memchr::memmem::find(&text, part).is_some())
}

/// How many consecutive letters and digits of a credential a fact may not contain.
const SHARED_MAX: usize = 8;

/// The value at `a.0.b`.
fn field<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })
}

/// A scalar value as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The same, or the members of a list.
fn listed(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            Some(items.iter().take(LIST_MAX).filter_map(plain).collect::<Vec<_>>().join(", "))
        }
        value => plain(value),
    }
}

/// The text of the first XML element with this name.
fn element<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    Some(rest.split_once(&format!("</{tag}>"))?.0)
}

#[cfg(test)]
mod tests {
    use super::{Answer, Verdict};
    use crate::engine::builtin::RULES;
    use crate::engine::request::Request;
    use crate::model::{Secret, Validity};

    fn request() -> &'static Request {
        RULES.iter().find(|rule| rule.id == "github-personal-access-token").unwrap().request.unwrap()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    #[test]
    fn nothing_of_the_secret_is_shown_and_no_page_is_live() {
        let secret = Secret::new(b"ghp_0123456789abcdef");
        let judge = |answer: &Answer| answer.judge(request(), &[&secret]);
        let Verdict::Is(live) = judge(&answer(200, r#"{"login":"octo\u001b[31m"}"#)) else { panic!() };
        assert_eq!((live.validity, live.account.as_deref()), (Validity::Live, Some("octo[31m")));
        for text in [
            "x ghp_0123456789abcdef",
            "0123456789abc",
            "ghp_01234\\u0007 56789abcdef",
            "0 1 2 3 4 5 6 7 8 9 A B C D",
        ] {
            let Verdict::Is(live) = judge(&answer(200, &format!("{{\"login\":\"{text}\"}}"))) else {
                panic!()
            };
            assert_eq!(live.account, None);
        }
        for body in ["<html>welcome</html>", "", "\"text\""] {
            assert!(matches!(judge(&answer(200, body)), Verdict::Unclear(_)), "{body}");
        }
        let cut = Answer { cut: true, ..answer(200, r#"{"login":"octo"}"#) };
        assert!(matches!(judge(&cut), Verdict::Unclear(_)));
    }

    #[test]
    fn later_is_understood_in_seconds_and_as_a_date() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let at = |headers| Answer { headers, ..answer(429, "") }.judge(request(), &[]);
        assert_eq!(at(vec![header("retry-after", "7")]), Verdict::Later(Some(7)));
        assert_eq!(at(Vec::new()), Verdict::Later(None));
        let dates = vec![
            header("date", "Mon, 30 Nov 2026 10:00:00 GMT"),
            header("retry-after", "Mon, 30 Nov 2026 10:00:09 GMT"),
        ];
        assert_eq!(at(dates), Verdict::Later(Some(9)));
    }
}
