//! `scan` and `verify` say the same of a file, whatever a signature is called, names and lies beside.

use std::cell::Cell;

use bartizan::model::{Ending, Severity, Standing};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::made::{Made, accuses, of, said};
use super::verify;

/// What stands behind the name of an artifact in the names of its bundles.
const ENDINGS: [&str; 32] = [
    ".sigstore",
    ".sigstore.json",
    ".bundle",
    ".bundle.json",
    ".cosign.bundle",
    ".cdx.sigstore.json",
    ".cdx.intoto.sigstore.json",
    ".spdx.sigstore.json",
    ".sbom.sigstore.json",
    ".intoto.sigstore.json",
    ".slsa.sigstore.json",
    ".intoto.json",
    ".intoto.jsonl",
    ".in-toto.jsonl",
    ".slsa.intoto.jsonl",
    ".provenance.jsonl",
    ".provenance.json",
    ".provenance.sigstore",
    ".provenance",
    ".att",
    ".att.json",
    ".attestation",
    ".attestation.json",
    ".attestations.jsonl",
    ".vuln.att",
    ".openvex.intoto.jsonl",
    ".dsse.json",
    ".jsonl",
    "-provenance.json",
    "-attestation.sigstore.json",
    "_sbom.intoto.jsonl",
    ".SIGSTORE.JSON",
];

/// How statements write the path of a file.
#[derive(Clone, Copy, Debug)]
enum Naming {
    Plain,
    Dotted,
    Path,
    DottedPath,
    Windows,
    OfBuilder,
    OfWindowsBuilder,
    None,
}

impl Naming {
    fn of(self, folder: &str, name: &str) -> String {
        let back = |text: String| text.replace('/', "\\");
        match self {
            Self::Plain => name.to_owned(),
            Self::Dotted => format!("./{name}"),
            Self::Path => format!("{folder}{name}"),
            Self::DottedPath => format!("./{folder}/{name}"),
            Self::Windows => back(format!("{folder}{name}")),
            Self::OfBuilder => format!("/home/runner/work/r/{folder}{name}"),
            Self::OfWindowsBuilder => back(format!("D:/a/r/{folder}{name}")),
            Self::None => String::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Raw,
    Message,
    Attestation,
    Envelope,
}

/// What happened to a file after it was signed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Kept,
    Longer,
    Shorter,
    /// It became one of the others that were signed along with it.
    AsNext,
}

#[derive(Clone, Debug)]
struct Setup {
    folder: &'static str,
    form: Form,
    naming: Naming,
    ending: &'static str,
    fates: Vec<Fate>,
    /// The bundle is called after none of the files.
    renamed: bool,
    /// It lies in a folder for such.
    apart: bool,
    /// Intact copies are kept elsewhere.
    copies: bool,
    /// An earlier version lies beside, with a signature of its own.
    earlier: bool,
}

fn setups() -> impl Strategy<Value = Setup> {
    let folder = prop::sample::select(vec!["", "dist/", "out/x/"]);
    let form = prop_oneof![
        1 => Just(Form::Raw), 3 => Just(Form::Message), 4 => Just(Form::Attestation), 4 => Just(Form::Envelope)
    ];
    let naming = prop::sample::select(vec![
        Naming::Plain,
        Naming::Dotted,
        Naming::Path,
        Naming::DottedPath,
        Naming::Windows,
        Naming::OfBuilder,
        Naming::OfWindowsBuilder,
        Naming::None,
    ]);
    let fate = prop_oneof![
        4 => Just(Fate::Kept), 2 => Just(Fate::Longer), 1 => Just(Fate::Shorter), 1 => Just(Fate::AsNext)
    ];
    let fates = prop::collection::vec(fate, 1..5);
    (folder, form, naming, prop::sample::select(ENDINGS.to_vec()), fates, any::<[bool; 4]>()).prop_map(
        |(folder, form, naming, ending, mut fates, [renamed, apart, copies, earlier])| {
            let is_statement = matches!(form, Form::Attestation | Form::Envelope);
            if !is_statement || matches!(naming, Naming::None) {
                fates.truncate(1);
            }
            // Nothing leads from a name that is another one, and nothing in it.
            let renamed = renamed && is_statement && !matches!(naming, Naming::None);
            let apart = apart
                && is_statement
                && matches!(naming, Naming::Path | Naming::DottedPath | Naming::Windows);
            Setup { folder, form, naming, ending, fates, renamed, apart, copies, earlier }
        },
    )
}

impl Setup {
    /// Makes it: the signature, and each file with whether it is what was signed.
    fn make(&self, made: &Made) -> (String, Vec<(String, bool)>) {
        let names: Vec<String> = (0..self.fates.len())
            .map(|at| ["app-1.0.tar.gz", "tool", "lib.so.2", "setup.exe"][at].to_owned())
            .collect();
        let content = |at: usize| format!("content {at} of this version\n").into_bytes();
        let subjects: Vec<(String, Vec<u8>)> = names
            .iter()
            .enumerate()
            .map(|(at, name)| (self.naming.of(self.folder, name), content(at)))
            .collect();
        let subjects: Vec<(&str, &[u8])> =
            subjects.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let (ending, text) = match self.form {
            Form::Raw => (".sig", made.raw(&content(0))),
            Form::Message => (self.ending, made.message(&content(0))),
            Form::Attestation => (self.ending, made.attestation(&subjects)),
            Form::Envelope => (self.ending, format!("{}\n", made.envelope(&subjects))),
        };
        let stem = if self.renamed { "everything-of-v1" } else { &names[0] };
        let beside = if self.apart { "attestations/" } else { self.folder };
        let signature = format!("{beside}{stem}{ending}");
        made.write(&signature, text.as_bytes());
        let mut files = Vec::new();
        for (at, (name, fate)) in names.iter().zip(&self.fates).enumerate() {
            let bytes = match fate {
                Fate::Kept => content(at),
                Fate::Longer => [content(at).as_slice(), b"!"].concat(),
                Fate::Shorter => content(at)[1..].to_vec(),
                Fate::AsNext if names.len() > 1 => content((at + 1) % names.len()),
                Fate::AsNext => b"something else".to_vec(),
            };
            let path = format!("{}{name}", self.folder);
            made.write(&path, &bytes);
            files.push((path, *fate == Fate::Kept));
            if self.copies {
                made.write(&format!("{}{name}.orig", self.folder), &content(at));
                made.write(&format!("backup/{name}"), &content(at));
                made.write(&format!("backup/{}{name}", self.folder), &content(at));
            }
        }
        if self.earlier {
            let path = format!("{}app-0.9.tar.gz", self.folder);
            made.write(&path, b"earlier");
            made.write(&format!("{path}.sigstore.json"), made.message(b"earlier").as_bytes());
        }
        (signature, files)
    }
}

#[test]
fn scan_and_verify_never_disagree() {
    let (sound, changed) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&setups(), |setup| {
        let made = Made::new();
        let (signature, files) = setup.make(&made);
        let report = made.scan();
        let told = said(&report);
        for (path, is_sound) in &files {
            let how = if setup.form == Form::Raw { "--signature" } else { "--bundle" };
            let verified = verify(made.at(), &["--key", "cosign.pub", how, &signature, path]);
            prop_assert_eq!(
                verified.code,
                i32::from(!is_sound),
                "{}: {}{}\n{}",
                path,
                verified.out,
                verified.err,
                told
            );
            prop_assert_eq!(accuses(&report, path), !is_sound, "{}\n{}", path, told);
            let holds = of(&report, path).iter().any(|one| one.standing == Standing::Verified);
            prop_assert_eq!(holds, *is_sound, "{}\n{}", path, told);
            let counter = if *is_sound { &sound } else { &changed };
            counter.set(counter.get() + 1);
        }
        let all = files.iter().all(|(_, is_sound)| *is_sound);
        let expected = if all { Ending::Clean } else { Ending::Findings };
        prop_assert_eq!(report.ending(Some(Severity::Medium)), expected, "{}", told);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(sound.get() > 100 && changed.get() > 100, "{} and {}", sound.get(), changed.get());
}
