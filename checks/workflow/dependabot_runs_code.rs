//! `dependabot-runs-code`: Dependabot may run code of the dependencies.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "dependabot-runs-code",
        title: "Dependabot may run the code of dependencies",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "remove `insecure-external-code-execution`, or set it to `deny`; update packages that need it by hand",
        docs: r"
## What it does
Reports `insecure-external-code-execution: allow` in `.github/dependabot.yml`.

## Why is this bad
With this setting, Dependabot runs the manifests and build scripts of new package versions while it resolves an update
and holds the credentials of private registries. One malicious version gets these credentials before anyone has reviewed
the pull request.

## Example
```yaml
updates:
  - package-ecosystem: pip
    directory: /
    insecure-external-code-execution: allow
```

## Use instead
```yaml
updates:
  - package-ecosystem: pip
    directory: /
    insecure-external-code-execution: deny
```

## References
- <https://docs.github.com/en/code-security/reference/supply-chain-security/dependabot-options-reference#insecure-external-code-execution-->
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for update in repository.updates() {
        let Some(value) = update.value.get("insecure-external-code-execution") else { continue };
        if value.text() == Some("allow") {
            let message = format!(
                "updates of {} may run code of a new version: `insecure-external-code-execution` is `allow`",
                update.shown()
            );
            let registries =
                update.value.get("registries").or_else(|| update.document.yaml.root().get("registries"));
            let reported = reports.span(&update.document.path, value.span(), message);
            if registries.is_some_and(|registries| !Value::is_nothing(registries)) {
                reported.proof("it holds credentials of private registries at that time".to_owned());
            }
        }
    }
}
