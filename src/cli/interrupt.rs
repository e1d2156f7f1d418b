//! Ctrl-C while there is a line about the progress: the line goes, and the program ends as it does without one,
//! by the signal. What it writes is written aside and renamed, so that nothing else has to be taken back.

use std::sync::atomic::{AtomicBool, Ordering};

static CAME: AtomicBool = AtomicBool::new(false);

/// True once somebody has pressed Ctrl-C: nothing more is to be drawn.
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
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                CAME.store(true, Ordering::SeqCst);
                // To the start of the line, and clear it; show the cursor. Nobody is left to tell if that fails.
                let _ = io::stderr().lock().write_all(b"\r\x1b[2K\x1b[?25h");
                let _ = emulate_default_handler(signal);
            }
        });
    });
}

/// The system ends the program, and its line stays.
#[cfg(not(unix))]
pub(super) fn watch() {}
