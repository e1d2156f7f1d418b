//! Maps and sets for the millions of entries of a history: numbers of objects, names in trees, hashes of lines.

use std::collections::{HashMap, HashSet};

/// Mixes a seed of the process in, so that a repository cannot choose keys that collide.
type Hasher = foldhash::fast::RandomState;

/// A map from small keys, as [`HashMap`] otherwise; made by `default`.
pub(crate) type FastMap<K, V> = HashMap<K, V, Hasher>;

/// A set of small keys, as [`HashSet`] otherwise; made by `default`.
pub(crate) type FastSet<K> = HashSet<K, Hasher>;
