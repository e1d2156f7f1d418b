//! Local environment files: references to them, whether git ignores them, and who may read them.

use crate::model::{RepoPath, Span};

/// What is known of such files. All are sorted by path.
#[derive(Debug, Default)]
pub struct EnvFiles {
    /// Places that speak of a file that git does not track.
    pub expected: Vec<Expected>,
    /// Files with credentials in the worktree that others may read, and that git does not track; none if that was not
    /// looked at.
    pub exposed: Option<Vec<Exposed>>,
    /// The manifests among the places, with their content.
    pub manifests: Vec<(RepoPath, Vec<u8>)>,
}

/// A place that speaks of a file of variables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// The file that speaks of it.
    pub path: RepoPath,
    /// Where; empty for the file as a whole.
    pub span: Span,
    /// The file of variables.
    pub file: RepoPath,
    /// How it is spoken of.
    pub by: By,
    /// True if git ignores it by what is in the repository.
    pub is_ignored: bool,
}

/// How a file of variables is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// There is an example of it.
    Example,
    /// A service of compose reads it.
    Compose,
    /// A library that reads it is a dependency.
    Library,
}

/// A file with credentials that others may read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposed {
    /// Where it is.
    pub path: RepoPath,
    /// Who may do what with it, as Unix has it.
    pub mode: u32,
}

/// Words in the names of examples.
const EXAMPLES: [&str; 9] =
    ["example", "sample", "template", "tmpl", "dist", "defaults", "skel", "tpl", "placeholder"];

/// The name of the file of variables that a file called `name` is an example of: `.env` of `.env.example`,
/// `example.env`, `env.sample`.
#[must_use]
pub fn exemplified(name: &str) -> Option<String> {
    const LONGEST: usize = 100;
    let lower = name.to_ascii_lowercase();
    let is_separator = |c: char| matches!(c, '.' | '-' | '_');
    if name.len() > LONGEST || !lower.split(is_separator).any(|word| matches!(word, "env" | "envrc")) {
        return None;
    }
    let known = |word: &str| EXAMPLES.contains(&word);
    let rest = match (lower.rsplit_once(is_separator), lower.trim_start_matches('.').split_once(is_separator))
    {
        (Some((rest, last)), _) if known(last) => rest,
        (_, Some((first, rest))) if known(first) => rest,
        _ => return None,
    };
    // `env.local`, which is called `.env.local`.
    let is_bare = rest == "env" || rest.starts_with("env.");
    (!rest.is_empty()).then(|| if is_bare { format!(".{rest}") } else { rest.to_owned() })
}

/// True for the name of an environment file that is not an example.
#[must_use]
pub fn is_name(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let lower = name.to_ascii_lowercase();
    let is_one = matches!(lower.as_str(), ".env" | ".envrc" | ".flaskenv" | ".dev.vars" | "env")
        || lower.starts_with(".env.")
        || lower.ends_with(".env");
    // Portainer makes this one by itself.
    let is_made = lower == "stack.env";
    is_one && !is_made && !lower.split(['.', '-', '_']).any(|word| EXAMPLES.contains(&word))
}

/// Where `bytes`, a manifest called `name`, name a library that reads `.env` as a dependency of what is shipped.
#[must_use]
pub fn library(name: &[u8], bytes: &[u8]) -> Option<Span> {
    // A section, the words before the name in its lines, and the name.
    let (sections, forms): (&[&str], &[&str]) = match name {
        b"package.json" => {
            (&["\"dependencies\""], &["\"dotenv\":", "\"dotenv-flow\":", "\"@dotenvx/dotenvx\":"])
        }
        b"Cargo.toml" => (&["[dependencies]"], &["dotenv ", "dotenv=", "dotenvy ", "dotenvy="]),
        b"go.mod" => (&[], &["github.com/joho/godotenv "]),
        b"composer.json" => (&["\"require\""], &["\"vlucas/phpdotenv\":", "\"symfony/dotenv\":"]),
        b"Gemfile" => (&[], &["gem \"dotenv", "gem 'dotenv"]),
        b"pyproject.toml" => (
            &["dependencies = [", "dependencies=[", "[tool.poetry.dependencies]"],
            &["\"python-dotenv", "'python-dotenv", "python-dotenv "],
        ),
        b"Pipfile" => (&["[packages]"], &["python-dotenv ", "python-dotenv="]),
        _ if name.starts_with(b"requirements") && name.ends_with(b".txt") => (&[], &["python-dotenv"]),
        _ => return None,
    };
    memchr::memmem::find(bytes, b"dotenv")?;
    let text = std::str::from_utf8(bytes).ok()?;
    let mut is_inside = sections.is_empty();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if let Some(section) = sections.iter().find(|section| bare.starts_with(**section)) {
            is_inside = true;
            // All of it on one line.
            let rest = &bare[section.len()..];
            let one = forms.iter().find_map(|form| Some((rest.find(form)?, form.len())));
            if let Some((found, length)) = one {
                let start = at + indent + section.len() + found;
                return Some(Span::new(start, start + length));
            }
            if rest.contains([']', '}']) {
                is_inside = false;
            }
        } else if !sections.is_empty() && (bare.starts_with(['[', ']', '}']) || bare.contains("= [")) {
            is_inside = false;
        } else if is_inside
            && let Some(form) = forms.iter().find(|form| bare.starts_with(**form))
            && !bare.contains("// indirect")
        {
            return Some(Span::new(at + indent, at + indent + form.trim_end().len()));
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_say_what_they_are_of() {
        for (name, wanted) in [
            (".env.example", Some(".env")),
            (".env.local.sample", Some(".env.local")),
            ("example.env", Some(".env")),
            (".example.env", Some(".env")),
            ("env.dist", Some(".env")),
            ("env.local.example", Some(".env.local")),
            (".env-template", Some(".env")),
            ("backend.env.example", Some("backend.env")),
            (".envrc.example", Some(".envrc")),
            (".env", None),
            ("env.example.ts", None),
            ("environment.example", None),
            ("config.example", None),
            ("example", None),
        ] {
            assert_eq!(exemplified(name).as_deref(), wanted, "{name}");
        }
    }

    #[test]
    fn libraries_are_those_of_what_is_shipped() {
        for (name, text, is_one) in [
            ("package.json", "{\n  \"dependencies\": {\n    \"dotenv\": \"^16\"\n  }\n}\n", true),
            ("package.json", "{\n  \"dependencies\": {\"a\": \"1\", \"dotenv\": \"^16\"}\n}\n", true),
            ("package.json", "{\n  \"devDependencies\": {\n    \"dotenv\": \"^16\"\n  }\n}\n", false),
            ("package.json", "{\n  \"name\": \"dotenv\"\n}\n", false),
            ("Cargo.toml", "[dependencies]\ndotenvy = \"0.15\"\n", true),
            ("Cargo.toml", "[dependencies]\na = \"1\"\n[dev-dependencies]\ndotenvy = \"0.15\"\n", false),
            ("go.mod", "require (\n\tgithub.com/joho/godotenv v1.5.1\n)\n", true),
            ("go.mod", "require (\n\tgithub.com/joho/godotenv v1.5.1 // indirect\n)\n", false),
            ("requirements.txt", "flask\npython-dotenv==1.0\n", true),
            ("pyproject.toml", "[project]\ndependencies = [\n  \"python-dotenv>=1\",\n]\n", true),
            (
                "pyproject.toml",
                "[project.optional-dependencies]\ndev = [\n  \"python-dotenv>=1\",\n]\n",
                false,
            ),
        ] {
            let found = library(name.as_bytes(), text.as_bytes());
            assert_eq!(found.is_some(), is_one, "{name}: {text}");
            if let Some(span) = found {
                assert!(text[span.range()].contains("dotenv"), "{name}: {text}");
            }
        }
    }
}
