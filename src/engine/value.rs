//! Classifies values: random, placeholder, template, reference.

use super::charset::{self, CharSet};
use super::rarity;

/// Shannon entropy in bits a byte.
#[must_use]
pub fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let total = value.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f32 / total;
            -share * share.log2()
        })
        .sum()
}

/// Bits a byte below which a value of `set` is too regular to be random; scales with the length,
/// because a short value cannot show all of its alphabet.
#[must_use]
pub fn entropy_floor(set: CharSet, length: usize) -> f32 {
    (set.len().max(2) as f32).min(length as f32).log2() * 0.7
}

/// Words that people put where a secret will stand.
const STAND_INS: &[&str] = &[
    "example",
    "xxxx",
    "****",
    "your",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "placeholder",
    "redacted",
    "dummy",
    "insert",
    "replace",
    "fixme",
    "todo",
    "notreal",
    "not-real",
    "not_real",
    "sanitized",
    "fake",
    "sample",
    "invalid",
];

/// The letters and signs that those words start with.
const STARTS: CharSet = {
    let (mut set, mut at) = (CharSet::EMPTY, 0);
    while at < STAND_INS.len() {
        set = set.with(STAND_INS[at].as_bytes()[0]);
        at += 1;
    }
    set
};

/// True for a placeholder: `xxxx…`, `1234567890…`, `your-key`.
#[must_use]
pub fn is_placeholder(value: &[u8]) -> bool {
    is_stand_in(value) || is_regular(value)
}

/// True if the value is a textual placeholder: `your-key`, `<example>`, `ab...`.
#[must_use]
pub fn is_stand_in(value: &[u8]) -> bool {
    // In a long random value some four-letter word stands by accident.
    let lower = value[..value.len().min(100)].to_ascii_lowercase();
    if contains(value, b"...") || contains(value, "…".as_bytes()) {
        return true;
    }
    // Word for word at each place: to prepare a search for each word takes longer than a value is.
    (0..lower.len()).filter(|at| STARTS.has(lower[*at])).any(|at| {
        let rest = &lower[at..];
        STAND_INS.iter().map(|word| word.as_bytes()).any(|word| {
            word[0] == rest[0]
                && rest.starts_with(word)
                && (word.len() > SHORT || tells(value, at, word.len()))
        })
    })
}

/// Letters of a word that may stand in a random value by accident.
const SHORT: usize = 5;

/// True if the short word at `at` is meant: it stands alone between separators, or chance does not explain the value.
fn tells(value: &[u8], at: usize, length: usize) -> bool {
    let is_end = |byte: Option<&u8>| {
        byte.is_none_or(|b| matches!(b, b'_' | b'-' | b' ' | b'.' | b'<' | b'>' | b'/' | b':'))
    };
    let sign = !value[at].is_ascii_alphabetic()
        || value[at..at + length].iter().all(|b| b.eq_ignore_ascii_case(&b'x'));
    let bounded =
        at.checked_sub(1).is_none_or(|before| is_end(value.get(before))) && is_end(value.get(at + length));
    sign || bounded || rarity::score(&value[..value.len().min(100)]) < CHANCE
}

/// Bits of rarity from which chance explains a value.
const CHANCE: f32 = 12.0;

/// True if the value is a sequence or a repetition: `abcdefgh`, `1234567890`, `aaaaaaaa`, `f00df00d`.
#[must_use]
pub fn is_regular(value: &[u8]) -> bool {
    let distinct = value.iter().fold(CharSet::EMPTY, |all, byte| all.with(*byte)).len();
    let (mut ascending, mut descending, mut repeated) = (1usize, 1usize, 1usize);
    let (mut longest_sequence, mut longest_repeat) = (1, 1);
    for pair in value.windows(2) {
        // `AbCdEfGh` counts up as well.
        let lower = [pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase()];
        ascending = if counts_up(lower) { ascending + 1 } else { 1 };
        descending = if lower[0] == lower[1].wrapping_add(1) { descending + 1 } else { 1 };
        repeated = if pair[0] == pair[1] { repeated + 1 } else { 1 };
        longest_sequence = longest_sequence.max(ascending).max(descending);
        // A run of `A` in base64 is a run of zero bytes, which binary formats have.
        if pair[1] != b'A' || value.len() < 40 {
            longest_repeat = longest_repeat.max(repeated);
        }
    }
    // In a longer value a short sequence is a sign of a made-up one, see [`looks_made_up`].
    (longest_sequence >= 8 && (longest_sequence >= 12 || in_sequences(value) * 2 >= value.len()))
        || longest_repeat >= 8
        || (value.len() >= 12 && distinct <= 4)
        || is_periodic(value)
}

/// True if the second of two bytes (lower case) is next to the first on a keyboard that counts:
/// `8`, `9`, `a`; `z`, `0`; `f`, `0` in hexadecimal.
const fn counts_up(pair: [u8; 2]) -> bool {
    pair[1] == pair[0].wrapping_add(1)
        || matches!(pair, [b'9', b'0' | b'a'] | [b'z', b'0' | b'a'] | [b'f', b'0'])
}

/// True if the value looks typed by hand: adjacent or interleaved sequences
/// (`abcd1234efgh5678`, `a1b2c3d4e5f6`). Less sure than [`is_regular`], so it lowers and does not
/// hide.
#[must_use]
pub fn looks_made_up(value: &[u8]) -> bool {
    value.len() >= 12
        && (in_sequences(value) * 2 >= value.len()
            || is_interleaved(value)
            || is_periodic(value)
            || longest_sequence(value) >= 8)
}

/// True if a value that [`is_regular`] was put together from several sequences or repeats a long
/// unit (`abcd1234abcd1234`): with a provider's name it is still reported, lowered by [`looks_made_up`]. One sequence
/// or one symbol (`1234567890abcdef`, `xxxx`) is not.
#[must_use]
pub fn is_composed(value: &[u8]) -> bool {
    let distinct = value.iter().fold(CharSet::EMPTY, |all, byte| all.with(*byte)).len();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let longest = longest_sequence(value);
    value.len() >= 12
        && distinct >= 8
        && digits >= 3
        && digits < value.len()
        && longest < 10
        && (in_sequences(value) * 3 >= value.len() * 2 || is_interleaved(value) || is_periodic(value))
}

/// The length of the longest run that counts up.
fn longest_sequence(value: &[u8]) -> usize {
    let (mut longest, mut run) = (1, 1);
    for pair in value.windows(2) {
        run =
            if counts_up([pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase()]) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

/// Bytes that stand in runs of four or more which count up or down.
fn in_sequences(value: &[u8]) -> usize {
    let (mut total, mut up, mut down) = (0, 1, 1);
    for pair in value.windows(2) {
        let step = i16::from(pair[1]) - i16::from(pair[0]);
        up = if step == 1 || pair == b"90" { up + 1 } else { 1 };
        down = if step == -1 { down + 1 } else { 1 };
        total += match up.max(down) {
            0..=3 => 0,
            4 => 4,
            _ => 1,
        };
    }
    total
}

/// True if two sequences take turns: `a1b2c3d4e5f6`.
fn is_interleaved(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let mut run = 0;
    let mut longest = 0;
    for triple in lower.windows(3) {
        let follows =
            triple[2] == triple[0] + u8::from(triple[0] < 0xff) || (triple[0] == b'9' && triple[2] == b'0');
        let turns = triple[0].is_ascii_digit() != triple[1].is_ascii_digit();
        run = if follows && turns { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest >= 6
}

/// True if the value is a short unit repeated at least three times.
fn is_periodic(value: &[u8]) -> bool {
    (1..=value.len() / 3).take(12).any(|period| value.iter().zip(&value[period..]).all(|(a, b)| a == b))
}

/// True if the value is filled in later: `${X}`, `{{ x }}`, `%X%`, `<token>`, `$(cmd)`, `#{x}`.
#[must_use]
pub fn is_template(value: &[u8]) -> bool {
    let is_mark = |pair: &[u8]| {
        matches!(
            pair,
            [b'$' | b'#' | b'@' | b'{', b'{'] | [b'$' | b'%', b'('] | b"}}" | b"<%" | b"%>" | b"[["
        )
    };
    if value.windows(2).any(is_mark) {
        return true;
    }
    if between(value).is_some_and(|middle| !middle.is_empty()) {
        return true;
    }
    match value {
        [b'$', first, ..] => {
            charset::LETTER.has(*first) && value[1..].iter().all(|b| charset::IDENT.has(*b) || *b == b'$')
        }
        _ => false,
    }
}

/// What stands between the marks of a template that are all around a value: `%X%`, `<token>`, `__X__`.
#[must_use]
pub fn between(value: &[u8]) -> Option<&[u8]> {
    match value {
        [b'%', middle @ .., b'%']
        | [b'<', middle @ .., b'>']
        | [b'{', middle @ .., b'}']
        | [b'@', middle @ .., b'@']
        | [b'_', b'_', middle @ .., b'_', b'_']
        | [b'[', middle @ .., b']'] => Some(middle),
        _ => None,
    }
}

/// True if the value names a place where the secret is kept: `op://…`, `vault:…`, `process.env.X`.
#[must_use]
pub fn is_reference(value: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[
        b"op://",
        b"vault:",
        b"ssm:",
        b"awssm:",
        b"arn:aws:",
        b"gcp-secret:",
        b"sm://",
        b"secretref:",
        b"keyvault:",
        b"azurekeyvault:",
        b"ref+",
        b"doppler://",
        b"bws://",
        b"keychain:",
        b"file:",
        b"env:",
        b"env.",
        b"process.env",
        b"os.environ",
        b"os.getenv",
        b"getenv",
        b"system.getenv",
        b"environment.",
        b"secrets.",
        b"vars.",
        b"var.",
        b"local.",
        b"data.",
        b"module.",
        b"!ref",
        b"!sub",
        b"!getatt",
        b"@microsoft.keyvault",
        b"projects/",
        b"enc[",
        b"encrypted:",
        b"{cipher}",
        b"enc(",
        b"$ansible_vault",
        b"vault_",
        b"lookup(",
    ];
    const FIRST: CharSet = {
        let (mut set, mut at) = (CharSet::EMPTY, 0);
        while at < STARTS.len() {
            set = set.with(STARTS[at][0]);
            at += 1;
        }
        set
    };
    let starts =
        |start: &&[u8]| value.get(..start.len()).is_some_and(|value| value.eq_ignore_ascii_case(start));
    value.first().is_some_and(|first| FIRST.has(first.to_ascii_lowercase())) && STARTS.iter().any(starts)
}

/// True for what only opens with a key that is elsewhere (SOPS, dotenvx, Vault's transit, age, Ansible's vault,
/// EJSON, eyaml, Jasypt, Spring, KMS), and for hashes.
#[must_use]
pub fn is_sealed(text: &[u8]) -> bool {
    const FORMS: &[&[u8]] = &[
        b"{ssha",
        b"{sha",
        b"{crypt}",
        b"{bcrypt}",
        b"{md5}",
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$1$",
        b"$5$",
        b"$6$",
        b"$y$",
        b"$apr1$",
        b"$argon2",
        b"$ansible_vault",
        b"pbkdf2",
        b"sha256$",
        b"sha512$",
        b"md5$",
        b"enc(",
        b"enc[",
        b"ej[1:",
        b"{cipher}",
        b"{aes}",
        b"encrypted(",
        b"encrypted:",
        b"encrypted/",
        b"sops:",
        b"vault:",
        b"age1",
        b"age-encryption.org/",
        b"aqicah",
        b"-----begin public",
        b"-----begin cert",
        b"-----begin age",
        b"-----begin pgp message",
    ];
    let Some(first) = text.first().map(u8::to_ascii_lowercase) else { return false };
    let is_start = |form: &[u8]| {
        form[0] == first && text.get(..form.len()).is_some_and(|head| head.eq_ignore_ascii_case(form))
    };
    // What kubeseal writes is long and starts with the length of a key.
    let sealed_secret = text.len() >= 300 && text.starts_with(b"Ag");
    // Maven and Jenkins write what they encrypted between braces.
    let braces = matches!(text, [b'{', inner @ .., b'}'] if inner.len() >= 8
        && inner.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')));
    FORMS.iter().any(|form| is_start(form))
        || braces
        || sealed_secret
        || text.len() == 36 && text.starts_with(b"00000000-")
}

/// True if `needle` occurs in `hay`.
#[must_use]
pub fn contains(hay: &[u8], needle: &[u8]) -> bool {
    // Most are values, too short for the preparations of a searcher.
    let Some((first, rest)) = needle.split_first() else { return true };
    if hay.len() > 64 {
        return memchr::memmem::find(hay, needle).is_some();
    }
    memchr::memchr_iter(*first, hay).any(|at| hay[at + 1..].starts_with(rest))
}

/// True if a token drawn from `set` is as random as chance makes it: `floor` bits a byte (0 for
/// the alphabet's own), letters and digits mixed where the alphabet has both.
#[must_use]
pub fn is_random(value: &[u8], set: CharSet, floor: f32) -> bool {
    let floor = if floor > 0.0 { floor } else { entropy_floor(set, value.len()) };
    if is_regular(value) || entropy(value) < floor {
        return false;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let wants_both = set.has(b'5') && set.has(b'c') || set.has(b'5') && set.has(b'C');
    !wants_both || value.len() < 12 || (digits > 0 && letters > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for text in [
            "xxxxxxxxxxxxxxxx",
            "1234567890abcdef1234567890abcdef",
            "your-api-key-here",
            "abcdefghijklmnop",
            "AKIAEXAMPLE",
            "f00df00df00df00d",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in ["kX9dPq27TzLmWv4s", "4f9a0c7be21d8836", "hunter2", "Tr0ub4dor&3"] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn made_up_values_are_known() {
        for text in ["a1B2c3D4e5F6g7H8i9J0", "abcd1234efgh5678ijkl9012", "ABCD0123EFGH4567"] {
            assert!(looks_made_up(text.as_bytes()) && !is_regular(text.as_bytes()), "{text}");
        }
        assert!(!looks_made_up(b"kX9dPq27TzLmWv4s") && !looks_made_up(b"4f9a0c7be21d8836"));
    }

    #[test]
    fn composed_values_are_not_mere_stand_ins() {
        for text in ["abcd1234abcd1234abcd1234", "zyxw9876vuts5432rqpo1098", "1a2b3c4d5e6f7g8h9i0j"] {
            assert!(is_composed(text.as_bytes()), "{text}");
        }
        for text in ["1234567890abcdef", "xxxxxxxxxxxxxxxx", "AbCdEfGhIjKlMnOpQrStUv", "kX9dPq27TzLmWv4s"] {
            assert!(!is_composed(text.as_bytes()), "{text}");
        }
        assert!(is_regular(b"AbCdEfGhIjKlMnOpQrStUv") && !is_regular(b"kX9dPq27TzLmWv4s"));
    }

    #[test]
    fn templates_and_references_are_known() {
        for text in ["${TOKEN}", "{{ token }}", "%TOKEN%", "<token>", "$TOKEN", "#{token}", "__TOKEN__"] {
            assert!(is_template(text.as_bytes()), "{text}");
        }
        for text in
            ["op://vault/item", "process.env.TOKEN", "arn:aws:secretsmanager:eu", "ENC[AES256_GCM,data:x]"]
        {
            assert!(is_reference(text.as_bytes()), "{text}");
        }
        assert!(!is_template(b"pa$$word") && !is_reference(b"varnish"));
    }

    #[test]
    fn entropy_of_one_symbol_is_nothing() {
        assert!(entropy(b"aaaa").abs() < f32::EPSILON);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-6);
    }
}
