//! Randomness of strings: a model of spelling in source code.
//!
//! The score compares two explanations of a string: the model of words and identifiers
//! (letters after two letters, classes of characters after two classes), and an even draw from
//! the alphabet that the string uses. It is the difference of their costs in bits: above zero
//! chance explains the string better, and each further bit halves the doubt. Long strings of
//! digits and separators cost both the same, so dates and versions stay near zero.

/// Surprises in sixteenths of a bit, as `examples/train_rarity.rs` writes them: at a letter after two
/// others, at `(a * 27 + b) * 26 + letter`, 26 standing for no letter; then, from [`CLASSES`], at a class
/// of byte after two others, at `(a * 4 + b) * 4 + class`: 0 other, 1 lower, 2 upper, 3 digit. Learned from
/// 509,610 distinct words in the sources of Cargo's registry folder.
static MODEL: &[u8; CLASSES + 64] = include_bytes!("rarity.model");
/// Where the classes start.
const CLASSES: usize = 27 * 27 * 26;

/// Bits by which chance explains `text` better than spelling does. A short word in front
/// (`EXO…`, `live_…`) is a kind's own prefix as often as not, so the rest is assessed alone, too.
#[must_use]
pub fn score(text: &[u8]) -> f32 {
    let whole = spelled(text) - drawn(text);
    let rest = &text[prefix(text)..];
    if rest.len() < 12 || rest.len() == text.len() { whole } else { whole.max(spelled(rest) - drawn(rest)) }
}

/// Bytes of a leading word of letters with what separates it from the rest.
fn prefix(text: &[u8]) -> usize {
    let letters = text.iter().take(9).take_while(|b| b.is_ascii_alphabetic()).count();
    let separator = usize::from(matches!(text.get(letters), Some(b'_' | b'-' | b'.' | b':')));
    let shouted = letters >= 3 && text[..letters].iter().all(u8::is_ascii_uppercase);
    if (1..9).contains(&letters) && (separator == 1 || shouted) { letters + separator } else { 0 }
}

/// The cost of `text` under the model, in bits.
fn spelled(text: &[u8]) -> f32 {
    let mut sixteenths = 0u32;
    let (mut a, mut b) = (26usize, 26usize);
    let (mut c, mut d) = (0usize, 0usize);
    for byte in text {
        let (class, within) = match byte {
            b'a'..=b'z' => (1, 0),
            b'A'..=b'Z' => (2, 0),
            b'0'..=b'9' => (3, 53),
            _ => (0, 40),
        };
        sixteenths += u32::from(MODEL[CLASSES + c * 16 + d * 4 + class]) + within;
        (c, d) = (d, class);
        let letter = if matches!(class, 1 | 2) { usize::from(byte.to_ascii_lowercase() - b'a') } else { 26 };
        if letter < 26 {
            sixteenths += u32::from(MODEL[(a * 27 + b) * 26 + letter]);
        }
        (a, b) = (b, letter);
    }
    sixteenths as f32 / 16.0
}

/// The cost of `text` as an even draw from the smallest usual alphabet that holds it.
fn drawn(text: &[u8]) -> f32 {
    let has = |test: fn(&u8) -> bool| text.iter().any(test);
    let hex = text.iter().all(u8::is_ascii_hexdigit);
    let (lower, upper, digit) =
        (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit));
    let symbols = text.iter().filter(|b| !b.is_ascii_alphanumeric()).count();
    let alphabet = match () {
        () if hex && !(lower && upper) => 16.0,
        () if !lower && !upper => 10.0,
        () => {
            26.0 * (f32::from(u8::from(lower)) + f32::from(u8::from(upper)))
                + 10.0 * f32::from(u8::from(digit))
        }
    };
    // Separators are cheap: what stands between them is what counts.
    (text.len() - symbols) as f32 * f32::log2(alphabet) + symbols as f32 * 4.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_strings_score_high_and_words_low() {
        let random: &[&str] = &[
            "kX9dPq27TzLmWv4s",
            "9f86d081884c7d659a2f",
            "zmigewsanbbsdf59xnmduzypjc",
            "lvgc8bfdd3kzfy326hqg",
            "HXe8DGg1iJd2AopzyxkFB7F2",
        ];
        let spelled: &[&str] = &[
            "getAccessToken",
            "user_password_field",
            "SalesResults-1.2",
            "AuthenticationProvider",
            "my-secret-value",
            "INVALID_TOKEN_ERROR",
            "prod-key-vault-name",
        ];
        for text in random {
            assert!(score(text.as_bytes()) > 14.0, "{text}: {}", score(text.as_bytes()));
        }
        for text in spelled {
            assert!(score(text.as_bytes()) < 4.0, "{text}: {}", score(text.as_bytes()));
        }
    }
}
