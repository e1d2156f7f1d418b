//! The object store against git itself, over repositories of all forms.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bartizan::model::Error;
use bartizan::source::objects::{Bad, Base, Object, ObjectKind, Reason, Store, Survey, Visitor};
use bartizan::source::{Git, GitEnvironment, GitHome, GitOptions, Place};
use proptest::prelude::*;

use super::history::{Plan, build};
use super::{Temp, git, write};

/// Every object that was shown, by id.
pub(super) type Objects = BTreeMap<String, (ObjectKind, Vec<u8>)>;

/// Everything that a store has said.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) objects: Objects,
    pub(super) bad: Vec<Bad>,
    pub(super) problems: Vec<String>,
    /// How many objects were shown next to their base.
    pub(super) with_base: usize,
}

/// The objects of the repository at `place`, with the limits of the tests.
pub(super) fn opened(place: &Place, sizes: (u64, u64)) -> Result<Arc<Store>, Error> {
    let options = GitOptions {
        allow_foreign_owner: false,
        git_home: GitHome::none(),
        environment: GitEnvironment::default(),
    };
    Git::open(place, &options).map(|git| git.objects(sizes))
}

/// The objects of the git directory or worktree at `path`.
pub(super) fn store_at(path: &Path) -> Arc<Store> {
    opened(&Place::Named(path.to_owned()), (1 << 20, 1 << 20)).unwrap()
}

/// A visitor that keeps everything, and checks what it is told of bases.
struct Keeper(Mutex<Told>);

impl Visitor for Keeper {
    type Scratch = ();
    type State = Vec<u8>;

    fn scratch(&self) {}

    fn visit(&self, (): &mut (), object: Object<'_>, base: Option<Base<'_, Vec<u8>>>) -> Vec<u8> {
        let mut told = self.0.lock().unwrap();
        if let Some(base) = base {
            told.with_base += 1;
            assert_eq!(base.state, base.bytes, "the state is the base's own");
            assert_eq!(base.delta.len, object.bytes.len());
            let mut end = 0;
            for copy in &base.delta.copies {
                let range = |start: u32| start as usize..start as usize + copy.len as usize;
                assert!(copy.dst >= end && copy.len > 0);
                assert_eq!(base.bytes[range(copy.src)], object.bytes[range(copy.dst)]);
                end = copy.dst + copy.len;
            }
        }
        let old = told.objects.insert(object.id.to_string(), (object.kind, object.bytes.to_vec()));
        assert!(old.is_none(), "{} was shown twice", object.id);
        object.bytes.to_vec()
    }
}

const KINDS: [ObjectKind; 4] = [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Blob, ObjectKind::Tag];

/// All that there is to tell of `store`.
pub(super) fn tell(store: &Arc<Store>) -> Told {
    let survey = Survey::of(store);
    let keeper = Keeper(Mutex::default());
    let mut bad = survey.bad().to_vec();
    let mut shown = 0;
    for kind in KINDS {
        let walked = survey.walk(kind, &keeper);
        bad.extend(walked.bad);
        shown += walked.objects;
    }
    let mut told = keeper.0.into_inner().unwrap();
    assert_eq!(shown, told.objects.len() as u64);
    for (id, (kind, _)) in &told.objects {
        let id = gix::ObjectId::from_hex(id.as_bytes()).unwrap();
        let number = survey.number(id.as_slice()).unwrap();
        assert_eq!((survey.id(number), survey.kind(number)), (id, Some(*kind)));
    }
    bad.sort();
    bad.dedup();
    told.bad = bad;
    told.problems =
        store.problems().iter().chain(survey.problems()).map(|problem| problem.message.clone()).collect();
    told
}

pub(super) fn tell_of(git_dir: &Path) -> Told {
    tell(&store_at(git_dir))
}

/// What git has.
fn expected(directory: &Path) -> Objects {
    let output = git(directory, &["cat-file", "--batch-all-objects", "--batch", "--unordered"]);
    let (mut rest, mut objects) = (output.as_slice(), Objects::new());
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let head = std::str::from_utf8(&rest[..end]).unwrap().split(' ').collect::<Vec<_>>();
        let kind = KINDS.into_iter().find(|kind| kind.word() == head[1]).unwrap();
        let size: usize = head[2].parse().unwrap();
        objects.insert(head[0].to_owned(), (kind, rest[end + 1..][..size].to_vec()));
        rest = &rest[end + 1 + size + 1..];
    }
    objects
}

#[track_caller]
fn assert_same(directory: &Path, store: &Arc<Store>) -> Told {
    let told = tell(store);
    assert_eq!((told.bad.as_slice(), told.problems.as_slice()), (&[][..], &[][..]));
    let expected = expected(directory);
    assert!(told.objects.keys().eq(expected.keys()), "other ids than git's");
    assert!(told.objects == expected);
    for (id, (kind, bytes)) in &expected {
        let id = gix::ObjectId::from_hex(id.as_bytes()).unwrap();
        let found = store.find(&id).unwrap().unwrap();
        assert_eq!((found.kind, &found.bytes), (*kind, bytes));
        assert!(store.is_genuine(&id, *kind, bytes) && store.has(&id));
        assert!(!store.is_genuine(&id, *kind, &[bytes.as_slice(), b"x"].concat()));
    }
    told
}

#[track_caller]
fn assert_same_as_git(directory: &Path) -> Told {
    assert_same(directory, &store_at(directory))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_is_seen_as_git_sees_it(
        plan in Plan::any(),
        depth in prop_oneof![Just(1u32), Just(3), Just(50), Just(400)],
        window in prop_oneof![Just(0u32), Just(2), Just(10), Just(60)],
        rest in 0u8..6,
    ) {
        let temp = Temp::git();
        let root = temp.path();
        build(&root, &plan);
        let (depth, window) = (format!("--depth={depth}"), format!("--window={window}"));
        git(&root, &["repack", "-adfq", &depth, &window]);
        let more = Plan { seed: plan.seed ^ 99, commits: 5, ..plan };
        match rest {
            0 => {}
            // A second pack, which is thin in what it knows of the first.
            1 => build(&root, &Plan { prefix: "second", ..more }),
            2 => {
                build(&root, &Plan { prefix: "second", ..more });
                git(&root, &["repack", "-dq"]);
                git(&root, &["multi-pack-index", "write"]);
            }
            3 => {
                temp.write("loose/file", "loose").write("loose/other", "other");
                temp.add(&["loose"]);
                git(&root, &["commit", "-qm", "loose"]);
            }
            4 => {
                // Everything twice: packed and loose.
                let objects = root.join(".git/objects/pack");
                let pack = std::fs::read_dir(&objects).unwrap().map(|entry| entry.unwrap().path());
                let pack = pack.into_iter().find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap();
                let bytes = std::fs::read(&pack).unwrap();
                let other = Temp::git();
                super::pipe(&other.path(), &["unpack-objects", "-q"], &bytes);
                let from = other.path().join(".git/objects");
                for folder in std::fs::read_dir(&from).unwrap().map(|entry| entry.unwrap()) {
                    if folder.file_name().len() == 2 {
                        let into = root.join(".git/objects").join(folder.file_name());
                        std::fs::create_dir_all(&into).unwrap();
                        for file in std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()) {
                            std::fs::copy(file.path(), into.join(file.file_name())).unwrap();
                        }
                    }
                }
            }
            _ => {
                let clone = Temp::new();
                let path = clone.path().join("clone");
                git(&clone.path(), &["clone", "-qs", "--no-checkout", root.to_str().unwrap(), "clone"]);
                build(&path, &Plan { prefix: "second", ..more });
                assert_same_as_git(&path);
            }
        }
        assert_same_as_git(&root);
    }
}

#[test]
fn deltas_come_with_their_base() {
    let temp = Temp::git();
    build(&temp.path(), &Plan { seed: 7, commits: 60, prefix: "a", tags: true, planted: &[] });
    git(&temp.path(), &["repack", "-adfq", "--depth=20", "--window=20"]);
    let told = assert_same_as_git(&temp.path());
    assert!(told.with_base * 8 > told.objects.len(), "{} of {}", told.with_base, told.objects.len());
}

#[test]
fn one_thread_and_many_see_the_same() {
    let temp = Temp::git();
    // Lines of one file, so that there is one large family to be shared out.
    let mut text = String::new();
    let mut stream = String::new();
    for n in 0..500 {
        text.push_str(&format!("line {n} {}\n", n * 7919 % 1000));
        stream.push_str(&format!(
            "commit refs/heads/main\ncommitter t <t@example.org> {} +0000\ndata 1\nx\nM 100644 inline f\ndata {}\n{text}\n",
            1_700_000_000 + n,
            text.len()
        ));
    }
    super::pipe(&temp.path(), &["fast-import", "--quiet"], stream.as_bytes());
    git(&temp.path(), &["repack", "-adfq", "--depth=4", "--window=50"]);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| assert_same_as_git(&temp.path()));
    }
}

#[test]
fn forms_of_repositories() {
    let plan = Plan { seed: 3, commits: 12, prefix: "a", tags: true, planted: &[] };
    let sha256 = Temp::new();
    git(&sha256.path(), &["init", "-q", "--object-format=sha256", "."]);
    build(&sha256.path(), &plan);
    git(&sha256.path(), &["repack", "-adfq"]);
    sha256.write("loose", "loose").add(&["loose"]);
    let told = assert_same_as_git(&sha256.path());
    assert!(told.objects.keys().all(|id| id.len() == 64));

    let main = Temp::git();
    build(&main.path(), &plan);
    git(&main.path(), &["branch", "-f", "side", "refs/heads/a0"]);
    let places = Temp::new();
    let linked = places.path().join("linked");
    git(&main.path(), &["worktree", "add", "-q", linked.to_str().unwrap(), "side"]);
    assert_same_as_git(&linked);
    assert_same_as_git(&linked.join("."));

    let bare = places.path().join("bare.git");
    git(&places.path(), &["clone", "-q", "--mirror", main.path().to_str().unwrap(), "bare.git"]);
    assert_same(&bare, &store_at(&bare));
    assert_same(&main.path(), &store_at(&main.path().join(".git")));

    // Version 1 of the index, and ref-deltas.
    git(
        &main.path(),
        &["-c", "pack.indexVersion=1", "-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"],
    );
    let told = assert_same_as_git(&main.path());
    assert!(told.with_base > 0);
    assert!(opened(&Place::Around(places.path()), (1, 1)).is_err());
}

#[test]
fn formats_that_are_not_known() {
    let message = |lines: &str| {
        let temp = Temp::git();
        write(&temp.path().join(".git/config"), format!("[core]\n{lines}").as_bytes());
        match opened(&Place::Around(temp.path()), (1, 1)) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    };
    assert!(message("repositoryformatversion = 2").contains("version 2"));
    let new = "repositoryformatversion = 1\n[extensions]\nquantum = true";
    assert!(message(new).contains("extension `quantum`"), "{}", message(new));
    let hash = "repositoryformatversion = 1\n[extensions]\nobjectFormat = md5";
    assert!(message(hash).contains("object format `md5`"));
    assert_eq!(message("repositoryformatversion = 0\n[extensions]\nquantum = true"), "");
    assert_eq!(message("repositoryformatversion = 1\n[extensions]\npartialClone = origin"), "");
}

/// A visitor for which every object costs as much as half of what a small pack may.
struct Dear(Mutex<usize>);

impl Visitor for Dear {
    type Scratch = ();
    type State = ();

    fn scratch(&self) {}

    fn visit(&self, (): &mut (), _object: Object<'_>, _base: Option<Base<'_, ()>>) {
        *self.0.lock().unwrap() += 1;
    }

    fn cost(&self, _object: Object<'_>, (): &()) -> u64 {
        2 << 30
    }
}

#[test]
fn a_pack_costs_so_much_and_no_more() {
    let temp = Temp::git();
    for number in 0..12 {
        temp.write(&format!("f{number}"), &format!("{number}\n{}", "a line of it\n".repeat(50)));
    }
    git(&temp.path(), &["add", "-A"]);
    git(&temp.path(), &["commit", "-qm", "all"]);
    git(&temp.path(), &["repack", "-adq"]);
    let store = store_at(&temp.path().join(".git"));
    let survey = Survey::of(&store);
    let expensive = Dear(Mutex::new(0));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let walked = pool.install(|| survey.walk(ObjectKind::Blob, &expensive));
    assert_eq!((walked.objects, expensive.0.into_inner().unwrap()), (2, 2));
    assert_eq!(walked.bad.len(), 10);
    assert!(walked.bad.iter().all(|bad| bad.reason == Reason::Spent), "{:?}", walked.bad);
}
