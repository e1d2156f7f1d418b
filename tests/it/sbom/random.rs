//! Random lock files: whatever stands in one that Cargo could have written, the documents hold together.

use bartizan::render::sbom::{BillFormat, Bom, Stamp, render_bill};
use bartizan::scan::sbom::{compare, of_bom, of_cargo, of_sbom};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{all, assert_cyclonedx, assert_spdx};

const NAMES: [&str; 7] = ["tin", "tin-foil", "tin_foil", "Tin", "z\u{e9}", "a b", "tin-1.0.0"];
const VERSIONS: [&str; 5] = ["1.0.0", "0.1.0", "1.0.0-rc.1", "1.0.0+2", "2"];
const SOURCES: [&str; 7] = [
    "",
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://crates.example.org/index/",
    "registry+file:///home/smith/index",
    "git+https://example.org/tin?branch=a#0a",
    "git+https://example.org/tin?branch=b#0a",
    "git+ssh://git@example.org/tin#0b",
];

#[derive(Clone, Debug)]
struct Package {
    name: &'static str,
    version: &'static str,
    source: &'static str,
    checksum: bool,
    dependencies: Vec<Index>,
}

fn packages() -> impl Strategy<Value = Vec<Package>> {
    let package = (
        select(&NAMES[..]),
        select(&VERSIONS[..]),
        select(&SOURCES[..]),
        any::<bool>(),
        vec(any::<Index>(), 0..5),
    )
        .prop_map(|(name, version, source, checksum, dependencies)| Package {
            name,
            version,
            source,
            checksum,
            dependencies,
        });
    vec(package, 1..14).prop_map(|mut all| {
        all.sort_by_key(|package| (package.name, package.version, package.source));
        all.dedup_by_key(|package| (package.name, package.version, package.source));
        all
    })
}

/// The blocks of the lock file.
fn blocks(packages: &[Package]) -> Vec<String> {
    let of = |package: &Package| {
        let mut text =
            format!("[[package]]\nname = \"{}\"\nversion = \"{}\"\n", package.name, package.version);
        if !package.source.is_empty() {
            text.push_str(&format!("source = \"{}\"\n", package.source));
        }
        if package.checksum {
            text.push_str(&format!("checksum = \"{}\"\n", "0a".repeat(32)));
        }
        text.push_str("dependencies = [\n");
        for index in &package.dependencies {
            let to = index.get(packages);
            // Names with blanks cannot be told apart from versions, and Cargo has none.
            if !to.name.contains(' ') {
                let source = to.source.split('#').next().unwrap();
                let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
                text.push_str(&format!(" \"{} {}{source}\",\n", to.name, to.version));
            }
        }
        text.push_str("]\n");
        text
    };
    packages.iter().map(of).collect()
}

fn bom(blocks: &[String]) -> Bom {
    of_cargo(format!("version = 4\n\n{}", blocks.join("\n")).as_bytes(), None, "smithy").unwrap()
}

fn rendered(bom: &Bom, format: BillFormat) -> String {
    let stamp = Stamp { version: "0.0.0", time: Timestamp::from_second(1_790_000_000).unwrap() };
    let mut out = Vec::new();
    render_bill(bom, format, stamp, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn documents_hold_together(packages in packages()) {
        let bom = bom(&blocks(&packages));
        let cyclonedx = assert_cyclonedx(&rendered(&bom, BillFormat::CycloneDx));
        let own = packages.iter().filter(|package| package.source.is_empty()).count();
        prop_assert_eq!(all(&cyclonedx, "/components").len(), packages.len() - usize::from(own == 1));
        let spdx = assert_spdx(&rendered(&bom, BillFormat::Spdx));
        prop_assert_eq!(all(&spdx, "/packages").len(), packages.len() + usize::from(own == 0));
        let lines = rendered(&bom, BillFormat::SpdxTagValue);
        prop_assert_eq!(lines.matches("\nPackageName: ").count(), all(&spdx, "/packages").len());
        prop_assert_eq!(lines.matches("\nRelationship: ").count(), all(&spdx, "/relationships").len());
    }

    #[test]
    fn the_order_of_a_lock_file_changes_nothing(packages in packages(), seed in any::<u64>()) {
        let mut blocks = blocks(&packages);
        let before = bom(&blocks);
        let count = blocks.len();
        for at in (1..count).rev() {
            blocks.swap(at, (seed.rotate_left(at as u32) % (at as u64 + 1)) as usize);
        }
        let after = bom(&blocks);
        for format in BillFormat::ALL {
            prop_assert_eq!(rendered(&before, format), rendered(&after, format));
        }
    }

    #[test]
    fn what_was_written_is_what_is_read(packages in packages()) {
        let bom = bom(&blocks(&packages));
        for format in BillFormat::ALL {
            let read = of_sbom(b"a", rendered(&bom, format).as_bytes()).unwrap();
            let difference = compare(of_bom(&bom), read);
            prop_assert!(difference.is_empty(), "{format}: {difference:?}");
        }
    }
}
