//! Dependency edges, by format.

use super::{Wishes, links};
use crate::parse::lockfile::{Format, parse};
use crate::parse::manifests::{self, Manifest};

/// `a > b` for each edge, then `folder: a Scope` for direct dependencies, then the scope of each package.
#[track_caller]
fn shown(format: Format, text: &str, manifests: &[(&str, Manifest)]) -> (Vec<String>, Vec<String>, String) {
    let lock = parse(format, text.as_bytes());
    assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
    let wishes: Vec<Wishes<'_>> =
        manifests.iter().map(|(folder, manifest)| Wishes { folder, asks: &manifest.asks }).collect();
    let found = links(format, text, &lock.packages, &wishes);
    let named = |at: usize| format!("{} {}", lock.packages[at].name, lock.packages[at].version);
    let edges = found.edges.iter().map(|(from, to)| format!("{} > {}", named(*from), named(*to)));
    let asked = found.asked.iter().map(|asked| {
        let folder = if asked.folder.is_empty() { "." } else { &asked.folder };
        format!("{folder}: {} {:?}", named(asked.package), asked.scope)
    });
    let scopes: Vec<String> = found.scopes(&lock.packages).iter().map(|scope| format!("{scope:?}")).collect();
    (edges.collect(), asked.collect(), scopes.join(" "))
}

fn manifest(name: &str, text: &str) -> Manifest {
    manifests::read(name.as_bytes(), text.as_bytes()).expect("it asks for packages")
}

#[test]
fn npm_new_and_old() {
    let text = r#"{"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"a": "1"}, "devDependencies": {"tin": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"tin": "2"}},
        "node_modules/a/node_modules/tin": {"version": "2.0.0", "peerDependencies": {"zinc": "*"}},
        "node_modules/tin": {"version": "1.0.0", "dev": true},
        "node_modules/zinc": {"version": "1.0.0"},
        "node_modules/part": {"resolved": "packages/part", "link": true},
        "packages/part": {"name": "part", "version": "0.1.0", "optionalDependencies": {"zinc": "1"}}}}"#;
    let (edges, asked, scopes) = shown(Format::PackageLock, text, &[]);
    assert_eq!(edges, ["a 1.0.0 > tin 2.0.0", "tin 2.0.0 > zinc 1.0.0"]);
    assert_eq!(
        asked,
        [".: a 1.0.0 Runtime", ".: tin 1.0.0 Development", "packages/part: zinc 1.0.0 Optional"]
    );
    assert_eq!(scopes, "Runtime Runtime Development Runtime");
    let old = r#"{"lockfileVersion": 1, "dependencies": {
        "a": {"version": "1.0.0", "requires": {"tin": "2", "zinc": "1"}, "dependencies": {"tin": {"version": "2.0.0", "requires": {"zinc": "1"}}}},
        "tin": {"version": "1.0.0", "dev": true}, "zinc": {"version": "1.0.0"}}}"#;
    let wishes = manifest("package.json", r#"{"dependencies": {"a": "1"}, "devDependencies": {"tin": "1"}}"#);
    let (edges, asked, _) = shown(Format::PackageLock, old, &[("", wishes)]);
    assert_eq!(edges, ["a 1.0.0 > tin 2.0.0", "a 1.0.0 > zinc 1.0.0", "tin 2.0.0 > zinc 1.0.0"]);
    assert_eq!(asked, [".: a 1.0.0 Runtime", ".: tin 1.0.0 Development"]);
}

#[test]
fn pnpm_of_three_versions() {
    let nine = "lockfileVersion: '9.0'\nimporters:\n  .:\n    devDependencies:\n      tin:\n        specifier: ^1\n        version: 1.0.0(zinc@2.0.0)\n  packages/part:\n    dependencies:\n      other:\n        specifier: npm:lead@1\n        version: lead@1.0.0\n      tin:\n        specifier: workspace:*\n        version: link:../..\npackages:\n  lead@1.0.0:\n    resolution: {integrity: x}\n  tin@1.0.0:\n    resolution: {integrity: x}\n  zinc@2.0.0:\n    resolution: {integrity: x}\nsnapshots:\n  lead@1.0.0: {}\n  tin@1.0.0(zinc@2.0.0):\n    dependencies:\n      zinc: 2.0.0\n  zinc@2.0.0: {}\n";
    let (edges, asked, scopes) = shown(Format::Pnpm, nine, &[]);
    assert_eq!(edges, ["tin 1.0.0 > zinc 2.0.0"]);
    assert_eq!(asked, [".: tin 1.0.0 Development", "packages/part: lead 1.0.0 Runtime"]);
    assert_eq!(scopes, "Runtime Development Development");
    let six = "lockfileVersion: '6.0'\ndependencies:\n  tin:\n    specifier: ^1\n    version: 1.0.0(zinc@2.0.0)\npackages:\n  /tin@1.0.0(zinc@2.0.0):\n    dependencies:\n      zinc: 2.0.0\n    dev: false\n  /zinc@2.0.0:\n    dev: false\n";
    let (edges, asked, _) = shown(Format::Pnpm, six, &[]);
    assert_eq!(
        (edges.as_slice(), asked.as_slice()),
        (&["tin 1.0.0 > zinc 2.0.0".to_owned()][..], &[".: tin 1.0.0 Runtime".to_owned()][..])
    );
    let five = "lockfileVersion: 5.4\nspecifiers:\n  '@s/tin': ^1\ndevDependencies:\n  '@s/tin': 1.0.0_zinc@2.0.0\npackages:\n  /@s/tin/1.0.0_zinc@2.0.0:\n    dependencies:\n      zinc: 2.0.0\n    dev: true\n  /zinc/2.0.0:\n    dev: true\n";
    let (edges, asked, _) = shown(Format::Pnpm, five, &[]);
    assert_eq!(edges, ["@s/tin 1.0.0 > zinc 2.0.0"]);
    assert_eq!(asked, [".: @s/tin 1.0.0 Development"]);
}

#[test]
fn yarn_old_and_new() {
    let package = || {
        manifest(
            "package.json",
            r#"{"dependencies": {"tin": "^1.0"}, "devDependencies": {"@s/zinc": "^2.0"}}"#,
        )
    };
    let old = "\"@s/zinc@^2.0\":\n  version \"2.1.0\"\n\n\"@s/zinc@^3.0\":\n  version \"3.0.0\"\n\ntin@^1.0, tin@~1.2:\n  version \"1.2.3\"\n  dependencies:\n    \"@s/zinc\" \"^3.0\"\n";
    let (edges, asked, scopes) = shown(Format::Yarn, old, &[("", package())]);
    assert_eq!(edges, ["tin 1.2.3 > @s/zinc 3.0.0"]);
    assert_eq!(asked, [".: tin 1.2.3 Runtime", ".: @s/zinc 2.1.0 Development"]);
    assert_eq!(scopes, "Development Runtime Runtime");
    let new = "__metadata:\n  version: 8\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"app@workspace:.\"\n  dependencies:\n    \"@s/zinc\": \"npm:^2.0\"\n    tin: ^1.0\n  languageName: unknown\n\n\"@s/zinc@npm:^2.0\":\n  version: 2.0.0\n  resolution: \"@s/zinc@npm:2.0.0\"\n\n\"tin@npm:^1.0\":\n  version: 1.2.3\n  resolution: \"tin@npm:1.2.3\"\n  dependencies:\n    \"@s/zinc\": ^2.0\n  peerDependencies:\n    none: \"*\"\n";
    let (edges, asked, _) = shown(Format::Yarn, new, &[("", package())]);
    assert_eq!(edges, ["tin 1.2.3 > @s/zinc 2.0.0"]);
    assert_eq!(asked, [".: @s/zinc 2.0.0 Development", ".: tin 1.2.3 Runtime"]);
}

#[test]
fn bun_and_deno() {
    let text = r#"{"lockfileVersion": 1, "workspaces": {"": {"name": "app", "devDependencies": {"a": "1"}}, "packages/part": {"name": "part", "dependencies": {"tin": "1"}}},
        "packages": {"a": ["a@1.0.0", "", {"dependencies": {"tin": "2"}}, "x"], "a/tin": ["tin@2.0.0", "", {}, "x"], "tin": ["tin@1.0.0", "", {}, "x"], "part": ["part@workspace:packages/part"]}}"#;
    let (edges, asked, scopes) = shown(Format::Bun, text, &[]);
    assert_eq!(edges, ["a 1.0.0 > tin 2.0.0"]);
    assert_eq!(asked, [".: a 1.0.0 Development", "packages/part: tin 1.0.0 Runtime"]);
    assert_eq!(scopes, "Development Development Runtime");
    let text = r#"{"version": "4", "specifiers": {"npm:tin@1": "1.0.0"}, "npm": {"tin@1.0.0": {"dependencies": ["zinc"]}, "zinc@2.0.0": {}}}"#;
    let (edges, asked, _) = shown(Format::Deno, text, &[]);
    assert_eq!((edges[0].as_str(), asked[0].as_str()), ("tin 1.0.0 > zinc 2.0.0", ".: tin 1.0.0 Runtime"));
}

#[test]
fn python() {
    let uv = "version = 1\n[[package]]\nname = \"app\"\nversion = \"0.1\"\nsource = { editable = \".\" }\ndependencies = [{ name = \"tin\" }]\n[package.dev-dependencies]\ndev = [{ name = \"lead\" }]\n[[package]]\nname = \"tin\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\ndependencies = [{ name = \"zinc\", version = \"2.0\" }]\n[[package]]\nname = \"zinc\"\nversion = \"2.0\"\n[[package]]\nname = \"zinc\"\nversion = \"3.0\"\n[[package]]\nname = \"lead\"\nversion = \"1.0\"\ndependencies = [{ name = \"zinc\", version = \"3.0\" }]\n";
    let (edges, asked, scopes) = shown(Format::Uv, uv, &[]);
    assert_eq!(edges, ["tin 1.0 > zinc 2.0", "lead 1.0 > zinc 3.0"]);
    assert_eq!(asked, [".: tin 1.0 Runtime", ".: lead 1.0 Development"]);
    assert_eq!(scopes, "Unsaid Runtime Runtime Development Development");
    let poetry = "[[package]]\nname = \"Tin\"\nversion = \"1.0\"\ngroups = [\"main\", \"dev\"]\n[package.dependencies]\nzinc = \">=1\"\n[[package]]\nname = \"zinc\"\nversion = \"2.0\"\ncategory = \"dev\"\n[metadata]\nlock-version = \"2.0\"\n";
    let wishes = manifest("pyproject.toml", "[tool.poetry.dependencies]\npython = \"3\"\ntin = \"^1\"\n");
    let (edges, asked, scopes) = shown(Format::Poetry, poetry, &[("", wishes)]);
    assert_eq!(edges, ["Tin 1.0 > zinc 2.0"]);
    assert_eq!((asked[0].as_str(), scopes.as_str()), (".: Tin 1.0 Runtime", "Runtime Development"));
    let pdm = "[metadata]\nlock_version = \"4.5\"\n[[package]]\nname = \"tin\"\nversion = \"1.0\"\ngroups = [\"default\"]\ndependencies = [\"zinc[x]>=1; python_version > '3'\"]\n[[package]]\nname = \"zinc\"\nversion = \"2.0\"\ngroups = [\"dev\"]\n";
    let (edges, _, scopes) = shown(Format::Pdm, pdm, &[]);
    assert_eq!((edges[0].as_str(), scopes.as_str()), ("tin 1.0 > zinc 2.0", "Runtime Development"));
    let pip = "tin==1.0 \\\n    --hash=sha256:00\n    # via -r requirements.in\nzinc==2.0\n    # via\n    #   app (pyproject.toml)\n    #   tin\nlead==3.0  # via zinc, tin\n";
    let (edges, asked, _) = shown(Format::Requirements, pip, &[]);
    assert_eq!(edges, ["tin 1.0 > zinc 2.0", "tin 1.0 > lead 3.0", "zinc 2.0 > lead 3.0"]);
    assert_eq!(asked, [".: tin 1.0 Unsaid", ".: zinc 2.0 Unsaid"]);
}

#[test]
fn gems_php_net_go_dart_and_pods() {
    let gems = "GEM\n  remote: https://rubygems.org/\n  specs:\n    tin (1.0.0)\n      zinc (>= 2)\n    zinc (2.0.0)\n    lead (3.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  lead\n  tin (~> 1)\n";
    let wishes = manifest("Gemfile", "gem 'tin', '~> 1'\ngroup :test do\n  gem 'lead'\nend\n");
    let (edges, asked, scopes) = shown(Format::Gemfile, gems, &[("", wishes)]);
    assert_eq!(edges, ["tin 1.0.0 > zinc 2.0.0"]);
    assert_eq!(asked, [".: lead 3.0 Development", ".: tin 1.0.0 Runtime"]);
    assert_eq!(scopes, "Runtime Runtime Development");
    let php = r#"{"packages": [{"name": "a/tin", "version": "1.0.0", "require": {"php": "8", "a/zinc": "*"}}, {"name": "a/zinc", "version": "2.0.0"}], "packages-dev": []}"#;
    let wishes = manifest("composer.json", r#"{"require": {"a/tin": "^1"}}"#);
    let (edges, asked, _) = shown(Format::Composer, php, &[("", wishes)]);
    assert_eq!(
        (edges[0].as_str(), asked[0].as_str()),
        ("a/tin 1.0.0 > a/zinc 2.0.0", ".: a/tin 1.0.0 Runtime")
    );
    let net = r#"{"version": 1, "dependencies": {"net8.0": {"Tin": {"type": "Direct", "resolved": "1.0.0", "dependencies": {"zinc": "2.0.0"}}, "Zinc": {"type": "Transitive", "resolved": "2.0.0"}}}}"#;
    let (edges, asked, _) = shown(Format::NuGet, net, &[]);
    assert_eq!((edges[0].as_str(), asked.len()), ("Tin 1.0.0 > Zinc 2.0.0", 1));
    let go = "module app\nrequire (\n\texample.org/tin v1.0.0\n\texample.org/zinc v1.0.0 // indirect\n\texample.org/lead v1.0.0 // indirect\n)\nreplace example.org/lead => example.org/fork v1.0.1\n";
    assert_eq!(shown(Format::GoMod, go, &[]).1, [".: example.org/tin 1.0.0 Runtime"]);
    let dart = "packages:\n  tin:\n    dependency: \"direct dev\"\n    source: hosted\n    version: \"1.0.0\"\n  zinc:\n    dependency: transitive\n    source: hosted\n    version: \"2.0.0\"\nsdks:\n  dart: \">=3.0.0\"\n";
    assert_eq!(shown(Format::Pub, dart, &[]).1, [".: tin 1.0.0 Development"]);
    let pods = "PODS:\n  - Tin/Core (1.0.0):\n    - Zinc (~> 2)\n  - Zinc (2.0.0)\nDEPENDENCIES:\n  - Tin/Core\nPODFILE CHECKSUM: 00\nCOCOAPODS: 1.15.2\n";
    let (edges, asked, _) = shown(Format::Podfile, pods, &[]);
    assert_eq!((edges[0].as_str(), asked[0].as_str()), ("Tin 1.0.0 > Zinc 2.0.0", ".: Tin 1.0.0 Unsaid"));
}
