//! Resolves references to indexes, and finds duplicates and cycles.

use std::borrow::Cow;
use std::collections::HashMap;

use super::mistake::{Grade, Mistakes, short};
use super::model::{Document, Edge, Relation, Text};

/// The most components of a cycle that are named.
const CIRCLE_SHOWN: usize = 4;

/// Relations by reference, while parsing.
#[derive(Default)]
pub(super) struct Relations<'a> {
    /// Interned references, as one may occur in many relations and be long.
    names: Vec<Text<'a>>,
    /// First, second, kind.
    pairs: Vec<(u32, u32, Relation)>,
    /// Relations by index: components nested in components.
    pub(super) nested: Vec<Edge>,
    /// The subjects of the document.
    pub(super) described: Vec<Text<'a>>,
    /// References to other things than components: services, files, the document itself.
    pub(super) others: Vec<Text<'a>>,
}

impl<'a> Relations<'a> {
    /// Interns a reference, for [`Relations::add`].
    pub(super) fn name(&mut self, reference: Text<'a>) -> u32 {
        self.names.push(reference);
        self.names.len() as u32 - 1
    }

    /// Adds a relation.
    pub(super) fn add(&mut self, from: u32, to: u32, relation: Relation) {
        self.pairs.push((from, to, relation));
    }

    /// Resolves all references into the document.
    pub(super) fn finish(mut self, document: &mut Document<'a>, mistakes: &mut Mistakes) {
        let mut places: HashMap<&str, Option<u32>> = HashMap::with_capacity(document.components.len());
        for (place, component) in document.components.iter().enumerate() {
            let Some(reference) = component.reference.as_deref() else { continue };
            if places.insert(reference, Some(place as u32)).is_some() {
                let message = format!("has the reference `{}` at several components", short(reference));
                mistakes.push(component.at as usize, Grade::Odd, message);
            }
        }
        for other in &self.others {
            places.entry(other).or_insert(None);
        }
        let mut dangling: (usize, Option<Text<'a>>) = (0, None);
        // `None` for what is not a component; an undefined reference is reported.
        let mut resolve = |reference: &Text<'a>| {
            let found = places.get(reference.as_ref()).copied();
            if found.is_none() && !is_outside(reference) {
                dangling.0 += 1;
                dangling.1.get_or_insert_with(|| reference.clone());
            }
            found.flatten()
        };
        let mut edges = std::mem::take(&mut self.nested);
        edges.reserve(self.pairs.len());
        let named: Vec<Option<u32>> = self.names.iter().map(&mut resolve).collect();
        for (from, to, relation) in &self.pairs {
            let named = |name: &u32| named.get(*name as usize).copied().flatten();
            if let (Some(from), Some(to)) = (named(from), named(to)) {
                edges.push(Edge { from, to, relation: *relation });
            }
        }
        let described: Vec<u32> = self.described.iter().filter_map(&mut resolve).collect();
        edges.sort_unstable();
        edges.dedup();
        document.primary.extend(described);
        document.primary.sort_unstable();
        document.primary.dedup();
        document.dangling = dangling;
        document.edges = edges;
        circle(document, mistakes);
    }
}

/// True for a reference that may be external.
fn is_outside(reference: &str) -> bool {
    matches!(reference, "NOASSERTION" | "NONE")
        || reference.starts_with("urn:cdx:")
        || reference.starts_with("DocumentRef-")
}

/// Reports the first dependency cycle found.
fn circle(document: &Document<'_>, mistakes: &mut Mistakes) {
    let count = document.components.len();
    // The edges are sorted by their start: those of a component are a range.
    let needs: Vec<(u32, u32)> = document
        .edges
        .iter()
        .filter(|edge| edge.relation == Relation::DependsOn)
        .map(|edge| (edge.from, edge.to))
        .collect();
    let mut starts = vec![0u32; count + 1];
    for (from, _) in &needs {
        if let Some(start) = starts.get_mut(*from as usize + 1) {
            *start += 1;
        }
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let range = |of: u32| (starts[of as usize], starts[of as usize + 1]);
    // 0 unvisited, 1 on the path, 2 done.
    let mut seen = vec![0u8; count];
    let mut way: Vec<(u32, u32, u32)> = Vec::new();
    for root in 0..count as u32 {
        if seen[root as usize] != 0 {
            continue;
        }
        seen[root as usize] = 1;
        let (first, end) = range(root);
        way.push((root, first, end));
        while let Some((at, next, end)) = way.last_mut() {
            if next == end {
                seen[*at as usize] = 2;
                way.pop();
                continue;
            }
            let to = needs[*next as usize].1;
            *next += 1;
            match seen[to as usize] {
                0 => {
                    seen[to as usize] = 1;
                    let (first, end) = range(to);
                    way.push((to, first, end));
                }
                1 => {
                    let from = way.iter().position(|(at, ..)| *at == to).unwrap_or(0);
                    let circle: Vec<u32> = way[from..].iter().map(|(at, ..)| *at).collect();
                    tell(document, &circle, mistakes);
                    return;
                }
                _ => {}
            }
        }
    }
}

fn tell(document: &Document<'_>, circle: &[u32], mistakes: &mut Mistakes) {
    let component = |place: &u32| document.components.get(*place as usize);
    let name = |place: &u32| {
        let component = component(place);
        short(component.and_then(|c| c.name.as_ref().or(c.reference.as_ref())).map_or("?", Cow::as_ref))
    };
    let mut names: Vec<String> = circle.iter().take(CIRCLE_SHOWN).map(name).collect();
    if circle.len() > CIRCLE_SHOWN {
        names.push("…".to_owned());
    }
    names.extend(circle.first().map(name));
    let at = circle.first().and_then(component).map_or(0, |component| component.at as usize);
    mistakes.push(at, Grade::Odd, format!("has a dependency cycle: {}", names.join(" → ")));
}
