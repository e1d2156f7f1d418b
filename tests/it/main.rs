//! t

mod cli;
mod render;
