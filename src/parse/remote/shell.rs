//! Parses a shell script into commands, pipes and substitutions. Nothing is expanded; unknown syntax becomes a
//! word.
//!
//! It covers what Unix shells, PowerShell and `cmd` have in common: a backslash before a letter is part of a path.

/// The longest script that is parsed, in bytes.
const LENGTH_MAX: usize = 64 << 10;
/// The most commands of one script, including nested ones.
const COMMANDS_MAX: usize = 2000;
/// How many bytes of a substitution are kept as text.
const INNER_MAX: usize = 200;
/// The deepest nesting of substitutions.
const DEPTH_MAX: usize = 16;

/// A command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The words, the program first.
    pub(super) words: Vec<Word>,
    /// True if its input is the previous command's output.
    pub(super) piped: bool,
}

/// A word of a command, without its quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// The commands substituted into it: `$(…)`, `` `…` ``, `<(…)`, and `(…)` of PowerShell.
    pub(super) inner: Vec<Command>,
}

/// The commands of `script`, in order.
pub(super) fn commands(script: &str) -> Vec<Command> {
    let script = &script[..script.floor_char_boundary(LENGTH_MAX)];
    let mut reader = Reader { rest: script, left: COMMANDS_MAX };
    let mut commands = reader.list(None, 0);
    // An unmatched bracket does not end the script.
    while !reader.rest.is_empty() && reader.left > 0 {
        reader.rest = &reader.rest[reader.rest.chars().next().map_or(1, char::len_utf8)..];
        commands.extend(reader.list(None, 0));
    }
    commands
}

struct Reader<'a> {
    rest: &'a str,
    left: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let char = self.rest.chars().next()?;
        self.rest = &self.rest[char.len_utf8()..];
        Some(char)
    }

    /// Commands up to `end`, which is consumed.
    fn list(&mut self, end: Option<char>, depth: usize) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut command = Command::default();
        let close = |command: &mut Command, commands: &mut Vec<Command>| {
            let done = std::mem::take(command);
            if !done.words.is_empty() {
                commands.push(done);
            }
        };
        while let Some(char) = self.rest.chars().next() {
            if self.left == 0 {
                self.rest = "";
                break;
            }
            match char {
                _ if Some(char) == end => {
                    self.next();
                    break;
                }
                ')' => break,
                '\\' | '^' if self.goes_on() => {}
                ' ' | '\t' | '\r' => drop(self.next()),
                '\n' | ';' => {
                    self.next();
                    close(&mut command, &mut commands);
                }
                '&' => {
                    self.next();
                    // `2>&1` is read as a word.
                    if self.rest.starts_with('&') {
                        self.next();
                    }
                    close(&mut command, &mut commands);
                }
                '|' => {
                    self.next();
                    let is_or = self.rest.starts_with('|');
                    if is_or || self.rest.starts_with('&') {
                        self.next();
                    }
                    let had = !command.words.is_empty() || !commands.is_empty();
                    close(&mut command, &mut commands);
                    command.piped = had && !is_or;
                    // A pipe may end its line.
                    self.rest = self.rest.trim_start();
                }
                '#' => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.rest = &self.rest[end..];
                }
                _ => {
                    self.left -= 1;
                    let word = self.word(end, depth);
                    command.words.push(word);
                }
            }
        }
        close(&mut command, &mut commands);
        commands
    }

    /// Consumes a line continuation, if there is one.
    fn goes_on(&mut self) -> bool {
        let behind = self.rest[1..].strip_prefix('\r').unwrap_or(&self.rest[1..]);
        let next = behind.strip_prefix('\n');
        self.rest = next.unwrap_or(self.rest);
        next.is_some()
    }

    fn word(&mut self, end: Option<char>, depth: usize) -> Word {
        let mut word = Word::default();
        let start = self.rest.len();
        while let Some(char) = self.rest.chars().next() {
            match char {
                _ if Some(char) == end => break,
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | ')' => break,
                '&' if word.text.ends_with('>') => drop(self.next()),
                '&' => break,
                '\'' => {
                    self.next();
                    let close = self.rest.find('\'').unwrap_or(self.rest.len());
                    word.text.push_str(&self.rest[..close]);
                    self.rest = self.rest.get(close + 1..).unwrap_or("");
                }
                '"' => {
                    self.next();
                    self.quoted(&mut word, depth);
                }
                '(' => {
                    self.next();
                    self.substitution(&mut word, ')', depth);
                }
                '`' => {
                    self.next();
                    // In PowerShell it escapes the end of a line.
                    if self.rest.starts_with(['\n', '\r']) {
                        self.rest = self.rest.trim_start();
                        if !word.text.is_empty() {
                            break;
                        }
                    } else {
                        self.substitution(&mut word, '`', depth);
                    }
                }
                '\\' => {
                    self.next();
                    match self.rest.chars().next() {
                        Some(next) if next.is_alphanumeric() || matches!(next, '.' | '_' | '%' | '-') => {
                            word.text.push('\\');
                        }
                        Some(_) => word.text.extend(self.next()),
                        None => word.text.push('\\'),
                    }
                }
                _ => word.text.extend(self.next()),
            }
        }
        if self.rest.len() == start {
            // Skip it, whatever it is.
            self.next();
        }
        word
    }

    /// Reads to the end of a double-quoted string.
    fn quoted(&mut self, word: &mut Word, depth: usize) {
        while let Some(char) = self.next() {
            match char {
                '"' => return,
                '\\' => match self.rest.chars().next() {
                    Some('"' | '\\' | '$' | '`') => word.text.extend(self.next()),
                    _ => word.text.push('\\'),
                },
                '$' if self.rest.starts_with('(') => {
                    self.next();
                    self.substitution(word, ')', depth);
                }
                '`' => self.substitution(word, '`', depth),
                _ => word.text.push(char),
            }
        }
    }

    /// Reads commands within a word.
    fn substitution(&mut self, word: &mut Word, close: char, depth: usize) {
        if depth >= DEPTH_MAX || self.left == 0 {
            self.left = 0;
            return;
        }
        if close == '`' && !self.rest.contains('`') {
            word.text.push('`');
            return;
        }
        let before = self.rest;
        let inner = self.list(Some(close), depth + 1);
        let length = before.len() - self.rest.len();
        word.inner.extend(inner);
        // Its text may identify what is called.
        word.text.push('(');
        word.text.push_str(&before[..before.floor_char_boundary(length.min(INNER_MAX))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(commands: &[Command]) -> String {
        let word = |word: &Word| match word.inner.is_empty() {
            true => word.text.clone(),
            false => format!("<{}>", shown(&word.inner)),
        };
        let one = |command: &Command| {
            let words: Vec<String> = command.words.iter().map(word).collect();
            format!("{}{}", if command.piped { "| " } else { "" }, words.join(" "))
        };
        commands.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn commands_are_taken_apart() {
        for (script, wanted) in [
            ("curl -s 'a b' | sh", "curl -s a b; | sh"),
            ("a && b || c; d & e", "a; b; c; d; e"),
            ("a |\n  b", "a; | b"),
            ("a \\\n  b ^\r\n c", "a b c"),
            ("bash -c \"$(curl x)\" y", "bash -c <curl x> y"),
            ("eval `a b`; sh <(curl x | y)", "eval <a b>; sh <curl x; | y>"),
            ("iex (irm x)", "iex <irm x>"),
            ("(cd a && b) | c", "<cd a; b>; | c"),
            ("node .vscode\\.cache\\x.mjs # c\nd", "node .vscode\\.cache\\x.mjs; d"),
            ("a 2>&1 \"b\\\"c\"", "a 2>1 b\"c"),
            ("a) b", "a; b"),
        ] {
            assert_eq!(shown(&commands(script)), wanted, "{script}");
        }
    }

    #[test]
    fn hostile_scripts_are_bounded() {
        for part in ["$(", "`", "(", "a|", "\"$(", "<(a", "' ", ")"] {
            let _ = commands(&part.repeat(100_000));
        }
    }
}
