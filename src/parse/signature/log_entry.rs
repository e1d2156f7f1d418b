//! A transparency log entry in protobuf, Sigstore's `TransparencyLogEntry`, and as part of a bundle.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The most hashes of an inclusion proof: about 20 in practice, 64 in theory.
const MAX_HASHES: usize = 128;

/// An entry, without its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEntry {
    index: i64,
    key_id: Vec<u8>,
    kind: String,
    version: String,
    /// In seconds since 1970; 0 if the log gives no time.
    time: i64,
    promise: Option<Vec<u8>>,
    proof: Option<Proof>,
}

/// The inclusion proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Proof {
    index: i64,
    root: Vec<u8>,
    size: i64,
    hashes: Vec<Vec<u8>>,
    checkpoint: String,
}

/// The subject of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The signed message.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// The certificate, DER.
    pub certificate: &'a [u8],
}

impl LogEntry {
    /// Parses an entry; `None` if malformed.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut entry = Self::default();
        for field in fields(bytes)? {
            match field {
                (1, Field::Number(index)) => entry.index = index,
                (2, Field::Bytes(bytes)) => entry.key_id = bytes_in(bytes, 1)?.to_vec(),
                (3, Field::Bytes(bytes)) => {
                    entry.kind = text(bytes_in(bytes, 1)?)?;
                    entry.version = text(bytes_in(bytes, 2)?)?;
                }
                (4, Field::Number(time)) => entry.time = time,
                (5, Field::Bytes(bytes)) => entry.promise = Some(bytes_in(bytes, 1)?.to_vec()),
                (6, Field::Bytes(bytes)) => entry.proof = Some(proof(bytes)?),
                _ => {}
            }
        }
        Some(entry)
    }

    /// The entry as part of a bundle, with the body that it must have for this subject; `None` for an unsupported
    /// kind.
    #[must_use]
    pub fn in_bundle(&self, about: &Body<'_>) -> Option<Value> {
        let body = body(&self.kind, &self.version, about)?;
        let mut entry = json!({
            "logIndex": self.index.to_string(),
            "logId": { "keyId": BASE64.encode(&self.key_id) },
            "kindVersion": { "kind": self.kind, "version": self.version },
            "canonicalizedBody": BASE64.encode(body.to_string().as_bytes()),
        });
        let fields = entry.as_object_mut()?;
        if self.time != 0 {
            fields.insert("integratedTime".to_owned(), self.time.to_string().into());
        }
        if let Some(promise) = &self.promise {
            fields.insert(
                "inclusionPromise".to_owned(),
                json!({ "signedEntryTimestamp": BASE64.encode(promise) }),
            );
        }
        if let Some(proof) = &self.proof {
            let hashes: Vec<String> = proof.hashes.iter().map(|hash| BASE64.encode(hash)).collect();
            let proof = json!({
                "logIndex": proof.index.to_string(),
                "rootHash": BASE64.encode(&proof.root),
                "treeSize": proof.size.to_string(),
                "hashes": hashes,
                "checkpoint": { "envelope": proof.checkpoint },
            });
            fields.insert("inclusionProof".to_owned(), proof);
        }
        Some(entry)
    }
}

/// What the log has signed: canonical JSON.
fn body(kind: &str, version: &str, about: &Body<'_>) -> Option<Value> {
    let digest = Sha256::digest(about.message);
    let signature = BASE64.encode(about.signature);
    let spec = match (kind, version) {
        ("hashedrekord", "0.0.1") => json!({
            "data": { "hash": { "algorithm": "sha256", "value": HEXLOWER.encode(&digest) } },
            "signature": {
                "content": signature,
                "publicKey": { "content": BASE64.encode(pem(about.certificate).as_bytes()) },
            },
        }),
        ("hashedrekord", "0.0.2") => json!({ "hashedRekordV002": {
            "data": { "algorithm": "SHA2_256", "digest": BASE64.encode(&digest) },
            "signature": {
                "content": signature,
                "verifier": {
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "x509Certificate": { "rawBytes": BASE64.encode(about.certificate) },
                },
            },
        } }),
        _ => return None,
    };
    Some(json!({ "apiVersion": version, "kind": kind, "spec": spec }))
}

/// A certificate as PEM, in lines of 64.
fn pem(certificate: &[u8]) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    // Three bytes are four characters.
    for line in certificate.chunks(48) {
        text.push_str(&BASE64.encode(line));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

fn proof(bytes: &[u8]) -> Option<Proof> {
    let mut proof = Proof::default();
    for field in fields(bytes)? {
        match field {
            (1, Field::Number(index)) => proof.index = index,
            (2, Field::Bytes(root)) => proof.root = root.to_vec(),
            (3, Field::Number(size)) => proof.size = size,
            (4, Field::Bytes(_)) if proof.hashes.len() == MAX_HASHES => return None,
            (4, Field::Bytes(hash)) => proof.hashes.push(hash.to_vec()),
            (5, Field::Bytes(bytes)) => proof.checkpoint = text(bytes_in(bytes, 1)?)?,
            _ => {}
        }
    }
    Some(proof)
}

/// The bytes of the last field with that number, empty if missing; `None` if the message is malformed.
fn bytes_in(message: &[u8], number: u64) -> Option<&[u8]> {
    let mut found: &[u8] = &[];
    for field in fields(message)? {
        if let (at, Field::Bytes(bytes)) = field
            && at == number
        {
            found = bytes;
        }
    }
    Some(found)
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// The value of a field.
enum Field<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    /// Of a fixed width, which no field here has.
    Fixed,
}

/// The fields of a message with their numbers; `None` if malformed.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let field = match key & 7 {
            0 => Field::Number(varint(&mut bytes)?.cast_signed()),
            1 => fixed(&mut bytes, 8)?,
            2 => {
                let len = usize::try_from(varint(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(len)?;
                bytes = rest;
                Field::Bytes(value)
            }
            5 => fixed(&mut bytes, 4)?,
            _ => return None,
        };
        fields.push((key >> 3, field));
    }
    Some(fields)
}

fn fixed<'a>(bytes: &mut &'a [u8], len: usize) -> Option<Field<'a>> {
    *bytes = bytes.get(len..)?;
    Some(Field::Fixed)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Body, LogEntry};

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn entry(version: &[u8]) -> Vec<u8> {
        let proof = [
            vec![8, 3, 24, 9],
            field(2, b"root"),
            field(4, b"a"),
            field(4, b"b"),
            field(5, &field(1, b"log\n9\n")),
        ];
        [
            vec![8, 0xac, 2, 32, 7],
            field(2, &field(1, b"id")),
            field(3, &[field(1, b"hashedrekord"), field(2, version)].concat()),
            field(5, &field(1, b"set")),
            field(6, &proof.concat()),
            vec![0x79, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat()
    }

    const ABOUT: Body<'_> = Body { message: b"m", signature: b"s", certificate: b"c" };

    #[test]
    fn an_entry_becomes_part_of_a_bundle() {
        let read = LogEntry::read(&entry(b"0.0.1")).unwrap().in_bundle(&ABOUT).unwrap();
        let body =
            data_encoding::BASE64.decode(read["canonicalizedBody"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "{\"apiVersion\":\"0.0.1\",\"kind\":\"hashedrekord\",\"spec\":{\"data\":{\"hash\":{\"algorithm\":\"sha256\",\
             \"value\":\"62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a\"}},\"signature\":{\"content\":\
             \"cw==\",\"publicKey\":{\"content\":\
             \"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCll3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=\"}}}}"
        );
        assert_eq!((read["logIndex"].as_str(), read["integratedTime"].as_str()), (Some("300"), Some("7")));
        assert_eq!(read["logId"]["keyId"], "aWQ=");
        assert_eq!(read["inclusionPromise"]["signedEntryTimestamp"], "c2V0");
        let proof = &read["inclusionProof"];
        assert_eq!((proof["logIndex"].as_str(), proof["treeSize"].as_str()), (Some("3"), Some("9")));
        assert_eq!(
            (proof["rootHash"].as_str(), proof["hashes"][1].as_str()),
            (Some("cm9vdA=="), Some("Yg=="))
        );
        assert_eq!(proof["checkpoint"]["envelope"], "log\n9\n");
        let second = LogEntry::read(&entry(b"0.0.2")).unwrap().in_bundle(&ABOUT).unwrap();
        assert_ne!(second["canonicalizedBody"], read["canonicalizedBody"]);
        assert_eq!(LogEntry::read(&entry(b"0.0.9")).unwrap().in_bundle(&ABOUT), None);
    }

    #[test]
    fn what_is_no_entry_is_none() {
        let whole = entry(b"0.0.1");
        assert!(LogEntry::read(b"").unwrap().in_bundle(&ABOUT).is_none());
        let cut = (1..whole.len()).filter(|cut| LogEntry::read(&whole[..*cut]).is_some()).count();
        // It can be cut between its fields.
        assert_eq!(cut, 6);
        assert_eq!(LogEntry::read(&[0xff; 20]), None);
        assert_eq!(LogEntry::read(&[0x0b]), None);
        let hashes = field(4, b"a").repeat(200);
        let proof =
            [&[0x32, 0x80 | (hashes.len() & 0x7f) as u8, (hashes.len() >> 7) as u8], &hashes[..]].concat();
        assert_eq!(LogEntry::read(&proof), None);
    }
}
