//! Dockerfiles: instructions with their words, stages, and the images that they name, each with its location.
//! Errors are reported by line, and parsing goes on.

mod expand;
mod lines;
mod stages;
mod text;
mod unsent;
mod words;

pub use stages::{Base, Stage};
pub use text::Text;
pub use unsent::Unsent;
pub use words::{Flag, Heredoc, Word};

use crate::model::Span;

/// The largest file that is read whole, in bytes.
const LENGTH_MAX: usize = 1 << 20;
/// The most instructions of one file.
const INSTRUCTIONS_MAX: usize = 5000;
/// The most errors reported for one file.
const MISTAKES_MAX: usize = 20;

/// A Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Dockerfile {
    /// Its instructions, in order.
    pub instructions: Vec<Instruction>,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
    /// The images that it names, except stages, and unknown ones unless their tag is a moving one.
    pub images: Vec<Named>,
    /// Errors.
    pub unread: Vec<Mistake>,
    /// True if it is too large to be read whole.
    pub cut: bool,
}

/// A syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: u32,
    /// The message.
    pub message: String,
}

/// A named image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The reference, with default values of variables.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// An instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Its keyword.
    pub keyword: Keyword,
    /// True for `ONBUILD`: it runs when an image is built on this one.
    pub is_trigger: bool,
    /// The location of its name.
    pub name: Span,
    /// Its full extent, with its here-documents.
    pub span: Span,
    /// Everything after its name and flags, lines joined.
    pub text: Text,
    /// `--name=value` before its words.
    pub flags: Vec<Flag>,
    /// Its words, with variables expanded where a Dockerfile does; the elements of a list without quotes.
    pub words: Vec<Word>,
    /// True if it is in exec form: `["a", "b"]`.
    pub is_list: bool,
    /// Its here-documents.
    pub heredocs: Vec<Heredoc>,
    /// Its stage; `None` before the first.
    pub stage: Option<usize>,
}

impl Instruction {
    /// The value of the flag `--name`.
    pub fn flags<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Word> {
        self.flags.iter().filter(move |flag| flag.name.eq_ignore_ascii_case(name)).map(|flag| &flag.value)
    }
}

/// The instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is called as the instruction is")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

impl Keyword {
    const ALL: [(Self, &'static str); 18] = [
        (Self::Add, "ADD"),
        (Self::Arg, "ARG"),
        (Self::Cmd, "CMD"),
        (Self::Copy, "COPY"),
        (Self::Entrypoint, "ENTRYPOINT"),
        (Self::Env, "ENV"),
        (Self::Expose, "EXPOSE"),
        (Self::From, "FROM"),
        (Self::Healthcheck, "HEALTHCHECK"),
        (Self::Label, "LABEL"),
        (Self::Maintainer, "MAINTAINER"),
        (Self::Onbuild, "ONBUILD"),
        (Self::Run, "RUN"),
        (Self::Shell, "SHELL"),
        (Self::Stopsignal, "STOPSIGNAL"),
        (Self::User, "USER"),
        (Self::Volume, "VOLUME"),
        (Self::Workdir, "WORKDIR"),
    ];

    /// The instruction `name`, ignoring case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(keyword, _)| *keyword)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(keyword, _)| *keyword == self).map_or("", |(_, name)| name)
    }
}

/// Suffixes of templates and documentation of Dockerfiles.
#[rustfmt::skip]
const OTHERS: [&str; 33] = [
    "md", "mdx", "rst", "txt", "adoc", "html", "j2", "jinja", "jinja2", "tpl", "tmpl", "template", "erb", "ejs",
    "mustache", "hbs", "in", "m4", "yml", "yaml", "json", "toml", "ts", "js", "py", "go", "rs", "sh", "rb", "php", "snap",
    "patch", "dockerignore",
];

/// True for names of Dockerfiles: `Dockerfile`, `Containerfile`, `web.Dockerfile`, `Dockerfile.web`, `web.dockerfile`.
#[must_use]
pub fn is_name(name: &[u8]) -> bool {
    const LONGEST: usize = 255;
    if name.len() > LONGEST || !name.is_ascii() {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let Ok(name) = std::str::from_utf8(&name) else { return false };
    let is_part = |rest: &str| rest.is_empty() || rest.starts_with(['.', '_', '-']);
    let is_one = ["dockerfile", "containerfile"].iter().any(|word| {
        name.match_indices(word).any(|(at, _)| {
            let (before, behind) = (&name[..at], &name[at + word.len()..]);
            is_part(behind) && (before.is_empty() || before.ends_with(['.', '_', '-']))
        })
    });
    is_one && !OTHERS.iter().any(|other| name.rsplit_once('.').is_some_and(|(_, ending)| ending == *other))
}

/// True if a line of `bytes` starts with `FROM`, as in every Dockerfile.
#[must_use]
pub fn has_from(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii_start();
        line.len() > 5 && line[..4].eq_ignore_ascii_case(b"from") && line[4].is_ascii_whitespace()
    })
}

/// Parses a Dockerfile.
#[must_use]
pub fn read(bytes: &[u8]) -> Dockerfile {
    let cut = bytes.len() > LENGTH_MAX;
    let file = text::same_length(&bytes[..bytes.len().min(LENGTH_MAX)]);
    let mut lines = lines::Lines::new(&file);
    let mut builder = stages::Builder::new(lines.escape());
    let mut dockerfile = Dockerfile { cut, ..Dockerfile::default() };
    while let Some(read) = lines.next() {
        match read {
            Ok(line) if dockerfile.instructions.len() < INSTRUCTIONS_MAX => {
                let instruction = words::instruction(line, lines.escape());
                builder.add(instruction, &mut dockerfile);
            }
            Ok(_) => {
                dockerfile.cut = true;
                break;
            }
            Err(mistake) if dockerfile.unread.len() < MISTAKES_MAX => dockerfile.unread.push(mistake),
            Err(_) => {}
        }
    }
    dockerfile
}
