//! Sizes as people write them: `10MiB`, `500kB`, `4096`.

/// The number of bytes that `text` says.
///
/// # Errors
/// What would be right.
pub fn parse(text: &str) -> Result<u64, String> {
    let wanted = || "a size such as 10MiB, 500kB or 4096".to_owned();
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ => return Err(wanted()),
    };
    let number: u64 = number.parse().map_err(|_| wanted())?;
    match number.checked_mul(factor) {
        Some(0) => Err("a size of at least 1 byte".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err(wanted()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_with_and_without_units() {
        assert_eq!(parse("4096"), Ok(4096));
        assert_eq!(parse("10MiB"), Ok(10 << 20));
        assert_eq!(parse("10 mib"), Ok(10 << 20));
        assert_eq!(parse("2M"), Ok(2 << 20));
        assert_eq!(parse("500kB"), Ok(500_000));
        assert_eq!(parse("3GB"), Ok(3_000_000_000));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "MiB",
            "-1",
            "1.5MiB",
            "10 apples",
            "0",
            "0MiB",
            "99999999999999999999",
            "18446744073709551615k",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
