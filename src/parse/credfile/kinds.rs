//! Recognises credential files by name and path.

use super::names::{Kind, by_name, made, mixed};
use super::{ini, json, kubernetes, lines, literals, xml, yaml};

/// The longest name in bytes.
const NAME_MAX: usize = 96;

/// The kind of the file at `path`, if any. `bytes` are checked for formats with arbitrary file names.
#[must_use]
pub fn kind_of(path: &[u8], bytes: &[u8]) -> Option<&'static Kind> {
    let slash = memchr::memrchr(b'/', path);
    let (folder, name) = slash.map_or((&path[..0], path), |slash| (&path[..slash], &path[slash + 1..]));
    let mut buffer = [0; NAME_MAX];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let name = bare_name(lower);
    let parent = memchr::memrchr(b'/', folder).map_or(folder, |slash| &folder[slash + 1..]);
    let (stem, ending) =
        memchr::memrchr(b'.', name).map_or((name, &name[..0]), |dot| (&name[..dot], &name[dot + 1..]));
    if is_plain_code(ending) {
        return None;
    }
    by_folder(parent, name, ending)
        .or_else(|| by_name(name))
        .or_else(|| by_ending(ending))
        .or_else(|| by_content(ending, bytes))
        .or_else(|| by_stem(stem, ending, parent))
}

/// Extensions without a kind: most files of most repositories.
const fn is_plain_code(ending: &[u8]) -> bool {
    matches!(
        ending,
        b"rs"
            | b"c"
            | b"h"
            | b"go"
            | b"cc"
            | b"cpp"
            | b"hpp"
            | b"java"
            | b"kt"
            | b"tsx"
            | b"jsx"
            | b"css"
            | b"scss"
            | b"html"
            | b"md"
            | b"rst"
            | b"svg"
            | b"png"
            | b"swift"
            | b"scala"
            | b"lock"
    )
}

fn by_folder(parent: &[u8], name: &[u8], ending: &[u8]) -> Option<&'static Kind> {
    static AWS: Kind = made("AWS credentials", ini::ini, &["awssecretaccesskey", "awssessiontoken"]);
    static GEM: Kind = made("gem credentials", yaml::pairs, &["rubygemsapikey"]);
    static BUNDLE: Kind = mixed("a Bundler configuration", yaml::pairs, &[]);
    static CARGO: Kind = made("Cargo credentials", literals::pairs, &["token"]);
    static DOCKER: Kind = Kind {
        base64: &["auth"],
        ..made("a Docker configuration", json::pairs, &["identitytoken", "registrytoken"])
    };
    static KUBE: Kind = made(
        "a kubeconfig",
        yaml::pairs,
        &["token", "password", "clientkeydata", "idtoken", "refreshtoken", "clientsecret"],
    );
    static MAVEN: Kind = made("a Maven settings file", xml::pairs, &[]);
    static HUB: Kind =
        made("a command line tool's configuration", yaml::pairs, &["oauthtoken", "accesstoken", "token"]);
    static WHOLE: Kind = made("a file that holds one secret", lines::whole, &[""]);
    static STREAMLIT: Kind = made("Streamlit secrets", literals::pairs, &[]);
    static AGENT: Kind = made(
        "a coding agent's login",
        json::pairs,
        &["accesstoken", "refreshtoken", "idtoken", "openaiapikey"],
    );
    static AGENT_SETTINGS: Kind = mixed("a coding agent's settings", json::commands, &["authorization"]);
    static AGENT_TOML: Kind = mixed("a coding agent's settings", literals::pairs, &["bearertoken"]);
    static CHAT: Kind = made("a chat program's configuration", literals::pairs, &[]);
    static SVN: Kind = made("a cached Subversion login", lines::subversion, &["password"]);
    static BOOKMARKS: Kind = made("a list of bookmarks", lines::url_logins, &["password"]);
    Some(match (parent, name) {
        (b".aws", b"credentials" | b"config") => &AWS,
        (b".gem", b"credentials") => &GEM,
        (b".bundle", b"config") => &BUNDLE,
        (b".cargo", b"credentials") => &CARGO,
        (b".docker" | b"docker", b"config.json") => &DOCKER,
        (b".kube", b"config") => &KUBE,
        (b".m2" | b"maven" | b".mvn" | b"conf", b"settings.xml") => &MAVEN,
        (
            b".config" | b"gh" | b"glab-cli" | b"doctl" | b"hub",
            b"hub" | b"hosts.yml" | b"config.yml" | b"config.yaml",
        ) => &HUB,
        (b"config", b"hub") => &HUB,
        (b"huggingface" | b".huggingface", b"token") => &WHOLE,
        (b"config", b"master.key") => &WHOLE,
        (b"credentials", _) if ending == b"key" => &WHOLE,
        (b".streamlit", b"secrets.toml") => &STREAMLIT,
        (b".claude" | b".codex" | b".gemini", b".credentials.json" | b"auth.json" | b"oauth_creds.json") => {
            &AGENT
        }
        (b".claude" | b".gemini" | b".kiro" | b".roo" | b".cursor" | b".vscode" | b".zed", _)
            if ending == b"json" =>
        {
            &AGENT_SETTINGS
        }
        (b".codex", b"config.toml") => &AGENT_TOML,
        (b".irssi" | b"irssi", b"config") => &CHAT,
        (b"svn.simple" | b"svn.ssl.client-passphrase", _) => &SVN,
        (b".lftp" | b"lftp", b"bookmarks") => &BOOKMARKS,
        _ => return None,
    })
}

fn by_ending(ending: &[u8]) -> Option<&'static Kind> {
    static STATE: Kind = made("a Terraform state", json::pairs, &[]);
    static TFVARS: Kind = made("Terraform variables", literals::pairs, &[]);
    static PUBLISH: Kind = made("a publish profile", xml::pairs, &["userpwd"]);
    static DESKTOP: Kind =
        made("a remote desktop file", ini::sessions, &["password51", "password", "encgrouppwd", "grouppwd"]);
    static REMMINA: Kind = made("a remote desktop file", ini::ini, &["password", "sshpassword"]);
    static NETWORK: Kind = made("a network configuration", ini::equals, &["psk", "password"]);
    static BOOKMARK: Kind = made("a Cyberduck bookmark", xml::pairs, &[]);
    static RDG: Kind = made("a remote desktop file", xml::pairs, &[]);
    Some(match ending {
        b"tfstate" => &STATE,
        b"tfvars" => &TFVARS,
        b"publishsettings" | b"pubxml" => &PUBLISH,
        b"rdp" | b"pcf" => &DESKTOP,
        b"remmina" => &REMMINA,
        b"nmconnection" => &NETWORK,
        b"duck" => &BOOKMARK,
        b"rdg" => &RDG,
        b"netrc" => return by_name(b".netrc"),
        b"pgpass" => return by_name(b".pgpass"),
        b"npmrc" => return by_name(b".npmrc"),
        b"kubeconfig" => return by_name(b"kubeconfig"),
        b"s3cfg" => return by_name(b".s3cfg"),
        _ => return None,
    })
}

/// Every file recognised by content contains one of these texts.
pub const CONTENTS: &[&str] = &[
    "kind: Secret\n",
    "kind: Secret\r",
    "client-key-data:",
    "\"auths\"",
    "\"_postman_",
    "schema.getpostman.com",
    "http://maven.apache.org/SETTINGS",
];

fn by_content(ending: &[u8], bytes: &[u8]) -> Option<&'static Kind> {
    static MANIFEST: Kind =
        Kind { base64: &["data"], ..mixed("a Kubernetes Secret", kubernetes::secrets, &[]) };
    static POSTMAN: Kind = made("a Postman export", json::pairs, &[]);
    static MAVEN: Kind = made("a Maven settings file", xml::pairs, &[]);
    let holds = |mark: &[u8]| memchr::memmem::find(bytes, mark).is_some();
    let starts_with = |mark: &[u8]| memchr::memmem::find(&bytes[..bytes.len().min(1024)], mark).is_some();
    match ending {
        b"yml" | b"yaml" if holds(b"kind: Secret\n") || holds(b"kind: Secret\r") => Some(&MANIFEST),
        b"yml" | b"yaml" | b"conf" if holds(b"client-key-data:") && holds(b"users:") => {
            by_name(b"kubeconfig")
        }
        b"json" if starts_with(b"\"auths\"") => by_name(b".dockercfg"),
        b"json" if starts_with(b"\"_postman_") || starts_with(b"schema.getpostman.com") => Some(&POSTMAN),
        b"xml" if starts_with(b"http://maven.apache.org/SETTINGS") => Some(&MAVEN),
        _ => None,
    }
}

/// Configuration of programs: the extension gives the format, the name the purpose.
fn by_stem(stem: &[u8], ending: &[u8], parent: &[u8]) -> Option<&'static Kind> {
    static INI: Kind = mixed("a configuration file", ini::ini, &[]);
    static JSON: Kind = mixed("a configuration file", json::pairs, &[]);
    static YAML: Kind = mixed("a configuration file", yaml::pairs, &[]);
    static XML: Kind = mixed("a configuration file", xml::pairs, &[]);
    static CODE: Kind = mixed("a configuration file", literals::pairs, &[]);
    let kind = match ending {
        b"ini" | b"cnf" | b"conf" | b"cfg" | b"properties" => &INI,
        b"json" | b"json5" | b"jsonc" => &JSON,
        b"yml" | b"yaml" => &YAML,
        b"xml" | b"config" | b"plist" => &XML,
        b"toml" | b"php" | b"inc" | b"py" | b"rb" | b"js" | b"mjs" | b"cjs" | b"ts" | b"groovy" | b"hcl"
        | b"pl" => &CODE,
        _ => return None,
    };
    let named = matches!(
        stem,
        b"config"
            | b"conf"
            | b"configuration"
            | b"settings"
            | b"setting"
            | b"application"
            | b"bootstrap"
            | b"database"
            | b"databases"
            | b"db"
            | b"secret"
            | b"secrets"
            | b"credential"
            | b"credentials"
            | b"creds"
            | b"password"
            | b"passwords"
            | b"connection"
            | b"connections"
            | b"mail"
            | b"mailer"
            | b"email"
            | b"smtp"
            | b"imap"
            | b"ftp"
            | b"sftp"
            | b"ldap"
            | b"server"
            | b"servers"
            | b"auth"
            | b"account"
            | b"accounts"
            | b"deploy"
            | b"deployment"
            | b"parameters"
            | b"hibernate.cfg"
            | b"context"
            | b"persistence"
            | b"jdbc"
            | b"datasource"
            | b"datasources"
            | b"mysql"
            | b"postgres"
            | b"postgresql"
            | b"mongo"
            | b"mongodb"
            | b"mongoid"
            | b"redis"
            | b"rabbitmq"
            | b"admin"
            | b"apikeys"
            | b"api_keys"
            | b"keys"
            | b"global"
            | b"env"
            | b"environment"
            | b"local"
            | b"vpn"
            | b"backup"
            | b"aws"
            | b"s3"
            | b"storage"
            | b"values"
            | b"compose"
            | b"docker-compose"
            | b"config.inc"
            | b"localsettings"
            | b"local_settings"
            | b"knexfile"
            | b"ormconfig"
            | b"dbconfig"
            | b"dbconnect"
            | b"connect"
            | b"conn"
            | b"wp-config"
            | b"secret_token"
            | b"devise"
            | b"omniauth"
            | b"standalone"
            | b"grafana"
            | b"sonar"
            | b"cable"
            | b"shards"
            | b"filesystems"
            | b"services"
    );
    let tells = [&b"config"[..], b"settings", b"secret", b"credential", b"password", b"database", b"dbconn"]
        .iter()
        .any(|word| memchr::memmem::find(stem, word).is_some());
    let kept =
        matches!(parent, b"secrets" | b"credentials" | b".credentials" | b".secrets" | b"initializers");
    // Literal credentials in CI workflows are only valid during the run.
    (parent != b"workflows" && (named || tells || kept)).then_some(kind)
}

/// Words that mark an example file.
const EXAMPLES: &[&[u8]] = &[
    b"test",
    b"tests",
    b"testing",
    b"fake",
    b"invalid",
    b"example",
    b"examples",
    b"sample",
    b"samples",
    b"template",
    b"templates",
    b"tmpl",
    b"tpl",
    b"dist",
    b"skel",
    b"skeleton",
    b"stub",
    b"schema",
    b"demo",
    b"dummy",
    b"mock",
    b"placeholder",
];
/// Words that mark a variant or a copy.
const VARIANTS: &[&[u8]] = &[
    b"prod",
    b"production",
    b"dev",
    b"develop",
    b"development",
    b"staging",
    b"stage",
    b"test",
    b"testing",
    b"qa",
    b"uat",
    b"live",
    b"default",
    b"defaults",
    b"bak",
    b"old",
    b"orig",
    b"backup",
    b"save",
    b"copy",
    b"tmp",
    b"swp",
    b"new",
    b"1",
    b"2",
    b"3",
    b"txt",
];

/// The name without words of a variant: `wp-config-sample.php.bak` is a `wp-config.php`.
fn bare_name(name: &mut [u8]) -> &[u8] {
    let mut length = name.len();
    while length > 1 && name[length - 1] == b'~' {
        length -= 1;
    }
    // From the end, so cutting does not move the rest.
    let mut end = length;
    while let Some(at) = name[..end].iter().rposition(|b| matches!(b, b'.' | b'-' | b'_')) {
        let word = &name[at + 1..end];
        if at > 0 && (EXAMPLES.contains(&word) || VARIANTS.contains(&word)) {
            name.copy_within(end..length, at);
            length -= end - at;
        }
        end = at;
    }
    &name[..length]
}

/// True if the name of the file at `path` marks an example.
#[must_use]
pub fn is_example(path: &[u8]) -> bool {
    let name = memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..]);
    name.to_ascii_lowercase().split(|b| !b.is_ascii_alphanumeric()).any(|word| EXAMPLES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noun(path: &str) -> Option<&'static str> {
        kind_of(path.as_bytes(), b"").map(|kind| kind.noun)
    }

    #[test]
    fn names_and_places() {
        for (path, expected) in [
            (".netrc", "a .netrc file"),
            ("home/me/.PGPASS", "a .pgpass file"),
            ("www/wp-config.php.bak", "a WordPress configuration"),
            ("wp-config-sample.php", "a WordPress configuration"),
            ("x/.docker/config.json", "a Docker configuration"),
            (".aws/credentials", "AWS credentials"),
            ("appsettings.Production.json", ".NET settings"),
            ("config/database.yml", "a configuration file"),
            ("src/config.prod.php", "a configuration file"),
            ("filezilla/recentservers.xml", "a FileZilla file"),
            ("env/prod.tfvars", "Terraform variables"),
            ("config/credentials/production.key", "a file that holds one secret"),
        ] {
            assert_eq!(noun(path), Some(expected), "{path}");
        }
        for path in
            ["src/main.rs", "README.md", "a/b/credentials", "deploy/web.yaml", "package.json", "x/settings"]
        {
            assert_eq!(noun(path), None, "{path}");
        }
    }

    #[test]
    fn variants_are_cut() {
        let bare = |name: &str| String::from_utf8(bare_name(&mut name.as_bytes().to_vec()).to_vec()).unwrap();
        for (name, expected) in [
            ("wp-config-sample.php.bak", "wp-config.php"),
            (".npmrc.example", ".npmrc"),
            ("settings_local.py", "settings_local.py"),
            ("app.config~", "app.config"),
            ("-", "-"),
            (".test", ".test"),
        ] {
            assert_eq!(bare(name), expected);
        }
    }

    #[test]
    fn kubernetes_by_content() {
        assert_eq!(
            kind_of(b"deploy/x.yaml", b"apiVersion: v1\nkind: Secret\n").map(|kind| kind.noun),
            Some("a Kubernetes Secret")
        );
        assert_eq!(kind_of(b"deploy/x.yaml", b"kind: SecretStore\n").map(|kind| kind.noun), None);
    }

    #[test]
    fn examples_by_their_names() {
        assert!(
            is_example(b"a/.npmrc.sample")
                && is_example(b"a/test.netrc")
                && !is_example(b"a/.npmrc")
                && !is_example(b"contest.ini")
        );
    }
}
