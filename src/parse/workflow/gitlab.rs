//! GitLab pipelines as workflows: each command block is a step.

use super::read::{JOBS_MAX, Reader, empty_job, step_of_run};
use super::{Job, Mistake, Step, Workflow};
use crate::parse::yaml::{self, Value};

/// Keys of command blocks.
const BLOCKS: [&str; 3] = ["before_script", "script", "after_script"];

/// Parses a GitLab pipeline, `.gitlab-ci.yml`.
///
/// # Errors
/// If it is not YAML.
pub fn gitlab(bytes: &[u8]) -> Result<Workflow, Mistake> {
    let document = yaml::read(bytes)?;
    let root = document.root();
    let mut reader = Reader::new(bytes);
    let mut jobs = Vec::new();
    let all: Vec<_> = root.entries().filter(|(_, value)| value.is_map()).take(JOBS_MAX + 1).collect();
    for (key, value) in all.iter().take(JOBS_MAX) {
        let blocks: Vec<Value<'_>> = BLOCKS.into_iter().filter_map(|block| value.get(block)).collect();
        let lines =
            blocks.into_iter().flat_map(|block| block.text().map(|_| block).into_iter().chain(flat(block)));
        let steps: Vec<Step> =
            lines.take(reader.left).filter_map(|line| Some(step_of_run(reader.text(line)?))).collect();
        reader.left -= steps.len();
        jobs.push(Job {
            line: key.line(),
            key: key.span(),
            span: value.span(),
            env: reader.entries_of(*value, "variables"),
            steps,
            ..empty_job(key.text().unwrap_or_default())
        });
    }
    Ok(Workflow {
        env: reader.entries_of(root, "variables"),
        includes: root.get("include").is_some(),
        cut: reader.left == 0 || all.len() > JOBS_MAX,
        jobs,
        ..Workflow::default()
    })
}

/// The items of a list, flattening nested lists.
fn flat(list: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    list.items().flat_map(|item| item.text().map(|_| item).into_iter().chain(item.items()))
}
