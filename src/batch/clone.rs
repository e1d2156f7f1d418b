//! Cloning with the user's git, fixed arguments and an empty environment. A token is passed in the environment, bound
//! to its host; it never appears in an argument, file, log or report.

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

/// Attempts per clone.
const TRIES: u32 = 3;
/// Delay before the first retry.
const PAUSE: Duration = Duration::from_secs(2);
/// Poll interval.
const LOOK: Duration = Duration::from_millis(50);
/// Bytes of git's output that are examined.
const SAID: u64 = 64 << 10;
/// Bytes of a ref listing.
const LISTED: u64 = 256 << 20;
/// Prefix of a clone's directory, before the process id and the key.
const NAME: &str = "bartizan-clone-";

/// The environment variables that are passed to git: program search paths and network settings.
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
    /// Where clones are made, in a directory of ours.
    pub work: PathBuf,
    /// Bytes that one clone may use.
    pub disk: u64,
    /// The token, and its host.
    pub token: Option<(String, Secret)>,
    /// Those of [`VARIABLES`] that are set.
    pub environment: BTreeMap<&'static str, OsString>,
}

/// A clone, removed on drop.
#[derive(Debug)]
pub struct Clone {
    path: PathBuf,
    /// Duration in milliseconds.
    pub ms: u64,
    /// Its size in bytes.
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
        // The next run removes leftovers.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// git's arguments before the URL and the directory. None comes from a repository.
pub const ARGUMENTS: [&str; 7] =
    ["clone", "--quiet", "--bare", "--no-local", "--template=", "--no-recurse-submodules", "--"];

/// git's arguments, before the URL, that list its refs.
pub const LISTING: [&str; 3] = ["ls-remote", "--quiet", "--"];

impl Cloning {
    /// Removes clones that dead processes left in the directory.
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

    /// Clones a repository; objects of `base`, the clone it is a fork of, are not fetched again.
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
                    // Jitter from the key, so that not all retry at the same moment.
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

    /// The refs of a repository on its host; none if git cannot list them.
    #[must_use]
    pub fn landmarks(&self, entry: &Entry, time: Duration, stop: &AtomicBool) -> Option<Landmarks> {
        let mut command = start::git();
        command.args(LISTING).arg(&entry.location).stdout(Stdio::piped());
        command.envs(&self.environment).envs(self.settings(&entry.location, &self.work));
        let text = self.wait_for(command, (time, stop), None).ok()?;
        if text.len() as u64 >= LISTED { None } else { Landmarks::listed(&text) }
    }

    /// Waits for git within the limits of time and of space at `path`, and returns its output.
    fn wait_for(
        &self,
        mut command: Command,
        (time, stop): (Duration, &AtomicBool),
        path: Option<&Path>,
    ) -> Result<Vec<u8>, (Why, String)> {
        let started = Instant::now();
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => (Why::Clone, "git was not found on the PATH".to_owned()),
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
            return Err((Why::Disk, "the disk is full; it could not be cloned".to_owned()));
        }
        Err((Why::Clone, reason(&said)))
    }

    /// git's environment: no user settings, prompts, helpers or other protocols.
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
            // Our reader trusts no object, and objects that git rejects are scanned too.
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

/// The start of a program's output; the rest is drained, so that the program can end.
fn all_of(mut from: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = from.by_ref().take(most).read_to_end(&mut bytes);
    let _ = io::copy(&mut from, &mut io::sink());
    bytes
}

/// The host of an https URL, with its port.
fn host_of(location: &str) -> Option<&str> {
    location.strip_prefix("https://")?.split('/').next()
}

/// git's last message, mapped to our own: server text is not trusted.
fn reason(said: &str) -> String {
    let has = |text: &str| said.contains(text);
    let words = match () {
        () if has("429") => "the host rate-limits requests (429)",
        () if has("Authentication failed") || has("could not read Username") || has("403") || has("401") => {
            "access denied: the token is missing, wrong, or not for this repository"
        }
        () if has("not found") || has("404") => {
            "the repository does not exist, or the token has no access to it"
        }
        () if has("Could not resolve host") => "the host cannot be resolved",
        () if has("Permission denied") => "the host rejects the SSH key",
        () if has("SSL") || has("certificate") => "the certificate of the host is not trusted",
        () if has("timed out") || has("Operation too slow") => "the host is too slow",
        () if has("Connection refused") || has("Failed to connect") => "the host cannot be reached",
        () if has("protocol") && has("not allowed") => "the host redirects to a protocol that is not allowed",
        () if has("early EOF") || has("hung up") || has("RPC failed") || has("reset") || has("curl 5") => {
            "the connection was cut off"
        }
        () if has("index-pack") || has("bad object") => "the host sent an invalid repository",
        () => "git could not clone it",
    };
    words.to_owned()
}

/// True if a retry may help.
fn passes(why: &str) -> bool {
    ["429", "too slow", "cannot be reached", "cut off"].iter().any(|text| why.contains(text))
}

/// Factor for the delay if the host rate-limits.
fn pressure(why: &str) -> u32 {
    if why.contains("429") { 15 } else { 1 }
}

fn wait(time: Duration, stop: &AtomicBool) {
    let started = Instant::now();
    while started.elapsed() < time && !stop.load(Ordering::SeqCst) {
        nap(LOOK);
    }
}

/// Ends git and its child processes.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
