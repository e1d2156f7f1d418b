//! The forms in which files give a value to a name, each with what it does to signs that it needs itself.

use std::fmt::Write as _;

/// A file that gives a value to something.
pub(super) struct Form {
    /// The name of the file.
    pub(super) file: &'static str,
    /// True if a name beside the value announces it, on the same line.
    pub(super) named: bool,
    /// What stands around the value.
    around: &'static str,
    /// Writes the value as the form has it; nothing if it cannot.
    escape: fn(&str) -> Option<String>,
}

impl Form {
    /// The file with `value` in it.
    pub(super) fn write(&self, value: &str) -> Option<String> {
        Some(self.around.replace('§', &(self.escape)(value)?))
    }

    /// The same with a word behind the line that holds it.
    pub(super) fn beside(&self, value: &str, word: &str) -> Option<String> {
        let (before, after) = self.around.split_once('§')?;
        let after = after.replacen('\n', &format!(" {word}\n"), 1);
        Some(format!("{before}{}{after}", (self.escape)(value)?))
    }
}

const fn named(file: &'static str, around: &'static str, escape: fn(&str) -> Option<String>) -> Form {
    Form { file, named: true, around, escape }
}

const fn bare(file: &'static str, around: &'static str, escape: fn(&str) -> Option<String>) -> Form {
    Form { file, named: false, around, escape }
}

#[rustfmt::skip]
pub(super) static FORMS: &[Form] = &[
    // Lines of a name and a value.
    named("a.ini", "[db]\ndb_password = §\n", word),
    named("my.cnf", "[client]\npassword=§\n", word),
    named("config.ini", "[db]\nuser = svc\npassword = §\n", trimmed),
    named("a.conf", "db_password=§\n", word),
    named("x.properties", "db.password=§\n", properties),
    named("application.properties", "spring.datasource.password: §\n", properties),
    named("a.txt", "password: §\n", word),
    named(".npmrc", "//npm.corp.test/:_password=§\n", word),
    named(".s3cfg", "[default]\nsecret_key = §\n", word),
    named("alembic.cfg", "smtp_password = §\n", word),
    // Environment files, shells and containers.
    named(".env", "DB_PASSWORD=§\n", dotenv),
    named("b.env", "DB_PASSWORD=\"§\"\n", double),
    named("prod.env", "export API_TOKEN='§'\n", no_single),
    named("a.sh", "export DB_PASSWORD='§'\n", shell_single),
    named("b.sh", "DB_PASSWORD=\"§\"\n", shell_double),
    named("c.sh", "export DB_PASSWORD=§\n", shell_word),
    named("d.sh", "app --password=§ --x\n", shell_word),
    named("e.sh", "app --password '§' --x\n", shell_single),
    named("Dockerfile", "FROM a\nENV DB_PASSWORD=§\n", shell_word),
    named("b.Dockerfile", "FROM a\nENV DB_PASSWORD §\n", word),
    named("c.Dockerfile", "FROM a\nENV DB_PASSWORD=\"§\"\n", shell_double),
    named("app.service", "[Service]\nEnvironment=\"DB_PASSWORD=§\"\n", double),
    named("compose.yaml", "services:\n  db:\n    environment:\n      - DB_PASSWORD=§\n", plain),
    named("docker-compose.yml", "services:\n  db:\n    environment:\n      DB_PASSWORD: \"§\"\n", double),
    named("a.bat", "set DB_PASSWORD=§\n", word),
    named("b.bat", "setx API_TOKEN \"§\"\n", no_double),
    named("a.ps1", "$DbPassword = '§'\n", doubled_single),
    bare("b.ps1", "$c = ConvertTo-SecureString '§' -AsPlainText -Force\n", doubled_single),
    // Command lines.
    bare("curl.sh", "curl -u 'svc:§' https://ci.corp.test/job\n", shell_single),
    bare("curl2.sh", "curl -u \"svc:§\" https://ci.corp.test/job\n", shell_double),
    bare("curl3.sh", "curl --user svc:§ https://ci.corp.test/job\n", shell_word),
    bare("sshpass.sh", "sshpass -p '§' ssh deploy@web1.corp.test\n", shell_single),
    bare("mysql.sh", "mysql -u root -p'§' shop\n", shell_single),
    bare("wget.sh", "wget --user=ci --password='§' https://files.corp.test/a.deb\n", shell_single),
    named("pg.sh", "PGPASSWORD='§' psql -h db.corp.test -U shop\n", shell_single),
    bare("login.sh", "docker login -u bot -p '§' registry.corp.test\n", shell_single),
    bare("chpasswd.sh", "echo 'app:§' | chpasswd\n", shell_single),
    bare("keytool.sh", "keytool -importkeystore -deststorepass '§' -noprompt\n", shell_single),
    bare("sqlcmd.sh", "sqlcmd -S sql.corp.test -U sa -P '§' -i a.sql\n", shell_single),
    named(".bash_history", "export API_TOKEN='§'\n", shell_single),
    // YAML.
    named("a.yaml", "db_password: '§'\n", doubled_single),
    named("b.yaml", "db_password: \"§\"\n", double),
    named("c.yaml", "db_password: §\n", plain),
    named("d.yaml", "db: {user: svc, password: \"§\"}\n", double),
    named("values.yaml", "db:\n  user: svc\n  password: §\n", plain),
    named("e.yml", "db:\n  - api_token: '§'\n", doubled_single),
    named("secret.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  password: '§'\n", doubled_single),
    bare("secret64.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  password: §\n", base64),
    named("k8s.yaml", "env:\n- name: DB_PASSWORD\n  value: \"§\"\n", double),
    // JSON and TOML.
    named("a.json", "{\"db_password\":\"§\"}\n", double),
    named("b.json", "{\"user\": \"svc\", \"password\": \"§\", \"host\": \"db\"}\n", double),
    named("appsettings.json", "{\n  \"ApiToken\": \"§\"\n}\n", double),
    named("vars.json", "[{\"name\": \"DB_PASSWORD\", \"value\": \"§\"}]\n", double),
    named("run.ipynb", "{\"source\": [\"API_TOKEN = \\\"§\\\"\\n\"]}\n", double_twice),
    named("a.har", "{\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"§\"}]}\n", double),
    named("a.toml", "db_password = \"§\"\n", double),
    named("b.toml", "db_password = '§'\n", no_single),
    named("main.tf", "resource \"a\" \"b\" {\n  password = \"§\"\n}\n", double),
    named("terraform.tfvars", "db_password = \"§\"\n", double),
    // Markup.
    named("a.xml", "<config><dbPassword>§</dbPassword></config>\n", markup),
    named("b.xml", "<bean><property name=\"password\" value=\"§\"/></bean>\n", markup),
    named("config.xml", "<config>\n  <password>§</password>\n</config>\n", markup),
    named("web.config", "<add key=\"ApiToken\" value=\"§\" />\n", markup),
    bare("Info.plist", "<dict><key>ApiToken</key><string>§</string></dict>\n", markup),
    bare("strings.xml", "<string name=\"api_token\">§</string>\n", markup),
    // Programs.
    named("a.py", "DB_PASSWORD = \"§\"\n", double),
    named("b.py", "connect(user='svc', password='§')\n", backslashed_single),
    named("c.py", "API_TOKEN = \"§\"\n", split_plus),
    named("d.py", "API_TOKEN = \"§\"\n", split_blank),
    named("a.js", "const dbPassword = '§';\n", backslashed_single),
    named("b.ts", "export const c = { user: 'svc', password: '§', host: 'db' };\n", backslashed_single),
    named("a.go", "dbPassword := \"§\"\n", double),
    named("b.go", "var apiToken = `§`\n", no_back),
    named("a.rb", "  password: '§',\n", backslashed_single),
    named("a.php", "$db_password = '§';\n", backslashed_single),
    named("wp-config.php", "<?php\ndefine('DB_PASSWORD', '§');\n", backslashed_single),
    named("b.php", "<?php $c = ['user' => 'svc', 'password' => '§'];\n", backslashed_single),
    named("c.php", "<?php $api_token = '§';\n", split_dot),
    named("a.java", "String dbPassword = \"§\";\n", double),
    named("a.cs", "var password = @\"§\";\n", doubled_double),
    named("b.cs", "var password = \"§\";\n", double),
    named("a.vb", "Dim password As String = \"§\"\n", doubled_double),
    named("a.c", "char password[] = \"§\";\n", double),
    named("a.sql", "SET password = '§';\n", doubled_single),
    named("b.sql", "CREATE USER svc WITH PASSWORD '§';\n", doubled_single),
    named("a.clj", "{:user \"svc\" :password \"§\"}\n", double),
    named("a.pl", "our %c = (user => \"svc\", password => '§');\n", backslashed_single),
    named("a.lua", "password = \"§\"\n", double),
    // Connection strings and addresses.
    named("c.cs", "var c = \"Server=db;User Id=sa;Password=§;Encrypt=true\";\n", connection_in_string),
    named("conn.txt", "Server=db;User Id=sa;Password=§;Encrypt=true\n", connection),
    named("app.config", "<add name=\"d\" connectionString=\"Server=s;User Id=sa;Password=§;\" />\n", connection_in_markup),
    named("conn.json", "{\"a\":\"Server=db;User Id=sa;Password=§;Encrypt=true\"}\n", connection_in_string),
    named("odbc.txt", "Driver={x};Server=db;UID=sa;PWD={§};Encrypt=yes\n", braced),
    named("jdbc.properties", "url=jdbc:sqlserver://db:1433;user=sa;password=§;encrypt=true\n", braced_or_word),
    named("pq.py", "dsn = \"host=db user=app password=§ dbname=o\"\n", double_word),
    bare("u.txt", "postgres://svc:§@db.corp.test/o\n", percent),
    bare("Gemfile", "source \"https://svc:§@gems.corp.test/\"\n", percent),
    bare(".git-credentials", "https://svc:§@git.corp.test\n", percent),
    bare("q.txt", "https://api.corp.test/v1?user=a&api_key=§&v=3\n", percent),
    // Headers.
    bare("h.txt", "Authorization: Bearer §\n", word),
    named("h.py", "h = {\"X-Api-Key\": \"§\"}\n", double),
    bare("h.sh", "curl -H 'Authorization: Bearer §' https://api.corp.test\n", shell_single),
    bare("basic.txt", "Authorization: Basic §\n", basic),
    // Files with a grammar of their own.
    bare(".netrc", "machine h.corp.test login svc password §\n", word),
    bare(".pgpass", "db.corp.test:5432:o:svc:§\n", colons),
    bare("s3fs.passwd-s3fs", "keyid:§\n", word),
];

fn some(text: String) -> Option<String> {
    Some(text)
}

/// With a backslash before each of `signs`.
fn slashed(value: &str, signs: &str) -> String {
    let mut out = String::new();
    for sign in value.chars() {
        if signs.contains(sign) {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

fn without(value: &str, signs: &str) -> Option<String> {
    (!value.contains(|sign| signs.contains(sign))).then(|| value.to_owned())
}

/// As it is, where the value ends with the word.
fn word(value: &str) -> Option<String> {
    without(value, " ")
}

/// As it is, where the value ends with the line.
fn trimmed(value: &str) -> Option<String> {
    some(value.trim().to_owned())
}

fn properties(value: &str) -> Option<String> {
    some(slashed(value, "\\"))
}

/// Without quotes, where a blank and a sharp start a comment.
fn dotenv(value: &str) -> Option<String> {
    let plain = !value.starts_with(['"', '\'', '`']) && !value.contains(' ');
    plain.then(|| value.to_owned())
}

fn double(value: &str) -> Option<String> {
    some(slashed(value, "\"\\"))
}

fn double_word(value: &str) -> Option<String> {
    double(&word(value)?)
}

/// In a string that stands in a string of JSON.
fn double_twice(value: &str) -> Option<String> {
    some(slashed(&slashed(value, "\"\\"), "\"\\"))
}

fn no_double(value: &str) -> Option<String> {
    without(value, "\"")
}

fn no_single(value: &str) -> Option<String> {
    without(value, "'")
}

fn no_back(value: &str) -> Option<String> {
    without(value, "`")
}

fn backslashed_single(value: &str) -> Option<String> {
    some(slashed(value, "'\\"))
}

fn doubled_single(value: &str) -> Option<String> {
    some(value.replace('\'', "''"))
}

fn doubled_double(value: &str) -> Option<String> {
    some(value.replace('"', "\"\""))
}

fn shell_single(value: &str) -> Option<String> {
    some(value.replace('\'', "'\\''"))
}

fn shell_double(value: &str) -> Option<String> {
    some(slashed(value, "\"\\$`"))
}

fn shell_word(value: &str) -> Option<String> {
    some(slashed(value, " !\"#$&'()*;<>?[\\]^`{|}~"))
}

/// A plain scalar of YAML.
fn plain(value: &str) -> Option<String> {
    let starts = value.starts_with(|sign: char| sign.is_ascii_alphanumeric());
    let breaks = [": ", " #"].iter().any(|part| value.contains(part)) || value.ends_with([':', ' ']);
    (starts && !breaks).then(|| value.to_owned())
}

fn markup(value: &str) -> Option<String> {
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    some(escaped.replace('"', "&quot;").replace('\'', "&apos;"))
}

fn halves(value: &str) -> (String, String) {
    let (first, second): (Vec<_>, Vec<_>) =
        value.chars().enumerate().partition(|(at, _)| at * 2 < value.len());
    let text = |half: Vec<(usize, char)>| half.into_iter().map(|(_, sign)| sign).collect::<String>();
    (text(first), text(second))
}

fn split(value: &str, between: &str, signs: &str) -> Option<String> {
    let (first, second) = halves(value);
    some(format!("{}{between}{}", slashed(&first, signs), slashed(&second, signs)))
}

fn split_plus(value: &str) -> Option<String> {
    split(value, "\" + \"", "\"\\")
}

fn split_blank(value: &str) -> Option<String> {
    split(value, "\" \"", "\"\\")
}

fn split_dot(value: &str) -> Option<String> {
    split(value, "' . '", "'\\")
}

/// A value of a connection string: in quotes if it has signs that separate.
fn connection(value: &str) -> Option<String> {
    let quoted =
        value.contains([';', '"', '\'', '=']) || value.starts_with(['{', ' ']) || value.ends_with(' ');
    some(if quoted { format!("\"{}\"", value.replace('"', "\"\"")) } else { value.to_owned() })
}

fn connection_in_string(value: &str) -> Option<String> {
    double(&connection(value)?)
}

fn connection_in_markup(value: &str) -> Option<String> {
    markup(&connection(value)?)
}

fn braced(value: &str) -> Option<String> {
    some(value.replace('}', "}}"))
}

fn braced_or_word(value: &str) -> Option<String> {
    if value.contains([';', '{', '}', ' ', '\\']) {
        return some(format!("{{{}}}", slashed(&value.replace('}', "}}"), "\\")));
    }
    some(value.to_owned())
}

fn percent(value: &str) -> Option<String> {
    let mut out = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").ok()?,
        }
    }
    Some(out)
}

fn base64(value: &str) -> Option<String> {
    some(data_encoding::BASE64.encode(value.as_bytes()))
}

fn basic(value: &str) -> Option<String> {
    base64(&format!("svc:{value}"))
}

fn colons(value: &str) -> Option<String> {
    some(slashed(&word(value)?, ":\\"))
}
