//! Signals. Ctrl-C while there is a line about the progress: the line goes, and the program ends as it does without
//! one, by the signal. What it writes is written aside and renamed, so that nothing else has to be taken back. A file
//! that grows beyond the user's limit is an error like a full disk, not the end of the program.

use std::sync::atomic::{AtomicBool, Ordering};

static CAME: AtomicBool = AtomicBool::new(false);
/// True while a run ends by itself when it is interrupted.
static IN_ORDER: AtomicBool = AtomicBool::new(false);

/// True after Ctrl-C: nothing more is to be drawn.
pub(super) fn came() -> bool {
    CAME.load(Ordering::SeqCst)
}

/// Waits for Ctrl-C and its kin from now on, for as long as the program runs.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "it waits for a signal, and does no work")]
pub(super) fn watch() {
    use std::io::{self, Write as _};
    use std::sync::Once;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without it the program ends all the same, and leaves its line behind.
        let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
        let Ok(mut signals) = Signals::new(wanted) else { return };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                CAME.store(true, Ordering::SeqCst);
                // To the start of the line, and clear it; show the cursor. A failure has no consequence.
                let _ = io::stderr().lock().write_all(b"\r\x1b[2K\x1b[?25h");
                if IN_ORDER.load(Ordering::SeqCst) {
                    continue;
                }
                let _ = emulate_default_handler(signal);
            }
        });
    });
}

/// Writing beyond the limit of `ulimit -f` fails from now on with an error, as writing to a full disk does;
/// otherwise the signal for it would end the program between two files.
#[cfg(unix)]
pub(super) fn limits_are_errors() {
    // The flag is not read: the signal needs a handler, or it would end the program.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

/// There are no such limits.
#[cfg(not(unix))]
pub(super) fn limits_are_errors() {}

/// A flag that Ctrl-C and its kin set from now on, so that a run ends in order; the second time they end the program.
#[cfg(unix)]
pub(super) fn wished() -> std::sync::Arc<AtomicBool> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;

    IN_ORDER.store(true, Ordering::SeqCst);
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)) {
        // Without a handler the program ends at once, which costs what is being scanned and nothing else.
        let _ = flag::register_conditional_shutdown(signal, 128 + signal, std::sync::Arc::clone(&stop));
        let _ = flag::register(signal, std::sync::Arc::clone(&stop));
    }
    stop
}

/// The system ends the program.
#[cfg(not(unix))]
pub(super) fn wished() -> std::sync::Arc<AtomicBool> {
    std::sync::Arc::default()
}

/// True if whoever started the program wants it to pass over this signal, as a shell does for jobs in the
/// background; as far as the system says.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "what Linux says of this very process")]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    // Signals are counted from 1.
    signal.checked_sub(1).and_then(|bit| u32::try_from(bit).ok()).is_some_and(|bit| mask >> bit & 1 == 1)
}

/// The system ends the program, and its line stays.
#[cfg(not(unix))]
pub(super) fn watch() {}
