//! Cloning by the user's git, with fixed arguments and an environment that is made from nothing. A token is given to git
//! in its environment, bound to its host; it is in no argument, file, log or report.

#![expect(clippy::disallowed_methods, reason = "clones are made in a directory of ours, and removed")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::directory::bytes_below;
use super::entry::Entry;
use super::record::Why;
use super::start;
use super::worker::{nap, spelled};
use crate::external::file::make_private;
use crate::model::Secret;
use crate::source::Landmarks;

/// How often a clone is tried.
const TRIES: u32 = 3;
/// Between two tries, the first time.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two looks at git.
const LOOK: Duration = Duration::from_millis(50);
/// Bytes of what git says that are looked at.
const SAID: u64 = 64 << 10;
/// Bytes of a listing of references.
const LISTED: u64 = 256 << 20;
/// What the directory of a clone is called, before the number of the process and the key.
const NAME: &str = "bartizan-clone-";

/// The variables of the user's environment that git is given: where programs are, and how the network is reached.
pub const VARIABLES: [&str; 12] = [
    "PATH",
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "SSH_AUTH_SOCK",
];

/// How repositories are cloned.
pub struct Cloning {
    /// Where clones are made; a directory of ours below.
    pub work: PathBuf,
    /// Bytes that one clone may take.
    pub disk: u64,
    /// The token, and the host that it is for.
    pub token: Option<(String, Secret)>,
    /// Those of [`VARIABLES`] that are set.
    pub environment: BTreeMap<&'static str, OsString>,
}

/// A clone, which is removed when this goes.
#[derive(Debug)]
pub struct Clone {
    path: PathBuf,
    /// Milliseconds that it took.
    pub ms: u64,
    /// Its bytes.
    pub bytes: u64,
}

impl Clone {
    /// The bare repository.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        // What stays is removed by the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The arguments of git, in front of the address and the directory. None comes from a repository.
pub const ARGUMENTS: [&str; 7] =
    ["clone", "--quiet", "--bare", "--no-local", "--template=", "--no-recurse-submodules", "--"];

/// The arguments of git, in front of the address, with which it lists the references there.
pub const LISTING: [&str; 3] = ["ls-remote", "--quiet", "--"];

impl Cloning {
    /// Removes the clones that processes which are gone have left in the directory.
    pub fn tidy(&self) {
        for entry in fs::read_dir(&self.work).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let process =
                name.strip_prefix(NAME).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
            let is_gone = |process: u32| {
                cfg!(target_os = "linux") && fs::symlink_metadata(format!("/proc/{process}")).is_err()
            };
            if process.is_some_and(is_gone) && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Clones a repository; what the clone `base`, of which it is a fork, has is not fetched again.
    ///
    /// # Errors
    /// Why it failed.
    pub fn fetch(
        &self,
        entry: &Entry,
        base: Option<&Path>,
        time: Duration,
        stop: &AtomicBool,
    ) -> Result<Clone, (Why, String)> {
        let started = Instant::now();
        let path = self.work.join(format!("{NAME}{}-{}", std::process::id(), entry.key));
        let mut clone = Clone { path, ms: 0, bytes: 0 };
        let disk = |error: io::Error| (Why::Disk, format!("a clone cannot be made: {error}"));
        let mut tries = 0;
        loop {
            tries += 1;
            let _ = fs::remove_dir_all(&clone.path);
            make_private(&clone.path).map_err(disk)?;
            let left = time.saturating_sub(started.elapsed());
            match self.once(entry, (base, &clone.path), left, stop) {
                Ok(()) => break,
                Err((Why::Clone, said)) if tries < TRIES && passes(&said) && !stop.load(Ordering::SeqCst) => {
                    // Not all at the same moment: by a part of the key.
                    let jitter = entry.key.bytes().map(u64::from).sum::<u64>() % 1000;
                    wait(PAUSE * 2u32.pow(tries - 1) * pressure(&said) + Duration::from_millis(jitter), stop);
                }
                Err((why, said)) => return Err((why, said)),
            }
        }
        clone.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        clone.bytes = bytes_below(&clone.path, u64::MAX);
        Ok(clone)
    }

    fn once(
        &self,
        entry: &Entry,
        (base, path): (Option<&Path>, &Path),
        time: Duration,
        stop: &AtomicBool,
    ) -> Result<(), (Why, String)> {
        let mut command = start::git();
        let [first @ .., last] = ARGUMENTS;
        command.args(first);
        if let Some(base) = base {
            command.arg("--reference").arg(base);
        }
        command.arg(last).arg(&entry.location).arg(path);
        command.envs(&self.environment).envs(self.settings(&entry.location, path));
        self.wait_for(command, (time, stop), Some(path)).map(drop)
    }

    /// What the references of a repository are on its host; none if git cannot tell.
    #[must_use]
    pub fn landmarks(&self, entry: &Entry, time: Duration, stop: &AtomicBool) -> Option<Landmarks> {
        let mut command = start::git();
        command.args(LISTING).arg(&entry.location).stdout(Stdio::piped());
        command.envs(&self.environment).envs(self.settings(&entry.location, &self.work));
        let text = self.wait_for(command, (time, stop), None).ok()?;
        if text.len() as u64 >= LISTED { None } else { Landmarks::listed(&text) }
    }

    /// Waits for git, and returns what it has written; it may take some time, and some room at `path`.
    fn wait_for(
        &self,
        mut command: Command,
        (time, stop): (Duration, &AtomicBool),
        path: Option<&Path>,
    ) -> Result<Vec<u8>, (Why, String)> {
        let started = Instant::now();
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => (Why::Clone, "there is no git on the PATH".to_owned()),
            _ => (Why::Clone, format!("git cannot be started: {error}")),
        })?;
        let written = child.stdout.take().map(|out| std::thread::spawn(move || all_of(out, LISTED)));
        let said = child.stderr.take().map(|err| std::thread::spawn(move || all_of(err, SAID)));
        let mut measured = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => {}
                Err(error) => {
                    end(&mut child);
                    return Err((Why::Clone, format!("git cannot be waited for: {error}")));
                }
            }
            if stop.load(Ordering::SeqCst) {
                end(&mut child);
                return Err((Why::Clone, "the run was stopped".to_owned()));
            }
            if started.elapsed() > time {
                end(&mut child);
                return Err((Why::Timeout, format!("its clone took longer than {}", spelled(time))));
            }
            if let Some(path) = path
                && measured.elapsed() > Duration::from_secs(1)
            {
                measured = Instant::now();
                if bytes_below(path, self.disk) > self.disk {
                    end(&mut child);
                    return Err((Why::TooLarge, format!("its clone is larger than {} MiB", self.disk >> 20)));
                }
            }
            nap(LOOK);
        };
        if status.success() {
            return match path.is_some_and(|path| bytes_below(path, self.disk) > self.disk) {
                true => Err((Why::TooLarge, format!("its clone is larger than {} MiB", self.disk >> 20))),
                false => Ok(written.and_then(|thread| thread.join().ok()).unwrap_or_default()),
            };
        }
        let said = said.and_then(|thread| thread.join().ok()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        if said.contains("No space left on device") {
            return Err((Why::Disk, "there is no room for its clone".to_owned()));
        }
        Err((Why::Clone, reason(&said)))
    }

    /// What git is told by its environment: no settings of anybody, no questions, no helper, no other protocol.
    fn settings(&self, location: &str, path: &Path) -> Vec<(OsString, OsString)> {
        let empty = path.join("empty");
        let mut set: Vec<(String, OsString)> = vec![
            ("HOME".to_owned(), empty.into_os_string()),
            ("LC_ALL".to_owned(), "C".into()),
            ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".into()),
            ("GIT_CONFIG_GLOBAL".to_owned(), if cfg!(windows) { "NUL".into() } else { "/dev/null".into() }),
            ("GIT_TERMINAL_PROMPT".to_owned(), "0".into()),
            ("GIT_ASKPASS".to_owned(), "true".into()),
            ("SSH_ASKPASS".to_owned(), "true".into()),
            ("GIT_SSH_COMMAND".to_owned(), "ssh -oBatchMode=yes".into()),
            ("GIT_ALLOW_PROTOCOL".to_owned(), "https:ssh".into()),
        ];
        let mut settings: Vec<(String, String)> = vec![
            ("core.hooksPath".to_owned(), "/dev/null".to_owned()),
            ("core.fsmonitor".to_owned(), "false".to_owned()),
            ("credential.helper".to_owned(), String::new()),
            // Our reader believes no object, and what others refuse is to be scanned, too.
            ("fetch.fsckObjects".to_owned(), "false".to_owned()),
            ("transfer.fsckObjects".to_owned(), "false".to_owned()),
            ("http.followRedirects".to_owned(), "initial".to_owned()),
            ("http.lowSpeedLimit".to_owned(), "1000".to_owned()),
            ("http.lowSpeedTime".to_owned(), "60".to_owned()),
            ("gc.auto".to_owned(), "0".to_owned()),
            ("maintenance.auto".to_owned(), "false".to_owned()),
        ];
        if let Some((host, token)) = &self.token
            && host_of(location) == Some(host)
        {
            let login = [b"x-access-token:", token.expose()].concat();
            let header = format!("Authorization: Basic {}", data_encoding::BASE64.encode(&login));
            settings.push((format!("http.https://{host}/.extraHeader"), header));
        }
        set.push(("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string().into()));
        for (at, (name, value)) in settings.into_iter().enumerate() {
            set.push((format!("GIT_CONFIG_KEY_{at}"), name.into()));
            set.push((format!("GIT_CONFIG_VALUE_{at}"), value.into()));
        }
        set.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }
}

/// The start of what a program writes; the rest is read and dropped, so that it ends.
fn all_of(mut from: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = from.by_ref().take(most).read_to_end(&mut bytes);
    let _ = io::copy(&mut from, &mut io::sink());
    bytes
}

/// The host of an address of https, with its port.
fn host_of(location: &str) -> Option<&str> {
    location.strip_prefix("https://")?.split('/').next()
}

/// What git says in the end, in our words: what a server answers is not believed.
fn reason(said: &str) -> String {
    let has = |text: &str| said.contains(text);
    let words = match () {
        () if has("429") => "the host asks to wait (429)",
        () if has("Authentication failed") || has("could not read Username") || has("403") || has("401") => {
            "the host refuses: the token is missing, wrong, or not for this repository"
        }
        () if has("not found") || has("404") => "there is no such repository, or the token may not see it",
        () if has("Could not resolve host") => "the host is not known",
        () if has("Permission denied") => "the host refuses the key of ssh",
        () if has("SSL") || has("certificate") => "the certificate of the host is not trusted",
        () if has("timed out") || has("Operation too slow") => "the host is too slow",
        () if has("Connection refused") || has("Failed to connect") => "the host cannot be reached",
        () if has("protocol") && has("not allowed") => "the host leads to a protocol that is not allowed",
        () if has("early EOF") || has("hung up") || has("RPC failed") || has("reset") || has("curl 5") => {
            "the connection was cut off"
        }
        () if has("index-pack") || has("bad object") => "what the host sent is no repository",
        () => "git could not clone it",
    };
    words.to_owned()
}

/// True if another try may help.
fn passes(why: &str) -> bool {
    ["429", "too slow", "cannot be reached", "cut off"].iter().any(|text| why.contains(text))
}

/// How much longer to wait where the host asks for it.
fn pressure(why: &str) -> u32 {
    if why.contains("429") { 15 } else { 1 }
}

fn wait(time: Duration, stop: &AtomicBool) {
    let started = Instant::now();
    while started.elapsed() < time && !stop.load(Ordering::SeqCst) {
        nap(LOOK);
    }
}

/// Ends git and what it has started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
