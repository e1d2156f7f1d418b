//! The images that the repository names, in whatever file: each with its place.

use super::Repository;
use super::class::Class;
use crate::model::{RepoPath, Span};
use crate::parse::image::Image;

/// An image as a file names it, with what is known of variables in its name put in.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The file.
    pub path: &'a RepoPath,
    /// What the file is for.
    pub class: Class,
    /// Where the reference stands.
    pub span: Span,
    /// The reference, to be read by [`crate::parse::image::Image::parse`].
    pub text: &'a str,
}

impl Repository {
    /// Every image that is named; not those of which a part is unknown, nor stages of the same Dockerfile.
    pub fn images(&self) -> impl Iterator<Item = Named<'_>> {
        let built = self.dockerfiles.iter().flat_map(|file| {
            let named = file.file.images.iter();
            named.map(|image| Named {
                path: &file.path,
                class: file.class,
                span: image.span,
                text: &image.text,
            })
        });
        let known = |text: &str| Image::parse(text).is_some_and(|image| image.is_plain());
        let started = self.workloads.images().filter(move |(_, word)| word.known && known(&word.text));
        let started = started.map(|(placed, word)| {
            let class = Class::of(&placed.file.path);
            let is_less = class == Class::Shipped && placed.workload.is_development;
            let class = if is_less { Class::Development } else { class };
            Named { path: &placed.file.path, class, span: word.span, text: &word.text }
        });
        built.chain(started)
    }
}
