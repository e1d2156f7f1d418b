//! `dependabot-runs-code`: Dependabot may run what the dependencies bring.

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
        remedy: "take `insecure-external-code-execution` out, or set it to `deny`; update what cannot be resolved without it by hand",
        docs: r"
## What it does
Reports `insecure-external-code-execution: allow` in `.github/dependabot.yml`.

## Why is this bad
With it, Dependabot runs the manifests and build scripts of packages while it works out an update, as new versions
bring them, and while it holds the credentials of private registries. One malicious version gets these credentials
before anyone has looked at the pull request.

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
                "updates of {} may run code that a new version brings: `insecure-external-code-execution` is `allow`",
                update.shown()
            );
            let registries =
                update.value.get("registries").or_else(|| update.document.yaml.root().get("registries"));
            let reported = reports.span(&update.document.path, value.span(), message);
            if registries.is_some_and(|registries| !Value::is_nothing(registries)) {
                reported.proof("it holds credentials of private registries meanwhile".to_owned());
            }
        }
    }
}
