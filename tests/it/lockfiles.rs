//! Lock files of every format are read or refused: whatever is done to one, its packages are seen or it is told.

use std::collections::BTreeSet;
use std::fs;

use bartizan::parse::lockfile::{Format, Lockfile, parse};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::props::config;

/// A sound file of each format, with `tin 1.0.0` and `zinc 2.0.0` in it.
fn sound(format: Format) -> &'static str {
    match format {
        Format::PackageLock => {
            "{\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"node_modules/tin\": {\n      \"version\": \"1.0.0\"\n    },\n    \"node_modules/zinc\": {\n      \"version\": \"2.0.0\"\n    }\n  }\n}\n"
        }
        Format::Pnpm => {
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      tin:\n        specifier: ^1\n        version: 1.0.0\n      zinc:\n        specifier: ^2\n        version: 2.0.0\n\npackages:\n\n  tin@1.0.0:\n    resolution: {integrity: sha512-x}\n\n  zinc@2.0.0:\n    resolution: {integrity: sha512-x}\n\nsnapshots:\n\n  tin@1.0.0: {}\n\n  zinc@2.0.0: {}\n"
        }
        Format::Yarn => {
            "# yarn lockfile v1\n\n\ntin@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/tin/-/tin-1.0.0.tgz#0a\"\n  dependencies:\n    zinc \"^2.0.0\"\n\nzinc@^2.0.0:\n  version \"2.0.0\"\n  resolved \"https://registry.yarnpkg.com/zinc/-/zinc-2.0.0.tgz#0a\"\n"
        }
        Format::Bun => {
            "{\n  \"lockfileVersion\": 1,\n  \"packages\": {\n    \"tin\": [\"tin@1.0.0\", \"\", {}, \"sha512-x\"],\n    \"zinc\": [\"zinc@2.0.0\", \"\", {}, \"sha512-x\"],\n  }\n}\n"
        }
        Format::Deno => {
            "{\n  \"version\": \"4\",\n  \"npm\": {\n    \"tin@1.0.0\": {\n      \"integrity\": \"sha512-x\"\n    },\n    \"zinc@2.0.0\": {\n      \"integrity\": \"sha512-x\"\n    }\n  }\n}\n"
        }
        Format::Poetry | Format::Pdm => {
            "[[package]]\nname = \"tin\"\nversion = \"1.0.0\"\n\n[package.dependencies]\nzinc = \">=2\"\n\n[[package]]\nname = \"zinc\"\nversion = \"2.0.0\"\n\n[metadata]\nlock-version = \"2.0\"\n"
        }
        Format::Uv => {
            "version = 1\n\n[[package]]\nname = \"tin\"\nversion = \"1.0.0\"\nsource = { registry = \"https://pypi.org/simple\" }\ndependencies = [\n    { name = \"zinc\" },\n]\n\n[[package]]\nname = \"zinc\"\nversion = \"2.0.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n"
        }
        Format::Pylock => {
            "lock-version = \"1.0\"\ncreated-by = \"pip\"\n\n[[packages]]\nname = \"tin\"\nversion = \"1.0.0\"\n\n[[packages]]\nname = \"zinc\"\nversion = \"2.0.0\"\n"
        }
        Format::Pipfile => {
            "{\n  \"_meta\": {},\n  \"default\": {\n    \"tin\": {\n      \"version\": \"==1.0.0\"\n    },\n    \"zinc\": {\n      \"version\": \"==2.0.0\"\n    }\n  },\n  \"develop\": {}\n}\n"
        }
        Format::Requirements | Format::MaybeRequirements => {
            "# what is needed\ntin==1.0.0\nzinc==2.0.0 ; python_version > '3'\n"
        }
        Format::GoMod => "module app\n\ngo 1.22\n\nrequire (\n\ttin v1.0.0\n\tzinc v2.0.0\n)\n",
        Format::GoSum => "tin v1.0.0 h1:00=\ntin v1.0.0/go.mod h1:00=\nzinc v2.0.0 h1:00=\n",
        Format::Gemfile => {
            "GEM\n  remote: https://rubygems.org/\n  specs:\n    tin (1.0.0)\n      zinc (>= 2)\n    zinc (2.0.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  tin\n"
        }
        Format::Composer => {
            "{\n    \"packages\": [\n        {\n            \"name\": \"tin\",\n            \"version\": \"1.0.0\"\n        },\n        {\n            \"name\": \"zinc\",\n            \"version\": \"v2.0.0\"\n        }\n    ],\n    \"packages-dev\": []\n}\n"
        }
        Format::NuGet => {
            "{\n  \"version\": 1,\n  \"dependencies\": {\n    \"net8.0\": {\n      \"tin\": {\n        \"type\": \"Direct\",\n        \"resolved\": \"1.0.0\"\n      },\n      \"zinc\": {\n        \"type\": \"Transitive\",\n        \"resolved\": \"2.0.0\"\n      }\n    }\n  }\n}\n"
        }
        Format::Gradle => "# locked\norg:tin:1.0.0=main\norg:zinc:2.0.0=main,test\nempty=other\n",
        Format::Swift => {
            "{\n  \"pins\": [\n    {\n      \"identity\": \"tin\",\n      \"state\": {\n        \"version\": \"1.0.0\"\n      }\n    },\n    {\n      \"identity\": \"zinc\",\n      \"state\": {\n        \"version\": \"2.0.0\"\n      }\n    }\n  ],\n  \"version\": 3\n}\n"
        }
        Format::Mix => {
            "%{\n  \"tin\": {:hex, :tin, \"1.0.0\", \"00\", [:mix], [], \"hexpm\", \"00\"},\n  \"zinc\": {:hex, :zinc, \"2.0.0\", \"00\", [:mix], [], \"hexpm\", \"00\"},\n}\n"
        }
        Format::NuGetConfig => {
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<packages>\n  <package id=\"tin\" version=\"1.0.0\" />\n  <package id=\"zinc\" version=\"2.0.0\" />\n</packages>\n"
        }
        Format::GradleVerification => {
            "<verification-metadata>\n  <components>\n    <component group=\"org\" name=\"tin\" version=\"1.0.0\">\n      <artifact name=\"tin.jar\"><sha256 value=\"00\"/></artifact>\n    </component>\n    <component group=\"org\" name=\"zinc\" version=\"2.0.0\">\n      <artifact name=\"zinc.jar\"><sha256 value=\"00\"/></artifact>\n    </component>\n  </components>\n</verification-metadata>\n"
        }
        Format::Podfile => {
            "PODS:\n  - tin (1.0.0):\n    - zinc\n  - zinc (2.0.0)\n\nDEPENDENCIES:\n  - tin\n\nPODFILE CHECKSUM: 00\n\nCOCOAPODS: 1.15.2\n"
        }
        Format::Conan => {
            "{\n  \"version\": \"0.5\",\n  \"requires\": [\n    \"tin/1.0.0#00\",\n    \"zinc/2.0.0#00\"\n  ],\n  \"build_requires\": []\n}\n"
        }
        Format::Renv => {
            "{\n  \"R\": {\n    \"Version\": \"4.3.1\"\n  },\n  \"Packages\": {\n    \"tin\": {\n      \"Version\": \"1.0.0\"\n    },\n    \"zinc\": {\n      \"Version\": \"2.0.0\"\n    }\n  }\n}\n"
        }
        Format::Stack => {
            "packages:\n- completed:\n    hackage: tin-1.0.0@sha256:00,1\n  original:\n    hackage: tin\n- completed:\n    hackage: zinc-2.0.0@sha256:00,1\n  original:\n    hackage: zinc\nsnapshots: []\n"
        }
        Format::Cabal => {
            "active-repositories: hackage.haskell.org:merge\nconstraints: any.tin ==1.0.0,\n             any.zinc ==2.0.0\nindex-state: hackage.haskell.org 2026-01-01T00:00:00Z\n"
        }
        Format::Julia => {
            "julia_version = \"1.10.0\"\nmanifest_format = \"2.0\"\n\n[[deps.tin]]\nuuid = \"0\"\nversion = \"1.0.0\"\n\n[[deps.zinc]]\nuuid = \"1\"\nversion = \"2.0.0\"\n"
        }
        Format::Rebar => {
            "{\"1.2.0\",\n[{<<\"tin\">>,{pkg,<<\"tin\">>,<<\"1.0.0\">>},0},\n {<<\"zinc\">>,{pkg,<<\"zinc\">>,<<\"2.0.0\">>},0}]}.\n"
        }
        Format::GoVendor => "# tin v1.0.0\n## explicit\ntin\n# zinc v2.0.0\nzinc\n",
        Format::Pub => {
            "packages:\n  tin:\n    source: hosted\n    version: \"1.0.0\"\n  zinc:\n    source: hosted\n    version: \"2.0.0\"\nsdks:\n  dart: \">=3.0.0\"\n"
        }
    }
}

/// `name version` of each package.
fn packages(lock: &Lockfile<'_>) -> BTreeSet<String> {
    lock.packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect()
}

/// What a sound file holds.
fn both(format: Format) -> BTreeSet<String> {
    let group = if matches!(format, Format::Gradle | Format::GradleVerification) { "org:" } else { "" };
    ["tin 1.0.0", "zinc 2.0.0"].map(|package| format!("{group}{package}")).into()
}

#[track_caller]
fn assert_sound(format: Format, bytes: &[u8]) {
    let lock = parse(format, bytes);
    assert!(lock.mistakes.is_empty(), "{format:?}: {:?}", lock.mistakes);
    assert_eq!(packages(&lock), both(format), "{format:?}");
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn marks_and_line_ends_lose_nothing() {
    for format in Format::ALL {
        let text = sound(format);
        assert_sound(format, text.as_bytes());
        assert_sound(format, format!("\u{feff}{text}").as_bytes());
        assert_sound(format, text.replace('\n', "\r\n").as_bytes());
        assert_sound(format, format!("\u{feff}{}", text.replace('\n', "\r\n")).as_bytes());
        let wide = parse(format, &utf16(text)).mistakes;
        let taken = matches!(format, Format::Requirements | Format::MaybeRequirements | Format::NuGet);
        assert_eq!(wide.is_empty(), taken, "{format:?}: {wide:?}");
        assert_eq!(packages(&parse(format, &utf16(text))), both(format), "{format:?}");
    }
}

#[test]
fn other_content_is_a_mistake_in_its_first_line() {
    let utf16_unmarked = &utf16("tin==1.0.0\nzinc==2.0.0\n")[2..];
    for format in Format::ALL {
        let others: [&[u8]; 7] = [
            b"<!DOCTYPE html>\n<html>\n<head><title>Sign in</title></head>\n</html>\n",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff",
            utf16_unmarked,
            b"{\n\"message\": \"Bad credentials\"\n}\n",
            b"[\n\"a\"\n]\n",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        ];
        for other in others {
            // Pointers of LFS are passed over before, and told.
            if format == Format::MaybeRequirements && other.starts_with(b"version") {
                continue;
            }
            let lock = parse(format, other);
            let shown = String::from_utf8_lossy(other);
            assert!(!lock.mistakes.is_empty() && lock.packages.is_empty(), "{format:?}: {shown}");
            // The form of `deno.lock` is so open that only a member tells what it is not.
            assert!(lock.mistakes[0].line <= 2, "{format:?}: {shown}: {:?}", lock.mistakes);
        }
        let may_be_empty = matches!(format, Format::Requirements | Format::MaybeRequirements);
        for empty in ["", "\n\n", "\u{feff}"] {
            let mistakes = parse(format, empty.as_bytes()).mistakes;
            assert_eq!(mistakes.is_empty(), may_be_empty, "{format:?}: {mistakes:?}");
        }
    }
}

#[test]
fn both_sides_of_a_conflict_are_read_in_every_format() {
    for format in Format::ALL {
        let text = sound(format);
        let start = text.find("2.0.0").map(|at| text[..at].rfind('\n').map_or(0, |end| end + 1)).unwrap();
        // The line with the version, where it stands for itself.
        let start = match format {
            Format::Pnpm => text.find("  zinc@2.0.0:\n    res").unwrap(),
            Format::Yarn => text.find("  version \"2.0.0\"").unwrap(),
            _ => start,
        };
        let end = start + text[start..].find('\n').unwrap() + 1;
        let (line, number) = (&text[start..end], text[..start].matches('\n').count() + 1);
        let other = line.replace("2.0.0", "3.0.0");
        let conflict = format!(
            "{}<<<<<<< HEAD\n{line}||||||| base\nnonsense\n=======\n{other}>>>>>>> branch\n{}",
            &text[..start],
            &text[end..]
        );
        for text in [conflict.clone(), conflict.replace('\n', "\r\n")] {
            let lock = parse(format, text.as_bytes());
            let [mistake] = lock.mistakes.as_slice() else { panic!("{format:?}: {:?}", lock.mistakes) };
            assert_eq!(mistake.line, number, "{format:?}");
            assert!(mistake.message.starts_with("a merge conflict; both sides were checked"), "{mistake:?}");
            let found = packages(&lock);
            assert!(found.is_superset(&both(format)) && found.len() == 3, "{format:?}: {found:?}");
        }
        // A conflict whose end was cut off is one, too.
        let cut = &conflict[..conflict.find("=======").unwrap()];
        assert!(
            parse(format, cut.as_bytes()).mistakes.iter().any(|mistake| mistake.line == number),
            "{format:?}"
        );
    }
}

/// Formats in which every line stands for itself, so that nobody sees that one is missing at the end.
fn is_list(format: Format) -> bool {
    matches!(
        format,
        Format::Requirements
            | Format::MaybeRequirements
            | Format::Gradle
            | Format::GoSum
            | Format::GoMod
            | Format::Pub
            | Format::Pylock
            | Format::Pdm
            | Format::GoVendor
            | Format::Cabal
            | Format::Julia
    )
}

#[test]
fn half_a_file_is_told() {
    for format in Format::ALL {
        let text = sound(format);
        for end in 1..text.len() {
            let lock = parse(format, &text.as_bytes()[..end]);
            if !lock.mistakes.is_empty() || packages(&lock) == both(format) {
                continue;
            }
            // What is left is whole lines that say nothing of what is gone, or end in a word that may be shorter.
            let whole = text[..end].trim_end_matches(' ').ends_with('\n') || text[end..].starts_with('\n');
            let silent = !text[..end].contains("zinc");
            let word = matches!(
                format,
                Format::Requirements | Format::MaybeRequirements | Format::Gradle | Format::GoMod
            );
            let unseen = if is_list(format) { whole || word } else { whole && silent };
            assert!(unseen, "{format:?} cut at {end}: {:?}", &text[..end]);
        }
    }
}

proptest! {
    #![proptest_config(config(400))]

    /// Lines of something else, put anywhere into a file, are told with their line.
    #[test]
    fn foreign_lines_are_told(
        format in select(Format::ALL.to_vec()),
        place in any::<Index>(),
        foreign in select(vec![
            "<p>Service unavailable</p>", "=======", ">>>>>>> branch", "tin 1.0.0 zinc", "{{ template }}", "\u{fffd}PNG",
            "|tin|1.0.0|", "%PDF-1.7", "\"", "$ pip freeze", "tin: 1.0.0: zinc",
        ]),
    ) {
        let text = sound(format);
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let at = *place.get(&starts);
        let changed = format!("{}{foreign}\n{}", &text[..at], &text[at..]);
        let lock = parse(format, changed.as_bytes());
        prop_assert!(!lock.mistakes.is_empty(), "{:?}\n{}", format, changed);
    }

    /// Bytes that are not UTF-8 cost their line, and no other.
    #[test]
    fn damaged_bytes_are_told(format in select(Format::ALL.to_vec()), place in any::<Index>(), byte in 0x80_u8..) {
        let mut bytes = sound(format).as_bytes().to_vec();
        let at = place.index(bytes.len());
        bytes.insert(at, byte);
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let lock = parse(format, &bytes);
        let comment = sound(format).lines().nth(line - 1).is_some_and(|line| line.contains('#'));
        prop_assert!(comment || lock.mistakes.iter().any(|mistake| mistake.line == line), "{:?} {:?}", format, lock);
    }
}

#[test]
fn a_scan_of_what_cannot_be_read_ends_with_2() {
    for format in Format::ALL.into_iter().filter(|format| *format != Format::MaybeRequirements) {
        let folder = tempfile::tempdir().unwrap();
        let osv = folder.path().join("osv");
        fs::create_dir(&osv).unwrap();
        let ecosystem = format.ecosystem().as_str();
        let advisory = format!(
            "{{\"id\": \"A-1\", \"affected\": [{{\"package\": {{\"ecosystem\": \"{ecosystem}\", \"name\": \"lead\"}}, \"versions\": [\"1.0.0\"]}}]}}"
        );
        fs::write(osv.join("A-1.json"), advisory).unwrap();
        let repo = folder.path().join("repo");
        fs::create_dir(&repo).unwrap();
        let scan = |text: &str| {
            let path = repo.join(match format {
                Format::GoVendor => "vendor",
                Format::GradleVerification => "gradle",
                _ => "",
            });
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join(format.file()), text).unwrap();
            let mut command = crate::cli::command(
                &repo,
                &["scan", "--offline", "--checks", "vulnerable-package", "--osv-db"],
            );
            let ran = command.arg(&osv).output().unwrap();
            (ran.status.code(), String::from_utf8(ran.stdout).unwrap())
        };
        let (code, out) = scan(sound(format));
        assert_eq!(code, Some(0), "{format:?}: {out}");
        let (code, out) = scan("<!DOCTYPE html>\n<html>\n");
        assert_eq!(code, Some(2), "{format:?}: {out}");
        assert!(out.contains(format.file()) && out.contains("line 1: "), "{format:?}: {out}");
    }
}
