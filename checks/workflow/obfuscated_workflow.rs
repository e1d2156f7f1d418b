//! `obfuscated-workflow`: what is written so that readers and tools do not see what it is.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::expression::{Expr, call::Function, shown};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "obfuscated-workflow",
        title: "workflow that hides what it does",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write what is meant: the plain path of the action, the value of a constant expression, the inputs one by one",
        docs: r"
## What it does
Reports

- actions that are named by a path with `.`, `..` or nothing between two slashes: `actions/cache/save/../restore@v4`;
- expressions, or parts of them, whose value is known before anything runs: `format('{0}{1}', 'cu', 'rl')`;
- `with: ${{ … }}`, which gives an action all its inputs at once, so that none can be read.

## Why is this bad
GitHub reads all of it as it was meant. Who reviews a change, and rules that look for the name of an action or for a
word in a script, do not: a way to get something past both.

## Example
```yaml
- uses: actions/cache/save/../restore@v4
- run: ${{ format('{0}{1}', 'cu', 'rl') }} https://example.com
```

## Use instead
```yaml
- uses: actions/cache/restore@v4
- run: curl https://example.com
```

## Known problems
Generated workflows hold constants that their templates left over.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, uses) in repository.uses() {
        if let Some(odd) = odd_path(&uses.text) {
            let message = format!("`{}` names an action by a path with {odd}", uses.text.trim());
            reports.at(site, uses.span, message);
        }
    }
    for site in repository.steps() {
        if let Some(with) = site.step.and_then(|step| step.computed_with.as_ref()) {
            let message =
                "an expression gives this action all its inputs, so that none can be read".to_owned();
            reports.at(site, with.span, message);
        }
    }
    for file in repository.files() {
        for expression in file.workflow.expressions.iter().flat_map(|text| text.expressions()) {
            let raw = expression.raw.trim();
            // Nothing else is a constant.
            let may_be = raw.contains(['\'', '(', '&', '|', '=', '<', '>', '!'])
                || !raw.contains('.') && !raw.contains('[');
            let Some(parsed) = may_be.then(|| expression.parse()).flatten() else { continue };
            let message = if parsed.consteval().is_some() && !is_list(&parsed.inner) {
                format!("`{}` is a constant", shown(raw))
            } else {
                let parts = parsed.consteval_subexprs();
                let Some((part, _)) = parts.into_iter().find(|(part, _)| !is_list(&part.inner)) else {
                    continue;
                };
                format!("`{}` is a constant within an expression", shown(part.origin.raw))
            };
            reports.span(&file.path, expression.span, message);
        }
    }
}

/// True for `fromJSON('[…]')`, which is how lists are written.
fn is_list(of: &Expr<'_>) -> bool {
    matches!(of, Expr::Call(call) if call.func == Function::FromJSON)
}

/// What is odd about the path of an action.
fn odd_path(uses: &str) -> Option<&'static str> {
    let uses = uses.trim();
    if uses.starts_with("docker://") || uses.contains("${{") {
        return None;
    }
    let place = uses.split('@').next().unwrap_or(uses);
    let mut parts = place.split('/');
    if matches!(parts.clone().next(), Some("." | "$")) {
        parts.next();
        // `./` is the action of the repository itself.
        if place.len() <= 2 {
            return None;
        }
    }
    let parts: Vec<&str> = parts.collect();
    let is_local = place.starts_with("./") || place.starts_with("$/");
    let last = parts.len().saturating_sub(1);
    parts.iter().enumerate().find_map(|(number, part)| match *part {
        ".." => Some("`..`"),
        "." => Some("`.`"),
        // A slash at the end of a local path says that it is a folder.
        "" if !(is_local && number == last) => Some("nothing between two slashes"),
        _ => None,
    })
}
