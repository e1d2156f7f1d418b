//! The parts of an image in its manifest: configuration and layers.

use serde_json::Value;

use super::super::{Digest, json};
use super::{LAYERS_MAX, digest_of, text};

/// The largest blob embedded in its descriptor.
const INLINE_MAX: usize = 1 << 20;

/// A blob of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its listed digest.
    pub digest: Digest,
    /// Its listed size.
    pub size: Option<u64>,
    /// True if the layout need not contain it: the manifest has its URL, or embeds it.
    pub optional: bool,
}

/// The parts in the manifest, and errors of the list.
pub(super) fn parse(manifest: &Value) -> (Vec<Part>, Vec<String>) {
    let layers = manifest.get("layers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (mut parts, mut faults) = (Vec::new(), Vec::new());
    if layers.len() > LAYERS_MAX {
        faults.push(format!("an image has {} layers; {LAYERS_MAX} are compared", layers.len()));
    }
    let config = manifest.get("config").filter(|config| config.get("digest").is_some());
    for descriptor in config.into_iter().chain(layers.iter().take(LAYERS_MAX)) {
        let Some(digest) = digest_of(descriptor) else {
            faults.push("a part of an image is listed without a digest that can be compared".to_owned());
            continue;
        };
        let inline = descriptor.get("data").and_then(Value::as_str).filter(|data| data.len() <= INLINE_MAX);
        let inline = inline.and_then(json::base64);
        if inline.as_deref().is_some_and(|data| !digest.is_of(data)) {
            faults
                .push(format!("the blob {} differs from the data embedded in the manifest", digest.shown()));
        }
        let media = text(descriptor.get("mediaType"));
        let elsewhere = descriptor.get("urls").and_then(Value::as_array).is_some_and(|urls| !urls.is_empty())
            || media.contains(".nondistributable.")
            || media.contains(".foreign.");
        parts.push(Part {
            digest,
            size: descriptor.get("size").and_then(Value::as_u64),
            optional: elsewhere || inline.is_some(),
        });
    }
    (parts, faults)
}
