//! The verdict on one signature, for people.

use std::io::{self, Write};

use super::page::{ERROR, GOOD, Page, WARNING};
use super::signatures::by;
use crate::model::text::escaped;
use crate::model::{Signer, Standing};
use crate::render::Options;
use crate::render::verdict::Verdict;

/// Writes `verdict` for people: what it is first, then who, when and what was proven.
///
/// # Errors
/// What `out` says.
pub fn write(verdict: &Verdict, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(options, out);
    let style = match verdict.standing {
        Standing::Verified => GOOD,
        Standing::Invalid => ERROR,
        Standing::UnexpectedIdentity | Standing::Inconclusive => WARNING,
    };
    page.heading(style, verdict.standing.words(), &escaped(&verdict.artifact))?;
    let mut place = format!("{} ({})", escaped(&verdict.signature), verdict.form);
    if let Some(line) = verdict.line {
        place = format!("{}:{line} ({})", escaped(&verdict.signature), verdict.form);
    }
    page.arrow(2, &place)?;
    page.detail(2, "why", &escaped(&verdict.reason))?;
    if let Some(signer) = &verdict.signer {
        page.detail_unwrapped(2, "signed by", &escaped(&by(signer)))?;
        if let Signer::Identity { repository: Some(repository), .. } = signer {
            page.detail_unwrapped(2, "built for", &escaped(repository))?;
        }
    }
    if let Some(time) = &verdict.time {
        page.detail(2, "signed at", &format!("{time}, at the latest"))?;
    }
    verdict.evidence.iter().try_for_each(|evidence| page.detail(2, "evidence", &escaped(evidence)))?;
    verdict.others.iter().try_for_each(|other| {
        let (standing, line) = (other.standing.words(), other.line);
        page.detail(
            2,
            "also",
            &escaped(&format!("{standing}: {} at line {line}: {}", other.form, other.reason)),
        )
    })
}
