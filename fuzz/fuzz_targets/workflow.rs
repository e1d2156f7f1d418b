//! YAML and workflows: any bytes are read or told why not, lines and places are those of the text, and every check of
//! workflows holds out. An edit that is said to be certain leaves a workflow that can be read as far as before.
#![no_main]

use bartizan::model::{RepoPath, applied};
use bartizan::parse::{workflow, yaml};
use bartizan_fuzz::{Memory, report};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 5] = [
    ".github/workflows/ci.yml",
    ".github/workflows/call.yml",
    "action.yml",
    ".github/dependabot.yml",
    ".pre-commit-config.yaml",
];

fuzz_target!(|text: &[u8]| {
    let lines = 1 + text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    let fits = |line: u32| line >= 1 && usize::try_from(line).is_ok_and(|line| line <= lines + 1);
    if let Err(mistake) = yaml::read(text) {
        assert!(fits(mistake.line), "{mistake:?}");
    }
    for read in [workflow::github(text), workflow::action(text), workflow::gitlab(text)].into_iter().flatten()
    {
        for (job, step) in read.steps() {
            assert!(fits(job.line) && fits(step.line));
            assert!(step.span.end <= text.len() && step.span.start <= step.span.end);
            for expression in step.run.iter().flat_map(workflow::Text::expressions) {
                assert!(expression.span.end <= text.len());
                let _ = expression.parse();
            }
        }
    }
    let files = NAMES.iter().map(|name| (RepoPath::from(*name), text.to_vec())).collect();
    let report = report(&Memory(files)).expect("memory can be read");
    for finding in report.findings.iter().flat_map(bartizan::model::Finding::parts) {
        assert!(finding.place.span.end <= text.len(), "{finding:?}");
        if let Some(fix) = &finding.fix {
            let after = applied(text, &fix.edits.iter().collect::<Vec<_>>());
            assert!(workflow::github(&after).is_ok() || workflow::github(text).is_err(), "{fix:?}");
        }
    }
});
