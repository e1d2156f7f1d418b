//! What a value is: where it ends, what only refers to one, what is sealed, and what the place of a file says.

use bartizan::model::{Finding, RepoPath, Severity};
use proptest::prelude::*;

use crate::props::{Memory, config, report};

/// What is reported of one file, without files as a whole.
fn secrets(path: &str, text: &str) -> Vec<Finding> {
    let report = report(&Memory(vec![(RepoPath::from(path), text.as_bytes().to_vec())]), 1);
    report.findings.into_iter().filter(|finding| finding.secret().is_some()).collect()
}

/// What is reported of one file at `medium` or above.
fn strong(path: &str, text: &str) -> Vec<String> {
    let strong = secrets(path, text).into_iter().filter(|finding| finding.severity >= Severity::Medium);
    strong.map(|finding| format!("{} in line {}", finding.check, finding.place.region.start_line)).collect()
}

/// Where the value stands that is reported of `text`, as written in it.
fn reported(path: &str, text: &str) -> Vec<String> {
    let found = secrets(path, text);
    found.iter().map(|one| String::from_utf8_lossy(one.secret().unwrap().expose()).into_owned()).collect()
}

#[test]
fn values_are_read_to_their_end() {
    for (path, around) in [
        ("a.ini", "db_password = §\n"),
        ("a.txt", "password: §\n"),
        ("b.txt", "  db-password: § # note\n"),
        ("c.sh", "app --password=§ --x\n"),
        ("Dockerfile", "ENV DB_PASSWORD=§\n"),
        ("a.properties", "db.password=§\n"),
        ("a.cs", "var c = \"Server=db;User Id=sa;Password=§;Encrypt=true\";\n"),
        ("a.rb", "c = 'Server=db;User Id=sa;Password=§'\n"),
        ("curl.sh", "curl -u 'svc:§' https://ci.corp.test/\n"),
        ("sshpass.sh", "sshpass -p '§' ssh deploy@web1.corp.test\n"),
    ] {
        let shell = path.ends_with(".sh");
        for sign in ",<>)]}|&#%@!:=*+~^/.-_".chars() {
            let value = format!("Kw9tZ4m{sign}Rv7xQ2pLd3");
            // In a shell these end a word, in a fragment of a URL the rest is something else.
            if shell && path == "c.sh" && "<>)|&".contains(sign) {
                continue;
            }
            let found = reported(path, &around.replace('§', &value));
            assert!(found.iter().all(|found| *found == value), "{path}: {value} is read as {found:?}");
        }
    }
    for (path, text, value) in [
        ("a.yaml", "db_password: 'Kw9tZ4m''Rv7xQ2'\n", "Kw9tZ4m''Rv7xQ2"),
        ("a.sql", "SET password = 'Kw9tZ4m''Rv7xQ2';\n", "Kw9tZ4m''Rv7xQ2"),
        ("a.cs", "var password = @\"Kw9tZ4m\"\"Rv7xQ2\";\n", "Kw9tZ4m\"\"Rv7xQ2"),
        ("a.sh", "export DB_PASSWORD='Kw9tZ4m'\\''Rv7xQ2'\n", "Kw9tZ4m'\\''Rv7xQ2"),
        ("a.json", "{\"db_password\": \"Kw9tZ4mRv7xQ2\\\\\", \"x\": \"y\"}\n", "Kw9tZ4mRv7xQ2\\\\"),
        (".env", "DB_PASSWORD=\"Kw9tZ4m\"Rv7xQ2\n", "\"Kw9tZ4m\"Rv7xQ2"),
        ("my.cnf", "[client]\npassword=\"Kw9tZ4m\"Rv7xQ2\n", "\"Kw9tZ4m\"Rv7xQ2"),
        // What follows is no part of it.
        ("a.js", "const c = {password: Kw9tZ4mRv7xQ2, user: x}\n", "Kw9tZ4mRv7xQ2"),
        ("a.txt", "password=Kw9tZ4mRv7xQ2, user=svc\n", "Kw9tZ4mRv7xQ2"),
        ("b.txt", "password=Kw9tZ4mRv7xQ2&user=svc\n", "Kw9tZ4mRv7xQ2"),
        ("c.txt", "password=Kw9tZ4mRv7xQ2;user=svc\n", "Kw9tZ4mRv7xQ2"),
        ("a.md", "(password: Kw9tZ4mRv7xQ2).\n", "Kw9tZ4mRv7xQ2"),
    ] {
        let found = reported(path, text);
        assert!(found.iter().all(|found| found == value), "{path}: {text} is read as {found:?}");
    }
}

/// Tags that say that something else is meant; what follows them names it.
const REFERENCES: &[&str] = &[
    "!secret wifi_password",
    "!env_var MQTT_PASSWORD",
    "!ENV ${DB_PASSWORD}",
    "!Env DB_PASSWORD4",
    "!include passwords/a1.yaml",
    "!include_dir_merge_named packages2/",
    "!input api_password1",
    "!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  30613061306130613061306130613061306130613061306130613061306130613061306130613061\n",
    "!vault-encrypted |",
    "!decrypt abc1def2ghi3",
    "!unsafe \"{{ pw1 }}\"",
    "!Ref DbPassword1",
    "!Sub \"${DbPassword1}\"",
    "!GetAtt Secret1.Password",
    "!ImportValue shared-db-password-1",
    "!Join [\"\", [a1, b2]]",
    "!FindInMap [A1, B2, C3]",
    "!Select [0, !Split [\",\", x1y2z3]]",
    "!If [IsProd1, a, b]",
    "!reference [.a1, password]",
    "!file /run/secrets/x1",
    "!!null",
    "!!js/regexp /^a1b2c3$/",
    "*default_password1",
    "&anchor_1a2b3c",
];

#[test]
fn yaml_tags_are_references() {
    for reference in REFERENCES {
        for key in ["password", "db_password", "\"password\"", "  - api_token", "ansible_become_pass"] {
            for path in ["a.yaml", "config.yml", "values.yaml", "secrets.yaml", "group_vars/all.yml"] {
                let text = format!("{key}: {reference}\n");
                assert_eq!(strong(path, &text), [""; 0], "{path}: {text}");
            }
        }
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn any_tag_is_a_reference(tag in "[A-Za-z][A-Za-z0-9_:.-]{2,14}", name in "[A-Za-z0-9_./-]{4,20}") {
        prop_assume!(!["unsafe", "str"].contains(&tag.as_str()));
        let text = format!("wifi:\n  password: !{tag} {name}\n  api_token: !{tag} \"{name}\"\n");
        prop_assert_eq!(strong("a.yaml", &text), [""; 0]);
    }

    #[test]
    fn what_stands_before_a_literal_does_not_lose_it(
        before in prop::sample::select(vec!["!!str ", "! ", "&anchor ", "&a1 !!str ", "!unsafe ", "!<tag:yaml.org,2002:str> "]),
        value in "[A-Z][a-z]{4}[0-9]{3}![a-z]{4}[A-Z]{3}",
        quote in prop::sample::select(vec!["", "\"", "'"]),
        path in prop::sample::select(vec!["a.yaml", "config.yml", "a.txt"]),
    ) {
        let text = format!("db:\n  password: {before}{quote}{value}{quote}\n");
        let found = reported(path, &text);
        prop_assert!(!found.is_empty() && found.iter().all(|found| *found == value), "{}: {}: {:?}", path, text, found);
    }
}

/// The severities of what is reported of one file, with the checks.
fn severities(path: &str, text: &str) -> Vec<(&'static str, Severity)> {
    let report = report(&Memory(vec![(RepoPath::from(path), text.as_bytes().to_vec())]), 1);
    report.findings.iter().map(|finding| (crate::fixtures::id(finding), finding.severity)).collect()
}

#[test]
fn sealed_env_files_are_no_finding() {
    let sops = "ENC[AES256_GCM,data:M2UJOuVP016n91j2,iv:bDYYYNE4VyCmF3Ax2uFutLAQNQuhs84V0iQII9RKWD8=,tag:EACvz1zjxv+z1aCBSBWbNQ==,type:str]";
    let noted = "sops_version=3.8.1\nsops_lastmodified=2024-01-01T00:00:00Z\nsops_age__list_0__map_recipient=age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq\n";
    let fernet = "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==";
    let files = [
        format!("DB_PASSWORD={sops}\nPORT={sops}\n{noted}sops_mac={sops}\n"),
        format!("{noted}sops_pgp__list_0__map_fp=85D77543B3D624B63CEA9E6DBC17301B491B3F21\nDB_PASSWORD={sops}\n"),
        "DOTENV_PUBLIC_KEY_PRODUCTION=\"021e70617f4eb244e7a92354a60cbc4d846982c0e606013a353c94df9401d3f2ce\"\nDB_PASSWORD=\"encrypted:jidjJDLGUZsGyHoQbtEqikptMPKFS5cJ/0QZfat1qrN8aqAxEvLwJf31L/JrcT3c9tY2lMSp\"\n".to_owned(),
        format!("DB_PASSWORD={fernet}\n"),
        "DB_PASSWORD=EJ[1:gN4F6LPnHzkQz9Qx0R2bT4vX6zA8cE1gI3kM5oQ7sU9=:8SDd3WHDOjf7mq69:CyCqYjBXAiQQ]\n".to_owned(),
        "DB_PASSWORD=ENC(WDB3STZ1N0RLUU5MZlcyU1RhTjQ=)\nAPI_TOKEN={cipher}0a1b2c3d4e5f60718293a4b5c6d7e8f9\n".to_owned(),
        "$ANSIBLE_VAULT;1.1;AES256\n33363965326261303238393836353734\n3739316533393030\n".to_owned(),
        "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBmUXZ4\nc0w3Y1l0bVJkN2tP\n-----END AGE ENCRYPTED FILE-----\n".to_owned(),
        "-----BEGIN PGP MESSAGE-----\n\nDZUZQSySDQ0BkDhJxbDOFoULjVVczUX7BvwvtcgWN41TeeGbL+2w1GbPKn3KIvUC\n=aB3x\n-----END PGP MESSAGE-----\n".to_owned(),
        "DB_PASSWORD=op://vault/db/password\nAPI_TOKEN=\"op://vault/api/token\"\n".to_owned(),
    ];
    for text in &files {
        for path in [".env", "deploy/.env.production", "prod.env"] {
            let strong = severities(path, text);
            assert_eq!(strong, [], "{path}:\n{text}");
        }
    }
    // The key that opens them is one, and so is what was left open beside sealed values.
    assert!(!severities(".env.keys", "DOTENV_PRIVATE_KEY_PRODUCTION=\"5df00c03c86eb34b4c01de574f3e4438f9c64f4467859d087f10646cd2ca3841\"\n").is_empty());
    let open = severities(".env", &format!("{}API_TOKEN=kX9dPq27TzLmWv4sQ8rN\n", files[0]));
    assert!(open.contains(&("env-file-secret", Severity::High)), "{open:?}");
}

#[test]
fn env_files_without_a_secret_are_low() {
    for text in [
        "VALIDATE_BASH=true\nLOG_FORMAT=\"%d %m\"\n",
        "APP_VERSION=v1.2.3-rc1\nHOST=db.corp.test:5432\nCACHE=redis://cache:6379/0\n",
        "SUPPORT_MAIL=help@corp.test\nREGION=eu-west-1\n",
    ] {
        let found = severities(".env", text);
        assert!(found.iter().all(|(_, severity)| *severity == Severity::Low), "{text}: {found:?}");
    }
    assert_eq!(severities(".env", "APP_VERSION=v1.2.3-rc1\n"), [("committed-env-file", Severity::Low)]);
    for text in [
        "ADMIN_PASSWORD=tulip-over-41\n",
        "CACHE=redis://app:kX9dPq27Tz@cache:6379/0\n",
        "UPSTREAM=kX9dPq27TzLmWv4sQ8rNb2Yc\n",
    ] {
        let found = severities(".env", text);
        assert!(found.contains(&("committed-env-file", Severity::Medium)), "{text}: {found:?}");
    }
}

/// A file is taken out of the repository only if it is made for credentials.
#[test]
fn help_fits_the_kind_of_file() {
    let value = "Kw9tZ4m!Rv7xQ2";
    for (path, text) in [
        ("docker-compose.yml", "services:\n  db:\n    environment:\n      DB_PASSWORD: §\n"),
        ("values.yaml", "db:\n  password: §\n"),
        ("deploy/secret.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  password: §\n"),
        ("config/database.yml", "prod:\n  password: §\n"),
    ] {
        let found = secrets(path, &text.replace('§', value));
        assert!(!found.is_empty(), "{path}");
        let ignored = found.iter().find(|finding| finding.to_do().contains(".gitignore"));
        assert!(ignored.is_none(), "{path}: {ignored:?}");
    }
    let found = secrets(".netrc", &format!("machine h.corp.test login svc password {value}\n"));
    assert!(found.iter().any(|finding| finding.to_do().contains(".gitignore")), "{found:?}");
}

/// The same files with and without a repository around them.
#[cfg(unix)]
#[test]
fn outside_of_git_nothing_is_weaker() {
    let files = [
        (".env", "ADMIN_PASSWORD=tulip-over-41\n"),
        (".netrc", "machine h.corp.test login svc password Kw9tZ4mRv7x\n"),
        (".npmrc", "//npm.corp.test/:_authToken=kX9dPq27TzLmWv4sQ8rN\n"),
        ("deploy/values.yaml", "db:\n  password: Kw9tZ4m!Rv7xQ2\n"),
    ];
    let scan = |prepare: &[&[&str]]| {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        prepare.iter().for_each(|arguments| {
            crate::run_git::git(folder.path(), arguments);
        });
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_bartizan"))
            .args(["scan", ".", "--offline", "--checks", "secret", "--format", "json", "--no-config"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let mut found: Vec<(String, String, String, String)> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    text(&one["place"]["path"]),
                    text(&one["check"]),
                    text(&one["severity"]),
                    text(&one["message"]),
                )
            })
            .collect();
        found.sort();
        (ran.status.code(), found)
    };
    let init: &[&str] = &["init", "-q"];
    let (outside, tracked) = (scan(&[]), scan(&[init, &["add", "-Af", "."]]));
    assert_eq!(outside, tracked);
    assert_eq!(outside.0, Some(1));
    // In a repository a file that is not tracked is lower, and says so.
    let (_, open) = scan(&[init]);
    let named = open.iter().filter(|(path, ..)| path == ".env" || path == ".netrc" || path == ".npmrc");
    let lowered: Vec<_> = named.filter(|(_, check, ..)| check.ends_with("file-secret")).collect();
    assert!(!lowered.is_empty());
    for finding in lowered {
        assert!(finding.2 == "medium" && finding.3.ends_with("that is not tracked"), "{finding:?}");
    }
}
