//! Where a mark with a reason goes in a document, by the comments that its language has.

use crate::cli::lsp::document::Document;

/// What a mark starts with; its checks and a reason follow.
const MARK: &str = "bartizan:allow ";

/// How comments are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Style {
    open: &'static str,
    close: &'static str,
    /// True if a comment may stand behind something else on its line.
    trails: bool,
}

/// Endings and names of files, and what editors call languages, with their comments.
const STYLES: [(Style, &str); 12] = [
    (
        line("# ", true),
        "py pyi pyw python rb rake gemspec gemfile rakefile vagrantfile podfile fastfile ruby sh bash zsh ksh fish \
         shellscript shell pl pm perl r jl julia yaml yml dockercompose github-actions-workflow toml tf tfvars hcl \
         terraform opentofu ex exs elixir cr nim ps1 psm1 psd1 powershell cmake cmakelists.txt mk makefile gnumakefile \
         make nix awk tcl graphql gql pp coffee coffeescript bzl bazel build workspace justfile just mojo gd gdscript",
    ),
    (
        line("# ", false),
        "dockerfile containerfile env dotenv properties java-properties conf gitignore dockerignore gitattributes \
         codeowners cfg npmrc yarnrc netrc pypirc curlrc wgetrc editorconfig service pip-requirements requirements.txt \
         gitconfig htaccess rc robot po",
    ),
    (
        line("// ", true),
        "rs rust go js jsx mjs cjs javascript javascriptreact ts tsx mts cts typescript typescriptreact java kt kts \
         kotlin scala sc groovy gradle jenkinsfile c h cc cpp cxx hpp hh hxx cs csharp fs fsx fsharp php swift m mm \
         objective-c objective-cpp dart sol solidity zig proto proto3 scss sass less jsonc json5 d bicep v cue jsonnet \
         libsonnet prisma glsl hlsl gohtml",
    ),
    (line("-- ", true), "sql mysql plsql lua hs haskell elm adb ads vhd vhdl purs"),
    (line("; ", true), "el lisp clj cljs cljc edn clojure scm rkt asm s nasm"),
    (line("; ", false), "ini inf reg desktop dosini"),
    (line("% ", true), "tex latex bib erl hrl erlang"),
    (line("' ", true), "vb vbs bas"),
    (line("REM ", false), "bat cmd"),
    (
        block("<!-- ", " -->"),
        "html htm xhtml xml md markdown svg csproj vbproj fsproj props targets xsd xsl xslt plist pom \
      nuspec resx xaml wsdl vue svelte",
    ),
    (block("/* ", " */"), "css"),
    (block("(* ", " *)"), "ml mli ocaml"),
];

const fn line(open: &'static str, trails: bool) -> Style {
    Style { open, close: "", trails }
}

const fn block(open: &'static str, close: &'static str) -> Style {
    Style { open, close, trails: true }
}

/// The comments of the file `name`, which the editor says is written in `language`.
fn style(name: &str, language: &str) -> Option<Style> {
    let name = name.to_ascii_lowercase();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let ending = name.rsplit('.').next().unwrap_or_default();
    let first = name.trim_start_matches('.').split('.').next().unwrap_or_default();
    let known = |word: &str| {
        let has = |(_, words): &&(Style, &str)| words.split_whitespace().any(|known| known == word);
        STYLES.iter().find(has).map(|(style, _)| *style)
    };
    // `Dockerfile.dev`, `.env.local`; but of other files the ending counts, `env.py`.
    let by_first = || ["dockerfile", "containerfile", "env"].contains(&first).then(|| known(first)).flatten();
    known(name).or_else(|| known(ending)).or_else(by_first).or_else(|| known(&language.to_ascii_lowercase()))
}

/// A text to be put into a document, in front of a byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Insertion {
    pub(super) at: usize,
    pub(super) text: String,
}

/// What puts a mark of these `checks` beside the line `number` of the file `name`; nothing if that has no comments, or
/// none can stand there.
pub(super) fn beside(
    document: &Document,
    (name, language): (&str, &str),
    number: usize,
    (checks, reason): (&str, &str),
) -> Option<Insertion> {
    let Style { open, close, trails } = style(name, language)?;
    let above = number.checked_sub(1);
    let (line, start) = (document.line(number), document.start(number));
    // A second mark in between would push the first out of reach.
    let marked = [Some(number), above].into_iter().flatten().find_map(|number| {
        let id = document.line(number).find(MARK)? + MARK.len();
        Some((document.start(number) + id, &document.line(number)[id..]))
    });
    if let Some((at, rest)) = marked {
        let named: Vec<&str> = rest.split_whitespace().next().unwrap_or("").split(',').collect();
        // What is named already waits for a reason.
        let new: Vec<&str> = checks.split(',').filter(|check| !named.contains(check)).collect();
        return (!new.is_empty()).then(|| Insertion { at, text: format!("{},", new.join(",")) });
    }
    let mark = format!("{open}{MARK}{checks} {reason}{close}");
    let goes_on = |line: &str| line.ends_with('\\') || line.ends_with('`') && is_powershell(name);
    // A comment would end a command that goes on in the next line, or push down what has to come first. Only in a
    // Dockerfile comments may stand between the lines of a command.
    let is_held = above.is_some_and(|above| goes_on(document.line(above))) && !is_dockerfile(name, language)
        || number == 0 && (line.starts_with("#!") || line.starts_with("<?"));
    if !is_held {
        let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        return Some(Insertion { at: start, text: format!("{indent}{mark}{}", document.line_end()) });
    }
    let fits = trails && !goes_on(line) && !line.starts_with("#!");
    fits.then(|| Insertion { at: start + line.len(), text: format!(" {mark}") })
}

fn is_dockerfile(name: &str, language: &str) -> bool {
    let name = name.to_ascii_lowercase();
    language.eq_ignore_ascii_case("dockerfile")
        || ["dockerfile", "containerfile"].iter().any(|word| name.contains(word))
}

fn is_powershell(name: &str) -> bool {
    name.to_ascii_lowercase().rsplit('.').next().is_some_and(|ending| ending.starts_with("ps"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::lsp::document::Encoding;

    fn inserted(name: &str, language: &str, text: &str, number: usize) -> Option<String> {
        let document = Document::new(text.to_owned(), Encoding::Utf16);
        let Insertion { at, text } = beside(&document, (name, language), number, ("x", "why"))?;
        let mut whole = document.text;
        whole.insert_str(at, &text);
        Some(whole.replace(&format!("{MARK}x why"), "MARK").replace(MARK, "ALLOW "))
    }

    #[test]
    fn a_mark_stands_in_a_comment_of_the_language() {
        for (name, language, text, number, expected) in [
            ("a.py", "", "  x = 1", 0, Some("  # MARK\n  x = 1")),
            ("src/A.RS", "", "\tlet x;", 0, Some("\t// MARK\n\tlet x;")),
            (".env.local", "", "A=b", 0, Some("# MARK\nA=b")),
            ("env.ts", "", "a", 0, Some("// MARK\na")),
            ("Dockerfile.dev", "", "RUN a \\\n  b", 1, Some("RUN a \\\n  # MARK\n  b")),
            ("a.sh", "", "a \\\n  b", 1, Some("a \\\n  b # MARK")),
            ("a.sh", "", "a \\\n  b \\\n c", 1, None),
            ("a.properties", "", "a=\\\nb", 1, None),
            ("a.sh", "", "#!/bin/sh", 0, None),
            ("a.php", "", "<?php $a = 1;", 0, Some("<?php $a = 1; // MARK")),
            ("pom.xml", "", "<a/>", 0, Some("<!-- MARK -->\n<a/>")),
            ("a.ini", "", "a=b", 0, Some("; MARK\na=b")),
            ("a.css", "", "a", 0, Some("/* MARK */\na")),
            ("a.py", "", "# ALLOW y z\r\na = 1", 1, Some("# ALLOW x,y z\r\na = 1")),
            ("a.py", "", "# ALLOW y,x z\na = 1", 1, None),
            ("a.py", "", "b\r\na = 1", 1, Some("b\r\n# MARK\r\na = 1")),
            ("untitled", "python", "a", 0, Some("# MARK\na")),
            ("a.json", "json", "{}", 0, None),
            ("a.json", "jsonc", "{}", 0, Some("// MARK\n{}")),
            ("notes.txt", "plaintext", "a", 0, None),
        ] {
            assert_eq!(
                inserted(name, language, &text.replace("ALLOW ", MARK), number).as_deref(),
                expected,
                "{name} {text:?}"
            );
        }
    }
}
