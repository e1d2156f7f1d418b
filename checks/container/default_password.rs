//! `default-password`: services that are opened by a well-known password.

use crate::engine::repository::workload::Placed;
use crate::engine::repository::{Repository, password};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::text::short;
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::{Container, Format, Port};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "default-password",
        title: "default password",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Container,
        remedy: "make up a password for each installation, and take it from a secret or a variable without a default: `${NAME:?set it}`",
        docs: r"
## What it does
Reports variables of services and containers whose names announce a password or a secret, and whose values are well
known: those that images come with, that manuals show, `123456`, `acme_dev`, the name of the user or of what it opens.
The default of a variable counts as well: `${DB_PASSWORD:-postgres}`. All places are one finding. One is `medium` in a
manifest of Kubernetes, and where a service is published to other machines, restarted for ever, deployed, or described for
production; else it is `low`, and so it is in files for tests, examples and development. The value is never shown.

## Why is this bad
Default passwords are the first that anyone tries, and settings of a developer's machine end up on servers.

## Example
```yaml
environment:
  POSTGRES_PASSWORD: postgres
```

## Use instead
```yaml
environment:
  POSTGRES_PASSWORD_FILE: /run/secrets/db-password
```

## Known problems
Passwords within URLs and commands are not looked at.

## References
- <https://docs.docker.com/compose/how-tos/use-secrets/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

const MANY: &str = "passwords are well-known defaults";
/// Ends of the names of variables that say who logs in, or to what.
const BESIDE: [&str; 6] = ["USER", "USERNAME", "LOGIN", "DB", "DATABASE", "ACCESS_KEY"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        for variable in &container.variables {
            if !variable.value.known || !password::is_password_name(&variable.name) {
                continue;
            }
            let others = container.variables.iter().take(OTHERS_MAX);
            let named = others.filter(|other| BESIDE.iter().any(|end| other.name.ends_with(end)));
            let mut beside: Vec<&str> = named.map(|other| other.value.text.as_str()).collect();
            beside.extend(container.image.as_ref().map(|image| family(&image.text)));
            beside.extend([container.name.as_str(), &placed.workload.name]);
            if !password::is_known(&variable.value.text, &beside) {
                continue;
            }
            let name = short(&variable.name);
            let how = if variable.is_default {
                "falls back to a well-known value"
            } else {
                "is a well-known default"
            };
            let message = format!("the password `{name}` of {} {how}", placed.container(container));
            let severity = if is_reached(placed, container) { Severity::Medium } else { Severity::Low };
            let reported = reports.span(&placed.file.path, variable.value.span, message);
            reported.severity(placed.capped(severity)).note(format!("`{name}`")).practice(name, MANY);
        }
    }
}

/// Variables of a container among which names are looked for.
const OTHERS_MAX: usize = 200;

/// True if others than the developer of the service may reach it.
fn is_reached(placed: Placed<'_>, container: &Container) -> bool {
    let path = placed.file.path.lossy();
    placed.file.format == Format::Kubernetes
        || placed.workload.is_lasting
        || container.ports.iter().any(Port::is_open)
        || path.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word, "prod" | "production"))
}

/// The name of an image without its registry, owner, tag and digest.
fn family(image: &str) -> &str {
    let last = image.split('@').next().unwrap_or("").rsplit('/').next().unwrap_or("");
    last.split(':').next().unwrap_or("")
}
