//! Which kind of credential file a file is, by its name and place.

use super::{Pair, ini, json, kubernetes, lines, literals, shell, xml, yaml};

/// A kind of file.
#[derive(Debug)]
pub struct Kind {
    /// What it is, with its article.
    pub noun: &'static str,
    /// Gives its values.
    pub read: fn(&[u8]) -> Vec<Pair<'_>>,
    /// Names, or names of what a value stands in, that hold a secret here though they may not say
    /// so elsewhere; letters and digits, lower case.
    pub always: &'static [&'static str],
    /// The same for values in base64.
    pub base64: &'static [&'static str],
    /// True if the file is made for credentials, so that whatever stands in their place is one.
    pub dedicated: bool,
}

/// A file made for credentials.
const fn made(noun: &'static str, read: fn(&[u8]) -> Vec<Pair<'_>>, always: &'static [&'static str]) -> Kind {
    Kind { noun, read, always, base64: &[], dedicated: true }
}

/// A configuration that has credentials among other things.
const fn mixed(noun: &'static str, read: fn(&[u8]) -> Vec<Pair<'_>>, always: &'static [&'static str]) -> Kind {
    Kind { noun, read, always, base64: &[], dedicated: false }
}

/// The longest name that is looked at, in bytes.
const NAME_MAX: usize = 96;

/// The kind of the file at `path`, if it is one. `bytes` are looked at for formats whose files may
/// have any name.
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
    let (stem, ending) = memchr::memrchr(b'.', name).map_or((name, &name[..0]), |dot| (&name[..dot], &name[dot + 1..]));
    if is_plain_code(ending) {
        return None;
    }
    by_folder(parent, name, ending)
        .or_else(|| by_name(name))
        .or_else(|| by_ending(ending))
        .or_else(|| by_content(ending, bytes))
        .or_else(|| by_stem(stem, ending, parent))
}

/// Endings that no kind has: most files of most repositories.
const fn is_plain_code(ending: &[u8]) -> bool {
    matches!(ending, b"rs" | b"c" | b"h" | b"go" | b"cc" | b"cpp" | b"hpp" | b"java" | b"kt" | b"tsx" | b"jsx" | b"css" | b"scss" | b"html" | b"md" | b"rst" | b"svg" | b"png" | b"swift" | b"scala" | b"lock")
}

fn by_name(name: &[u8]) -> Option<&'static Kind> {
    static NETRC: Kind = made("a .netrc file", lines::netrc, &["password", "account"]);
    static PGPASS: Kind = made("a .pgpass file", lines::pgpass, &["password"]);
    static MYCNF: Kind = made("a MySQL option file", ini::ini, &[]);
    static NPMRC: Kind = Kind { base64: &["password"], ..made("an .npmrc file", ini::equals, &["auth", "authtoken"]) };
    static YARNRC: Kind = made("a .yarnrc.yml file", yaml::pairs, &["npmauthtoken", "npmauthident"]);
    static PYPIRC: Kind = made("a .pypirc file", ini::ini, &[]);
    static PIP: Kind = made("a pip configuration", ini::ini, &[]);
    static CARGO: Kind = made("Cargo credentials", literals::pairs, &["token"]);
    static NUGET: Kind = made("a NuGet configuration", xml::pairs, &["cleartextpassword", "apikeys"]);
    static MAVEN: Kind = made("a Maven settings file", xml::pairs, &[]);
    static GRADLE: Kind = made("a properties file", ini::ini, &[]);
    static DOCKER: Kind = Kind { base64: &["auth"], ..made("a Docker configuration", json::pairs, &["identitytoken", "registrytoken"]) };
    static KUBECONFIG: Kind = made("a kubeconfig", yaml::pairs, &["token", "password", "clientkeydata", "idtoken", "refreshtoken", "clientsecret"]);
    static TERRAFORMRC: Kind = made("a Terraform CLI configuration", literals::pairs, &["token"]);
    static TERRAFORM_JSON: Kind = made("Terraform CLI credentials", json::pairs, &["token"]);
    static S3CFG: Kind = made("an s3cmd configuration", ini::ini, &["secretkey", "accesstoken", "gpgpassphrase"]);
    static S3FS: Kind = made("an s3fs password file", lines::user_and_secret, &["secret"]);
    static BOTO: Kind = made("a boto configuration", ini::ini, &["gsoauth2refreshtoken"]);
    static RCLONE: Kind = made("an rclone configuration", ini::ini, &["pass", "password", "password2", "token", "key"]);
    static OAUTH: Kind = made("stored OAuth credentials", json::pairs, &["refreshtoken", "clientsecret", "accesstoken", "idtoken", "privatekey"]);
    static WORDPRESS: Kind = made("a WordPress configuration", literals::pairs, &["authkey", "secureauthkey", "loggedinkey", "noncekey", "authsalt", "secureauthsalt", "loggedinsalt", "noncesalt"]);
    static SFTP: Kind = made("an SFTP configuration", json::pairs, &[]);
    static FILEZILLA: Kind = Kind { base64: &["pass"], ..made("a FileZilla file", xml::pairs, &[]) };
    static WINSCP: Kind = made("a WinSCP file", ini::ini, &["password"]);
    static GIT_CREDENTIALS: Kind = made("a .git-credentials file", lines::url_logins, &["password"]);
    static GITCONFIG: Kind = made("a Git configuration", ini::equals, &["extraheader"]);
    static MAIL: Kind = made("a mail program's configuration", ini::words, &[]);
    static FETCHMAIL: Kind = made("a .fetchmailrc file", lines::fetchmail, &["password", "pass"]);
    static LDAP: Kind = made("an LDAP configuration", ini::words, &["bindpw", "rootpw", "rootbindpw", "ldapdefaultauthtok", "credentials"]);
    static VPN: Kind = made("a VPN configuration", ini::words, &["ipsecsecret", "xauthpassword", "password"]);
    static CHAP: Kind = made("a list of shared secrets", lines::chap, &["secret"]);
    static LOGINS: Kind = made("a list of logins", lines::user_and_secret, &["secret"]);
    static WIFI: Kind = made("a network configuration", ini::equals, &["psk", "password", "wepkey0", "preshared"]);
    static CIFS: Kind = made("a share's login", ini::equals, &[]);
    static IDE: Kind = made("an IDE's list of servers", xml::pairs, &[]);
    static DATABASE_TOOL: Kind = made("a database tool's connections", json::pairs, &["userpassword"]);
    static DATABASE_TOOL_XML: Kind = mixed("a database tool's connections", xml::pairs, &[]);
    static JENKINS: Kind = made("Jenkins credentials", xml::pairs, &["secretbytes", "secret", "privatekey"]);
    static COMPOSER: Kind = mixed("Composer credentials", json::pairs, &["githuboauth", "gitlabtoken", "gitlaboauth", "bearer", "password"]);
    static MCP: Kind = mixed("an MCP configuration", json::commands, &["authorization"]);
    static HISTORY: Kind = made("a shell history", shell::history, &[]);
    static ENVIRONMENT: Kind = made("an environment file", shell::history, &[]);
    static STATEMENTS: Kind = made("a history of statements", shell::statements, &["password"]);
    static SHELL: Kind = mixed("a shell start file", shell::history, &[]);
    static WHOLE: Kind = made("a file that holds one secret", lines::whole, &[""]);
    static CLI_YAML: Kind = made("a command line tool's configuration", yaml::pairs, &["oauthtoken", "accesstoken", "token"]);
    static CLI_INI: Kind = made("a command line tool's configuration", ini::ini, &["token"]);
    static KAGGLE: Kind = made("Kaggle credentials", json::pairs, &["key"]);
    static GAME: Kind = made("a server configuration", ini::words, &[]);
    static GAME_INI: Kind = made("a server configuration", ini::ini, &["rconpassword", "adminpassword"]);
    static CHAT: Kind = made("a chat program's configuration", literals::pairs, &[]);
    static CHAT_XML: Kind = made("a chat program's accounts", xml::pairs, &[]);
    static KNIFE: Kind = made("a knife configuration", literals::pairs, &[]);
    static ANDROID: Kind = made("signing properties", ini::ini, &["storepassword", "keypassword"]);
    static DOTNET: Kind = mixed("a .NET configuration", xml::pairs, &["validationkey", "decryptionkey"]);
    static TOMCAT: Kind = made("a list of users", xml::pairs, &[]);
    static DOTNET_JSON: Kind = mixed(".NET settings", json::pairs, &[]);
    static FUNCTIONS: Kind = made("Azure Functions settings", json::pairs, &[]);
    static HEROKU: Kind = made("a deployment configuration", json::pairs, &[]);
    static SALESFORCE: Kind = made("a Salesforce script", literals::pairs, &[]);
    static PROFILES: Kind = made("a dbt profile", yaml::pairs, &[]);
    Some(match name {
        b".netrc" | b"_netrc" | b"netrc" | b".authinfo" | b"authinfo" => &NETRC,
        b".pgpass" | b"pgpass" | b"pgpass.conf" => &PGPASS,
        b".my.cnf" | b"my.cnf" | b"my.ini" | b".mysql.cnf" | b"debian.cnf" => &MYCNF,
        b".npmrc" | b"npmrc" | b"_npmrc" | b".yarnrc" => &NPMRC,
        b".yarnrc.yml" => &YARNRC,
        b".pypirc" | b"pypirc" => &PYPIRC,
        b"pip.conf" | b"pip.ini" => &PIP,
        b"nuget.config" => &NUGET,
        b"settings-security.xml" => &MAVEN,
        b"gradle.properties" => &GRADLE,
        b".dockercfg" | b"dockercfg" | b".dockerconfigjson" | b"dockerconfig.json" => &DOCKER,
        b"kubeconfig" | b".kubeconfig" | b"kubeconfig.yaml" | b"kubeconfig.yml" | b"kube_config" => &KUBECONFIG,
        b".terraformrc" | b"terraform.rc" => &TERRAFORMRC,
        b"credentials.tfrc.json" => &TERRAFORM_JSON,
        b".s3cfg" | b"s3cfg" => &S3CFG,
        b".passwd-s3fs" | b"passwd-s3fs" => &S3FS,
        b".boto" | b"boto.cfg" => &BOTO,
        b"rclone.conf" | b".rclone.conf" => &RCLONE,
        b"application_default_credentials.json" | b"adc.json" | b"oauth_creds.json" | b".credentials.json" | b"token.json" | b"client_secret.json" | b"client_secrets.json" | b"accesstokens.json" | b"msal_token_cache.json" => &OAUTH,
        b"wp-config.php" | b"wp-config" => &WORDPRESS,
        b"sftp-config.json" | b".ftpconfig" | b"sftp.json" | b".sftp.json" | b".remote-sync.json" | b"remote-sync.json" | b"deployment-config.json" | b".ftppass" | b"ftp.json" | b".ftp.json" | b"ftpsync.settings" | b"sftp-config-alt.json" | b"ftp-config.json" | b".ftp-deploy.json" | b"sftp-settings.json" => &SFTP,
        b"sitemanager.xml" | b"recentservers.xml" | b"filezilla.xml" | b"filezilla server.xml" | b"filezilla_server.xml" => &FILEZILLA,
        b"winscp.ini" | b"ws_ftp.ini" | b"ftp.ini" => &WINSCP,
        b".git-credentials" | b"git-credentials" => &GIT_CREDENTIALS,
        b".gitconfig" | b"gitconfig" | b".gitconfig.local" | b"_gitconfig" => &GITCONFIG,
        b".esmtprc" | b"esmtprc" | b".msmtprc" | b"msmtprc" | b".muttrc" | b"muttrc" | b".mailrc" | b"mailrc" | b"mail.rc" | b".offlineimaprc" | b"offlineimaprc" | b".mbsyncrc" | b"mbsyncrc" | b"ssmtp.conf" | b"getmailrc" | b".mpoprc" | b".nailrc" | b"neomuttrc" => &MAIL,
        b".fetchmailrc" | b"fetchmailrc" => &FETCHMAIL,
        b"ldap.conf" | b"ldaprc" | b".ldaprc" | b"slapd.conf" | b"nslcd.conf" | b"pam_ldap.conf" | b"sssd.conf" | b"libnss-ldap.conf" => &LDAP,
        b"vpnc.conf" | b"openfortivpn.conf" | b".openfortivpn" => &VPN,
        b"chap-secrets" | b"pap-secrets" | b"ipsec.secrets" => &CHAP,
        b"rsyncd.secrets" | b"sasl_passwd" => &LOGINS,
        b"wpa_supplicant.conf" | b"hostapd.conf" => &WIFI,
        b".smbcredentials" | b"smbcredentials" | b".cifs" | b".smb" | b".credentials" => &CIFS,
        b"datasources.xml" | b"webservers.xml" | b"datasources.local.xml" | b"deployment.xml" | b"sshconfigs.xml" => &IDE,
        b"robomongo.json" | b"credentials-config.json" | b"data-sources.json" => &DATABASE_TOOL,
        b"dbeaver-data-sources.xml" | b".dbeaver-data-sources.xml" | b"connections.xml" | b"server.xml" | b"context.xml" => &DATABASE_TOOL_XML,
        b"credentials.xml" | b"jenkins.plugins.publish_over_ssh.bapsshpublisherplugin.xml" => &JENKINS,
        b"auth.json" => &COMPOSER,
        b".mcp.json" | b"mcp.json" | b"mcp_config.json" | b"mcp_settings.json" | b"cline_mcp_settings.json" | b"claude_desktop_config.json" | b"opencode.json" | b".claude.json" | b"mcp-servers.json" => &MCP,
        b".bash_history" | b".zsh_history" | b".sh_history" | b".history" | b".ksh_history" | b".fish_history" | b"fish_history" | b"consolehost_history.txt" | b"bash_history" | b"zsh_history" | b".ash_history" => &HISTORY,
        b".dockerenv" => &ENVIRONMENT,
        b".psql_history" | b".mysql_history" | b".sqlite_history" | b".mariadb_history" => &STATEMENTS,
        b".bashrc" | b".bash_profile" | b".profile" | b".zshrc" | b".zshenv" | b".zprofile" | b".bash_aliases" | b".cshrc" | b".kshrc" | b"bashrc" | b"bash_profile" | b"zshrc" | b"profile" | b".exports" | b".aliases" | b".extra" | b".secrets" | b".localrc" | b"config.fish" | b"setenv.sh" | b"env.sh" | b"secrets.sh" | b"credentials.sh" => &SHELL,
        b".vault_pass" | b".vault_password" | b".vault-password" | b".vault-pass" | b"vault_pass" | b"vault-password" | b"vault_password" | b".vault_pass.txt" | b"vault_pass.txt" | b"vault-pass.txt" | b"vault_password.txt" | b"vault_password_file" | b".vault_password_file" | b".vault-token" | b"ldap.secret" | b"master.key" | b"secret.key" | b"encryption.key" | b".htpass" => &WHOLE,
        b".tugboat" | b".travis.token.yml" | b".zenhub.yml" => &CLI_YAML,
        b".databrickscfg" | b".snowsql" | b".oci_config" | b".transifexrc" | b".jirarc" | b".hgrc" | b"hgrc" | b".trac.ini" | b".rtorrent.rc" | b".bintray" | b"glab.ini" | b"zeptoconfig" => &CLI_INI,
        b"kaggle.json" => &KAGGLE,
        b"ventrilo_srv.ini" | b"server.properties" | b"murmur.ini" | b"ts3server.ini" | b"gameusersettings.ini" | b"mumble-server.ini" | b"serverconfig.txt" => &GAME_INI,
        b"server.cfg" | b"rcon.cfg" | b"autoexec.cfg" | b"basic.cfg" => &GAME,
        b"znc.conf" => &GAME_INI,
        b"irssi.conf" | b"weechat.conf" => &CHAT,
        b"accounts.xml" => &CHAT_XML,
        b"knife.rb" => &KNIFE,
        b"keystore.properties" | b"key.properties" | b"signing.properties" | b"release.properties" | b"local.properties" | b"secrets.properties" | b"credentials.properties" => &ANDROID,
        b"web.config" | b"app.config" | b"connectionstrings.config" | b"machine.config" => &DOTNET,
        b"tomcat-users.xml" => &TOMCAT,
        b"local.settings.json" => &FUNCTIONS,
        b"heroku.json" | b"database.json" | b"secrets.json" | b"credentials.json" | b"creds.json" | b"dbconfig.json" | b"ormconfig.json" => &HEROKU,
        b"salesforce.js" => &SALESFORCE,
        b"profiles.yml" => &PROFILES,
        b"credentials.toml" => &CARGO,
        _ if name.starts_with(b"appsettings") && name.ends_with(b".json") => &DOTNET_JSON,
        _ => return None,
    })
}

fn by_folder(parent: &[u8], name: &[u8], ending: &[u8]) -> Option<&'static Kind> {
    static AWS: Kind = made("AWS credentials", ini::ini, &["awssecretaccesskey", "awssessiontoken"]);
    static GEM: Kind = made("gem credentials", yaml::pairs, &["rubygemsapikey"]);
    static BUNDLE: Kind = mixed("a Bundler configuration", yaml::pairs, &[]);
    static CARGO: Kind = made("Cargo credentials", literals::pairs, &["token"]);
    static DOCKER: Kind = Kind { base64: &["auth"], ..made("a Docker configuration", json::pairs, &["identitytoken", "registrytoken"]) };
    static KUBE: Kind = made("a kubeconfig", yaml::pairs, &["token", "password", "clientkeydata", "idtoken", "refreshtoken", "clientsecret"]);
    static MAVEN: Kind = made("a Maven settings file", xml::pairs, &[]);
    static HUB: Kind = made("a command line tool's configuration", yaml::pairs, &["oauthtoken", "accesstoken", "token"]);
    static WHOLE: Kind = made("a file that holds one secret", lines::whole, &[""]);
    static STREAMLIT: Kind = made("Streamlit secrets", literals::pairs, &[]);
    static AGENT: Kind = made("a coding agent's login", json::pairs, &["accesstoken", "refreshtoken", "idtoken", "openaiapikey"]);
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
        (b".config" | b"gh" | b"glab-cli" | b"doctl" | b"hub", b"hub" | b"hosts.yml" | b"config.yml" | b"config.yaml") => &HUB,
        (b"config", b"hub") => &HUB,
        (b"huggingface" | b".huggingface", b"token") => &WHOLE,
        (b"config", b"master.key") => &WHOLE,
        (b"credentials", _) if ending == b"key" => &WHOLE,
        (b".streamlit", b"secrets.toml") => &STREAMLIT,
        (b".claude" | b".codex" | b".gemini", b".credentials.json" | b"auth.json" | b"oauth_creds.json") => &AGENT,
        (b".claude" | b".gemini" | b".kiro" | b".roo" | b".cursor" | b".vscode" | b".zed", _) if ending == b"json" => &AGENT_SETTINGS,
        (b".codex", b"config.toml") => &AGENT_TOML,
        (b".irssi", b"config") => &CHAT,
        (b"svn.simple" | b"svn.ssl.client-passphrase", _) => &SVN,
        (b".lftp" | b"lftp", b"bookmarks") => &BOOKMARKS,
        _ => return None,
    })
}

fn by_ending(ending: &[u8]) -> Option<&'static Kind> {
    static STATE: Kind = made("a Terraform state", json::pairs, &[]);
    static TFVARS: Kind = made("Terraform variables", literals::pairs, &[]);
    static PUBLISH: Kind = made("a publish profile", xml::pairs, &["userpwd"]);
    static DESKTOP: Kind = made("a remote desktop file", ini::sessions, &["password51", "password", "encgrouppwd", "grouppwd"]);
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

fn by_content(ending: &[u8], bytes: &[u8]) -> Option<&'static Kind> {
    static MANIFEST: Kind = Kind { base64: &["data"], ..mixed("a Kubernetes Secret", kubernetes::secrets, &[]) };
    static POSTMAN: Kind = made("a Postman export", json::pairs, &[]);
    static MAVEN: Kind = made("a Maven settings file", xml::pairs, &[]);
    let holds = |mark: &[u8]| memchr::memmem::find(bytes, mark).is_some();
    let starts_with = |mark: &[u8]| memchr::memmem::find(&bytes[..bytes.len().min(1024)], mark).is_some();
    match ending {
        b"yml" | b"yaml" if holds(b"kind: Secret\n") || holds(b"kind: Secret\r") => Some(&MANIFEST),
        b"yml" | b"yaml" | b"conf" if holds(b"client-key-data:") && holds(b"users:") => by_name(b"kubeconfig"),
        b"json" if starts_with(b"\"auths\"") => by_name(b".dockercfg"),
        b"json" if starts_with(b"\"_postman_") || starts_with(b"schema.getpostman.com") => Some(&POSTMAN),
        b"xml" if starts_with(b"http://maven.apache.org/SETTINGS") => Some(&MAVEN),
        _ => None,
    }
}

/// Configuration of programs: the ending says how it is written, the name what it is for.
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
        b"toml" | b"php" | b"inc" | b"py" | b"rb" | b"js" | b"mjs" | b"cjs" | b"ts" | b"groovy" | b"hcl" | b"pl" => &CODE,
        _ => return None,
    };
    let named = matches!(stem,
        b"config" | b"conf" | b"configuration" | b"settings" | b"setting" | b"application" | b"bootstrap" | b"database" | b"databases" | b"db"
        | b"secret" | b"secrets" | b"credential" | b"credentials" | b"creds" | b"password" | b"passwords" | b"connection" | b"connections"
        | b"mail" | b"mailer" | b"email" | b"smtp" | b"imap" | b"ftp" | b"sftp" | b"ldap" | b"server" | b"servers" | b"auth" | b"account" | b"accounts"
        | b"deploy" | b"deployment" | b"parameters" | b"hibernate.cfg" | b"context" | b"persistence" | b"jdbc" | b"datasource" | b"datasources"
        | b"mysql" | b"postgres" | b"postgresql" | b"mongo" | b"mongodb" | b"mongoid" | b"redis" | b"rabbitmq" | b"admin" | b"apikeys" | b"api_keys" | b"keys"
        | b"global" | b"env" | b"environment" | b"local" | b"vpn" | b"backup" | b"aws" | b"s3" | b"storage" | b"values" | b"compose"
        | b"docker-compose" | b"config.inc" | b"localsettings" | b"local_settings" | b"knexfile" | b"ormconfig" | b"dbconfig" | b"dbconnect" | b"connect" | b"conn"
        | b"wp-config" | b"secret_token" | b"devise" | b"omniauth" | b"standalone" | b"grafana" | b"sonar" | b"cable" | b"shards" | b"filesystems" | b"services"
    );
    let tells = [&b"config"[..], b"settings", b"secret", b"credential", b"password", b"database", b"dbconn"].iter().any(|word| memchr::memmem::find(stem, word).is_some());
    let kept = matches!(parent, b"secrets" | b"credentials" | b".credentials" | b".secrets" | b"initializers");
    // What continuous integration logs in to with a literal lives as long as the run.
    (parent != b"workflows" && (named || tells || kept)).then_some(kind)
}

/// Words that say that a file shows how a file would look.
const EXAMPLES: &[&[u8]] = &[b"test", b"tests", b"testing", b"fake", b"invalid", b"example", b"examples", b"sample", b"samples", b"template", b"templates", b"tmpl", b"tpl", b"dist", b"skel", b"skeleton", b"stub", b"schema", b"demo", b"dummy", b"mock", b"placeholder"];
/// Words that say which one of several, or that it is a copy.
const VARIANTS: &[&[u8]] = &[
    b"prod", b"production", b"dev", b"develop", b"development", b"staging", b"stage", b"test", b"testing", b"qa", b"uat", b"live", b"default", b"defaults",
    b"bak", b"old", b"orig", b"backup", b"save", b"copy", b"tmp", b"swp", b"new", b"1", b"2", b"3", b"txt",
];

/// The name without words that tell its variant: `wp-config-sample.php.bak` is a `wp-config.php`.
fn bare_name(name: &mut [u8]) -> &[u8] {
    let mut length = name.len();
    while length > 1 && name[length - 1] == b'~' {
        length -= 1;
    }
    // From the end, so that what is cut does not move what is still to be looked at.
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

/// True if the name of the file at `path` says that it is an example.
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
            (".netrc", "a .netrc file"), ("home/me/.PGPASS", "a .pgpass file"), ("www/wp-config.php.bak", "a WordPress configuration"),
            ("wp-config-sample.php", "a WordPress configuration"), ("x/.docker/config.json", "a Docker configuration"), (".aws/credentials", "AWS credentials"),
            ("appsettings.Production.json", ".NET settings"), ("config/database.yml", "a configuration file"), ("src/config.prod.php", "a configuration file"),
            ("filezilla/recentservers.xml", "a FileZilla file"), ("env/prod.tfvars", "Terraform variables"), ("config/credentials/production.key", "a file that holds one secret"),
        ] {
            assert_eq!(noun(path), Some(expected), "{path}");
        }
        for path in ["src/main.rs", "README.md", "a/b/credentials", "deploy/web.yaml", "package.json", "x/settings"] {
            assert_eq!(noun(path), None, "{path}");
        }
    }

    #[test]
    fn variants_are_cut() {
        let bare = |name: &str| String::from_utf8(bare_name(&mut name.as_bytes().to_vec()).to_vec()).unwrap();
        for (name, expected) in [("wp-config-sample.php.bak", "wp-config.php"), (".npmrc.example", ".npmrc"), ("settings_local.py", "settings_local.py"), ("app.config~", "app.config"), ("-", "-"), (".test", ".test")] {
            assert_eq!(bare(name), expected);
        }
    }

    #[test]
    fn kubernetes_by_content() {
        assert_eq!(kind_of(b"deploy/x.yaml", b"apiVersion: v1\nkind: Secret\n").map(|kind| kind.noun), Some("a Kubernetes Secret"));
        assert_eq!(kind_of(b"deploy/x.yaml", b"kind: SecretStore\n").map(|kind| kind.noun), None);
    }

    #[test]
    fn examples_by_their_names() {
        assert!(is_example(b"a/.npmrc.sample") && is_example(b"a/test.netrc") && !is_example(b"a/.npmrc") && !is_example(b"contest.ini"));
    }
}
