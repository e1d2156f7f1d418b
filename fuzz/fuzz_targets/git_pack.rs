//! A pack of any bytes with an index that leads anywhere into it: each object is shown or told of, and
//! the graph of whatever there is can be read.
#![no_main]

use std::path::Path;
use std::sync::Mutex;

use bartizan::source::graph::{Graph, Starts};
use bartizan::source::objects::{Base, Object, ObjectKind, Survey, Visitor};
use bartizan::source::{Git, GitEnvironment, GitHome, GitOptions, Place};
use gix::ObjectId;
use libfuzzer_sys::fuzz_target;

/// Counts what it is shown.
struct Counter(Mutex<std::collections::HashSet<u32>>);

impl Visitor for Counter {
    type Scratch = ();
    type State = usize;

    fn scratch(&self) {}

    fn visit(&self, (): &mut (), object: Object<'_>, base: Option<Base<'_, usize>>) -> usize {
        assert!(self.0.lock().unwrap().insert(object.number), "shown twice");
        if let Some(base) = base {
            assert_eq!(*base.state, base.bytes.len());
            assert_eq!(base.delta.len, object.bytes.len());
        }
        object.bytes.len()
    }
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&bytes);
    bytes.extend_from_slice(hasher.try_finalize().unwrap().as_slice());
    bytes
}

/// The index of a pack that has an object at each of `offsets`.
fn index(pack: &[u8], offsets: &[u16]) -> Vec<u8> {
    let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..256 {
        let count = offsets.len().min(if first == 255 { usize::MAX } else { first });
        bytes.extend(u32::try_from(count).unwrap().to_be_bytes());
    }
    for at in 0..offsets.len() {
        bytes.extend_from_slice(ObjectId::from([u8::try_from(at).unwrap().saturating_add(1); 20]).as_slice());
    }
    bytes.extend(vec![0; 4 * offsets.len()]);
    bytes.extend(offsets.iter().flat_map(|offset| u32::from(*offset).to_be_bytes()));
    bytes.extend_from_slice(&pack[pack.len() - 20..]);
    sealed(bytes)
}

fuzz_target!(|input: (Vec<u16>, &[u8])| {
    let (mut offsets, body) = input;
    offsets.truncate(200);
    let folder = Path::new("/dev/shm").join(format!("bartizan-fuzz-{}", std::process::id()));
    let place = folder.join("objects/pack");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::create_dir_all(folder.join("refs")).unwrap();
    std::fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(offsets.len()).unwrap().to_be_bytes());
    pack.extend_from_slice(body);
    let pack = sealed(pack);
    std::fs::write(place.join("pack-1.idx"), index(&pack, &offsets)).unwrap();
    std::fs::write(place.join("pack-1.pack"), &pack).unwrap();

    let options = GitOptions {
        allow_foreign_owner: true,
        git_home: GitHome::none(),
        environment: GitEnvironment::default(),
    };
    let store = Git::open(&Place::Named(folder), &options).unwrap().objects((1 << 16, 1 << 16));
    let survey = Survey::of(&store);
    let counter = Counter(Mutex::default());
    let mut told = survey.bad().len();
    for kind in [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Blob, ObjectKind::Tag] {
        told += survey.walk(kind, &counter).bad.len();
    }
    assert!(counter.0.lock().unwrap().len() + told >= survey.len() as usize, "something was passed over");
    let refs = (0..survey.len()).map(|number| survey.id(number)).collect::<Vec<_>>();
    for id in &refs {
        assert!(store.find(id).is_some());
    }
    let starts = Starts { head: refs.first().copied(), refs: refs.clone(), ..Starts::default() };
    let graph = Graph::read(&survey, &starts, &|_| true, &|_| 0, &|_, _| {});
    drop(graph.attribute(&[refs]));
});
