//! The exit code, decided in one place; [`Ending`] says when a scan is incomplete.

use std::process::ExitCode;

use crate::model::{Ending, Report, Severity};

/// How a run of the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, and nothing at or above the threshold.
    Clean,
    /// Done, and there is something at or above the threshold.
    Findings,
    /// Failed or incomplete; also where there are findings.
    Failed,
    /// Of a batch: wrong arguments, so that another try changes nothing.
    Misused,
    /// Of a batch: not finished, and another try may help.
    Again,
}

impl Exit {
    /// The worse of two.
    pub(super) const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Misused, _) | (_, Self::Misused) => Self::Misused,
            (Self::Again, _) | (_, Self::Again) => Self::Again,
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::Findings, _) | (_, Self::Findings) => Self::Findings,
            (Self::Clean, Self::Clean) => Self::Clean,
        }
    }

    /// How the scan that gave `report` ended.
    pub(super) fn of(report: &Report, fail_on: Option<Severity>) -> Self {
        report.ending(fail_on).into()
    }
}

impl From<Ending> for Exit {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Clean => Self::Clean,
            Ending::Findings => Self::Findings,
            Ending::Incomplete => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::from(0),
            Exit::Findings => Self::from(1),
            Exit::Failed => Self::from(2),
            Exit::Misused => Self::from(64),
            Exit::Again => Self::from(75),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;
    use crate::model::{Finding, Outcome, Place, Problem, Region, Report, Severity, Span};
    use crate::scan::registry;

    fn report(severity: Option<Severity>, problem: bool, outcome: Outcome) -> Report {
        let place = Place {
            path: "a".into(),
            span: Span::new(0, 0),
            region: Region::TOP,
            snippet: None,
            line_hash: None,
            origin: None,
            note: None,
        };
        let meta = registry::all().remove(0).meta;
        let finding = Finding::new(&meta, place, String::new(), String::new());
        let finding = severity.map(|severity| Finding { severity, ..finding });
        Report {
            checks: vec![(meta.into(), outcome)],
            findings: finding.into_iter().collect(),
            problems: if problem {
                vec![Problem { path: None, message: "broken".to_owned() }]
            } else {
                Vec::new()
            },
            ..Report::default()
        }
    }

    #[test]
    fn findings_count_from_the_threshold_on() {
        let exit = |severity, fail_on| Exit::of(&report(severity, false, Outcome::Clean), fail_on);
        let medium = Some(Severity::Medium);
        assert_eq!(exit(None, medium), Exit::Clean);
        assert_eq!(exit(Some(Severity::Low), medium), Exit::Clean);
        assert_eq!(exit(Some(Severity::Medium), medium), Exit::Findings);
        assert_eq!(exit(Some(Severity::Critical), medium), Exit::Findings);
        assert_eq!(exit(Some(Severity::Critical), None), Exit::Clean);
    }

    #[test]
    fn what_is_not_whole_has_failed_whatever_was_found() {
        for severity in [None, Some(Severity::Critical)] {
            for fail_on in [None, Some(Severity::Medium)] {
                assert_eq!(Exit::of(&report(severity, true, Outcome::Clean), fail_on), Exit::Failed);
                let failed = Outcome::Failed("a bug".to_owned());
                assert_eq!(Exit::of(&report(severity, false, failed), fail_on), Exit::Failed);
            }
        }
    }
}
