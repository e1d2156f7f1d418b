//! Claims, for people: a line with the counts by verdict, and each of them with `-v`.

use std::io;

use super::page::{NOTICE, Page};
use crate::model::text::escaped;
use crate::model::{Claim, Report};
use crate::render::place::position;
use crate::render::words;

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.claims.is_empty() {
        return Ok(());
    }
    if page.options.verbose > 0 {
        for claim in &report.claims {
            let line = format!("{}: {}", position(&claim.place), escaped(&claim.reason));
            page.heading(NOTICE, &format!("claim[{}]", claim.ruling.as_str()), &line)?;
        }
    }
    let more = if page.options.verbose > 0 { "" } else { " (`bartizan policy` lists them)" };
    writeln!(page.out, "{}{more}", sentence(&report.claims))?;
    page.blank()
}

/// `12 claims of the policy: 8 upheld, 1 contradicted, 3 unverifiable`
pub(in crate::render) fn sentence(claims: &[Claim]) -> String {
    let parts: Vec<String> = Claim::count(claims)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(ruling, count)| format!("{} {}", words::number(count as u64), ruling.words()))
        .collect();
    let total = words::counted(claims.len() as u64, "claim of the policy", "claims of the policy");
    format!("{total}: {}", parts.join(", "))
}
