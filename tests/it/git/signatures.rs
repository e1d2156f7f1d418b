//! Signatures of commits and tags: what is said of them against what git and ssh-keygen say, and what the
//! checks report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use bartizan::engine::Check;
use bartizan::model::{ObjectId, Outcome, RepoPath, Report, SignatureKind};
use bartizan::parse::signature::allowed_signers::AllowedSigners;
use bartizan::parse::signature::git::{ObjectFormat, ObjectKind, signed};
use bartizan::parse::signature::sshsig::PublicKey;
use bartizan::scan::provenance::Provenance;
use bartizan::scan::provenance::signers::Policy;
use bartizan::scan::{Settings, Silent, registry, scan};
use bartizan::source::{Place, Range, Source};

use super::{Repo, history, options};

/// Runs a program, quietly; none if it is not there.
fn run(program: &str, directory: &Path, arguments: &[&str], input: &[u8]) -> Option<(bool, String)> {
    use std::io::Write as _;
    let child = Command::new(program)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .env("TZ", "UTC")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.ok()?;
    // It need not read what it does not want.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// Makes a key of that kind in `folder`, and returns what a list of keys says of it; none, loudly, where
/// there is no ssh-keygen.
fn key(folder: &Path, name: &str, kind: &[&str]) -> Option<String> {
    let arguments = [&["-q", "-N", "", "-C", "", "-f", name, "-t"], kind].concat();
    let Some((made, said)) = run("ssh-keygen", folder, &arguments, b"") else {
        println!("NOT TESTED against ssh-keygen: it is not installed");
        return None;
    };
    assert!(made, "{said}");
    Some(std::fs::read_to_string(folder.join(format!("{name}.pub"))).unwrap().trim().to_owned())
}

/// Signs with the key `name` of `folder` in what follows.
fn sign_with(repo: &Repo, folder: &Path, name: &str) {
    repo.git(&["config", "gpg.format", "ssh"]);
    repo.git(&["config", "user.signingKey", folder.join(name).to_str().unwrap()]);
}

/// The checks of this file, and no others.
fn checks() -> Vec<Check> {
    let ours = ["invalid-commit-signature", "unexpected-commit-signer", "unsigned-commit"];
    registry::all().into_iter().filter(|check| ours.contains(&check.meta.id)).collect()
}

fn report(sources: &[&dyn Source], policy: Policy) -> Report {
    report_by(sources, Provenance { policy, ..Provenance::default() })
}

fn report_by(sources: &[&dyn Source], signatures: Provenance) -> Report {
    let settings = Settings { provenance: signatures, ..crate::fixtures::settings(checks()) };
    scan(sources, &settings, &Silent).unwrap()
}

/// What is reported of all of the history: check and message.
fn reported(repo: &Repo, policy: Policy) -> Vec<(&'static str, String)> {
    let history = history::open(&Place::Around(repo.path()), true);
    let report = report(&[&history], policy);
    assert_eq!(report.problems, [], "{:?}", report.problems);
    report.findings.into_iter().map(|finding| (crate::fixtures::id(&finding), finding.message)).collect()
}

fn listed(path: &str) -> Policy {
    Policy { allowed_signers: Some(RepoPath::from(path)), ..Policy::default() }
}

fn outcome(report: &Report, id: &str) -> Outcome {
    report.checks.iter().find(|(meta, _)| meta.id == id).unwrap().1.clone()
}

/// A source of random numbers, good enough to pick what is changed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }
}

/// Something changed in an object: a byte, a line, a header.
fn changed(object: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = object.to_vec();
    let lines: Vec<usize> = memchr::memchr_iter(b'\n', object).collect();
    let line = lines[dice.below(lines.len())] + 1;
    match dice.below(8) {
        0..=2 => {
            let at = dice.below(bytes.len());
            bytes[at] = b"A \n=/x<>"[dice.below(8)];
        }
        3 => drop(bytes.splice(line..line, *b"gpgsig-sha256 x\n y\n")),
        4 => drop(bytes.splice(line..line, *b"gpgsig -----BEGIN SSH SIGNATURE-----\n y\n")),
        5 => drop(bytes.splice(line..line, *b"-----BEGIN SSH SIGNATURE-----\n")),
        6 => drop(bytes.splice(line..line, *b" \n")),
        _ => {
            let end = memchr::memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |end| line + end + 1);
            drop(bytes.drain(line..end));
        }
    }
    bytes
}

/// What is said of signatures is what git says: for all kinds of keys, in repositories with either hash, for
/// commits and tags, sound and changed.
#[test]
fn git_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let kinds: [&[&str]; 5] = [
        &["ed25519"],
        &["ecdsa", "-b", "256"],
        &["ecdsa", "-b", "384"],
        &["ecdsa", "-b", "521"],
        &["rsa", "-b", "2048"],
    ];
    let mut list = String::from("# everybody\n");
    for (at, kind) in kinds.iter().enumerate() {
        let Some(key) = key(folder.path(), &format!("key{at}"), kind) else { return };
        list.push_str(&format!("* namespaces=\"git\" {key}\n"));
    }
    std::fs::write(folder.path().join("list"), &list).unwrap();
    let allowed = format!("gpg.ssh.allowedSignersFile={}", folder.path().join("list").display());
    let mut dice = Dice(7);
    for hash in ["sha1", "sha256"] {
        let repo = Repo::with(&["--object-format", hash]);
        repo.write(".gitsigners", &list);
        let mut objects: BTreeMap<String, &str> = BTreeMap::new();
        for at in 0..kinds.len() {
            sign_with(&repo, folder.path(), &format!("key{at}"));
            repo.git(&["add", "-A"]);
            repo.git(&["commit", "-q", "-S", "--allow-empty", "-m", "signed\n\nwith a key"]);
            repo.git(&["tag", "-s", "-m", "a tag", &format!("v{at}")]);
            objects.insert(repo.head(), "commit");
            objects.insert(repo.git(&["rev-parse", &format!("v{at}")]).trim().to_owned(), "tag");
        }
        // Merged tags bring their signatures along, in a header of their own.
        repo.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "unsigned"]);
        objects.insert(repo.head(), "commit");
        repo.git(&["merge", "-q", "-S", "--no-ff", "-m", "merged", "v4"]);
        objects.insert(repo.head(), "commit");
        let originals: Vec<(String, &str)> = objects.clone().into_iter().collect();
        for (id, kind) in &originals {
            let object = repo.git(&["cat-file", kind, id]);
            for _ in 0..7 {
                let bytes = changed(object.as_bytes(), &mut dice);
                let arguments = ["hash-object", "-w", "--literally", "--stdin", "-t", *kind];
                let (_, made) = run("git", &repo.path(), &arguments, &bytes).unwrap();
                objects.insert(made.trim().to_owned(), kind);
            }
        }
        let mut good = BTreeSet::new();
        for (id, kind) in &objects {
            let verify = if *kind == "tag" { "verify-tag" } else { "verify-commit" };
            if run("git", &repo.path(), &["-c", &allowed, verify, id], b"").unwrap().0 {
                good.insert(id.clone());
            }
        }
        assert!(good.len() >= 11 && good.len() < objects.len() / 2, "{} of {}", good.len(), objects.len());
        let history = history::open(&Place::Around(repo.path()), true);
        let ours = verified(&history, &list);
        let known: BTreeSet<String> = objects.keys().cloned().collect();
        let differ: Vec<&String> =
            known.iter().filter(|id| good.contains(*id) != ours.contains(*id)).collect();
        let shown: Vec<String> = differ
            .iter()
            .map(|id| {
                format!("{id} git: {}\n{}", good.contains(*id), repo.git(&["cat-file", objects[*id], id]))
            })
            .collect();
        assert!(shown.is_empty(), "{}", shown.join("\n"));
    }
}

/// The ids of what a scan takes for verified, one by one: each group is asked for with a list that has
/// but one object in it.
fn verified(history: &bartizan::source::History, list: &str) -> BTreeSet<String> {
    history.each(&|_| {}).unwrap();
    let list = AllowedSigners::read(list.as_bytes());
    let found = Mutex::new(BTreeSet::new());
    let is_about_commits = history.commits(&|commit| {
        let Some(bytes) = commit.bytes else { return };
        let kind = if commit.is_tag { ObjectKind::Tag } else { ObjectKind::Commit };
        let object = signed(bytes, kind, ObjectFormat::of(commit.id.as_bytes())).unwrap();
        assert_eq!(object.kind, commit.signature, "{}", commit.id);
        let Ok(signature) = bartizan::parse::signature::sshsig::SshSignature::read(&object.signature) else {
            return;
        };
        let holds = bartizan::verify::ssh::verify(&signature, &object.payload, "git").is_ok();
        let by = object.by.as_ref();
        let allowed = |entry: &bartizan::parse::signature::allowed_signers::Entry| {
            by.is_some_and(|by| entry.is_for(&by.mail) && entry.allows("git") && entry.is_valid_at(by.time))
        };
        if holds && list.entries(&signature.key).any(allowed) {
            found.lock().unwrap_or_else(PoisonError::into_inner).insert(commit.id.to_string());
        }
    });
    assert!(is_about_commits);
    found.into_inner().unwrap()
}

/// Whom a list allows is what ssh-keygen says, for patterns, purposes, times and quotes.
#[test]
fn ssh_keygen_says_the_same_of_lists() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(ours) = key(at, "ours", &["ed25519"]) else { return };
    let theirs = key(at, "theirs", &["ed25519"]).unwrap();
    std::fs::write(at.join("message"), "message").unwrap();
    let (made, said) =
        run("ssh-keygen", at, &["-Y", "sign", "-q", "-n", "git", "-f", "ours", "message"], b"").unwrap();
    assert!(made, "{said}");
    let names =
        ["a@b.c", "*@b.c", "?@b.c", "!a@b.c", "*", "A@B.C", "a@b.c,!*c", "\"a@b.c,x\"", "x,*.c", "**c"];
    let options = [
        "",
        "namespaces=\"git\" ",
        "namespaces=\"file,g*\" ",
        "namespaces=\"file\" ",
        "NameSpaces=\"!git,*\" ",
        "valid-after=\"20240501Z\" ",
        "valid-after=\"20240503Z\" ",
        "valid-before=\"202405021200Z\" ",
        "valid-before=\"20240502115959Z\" ",
        "cert-authority ",
        "valid-after=\"20240501Z\",namespaces=\"git\" ",
        "valid-after=\"2024\" ",
        "unknown ",
        "namespaces=\"git\",, ",
        "namespaces=git ",
    ];
    let key =
        PublicKey::read(&data_encoding::BASE64.decode(ours.split(' ').nth(1).unwrap().as_bytes()).unwrap());
    let key = key.unwrap();
    let mut dice = Dice(11);
    let mut allowed = 0;
    for round in 0..120 {
        let mut list = String::new();
        for _ in 0..1 + dice.below(3) {
            let key = if dice.below(4) == 0 { &theirs } else { &ours };
            let comment = ["", " a comment", "  # \"x"][dice.below(3)];
            let lead = ["", "  ", "#"][dice.below(6).saturating_sub(3)];
            // Of many pairs that do not fit, more of the first.
            let option = options[dice.below(options.len() * 2) % options.len()];
            list.push_str(&format!("{lead}{} {option}{key}{comment}\n", names[dice.below(names.len())]));
        }
        std::fs::write(at.join("list"), &list).unwrap();
        let arguments = [
            "-Y",
            "verify",
            "-f",
            "list",
            "-I",
            "a@b.c",
            "-n",
            "git",
            "-s",
            "message.sig",
            "-O",
            "verify-time=20240502120000Z",
        ];
        let (theirs, said) = run("ssh-keygen", at, &arguments, b"message").unwrap();
        let read = AllowedSigners::read(list.as_bytes());
        let is_allowed = read.entries(&key).any(|entry| {
            !entry.cert_authority
                && entry.is_for("a@b.c")
                && entry.allows("git")
                && entry.is_valid_at(1_714_651_200)
        });
        assert_eq!(is_allowed, theirs, "{round}\n{list}{said}{:?}", read.mistakes);
        allowed += usize::from(theirs);
    }
    assert!((20..100).contains(&allowed), "{allowed}");
}

/// A repository with commits by somebody on the list, by somebody else, unsigned and changed ones.
fn mixed() -> Option<(tempfile::TempDir, Repo)> {
    let folder = tempfile::tempdir().unwrap();
    let ours = key(folder.path(), "ours", &["ed25519"])?;
    key(folder.path(), "theirs", &["ed25519"]).unwrap();
    let repo = Repo::new();
    repo.write(".gitsigners", format!("t@example.org {ours}\n"));
    repo.commit("unsigned");
    repo.git(&["tag", "start"]);
    sign_with(&repo, folder.path(), "ours");
    repo.git(&["commit", "-q", "-S", "--allow-empty", "-m", "by us"]);
    repo.git(&["tag", "-s", "-m", "by us", "v1"]);
    Some((folder, repo))
}

/// Puts what `make` makes of the commit `HEAD` in its place.
fn replace_head(repo: &Repo, make: impl Fn(String) -> String) {
    let object = make(repo.git(&["cat-file", "commit", "HEAD"]));
    let arguments = ["hash-object", "-w", "--literally", "--stdin", "-t", "commit"];
    let (_, id) = run("git", &repo.path(), &arguments, object.as_bytes()).unwrap();
    repo.git(&["update-ref", "refs/heads/main", id.trim()]);
}

#[test]
fn what_is_sound_is_not_reported() {
    let Some((_folder, repo)) = mixed() else { return };
    assert_eq!(reported(&repo, Policy::default()), []);
    let history = history::open(&Place::Around(repo.path()), false);
    let report = report(&[&history], Policy::default());
    assert_eq!(outcome(&report, "invalid-commit-signature"), Outcome::Clean);
    assert_eq!(outcome(&report, "unexpected-commit-signer"), Outcome::Clean);
    assert_eq!(outcome(&report, "unsigned-commit"), Outcome::NotApplicable);
    let (head, tag) = (&repo.head()[..7], &repo.git(&["rev-parse", "v1"])[..7]);
    let remarks: Vec<&str> = report.remarks.iter().map(|remark| remark.message.as_str()).collect();
    let [share, commit, of_tag] = remarks.as_slice() else { panic!("{remarks:?}") };
    assert_eq!(*share, "1 of 2 commits (50.0 %) are signed: 1 with SSH keys; 1 of 1 tags are");
    let verified = "verified: .gitsigners:1 allows its key; according to the repository's own .gitsigners";
    assert!(
        commit.starts_with(&format!("SSH signature of commit {head} by t@example.org (SHA256:")),
        "{commit}"
    );
    assert!(commit.ends_with(verified), "{commit}");
    assert!(of_tag.starts_with(&format!("SSH signature of tag {tag} by t@example.org (")), "{of_tag}");
}

#[test]
fn what_does_not_hold_is_reported_once_for_all_alike() {
    let Some((_folder, repo)) = mixed() else { return };
    let mut ids = Vec::new();
    for _ in 0..8 {
        repo.git(&["commit", "-q", "-S", "--allow-empty", "-m", "by us"]);
        replace_head(&repo, |object| object.replace("by us", "by them"));
        ids.push(repo.head()[..7].to_owned());
    }
    ids.reverse();
    let message = format!(
        "SSH signature of commits {} and 3 more is invalid: it was not made over these bytes with the key that it names",
        ids[..5].join(", ")
    );
    assert_eq!(reported(&repo, Policy::default()), [("invalid-commit-signature", message)]);
    // Only what the range has.
    let range = Range::open(repo.open(), "HEAD~2..HEAD", &options()).unwrap();
    let found = report(&[&range], Policy::default()).findings;
    let message = &found.first().unwrap().message;
    assert!(
        message.starts_with(&format!("SSH signature of commits {}, {} is invalid", ids[0], ids[1])),
        "{message}"
    );
    let first = &found.first().unwrap().place.path;
    assert!(first.shown().starts_with(&format!(".git/commits/{}", ids[1])), "{}", first.shown());
}

#[test]
fn other_signers_are_reported_by_key() {
    let Some((folder, repo)) = mixed() else { return };
    sign_with(&repo, folder.path(), "theirs");
    repo.git(&["commit", "-q", "-S", "--allow-empty", "-m", "by them"]);
    let theirs = repo.head()[..7].to_owned();
    sign_with(&repo, folder.path(), "ours");
    repo.git(&[
        "-c",
        "user.email=other@example.org",
        "commit",
        "-q",
        "-S",
        "--allow-empty",
        "-m",
        "by us as them",
    ]);
    let (_, said) = run("ssh-keygen", folder.path(), &["-l", "-f", "theirs.pub"], b"").unwrap();
    let fingerprint = said.split(' ').nth(1).unwrap();
    let (_, said) = run("ssh-keygen", folder.path(), &["-l", "-f", "ours.pub"], b"").unwrap();
    let ours = said.split(' ').nth(1).unwrap();
    let found: BTreeSet<_> = reported(&repo, Policy::default()).into_iter().collect();
    let expected = [
        format!(
            "SSH signature of commit {theirs} by the key {fingerprint} is valid, but its key is not in .gitsigners"
        ),
        format!(
            "SSH signature of commit {} by the key {ours} is valid, but .gitsigners:1 lists its key for other addresses \
             than the committer's",
            &repo.head()[..7]
        ),
    ];
    assert_eq!(found, expected.map(|message| ("unexpected-commit-signer", message)).into_iter().collect());
}

/// Whoever adds himself to the list in a range is not on the list for that range.
#[test]
fn a_range_does_not_vouch_for_itself() {
    let Some((folder, repo)) = mixed() else { return };
    sign_with(&repo, folder.path(), "theirs");
    let key = std::fs::read_to_string(folder.path().join("theirs.pub")).unwrap();
    repo.write(".gitsigners", format!("t@example.org {key}"));
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-S", "-m", "I may sign now"]);
    let range = |name: &str| {
        let range = Range::open(repo.open(), name, &options()).unwrap();
        let found = report(&[&range], Policy::default()).findings;
        found.iter().map(|finding| crate::fixtures::id(finding)).collect::<Vec<_>>()
    };
    assert_eq!(range("HEAD~1..HEAD"), ["unexpected-commit-signer"]);
    repo.git(&["commit", "-q", "-S", "--allow-empty", "-m", "and again"]);
    assert_eq!(range("HEAD~1..HEAD"), [""; 0]);
    // No list was there before the first commit.
    assert_eq!(range("start"), [""; 0]);
}

#[test]
fn unsigned_commits_are_one_finding_where_all_have_to_be_signed() {
    let Some((_folder, repo)) = mixed() else { return };
    repo.commit("unsigned");
    let head = repo.head()[..7].to_owned();
    let start = repo.git(&["rev-parse", "start"])[..7].to_owned();
    let policy = Policy { require_signed_commits: true, ..Policy::default() };
    let message =
        format!("2 of 3 commits (66.6 %) are not signed, the latest of them commits {head}, {start}");
    assert_eq!(reported(&repo, policy.clone()), [("unsigned-commit", message)]);
    let range = Range::open(repo.open(), "start..HEAD~1", &options()).unwrap();
    let report = report(&[&range], policy);
    assert_eq!((report.findings.len(), outcome(&report, "unsigned-commit")), (0, Outcome::Clean));
}

#[test]
fn lists_that_cannot_be_used_are_told() {
    let Some((_folder, repo)) = mixed() else { return };
    let problems = |policy| {
        let history = history::open(&Place::Around(repo.path()), false);
        let report = report(&[&history], policy);
        report.problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        problems(listed("nothing/here")),
        ["the allowed signers file named in the configuration does not exist"]
    );
    repo.write("list", "t@example.org\n");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "a list"]);
    let told = problems(Policy { allowed_signers: Some(RepoPath::from("list")), ..Policy::default() });
    assert_eq!(told, ["line 1 is ignored: it has no key"]);
}

/// Commits made to hurt: each is counted, none stops the others.
#[test]
fn hostile_commits_are_gone_through() {
    let Some((_folder, repo)) = mixed() else { return };
    let head = repo.git(&["cat-file", "commit", "HEAD"]);
    let (before, _) = head.split_once("gpgsig ").unwrap();
    let begin = "gpgsig -----BEGIN SSH SIGNATURE-----\n";
    let objects = [
        format!("{before}{}\n\nmany", format!("{begin} x\n").repeat(20_000)),
        format!("{before}{begin} no end"),
        format!("{before}{begin}{}\n\nlong", " QUJD\n".repeat(1 << 15)),
        format!(
            "{before}{}\n\nnested",
            "gpgsig -----BEGIN SIGNED MESSAGE-----\n MAMwAQA=\n -----END SIGNED MESSAGE-----"
        ),
        format!("{before}{begin} -----END SSH SIGNATURE-----\n\nempty"),
    ];
    for object in &objects {
        replace_head(&repo, |_| object.clone());
        repo.git(&["branch", "-f", &format!("b{}", object.len())]);
    }
    let found = reported(&repo, Policy::default());
    let all: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(found.len(), 3, "{all:#?}");
    assert!(found.iter().all(|(check, _)| *check == "invalid-commit-signature"));
    for why in ["it has no end", "it is not an SSH signature", "it is not CMS signed data"] {
        assert!(all.iter().any(|message| message.ends_with(why)), "{why}: {all:#?}");
    }
}

/// Kinds are those of git, and each commit is shown once.
#[test]
fn kinds_are_counted_over_the_history_and_over_a_range() {
    let Some((_folder, repo)) = mixed() else { return };
    for (name, begin) in [("pgp", "PGP SIGNATURE"), ("cms", "SIGNED MESSAGE")] {
        replace_head(&repo, |head| {
            let (before, _) = head.split_once("gpgsig ").unwrap();
            format!("{before}gpgsig -----BEGIN {begin}-----\n x\n -----END {begin}-----\n\n{name}\n")
        });
        repo.git(&["branch", name]);
        repo.git(&["reset", "-q", "--hard", "v1"]);
    }
    let kinds = |source: &dyn Source| {
        source.each(&|_| {}).unwrap();
        let seen: Mutex<Vec<(ObjectId, bool, Option<SignatureKind>)>> = Mutex::default();
        assert!(source.commits(&|commit| {
            seen.lock().unwrap().push((commit.id, commit.is_tag, commit.signature));
        }));
        let seen = seen.into_inner().unwrap();
        assert_eq!(seen.iter().map(|(id, ..)| id).collect::<BTreeSet<_>>().len(), seen.len());
        let mut kinds: Vec<_> = seen.into_iter().map(|(_, is_tag, kind)| (is_tag, kind)).collect();
        kinds.sort();
        kinds
    };
    use SignatureKind::{Pgp, Ssh, X509};
    assert_eq!(
        kinds(&history::open(&Place::Around(repo.path()), false)),
        [(false, None), (false, Some(Pgp)), (false, Some(Ssh)), (false, Some(X509)), (true, Some(Ssh))]
    );
    assert_eq!(
        kinds(&Range::open(repo.open(), "start..HEAD", &options()).unwrap()),
        [(false, Some(Ssh)), (true, Some(Ssh))]
    );
    assert_eq!(kinds(&Range::open(repo.open(), "start..cms", &options()).unwrap()), [(false, Some(X509))]);
}

/// What gitsign signs is by whom the certificate is for: the committer, or whom the configuration names.
#[test]
fn certificates_are_expected_to_be_the_committers() {
    use std::sync::Arc;

    use bartizan::model::Standing;
    use bartizan::scan::config;

    let repo = Repo::new();
    repo.commit("a commit");
    let told = |mail: &str, configuration: &str| {
        repo.git(&["-c", &format!("user.email={mail}"), "commit", "-q", "--allow-empty", "-m", "signed"]);
        replace_head(&repo, |object| {
            let header = crate::gitsign::armoured(object.as_bytes()).trim_end().replace('\n', "\n ");
            let (before, message) = object.split_once("\n\n").unwrap();
            format!("{before}\ngpgsig {header}\n\n{message}")
        });
        let policy = config::parse(configuration, "bartizan.toml", "").unwrap().signatures;
        let range = Range::open(repo.open(), "HEAD~1..HEAD", &options()).unwrap();
        let report = report_by(
            &[&range],
            Provenance { verifier: Arc::new(crate::gitsign::keeper()), policy, ..Provenance::default() },
        );
        assert_eq!(report.remarks[0].message, "1 of 1 commits (100.0 %) are signed: 1 with certificates");
        let found: Vec<_> = report.findings.iter().map(crate::fixtures::id).collect();
        (report.remarks[1].message.clone(), found)
    };
    let rule = |path: &str, who: &str| {
        format!(
            "[[signatures.signer]]\npath = \"{path}\"\nidentity = \"{who}\"\nissuer = \"https://accounts.example.org\"\n"
        )
    };
    let verified = format!(": {}: ", Standing::Verified.words());
    for (mail, configuration, allowed) in [
        ("t@example.org", String::new(), true),
        ("T@Example.org", rule("dist/**", "r@example.org"), true),
        ("t@example.org", rule(".git/commits/**", "r@example.org"), false),
        ("bot@example.org", String::new(), false),
        ("bot@example.org", rule(".git/commits/**", "t@example.org"), true),
        ("bot@example.org", rule("dist/**", "t@example.org"), false),
    ] {
        let (line, found) = told(mail, &configuration);
        assert_eq!(line.contains(&verified), allowed, "{mail} {configuration}: {line}");
        assert_eq!(found.is_empty(), allowed, "{mail} {configuration}: {found:?}");
        assert!(line.contains("by t@example.org (issuer https://accounts.example.org)"), "{line}");
    }
}
