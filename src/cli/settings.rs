//! `bartizan config`: the settings in effect with their origin, and the check of the configuration.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, json};

use crate::cli::exit::Exit;
use crate::cli::{job, output};
use crate::model::{Error, text};
use crate::scan::config::setting::Variable;
use crate::scan::config::settings::VARIABLES;
use crate::scan::config::{self, Config, Effective, Environment, Selection, SetBy, Wanted};
use crate::scan::{import, registry};
use crate::verify::Roots;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the settings in effect, as a bartizan.toml
    Show(ShowArgs),
    /// Check the configuration and all files that it names
    ///
    /// Exit code 0 if it is valid, 2 if not.
    Check(CheckArgs),
    /// Print the JSON schema of bartizan.toml
    Schema,
}

#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    which: CheckArgs,

    /// Print the origin of each setting: bartizan.toml and the line, a variable, or the default
    #[arg(long)]
    origin: bool,

    /// Format of the output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ShowFormat::Toml)]
    format: ShowFormat,
}

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// The directory or file to be scanned [default: the current directory]
    path: Option<PathBuf>,

    /// Use this file instead of the bartizan.toml of the repository
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    Toml,
    Json,
}

/// A valid configuration.
pub(super) struct Checked {
    /// Its name; none if there is no file.
    pub(super) name: Option<String>,
    pub(super) config: Config,
}

pub(super) fn run(command: &ConfigCommand) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    match command {
        ConfigCommand::Show(args) => show(args, &environment),
        ConfigCommand::Schema => {
            output::stdout(|out| out.write_all(config::schema().as_bytes()))?;
            Ok(Exit::Clean)
        }
        ConfigCommand::Check(args) => {
            let checked = checked(target(args)?, &wanted(args, &environment))?;
            let says = checked.name.map_or_else(
                || "no bartizan.toml; the defaults apply".to_owned(),
                |name| format!("{name}: valid"),
            );
            output::stdout(|out| writeln!(out, "{says}"))?;
            Ok(Exit::Clean)
        }
    }
}

fn wanted(args: &CheckArgs, environment: &Environment) -> Wanted {
    args.config.clone().or_else(|| environment.config.clone()).map_or(Wanted::Search, Wanted::File)
}

/// The directory or file to be scanned. It has to exist: else the check would pass without a file.
fn target(args: &CheckArgs) -> Result<&Path, Error> {
    let path = args.path.as_deref().unwrap_or(Path::new("."));
    path.metadata().map_err(|source| Error::Read { path: path.to_owned(), source })?;
    Ok(path)
}

/// Reads the configuration for `target` and all that it names, as a scan does before it starts.
///
/// # Errors
/// What is wrong, a line each.
pub(super) fn checked(target: &Path, wanted: &Wanted) -> anyhow::Result<Checked> {
    let name = config::configuration_text(target, wanted)?.map(|found| found.shown);
    let config = config::load(target, wanted)?;
    let mut all = registry::all();
    let builtin: Vec<&'static str> = all.iter().map(|check| check.meta.id).collect();
    config::load_packs(&config, &mut all)?;
    let files = config::rule_files(&[], &config)?;
    let imported = import::load(&files, &mut all, &builtin, config.defaults != Some(false))?;
    let selection = Selection {
        checks: config.checks.clone(),
        skip: config.skip_checks.clone(),
        off: imported.off,
        preset: config.preset.unwrap_or_default(),
    };
    let enabled = config::select(&all, &selection)?;
    job::ignores(&config, &all, &enabled, true)?;
    if let Some((name, text)) = config::trusted_root(&config)? {
        Roots::of_file(&name, &text).map_err(|why| anyhow::anyhow!(why))?;
    }
    Ok(Checked { name, config })
}

fn show(args: &ShowArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let (name, settings) =
        config::effective(target(&args.which)?, &wanted(&args.which, environment), environment)?;
    let variables = variables(environment);
    match args.format {
        ShowFormat::Toml => {
            let text = as_toml(name.as_deref(), &settings, &variables, args.origin);
            output::stdout(|out| out.write_all(text.as_bytes()))?;
        }
        ShowFormat::Json => output::json(&as_json(name.as_deref(), &settings, &variables))?,
    }
    Ok(Exit::Clean)
}

/// The variables that are set, other than those that stand for a setting; secrets are left out.
fn variables(environment: &Environment) -> Vec<(&'static str, String)> {
    let shown = |variable: &Variable| Some((variable.name, (variable.shown)(environment)?));
    VARIABLES.iter().filter_map(shown).collect()
}

/// The settings in effect as a bartizan.toml.
fn as_toml(
    name: Option<&str>,
    settings: &[Effective],
    variables: &[(&'static str, String)],
    origin: bool,
) -> String {
    let mut out = String::new();
    let _ = match name {
        Some(name) => writeln!(out, "# {name}, and the defaults of what it does not set"),
        None => writeln!(out, "# no bartizan.toml: all of these are defaults"),
    };
    let mut table = "";
    for setting in settings {
        if setting.table != table {
            table = setting.table;
            let _ = writeln!(out, "\n[{table}]");
        }
        let key = setting.key;
        let line = match &setting.value {
            Ok(value) => format!("{key} = {}", in_one_line(value)),
            Err(words) => format!("# {key}: {words}"),
        };
        let _ = match (origin, &setting.by) {
            (true, by) => writeln!(out, "{line:<40} # {by}"),
            (false, _) => writeln!(out, "{line}"),
        };
    }
    if !variables.is_empty() {
        out.push_str("\n# environment variables:\n");
    }
    for (name, value) in variables {
        let _ = writeln!(out, "# {name}={}", text::escaped(value));
    }
    out
}

/// A value as TOML, without a line feed and without anything that a terminal would obey.
fn in_one_line(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => quoted(text),
        toml::Value::Array(values) => {
            let values: Vec<String> = values.iter().map(in_one_line).collect();
            format!("[{}]", values.join(", "))
        }
        toml::Value::Table(table) => {
            // Keys of a configuration that was read are known ones, and plain.
            let entries: Vec<String> =
                table.iter().map(|(key, value)| format!("{key} = {}", in_one_line(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A string of TOML in which everything odd is an escape.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if text::needs_escape(c) => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn as_json(
    name: Option<&str>,
    settings: &[Effective],
    variables: &[(&'static str, String)],
) -> serde_json::Value {
    let mut all = Map::new();
    for Effective { table, key, value, by } in settings {
        let name = if table.is_empty() { (*key).to_owned() } else { format!("{table}.{key}") };
        let value = value.as_ref().map_or(serde_json::Value::Null, config::as_json);
        let by = match by {
            SetBy::Default => json!({ "kind": "default" }),
            SetBy::Line(file, line) => json!({ "kind": "file", "file": file, "line": line }),
            SetBy::Variable(name) => json!({ "kind": "environment", "variable": name }),
        };
        all.insert(name, json!({ "value": value, "origin": by }));
    }
    let variables: Map<String, serde_json::Value> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    json!({ "schema_version": 1, "file": name, "settings": all, "environment": variables })
}
