//! A text that is looked at in steps shows what it shows as a whole, wherever steps and pieces meet.
#![no_main]

use std::sync::LazyLock;

use bartizan::engine::place::{Before, Lines};
use bartizan::engine::{Engine, Hit, Run, Text};
use bartizan::model::{Blob, RepoPath, Span};
use bartizan_fuzz::NOW;
use libfuzzer_sys::fuzz_target;

/// All checks but those that read a file as a whole, which steps are not.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let checks = bartizan::scan::registry::all().into_iter();
    Engine::new(checks.filter(|check| !matches!(check.run, Run::Named { .. })).collect(), Some(NOW))
});

/// Each hit and the line that is shown of it.
fn told(text: &[u8], before: Before, hits: &[Hit], masked: &[(Span, usize)]) -> Vec<String> {
    let bytes = before.bytes;
    let lines = Lines::within(text, before);
    let shown = |span: Span| (!span.is_empty()).then(|| (lines.region(span), lines.snippet(span, masked)));
    let moved = |span: Span| (span.start + bytes, span.end + bytes);
    hits.iter().map(|hit| format!("{:?} {} {:?}", moved(hit.span), hit.check, shown(hit.span))).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let [step, piece, text @ ..] = bytes else { return };
    let path = RepoPath::from("notes.txt");
    let blob = Blob { path: &path, bytes: text, tracked: true };
    let Text::Scanned { text: read, hits, masked, .. } = ENGINE.scan(&blob) else { return };
    if read.as_ref() != text {
        return; // UTF-16, which is decoded before it gets here.
    }
    let mut whole = told(text, Before::default(), &hits, &masked);
    let (mut steps, mut pieces) = (Vec::new(), text.chunks(1 + usize::from(*piece)));
    let looked = ENGINE.scan_parts(
        (&path, true),
        1 + usize::from(*step),
        &mut |to| {
            to.extend_from_slice(pieces.next().unwrap_or_default());
            Ok(pieces.len() > 0)
        },
        &mut |part| {
            steps.extend(told(part.text, part.before, &part.hits, part.masked));
            true
        },
    );
    assert_eq!(looked.expect("it is in memory").bytes, text.len());
    whole.sort();
    steps.sort();
    assert_eq!(whole, steps);
});
