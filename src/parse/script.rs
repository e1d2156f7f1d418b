//! The programs that a shell script starts, with their locations. Nothing is expanded.

/// The most programs of one script.
const COUNT_MAX: usize = 1000;
/// The longest command that is parsed, in bytes: each may contain the start of the next one.
const COMMAND_MAX: usize = 4 << 10;

/// A program in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program<'a> {
    /// The offset of its name in the script.
    pub at: usize,
    /// The name as written, with its path and without quotes.
    pub name: &'a str,
    /// The rest of its command: to the end of the line, including continuation lines.
    pub rest: &'a str,
}

impl<'a> Program<'a> {
    /// The last part of its path, without `.exe`.
    #[must_use]
    pub fn base(&self) -> &'a str {
        let base = self.name.rsplit(['/', '\\']).next().unwrap_or(self.name);
        base.strip_suffix(".exe").unwrap_or(base)
    }

    /// The words after it, split at blanks outside of `${{ … }}`, without quotes.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut rest = self.rest;
        let mut may_close = true;
        let next = move || {
            rest = rest.trim_start();
            let mut end = 0;
            while end < rest.len() && !rest[end..].starts_with(char::is_whitespace) {
                let is_open = may_close && rest[end..].starts_with("${{");
                let close = if is_open { rest[end..].find("}}") } else { None };
                may_close &= !is_open || close.is_some();
                end += close
                    .map_or_else(|| rest[end..].chars().next().map_or(1, char::len_utf8), |close| close + 2);
            }
            let (word, behind) = rest.split_at(end);
            rest = behind;
            (!word.is_empty()).then_some(word)
        };
        std::iter::from_fn(next).map(|word| word.trim_matches(['"', '\''])).filter(|word| *word != "\\")
    }
}

/// The programs that `script` starts, in order. Comments and here-documents may be included where only a shell
/// could recognise them.
pub fn programs(script: &str) -> impl Iterator<Item = Program<'_>> {
    let starts = commands(script);
    starts.into_iter().filter_map(move |at| program(script, at)).take(COUNT_MAX)
}

/// Where commands may start: at the start of a line that is not a continuation, and after command separators.
fn commands(script: &str) -> Vec<usize> {
    let bytes = script.as_bytes();
    let mut starts = vec![0];
    let mut quote = None;
    let mut may_close = true;
    let mut at = 0;
    while at < bytes.len() && starts.len() < COUNT_MAX {
        let byte = bytes[at];
        match (byte, quote) {
            (b'\\' | b'^', None | Some(b'"')) => at += 1,
            // An expression is not part of a command.
            (b'$', _) if may_close && script[at..].starts_with("${{") => {
                let end = script[at..].find("}}");
                may_close = end.is_some();
                at += end.map_or(2, |end| end + 1);
            }
            (b'$', None | Some(b'"')) if bytes.get(at + 1) == Some(&b'(') => {
                starts.push(at + 2);
                at += 1;
            }
            (b'$', _) if bytes.get(at + 1) == Some(&b'{') => at += 1,
            (b'\'', None) if !is_apostrophe(bytes, at) => quote = Some(b'\''),
            (b'\'', Some(b'\'')) => quote = None,
            (b'"', None) => quote = Some(b'"'),
            (b'"', Some(b'"')) => quote = None,
            (b'`', None | Some(b'"')) => starts.push(at + 1),
            (b'#', None) if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                starts.push((at + 1).min(bytes.len()));
            }
            (b'\n' | b';' | b'|' | b'&' | b'(' | b'{', None) => starts.push(at + 1),
            _ => {}
        }
        at += 1;
    }
    starts
}

/// True for a quote in the middle of a word, as in `don't`.
fn is_apostrophe(bytes: &[u8], at: usize) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    is_letter(at.checked_sub(1).and_then(|before| bytes.get(before))) && is_letter(bytes.get(at + 1))
}

/// The program of the command at `at`, without wrappers and variables before it.
fn program(script: &str, at: usize) -> Option<Program<'_>> {
    /// Words before a command.
    const BEFORE: [&str; 22] = [
        "if", "then", "else", "elif", "while", "until", "do", "!", "sudo", "time", "exec", "command",
        "nohup", "env", "xargs", "eval", "builtin", "timeout", "nice", "stdbuf", "yes", "call",
    ];
    let mut at = at;
    for _ in 0..8 {
        let rest = script.get(at..)?;
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        at += blanks;
        let rest = &rest[blanks..];
        let end = rest.find(|c: char| c.is_whitespace() || ";|&()`<>".contains(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.is_empty() || word.starts_with('#') {
            return None;
        }
        let is_variable = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let is_before = BEFORE.contains(&word);
        if is_variable && (word.contains("$(") || rest[end..].starts_with('(') || word.ends_with('=')) {
            return None;
        }
        let is_option = at > 0 && word.starts_with('-')
            || word.bytes().all(|b| b.is_ascii_digit() || b"smh".contains(&b));
        if !is_variable && !is_before && !is_option {
            let name = word.trim_matches(['"', '\'']);
            return (!name.is_empty()).then(|| Program { at, name, rest: command(&rest[end..]) });
        }
        at += end;
    }
    None
}

/// The part of `text` that belongs to its first command: to the end of the line, including continuation lines.
fn command(text: &str) -> &str {
    let text = &text[..text.floor_char_boundary(COMMAND_MAX)];
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with(['\\', '`', '^']) {
            break;
        }
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_where_commands_start() {
        let script = "set -e; A=b make all && ./x.sh | tee y\nif ! sudo npm ci; then echo 'no; npm'; fi\n# npm i\nV=$(git log) # cargo\n(cd a && cargo test)\ncurl \\\n  -d x\necho \"`whoami` $(id)\"\necho don't; go build\n";
        let names: Vec<&str> = programs(script).map(|one| one.name).collect();
        let wanted = [
            "set", "make", "./x.sh", "tee", "npm", "echo", "fi", "git", "cd", "cargo", "curl", "echo",
            "whoami", "id", "echo", "go",
        ];
        let found: Vec<&str> = names.into_iter().filter(|name| wanted.contains(name)).collect();
        assert_eq!(found, wanted);
        let inner: Vec<&str> = programs("URL=https://a-${ID}-b.sh x=${A:-b}").map(|one| one.name).collect();
        assert!(inner.is_empty(), "{inner:?}");
        let curl = programs(script).find(|one| one.base() == "curl").expect("there");
        assert_eq!(curl.words().collect::<Vec<_>>(), ["-d", "x"]);
    }

    #[test]
    fn hostile_scripts_are_bounded() {
        assert!(programs(&";".repeat(100_000)).count() <= COUNT_MAX);
        assert!(programs(&"$(".repeat(100_000)).count() <= COUNT_MAX);
        assert_eq!(programs("é; 'ü\\").count(), 2);
        let script = format!("a {}", "${{ ".repeat(50_000));
        let lengths: Vec<usize> = programs(&script).map(|one| one.rest.len()).collect();
        assert!(lengths.len() <= COUNT_MAX && lengths.iter().all(|length| *length <= COMMAND_MAX));
    }
}
