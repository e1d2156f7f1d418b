//! What a baseline rests on: the fingerprint of a finding does not know in which line it stands.

use std::collections::BTreeSet;

use bartizan::scan::registry;

use crate::fixtures::{cases, collect, repository, scan_folder};
use crate::tidy::root;

/// What may stand on another line without being something else: not what is signed, or begins with its kind.
const MOVABLE: [&str; 13] =
    [".cfg", ".env", ".ini", ".json", ".lock", ".md", ".py", ".rs", ".sh", ".spdx", ".toml", ".yaml", ".yml"];

fn prints(files: &[(String, Vec<u8>)], check: &str) -> (BTreeSet<String>, usize) {
    let folder = repository(files, |_| true);
    let checks = registry::all().into_iter().filter(|one| one.meta.id == check).collect();
    let report = scan_folder(folder.path(), checks);
    let lines = report.findings.iter().map(|finding| finding.place.region.start_line as usize).sum();
    (report.findings.into_iter().map(|finding| finding.fingerprint).collect(), lines)
}

#[test]
fn findings_of_every_kind_keep_their_fingerprint_on_another_line() {
    let (mut moved, mut checks) = (0, BTreeSet::new());
    for case in cases().into_iter().filter(|case| case.kind == "bad") {
        let folder = root().join(case.folder()).join("repo");
        let mut files = Vec::new();
        collect(&folder, &mut String::new(), &mut files);
        let before = prints(&files, &case.check);
        for (path, text) in &mut files {
            let starts_so = [&b"\xef\xbb\xbf"[..], b"---\n"].iter().any(|start| text.starts_with(start));
            if MOVABLE.iter().any(|end| path.ends_with(end)) && !starts_so {
                text.splice(0..0, *b"\n\n\n");
            }
        }
        let after = prints(&files, &case.check);
        assert_eq!(before.0, after.0, "{}", case.folder());
        if before.1 != after.1 {
            moved += 1;
            checks.insert(case.check.clone());
        }
    }
    let expected = ["sbom-drift", "release-without-signature", "vulnerable-dependency", "incomplete-sbom"];
    let missing: Vec<_> = expected.iter().filter(|check| !checks.contains(**check)).collect();
    assert!(missing.is_empty() && moved > 20, "{moved} moved, of {checks:?}; {missing:?}");
}
