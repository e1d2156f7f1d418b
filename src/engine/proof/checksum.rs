//! Checksums that formats carry in themselves.

use super::Verdict;

const VALID: &str = "checksum valid";
const INVALID: &str = "checksum does not match: not a token that was ever issued, or an altered one";

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// GitHub and npm: the last six characters are the CRC32, in base 62, of the characters between
/// the prefix (up to the last `_` before them) and them.
pub(super) fn crc32_base62(value: &[u8]) -> Verdict {
    let Some(body_end) = value.len().checked_sub(6) else { return Verdict::Silent };
    let body_start = memchr::memrchr(b'_', &value[..body_end]).map_or(0, |at| at + 1);
    let mut rest = crc32fast::hash(&value[body_start..body_end]);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    Verdict::from_test(value[body_end..] == digits, VALID, INVALID)
}

/// Grafana and Atlassian: the last eight characters are the CRC32 in hexadecimal of all before
/// them. Grafana writes the bytes in little-endian order, and leaves the `_` before them out.
pub(super) fn crc32_hex(value: &[u8]) -> Verdict {
    let Some(body_end) = value.len().checked_sub(8) else { return Verdict::Silent };
    let (body, stated) = value.split_at(body_end);
    let Ok(stated) = u32::from_str_radix(&String::from_utf8_lossy(stated), 16) else {
        return Verdict::Failed(INVALID.to_owned());
    };
    let holds = [body, body.strip_suffix(b"_").unwrap_or(body)].iter().any(|body| {
        let sum = crc32fast::hash(body);
        stated == sum || stated == sum.swap_bytes()
    });
    Verdict::from_test(holds, VALID, INVALID)
}

pub(super) fn bech32(value: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(value) else { return Verdict::Failed(INVALID.to_owned()) };
    // age and nostr both use the original bech32; keys longer than 90 characters exist (age's
    // post-quantum ones), so the length limit of segwit addresses is not applied.
    let holds = ::bech32::primitives::decode::CheckedHrpstring::new::<LongBech32>(text).is_ok()
        || ::bech32::primitives::decode::CheckedHrpstring::new::<::bech32::Bech32m>(text).is_ok();
    Verdict::from_test(holds, VALID, INVALID)
}

/// Bech32 without a limit on its length.
enum LongBech32 {}

impl ::bech32::Checksum for LongBech32 {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = 4096;
    const CHECKSUM_LENGTH: usize = <::bech32::Bech32 as ::bech32::Checksum>::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = <::bech32::Bech32 as ::bech32::Checksum>::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = <::bech32::Bech32 as ::bech32::Checksum>::TARGET_RESIDUE;
}

pub(super) fn base58_check(value: &[u8]) -> Verdict {
    Verdict::from_test(bs58::decode(value).with_check(None).into_vec().is_ok(), VALID, INVALID)
}

/// Stellar: base32 whose last two bytes are the CRC16 of the rest, least significant first.
pub(super) fn strkey(value: &[u8]) -> Verdict {
    Verdict::from_test(base32_crc16(value).is_some(), VALID, INVALID)
}

/// NATS: the same, and the first byte says "seed".
pub(super) fn nkey(value: &[u8]) -> Verdict {
    const SEED: u8 = 18 << 3;
    let holds =
        base32_crc16(value).is_some_and(|bytes| bytes.first().is_some_and(|first| first & 0xf8 == SEED));
    Verdict::from_test(holds, VALID, INVALID)
}

fn base32_crc16(value: &[u8]) -> Option<Vec<u8>> {
    let mut specification = data_encoding::BASE32_NOPAD.specification();
    specification.check_trailing_bits = false;
    let bytes = specification.encoding().ok()?.decode(value).ok()?;
    let (body, sum) = bytes.split_last_chunk::<2>()?;
    (crc16(body) == u16::from_le_bytes(*sum)).then(|| body.to_vec())
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 },
        )
    })
}

pub(super) fn bip39(value: &[u8]) -> Verdict {
    let words =
        String::from_utf8_lossy(value).split_ascii_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    Verdict::from_test(
        ::bip39::Mnemonic::parse_normalized(&words).is_ok(),
        "words and checksum valid",
        INVALID,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_vectors() {
        let passed = |verdict| matches!(verdict, Verdict::Passed(_));
        assert!(passed(crc32_base62(
            &[b"npm_".as_slice(), &made(b"wWx0J3kQ9sVbT7rE2yUiPzLcA5dNhF")].concat()
        )));
        // bartizan:allow npm-access-token made up for this test
        assert!(!passed(crc32_base62(b"npm_wWx0J3kQ9sVbT7rE2yUiPzLcA5dNhF000000")));
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert!(passed(bip39(
            b"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
        )));
        assert!(
            passed(base58_check(b"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")),
            "an address from the format's own description"
        );
        assert!(passed(bech32(b"A12UEL5L")), "the first vector of BIP-173");
        assert!(!passed(bech32(b"A12UEL5M")));
    }

    fn made(body: &[u8]) -> Vec<u8> {
        let mut rest = crc32fast::hash(body);
        let mut digits = [b'0'; 6];
        for digit in digits.iter_mut().rev() {
            *digit = BASE62[(rest % 62) as usize];
            rest /= 62;
        }
        [body, &digits].concat()
    }
}
