//! Kinds of credential files recognised by name alone.

use super::{Pair, ini, json, lines, literals, shell, xml, yaml};

/// A kind of file.
#[derive(Debug)]
pub struct Kind {
    /// What it is, with its article.
    pub noun: &'static str,
    /// Gives its values.
    pub read: fn(&[u8]) -> Vec<Pair<'_>>,
    /// Names, of a value or its container, that hold a secret here though not everywhere; letters and digits,
    /// lower case.
    pub always: &'static [&'static str],
    /// The same for values in base64.
    pub base64: &'static [&'static str],
    /// True if the file is made for credentials, so every value in their place is one.
    pub dedicated: bool,
}

/// A file made for credentials.
pub(super) const fn made(
    noun: &'static str,
    read: fn(&[u8]) -> Vec<Pair<'_>>,
    always: &'static [&'static str],
) -> Kind {
    Kind { noun, read, always, base64: &[], dedicated: true }
}

/// A configuration that also contains credentials.
pub(super) const fn mixed(
    noun: &'static str,
    read: fn(&[u8]) -> Vec<Pair<'_>>,
    always: &'static [&'static str],
) -> Kind {
    Kind { noun, read, always, base64: &[], dedicated: false }
}

/// The kind of a file with this name, in lower case and without variant words.
pub(super) fn by_name(name: &[u8]) -> Option<&'static Kind> {
    static NETRC: Kind = made("a .netrc file", lines::netrc, &["password", "account"]);
    static PGPASS: Kind = made("a .pgpass file", lines::pgpass, &["password"]);
    static MYCNF: Kind = made("a MySQL option file", ini::ini, &[]);
    static NPMRC: Kind =
        Kind { base64: &["password"], ..made("an .npmrc file", ini::equals, &["auth", "authtoken"]) };
    static YARNRC: Kind = made("a .yarnrc.yml file", yaml::pairs, &["npmauthtoken", "npmauthident"]);
    static PYPIRC: Kind = made("a .pypirc file", ini::ini, &[]);
    static PIP: Kind = made("a pip configuration", ini::ini, &[]);
    static CARGO: Kind = made("Cargo credentials", literals::pairs, &["token"]);
    static NUGET: Kind = made("a NuGet configuration", xml::pairs, &["cleartextpassword", "apikeys"]);
    static MAVEN: Kind = made("a Maven settings file", xml::pairs, &[]);
    static GRADLE: Kind = made("a properties file", ini::ini, &[]);
    static DOCKER: Kind = Kind {
        base64: &["auth"],
        ..made("a Docker configuration", json::pairs, &["identitytoken", "registrytoken"])
    };
    static KUBECONFIG: Kind = made(
        "a kubeconfig",
        yaml::pairs,
        &["token", "password", "clientkeydata", "idtoken", "refreshtoken", "clientsecret"],
    );
    static TERRAFORMRC: Kind = made("a Terraform CLI configuration", literals::pairs, &["token"]);
    static TERRAFORM_JSON: Kind = made("Terraform CLI credentials", json::pairs, &["token"]);
    static S3CFG: Kind =
        made("an s3cmd configuration", ini::ini, &["secretkey", "accesstoken", "gpgpassphrase"]);
    static S3FS: Kind = made("an s3fs password file", lines::user_and_secret, &["secret"]);
    static BOTO: Kind = made("a boto configuration", ini::ini, &["gsoauth2refreshtoken"]);
    static RCLONE: Kind =
        made("an rclone configuration", ini::ini, &["pass", "password", "password2", "token", "key"]);
    static OAUTH: Kind = made(
        "stored OAuth credentials",
        json::pairs,
        &["refreshtoken", "clientsecret", "accesstoken", "idtoken", "privatekey"],
    );
    static WORDPRESS: Kind = made(
        "a WordPress configuration",
        literals::pairs,
        &[
            "authkey",
            "secureauthkey",
            "loggedinkey",
            "noncekey",
            "authsalt",
            "secureauthsalt",
            "loggedinsalt",
            "noncesalt",
        ],
    );
    static SFTP: Kind = made("an SFTP configuration", json::pairs, &[]);
    static FILEZILLA: Kind = Kind { base64: &["pass"], ..made("a FileZilla file", xml::pairs, &[]) };
    static WINSCP: Kind = made("a WinSCP file", ini::ini, &["password"]);
    static GIT_CREDENTIALS: Kind = made("a .git-credentials file", lines::url_logins, &["password"]);
    static GITCONFIG: Kind = made("a Git configuration", ini::equals, &["extraheader"]);
    static MAIL: Kind = made("a mail program's configuration", ini::words, &[]);
    static FETCHMAIL: Kind = made("a .fetchmailrc file", lines::fetchmail, &["password", "pass"]);
    static LDAP: Kind = made(
        "an LDAP configuration",
        ini::words,
        &["bindpw", "rootpw", "rootbindpw", "ldapdefaultauthtok", "credentials"],
    );
    static VPN: Kind = made("a VPN configuration", ini::words, &["ipsecsecret", "xauthpassword", "password"]);
    static CHAP: Kind = made("a list of shared secrets", lines::chap, &["secret"]);
    static LOGINS: Kind = made("a list of logins", lines::user_and_secret, &["secret"]);
    static WIFI: Kind =
        made("a network configuration", ini::equals, &["psk", "password", "wepkey0", "preshared"]);
    static CIFS: Kind = made("a share's login", ini::equals, &[]);
    static IDE: Kind = made("an IDE's list of servers", xml::pairs, &[]);
    static DATABASE_TOOL: Kind = made("a database tool's connections", json::pairs, &["userpassword"]);
    static DATABASE_TOOL_XML: Kind = mixed("a database tool's connections", xml::pairs, &[]);
    static DATABASE_TOOL_LIST: Kind = made("a database tool's connections", xml::pairs, &[]);
    static BROWSER: Kind = made("a browser's stored logins", json::pairs, &["encryptedpassword"]);
    static JENKINS: Kind = made("Jenkins credentials", xml::pairs, &["secretbytes", "secret", "privatekey"]);
    static COMPOSER: Kind = mixed(
        "Composer credentials",
        json::pairs,
        &["githuboauth", "gitlabtoken", "gitlaboauth", "bearer", "password"],
    );
    static MCP: Kind = mixed("an MCP configuration", json::commands, &["authorization"]);
    static HISTORY: Kind = made("a shell history", shell::history, &[]);
    static ENVIRONMENT: Kind = made("an environment file", shell::history, &[]);
    static STATEMENTS: Kind = made("a history of statements", shell::statements, &["password"]);
    static SHELL: Kind = mixed("a shell start file", shell::history, &[]);
    static WHOLE: Kind = made("a file that holds one secret", lines::whole, &[""]);
    static CLI_YAML: Kind =
        made("a command line tool's configuration", yaml::pairs, &["oauthtoken", "accesstoken", "token"]);
    static CLI_INI: Kind = made("a command line tool's configuration", ini::ini, &["token"]);
    static KAGGLE: Kind = made("Kaggle credentials", json::pairs, &["key"]);
    static GAME: Kind = made("a server configuration", ini::words, &[]);
    static GAME_INI: Kind = made("a server configuration", ini::ini, &["rconpassword", "adminpassword"]);
    static REDIS: Kind = mixed(
        "a Redis configuration",
        ini::words,
        &["requirepass", "masterauth", "sentinelauthpass", "tlskeyfilepass"],
    );
    static WINDOWS: Kind =
        made("answers for a Windows installation", xml::pairs, &["password", "administratorpassword"]);
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
        b"kubeconfig" | b".kubeconfig" | b"kubeconfig.yaml" | b"kubeconfig.yml" | b"kube_config" => {
            &KUBECONFIG
        }
        b".terraformrc" | b"terraform.rc" => &TERRAFORMRC,
        b"credentials.tfrc.json" => &TERRAFORM_JSON,
        b".s3cfg" | b"s3cfg" => &S3CFG,
        b".passwd-s3fs" | b"passwd-s3fs" => &S3FS,
        b".boto" | b"boto.cfg" => &BOTO,
        b"rclone.conf" | b".rclone.conf" => &RCLONE,
        b"application_default_credentials.json"
        | b"adc.json"
        | b"oauth_creds.json"
        | b".credentials.json"
        | b"token.json"
        | b"client_secret.json"
        | b"client_secrets.json"
        | b"accesstokens.json"
        | b"msal_token_cache.json" => &OAUTH,
        b"wp-config.php" | b"wp-config" => &WORDPRESS,
        b"sftp-config.json"
        | b".ftpconfig"
        | b"sftp.json"
        | b".sftp.json"
        | b".remote-sync.json"
        | b"remote-sync.json"
        | b"deployment-config.json"
        | b".ftppass"
        | b"ftp.json"
        | b".ftp.json"
        | b"ftpsync.settings"
        | b"sftp-config-alt.json"
        | b"ftp-config.json"
        | b".ftp-deploy.json"
        | b"sftp-settings.json" => &SFTP,
        b"sitemanager.xml"
        | b"recentservers.xml"
        | b"filezilla.xml"
        | b"filezilla server.xml"
        | b"filezilla_server.xml" => &FILEZILLA,
        b"winscp.ini" | b"ws_ftp.ini" | b"ftp.ini" => &WINSCP,
        b".git-credentials" | b"git-credentials" => &GIT_CREDENTIALS,
        b".gitconfig" | b"gitconfig" | b".gitconfig.local" | b"_gitconfig" => &GITCONFIG,
        b".esmtprc" | b"esmtprc" | b".msmtprc" | b"msmtprc" | b".muttrc" | b"muttrc" | b".mailrc"
        | b"mailrc" | b"mail.rc" | b".offlineimaprc" | b"offlineimaprc" | b".mbsyncrc" | b"mbsyncrc"
        | b"ssmtp.conf" | b"getmailrc" | b".mpoprc" | b".nailrc" | b"neomuttrc" => &MAIL,
        b".fetchmailrc" | b"fetchmailrc" => &FETCHMAIL,
        b"ldap.conf" | b"ldaprc" | b".ldaprc" | b"slapd.conf" | b"nslcd.conf" | b"pam_ldap.conf"
        | b"sssd.conf" | b"libnss-ldap.conf" => &LDAP,
        b"vpnc.conf" | b"openfortivpn.conf" | b".openfortivpn" => &VPN,
        b"chap-secrets" | b"pap-secrets" | b"ipsec.secrets" => &CHAP,
        b"rsyncd.secrets" | b"sasl_passwd" => &LOGINS,
        b"wpa_supplicant.conf" | b"hostapd.conf" => &WIFI,
        b".smbcredentials" | b"smbcredentials" | b".cifs" | b".smb" | b".credentials" => &CIFS,
        b"datasources.xml"
        | b"webservers.xml"
        | b"datasources.local.xml"
        | b"deployment.xml"
        | b"sshconfigs.xml" => &IDE,
        b"robomongo.json" | b"credentials-config.json" | b"data-sources.json" => &DATABASE_TOOL,
        b"connections.xml" | b"server.xml" | b"context.xml" => &DATABASE_TOOL_XML,
        b"dbeaver-data-sources.xml" | b".dbeaver-data-sources.xml" => &DATABASE_TOOL_LIST,
        b"logins.json" => &BROWSER,
        b"credentials.xml" | b"jenkins.plugins.publish_over_ssh.bapsshpublisherplugin.xml" => &JENKINS,
        b"auth.json" => &COMPOSER,
        b".mcp.json"
        | b"mcp.json"
        | b"mcp_config.json"
        | b"mcp_settings.json"
        | b"cline_mcp_settings.json"
        | b"claude_desktop_config.json"
        | b"opencode.json"
        | b".claude.json"
        | b"mcp-servers.json" => &MCP,
        b".bash_history"
        | b".zsh_history"
        | b".sh_history"
        | b".history"
        | b".ksh_history"
        | b".fish_history"
        | b"fish_history"
        | b"consolehost_history.txt"
        | b"bash_history"
        | b"zsh_history"
        | b".ash_history" => &HISTORY,
        b".dockerenv" => &ENVIRONMENT,
        b".psql_history" | b".mysql_history" | b".sqlite_history" | b".mariadb_history" => &STATEMENTS,
        b".bashrc" | b".bash_profile" | b".profile" | b".zshrc" | b".zshenv" | b".zprofile"
        | b".bash_aliases" | b".cshrc" | b".kshrc" | b"bashrc" | b"bash_profile" | b"zshrc" | b"profile"
        | b".exports" | b".aliases" | b".extra" | b".secrets" | b".localrc" | b"config.fish"
        | b"setenv.sh" | b"env.sh" | b"secrets.sh" | b"credentials.sh" => &SHELL,
        b".vault_pass"
        | b".vault_password"
        | b".vault-password"
        | b".vault-pass"
        | b"vault_pass"
        | b"vault-password"
        | b"vault_password"
        | b".vault_pass.txt"
        | b"vault_pass.txt"
        | b"vault-pass.txt"
        | b"vault_password.txt"
        | b"vault_password_file"
        | b".vault_password_file"
        | b".vault-token"
        | b"ldap.secret"
        | b"master.key"
        | b"secret.key"
        | b"encryption.key"
        | b".htpass" => &WHOLE,
        b".tugboat" | b".travis.token.yml" | b".zenhub.yml" => &CLI_YAML,
        b".databrickscfg" | b".snowsql" | b".oci_config" | b".transifexrc" | b".jirarc" | b".hgrc"
        | b"hgrc" | b".trac.ini" | b".rtorrent.rc" | b".bintray" | b"glab.ini" | b"zeptoconfig" => &CLI_INI,
        b"kaggle.json" => &KAGGLE,
        b"ventrilo_srv.ini"
        | b"server.properties"
        | b"murmur.ini"
        | b"ts3server.ini"
        | b"gameusersettings.ini"
        | b"mumble-server.ini"
        | b"serverconfig.txt" => &GAME_INI,
        b"server.cfg" | b"rcon.cfg" | b"autoexec.cfg" | b"basic.cfg" => &GAME,
        b"znc.conf" => &GAME_INI,
        b"irssi.conf" | b"weechat.conf" => &CHAT,
        b"accounts.xml" => &CHAT_XML,
        b"knife.rb" => &KNIFE,
        b"keystore.properties"
        | b"key.properties"
        | b"signing.properties"
        | b"release.properties"
        | b"local.properties"
        | b"secrets.properties"
        | b"credentials.properties" => &ANDROID,
        b"web.config" | b"app.config" | b"connectionstrings.config" | b"machine.config" => &DOTNET,
        b"tomcat-users.xml" => &TOMCAT,
        b"redis.conf" | b"sentinel.conf" => &REDIS,
        b"unattend.xml" | b"autounattend.xml" | b"sysprep.xml" => &WINDOWS,
        b"local.settings.json" => &FUNCTIONS,
        b"heroku.json" | b"database.json" | b"secrets.json" | b"credentials.json" | b"creds.json"
        | b"dbconfig.json" | b"ormconfig.json" => &HEROKU,
        b"salesforce.js" => &SALESFORCE,
        b"profiles.yml" => &PROFILES,
        b"credentials.toml" => &CARGO,
        _ if name.starts_with(b"appsettings") && name.ends_with(b".json") => &DOTNET_JSON,
        _ => return None,
    })
}
