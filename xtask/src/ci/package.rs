//! What leaves this repository: the package of crates.io, and an archive as a release has it.

use anyhow::{Context as _, ensure};
use std::path::Path;
use xshell::cmd;

use super::{Ci, Outcome};

/// Beyond `src` and `checks`.
const PACKAGED: &[&str] = &[
    ".cargo_vcs_info.json",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "build.rs",
];

/// What crates.io would get: all of src and checks, nothing else of ours, and it builds by itself.
pub(super) fn package(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let list = cmd!(ci.shell, "cargo package --locked --allow-dirty --list").read()?;
    let tracked = cmd!(ci.shell, "git ls-files src checks").read()?;
    let mut packaged: Vec<&str> = list.lines().collect();
    let mut wanted: Vec<&str> = PACKAGED.iter().copied().chain(tracked.lines()).collect();
    packaged.sort_unstable();
    wanted.sort_unstable();
    let odd: Vec<&&str> = packaged.iter().filter(|path| wanted.binary_search(path).is_err()).collect();
    let missing: Vec<&&str> = wanted.iter().filter(|path| packaged.binary_search(path).is_err()).collect();
    ensure!(odd.is_empty() && missing.is_empty(), "the package has {odd:?} and lacks {missing:?}");
    cmd!(ci.shell, "cargo package --locked --allow-dirty").run()?;
    let output = cmd!(ci.shell, "cargo publish --dry-run --no-verify --locked --allow-dirty")
        .ignore_status()
        .output()?;
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr).to_lowercase();
        eprint!("{log}");
        let offline = ["failed to update", "failed to fetch", "failed to query", "failed to download"];
        ensure!(offline.iter().any(|sign| log.contains(sign)), "crates.io would refuse the package");
        return Ok(Outcome::Unavailable("the registry cannot be reached from here".to_owned()));
    }
    Ok(Outcome::Passed)
}

/// An archive as a release has it, quickly built: twice the same bytes, and whole; a signature of it by a key made here.
pub(super) fn packaging(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    if !ci.has("python3") {
        return Ok(Outcome::Unavailable("no Python".to_owned()));
    }
    let out = ci.tools.join("packaging");
    for folder in ["first", "second"] {
        ci.shell.remove_path(out.join(folder))?;
    }
    let (first, second) = (out.join("first"), out.join("second"));
    let unpacked = ci.fresh("packaging/unpacked")?;
    let signed = ci.fresh("packaging/signed")?;
    let version = cmd!(ci.shell, "rustc -vV").quiet().read()?;
    let target =
        version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let _profile = ci.shell.push_env("PROFILE", "dev");
    let _debug = ci.shell.push_env("CARGO_PROFILE_DEV_DEBUG", "0");
    let _built = ci.shell.push_env("CARGO_TARGET_DIR", out.join("target"));
    let _time = ci.shell.push_env("SOURCE_DATE_EPOCH", "1790000000");
    let archive = cmd!(ci.shell, "packaging/package.sh {target} {first}").read()?;
    cmd!(ci.shell, "cargo clean --quiet --package bartizan --target {target}").run()?;
    // In another time zone, with another language, and with files that others may not read.
    let again = "umask 077 && packaging/package.sh \"$1\" \"$2\"";
    cmd!(ci.shell, "bash -c {again} again {target} {second}")
        .env("TZ", "Asia/Tokyo")
        .env("LC_ALL", "C")
        .run()?;
    let name = Path::new(&archive).file_name().context("package.sh names no archive")?;
    let same = ci.shell.read_binary_file(&archive)? == ci.shell.read_binary_file(second.join(name))?;
    ensure!(same, "the second build is another one");
    cmd!(ci.shell, "tar -xzf {archive} -C {unpacked} --strip-components=1").run()?;
    let program = unpacked.join("bartizan");
    ensure!(
        cmd!(ci.shell, "{program} --version").read()?.starts_with("bartizan "),
        "the program is another one"
    );
    cmd!(ci.shell, "packaging/complete.sh {archive}").run()?;

    let bom = signed.join("bartizan-v0.cdx.json");
    cmd!(ci.shell, "cp {archive} {signed}").run()?;
    cmd!(ci.shell, "{program} sbom --output {bom} .").run()?;
    cmd!(ci.shell, "{program} sbom diff {bom} Cargo.lock").run()?;
    let sums = "cd \"$1\" && sha256sum -- * > ../SHA256SUMS && mv ../SHA256SUMS .";
    cmd!(ci.shell, "bash -c {sums} sums {signed}").run()?;
    signed_by_key(ci, &out, &program)?;
    let cosign = ci.shell.var("COSIGN").unwrap_or_else(|_| "cosign".to_owned());
    if !ci.has(&cosign) {
        return Ok(Outcome::Unavailable("no cosign: how a release is signed was not tried".to_owned()));
    }
    signed_by_cosign(ci, &out, &program, &cosign)?;
    Ok(Outcome::Passed)
}

/// A signature alone, which openssl makes, holds; and not after one byte has changed.
fn signed_by_key(ci: &Ci<'_>, out: &Path, program: &Path) -> anyhow::Result<()> {
    let (key, public, signature) = (out.join("key.pem"), out.join("key.pub"), out.join("sums.sig"));
    let (sums, changed) = (out.join("signed/SHA256SUMS"), out.join("changed"));
    cmd!(ci.shell, "openssl ecparam -name prime256v1 -genkey -noout -out {key}").run()?;
    cmd!(ci.shell, "openssl ec -in {key} -pubout -out {public}").ignore_stderr().run()?;
    cmd!(ci.shell, "openssl dgst -sha256 -sign {key} -out {signature} {sums}").run()?;
    cmd!(ci.shell, "{program} verify --key {public} --signature {signature} {sums}").run()?;
    let mut bytes = ci.shell.read_binary_file(&sums)?;
    *bytes.first_mut().context("there are no checksums")? = b'x';
    ci.shell.write_file(&changed, bytes)?;
    let verify = cmd!(ci.shell, "{program} verify --key {public} --signature {signature} {changed}");
    ensure!(verify.ignore_status().output()?.status.code() == Some(1), "a changed file was not refused");
    Ok(())
}

/// As the release workflow does, with a key in the place of a certificate.
fn signed_by_cosign(ci: &Ci<'_>, out: &Path, program: &Path, cosign: &str) -> anyhow::Result<()> {
    let (prefix, key, public) = (out.join("throwaway"), out.join("throwaway.key"), out.join("throwaway.pub"));
    for file in [&key, &public] {
        ci.shell.remove_path(file)?;
    }
    let _password = ci.shell.push_env("COSIGN_PASSWORD", "");
    cmd!(ci.shell, "{cosign} generate-key-pair --output-key-prefix {prefix}").run()?;
    let signed = out.join("signed");
    for file in ci.shell.read_dir(&signed)? {
        let bundle = format!("{}.sigstore.json", file.display());
        cmd!(
            ci.shell,
            "{cosign} sign-blob --yes --key {key} --tlog-upload=false --use-signing-config=false --bundle {bundle} {file}"
        )
        .ignore_stdout()
        .run()?;
    }
    cmd!(ci.shell, "packaging/verify.sh {program} {signed} --key {public}").run()?;
    let bom = signed.join("bartizan-v0.cdx.json");
    let changed = [ci.shell.read_binary_file(&bom)?, b" ".to_vec()].concat();
    ci.shell.write_file(&bom, changed)?;
    let verify = cmd!(ci.shell, "packaging/verify.sh {program} {signed} --key {public}");
    ensure!(verify.run().is_err(), "a changed release was not refused");
    Ok(())
}
