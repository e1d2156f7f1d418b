//! Lists of digests and names: what `sha256sum`, `shasum` and the BSDs write.

use super::{Digest, DigestAlgorithm, bound};

/// Lines that are read, at most.
const LINES_MAX: usize = 100_000;
/// Bytes of a line, at most.
const LINE_MAX: usize = 8 << 10;

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// From 1.
    pub line: u32,
    /// As it is written: it can be absolute, and lead anywhere.
    pub name: String,
    /// The digest that the file should have.
    pub digest: Digest,
}

/// What a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums {
    /// In order.
    pub listed: Vec<Listed>,
    /// What cannot be read: the line, from 1, and what is wrong with it.
    pub mistakes: Vec<(u32, String)>,
}

/// Reads the list in the file called `name`. A file of one digest and no name (`app.sha256`) is for the
/// file that it is called after.
#[must_use]
pub fn checksums(name: &[u8], bytes: &[u8]) -> Checksums {
    let mut found = Checksums::default();
    if bytes.len() > super::SIZE_MAX {
        found.mistakes.push((1, format!("is larger than {} MiB; not read", super::SIZE_MAX >> 20)));
        return found;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let of_name = algorithm_of(name);
    for (number, line) in (1_u32..).zip(bytes.split(|b| *b == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"Hash: ") {
            continue;
        }
        if line.starts_with(b"-----BEGIN PGP SIGNATURE") {
            break;
        }
        if line.starts_with(b"-----BEGIN PGP SIGNED") {
            continue;
        }
        if found.listed.len() >= LINES_MAX {
            found.mistakes.push((number, format!("has more than {LINES_MAX} lines; the rest is not read")));
            break;
        }
        match entry(line, of_name, name) {
            Ok((name, digest)) => {
                found.listed.push(Listed { line: number, name, digest });
            }
            Err(message) => found.mistakes.push((number, message.to_owned())),
        }
    }
    bound(&mut found.mistakes);
    found
}

/// The algorithm that the name of a list says: the lengths of some are the same.
fn algorithm_of(name: &[u8]) -> Option<DigestAlgorithm> {
    let name = name.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&name, word).is_some();
    let all = [
        (&b"sha256"[..], DigestAlgorithm::Sha256),
        (b"shasums256", DigestAlgorithm::Sha256),
        (b"sha384", DigestAlgorithm::Sha384),
        (b"sha512", DigestAlgorithm::Sha512),
        (b"shasums512", DigestAlgorithm::Sha512),
    ];
    all.iter().find(|(word, _)| has(word)).map(|(_, algorithm)| *algorithm)
}

fn entry(
    line: &[u8],
    of_name: Option<DigestAlgorithm>,
    list: &[u8],
) -> Result<(String, Digest), &'static str> {
    if line.len() > LINE_MAX {
        return Err("the line is too long for a digest and a name");
    }
    let line = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")?;
    if let Some(found) = bsd(line) {
        return found;
    }
    // coreutils start a line so if the name in it is escaped.
    let (escaped, line) = line.strip_prefix('\\').map_or((false, line), |line| (true, line));
    let (digits, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let digest = digest(digits, of_name)?;
    let name = rest.trim_start_matches([' ', '\t']);
    let name = name.strip_prefix('*').unwrap_or(name);
    if name.is_empty() {
        // The list itself says which file it is for.
        let list = list.rsplit(|b| *b == b'/').next().unwrap_or(list);
        let stem = std::str::from_utf8(list).ok().and_then(|list| list.rsplit_once('.'));
        let (stem, _) = stem
            .filter(|(stem, end)| {
                !stem.is_empty() && DigestAlgorithm::of(end.trim_end_matches("sum")).is_some()
            })
            .ok_or("a digest without a name")?;
        return Ok((stem.to_owned(), digest));
    }
    Ok((if escaped { unescaped(name) } else { name.to_owned() }, digest))
}

/// `SHA256 (name) = digest`, and OpenSSL's `SHA2-256(name)= digest`.
fn bsd(line: &str) -> Option<Result<(String, Digest), &'static str>> {
    let (algorithm, rest) = line.split_once('(')?;
    // A name may hold a parenthesis; a digest does not.
    let (name, digits) = rest.rsplit_once(')')?;
    let digits = digits.trim_start().strip_prefix('=')?.trim();
    let algorithm = algorithm.trim();
    if algorithm.is_empty() || algorithm.contains(' ') {
        return None;
    }
    let Some(algorithm) = DigestAlgorithm::of(algorithm) else {
        return Some(Err("a digest of an algorithm that is not checked here"));
    };
    let digest = Digest::hex(algorithm, digits).ok_or("no digest of its algorithm");
    Some(digest.map(|digest| (name.to_owned(), digest)))
}

fn digest(digits: &str, of_name: Option<DigestAlgorithm>) -> Result<Digest, &'static str> {
    if digits.len() < 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("the line does not start with a digest");
    }
    let of_length = match digits.len() {
        64 => DigestAlgorithm::Sha256,
        96 => DigestAlgorithm::Sha384,
        128 => DigestAlgorithm::Sha512,
        _ => return Err("a digest of an algorithm that is not checked here"),
    };
    if of_name.is_some_and(|of_name| of_name != of_length) {
        return Err("the digest is not of the algorithm that the list is called after");
    }
    Digest::hex(of_length, digits).ok_or("the line does not start with a digest")
}

fn unescaped(name: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(name.len()), name.chars());
    while let Some(char) = chars.next() {
        match (char, chars.clone().next()) {
            ('\\', Some(escape @ ('n' | 'r' | '\\'))) => {
                out.push(match escape {
                    'n' => '\n',
                    'r' => '\r',
                    _ => '\\',
                });
                chars.next();
            }
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::checksums;

    const DIGEST: &str = "03879db26894882605eab398f81a1f98beb3018cbf276bc564e5659434fda662";

    fn names(list: &str, text: &str) -> (Vec<(u32, String)>, Vec<u32>) {
        let found = checksums(list.as_bytes(), text.as_bytes());
        let listed = found.listed.into_iter().map(|one| (one.line, one.name));
        (listed.collect(), found.mistakes.into_iter().map(|(line, _)| line).collect())
    }

    #[test]
    fn every_spelling() {
        let text = format!(
            "# made by hand\n{DIGEST}  a b.txt\r\n{DIGEST} *bin\n\n{DIGEST} one\n{}  upper\nSHA256 (b (1).iso) = {DIGEST}\n\
             SHA2-256(openssl)= {DIGEST}\n\\{DIGEST}  line\\nbreak\\\\\n",
            DIGEST.to_uppercase()
        );
        let (listed, mistakes) = names("checksums.txt", &text);
        let listed: Vec<_> = listed.iter().map(|(line, name)| (*line, name.as_str())).collect();
        assert_eq!(
            listed,
            [
                (2, "a b.txt"),
                (3, "bin"),
                (5, "one"),
                (6, "upper"),
                (7, "b (1).iso"),
                (8, "openssl"),
                (9, "line\nbreak\\"),
            ]
        );
        assert!(mistakes.is_empty());
    }

    #[test]
    fn a_digest_alone_is_for_the_file_it_is_called_after() {
        assert_eq!(names("dist/app.tar.gz.sha256", DIGEST).0, [(1, "app.tar.gz".to_owned())]);
        assert_eq!(names("app.sha256sum", DIGEST).0, [(1, "app".to_owned())]);
        assert_eq!(names("checksums.txt", DIGEST), (vec![], vec![1]));
    }

    #[test]
    fn one_mistake_a_line_and_the_rest_is_read() {
        let text = format!(
            "hello\n{DIGEST}  a\n{}  md5\nMD5 (b) = 00\nSHA256 (c) = 00\n{DIGEST}0  d\n{DIGEST}{DIGEST}  of-another\n{DIGEST}  e",
            &DIGEST[..32]
        );
        let (listed, mistakes) = names("SHA256SUMS", &text);
        assert_eq!(listed.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 8]);
        assert_eq!(mistakes, [1, 3, 4, 5, 6, 7]);
        let odd = checksums(b"SHA256SUMS", &[b"\xff\xfe  a\n", DIGEST.as_bytes(), b"  b"].concat());
        assert_eq!((odd.listed.len(), odd.mistakes.len()), (1, 1));
        assert_eq!(checksums(b"SHA256SUMS", &b"x\n".repeat(5000)).mistakes.len(), 101);
    }
}
