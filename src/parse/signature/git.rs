//! Signatures of commits and annotated tags: signature and signed payload, by git's own rules.

use crate::model::SignatureKind;

/// A longer signature is not parsed.
pub const MAX_SIGNATURE: usize = 64 << 10;
/// The longest e-mail address: 254 is the limit of mail.
const MAX_MAIL: usize = 254;

/// The kind of a signed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// Signed in a header.
    Commit,
    /// Signed at its end.
    Tag,
}

/// The hash function of a repository's ids. A commit has a header for each, as each signs the text with the ids of
/// its hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectFormat {
    /// `gpgsig`
    Sha1,
    /// `gpgsig-sha256`
    Sha256,
}

impl ObjectFormat {
    /// By the length of an id.
    #[must_use]
    pub const fn of(id: &[u8]) -> Self {
        if id.len() == 32 { Self::Sha256 } else { Self::Sha1 }
    }

    const fn header(self) -> &'static [u8] {
        match self {
            Self::Sha1 => b"gpgsig ",
            Self::Sha256 => b"gpgsig-sha256 ",
        }
    }
}

/// A parsed signed object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedObject {
    /// The kind of its signature; `None` if unknown.
    pub kind: Option<SignatureKind>,
    /// The signature, without the indentation of a header.
    pub signature: Vec<u8>,
    /// The signed bytes.
    pub payload: Vec<u8>,
    /// The committer or tagger, unverified.
    pub by: Option<Person>,
}

/// The author of an object and its date, unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The e-mail address; empty if it is not UTF-8, or too long.
    pub mail: String,
    /// In seconds since 1970; 0 if unreadable.
    pub time: i64,
}

/// Splits a commit or a tag as git does for verification; `None` if it is not signed. Linear in its size.
#[must_use]
pub fn signed(object: &[u8], kind: ObjectKind, format: ObjectFormat) -> Option<SignedObject> {
    let (payload, signature) = match kind {
        ObjectKind::Commit => commit(object, format)?,
        ObjectKind::Tag => tag(object)?,
    };
    let header: &[u8] = match kind {
        ObjectKind::Commit => b"committer ",
        ObjectKind::Tag => b"tagger ",
    };
    let lines = payload.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let by = lines.into_iter().find_map(|line| line.strip_prefix(header)).and_then(person);
    Some(SignedObject { kind: SignatureKind::of(&signature), signature, payload, by })
}

/// The payload and the signature of a commit. Signature headers of either hash are not part of the payload.
fn commit(object: &[u8], format: ObjectFormat) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut payload, mut signature) = (Vec::with_capacity(object.len()), Vec::new());
    let (mut ours, mut others) = (false, false);
    let mut is_signed = false;
    let mut rest = object;
    while let Some((line, after)) = take_line(rest) {
        if line == b"\n" {
            payload.extend_from_slice(rest);
            break;
        }
        rest = after;
        let more = line.strip_prefix(b" ").filter(|_| ours);
        if let Some(part) = more.or_else(|| line.strip_prefix(format.header())) {
            signature.extend_from_slice(part);
            (ours, others, is_signed) = (true, false, true);
            continue;
        }
        ours = false;
        others = line.starts_with(b"gpgsig") || others && line.starts_with(b" ");
        if !others {
            payload.extend_from_slice(line);
        }
    }
    is_signed.then_some((payload, signature))
}

/// The payload and the signature of a tag: the last line that starts a signature starts it. Signature headers, for
/// another hash, are not part of the payload.
fn tag(object: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let at = signature_of_tag(object)?;
    let (before, signature) = object.split_at(at);
    let mut payload = Vec::with_capacity(before.len());
    let mut skipped = false;
    let mut rest = before;
    while let Some((line, after)) = take_line(rest) {
        if line == b"\n" {
            payload.extend_from_slice(rest);
            break;
        }
        rest = after;
        let is_header =
            [ObjectFormat::Sha1, ObjectFormat::Sha256].iter().any(|format| line.starts_with(format.header()));
        skipped = is_header || skipped && line.starts_with(b" ");
        if !skipped {
            payload.extend_from_slice(line);
        }
    }
    Some((payload, signature.to_vec()))
}

/// The start of a tag's signature.
fn signature_of_tag(object: &[u8]) -> Option<usize> {
    let starts_line = |at: usize| at == 0 || object.get(at - 1) == Some(&b'\n');
    memchr::memmem::rfind_iter(object, SignatureKind::BEGIN)
        .find(|at| starts_line(*at) && SignatureKind::of(&object[*at..]).is_some())
}

/// A line with its end, and the rest.
fn take_line(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', data).map_or(data.len(), |at| at + 1);
    (!data.is_empty()).then(|| data.split_at(end))
}

/// `Name <address> 1714559696 +0200`; `None` without an address.
fn person(line: &[u8]) -> Option<Person> {
    let start = memchr::memchr(b'<', line)? + 1;
    let mail = line.get(start..)?;
    let mail = mail.get(..memchr::memchr(b'>', mail)?)?;
    let mail = std::str::from_utf8(mail).ok().filter(|mail| mail.len() <= MAX_MAIL);
    let when = line.get(memchr::memrchr(b'>', line)? + 1..)?;
    let time = when.split(|byte| *byte == b' ').find(|word| !word.is_empty());
    Some(Person {
        mail: mail.unwrap_or_default().trim().to_owned(),
        time: time.and_then(|word| std::str::from_utf8(word).ok()?.parse().ok()).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::{ObjectFormat, ObjectKind, Person, SignatureKind, SignedObject, signed};

    const HEAD: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\n\
                        committer C D <c@d> 1714559696 +0200\n";

    fn commit(text: &str, format: ObjectFormat) -> Option<SignedObject> {
        signed(text.as_bytes(), ObjectKind::Commit, format)
    }

    #[test]
    fn a_commit_is_signed_without_its_headers_of_signatures() {
        let one = "gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n";
        let other = "gpgsig-sha256 -----BEGIN SIGNED MESSAGE-----\n xyz\n";
        let rest = "encoding latin1\n\nmessage\ngpgsig no\n more\n";
        for (text, format, kind, signature) in [
            (
                format!("{HEAD}{one}{rest}"),
                ObjectFormat::Sha1,
                SignatureKind::Ssh,
                "abc\n-----END SSH SIGNATURE-----\n",
            ),
            (
                format!("{HEAD}{one}{other}{rest}"),
                ObjectFormat::Sha1,
                SignatureKind::Ssh,
                "abc\n-----END SSH SIGNATURE-----\n",
            ),
            (
                format!("{HEAD}{other}{one}{rest}"),
                ObjectFormat::Sha1,
                SignatureKind::Ssh,
                "abc\n-----END SSH SIGNATURE-----\n",
            ),
            (format!("{HEAD}{other}{one}{rest}"), ObjectFormat::Sha256, SignatureKind::X509, "xyz\n"),
        ] {
            let found = commit(&text, format).unwrap();
            assert_eq!(found.kind, Some(kind), "{text}");
            assert_eq!(String::from_utf8(found.payload).unwrap(), format!("{HEAD}{rest}"), "{text}");
            let begin = found.signature.split(|byte| *byte == b'\n').next().unwrap().len() + 1;
            assert_eq!(String::from_utf8_lossy(&found.signature[begin..]), signature, "{text}");
            assert_eq!(found.by, Some(Person { mail: "c@d".to_owned(), time: 1_714_559_696 }));
        }
        assert_eq!(commit(&format!("{HEAD}{other}{rest}"), ObjectFormat::Sha1), None);
        assert_eq!(commit(&format!("{HEAD}{rest}"), ObjectFormat::Sha1), None);
    }

    #[test]
    fn what_has_no_end_is_taken_as_far_as_it_goes() {
        let found = commit(&format!("{HEAD}gpgsig -----BEGIN SSH SIGNATURE-----\n abc"), ObjectFormat::Sha1);
        assert_eq!(found.unwrap().signature, b"-----BEGIN SSH SIGNATURE-----\nabc");
        let strange = commit("gpgsig x\ngpgsig y\n z\n\nm", ObjectFormat::Sha1).unwrap();
        assert_eq!((strange.kind, strange.signature.as_slice()), (None, &b"x\ny\nz\n"[..]));
        assert_eq!((strange.payload.as_slice(), strange.by), (&b"\nm"[..], None));
        assert_eq!(commit("", ObjectFormat::Sha1), None);
        let many = "gpgsig x\n".repeat(100_000);
        assert_eq!(commit(&many, ObjectFormat::Sha1).unwrap().signature.len(), 200_000);
    }

    #[test]
    fn the_last_signature_of_a_tag_counts() {
        let head =
            "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype commit\ntag v1\ntagger T <t@u> 7 -0100\n";
        let text = format!(
            "{head}gpgsig-sha256 -----BEGIN PGP SIGNATURE-----\n abc\n\n-----BEGIN PGP SIGNATURE-----\nno\n\
             x -----BEGIN SIGNED MESSAGE-----\n-----BEGIN SSH SIGNATURE-----\nxyz\n"
        );
        let found = signed(text.as_bytes(), ObjectKind::Tag, ObjectFormat::Sha1).unwrap();
        assert_eq!(found.kind, Some(SignatureKind::Ssh));
        assert_eq!(found.signature, b"-----BEGIN SSH SIGNATURE-----\nxyz\n");
        let payload =
            format!("{head}\n-----BEGIN PGP SIGNATURE-----\nno\nx -----BEGIN SIGNED MESSAGE-----\n");
        assert_eq!(String::from_utf8(found.payload).unwrap(), payload);
        assert_eq!(found.by, Some(Person { mail: "t@u".to_owned(), time: 7 }));
        assert_eq!(signed(head.as_bytes(), ObjectKind::Tag, ObjectFormat::Sha1), None);
    }

    #[test]
    fn a_line_without_a_name_has_no_signer() {
        for (line, mail, time) in [
            ("a <b> c> 5", "b", 5),
            ("<> ", "", 0),
            ("x <y@z> -7 +0000", "y@z", -7),
            (&format!("x <{}> 7", "y".repeat(255)), "", 7),
        ] {
            let person = super::person(line.as_bytes());
            assert_eq!(person, Some(Person { mail: mail.to_owned(), time }), "{line}");
        }
        for line in ["", "a", "a <b 5", "a b> 5", "a >b< 5"] {
            assert_eq!(super::person(line.as_bytes()), None, "{line}");
        }
    }
}
