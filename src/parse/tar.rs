//! Reads tar archives: ustar, with the long names of GNU and POSIX.

use std::io::{self, Read};

const BLOCK: usize = 512;
/// The largest record with a name.
const RECORD_MAX: u64 = 64 * 1024;
/// How many bytes after the end of an archive are read.
const BEHIND_MAX: u64 = 1 << 20;

/// How an archive ends.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// With an end marker.
    Whole,
    /// Behind one of its files, without an end marker: what comes in as a stream may have been cut off there.
    Unmarked,
    /// In the middle: with an invalid header, or because the budget is spent.
    Early,
}

/// The parts of an archive except file contents.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The name of an entry, its link target or owner.
    Name(&'a [u8]),
    /// Anything else: records, unused fields, padding, data after the end.
    Rest(&'a [u8]),
}

/// Calls `file` with name and content of each regular file, until it returns false. Names are as stored, including
/// `..`: they are not paths.
///
/// # Errors
/// An error of `archive`.
pub fn walk(archive: &mut dyn Read, file: &mut dyn FnMut(&[u8], &mut dyn Read) -> bool) -> io::Result<End> {
    walk_all(archive, file, &mut |_| {})
}

/// The same, calling `others` for everything else. A non-regular entry with content counts as a file.
///
/// # Errors
/// An error of `archive`.
pub fn walk_all(
    archive: &mut dyn Read,
    file: &mut dyn FnMut(&[u8], &mut dyn Read) -> bool,
    others: &mut dyn FnMut(Part<'_>),
) -> io::Result<End> {
    let mut long_name: Option<Vec<u8>> = None;
    let (mut closed, mut is_cut) = (false, false);
    loop {
        let mut header = [0; BLOCK];
        match fill(archive, &mut header)? {
            BLOCK => {}
            0 if is_cut => return Ok(End::Early),
            0 => return Ok(if closed { End::Whole } else { End::Unmarked }),
            len => {
                others(Part::Rest(&header[..len]));
                return Ok(if closed && !is_cut { End::Whole } else { End::Early });
            }
        }
        if header == [0; BLOCK] {
            // The end; but archives can be concatenated.
            closed = true;
            continue;
        }
        let Some(size) = size(&header).filter(|_| sums_up(&header)) else {
            if !closed {
                return Ok(End::Early);
            }
            let mut rest = header.to_vec();
            archive.take(BEHIND_MAX + 1).read_to_end(&mut rest)?;
            is_cut |= rest.len() as u64 > BEHIND_MAX;
            others(Part::Rest(&rest));
            return Ok(if is_cut { End::Early } else { End::Whole });
        };
        fields(&header, others);
        let mut content = Read::take(&mut *archive, size);
        match header[156] {
            b'L' | b'x' => {
                let mut record = Vec::new();
                content.by_ref().take(RECORD_MAX).read_to_end(&mut record)?;
                is_cut |= size > RECORD_MAX;
                others(Part::Rest(&record));
                long_name = if header[156] == b'L' {
                    Some(until_nul(&record).to_vec())
                } else {
                    pax_path(&record).map(<[u8]>::to_vec).or(long_name)
                };
            }
            b'K' | b'g' => {
                let mut record = Vec::new();
                content.by_ref().take(RECORD_MAX).read_to_end(&mut record)?;
                is_cut |= size > RECORD_MAX;
                others(Part::Rest(&record));
            }
            // Directories, symlinks and devices should have no content.
            kind => {
                let name = long_name.take().unwrap_or_else(|| name(&header));
                let is_file = matches!(kind, b'0' | 0 | b'7' | b'S') || size > 0;
                if is_file && !file(&name, &mut content) {
                    return Ok(End::Early);
                }
            }
        }
        io::copy(&mut content, &mut io::sink())?;
        let is_whole = content.limit() == 0;
        let mut padding = [0; BLOCK];
        let missing = (BLOCK - (size % BLOCK as u64) as usize) % BLOCK;
        if !is_whole || fill(archive, &mut padding[..missing])? < missing {
            return Ok(End::Early);
        }
        others(Part::Rest(&padding[..missing]));
    }
}

/// Calls `others` with the text fields of a header.
fn fields(header: &[u8; BLOCK], others: &mut dyn FnMut(Part<'_>)) {
    others(Part::Name(&name(header)));
    for field in [&header[157..257], &header[265..297], &header[297..329]] {
        let name = until_nul(field);
        others(Part::Name(name));
        others(Part::Rest(&field[name.len()..]));
    }
    // The rest of the name field, and fields unused or used only by GNU.
    others(Part::Rest(&header[until_nul(&header[..100]).len()..100]));
    let is_posix = &header[257..263] == b"ustar\0";
    others(Part::Rest(&header[if is_posix { 500 } else { 345 }..]));
}

/// Fills `buffer` as far as possible; returns how many bytes were read.
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
    // GNU stores other fields in place of the POSIX prefix.
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

/// True if the header's checksum is right. Some old programs add up signed bytes.
fn sums_up(header: &[u8; BLOCK]) -> bool {
    let Some(stored) = octal(&header[148..156]).and_then(|stored| i64::try_from(stored).ok()) else {
        return false;
    };
    let (mut unsigned, mut signed) = (8 * i64::from(b' '), 8 * i64::from(b' '));
    for byte in header[..148].iter().chain(&header[156..]) {
        unsigned += i64::from(*byte);
        signed += i64::from(byte.cast_signed());
    }
    stored == unsigned || stored == signed
}

/// True if `bytes` start with a header as any program writes it. Before POSIX it had no magic number: then every field
/// has to be right, and padded with NUL, which no text is.
#[must_use]
pub fn is_one(bytes: &[u8]) -> bool {
    if bytes.get(257..262) == Some(b"ustar") {
        return true;
    }
    let Some(header) = bytes.first_chunk::<BLOCK>() else { return false };
    let is_number = |field: &[u8]| field.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0));
    header[0] != 0
        && header[345..500].iter().all(|byte| *byte == 0)
        && is_number(&header[100..156])
        && header[148..156].iter().any(u8::is_ascii_digit)
        && matches!(header[156], 0 | b'0'..=b'7')
        && size(header).is_some()
        && sums_up(header)
}

/// The `path` of a POSIX record, which has lines `LENGTH KEY=VALUE`.
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
