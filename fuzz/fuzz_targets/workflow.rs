//! YAML and workflows: any bytes are read or told why not, and lines are those of the text.
#![no_main]

use bartizan::parse::{workflow, yaml};
use libfuzzer_sys::fuzz_target;

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
        }
    }
});
