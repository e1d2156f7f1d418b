//! Tools of others: found, or installed for this run alone, at the version that is named.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};
use xshell::cmd;

use super::Ci;

impl Ci<'_> {
    /// The program of this name on the path, or at this path.
    pub(super) fn which(&self, program: &str) -> Option<PathBuf> {
        if program.contains('/') {
            return Some(program.into()).filter(|path: &PathBuf| path.is_file());
        }
        let path = self.shell.var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
    }

    /// True if there is such a program.
    pub(super) fn has(&self, program: &str) -> bool {
        self.which(program).is_some()
    }

    /// An empty folder for results.
    pub(super) fn fresh(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.tools.join(name);
        self.shell.remove_path(&folder)?;
        Ok(self.shell.create_dir(folder)?)
    }

    /// The folder of programs of a virtual environment of Python with these packages, as `pip` names them.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) fn python(&self, name: &str, packages: &[&str]) -> anyhow::Result<PathBuf> {
        let (venv, wanted) = (self.tools.join(name), packages.join(" "));
        let (bin, mark) = (venv.join("bin"), venv.join("installed"));
        if self.shell.read_file(&mark).is_ok_and(|installed| installed == wanted) {
            return Ok(bin);
        }
        ensure!(self.has("python3"), "no Python");
        self.shell.remove_path(&venv)?;
        cmd!(self.shell, "python3 -m venv {venv}").run().context("Python makes no virtual environment")?;
        let pip = bin.join("pip");
        cmd!(self.shell, "{pip} install --quiet --disable-pip-version-check {packages...}")
            .run()
            .with_context(|| format!("{wanted} could not be installed"))?;
        self.shell.write_file(mark, wanted)?;
        Ok(bin)
    }

    /// Where npm has this package.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) fn npm(&self, package: &str, version: &str) -> anyhow::Result<PathBuf> {
        ensure!(self.has("npm"), "no npm");
        let folder = self.tools.join("node_modules").join(package);
        if !folder.is_dir() {
            let (tools, wanted) = (&self.tools, format!("{package}@{version}"));
            cmd!(
                self.shell,
                "npm install --no-fund --no-audit --ignore-scripts --loglevel=error --prefix {tools} {wanted}"
            )
            .run()
            .with_context(|| format!("{wanted} could not be installed"))?;
        }
        Ok(folder)
    }

    /// Sees to it that a program of Debian is here, from the package of this name.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) fn debian(&self, program: &str, package: &str) -> anyhow::Result<()> {
        if self.has(program) {
            return Ok(());
        }
        let is_root = cmd!(self.shell, "id -u").quiet().read().is_ok_and(|id| id == "0");
        ensure!(is_root && self.has("apt-get"), "no {program}, and nothing that could install it");
        let install = || cmd!(self.shell, "apt-get install -y -q {package}").ignore_stdout().run();
        if install().is_err() {
            cmd!(self.shell, "apt-get update -q").ignore_stdout().run()?;
            install()?;
        }
        ensure!(self.has(program), "the package {package} brings no {program}");
        Ok(())
    }

    /// `cargo-NAME` of crates.io at this version: the one that is here, or one that is built.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) fn cargo_tool(&self, name: &str, version: &str) -> anyhow::Result<PathBuf> {
        let own = self.tools.join("bin").join(name);
        let wanted = format!("{name} {version}");
        let is_wanted = |program: &OsStr| {
            cmd!(self.shell, "{program} --version")
                .quiet()
                .ignore_stderr()
                .read()
                .is_ok_and(|text| text == wanted)
        };
        for program in [OsStr::new(name), own.as_os_str()] {
            if is_wanted(program) {
                return Ok(program.into());
            }
        }
        // Not optimised: it builds in a minute or two, and runs for a few seconds.
        let (root, target, package) =
            (&self.tools, self.tools.join(format!("{name}-target")), format!("{name}@{version}"));
        cmd!(
            self.shell,
            "cargo install --locked --profile dev --root {root} --target-dir {target} {package}"
        )
        .run()
        .with_context(|| format!("{package} could not be installed"))?;
        Ok(own)
    }

    /// Fetches a file that has this SHA-256; none if it cannot be fetched from here.
    ///
    /// # Errors
    /// If it is another one.
    pub(super) fn fetch(&self, url: &str, sha256: &str, name: &str) -> anyhow::Result<Option<PathBuf>> {
        let path = self.tools.join(name);
        let digest = |path: &Path| -> Option<String> {
            let bytes = self.shell.read_binary_file(path).ok()?;
            Some(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
        };
        if digest(&path).as_deref() != Some(sha256) {
            if cmd!(self.shell, "curl -sSfL --max-time 60 -o {path} {url}").run().is_err() {
                return Ok(None);
            }
            if digest(&path).as_deref() != Some(sha256) {
                self.shell.remove_path(&path)?;
                bail!("{url} is not what it was");
            }
        }
        Ok(Some(path))
    }
}
