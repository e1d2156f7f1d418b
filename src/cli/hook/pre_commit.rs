//! `bartizan hook pre-commit`: what the next commit brings.

use std::cell::{Cell, RefCell};

use crate::cli::exit::Exit;
use crate::cli::hook::args::HookScan;
use crate::cli::hook::{Way, git, plan, verdict};
use crate::cli::job;
use crate::cli::sources::part;
use crate::model::text::escaped;
use crate::scan::config::Environment;
use crate::source::{Range, RangeOptions, Staged};

pub(super) fn run(scan: &HookScan, environment: &Environment) -> anyhow::Result<Exit> {
    let what = RefCell::new(String::new());
    let has_head = Cell::new(true);
    let nothing = Cell::new(false);
    let way = Cell::new(Way::Staged { first: false });
    let done = job::perform(&plan(scan), environment, &|asked| {
        let limits = asked.limits();
        if let Some((from, to)) = &environment.hook.range {
            let name = format!("{from}..{to}");
            *what.borrow_mut() = format!("the commits of {}", escaped(&name));
            way.set(Way::Pushed);
            let options = RangeOptions { limits, include_authors: false };
            let range = Range::open(git(asked, environment)?, &name, &options)?;
            return Ok(part(Box::new(range.with_files())));
        }
        let staged = Staged::open(git(asked, environment)?, &limits)?;
        has_head.set(staged.has_head());
        if !staged.is_empty() {
            *what.borrow_mut() = "staged changes".to_owned();
            return Ok(part(Box::new(staged)));
        }
        if environment.hook.by_pre_commit {
            *what.borrow_mut() = "all tracked files, since nothing is staged".to_owned();
            way.set(Way::Tracked);
            return Ok(part(Box::new(Staged::whole(git(asked, environment)?, &limits)?)));
        }
        nothing.set(true);
        Ok(part(Box::new(staged)))
    })?;
    if nothing.get() {
        if !scan.quiet {
            crate::cli::tell("bartizan: no staged content; nothing was scanned");
        }
        return Ok(Exit::of(&done.report, done.fail_on));
    }
    let way = match way.into_inner() {
        Way::Staged { .. } => Way::Staged { first: !has_head.get() },
        other => other,
    };
    Ok(verdict::tell(&done, &what.into_inner(), &way, scan.quiet))
}
