//! File kinds by path: source code, settings, translations, YAML, tests.

use super::names;
use crate::model::Blob;

/// True for files in which an unquoted value is an expression.
#[must_use]
pub fn is_source_code(blob: &Blob<'_>) -> bool {
    const ENDINGS: &[&[u8]] = &[
        b"rs", b"go", b"py", b"js", b"jsx", b"ts", b"tsx", b"mjs", b"cjs", b"java", b"kt", b"kts", b"scala",
        b"groovy", b"c", b"h", b"cc", b"cpp", b"hpp", b"cs", b"fs", b"vb", b"php", b"rb", b"pl", b"pm",
        b"swift", b"m", b"mm", b"dart", b"lua", b"ex", b"exs", b"erl", b"hs", b"ml", b"clj", b"jl", b"r",
        b"vue", b"svelte", b"sol", b"zig", b"nim", b"d", b"pas", b"asm", b"s", b"el", b"lisp", b"scm",
        b"cmake", b"proto", b"graphql", b"sql", b"tf", b"perl", b"build", b"gradle", b"bzl", b"t", b"tcl",
    ];
    let name = blob.path.file_name();
    let ending = memchr::memrchr(b'.', name).map_or(&b""[..], |dot| &name[dot + 1..]);
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// True for settings files with a name and a value per line.
#[must_use]
pub fn is_settings_file(blob: &Blob<'_>) -> bool {
    const ENDINGS: &[&[u8]] = &[
        b"conf",
        b"cfg",
        b"cnf",
        b"ini",
        b"properties",
        b"config",
        b"rc",
        b"robot",
        b"settings",
        b"prefs",
        b"conf.in",
    ];
    let name = blob.path.file_name();
    let ending = memchr::memrchr(b'.', name).map_or(name, |dot| &name[dot + 1..]);
    // A file with an unknown name may be any kind.
    name.is_empty()
        || ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
        || ending.ends_with(b"rc")
}

/// True for translation files.
#[must_use]
pub fn is_translation(blob: &Blob<'_>) -> bool {
    let path = String::from_utf8_lossy(blob.path.as_bytes()).to_lowercase();
    [".po", ".pot", ".xlf", ".xliff", ".resx", ".strings", ".arb", ".ftl"]
        .iter()
        .any(|ending| path.ends_with(ending))
        || ["locale", "/i18n", "/lang/", "/langs/", "translation", "messages_", "/l10n", "strings.xml"]
            .iter()
            .any(|part| path.contains(part))
}

/// True for files of YAML.
#[must_use]
pub fn is_yaml(blob: &Blob<'_>) -> bool {
    let name = blob.path.file_name();
    name.ends_with(b".yaml") || name.ends_with(b".yml")
}

/// True for tests, examples and documentation, by their names.
#[must_use]
pub fn is_trial_path(blob: &Blob<'_>) -> bool {
    const FOLDERS: &[&str] = &[
        "test",
        "tests",
        "testing",
        "testdata",
        "test-data",
        "spec",
        "specs",
        "fixture",
        "fixtures",
        "example",
        "examples",
        "sample",
        "samples",
        "doc",
        "docs",
        "documentation",
        "mock",
        "mocks",
        "__tests__",
        "__mocks__",
        "e2e",
        "demo",
        "demos",
        "tutorial",
        "tutorials",
        "t",
    ];
    let path = blob.path.lossy().to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    folders.split('/').any(|folder| FOLDERS.contains(&folder))
        || [".md", ".mdx", ".rst", ".adoc", ".html"].iter().any(|ending| name.ends_with(ending))
        || ["test_", "test-", "spec_"].iter().any(|start| name.starts_with(start))
        || ["_test.", ".test.", "-test.", ".spec.", "_spec.", "tests.", "readme", "changelog"]
            .iter()
            .any(|part| name.contains(part))
}

/// True for tests, examples, documents and vendored code, by path.
#[must_use]
pub fn is_aside(blob: &Blob<'_>) -> bool {
    const WORDS: &[&str] = &[
        "test",
        "tests",
        "testing",
        "fixture",
        "fixtures",
        "example",
        "examples",
        "sample",
        "samples",
        "template",
        "templates",
        "stubs",
        "integration",
        "benchmarks",
        "playground",
    ];
    let folders = blob.path.folder();
    let foreign = |folder: &[u8]| {
        matches!(folder, b"node_modules" | b"vendor" | b"third_party" | b"third-party" | b"site-packages")
    };
    is_trial_path(blob)
        || folders.split(|b| *b == b'/').any(|folder| {
            foreign(folder) || names::words(folder).iter().any(|word| WORDS.contains(&word.as_str()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_aside() {
        let aside = |path: &str| is_aside(&Blob { path: &path.into(), bytes: b"", tracked: true });
        assert!(aside("tests/data/.netrc") && aside("a/testFixtures/x") && aside("node_modules/a/.npmrc"));
        assert!(!aside("contest/.netrc") && !aside("home/.npmrc"));
    }
}
