//! Where the program comes from.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::programs;

/// Runs a script of the action with `variables`; its exit code, outputs and what it printed.
fn script(name: &str, folder: &TempDir, variables: &[(&str, &str)]) -> (i32, String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = folder.path().join(format!("{name}.out"));
    std::fs::write(&out, "").unwrap();
    let output = Command::new("bash")
        .arg(root.join("action").join(name))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_ARCH", "X64")
        .env("RUNNER_TEMP", folder.path())
        .env("GITHUB_OUTPUT", &out)
        .env("VERIFY_ATTESTATION", "false")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let outputs = std::fs::read_to_string(&out).unwrap();
    (output.status.code().unwrap(), outputs, String::from_utf8(printed).unwrap())
}

/// An action as it is after a release: its archive on a host, the checksum recorded.
fn released(folder: &TempDir, sums: impl Fn(&str) -> String) -> String {
    let at = folder.path();
    std::fs::create_dir_all(at.join("releases/v1.2.3")).unwrap();
    std::fs::create_dir_all(at.join("checkout/action")).unwrap();
    std::fs::create_dir_all(at.join("packed/bartizan-v1.2.3")).unwrap();
    programs::copy(env!("CARGO_BIN_EXE_bartizan"), at.join("packed/bartizan-v1.2.3/bartizan"));
    let archive = at.join("releases/v1.2.3/bartizan-v1.2.3-x86_64-unknown-linux-musl.tar.gz");
    let packed =
        Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(at.join("packed")).arg(".").status();
    assert!(packed.unwrap().success());
    let sum = Command::new("sha256sum").arg(&archive).output().unwrap().stdout;
    let sum = String::from_utf8(sum).unwrap().split(' ').next().unwrap().to_owned();
    std::fs::write(at.join("checkout/action/release.sums"), format!("# sums\n{}", sums(&sum))).unwrap();
    at.join("checkout").to_str().unwrap().to_owned()
}

fn value<'a>(outputs: &'a str, name: &str) -> &'a str {
    outputs.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap_or_default()
}

const NAME: &str = "bartizan-v1.2.3-x86_64-unknown-linux-musl.tar.gz";

#[test]
fn the_recorded_release_is_fetched_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let action = released(&folder, |sum| format!("{}  other.tar.gz\n{sum}  {NAME}\n", "0".repeat(64)));
    let (code, outputs, printed) =
        script("kind.sh", &folder, &[("INSTALL", "auto"), ("BINARY", ""), ("ACTION_PATH", &action)]);
    assert_eq!((code, value(&outputs, "kind")), (0, "release"), "{printed}");
    let releases = format!("file://{}", folder.path().join("releases").display());
    let install = |checksum: &str| {
        script(
            "install.sh",
            &folder,
            &[
                ("KIND", "release"),
                ("ARCHIVE", value(&outputs, "archive")),
                ("CHECKSUM", checksum),
                ("BINARY", ""),
                ("ACTION_PATH", &action),
                ("RELEASES", &releases),
            ],
        )
    };
    let (code, installed, printed) = install(value(&outputs, "checksum"));
    assert_eq!(code, 0, "{printed}");
    assert!(
        value(&installed, "program").ends_with("/bartizan") && printed.contains("release v1.2.3"),
        "{printed}"
    );
    // Another archive under the same name, as after a tag was moved.
    let (code, installed, printed) = install(&"1".repeat(64));
    assert_eq!((code, installed.as_str()), (2, ""));
    assert!(printed.contains("Nothing of it was run"), "{printed}");
}

#[test]
fn without_a_release_it_is_built_and_nothing_else_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let root = env!("CARGO_MANIFEST_DIR");
    let kind = |install: &str, binary: &str| {
        script(
            "kind.sh",
            &folder,
            &[("INSTALL", install), ("BINARY", binary), ("ACTION_PATH", root), ("RUNNER_ARCH", "RISCV")],
        )
    };
    let (code, outputs, printed) = kind("auto", "");
    assert_eq!((code, value(&outputs, "kind")), (0, "source"), "{printed}");
    assert!(!value(&outputs, "key").is_empty());
    assert_eq!(value(&kind("auto", "/x").1, "kind"), "binary");
    for (install, why) in [
        ("release", "records no release"),
        ("none", "needs `binary`"),
        ("latest", "`install` is auto, release, source or none"),
    ] {
        let (code, outputs, printed) = kind(install, "");
        assert!(code == 2 && outputs.is_empty() && printed.contains(why), "{printed}");
    }
    // An earlier build of the same sources is taken as it is.
    let cached = folder.path().join("build/bin");
    std::fs::create_dir_all(&cached).unwrap();
    programs::copy(env!("CARGO_BIN_EXE_bartizan"), cached.join("bartizan"));
    let build = folder.path().join("build");
    let (code, outputs, printed) = script(
        "install.sh",
        &folder,
        &[("KIND", "source"), ("CACHED", build.to_str().unwrap()), ("ACTION_PATH", root)],
    );
    assert_eq!(code, 0, "{printed}");
    assert!(value(&outputs, "program").ends_with("/build/bin/bartizan"));
}

#[test]
fn a_program_that_does_not_run_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken");
    std::fs::write(&broken, "not a program").unwrap();
    for (binary, why) in [(broken.to_str().unwrap(), "does not run"), ("/nonexistent/x", "no program at")] {
        let (code, outputs, printed) =
            script("install.sh", &folder, &[("KIND", "binary"), ("BINARY", binary)]);
        assert!(code == 2 && outputs.is_empty() && printed.contains(why), "{printed}");
    }
}

#[test]
fn another_version_than_the_one_that_is_asked_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let install = |version: &str| {
        let binary = env!("CARGO_BIN_EXE_bartizan");
        script("install.sh", &folder, &[("KIND", "binary"), ("BINARY", binary), ("VERSION", version)])
    };
    for version in ["", env!("CARGO_PKG_VERSION"), concat!("v", env!("CARGO_PKG_VERSION"))] {
        assert_eq!(install(version).0, 0);
    }
    let (code, outputs, printed) = install("v99.0.0");
    assert!(code == 2 && outputs.is_empty() && printed.contains("asks for 99.0.0"), "{printed}");
}

#[test]
fn what_is_checked_out_has_no_say_in_a_build() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    for (path, content) in [
        // What a pull request could bring: both start whatever program they name.
        ("workspace/rust-toolchain.toml", "[toolchain]\npath = \"evil\"\n"),
        ("workspace/.cargo/config.toml", "[build]\nrustc-wrapper = \"./evil\"\n"),
        ("action/Cargo.toml", "[package]\n"),
        (
            "path/cargo",
            "#!/bin/sh\nprintf '%s\\n' \"in $PWD\" \"token ${GH_TOKEN-none}\" \"$@\" >&2\nexit 1\n",
        ),
    ] {
        std::fs::create_dir_all(at(path).parent().unwrap()).unwrap();
        programs::script(at(path), content);
    }
    let path = format!("{}:{}", at("path").display(), std::env::var("PATH").unwrap());
    let (action, build) = (at("action").canonicalize().unwrap(), at("build"));
    let output = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("action/install.sh"))
        .current_dir(at("workspace"))
        .env_clear()
        .envs([("PATH", path.as_str()), ("KIND", "source"), ("BINARY", ""), ("GH_TOKEN", "job-token")])
        .env("ACTION_PATH", &action)
        .env("CACHED", &build)
        .env("GITHUB_OUTPUT", at("out"))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(printed.contains(&format!("in {}\n", action.display())), "{printed}");
    assert!(printed.contains("token none\n") && printed.contains("--locked\n"), "{printed}");
}
