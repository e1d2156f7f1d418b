//! A validation request: declared in a pack, sent only by `bartizan validate`. The host is in the pack or given by the
//! user, never taken from a repository.

/// The mark that stands for the credential in a path, a header or a body.
pub const SECRET: &str = "{secret}";
/// The mark that stands for a host that only the user can name.
pub const HOST: &str = "{host}";

/// A request and the meaning of its answers. All text is `'static`, as in rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The name of the pack, by which a user names another host.
    pub service: &'static str,
    /// True for POST; then it is documented that nothing is changed by it.
    pub post: bool,
    /// The host; empty if only the user can name it.
    pub host: &'static str,
    /// The path with its query, starting with `/`.
    pub path: &'static str,
    /// The path on a host that the user names; empty if not applicable.
    pub own_path: &'static str,
    /// Names and values of headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// `user:password` of basic authentication; empty for none.
    pub basic: &'static str,
    /// The body; empty for none.
    pub body: &'static str,
    /// True if it is signed as Amazon asks for, with the companion `id`; then the credential itself is not sent.
    pub sigv4: bool,
    /// What is sent with it, and stands near it.
    pub companions: &'static [Companion],
    /// What says that it is accepted.
    pub live: &'static [Condition],
    /// What says that it was accepted once.
    pub revoked: &'static [Condition],
    /// What says that it is not accepted.
    pub refused: &'static [Condition],
    /// What of the answer may be shown.
    pub shown: &'static [(Fact, Source)],
    /// The provider's documentation of the request.
    pub docs: &'static str,
    /// True if the provider's documentation of it was not at hand when it was written down.
    pub unconfirmed: bool,
}

/// Something that a credential is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Companion {
    /// What it is called in the request: `sid` for `{sid}`.
    pub name: &'static str,
    /// The rule that finds it, or else
    pub rule: &'static str,
    /// the regular expression that it matches.
    pub pattern: &'static str,
}

/// What an answer has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The status.
    pub status: u16,
    /// What has to stand in it.
    pub body: Needs,
}

/// What has to stand in the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Whatever.
    Nothing,
    /// This text anywhere.
    Text(&'static str),
    /// This value in that field of a JSON document; `a.0.b` leads into objects and lists.
    Field(&'static str, &'static str),
}

/// What may be shown of an answer, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Whose it is.
    Account,
    /// What it opens.
    Scopes,
    /// When it ends.
    Expires,
}

/// Where of an answer a fact is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A field of a JSON document.
    Json(&'static str),
    /// A header.
    Header(&'static str),
    /// The text of an element of an XML document.
    Xml(&'static str),
}

impl Fact {
    /// Every fact, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Account, Self::Scopes, Self::Expires];

    /// The key in packs and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Scopes => "scopes",
            Self::Expires => "expires",
        }
    }
}

impl Source {
    /// Reads `json:user.login`, `header:x-scopes` or `xml:Arn`.
    #[must_use]
    pub fn parse(text: &'static str) -> Option<Self> {
        let (kind, what) = text.split_once(':').filter(|(_, what)| !what.is_empty())?;
        match kind {
            "json" => Some(Self::Json(what)),
            "header" => Some(Self::Header(what)),
            "xml" => Some(Self::Xml(what)),
            _ => None,
        }
    }
}

impl Condition {
    /// Reads `200`, `200 ok=true` or `400 *key not valid`.
    #[must_use]
    pub fn parse(text: &'static str) -> Option<Self> {
        let (status, rest) = text.split_once(' ').unwrap_or((text, ""));
        let status = status.parse().ok().filter(|status| (200..600).contains(status))?;
        let body = match rest.strip_prefix('*') {
            Some("") => return None,
            Some(part) => Needs::Text(part),
            None if rest.is_empty() => Needs::Nothing,
            None => {
                let (field, value) = rest.split_once('=').filter(|(field, _)| !field.is_empty())?;
                Needs::Field(field, value)
            }
        };
        Some(Self { status, body })
    }
}

impl Request {
    /// The address as it may be shown, with the marks for what is put in.
    #[must_use]
    pub fn endpoint(&self, host: &str) -> String {
        format!("{host}{}", self.path_at(host).split('?').next().unwrap_or_default())
    }

    /// The path at this host: that of the pack, or of hosts that a user names.
    #[must_use]
    pub fn path_at(&self, host: &str) -> &'static str {
        if host == self.host || self.own_path.is_empty() { self.path } else { self.own_path }
    }

    /// The texts into which the credential and its companions are put.
    fn templates(&self) -> impl Iterator<Item = &'static str> {
        [self.path, self.basic, self.body].into_iter().chain(self.headers.iter().map(|(_, value)| *value))
    }

    /// What is wrong with it, a sentence each.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        check(
            self.host.is_empty() || is_public_name(self.host),
            "the host is not the literal name of a public one",
        );
        check(!self.host.is_empty() || !self.own_path.is_empty(), "the request has no host");
        for path in [self.path, self.own_path].into_iter().filter(|path| !path.is_empty()) {
            let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'\\');
            check(path.starts_with('/') && plain, "the path starts with `/` and has no blanks");
        }
        let count = |mark: &str| -> usize { self.templates().map(|text| text.matches(mark).count()).sum() };
        let once = count(SECRET);
        if self.sigv4 {
            check(once == 0, "what is signed with is not sent");
        } else {
            check(once == 1, "`{secret}` stands exactly once in path, headers, basic and body");
        }
        for companion in self.companions {
            let mark = format!("{{{}}}", companion.name);
            check(self.sigv4 || count(&mark) > 0, &format!("`{mark}` stands nowhere in the request"));
            check(
                companion.rule.is_empty() != companion.pattern.is_empty(),
                &format!("the companion `{}` has either a rule or a pattern", companion.name),
            );
        }
        let known = |mark: &str| mark == "secret" || self.companions.iter().any(|one| one.name == mark);
        let marked = [self.path, self.own_path, self.basic].into_iter();
        for text in marked.chain(self.headers.iter().map(|(_, value)| *value)) {
            for mark in marks(text).filter(|mark| !known(mark)) {
                check(false, &format!("`{{{mark}}}` is neither the secret nor a companion"));
            }
        }
        for (name, value) in self.headers {
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let fits = is_name && value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
            check(fits, &format!("`{name}` is not a header of visible characters"));
            let ours = ["host", "user-agent", "content-length", "cookie"];
            check(
                !ours.contains(&name.to_ascii_lowercase().as_str()),
                &format!("`{name}` is not for a pack"),
            );
        }
        check(self.body.is_empty() || self.post, "only `post` has a body");
        check(!self.live.is_empty() && !self.refused.is_empty(), "`live` and `refused` are not empty");
        let both = self.live.iter().any(|one| self.refused.contains(one) || self.revoked.contains(one));
        check(!both, "the same answer cannot be both live and refused");
        check(self.docs.starts_with("https://"), "`docs` is a link to the provider's documentation");
        faults
    }
}

/// The words in braces of a template.
fn marks(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

/// True for a name that only the public name service can have: no address, no port, nothing of a local network.
#[must_use]
pub fn is_public_name(host: &str) -> bool {
    const LOCAL: [&str; 9] =
        ["local", "localhost", "internal", "lan", "home", "corp", "test", "example", "invalid"];
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() < 254
        && host.contains('.')
        && host.split('.').all(is_label)
        && last.bytes().all(|b| b.is_ascii_lowercase())
        && !LOCAL.contains(&last)
}
