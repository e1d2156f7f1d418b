//! OCI layouts as written by `cosign save`: signatures, the signed images, and the images' parts.

mod parts;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::json::{self, Fault};
use super::legacy::{self, Parts};
use super::{Digest, Form, SIZE_MAX, Signed, bound, bundle};
use crate::parse::lines::line_number;

pub use parts::Part;

/// The deepest nesting of indexes.
const DEPTH_MAX: usize = 8;
/// The most blobs.
const BLOBS_MAX: usize = 10_000;
/// The largest manifest or index in bytes: what registries must accept.
const MANIFEST_MAX: usize = 4 << 20;
/// The most bytes of all blobs.
const BYTES_MAX: usize = 256 << 20;
/// The most layers of one manifest, including signatures.
const LAYERS_MAX: usize = 1000;

/// A parsed layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The images and indexes whose manifests are present and match their digests.
    pub images: Vec<Digest>,
    /// The configuration and the layers of each image, and the line of `index.json` that leads to it.
    pub parts: BTreeMap<Digest, (u32, Vec<Part>)>,
    /// The manifests listed by each image index.
    pub within: BTreeMap<Digest, Vec<Digest>>,
    /// The signatures and attestations, in order.
    pub signatures: Vec<ImageSignature>,
    /// Errors: the line of `index.json`, from 1, and what is wrong.
    pub mistakes: Vec<(u32, String)>,
}

/// A signature in a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSignature {
    /// The signature. Its `payload` is the exact signed bytes, unless it is an envelope; its subjects are those
    /// named there.
    pub signed: Signed,
    /// The signed image of this layout. `None` if it names another one: it then vouches for nothing here, even if
    /// it verifies.
    pub image: Option<Digest>,
}

/// Parses the layout described by `index` (the bytes of `index.json`). `present` are the existing blobs:
/// signatures of the newer generation refer to an image without being listed. `read` returns the blob with a
/// digest, or `None` if it is missing or larger than requested; configurations and layers of images are never
/// requested: see [`Layout::parts`].
#[must_use]
pub fn layout(index: &[u8], present: &[Digest], read: &dyn Fn(&Digest, usize) -> Option<Vec<u8>>) -> Layout {
    let mut walk = Walk {
        index,
        read,
        found: Layout::default(),
        met: BTreeSet::new(),
        blobs: 0,
        bytes: 0,
        parts: 0,
        queue: VecDeque::new(),
    };
    walk.start();
    while let Some(next) = walk.queue.pop_front() {
        walk.manifest(&next);
    }
    for digest in present {
        walk.unlisted(digest);
    }
    let Walk { mut found, .. } = walk;
    for signature in &mut found.signatures {
        let mut digests = signature.signed.subjects.iter().flat_map(|subject| &subject.digests);
        signature.image = digests.find(|digest| found.images.contains(digest)).cloned();
    }
    bound(&mut found.mistakes);
    found
}

/// A manifest to visit.
#[derive(Clone)]
struct Next {
    digest: Digest,
    depth: usize,
    /// The annotation by `cosign save`: `dev.cosignproject.cosign/sigs`.
    kind: String,
    /// The digest in `index.json` that leads to it.
    from: Digest,
    /// Its listed size.
    size: Option<u64>,
}

struct Walk<'a> {
    index: &'a [u8],
    read: &'a dyn Fn(&Digest, usize) -> Option<Vec<u8>>,
    found: Layout,
    /// Everything visited or to be skipped.
    met: BTreeSet<Digest>,
    blobs: usize,
    bytes: usize,
    /// The number of recorded image parts.
    parts: usize,
    queue: VecDeque<Next>,
}

impl Walk<'_> {
    fn start(&mut self) {
        let index = if self.index.len() > MANIFEST_MAX {
            Err((1, format!("`index.json` is larger than {} MiB", MANIFEST_MAX >> 20)))
        } else {
            let text = std::str::from_utf8(self.index);
            text.map_err(|_| (1, "`index.json` is not UTF-8".to_owned())).and_then(json::parse)
        };
        match index {
            Ok(index) if index.get("manifests").is_some_and(Value::is_array) => {
                self.children(&index, 1, None)
            }
            Ok(_) => self.found.mistakes.push((1, "`index.json` has no list of manifests".to_owned())),
            Err(mistake) => self.found.mistakes.push(mistake),
        }
    }

    /// Queues the manifests of an index.
    fn children(&mut self, index: &Value, depth: usize, from: Option<&Digest>) {
        let all = index.get("manifests").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for descriptor in all.iter().take(BLOBS_MAX) {
            match digest_of(descriptor) {
                Some(digest) => self.queue.push_back(Next {
                    depth,
                    kind: text(descriptor.pointer("/annotations/kind")).to_owned(),
                    from: from.unwrap_or(&digest).clone(),
                    size: descriptor.get("size").and_then(Value::as_u64),
                    digest,
                }),
                None => self.mistake(from, "a manifest is listed without a valid digest"),
            }
        }
        if all.len() > BLOBS_MAX || self.queue.len() > BLOBS_MAX {
            self.queue.truncate(BLOBS_MAX);
            self.mistake(from, &format!("more than {BLOBS_MAX} manifests are listed; the rest is not read"));
        }
    }

    /// The line of `index.json` that leads to a digest, found only for an error.
    fn mistake(&mut self, from: Option<&Digest>, message: &str) {
        // Further errors are not reported, see `bound`.
        let wanted = self.found.mistakes.len() < 128;
        let line = from.filter(|_| wanted).map_or(1, |from| self.line(from));
        self.found.mistakes.push((line, message.to_owned()));
    }

    /// The line of `index.json` that names a digest.
    fn line(&self, digest: &Digest) -> u32 {
        let at = memchr::memmem::find(self.index, digest.shown().as_bytes());
        line_number(self.index, at.unwrap_or(0))
    }

    /// A blob, if it exists, has at most `max` bytes and matches its digest. A listed blob must exist.
    fn blob(&mut self, digest: &Digest, max: usize, listed: Option<&Digest>) -> Option<Vec<u8>> {
        if self.blobs >= BLOBS_MAX || self.bytes >= BYTES_MAX {
            if self.blobs != usize::MAX {
                self.mistake(listed, "holds too many blobs to read them all; the rest is not read");
                self.blobs = usize::MAX;
            }
            return None;
        }
        self.blobs += 1;
        let shown = digest.shown();
        let Some(bytes) = (self.read)(digest, max).filter(|bytes| bytes.len() <= max) else {
            if listed.is_some() {
                self.mistake(listed, &format!("the blob {shown} is missing, or too large"));
            }
            return None;
        };
        self.bytes += bytes.len();
        if digest.is_of(&bytes) {
            return Some(bytes);
        }
        self.mistake(
            listed.or(Some(digest)),
            &format!("the blob {shown} does not match the digest in its name"),
        );
        None
    }

    fn json(&mut self, bytes: &[u8], what: &Digest, from: &Digest) -> Option<Value> {
        let value = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned());
        match value.and_then(|text| json::parse(text).map_err(|(_, message)| message)) {
            Ok(value) => Some(value),
            Err(message) => {
                self.mistake(Some(from), &format!("the blob {} {message}", what.shown()));
                None
            }
        }
    }

    fn manifest(&mut self, next: &Next) {
        if !self.met.insert(next.digest.clone()) {
            return;
        }
        if next.depth > DEPTH_MAX {
            self.mistake(Some(&next.from), &format!("more than {DEPTH_MAX} indexes lie within each other"));
            return;
        }
        let Some(bytes) = self.blob(&next.digest, MANIFEST_MAX, Some(&next.from)) else { return };
        if next.size.is_some_and(|size| size != bytes.len() as u64) {
            let shown = next.digest.shown();
            self.mistake(
                Some(&next.from),
                &format!("the blob {shown} is listed with another size than it has"),
            );
        }
        let Some(value) = self.json(&bytes, &next.digest, &next.from) else { return };
        self.note_parts(&value);
        if value.get("manifests").is_some() {
            self.found.images.push(next.digest.clone());
            self.children(&value, next.depth + 1, Some(&next.from));
            let listed = value.get("manifests").and_then(Value::as_array).into_iter().flatten();
            let listed = listed.take(BLOBS_MAX).filter_map(digest_of).collect();
            self.found.within.insert(next.digest.clone(), listed);
        } else if is_bundle(&value) {
            self.bundle(&value, &next.from);
        } else if is_signatures(&value) || next.kind.ends_with("/sigs") || next.kind.ends_with("/atts") {
            self.signatures(&value, &next.from);
        } else {
            self.found.images.push(next.digest.clone());
            let (parts, faults) = parts::parse(&value);
            for fault in faults {
                self.mistake(Some(&next.from), &fault);
            }
            // Of too many parts the first ones are compared.
            self.parts += parts.len();
            if self.parts > BLOBS_MAX {
                self.mistake(Some(&next.from), "the images have too many layers to compare them all");
            } else if !parts.is_empty() {
                self.found.parts.insert(next.digest.clone(), (self.line(&next.from), parts));
            }
        }
    }

    /// Layers and configurations are never manifests.
    fn note_parts(&mut self, manifest: &Value) {
        let layers = manifest.get("layers").and_then(Value::as_array);
        let layers = layers.into_iter().flatten().take(LAYERS_MAX);
        self.met.extend(layers.chain(manifest.get("config")).filter_map(digest_of));
    }

    /// Checks whether an unlisted blob refers to an image.
    fn unlisted(&mut self, digest: &Digest) {
        if self.met.contains(digest) {
            return;
        }
        self.met.insert(digest.clone());
        let Some(bytes) = self.blob(digest, MANIFEST_MAX, None) else { return };
        let head = bytes.trim_ascii_start();
        if !head.starts_with(b"{") || memchr::memmem::find(head, b"\"subject\"").is_none() {
            return;
        }
        let Some(value) = self.json(&bytes, digest, digest) else { return };
        if value.get("subject").is_some() && is_bundle(&value) {
            self.note_parts(&value);
            self.bundle(&value, digest);
        }
    }

    /// The newer generation: a manifest whose layer is a bundle.
    fn bundle(&mut self, manifest: &Value, from: &Digest) {
        let layers = manifest.get("layers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for layer in layers.iter().take(LAYERS_MAX) {
            let Some(digest) = digest_of(layer) else {
                self.mistake(Some(from), "a layer is listed without a valid digest");
                continue;
            };
            let Some(bytes) = self.blob(&digest, SIZE_MAX, Some(from)) else { continue };
            let Some(value) = self.json(&bytes, &digest, from) else { continue };
            let mut faults = Vec::new();
            let text = std::str::from_utf8(&bytes).unwrap_or_default();
            let read = bundle::document(text, value, true, &mut faults);
            self.take(&digest, read, faults, from);
        }
    }

    /// The older generation: each layer of a manifest is a signed payload, with the signature in an annotation.
    fn signatures(&mut self, manifest: &Value, from: &Digest) {
        let layers = manifest.get("layers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if layers.len() > LAYERS_MAX {
            self.mistake(
                Some(from),
                &format!("a manifest has {} signatures; {LAYERS_MAX} are read", layers.len()),
            );
        }
        for layer in layers.iter().take(LAYERS_MAX) {
            let Some(digest) = digest_of(layer) else {
                self.mistake(Some(from), "a signature is listed without a valid digest");
                continue;
            };
            let Some(bytes) = self.blob(&digest, SIZE_MAX, Some(from)) else { continue };
            let mut faults = Vec::new();
            let read = parts(layer, bytes).and_then(|parts| legacy::assemble(Form::Oci, parts, &mut faults));
            self.take(&digest, read.map(Some), faults, from);
        }
    }

    fn take(
        &mut self,
        blob: &Digest,
        read: Result<Option<Signed>, Fault>,
        mut faults: Vec<Fault>,
        from: &Digest,
    ) {
        match read {
            Ok(Some(signed)) => {
                let signed = Signed { form: Form::Oci, ..signed };
                self.found.signatures.push(ImageSignature { signed, image: None });
            }
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
        for fault in faults {
            self.mistake(Some(from), &format!("the signature {}: {}", blob.shown(), fault.message));
        }
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

fn digest_of(descriptor: &Value) -> Option<Digest> {
    Digest::parse(descriptor.get("digest")?.as_str()?)
}

fn is_bundle(manifest: &Value) -> bool {
    const TYPE: &str = "application/vnd.dev.sigstore.bundle";
    ["/artifactType", "/config/artifactType", "/config/mediaType", "/layers/0/mediaType"]
        .iter()
        .any(|place| text(manifest.pointer(place)).starts_with(TYPE))
}

fn is_signatures(manifest: &Value) -> bool {
    let layer = manifest.pointer("/layers/0");
    let media = text(layer.and_then(|layer| layer.get("mediaType")));
    media.starts_with("application/vnd.dev.cosign.simplesigning")
        || media.starts_with("application/vnd.dsse.envelope")
        || annotation(layer, "dev.cosignproject.cosign/signature").is_some()
}

fn annotation<'a>(layer: Option<&'a Value>, name: &str) -> Option<&'a str> {
    let found = layer?.get("annotations")?.get(name)?.as_str()?;
    (!found.is_empty()).then_some(found)
}

/// The parts of a signature in the annotations of a layer.
fn parts(layer: &Value, blob: Vec<u8>) -> Result<Parts, Fault> {
    let of = |name: &str| annotation(Some(layer), name);
    let mut parts = Parts::default();
    match of("dev.cosignproject.cosign/signature") {
        Some(signature) => {
            parts.signature = json::base64(signature)
                .ok_or_else(|| Fault::new("", "`dev.cosignproject.cosign/signature` is not base64"))?;
            if legacy::image_of(&blob).is_none() {
                return Err(Fault::new("", "the signed payload does not name an image"));
            }
            parts.payload = Some(blob);
        }
        // For an attestation the layer is the envelope.
        None if blob.trim_ascii_start().starts_with(b"{")
            && text(layer.get("mediaType")).contains("dsse") =>
        {
            parts.signature = blob;
        }
        None => return Err(Fault::new("", "the layer has no `dev.cosignproject.cosign/signature`")),
    }
    for name in ["dev.sigstore.cosign/certificate", "dev.sigstore.cosign/chain"] {
        // A chain without its leaf is useless.
        let wanted = name.ends_with("/certificate") || !parts.certificates.is_empty();
        if let Some(pem) = of(name).filter(|_| wanted) {
            legacy::certificate("", &pem.into(), &mut parts)
                .map_err(|_| Fault::new("", format!("`{name}` holds no certificate that can be read")))?;
        }
    }
    let structured = |name: &str| -> Result<Option<Value>, Fault> {
        let Some(text) = of(name) else { return Ok(None) };
        let value =
            json::parse(text).map_err(|(_, message)| Fault::new("", format!("`{name}` {message}")))?;
        Ok(Some(value).filter(|value| !value.is_null()))
    };
    parts.rekor = structured("dev.sigstore.cosign/bundle")?;
    if let Some(stamp) = structured("dev.sigstore.cosign/rfc3161timestamp")? {
        parts.timestamp = Some(json::bytes(&stamp, "SignedRFC3161Timestamp", 64 << 10)?);
    }
    Ok(parts)
}
