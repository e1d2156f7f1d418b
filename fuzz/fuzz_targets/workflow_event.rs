//! Payloads of events: whatever they claim, what comes out are ids and a plain name of a branch.
#![no_main]

use bartizan::parse::event::{Event, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &str| {
    for name in ["pull_request", "pull_request_target", "merge_group", "push", "schedule"] {
        if let Ok(Event::Push { default_branch, .. }) = read(name, payload, "o/r") {
            assert!(!default_branch.starts_with('-') && !default_branch.contains(['\n', ' ', ':', '^']));
        }
    }
});
