//! The `json` format: the whole report as one document, for programs.

use std::io::{self, Write};

use super::Options;
use super::safe::SafeJson;
use super::wire::Document;
use crate::model::Report;

/// The JSON Schema of the `json` format; its `$defs/line` describes a line of `jsonl`.
#[must_use]
pub fn report_schema() -> &'static str {
    include_str!("report.schema.json")
}

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(SafeJson::new(out), &Document::of(report, options))?;
    out.write_all(b"\n")
}
