//! "Did you mean": the nearest known name.

/// Minimum similarity of suggestions.
const ALIKE: f64 = 0.82;

/// The most similar of `known` to `name`.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, candidate), candidate))
        .filter(|(alike, _)| *alike >= ALIKE)
        // The first of equals, independent of map order.
        .fold(None, |best: Option<(f64, &str)>, this| match best {
            Some(best) if best.0 >= this.0 => Some(best),
            _ => Some(this),
        })
        .map(|(_, candidate)| candidate)
}

/// `, did you mean …?` for an unknown name, or empty.
#[must_use]
pub fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(name, known).map_or_else(String::new, |meant| format!(", did you mean `{meant}`?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = ["exclude", "max-file-size", "fail-on", "checks"];
        assert_eq!(nearest("exlude", known), Some("exclude"));
        assert_eq!(nearest("max_file_size", known), Some("max-file-size"));
        assert_eq!(nearest("CHECKS", known), Some("checks"));
        assert_eq!(nearest("timeout", known), None);
        assert_eq!(nearest("", known), None);
    }
}
