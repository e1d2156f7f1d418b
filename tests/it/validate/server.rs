//! A provider on this machine: TLS with an authority of its own, for whatever hosts a test wants it to be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use bartizan::parse::signature::der::{BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, context, wrap};
use bartizan::validate::{Client, Network};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) host: String,
    /// The line of the request and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// What is answered.
pub(crate) enum Reply {
    /// A status, further headers with line ends, and a body.
    Is(u16, String, Vec<u8>),
    /// Nothing, for so long.
    Slow(Duration),
    /// A body without an end.
    Endless,
    /// Bytes that are not HTTP.
    Raw(Vec<u8>),
}

type Answer = dyn Fn(&Received) -> Reply + Send + Sync;

/// A server for the length of a test; its threads end with the program.
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    /// The certificate of its authority, in PEM.
    pub(crate) root: Vec<u8>,
    pub(crate) received: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Mutex<Arc<Answer>>>,
}

impl Provider {
    /// One that is all of `hosts`.
    pub(crate) fn start(hosts: &[&str]) -> Self {
        let made = Made::new(hosts);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(made.certificate)],
                PrivatePkcs8KeyDer::from(made.key).into(),
            )
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer: Arc<Mutex<Arc<Answer>>> =
            Arc::new(Mutex::new(Arc::new(|_: &Received| Reply::Is(404, String::new(), Vec::new()))));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (shared, seen) = (Arc::clone(&answer), Arc::clone(&received));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, shared, seen) = (Arc::clone(&config), Arc::clone(&shared), Arc::clone(&seen));
                let named = std::thread::Builder::new().name("provider".to_owned());
                named.spawn(move || serve(stream, config, &shared, &seen)).unwrap();
            }
        });
        Self { address, root: made.root, received, answer }
    }

    pub(crate) fn answers(&self, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
        self.received.lock().unwrap().clear();
    }

    /// A client all of whose requests come here.
    pub(crate) fn client(&self, timeout: Duration) -> Client {
        let loopback = Some((self.address, self.root.clone()));
        Client::new(&Network { timeout, authorities: Vec::new(), loopback }).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    answer: &Mutex<Arc<Answer>>,
    seen: &Mutex<Vec<Received>>,
) {
    let Ok(connection) = ServerConnection::new(config) else { return };
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let mut received = Received::default();
        let mut length = 0;
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(2) => break,
                Ok(_) => {}
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "host" => value.trim().clone_into(&mut received.host),
                "content-length" => length = value.trim().parse().unwrap(),
                _ => {}
            }
            received.head.push_str(&line);
        }
        received.body.resize(length, 0);
        if reader.read_exact(&mut received.body).is_err() {
            return;
        }
        let answer = Arc::clone(&answer.lock().unwrap());
        let reply = answer(&received);
        seen.lock().unwrap().push(received);
        let out = reader.get_mut();
        // The other side may have heard enough.
        let _ = match reply {
            Reply::Is(status, headers, body) => {
                let head =
                    format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
                out.write_all(&[head.as_bytes(), &body].concat()).and_then(|()| out.flush())
            }
            Reply::Slow(time) => {
                std::thread::sleep(time);
                return;
            }
            Reply::Endless => {
                let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                let chunk = [b"1000\r\n", [b'x'; 0x1000].as_slice(), b"\r\n"].concat();
                let mut sent = out.write_all(head);
                while sent.is_ok() {
                    sent = out.write_all(&chunk).and_then(|()| out.flush());
                }
                return;
            }
            Reply::Raw(bytes) => {
                let _ = out.write_all(&bytes).and_then(|()| out.flush());
                return;
            }
        };
    }
}

/// An authority, and what it vouches for.
struct Made {
    root: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    wrap(SEQUENCE, &parts.concat())
}

fn oid(bytes: &[u8]) -> Vec<u8> {
    wrap(OID, bytes)
}

fn name(common: &str) -> Vec<u8> {
    seq(&[wrap(SET, &seq(&[oid(&[0x55, 4, 3]), wrap(0x0c, common.as_bytes())]))])
}

fn extension(id: &[u8], value: &[u8]) -> Vec<u8> {
    seq(&[oid(id), wrap(OCTET_STRING, value)])
}

impl Made {
    fn new(hosts: &[&str]) -> Self {
        let random = SystemRandom::new();
        let document = || EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key =
            |document: &[u8]| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document).unwrap();
        let (above, below) = (document(), document());
        let (authority, own) = (key(above.as_ref()), key(below.as_ref()));
        let issue = |subject: &str, of: &EcdsaKeyPair, extensions: &[Vec<u8>]| {
            let point = wrap(BIT_STRING, &[&[0], of.public_key().as_ref()].concat());
            let body = seq(&[
                wrap(context(0), &wrap(INTEGER, &[2])),
                wrap(INTEGER, &[7]),
                seq(&[oid(ECDSA_SHA256)]),
                name("authority of the tests"),
                seq(&[wrap(0x17, b"200101000000Z"), wrap(0x17, b"490101000000Z")]),
                name(subject),
                seq(&[seq(&[oid(EC_KEY), oid(P256)]), point]),
                wrap(context(3), &seq(extensions)),
            ]);
            let signature = authority.sign(&random, &body).unwrap();
            let signature = wrap(BIT_STRING, &[&[0], signature.as_ref()].concat());
            seq(&[body, seq(&[oid(ECDSA_SHA256)]), signature])
        };
        let is_authority = extension(&[0x55, 0x1d, 0x13], &seq(&[vec![0x01, 1, 0xff]]));
        let root = issue("authority of the tests", &authority, &[is_authority]);
        let mut names: Vec<Vec<u8>> = hosts.iter().map(|host| wrap(0x82, host.as_bytes())).collect();
        names.push(wrap(0x87, &[127, 0, 0, 1]));
        let certificate = issue("provider", &own, &[extension(&[0x55, 0x1d, 0x11], &seq(&names))]);
        let root = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            data_encoding::BASE64.encode(&root)
        );
        Self { root: root.into_bytes(), certificate, key: below.as_ref().to_vec() }
    }
}
