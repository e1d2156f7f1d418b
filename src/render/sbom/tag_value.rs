//! SPDX 2.3 as lines of tags and values.

use std::io::{self, Write};

use super::spdx::{Document, document};
use super::{Sorted, Stamp};
use crate::model::text::escaped;

pub(super) fn render(sorted: &Sorted<'_>, stamp: Stamp, out: &mut dyn Write) -> io::Result<()> {
    let document = document(sorted, stamp);
    head(&document, out)?;
    for package in &document.packages {
        writeln!(out, "\nPackageName: {}", escaped(package.name))?;
        writeln!(out, "SPDXID: {}", package.id)?;
        if let Some(version) = package.version_info {
            writeln!(out, "PackageVersion: {}", escaped(version))?;
        }
        writeln!(out, "PackageSupplier: {}", package.supplier)?;
        writeln!(out, "PackageDownloadLocation: {}", escaped(package.download_location))?;
        writeln!(out, "FilesAnalyzed: {}", package.files_analyzed)?;
        if let Some(source) = &package.source_info {
            writeln!(out, "PackageSourceInfo: <text>{}</text>", escaped(source))?;
        }
        for checksum in package.checksums.iter().flatten() {
            writeln!(out, "PackageChecksum: {}: {}", checksum.algorithm, checksum.checksum_value)?;
        }
        writeln!(out, "PackageLicenseConcluded: {}", package.license_concluded)?;
        writeln!(out, "PackageLicenseDeclared: {}", package.license_declared)?;
        writeln!(out, "PackageCopyrightText: {}", package.copyright_text)?;
        for other in package.external_refs.iter().flatten() {
            let (category, kind) = (other.reference_category, other.reference_type);
            writeln!(out, "ExternalRef: {category} {kind} {}", escaped(other.reference_locator))?;
        }
    }
    writeln!(out)?;
    for relationship in &document.relationships {
        writeln!(
            out,
            "Relationship: {} {} {}",
            relationship.spdx_element_id, relationship.relationship_type, relationship.related_spdx_element
        )?;
    }
    Ok(())
}

fn head(document: &Document<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "SPDXVersion: {}", document.spdx_version)?;
    writeln!(out, "DataLicense: {}", document.data_license)?;
    writeln!(out, "SPDXID: {}", document.id)?;
    writeln!(out, "DocumentName: {}", escaped(document.name))?;
    writeln!(out, "DocumentNamespace: {}", document.document_namespace)?;
    writeln!(out, "DocumentComment: <text>{}</text>", escaped(document.comment))?;
    for creator in &document.creation_info.creators {
        writeln!(out, "Creator: {creator}")?;
    }
    writeln!(out, "Created: {}", document.creation_info.created)
}
