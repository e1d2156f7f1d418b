//! URLs with a password, wherever one may stand.
#![no_main]

use bartizan::engine::url;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|hay: &[u8]| {
    for at in (0..hay.len().saturating_sub(2)).filter(|at| &hay[*at..at + 3] == b"://") {
        if let Some(login) = url::login(hay, at) {
            let password = login.password_start..login.password_start + login.password.len();
            assert_eq!(&hay[password.clone()], login.password);
            assert!(login.start <= password.start && password.end <= login.end && login.end <= hay.len());
            let _ = (url::is_stand_in(&login), url::is_example_host(login.host), url::is_local_host(login.host));
        }
    }
});
