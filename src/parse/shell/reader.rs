//! Parses a script: lists, pipes, words, redirections and substitutions.

use super::{COUNT_MAX, Command, DEPTH_MAX, RESERVED, WORDS_MAX, Word, is_assignment};

pub(super) struct Reader<'a> {
    script: &'a str,
    at: usize,
    depth: usize,
    all: &'a mut Vec<Command>,
    /// Here-documents whose body follows, with whether tabs are stripped.
    pending: Vec<(String, bool)>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(script: &'a str, depth: usize, all: &'a mut Vec<Command>) -> Self {
        Self { script, at: 0, depth, all, pending: Vec::new() }
    }

    /// Reads all of it.
    pub(super) fn all(mut self) {
        while self.at < self.script.len() && self.all.len() < COUNT_MAX {
            self.list(None, None);
            // An unmatched bracket separates commands.
            self.at += self.peek().map_or(0, char::len_utf8);
        }
    }

    fn rest(&self) -> &str {
        self.script.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Reads commands up to `close`, which is not consumed.
    fn list(&mut self, close: Option<char>, inside: Option<usize>) {
        let mut fed_by: Vec<usize> = Vec::new();
        while self.all.len() < COUNT_MAX {
            let number = self.all.len();
            self.all.push(Command { inside, range: self.at..self.at, ..Command::default() });
            self.command(number, close);
            let is_empty = {
                let command = &self.all[number];
                command.words.is_empty() && command.assignments.is_empty() && command.into.is_empty()
            };
            if !is_empty {
                for before in fed_by.drain(..) {
                    self.all[before].feeds = Some(number);
                }
            }
            let is_last = is_empty && number + 1 == self.all.len();
            if is_last {
                self.all.pop();
            }
            let rest = self.rest();
            match rest.chars().next() {
                None => return,
                next if next == close => return,
                Some('|') if !rest.starts_with("||") => {
                    self.at += if rest.starts_with("|&") { 2 } else { 1 };
                    if !is_last {
                        fed_by.push(number);
                    }
                    continue;
                }
                Some('\n') => {
                    self.at += 1;
                    self.heredoc_texts();
                    // A pipe continues on the next line.
                    continue;
                }
                Some('(') if self.depth < DEPTH_MAX => {
                    self.at += 1;
                    self.depth += 1;
                    let first = self.all.len();
                    self.list(Some(')'), inside);
                    self.depth -= 1;
                    self.at += usize::from(self.peek() == Some(')'));
                    let rest = self.rest().trim_start_matches([' ', '\t']);
                    if rest.starts_with('|') && !rest.starts_with("||") {
                        // The output of a group is piped as a whole.
                        let group = first..self.all.len();
                        let is_open = |one: &Command| one.feeds.is_none() && one.inside == inside;
                        fed_by = group.filter(|number| is_open(&self.all[*number])).collect();
                        self.at = self.script.len() - rest.len() + if rest.starts_with("|&") { 2 } else { 1 };
                        continue;
                    }
                }
                Some(';' | '&' | '(') => self.at += 1,
                Some('|') => self.at += 2,
                // Unmatched.
                Some(other) => {
                    if self.depth > 0 {
                        return;
                    }
                    self.at += other.len_utf8();
                }
            }
            fed_by.clear();
        }
    }

    /// Skips the bodies of here-documents, which start on this line.
    fn heredoc_texts(&mut self) {
        for (name, strips) in std::mem::take(&mut self.pending) {
            while self.at < self.script.len() {
                let rest = self.rest();
                let length = rest.find('\n').unwrap_or(rest.len());
                let line = &rest[..length];
                let line = if strips { line.trim_start_matches('\t') } else { line };
                let is_end = line == name;
                self.at += (length + 1).min(rest.len());
                if is_end {
                    break;
                }
            }
        }
    }

    /// Reads the words of one command.
    fn command(&mut self, number: usize, close: Option<char>) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
            self.at += blanks;
            let rest = self.rest();
            if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
                self.at += rest.find('\n').map_or(1, |end| end + 1);
                continue;
            }
            let Some(next) = rest.chars().next() else { break };
            if Some(next) == close || self.all[number].words.len() >= WORDS_MAX {
                break;
            }
            match next {
                '#' => {
                    self.at += rest.find('\n').unwrap_or(rest.len());
                    break;
                }
                '<' | '>' if !rest[1..].starts_with('(') => {
                    self.redirection(number, close);
                    continue;
                }
                // `&>file`
                '&' if rest[1..].starts_with('>') => {
                    self.at += 1;
                    self.redirection(number, close);
                    continue;
                }
                '\n' | ';' | '&' | '|' | '(' | ')' => break,
                _ => {}
            }
            let start = self.at;
            let word = self.word(number, close);
            if self.at == start {
                break;
            }
            // A file descriptor number.
            if word.text.bytes().all(|byte| byte.is_ascii_digit()) && self.rest().starts_with(['<', '>']) {
                continue;
            }
            let command = &mut self.all[number];
            if command.words.is_empty()
                && command.assignments.is_empty()
                && !is_quoted(self.script, &word)
                && RESERVED.contains(&word.text.as_str())
            {
                continue;
            }
            if command.words.is_empty() && command.assignments.is_empty() {
                command.range.start = start;
            }
            command.range.end = self.at;
            if command.words.is_empty() && is_assignment(&word.text) {
                command.assignments.push(word);
            } else {
                command.words.push(word);
            }
        }
    }

    fn redirection(&mut self, number: usize, close: Option<char>) {
        let rest = self.rest();
        let operator = ["<<<", "<<-", "<<", ">>", ">&", "<&", ">|", "<>", "<", ">"]
            .into_iter()
            .find(|operator| rest.starts_with(operator))
            .unwrap_or("<");
        self.at += operator.len();
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let start = self.at;
        let word = self.word(number, close);
        let command = &mut self.all[number];
        if self.at > start {
            command.range.end = self.at;
        }
        match operator {
            "<<" | "<<-" if !word.text.is_empty() => {
                command.heredocs.push(word.text.clone());
                self.pending.push((word.text, operator == "<<-"));
            }
            "<<<" => command.reads.push(word),
            "<" if word.text.starts_with("<(") => command.reads.push(word),
            ">" | ">>" | ">|" if !word.text.is_empty() => command.into.push(word),
            _ => {}
        }
    }

    /// Reads one word; substitutions in it are commands of their own.
    fn word(&mut self, number: usize, close: Option<char>) -> Word {
        let start = self.at;
        let mut word = Word { text: String::new(), range: start..start, is_open: false };
        while let Some(next) = self.peek() {
            let rest = self.rest();
            match next {
                _ if Some(next) == close && next == '`' => break,
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | ')' => break,
                '<' | '>' if rest[1..].starts_with('(') && word.text.is_empty() => {
                    self.substitution(2, ')', number, &mut word);
                }
                '(' | '<' | '>' => break,
                '\\' => {
                    self.at += 1;
                    if let Some(escaped) = self.peek() {
                        self.at += escaped.len_utf8();
                        if escaped != '\n' {
                            word.text.push(escaped);
                        }
                    }
                }
                '\'' => {
                    let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
                    word.text.push_str(rest[1..end].strip_suffix('\'').unwrap_or(&rest[1..end]));
                    self.at += end;
                }
                '"' => {
                    self.at += 1;
                    self.quoted(number, &mut word);
                }
                _ => self.plain(next, number, &mut word),
            }
        }
        word.range.end = self.at;
        word
    }

    fn quoted(&mut self, number: usize, word: &mut Word) {
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => {
                    self.at += 1;
                    let Some(escaped) = self.peek() else { return };
                    self.at += escaped.len_utf8();
                    if !matches!(escaped, '"' | '\\' | '$' | '`' | '\n') {
                        word.text.push('\\');
                    }
                    if escaped != '\n' {
                        word.text.push(escaped);
                    }
                }
                _ => self.plain(next, number, word),
            }
        }
    }

    /// Reads a character, a variable or a substitution.
    fn plain(&mut self, next: char, number: usize, word: &mut Word) {
        let rest = self.rest();
        match next {
            '`' => self.substitution(1, '`', number, word),
            '$' if rest.starts_with("$((") => {
                let end = closing(rest, [b'(', b')']);
                word.text.push_str(&rest[..end]);
                word.is_open = true;
                self.at += end;
            }
            '$' if rest.starts_with("$(") => self.substitution(2, ')', number, word),
            '$' if rest.starts_with("${") => {
                let end = closing(rest, [b'{', b'}']);
                word.text.push_str(&rest[..end]);
                word.is_open = true;
                self.at += end;
            }
            _ => {
                word.is_open |= next == '$'
                    && rest[1..]
                        .starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '*'));
                word.text.push(next);
                self.at += next.len_utf8();
            }
        }
    }

    /// Reads the commands of a substitution, which opens with `open` bytes.
    fn substitution(&mut self, open: usize, close: char, number: usize, word: &mut Word) {
        let start = self.at;
        self.at += open;
        word.is_open = true;
        if self.depth < DEPTH_MAX {
            self.depth += 1;
            self.list(Some(close), Some(number));
            self.depth -= 1;
        }
        if self.peek() == Some(close) {
            self.at += 1;
        }
        word.text.push_str(self.script.get(start..self.at).unwrap_or_default());
    }
}

/// The end of the `${…}` or `$((…))` at the start of `rest`: at the end of its line, if not before.
fn closing(rest: &str, [open, close]: [u8; 2]) -> usize {
    let mut depth = 0;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            byte if byte == open => depth += 1,
            byte if byte == close => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b'\n' => return at,
            _ => {}
        }
    }
    rest.len()
}

fn is_quoted(script: &str, word: &Word) -> bool {
    script.get(word.range.clone()).is_some_and(|raw| raw.starts_with(['"', '\'']))
}
