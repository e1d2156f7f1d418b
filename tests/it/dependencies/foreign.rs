//! What cargo-audit and cargo-deny were configured with: it counts, or it is reported that it does not.

use bartizan::model::Report;

use super::{folder, known, lock, report};

/// A scan of a lock file with a vulnerable and a yanked version, and with this file.
fn with(name: &str, text: &str) -> Report {
    let lock = lock(&[("copperwire", "1.0.0"), ("tinfoil", "1.4.2")]);
    report(folder(&[("Cargo.lock", lock.as_bytes()), (name, text.as_bytes())]).path(), known())
}

fn silenced(report: &Report) -> Vec<(&str, &str)> {
    report.suppressed.iter().map(|one| (&*one.finding.check, one.reason.as_str())).collect()
}

#[test]
fn yanked_versions_are_accepted_by_name_and_version() {
    let accepted = [("yanked-dependency", "until the next release")];
    for entry in ["copperwire@1.0.0", "copperwire@^1", "copperwire"] {
        let text =
            format!("[advisories]\nignore = [{{ crate = '{entry}', reason = 'until the next release' }}]\n");
        assert_eq!(silenced(&with("deny.toml", &text)), accepted, "{entry}");
    }
    let short = with("deny.toml", "[advisories]\nignore = ['copperwire@1.0.0', 'RUSTSEC-2099-0001']\n");
    let checks: Vec<&str> = silenced(&short).into_iter().map(|(check, _)| check).collect();
    assert_eq!(checks, ["yanked-dependency", "vulnerable-dependency"]);
    // Another version, or a vulnerable one, is not accepted by it; that it silences nothing is reported.
    for entry in ["copperwire@1.0.1", "tinfoil@1.4.2"] {
        let report = with("deny.toml", &format!("[advisories]\nignore = ['{entry}']\n"));
        assert!(report.suppressed.is_empty(), "{entry}");
        let notices: Vec<&str> = report.notices.iter().map(|notice| notice.message.as_str()).collect();
        let unused = format!("line 2: the ignore of `{entry}` is unused; remove it");
        assert!(notices.contains(&unused.as_str()), "{notices:?}");
    }
}

#[test]
fn what_does_not_count_is_reported_and_hides_nothing() {
    for (name, text, wanted) in [
        (".cargo/audit.toml", "[advisories]\nignore = ['RUSTSEC-2099-0001'\n", "so the file is ignored"),
        (
            ".cargo/audit.toml",
            "[advisories]\nseverity_threshold = 'critical'\n",
            "use `[scan] fail-on` in bartizan.toml",
        ),
        ("deny.toml", "[advisories]\nignore = [ 1 ]\n", "this entry has no effect"),
        ("deny.toml", "[advisories]\nyanked = 'allow'\n", "use `[advisories] yanked` in bartizan.toml"),
    ] {
        let report = with(name, text);
        assert!(report.suppressed.is_empty() && report.findings.len() > 1, "{name}: {text}");
        let told = report.notices.iter().find(|notice| notice.message.contains(wanted));
        let told = told.unwrap_or_else(|| panic!("{text}: {:?}", report.notices));
        assert_eq!(told.path.as_ref().unwrap().shown(), name);
        assert!(told.message.starts_with("line "), "{}", told.message);
    }
}
