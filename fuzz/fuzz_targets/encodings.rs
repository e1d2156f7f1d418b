//! Text that stands encoded in a text: whatever it is, what is seen lies in the text around it.
#![no_main]

use std::fmt::Write as _;

use bartizan::model::{Blob, RepoPath};
use bartizan_fuzz::{ENGINE, lies_in_its_text};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let each = |form: &dyn Fn(&mut String, u8)| {
        let mut all = String::new();
        rest.iter().for_each(|byte| form(&mut all, *byte));
        all
    };
    let encoded = match first % 9 {
        0 => BASE64.encode(rest),
        1 => BASE64URL_NOPAD.encode(rest),
        2 => HEXLOWER.encode(rest),
        3 => HEXUPPER.encode(rest),
        4 => each(&|all, byte| _ = write!(all, "\\x{byte:02x}")),
        5 => each(&|all, byte| _ = write!(all, "\\u{{{byte:x}}}")),
        6 => each(&|all, byte| _ = write!(all, "%{byte:02X}")),
        7 => BASE64.encode(BASE64.encode(rest).as_bytes()),
        _ => String::from_utf8_lossy(rest).into_owned(),
    };
    // In lines, and between quotes that are not always closed.
    let width = 1 + usize::from(first / 9) * 8;
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(width.max(8)).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    for text in [format!("token = \"{encoded}\"\n"), format!("data: |\n  {}\n", lines.join("\n  "))] {
        let path = RepoPath::from("a.yaml");
        lies_in_its_text(&ENGINE.scan(&Blob { path: &path, bytes: text.as_bytes(), tracked: true }));
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        lies_in_its_text(&ENGINE.scan(&Blob { path: &path, bytes: &wide, tracked: true }));
    }
});
