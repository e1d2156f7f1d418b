//! temporary
use bartizan::scan::verify::{PackFile, packs};
fn main() {
    let args: Vec<String> = std::env::args().collect();
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
