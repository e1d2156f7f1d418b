//! `inherited-secrets`: a called workflow that receives all secrets.

use crate::engine::repository::{File, Repository};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Action, Secrets};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "inherited-secrets",
        title: "called workflow that inherits all secrets",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "name the secrets that the called workflow needs: `secrets: {NAME: ${{ secrets.NAME }}}`",
        docs: r"
## What it does
Reports each job that passes `secrets: inherit` to the workflow it calls. All places are one finding, grouped by called
workflow. If the called workflow is in this repository, the message names the secrets it reads. It is `low`, and
`medium` if the called workflow belongs to another owner.

## Why is this bad
The called workflow can read every secret of the repository, the organisation and the environment, including those added
later. The call does not show which ones it needs; a flaw in the called workflow, or in an action it uses, exposes all
of them.

## Example
```yaml
jobs:
  publish:
    uses: ./.github/workflows/publish.yml
    secrets: inherit
```

## Use instead
```yaml
jobs:
  publish:
    uses: ./.github/workflows/publish.yml
    secrets:
      NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
```

## Known problems
Secrets of an environment cannot be passed by name: a called workflow that sets `environment:` reads them anyway.

## References
- <https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#passing-inputs-and-secrets-to-a-reusable-workflow>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

const MANY: &str = "called workflows inherit all secrets";
/// Secrets named in the message.
const NAMED: usize = 5;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.jobs() {
        let Secrets::Inherit(inherit) = &site.job.secrets else { continue };
        let Some(uses) = &site.job.uses else { continue };
        let name = uses.text.trim();
        let others = Action::parse(name).filter(|action| {
            !repository.owner.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(action.owner))
        });
        let read = repository.called(name).map(read);
        let mut message = format!("`{name}` inherits all secrets");
        match read.as_deref() {
            Some([]) => message.push_str(", and reads none by name"),
            Some(names) => message.push_str(&format!(", and reads {}", listed(names))),
            None => {}
        }
        let file = name.split('@').next().unwrap_or(name);
        let file = file.rsplit('/').next().unwrap_or(file);
        reports
            .at(site, inherit.span, message)
            .severity(if others.is_some() { Severity::Medium } else { Severity::Low })
            .note(format!("`{name}`"))
            .practice(file, MANY);
    }
}

/// The secrets that the jobs of `file` read by name.
fn read(file: &File) -> Vec<String> {
    let mut names: Vec<String> =
        file.workflow.jobs.iter().flat_map(|job| file.secrets(job)).cloned().collect();
    names.sort();
    names.dedup();
    names
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMED);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
