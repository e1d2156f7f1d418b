//! t

mod render;
