//! Layouts of OCI: those that cosign saved, and some that lie.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bartizan::parse::signature::oci::{Layout, layout};
use bartizan::parse::signature::{Content, Digest, Form, Kind, sniff};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{data, sha256};
use crate::tidy::root;

const IMAGE: &str = "sha256:fd05d91300eb026cbdee531b07da9b6e3820c0329356ca56386105f0e99180bc";
const SIGNATURES: &str = "sha256:83b2719c554d8604da122fc834bb6ea9668158c89533ba2543db751732da3201";

/// A layout in memory.
#[derive(Default)]
struct Made {
    index: Vec<u8>,
    blobs: BTreeMap<Digest, Vec<u8>>,
}

impl Made {
    /// One of those that cosign saved.
    fn saved(name: &str) -> Self {
        let folder = format!("cosign/{name}");
        let mut made = Self { index: data(&format!("{folder}/index.json")), ..Self::default() };
        assert_eq!(sniff(b"x/oci-layout", &data(&format!("{folder}/oci-layout"))), Some(Kind::OciLayout));
        let blobs = root().join("tests/it/signature/data").join(&folder).join("blobs/sha256");
        for entry in std::fs::read_dir(blobs).unwrap() {
            let entry = entry.unwrap();
            let digest = Digest::parse(&format!("sha256:{}", entry.file_name().to_str().unwrap())).unwrap();
            made.blobs.insert(digest, std::fs::read(entry.path()).unwrap());
        }
        made
    }

    /// Adds a blob; says how it is listed.
    fn add(&mut self, value: &Value) -> Value {
        let bytes = value.to_string().into_bytes();
        let digest = sha256(&bytes);
        let listed = json!({ "digest": digest.shown(), "size": bytes.len() });
        self.blobs.insert(digest, bytes);
        listed
    }

    fn list(&mut self, manifests: &[Value]) {
        self.index = json!({ "schemaVersion": 2, "manifests": manifests }).to_string().into_bytes();
    }

    fn read(&self) -> Layout {
        let present: Vec<Digest> = self.blobs.keys().cloned().collect();
        layout(&self.index, &present, &|digest, _| self.blobs.get(digest).cloned())
    }
}

fn told(layout: &Layout) -> Vec<(u32, &str)> {
    layout.mistakes.iter().map(|(line, message)| (*line, message.as_str())).collect()
}

#[test]
fn the_older_generation() {
    let found = Made::saved("oci-layout-legacy").read();
    assert_eq!(told(&found), []);
    let image = Digest::parse(IMAGE).unwrap();
    assert_eq!(found.images, std::slice::from_ref(&image));
    let [one] = found.signatures.as_slice() else { panic!("{found:?}") };
    assert_eq!(one.image, Some(image.clone()));
    assert_eq!(one.signed.form, Form::Oci);
    assert_eq!(one.signed.subjects[0].digests, [image]);
    let payload = one.signed.payload.as_ref().unwrap();
    assert!(payload.starts_with(b"{\"critical\""));
    let Content::Raw { signature, certificates } = &one.signed.content else { panic!() };
    assert!(signature.starts_with(&[0x30]) && certificates.is_empty());
}

#[test]
fn the_newer_generation_is_listed_nowhere() {
    let found = Made::saved("oci-layout-bundle").read();
    assert_eq!(told(&found), []);
    let image = Digest::parse(IMAGE).unwrap();
    assert_eq!(found.images, std::slice::from_ref(&image));
    assert_eq!(found.signatures.len(), 2, "both generations are there");
    assert!(found.signatures.iter().all(|one| one.image == Some(image.clone())));
    let bundle = &found.signatures[1].signed;
    assert_eq!(bundle.predicate.as_deref(), Some("https://sigstore.dev/cosign/sign/v1"));
    assert!(matches!(&bundle.content, Content::Bundle(json) if json.contains("dsseEnvelope")));
    assert_eq!((bundle.form, bundle.payload.as_ref()), (Form::Oci, None));
}

#[test]
fn layers_of_images_are_not_asked_for() {
    let made = Made::saved("oci-layout-bundle");
    let present: Vec<Digest> = made.blobs.keys().cloned().collect();
    let asked = RefCell::new(Vec::new());
    let _ = layout(&made.index, &present, &|digest, _| {
        asked.borrow_mut().push(digest.shown());
        made.blobs.get(digest).cloned()
    });
    let layer = "sha256:e704b35d48bb5d7a798db4fa5f16ead6dfd3569f22eae970eb8a464c08750824";
    assert!(!asked.borrow().iter().any(|digest| digest == layer), "{asked:?}");
}

#[test]
fn digests_that_lie() {
    for (digest, images, signatures) in [(IMAGE, 0, 1), (SIGNATURES, 1, 0)] {
        let mut made = Made::saved("oci-layout-legacy");
        let digest = Digest::parse(digest).unwrap();
        made.blobs.get_mut(&digest).unwrap().push(b' ');
        let found = made.read();
        assert_eq!((found.images.len(), found.signatures.len()), (images, signatures));
        let line = if digest.shown() == IMAGE { 8 } else { 16 };
        let message = format!("the blob {} does not match the digest in its name", digest.shown());
        assert_eq!(told(&found), [(line, message.as_str())]);
        assert!(found.signatures.iter().all(|one| one.image.is_none()), "its image is not here");
        made.blobs.remove(&digest);
        let message = format!("the blob {} is missing, or too large", digest.shown());
        assert_eq!(told(&made.read()), [(line, message.as_str())]);
    }
}

/// A manifest of signatures with one layer of `payload`.
fn signing(made: &mut Made, payload: &Value, annotations: &Value) -> Value {
    let mut layer = made.add(payload);
    layer["mediaType"] = "application/vnd.dev.cosign.simplesigning.v1+json".into();
    layer["annotations"] = annotations.clone();
    made.add(&json!({ "layers": [layer] }))
}

fn names(digest: &str) -> Value {
    json!({ "critical": { "image": { "docker-manifest-digest": digest } } })
}

#[test]
fn signatures_of_another_image_vouch_for_nothing_here() {
    let mut made = Made::default();
    let image = made.add(&json!({ "config": {}, "layers": [] }));
    let here = image["digest"].as_str().unwrap().to_owned();
    let signature = json!({ "dev.cosignproject.cosign/signature": "AAAA" });
    let right = signing(&mut made, &names(&here), &signature);
    let wrong = signing(&mut made, &names(IMAGE), &signature);
    made.list(&[image, right, wrong]);
    let found = made.read();
    assert_eq!(told(&found), []);
    let images: Vec<Option<String>> =
        found.signatures.iter().map(|one| one.image.as_ref().map(Digest::shown)).collect();
    assert_eq!(images, [Some(here), None]);
}

#[test]
fn annotations_that_are_wrong() {
    for (payload, annotations, expected) in [
        (names(IMAGE), json!({}), "the layer has no `dev.cosignproject.cosign/signature`"),
        (
            names(IMAGE),
            json!({ "dev.cosignproject.cosign/signature": "?" }),
            "`dev.cosignproject.cosign/signature` is not base64",
        ),
        (
            names("sha256:../../up"),
            json!({ "dev.cosignproject.cosign/signature": "AAAA" }),
            "the signed payload does not name an image",
        ),
        (
            names(IMAGE),
            json!({ "dev.cosignproject.cosign/signature": "AAAA", "dev.sigstore.cosign/certificate": "x" }),
            "`dev.sigstore.cosign/certificate` holds no certificate that can be read",
        ),
        (
            names(IMAGE),
            json!({ "dev.cosignproject.cosign/signature": "AAAA", "dev.sigstore.cosign/bundle": "{" }),
            "`dev.sigstore.cosign/bundle` is not JSON: EOF while parsing an object",
        ),
    ] {
        let mut made = Made::default();
        let listed = signing(&mut made, &payload, &annotations);
        made.list(&[listed]);
        let found = made.read();
        assert_eq!(found.signatures, []);
        assert_eq!(found.mistakes.len(), 1, "{:?}", found.mistakes);
        assert!(found.mistakes[0].1.ends_with(expected), "{:?}", found.mistakes);
    }
}

#[test]
fn indexes_that_go_in_circles_or_deep() {
    // A circle needs a digest that lies; what leads back to where one was is not gone again.
    let mut made = Made::default();
    let (one, other) = (sha256(b"1"), sha256(b"2"));
    let leads = |to: &Digest| json!({ "manifests": [{ "digest": to.shown() }] });
    made.blobs.insert(one.clone(), leads(&other).to_string().into_bytes());
    made.blobs.insert(other.clone(), leads(&one).to_string().into_bytes());
    made.list(&[json!({ "digest": one.shown() })]);
    assert_eq!(made.read().mistakes.len(), 2, "each of them lies");

    let mut made = Made::default();
    let leaf = made.add(&json!({ "layers": [] }));
    let twice = made.add(&json!({ "manifests": [leaf, leaf] }));
    made.list(&[twice.clone(), twice, leaf]);
    assert_eq!((made.read().images.len(), made.read().mistakes.len()), (2, 0));

    let mut made = Made::default();
    let mut inner = made.add(&json!({ "layers": [] }));
    for _ in 0..40 {
        inner = made.add(&json!({ "manifests": [inner] }));
    }
    made.list(&[inner]);
    let found = made.read();
    assert_eq!(told(&found), [(1, "more than 8 indexes lie within each other")]);
    assert_eq!(found.images.len(), 8);
}

#[test]
fn indexes_that_are_none() {
    for (index, expected) in [
        (&b""[..], "is not JSON: EOF while parsing a value"),
        (b"{}", "`index.json` has no list of manifests"),
        (b"{\"manifests\":7}", "`index.json` has no list of manifests"),
        (b"\xff", "`index.json` is not UTF-8"),
        (
            b"{\"manifests\":[{\"digest\":\"sha256:/etc/passwd\"}]}",
            "a manifest is listed without a valid digest",
        ),
        (b"{\"manifests\":[7]}", "a manifest is listed without a valid digest"),
    ] {
        assert_eq!(told(&layout(index, &[], &|_, _| None)), [(1, expected)]);
    }
    // However many are listed, the mistakes are bounded.
    let many: Vec<Value> =
        (0..20_000_u32).map(|at| json!({ "digest": sha256(&at.to_be_bytes()).shown() })).collect();
    let mut made = Made::default();
    made.list(&many);
    assert_eq!(made.read().mistakes.len(), 101);
}

proptest! {
    #[test]
    fn any_layout_is_read(
        index in prop::collection::vec(any::<u8>(), 0..200),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 0..5),
    ) {
        let mut made = Made::saved("oci-layout-bundle");
        for (blob, at, byte) in edits {
            let digest = made.blobs.keys().nth(blob.index(made.blobs.len())).unwrap().clone();
            let bytes = made.blobs.get_mut(&digest).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let found = made.read();
        prop_assert!(found.images.len() <= 1 && found.signatures.len() <= 2);
        let none = layout(&index, &[], &|_, _| Some(index.clone()));
        prop_assert!(none.signatures.is_empty());
    }
}
