//! The stages of a Dockerfile: base images, variables, and image references.

use std::cell::Cell;
use std::collections::HashMap;

use super::expand::{self, Value, expand};
use super::{Dockerfile, Instruction, Keyword, Named, Word};
use crate::model::Span;
use crate::parse::image::{Image, Pin};

/// The most stages of one file.
const STAGES_MAX: usize = 500;
/// The most variables of one stage.
const VARIABLES_MAX: usize = 1000;
/// The deepest chain of stages followed for a variable or a base.
const DEPTH_MAX: usize = 50;
/// Variables that BuildKit sets by platform.
const PLATFORM: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

/// A stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The number of its `FROM` among the instructions.
    pub from: usize,
    /// The end of its instructions.
    pub end: usize,
    /// Its name, in lower case.
    pub name: Option<String>,
    /// Its base.
    pub base: Base,
    /// The location of its base.
    pub span: Span,
    variables: HashMap<String, Value>,
    arguments: HashMap<String, Value>,
}

/// The base of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing: `scratch`.
    Scratch,
    /// An earlier stage, by number.
    Stage(usize),
    /// An image.
    Image(String),
    /// An image with an unknown name.
    Unknown,
}

impl Dockerfile {
    /// The default build target.
    #[must_use]
    pub fn last(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// The last stage and the stages that it is based on, nearest first.
    pub fn lineage(&self) -> impl Iterator<Item = &Stage> {
        let below = |stage: &&Stage| match stage.base {
            Base::Stage(number) => self.stages.get(number),
            _ => None,
        };
        std::iter::successors(self.last(), below).take(DEPTH_MAX)
    }

    /// True if `instruction` contributes a layer to the image, not only to a stage that files are copied from.
    #[must_use]
    pub fn is_in_image(&self, instruction: &Instruction) -> bool {
        let stage = instruction.stage.and_then(|stage| self.stages.get(stage));
        stage.is_some_and(|stage| self.lineage().any(|one| one.from == stage.from))
    }

    /// The instructions of `stage`.
    #[must_use]
    pub fn instructions_of(&self, stage: &Stage) -> &[Instruction] {
        self.instructions.get(stage.from..stage.end).unwrap_or_default()
    }

    /// The user of the image, by the last instruction that sets it.
    #[must_use]
    pub fn user(&self) -> Option<(&Instruction, &Word)> {
        self.lineage().find_map(|stage| {
            let mut users = self.instructions_of(stage).iter().rev();
            let user = users.find(|one| one.keyword == Keyword::User && !one.is_trigger)?;
            Some((user, user.words.first()?))
        })
    }
}

/// Expands the words of instructions, and collects stages.
pub(super) struct Builder {
    escape: char,
    /// Arguments before the first stage.
    global: HashMap<String, Value>,
    work: Cell<usize>,
}

impl Builder {
    pub(super) fn new(escape: char) -> Self {
        Self { escape, global: HashMap::new(), work: Cell::new(expand::WORK) }
    }

    /// Adds `instruction` to the file.
    pub(super) fn add(&mut self, mut instruction: Instruction, file: &mut Dockerfile) {
        let is_from = instruction.keyword == Keyword::From && !instruction.is_trigger;
        let stage = if is_from { None } else { file.stages.len().checked_sub(1) };
        instruction.stage = stage;
        let is_kept = matches!(
            instruction.keyword,
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck | Keyword::Shell
        );
        if !is_kept {
            for word in &mut instruction.words {
                self.fill(word, stage, file);
            }
        }
        for flag in &mut instruction.flags {
            self.fill(&mut flag.value, stage, file);
        }
        match instruction.keyword {
            Keyword::From if is_from => {
                if file.stages.len() >= STAGES_MAX {
                    file.cut = true;
                    return;
                }
                self.from(&mut instruction, file);
            }
            Keyword::Arg if !instruction.is_trigger => self.argument(&instruction, file),
            Keyword::Env if !instruction.is_trigger => variable(&instruction, file),
            Keyword::Copy => {
                let images =
                    instruction.flags("from").filter_map(|word| of_copy(word, word.text.as_str(), file));
                let images: Vec<Named> = images.collect();
                file.images.extend(images);
            }
            Keyword::Run => {
                let from = |word: &&Word| {
                    word.text.split(',').find_map(|part| part.strip_prefix("from=")).map(str::to_owned)
                };
                let mounts = instruction.flags("mount").filter_map(|word| Some((word, from(&word)?)));
                let images: Vec<Named> =
                    mounts.filter_map(|(word, from)| of_copy(word, &from, file)).collect();
                file.images.extend(images);
            }
            _ => {}
        }
        file.instructions.push(instruction);
        if let Some(stage) = file.stages.last_mut() {
            stage.end = file.instructions.len();
        }
    }

    fn fill(&self, word: &mut Word, stage: Option<usize>, file: &Dockerfile) {
        let lookup = |name: &str| self.lookup(name, stage, file);
        let read = expand(&word.text, self.escape, &lookup, &self.work);
        *word = Word { text: read.text, span: word.span, is_open: read.is_open, variables: read.variables };
    }

    fn lookup(&self, name: &str, stage: Option<usize>, file: &Dockerfile) -> Value {
        let platform = || if PLATFORM.contains(&name) { Value::Given } else { Value::Unset };
        let Some(own) = stage.and_then(|stage| file.stages.get(stage)) else {
            return self.global.get(name).cloned().unwrap_or_else(platform);
        };
        // The environment takes precedence over arguments, which stages do not inherit.
        let below = |stage: &&Stage| match stage.base {
            Base::Stage(number) => file.stages.get(number),
            _ => None,
        };
        let mut stages = std::iter::successors(Some(own), below).take(DEPTH_MAX);
        let inherited = stages.find_map(|stage| stage.variables.get(name).cloned());
        inherited.or_else(|| own.arguments.get(name).cloned()).unwrap_or_else(platform)
    }

    fn argument(&mut self, instruction: &Instruction, file: &mut Dockerfile) {
        for word in &instruction.words {
            let (name, value) = match word.pair() {
                Some((name, _)) if word.is_open => (name, Value::Given),
                Some((name, value)) => (name, Value::Known(value.to_owned())),
                None if PLATFORM.contains(&word.text.as_str()) => (word.text.as_str(), Value::Given),
                // A value set before the first stage is inherited.
                None => {
                    let global = || self.global.get(&word.text).cloned().unwrap_or(Value::Unset);
                    (word.text.as_str(), if file.stages.is_empty() { Value::Unset } else { global() })
                }
            };
            let arguments = match file.stages.last_mut() {
                Some(stage) => &mut stage.arguments,
                None => &mut self.global,
            };
            put(arguments, name, value);
        }
    }

    fn from(&self, instruction: &mut Instruction, file: &mut Dockerfile) {
        let number = file.stages.len();
        instruction.stage = Some(number);
        let image = instruction.words.first().cloned().unwrap_or_default();
        let is_as = instruction.words.get(1).is_some_and(|word| word.text.eq_ignore_ascii_case("as"));
        let name = instruction.words.get(2).filter(|_| is_as).map(|word| word.text.to_ascii_lowercase());
        let earlier = stage_called(&image.text, file);
        let is_plain = Image::parse(&image.text).is_some_and(|image| image.is_plain());
        let base = match earlier {
            _ if image.is_open => Base::Unknown,
            Some(earlier) => Base::Stage(earlier),
            None if image.text.eq_ignore_ascii_case("scratch") => Base::Scratch,
            None if is_plain => Base::Image(image.text.clone()),
            None => Base::Unknown,
        };
        // A moving tag counts even if the image is unknown.
        let is_moving = || {
            let tag = Image::parse(&image.text).filter(|image| image.pin() == Pin::Moving)?.tag;
            tag.filter(|tag| tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)))
        };
        if matches!(base, Base::Image(_)) || image.is_open && is_moving().is_some() {
            file.images.push(Named { text: image.text.clone(), span: image.span });
        }
        let from = file.instructions.len();
        file.stages.push(Stage {
            from,
            end: from,
            name,
            base,
            span: if image.span.is_empty() { instruction.name } else { image.span },
            variables: HashMap::new(),
            arguments: HashMap::new(),
        });
    }
}

/// The earlier stage with that name; the last one of several.
fn stage_called(name: &str, file: &Dockerfile) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    file.stages.iter().rposition(|stage| stage.name.as_ref() == Some(&name))
}

/// The image that files are copied from, if it is one.
fn of_copy(word: &Word, text: &str, file: &Dockerfile) -> Option<Named> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let image = Image::parse(text).filter(Image::is_plain)?;
    if word.is_open || is_number || stage_called(text, file).is_some() || text.eq_ignore_ascii_case("scratch")
    {
        return None;
    }
    // A bare name may be a named build context.
    let is_bare = image.registry.is_none()
        && !image.name.contains('/')
        && image.tag.is_none()
        && image.digest.is_none();
    (!is_bare).then(|| Named { text: text.to_owned(), span: word.span })
}

fn variable(instruction: &Instruction, file: &mut Dockerfile) {
    let Some(stage) = file.stages.last_mut() else { return };
    for word in &instruction.words {
        if let Some((name, value)) = word.pair() {
            let value = if word.is_open { Value::Given } else { Value::Known(value.to_owned()) };
            put(&mut stage.variables, name, value);
        }
    }
}

fn put(variables: &mut HashMap<String, Value>, name: &str, value: Value) {
    if variables.len() < VARIABLES_MAX || variables.contains_key(name) {
        variables.insert(name.to_owned(), value);
    }
}
