//! `obfuscated-workflow`: constructs that hide from readers and tools what they do.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::expression::{Expr, call::Function, shown};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "obfuscated-workflow",
        title: "obfuscated workflow",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write what is meant: the plain path of the action, the value of a constant expression, the inputs one by one",
        docs: r"
## What it does
Reports

- action paths with `.`, `..` or an empty segment: `actions/cache/save/../restore@v4`;
- expressions, or parts of them, whose value is constant: `format('{0}{1}', 'cu', 'rl')`;
- `with: ${{ … }}`, which passes all inputs of an action at once, so that none is visible.

## Why is this bad
GitHub resolves all of these. Reviewers, and rules that look for the name of an action or a word in a script, do not:
this is a way to get something past both.

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
Generated workflows may contain constants left over from their templates.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, uses) in repository.uses() {
        if let Some(odd) = odd_path(&uses.text) {
            let message = format!("the action path `{}` contains {odd}", uses.text.trim());
            reports.at(site, uses.span, message);
        }
    }
    for site in repository.steps() {
        if let Some(with) = site.step.and_then(|step| step.computed_with.as_ref()) {
            let message = "an expression sets all inputs of this action, so that none is visible".to_owned();
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

/// What is unusual about the path of an action.
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
        "" if !(is_local && number == last) => Some("an empty segment"),
        _ => None,
    })
}
