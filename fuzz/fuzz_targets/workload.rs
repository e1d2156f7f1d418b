//! Compose files and manifests: any bytes are read, or why not is said, places are those of the text, and every check of containers
//! holds out.
#![no_main]

use bartizan::model::{RepoPath, Span};
use bartizan::parse::workload::{Read, compose, interpolated, kubernetes};
use bartizan_fuzz::{Memory, report};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 3] = ["compose.yml", "base/common.yml", "deploy/app.yaml"];

/// Asserts that all that was read stands in `text`.
fn lies_in(read: &Read, text: &[u8]) {
    let fits = |span: Span| assert!(span.start <= span.end && span.end <= text.len(), "{span:?}");
    for workload in &read.workloads {
        fits(workload.at);
        workload.namespaces.iter().for_each(|(_, span)| fits(*span));
        workload.mounts.iter().for_each(|mount| fits(mount.source.span));
        for container in &workload.containers {
            fits(container.at);
            container.image.iter().chain(&container.added).for_each(|word| fits(word.span));
            container.variables.iter().for_each(|variable| fits(variable.value.span));
            container.ports.iter().for_each(|port| fits(port.span));
        }
    }
    for word in
        read.rules.iter().flat_map(|rule| rule.groups.iter().chain(&rule.resources).chain(&rule.verbs))
    {
        fits(word.span);
    }
    let lines = 1 + text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    for mistake in &read.unread {
        assert!(mistake.line >= 1 && mistake.line as usize <= lines + 1, "{mistake:?}");
    }
}

fuzz_target!(|text: &[u8]| {
    lies_in(&compose::read(text), text);
    lies_in(&kubernetes::read(text), text);
    if let Ok(text) = std::str::from_utf8(text) {
        let meant = interpolated(text);
        assert!(meant.text.len() <= text.len());
    }
    let files = NAMES.iter().map(|name| (RepoPath::from(*name), text.to_vec())).collect();
    let report = report(&Memory(files)).expect("memory can be read");
    for finding in report.findings.iter().flat_map(bartizan::model::Finding::parts) {
        assert!(finding.place.span.end <= text.len(), "{finding:?}");
    }
});
