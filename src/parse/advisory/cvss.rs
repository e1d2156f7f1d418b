//! CVSS scores, and the severity that they stand for.

use std::str::FromStr as _;

use cvss::Cvss;

use super::Advisory;
use crate::model::Severity;

/// The score of a vector of version 2, 3.0, 3.1 or 4.0, from 0 to 10.
#[must_use]
pub fn score(vector: &str) -> Option<f64> {
    // A version 2 vector may be parenthesised and has no prefix.
    let vector = vector.trim().trim_start_matches('(').trim_end_matches(')');
    let required: &[&str] = match vector.get(..7) {
        Some("CVSS:3.") => &["AV", "AC", "PR", "UI", "S", "C", "I", "A"],
        Some("CVSS:4.") => &["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"],
        _ => &["AV", "AC", "Au", "C", "I", "A"],
    };
    // An incomplete vector would get a wrong score.
    let has = |metric: &&str| vector.split('/').any(|part| part.split(':').next() == Some(metric));
    if !required.iter().all(has) {
        return None;
    }
    let parsed = match vector.strip_prefix("CVSS:2.0/") {
        Some(rest) => cvss::v2::Vector::from_str(rest).ok().map(Cvss::CvssV20),
        None if vector.starts_with("AV:") => cvss::v2::Vector::from_str(vector).ok().map(Cvss::CvssV20),
        None => Cvss::from_str(vector).ok(),
    };
    parsed.map(|parsed| parsed.score()).filter(|score| (0.0..=10.0).contains(score))
}

/// The score of an advisory: that of its vector, or the database's own rating.
#[must_use]
pub fn advisory_score(advisory: &Advisory) -> Option<f64> {
    let rated = || advisory.rated.as_deref().and_then(|rated| rated.parse().ok());
    advisory.cvss.as_deref().and_then(score).or_else(rated)
}

/// The severity of a CVSS 3 or 4 score; `none`, 0.0, is low.
#[must_use]
pub fn severity(score: f64) -> Severity {
    match score {
        score if score >= 9.0 => Severity::Critical,
        score if score >= 7.0 => Severity::High,
        score if score >= 4.0 => Severity::Medium,
        _ => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::{score, severity};
    use crate::model::Severity;

    #[test]
    fn each_version_is_scored() {
        for (vector, wanted) in [
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5),
            ("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", 10.0),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", 5.9),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
        ] {
            assert_eq!(score(vector), Some(wanted), "{vector}");
        }
        for vector in ["CVSS:5.0/AV:N", "", "CVSS:3.1/AV:N", "AV:"] {
            assert_eq!(score(vector), None, "{vector}");
        }
    }

    #[test]
    fn scores_have_a_severity() {
        let parsed = [0.0, 3.9, 4.0, 7.0, 8.9, 9.0].map(severity);
        use Severity::{Critical, High, Low, Medium};
        assert_eq!(parsed, [Low, Low, Medium, High, High, Critical]);
    }
}
