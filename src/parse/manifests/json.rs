//! `package.json` and `composer.json`.

use super::{Ask, Scope};
use crate::parse::tree::json::{self, Dialect};
use crate::parse::tree::{Kind, Tree};

/// The dependencies of `package.json`, including local ones.
pub(super) fn package(text: &str) -> Vec<Ask> {
    let tree = json::read(text, Dialect::Strict).partial;
    if tree.error.is_some() {
        return Vec::new();
    }
    let mut asks = Vec::new();
    for (table, scope) in [
        ("dependencies", Scope::Runtime),
        ("optionalDependencies", Scope::Optional),
        ("devDependencies", Scope::Development),
    ] {
        asks.extend(entries(&tree.tree, table, scope));
    }
    asks
}

/// True if one of them is published.
pub(super) fn any_published(asks: &[Ask]) -> bool {
    let own = ["file:", "link:", "portal:", "workspace:"];
    asks.iter().any(|ask| !own.iter().any(|prefix| ask.requirement.starts_with(prefix)))
}

/// The dependencies of `composer.json`; `php` and `ext-json` are not packages.
pub(super) fn composer(text: &str) -> Vec<Ask> {
    let tree = json::read(text, Dialect::Strict).partial;
    if tree.error.is_some() {
        return Vec::new();
    }
    let mut asks = entries(&tree.tree, "require", Scope::Runtime);
    asks.extend(entries(&tree.tree, "require-dev", Scope::Development));
    asks.retain(|ask| ask.name.contains('/'));
    asks
}

/// The entries of a top-level table. PHP writes an empty one as a list.
fn entries(tree: &Tree<'_>, table: &str, scope: Scope) -> Vec<Ask> {
    let table = tree.root().and_then(|root| tree.get(root, table));
    let texts = tree.members(table).filter(|id| tree.kind(*id) != Kind::Object);
    let ask = |id| {
        let requirement = tree.text(id)?.into_owned();
        Some(Ask { name: tree.key(id).into_owned(), requirement, scope, at: tree.key_span(id) })
    };
    texts.filter_map(ask).collect()
}
