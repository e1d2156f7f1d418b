//! The commands of a POSIX shell script and their connections: pipes, substitutions, here-documents. Nothing is
//! expanded. Other languages are parsed as far as they look like shell.

mod reader;

use std::ops::Range;

use reader::Reader;

/// The most commands of one script.
const COUNT_MAX: usize = 2000;
/// The most words of one command.
const WORDS_MAX: usize = 500;
/// The deepest nesting of substitutions and scripts in strings.
const DEPTH_MAX: usize = 8;
/// The longest script that is read, in bytes.
const LENGTH_MAX: usize = 256 << 10;

/// A command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words, the program first; without variables before it, and redirections.
    pub words: Vec<Word>,
    /// `name=value` before it.
    pub assignments: Vec<Word>,
    /// Files that its output goes to.
    pub into: Vec<Word>,
    /// Texts that it reads: here-strings, and process substitutions.
    pub reads: Vec<Word>,
    /// The names of its here-documents.
    pub heredocs: Vec<String>,
    /// The command that its output is piped to, by index.
    pub feeds: Option<usize>,
    /// The command whose word it is substituted into, by index.
    pub inside: Option<usize>,
    /// Its full extent.
    pub range: Range<usize>,
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Without its quotes; variables and substitutions unexpanded.
    pub text: String,
    /// Its location in the script, with its quotes.
    pub range: Range<usize>,
    /// True if it contains a variable or a substitution.
    pub is_open: bool,
}

/// Programs that run another program, with their options that take a value.
const WRAPPERS: [(&str, &[&str]); 16] = [
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-T", "-r", "-t", "-U", "-D", "--user", "--group", "--chdir"]),
    ("doas", &["-u", "-C"]),
    ("env", &["-u", "-C", "-S", "--unset", "--chdir"]),
    ("exec", &["-a"]),
    ("command", &[]),
    ("builtin", &[]),
    ("time", &["-f", "-o"]),
    ("nice", &["-n"]),
    ("ionice", &["-c", "-n"]),
    ("nohup", &[]),
    ("stdbuf", &["-i", "-o", "-e"]),
    ("timeout", &["-k", "-s"]),
    ("xargs", &["-n", "-P", "-I", "-L", "-d", "-a", "-s"]),
    ("retry", &[]),
    ("tini", &[]),
    ("dumb-init", &[]),
];
/// Words before a command.
const RESERVED: [&str; 12] =
    ["if", "then", "else", "elif", "while", "until", "do", "!", "{", "}", "fi", "done"];

/// The last part of a path, without `.exe`.
fn base(path: &str) -> &str {
    let base = path.rsplit(['/', '\\']).next().unwrap_or(path);
    base.strip_suffix(".exe").unwrap_or(base)
}

impl Command {
    /// The index of the word that names the program, after `sudo`, `env` and similar.
    fn program(&self) -> usize {
        let mut at = 0;
        for _ in 0..6 {
            let Some(word) = self.words.get(at) else { return 0 };
            let wrapper = WRAPPERS.iter().find(|(name, _)| *name == base(&word.text));
            let Some((name, valued)) = wrapper else { return at };
            let mut next = at + 1;
            while let Some(word) = self.words.get(next) {
                let text = word.text.as_str();
                next += match text {
                    "--" => {
                        next += 1;
                        break;
                    }
                    _ if valued.contains(&text) || is_group_with_value(text, valued) => 2,
                    _ if text.starts_with('-') && text.len() > 1 => 1,
                    _ if *name == "env" && text.contains('=') || *name == "sudo" && is_assignment(text) => 1,
                    _ if *name == "timeout" && text.starts_with(|c: char| c.is_ascii_digit()) => 1,
                    _ => break,
                };
            }
            if next >= self.words.len() {
                return at;
            }
            at = next;
        }
        at
    }

    /// The name of the program, without its path; empty if there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.words.get(self.program()).map_or("", |word| base(&word.text))
    }

    /// The word that names the program.
    #[must_use]
    pub fn name_word(&self) -> Option<&Word> {
        self.words.get(self.program())
    }

    /// The words after the program.
    #[must_use]
    pub fn arguments(&self) -> &[Word] {
        self.words.get(self.program() + 1..).unwrap_or_default()
    }

    /// The wrapper `name`, such as `sudo`, if present.
    #[must_use]
    pub fn wrapper(&self, name: &str) -> Option<&Word> {
        self.words.iter().take(self.program() + 1).find(|word| base(&word.text) == name)
    }

    /// True if an argument is one of `flags`, with or without a value after `=`, or a group of short flags that
    /// contains it: `-sSLk`.
    #[must_use]
    pub fn flag(&self, flags: &[&str]) -> Option<&Word> {
        self.arguments().iter().find(|word| {
            let text = word.text.as_str();
            flags.iter().any(|flag| {
                let letter = flag.strip_prefix('-').filter(|rest| rest.len() == 1);
                let is_group = text.starts_with('-') && !text.starts_with("--") && text.len() > 1;
                match letter {
                    Some(letter) if is_group => text[1..]
                        .bytes()
                        .take_while(u8::is_ascii_alphabetic)
                        .any(|one| one == letter.as_bytes()[0]),
                    Some(_) => false,
                    None => {
                        text == *flag || text.strip_prefix(flag).is_some_and(|rest| rest.starts_with('='))
                    }
                }
            })
        })
    }
}

/// True for `-su`, whose last letter takes a value.
fn is_group_with_value(text: &str, valued: &[&str]) -> bool {
    let letters =
        text.strip_prefix('-').filter(|rest| rest.len() > 1 && rest.bytes().all(|b| b.is_ascii_alphabetic()));
    letters
        .and_then(|rest| rest.chars().next_back())
        .is_some_and(|last| valued.iter().any(|option| option.len() == 2 && option.ends_with(last)))
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The commands of `script`, in order; including substitutions, and scripts passed to a shell by `-c`.
#[must_use]
pub fn commands(script: &str) -> Vec<Command> {
    let script = &script[..script.floor_char_boundary(LENGTH_MAX)];
    let mut all = Vec::new();
    read(script, 0, &mut all);
    all
}

fn read(script: &str, depth: usize, all: &mut Vec<Command>) {
    let from = all.len();
    Reader::new(script, depth, all).all();
    if depth < DEPTH_MAX {
        let to = all.len();
        for number in from..to {
            let Some(inner) = in_string(script, &all[number]) else { continue };
            let first = all.len();
            read(&inner.text, depth + 1, all);
            for command in &mut all[first..] {
                let moved = |range: &Range<usize>| match inner.start {
                    Some(start) => range.start + start..range.end + start,
                    None => inner.word.clone(),
                };
                let Command { words, assignments, into, reads, .. } = command;
                for word in words.iter_mut().chain(assignments).chain(into).chain(reads) {
                    word.range = moved(&word.range);
                }
                command.range = moved(&command.range);
            }
        }
    }
}

/// A script in a string.
struct Inner {
    text: String,
    /// Its offset, if it is there verbatim.
    start: Option<usize>,
    /// The string, with its quotes.
    word: Range<usize>,
}

/// The script in a string passed to a shell.
fn in_string(script: &str, command: &Command) -> Option<Inner> {
    if !is_shell(command.name()) && !matches!(command.name(), "su" | "runuser") {
        return None;
    }
    let words = command.arguments();
    let at = words.iter().position(|word| {
        word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c')
    })?;
    let word = words.get(at + 1)?;
    let raw = script.get(word.range.clone())?;
    let start = raw.find(&word.text).map(|at| word.range.start + at);
    Some(Inner { text: word.text.clone(), start, word: word.range.clone() })
}

/// True for shells.
#[must_use]
pub fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "fish" | "busybox")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command as `name arguments`, with the names of those that it feeds and is inside of.
    fn read(script: &str) -> Vec<String> {
        let all = commands(script);
        let name = |number: Option<usize>, mark: &str| {
            number.map_or(String::new(), |number| format!(" {mark}{}", all[number].name()))
        };
        let one = |command: &Command| {
            let words: Vec<&str> = command.arguments().iter().map(|word| word.text.as_str()).collect();
            let words = format!("{} {}", command.name(), words.join(" "));
            format!("{}{}{}", words.trim(), name(command.feeds, "> "), name(command.inside, "< "))
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn pipes_and_lists_are_followed() {
        assert_eq!(
            read("set -e; A=b curl -fsSL 'https://a b' | tee x | sudo -E bash - && echo \"it's\" || true"),
            ["set -e", "curl -fsSL https://a b > tee", "tee x > bash", "bash -", "echo it's", "true"]
        );
        assert_eq!(
            read("if ! grep -q x y; then (cd a && make); fi\nfor i in 1 2; do run $i; done # no"),
            ["grep -q x y", "cd a", "make", "for i in 1 2", "run $i"]
        );
        assert_eq!(read("(a || b x) | c; d"), ["a > c", "b x > c", "c", "d"]);
        assert_eq!(read("a |\n b"), ["a > b", "b"]);
        assert_eq!(read("a 2>&1 >/dev/null | b >c"), ["a > b", "b"]);
    }

    #[test]
    fn substitutions_are_commands() {
        assert_eq!(
            read("sh -c \"$(curl x)\""),
            ["sh -c $(curl x)", "curl x < sh", "$(curl x)", "curl x < $(curl x)"]
        );
        assert_eq!(read("bash <(curl x) y"), ["bash <(curl x) y", "curl x < bash"]);
        assert_eq!(read("V=`curl x | jq .a` && b"), ["", "curl x > jq < ", "jq .a < ", "b"]);
        assert_eq!(read("bash -ec 'a b | c'"), ["bash -ec a b | c", "a b > c", "c"]);
        assert_eq!(read("x $((1 + (2))) ${A:-b c} y"), ["x $((1 + (2))) ${A:-b c} y"]);
    }

    #[test]
    fn places_are_those_of_the_script() {
        let script = "x; bash -c 'curl \"a b\" | sh'";
        let all = commands(script);
        let curl = all.iter().find(|one| one.name() == "curl").expect("there");
        assert_eq!(&script[curl.range.clone()], "curl \"a b\"");
        assert_eq!(&script[curl.words[1].range.clone()], "\"a b\"");
    }

    #[test]
    fn here_documents_are_no_commands() {
        assert_eq!(read("cat <<-'E' >f\n\tno no\n\tE\nb"), ["cat", "b"]);
        assert_eq!(commands("cat <<E | sh")[0].heredocs, ["E"]);
    }

    #[test]
    fn programs_behind_others() {
        for script in
            ["sudo -Eu x tool a", "env -u B A=b tool a", "/usr/bin/nice -n 5 tool a", "timeout 5m tool a"]
        {
            let all = commands(script);
            assert_eq!((all[0].name(), all[0].arguments().len()), ("tool", 1), "{script}");
        }
        assert!(commands("sudo -E tool")[0].wrapper("sudo").is_some());
        assert_eq!(commands("apt-get install sudo")[0].wrapper("sudo"), None);
        let curl = &commands("curl -fsSLk --data=x y")[0];
        assert!(
            curl.flag(&["-k"]).is_some() && curl.flag(&["--data"]).is_some() && curl.flag(&["-o"]).is_none()
        );
    }

    #[test]
    fn hostile_scripts_are_bounded() {
        for text in ["(", "$(", "`", "a|", "\"$(", "<(", "${", "bash -c '", ")", "é\\", "<<E\n", "{"] {
            let all = commands(&text.repeat(50_000));
            assert!(all.len() <= COUNT_MAX + 1, "{text}");
        }
    }
}
