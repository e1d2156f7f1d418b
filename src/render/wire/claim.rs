//! The shape of a claim in the `json` and `jsonl` formats.

use serde::Serialize;

use super::Place;
use crate::model;

#[derive(Serialize)]
pub(in crate::render) struct Claim<'a> {
    verdict: &'static str,
    kind: &'a str,
    check: &'a str,
    place: Place<'a>,
    evidence: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    facts: &'a [String],
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
}

impl<'a> From<&'a model::Claim> for Claim<'a> {
    fn from(claim: &'a model::Claim) -> Self {
        Self {
            verdict: claim.ruling.as_str(),
            kind: &claim.kind,
            check: &claim.check,
            place: (&claim.place).into(),
            evidence: claim.evidence.iter().map(Place::from).collect(),
            facts: &claim.facts,
            reason: &claim.reason,
            missing: claim.missing.map(model::Missing::as_str),
        }
    }
}

/// How many claims end in each way.
#[derive(Serialize)]
pub(in crate::render) struct Counts {
    upheld: usize,
    contradicted: usize,
    no_evidence: usize,
    unverifiable: usize,
}

impl Counts {
    /// Those of `report`; nothing if it has no claims.
    pub(super) fn of(report: &model::Report) -> Option<Self> {
        let [(_, upheld), (_, contradicted), (_, no_evidence), (_, unverifiable)] =
            model::Claim::count(&report.claims);
        (!report.claims.is_empty()).then_some(Self { upheld, contradicted, no_evidence, unverifiable })
    }
}
