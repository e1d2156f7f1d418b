//! Bills of materials: the readers.

mod quality;
mod readers;
