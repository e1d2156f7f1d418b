//! Whom the containers of a Dockerfile run as: what its last `USER` says, else what its base is known to be.

use super::bases::{Runs, runs};
use super::dockerfiles::Dockerfile;
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
    /// True if a program is there by which an entrypoint can give root up; whether it does is not known.
    pub may_step_down: bool,
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
                }),
                _ => User::Other(Some(instruction.span)),
            };
        }
        let base = match self.file.lineage().last().map(|stage| &stage.base) {
            Some(Base::Scratch) => "scratch".to_owned(),
            Some(Base::Image(text)) => match Image::parse(text).map(|image| (runs(&image), image)) {
                Some((Runs::Root, image)) => image.repository().to_owned(),
                Some((Runs::Other | Runs::StepsDown, _)) => return User::Other(None),
                _ => return User::Unknown,
            },
            _ => return User::Unknown,
        };
        User::Root(Root { span: last.span, named: None, base, may_step_down })
    }
}

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
