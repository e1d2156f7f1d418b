//! `bartizan sbom` as its users meet it, and what it writes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use super::{all, assert_cyclonedx, assert_spdx, at, lock, text};
use crate::cli::{Ran, command, folder, ran};

const FORMATS: [&str; 3] = ["cyclonedx", "spdx", "spdx-tag-value"];
const MANIFEST: &str =
    "[package]\nname = \"anvil\"\nversion = \"0.3.0\"\n\n[workspace]\nmembers = [\"hammer\"]\n";
const ONE: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n";

fn workspace() -> TempDir {
    folder(&[("Cargo.lock", &lock()), ("Cargo.toml", MANIFEST)])
}

fn run(folder: &TempDir, args: &[&str]) -> Ran {
    ran(command(folder.path(), &[&["sbom"], args].concat()))
}

fn written(folder: &TempDir, args: &[&str]) -> String {
    let Ran { code, out, err } = run(folder, args);
    assert_eq!((code, err.as_str()), (0, ""), "{args:?}");
    out
}

/// Standard error of a run that fails, in one line.
fn error(folder: &TempDir, args: &[&str]) -> String {
    let Ran { code, out, err } = run(folder, args);
    assert_eq!((code, out.as_str(), err.lines().count()), (2, "", 1), "{args:?}: {err}");
    err.trim_end().strip_prefix("error: ").unwrap().to_owned()
}

/// Without the version of the program, which changes with each release.
fn settled(text: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    text.replace(&format!("\"version\": \"{version}\""), "\"version\": \"[version]\"")
        .replace(&format!("Tool: bartizan-{version}"), "Tool: bartizan-[version]")
}

#[test]
fn a_workspace_in_every_format() {
    let folder = workspace();
    assert_snapshot!("cyclonedx", settled(&written(&folder, &[])));
    assert_snapshot!("spdx", settled(&written(&folder, &["--format", "spdx"])));
    assert_snapshot!("spdx_tag_value", settled(&written(&folder, &["--format", "spdx-tag-value"])));
}

#[test]
fn a_workspace_is_one_project_of_several_members() {
    let folder = workspace();
    let document = assert_cyclonedx(&written(&folder, &[]));
    let root = text(&document, "/metadata/component/bom-ref");
    assert_eq!((root, text(&document, "/metadata/component/name")), ("project:anvil", "anvil"));
    let members = all(&document, "/dependencies/0/dependsOn");
    assert_eq!((text(&document, "/dependencies/0/ref"), members.len()), (root, 2));
    let spdx = assert_spdx(&written(&folder, &["--format", "spdx"]));
    let described: Vec<&str> = all(&spdx, "/relationships")
        .iter()
        .filter(|relationship| relationship["relationshipType"] == "DESCRIBES")
        .map(|relationship| text(relationship, "/relatedSpdxElement"))
        .collect();
    assert_eq!(described, ["SPDXRef-Package-anvil-0.3.0", "SPDXRef-Package-hammer-0.3.0"]);
}

#[test]
fn a_single_package_is_the_project() {
    let folder = folder(&[("Cargo.lock", ONE)]);
    let document = assert_cyclonedx(&written(&folder, &[]));
    assert_eq!(text(&document, "/metadata/component/purl"), "pkg:cargo/app@0.1.0");
    assert_eq!(all(&document, "/components").len(), 0);
    let spdx = assert_spdx(&written(&folder, &["--format", "spdx"]));
    assert_eq!((text(&spdx, "/name"), all(&spdx, "/packages").len()), ("app", 1));
}

#[test]
fn what_a_lock_file_does_not_know_is_said() {
    let folder = workspace();
    let said = "neither to be complete nor to contain the minimum elements";
    assert!(text(&assert_cyclonedx(&written(&folder, &[])), "/metadata/properties/0/value").contains(said));
    assert!(text(&assert_spdx(&written(&folder, &["--format", "spdx"])), "/comment").contains(said));
    assert!(written(&folder, &["--format", "spdx-tag-value"]).contains(said));
}

#[test]
fn nobodys_passwords_and_folders_get_into_it() {
    let folder = workspace();
    for format in FORMATS {
        let out = written(&folder, &["--format", format]);
        assert!(out.contains("git%2Bhttps:%2F%2Fexample.org%2Fwire.git%400123456789"), "{out}");
        for word in ["hunter2", "smith", "/home", folder.path().to_str().unwrap()] {
            assert!(!out.contains(word), "{format}: {word}");
        }
    }
}

#[test]
fn the_same_lock_gives_the_same_bytes() {
    let first = workspace();
    let mut blocks: Vec<String> = lock().split("\n\n").map(|block| block.trim_end().to_owned()).collect();
    blocks[1..].reverse();
    let shuffled = blocks.join("\n\n") + "\n";
    assert_ne!(shuffled, lock());
    let others = [lock(), shuffled, lock().replace('\n', "\r\n")];
    for format in FORMATS {
        let args = ["--format", format];
        let expected = written(&first, &args);
        assert_eq!(written(&first, &args), expected, "again");
        for other in &others {
            let other = folder(&[("Cargo.lock", other), ("Cargo.toml", MANIFEST)]);
            assert_eq!(written(&other, &args), expected, "{format}");
        }
        // A lock file that says something else is another document.
        let other = lock().replace("ddddd\"", "dddd0\"");
        let other = written(&folder(&[("Cargo.lock", &other), ("Cargo.toml", MANIFEST)]), &args);
        let serial =
            |text: &str| text.lines().find(|line| line.contains(['-']) && is_serial(line)).map(str::to_owned);
        assert!(serial(&expected).is_some() && serial(&other) != serial(&expected), "{format}");
    }
}

fn is_serial(line: &str) -> bool {
    ["serialNumber", "documentNamespace", "DocumentNamespace"].iter().any(|name| line.contains(name))
}

#[cfg(unix)]
#[test]
fn the_time_is_that_of_the_commit() {
    let folder = workspace();
    let git = |args: &[&str]| drop(crate::run_git::dated(folder.path(), args, "1234567890 +0200"));
    let time = |epoch: Option<&str>| {
        let mut command = command(folder.path(), &["sbom"]);
        match epoch {
            Some(epoch) => command.env("SOURCE_DATE_EPOCH", epoch),
            None => command.env_remove("SOURCE_DATE_EPOCH"),
        };
        let Ran { code, out, err } = ran(command);
        assert_eq!((code, err.as_str()), (0, ""));
        text(&serde_json::from_str::<Value>(&out).unwrap(), "/metadata/timestamp").to_owned()
    };
    git(&["init", "-q", "-b", "main", "."]);
    // No commit, no time of one: the present, which is after this was written.
    assert!(time(None).as_str() > "2025-01-01");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    assert_eq!(time(None), "2009-02-13T23:31:30Z");
    assert_eq!(time(Some("0")), "1970-01-01T00:00:00Z");
    fs::write(folder.path().join(".git/refs/heads/main"), "1".repeat(40)).unwrap();
    let mut broken = command(folder.path(), &["sbom"]);
    broken.env_remove("SOURCE_DATE_EPOCH");
    let Ran { code, out, err } = ran(broken);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("SOURCE_DATE_EPOCH would give one") && err.contains("is missing"), "{err}");
}

#[test]
fn times_that_no_document_can_carry_are_refused() {
    let folder = workspace();
    for epoch in ["-1", "253402300800", "9223372036854775807"] {
        let mut command = command(folder.path(), &["sbom"]);
        command.env("SOURCE_DATE_EPOCH", epoch);
        let Ran { code, err, .. } = ran(command);
        assert_eq!(
            (code, err),
            (2, format!("error: SOURCE_DATE_EPOCH, {epoch}, is not between the years 1970 and 9999\n"))
        );
    }
}

#[test]
fn lock_files_are_found_by_path_or_name() {
    let folder = folder(&[
        ("a/Cargo.lock", ONE),
        ("a/Cargo.toml", "[package]\nname = \"app\"\n"),
        ("b/poetry.lock", "[[package]]\nname = \"Tin_Foil\"\nversion = \"1.0\"\n"),
        ("b/requirements.txt", "zinc==1.0\n"),
        ("c/yarn.lock", "tin@^1.0:\n  version \"1.2.3\"\n"),
        ("c/go.sum", "example.org/tin v1.0.0 h1:x=\n"),
    ]);
    let expected = written(&folder, &["a"]);
    for args in [&["a/Cargo.lock"][..], &["--lock", "a/Cargo.lock"], &["--manifest-path", "a/Cargo.toml"]] {
        assert_eq!(written(&folder, args), expected, "{args:?}");
    }
    let python = assert_cyclonedx(&written(&folder, &["b"]));
    assert_eq!(text(&python, "/components/0/purl"), "pkg:pypi/tin-foil@1.0");
    assert_eq!((text(&python, "/metadata/component/name"), all(&python, "/components").len()), ("b", 1));
    assert!(python.get("dependencies").is_none(), "nobody knows them");
    assert!(text(&python, "/metadata/properties/0/value").contains("the dependency graph"), "{python}");
    let spdx = assert_spdx(&written(&folder, &["b", "--format", "spdx", "--name", "Smithy"]));
    assert_eq!(
        (text(&spdx, "/name"), text(&spdx, "/relationships/1/relatedSpdxElement")),
        ("Smithy", "NOASSERTION")
    );
    assert_eq!(text(&assert_cyclonedx(&written(&folder, &["c/go.sum"])), "/components/0/version"), "v1.0.0");
    assert_eq!(
        error(&folder, &["c"]),
        "there are several lock files in c: yarn.lock, go.sum; choose one with --lock"
    );
    fs::write(folder.path().join("a/go.sum"), "example.org/tin v1.0.0 h1:x=\n").unwrap();
    let Ran { code, out, err } = run(&folder, &["a"]);
    assert_eq!((code, out), (0, expected));
    assert_eq!(err, "note: the packages of go.sum are not in this SBOM; use --lock FILE for one of them\n");
}

#[test]
fn mistakes_are_told_in_one_line() {
    let conflict = "[[package]]\nname = \"a\"\n<<<<<<< ours\nversion = \"1.0.0\"\n=======\nversion = \"2.0.0\"\n>>>>>>> theirs\n";
    let folder = folder(&[
        ("empty/README", ""),
        ("conflict/Cargo.lock", conflict),
        ("half/Cargo.lock", &lock()[..400]),
        ("binary/Cargo.lock", "\u{0}\u{1}"),
        ("none/package-lock.json", "{\"lockfileVersion\": 3}"),
        ("a.txt", ""),
        ("Cargo.toml", ""),
    ]);
    let told = [
        (
            &["empty"][..],
            "there is no lock file in empty; name one with --lock, or create one: `cargo generate-lockfile`",
        ),
        (&["absent"], "there is no file absent"),
        (&["--lock", "empty/Cargo.lock"], "there is no file empty/Cargo.lock"),
        (&["--manifest-path", "Cargo.toml"], "there is no file Cargo.lock"),
        (&["--manifest-path", "empty"], "--manifest-path wants the path of a Cargo.toml, not empty"),
        (&["conflict"], "cannot make an SBOM of conflict/Cargo.lock: line 3: a merge conflict"),
        (&["none"], "cannot make an SBOM of none/package-lock.json: it lists no published package"),
        (
            &["conflict", "--output", "absent/a.json"],
            "cannot write absent/a.json: there is no directory absent; create it first",
        ),
        (&["conflict", "--output", "empty"], "cannot write empty: it is a directory"),
    ];
    for (args, expected) in told {
        assert_eq!(error(&folder, args), expected, "{args:?}");
    }
    assert!(error(&folder, &["half"]).starts_with("cannot make an SBOM of half/Cargo.lock: line "));
    assert!(
        error(&folder, &["binary"]).starts_with("cannot make an SBOM of binary/Cargo.lock: line 1: not TOML")
    );
    assert!(
        error(&folder, &["a.txt"])
            .starts_with("a.txt is not named like a lock file: Cargo.lock, package-lock.json")
    );
    let Ran { code, err, .. } = run(&folder, &["--format", "swid", "empty"]);
    assert!(code == 2 && err.contains("it takes cyclonedx, spdx, spdx-tag-value"), "{err}");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("Cargo.lock", ONE)]);
    let folder = folder(&[("README", ""), ("c/Cargo.lock", ONE)]);
    let link = |from: &Path, to: &str| symlink(from, folder.path().join(to)).unwrap();
    link(&outside.path().join("Cargo.lock"), "Cargo.lock");
    assert_eq!(
        error(&folder, &[]),
        "cannot read ./Cargo.lock: it is a symlink, and symlinks are not followed"
    );
    // A manifest that is a link only gives a name, and then gives none.
    link(&outside.path().join("Cargo.lock"), "c/Cargo.toml");
    assert_eq!(text(&assert_cyclonedx(&written(&folder, &["c"])), "/metadata/component/name"), "app");
    let pipe = folder.path().join("go.sum");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(error(&folder, &["--lock", "go.sum"]), "there is no file go.sum");
}

#[test]
fn a_file_is_whole_or_not_there() {
    let folder = workspace();
    let target = folder.path().join("sbom.cdx.json");
    fs::write(&target, "before").unwrap();
    assert_eq!(written(&folder, &["-o", "sbom.cdx.json"]), "");
    let text = fs::read_to_string(&target).unwrap();
    assert_cyclonedx(&text);
    fs::write(folder.path().join("Cargo.lock"), "[[package]]\n").unwrap();
    error(&folder, &["-o", "sbom.cdx.json"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), text, "it was touched");
    let names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("tmp"))
        .collect();
    assert_eq!(names, [""; 0], "something was left");
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let mut big = "version = 4\n".to_owned();
    for number in 0..5000 {
        big.push_str(&format!("\n[[package]]\nname = \"tin{number}\"\nversion = \"1.0.0\"\n"));
    }
    let folder = folder(&[("Cargo.lock", &big)]);
    let mut child =
        command(folder.path(), &["sbom"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

/// Every kind of document that we write.
fn documents(format: &str) -> Vec<Value> {
    let all = [
        workspace(),
        folder(&[("Cargo.lock", ONE)]),
        folder(&[("poetry.lock", "[[package]]\nname = \"tin\"\nversion = \"1.0\"\n")]),
        folder(&[(
            "package-lock.json",
            "{\"packages\": {\"node_modules/@s/tin\": {\"version\": \"1.0.0\"}, \"node_modules/we ird\\u001b\": {\"version\": \"\"}}}",
        )]),
    ];
    all.iter().map(|folder| serde_json::from_str(&written(folder, &["--format", format])).unwrap()).collect()
}

#[track_caller]
fn assert_valid(validator: &jsonschema::Validator, documents: &[Value]) {
    for document in documents {
        let errors: Vec<String> = validator
            .iter_errors(document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0]);
    }
}

fn schema(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The step `sbom_schema` of `.ci/run` names a directory with the schemas of CycloneDX in
/// `BARTIZAN_CYCLONEDX_SCHEMAS`.
#[test]
fn cyclonedx_keeps_to_its_schema() {
    let documents = documents("cyclonedx");
    let Some(folder) = std::env::var_os("BARTIZAN_CYCLONEDX_SCHEMAS") else {
        return documents.iter().for_each(|document| drop(assert_cyclonedx(&document.to_string())));
    };
    let file = |name: &str| schema(&Path::new(&folder).join(format!("{name}.SNAPSHOT.schema.json")));
    let mut registry = jsonschema::Registry::new();
    // They refer to one another by the names of the files.
    for name in ["spdx", "jsf-0.82", "cryptography-defs"] {
        let id = format!("http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json");
        registry = registry.add(id, file(name)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let bom = file("bom-1.6");
    assert_eq!(at(&bom, "/properties/bomFormat/enum/0"), "CycloneDX");
    let validator = jsonschema::options().with_registry(&registry).build(&bom).unwrap();
    let mut broken = documents[0].clone();
    broken["specVersion"] = 16.into();
    assert!(!validator.is_valid(&broken), "the schema refuses nothing");
    assert_valid(&validator, &documents);
}

/// The same step names the schema of SPDX 2.3 in `BARTIZAN_SPDX_SCHEMA`.
#[test]
fn spdx_keeps_to_its_schema() {
    let documents = documents("spdx");
    let Some(path) = std::env::var_os("BARTIZAN_SPDX_SCHEMA") else {
        return documents.iter().for_each(|document| drop(assert_spdx(&document.to_string())));
    };
    let validator = jsonschema::validator_for(&schema(Path::new(&path))).unwrap();
    let mut broken = documents[0].clone();
    broken["packages"][0]["filesAnalyzed"] = "no".into();
    assert!(!validator.is_valid(&broken), "the schema refuses nothing");
    assert_valid(&validator, &documents);
}
