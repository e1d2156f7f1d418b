//! Dockerfiles, as checks see them.

use super::class::Class;
use crate::model::{RepoPath, Span};
use crate::parse::dockerfile::{self, Instruction, Keyword, Word};
use crate::parse::shell::{self, Command};

/// A Dockerfile.
#[derive(Debug)]
pub struct Dockerfile {
    /// Where it is.
    pub path: RepoPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What it is for.
    pub class: Class,
    /// What it says.
    pub file: dockerfile::Dockerfile,
    /// The scripts that its instructions run, in order.
    pub scripts: Vec<Script>,
    /// What is sent to its build.
    pub context: Context,
}

/// What lies beside a Dockerfile, and is sent to its build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// True if a list says what is not sent.
    pub is_listed: bool,
    /// Files with credentials that lie there and are sent.
    pub credentials: Vec<Credentials>,
}

/// A file with credentials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credentials {
    /// Where it is.
    pub path: RepoPath,
    /// True if it is a private key.
    pub is_key: bool,
}

/// A script that an instruction runs.
#[derive(Debug)]
pub struct Script {
    /// The number of the instruction.
    pub instruction: usize,
    /// The text, with its places.
    pub text: dockerfile::Text,
    /// Its commands.
    pub commands: Vec<Command>,
}

impl Script {
    /// Where a command, or a word of it, stands in the file.
    #[must_use]
    pub fn locate(&self, range: &std::ops::Range<usize>) -> Span {
        self.text.locate(range.clone())
    }
}

impl Dockerfile {
    /// The Dockerfile at `path`, which says `file`.
    #[must_use]
    pub fn new(path: RepoPath, bytes: Vec<u8>, file: dockerfile::Dockerfile) -> Self {
        let class = Class::of(&path);
        let scripts =
            file.instructions.iter().enumerate().flat_map(|(number, one)| scripts(number, one)).collect();
        Self { path, bytes, class, file, scripts, context: Context::default() }
    }

    /// The scripts of `RUN`, each with its instruction.
    pub fn runs(&self) -> impl Iterator<Item = (&Instruction, &Script)> {
        let one = |script: &Script| self.file.instructions.get(script.instruction);
        let of = move |script| Some((one(script)?, script));
        self.scripts.iter().filter_map(of).filter(|(one, _)| one.keyword == Keyword::Run)
    }

    /// The instructions that copy all of the context into the image, each with the word that says so.
    pub fn whole_copies(&self) -> impl Iterator<Item = (&Instruction, &Word)> {
        let copies = self.instructions(Keyword::Copy).chain(self.instructions(Keyword::Add));
        copies.filter(|one| one.flags("from").next().is_none() && self.file.is_in_image(one)).filter_map(
            |one| {
                let sources = one.words.len().saturating_sub(1);
                let is_whole = |word: &&Word| matches!(word.text.as_str(), "." | "./" | "*" | "./*");
                Some((one, one.words.iter().take(sources).find(is_whole)?))
            },
        )
    }

    /// The instructions of a kind.
    pub fn instructions(&self, keyword: Keyword) -> impl Iterator<Item = &Instruction> {
        self.file.instructions.iter().filter(move |one| one.keyword == keyword)
    }
}

/// The scripts of an instruction: its line, or the string that its list gives to a shell, and the here-documents that
/// are run.
fn scripts(number: usize, one: &Instruction) -> Vec<Script> {
    if !matches!(one.keyword, Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck) {
        return Vec::new();
    }
    let script = |text: dockerfile::Text, commands| Script { instruction: number, text, commands };
    if one.is_list {
        return vec![script(one.text.clone(), of_list(one))];
    }
    let commands = shell::commands(&one.text.text);
    let mut all = Vec::new();
    let mut bodies = one.heredocs.iter();
    for command in &commands {
        for _ in &command.heredocs {
            let Some(body) = bodies.next() else { break };
            // Without a command a here-document is the script.
            if command.words.is_empty() || shell::is_shell(command.name()) {
                all.push(script(body.body.clone(), shell::commands(&body.body.text)));
            }
        }
    }
    // A here-document alone is not a command.
    all.extend(
        bodies
            .filter(|_| commands.is_empty())
            .map(|body| script(body.body.clone(), shell::commands(&body.body.text))),
    );
    all.insert(0, script(one.text.clone(), commands));
    all
}

/// The command that is a list of strings, and the script that it may give to a shell.
fn of_list(one: &Instruction) -> Vec<Command> {
    shell::commands(&quoted(&one.text.text))
}

/// A list of strings as a line of a shell of the same length: what parts and encloses the strings becomes blank.
fn quoted(list: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let sign = |c: char| match c {
        _ if escaped => {
            escaped = false;
            c
        }
        '\\' if inside => {
            escaped = true;
            c
        }
        '"' => {
            inside = !inside;
            c
        }
        '[' | ']' | ',' if !inside => ' ',
        c => c,
    };
    list.chars().map(sign).collect()
}
