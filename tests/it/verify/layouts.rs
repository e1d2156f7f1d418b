//! Layouts of OCI in a repository: not only the manifest of a signed image is compared, but all that it is made of.

use std::fs;
use std::path::Path;

use bartizan::model::{Ending, Report, Severity, Standing};
use serde_json::{Value, json};

use super::made::{Made, said, sha256};
use crate::tidy::root;

const CONFIG: &str = "43721e39263418f09c3a549f6a61f5f069cc0d8d0c2c53f915c436dcf5930b01";
const LAYER: &str = "e704b35d48bb5d7a798db4fa5f16ead6dfd3569f22eae970eb8a464c08750824";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => assert!(fs::copy(entry.path(), to).is_ok()),
        }
    }
}

/// What cosign has saved, with the key that the image is signed with.
fn saved(name: &str) -> Made {
    let made = Made::new();
    let data = root().join("tests/it/signature/data/cosign");
    copy(&data.join(name), &made.at().join("image"));
    fs::copy(data.join("cosign.pub"), made.at().join("cosign.pub")).unwrap();
    made
}

fn blob(digest: &str) -> String {
    format!("image/blobs/sha256/{digest}")
}

fn ending(report: &Report) -> Ending {
    report.ending(Some(Severity::Medium))
}

/// The paths of what was changed after it was signed.
fn changed(report: &Report) -> Vec<String> {
    let changed = report.signatures.iter().filter(|one| one.standing == Standing::Invalid && one.changed);
    changed.filter_map(|one| Some(one.artifact.as_ref()?.shown())).collect()
}

#[test]
fn each_part_of_a_signed_image_is_compared() {
    for name in ["oci-layout-legacy", "oci-layout-bundle"] {
        let made = saved(name);
        let report = made.scan();
        assert_eq!(ending(&report), Ending::Clean, "{}", said(&report));
        assert!(report.signatures.iter().all(|one| one.standing == Standing::Verified), "{}", said(&report));
        let evidence = &report.signatures[0].evidence;
        assert!(evidence.iter().any(|said| said.starts_with("2 parts of the image")), "{evidence:?}");
        for part in [CONFIG, LAYER] {
            let made = saved(name);
            let path = made.at().join(blob(part));
            let mut bytes = fs::read(&path).unwrap();
            bytes[0] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let report = made.scan();
            assert_eq!(ending(&report), Ending::Findings, "{}", said(&report));
            assert_eq!(changed(&report), [blob(part)], "{}", said(&report));
            // What is longer is another one as well.
            bytes[0] ^= 1;
            bytes.push(0);
            fs::write(&path, &bytes).unwrap();
            assert_eq!(changed(&made.scan()), [blob(part)]);
            fs::remove_file(&path).unwrap();
            let report = made.scan();
            assert_eq!(ending(&report), Ending::Incomplete, "{}", said(&report));
            assert!(said(&report).contains("1 of the 2 blobs of the image are missing"), "{}", said(&report));
            assert!(changed(&report).is_empty());
        }
    }
}

/// A layout without a signature, of one image with these layers in an index within the index.
fn unsigned(layers: &[(&[u8], Value)]) -> Made {
    let made = Made::new();
    let add = |bytes: &[u8]| -> Value {
        let digest = sha256(bytes);
        made.write(&blob(&digest), bytes);
        json!({ "digest": format!("sha256:{digest}"), "size": bytes.len() })
    };
    let config = add(b"{\"os\":\"linux\"}");
    let layers: Vec<Value> = layers
        .iter()
        .map(|(bytes, more)| {
            let mut layer = add(bytes);
            layer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            layer
        })
        .collect();
    let manifest =
        add(json!({ "schemaVersion": 2, "config": config, "layers": layers }).to_string().as_bytes());
    let index = add(json!({ "schemaVersion": 2, "manifests": [manifest] }).to_string().as_bytes());
    made.write("image/oci-layout", b"{\"imageLayoutVersion\":\"1.0.0\"}");
    made.write(
        "image/index.json",
        json!({ "schemaVersion": 2, "manifests": [index] }).to_string().as_bytes(),
    );
    made
}

#[test]
fn a_damaged_layout_without_a_signature_is_no_clean_one() {
    let made = unsigned(&[(b"one", json!({})), (b"two", json!({}))]);
    let report = made.scan();
    assert_eq!(ending(&report), Ending::Clean, "{}", said(&report));
    made.append(&blob(&sha256(b"two")), b"!");
    let report = made.scan();
    assert_eq!(ending(&report), Ending::Incomplete, "{}", said(&report));
    assert!(said(&report).contains("does not match the digest in its name"), "{}", said(&report));
    // The manifest is longer than its index says.
    let made = unsigned(&[(b"one", json!({ "size": 4 }))]);
    assert_eq!(ending(&made.scan()), Ending::Incomplete);
}

#[test]
fn what_a_layout_need_not_have_may_be_absent() {
    let absent = |more: Value, is: Ending| {
        let made = unsigned(&[(b"one", more.clone())]);
        fs::remove_file(made.at().join(blob(&sha256(b"one")))).unwrap();
        let report = made.scan();
        assert_eq!(ending(&report), is, "{more} {}", said(&report));
    };
    absent(json!({ "urls": ["https://example.org/one"] }), Ending::Clean);
    absent(json!({ "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar" }), Ending::Clean);
    absent(json!({ "data": "b25l" }), Ending::Clean);
    absent(json!({ "data": "dHdv" }), Ending::Incomplete);
    absent(json!({}), Ending::Incomplete);
}
