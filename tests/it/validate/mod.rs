//! `bartizan validate`: what is sent to whom, what answers mean, and that nothing else does it.

mod cost;
mod program;
mod server;
mod silent;
mod states;
