//! Well-known passwords: image defaults, examples from manuals, and names of what they protect.

use crate::engine::names::{self, Announced};

/// Words of which such passwords are made.
#[rustfmt::skip]
const WORDS: [&str; 98] = [
    "admin", "administrator", "airflow", "apache", "artemis", "blank", "cassandra", "change", "changeit", "changeme",
    "clickhouse", "cloud", "confluent", "couchbase", "couchdb", "database", "db", "debezium", "default", "demo", "dev",
    "develop", "developer", "development", "django", "docker", "elastic", "elasticsearch", "example", "foo", "bar",
    "baz", "gitea", "gitlab", "grafana", "guest", "hello", "influx", "influxdb", "insecure", "jenkins", "kafka",
    "keycloak", "kibana", "laravel", "letmein", "local", "localhost", "magento", "manager", "mariadb", "master",
    "minio", "mongo", "mongodb", "mysql", "neo4j", "nextcloud", "nexus", "odoo", "oracle", "owner", "pass", "passwd",
    "password", "pg", "postgres", "postgresql", "pw", "pwd", "qwerty", "rabbit", "rabbitmq", "redis", "root", "sa",
    "sample", "secret", "service", "sonar", "sonarqube", "sql", "superset", "superuser", "supersecret", "symfony",
    "test", "tester", "testing", "toor", "unsafe", "user", "username", "vagrant", "vault", "welcome", "wordpress", "wp",
];
/// Words that may stand between them, and say nothing alone.
#[rustfmt::skip]
const FILLERS: [&str; 27] = [
    "a", "access", "and", "app", "auth", "here", "in", "is", "it", "jwt", "key", "me", "my", "not", "please", "prod",
    "production", "session", "strong", "super", "the", "this", "to", "token", "use", "very", "your",
];
/// What follows a name in a password that is made up for a purpose: `acme_dev`.
const ENDS: [&str; 9] = ["dev", "test", "local", "password", "secret", "pass", "passwd", "pw", "pwd"];
/// The longest value that is looked at.
const LENGTH_MAX: usize = 48;

/// True if the variable called `name` holds what opens something.
#[must_use]
pub fn is_password_name(name: &str) -> bool {
    matches!(
        names::announced_by_variable(name.as_bytes()),
        Some(Announced::Password | Announced::Secret | Announced::Key)
    )
}

/// True if the password `value` is well known; `beside` are names of what it is for: of a user, a database, an image.
#[must_use]
pub fn is_known(value: &str, beside: &[&str]) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    if value.is_empty() || value.len() > LENGTH_MAX || !value.is_ascii() {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    if beside.iter().any(|name| name.len() > 1 && lower == name.to_ascii_lowercase()) {
        return true;
    }
    is_counted(&lower)
        || is_named(&lower)
        || [lower.clone(), unmasked(&lower)].iter().any(|text| is_made_of_words(text))
}

/// `123456`, `1111`.
fn is_counted(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digits = bytes.len() >= 3 && bytes.iter().all(u8::is_ascii_digit);
    let counts = |step: u8| bytes.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(step));
    is_digits && (counts(1) || counts(0)) || matches!(text, "1234567890" | "abc123" | "1q2w3e4r" | "0000")
}

/// `acme_dev`, `shop-password`.
fn is_named(text: &str) -> bool {
    text.rsplit_once(['_', '-']).is_some_and(|(name, end)| {
        let end = end.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        ENDS.contains(&end) && (1..=20).contains(&name.len()) && is_plain
    })
}

/// `text` with letters in the place of digits and signs that look like them.
fn unmasked(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        '@' | '4' => 'a',
        c => c,
    };
    let bare = text.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    bare.chars().map(letter).collect()
}

/// True if nothing but words of the lists is in `text`, and digits behind them.
fn is_made_of_words(text: &str) -> bool {
    let letters: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let end = letters.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    // `neo4j` has a digit of its own.
    if letters.is_empty() || letters.len() - end > 6 {
        return false;
    }
    let letters = &letters[..end];
    // Whether the text up to a place is made of words, and whether one of them tells.
    let mut reached = vec![(false, false); letters.len() + 1];
    reached[0].0 = true;
    for at in 0..letters.len() {
        let (is_reached, tells) = reached[at];
        if !is_reached {
            continue;
        }
        let words = WORDS.iter().map(|word| (word, true)).chain(FILLERS.iter().map(|word| (word, false)));
        for (word, is_telling) in words {
            if letters[at..].starts_with(word.as_bytes()) {
                let next = &mut reached[at + word.len()];
                *next = (true, next.1 || tells || is_telling);
            }
        }
    }
    reached[letters.len()].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_passwords() {
        for value in [
            "admin",
            "Admin123",
            "changeme",
            "change-me",
            "postgres",
            "P@ssw0rd!",
            "my-secret-pw",
            "mysecretpassword",
            "12345",
            "1111",
            "acme_dev",
            "shop-password",
            "minioadmin",
            "minio123",
            "rootpassword",
            "test",
            "neo4j",
            "your_strong_password",
            "supersecretkey",
            "toor",
            "password1",
        ] {
            assert!(is_known(value, &[]), "{value}");
        }
        for value in [
            "",
            "true",
            "x",
            "kX9dPq27TzLmWv4s",
            "tulip-over-cast-41",
            "a",
            "key",
            "file",
            "/run/secrets/db",
            "42",
            "sometimes_we_test_it_all_day_long_dev",
            "0f8fad5b",
            "enabled",
            "required",
        ] {
            assert!(!is_known(value, &[]), "{value}");
        }
        assert!(is_known("Shop", &["shop"]) && !is_known("shop", &["other"]));
        assert!(!is_known(&"admin".repeat(100), &[]));
    }

    #[test]
    fn names_of_passwords() {
        for name in
            ["POSTGRES_PASSWORD", "RABBITMQ_DEFAULT_PASS", "JWT_SECRET", "MINIO_SECRET_KEY", "SA_PASSWORD"]
        {
            assert!(is_password_name(name), "{name}");
        }
        for name in ["POSTGRES_PASSWORD_FILE", "POSTGRES_USER", "SECRET_NAME", "PORT", "KEY", "PUBLIC_KEY"] {
            assert!(!is_password_name(name), "{name}");
        }
    }
}
