//! Turns the packs under `checks/secret` into compact tables, so that no rule text is parsed when
//! the program starts. The packs are read by the very code that reads a user's packs.

#![expect(clippy::disallowed_methods, reason = "a build script reads the packs and writes the tables")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/model/mistake.rs"]
#[expect(dead_code, unreachable_pub, reason = "the build needs a part of what the library has")]
mod mistake;
#[path = "src/model/severity.rs"]
#[expect(dead_code, unreachable_pub, reason = "the build needs a part of what the library has")]
mod severity;

mod model {
    pub(crate) use crate::mistake;
    pub(crate) use crate::severity::{Confidence, Severity};
}

#[expect(dead_code, unreachable_pub, reason = "the build needs a part of what the library has")]
#[path = "src/engine"]
mod engine {
    #[path = "charset.rs"]
    pub mod charset;
    #[path = "pack.rs"]
    pub mod pack;
    #[path = "pack_request.rs"]
    mod pack_request;
    #[path = "pattern.rs"]
    pub mod pattern;
    #[path = "request.rs"]
    pub mod request;
    #[path = "rule.rs"]
    pub mod rule;
    #[path = "shape.rs"]
    pub mod shape;
    #[path = "walks.rs"]
    pub mod walks;
}

use engine::request::Request;
use engine::rule::{Matcher, Rule};
use engine::shape::{Part, Shape};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=checks/secret");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    // Who develops is spared a build for each commit.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release")
        && let Some(commit) = commit(&root)
    {
        println!("cargo::rustc-env=BARTIZAN_BUILD_COMMIT={commit}");
    }
    let mut packs: Vec<PathBuf> = fs::read_dir(root.join("checks/secret"))
        .expect("checks/secret is part of the package")
        .map(|entry| entry.expect("checks/secret can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    packs.sort();
    let mut rules = Vec::new();
    let mut broken = false;
    for path in &packs {
        let text = fs::read_to_string(path).expect("a pack is UTF-8");
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a pack has a plain name");
        match engine::pack::parse(&text, stem) {
            Ok(parsed) => rules.extend(parsed.into_iter().map(|packed| packed.rule)),
            Err(errors) => {
                broken = true;
                for error in errors {
                    println!("cargo::error=checks/secret/{stem}.toml:{error}");
                }
            }
        }
    }
    rules.sort_by_key(|rule| rule.id);
    for pair in rules.windows(2) {
        if pair[0].id == pair[1].id {
            broken = true;
            println!("cargo::error=the rule `{}` exists twice", pair[0].id);
        }
    }
    if broken {
        std::process::exit(1);
    }
    let out = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("rules.rs");
    fs::write(out, table(&rules)).expect("OUT_DIR is writable");
}

/// The commit that the sources are of, for the workflow that `bartizan init --action` writes: as `cargo package`
/// noted it, or from git's own files. Git is not run. None if nothing says.
fn commit(root: &Path) -> Option<String> {
    let is_id = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        // A file that is not there would count as changed, each time.
        println!("cargo::rerun-if-changed={}", path.display());
        Some(text)
    };
    let noted = |text: String| {
        let (_, rest) = text.split_once("\"sha1\"")?;
        let id = rest.split('"').nth(1)?;
        (is_id(id) && !text.contains("\"dirty\"")).then(|| id.to_owned())
    };
    if let Some(text) = read(root.join(".cargo_vcs_info.json")) {
        return noted(text);
    }
    let git = root.join(".git");
    let head = read(git.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref: ") else {
        return Some(head.trim().to_owned()).filter(|id| is_id(id));
    };
    let loose = read(git.join(name)).map(|id| id.trim().to_owned());
    let packed = || {
        let all = read(git.join("packed-refs"))?;
        all.lines().find_map(|line| Some(line.strip_suffix(name)?.strip_suffix(" ")?.to_owned()))
    };
    loose.or_else(packed).filter(|id| is_id(id))
}

/// The rules as a Rust constant.
fn table(rules: &[Rule]) -> String {
    let mut out = format!("pub(crate) static RULES: [Rule; {}] = [\n", rules.len());
    for rule in rules {
        let Rule {
            id,
            title,
            provider,
            severity,
            confidence,
            proof,
            proof_required,
            generic,
            entropy,
            companions,
            paths,
            allow,
            about,
            revoke,
            docs,
            request,
            ..
        } = rule;
        let request =
            request.map_or("None".to_owned(), |request| format!("Some(&{})", self::request(request)));
        let proof = proof.map_or("None".to_owned(), |proof| format!("Some(Proof::{proof:?})"));
        let _ = writeln!(
            out,
            "Rule {{ id: {id:?}, title: {title:?}, provider: {provider:?}, severity: Severity::{severity:?}, confidence: Confidence::{confidence:?}, matcher: {}, proof: {proof}, proof_required: {proof_required}, generic: {generic}, entropy: {entropy:?}, companions: &{companions:?}, paths: &{paths:?}, allow: &{allow:?}, about: {about:?}, revoke: {revoke:?}, docs: {docs:?}, request: {request} }},",
            matcher(&rule.matcher)
        );
    }
    out.push_str("];\n");
    out
}

fn matcher(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Token { shapes, near } => {
            format!("Matcher::Token {{ shapes: {}, near: &{near:?} }}", self::shapes(shapes))
        }
        Matcher::Near { keywords, shapes } => {
            format!("Matcher::Near {{ keywords: &{keywords:?}, shapes: {} }}", self::shapes(shapes))
        }
        Matcher::Url { schemes, hosts } => {
            format!("Matcher::Url {{ schemes: &{schemes:?}, hosts: &{hosts:?} }}")
        }
        Matcher::Pem { labels } => format!("Matcher::Pem {{ labels: &{labels:?} }}"),
        Matcher::Pattern { regex, anchors } => {
            format!("Matcher::Pattern {{ regex: {regex:?}, anchors: &{anchors:?} }}")
        }
    }
}

/// A request as Rust writes it: what it derives for `Debug` is that, but for slices.
fn request(request: &Request) -> String {
    let Request {
        service,
        post,
        host,
        path,
        own_path,
        headers,
        basic,
        body,
        sigv4,
        companions,
        live,
        revoked,
        refused,
        shown,
        docs,
        unconfirmed,
    } = request;
    let conditions = |all: &[engine::request::Condition]| {
        let each = all.iter().map(|one| {
            let body = format!("{:?}", one.body);
            format!("Condition {{ status: {}, body: Needs::{body} }}, ", one.status)
        });
        each.collect::<String>()
    };
    let shown: String =
        shown.iter().map(|(fact, source)| format!("(Fact::{fact:?}, Source::{source:?}), ")).collect();
    format!(
        "Request {{ service: {service:?}, post: {post}, host: {host:?}, path: {path:?}, own_path: {own_path:?}, headers: &{headers:?}, basic: {basic:?}, body: {body:?}, sigv4: {sigv4}, companions: &{companions:?}, live: &[{}], revoked: &[{}], refused: &[{}], shown: &[{shown}], docs: {docs:?}, unconfirmed: {unconfirmed} }}",
        conditions(live),
        conditions(revoked),
        conditions(refused),
    )
}

fn shapes(shapes: &[Shape]) -> String {
    let mut out = String::from("&[");
    for shape in shapes {
        out.push_str("Shape { parts: Cow::Borrowed(&[");
        for part in shape.parts.iter() {
            let _ = match part {
                Part::Lit(text) => write!(out, "Part::Lit(Cow::Borrowed({text:?})), "),
                Part::Class(set, min, max) => {
                    write!(out, "Part::Class(CharSet({:#x}, {:#x}), {min}, {max}), ", set.0, set.1)
                }
                Part::Open => write!(out, "Part::Open, "),
                Part::Close => write!(out, "Part::Close, "),
            };
        }
        let _ = write!(
            out,
            "]), anchor: {:?}, before_min: {}, before_max: {} }}, ",
            shape.anchor, shape.before_min, shape.before_max
        );
    }
    out.push(']');
    out
}
