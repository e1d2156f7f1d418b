//! A report with one of everything, built by hand.

use std::collections::BTreeMap;

use bartizan::model::{
    Claim, Commit, Confidence, Coverage, Database, Examined, Family, Finding, Gap, History, Identity, Meta,
    Missing, Name, NotChecked, ObjectId, Origin, Outcome, Place, Problem, Region, RepoPath, Report, Ruling,
    Secret, Severity, Signature, Signer, SkipReason, Snippet, Span, Standing, Suppressed, TextKind,
    Unchecked,
};

/// What no format may show unless asked for; of no provider's form.
pub(super) const PLANTED: &str = "planted-4f1c-never-to-be-shown";

/// A check's facts.
pub(super) const fn meta(
    id: &'static str,
    title: &'static str,
    family: Family,
    severity: Severity,
    remedy: &'static str,
) -> Meta {
    Meta { id, title, severity, confidence: Confidence::High, family, remedy, docs: "" }
}

const TOKEN: Meta = meta(
    "github-personal-access-token",
    "GitHub personal access token",
    Family::Secret,
    Severity::Critical,
    "revoke the token at github.com/settings/tokens, then remove it from the file",
);
const PASSWORD: Meta = meta(
    "assigned-password",
    "password in a configuration file",
    Family::Secret,
    Severity::High,
    "change the password, then read it from the environment",
);
const KEY: Meta = meta(
    "private-key",
    "private key",
    Family::Secret,
    Severity::High,
    "make a new key and replace the old one wherever it is trusted, then remove the file; a key \
     that was pushed stays known even after the history has been rewritten",
);
const ENV_FILE: Meta = meta(
    "committed-env-file",
    "file with environment values is tracked",
    Family::Secret,
    Severity::Medium,
    "run `git rm --cached` on it and name it in .gitignore",
);
const UNPINNED: Meta = Meta {
    docs: "## What it does\nReports each `uses:` whose ref is not a full\ncommit id.\n\n\
           ## Why is this bad\nWhoever can move the tag runs code in your workflow.\n\n\
           ## References\n- https://docs.github.com/actions\n",
    ..meta(
        "unpinned-action",
        "action is not pinned to a commit",
        Family::Workflow,
        Severity::High,
        "pin the action to a full commit id",
    )
};
const POLICY: Meta = meta(
    "missing-security-policy",
    "no security policy",
    Family::Policy,
    Severity::Low,
    "add a SECURITY.md that says how to report a vulnerability",
);

/// A place with a snippet; the mark is what stands between `»` and `«`.
fn place(path: impl Into<Vec<u8>>, line: u32, marked: &str) -> Place {
    let (before, rest) = marked.split_once('»').expect("a mark begins");
    let (mark, _) = rest.split_once('«').expect("a mark ends");
    let units = |text: &str| text.encode_utf16().count() as u32;
    let start = line as usize * 40 + before.len();
    Place {
        path: RepoPath::new(path),
        span: Span::new(start, start + mark.len()),
        region: Region {
            start_line: line,
            start_column: 1 + units(before),
            end_line: line,
            end_column: 1 + units(before) + units(mark),
        },
        snippet: Some(Snippet {
            text: marked.replace(['»', '«'], ""),
            mark_start: before.chars().count(),
            mark_len: mark.chars().count(),
        }),
        line_hash: Some(format!("af99059b3d8c{line:x}:1")),
        origin: None,
        note: None,
    }
}

/// A file as a whole.
pub(super) fn whole(path: impl Into<Vec<u8>>) -> Place {
    Place {
        path: RepoPath::new(path),
        span: Span::new(0, 0),
        region: Region::TOP,
        snippet: None,
        line_hash: None,
        origin: None,
        note: None,
    }
}

/// A finding of `meta` at `place`.
pub(super) fn finding(meta: &Meta, place: Place, message: &str) -> Finding {
    Finding {
        check: meta.id.into(),
        family: meta.family,
        severity: meta.severity,
        confidence: meta.confidence,
        place,
        message: message.to_owned(),
        evidence: None,
        identity: Identity::fault(meta.id, message),
        rank: 0,
        proofs: Vec::new(),
        remedy: meta.remedy.into(),
        fingerprint: format!("b1:{:032x}", meta.id.len()),
        lost: Vec::new(),
        also: Vec::new(),
        trace: Vec::new(),
        changed_at: None,
        parts: Vec::new(),
        fix: None,
        advice: None,
        history: None,
        nearby: None,
        validation: None,
    }
}

fn secret(meta: &Meta, place: Place, message: &str) -> Finding {
    let secret = Secret::new(PLANTED.as_bytes());
    let evidence = Some(secret.redacted(0));
    Finding { evidence, identity: Identity::Secret(secret), ..finding(meta, place, message) }
}

/// An id of which every byte is this one.
fn id(byte: u8) -> ObjectId {
    ObjectId::new(&[byte; 20]).expect("it is short enough")
}

/// `place` in a text of the history that this commit brought.
fn historic(place: Place, kind: TextKind, object: ObjectId, commit: Option<Commit>) -> Place {
    let path = if kind == TextKind::Blob { place.path } else { kind.path(Some(object)) };
    Place { path, origin: Some(Box::new(Origin { kind, object: Some(object), commit })), ..place }
}

/// Findings of the history, by an author who would like to be something else.
pub(super) fn history() -> Report {
    let commit = |byte, author: Option<&str>| Commit {
        id: id(byte),
        time: 1_714_559_696,
        offset: 7200,
        author: author.map(str::to_owned),
        rank: 0,
    };
    let both = Finding {
        also: vec![
            historic(
                place("old/config.yml", 2, "t: »ghp_****«"),
                TextKind::Blob,
                id(0xb1),
                Some(commit(0xc1, None)),
            ),
            historic(
                place("deploy/config.yml", 9, "t: »ghp_****«"),
                TextKind::Blob,
                id(0xb2),
                Some(commit(0xc2, None)),
            ),
        ],
        history: Some(Box::new(History {
            in_head: Some(true),
            commits: Some(1200),
            refs: Some(3),
            blobs: vec![id(0xb1), id(0xb2)],
            ..History::default()
        })),
        ..secret(
            &TOKEN,
            place("deploy/config.yml", 12, "  token: »ghp_****«"),
            "GitHub personal access token",
        )
    };
    let author = "A \u{1b}[2J'; rm -rf ~ <a@example.org>";
    let gone = place("my dir/[id].env", 7, "TOKEN=»ghp_****«");
    let gone = Finding {
        history: Some(Box::new(History {
            in_head: Some(false),
            commits: Some(1),
            blobs: vec![id(0xb3)],
            ..History::default()
        })),
        ..secret(
            &TOKEN,
            historic(gone, TextKind::Blob, id(0xb3), Some(commit(0xc3, Some(author)))),
            "GitHub token",
        )
    };
    let message =
        historic(place("", 3, "use »ghp_****«"), TextKind::CommitMessage, id(0xc4), Some(commit(0xc4, None)));
    let message = Finding {
        history: Some(Box::new(History { commits: Some(1), messages: vec![id(0xc4)], ..History::default() })),
        ..secret(&TOKEN, message, "GitHub token")
    };
    let tag = historic(place("", 1, "»ghp_****«"), TextKind::TagMessage, id(0xaa), None);
    let tag = Finding {
        history: Some(Box::new(History { messages: vec![id(0xaa)], ..History::default() })),
        ..secret(&TOKEN, tag, "GitHub token")
    };
    let lost = historic(whole(".git/objects/b5"), TextKind::Blob, id(0xb5), None);
    let lost = Finding {
        history: Some(Box::new(History { unreachable: true, blobs: vec![id(0xb5)], ..History::default() })),
        ..secret(&KEY, lost, "RSA private key")
    };
    let gap = |count, example: &str| Gap { count, examples: vec![example.to_owned()] };
    Report {
        checks: listed(vec![(TOKEN, Outcome::Found(4)), (KEY, Outcome::Found(1))]),
        findings: vec![message, lost, tag, both, gone],
        problems: vec![problem(
            None,
            "history ends at commit c1c1c1c; `git fetch --unshallow` gets the rest",
        )],
        coverage: Coverage {
            files: 412,
            bytes: 3_210_000,
            skipped: Vec::new(),
            history: Some(Examined {
                refs: 12,
                commits: 2041,
                objects: 18_000,
                bytes: 480_000_000,
                gaps: BTreeMap::from([
                    (SkipReason::Shallow, gap(1, &id(0xc1).to_string())),
                    (SkipReason::Binary, gap(37, "art/\u{1b}[31m.png")),
                ]),
            }),
        },
        scope: "worktree and history".to_owned(),
        ..Report::default()
    }
}

fn not_checked(why: Unchecked, path: &[u8], ecosystem: &str, asked: bool) -> NotChecked {
    NotChecked { why, path: RepoPath::new(path), ecosystem: ecosystem.to_owned(), asked }
}

fn problem(path: Option<&[u8]>, message: &str) -> Problem {
    Problem { path: path.map(RepoPath::new), message: message.to_owned() }
}

fn listed(checks: Vec<(Meta, Outcome)>) -> Vec<(Meta<Name>, Outcome)> {
    checks.into_iter().map(|(meta, outcome)| (meta.into(), outcome)).collect()
}

/// One finding in one file, nothing else to say.
pub(super) fn simple() -> Report {
    let place = place("deploy/config.yml", 12, "  token: »ghp_****«");
    Report {
        checks: listed(vec![(TOKEN, Outcome::Found(1))]),
        findings: vec![secret(&TOKEN, place, "GitHub personal access token")],
        coverage: Coverage { files: 1, bytes: 1, skipped: Vec::new(), history: None },
        scope: "worktree".to_owned(),
        ..Report::default()
    }
}

/// Nothing found, everything looked at but a few files.
pub(super) fn clean() -> Report {
    let checks = [TOKEN, PASSWORD, KEY, ENV_FILE, UNPINNED].map(|meta| (meta.into(), Outcome::Clean));
    let skipped = [
        ("assets/a.png", SkipReason::Binary),
        ("assets/b.png", SkipReason::Binary),
        ("latest", SkipReason::Symlink),
    ];
    Report {
        checks: checks.into(),
        coverage: Coverage {
            files: 412,
            bytes: 3_210_000,
            skipped: skipped.map(|(path, reason)| (path.into(), reason)).into(),
            history: None,
        },
        scope: "worktree".to_owned(),
        ..Report::default()
    }
}

/// One of everything, with names that a hostile repository would choose.
pub(super) fn everything() -> Report {
    let token = Finding {
        proofs: vec!["checksum valid".to_owned()],
        also: vec![
            place("my dir/naïve 🔑.env", 7, "TOKEN=»ghp_****«"),
            place("src/[id]/a#b%41.ts", 3, "const token = \"»ghp_****«\""),
        ],
        ..secret(
            &TOKEN,
            place("deploy/config.yml", 12, "  token: »ghp_****« # for the [bot](https://x.test)"),
            "GitHub personal access token in `token`",
        )
    };
    let disproven = Finding {
        severity: Severity::Low,
        confidence: Confidence::Low,
        proofs: vec!["checksum does not match: an example, or mistyped".to_owned()],
        ..secret(
            &TOKEN,
            place("docs/guide.md", 140, "\t漢字 🔑 and `»ghp_****«`"),
            "GitHub personal access token",
        )
    };
    let long = format!("{}password=»****«{}", "x=1;".repeat(40), ";y=2".repeat(40));
    let password = secret(
        &PASSWORD,
        place("deploy/config.yml", 14, &long),
        "password in `password`, beside [a link](https://evil.test) \u{1b}[2J\u{202e}",
    );
    let mut key =
        secret(&KEY, place("keys/id_rsa", 1, "»-----BEGIN ****«"), "RSA private key without a passphrase");
    key.place.region.end_line = 27;
    key.place.region.end_column = 30;
    let env = finding(&ENV_FILE, whole("my dir/naïve 🔑.env"), "tracked file with 3 values");
    let raw = secret(&PASSWORD, whole(b"odd/\xff\xfe\x1b]0;x\x07\nfake: no findings"), "password");
    let unpinned = finding(
        &UNPINNED,
        place(".github/workflows/ci.yml", 21, "      - uses: »actions/checkout@v4«"),
        "`actions/checkout` follows `v4`, which can be moved",
    );
    let policy = finding(&POLICY, whole("SECURITY.md"), "the repository has no security policy");
    let silenced = secret(&TOKEN, place("tests/data.txt", 2, "»ghp_****«"), "GitHub token");

    let offline = "no advisory database; run `bartizan db update`";
    let dependency = |id, title| meta(id, title, Family::Dependency, Severity::High, "upgrade it");
    let mut skipped: Vec<(RepoPath, SkipReason)> = SkipReason::ALL
        .iter()
        .map(|reason| (RepoPath::from(format!("skipped/{}", reason.key()).as_str()), *reason))
        .collect();
    skipped.push((RepoPath::new(b"skipped/\xff\n"), SkipReason::Binary));
    Report {
        checks: listed(vec![
            (PASSWORD, Outcome::Found(2)),
            (ENV_FILE, Outcome::Found(1)),
            (TOKEN, Outcome::Found(2)),
            (POLICY, Outcome::Found(1)),
            (KEY, Outcome::Found(1)),
            (
                meta("root-container", "runs as root", Family::Container, Severity::Medium, ""),
                Outcome::NotApplicable,
            ),
            (
                meta("unsigned-release", "no signature", Family::Provenance, Severity::Medium, ""),
                Outcome::Failed("index out of bounds; please report this".to_owned()),
            ),
            (meta("untrusted-agent", "agent file", Family::Agent, Severity::Medium, ""), Outcome::Clean),
            (UNPINNED, Outcome::Found(1)),
            (
                dependency("vulnerable-dependency", "known vulnerability"),
                Outcome::NotChecked(offline.to_owned()),
            ),
            (dependency("yanked-dependency", "yanked version"), Outcome::NotChecked(offline.to_owned())),
        ]),
        findings: vec![unpinned, policy, token, password, disproven, key, env, raw],
        suppressed: vec![Suppressed {
            finding: silenced,
            reason: "made up\nfor a test".to_owned(),
            by: "inline".into(),
        }],
        known_before: 2,
        problems: vec![
            problem(Some(b"secrets/\xf0\x9f.bin"), "permission denied"),
            problem(None, "the git index is damaged; run `git fsck`"),
        ],
        notices: vec![problem(Some(b"bartizan.toml"), "the [[ignore]] at line 4 matches nothing; remove it")],
        remarks: vec![problem(Some(b"Cargo.lock"), "12 packages from crates.io were compared")],
        not_checked: vec![
            not_checked(Unchecked::NoDatabase, b"Cargo.lock", "crates.io", true),
            not_checked(Unchecked::NoDatabase, b"a/poetry.lock", "PyPI", false),
            not_checked(Unchecked::NoDatabase, b"b/\x1b[2J\xff.lock", "PyPI", false),
            not_checked(Unchecked::NoDatabase, b"yarn.lock", "npm", false),
            not_checked(Unchecked::NotRead, b"bun.lockb", "npm", false),
            not_checked(Unchecked::NoLockFile, b"docs/package.json", "npm", false),
        ],
        databases: vec![Database {
            name: "RustSec".into(),
            origin: "a directory".to_owned(),
            advisories: 1234,
            newest: "2026-11-20".to_owned(),
            date: Some("2026-11-28".to_owned()),
            age: Some(3),
        }],
        signatures: vec![
            Signature {
                path: "dist/app.tgz.sigstore.json".into(),
                line: 1,
                form: "Sigstore bundle v0.3".into(),
                foreign: false,
                artifact: Some("dist/app.tgz".into()),
                digest: Some(format!("sha256:{}", "0a".repeat(32))),
                standing: Standing::Verified,
                changed: false,
                reason: "signed by a workflow of this repository".to_owned(),
                signer: Some(Signer::Identity {
                    identity: "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1".to_owned(),
                    issuer: "https://token.actions.githubusercontent.com".to_owned(),
                    repository: Some("https://github.com/o/r".to_owned()),
                }),
                evidence: vec!["in the log at index 123".to_owned()],
                predicate: None,
                lost: false,
            },
            Signature {
                path: RepoPath::new(b"old/\x1b[2J.sig".as_slice()),
                line: 2,
                form: "detached signature".into(),
                foreign: false,
                artifact: None,
                digest: None,
                standing: Standing::Invalid,
                changed: false,
                reason: "no key here has made it\u{202e}".to_owned(),
                signer: None,
                evidence: Vec::new(),
                predicate: None,
                lost: false,
            },
        ],
        claims: vec![
            Claim {
                ruling: Ruling::Contradicted,
                kind: "supported-versions".into(),
                check: "untrue-version-claim".into(),
                place: place("SECURITY.md", 9, "| »2.10.x« | yes |"),
                evidence: vec![place("Cargo.toml", 3, "version = \"»2.12.1«\"")],
                facts: vec!["tag v2.12.1".to_owned()],
                reason: "the policy supports `2.10.x` only; the current version is 2.12.1\u{202e}".to_owned(),
                missing: None,
            },
            Claim {
                ruling: Ruling::Unverifiable,
                kind: "named-ref".into(),
                check: "untrue-reference-claim".into(),
                place: place("SECURITY.md", 11, "| »main« | yes |"),
                evidence: Vec::new(),
                facts: Vec::new(),
                reason: "not all branches are here".to_owned(),
                missing: Some(Missing::History),
            },
        ],
        coverage: Coverage { files: 1412, bytes: 48_212_345, skipped, history: None },
        scope: "worktree".to_owned(),
    }
}
