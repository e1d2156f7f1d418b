//! Sets of ASCII bytes: the alphabets that tokens are written in.

/// A set of ASCII bytes as a bitmap; bytes above 127 are never members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CharSet(pub u64, pub u64);

impl CharSet {
    /// No byte at all.
    pub const EMPTY: Self = Self(0, 0);

    /// True if `byte` is in the set.
    #[inline]
    #[must_use]
    pub const fn has(self, byte: u8) -> bool {
        let word = if byte < 64 { self.0 } else { self.1 };
        byte < 128 && (word >> (byte & 63)) & 1 == 1
    }

    /// The set with `byte` added; bytes above 127 are left out.
    #[must_use]
    pub const fn with(self, byte: u8) -> Self {
        match byte {
            0..64 => Self(self.0 | 1 << byte, self.1),
            64..128 => Self(self.0, self.1 | 1 << (byte - 64)),
            _ => self,
        }
    }

    /// The set with the bytes of `text` added.
    #[must_use]
    pub const fn with_all(self, text: &[u8]) -> Self {
        let mut set = self;
        let mut at = 0;
        while at < text.len() {
            set = set.with(text[at]);
            at += 1;
        }
        set
    }

    /// The set with the bytes from `first` to `last` added.
    #[must_use]
    pub const fn with_range(self, first: u8, last: u8) -> Self {
        let mut set = self;
        let mut byte = first;
        while byte <= last {
            set = set.with(byte);
            byte += 1;
        }
        set
    }

    /// How many bytes are in the set.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones() + self.1.count_ones()
    }

    /// True if no byte is in the set.
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0 && self.1 == 0
    }

    /// Length of the run of members at the start of `bytes`, at most `max`.
    #[inline]
    #[must_use]
    pub fn run(self, bytes: &[u8], max: usize) -> usize {
        bytes.iter().take(max).take_while(|b| self.has(**b)).count()
    }

    /// Length of the run of members at the end of `bytes`, at most `max`.
    #[inline]
    #[must_use]
    pub fn run_at_end(self, bytes: &[u8], max: usize) -> usize {
        let least = bytes.len().saturating_sub(max);
        let mut start = bytes.len();
        while start > least && self.has(bytes[start - 1]) {
            start -= 1;
        }
        bytes.len() - start
    }
}

/// Space and tab
pub const BLANK: CharSet = CharSet::EMPTY.with_all(b" \t");
/// 0-9
pub const DIGIT: CharSet = CharSet::EMPTY.with_range(b'0', b'9');
/// 0-9a-f
pub const HEX: CharSet = DIGIT.with_range(b'a', b'f');
/// 0-9a-fA-F
pub const ANY_HEX: CharSet = HEX.with_range(b'A', b'F');
/// A-Za-z
pub const LETTER: CharSet = CharSet::EMPTY.with_range(b'a', b'z').with_range(b'A', b'Z');
/// a-z0-9
pub const LOWER: CharSet = DIGIT.with_range(b'a', b'z');
/// A-Z0-9
pub const UPPER: CharSet = DIGIT.with_range(b'A', b'Z');
/// A-Za-z0-9
pub const ALNUM: CharSet = LETTER.with_range(b'0', b'9');
/// A-Za-z0-9_-
pub const WORD: CharSet = ALNUM.with_all(b"_-");
/// A-Za-z0-9_-. : what names of keys and settings are made of
pub const NAME: CharSet = WORD.with(b'.');
/// A-Za-z0-9+-. : what the scheme of a URL is made of
pub const SCHEME: CharSet = ALNUM.with_all(b"+-.");
/// A-Za-z0-9_ : what an identifier is made of
pub const IDENT: CharSet = ALNUM.with(b'_');
/// A-Za-z0-9+/
pub const BASE64: CharSet = ALNUM.with_all(b"+/");
/// A-Z2-7
pub const BASE32: CharSet = CharSet::EMPTY.with_range(b'A', b'Z').with_range(b'2', b'7');
/// base58, the Bitcoin alphabet
pub const BASE58: CharSet =
    CharSet::EMPTY.with_all(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
/// Printable, without blanks, quotes, backquote, backslash, comma, semicolon, `<` and `>`
pub const PRINTABLE: CharSet = ALNUM.with_all(b"!#$%&()*+-./:=?@[]^_{|}~");

/// The alphabet that shapes call `name`.
#[must_use]
pub fn named(name: &str) -> Option<CharSet> {
    Some(match name {
        "D" => DIGIT,
        "H" => HEX,
        "X" => ANY_HEX,
        "T" => LETTER,
        "L" => LOWER,
        "U" => UPPER,
        "A" => ALNUM,
        "W" => WORD,
        "B" => BASE64,
        "S32" => BASE32,
        "B58" => BASE58,
        "P" => PRINTABLE,
        _ => return None,
    })
}
