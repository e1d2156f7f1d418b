//! The files of a repository's store, one of which is a stranger's: the first byte picks which. What is
//! listed can be asked for, and is shown or told of.
#![no_main]

use std::io::Write as _;
use std::sync::Mutex;

use bartizan::source::objects::{Base, Object, ObjectKind, Survey, Visitor};
use bartizan::source::{Git, GitEnvironment, GitHome, GitOptions, Place};
use bartizan_fuzz::{folder, sealed, write};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use libfuzzer_sys::fuzz_target;

const LOOSE: &str = "objects/11/11111111111111111111111111111111111111";

/// Counts what it is shown.
struct Counter(Mutex<usize>);

impl Visitor for Counter {
    type Scratch = ();
    type State = ();

    fn scratch(&self) {}

    fn visit(&self, (): &mut (), _: Object<'_>, _: Option<Base<'_, ()>>) {
        *self.0.lock().expect("nothing panics") += 1;
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory takes everything");
    packed.finish().expect("memory takes everything")
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let folder = folder();
    write(&folder, "HEAD", b"ref: refs/heads/main\n");
    write(&folder, "refs/x", b"");
    write(&folder, "objects/pack/x", b"");
    match first % 7 {
        0 => write(&folder, LOOSE, bytes),
        1 => write(&folder, LOOSE, &deflated(bytes)),
        2 => write(&folder, "objects/info/alternates", bytes),
        way => {
            // An index, then the pack: as they are, or with checksums that are right.
            let half = bytes.iter().position(|byte| *byte == b'|').unwrap_or(bytes.len());
            let (index, pack) = (&bytes[..half], bytes.get(half + 1..).unwrap_or_default());
            let mut whole = b"PACK\0\0\0\x02\0\0\0".to_vec();
            whole.push(u8::try_from(index.len() / 5).unwrap_or(u8::MAX));
            whole.extend_from_slice(pack);
            let pack = if way == 3 { pack.to_vec() } else { sealed(whole) };
            let index = match way {
                3 => index.to_vec(),
                4 => sealed([index, &pack[pack.len() - 20..]].concat()),
                _ => {
                    // Five bytes an object: the first of its id, and where it is.
                    let mut objects: Vec<&[u8]> = index.chunks_exact(5).take(255).collect();
                    objects.sort_unstable();
                    objects.dedup_by_key(|object| object[0]);
                    let mut all = b"\xfftOc\0\0\0\x02".to_vec();
                    for first in 0..=255 {
                        let count = objects.iter().filter(|object| object[0] <= first).count();
                        all.extend(u32::try_from(count).expect("they are few").to_be_bytes());
                    }
                    for object in &objects {
                        all.extend([object[0]; 20]);
                    }
                    all.extend(vec![0; 4 * objects.len()]);
                    all.extend(objects.iter().flat_map(|object| &object[1..]));
                    all.extend_from_slice(&pack[pack.len() - 20..]);
                    sealed(all)
                }
            };
            write(&folder, "objects/pack/pack-1.idx", &index);
            write(&folder, "objects/pack/pack-1.pack", &pack);
        }
    }
    let options = GitOptions {
        allow_foreign_owner: true,
        git_home: GitHome::none(),
        environment: GitEnvironment::default(),
    };
    let Ok(git) = Git::open(&Place::Named(folder), &options) else { return };
    let store = git.objects((1 << 16, 1 << 16));
    let survey = Survey::of(&store);
    let counter = Counter(Mutex::default());
    let mut told = survey.bad().len();
    for kind in [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Blob, ObjectKind::Tag] {
        told += survey.walk(kind, &counter).bad.len();
    }
    assert!(
        *counter.0.lock().expect("nothing panics") + told >= survey.len() as usize,
        "something was passed over"
    );
    for number in 0..survey.len() {
        // In an index of a stranger's own, ids that are not in order are not found, by git neither.
        assert!(store.find(&survey.id(number)).is_some() || matches!(first % 7, 3 | 4));
    }
});
