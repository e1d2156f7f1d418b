//! `mcp-unpinned-server`: an MCP server without a fixed version.

use crate::engine::repository::Repository;
use crate::engine::repository::launch::unpinned;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "mcp-unpinned-server",
        title: "MCP server not pinned to a version",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "pin the package version, `name@1.2.3` or `name==1.2.3`, and for an image the digest",
        docs: r#"
## What it does
Reports servers in the settings of coding agents that a launcher fetches in their latest version: `npx`,
`bunx`, `pnpm dlx`, `yarn dlx`, `npm exec`, `uvx`, `pipx run`, `docker run`, `deno run`, `go run` or `dnx`, also through
`cmd /c`, `sh -c` and `env`. A range, or a tag such as `latest`, does not pin; for an image a version tag suffices. A
package in a lock file of the project is not reported if `npx` runs without `-y`, nor is a disabled server. All are one
finding.

## Why is this bad
The server runs on every machine on which the agent starts, with the rights and the secrets of its user. Anyone who
takes over the package or its name runs code there at the next start.

## Example
```json
{"mcpServers": {"charts": {"command": "npx", "args": ["-y", "@northwind/charts-mcp"]}}}
```

## Use instead
```json
{"mcpServers": {"charts": {"command": "npx", "args": ["-y", "@northwind/charts-mcp@2.3.1"]}}}
```

## Known problems
Dependencies of the package are still not pinned.

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
            let message = format!("`{}` starts the latest version of `{}`", found.launcher, found.package);
            let reported = reports.span(&file.path, found.span, message);
            reported.note(format!("`{}`", found.package));
            reported.practice(found.name, "MCP servers are not pinned to a version");
        }
    }
}
