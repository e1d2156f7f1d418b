//! Checksum files: the output of `sha256sum`, the BSDs, OpenSSL, PowerShell and others. Every line is an entry,
//! irrelevant, or an error: none is dropped.

mod algorithm;
mod json;
mod line;

pub use algorithm::{Algorithm, Digested};

use super::bound;
use line::{Line, Reader};

/// The most lines.
const LINES_MAX: usize = 100_000;
/// The longest line in bytes.
const LINE_MAX: usize = 8 << 10;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// From 1.
    pub line: u32,
    /// As written: it may be absolute, and lead anywhere.
    pub name: String,
    /// The expected digest.
    pub digest: Digested,
}

/// A parsed checksum file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums {
    /// In order.
    pub listed: Vec<Listed>,
    /// Errors: the line, from 1, and what is wrong.
    pub mistakes: Vec<(u32, String)>,
    /// The number of non-empty lines.
    pub lines: usize,
}

/// Parses the checksum file `name`. A single digest without a name (`app.sha256`) is for the file that it is named
/// after.
#[must_use]
pub fn checksums(name: &[u8], bytes: &[u8]) -> Checksums {
    let mut found = Checksums::default();
    let text = match super::text::of(bytes) {
        Ok(text) => text,
        Err(message) => {
            found.mistakes.push((1, message));
            return found;
        }
    };
    let bytes = text.as_ref();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) && json::read(name, bytes, &mut found) {
        found.listed.sort_by_key(|one| one.line);
        bound(&mut found.mistakes);
        return found;
    }
    let mut reader = Reader::new(name);
    // `sha256sum -z` terminates lines with NUL.
    let end = if bytes.contains(&b'\n') || !bytes.contains(&0) { b'\n' } else { 0 };
    for (number, line) in (1_u32..).zip(bytes.split(|b| *b == end)) {
        if line.trim_ascii().starts_with(b"-----BEGIN PGP SIGNATURE") {
            break;
        }
        found.lines += usize::from(!line.trim_ascii().is_empty());
        if found.listed.len() >= LINES_MAX {
            found.mistakes.push((number, format!("has more than {LINES_MAX} lines; the rest is not read")));
            break;
        }
        let line = match std::str::from_utf8(line) {
            _ if line.len() > LINE_MAX => Line::Mistake("the line is too long for a digest and a name"),
            Ok(line) => reader.read(number, line),
            Err(_) => Line::Mistake("the line is not UTF-8"),
        };
        match line {
            Line::Entry(name, digest) => found.listed.push(Listed { line: number, name, digest }),
            Line::Mistake(message) => found.mistakes.push((number, message.to_owned())),
            Line::Nothing => {}
        }
    }
    found.mistakes.extend(reader.rest());
    found.mistakes.sort();
    bound(&mut found.mistakes);
    found
}

/// Decodes hexadecimal or base64; `None` if it is neither, or empty.
fn decode(text: &str) -> Option<Vec<u8>> {
    let hex = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    hex.or_else(|| super::json::base64(text)).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Digested, checksums};
    use crate::parse::signature::DigestAlgorithm;

    const DIGEST: &str = "03879db26894882605eab398f81a1f98beb3018cbf276bc564e5659434fda662";
    const OTHER: &str = "13879db26894882605eab398f81a1f98beb3018cbf276bc564e5659434fda663";

    fn names(list: &str, text: &str) -> (Vec<(u32, String)>, Vec<u32>) {
        let found = checksums(list.as_bytes(), text.as_bytes());
        let listed = found.listed.into_iter().map(|one| (one.line, one.name));
        (listed.collect(), found.mistakes.into_iter().map(|(line, _)| line).collect())
    }

    /// Asserts that the only entry of `text` is that of the file `name` with [`DIGEST`].
    #[track_caller]
    fn is_entry(list: &str, text: &str, name: &str) {
        let found = checksums(list.as_bytes(), text.as_bytes());
        assert_eq!(found.mistakes, [], "{text}");
        let [one] = found.listed.as_slice() else { panic!("{text}: {:?}", found.listed) };
        assert_eq!(one.name, name, "{text}");
        assert!(
            matches!(&one.digest, Digested::By(Algorithm::Sha2(DigestAlgorithm::Sha256), bytes, _)
                if data_encoding::HEXLOWER.encode(bytes) == DIGEST),
            "{text}: {:?}",
            one.digest
        );
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
        assert!(mistakes.is_empty(), "{mistakes:?}");
    }

    #[test]
    fn every_program_is_understood() {
        let spaced: Vec<String> =
            DIGEST.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
        let spaced = spaced.join(" ");
        let base64 = data_encoding::BASE64
            .encode(&data_encoding::HEXLOWER.decode(DIGEST.as_bytes()).expect("they are digits"));
        for (text, name) in [
            (format!("{DIGEST}  ./dist/app"), "./dist/app"),
            (format!("{DIGEST}\tapp"), "app"),
            (format!("{DIGEST}  dist\\app.exe"), "dist\\app.exe"),
            (format!("{DIGEST} ?CTEXT"), "CTEXT"),
            (format!("sha256:{DIGEST}  app"), "app"),
            (format!("SHA256:{DIGEST} *app"), "app"),
            (format!("sha256={DIGEST} app"), "app"),
            (format!("sha256-{base64}  app"), "app"),
            (format!("app: sha256:{DIGEST}"), "app"),
            (format!("app {DIGEST}"), "app"),
            (format!("app = {DIGEST}"), "app"),
            (format!("app,{DIGEST}"), "app"),
            (format!("app;SHA-256;{DIGEST}"), "app"),
            (format!("| `app` | `{DIGEST}` |"), "app"),
            (format!("| File | SHA-256 |\n|------|:-------:|\n| app | {DIGEST} |"), "app"),
            (format!("- app: {DIGEST}"), "app"),
            (format!("- **app**: `{DIGEST}`"), "app"),
            (format!("\"app x\",\"{DIGEST}\""), "app x"),
            (format!("file,size,sha256\napp,1234,{DIGEST}"), "app"),
            (format!("{DIGEST},1234,app"), "app"),
            (format!("SHA256 {DIGEST} app"), "app"),
            (format!("SHA-256\n{DIGEST}  app"), "app"),
            (format!("## SHA256 checksums\n\n{DIGEST}  app"), "app"),
            (format!("Checksums-Sha256:\n {DIGEST} 1234 app"), "app"),
            (
                format!(
                    "\nAlgorithm       Hash                                          Path\n---------       ----   ----\n\
                     SHA256          {}          C:\\build\\dist\\app.exe\n",
                    DIGEST.to_uppercase()
                ),
                "C:\\build\\dist\\app.exe",
            ),
            (format!("Algorithm : SHA256\r\nHash      : {DIGEST}\r\nPath      : C:\\app\r\n"), "C:\\app"),
            (format!("\"Algorithm\",\"Hash\",\"Path\"\n\"SHA256\",\"{DIGEST}\",\"C:\\app\"\n"), "C:\\app"),
            (
                format!(
                    "SHA256 hash of app.exe:\n{DIGEST}\nCertUtil: -hashfile command completed successfully."
                ),
                "app.exe",
            ),
            (format!("SHA256 hash of file app.exe:\n{spaced}\n"), "app.exe"),
            (format!("path: app\nsha256: {DIGEST}"), "app"),
            (format!("- name: app\n  checksum: sha256:{DIGEST}"), "app"),
            (
                format!("%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n## $ hashdeep\n12,{DIGEST},/x/app"),
                "/x/app",
            ),
            (
                format!(
                    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{DIGEST}  app\n-----BEGIN PGP SIGNATURE-----\nxx"
                ),
                "app",
            ),
            (format!("{{\"app\": \"{DIGEST}\"}}"), "app"),
            (format!("{{\"app\": {{\"sha256\": \"{DIGEST}\", \"size\": 1}}}}"), "app"),
            (format!("{{\"sha256\": {{\"app\": \"{DIGEST}\"}}}}"), "app"),
            (format!("[{{\"name\": \"app\", \"sha256\": \"{DIGEST}\"}}]"), "app"),
            (format!("{{\"files\": [{{\"path\": \"app\", \"digest\": \"sha256:{DIGEST}\"}}]}}"), "app"),
            (format!("{{\"Algorithm\": \"SHA256\", \"Hash\": \"{DIGEST}\", \"Path\": \"app\"}}"), "app"),
            (format!("{{\"app\": {{\"integrity\": \"sha256-{base64}\"}}}}"), "app"),
            (
                format!(
                    "[{{\"file\":\"app\",\"hashes\":[{{\"alg\":\"SHA-256\",\"content\":\"{DIGEST}\"}}]}}]"
                ),
                "app",
            ),
            (format!("{{\"subject\":[{{\"name\":\"app\",\"digest\":{{\"sha256\":\"{DIGEST}\"}}}}]}}"), "app"),
        ] {
            is_entry("checksums.txt", &text, name);
            is_entry("SHA256SUMS", &text.replace('\n', "\r\n"), name);
            is_entry("checksums.txt", &format!("\u{feff}{text}"), name);
            for (mark, encode) in
                [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)]
            {
                let wide: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(encode)).collect();
                let found = checksums(b"checksums.txt", &wide);
                assert_eq!((found.listed.len(), found.mistakes), (1, vec![]), "{text}");
                assert_eq!(found.listed[0].name, name);
            }
        }
        let two = format!("{DIGEST}  a\0{OTHER}  b\0");
        assert_eq!(names("SHA256SUMS", &two), (vec![(1, "a".to_owned()), (2, "b".to_owned())], vec![]));
    }

    #[test]
    fn algorithms_are_told_apart() {
        let by = |list: &str, text: &str| {
            let found = checksums(list.as_bytes(), text.as_bytes());
            assert_eq!(found.mistakes, [], "{list} {text}");
            match &found.listed[0].digest {
                Digested::By(Algorithm::Sha2(algorithm), _, said) => format!("{} {said}", algorithm.as_str()),
                Digested::By(Algorithm::Sha1, _, said) => format!("sha1 {said}"),
                Digested::By(Algorithm::Md5, _, said) => format!("md5 {said}"),
                Digested::Other(name) => name.clone(),
            }
        };
        let long = format!("{DIGEST}{OTHER}  app");
        assert_eq!(by("checksums.txt", &long), "sha512 false");
        assert_eq!(by("SHA512SUMS", &long), "sha512 true");
        for list in ["B2SUMS", "app.b2", "checksums.blake2b", "blake2-sums.txt", "b2sum.txt"] {
            assert_eq!(by(list, &long), "BLAKE2", "{list}");
        }
        assert_eq!(by("checksums.txt", &format!("BLAKE2b (app) = {DIGEST}{OTHER}")), "BLAKE2b");
        assert_eq!(by("checksums.txt", &format!("b2:{DIGEST}{OTHER} app")), "b2");
        assert_eq!(by("checksums.txt", &format!("SHA512/256 (app) = {DIGEST}")), "SHA512/256");
        assert_eq!(by("checksums.txt", &format!("# SHA3-512\n{long}")), "SHA3-512");
        assert_eq!(by("B3SUMS", &format!("{DIGEST}  app")), "BLAKE3");
        assert_eq!(by("checksums.txt", &format!("{}  app", &DIGEST[..40])), "sha1 false");
        assert_eq!(by("SHA1SUMS", &format!("{}  app", &DIGEST[..40])), "sha1 true");
        assert_eq!(by("checksums.txt", &format!("{}  app", &DIGEST[..32])), "md5 false");
        assert_eq!(by("checksums.txt", &format!("MD5 (app) = {}", &DIGEST[..32])), "md5 true");
        assert_eq!(by("checksums.txt", &format!("{}  app", &DIGEST[..56])), "SHA-224");
        assert_eq!(by("checksums.txt", &format!("{DIGEST}  app\nSHA512:\n{long}")), "sha256 false");
    }

    #[test]
    fn a_digest_alone_is_for_the_file_it_is_called_after() {
        for list in
            ["dist/app.tar.gz.sha256", "app.tar.gz.sha256sum", "app.tar.gz.sha256.txt", "app.tar.gz.SHA256"]
        {
            assert_eq!(names(list, DIGEST).0, [(1, "app.tar.gz".to_owned())], "{list}");
        }
        assert_eq!(names("app.sha256", &format!("sha256:{DIGEST}\n")).0, [(1, "app".to_owned())]);
        assert_eq!(names("app.sha256", &format!("{DIGEST}  -\n")).0, [(1, "app".to_owned())], "from a pipe");
        assert_eq!(names("checksums.txt", DIGEST), (vec![], vec![1]));
    }

    #[test]
    fn several_digests_in_a_line() {
        let text = format!("name,md5,sha256\napp,{},{DIGEST}", &DIGEST[..32]);
        let found = checksums(b"checksums.csv", text.as_bytes());
        assert_eq!((found.listed.len(), found.mistakes), (1, vec![]));
        assert!(matches!(&found.listed[0].digest, Digested::By(Algorithm::Sha2(_), ..)));
        assert_eq!(names("SHA256SUMS", &format!("{DIGEST}  {OTHER}")).0, [(1, OTHER.to_owned())]);
        assert_eq!(
            names("SHA256SUMS", &format!("{DIGEST}  blobs/{OTHER}.bin")).0,
            [(1, format!("blobs/{OTHER}.bin"))]
        );
    }

    #[test]
    fn one_mistake_a_line_and_the_rest_is_read() {
        let text = format!(
            "hello\n{DIGEST}  a\nSHA256 (c) = 00\n{DIGEST}0  d\n{DIGEST}{DIGEST}  of-another\n\
             <file name=\"x\" sha256=\"{DIGEST}\"/>\n{DIGEST}  e\nsha256:{}  f\nx y z {DIGEST} u v w\nK7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols= g\n",
            &DIGEST[..60]
        );
        let (listed, mistakes) = names("SHA256SUMS", &text);
        assert_eq!(listed.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 7]);
        assert_eq!(mistakes, [1, 3, 4, 5, 6, 8, 9, 10]);
        let odd = checksums(b"SHA256SUMS", &[b"\xff\xffx  a\n", DIGEST.as_bytes(), b"  b"].concat());
        assert_eq!((odd.listed.len(), odd.mistakes.len()), (1, 1));
        assert_eq!(checksums(b"SHA256SUMS", &b"x\n".repeat(5000)).mistakes.len(), 101);
        assert_eq!(names("checksums.json", "{\"a\": 1}").1, [1]);
        assert_eq!(names("checksums.json", &format!("[\n\"{DIGEST}\"]")).1, [2]);
        assert_eq!(names("checksums.txt", &format!("Hash : {DIGEST}\n\n{DIGEST}  a")).1, [1]);
    }
}
