//! `licence-mismatch`: a manifest whose licence differs from the licence text next to it.

use crate::engine::repository::Repository;
use crate::engine::repository::beside::{Declared, Licence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Severity};
use crate::parse::licence;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "licence-mismatch",
        title: "manifest licence that differs from the licence text",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "make the manifest and the licence text agree; registries show the manifest's",
        docs: r#"
## What it does
Compares the licence in `Cargo.toml`, `package.json`, `pyproject.toml` or `composer.json` with the licence texts in its
directory, or in the nearest parent with one. Reported if none of the manifest's licences is among the texts, and every
text is known. Unpublished packages (`private` or `publish = false`) do not count. All are one finding.

## Why is this bad
Registries and licence tools use the manifest, people read the text. One of them is misled about what is allowed.

## Example
`license = "MIT"` in `Cargo.toml` next to the text of the GNU General Public License.

## Use instead
`license = "GPL-3.0-or-later"`.

## Known problems
A modified licence text is unknown, and then nothing is reported.

## References
- <https://spdx.org/licenses/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let is_ours = |manifest: &&Declared| {
        !repository.is_aside(&manifest.path)
            && !licence::is_private(manifest.path.file_name(), &manifest.bytes)
    };
    for manifest in repository.beside.declared.iter().filter(is_ours) {
        let Some(named) = licence::named(&manifest.licence) else { continue };
        let texts = beside(&repository.beside.licences, manifest);
        let ids: Vec<&str> = texts.iter().flat_map(|text| text.ids.iter().copied()).collect();
        if texts.is_empty()
            || texts.iter().any(|text| text.ids.is_empty())
            || named.iter().any(|id| ids.contains(id))
        {
            continue;
        }
        let (says, text) = (manifest.licence.trim(), texts[0].path.shown());
        let message =
            format!("the manifest names `{says}`, but `{text}` is the text of `{}`", ids.join("`, `"));
        reports
            .span(&manifest.path, manifest.span, message)
            .note(format!("`{says}`, beside `{}`", ids.join("`, `")))
            .practice(says, "manifests name a different licence than the text next to them");
    }
}

/// The texts in the directory of `manifest`, or in the nearest parent with one.
fn beside<'a>(licences: &'a [Licence], manifest: &Declared) -> Vec<&'a Licence> {
    let mut folder = folder(&manifest.path);
    loop {
        let here: Vec<&Licence> = licences.iter().filter(|text| self::folder(&text.path) == folder).collect();
        if !here.is_empty() || folder.is_empty() {
            return here;
        }
        let above = folder.strip_suffix(b"/").unwrap_or(folder);
        folder = &above[..memchr::memrchr(b'/', above).map_or(0, |slash| slash + 1)];
    }
}

/// The directory of a file, with its slash.
fn folder(path: &RepoPath) -> &[u8] {
    &path.as_bytes()[..path.as_bytes().len() - path.file_name().len()]
}
