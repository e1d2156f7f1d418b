//! `bartizan hook install` and `uninstall`.

use std::path::{Path, PathBuf};

use crate::cli::exit::Exit;
use crate::cli::hook::args::{InstallArgs, Type, Which};
use crate::cli::hook::files::{self, Taken, shown};
use crate::cli::hook::{place, script, snippets};
use crate::cli::output;
use crate::source::hooks::Hooks;

pub(super) fn install(args: &InstallArgs) -> anyhow::Result<Exit> {
    let (directory, is_bare) = if args.which.global {
        (place::global()?, false)
    } else {
        let hooks = place::here()?;
        if let Some(why) = &hooks.unsupported {
            anyhow::bail!("no hook was written: it would stop every commit of this repository: {why}");
        }
        match writable(&hooks, args.force) {
            Ok(directory) => (directory, hooks.is_bare),
            Err((why, manager)) => {
                snippets::print(&[manager])?;
                anyhow::bail!("no hook was written: {why}");
            }
        }
    };
    let mut types = args.which.types.clone();
    if types.is_empty() {
        types.push(if is_bare { Type::PreReceive } else { Type::PreCommit });
    }
    types.dedup();
    let program = program();
    files::make_directory(&directory)?;
    for hook in types {
        let text = script::text(hook, &program, args.if_missing);
        let chained = files::put(&directory, hook, &text)?;
        let path = shown(&files::place(&directory, hook));
        let first = match chained {
            true => format!(
                "; the hook that was there is kept in {}{}, and called first",
                hook.name(),
                script::BEFORE
            ),
            false => String::new(),
        };
        output::stdout(|out| writeln!(out, "wrote {path}{first}"))?;
    }
    Ok(Exit::Clean)
}

/// Where hooks may be written; else why not, and who is to call bartizan instead.
fn writable(hooks: &Hooks, force: bool) -> Result<PathBuf, (String, super::args::Manager)> {
    let managers = place::managers(hooks);
    if let (Some((manager, file)), false) = (managers.first(), force) {
        let why = format!(
            "{} shows that another tool manages the hooks here; add the lines above there, or use --force",
            shown(file.strip_prefix(&hooks.root).unwrap_or(file))
        );
        return Err((why, *manager));
    }
    place::directory(hooks)
        .map_err(|why| (format!("{why}; put the lines above into a hook there"), super::args::Manager::Git))
}

/// This program, as hooks are to call it.
fn program() -> Vec<u8> {
    let path = std::env::current_exe().ok().filter(|path| path.is_file());
    let path = path.unwrap_or_else(|| PathBuf::from("bartizan"));
    bytes(&path)
}

#[cfg(unix)]
fn bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

/// Hooks are run by the shell that comes with git, which takes slashes everywhere.
#[cfg(not(unix))]
fn bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

pub(super) fn uninstall(which: &Which) -> anyhow::Result<Exit> {
    let directories = if which.global {
        vec![place::global()?]
    } else {
        let hooks = place::here()?;
        let mut directories = vec![hooks.usual.clone()];
        directories.extend(place::directory(&hooks).ok().filter(|path| !place::same(path, &hooks.usual)));
        directories
    };
    let types = if which.types.is_empty() { Type::ALL.to_vec() } else { which.types.clone() };
    let mut any = false;
    for directory in &directories {
        for hook in &types {
            let path = shown(&files::place(directory, *hook));
            let line = match files::take(directory, *hook)? {
                Taken::NotOurs => continue,
                Taken::Removed => format!("removed {path}"),
                Taken::Restored => format!("removed {path}; the previous hook is restored"),
            };
            any = true;
            output::stdout(|out| writeln!(out, "{line}"))?;
        }
    }
    if !any {
        output::stdout(|out| writeln!(out, "bartizan has no such hook here"))?;
    }
    Ok(Exit::Clean)
}
