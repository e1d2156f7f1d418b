//! The claims of a policy, one by one: what `bartizan policy` writes.

use std::io::{self, Write};

use super::human::claims::sentence;
use super::markdown::{code, text};
use super::place::position;
use super::{Format, Options, render};
use crate::model::text::escaped;
use crate::model::{Claim, Missing, Report};

/// Writes the claims of `report`, and nothing else for people; JSON and HTML are the report as `bartizan scan` writes it.
///
/// # Errors
/// What `out` says.
pub fn list(report: &Report, format: Format, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human(report, out),
        Format::Markdown => markdown(report, out),
        other => render(report, other, options, out),
    }
}

fn none(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "no claim of a security policy that bartizan can check")
}

/// What is needed to decide it.
const fn taken(missing: Missing) -> &'static str {
    match missing {
        Missing::History => "the whole history, with `fetch-depth: 0`",
        Missing::Network => "the network",
        Missing::Person => "a person",
    }
}

fn human(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.claims.is_empty() {
        return none(out);
    }
    for claim in &report.claims {
        let verdict = claim.ruling.as_str();
        writeln!(
            out,
            "{}: {verdict} ({}): {}",
            position(&claim.place),
            escaped(&claim.kind),
            escaped(&claim.reason)
        )?;
        for place in &claim.evidence {
            let note = place.note.as_deref().unwrap_or("here");
            writeln!(out, "    evidence: {}: {}", position(place), escaped(note))?;
        }
        for fact in &claim.facts {
            writeln!(out, "    evidence: {}", escaped(fact))?;
        }
        if let Some(missing) = claim.missing {
            writeln!(out, "    needs {}", taken(missing))?;
        }
    }
    writeln!(out, "\n{}", sentence(&report.claims))
}

fn markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.claims.is_empty() {
        return none(out);
    }
    writeln!(out, "### Claims of the security policy\n\n{}.\n", text(&sentence(&report.claims)))?;
    writeln!(out, "| | claim | why | evidence |\n|---|---|---|---|")?;
    for claim in &report.claims {
        let evidence: Vec<String> = claim
            .evidence
            .iter()
            .map(|place| code(&position(place)))
            .chain(claim.facts.iter().map(|fact| text(fact)))
            .collect();
        let missing =
            claim.missing.map_or_else(String::new, |missing| format!(" (needs {})", taken(missing)));
        writeln!(
            out,
            "| {} | {} {} | {}{} | {} |",
            sign(claim),
            code(&position(&claim.place)),
            text(&claim.kind),
            text(&claim.reason),
            text(&missing),
            evidence.join("<br>")
        )?;
    }
    Ok(())
}

fn sign(claim: &Claim) -> String {
    text(claim.ruling.as_str())
}
