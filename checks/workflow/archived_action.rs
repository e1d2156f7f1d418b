//! `archived-action`: actions from archived repositories.

use crate::engine::repository::{Kind, Repository};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::text::without_login;
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Action, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "archived-action",
        title: "action from an archived repository",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "switch to the replacement in the message, or to a few lines of script; your own fork is better than nothing",
        docs: r"
## What it does
Reports actions, called workflows and pre-commit hooks whose repositories are on a built-in list of archived ones. All
uses are one finding. The message names a replacement if one is known.

## Why is this bad
An archived repository is read-only: bugs in it, and in the packages it was built with, are not fixed. Many run on
versions of Node.js that are out of support.

## Example
```yaml
- uses: actions-rs/toolchain@v1
```

## Use instead
```yaml
- uses: dtolnay/rust-toolchain@stable
```

## Known problems
The list dates from November 2026 and covers widely used actions. An owner may have unarchived a repository since.

## References
- <https://docs.github.com/en/repositories/archiving-a-github-repository/archiving-repositories>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

const MANY: &str = "uses of archived actions and hooks";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, uses) in repository.uses() {
        let Some(message) =
            Action::parse(&uses.text).and_then(|action| message(uses, action.owner, action.name))
        else {
            continue;
        };
        let item = uses.text.split('@').next().unwrap_or("").trim().to_ascii_lowercase();
        reports.at(site, uses.span, message.clone()).note(message).practice(item, MANY);
    }
    for document in repository.documents(Kind::HookConfig) {
        let repositories = document.yaml.root().get("repos").into_iter().flat_map(|list| list.items());
        for hook in repositories.filter_map(|entry| entry.get("repo")) {
            let Some(url) = hook.text() else { continue };
            let Some((_, path)) = url.split_once("github.com") else { continue };
            let mut parts = path.trim_start_matches(['/', ':']).trim_end_matches('/').split('/');
            let (Some(owner), Some(name)) = (parts.next(), parts.next()) else { continue };
            let name = name.strip_suffix(".git").unwrap_or(name);
            if let Some(message) = message(&Text::new(&without_login(url)), owner, name) {
                let item = format!("{owner}/{name}").to_ascii_lowercase();
                reports.span(&document.path, hook.span(), message.clone()).note(message).practice(item, MANY);
            }
        }
    }
}

fn message(uses: &Text, owner: &str, name: &str) -> Option<String> {
    let name = format!("{owner}/{name}").to_ascii_lowercase();
    let found = ARCHIVED.binary_search_by(|(known, _)| known.cmp(&name.as_str())).ok()?;
    let (_, instead) = ARCHIVED.get(found)?;
    let shown = uses.text.trim();
    Some(match *instead {
        "" => format!("`{shown}` is archived and no longer maintained"),
        instead => format!("`{shown}` is archived; use instead: {instead}"),
    })
}

/// Archived repositories in lower case, sorted, with replacements.
const ARCHIVED: [(&str, &str); 97] = [
    ("8398a7/action-slack", "`slackapi/slack-github-action`"),
    ("actions-rs/audit-check", "`rustsec/audit-check`"),
    ("actions-rs/cargo", "`run: cargo …`"),
    ("actions-rs/clippy-check", "`run: cargo clippy`"),
    ("actions-rs/components-nightly", "`dtolnay/rust-toolchain`"),
    ("actions-rs/grcov", "`taiki-e/install-action` with cargo-llvm-cov"),
    ("actions-rs/install", "`taiki-e/install-action`"),
    ("actions-rs/tarpaulin", "`taiki-e/install-action` with cargo-tarpaulin"),
    ("actions-rs/toolchain", "`dtolnay/rust-toolchain`"),
    ("actions/create-release", "`gh release create`"),
    ("actions/setup-elixir", "`erlef/setup-beam`"),
    ("actions/setup-haskell", "`haskell-actions/setup`"),
    ("actions/setup-ruby", "`ruby/setup-ruby`"),
    ("actions/upload-release-asset", "`gh release upload`"),
    ("actionstoolbox/gem-build-and-release-action", "`rubygems/release-gem`"),
    ("apidevtools/swagger-cli", "`@redocly/cli`"),
    ("aquasecurity/cfsec", "`aquasecurity/trivy-action`"),
    ("artichoke/setup-rust", "`dtolnay/rust-toolchain`"),
    ("asottile-archive/seed-isort-config", "isort 5"),
    ("azure/appservice-actions", ""),
    ("azure/azure-resource-login-action", ""),
    ("azure/container-actions", ""),
    ("azure/container-scan", "`aquasecurity/trivy-action`"),
    ("azure/data-factory-deploy-action", ""),
    ("azure/get-keyvault-secrets", "`az keyvault secret show` after `azure/login`"),
    ("azure/k8s-actions", "`azure/k8s-deploy`"),
    ("azure/manage-azure-policy", ""),
    ("azure/run-sqlpackage-action", "`azure/sql-action`"),
    ("azure/spring-cloud-deploy", ""),
    ("azure/webapps-container-deploy", "`azure/webapps-deploy`"),
    ("brettcannon/caniusepython3", ""),
    ("cedrickring/golang-action", "`actions/setup-go`"),
    ("cirrus-actions/rebase", "the button \"Update branch\" of pull requests"),
    ("contributor-assistant/github-action", ""),
    ("convictional/trigger-workflow-and-wait", "`gh workflow run` and `gh run watch`"),
    ("crazy-max/ghaction-docker-buildx", "`docker/setup-buildx-action`"),
    ("crazy-max/ghaction-hugo", "`peaceiris/actions-hugo`"),
    ("decathlon/pull-request-labeler-action", "`actions/labeler`"),
    ("delaguardo/setup-graalvm", "`graalvm/setup-graalvm`"),
    ("dnephin/pre-commit-golang", ""),
    ("expo/expo-preview-action", "`expo/expo-github-action`"),
    ("facebook/pysa-action", ""),
    ("fregante/release-with-changelog", "`gh release create --generate-notes`"),
    ("google/mirror-branch-action", ""),
    ("gradle/gradle-build-action", "`gradle/actions/setup-gradle`"),
    ("grafana/k6-action", "`grafana/setup-k6-action` and `grafana/run-k6-action`"),
    ("hashicorp/terraform-cdk-action", ""),
    ("haskell/actions", "`haskell-actions/setup`"),
    ("helaili/github-graphql-action", "`gh api graphql`"),
    ("helaili/jekyll-action", "`actions/jekyll-build-pages`"),
    ("ilshidur/action-slack", "`slackapi/slack-github-action`"),
    ("jakejarvis/cloudflare-purge-action", ""),
    ("jakejarvis/firebase-deploy-action", "`firebaseextended/action-hosting-deploy`"),
    ("jakejarvis/hugo-build-action", "`peaceiris/actions-hugo`"),
    ("jakejarvis/lighthouse-action", "`treosh/lighthouse-ci-action`"),
    ("jakejarvis/s3-sync-action", "`aws s3 sync` after `aws-actions/configure-aws-credentials`"),
    ("justinribeiro/lighthouse-action", "`treosh/lighthouse-ci-action`"),
    ("lucas-c/pre-commit-hooks-bandit", "`PyCQA/bandit`"),
    ("machine-learning-apps/wandb-action", ""),
    ("mansagroup/gcs-cache-action", "`actions/cache`"),
    ("marvinpinto/action-automatic-releases", "`gh release create`"),
    ("marvinpinto/actions", "`gh release create`"),
    ("maxheld83/ghpages", "`actions/deploy-pages`"),
    ("meilcli/danger-action", ""),
    ("micnncim/action-lgtm-reaction", ""),
    ("mikepenz/gradle-dependency-submission", "`gradle/actions/dependency-submission`"),
    ("niklasmerz/github-deployment-action", ""),
    ("nix-community/nixpkgs-fmt", "nixfmt"),
    ("orf/cargo-bloat-action", ""),
    ("paambaati/codeclimate-action", "`qltysh/qlty-action`"),
    ("philips-software/docker-ci-scripts", "`docker/build-push-action`"),
    ("pre-commit/mirrors-autopep8", "`hhatto/autopep8`"),
    ("pre-commit/mirrors-isort", "`PyCQA/isort`"),
    ("pre-commit/mirrors-prettier", ""),
    ("primer/figma-action", ""),
    ("pycqa/pydocstyle", "the rules `D` of `astral-sh/ruff-pre-commit`"),
    ("repo-sync/pull-request", "`gh pr create`"),
    ("repo-sync/repo-sync", "`gh repo sync`"),
    ("returntocorp/semgrep-action", "`semgrep ci` in the image `semgrep/semgrep`"),
    ("scottbrenner/generate-changelog-action", "`gh release create --generate-notes`"),
    ("secrethub/actions", "`1password/load-secrets-action`"),
    ("segmentio/golines", "the formatter `golines` of golangci-lint"),
    ("semgrep/semgrep-action", "`semgrep ci` in the image `semgrep/semgrep`"),
    ("sonarsource/sonarcloud-github-action", "`sonarsource/sonarqube-scan-action`"),
    ("stefanprodan/kube-tools", ""),
    ("suzuki-shunsuke/github-action-tfsec", "`aquasecurity/trivy-action`"),
    ("svenstaro/upx-action", ""),
    ("swiftdocorg/github-wiki-publish-action", "`Andrew-Chen-Wang/github-wiki-action`"),
    ("technote-space/auto-cancel-redundant-workflow", "`concurrency` with `cancel-in-progress: true`"),
    ("technote-space/get-diff-action", "`git diff --name-only`"),
    ("tenable/terrascan", "`aquasecurity/trivy-action`"),
    ("terrencepreilly/darglint", "the rules `D` of `astral-sh/ruff-pre-commit`"),
    ("tibdex/github-app-token", "`actions/create-github-app-token`"),
    ("verygoodopensource/very_good_coverage", ""),
    ("whelk-io/maven-settings-xml-action", "`actions/setup-java` with `server-id`"),
    ("youyo/aws-cdk-github-actions", ""),
    ("z0al/dependent-issues", ""),
];
