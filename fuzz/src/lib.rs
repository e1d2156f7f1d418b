//! What several targets share: files in memory, a scan of all checks, scratch folders.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bartizan::engine::{Check, Engine, Run, Text};
use bartizan::external::rustsec::Database;
use bartizan::external::{Coverage, Databases, NoDatabases, registry};
use bartizan::model::{Blob, Error, RepoPath, Report};
use bartizan::parse::advisory::Advisories;
use bartizan::parse::lockfile::Ecosystem;
use bartizan::scan::dependencies::Dependencies;
use bartizan::scan::provenance::Provenance;
use bartizan::scan::{Settings, Silent, scan};
use bartizan::source::{Item, Source};
use bartizan::verify::{Roots, verifier};

/// The moment at which everything happens.
pub const NOW: i64 = 1_800_000_000;

/// All checks.
pub static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(bartizan::scan::registry::all(), Some(NOW)));

/// Asserts that all that was seen lies in the text.
pub fn lies_in_its_text(text: &Text<'_>) {
    let Text::Scanned { text, hits, masked, decoded, .. } = text else { return };
    let spans = hits.iter().map(|hit| hit.span).chain(masked.iter().map(|(span, _)| *span));
    for span in spans.chain(decoded.iter().map(|one| one.span)) {
        assert!(span.start <= span.end && span.end <= text.len());
    }
}

/// Files that are nowhere but in memory.
pub struct Memory(pub Vec<(RepoPath, Vec<u8>)>);

impl Source for Memory {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        for (path, bytes) in &self.0 {
            visit(Item::Blob(Blob { path, bytes, tracked: true }));
        }
        Ok(())
    }

    fn file(&self, path: &RepoPath) -> Option<std::io::Result<Box<dyn std::io::Read>>> {
        let (_, bytes) = self.0.iter().find(|(name, _)| name == path)?;
        Some(Ok(Box::new(std::io::Cursor::new(bytes.clone()))))
    }

    fn listed(&self, visit: &mut dyn FnMut(&[u8])) {
        self.0.iter().for_each(|(path, _)| visit(path.as_bytes()));
    }

    fn scope(&self) -> String {
        "memory".to_owned()
    }
}

/// A database of one advisory.
struct Known(Arc<Advisories>);

impl Databases for Known {
    fn advisories(&self) -> Result<Arc<Advisories>, String> {
        Ok(self.0.clone())
    }

    fn registry(&self) -> Result<&registry::Index, String> {
        Err("there is none".to_owned())
    }

    fn osv(
        &self,
        ecosystems: &std::collections::BTreeSet<Ecosystem>,
        wanted: &std::collections::HashSet<String>,
    ) -> std::collections::BTreeMap<Ecosystem, Coverage> {
        NoDatabases.osv(ecosystems, wanted)
    }
}

const ADVISORY: &[u8] = b"```toml
[advisory]
id = \"RUSTSEC-2026-0001\"
package = \"a\"
date = \"2026-01-01\"

[affected.functions]
\"a::run\" = [\"< 2.0.0\"]

[versions]
patched = [\">= 2.0.0\"]
```

# A title

A text.
";

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    // Of the packs a few rules: making an engine of all of them takes longer than any scan here.
    let is_wanted =
        |check: &Check| !matches!(check.run, Run::Rule(_)) || check.meta.id.starts_with("github-");
    let checks: Vec<Check> = bartizan::scan::registry::all().into_iter().filter(is_wanted).collect();
    let mut database = Database::default();
    database.add("crates", "a", "RUSTSEC-2026-0001.md", ADVISORY);
    let advisories = Arc::new(database.into_advisories("a database".to_owned(), Some(NOW)));
    Settings {
        known: checks.iter().map(|check| check.meta.id).collect(),
        checks,
        now: Some(NOW),
        fingerprint_key: None,
        keep_nearby: false,
        baseline: None,
        ignores: Vec::new(),
        actions: bartizan::engine::repository::actions::Actions::default(),
        ci: true,
        foreign_allow: true,
        notices: Vec::new(),
        dependencies: Dependencies { databases: Arc::new(Known(advisories)), ..Dependencies::default() },
        provenance: Provenance { verifier: verifier(Roots::built_in(), false), ..Provenance::default() },
    }
});

/// What the checks say of `source`.
///
/// # Errors
/// As the scan itself.
pub fn report(source: &dyn Source) -> Result<Report, Error> {
    scan(&[source], &SETTINGS, &Silent)
}

/// `bytes`, and their SHA-1 behind them, as git's files have it.
#[must_use]
pub fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&bytes);
    bytes.extend_from_slice(hasher.try_finalize().expect("it is no collision").as_slice());
    bytes
}

/// A folder of this process, in memory where that can be had. What an earlier input left in it is gone.
#[must_use]
pub fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = place.join(format!("bartizan-fuzz-{}", std::process::id()));
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
    }
    std::fs::create_dir_all(&folder).expect("there is room");
    folder
}

/// Writes the file `name` in `folder`, and the folders that it needs.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("there is room");
    std::fs::write(path, bytes).expect("there is room");
}
