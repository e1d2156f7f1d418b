//! What is reached, and where things came in, against git and brute force.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Mutex;

use bartizan::source::graph::{Gaps, Graph, Presence, Starts};
use bartizan::source::objects::{ObjectKind, Survey};
use gix::ObjectId;
use proptest::prelude::*;

use super::history::{Plan, build};
use super::objects::store_at;
use super::{Temp, git};

/// Names that are asked for in these tests.
fn tells(path: &[u8]) -> bool {
    path.ends_with(b"3") || path.starts_with(b"docs/") || memchr::memmem::find(path, b"deep/moved").is_some()
}

pub(super) fn id(hex: &str) -> ObjectId {
    ObjectId::from_hex(hex.as_bytes()).unwrap()
}

fn lines(directory: &Path, arguments: &[&str]) -> Vec<String> {
    String::from_utf8(git(directory, arguments)).unwrap().lines().map(str::to_owned).collect()
}

/// The references of a repository, as git tells them.
pub(super) fn starts(directory: &Path) -> Starts {
    let refs = lines(directory, &["for-each-ref", "--format=%(objectname)"]);
    let head = lines(
        directory,
        &["for-each-ref", "--format=%(objectname)", &lines(directory, &["symbolic-ref", "HEAD"])[0]],
    );
    Starts {
        refs: refs.iter().map(|hex| id(hex)).collect(),
        head: head.first().map(|hex| id(hex)),
        ..Starts::default()
    }
}

struct Commit {
    id: ObjectId,
    parents: Vec<ObjectId>,
    blobs: BTreeMap<Vec<u8>, ObjectId>,
}

/// All commits of a repository, reachable or not, with all of their files; parents first, then by date,
/// then by id.
fn commits(directory: &Path) -> Vec<Commit> {
    let all =
        lines(directory, &["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"]);
    let ids: Vec<&str> = all.iter().filter_map(|line| line.strip_prefix("commit ")).collect();
    let show = [&["show", "-s", "--format=%H %ct %T %P"], ids.as_slice()].concat();
    let mut left: Vec<(i64, Commit)> = Vec::new();
    let mut trees: HashMap<String, BTreeMap<Vec<u8>, ObjectId>> = HashMap::new();
    for line in if ids.is_empty() { vec![] } else { lines(directory, &show) } {
        let mut words = line.split(' ');
        let (hex, date, tree) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let blobs = trees.entry(tree.to_owned()).or_insert_with(|| {
            let listed = git(directory, &["ls-tree", "-rz", "--full-tree", tree]);
            let entries = listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
            let entry = |entry: &[u8]| {
                let tab = memchr::memchr(b'\t', entry).unwrap();
                let hex = std::str::from_utf8(&entry[..tab]).unwrap().split(' ').nth(2).unwrap();
                (entry[tab + 1..].to_vec(), id(hex))
            };
            entries.map(entry).collect()
        });
        let parents = words.filter(|word| !word.is_empty()).map(id).collect();
        left.push((date.parse().unwrap(), Commit { id: id(hex), parents, blobs: blobs.clone() }));
    }
    let mut ordered: Vec<Commit> = Vec::new();
    while !left.is_empty() {
        let ready =
            |commit: &Commit| !commit.parents.iter().any(|id| left.iter().any(|(_, other)| other.id == *id));
        let ready = left.iter().enumerate().filter(|(_, (_, commit))| ready(commit));
        let (next, _) = ready.min_by_key(|(_, (date, commit))| (*date, commit.id)).unwrap();
        ordered.push(left.swap_remove(next).1);
    }
    ordered
}

fn reachable(directory: &Path, from: &[&str]) -> BTreeSet<ObjectId> {
    let found = lines(directory, &[&["rev-list", "--objects"], from].concat());
    found.iter().map(|line| id(line.split(' ').next().unwrap())).collect()
}

#[track_caller]
fn assert_as_by_hand(directory: &Path, seed: u64) {
    let store = store_at(directory);
    let survey = Survey::of(&store);
    let starts = starts(directory);
    let said = Mutex::new(BTreeMap::new());
    let graph = Graph::read(&survey, &starts, &|path| tells(path.as_bytes()), &|_| 0, &|object, at| {
        let message = object.bytes[at..].to_vec();
        assert_eq!(said.lock().unwrap().insert(object.id, message), None);
    });
    assert_eq!(*graph.gaps(), Gaps::default());

    let from: &[&str] = if starts.head.is_some() { &["--all", "HEAD"] } else { &["--all"] };
    let expected = reachable(directory, from);
    let reached: BTreeSet<ObjectId> = (0..survey.len())
        .filter(|number| graph.is_reached(*number))
        .map(|number| survey.id(number))
        .collect();
    assert_eq!(reached, expected);
    let commits = commits(directory);
    assert_eq!(graph.commits(), commits.iter().filter(|commit| reached.contains(&commit.id)).count());

    for commit in &commits {
        let message = git(directory, &["cat-file", "commit", &commit.id.to_string()]);
        let at = memchr::memmem::find(&message, b"\n\n").unwrap();
        assert_eq!(said.lock().unwrap()[&commit.id], message[at + 2..]);
    }

    let in_reach = commits.iter().filter(|commit| reached.contains(&commit.id));
    let files: BTreeSet<(ObjectId, &[u8])> = in_reach
        .clone()
        .flat_map(|commit| commit.blobs.iter().map(|(path, id)| (*id, path.as_slice())))
        .collect();
    let told = graph.sensitive();
    let told: BTreeSet<(ObjectId, &[u8])> =
        told.iter().map(|(number, path)| (survey.id(*number), path.as_bytes())).collect();
    let sensitive: BTreeSet<(ObjectId, &[u8])> =
        files.iter().filter(|(_, path)| tells(path)).copied().collect();
    assert_eq!(told, sensitive);

    let mut blobs: Vec<ObjectId> = commits
        .iter()
        .flat_map(|commit| commit.blobs.values().copied())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    for blob in &blobs {
        let path = graph.path(survey.number(blob.as_slice()).unwrap());
        match path {
            Some(path) => assert!(files.contains(&(*blob, path.as_bytes())), "{path:?}"),
            None => assert!(!reached.contains(blob)),
        }
    }

    // Each alone, some in pairs and more, and commits among them.
    blobs.extend(commits.iter().step_by(5).map(|commit| commit.id));
    let mut groups: Vec<Vec<ObjectId>> = blobs.iter().map(|blob| vec![*blob]).collect();
    groups.extend(blobs.chunks(2 + seed as usize % 5).map(<[ObjectId]>::to_vec));
    let all = graph.attribute(&groups);
    let holds =
        |commit: &Commit, blob: &ObjectId| commit.id == *blob || commit.blobs.values().any(|id| id == blob);
    for blob in &blobs {
        let mut holders = commits.iter().filter(|commit| holds(commit, blob));
        let first = holders.clone().find(|commit| reached.contains(&commit.id)).or_else(|| holders.next());
        let first = first.unwrap();
        let paths = first.blobs.iter().filter(|(_, id)| *id == blob).map(|(path, _)| path.as_slice());
        let entered = &all.entered[blob];
        assert_eq!(entered.commit, first.id);
        assert_eq!(entered.path.as_bytes(), paths.min().unwrap_or_default());
        // Each of its paths, with the first commit that has it there.
        let mut at: BTreeMap<&[u8], ObjectId> = BTreeMap::new();
        for wanted in [true, false] {
            for commit in commits.iter().filter(|commit| reached.contains(&commit.id) == wanted) {
                let paths = commit.blobs.iter().filter(|(_, id)| *id == blob);
                paths.for_each(|(path, _)| _ = at.entry(path).or_insert(commit.id));
            }
        }
        let paths = all.paths.get(blob).map_or(&[][..], Vec::as_slice);
        assert_eq!(paths.iter().map(|one| (one.path.as_bytes(), one.commit)).collect::<BTreeMap<_, _>>(), at);
        assert_eq!(paths.len(), at.len());
        let parents = commits.iter().filter(|commit| first.parents.contains(&commit.id));
        let parent = |commit: &Commit| {
            reached.contains(&commit.id) == reached.contains(&first.id) && holds(commit, blob)
        };
        assert!(!parents.into_iter().any(parent), "no parent of the first commit has it");
    }
    assert_eq!(all.entered.len(), blobs.iter().collect::<BTreeSet<_>>().len());
    let names = lines(directory, &["for-each-ref", "--format=%(refname)"]);
    let of_refs: Vec<BTreeSet<ObjectId>> = names.iter().map(|name| reachable(directory, &[name])).collect();
    for (group, presence) in groups.iter().zip(&all.presence) {
        let holders: Vec<&Commit> =
            commits.iter().filter(|commit| group.iter().any(|blob| holds(commit, blob))).collect();
        let head = starts.head.and_then(|head| commits.iter().find(|commit| commit.id == head));
        let in_refs =
            of_refs.iter().filter(|ids| holders.iter().any(|commit| ids.contains(&commit.id))).count();
        let expected = Presence {
            in_head: head.is_some_and(|head| head.blobs.values().any(|id| group.contains(id))),
            commits: holders.iter().filter(|commit| reached.contains(&commit.id)).count() as u64,
            refs: in_refs as u64,
            reachable: group.iter().any(|id| reached.contains(id)),
        };
        assert_eq!(*presence, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_is_as_by_hand(
        plan in Plan::any(),
        depth in prop_oneof![Just(1u32), Just(5), Just(50)],
        window in prop_oneof![Just(2u32), Just(10), Just(80)],
        lose in 0u8..3,
        packed in any::<bool>(),
    ) {
        let temp = Temp::git();
        let root = temp.path();
        build(&root, &plan);
        git(&root, &["symbolic-ref", "HEAD", "refs/heads/a1"]);
        if packed {
            let (depth, window) = (format!("--depth={depth}"), format!("--window={window}"));
            git(&root, &["repack", "-adfq", &depth, &window]);
        }
        // What only lost references reached stays in the store.
        for branch in 0..lose {
            git(&root, &["update-ref", "-d", &format!("refs/heads/a{branch}")]);
        }
        assert_as_by_hand(&root, plan.seed);
    }
}

#[test]
fn a_long_history_is_as_by_hand() {
    let temp = Temp::git();
    let root = temp.path();
    build(&root, &Plan { seed: 11, commits: 150, prefix: "a", tags: true, planted: &[] });
    git(&root, &["repack", "-adfq", "--depth=50", "--window=100"]);
    git(&root, &["symbolic-ref", "HEAD", "refs/heads/a0"]);
    git(&root, &["update-ref", "-d", "refs/heads/a1"]);
    assert_as_by_hand(&root, 3);
}

#[test]
fn references_to_anything() {
    let temp = Temp::git();
    let root = temp.path();
    temp.write("a/one", "1").write("two", "2").add(&["."]);
    git(&root, &["commit", "-qm", "first"]);
    let hash = |arguments: &[&str]| String::from_utf8(git(&root, arguments)).unwrap().trim().to_owned();
    temp.write("only-a-blob", "blob");
    let blob = hash(&["hash-object", "-w", "only-a-blob"]);
    git(&root, &["update-ref", "refs/odd/blob", &blob]);
    git(&root, &["tag", "-a", "of-a-blob", "-m", "x", &blob]);
    git(&root, &["tag", "-a", "of-a-tag", "-m", "x", "of-a-blob"]);
    let tree = hash(&["rev-parse", "HEAD:a"]);
    git(&root, &["tag", "of-a-tree", &tree]);
    assert_as_by_hand(&root, 1);
    let store = store_at(&root);
    let survey = Survey::of(&store);
    let graph = Graph::read(&survey, &starts(&root), &|_| false, &|_| 0, &|_, _| {});
    let one = hash(&["rev-parse", "HEAD:a/one"]);
    let all = graph.attribute(&[vec![id(&blob)], vec![id(&one)]]);
    assert_eq!(all.presence[0], Presence { in_head: false, commits: 0, refs: 3, reachable: true });
    assert_eq!(all.presence[1], Presence { in_head: true, commits: 1, refs: 1, reachable: true });
    assert!(!all.entered.contains_key(&id(&blob)));
    assert_eq!(all.entered[&id(&one)].path.as_bytes(), b"a/one");
}

#[test]
fn shallow_and_partial_clones_and_submodules() {
    let temp = Temp::git();
    let root = temp.path();
    build(&root, &Plan { seed: 5, commits: 30, prefix: "a", tags: false, planted: &[] });
    git(&root, &["symbolic-ref", "HEAD", "refs/heads/a0"]);
    git(&root, &["read-tree", "HEAD"]);
    git(&root, &["update-index", "--add", "--cacheinfo", &format!("160000,{},sub/module", "1".repeat(40))]);
    git(&root, &["commit", "-qm", "with a submodule"]);
    git(&root, &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", root.display());
    let clones = Temp::new();
    git(&clones.path(), &["clone", "-q", "--mirror", "--no-single-branch", "--depth=3", &url, "shallow"]);
    git(&clones.path(), &["clone", "-q", "--mirror", "--filter=blob:none", &url, "partial"]);

    let read = |name: &str, shallow: &[&str]| {
        let directory = clones.path().join(name);
        let store = store_at(&directory);
        let survey = Survey::of(&store);
        let starts = Starts { shallow: shallow.iter().map(|hex| id(hex)).collect(), ..starts(&directory) };
        let gaps = Graph::read(&survey, &starts, &|_| false, &|_| 0, &|_, _| {}).gaps().clone();
        (store.is_partial(), gaps, survey.count(ObjectKind::Blob))
    };
    let list = std::fs::read_to_string(clones.path().join("shallow/shallow")).unwrap();
    let list: Vec<&str> = list.lines().collect();
    let (partial, gaps, _) = read("shallow", &list);
    assert!(!partial && gaps.missing.is_empty() && !gaps.shallow.is_empty());
    let cut: BTreeSet<ObjectId> = list.iter().map(|hex| id(hex)).collect();
    assert!(gaps.shallow.is_subset(&cut));
    assert_eq!(gaps.submodules, BTreeSet::from([b"sub/module".to_vec()]));

    let (partial, gaps, blobs) = read("partial", &[]);
    let missing = lines(
        &root,
        &["rev-list", "--objects", "--all", "--filter=object:type=blob", "--filter-provided-objects"],
    );
    let missing: BTreeSet<ObjectId> =
        missing.iter().map(|line| id(line.split(' ').next().unwrap())).collect();
    assert!(partial && blobs == 0 && !missing.is_empty());
    assert_eq!(gaps.missing, missing);
}
