//! `gradle.lockfile`: `group:artifact:version=configuration,…`, one package per line.

use super::Scope;
use super::reader::{Reader, starts_with_digit};

pub(super) fn read(reader: &mut Reader<'_>) {
    for line in reader.lines() {
        let text = line.text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (module, configurations) =
            text.split_once('=').map_or((text, None), |(module, rest)| (module, Some(rest)));
        // Configurations without locked packages.
        if module == "empty" && configurations.is_some() {
            continue;
        }
        let parts = module.rsplit_once(':').filter(|(name, version)| {
            let word = |text: &str| !text.is_empty() && !text.contains([' ', '<', '>', '"', '\t']);
            name.split(':').count() == 2 && name.split(':').all(word) && word(version)
        });
        match parts {
            Some((name, version)) if starts_with_digit(version) || !version.contains(':') => {
                reader.published(name, version, line.span());
                let tests = |name: &str| name.starts_with("test") || name.contains("Test");
                let mut names = configurations.unwrap_or_default().split(',').filter(|name| !name.is_empty());
                match configurations {
                    Some(_) if names.clone().next().is_none() => {}
                    Some(_) if names.all(tests) => reader.scope(Scope::Development),
                    Some(_) => reader.scope(Scope::Runtime),
                    None => {}
                }
            }
            _ => reader.foreign(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn lines_of_gradle() {
        let text = "# This is a Gradle generated file for dependency locking.\norg.example:tin:1.0.0=compileClasspath,runtimeClasspath\norg.example:zinc-core:2.0.0.Final=runtimeClasspath\norg.example:lead:3.0\nempty=annotationProcessor\n";
        assert_eq!(
            parsed(Format::Gradle, text),
            ["org.example:tin 1.0.0 2", "org.example:zinc-core 2.0.0.Final 3", "org.example:lead 3.0 4"]
        );
        for wrong in ["<!DOCTYPE html>", "org.example:tin", "org.example:tin:=a", "a:b:c:1=d", "{", "empty"] {
            assert_eq!(line_of_mistake(Format::Gradle, &format!("{text}{wrong}\n")), Some(6), "{wrong}");
        }
    }
}
