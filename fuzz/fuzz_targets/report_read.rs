//! Reports in JSON and JSON lines: any bytes are a report or are not, without a panic; what is read can be
//! rendered in every format, and comes out of JSON as it went in.
#![no_main]

use bartizan::render::read::read;
use bartizan::render::{Compared, Format, Options, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reread = match read(bytes) {
        Ok(reread) => reread,
        Err(why) => {
            let why = why.to_string();
            assert!(!why.is_empty() && !why.contains(char::is_control));
            return;
        }
    };
    let options = |compared| Options {
        version: reread.version,
        compared,
        verbose: 1,
        ..Options::plain(reread.fail_on.flatten())
    };
    let options = options(reread.compared.clone());
    let of = |report: &_, format| {
        let mut out = Vec::new();
        render(report, format, &options, &mut out).expect("memory can be written to");
        out
    };
    for format in Format::ALL {
        assert!(!of(&reread.report, format).is_empty());
    }
    let json = of(&reread.report, Format::Json);
    // Names that are only told in hexadecimal digits, and such odds, are put right by the first pass.
    let again = read(&json).expect("what is written can be read");
    assert_eq!(of(&again.report, Format::Json), json);
    let (compared, _) = Compared::of(&again.report, &reread.report);
    assert!(compared.new.iter().all(|new| !new));
});
