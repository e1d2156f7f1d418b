//! `unmasked-secret`: a part of a secret that logs show.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::expression::{Expr, call::Function, walk};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unmasked-secret",
        title: "part of a secret that logs show",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "keep each value in a secret of its own, instead of all in one JSON; what has to be computed is masked by `echo \"::add-mask::$VALUE\"` before it is used",
        docs: r"
## What it does
Reports `fromJSON` of a secret: `fromJSON(secrets.CONFIG).password`.

## Why is this bad
GitHub hides a secret in logs where it stands as it is. A value that is taken out of it is another text, which is not
hidden: whatever prints it, prints it for all who may read the log.

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
What a script makes of a secret, as by `jq` or `base64 -d`, is not seen.

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
                let message =
                    format!("what is taken out of the secret `{name}` by `fromJSON` is not hidden in logs");
                reports.span(&file.path, expression.span, message);
            }
        }
    }
}
