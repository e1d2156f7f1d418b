//! `unmasked-secret`: a part of a secret that logs do not mask.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::expression::{Expr, call::Function, walk};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unmasked-secret",
        title: "part of a secret that logs do not mask",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "store each value as its own secret instead of one JSON document; mask computed values with `echo \"::add-mask::$VALUE\"` before use",
        docs: r"
## What it does
Reports `fromJSON` of a secret: `fromJSON(secrets.CONFIG).password`.

## Why is this bad
GitHub masks a secret in logs only where it appears verbatim. A value extracted from it is not masked: anything that
prints it shows it to everyone who can read the log.

## Example
```yaml
- run: ./deploy.sh
  env:
    PASSWORD: ${{ fromJSON(secrets.CONFIG).password }}
```

## Use instead
```yaml
- run: ./deploy.sh
  env:
    PASSWORD: ${{ secrets.DEPLOY_PASSWORD }}
```

## Known problems
Values that a script derives from a secret, with `jq` or `base64 -d`, are not detected.

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.files() {
        for expression in file.workflow.expressions.iter().flat_map(|text| text.expressions()) {
            let lower = expression.raw.to_ascii_lowercase();
            if !lower.contains("secrets") || !lower.contains("fromjson") {
                continue;
            }
            let Some(parsed) = expression.parse() else { continue };
            let mut found = None;
            walk(&parsed, &mut |part| {
                let Expr::Call(call) = &part.inner else { return };
                if call.func != Function::FromJSON || found.is_some() {
                    return;
                }
                let given = call.args.iter().flat_map(|arg| arg.dataflow_contexts());
                let mut names = given.filter_map(|(context, _)| context.as_pattern());
                found = names.find_map(|name| name.strip_prefix("secrets.").map(str::to_ascii_uppercase));
            });
            if let Some(name) = found {
                let message = format!(
                    "values that `fromJSON` extracts from the secret `{name}` are not masked in logs"
                );
                reports.span(&file.path, expression.span, message);
            }
        }
    }
}
