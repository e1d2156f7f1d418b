//! Other harmful acts: persistence, privilege escalation, and surveillance.

use super::shell::Word;
use super::{What, base};

/// Files that run at login, at boot, or on a schedule.
const STARTS: [&str; 16] = [
    ".bashrc",
    ".bash_profile",
    ".zshrc",
    ".zprofile",
    ".zshenv",
    ".profile",
    "authorized_keys",
    "/etc/cron",
    "/etc/rc.local",
    "/etc/profile",
    "autostart/",
    "launchagents",
    "launchdaemons",
    "systemd/system",
    "systemd/user",
    "start menu/programs/startup",
];
/// Programs that record the screen, the keyboard or the microphone.
const RECORDERS: [&str; 17] = [
    "scrot",
    "maim",
    "grim",
    "gnome-screenshot",
    "spectacle",
    "screencapture",
    "xwd",
    "fswebcam",
    "imagesnap",
    "arecord",
    "parecord",
    "pw-record",
    "logkeys",
    "xspy",
    "showkey",
    "evtest",
    "nircmd",
];
/// Recording devices of ffmpeg and similar programs.
const DEVICES: [&str; 9] =
    ["x11grab", "avfoundation", "gdigrab", "dshow", "v4l2", "/dev/video", "alsa", "pulse", "kmsgrab"];

/// The harmful act of the program `name` with `args`, if any.
pub(super) fn judge(name: &str, args: &[Word]) -> Option<What> {
    let lower: Vec<String> =
        args.iter().map(|word| word.text.to_ascii_lowercase().replace('\\', "/")).collect();
    let has = |words: &[&str]| lower.iter().any(|arg| words.contains(&arg.as_str()));
    let holds = |part: &str| lower.iter().any(|arg| arg.contains(part));
    let starts = || STARTS.iter().any(|start| holds(start));
    let persists = match name {
        "crontab" => !lower.is_empty() && !has(&["-l", "-r"]),
        "systemctl" => has(&["enable", "link"]),
        "launchctl" => has(&["load", "bootstrap", "enable", "submit"]),
        "schtasks" => has(&["/create", "-create"]),
        "reg" => has(&["add"]) && holds("currentversion/run"),
        "register-scheduledtask" | "new-service" | "update-rc.d" => true,
        "tee" | "cp" | "mv" | "ln" | "install" | "ssh-copy-id" => starts(),
        "echo" | "cat" | "printf" | "sed" => {
            writes_to(&lower).any(|file| STARTS.iter().any(|start| file.contains(start)))
        }
        _ => false,
    };
    if persists {
        return Some(What::Persists);
    }
    let escalates = match name {
        "chmod" => lower.iter().any(|arg| {
            let is_octal = arg.len() == 4 && arg.bytes().all(|byte| byte.is_ascii_digit());
            is_octal && arg.starts_with(['4', '6']) || matches!(arg.as_str(), "u+s" | "+s" | "ug+s" | "a+s")
        }),
        "setcap" | "visudo" => true,
        "usermod" | "gpasswd" | "adduser" => has(&["sudo", "wheel", "docker", "root", "admin"]),
        "net" => has(&["localgroup"]) && has(&["administrators"]),
        "docker" | "podman" => holds("-v=/:") || lower.iter().any(|arg| arg.starts_with("/:/")),
        "tee" | "echo" | "cat" | "printf" => {
            holds("/etc/sudoers") || holds("/etc/shadow") || holds("/etc/passwd") && holds(">")
        }
        "nsenter" => true,
        _ => false,
    };
    if escalates {
        return Some(What::Escalates);
    }
    let watches = match name {
        "ffmpeg" | "gst-launch-1.0" | "sox" | "rec" => {
            DEVICES.iter().any(|device| holds(device)) || name == "rec"
        }
        "import" => has(&["root"]),
        "xinput" => has(&["test", "test-xi2"]),
        "cat" | "dd" | "hexdump" => holds("/dev/input/"),
        "python" | "python3" => holds("pynput") || holds("pyautogui") || holds("imagegrab"),
        _ => RECORDERS.contains(&name),
    };
    watches.then_some(What::Watches)
}

/// The files that a command writes by redirection.
pub(super) fn writes_to(args: &[String]) -> impl Iterator<Item = &str> {
    args.iter().enumerate().filter_map(|(at, arg)| match arg.as_str() {
        ">" | ">>" => args.get(at + 1).map(String::as_str),
        arg => arg.strip_prefix('>').map(|rest| rest.trim_start_matches('>')).filter(|rest| !rest.is_empty()),
    })
}

/// True if a command disables certificate verification.
pub(super) fn is_unverified(name: &str, before: &[Word], args: &[Word]) -> bool {
    let has = |words: &[&str]| args.iter().any(|word| words.contains(&word.text.as_str()));
    let is_off = |word: &Word| {
        let Some((name, value)) = word.text.split_once('=') else { return false };
        let is_false = matches!(value, "0" | "false" | "False");
        match name {
            "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => is_false,
            "GIT_SSL_NO_VERIFY" => !is_false && !value.is_empty(),
            _ => false,
        }
    };
    if before.iter().chain(args).any(is_off) {
        return true;
    }
    match name {
        "curl" => args.iter().any(|word| {
            let text = word.text.as_str();
            text == "--insecure"
                || text.starts_with('-') && !text.starts_with("--") && text.contains('k') && text.len() <= 6
        }),
        "wget" => has(&["--no-check-certificate"]),
        "git" => args.iter().any(|word| word.text.eq_ignore_ascii_case("http.sslVerify=false")),
        "iwr" | "irm" | "invoke-webrequest" | "invoke-restmethod" => has(&["-SkipCertificateCheck"]),
        _ => false,
    }
}

/// Programs that copy files to a service or another machine, and the words of which one is required.
pub(super) fn is_carrier(name: &str, args: &[Word]) -> bool {
    let has = |words: &[&str]| args.iter().any(|word| words.contains(&word.text.as_str()));
    let is_remote = || {
        args.iter()
            .any(|word| word.text.contains("://") || word.text.contains('@') || word.text.contains(':'))
    };
    match base(name).as_str() {
        "rclone" => has(&["copy", "sync", "move", "copyto", "moveto", "rcat"]),
        "aws" => has(&["s3", "s3api"]),
        "gsutil" => has(&["cp", "rsync", "mv"]),
        "gcloud" => has(&["storage"]),
        "az" => has(&["storage"]),
        "scp" | "rsync" | "sftp" | "ftp" | "ncftpput" | "lftp" => is_remote(),
        "gh" => has(&["gist"]),
        "mail" | "sendmail" | "mutt" | "telnet" => true,
        _ => false,
    }
}
