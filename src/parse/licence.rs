//! Licences: licence files, the licence of a text, and the licence in a manifest.

use crate::model::Span;

/// How many bytes of a text are read.
const TEXT_MAX: usize = 64 << 10;
/// How many characters at the start may be the title.
const TITLE: usize = 600;

/// Licences by phrases that all occur in their text, in lower case, with single spaces; the flag requires the
/// first one in the title. Names are SPDX ids, without `-only` or `-or-later`.
const PHRASES: [(&str, bool, &[&str]); 23] = [
    ("AGPL-3.0", true, &["gnu affero general public license", "version 3"]),
    ("LGPL-3.0", true, &["gnu lesser general public license", "version 3"]),
    ("LGPL-2.1", true, &["gnu lesser general public license", "version 2.1"]),
    ("GPL-3.0", true, &["gnu general public license version 3"]),
    ("GPL-2.0", true, &["gnu general public license version 2"]),
    ("MPL-2.0", true, &["mozilla public license", "2.0"]),
    ("Apache-2.0", false, &["apache license", "version 2.0"]),
    (
        "MIT",
        false,
        &[
            "permission is hereby granted, free of charge, to any person obtaining a copy of this software",
            "the above copyright notice and this permission notice",
        ],
    ),
    ("BSL-1.0", true, &["boost software license"]),
    (
        "BSD-3-Clause",
        false,
        &["redistribution and use in source and binary forms", "endorse or promote products"],
    ),
    ("BSD-2-Clause", false, &["redistribution and use in source and binary forms"]),
    (
        "ISC",
        false,
        &[
            "permission to use, copy, modify, and/or distribute this software",
            "provided that the above copyright notice",
        ],
    ),
    (
        "ISC",
        false,
        &[
            "permission to use, copy, modify, and distribute this software",
            "provided that the above copyright notice",
        ],
    ),
    (
        "0BSD",
        false,
        &[
            "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted. the software",
        ],
    ),
    ("Unlicense", false, &["this is free and unencumbered software released into the public domain"]),
    ("CC0-1.0", false, &["cc0 1.0 universal"]),
    ("Zlib", false, &["altered source versions must be plainly marked as such"]),
    ("EPL-2.0", true, &["eclipse public license", "2.0"]),
    ("BUSL-1.1", true, &["business source license"]),
    ("SSPL-1.0", true, &["server side public license"]),
    ("EUPL-1.2", true, &["european union public licence"]),
    ("CC-BY-4.0", true, &["attribution 4.0 international"]),
    ("Elastic-2.0", true, &["elastic license 2.0"]),
];

/// True if a file `name` is a licence text.
#[must_use]
pub fn is_text_name(name: &[u8]) -> bool {
    const STARTS: [&[u8]; 5] = [b"LICENSE", b"LICENCE", b"COPYING", b"UNLICENSE", b"UNLICENCE"];
    const ENDS: [&[u8]; 4] = [b"-LICENSE", b"_LICENSE", b"-LICENCE", b"_LICENCE"];
    // `licence.rs` is about licences, `LICENSE.MIT` is one.
    const SOURCES: [&[u8]; 26] = [
        b"RS", b"GO", b"PY", b"JS", b"TS", b"JSX", b"TSX", b"JSON", b"YML", b"YAML", b"TOML", b"SH", b"JAVA",
        b"RB", b"C", b"H", b"CPP", b"CS", b"PHP", b"KT", b"XML", b"TMPL", b"HBS", b"CSS", b"SVG", b"PNG",
    ];
    let upper = name.to_ascii_uppercase();
    let dot = memchr::memrchr(b'.', &upper).unwrap_or(upper.len());
    let (stem, extension) = (&upper[..dot], upper.get(dot + 1..).unwrap_or_default());
    let fits = |start: &&[u8]| {
        // `LICENSES.chromium.html` and `licensed.yml` are not.
        let rest = upper.strip_prefix(*start)?;
        Some(rest.first().is_none_or(|next| !next.is_ascii_alphabetic()))
    };
    let is_named = STARTS.iter().any(|start| fits(start) == Some(true));
    (is_named || ENDS.iter().any(|end| stem.ends_with(end))) && !SOURCES.contains(&extension)
}

/// The known licences in `text`.
#[must_use]
pub fn identify(text: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(&text[..text.len().min(TEXT_MAX)]).to_lowercase();
    let text = text.split(|c: char| c.is_whitespace() || "*#_>".contains(c)).filter(|word| !word.is_empty());
    let text = text.collect::<Vec<_>>().join(" ");
    let end = text.char_indices().nth(TITLE).map_or(text.len(), |(at, _)| at);
    let mut found: Vec<&'static str> = Vec::new();
    for (id, titled, phrases) in PHRASES {
        let [first, more @ ..] = phrases else { continue };
        let is_there = if titled { text[..end].contains(first) } else { text.contains(first) };
        if is_there && more.iter().all(|phrase| text.contains(phrase)) && !found.contains(&id) {
            found.push(id);
        }
    }
    // A text with three clauses also has these two.
    if found.contains(&"BSD-3-Clause") {
        found.retain(|id| *id != "BSD-2-Clause");
    }
    found
}

/// The licences in an SPDX expression, without exceptions, `-only` and `-or-later`; `None` if one of them is
/// unknown to [`identify`].
#[must_use]
pub fn named(expression: &str) -> Option<Vec<&'static str>> {
    let words =
        expression.split(|c: char| c.is_whitespace() || "()/,;".contains(c)).filter(|word| !word.is_empty());
    let (mut ids, mut is_exception) = (Vec::new(), false);
    for word in words {
        if std::mem::take(&mut is_exception) || ["AND", "OR"].iter().any(|op| word.eq_ignore_ascii_case(op)) {
            continue;
        }
        if word.eq_ignore_ascii_case("WITH") {
            is_exception = true;
            continue;
        }
        let base = word.trim_end_matches('+');
        let base = base.strip_suffix("-only").or_else(|| base.strip_suffix("-or-later")).unwrap_or(base);
        ids.push(PHRASES.iter().map(|(id, ..)| *id).find(|id| id.eq_ignore_ascii_case(base))?);
    }
    (!ids.is_empty()).then_some(ids)
}

/// True if the manifest `name` is marked as private.
#[must_use]
pub fn is_private(name: &[u8], bytes: &[u8]) -> bool {
    let compact: Vec<u8> = bytes.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')).collect();
    let holds = |text: &str| memchr::memmem::find(&compact, text.as_bytes()).is_some();
    match name {
        b"package.json" => holds("\"private\":true"),
        b"Cargo.toml" => holds("\npublish=false"),
        b"pyproject.toml" => holds("Private::DoNotUpload"),
        _ => false,
    }
}

/// The licence in the manifest `name`, with its location.
#[must_use]
pub fn declared(name: &[u8], bytes: &[u8]) -> Option<(String, Span)> {
    match name {
        b"Cargo.toml" => in_tables(bytes, &["[package]", "[workspace.package]"]),
        b"pyproject.toml" => in_tables(bytes, &["[project]", "[tool.poetry]"]),
        b"package.json" | b"composer.json" => in_json(bytes),
        _ => None,
    }
}

/// `license = "…"`, `license = { text = "…" }`, in one of these TOML tables.
fn in_tables(bytes: &[u8], tables: &[&str]) -> Option<(String, Span)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (mut at, mut inside) = (0, false);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        if trimmed.starts_with('[') {
            let header = trimmed.split('#').next().unwrap_or("").trim();
            inside = tables.contains(&header);
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| inside) else { continue };
        if key.trim() != "license" || value.contains("file") && value.trim_start().starts_with('{') {
            continue;
        }
        let (quote, _) = value.match_indices(['"', '\'']).next()?;
        let rest = &value[quote + 1..];
        let length = rest.find(&value[quote..=quote])?;
        let from = start + key.len() + 1 + quote;
        return Some((rest[..length].to_owned(), Span::new(from, from + length + 2)));
    }
    None
}

/// `"license": "…"` of the top-level JSON object, or a list.
fn in_json(bytes: &[u8]) -> Option<(String, Span)> {
    memchr::memmem::find(bytes, b"\"license\"")?;
    let value: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes).ok()?;
    let texts: Vec<&str> = match value.get("license")? {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(all) => all.iter().filter_map(serde_json::Value::as_str).collect(),
        _ => return None,
    };
    let first = texts.first()?;
    let quoted = format!("\"{first}\"");
    let from = memchr::memmem::find_iter(bytes, b"\"license\"").find_map(|key| {
        let behind = &bytes[key + 9..];
        let at = memchr::memmem::find(&behind[..behind.len().min(200)], quoted.as_bytes())?;
        Some(key + 9 + at)
    })?;
    Some((texts.join(" OR "), Span::new(from, from + quoted.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_known_by_name() {
        for name in [
            "LICENSE",
            "license.txt",
            "LICENSE-APACHE",
            "LICENSE.MIT",
            "COPYING",
            "Licence.md",
            "MIT-LICENSE",
            "UNLICENSE",
        ] {
            assert!(is_text_name(name.as_bytes()), "{name}");
        }
        for name in
            ["licence.rs", "licensed.yml", "LICENSES.chromium.html", "license-check.go", "copyright.py"]
        {
            assert!(!is_text_name(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn licences_are_known_by_their_phrases() {
        let mit = "Permission is hereby granted, free of charge, to any person obtaining a copy\nof this software. The above copyright notice and this permission notice shall";
        assert_eq!(identify(mit.as_bytes()), ["MIT"]);
        let both = format!("{mit}\n\n Apache License\n Version 2.0, January 2004");
        assert_eq!(identify(both.as_bytes()), ["Apache-2.0", "MIT"]);
        let gpl = "GNU GENERAL PUBLIC LICENSE\n  Version 3, 29 June 2007\n".to_owned()
            + &"word ".repeat(1000)
            + "GNU Affero General Public License";
        assert_eq!(identify(gpl.as_bytes()), ["GPL-3.0"]);
        assert_eq!(identify(b"All rights reserved."), [] as [&str; 0]);
    }

    #[test]
    fn expressions_are_read() {
        assert_eq!(named("MIT OR Apache-2.0"), Some(vec!["MIT", "Apache-2.0"]));
        assert_eq!(named("Apache-2.0 WITH LLVM-exception"), Some(vec!["Apache-2.0"]));
        assert_eq!(named("(GPL-2.0-or-later AND MIT)"), Some(vec!["GPL-2.0", "MIT"]));
        assert_eq!(named("MIT/Apache-2.0"), Some(vec!["MIT", "Apache-2.0"]));
        for other in ["UNLICENSED", "SEE LICENSE IN x", "LicenseRef-a", ""] {
            assert_eq!(named(other), None, "{other}");
        }
    }

    #[test]
    fn manifests_name_licences() {
        let read = |name: &str, text: &str| {
            declared(name.as_bytes(), text.as_bytes())
                .map(|(licence, span)| (licence, text[span.range()].to_owned()))
        };
        let found = |licence: &str, at: &str| Some((licence.to_owned(), at.to_owned()));
        let cargo = "[package] # a\nname = \"a\"\nlicense = \"MIT\"\n[dependencies]\nlicense = \"1\"\n";
        assert_eq!(read("Cargo.toml", cargo), found("MIT", "\"MIT\""));
        assert_eq!(read("pyproject.toml", "[project]\nlicense = {text = 'ISC'}\n"), found("ISC", "'ISC'"));
        assert_eq!(read("pyproject.toml", "[project]\nlicense = {file = 'LICENSE'}\n"), None);
        assert_eq!(
            read("package.json", "{\"a\": {\"license\": \"x\"}, \"license\": \"MIT\"}"),
            found("MIT", "\"MIT\"")
        );
        assert_eq!(
            read("composer.json", "{\"license\": [\"MIT\", \"ISC\"]}"),
            found("MIT OR ISC", "\"MIT\"")
        );
        assert_eq!(read("package.json", "{\"license\": {\"type\": \"MIT\"}}"), None);
    }
}
