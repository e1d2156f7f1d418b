//! The order of versions: turned round, it is the other way round.
#![no_main]

use bartizan::parse::lockfile::Ecosystem;
use bartizan::parse::version::compare;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|versions: (&str, &str)| {
    let (a, b) = versions;
    for ecosystem in Ecosystem::ALL {
        assert_eq!(compare(ecosystem, a, b), compare(ecosystem, b, a).map(std::cmp::Ordering::reverse));
    }
});
