//! How fast the parts of a scan are: `cargo bench`, or `cargo bench -- engine` for some rows.
//! Figures are for one thread; throughput counts bytes of text.

use bartizan::engine::literals::Literals;
use bartizan::engine::place::Lines;
use bartizan::engine::rule::Matcher;
use bartizan::engine::{Engine, Run, Text};
use bartizan::model::{Blob, RepoPath, Span, linehash};
use bartizan::scan::registry;
use bartizan::source::{
    Git, GitEnvironment, GitHome, GitOptions, Limits, Place, Range, RangeOptions, Source, Staged,
};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const MEGABYTE: usize = 1 << 20;

fn main() {
    divan::main();
}

/// Text with the words, indentation and punctuation of source code, and no secret in it.
fn source_text(bytes: usize) -> Vec<u8> {
    const WORDS: &[&str] = &[
        "fn",
        "let",
        "return",
        "struct",
        "impl",
        "match",
        "self",
        "config",
        "value",
        "index",
        "token",
        "parse",
        "String",
        "Result",
        "Option",
        "client",
        "request",
        "response",
        "user_id",
        "secret_name",
        "import",
        "from",
        "const",
        "export",
        "await",
        "if",
        "else",
        "for",
        "in",
        "while",
        "buffer",
        "offset",
    ];
    const MARKS: &[&str] =
        &[" ", " ", " ", ".", "(", ")", " = ", ", ", ": ", ";\n    ", " {\n        ", "\n}\n"];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    let mut text = Vec::with_capacity(bytes + 32);
    while text.len() < bytes {
        text.extend_from_slice(WORDS[next(WORDS.len())].as_bytes());
        text.extend_from_slice(MARKS[next(MARKS.len())].as_bytes());
    }
    text.truncate(bytes);
    text
}

/// Bytes as in a minified or encoded file: one line, every letter and digit alike.
fn dense_text(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        alphabet[(state >> 40) as usize % alphabet.len()]
    };
    (0..bytes).map(|_| next()).collect()
}

fn engine() -> Engine {
    Engine::new(registry::all(), Some(1_800_000_000))
}

fn scan(bencher: Bencher<'_, '_>, text: &[u8]) {
    let engine = engine();
    let path = RepoPath::from("src/main.rs");
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        let blob = Blob { path: &path, bytes: black_box(text), tracked: true };
        match engine.scan(&blob) {
            Text::Scanned { hits, .. } => hits.len(),
            Text::Binary(_) => unreachable!("the text has no NUL"),
        }
    });
}

#[divan::bench(name = "start: Engine::new with all checks")]
fn start(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(registry::all).bench_local_values(|checks| Engine::new(checks, None));
}

#[divan::bench(name = "start: the list of all checks")]
fn list() -> usize {
    registry::all().len()
}

#[divan::bench(name = "literals: one pass over source text")]
fn literals(bencher: Bencher<'_, '_>) {
    let mut known = Vec::new();
    for check in registry::all() {
        let Run::Rule(rule) = check.run else { continue };
        let texts: Vec<(&str, bool)> = match rule.matcher {
            Matcher::Token { shapes, .. } => {
                shapes.iter().filter_map(|shape| shape.anchor_text()).map(|text| (text, false)).collect()
            }
            Matcher::Near { keywords, .. } => keywords.iter().map(|text| (*text, true)).collect(),
            Matcher::Pattern { anchors, .. } => anchors.iter().map(|text| (*text, true)).collect(),
            Matcher::Url { .. } | Matcher::Pem { .. } => Vec::new(),
        };
        known.extend(texts.into_iter().map(|(text, fold)| bartizan::engine::literals::Literal {
            text: text.as_bytes().into(),
            fold,
            next: bartizan::engine::charset::CharSet::EMPTY,
        }));
    }
    let literals = Literals::new(known);
    let text = source_text(MEGABYTE);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        let mut count = 0;
        literals.each(black_box(&text), &mut |_, _| count += 1);
        count
    });
}

#[divan::bench(name = "engine: source text, 1 MiB")]
fn engine_source(bencher: Bencher<'_, '_>) {
    scan(bencher, &source_text(MEGABYTE));
}

#[divan::bench(name = "engine: source text, 4 KiB")]
fn engine_small(bencher: Bencher<'_, '_>) {
    scan(bencher, &source_text(4096));
}

#[divan::bench(name = "engine: one dense line, 1 MiB")]
fn engine_dense(bencher: Bencher<'_, '_>) {
    scan(bencher, &dense_text(MEGABYTE));
}

#[divan::bench(name = "engine: zeros behind a text, 1 MiB")]
fn engine_zeros(bencher: Bencher<'_, '_>) {
    let mut text = source_text(16 * 1024);
    text.resize(MEGABYTE, 0);
    scan(bencher, &text);
}

#[divan::bench(name = "finding: line, column and snippet in 1 MiB")]
fn place(bencher: Bencher<'_, '_>) {
    let text = source_text(MEGABYTE);
    let span = Span::new(MEGABYTE / 2, MEGABYTE / 2 + 40);
    bencher.bench_local(|| {
        let lines = Lines::new(black_box(&text));
        (lines.region(span), lines.snippet(span, &[(span, 4)]))
    });
}

#[divan::bench(name = "finding: GitHub's line hash in 1 MiB")]
fn line_hash(bencher: Bencher<'_, '_>) {
    let text = source_text(MEGABYTE);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| linehash::line_hashes(black_box(&text), &[20_000]));
}

/// A repository of so many files with ten of them staged. Made by git, for only the source under test
/// has to do without.
#[expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a bench makes the repository that it measures"
)]
fn repository(files: usize) -> tempfile::TempDir {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], input: &[u8]| {
        let mut child = Command::new("git")
            .current_dir(folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(["-c", "user.name=b", "-c", "user.email=b@example.org"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        assert!(child.wait().unwrap().success(), "git {arguments:?}");
    };
    git(&["init", "-q", "-b", "main", "."], b"");
    let mut stream = Vec::new();
    let name = |n: usize| format!("src/m{:03}/s{:02}/f{n}.rs", n % 97, n / 97 % 23);
    for commit in 0..20 {
        let date = 1_700_000_000 + commit;
        stream.extend(format!("commit refs/heads/main\ncommitter b <b@e> {date} +0000\ndata 1\nx\n").bytes());
        for n in (0..files).filter(|n| commit == 0 || n % 997 == commit) {
            let body = format!("// {commit} {n}\n{}", String::from_utf8_lossy(&source_text(500)));
            stream.extend(format!("M 100644 inline {}\ndata {}\n{body}\n", name(n), body.len()).bytes());
        }
    }
    git(&["fast-import", "--quiet"], &stream);
    git(&["reset", "-q", "--hard"], b"");
    git(&["repack", "-adq"], b"");
    for n in 0..10 {
        std::fs::write(folder.path().join(name(n * (files / 10))), format!("staged {n}\n")).unwrap();
    }
    git(&["add", "-A"], b"");
    folder
}

#[expect(clippy::unwrap_used, reason = "the bench has made the repository")]
fn git(folder: &tempfile::TempDir) -> Git {
    let options = GitOptions {
        allow_foreign_owner: true,
        git_home: GitHome::none(),
        environment: GitEnvironment::default(),
    };
    Git::open(&Place::Around(folder.path().to_owned()), &options).unwrap()
}

fn visit_all(source: &dyn Source) -> usize {
    let count = std::sync::atomic::AtomicUsize::new(0);
    source
        .each(&|item| {
            black_box(&item);
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        })
        .ok();
    count.into_inner()
}

/// Opening, comparing and reading what is staged, ten files.
#[divan::bench(args = [5_000, 100_000], sample_count = 20)]
fn staged(bencher: Bencher<'_, '_>, files: usize) {
    let folder = repository(files);
    let limits = Limits { max_file_size: 10 << 20, exclude: bartizan::model::PathGlobs::default() };
    bencher.bench(|| {
        let staged = Staged::open(git(&folder), &limits).ok();
        let count = staged.map_or(0, |staged| visit_all(&staged));
        assert_eq!(count, 10);
    });
}

/// The hook of a commit with ten staged files, from the start of the program to its end.
#[divan::bench(args = [5_000, 100_000], sample_count = 50)]
#[expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "the bench runs the program as git does")]
fn hook_pre_commit(bencher: Bencher<'_, '_>, files: usize) {
    let folder = repository(files);
    bencher.bench(|| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bartizan"));
        command.current_dir(folder.path()).args(["hook", "pre-commit", "--quiet"]);
        assert!(command.status().unwrap().success());
    });
}

/// Opening and reading what five commits bring.
#[divan::bench(args = [5_000, 100_000], sample_count = 20)]
fn range_of_five_commits(bencher: Bencher<'_, '_>, files: usize) {
    let folder = repository(files);
    let limits = Limits { max_file_size: 10 << 20, exclude: bartizan::model::PathGlobs::default() };
    let options = RangeOptions { limits, include_authors: false };
    bencher.bench(|| {
        let range = Range::open(git(&folder), "HEAD~5..HEAD", &options).ok();
        let count = range.map_or(0, |range| visit_all(&range));
        assert!(count > 5);
    });
}

/// A `Cargo.lock` as Cargo writes it, or in another layout.
fn cargo_lock(packages: usize, usual: bool) -> String {
    let of = |at: usize| match usual {
        true => format!("[[package]]\nname = \"p{at}\"\nversion = \"1.0.0\"\n\n"),
        false => format!("[[package]]\nname='p{at}'\nversion='1.0.0'\n"),
    };
    (0..packages).map(of).collect()
}

#[divan::bench(name = "lock file: Cargo.lock, 20,000 packages", args = [true, false])]
fn cargo_locks(bencher: Bencher<'_, '_>, usual: bool) {
    let text = cargo_lock(20_000, usual);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| bartizan::parse::cargo::lock::parse(black_box(text.as_bytes())).packages.len());
}

#[divan::bench(name = "lock file: one name in many versions", args = [5_000, 20_000])]
fn many_versions(bencher: Bencher<'_, '_>, count: usize) {
    let of = |at: usize| {
        format!(
            "[[package]]\nname = \"x\"\nversion = \"1.0.{at}\"\ndependencies = [\n \"x 1.0.{}\",\n]\n\n",
            (at + 1) % count
        )
    };
    let text: String = (0..count).map(of).collect();
    let lock = bartizan::parse::cargo::lock::parse(text.as_bytes());
    bencher.bench_local(|| {
        let graph = bartizan::parse::cargo::Graph::new(black_box(&lock.packages));
        graph.ways(|at| at == 0).to(count - 1).steps.len()
    });
}

#[divan::bench(name = "lock file: pnpm-lock.yaml, packages", args = [1_000, 10_000])]
fn pnpm_lock(bencher: Bencher<'_, '_>, packages: usize) {
    use bartizan::parse::lockfile::{Format, parse};
    let of = |at: usize| format!("  p{at}@1.0.0:\n    resolution: {{integrity: sha512-x}}\n\n");
    let text =
        format!("lockfileVersion: '9.0'\n\npackages:\n\n{}", (0..packages).map(of).collect::<String>());
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| parse(Format::Pnpm, black_box(text.as_bytes())).packages.len());
}
