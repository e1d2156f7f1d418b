//! A value computed on a background thread: anyone can start it early, and only the user of the value waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// The value, once requested.
pub(super) struct Later<T> {
    started: AtomicBool,
    state: Mutex<State<T>>,
}

enum State<T> {
    Idle,
    Running(JoinHandle<T>),
    Done(T),
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self { started: AtomicBool::new(false), state: Mutex::new(State::Idle) }
    }
}

impl<T: Clone + Send + 'static> Later<T> {
    /// Starts the computation, unless already started, and returns at once. Safe on pool threads: it never waits
    /// for the value.
    pub(super) fn start(&self, make: impl FnOnce() -> T + Send + 'static) {
        if self.started.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // If no thread can be started, `get` computes the value.
        if let (State::Idle, Ok(thread)) =
            (&*state, thread::Builder::new().name("database".to_owned()).spawn(make))
        {
            *state = State::Running(thread);
        }
    }

    /// The value: computed here if not started, waited for if running, and `broke` if it panicked.
    pub(super) fn get(&self, make: impl FnOnce() -> T, broke: impl FnOnce() -> T) -> T {
        self.started.store(true, Ordering::Release);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let value = match std::mem::replace(&mut *state, State::Idle) {
            State::Done(value) => value,
            State::Running(thread) => thread.join().unwrap_or_else(|_| broke()),
            State::Idle => make(),
        };
        *state = State::Done(value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::Later;

    #[test]
    fn starting_returns_before_the_value_is_there() {
        let (go, wait) = channel::<()>();
        let later = Later::default();
        later.start(move || {
            wait.recv().unwrap();
            1
        });
        // A second start does nothing, and this line is reached although the first is not over.
        later.start(|| 2);
        go.send(()).unwrap();
        assert_eq!((later.get(|| 3, || 4), later.get(|| 5, || 6)), (1, 1));
    }

    #[test]
    fn what_was_not_started_is_made_and_what_panicked_is_told() {
        let later = Later::default();
        assert_eq!((later.get(|| 3, || 4), later.get(|| 5, || 6)), (3, 3));
        let broken: Later<u8> = Later::default();
        broken.start(|| panic!("as it is meant to"));
        assert_eq!((broken.get(|| 3, || 4), broken.get(|| 5, || 6)), (4, 4));
    }
}
