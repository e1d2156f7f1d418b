//! The table of settings: what is made from it, and that every setting in it is read.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bartizan::model::Severity;
use bartizan::scan::config::setting::{Kind, Setting};
use bartizan::scan::config::settings::{TABLES, VARIABLES};
use bartizan::scan::config::{
    Config, DEFAULT_FAIL_ON, DEFAULT_MAX_FILE_SIZE, Environment, NAMES, example, parse, schema, template,
};

use crate::tidy::fresh;

/// Every setting, with the name of its table.
fn all() -> impl Iterator<Item = (&'static str, &'static Setting<Config>)> {
    TABLES.iter().flat_map(|table| table.settings.iter().map(move |setting| (table.name, setting)))
}

fn mistakes(text: &str) -> String {
    parse(text, "c", "").expect_err(text).to_string()
}

/// `[table]`, or nothing outside of any table.
fn header(table: &str) -> String {
    if table.is_empty() { String::new() } else { format!("[{table}]\n") }
}

const INTRODUCTION: &str = "\
bartizan works without a configuration. Settings for a repository stand in the first of these files, looked for in the
directory that is scanned and those above it, up to the root of the repository: FILES.

Options on the command line override environment variables, and these override the file. An unknown key or a wrong
value is an error with its line and column, and nothing is scanned.

```sh
bartizan init                    # write a bartizan.toml with all settings, commented out
bartizan config check            # check the file, and all files that it names
bartizan config show --origin    # print the settings in effect, and where each is from
bartizan config schema           # print the JSON schema
```

Editors that know TOML schemas complete and check the file with this first line:

```toml
#:schema https://raw.githubusercontent.com/bartizan-scan/bartizan/main/docs/bartizan.schema.json
```

The file is part of the repository, so it is not trusted: it is at most 1 MiB, symlinks are not followed, and packs,
rules and trusted roots that it names have to be in the repository, unless `--config` or `BARTIZAN_CONFIG` names the
file. A change does not decide how it is judged: with `--base REV` the settings are those of REV, with `--range` and
`--since` those of the commit before the range; `--config-from` names another commit.
";

fn page() -> String {
    let mut page = String::from(
        "<!-- Generated from src/scan/config/settings.rs by `UPDATE=1 cargo test --test it cli::settings`. -->\n\n\
         # Configuration\n\n",
    );
    page.push_str(&INTRODUCTION.replace("FILES", &NAMES.map(|name| format!("`{name}`")).join(", ")));
    let (outside, tables): (Vec<_>, Vec<_>) = TABLES.iter().partition(|table| table.name.is_empty());
    for table in tables.into_iter().chain(outside) {
        match table.name {
            "" => page.push_str("\n## Outside of tables\n"),
            name => write!(page, "\n## `[{name}]`\n\n{}\n", table.doc).unwrap(),
        }
        for setting in table.settings {
            let name = format!("{}.{}", table.name, setting.key);
            write!(page, "\n### `{}`\n\n{}\n\n", name.trim_start_matches('.'), setting.doc).unwrap();
            writeln!(page, "- Type: {}", setting.kind.description()).unwrap();
            match setting.unset.default {
                Ok(value) => writeln!(page, "- Default: `{value}`").unwrap(),
                Err(description) => writeln!(page, "- Default: {description}").unwrap(),
            }
            if let Some(variable) = setting.unset.variable {
                writeln!(page, "- Environment: `{variable}`").unwrap();
            }
            let example = example(setting);
            let header = if example.starts_with("[[") { String::new() } else { header(table.name) };
            write!(page, "\n```toml\n{header}{example}\n```\n").unwrap();
            if let Kind::Entries(entries) = &setting.kind {
                page.push_str("\n| Key | Type | Default | |\n|---|---|---|---|\n");
                for Setting { key, kind, unset, doc } in entries.settings {
                    let default = unset.default.map_or_else(str::to_owned, |value| format!("`{value}`"));
                    writeln!(page, "| `{key}` | {} | {default} | {doc} |", kind.description()).unwrap();
                }
            }
        }
    }
    page.push_str("\n## Environment variables\n\n| Variable | |\n|---|---|\n");
    for variable in VARIABLES {
        writeln!(page, "| `{}` | {} |", variable.name, variable.doc).unwrap();
    }
    page
}

#[test]
fn the_page_and_the_schema_are_those_of_the_table() {
    fresh("docs/configuration.md", &page());
    fresh("docs/bartizan.schema.json", &schema());
    let folder = super::folder(&[]);
    for args in [["config", "schema"], ["schema", "config"]] {
        assert_eq!(super::run(&folder, &args).out, schema());
    }
}

#[test]
fn every_setting_is_read_and_a_wrong_value_has_its_place() {
    assert!(all().count() >= 28);
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (table, setting) in all() {
        let key = setting.key;
        let written = if example(setting).starts_with("[[") {
            example(setting)
        } else {
            header(table) + &example(setting)
        };
        parse(&written, "c", "").unwrap_or_else(|error| panic!("{written}\n{error}"));
        // A fraction is wrong for every type.
        let line = if table.is_empty() { 1 } else { 2 };
        let wrong = format!("{}{key} = 1.5\n", header(table));
        let place = format!("c:{line}:{}: `{key}` is {}; ", key.len() + 4, setting.kind.description());
        assert!(mistakes(&wrong).starts_with(&place), "{place}\n{}", mistakes(&wrong));
        let json = match table {
            "" => serde_json::json!({ key: 1.5 }),
            table => serde_json::json!({ table: { key: 1.5 } }),
        };
        assert!(!validator.is_valid(&json), "{json}");
        // The keys of entries, too.
        let Kind::Entries(entries) = &setting.kind else { continue };
        for inner in entries.settings {
            let wrong = format!("{}{key} = [{{ {} = 1.5 }}]\n", header(table), inner.key);
            let said =
                format!(": `{}` is {}; this is a value of type float", inner.key, inner.kind.description());
            assert!(mistakes(&wrong).contains(&said), "{said}\n{}", mistakes(&wrong));
        }
    }
}

#[test]
fn the_defaults_are_what_counts_without_a_setting() {
    let written: String = TABLES
        .iter()
        .map(|table| {
            let of = |setting: &Setting<Config>| {
                Some(format!("{} = {}\n", setting.key, setting.unset.default.ok()?))
            };
            header(table.name) + &table.settings.iter().filter_map(of).collect::<String>()
        })
        .collect();
    let said = parse(&written, "c", "").unwrap();
    let nothing = parse("", "c", "").unwrap();
    assert_eq!(said.max_file_size, Some(DEFAULT_MAX_FILE_SIZE));
    assert_eq!(said.fail_on, Some(DEFAULT_FAIL_ON));
    assert_eq!((said.defaults, nothing.defaults), (Some(true), None));
    assert_eq!(said.preset, Some(nothing.preset.unwrap_or_default()));
    assert_eq!(said.foreign_allow, nothing.foreign_allow);
    assert_eq!((said.ignores.len(), said.exclude.len(), said.packs.len(), said.rules.len()), (0, 0, 0, 0));
    let sbom = |config: &Config| (config.sbom.profile, config.sbom.require, config.sbom.coverage);
    assert_eq!(sbom(&said), sbom(&nothing));
    let signed = |config: &Config| {
        let policy = &config.signatures;
        (policy.require_signed_commits, policy.require_inclusion_proof, policy.rules.len())
    };
    assert_eq!(signed(&said), signed(&nothing));
    assert_eq!(said.actions, nothing.actions);
}

#[test]
fn every_variable_that_is_read_is_in_the_table() {
    let asked = std::cell::RefCell::new(BTreeSet::new());
    Environment::from(|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    })
    .unwrap();
    let ours = |name: &String| name.starts_with("BARTIZAN_") || name == "SOURCE_DATE_EPOCH";
    let asked: BTreeSet<String> = asked.into_inner().into_iter().filter(ours).collect();
    assert_eq!(asked, VARIABLES.iter().map(|variable| variable.name.to_owned()).collect());
    for (_, setting) in all() {
        assert!(setting.unset.variable.is_none_or(|name| asked.contains(name)), "{}", setting.key);
    }
}

#[test]
fn mistakes_in_signers_and_sboms_say_what_is_wrong() {
    for (text, wanted) in [
        ("[[signatures.signer]]\nidentity = 'a'\n", "c:1:1: an `identity` needs its `issuer`"),
        ("[[signatures.signer]]\nissuer = 'a'\n", "c:1:1: an `identity` needs its `issuer`"),
        ("[[signatures.signer]]\n", "c:1:1: the signer has neither"),
        ("[[signatures.signer]]\nkey = 'k'\nidentity = 'a'\nissuer = 'b'\n", "not both"),
        ("[[signatures.signer]]\nkey = '../k'\n", "c:2:7: `../k` is not the path of a file"),
        ("[[signatures.signer]]\nkey = '/k'\n", "not the path of a file"),
        ("[[signatures.signer]]\nidentity-regexp = '('\nissuer = 'b'\n", "c:2:19: "),
        (
            "[[signatures.signer]]\nidentity = 'a'\nidentity-regexp = 'a'\nissuer = 'b'\n",
            "c:3:19: there is `identity`",
        ),
        ("[signatures]\nsigner = 1\n", "a list of tables"),
        ("[signatures]\nallowed-signer = 'x'\n", "did you mean `allowed-signers`"),
        ("[sbom]\nprofile = 'cisa-2024'\n", "did you mean `cisa-2025`"),
        ("[sbom]\nprofile = 'x'\n", "c:2:11: `x` is not ntia-2021, cisa-2025 or bsi-tr-03183"),
        ("[sbom]\ncoverage = 101\n", "from 0 to 100"),
        ("[sbom]\ncoverage = '80'\n", "from 0 to 100"),
        ("sbom = 1\n", "`sbom` is a table, `[sbom]`"),
        ("\"\" = { ignore = [] }\n", "c:1:1: unknown section ``"),
        ("workflows.allowed-actions = ['a']\n", "names no action"),
    ] {
        assert!(mistakes(text).contains(wanted), "{text}: {}", mistakes(text));
    }
}

#[test]
fn signers_and_sboms_are_read() {
    let text = "[signatures]\ntrusted-root = 'root.json'\nallowed-signers = '.github/allowed_signers'\n\
        require-signed-commits = true\nrequire-inclusion-proof = true\n\
        [[signatures.signer]]\npath = 'dist/**'\nidentity-regexp = 'https://github.com/o/r/.*'\nissuer = 'i'\n\
        [[signatures.signer]]\nkey = 'keys/cosign.pub'\n\
        [sbom]\nprofile = 'cisa-2025'\nrequire = true\ncoverage = 95\n";
    let config = parse(text, "bartizan.toml", "").unwrap();
    let policy = config.signatures;
    assert_eq!(policy.trusted_root.unwrap().at, "bartizan.toml:2:16");
    assert_eq!(policy.allowed_signers.unwrap().shown(), ".github/allowed_signers");
    assert!(policy.require_signed_commits && policy.require_inclusion_proof);
    let [first, second] = policy.rules.as_slice() else { panic!("{:?}", policy.rules) };
    let bartizan::scan::provenance::signers::Who::Identity(identity) = &first.who else {
        panic!("{first:?}")
    };
    assert!(identity.identity.matches("https://github.com/o/r/x") && identity.issuer.matches("i"));
    assert!(first.path.is_some() && second.path.is_none());
    assert!(format!("{:?}", second.who).contains("keys/cosign.pub"));
    assert_eq!(
        (config.sbom.profile.as_str(), config.sbom.require, config.sbom.coverage),
        ("cisa-2025", true, 95)
    );
}

#[test]
fn nothing_is_a_configuration_too() {
    let config = parse("# nothing\n", "bartizan.toml", "").unwrap();
    assert!(config.checks.is_none() && config.ignores.is_empty());
    assert_eq!(parse("scan.fail-on = 'high'", "x", "").unwrap().fail_on, Some(Some(Severity::High)));
    assert_eq!(parse("scan.max-file-size = 100", "x", "").unwrap().max_file_size, Some(100));
}

#[test]
fn unknown_keys_have_a_place_and_a_suggestion() {
    assert_eq!(
        mistakes("# a\n\n[scan]\nexlude = []\n"),
        "c:4:1: unknown key `exlude`, did you mean `exclude`?"
    );
    assert_eq!(mistakes("[scam]\n"), "c:1:2: unknown section `scam`, did you mean `scan`?");
    assert_eq!(
        mistakes("timeout = 1\n"),
        "c:1:1: unknown key `timeout`; known here: advisories, ignore, sbom, scan, secrets, signatures, workflows"
    );
    assert_eq!(
        mistakes("[[ignore]]\ncheck = '*'\nreason = 'x'\n  paths = 'y'"),
        "c:4:3: unknown key `paths`, did you mean `path`?"
    );
}

#[test]
fn all_mistakes_are_told_in_the_order_of_the_file() {
    let text = "[scan]\nfail-on = 'hgih'\nexclude = ['a', 3, '../b']\nmax-file-size = '10 apples'\nchecks = 'secret'\n\
                [[ignore]]\nreason = ' '\nexpires = 2027-01-31T10:00:00\n[secrets]\ndefaults = 'no'\n";
    assert_eq!(
        mistakes(text),
        "c:2:11: `hgih` is not none, low, medium, high or critical, did you mean `high`?\n\
         c:3:17: `exclude` is a list of strings; this is a value of type integer\n\
         c:3:20: a glob does not leave the repository with `..`\n\
         c:4:17: `10 apples` is not a size such as 10MiB, 500kB or 4096\n\
         c:5:10: `checks` is a list of strings; this is a value of type string\n\
         c:6:1: the ignore has no `check`, which says which check, family or `*` it silences\n\
         c:7:10: `reason` is empty; it says why\n\
         c:8:11: `expires` is a day, such as 2027-01-31; this is a value of type datetime\n\
         c:10:12: `defaults` is true or false; this is a value of type string"
    );
}

#[test]
fn broken_toml_has_a_place() {
    assert!(mistakes("[scan]\nchecks = [\n").starts_with("c:"), "{}", mistakes("[scan]\nchecks = [\n"));
    assert!(mistakes("a = 1\na = 2\n").starts_with("c:2:1: duplicate key"), "{}", mistakes("a = 1\na = 2\n"));
    assert!(mistakes(&"[".repeat(100_000)).starts_with("c:1:"));
}

#[test]
fn what_a_stranger_wrote_is_escaped() {
    assert_eq!(
        mistakes("\"\\u001b[31m\" = 1"),
        "c:1:1: unknown key `\\u{1b}[31m`; known here: advisories, ignore, sbom, scan, secrets, signatures, workflows"
    );
}

#[test]
fn many_mistakes_are_bounded() {
    let text: String = (0..100).map(|n| format!("zz{n} = 1\n")).collect();
    assert_eq!(mistakes(&text).lines().count(), 21);
    assert!(mistakes(&text).ends_with("and 80 more mistakes"));
}

#[test]
fn the_template_is_a_configuration() {
    let config = parse(&template(), "bartizan.toml", "").unwrap();
    assert!(config.checks.is_none() && config.ignores.is_empty() && config.exclude.is_empty());
}

#[test]
fn every_setting_in_the_template_is_right() {
    let template = template();
    let lines = template
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let config = parse(&text, "bartizan.toml", "").unwrap();
    assert_eq!(config.max_file_size, Some(DEFAULT_MAX_FILE_SIZE));
    assert_eq!(config.fail_on, Some(DEFAULT_FAIL_ON));
    assert_eq!((config.ignores.len(), config.packs.len()), (1, 1));
    assert_eq!((config.advisories.ignores.len(), config.advisories.max_age), (1, Some(30)));
    assert_eq!(config.advisories.yanked, Some(Some(Severity::Low)));
    assert_eq!((config.signatures.rules.len(), config.defaults), (2, Some(true)));
    assert!(!config.exclude.is_empty() && config.checks.is_some() && !config.skip_checks.is_empty());
}
