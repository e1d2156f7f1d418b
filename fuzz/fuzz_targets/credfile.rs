//! Files of credentials: the first byte picks the name. Values lie in the text.
#![no_main]

use bartizan::parse::credfile::{connection_secrets, kind_of};
use libfuzzer_sys::fuzz_target;

/// One name for each reader, and some that only the content makes a kind.
const NAMES: [&str; 32] = [
    ".netrc",
    ".pgpass",
    ".my.cnf",
    ".npmrc",
    ".yarnrc.yml",
    ".aws/credentials",
    "nuget.config",
    "gradle.properties",
    "dockerconfig.json",
    "kubeconfig",
    "k8s/secret.yaml",
    ".terraformrc",
    "prod.tfvars",
    "a.tfstate",
    ".passwd-s3fs",
    "wp-config.php",
    "sftp.json",
    "winscp.ini",
    ".git-credentials",
    ".gitconfig",
    ".muttrc",
    ".fetchmailrc",
    "chap-secrets",
    ".smbcredentials",
    "mcp.json",
    ".bash_history",
    ".psql_history",
    "a.rdp",
    "master.key",
    "appsettings.json",
    ".subversion/auth/svn.simple/0a",
    "settings.json",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    let Some(kind) = kind_of(name.as_bytes(), text) else { return };
    for pair in (kind.read)(text) {
        assert!(pair.value.start <= pair.value.end && pair.value.end <= text.len());
        for part in connection_secrets(text, pair.value) {
            assert!(pair.value.start <= part.start && part.start <= part.end && part.end <= pair.value.end);
        }
    }
});
