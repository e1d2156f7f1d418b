//! t

mod cli;
mod import;
mod render;
#[cfg(unix)]
mod source;
