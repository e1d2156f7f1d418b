//! temporary
use bartizan::scan::verify::{PackFile, packs};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "bench" { return bench(&args[2]); }
    let dir = &args[3];
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(PackFile { name: path.display().to_string(), stem: path.file_stem().unwrap().to_string_lossy().into_owned(), text: std::fs::read_to_string(&path).unwrap() });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let v = packs(&files);
    for m in &v.mistakes { println!("{m}"); }
    println!("{} rules, {} examples, {} mistakes", v.rules, v.examples, v.mistakes.len());
}

fn bench(dir: &str) {
    use bartizan::engine::*;
    use bartizan::model::*;
    let mut files = Vec::new();
    let mut stack = vec![std::path::PathBuf::from(dir)];
    while let Some(d) = stack.pop() {
        for e in std::fs::read_dir(&d).unwrap() {
            let p = e.unwrap().path();
            if p.is_symlink() || p.ends_with(".git") { continue; }
            if p.is_dir() { stack.push(p); } else if let Ok(b) = std::fs::read(&p) { files.push((RepoPath::from(p.to_string_lossy().as_ref()), b)); }
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let t = std::time::Instant::now();
    let engine = Engine::new(bartizan::scan::registry::all(), Some(1_800_000_000));
    eprintln!("engine new {:?}", t.elapsed());
    for round in 0..3 {
        let t = std::time::Instant::now();
        let (mut bytes, mut hits_n) = (0, 0);
        for (path, b) in &files {
            let blob = Blob { path, bytes: b, tracked: true };
            if let Text::Scanned { text, hits, masked, .. } = engine.scan(&blob) {
                bytes += b.len();
                hits_n += hits.len();
                if round == 0 && std::env::var_os("SHOW").is_some() && !hits.is_empty() {
                    let lines = place::Lines::new(&text);
                    for h in &hits {
                        println!("{}:{} {} {} {:?} | {}", path.shown(), lines.line_of(h.span.start) + 1, engine.checks()[usize::from(h.check)].meta.id, h.severity, h.proofs, if std::env::var_os("RAW").is_some() { String::from_utf8_lossy(&text[h.span.range()]).chars().take(100).collect::<String>() } else { lines.snippet(h.span, &masked).text });
                    }
                }
            }
        }
        let e = t.elapsed();
        eprintln!("{bytes} bytes {e:?} {:.3} GB/s hits {hits_n}", bytes as f64 / e.as_secs_f64() / 1e9);
    }
}
