//! Random histories: edits, renames, removals, modes, merges, tags; written by `git fast-import`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::pipe;

/// What a history is made from; the same plan gives the same history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) commits: usize,
    /// How its branches start.
    pub(crate) prefix: &'static str,
    pub(crate) tags: bool,
    /// Lines that are put in here and there.
    pub(crate) planted: &'static [String],
}

impl Plan {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        (any::<u64>(), 1usize..40, any::<bool>()).prop_map(|(seed, commits, tags)| Self {
            seed,
            commits,
            prefix: "a",
            tags,
            planted: &[],
        })
    }
}

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

type Tree = BTreeMap<String, (Vec<String>, &'static str)>;

const BRANCHES: usize = 3;

/// Adds the history of `plan` to the repository at `root`.
pub(crate) fn build(root: &Path, plan: &Plan) {
    let mut dice = Dice(plan.seed | 1);
    let mut stream = String::new();
    // The tree and the mark of the tip of each branch.
    let mut tips: Vec<Option<(Tree, usize)>> = vec![None; BRANCHES];
    for mark in 1..=plan.commits {
        let branch = dice.roll(BRANCHES);
        let start = dice.roll(BRANCHES);
        let parent = tips[branch].clone().or_else(|| tips[start].clone());
        let (mut tree, from) = match parent {
            Some((tree, from)) => (tree, Some(from)),
            None => (Tree::new(), None),
        };
        let other = tips[dice.roll(BRANCHES)]
            .clone()
            .filter(|(_, mark)| Some(*mark) != from && dice_is(&mut dice, 3));
        if let Some((theirs, _)) = &other {
            // What a merge keeps of the second parent, and what it brings itself, is left to chance.
            for (path, file) in theirs {
                if dice.roll(2) == 0 {
                    tree.insert(path.clone(), file.clone());
                }
            }
        }
        for _ in 0..dice.roll(4) {
            edit(&mut tree, &mut dice, plan.planted);
        }
        // Files in the place of directories cannot be.
        let paths: Vec<String> = tree.keys().cloned().collect();
        tree.retain(|path, _| !paths.iter().any(|other| other.starts_with(&format!("{path}/"))));
        // Clocks go wrong.
        let time = 1_600_000_000 + mark * 60 - if dice.roll(8) == 0 { 90_000 } else { 0 };
        let author = time - dice.roll(500);
        writeln!(stream, "commit refs/heads/{}{branch}\nmark :{mark}", plan.prefix).unwrap();
        writeln!(stream, "author a <a@example.org> {author} +0100\ncommitter t <t@example.org> {time} -0230")
            .unwrap();
        data(&mut stream, &format!("commit {mark} of {}\n", plan.seed));
        if let Some(from) = from {
            writeln!(stream, "from :{from}").unwrap();
        }
        if let Some((_, mark)) = &other
            && from.is_some()
        {
            writeln!(stream, "merge :{mark}").unwrap();
        }
        stream.push_str("deleteall\n");
        for (path, (lines, mode)) in &tree {
            writeln!(stream, "M {mode} inline {path}").unwrap();
            data(&mut stream, &lines.concat());
        }
        stream.push('\n');
        tips[branch] = Some((tree, mark));
        if plan.tags && dice.roll(6) == 0 {
            writeln!(
                stream,
                "tag {}-v{mark}\nfrom :{mark}\ntagger t <t@example.org> {time} +0000",
                plan.prefix
            )
            .unwrap();
            data(&mut stream, &format!("tag {mark}\n"));
        }
    }
    pipe(root, &["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force"], stream.as_bytes());
}

fn dice_is(dice: &mut Dice, sides: usize) -> bool {
    dice.roll(sides) == 0
}

fn data(stream: &mut String, text: &str) {
    writeln!(stream, "data {}\n{text}", text.len()).unwrap();
}

fn edit(tree: &mut Tree, dice: &mut Dice, planted: &[String]) {
    const FOLDERS: [&str; 5] = ["", "src/", "src/deep/er/", "docs/", "src/deep/"];
    let line = |dice: &mut Dice| match planted.len() {
        0 => format!("line {} of {}\n", dice.roll(40), dice.roll(1 << 20)),
        most if dice.roll(12) == 0 => planted[dice.roll(most)].clone(),
        _ => format!("line {} of {}\n", dice.roll(40), dice.roll(1 << 20)),
    };
    let paths: Vec<String> = tree.keys().cloned().collect();
    let known = (!paths.is_empty()).then(|| paths[dice.roll(paths.len())].clone());
    match (dice.roll(8), known) {
        (0, Some(path)) => {
            tree.remove(&path);
        }
        (1, Some(path)) => {
            let file = tree.remove(&path).unwrap();
            tree.insert(format!("{}moved{}", FOLDERS[dice.roll(5)], dice.roll(5)), file);
        }
        (2, Some(path)) => {
            let file = tree[&path].clone();
            tree.insert(format!("{}copy{}", FOLDERS[dice.roll(5)], dice.roll(5)), file);
        }
        (3, Some(path)) => tree.get_mut(&path).unwrap().1 = ["100644", "100755", "120000"][dice.roll(3)],
        (4..=6, Some(path)) => {
            let lines = &mut tree.get_mut(&path).unwrap().0;
            let at = dice.roll(lines.len() + 1);
            if at < lines.len() && dice.roll(3) == 0 {
                lines.remove(at);
            } else {
                lines.insert(at, line(dice));
            }
        }
        _ => {
            let lines = (0..dice.roll(60)).map(|_| line(dice)).collect();
            tree.insert(format!("{}file{}", FOLDERS[dice.roll(5)], dice.roll(9)), (lines, "100644"));
        }
    }
}
