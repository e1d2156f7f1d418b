//! Commits and trees made to hurt.

use bartizan::source::graph::{Graph, Starts};
use bartizan::source::objects::Survey;
use gix::ObjectId;
use gix::objs::Kind;

use super::objects::store_at;
use super::packs::{Pack, bare, blob, deflated, id_of, made_up};

/// A tree with these entries, in this order.
fn tree(entries: &[(&str, &[u8], ObjectId)]) -> Vec<u8> {
    let entry = |(mode, name, id): &(&str, &[u8], ObjectId)| {
        [mode.as_bytes(), b" ", name, b"\0", id.as_slice()].concat()
    };
    entries.iter().flat_map(entry).collect()
}

fn commit(tree: ObjectId, parents: &[ObjectId], time: i64) -> Vec<u8> {
    let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
    format!("tree {tree}\n{parents}author a <a@b> {time} +0000\ncommitter a <a@b> {time} +0000\n\nsaid\n")
        .into_bytes()
}

fn with<T>(pack: &Pack, starts: &Starts, look: impl FnOnce(&Survey, &Graph) -> T) -> T {
    let temp = bare();
    pack.write(&temp.path(), "pack-1");
    let store = store_at(&temp.path());
    let survey = Survey::of(&store);
    let graph = Graph::read(&survey, starts, &|_| true, &|_| 0, &|_, _| {});
    look(&survey, &graph)
}

fn from(refs: &[ObjectId]) -> Starts {
    Starts { refs: refs.to_vec(), head: refs.first().copied(), ..Starts::default() }
}

#[test]
fn trees_that_hold_themselves() {
    let mut pack = Pack::default();
    pack.blob(b"good");
    let (one, two) = (made_up(1), made_up(2));
    let ring = [
        (one, tree(&[("40000", b"x", two), ("40000", b"y", one), ("100644", b"f", blob(b"good"))])),
        (two, tree(&[("40000", b"a", one), ("40000", b"b", one)])),
    ];
    for (id, bytes) in &ring {
        pack.entry(*id, 2, bytes.len() as u64, &[], &deflated(bytes));
    }
    let tip = pack.whole(Kind::Commit, &commit(one, &[], 5));
    with(&pack, &from(&[tip]), |survey, graph| {
        assert!(graph.gaps().tangled, "not all paths can be gone over");
        assert!((0..survey.len()).all(|number| graph.is_reached(number)));
        let all = graph.attribute(&[vec![blob(b"good")]]);
        assert_eq!(all.entered[&blob(b"good")].commit, tip);
        assert!(all.presence[0].in_head && all.presence[0].commits == 1);
    });
}

#[test]
fn more_paths_than_anybody_can_go_over() {
    let mut pack = Pack::default();
    pack.blob(b"good");
    let mut below = pack.whole(Kind::Tree, &tree(&[("100644", b"f", blob(b"good"))]));
    for _ in 0..40 {
        let entries = [b"a", b"b"].map(|name| ("40000", name.as_slice(), below));
        below = pack.whole(Kind::Tree, &tree(&entries));
    }
    let tip = pack.whole(Kind::Commit, &commit(below, &[], 5));
    with(&pack, &from(&[tip]), |survey, graph| {
        assert!(graph.gaps().tangled);
        assert!((0..survey.len()).all(|number| graph.is_reached(number)));
        let all = graph.attribute(&[vec![blob(b"good")]]);
        assert_eq!(all.entered[&blob(b"good")].commit, tip);
    });
}

#[test]
fn four_thousand_levels_and_odd_names() {
    let mut pack = Pack::default();
    let names: [&[u8]; 7] = [b"..", b".", b"a/b", b"", b"\x1b[2J", b"\xff", b".git"];
    pack.blob(b"good");
    let entries: Vec<_> = names.iter().map(|name| ("100644", *name, blob(b"good"))).collect();
    let mut below = pack.whole(Kind::Tree, &tree(&entries));
    for _ in 0..4200 {
        below = pack.whole(Kind::Tree, &tree(&[("40000", b"d", below)]));
    }
    let tip = pack.whole(Kind::Commit, &commit(below, &[], 5));
    with(&pack, &from(&[tip]), |survey, graph| {
        assert!(graph.is_reached(survey.number(blob(b"good").as_slice()).unwrap()));
        assert_eq!(graph.sensitive().len(), names.len());
        let all = graph.attribute(&[vec![blob(b"good")]]);
        assert_eq!((all.presence[0].commits, all.presence[0].refs), (1, 1));
    });
}

#[test]
fn commits_that_come_before_themselves() {
    let mut pack = Pack::default();
    let empty = pack.whole(Kind::Tree, b"");
    for (id, parent) in [(made_up(1), made_up(2)), (made_up(2), made_up(3)), (made_up(3), made_up(1))] {
        let bytes = commit(empty, &[parent], 5);
        pack.entry(id, 1, bytes.len() as u64, &[], &deflated(&bytes));
    }
    let good = pack.whole(Kind::Commit, &commit(empty, &[], 5));
    with(&pack, &from(&[good, made_up(1)]), |_, graph| {
        assert_eq!(graph.commits(), 4);
        assert_eq!(graph.gaps().damaged.iter().copied().collect::<Vec<_>>(), [made_up(1)]);
        let all = graph.attribute(&[vec![made_up(2)], vec![empty]]);
        assert_eq!(all.presence[0].commits, 1);
        assert_eq!(all.entered[&made_up(2)].commit, made_up(2));
    });
}

#[test]
fn objects_of_the_wrong_kind() {
    let mut pack = Pack::default();
    pack.blob(b"good");
    let inner = pack.whole(Kind::Tree, &tree(&[("100644", b"f", blob(b"good"))]));
    let base = pack.whole(Kind::Commit, &commit(inner, &[], 5));
    // A directory that is a blob, a file that is a tree, and a file that is a commit.
    let odd = tree(&[("40000", b"dir", blob(b"good")), ("100644", b"file", inner), ("100644", b"c", base)]);
    let odd = pack.whole(Kind::Tree, &odd);
    let tip = pack.whole(Kind::Commit, &commit(odd, &[blob(b"good")], 6));
    // Its tree is a blob.
    let second = pack.whole(Kind::Commit, &commit(blob(b"good"), &[], 7));
    let rubbish = pack.whole(Kind::Commit, b"no commit at all");
    let cut = pack.whole(Kind::Tree, b"100644 no-id\0short");
    let third = pack.whole(Kind::Commit, &commit(cut, &[], 8));
    let tag = pack.whole(Kind::Tag, b"no tag at all");
    let circle = made_up(9);
    let bytes = format!("object {circle}\ntype tag\ntag x\n\nsaid");
    pack.entry(circle, 4, bytes.len() as u64, &[], &deflated(bytes.as_bytes()));
    let refs = [tip, second, rubbish, third, tag, circle, made_up(0x77)];
    with(&pack, &from(&refs), |survey, graph| {
        assert_eq!(graph.gaps().missing.iter().copied().collect::<Vec<_>>(), [made_up(0x77)]);
        for id in [base, second, rubbish, cut, tag, circle] {
            assert!(graph.gaps().damaged.contains(&id), "{id}: {:?}", graph.gaps());
        }
        assert!(graph.is_reached(survey.number(blob(b"good").as_slice()).unwrap()));
        let all = graph.attribute(&[vec![blob(b"good"), circle, made_up(0x55)]]);
        assert_eq!(all.presence[0].commits, 1);
    });
    assert_eq!(id_of(Kind::Blob, b"good"), blob(b"good"));
}
