//! Everything that is tested from outside: the rooms together, the program, the tree itself.

mod cli;
mod fixtures;
mod render;
#[cfg(unix)]
mod source;
mod tidy;
