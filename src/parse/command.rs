//! The words of a shell command, wherever it is quoted: in a script, a document, a workflow, a list.
//!
//! A command ends where a shell would end it, or at the quote or backquote around it, and continues after `\` at
//! the end of a line and on lines that start with a flag. Nothing is expanded.

use crate::model::Span;

/// The longest command that is read, in bytes.
const LENGTH_MAX: usize = 8192;
/// How many bytes before a command are searched for the quote around it.
const BEFORE_MAX: usize = 1024;
/// The most words of a command.
const WORDS_MAX: usize = 256;

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Without the quotes.
    pub text: Vec<u8>,
    /// Its location, with its quotes.
    pub span: Span,
    /// True if it contains a variable, a template or a placeholder like `<image>`.
    pub expands: bool,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The words, the program first.
    pub words: Vec<Word>,
    /// The end of what was read.
    pub end: usize,
}

/// Each occurrence of `program` as a program: at the end of a path, with a version or a platform suffix, or alone.
pub fn programs<'a>(text: &'a [u8], program: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memchr::memmem::find_iter(text, program).filter(move |at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let behind = text.get(at + program.len());
        let starts = before.is_none_or(|byte| {
            !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'$' | b'{' | b'.' | b'<' | b'%')
        });
        starts && behind.is_some_and(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'='))
    })
}

/// True if the program at `at`, found by [`programs`], starts a command: not in a comment, not an argument of
/// another command such as `echo`.
#[must_use]
pub fn begins(text: &[u8], at: usize) -> bool {
    let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |line| line + 1);
    let before = &text[line..at];
    // The path of the program.
    let path = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"._/~-@".contains(byte))
        .count();
    let before = before[..before.len() - path].trim_ascii_end();
    // A command starts after `;`, `&&`, `|`, `(` or a backquote.
    let own =
        before.iter().rposition(|byte| b";&|(`{".contains(byte)).map_or(before, |end| &before[end + 1..]);
    if before.first() == Some(&b'#') || own.first() == Some(&b'#') {
        return false;
    }
    const LEADS: [&[u8]; 18] = [
        b"sudo", b"env", b"exec", b"command", b"time", b"nice", b"nohup", b"if", b"then", b"else", b"elif",
        b"while", b"until", b"do", b"!", b"&", b"-E", b"call",
    ];
    let mut words = own.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    words.all(|word| {
        let is_assignment = word.iter().position(|byte| *byte == b'=').is_some_and(|end| {
            end > 0
                && word[..end]
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b':'))
        });
        is_assignment || LEADS.contains(&word)
    })
}

/// Parses the command whose program starts at `at`, as found by [`programs`].
#[must_use]
pub fn read(text: &[u8], at: usize) -> Command {
    let text = &text[..text.len().min(at.saturating_add(LENGTH_MAX))];
    let outer = quote_around(text, at);
    let mut reader = Reader { text, at, outer, words: Vec::new() };
    let name = reader.name();
    let quoted = outer.filter(|quote| {
        text.get(reader.at) == Some(quote) && at.checked_sub(1).and_then(|at| text.get(at)) == Some(quote)
    });
    reader.words.push(name);
    if quoted.is_some() {
        reader.at += 1;
        reader.list();
    } else {
        reader.line();
    }
    Command { end: reader.at, words: reader.words }
}

/// Parses the word at `at`, as one of a command or within a quote.
#[must_use]
pub fn word(text: &[u8], at: usize) -> Word {
    let text = &text[..text.len().min(at.saturating_add(LENGTH_MAX))];
    let mut reader = Reader { text, at, outer: quote_around(text, at), words: Vec::new() };
    let mut word = Word { text: Vec::new(), span: Span::new(at, at), expands: false };
    // An unclosed quote gives what is there.
    let _ = reader.word(&mut word);
    word.span.end = reader.at;
    word
}

/// The quote around the byte at `at` on its line, if any.
fn quote_around(text: &[u8], at: usize) -> Option<u8> {
    let before = &text[at.saturating_sub(BEFORE_MAX)..at];
    // Before inline code there is prose, with apostrophes.
    let start = before.iter().rposition(|byte| matches!(byte, b'\n' | b'`')).map_or(0, |line| line + 1);
    let mut open = None;
    let mut escaped = false;
    for byte in &before[start..] {
        match (*byte, open) {
            _ if escaped => {
                escaped = false;
                continue;
            }
            (b'\\', _) => escaped = true,
            (b'"' | b'\'', None) => open = Some(*byte),
            (byte, Some(quote)) if byte == quote => open = None,
            _ => {}
        }
    }
    open
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    /// The quote that ends the command.
    outer: Option<u8>,
    words: Vec<Word>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The name of the program, with its path.
    fn name(&mut self) -> Word {
        let length = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"._:/@-".contains(byte))
            .count();
        let span = Span::new(self.at, self.at + length);
        self.at += length;
        Word { text: self.text[span.range()].to_vec(), span, expands: false }
    }

    /// Words as elements of a list of strings.
    fn list(&mut self) {
        while self.words.len() < WORDS_MAX {
            self.at += self.rest().iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
            let Some(quote @ (b'"' | b'\'')) = self.peek() else { return };
            let start = self.at;
            self.at += 1;
            let mut word = Word { text: Vec::new(), span: Span::new(start, start), expands: false };
            if self.quoted(quote, &mut word).is_none() {
                return;
            }
            word.span.end = self.at;
            self.words.push(word);
        }
    }

    /// Words as a shell splits them.
    fn line(&mut self) {
        while self.words.len() < WORDS_MAX {
            self.at += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            if let Some(next) = self.continued() {
                self.at = next;
                continue;
            }
            let Some(byte) = self.peek() else { return };
            let ends = matches!(byte, b'\n' | b'\r' | b';' | b'|' | b'&' | b')' | b'`' | b'#');
            if ends || Some(byte) == self.outer {
                return;
            }
            let start = self.at;
            let mut word = Word { text: Vec::new(), span: Span::new(start, start), expands: false };
            let whole = self.word(&mut word);
            word.span.end = self.at;
            if self.at == start {
                return;
            }
            self.words.push(word);
            if whole.is_none() {
                return;
            }
        }
    }

    /// Where the command continues, if its line ends here.
    fn continued(&self) -> Option<usize> {
        let rest = self.rest();
        let mark = matches!(rest.first(), Some(b'\\' | b'`' | b'^'));
        let behind = rest.get(usize::from(mark)..)?;
        let blanks = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        if behind.get(blanks) != Some(&b'\n') {
            return None;
        }
        let mut next = self.at + usize::from(mark) + blanks + 1;
        let skip = |at: usize, of: &[u8]| {
            at + self.text.get(at..).unwrap_or_default().iter().take_while(|byte| of.contains(byte)).count()
        };
        // The line may be commented out or quoted, or a list item.
        next = skip(skip(skip(next, b" \t"), b"#/*>"), b" \t");
        if mark {
            return Some(next);
        }
        let item =
            if self.text.get(next..).is_some_and(|rest| rest.starts_with(b"- ")) { next + 2 } else { next };
        let flag = self.text.get(item..)?;
        let bare = flag.strip_prefix(b"\"").or(flag.strip_prefix(b"'")).unwrap_or(flag);
        let is_flag = bare.starts_with(b"--") && bare.get(2).is_some_and(u8::is_ascii_alphabetic);
        is_flag.then_some(item)
    }

    /// Reads one word. `None` if a quote in it is unclosed.
    fn word(&mut self, word: &mut Word) -> Option<()> {
        while let Some(byte) = self.peek() {
            match byte {
                _ if Some(byte) == self.outer => return Some(()),
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b')' | b'`' => return Some(()),
                b'&' if !word.text.ends_with(b">") => return Some(()),
                b'"' | b'\'' => {
                    self.at += 1;
                    self.quoted(byte, word)?;
                }
                b'\\' => match self.text.get(self.at + 1) {
                    // The end of the line.
                    None | Some(b'\n' | b'\r') => return Some(()),
                    // A quote within a quote.
                    Some(b'"' | b'\'') => self.at += 2,
                    Some(other) => {
                        word.text.push(*other);
                        self.at += 2;
                    }
                },
                _ => self.plain(byte, word),
            }
        }
        Some(())
    }

    /// Reads to the end of a string, which must be near.
    fn quoted(&mut self, quote: u8, word: &mut Word) -> Option<()> {
        while let Some(byte) = self.peek() {
            match byte {
                _ if byte == quote => {
                    self.at += 1;
                    return Some(());
                }
                b'\n' if self.text.get(self.at + 1) == Some(&b'\n') => return None,
                b'\\' if quote == b'"' => {
                    let next = *self.text.get(self.at + 1)?;
                    // Only these are escapes in there.
                    if !matches!(next, b'"' | b'\\' | b'$' | b'`' | b'\n') {
                        word.text.push(b'\\');
                    }
                    word.text.push(next);
                    self.at += 2;
                }
                _ => self.plain(byte, word),
            }
        }
        None
    }

    /// Reads a byte, or a whole template.
    fn plain(&mut self, byte: u8, word: &mut Word) {
        let rest = self.rest();
        let next = rest.get(1).copied().unwrap_or(b' ');
        let close: Option<&[u8]> = match (byte, next) {
            (b'$', b'{') if rest.starts_with(b"${{") => Some(b"}}"),
            (b'{', b'{') => Some(b"}}"),
            (b'$', b'{') => Some(b"}"),
            (b'$', b'(') => Some(b")"),
            (b'<', next) if next.is_ascii_alphabetic() => Some(b">"),
            (b'$', next) if next.is_ascii_alphabetic() || matches!(next, b'_' | b'$') => Some(b""),
            _ => None,
        };
        let length = close.map_or(1, |close| {
            let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let end = memchr::memmem::find(&rest[..line], close).map_or(1, |end| end + close.len());
            end.max(1)
        });
        word.expands |= close.is_some();
        word.text.extend_from_slice(&rest[..length]);
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let at = programs(text.as_bytes(), b"tool").next().expect("there is one");
        let command = read(text.as_bytes(), at);
        command.words.iter().map(|word| String::from_utf8_lossy(&word.text).into_owned()).collect()
    }

    #[test]
    fn lines_go_on() {
        let wanted = ["tool", "do", "--a", "b c", "--d=.*", "x"];
        for text in [
            "$ tool do --a 'b c' --d=.* x\nnext",
            "tool do \\\n  --a 'b c' \\\r\n  --d='.*' x; other",
            "run: >-\n  tool do\n  --a \"b c\"\n  --d=\".*\" x\n\n  other",
            "# tool do \\\n#   --a 'b c' \\\n#   --d '' --e".replace("--d '' --e", "--d=.* x").as_str(),
            "see `tool do --a 'b c' --d=.* x` there",
            "don't `tool do --a 'b c' --d=.* x`",
            "sh -c \"tool do --a 'b c' --d=.* x\" y",
            "{\"run\": \"tool do --a 'b c' --d=\\\".*\\\" x\"}",
            "if (tool do --a 'b c' --d=.* x) | cat",
            "RUN [\"tool\", \"do\", \"--a\", \"b c\",\n \"--d=.*\", \"x\"]",
            "tool do `\n  --a 'b c' `\n  --d=.* x",
            "- tool do\n- --a 'b c'\n- --d=.* x",
        ] {
            assert_eq!(words(text), wanted, "{text}");
        }
    }

    #[test]
    fn commands_begin_where_a_shell_has_them() {
        let is_begin = |text: &str| {
            let at = programs(text.as_bytes(), b"tool").next().expect("there is one");
            begins(text.as_bytes(), at)
        };
        for text in [
            "tool x",
            "a\n  tool x",
            "sudo -E /usr/bin/tool x",
            "A=b C=\"$d\" tool x",
            "cd a && tool x",
            "a | tool x",
            "x=$(tool x)",
            "if ! tool x; then",
        ] {
            assert!(is_begin(text), "{text}");
        }
        for text in ["# tool x", "echo tool x", "echo \"run tool x\"", "a # see tool x", "a; # tool x"] {
            assert!(!is_begin(text), "{text}");
        }
    }

    #[test]
    fn names_are_programs() {
        let text = b"/usr/bin/tool x; tools; mytool; $tool; tool-linux-amd64 y; (tool) <tool> tool=1";
        let found: Vec<_> = programs(text, b"tool").map(|at| read(text, at).words.len()).collect();
        assert_eq!(found, [2, 2, 1]);
        assert_eq!(words("registry/tool:v1@sha256:ab do"), ["tool:v1@sha256:ab", "do"]);
    }

    #[test]
    fn what_expands_is_told() {
        let text = b"tool a$ $a \"${b c}\" ${{ d }} {{ e }} $(f) <g h> '$' x";
        let command = read(text, 0);
        let expands: Vec<bool> = command.words.iter().map(|word| word.expands).collect();
        assert_eq!(expands, [false, false, true, true, true, true, true, true, false, false]);
    }

    #[test]
    fn ends_are_kept() {
        assert_eq!(words("tool do 'it never ends"), ["tool", "do", "it never ends"]);
        assert_eq!(words("tool a\n\nb"), ["tool", "a"]);
        assert_eq!(words("tool a && b"), ["tool", "a"]);
        assert_eq!(words("tool a 2>&1 --b"), ["tool", "a", "2>&1", "--b"]);
        let long = format!("tool {}", "a ".repeat(100_000));
        assert_eq!(words(&long).len(), WORDS_MAX);
    }
}
