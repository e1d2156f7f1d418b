//! Package URLs in their canonical form, as ECMA-427 spells it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but letters, digits and `.-_~:` is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');

/// `pkg:kind/namespace/name@version?qualifiers`; none without a name. The namespace is what stands
/// before the last slash of `name`. Qualifiers come sorted by their keys.
#[must_use]
pub fn purl(kind: &str, name: &str, version: &str, qualifiers: &[(&str, &str)]) -> Option<String> {
    let mut segments: Vec<&str> = name.split('/').filter(|segment| !segment.is_empty()).collect();
    let last = segments.pop()?;
    let mut out = format!("pkg:{kind}/");
    for segment in segments {
        out.extend(utf8_percent_encode(segment, ENCODED));
        out.push('/');
    }
    out.extend(utf8_percent_encode(last, ENCODED));
    if !version.is_empty() {
        out.push('@');
        out.extend(utf8_percent_encode(version, ENCODED));
    }
    let mut qualifiers = qualifiers.to_vec();
    qualifiers.retain(|(_, value)| !value.is_empty());
    qualifiers.sort_unstable();
    for (at, (key, value)) in qualifiers.into_iter().enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(key);
        out.push('=');
        out.extend(utf8_percent_encode(value, ENCODED));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::purl;

    #[test]
    fn the_canonical_form() {
        let told = |kind, name, version, qualifiers: &[(&str, &str)]| {
            purl(kind, name, version, qualifiers).unwrap_or_default()
        };
        assert_eq!(told("cargo", "tin", "1.0.0", &[]), "pkg:cargo/tin@1.0.0");
        assert_eq!(told("cargo", "tin-sys", "0.1.0+2.3", &[]), "pkg:cargo/tin-sys@0.1.0%2B2.3");
        assert_eq!(told("npm", "@tin/zinc", "1.0.0", &[]), "pkg:npm/%40tin/zinc@1.0.0");
        assert_eq!(told("golang", "example.org/a//b", "v1", &[]), "pkg:golang/example.org/a/b@v1");
        assert_eq!(
            told("cargo", "tin", "1.0.0", &[("vcs_url", "git+https://example.org/t@0a"), ("empty", "")]),
            "pkg:cargo/tin@1.0.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Ft%400a"
        );
        assert_eq!(told("cargo", "a?b#c@d e", "", &[]), "pkg:cargo/a%3Fb%23c%40d%20e");
        assert_eq!(purl("cargo", "", "1", &[]), None);
        assert_eq!(purl("cargo", "/", "1", &[]), None);
    }
}
