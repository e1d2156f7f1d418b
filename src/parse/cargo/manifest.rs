//! `Cargo.toml`: the package and its dependencies.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::parse::lines::LineIndex;

/// The facts of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The name of the package; `None` for a virtual workspace.
    pub package: Option<String>,
    /// True if it has a `[workspace]`.
    pub workspace: bool,
    /// All dependencies.
    pub dependencies: Vec<Dependency>,
    /// `[workspace.dependencies]`, which members inherit.
    pub shared: Vec<Dependency>,
}

/// A dependency in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name of the package; the key, unless `package = "…"` renames it.
    pub name: String,
    /// The key.
    pub key: String,
    /// The requirement; `None` if inherited, or only a path or git repository.
    pub requirement: Option<String>,
    /// True for `workspace = true`.
    pub inherited: bool,
    /// Its kind.
    pub kind: Kind,
    /// `cfg(…)` or a triple, if it is target-specific.
    pub target: Option<String>,
    /// The line of the manifest, 1-based.
    pub line: usize,
}

/// The kind of a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The package itself.
    Normal,
    /// The build script.
    Build,
    /// Tests, examples and benches.
    Dev,
}

const SECTIONS: [(&str, Kind); 5] = [
    ("dependencies", Kind::Normal),
    ("build-dependencies", Kind::Build),
    ("build_dependencies", Kind::Build),
    ("dev-dependencies", Kind::Dev),
    ("dev_dependencies", Kind::Dev),
];

/// Parses a manifest; invalid TOML gives nothing, as Cargo would not build it.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Manifest> {
    let text = std::str::from_utf8(bytes).ok()?;
    let table = DeTable::parse(text).ok()?;
    let top = table.get_ref();
    let mut manifest = Manifest {
        package: sub(top, "package")
            .or_else(|| sub(top, "project"))
            .and_then(|package| string(package.get("name")?))
            .map(Cow::into_owned),
        workspace: top.contains_key("workspace"),
        ..Manifest::default()
    };
    let lines = LineIndex::new(text.as_bytes());
    sections(&lines, top, None, &mut manifest.dependencies);
    for (target, value) in sub(top, "target").into_iter().flatten() {
        if let Some(table) = value.get_ref().as_table() {
            let target: &str = target.get_ref();
            sections(&lines, table, Some(target), &mut manifest.dependencies);
        }
    }
    if let Some(shared) = sub(top, "workspace").and_then(|workspace| sub(workspace, "dependencies")) {
        list(&lines, shared, Kind::Normal, None, &mut manifest.shared);
    }
    Some(manifest)
}

fn sections(lines: &LineIndex, table: &DeTable<'_>, target: Option<&str>, out: &mut Vec<Dependency>) {
    for (name, kind) in SECTIONS {
        if let Some(section) = sub(table, name) {
            list(lines, section, kind, target, out);
        }
    }
}

fn list(
    lines: &LineIndex,
    section: &DeTable<'_>,
    kind: Kind,
    target: Option<&str>,
    out: &mut Vec<Dependency>,
) {
    for (key, value) in section {
        let table = value.get_ref().as_table();
        let field = |name: &str| table.and_then(|table| table.get(name));
        let name = field("package").and_then(string).unwrap_or(Cow::Borrowed(key.get_ref()));
        out.push(Dependency {
            name: name.into_owned(),
            key: key.get_ref().to_string(),
            requirement: string(value).or_else(|| field("version").and_then(string)).map(Cow::into_owned),
            inherited: field("workspace")
                .is_some_and(|value| matches!(value.get_ref(), DeValue::Boolean(true))),
            kind,
            target: target.map(str::to_owned),
            line: lines.line(key.span().start),
        });
    }
}

fn sub<'t, 'a>(table: &'t DeTable<'a>, name: &str) -> Option<&'t DeTable<'a>> {
    table.get(name)?.get_ref().as_table()
}

fn string<'v>(value: &'v Spanned<DeValue<'_>>) -> Option<Cow<'v, str>> {
    value.get_ref().as_str().map(Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::{Kind, parse};

    #[test]
    fn kinds_targets_and_other_names() {
        let text = "[package]\nname = 'app'\n[dependencies]\ntin = '1'\nore = { package = 'zinc', version = '2', optional = true }\nshared.workspace = true\n\
            [dev-dependencies]\nprobe = '0.3'\n[build-dependencies.maker]\nversion = '4'\n\
            [target.'cfg(windows)'.dependencies]\nwin = '5'\n[workspace.dependencies]\nshared = { version = '6', path = 'x' }\n";
        let manifest = parse(text.as_bytes()).unwrap();
        assert_eq!((manifest.package.as_deref(), manifest.workspace), (Some("app"), true));
        let parsed: Vec<String> = manifest
            .dependencies
            .iter()
            .map(|d| {
                format!("{} {:?} {:?} {:?} {}", d.name, d.requirement.as_deref(), d.kind, d.target, d.line)
            })
            .collect();
        assert!(parsed.contains(&"zinc Some(\"2\") Normal None 5".to_owned()), "{parsed:?}");
        assert!(parsed.contains(&"maker Some(\"4\") Build None 9".to_owned()), "{parsed:?}");
        assert!(
            parsed.contains(&"win Some(\"5\") Normal Some(\"cfg(windows)\") 12".to_owned()),
            "{parsed:?}"
        );
        assert!(parsed.contains(&"probe Some(\"0.3\") Dev None 8".to_owned()), "{parsed:?}");
        let shared = manifest.dependencies.iter().find(|d| d.name == "shared").unwrap();
        assert!(shared.inherited && shared.kind == Kind::Normal);
        assert_eq!(manifest.shared[0].requirement.as_deref(), Some("6"));
    }

    #[test]
    fn what_is_no_manifest_gives_nothing() {
        assert_eq!(parse(b"\xff"), None);
        assert_eq!(parse(b"[package"), None);
        assert_eq!(parse(b"dependencies = 3\ntarget = []\n").unwrap().dependencies, []);
    }
}
