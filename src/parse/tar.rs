//! The files of a tar archive: ustar, with the long names of GNU and POSIX.

use std::io::{self, Read};

const BLOCK: usize = 512;
/// The most bytes of a record that holds a name.
const RECORD_MAX: u64 = 64 * 1024;

/// How an archive ends.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// With its end, or with the last of its files.
    Whole,
    /// In the middle, with something that is no header, or because the budget is spent.
    Early,
}

/// Calls `file` with name and content of each regular file, until it gives false. Names are as they stand
/// in the archive, with `..` and all: they are no paths.
///
/// # Errors
/// What `archive` says.
pub fn walk(archive: &mut dyn Read, file: &mut dyn FnMut(&[u8], &mut dyn Read) -> bool) -> io::Result<End> {
    let mut long_name: Option<Vec<u8>> = None;
    let mut closed = false;
    loop {
        let mut header = [0; BLOCK];
        match fill(archive, &mut header)? {
            BLOCK => {}
            0 => return Ok(End::Whole),
            _ => return Ok(if closed { End::Whole } else { End::Early }),
        }
        if header == [0; BLOCK] {
            // The end; but archives can be joined, and then more follows.
            closed = true;
            continue;
        }
        let Some(size) = size(&header).filter(|_| sums_up(&header)) else {
            return Ok(if closed { End::Whole } else { End::Early });
        };
        let padded = size.checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX);
        let mut content = Read::take(&mut *archive, padded);
        match header[156] {
            b'L' | b'x' => {
                let mut record = Vec::new();
                content.by_ref().take(size.min(RECORD_MAX)).read_to_end(&mut record)?;
                long_name = if header[156] == b'L' {
                    Some(until_nul(&record).to_vec())
                } else {
                    pax_path(&record).map(<[u8]>::to_vec).or(long_name)
                };
            }
            b'0' | 0 | b'7' | b'S' => {
                let name = long_name.take().unwrap_or_else(|| name(&header));
                if !file(&name, &mut content.by_ref().take(size)) {
                    return Ok(End::Early);
                }
            }
            b'K' | b'g' => {}
            // Directories, links and devices have no content of their own.
            _ => long_name = None,
        }
        io::copy(&mut content, &mut io::sink())?;
        if content.limit() > 0 {
            return Ok(End::Early);
        }
    }
}

/// Fills `buffer` as far as there are bytes; gives how many there were.
fn fill(archive: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match archive.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

fn name(header: &[u8; BLOCK]) -> Vec<u8> {
    let (name, prefix) = (until_nul(&header[..100]), until_nul(&header[345..500]));
    // GNU keeps other things where POSIX has the prefix.
    if prefix.is_empty() || &header[257..263] != b"ustar\0" {
        name.to_vec()
    } else {
        [prefix, b"/", name].concat()
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}

/// The size of the content: octal digits, or a big-endian number marked by the high bit.
fn size(header: &[u8; BLOCK]) -> Option<u64> {
    let field = &header[124..136];
    if field[0] & 0x80 != 0 {
        return (field[..4] == [0x80, 0, 0, 0])
            .then(|| field[4..].iter().fold(0, |size, byte| size << 8 | u64::from(*byte)));
    }
    octal(field)
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_start();
    let digits = &digits[..digits.iter().take_while(|byte| byte.is_ascii_digit()).count()];
    digits
        .iter()
        .try_fold(0, |number: u64, digit| (*digit < b'8').then(|| number << 3 | u64::from(digit - b'0')))
}

/// True if the header's checksum is right.
fn sums_up(header: &[u8; BLOCK]) -> bool {
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
        .sum();
    octal(&header[148..156]) == Some(sum)
}

/// The `path` of a record of POSIX, which is made of lines `LENGTH KEY=VALUE`.
fn pax_path(mut record: &[u8]) -> Option<&[u8]> {
    while !record.is_empty() {
        let space = memchr::memchr(b' ', record)?;
        let length: usize = std::str::from_utf8(&record[..space]).ok()?.parse().ok()?;
        let line = record.get(space + 1..length)?;
        if let Some(path) = line.strip_prefix(b"path=") {
            return path.strip_suffix(b"\n");
        }
        record = &record[length..];
    }
    None
}
