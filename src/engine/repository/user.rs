//! The user of a Dockerfile's containers: from its last `USER`, otherwise from its base.

use super::bases::{Runs, runs};
use super::dockerfiles::{Dockerfile, Script};
use crate::model::Span;
use crate::parse::dockerfile::{Base, Keyword};
use crate::parse::image::Image;

/// Programs that start another one as someone else.
const STEPPERS: [&str; 8] =
    ["gosu", "su-exec", "setpriv", "s6-setuidgid", "runuser", "chpst", "s6-overlay", "fixuid"];

/// Whom a container runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// As root.
    Root(Root),
    /// As someone else; where that is said, if the Dockerfile says it.
    Other(Option<Span>),
    /// Nothing is known of it.
    Unknown,
}

/// Why a container runs as root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Where that is said, or the last stage, which does not say otherwise.
    pub span: Span,
    /// The user that the last `USER` names, if there is one.
    pub named: Option<String>,
    /// What the image is built on.
    pub base: String,
    /// True if the image contains a program that an entrypoint can use to drop root; whether it does is unknown.
    pub may_step_down: bool,
    /// True if the start of the base would give root up, and something else is started.
    pub starts_other: bool,
}

impl Dockerfile {
    /// Whom its containers run as.
    #[must_use]
    pub fn runs_as(&self) -> User {
        let Some(last) = self.file.last() else { return User::Unknown };
        let may_step_down = match steps_down(self) {
            Steps::Certainly => return User::Other(None),
            Steps::Perhaps => true,
            Steps::No => false,
        };
        if let Some((instruction, user)) = self.file.user() {
            let name = user.text.split(':').next().unwrap_or("");
            let is_zero = !name.is_empty() && name.bytes().all(|byte| byte == b'0');
            return match name {
                _ if user.is_open => User::Unknown,
                name if name == "root" || is_zero => User::Root(Root {
                    span: instruction.span,
                    named: Some(name.to_owned()),
                    base: String::new(),
                    may_step_down,
                    starts_other: false,
                }),
                _ => User::Other(Some(instruction.span)),
            };
        }
        let mut starts_other = false;
        let base = match self.file.lineage().last().map(|stage| &stage.base) {
            Some(Base::Scratch) => "scratch".to_owned(),
            Some(Base::Image(text)) => match Image::parse(text).map(|image| (runs(&image), image)) {
                Some((Runs::Root, image)) => image.repository().to_owned(),
                Some((Runs::StepsDown, image)) if starts_another(self, &image) => {
                    starts_other = true;
                    image.repository().to_owned()
                }
                Some((Runs::Other | Runs::StepsDown, _)) => return User::Other(None),
                _ => return User::Unknown,
            },
            _ => return User::Unknown,
        };
        User::Root(Root { span: last.span, named: None, base, may_step_down, starts_other })
    }
}

/// True if the container starts something else than what `image`, its base, is made for.
fn starts_another(file: &Dockerfile, image: &Image<'_>) -> bool {
    let last = |keyword| {
        let of = |script: &&Script| {
            let one = file.file.instructions.get(script.instruction);
            one.is_some_and(|one| one.keyword == keyword && file.file.is_in_image(one))
        };
        file.scripts.iter().rev().find(of)
    };
    let words = |script: &Script| -> Vec<String> {
        script.commands.iter().flat_map(|one| &one.words).map(|word| word.text.clone()).collect()
    };
    let names_entrypoint = |words: &[String]| words.iter().any(|word| word.contains("entrypoint"));
    match (last(Keyword::Entrypoint), last(Keyword::Cmd)) {
        (Some(entrypoint), _) => !names_entrypoint(&words(entrypoint)),
        (None, Some(command)) => {
            let words = words(command);
            let Some(first) = words.first() else { return false };
            let program = first.rsplit('/').next().unwrap_or(first);
            // Options go to the server, and servers are called after their images: `redis-server`, `mongod`.
            let name = image.library().unwrap_or("");
            let others = SERVERS.iter().filter(|(known, _)| *known == name).map(|(_, server)| *server);
            let is_server = |server: &str| program.starts_with(&server[..server.len().min(5)]);
            let is_own = std::iter::once(name).chain(others).any(is_server);
            !first.starts_with('-') && !is_own && !names_entrypoint(&words)
        }
        (None, None) => false,
    }
}

/// Servers that are not called after their images.
const SERVERS: [(&str, &str); 7] = [
    ("mariadb", "mysqld"),
    ("mysql", "mysqld"),
    ("percona", "mysqld"),
    ("ghost", "node"),
    ("eclipse-mosquitto", "mosquitto"),
    ("zookeeper", "zkServer.sh"),
    ("couchbase", "couchbase-server"),
];

/// Whether what the container starts gives root up.
enum Steps {
    Certainly,
    Perhaps,
    No,
}

fn steps_down(file: &Dockerfile) -> Steps {
    let instructions = || file.file.lineage().flat_map(|stage| file.file.instructions_of(stage));
    let is_start = |keyword| matches!(keyword, Keyword::Entrypoint | Keyword::Cmd);
    let mut starts = file.scripts.iter().filter(|script| {
        let one = file.file.instructions.get(script.instruction);
        one.is_some_and(|one| is_start(one.keyword) && file.file.is_in_image(one))
    });
    let is_stepper = |word: &str| STEPPERS.contains(&word.rsplit('/').next().unwrap_or(word));
    if starts
        .any(|script| script.commands.iter().any(|one| one.words.iter().any(|word| is_stepper(&word.text))))
    {
        return Steps::Certainly;
    }
    let names = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| STEPPERS.contains(&word))
    };
    let mut relevant =
        instructions().filter(|one| matches!(one.keyword, Keyword::Run | Keyword::Copy | Keyword::Add));
    if relevant.any(|one| names(&one.text.text)) { Steps::Perhaps } else { Steps::No }
}
