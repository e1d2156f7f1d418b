//! The files of a tar archive: ustar, with the long names of GNU and POSIX.

use std::io::{self, Read};

const BLOCK: usize = 512;
/// The most bytes of a record that holds a name.
const RECORD_MAX: u64 = 64 * 1024;
/// The most bytes behind the end of an archive that are taken.
const BEHIND_MAX: u64 = 1 << 20;

/// How an archive ends.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// With its end, or with the last of its files.
    Whole,
    /// In the middle, with something that is no header, or because the budget is spent.
    Early,
}

/// What stands in an archive besides the contents of its files.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The name of an entry, of what it links to, or of who owns it.
    Name(&'a [u8]),
    /// Anything else: records, unused fields, what fills up blocks or stands behind the end.
    Rest(&'a [u8]),
}

/// Calls `file` with name and content of each regular file, until it gives false. Names are as they stand
/// in the archive, with `..` and all: they are no paths.
///
/// # Errors
/// What `archive` says.
pub fn walk(archive: &mut dyn Read, file: &mut dyn FnMut(&[u8], &mut dyn Read) -> bool) -> io::Result<End> {
    walk_all(archive, file, &mut |_| {})
}

/// The same, which calls `besides` for everything else. What has a content and is no regular file is taken for one.
///
/// # Errors
/// What `archive` says.
pub fn walk_all(
    archive: &mut dyn Read,
    file: &mut dyn FnMut(&[u8], &mut dyn Read) -> bool,
    besides: &mut dyn FnMut(Part<'_>),
) -> io::Result<End> {
    let mut long_name: Option<Vec<u8>> = None;
    let (mut closed, mut is_cut) = (false, false);
    loop {
        let mut header = [0; BLOCK];
        match fill(archive, &mut header)? {
            BLOCK => {}
            0 => return Ok(if is_cut { End::Early } else { End::Whole }),
            len => {
                besides(Part::Rest(&header[..len]));
                return Ok(if closed && !is_cut { End::Whole } else { End::Early });
            }
        }
        if header == [0; BLOCK] {
            // The end; but archives can be joined, and then more follows.
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
            besides(Part::Rest(&rest));
            return Ok(if is_cut { End::Early } else { End::Whole });
        };
        fields(&header, besides);
        let mut content = Read::take(&mut *archive, size);
        match header[156] {
            b'L' | b'x' => {
                let mut record = Vec::new();
                content.by_ref().take(RECORD_MAX).read_to_end(&mut record)?;
                is_cut |= size > RECORD_MAX;
                besides(Part::Rest(&record));
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
                besides(Part::Rest(&record));
            }
            // Directories, links and devices should have no content.
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
        besides(Part::Rest(&padding[..missing]));
    }
}

/// Tells `besides` what a header says in words.
fn fields(header: &[u8; BLOCK], besides: &mut dyn FnMut(Part<'_>)) {
    besides(Part::Name(&name(header)));
    for field in [&header[157..257], &header[265..297], &header[297..329]] {
        let name = until_nul(field);
        besides(Part::Name(name));
        besides(Part::Rest(&field[name.len()..]));
    }
    // What stands behind the end of the first name, and what no format or only that of GNU has a use for.
    besides(Part::Rest(&header[until_nul(&header[..100]).len()..100]));
    let is_posix = &header[257..263] == b"ustar\0";
    besides(Part::Rest(&header[if is_posix { 500 } else { 345 }..]));
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
