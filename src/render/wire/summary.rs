//! A report in numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::keyword::Threshold;
use crate::model;
use crate::render::Options;
use crate::render::tally::Tally;

/// Findings by severity, without suppressed ones.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct BySeverity {
    /// Critical ones.
    critical: u64,
    /// High ones.
    high: u64,
    /// Medium ones.
    medium: u64,
    /// Low ones.
    low: u64,
}

/// Claims by verdict. Absent if there are none.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Claims {
    /// Those that the repository agrees with.
    upheld: usize,
    /// Those that it disagrees with.
    contradicted: usize,
    /// Those without evidence.
    no_evidence: usize,
    /// Those that could not be decided.
    unverifiable: usize,
}

impl Claims {
    /// Those of `report`; nothing if it has no claims.
    fn of(report: &model::Report) -> Option<Self> {
        let [(_, upheld), (_, contradicted), (_, no_evidence), (_, unverifiable)] =
            model::Claim::count(&report.claims);
        (!report.claims.is_empty()).then_some(Self { upheld, contradicted, no_evidence, unverifiable })
    }

    /// All of them.
    pub(in crate::render) fn total(&self) -> usize {
        let counts = [self.upheld, self.contradicted, self.no_evidence, self.unverifiable];
        counts.into_iter().fold(0, usize::saturating_add)
    }
}

/// Enabled checks by how they ended.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Checks {
    /// All of them.
    pub(in crate::render) total: u64,
    /// Those that found nothing.
    clean: u64,
    /// Those with findings.
    found: u64,
    /// Those with nothing to look at.
    not_applicable: u64,
    /// Those that could not run.
    not_checked: u64,
    /// Those that broke while running.
    failed: u64,
}

/// The difference to an earlier report. Absent if nothing was compared.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Difference {
    /// Findings that the earlier one does not have; they alone fail the run.
    new: u64,
    /// Findings that both have.
    known: u64,
    /// Findings that only the earlier one has.
    pub(in crate::render) gone: u64,
}

/// The report in numbers.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Summary<'a> {
    /// True if there are no problems, every enabled check ran to its end, and no file was left unchecked. If not, a
    /// report without findings does not mean that there are none.
    complete: bool,
    /// The lowest severity that fails the run; `none` if no finding does.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<String>", extend("enum" = ["none", "low", "medium", "high", "critical"])))]
    pub(in crate::render) fail_on: Option<Threshold>,
    /// Findings.
    pub(in crate::render) findings: u64,
    by_severity: BySeverity,
    /// Suppressed findings.
    pub(in crate::render) suppressed: usize,
    /// Findings that are not reported since they were there before what was scanned. Absent if there are none, or
    /// nothing was compared.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::render) known_before: usize,
    /// Problems.
    pub(in crate::render) problems: usize,
    /// Notices.
    pub(in crate::render) notices: usize,
    /// Files that were not checked.
    #[serde(default)]
    pub(in crate::render) not_checked: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::render) claims: Option<Claims>,
    pub(in crate::render) checks: Checks,
    /// Files scanned.
    pub(in crate::render) files: u64,
    /// Bytes of those files.
    pub(in crate::render) bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::render) history: Option<Cow<'a, model::Examined>>,
    /// How many files were skipped, by reason; reasons that did not occur are left out.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, std::num::NonZeroU64>"))]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "$ref": "#/$defs/SkipReason" })))]
    skipped: BTreeMap<Cow<'a, str>, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::render) compared: Option<Difference>,
}

/// Whether a count says nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl<'a> Summary<'a> {
    pub(in crate::render) fn of(report: &'a model::Report, options: &Options) -> Self {
        let tally = Tally::of(report);
        let [critical, high, medium, low] = tally.by_severity.map(|(_, count)| count);
        let outcomes = &tally.outcomes;
        Self {
            complete: tally.is_whole(report),
            fail_on: Some(Threshold(options.fail_on)),
            findings: tally.findings(),
            by_severity: BySeverity { critical, high, medium, low },
            suppressed: report.suppressed.len(),
            known_before: report.known_before,
            problems: report.problems.len(),
            notices: report.notices.len(),
            not_checked: report.not_checked.len(),
            claims: Claims::of(report),
            checks: Checks {
                total: outcomes.total(),
                clean: outcomes.clean,
                found: outcomes.found,
                not_applicable: outcomes.not_applicable,
                not_checked: outcomes.not_checked,
                failed: outcomes.failed,
            },
            files: report.coverage.files,
            bytes: report.coverage.bytes,
            history: report.coverage.history.as_ref().map(Cow::Borrowed),
            skipped: tally.skipped.iter().map(|(reason, count)| (reason.key().into(), *count)).collect(),
            compared: options.compared.as_ref().map(|compared| Difference {
                new: compared.count_new(),
                known: compared.count_known(),
                gone: compared.gone.len() as u64,
            }),
        }
    }
}
