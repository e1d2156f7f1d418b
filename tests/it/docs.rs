//! The README and the pages under `docs`: generated ones are fresh, links lead somewhere, samples are what this build
//! prints. `UPDATE=1 cargo test --test it docs::` writes the pages of checks and the output in samples.

#[cfg(all(unix, feature = "signatures", feature = "validate"))]
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Mutex, PoisonError};

use bartizan::cli::{catalogue, explain};
use bartizan::scan::registry;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::cli::{command, folder, ran};
use crate::language::TURNS;
use crate::tidy::{files, fresh, root, text_of, updating};

/// Where a page outside the book is shown.
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");
/// The line in `docs/SUMMARY.md` behind which the chapters of the checks stand, to its end.
const CHAPTERS: &str = "- [Checks](checks/README.md)\n";

/// Held by whoever writes a document with `UPDATE=1`: two tests write the README.
static WRITING: Mutex<()> = Mutex::new(());

/// Every document of the repository, but for what fixtures and tests hold.
fn documents() -> Vec<String> {
    let is_ours = |path: &String| {
        path.ends_with(".md")
            && !["fixtures/", "tests/", "fuzz/"].iter().any(|folder| path.starts_with(folder))
    };
    files("").into_iter().filter(is_ours).collect()
}

#[test]
fn pages_of_checks_are_fresh() {
    let checks = registry::all();
    let mut pages: BTreeSet<String> = ["docs/checks/README.md".to_owned()].into();
    fresh("docs/checks/README.md", &catalogue::markdown(&checks, |id| format!("{id}.md")));
    for check in &checks {
        let path = format!("docs/checks/{}.md", check.meta.id);
        fresh(&path, &explain::markdown(check));
        pages.insert(path);
    }
    for path in files("docs/checks").into_iter().filter(|path| !pages.contains(path)) {
        assert!(updating(), "{path} is the page of no check: run UPDATE=1 cargo test --test it docs::");
        fs::remove_file(root().join(path)).unwrap();
    }
    let summary = text_of("docs/SUMMARY.md");
    let (before, _) = summary.split_once(CHAPTERS).expect("SUMMARY.md has the index of checks");
    fresh("docs/SUMMARY.md", &[before, CHAPTERS, &catalogue::chapters(&checks)].concat());
}

#[test]
fn rules_in_sarif_link_to_their_pages() {
    let their = "[[rules]]\nid = \"theirs\"\ndescription = \"theirs\"\nregex = '''tulip-[0-9]{8}'''\nkeywords = [\"tulip\"]\n";
    let dockerfile = "FROM node:22.11.0\nADD https://example.org/tulip-20417733.tar.gz /\n";
    let folder = folder(&[("Dockerfile", dockerfile), ("rules.toml", their)]);
    let args = ["scan", "--format", "sarif", "--fail-on", "none", "--rules", "rules.toml"];
    let ran = ran(command(folder.path(), &args));
    let sarif: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let start = format!("{}/blob/v{}/", env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"));
    let (built_in, theirs): (Vec<_>, Vec<_>) =
        rules.iter().partition(|rule| registry::is_built_in(rule["id"].as_str().unwrap()));
    assert!(built_in.len() > 1 && theirs.len() == 1, "{rules:#?}");
    for rule in built_in {
        let uri = rule["helpUri"].as_str().unwrap();
        let page = uri.strip_prefix(&start).unwrap_or_else(|| panic!("{uri}"));
        assert_eq!(page, format!("docs/checks/{}.md", rule["id"].as_str().unwrap()));
        assert!(root().join(page).exists(), "{page}");
        assert!(rule["help"]["text"].as_str().unwrap().contains(uri), "{rule:#}");
    }
    assert_eq!(theirs[0].get("helpUri"), None);
}

/// What links and headings a document has.
struct Document {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Document {
    fn read(text: &str) -> Self {
        let (mut links, mut anchors, mut heading) = (Vec::new(), BTreeSet::new(), None);
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let slug = slug(&heading.take().unwrap_or_default());
                    let twice = (1..).map(|number| format!("{slug}-{number}"));
                    let free =
                        std::iter::once(slug.clone()).chain(twice).find(|slug| !anchors.contains(slug));
                    anchors.extend(free);
                }
                Event::Text(text) | Event::Code(text) => {
                    heading.iter_mut().for_each(|heading| heading.push_str(&text));
                }
                _ => {}
            }
        }
        Self { links, anchors }
    }
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The path that `link` leads to from the document at `path`; none if it leads out of the repository.
fn target(path: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()?),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn no_link_is_dead() {
    let documents: BTreeMap<String, Document> =
        documents().into_iter().map(|path| (path.clone(), Document::read(&text_of(&path)))).collect();
    let (mut mistakes, mut seen) = (Vec::new(), 0);
    for (path, document) in &documents {
        let in_book = path.starts_with("docs/");
        for link in &document.links {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let aim = match file.strip_prefix(REPOSITORY) {
                Some(inside) => Some(inside.to_owned()),
                None if file.contains(':') => continue,
                None if file.is_empty() => Some(path.clone()),
                None => target(path, file),
            };
            seen += 1;
            let Some(aim) = aim.filter(|aim| root().join(aim).exists()) else {
                mistakes.push(format!("{path}: the link to {link} leads nowhere"));
                continue;
            };
            if in_book && !file.contains(':') && !aim.starts_with("docs/") {
                mistakes.push(format!("{path}: {link} leads out of the book; write {REPOSITORY}{aim}"));
            }
            let has_anchor = || documents.get(&aim).is_some_and(|aim| aim.anchors.contains(anchor));
            if !anchor.is_empty() && !has_anchor() {
                mistakes.push(format!("{path}: {aim} has no heading #{anchor}"));
            }
        }
    }
    assert_eq!(mistakes, [""; 0], "{}", mistakes.join("\n"));
    assert!(seen > 1000, "only {seen} links were seen");
}

#[test]
fn every_page_is_a_chapter_of_the_book() {
    let listed = Document::read(&text_of("docs/SUMMARY.md")).links;
    let listed: Vec<String> =
        listed.into_iter().filter(|link| !link.is_empty()).map(|link| format!("docs/{link}")).collect();
    let once: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(once.len(), listed.len(), "a page is listed twice");
    let pages = files("docs").into_iter().filter(|path| path.ends_with(".md") && path != "docs/SUMMARY.md");
    let missing: Vec<String> = pages.filter(|path| !once.contains(path)).collect();
    assert_eq!(missing, [""; 0], "not in docs/SUMMARY.md");
}

#[test]
fn the_readme_stays_short() {
    let lines = text_of("README.md").lines().count();
    assert!(lines <= 150, "README.md has {lines} lines; what is more belongs into docs");
}

/// The table of families has the number of checks of each.
#[test]
fn the_readme_counts_the_checks() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for check in registry::all() {
        *counts.entry(check.meta.family.as_str()).or_default() += 1;
    }
    let mut written = String::new();
    let mut seen = 0;
    let _lock = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = text_of("README.md");
    for line in text.split_inclusive('\n') {
        let row = counts.iter().find_map(|(family, count)| {
            let link = format!("| [{family}](docs/checks/README.md#{family}) | ");
            let (_, rest) = line.strip_prefix(&link)?.split_once(' ')?;
            Some(format!("{link}{count} {rest}"))
        });
        seen += usize::from(row.is_some());
        written.push_str(row.as_deref().unwrap_or(line));
    }
    assert_eq!(seen, counts.len(), "README.md has a row for each family");
    fresh("README.md", &written);
}

/// Each test that `docs/invariants.md` names exists, and each line names what holds it.
#[test]
fn invariants_name_tests_that_exist() {
    let code: String = ["tests", "src"]
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|path| path.ends_with(".rs"))
        .map(|path| text_of(&path))
        .collect();
    let (mut mistakes, mut seen) = (Vec::new(), 0);
    for line in text_of("docs/invariants.md")
        .lines()
        .filter(|line| line.starts_with("| ") && *line != "| invariant | held by |")
    {
        let (_, held) = line[2..].split_once(" | ").expect("two cells");
        let spans: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        seen += 1;
        if spans.is_empty() {
            mistakes.push(format!("names nothing that holds it: {line}"));
        }
        let is_test = |name: &&str| {
            name.contains('_')
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        for name in spans.into_iter().filter(is_test) {
            let holds =
                [format!("fn {name}("), format!("fn {name}<")].iter().any(|start| code.contains(start));
            let is_target = root().join(format!("fuzz/fuzz_targets/{name}.rs")).exists();
            if !holds && !is_target && !text_of("xtask/src/ci/mod.rs").contains(&format!("(\"{name}\", ")) {
                mistakes.push(format!("`{name}` is no test, step or fuzz target: {line}"));
            }
        }
    }
    assert_eq!(mistakes, [""; 0], "{}", mistakes.join("\n"));
    assert!(seen > 100, "only {seen} invariants were seen");
}

/// Turns that engineers stumble over; texts of ours, without samples and code, do without them.
#[test]
fn documents_use_plain_language() {
    let mut mistakes = Vec::new();
    for path in
        documents().into_iter().filter(|path| !path.starts_with("docs/checks/") && path != "CHANGELOG.md")
    {
        let text = text_of(&path);
        let prose = Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter();
        let mut in_code = false;
        for (event, range) in prose {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(words) if !in_code => {
                    let line = text[..range.start].lines().count();
                    let found =
                        TURNS.iter().filter(|turn| format!(" {words} ").contains(&format!(" {turn} ")));
                    mistakes.extend(found.map(|turn| format!("{path}:{line}: `{turn}` in: {words}")));
                }
                _ => {}
            }
        }
    }
    assert_eq!(mistakes, [""; 0], "{}", mistakes.join("\n"));
}
