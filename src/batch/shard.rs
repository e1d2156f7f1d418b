//! A worker's shard: given as `I/N`, or by the environment of its job scheduler.

/// The variables of one scheduler.
struct Engine {
    name: &'static str,
    index: &'static str,
    /// None if the scheduler gives no count.
    count: Option<&'static str>,
    /// The first index.
    first: u32,
    /// True if the count may be partial: a resubmitted array.
    partial: bool,
}

const ENGINES: [Engine; 6] = [
    Engine {
        name: "bartizan",
        index: "BARTIZAN_SHARD",
        count: Some("BARTIZAN_SHARDS"),
        first: 0,
        partial: false,
    },
    Engine {
        name: "Slurm",
        index: "SLURM_ARRAY_TASK_ID",
        count: Some("SLURM_ARRAY_TASK_COUNT"),
        first: 0,
        partial: true,
    },
    Engine { name: "Kubernetes", index: "JOB_COMPLETION_INDEX", count: None, first: 0, partial: false },
    Engine {
        name: "AWS Batch",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
        first: 0,
        partial: false,
    },
    Engine {
        name: "Cloud Run",
        index: "CLOUD_RUN_TASK_INDEX",
        count: Some("CLOUD_RUN_TASK_COUNT"),
        first: 0,
        partial: false,
    },
    Engine { name: "GitLab", index: "CI_NODE_INDEX", count: Some("CI_NODE_TOTAL"), first: 1, partial: false },
];

/// Parses the shard `text`, `I/N` with I from 0, of a plan with `shards`.
///
/// # Errors
/// If the plan has no such shard.
pub fn named(text: &str, shards: u32) -> Result<u32, String> {
    let wrong = || format!("`{text}` is not a shard; write I/N, such as 0/8, or auto");
    let (index, count) = text.split_once('/').ok_or_else(wrong)?;
    let (index, count): (u32, u32) =
        (index.parse().map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?);
    if count != shards {
        return Err(format!("the plan has {shards} shards, not {count}"));
    }
    within(index, shards)
}

/// The shard from the environment, and a notice if needed.
///
/// # Errors
/// If there is none, more than one, or one outside the plan.
pub fn auto(variable: &dyn Fn(&str) -> Option<String>, shards: u32) -> Result<(u32, Option<String>), String> {
    let mut set = ENGINES.iter().filter_map(|engine| variable(engine.index).map(|index| (engine, index)));
    let Some((engine, index)) = set.next() else {
        let names: Vec<&str> = ENGINES.iter().map(|engine| engine.index).collect();
        return Err(format!("--shard auto: the shard is unknown; none of {} is set", names.join(", ")));
    };
    // A job of one scheduler within a task of another is ambiguous.
    if let Some((other, _)) = set.next() {
        return Err(format!(
            "--shard auto: {} and {} are both set; use --shard I/N, or set only BARTIZAN_SHARD",
            engine.index, other.index
        ));
    }
    let number = |name: &str, text: &str| {
        text.parse::<u32>().map_err(|_| format!("--shard auto: {name} is not a number"))
    };
    let index = number(engine.index, &index)?;
    let index = index.checked_sub(engine.first).ok_or_else(|| {
        format!("--shard auto: {} of {} starts from {}", engine.index, engine.name, engine.first)
    })?;
    let mut notice = None;
    if let Some(name) = engine.count
        && let Some(count) = variable(name)
        && number(name, &count)? != shards
    {
        let message = format!("{name} is {count}, and the plan has {shards} shards");
        if !engine.partial {
            return Err(format!("--shard auto: {message}"));
        }
        notice = Some(message);
    }
    within(index, shards).map(|index| (index, notice))
}

fn within(index: u32, shards: u32) -> Result<u32, String> {
    if index < shards {
        return Ok(index);
    }
    Err(format!("shard {index} does not exist: the plan has {shards}, counted from 0"))
}

#[cfg(test)]
mod tests {
    use super::{auto, named};

    fn detected(variables: &[(&str, &str)], shards: u32) -> Result<(u32, Option<String>), String> {
        auto(
            &|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
            shards,
        )
    }

    #[test]
    fn each_engine_says_which_shard_it_is() {
        for (variables, expected) in [
            (&[("BARTIZAN_SHARD", "3"), ("BARTIZAN_SHARDS", "8")][..], 3),
            (&[("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_COUNT", "8")], 7),
            (&[("JOB_COMPLETION_INDEX", "0")], 0),
            (&[("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "8")], 2),
            (&[("CLOUD_RUN_TASK_INDEX", "1"), ("CLOUD_RUN_TASK_COUNT", "8")], 1),
            // The only one that counts from one.
            (&[("CI_NODE_INDEX", "8"), ("CI_NODE_TOTAL", "8")], 7),
        ] {
            assert_eq!(detected(variables, 8).unwrap(), (expected, None), "{variables:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for variables in [
            &[][..],
            &[("JOB_COMPLETION_INDEX", "8")],
            &[("JOB_COMPLETION_INDEX", "x")],
            &[("JOB_COMPLETION_INDEX", "1"), ("CI_NODE_INDEX", "1")],
            &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "8")],
            &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "7")],
        ] {
            assert!(detected(variables, 8).is_err(), "{variables:?}");
        }
        // A part of an array that is submitted again: its count is that of the part.
        let again = detected(&[("SLURM_ARRAY_TASK_ID", "5"), ("SLURM_ARRAY_TASK_COUNT", "2")], 8).unwrap();
        assert_eq!(again.0, 5);
        assert!(again.1.is_some());
        assert_eq!(named("2/8", 8), Ok(2));
        for text in ["2", "8/8", "2/9", "-1/8", "a/b"] {
            assert!(named(text, 8).is_err(), "{text}");
        }
    }
}
