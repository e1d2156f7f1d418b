//! `licence-mismatch`: a manifest that names another licence than the one that lies beside it.

use crate::engine::repository::Repository;
use crate::engine::repository::beside::{Declared, Licence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Severity};
use crate::parse::licence;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "licence-mismatch",
        title: "licence that is not the one beside it",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "let the manifest and the text of the licence say the same; registries show what the manifest says",
        docs: r#"
## What it does
Compares the licence that `Cargo.toml`, `package.json`, `pyproject.toml` or `composer.json` names with the texts of
licences in its folder, or in the nearest folder above with one. Reported if none of the licences of the manifest is
among the texts, and every text is known. Packages that are not published, by `private` or `publish = false`, do not
count. All are one finding.

## Why is this bad
Registries and tools that look at licences show what the manifest says, people read the text. One of them is misled
about what they may do.

## Example
`license = "MIT"` in `Cargo.toml` beside the text of the GNU General Public License.

## Use instead
`license = "GPL-3.0-or-later"`.

## Known problems
A text that was changed is not known, and then nothing is said.

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
            .practice(says, "manifests name another licence than the text beside them");
    }
}

/// The texts in the folder of `manifest`, or in the nearest one above that has one.
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

/// The folder that a file is in, with its slash.
fn folder(path: &RepoPath) -> &[u8] {
    &path.as_bytes()[..path.as_bytes().len() - path.file_name().len()]
}
