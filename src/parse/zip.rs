//! The headers of the files in a zip archive.

/// The signature of a local file header.
pub const HEADER: &[u8] = b"PK\x03\x04";
const HEADER_LEN: usize = 30;
/// The method of a stored file.
pub const STORED: u16 = 0;
/// The method of a deflated file.
pub const DEFLATED: u16 = 8;
/// The flag of an encrypted file.
pub const ENCRYPTED: u16 = 1;

/// A local file header.
#[derive(Debug)]
pub struct Header<'a> {
    /// Bit 0: encrypted; bit 3: written as a stream.
    pub flags: u16,
    /// Its compression method.
    pub method: u16,
    /// Its compressed size, if the header has it.
    pub packed: Option<usize>,
    /// Its raw name: not a path.
    pub name: &'a [u8],
    /// Further fields.
    pub extra: &'a [u8],
    /// The offset of its content.
    pub start: usize,
}

/// The header at `at`; `None` if it is not one.
#[must_use]
pub fn header(bytes: &[u8], at: usize) -> Option<Header<'_>> {
    let fixed = bytes.get(at..at + HEADER_LEN)?;
    let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
    let (flags, method) = (short(6), short(8));
    if method > 99 {
        return None;
    }
    let name_start = at + HEADER_LEN;
    let name = bytes.get(name_start..name_start + usize::from(short(26)))?;
    let start = name_start + name.len() + usize::from(short(28));
    let room = bytes.len().checked_sub(start)?;
    let extra = &bytes[name_start + name.len()..start];
    let packed = match long(18) {
        u32::MAX => long_size(extra),
        // Streamed: the size follows the content.
        0 if flags & 8 != 0 => None,
        size => Some(size as usize),
    };
    Some(Header { flags, method, packed: packed.filter(|packed| *packed <= room), name, extra, start })
}

/// The signature of a central directory entry.
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_LEN: usize = 46;
/// The signature of the end of the central directory.
const END: &[u8] = b"PK\x05\x06";
const END_LEN: usize = 22;
/// The longest archive comment when searching for an archive appended to other data.
const COMMENT_MAX: usize = 1024;

/// A part of an archive that is neither a local file header nor content.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The name of a file in the central directory.
    Name(&'a [u8]),
    /// Anything else: fields, comments, gaps.
    Rest(&'a [u8]),
}

/// Splits the bytes between files, or after the last one.
pub fn parts<'a>(bytes: &'a [u8], visit: &mut dyn FnMut(Part<'a>)) {
    let short = |at: usize| match bytes.get(at..at + 2) {
        Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
        _ => 0,
    };
    let field = |start: usize, len: usize| {
        let start = start.min(bytes.len());
        &bytes[start..(start + len).min(bytes.len())]
    };
    let finder = memchr::memmem::Finder::new(b"PK");
    let (mut done, mut at) = (0, 0);
    while let Some(found) = finder.find(&bytes[at..]) {
        at += found;
        let (fixed, fields) = match bytes.get(at..at + 4) {
            Some(ENTRY) => (ENTRY_LEN, [short(at + 28), short(at + 30), short(at + 32)]),
            Some(END) => (END_LEN, [0, 0, short(at + 20)]),
            _ => {
                at += 2;
                continue;
            }
        };
        visit(Part::Rest(&bytes[done..at]));
        visit(Part::Rest(field(at + 4, fixed - 4)));
        let [name, extra, comment] = fields;
        let start = at + fixed;
        visit(Part::Name(field(start, name)));
        visit(Part::Rest(field(start + name, extra)));
        visit(Part::Rest(field(start + name + extra, comment)));
        at = (start + name + extra + comment).min(bytes.len());
        done = at;
    }
    visit(Part::Rest(&bytes[done..]));
}

/// True if `bytes` end like an archive, whatever they start with: a program may precede it.
#[must_use]
pub fn ends_like_one(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(END_LEN + COMMENT_MAX)..];
    let is_end = |at: usize| {
        let comment = tail.get(at + 20..at + END_LEN).map(|len| u16::from_le_bytes([len[0], len[1]]));
        comment.is_some_and(|comment| at + END_LEN + usize::from(comment) == tail.len())
    };
    memchr::memmem::rfind(tail, END).is_some_and(is_end)
}

/// The compressed size in the ZIP64 extra field.
fn long_size(mut extra: &[u8]) -> Option<usize> {
    while let [id_low, id_high, low, high, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let field = rest.get(..length)?;
        if u16::from_le_bytes([*id_low, *id_high]) == 1 {
            let size = field.get(8..16)?.first_chunk::<8>()?;
            return usize::try_from(u64::from_le_bytes(*size)).ok();
        }
        extra = &rest[length..];
    }
    None
}
