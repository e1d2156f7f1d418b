//! Maps and sets with many small keys: objects and names of a history, hashes of lines, packages of lock files.

use std::collections::{HashMap, HashSet};

/// Mixes a seed of the process in, so that a repository cannot choose keys that collide.
type Hasher = foldhash::fast::RandomState;

/// A map from small keys, as [`HashMap`] otherwise; made by `default`.
pub(crate) type FastMap<K, V> = HashMap<K, V, Hasher>;

/// A set of small keys, as [`HashSet`] otherwise; made by `default`.
pub(crate) type FastSet<K> = HashSet<K, Hasher>;
