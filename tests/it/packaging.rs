//! What belongs to a release fits together: names of archives, the tags, the recorded checksums, the image.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::tidy::{root, text_of};

/// What release.yml builds.
fn targets() -> Vec<String> {
    let text = text_of(".github/workflows/release.yml");
    let rows = text.lines().filter_map(|line| line.trim().strip_prefix("- { target: "));
    rows.map(|row| row.split(',').next().unwrap().to_owned()).collect()
}

/// The archive that package.sh writes.
fn archive(target: &str) -> String {
    let form = if target.contains("-windows-") { "zip" } else { "tar.gz" };
    format!("bartizan-v{}-{target}.{form}", env!("CARGO_PKG_VERSION"))
}

#[test]
fn binstall_and_the_action_ask_for_archives_that_are_built() {
    let targets = targets();
    assert_eq!(targets.len(), 8, "{targets:?}");
    let manifest: toml::Table = toml::from_str(&text_of("Cargo.toml")).unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    for target in &targets {
        let own = binstall["overrides"].get(target);
        let value =
            |key: &str| own.and_then(|own| own.get(key)).or(binstall.get(key)).unwrap().as_str().unwrap();
        let filled = |template: &str| {
            template
                .replace("{ repo }", env!("CARGO_PKG_REPOSITORY"))
                .replace("{ name }", "bartizan")
                .replace("{ bin }", "bartizan")
                .replace("{ version }", env!("CARGO_PKG_VERSION"))
                .replace("{ target }", target)
                .replace("{ binary-ext }", if target.contains("windows") { ".exe" } else { "" })
        };
        let tag = format!("v{}", env!("CARGO_PKG_VERSION"));
        let url = format!("{}/releases/download/{tag}/{}", env!("CARGO_PKG_REPOSITORY"), archive(target));
        assert_eq!(filled(value("pkg-url")), url);
        assert_eq!(value("pkg-fmt"), if target.contains("windows") { "zip" } else { "tgz" });
        assert!(
            filled(value("bin-dir")).starts_with(&format!("bartizan-{tag}-{target}/bartizan")),
            "{target}"
        );
    }
    let script = text_of("action/kind.sh");
    let asked = script.lines().filter_map(|line| line.split_once("target=")?.1.split(" ;;").next());
    let asked: Vec<&str> = asked.filter(|target| *target != "unknown").collect();
    assert_eq!(asked.len(), 6, "{asked:?}");
    let sums = text_of("action/release.sums");
    for line in sums.lines().filter(|line| !line.starts_with('#')) {
        let recorded = line.split("  ").nth(1).unwrap();
        assert!(targets.iter().any(|target| archive(target) == recorded), "{recorded} is of another version");
    }
    assert!(asked.iter().all(|asked| targets.iter().any(|target| target == asked)), "{asked:?}");
}

#[test]
fn the_image_is_the_program_alone_and_not_root() {
    let text = text_of("packaging/Containerfile");
    let lines = || text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let words: Vec<&str> = lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["FROM", "ARG", "COPY", "COPY", "USER", "WORKDIR", "ENTRYPOINT", "CMD"]);
    let user = lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user.split(':').all(|id| id.parse::<u32>().unwrap() > 0), "{user}");
    assert!(lines().any(|line| line == "FROM scratch"));
}

#[test]
fn whoever_verifies_is_told_of_the_workflow_that_signs() {
    let identity = "https://github.com/bartizan-scan/bartizan/.github/workflows/release.yml@refs/tags/cli-v";
    for file in ["SECURITY.md", "packaging/README.md"] {
        assert!(text_of(file).contains(identity), "{file}");
    }
    assert!(text_of(".github/workflows/release.yml").contains("tags: [\"cli-v*\"]"));
    assert!(text_of("action/install.sh").contains("bartizan-scan/bartizan/.github/workflows/release.yml"));
}

/// A repository with the scripts of packaging, and what they look at.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        for folder in ["packaging", "action"] {
            std::fs::create_dir(project.path().join(folder)).unwrap();
        }
        for script in ["tag.sh", "recorded.sh", "sums.sh"] {
            let script = Path::new("packaging").join(script);
            std::fs::copy(root().join(&script), project.path().join(&script)).unwrap();
        }
        project.write("Cargo.toml", "[package]\nname = \"bartizan\"\nversion = \"1.2.3\"\n");
        project.write("CHANGELOG.md", "# Changelog\n\n## [1.2.3] - 2026-11-21\n");
        project.write("action/release.sums", "# Checksums\n");
        project.git(&["init", "-q", "-b", "main"]);
        project.commit();
        project.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let output = Command::new("git")
            .current_dir(self.path())
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "A step"]);
    }

    fn run(&self, script: &str, arguments: &[&str]) -> Output {
        let script = self.path().join("packaging").join(script);
        Command::new("bash").arg(script).args(arguments).current_dir(self.path()).output().unwrap()
    }

    /// What a script that fails says.
    fn refused(&self, script: &str, arguments: &[&str], why: &str) {
        let output = self.run(script, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(why), "{why}: {said}");
    }
}

#[test]
fn a_tag_is_built_only_if_it_is_what_it_says() {
    let project = Project::new();
    project.git(&["tag", "cli-v1.2.3"]);
    let output = project.run("tag.sh", &["cli-v1.2.3"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.starts_with("version=1.2.3\ntime=1"), "{said}");
    project.refused("tag.sh", &["cli-v1.2.4"], "does not say version 1.2.4");
    project.refused("tag.sh", &["v1.2.3"], "is not cli-vX.Y.Z");
    project.refused("tag.sh", &["cli-v1.2.3;id"], "is not cli-vX.Y.Z");

    project.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n");
    project.refused("tag.sh", &["cli-v1.2.3"], "no section on 1.2.3");
    project.git(&["checkout", "-q", "."]);
    project.write("other", "not reviewed");
    project.commit();
    project.refused("tag.sh", &["cli-v1.2.3"], "is not what is checked out");
    project.git(&["tag", "-f", "cli-v1.2.3"]);
    project.refused("tag.sh", &["cli-v1.2.3"], "is not part of main");
}

#[test]
fn a_release_is_published_only_if_its_tag_records_it() {
    let project = Project::new();
    project.git(&["tag", "cli-v1.2.3"]);
    let digest = |of: char| of.to_string().repeat(64);
    let archive = "bartizan-v1.2.3-x86_64-unknown-linux-musl.tar.gz";
    let sums = format!("{}  {archive}\n{}  bartizan-v1.2.3.cdx.json\n", digest('a'), digest('b'));
    let list = tempfile::tempdir().unwrap();
    let list = list.path().join("SHA256SUMS");
    std::fs::write(&list, &sums).unwrap();
    let list = list.to_str().unwrap();

    assert!(project.run("sums.sh", &[list]).status.success());
    let recorded = std::fs::read_to_string(project.path().join("action/release.sums")).unwrap();
    assert_eq!(recorded, format!("# Checksums\n{}  {archive}\n", digest('a')));
    project.commit();
    project.git(&["tag", "v1.2.3"]);
    let output = project.run("recorded.sh", &["v1.2.3", list]);
    assert!(output.status.success(), "{output:?}");

    std::fs::write(list, sums.replace(&digest('a'), &digest('c'))).unwrap();
    project.refused("recorded.sh", &["v1.2.3", list], "is not what was drafted");
    std::fs::write(list, &sums).unwrap();
    project
        .write("Cargo.toml", "[package]\nname = \"bartizan\"\nversion = \"1.2.3\"\nbuild = \"worse.rs\"\n");
    project.commit();
    project.refused("recorded.sh", &["v1.2.3", list], "is not what is checked out");
    project.git(&["tag", "-f", "v1.2.3"]);
    project.refused("recorded.sh", &["v1.2.3", list], "it changes: Cargo.toml action/release.sums");
    project.git(&["tag", "-f", "cli-v1.2.3", "v1.2.3"]);
    project.git(&["reset", "-q", "--hard", "HEAD~2"]);
    project.git(&["tag", "-f", "v1.2.3"]);
    project.refused("recorded.sh", &["v1.2.3", list], "does not follow cli-v1.2.3");
}

/// A release of one archive, and two verifiers that say of each signature what `verdict` says.
fn release(verdict: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("release");
    std::fs::create_dir(&files).unwrap();
    let archive = "bartizan-v1.2.3-x86_64-unknown-linux-musl.tar.gz";
    std::fs::write(files.join(archive), "an archive").unwrap();
    let sum = "9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1";
    std::fs::write(files.join("SHA256SUMS"), format!("{sum}  {archive}\n")).unwrap();
    for signed in [archive, "SHA256SUMS"] {
        std::fs::write(files.join(format!("{signed}.sigstore.json")), "{}").unwrap();
    }
    for program in ["bartizan", "cosign"] {
        let path = folder.path().join(program);
        crate::programs::script(
            &path,
            &format!("#!/bin/sh\nname={program}\nfor file; do :; done\n{verdict}\n"),
        );
    }
    folder
}

/// What verify.sh says, and whether it is content.
fn verified(folder: &TempDir) -> (bool, String) {
    let output = Command::new("bash")
        .arg(root().join("packaging/verify.sh"))
        .args([folder.path().join("bartizan"), folder.path().join("release")])
        .args([
            "--certificate-identity",
            "https://example.org/release.yml",
            "--certificate-oidc-issuer",
            "https://example.org",
        ])
        .env("COSIGN", folder.path().join("cosign"))
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn both_verifiers_have_to_agree_on_every_file_and_nothing_else_is_there() {
    let (content, said) = verified(&release("exit 0"));
    assert!(content && said.contains("2 files verified"), "{said}");
    for who in ["bartizan", "cosign"] {
        for what in ["*.tar.gz", "SHA256SUMS"] {
            let refuses = format!("case $name:$file in {who}:{what}) exit 1 ;; esac");
            let (content, said) = verified(&release(&refuses));
            assert!(!content && said.contains(&format!("{who} does not verify")), "{who} {what}: {said}");
        }
    }
    let changes: [(&str, &str, &str); 5] = [
        ("SHA256SUMS", "", "lists nothing"),
        ("SHA256SUMS", "a  b\n", "has a line that is none"),
        (
            "SHA256SUMS",
            "9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1  ../bartizan\n",
            "has a line that is none",
        ),
        ("bartizan-v1.2.3-x86_64-unknown-linux-musl.tar.gz", "another archive", "did NOT match"),
        ("bartizan-v1.2.3-aarch64-unknown-linux-musl.tar.gz", "one more", "is not listed"),
    ];
    for (file, text, why) in changes {
        let folder = release("exit 0");
        std::fs::write(folder.path().join("release").join(file), text).unwrap();
        let (content, said) = verified(&folder);
        assert!(!content && said.contains(why), "{file}: {said}");
    }
}
