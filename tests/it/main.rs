//! t

mod cli;
mod render;
#[cfg(unix)]
mod source;
