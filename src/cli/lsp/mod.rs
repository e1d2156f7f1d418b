//! `bartizan lsp`: a server for editors, which speaks the language server protocol on standard input and output.

mod actions;
mod args;
mod comment;
mod diagnose;
mod document;
mod frame;
mod server;

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};

use anyhow::Context as _;

use crate::cli::exit::Exit;
use crate::scan::config::Environment;
pub(super) use args::LspArgs;
use diagnose::Scanner;
use server::{Flow, Server};

/// Messages that wait to be taken; each may have 64 MiB.
const WAITING: usize = 8;

#[expect(clippy::disallowed_methods, reason = "messages are read while documents are looked at")]
pub(super) fn run(args: &LspArgs) -> anyhow::Result<Exit> {
    let scanner = Scanner::new(args, Environment::read()?);
    let (sender, receiver) = mpsc::sync_channel(WAITING);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let frame = frame::read(&mut input).transpose();
            let is_last = !matches!(frame, Some(Ok(_)));
            // If the other side is gone, so is the need for more.
            if sender.send(frame).is_err() || is_last {
                return;
            }
        }
    });
    let mut out = io::stdout().lock();
    let mut server = Server::new(scanner, &mut out);
    // What the editor sent comes first: a document that is changed again meanwhile is looked at later.
    loop {
        let received = match server.wait() {
            Some(wait) => receiver.recv_timeout(wait),
            None => receiver.recv().map_err(RecvTimeoutError::from),
        };
        let flow = match received {
            Ok(Some(frame)) => server.take(frame.context("standard input")?),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => return Ok(Exit::Findings),
            Err(RecvTimeoutError::Timeout) => server.look().map(|()| Flow::Go),
        };
        if let Flow::End(announced) = flow.context("cannot write to standard output")? {
            return Ok(if announced { Exit::Clean } else { Exit::Findings });
        }
    }
}
