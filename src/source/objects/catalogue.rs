//! All ids of a store, sorted, each with the place it is read from.

use gix::{ObjectId, oid};

/// Where an object is read from: the first of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// The number of the pack; the number of packs for loose objects.
    pub(super) source: u32,
    /// Its position in there.
    pub(super) position: u32,
}

/// Every id once, sorted.
pub(super) struct Catalogue {
    width: usize,
    ids: Vec<u8>,
    homes: Vec<Home>,
    /// How many ids start with a lower pair of bytes.
    fan: Vec<u32>,
}

impl Catalogue {
    /// Merges the ids of `sources`: how many each has, and the id at a position. Also returns the numbers of the
    /// ids of each source.
    pub(super) fn new<'a>(
        width: usize,
        sources: &[u32],
        id: impl Fn(Home) -> &'a oid,
    ) -> (Self, Vec<Vec<u32>>) {
        let mut all: Vec<(u64, Home)> = (0u32..)
            .zip(sources)
            .flat_map(|(source, len)| (0..*len).map(move |position| Home { source, position }))
            .map(|home| (start(id(home).as_bytes()), home))
            .collect();
        // Each source is sorted already, which a stable sort exploits.
        all.sort_by(|(a, x), (b, y)| {
            a.cmp(b)
                .then_with(|| id(*x).cmp(id(*y)))
                .then(x.source.cmp(&y.source))
                .then(x.position.cmp(&y.position))
        });
        let mut numbers: Vec<Vec<u32>> = sources.iter().map(|len| vec![0; *len as usize]).collect();
        let mut catalogue = Self {
            width,
            ids: Vec::with_capacity(all.len() * width),
            homes: Vec::with_capacity(all.len()),
            fan: vec![0; 0x1_0001],
        };
        for (_, home) in all {
            let bytes = id(home).as_bytes();
            if catalogue.ids.len() < width || !catalogue.ids.ends_with(bytes) {
                catalogue.ids.extend_from_slice(bytes);
                catalogue.homes.push(home);
                catalogue.fan[pair(bytes) + 1] += 1;
            }
            let number = catalogue.homes.len() - 1;
            numbers[home.source as usize][home.position as usize] =
                u32::try_from(number).expect("a pack numbers its objects with 32 bits, and few have many");
        }
        for at in 1..catalogue.fan.len() {
            catalogue.fan[at] += catalogue.fan[at - 1];
        }
        (catalogue, numbers)
    }

    /// How many ids there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.homes.len()).expect("each id has a number of 32 bits")
    }

    /// The id with this number.
    pub(super) fn id(&self, number: u32) -> ObjectId {
        ObjectId::try_from(self.bytes(number)).expect("ids are as wide as they were entered")
    }

    /// Where the object with this number is read from.
    pub(super) fn home(&self, number: u32) -> Home {
        self.homes[number as usize]
    }

    /// The number of the id with these bytes.
    pub(super) fn find(&self, id: &[u8]) -> Option<u32> {
        if id.len() != self.width {
            return None;
        }
        let (mut low, mut high) = (self.fan[pair(id)], self.fan[pair(id) + 1]);
        let key = start(id);
        while low < high {
            let middle = low + (high - low) / 2;
            let other = self.bytes(middle);
            // The first bytes nearly always differ, and are compared at once.
            match start(other).cmp(&key).then_with(|| other.cmp(id)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    fn bytes(&self, number: u32) -> &[u8] {
        &self.ids[number as usize * self.width..][..self.width]
    }
}

/// The first bytes as a number.
#[inline]
fn start(id: &[u8]) -> u64 {
    id.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

fn pair(id: &[u8]) -> usize {
    usize::from(id[0]) << 8 | usize::from(id[1])
}

#[cfg(test)]
mod tests {
    use gix::ObjectId;

    use super::{Catalogue, Home};

    #[test]
    fn first_place_wins_and_everything_is_found() {
        let id = |n: u8| ObjectId::from([n; 20]);
        let sources = [vec![id(9), id(1), id(200)], vec![], vec![id(1), id(77), id(9)]];
        let counts = sources.each_ref().map(|ids| ids.len() as u32);
        let (catalogue, numbers) =
            Catalogue::new(20, &counts, |home| &sources[home.source as usize][home.position as usize]);
        assert_eq!(catalogue.len(), 4);
        assert_eq!((0..4).map(|n| catalogue.id(n)).collect::<Vec<_>>(), [id(1), id(9), id(77), id(200)]);
        assert_eq!(numbers, [vec![1, 0, 3], vec![], vec![0, 2, 1]]);
        assert_eq!(catalogue.home(0), Home { source: 0, position: 1 });
        assert_eq!(catalogue.home(2), Home { source: 2, position: 1 });
        for number in 0..4 {
            assert_eq!(catalogue.find(catalogue.id(number).as_bytes()), Some(number));
        }
        assert_eq!(catalogue.find(id(8).as_bytes()), None);
        assert_eq!(catalogue.find(&[1; 32]), None);
        let mut near = id(9);
        near.as_mut_slice()[19] = 0;
        assert_eq!(catalogue.find(near.as_bytes()), None);
    }
}
