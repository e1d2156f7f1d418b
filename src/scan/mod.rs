//! The conductor of one repository.

pub mod registry;
pub mod verify;
