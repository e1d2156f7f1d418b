//! `mcp-unpinned-server`: a server of an agent that is fetched in whatever version is newest.

use crate::engine::repository::Repository;
use crate::engine::repository::launch::unpinned;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "mcp-unpinned-server",
        title: "server of an agent that is not pinned",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "name the version behind the package, `name@1.2.3` or `name==1.2.3`, and of an image the digest",
        docs: r#"
## What it does
Reports servers in the settings of coding agents that a launcher fetches in whatever version is newest: by `npx`,
`bunx`, `pnpm dlx`, `yarn dlx`, `npm exec`, `uvx`, `pipx run`, `docker run`, `deno run`, `go run` or `dnx`, also behind
`cmd /c`, `sh -c` and `env`. A range and a tag such as `latest` are no version; of an image the tag of a version is
enough. A package that a lock file of the project has is not reported if `npx` is not told `-y`, and neither is a server
that is switched off. All of them are one finding.

## Why is this bad
The server runs on each machine on which the agent starts, with the rights and the secrets of its user. Whoever gets
hold of the package, or of its name, is there with the next start.

## Example
```json
{"mcpServers": {"charts": {"command": "npx", "args": ["-y", "@northwind/charts-mcp"]}}}
```

## Use instead
```json
{"mcpServers": {"charts": {"command": "npx", "args": ["-y", "@northwind/charts-mcp@2.3.1"]}}}
```

## Known problems
What the package itself depends on is still open.

## References
- <https://modelcontextprotocol.io/specification/draft/basic/security_best_practices>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.settings.agents() {
        for server in file.servers().into_iter().filter(|server| !server.is_off()) {
            let Some(found) = unpinned(&server.command()) else { continue };
            if found.asks && file.locked.contains(&found.name) {
                continue;
            }
            let message =
                format!("`{}` starts `{}` in whatever version is newest", found.launcher, found.package);
            let reported = reports.span(&file.path, found.span, message);
            reported.note(format!("`{}`", found.package));
            reported.practice(found.name, "servers of agents are not pinned to a version");
        }
    }
}
