//! A history of a stranger's objects, honestly packed: the history, a range or a tree of it is scanned
//! to the end.
#![no_main]

use std::io::Write as _;
use std::path::Path;

use bartizan::source::objects::STRUCTURE_MAX;
use bartizan::source::{
    Git, GitEnvironment, GitHome, GitOptions, History, HistoryOptions, Limits, Place, Range, RangeOptions,
    Source, Tree,
};
use bartizan_fuzz::{folder, sealed, write};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix::ObjectId;
use libfuzzer_sys::fuzz_target;

const KINDS: [(u8, &str); 4] = [(1, "commit"), (2, "tree"), (3, "blob"), (4, "tag")];

/// Objects of a pack: where each is, and its id.
#[derive(Default)]
struct Pack {
    bytes: Vec<u8>,
    objects: Vec<(ObjectId, u32)>,
    /// Kind and content of each.
    contents: Vec<(u8, Vec<u8>)>,
}

impl Pack {
    fn add(&mut self, kind: u8, before: &[u8], body: &[u8], what: (u8, Vec<u8>)) {
        let (number, content) = what;
        let word = KINDS[usize::from(number) % 4].1;
        let id = gix::objs::compute_hash(
            gix::hash::Kind::Sha1,
            gix::objs::Kind::from_bytes(word.as_bytes()).expect("it is one of the four"),
            &content,
        );
        let Ok(id) = id else { return };
        if self.objects.iter().any(|(known, _)| *known == id) {
            return;
        }
        self.objects.push((id, u32::try_from(self.bytes.len() + 12).expect("it is small")));
        self.contents.push((number, content));
        let (mut left, mut byte) = (body.len() >> 4, (kind << 4) | (body.len() & 15) as u8);
        while left > 0 {
            self.bytes.push(byte | 0x80);
            (byte, left) = ((left & 0x7f) as u8, left >> 7);
        }
        self.bytes.push(byte);
        self.bytes.extend_from_slice(before);
        let mut packed = ZlibEncoder::new(std::mem::take(&mut self.bytes), Compression::fast());
        packed.write_all(body).expect("memory takes everything");
        self.bytes = packed.finish().expect("memory takes everything");
    }

    /// Writes the pack and its index.
    fn write(&self, folder: &Path) {
        let count = u32::try_from(self.objects.len()).expect("they are few").to_be_bytes();
        let pack = sealed([b"PACK\0\0\0\x02", &count[..], &self.bytes].concat());
        let mut sorted = self.objects.clone();
        sorted.sort();
        let mut all = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255 {
            let count = sorted.iter().filter(|(id, _)| id.as_slice()[0] <= first).count();
            all.extend(u32::try_from(count).expect("they are few").to_be_bytes());
        }
        sorted.iter().for_each(|(id, _)| all.extend_from_slice(id.as_slice()));
        all.extend(vec![0; 4 * sorted.len()]);
        sorted.iter().for_each(|(_, offset)| all.extend(offset.to_be_bytes()));
        all.extend_from_slice(&pack[pack.len() - 20..]);
        write(folder, "objects/pack/pack-1.idx", &sealed(all));
        write(folder, "objects/pack/pack-1.pack", &pack);
    }
}

/// `text` with the ids of earlier objects: `\x01` and a number is one in hexadecimal digits, `\x02` and a number
/// one in bytes.
fn with_ids(text: &[u8], objects: &[(ObjectId, u32)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        let which = |number: u8| objects.get(usize::from(number) % objects.len().max(1)).map(|(id, _)| *id);
        match byte {
            1 | 2 => {
                let id = bytes.next().and_then(which).unwrap_or(ObjectId::null(gix::hash::Kind::Sha1));
                match byte {
                    1 => out.extend(id.to_string().bytes()),
                    _ => out.extend_from_slice(id.as_slice()),
                }
            }
            _ => out.push(byte),
        }
    }
    out
}

/// What `instructions` make of `base`, if they are right; as git does it.
fn made(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    use bartizan::source::objects::delta::{Delta, apply, parts};
    let parts = parts(delta)?;
    let len = usize::try_from(parts.result).ok().filter(|len| *len < 1 << 16)?;
    let mut out = Vec::new();
    apply(base, parts.instructions, len, &mut out, &mut Delta::default()).ok()?;
    Some(out)
}

fuzz_target!(|bytes: &[u8]| {
    let mut pack = Pack::default();
    let mut rest = bytes;
    // A byte for the kind, two for the length; of a delta one more for its base.
    while let [how, low, high, more @ ..] = rest
        && pack.objects.len() < 64
    {
        let len = (usize::from(*low) | usize::from(high & 3) << 8).min(more.len());
        let body = &more[..len];
        rest = &more[len..];
        if how & 4 != 0 {
            let [which, delta @ ..] = body else { continue };
            if pack.contents.is_empty() {
                continue;
            }
            let which = usize::from(*which) % pack.contents.len();
            let (number, base) = pack.contents[which].clone();
            if let Some(content) = made(&base, delta) {
                let base = pack.objects[which].0;
                pack.add(7, base.as_slice(), delta, (number, content));
            }
        } else {
            let content = with_ids(body, &pack.objects);
            pack.add(KINDS[usize::from(how & 3)].0, b"", &content.clone(), (how & 3, content));
        }
    }
    let Some((tip, _)) = pack.objects.last() else { return };
    let folder = folder();
    write(&folder, "HEAD", b"ref: refs/heads/main\n");
    write(&folder, "refs/heads/main", format!("{tip}\n").as_bytes());
    write(&folder, "refs/tags/first", format!("{}\n", pack.objects[0].0).as_bytes());
    pack.write(&folder);

    let limits = Limits { max_file_size: 1 << 16, exclude: bartizan::model::PathGlobs::default() };
    let open = || {
        let options = GitOptions {
            allow_foreign_owner: true,
            git_home: GitHome::none(),
            environment: GitEnvironment::default(),
        };
        Git::open(&Place::Named(folder.clone()), &options).expect("it is a repository")
    };
    let each = |source: &dyn Source| {
        // Read and reported, or refused: both end.
        let _ = bartizan_fuzz::report(source);
    };
    let options = HistoryOptions {
        limits: limits.clone(),
        include_authors: true,
        unreachable: bytes.len() % 2 == 0,
        max_structure_size: STRUCTURE_MAX,
    };
    let of_range = RangeOptions { limits: limits.clone(), include_authors: true };
    match pack.objects.len() % 5 {
        0 => Range::open(open(), "HEAD", &of_range).iter().for_each(|range| each(range)),
        1 => Range::open(open(), "refs/tags/first..HEAD", &of_range).iter().for_each(|range| each(range)),
        2 => Tree::of(open(), "HEAD").into_iter().for_each(|tree| each(&tree.within(limits.clone()))),
        _ => each(&History::new(open(), &options)),
    }
});
