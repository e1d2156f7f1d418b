//! Packs and objects made to hurt: each is a problem that is told, and the rest is read.

use bartizan::source::Place;
use bartizan::source::objects::{Bad, Reason};
use gix::ObjectId;
use gix::objs::Kind;

use super::objects::{Told, opened, store_at, tell, tell_of};
use super::packs::{On, Pack, appending, bare, blob, deflated, delta, loose, made_up};
use super::write;

/// A repository with that one pack.
fn read(pack: &Pack) -> Told {
    let temp = bare();
    pack.write(&temp.path(), "pack-1");
    let told = tell_of(&temp.path());
    assert_eq!(told.problems, [""; 0]);
    told
}

fn reasons(told: &Told) -> Vec<(ObjectId, String)> {
    told.bad.iter().map(|Bad { id, reason }| (*id, reason.to_string())).collect()
}

fn has(told: &Told, bytes: &[u8]) -> bool {
    told.objects.get(&blob(bytes).to_string()).is_some_and(|(_, found)| found == bytes)
}

/// One good blob, and `wrong`, which is the one bad object of the pack with the reason `why`.
#[track_caller]
fn only_bad(wrong: impl FnOnce(&mut Pack, u64), why: &str) {
    let mut pack = Pack::default();
    let base = pack.blob(b"0123456789");
    wrong(&mut pack, base);
    pack.blob(b"after it");
    let told = read(&pack);
    assert!(has(&told, b"0123456789") && has(&told, b"after it"), "{told:?}");
    assert_eq!(told.objects.len(), 2);
    let found = reasons(&told);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, made_up(7));
    assert!(found[0].1.contains(why), "{found:?}");
}

#[test]
fn hand_made_packs_are_read() {
    let mut pack = Pack::default();
    let base = pack.blob(b"0123456789");
    let back = pack.here() - base;
    pack.delta(blob(b"0123456789abc"), On::Back(back), &appending(10, 10, b"abc"));
    pack.delta(blob(b"012xyz"), On::Id(blob(b"0123456789abc")), &appending(13, 3, b"xyz"));
    // The base may stand behind what is made from it.
    pack.delta(blob(b"latexyz"), On::Id(blob(b"later")), &appending(5, 4, b"xyz"));
    pack.blob(b"later");
    pack.blob(b"");
    let told = read(&pack);
    assert_eq!(reasons(&told), []);
    for bytes in [b"0123456789".as_slice(), b"0123456789abc", b"012xyz", b"later", b"latexyz", b""] {
        assert!(has(&told, bytes), "{bytes:?}");
    }
    assert_eq!((told.objects.len(), told.with_base), (6, 3));
}

#[test]
fn deltas_that_lie() {
    let on = |pack: &Pack, base: u64| On::Back(pack.here() - base);
    let cases: [(Vec<u8>, &str); 9] = [
        (delta(10, 3, b"\x91\x08\x03"), "base does not have"),
        (delta(11, 3, b"\x90\x03"), "base of another size"),
        (delta(10, 4, b"\x90\x03"), "less than it claims"),
        (delta(10, 2, b"\x90\x03"), "more than it claims"),
        (delta(10, 3, b"\x00\x90\x03"), "does not exist"),
        (delta(10, 3, b"\x90"), "within a copy"),
        (delta(10, 9, b"\x09ab"), "within an insertion"),
        (delta(10, 5 << 30, b"\x90\x0a"), "over the size limit"),
        (delta(10, u64::MAX, b"\x90\x0a"), "over the size limit"),
    ];
    for (delta, why) in cases {
        only_bad(
            |pack, base| {
                pack.delta(made_up(7), on(pack, base), &delta);
            },
            why,
        );
    }
    only_bad(
        |pack, base| {
            pack.delta(made_up(7), on(pack, base), b"");
        },
        "no sizes",
    );
    only_bad(
        |pack, base| {
            pack.delta(made_up(7), on(pack, base), b"\x80\x80");
        },
        "no sizes",
    );
}

#[test]
fn entries_that_lie() {
    let id = made_up(7);
    let zlib = deflated(b"hello");
    only_bad(
        |pack, _| {
            pack.entry(id, 3, 4, &[], &zlib);
        },
        "larger than it claims",
    );
    only_bad(
        |pack, _| {
            pack.entry(id, 3, 6, &[], &zlib);
        },
        "it",
    );
    only_bad(
        |pack, _| {
            pack.entry(id, 3, 7 << 30, &[], &zlib);
        },
        "more bytes than it can have",
    );
    only_bad(
        |pack, _| {
            pack.entry(id, 3, u64::MAX, &[], &zlib);
        },
        "more bytes than it can have",
    );
    only_bad(
        |pack, _| {
            pack.entry(id, 3, 5, &[], b"no zlib at all");
        },
        "damaged",
    );
    only_bad(
        |pack, _| {
            pack.entry(id, 3, 5, &[], &zlib[..zlib.len() - 5]);
        },
        "compressed bytes",
    );
    let mut flipped = zlib.clone();
    *flipped.last_mut().unwrap() ^= 1;
    only_bad(
        |pack, _| {
            pack.entry(id, 3, 5, &[], &flipped);
        },
        "damaged",
    );
    only_bad(
        |pack, _| {
            pack.entry(id, 5, 5, &[], &zlib);
        },
        "holds no object",
    );
    only_bad(
        |pack, _| {
            pack.entry(id, 0, 5, &[], &zlib);
        },
        "holds no object",
    );
    only_bad(
        |pack, _| {
            pack.claim(id, 3);
        },
        "holds no object",
    );
    only_bad(
        |pack, _| {
            pack.claim(id, 1 << 40);
        },
        "holds no object",
    );
    only_bad(
        |pack, _| {
            pack.claim(id, u64::MAX);
        },
        "holds no object",
    );
}

#[test]
fn two_ids_for_one_place() {
    let mut pack = Pack::default();
    let base = pack.blob(b"0123456789");
    pack.claim(made_up(0xff), base);
    let told = read(&pack);
    assert!(has(&told, b"0123456789") && told.objects.len() == 1);
    let found = reasons(&told);
    assert!(found.len() == 1 && found[0].0 == made_up(0xff) && found[0].1.contains("that of another object"));
}

#[test]
fn bases_that_are_not_there() {
    let id = made_up(7);
    let change = appending(10, 3, b"x");
    only_bad(
        |pack, _| {
            pack.delta(id, On::Id(made_up(9)), &change);
        },
        "which is missing",
    );
    only_bad(
        |pack, _| {
            pack.delta(id, On::Id(id), &change);
        },
        "delta of itself",
    );
    only_bad(
        |pack, _| {
            pack.delta(id, On::Back(0), &change);
        },
        "no object starts",
    );
    only_bad(
        |pack, _| {
            pack.delta(id, On::Back(3), &change);
        },
        "no object starts",
    );
    only_bad(
        |pack, _| {
            pack.delta(id, On::Back(1 << 60), &change);
        },
        "no object starts",
    );
}

#[test]
fn circles_of_deltas() {
    let mut pack = Pack::default();
    pack.blob(b"good");
    let change = appending(4, 3, b"x");
    let ring = 50u8;
    for at in 0..ring {
        pack.delta(made_up(100 + at), On::Id(made_up(100 + (at + 1) % ring)), &change);
    }
    // What hangs on the ring cannot be read either.
    pack.delta(made_up(9), On::Id(made_up(100)), &change);
    let temp = bare();
    pack.write(&temp.path(), "pack-1");
    let store = store_at(&temp.path());
    let told = tell(&store);
    assert!(has(&told, b"good") && told.objects.len() == 1);
    assert_eq!(told.bad.len(), usize::from(ring) + 1);
    assert!(told.bad.iter().all(|bad| bad.reason == Reason::Cyclic), "{:?}", told.bad);
    assert_eq!(store.find(&made_up(110)), Some(Err(Reason::Cyclic)));

    // A circle over two packs.
    let (mut one, mut two) = (Pack::default(), Pack::default());
    one.delta(made_up(1), On::Id(made_up(2)), &change);
    two.delta(made_up(2), On::Id(made_up(1)), &change);
    two.blob(b"good");
    let temp = bare();
    one.write(&temp.path(), "pack-1");
    two.write(&temp.path(), "pack-2");
    let store = store_at(&temp.path());
    let told = tell(&store);
    assert!(has(&told, b"good") && told.objects.len() == 1);
    assert_eq!(told.bad.iter().map(|bad| bad.reason).collect::<Vec<_>>(), [Reason::Cyclic; 2]);
    assert_eq!(store.find(&made_up(1)), Some(Err(Reason::Cyclic)));
}

#[test]
fn chains_of_thousands() {
    let mut pack = Pack::default();
    let mut bytes = b"start".to_vec();
    let mut last = pack.blob(&bytes);
    for n in 0..20_000u32 {
        let next = [&bytes[..3], n.to_string().as_bytes()].concat();
        let back = pack.here() - last;
        last = pack.delta(blob(&next), On::Back(back), &appending(bytes.len(), 3, n.to_string().as_bytes()));
        bytes = next;
    }
    let temp = bare();
    pack.write(&temp.path(), "pack-1");
    let store = store_at(&temp.path());
    let told = tell(&store);
    assert_eq!((told.objects.len(), told.bad.len(), told.with_base), (20_001, 0, 20_000));
    assert_eq!(store.find(&blob(&bytes)).unwrap().unwrap().bytes, bytes);
}

#[test]
fn sizes_over_the_limit() {
    let mut pack = Pack::default();
    // Over the limit, but put together for the one that is made from it.
    let base = pack.blob(b"0123456789");
    let back = pack.here() - base;
    pack.delta(blob(b"012xyz"), On::Back(back), &appending(10, 3, b"xyz"));
    pack.blob(b"ten bytes!");
    pack.blob(b"nine byte");
    let temp = bare();
    pack.write(&temp.path(), "pack-1");
    loose(&temp.path(), blob(b"loose and long"), b"blob 14\0loose and long");
    let store = opened(&Place::Named(temp.path()), (9, 1 << 20)).unwrap();
    let told = tell(&store);
    assert!(has(&told, b"012xyz") && has(&told, b"nine byte"));
    let mut expected = [blob(b"0123456789"), blob(b"ten bytes!"), blob(b"loose and long")];
    expected.sort();
    assert_eq!(told.bad.iter().map(|bad| bad.id).collect::<Vec<_>>(), expected);
    assert!(told.bad.iter().all(|bad| bad.reason == Reason::TooLarge));
}

#[test]
fn what_is_made_from_something_bad() {
    let mut pack = Pack::default();
    let bad = pack.entry(made_up(7), 3, 5, &[], b"no zlib at all");
    let child = pack.here();
    pack.delta(made_up(8), On::Back(child - bad), &appending(5, 3, b"x"));
    let grandchild = pack.here();
    pack.delta(made_up(9), On::Back(grandchild - child), &appending(4, 3, b"x"));
    let told = read(&pack);
    let expected = [Reason::Damaged("its compressed bytes are damaged"), Reason::BadBase, Reason::BadBase];
    assert_eq!(told.bad.iter().map(|bad| bad.reason).collect::<Vec<_>>(), expected);
    assert!(told.objects.is_empty());
}

#[test]
fn another_copy_is_taken() {
    let mut bad = Pack::default();
    bad.entry(blob(b"hello"), 3, 5, &[], b"no zlib at all");
    bad.entry(blob(b"there"), 3, 5, &[], b"no zlib at all");
    let mut good = Pack::default();
    good.blob(b"hello");
    let temp = bare();
    bad.write(&temp.path(), "pack-1");
    good.write(&temp.path(), "pack-2");
    loose(&temp.path(), blob(b"there"), b"blob 5\0there");
    let told = tell_of(&temp.path());
    assert_eq!(told.bad, []);
    assert!(has(&told, b"hello") && has(&told, b"there"));
}

#[test]
fn bases_in_another_pack() {
    let (mut one, mut two) = (Pack::default(), Pack::default());
    one.delta(blob(b"012xyz"), On::Id(blob(b"0123456789")), &appending(10, 3, b"xyz"));
    let child = one.here();
    one.delta(blob(b"012xab"), On::Back(child - 12), &appending(6, 4, b"ab"));
    two.blob(b"0123456789");
    one.delta(blob(b"looabc"), On::Id(blob(b"loose")), &appending(5, 3, b"abc"));
    let tree = one.whole(Kind::Tree, b"");
    one.delta(made_up(7), On::Id(made_up(8)), &appending(10, 3, b"xyz"));
    two.delta(made_up(8), On::Id(tree), &appending(0, 0, b"garbage"));
    let temp = bare();
    one.write(&temp.path(), "pack-1");
    two.write(&temp.path(), "pack-2");
    loose(&temp.path(), blob(b"loose"), b"blob 5\0loose");
    let told = tell_of(&temp.path());
    assert!(has(&told, b"012xyz") && has(&told, b"012xab") && has(&told, b"looabc"), "{told:?}");
    // A tree, whatever its bytes are; and one that is made from it wrongly.
    let found = reasons(&told);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == made_up(7) && found[0].1.contains("another size"));
}

#[test]
fn files_that_are_no_packs() {
    let mut pack = Pack::default();
    pack.blob(b"good");
    let mut lost = Pack::default();
    lost.blob(b"lost");
    let bytes = lost.pack();
    let index = lost.index(&bytes);
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    let mut count = bytes.clone();
    count[11] = 200;
    let cases: [(&[u8], &[u8], &str, bool); 8] = [
        (&[], &bytes, "was not read", false),
        (&index[..index.len() - 1], &bytes, "was not read", false),
        (&index[..40], &bytes, "was not read", false),
        (&index, &[], "was not read", false),
        (&index, b"PACK", "was not read", false),
        (&index, b"not a pack but long enough to be one, is it not?", "was not read", false),
        (&index, &other, "made for other content", true),
        (&index, &count, "200 objects", true),
    ];
    for (index, bytes, why, readable) in cases {
        let temp = bare();
        pack.write(&temp.path(), "pack-1");
        let place = temp.path().join("objects/pack");
        write(&place.join("pack-2.idx"), index);
        write(&place.join("pack-2.pack"), bytes);
        let told = tell_of(&temp.path());
        assert!(has(&told, b"good"));
        assert!(told.problems.len() == 1 && told.problems[0].contains(why), "{:?}", told.problems);
        assert_eq!(has(&told, b"lost"), readable);
    }
    let temp = bare();
    let place = temp.path().join("objects/pack");
    write(&place.join("pack-2.pack"), &bytes);
    // What an interrupted `git repack` leaves, and no loss.
    write(&place.join("pack-3.idx"), &index);
    let told = tell_of(&temp.path());
    assert!(told.problems.len() == 1 && told.problems[0].contains("has no index"), "{:?}", told.problems);

    // Cut off behind the first of its objects.
    let mut pack = Pack::default();
    pack.blob(b"first");
    let second = pack.here();
    pack.blob(b"second, which is longer than that checksum at the end of a pack is");
    let whole = pack.pack();
    let temp = bare();
    let place = temp.path().join("objects/pack");
    write(&place.join("pack-1.idx"), &pack.index(&whole));
    write(&place.join("pack-1.pack"), &whole[..second as usize + 40]);
    let told = tell_of(&temp.path());
    assert!(has(&told, b"first") && told.objects.len() == 1);
    assert!(told.bad.len() == 1 && told.problems.len() == 1, "{told:?}");
}

#[test]
fn loose_objects_that_lie() {
    let cases: [(&[u8], &str); 8] = [
        (b"", "does not start as an object does"),
        (b"blob 5hello", "does not start as an object does"),
        (b"blob x\0hello", "does not start as an object does"),
        (b"secret 5\0hello", "does not start as an object does"),
        (b"blob 4\0hello", "larger than it claims"),
        (b"blob 6\0hello", "it"),
        (b"blob 999999999999999999\0hello", "over the size limit"),
        (b"blob 4999999999\0hello", "over the size limit"),
    ];
    for (content, why) in cases {
        let temp = bare();
        loose(&temp.path(), made_up(7), content);
        loose(&temp.path(), blob(b"good"), b"blob 4\0good");
        let told = tell_of(&temp.path());
        assert!(has(&told, b"good") && told.objects.len() == 1);
        let found = reasons(&told);
        assert!(found.len() == 1 && found[0].1.contains(why), "{found:?}, {why}");
    }
    let temp = bare();
    let root = temp.path();
    write(&root.join("objects/07/07070707070707070707070707070707070707"), b"not zlib");
    write(&root.join("objects/07/not-an-id"), b"what is that");
    write(&root.join("objects/zz/07070707070707070707070707070707070707"), b"what is that");
    std::fs::create_dir_all(root.join("objects/08/08080808080808080808080808080808080808")).unwrap();
    write(&root.join("objects/09"), b"a file in the place of a directory");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(root.join("objects/07/08080808080808080808080808080808080808"))
            .status()
            .unwrap()
            .success()
    );
    let told = tell_of(&root);
    assert_eq!(told.bad.len(), 1, "{told:?}");
    assert!(told.bad[0].id == ObjectId::from_hex(&[b"07".repeat(20)].concat()).unwrap());
}

#[test]
fn fifos_in_the_place_of_packs() {
    let temp = bare();
    let place = temp.path().join("objects/pack");
    for name in ["pack-1.idx", "pack-1.pack"] {
        assert!(std::process::Command::new("mkfifo").arg(place.join(name)).status().unwrap().success());
    }
    let told = tell_of(&temp.path());
    assert!(told.problems.len() == 1 && told.problems[0].contains("not a regular file"), "{told:?}");
}

#[test]
fn many_bases_elsewhere_do_not_take_for_ever() {
    // Each would have to go down a chain in the other pack again.
    let (mut one, mut two) = (Pack::default(), Pack::default());
    let mut bytes = b"start".to_vec();
    let mut last = two.blob(&bytes);
    for n in 0..300u32 {
        let next = [&bytes[..3], n.to_string().as_bytes()].concat();
        let back = two.here() - last;
        last = two.delta(blob(&next), On::Back(back), &appending(bytes.len(), 3, n.to_string().as_bytes()));
        bytes = next;
    }
    for n in 0..6000u32 {
        let text = n.to_string();
        let next = [&bytes[..3], b"-", text.as_bytes()].concat();
        let change = appending(bytes.len(), 3, &[b"-", text.as_bytes()].concat());
        one.delta(blob(&next), On::Id(blob(&bytes)), &change);
    }
    let temp = bare();
    one.write(&temp.path(), "pack-1");
    two.write(&temp.path(), "pack-2");
    let told = tell_of(&temp.path());
    assert_eq!(told.objects.len() + told.bad.len(), 6301);
    assert_eq!(told.bad.len(), 6000 - 4096);
}
