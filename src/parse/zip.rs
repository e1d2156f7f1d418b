//! The headers in front of the files of a zip archive.

/// What a header starts with.
pub const HEADER: &[u8] = b"PK\x03\x04";
const HEADER_LEN: usize = 30;
/// The method of a file that is not packed.
pub const STORED: u16 = 0;
/// The method of a deflated file.
pub const DEFLATED: u16 = 8;
/// The flag of an encrypted file.
pub const ENCRYPTED: u16 = 1;

/// The header in front of a file.
#[derive(Debug)]
pub struct Header<'a> {
    /// Bit 0: encrypted; bit 3: written as a stream.
    pub flags: u16,
    /// How it is packed.
    pub method: u16,
    /// Bytes that it takes in the archive, if the header says.
    pub packed: Option<usize>,
    /// Its name, as it stands there: no path.
    pub name: &'a [u8],
    /// Where its content starts.
    pub start: usize,
}

/// The header at `at`; `None` if what stands there is none.
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
        // Written as a stream: the length stands behind the content.
        0 if flags & 8 != 0 => None,
        size => Some(size as usize),
    };
    Some(Header { flags, method, packed: packed.filter(|packed| *packed <= room), name, start })
}

/// The packed size in the extra field of large archives.
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
