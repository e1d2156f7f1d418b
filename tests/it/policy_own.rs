//! Our own security policy, held against our own repository.

use bartizan::model::{Claim, Missing, Ruling};

use crate::fixtures::scan_folder;
use crate::policy::checks;
use crate::tidy::root;

/// The claims of ours that are judged: a part of the line, and the kind.
const CLAIMS: [(&str, &str); 9] = [
    ("Please report it in private", "private-reporting"),
    ("The latest release, and the main branch", "named-ref"),
    ("Nothing has been released yet", "supported-versions"),
    ("`docs/invariants.md` says by which", "file-link"),
    ("meets a `Cargo.lock`", "file-link"),
    ("There is no unsafe code", "unsafe-code"),
    ("All actions of the workflows", "workflow-pinning"),
    ("Dependabot proposes updates", "tool-runs"),
    ("`cargo deny` runs", "tool-runs"),
];

/// True if `claim` is unverifiable for what is not in the repository, or not in this clone of it.
fn is_elsewhere(claim: &Claim) -> bool {
    claim.ruling == Ruling::Unverifiable
        && match claim.missing {
            Some(Missing::Network) => claim.kind == "private-reporting",
            // An archive of the sources has no tags and branches.
            Some(Missing::History) => matches!(&*claim.kind, "named-ref" | "supported-versions"),
            _ => false,
        }
}

#[test]
fn our_own_policy_is_upheld_claim_by_claim() {
    let report = scan_folder(root(), checks());
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let ours = |claim: &&Claim| claim.place.path.shown() == "SECURITY.md";
    let claims: Vec<&Claim> = report.claims.iter().filter(ours).collect();
    let open: Vec<&&Claim> =
        claims.iter().filter(|claim| claim.ruling != Ruling::Upheld && !is_elsewhere(claim)).collect();
    assert!(open.is_empty(), "{open:#?}");
    for (says, kind) in CLAIMS {
        let line = text.lines().position(|line| line.contains(says));
        let line = line.unwrap_or_else(|| panic!("SECURITY.md does not say: {says}")) as u32 + 1;
        let is_judged =
            claims.iter().any(|claim| claim.place.region.start_line == line && claim.kind == kind);
        // Without a history nothing is known of branches.
        assert!(is_judged || kind == "named-ref", "{says} is not judged: {claims:#?}");
    }
}
