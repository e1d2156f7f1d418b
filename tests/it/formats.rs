//! Values where the formats of files put them: in blocks and elements, under `value` and `default`, behind a
//! variable, in pieces; and passwords of any form.

use bartizan::model::{Finding, Place, RepoPath, Severity};

use crate::props::{Memory, report};

/// What is reported of one file at `medium` or above: where it stands, and what it is.
fn strong(path: &str, text: &str) -> Vec<(u64, String)> {
    let report = report(&Memory(vec![(RepoPath::from(path), text.as_bytes().to_vec())]), 1);
    let strong = |finding: &Finding| finding.secret().is_some() && finding.severity >= Severity::Medium;
    let shown = |finding: &Finding| {
        let secret = finding.secret().expect("it was asked for").expose();
        (u64::from(finding.place.region.start_line), String::from_utf8_lossy(secret).into_owned())
    };
    report.findings.iter().filter(|finding| strong(finding)).map(shown).collect()
}

/// A password and a token, for the two judges.
const PASSWORD: &str = "Kw9tZ4m!Rv7x";
const TOKEN: &str = "kX9dPq27TzLmWv4sQ8rNbY3c";

/// Each text with the value at `§`, under a name of a password at `¶`, and of a token.
fn both(path: &str, text: &str) {
    for (name, value) in [("db_password", PASSWORD), ("api_token", TOKEN)] {
        let written = text.replace('¶', name).replace('§', value);
        let found = strong(path, &written);
        assert!(found.iter().any(|(_, found)| found == value), "{path}: {written}\nfound {found:?}");
    }
}

#[test]
fn values_in_blocks_and_members() {
    for (path, text) in [
        ("a.yaml", "¶: |\n  §\n"),
        ("b.yml", "x:\n  - ¶: >-\n      §\n  - y: z\n"),
        ("c.yaml", "¶: |2 # note\n    §\nnext: x\n"),
        ("d.yaml", "¶: !!str |\n  §\n"),
        ("e.yaml", "¶:\n  §\nnext: 1\n"),
        ("f.yaml", "? ¶\n: §\n"),
        ("g.yaml", "inputs:\n  ¶:\n    description: the user's\n    required: true\n    default: §\n"),
        ("h.yaml", "- name: ¶\n  description: x\n  value: §\n"),
        ("i.yaml", "env:\n  - {name: ¶, value: §}\n"),
        ("j.yaml", "- key: ¶\n  type: secret\n  value: |\n    §\n"),
        ("a.json", "{\"¶\": {\"type\": \"string\", \"default\": \"§\"}}"),
        ("b.json", "{\"p\": {\"¶\": {\n \"metadata\": {\"x\": [1, 2]},\n \"value\": \"§\"\n}}}"),
        ("c.jsonc", "{\"key\": \"¶\", // note\n \"type\": \"secret\", \"value\": \"§\"}"),
        ("d.json", "[{\"ParameterKey\": \"¶\", \"ParameterValue\": \"§\"}]"),
        ("a.tf", "variable \"¶\" {\n  type = string # it's\n  default   = \"§\"\n}\n"),
        (
            "b.tf",
            "resource \"x\" \"y\" {\n  name  = \"/prod/¶\"\n  type  = \"SecureString\"\n  value = \"§\"\n}\n",
        ),
        ("c.tf", "output \"¶\" { value = \"§\" }\n"),
        ("Jenkinsfile", "password(name: '¶', description: 'x', defaultValue: '§')\n"),
        ("a.xml", "<string name=\"¶\" translatable=\"false\">§</string>"),
        ("b.xml", "<property name=\"¶\"><value>§</value></property>"),
        ("c.xml", "<param-name>¶</param-name>\n  <param-value>§</param-value>"),
        ("d.xml", "<¶><![CDATA[§]]></¶>"),
        ("e.xml", "<¶ type=\"x\">§</¶>"),
        ("f.plist", "<dict><key>¶</key>\n <string>§</string></dict>"),
        ("g.xml", "<stringProp name=\"a.name\">¶</stringProp>\n<stringProp name=\"a.value\">§</stringProp>"),
    ] {
        both(path, text);
    }
}

#[test]
fn values_in_pieces_brackets_and_behind_a_variable() {
    for (path, text) in [
        ("a.py", "¶ = (\n    \"§\"\n)\n"),
        ("b.py", "¶ = \"\"\"§\"\"\"\n"),
        ("c.toml", "¶ = '''\n§'''\n"),
        ("d.c", "const char* ¶[] = { \"§\" };\n"),
        ("e.cpp", "std::string ¶{\"§\"};\n"),
        ("f.properties", "¶=\\\n    §\n"),
        ("g.py", "¶ = os.environ.get(\"SOME_NAME\", \"§\")\n"),
        ("h.js", "const ¶ = process.env.SOME_NAME || \"§\";\n"),
        ("i.ts", "const ¶ = process.env['SOME_NAME'] ?? '§';\n"),
        ("j.sh", "export X=\"${¶:-§}\"\n"),
        ("k.yaml", "¶: ${SOME_NAME:-§}\n"),
        ("l.yaml", "¶: \"{{ some_name | default('§') }}\"\n"),
        ("m.py", "¶ = os.getenv(\"SOME_NAME\") or \"§\"\n"),
        ("n.rs", "let ¶ = std::env::var(\"SOME_NAME\").unwrap_or(\"§\".into());\n"),
        ("o.php", "$¶ = getenv('SOME_NAME') ?: '§';\n"),
        ("p.rb", "x = ENV['¶'] || '§'\n"),
        ("q.yaml", "x: ${¶:§}\n"),
        ("r.java", "String ¶ = System.getenv().getOrDefault(\"SOME_NAME\", \"§\");\n"),
    ] {
        both(path, text);
    }
    for (text, value) in [
        ("db_password = \"Kw9\" + \"tZ4m!Rv7x\"\n", "Kw9\" + \"tZ4m!Rv7x"),
        ("api_token=kX9dPq27Tz\\\n    LmWv4sQ8rNbY3c\n", "kX9dPq27Tz\\\n    LmWv4sQ8rNbY3c"),
    ] {
        assert_eq!(strong("a.properties", text).first().map(|found| found.1.as_str()), Some(value), "{text}");
    }
}

#[test]
fn a_quoted_value_right_behind_its_name() {
    for (path, text) in [
        ("a.h", "#define WIFI_PASSWORD \"§\"\n"),
        ("a.sql", "CREATE USER 'svc'@'%' IDENTIFIED BY '§';\n"),
        ("b.sql", "ALTER USER svc IDENTIFIED WITH caching_sha2_password BY '§';\n"),
        ("c.sql", "CREATE ROLE svc LOGIN PASSWORD '§';\n"),
        ("build.gradle", "credentials { username \"svc\"; password \"§\" }\n"),
        ("c.gradle", "environment \"DB_PASSWORD\", \"§\"\n"),
        ("a.rb", "set :password, \"§\"\n"),
        ("a.vb", "Dim password As String = \"§\"\n"),
        ("a.r", "password <- \"§\"\n"),
        ("a.c", "strcpy(cfg.password, \"§\");\n"),
        ("b.h", "#define WIFI_PASSWORD L\"§\"\n"),
        ("a.fish", "set -x DB_PASSWORD \"§\"\n"),
        ("a.conf", "requirepass §\n"),
        ("b.conf", "fastcgi_param DB_PASSWORD §;\n"),
        ("a.properties", "db.password\t§\n"),
        ("a.cs", "var c = \"Server=db;UID=sa;PWD={§};Encrypt=yes\";\n"),
    ] {
        let text = text.replace('§', PASSWORD);
        let found = strong(path, &text);
        assert!(found.iter().any(|(_, found)| found == PASSWORD), "{path}: {text}\nfound {found:?}");
    }
}

#[test]
fn passwords_have_any_form() {
    for value in [
        "Seven grey herons 41 wade!",
        "Möwe!Düne58",
        "a->b::c9!X",
        "k9#{2}!Lw@{z",
        "Qm=>7()!kT",
        "<Zm9!kq2w",
        "&Zm9!kq2w",
        "Zm9!kq2w;",
        "9!qT[[x]]4",
        "vault_9!Tq",
        "Zm9!kq2w.js",
        "0xKq9!x2w7",
        "8472916350",
        "marsh-lantern-copper-violet-41",
        "marsh-lantern-copper-violet-kettle",
    ] {
        let found = strong("a.yml", &format!("db_password: '{value}'\n"));
        assert!(found.iter().any(|(_, found)| found == value), "{value}: {found:?}");
    }
}

#[test]
fn what_only_looks_like_a_value_is_none() {
    for (path, text) in [
        ("a.yaml", "password: {type: string, minLength: 8, pattern: \"^(?=.*[A-Z])(?=.*[0-9]).{8,}$\"}\n"),
        ("b.yaml", "secretKeyRef:\n  name: orders-db-6f7c9\n  key: db-password\n"),
        ("c.yaml", "password:\n  description: at least 12 signs\n  example: x\n"),
        ("d.yaml", "api_token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  30613061306130613061306130613061\n"),
        ("e.yaml", "password:\n  - one1\n  - two2\n"),
        ("f.yaml", "db_password: ${DB_PASSWORD:?it has to be set1}\n"),
        ("g.yaml", "db_password: ${DB_PASSWORD:-$OTHER_PASSWORD1}\n"),
        ("a.tf", "variable \"password_length\" {\n  default = \"24chars\"\n}\n"),
        ("a.py", "password = os.environ.get(\"DB_PASSWORD_1\")\n"),
        ("b.py", "password = config.get(\"db\", \"password1\")\n"),
        ("a.md", "It did not pass \"--rebase1!\" on, and a blob identified by 1a2b3c! is lost.\n"),
        ("b.json", "{\"clientRequestToken\": \"d33f65f5-2c10-425c-91ea-99506391d8ca\"}"),
        ("c.json", "{\"password\": \"Enter at least 12 signs!\"}"),
        ("d.py", "password = password.encode(\"latin1\")\n"),
        ("d.php", "if ($auth['password'] === 'oauth2') {\n"),
        ("e.py", "_LS32_PAT = \"(?:{hex}:{hex}|{ipv4})\".format(hex=_HEX_PAT, ipv4=_IPV4_PAT)\n"),
        ("c.go", "url := fmt.Sprintf(\"nats://y:p@%s:%d\", host, port)\n"),
        (
            "g.yaml",
            "client_secret: '$pbkdf2-sha512$310000$c8p78n7pUMln0jzvd4aK4Q$JNRBzwAo0ek5qKn50cFzzvE9RXV88h1w'\n",
        ),
        ("a.mjs", "const s = {\n  AUTH_PASSWORD: z.enum([\"true1\", \"false1\"]).optional(),\n}\n"),
        ("c.py", "password = self._config.get([\"http-basic\", name, \"password\"])\n"),
        ("a.php", "'password' => !empty($uri['pass1']) ? $uri['pass1'] : '',\n"),
        ("b.cjs", "x[$.A_NOPASSWD=26]=\"A_NOPASSWD1\",$[$.A_OK=1]=\"A_OK\";\n"),
        ("b.sh", "export PASSWORD=O$(openssl rand -base64 6 | tr -d \"=+/\")_1\n"),
        ("c.sh", "DB_PASSWORD=${f_str1}${s_str2}\n_pass=\"${_creds1#*:}\"\n"),
        ("a.go", "reToken64 = regexp.MustCompile(`^[a-zA-Z0-9_.~+/=-]+$`)\n"),
        ("b.go", "return fmt.Errorf(`missing password: \"%s:%s\"`, domain, password)\n"),
        ("a.js", "console.log(obj.modified ? \"PASS1\" : \"FAIL1\");\n"),
        ("a.sql", "CREATE USER &USERNAME identified by &USERPWD;\n"),
        ("b.sql", "attr (3) := attributeinfo('PASSWORD','varchar2',1,1,0,1);\n"),
        ("a.html", "var password = $.trim($('#password').val());\n"),
        ("a.ts", "\"x-api-key\": { secret: true, value: \"api-***67890\" },\n"),
        ("a.rs", "/// The token store (e.g., `/opt/share/uv/credentials/3859a629b26fda96`).\n"),
        ("d.json", "{\"secret\": \"sha256=PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0\"}\n"),
        ("locales/es/settings.json", "{\"Password\": \"Contraseña\", \"Old Password\": \"旧密码\"}\n"),
        ("a.sh", "pwd=$(cd -P \"$X1\" && pwd)\n"),
    ] {
        assert_eq!(strong(path, text), [], "{path}: {text}");
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % count as u64) as usize
    }

    fn of(&mut self, signs: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(signs[self.below(signs.len())])).collect()
    }
}

/// The most values of a hundred that may be missed, by the format around them.
const MISSED_MAX: usize = 2;

/// True if four bytes in a row of the second half of `value` are shown.
fn is_shown(value: &str, place: &Place) -> bool {
    let text = place.snippet.as_ref().map_or("", |snippet| &snippet.text);
    value.as_bytes()[value.len() / 2..]
        .windows(4)
        .any(|part| text.as_bytes().windows(4).any(|shown| shown == part))
}

/// Fails if more than two of a hundred values are missed at `medium` in a format, or if a part of one is shown.
fn missed(formats: &[(&str, &str, &[u8])], value: &mut dyn FnMut(&[u8]) -> String) {
    for (path, around, signs) in formats {
        let values: Vec<String> = (0..100).map(|_| value(signs)).collect();
        let file = |(number, value): (usize, &String)| {
            (RepoPath::from(format!("{number}/{path}").as_str()), around.replace('§', value).into_bytes())
        };
        let report = report(&Memory(values.iter().enumerate().map(file).collect()), 1);
        let mut seen = vec![false; values.len()];
        for finding in report.findings.iter().filter(|finding| finding.severity >= Severity::Medium) {
            for place in std::iter::once(&finding.place).chain(&finding.also) {
                let path = place.path.shown();
                let number = path.split('/').next().and_then(|number| number.parse::<usize>().ok());
                let number = number.expect("all paths start with a number");
                assert!(!is_shown(&values[number], place), "{path}: {} is shown", values[number]);
                seen[number] = true;
            }
        }
        let missed: Vec<&String> =
            values.iter().zip(&seen).filter(|(_, seen)| !**seen).map(|(value, _)| value).collect();
        assert!(missed.len() <= MISSED_MAX, "{path}: {} of 100 are missed: {missed:?}", missed.len());
    }
}

const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Random passwords of 32 signs, of all signs that may stand in the format as they are.
#[test]
fn random_passwords_are_found() {
    let signs = |more: &str| [ALNUM, more.as_bytes()].concat();
    let all = signs("!#%&()*+,./:;<=>?@^_{|}~[]$-");
    let shell = signs("!#%()*+,./:;<=>?@^_{|}~[]&-");
    let bare = signs("!%()*+./<>?@^_{|}~[]$-");
    let xml = signs("!#%()*+,./:;=?@^_{|}~[]$-");
    let member = signs("!#%&()*+,./:<>?@^_|~[]$-");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    missed(
        &[
            ("a.yaml", "db_password: '§'\n", &all),
            ("a.json", "{\"db_password\": \"§\"}\n", &all),
            ("a.py", "db_password = \"§\"\n", &all),
            ("a.ini", "[db]\npassword = §\n", &bare),
            ("app.env", "DB_PASSWORD=§\n", &bare),
            ("a.properties", "db.password=§\n", &bare),
            ("a.xml", "<password>§</password>\n", &xml),
            ("a.sh", "export DB_PASSWORD='§'\n", &shell),
            ("Dockerfile", "ENV DB_PASSWORD='§'\n", &shell),
            ("a.cs", "var c = \"Server=db;User Id=sa;Password=§;Encrypt=true\";\n", &member),
        ],
        &mut |signs| random.of(signs, 32),
    );
}

/// Passphrases of five words, with and without a number.
#[test]
fn passphrases_are_found() {
    const WORDS: &[&str] = &[
        "marsh", "lantern", "copper", "violet", "kettle", "harbor", "saddle", "ribbon", "thunder", "walnut",
        "pepper", "canyon", "feather", "marble", "orchard", "puzzle", "glacier", "velvet", "tunnel",
        "meadow", "barrel", "candle",
    ];
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let quoted: &[u8] = b"- .";
    missed(
        &[
            ("a.yaml", "db_password: '§'\n", quoted),
            ("b.yaml", "db_password: §\n", b"-"),
            ("a.json", "{\"db_password\": \"§\"}\n", quoted),
            ("a.py", "db_password = \"§\"\n", quoted),
            ("a.ini", "[db]\npassword = §\n", b"-"),
        ],
        &mut |separators| {
            let separator = random.of(separators, 1);
            let mut words: Vec<String> =
                (0..5).map(|_| WORDS[random.below(WORDS.len())].to_owned()).collect();
            words.dedup();
            if words.len() < 5 || random.below(2) == 0 {
                words.push((10 + random.below(90)).to_string());
            }
            words.join(&separator)
        },
    );
}
