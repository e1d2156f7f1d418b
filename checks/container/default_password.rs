//! `default-password`: services with a well-known password.

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
        remedy: "generate a password for each installation, and read it from a secret or a variable without a default: `${NAME:?set it}`",
        docs: r"
## What it does
Reports variables of services and containers that are named like a password or secret and have a well-known value: image
defaults, examples from manuals, `123456`, `acme_dev`, the name of the user or of the database. The default of a
variable counts as well: `${DB_PASSWORD:-postgres}`. All places are one finding. It is `medium` in a Kubernetes
manifest, and where a service is published to other machines, always restarted, deployed, or meant for production;
otherwise, and in files for tests, examples and development, it is `low`. The value is never shown.

## Why is this bad
Attackers try default passwords first, and development settings end up on servers.

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
Passwords in URLs and commands are not covered.

## References
- <https://docs.docker.com/compose/how-tos/use-secrets/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

const MANY: &str = "passwords are well-known defaults";
/// Suffixes of variables that name the user or the database.
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

/// Variables of a container that are searched for names.
const OTHERS_MAX: usize = 200;

/// True if anyone other than the developer may reach the service.
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
