//! All settings of bartizan.toml and all variables of the environment. The reader, `config show`, the JSON schema,
//! the file that `init` writes and docs/configuration.md are made from these tables.

use std::path::PathBuf;

use jiff::civil::Date;

use crate::model::{Preset, Severity};
use crate::parse::advisory::AdvisoryKind;
use crate::parse::lockfile::Ecosystem;
use crate::parse::sbom::quality::Profile;
use crate::scan::config::setting::Kind::{
    Actions, Choice, Choices, Day, File, Flag, Globs, Names, Number, Paths, Regexp, Required, Size, Text,
};
use crate::scan::config::setting::{
    Entries, Entry, Kind, Setting, Table, Variable, means, setting, table, value, variable,
};
use crate::scan::config::{Config, parse_fail_on};
use crate::scan::named::Named;
use crate::scan::provenance::policy::{Identity, Pattern};
use crate::scan::provenance::signers::{Rule, Who};
use crate::scan::suppress::{Matcher, Origin, Suppression};

/// Every setting, by table; those outside of any table first, as TOML wants it.
#[rustfmt::skip] // As a table: several lines for each argument make it unreadable.
pub static TABLES: &[Table] = &[
    table("", "", &[
        setting("ignore", Kind::Entries(&IGNORE),
            value("[]").example("[[ignore]]\ncheck = \"committed-env-file\"\npath = \"tests/fixtures/**\"   # or a list: \
                [\"tests/*\", \"!tests/live/\"]\nreason = \"made up for the tests\"\nexpires = 2030-01-31"),
            "Findings that are known and accepted. An entry that has expired or suppresses nothing is listed in every \
             report. A comment `bartizan:allow CHECK REASON` in the code does the same for its line and the next."),
    ]),
    table("scan", "What is scanned, and with which checks.", &[
        setting("exclude", Globs(|config, globs| config.exclude = globs),
            value("[]").example("[\"vendor/\", \"*.min.js\", \"/docs/examples\"]"),
            "Files to leave out, as in .gitignore: a name at any depth, or a path from the root. The last match decides; \
             a pattern that starts with `!` includes files again, but none below an excluded directory."),
        setting("max-file-size", Size(|config, size| config.max_file_size = Some(size)), value("\"10MiB\""),
            "Larger files are scanned in chunks, as text only. Larger archives are skipped, and counted in the report."),
        setting("fail-on", Choice(severities, |config, name| config.fail_on = parse_fail_on(name).ok()),
            value("\"medium\"").variable("BARTIZAN_FAIL_ON"),
            "The lowest severity that makes the exit code 1."),
        setting("checks", Names(|config, names| config.checks = Some(names)), means("all").example("[\"secret\"]"),
            "Checks and families of checks to run. `bartizan checks` lists them."),
        setting("skip-checks", Names(|config, names| config.skip_checks = names),
            value("[]").example("[\"env-file-secret\"]"),
            "Checks and families of checks to leave out."),
        setting("preset", Choice(presets, |config, name| config.preset = Preset::parse(name)), value("\"default\""),
            "How strict the checks of workflows, containers and the like are: `default` suits nearly every repository, \
             `service` adds what matters where its content runs in production, `strict` adds the rest."),
        setting("packs", Names(|config, names| config.packs = names), value("[]").example("[\".bartizan\"]"),
            "Directories with rules of your own. `bartizan checks verify DIR` tests them by their examples."),
    ]),
    table("secrets", "Rules for secrets.", &[
        setting("rules", Names(|config, names| config.rules = names), value("[]").example("[\"gitleaks.toml\"]"),
            "Files with rules written for gitleaks, which run in addition to the built-in ones."),
        setting("defaults", Flag(|config, flag| config.defaults = Some(flag)), value("true"),
            "Whether the built-in rules run."),
        setting("foreign-allow", Flag(|config, flag| config.foreign_allow = flag), value("false"),
            "Whether the \"allow\" comments of other scanners suppress findings as our own do."),
    ]),
    table("advisories", "Advisories about dependencies.", &[
        setting("unsound", Choice(severities, |config, name| level(config, AdvisoryKind::Unsound, name)),
            value("\"medium\""), "The severity of unsound dependencies."),
        setting("unmaintained", Choice(severities, |config, name| level(config, AdvisoryKind::Unmaintained, name)),
            value("\"low\""), "The severity of unmaintained dependencies."),
        setting("notice", Choice(severities, |config, name| level(config, AdvisoryKind::Notice, name)),
            value("\"low\""), "The severity of dependencies with an informational notice."),
        setting("yanked", Choice(severities, |config, name| config.advisories.yanked = parse_fail_on(name).ok()),
            value("\"low\""), "The severity of yanked versions."),
        setting("osv", Choices(ecosystems, |config, name| {
                let named = Ecosystem::ALL.into_iter().find(|ecosystem| ecosystem.as_str() == name);
                config.advisories.osv.extend(named);
            }), value("[]").example("[\"npm\", \"PyPI\"]"),
            "Ecosystems whose lock files have to be checked: without an OSV database for them the scan is incomplete, \
             and exits with 2. `bartizan db update --osv npm,PyPI` fetches one."),
        setting("max-age", Number(u32::MAX, "a number of days", |config, days| config.advisories.max_age = Some(days)),
            means("any").example("30"),
            "The age in days after which an advisory database is too old to be trusted."),
        setting("ignore", Kind::Entries(&ADVISORY),
            value("[]").example("[{ id = \"RUSTSEC-2024-0001\", reason = \"never called here\", expires = 2030-01-31 }]"),
            "Advisories that are accepted."),
    ]),
    table("signatures", "Who may sign, and how signatures are verified.", &[
        setting("trusted-root", Text(|config, file| config.signatures.trusted_root = Some(file)),
            means("those fetched or built in").example("\"trusted_root.json\""),
            "A Sigstore trusted root to verify with, in place of the cached or built-in ones."),
        setting("require-inclusion-proof", Flag(|config, flag| config.signatures.require_inclusion_proof = flag),
            value("false"), "Whether signatures without a proof of inclusion in the transparency log are refused."),
        setting("allowed-signers", File(|config, file| config.signatures.allowed_signers = Some(file)),
            means("none").example("\".github/allowed_signers\""),
            "The file with the SSH keys that may sign commits, in the format of ssh-keygen."),
        setting("require-signed-commits", Flag(|config, flag| config.signatures.require_signed_commits = flag),
            value("false"), "Whether every commit has to be signed."),
        setting("signer", Kind::Entries(&SIGNER),
            value("[]").example("[[signatures.signer]]\npath = \"dist/**\"\n\
                identity = \"https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v1.0.0\"\n\
                issuer = \"https://token.actions.githubusercontent.com\"\n\
                [[signatures.signer]]\nkey = \"cosign.pub\""),
            "Who may sign which files: the holder of a key, or of a certificate with an identity and its issuer, which may \
             be regular expressions (`identity-regexp`, `issuer-regexp`). Without an entry, workflows of the repository \
             itself if it is on GitHub, and the public keys in it."),
    ]),
    table("sbom", "What an SBOM in the repository has to contain.", &[
        setting("profile",
            Choice(profiles, |config, name| config.sbom.profile = Profile::named(name).unwrap_or_default()),
            value("\"ntia-2021\""), "The minimum elements that it is compared with."),
        setting("require", Flag(|config, flag| config.sbom.require = flag), value("false"),
            "Whether there has to be one."),
        setting("coverage",
            Number(100, "a share in percent, from 0 to 100", |config, share| config.sbom.coverage = share),
            value("80"), "The share of the lock file's packages, in percent, that it has to list."),
    ]),
    table("workflows", "Which actions workflows may use: `owner/*`, `owner/name` or `owner/name@ref`.", &[
        setting("allowed-actions", Actions(|config, actions| config.actions.allowed = actions),
            value("[]").example("[\"actions/*\", \"docker/login-action\"]"),
            "Actions that may be used. If there are any, all others are reported but those of the repository itself."),
        setting("forbidden-actions", Actions(|config, actions| config.actions.forbidden = actions),
            value("[]").example("[\"someone/*\"]"),
            "Actions that may not be used."),
    ]),
];

const REASON: Setting<Entry> = setting(
    "reason",
    Required("why", |entry, text| entry.reason = Some(text)),
    means("required"),
    "Why it is accepted.",
);
const EXPIRES: Setting<Entry> = setting(
    "expires",
    Day(|entry, day| entry.expires = Some(day)),
    means("never"),
    "The last day on which it is accepted.",
);
const PATH: Setting<Entry> = setting(
    "path",
    Paths(|entry, globs| entry.path = Some(globs)),
    means("all"),
    "The files, as in .gitignore.",
);

#[rustfmt::skip]
static IGNORE: Entries<Config> = Entries {
    name: "ignore",
    form: "[[ignore]]",
    settings: &[
        setting("check", Required("which check, family or `*` it silences", |entry, text| entry.check = Some(text)),
            means("required"), "A check, a family of checks, or `*` for all."),
        PATH, REASON, EXPIRES,
    ],
    store: |config, entry, origin| {
        if let (Some(check), Some(reason)) = (entry.check, entry.reason) {
            let matcher = Matcher::Check { name: check.text, path: entry.path };
            config.ignores.push((suppression(matcher, reason, entry.expires, origin), check.at));
        }
        Ok(())
    },
    combinations: None,
};

#[rustfmt::skip]
static ADVISORY: Entries<Config> = Entries {
    name: "ignore",
    form: "{ id = …, reason = … }",
    settings: &[
        setting("id", Required("which advisory it accepts", |entry, text| entry.id = Some(text)),
            means("required"), "The id of the advisory, or an alias of it."),
        setting("package", Text(|entry, text| entry.package = Some(text)), means("any"),
            "The package for which it is accepted."),
        REASON, EXPIRES,
    ],
    store: |config, entry, origin| {
        if let (Some(id), Some(reason)) = (entry.id, entry.reason) {
            let package = entry.package.map(|package| package.text);
            let matcher = Matcher::Advisory { id: id.text, package, yanked: None, folder: Vec::new() };
            config.advisories.ignores.push(suppression(matcher, reason, entry.expires, origin));
        }
        Ok(())
    },
    combinations: None,
};

#[rustfmt::skip]
static SIGNER: Entries<Config> = Entries {
    name: "signer",
    form: "[[signatures.signer]]",
    settings: &[
        PATH,
        setting("key", File(|entry, file| entry.key = Some(file)), means("none"),
            "A public key in the repository."),
        setting("identity", Text(|entry, text| entry.identity = Some(text)), means("none"),
            "The identity in the certificate: the URI of a workflow, or an email address."),
        setting("identity-regexp", Regexp(|entry, pattern| entry.identity_regexp = Some(pattern)),
            means("none"), "A regular expression that has to match the identity as a whole."),
        setting("issuer", Text(|entry, text| entry.issuer = Some(text)), means("none"),
            "The OIDC issuer that vouches for the identity."),
        setting("issuer-regexp", Regexp(|entry, pattern| entry.issuer_regexp = Some(pattern)),
            means("none"), "A regular expression that has to match the issuer as a whole."),
    ],
    store: |config, entry, _| {
        let pattern = |exact: Option<Named>, regexp: Option<Pattern>| match (exact, regexp) {
            (Some(_), Some(_)) => None,
            (exact, regexp) => Some(exact.map(|name| Pattern::Exact(name.text)).or(regexp)),
        };
        let identity = pattern(entry.identity, entry.identity_regexp)
            .ok_or(("identity-regexp", "there is `identity` already"))?;
        let issuer =
            pattern(entry.issuer, entry.issuer_regexp).ok_or(("issuer-regexp", "there is `issuer` already"))?;
        let who = match (entry.key, identity, issuer) {
            (Some(key), None, None) => Who::Key(key),
            (None, Some(identity), Some(issuer)) => Who::Identity(Identity { identity, issuer }),
            (Some(_), ..) => return Err(("", "a signer is a `key`, or an `identity` with its `issuer`, not both")),
            (None, None, None) => return Err(("", "the signer has neither a `key` nor an `identity`")),
            // An identity is only as good as the issuer that vouches for it.
            (None, ..) => return Err(("", "an `identity` needs its `issuer`, and an `issuer` an `identity`")),
        };
        config.signatures.rules.push(Rule { path: entry.path, who });
        Ok(())
    },
    combinations: Some(
        r#"{"oneOf": [
            {"required": ["key"], "not": {"anyOf": [
                {"required": ["identity"]}, {"required": ["identity-regexp"]},
                {"required": ["issuer"]}, {"required": ["issuer-regexp"]}]}},
            {"not": {"required": ["key"]}, "allOf": [
                {"oneOf": [{"required": ["identity"]}, {"required": ["identity-regexp"]}]},
                {"oneOf": [{"required": ["issuer"]}, {"required": ["issuer-regexp"]}]}]}]}"#,
    ),
};

fn suppression(matcher: Matcher, reason: Named, expires: Option<Date>, origin: Origin) -> Suppression {
    Suppression { matcher, reason: Some(reason.text), expires, origin, used: false }
}

fn level(config: &mut Config, kind: AdvisoryKind, name: &str) {
    config.advisories.levels.extend(parse_fail_on(name).map(|level| (kind, level)));
}

fn severities() -> Vec<&'static str> {
    std::iter::once("none").chain(Severity::ALL.map(Severity::as_str)).collect()
}

fn presets() -> Vec<&'static str> {
    Preset::ALL.map(Preset::as_str).to_vec()
}

fn ecosystems() -> Vec<&'static str> {
    Ecosystem::ALL.map(Ecosystem::as_str).to_vec()
}

fn profiles() -> Vec<&'static str> {
    Profile::ALL.map(Profile::as_str).to_vec()
}

/// Every variable that is ours, and `SOURCE_DATE_EPOCH`.
#[rustfmt::skip]
pub static VARIABLES: &[Variable] = &[
    variable("BARTIZAN_CONFIG", "The file with the settings, as `--config`.", |known| path(known.config.as_ref())),
    // `config show` prints it as the setting that it overrides.
    variable("BARTIZAN_FAIL_ON", "The lowest severity that makes the exit code 1, as `--fail-on`.", |_| None),
    variable("BARTIZAN_OFFLINE", "With `1`, nothing uses the network, as with `--offline`.",
        |known| known.offline.then(|| "true".to_owned())),
    variable("BARTIZAN_JOBS", "The number of threads, as `--jobs`.", |known| known.jobs.map(|jobs| jobs.to_string())),
    variable("BARTIZAN_SKIP", "With `1`, the Git hooks do nothing.",
        |known| known.hook.skip.then(|| "true".to_owned())),
    variable("BARTIZAN_FINGERPRINT_KEY",
        "A key for the fingerprints in reports and baselines, so that secrets cannot be guessed from them.",
        |known| known.fingerprint_key.as_ref().map(|_| "set".to_owned())),
    variable("BARTIZAN_CACHE_DIR",
        "The directory for databases and caches, in place of `bartizan` in the user's cache directory.", |_| None),
    variable("BARTIZAN_ADVISORY_DB_URL", "Where the RustSec advisory database is fetched from.",
        |known| address(known.advisory_url.as_ref())),
    variable("BARTIZAN_OSV_DB", "A dump of the OSV database, as `--osv-db`.", |known| path(known.osv_db.as_ref())),
    variable("BARTIZAN_OSV_URL", "Where OSV dumps are fetched from.", |known| address(known.osv_url.as_ref())),
    variable("BARTIZAN_TUF_URL", "Where the trusted root of Sigstore is fetched from.",
        |known| address(known.tuf_url.as_ref())),
    variable("BARTIZAN_GITHUB_TUF_URL", "Where the trusted root of GitHub is fetched from.",
        |known| address(known.github_tuf_url.as_ref())),
    variable("SOURCE_DATE_EPOCH", "The time to use as the present, in seconds since 1970.",
        |known| known.now.map(|now| now.to_string())),
];

fn path(path: Option<&PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

/// A URL, unless it may carry credentials.
fn address(url: Option<&String>) -> Option<String> {
    url.map(|url| if url.contains('@') { "set".to_owned() } else { url.clone() })
}
