//! The built-in rules, as tables generated at build time.

use std::borrow::Cow;

use super::charset::CharSet;
use super::request::{Companion, Condition, Fact, Needs, Request, Source};
use super::rule::{Matcher, Proof, Rule};
use super::shape::{Part, Shape};
use crate::model::{Confidence, Severity};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
