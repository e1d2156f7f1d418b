//! Compose files and manifests of Kubernetes as a user meets them: what was not read, marks of others, what is not shown; and
//! whatever the bytes are, places lie in them.

use std::path::Path;

use bartizan::model::Span;
use bartizan::parse::workload::{Read, compose, kubernetes};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::cli::{Ran, command, folder, ran};
use crate::props::config;
use crate::run_git::git;

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  hostPID: true
  containers:
    - name: c
      image: example.com/c:1
      securityContext: {privileged: true}
";
const TEMPLATE: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}
spec:
  containers:
    - {name: c, image: {{ .Values.image }}}
";

fn scanned(files: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let folder = folder(files);
    scanned_at(folder.path(), arguments)
}

fn scanned_at(folder: &Path, arguments: &[&str]) -> Ran {
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["add", "-A"]);
    let all: Vec<&str> =
        ["scan", "--offline", "--checks", "container"].into_iter().chain(arguments.iter().copied()).collect();
    ran(command(folder, &all))
}

fn json(files: &[(&str, &str)]) -> (Value, i32) {
    let ran = scanned(files, &["--format", "json"]);
    (serde_json::from_str(&ran.out).unwrap(), ran.code)
}

/// The checks that report something, with their severities.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let mut all: Vec<String> = findings
        .map(|one| format!("{} {}", one["check"].as_str().unwrap(), one["severity"].as_str().unwrap()))
        .collect();
    all.sort();
    all
}

fn status(report: &Value, id: &str) -> String {
    let mut checks = report["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["id"] == id).unwrap();
    check["outcome"]["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_template_is_told_and_does_not_fail_the_run() {
    let template = ("charts/a/templates/pod.yaml", TEMPLATE);
    let (report, code) = json(&[template, ("README.md", "x\n")]);
    assert_eq!(code, 0);
    let not_checked = &report["not_checked"][0];
    assert_eq!(
        (not_checked["path"].as_str(), not_checked["ecosystem"].as_str()),
        (Some(template.0), Some("Helm"))
    );
    assert_eq!(
        (not_checked["reason"].as_str(), not_checked["asked"].as_bool()),
        (Some("template"), Some(false))
    );
    assert_eq!(report["summary"]["complete"].as_bool(), Some(false));
    // Nothing is called clean of which nothing was read.
    assert_eq!(status(&report, "privileged"), "not-checked");
    let shown = scanned(&[template], &[]);
    let told =
        "not checked: charts/a/templates/pod.yaml (Helm; template, not rendered: scan what it renders to)";
    assert!(shown.err.contains(told) || shown.out.contains(told), "{} {}", shown.out, shown.err);
    for format in ["sarif", "junit", "markdown", "csv", "github", "html"] {
        let shown = scanned(&[template], &["--format", format]);
        let all = shown.out + &shown.err;
        assert!(all.contains("charts/a/templates/pod.yaml"), "{format}: {all}");
    }
    // Beside what can be read, the rest is judged.
    let (report, code) = json(&[template, ("deploy/pod.yaml", POD)]);
    assert_eq!(
        (found(&report), code),
        (vec!["host-pid-ipc medium".to_owned(), "privileged high".to_owned()], 1)
    );
    assert_eq!(report["not_checked"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_read_is_a_problem_and_costs_nothing_else() {
    let broken = format!("{POD}---\napiVersion: v1\nkind: Pod\nspec: {{containers: [\n---\n{POD}");
    let (report, code) = json(&[("deploy/pod.yaml", &broken)]);
    assert_eq!(code, 2);
    let problem = report["problems"][0]["message"].as_str().unwrap();
    assert!(
        problem.starts_with("line 1") && problem.contains("a part of this manifest cannot be parsed"),
        "{problem}"
    );
    assert_eq!(found(&report).len(), 2 + 2);
    let odd =
        "services:\n  a: [x]\n  b:\n    image: 'x:1'\n    privileged: true\n    ports: {}\n    volumes: 5\n";
    let (report, code) = json(&[("compose.yml", odd)]);
    assert_eq!((found(&report), code), (vec!["privileged high".to_owned()], 2));
    assert_eq!(report["problems"].as_array().unwrap().len(), 3, "{:?}", report["problems"]);
    let (report, code) = json(&[("README.md", "x\n")]);
    assert_eq!((status(&report, "privileged"), code), ("not-applicable".to_owned(), 0));
}

#[test]
fn files_that_others_extend_are_read_whatever_their_name() {
    let files = [
        (
            "app/compose.yml",
            "include: [../more/stack.yml]\nservices:\n  a: {extends: {file: ../base.yml, service: b}}\n",
        ),
        (
            "base.yml",
            "services:\n  b: {image: 'x:1', privileged: true, extends: {file: app/compose.yml, service: a}}\n",
        ),
        ("more/stack.yml", "services:\n  c: {image: 'x:1', network_mode: host}\n"),
        ("other.yml", "services:\n  d: {image: 'x:1', pid: host}\n"),
    ];
    let (report, _) = json(&files);
    assert_eq!(found(&report), ["host-network medium", "privileged high"]);
    let (report, _) =
        json(&[("compose.yml", "include: [../../x.yml, /etc/passwd]\nservices: {a: {image: 'x:1'}}\n")]);
    assert_eq!(found(&report), [""; 0]);
}

#[test]
fn a_known_password_is_not_shown() {
    let value = "minioadmin";
    let text = format!(
        "services:\n  a:\n    image: x\n    ports: ['1:1']\n    environment:\n      ROOT_PASSWORD: {value}\n      - no\n"
    );
    let text = text.replace("      - no\n", "");
    for format in ["human", "json", "jsonl", "sarif", "markdown", "csv", "junit", "github", "html"] {
        let ran = scanned(&[("compose.yml", &text)], &["--format", format, "-v"]);
        assert!(ran.out.contains("default-password"), "{format}: {}", ran.out);
        assert!(!ran.out.contains(value) && !ran.err.contains(value), "{format}: {}", ran.out);
    }
}

#[test]
fn marks_of_checkov_silence_what_they_name() {
    // Written out, the marks would be ones of this file.
    let comment =
        POD.replace("  hostPID", &["  # checkov", ":skip=CKV_K8S_16: it has to\n  hostPID"].concat());
    let annotation = ["  name: a\n  annotations:\n    checkov", ".io/skip1: CKV_K8S_16=it has to\n"].concat();
    let annotation = POD.replace("  name: a\n", &annotation);
    for marked in [comment, annotation] {
        let (report, _) = json(&[("deploy/pod.yaml", &format!("{POD}---\n{marked}"))]);
        let findings = report["findings"].as_array().unwrap().iter();
        let places: Vec<_> = findings
            .map(|one| {
                (one["check"].as_str().unwrap(), one["place"]["region"]["start_line"].as_u64().unwrap() < 12)
            })
            .collect();
        assert_eq!(places, [("host-pid-ipc", true), ("privileged", true), ("host-pid-ipc", false)]);
        assert_eq!(report["suppressed"].as_array().unwrap().len(), 1);
    }
}

/// True if all that was read stands in `text`.
fn lies_in(read: &Read, text: &[u8]) -> bool {
    let fits = |span: Span| span.start <= span.end && span.end <= text.len();
    let of_workloads = read.workloads.iter().all(|workload| {
        let containers = workload.containers.iter().all(|container| {
            let words = container.image.iter().chain(&container.added).chain(&container.dropped);
            fits(container.at)
                && words.map(|word| word.span).all(fits)
                && container.variables.iter().all(|variable| fits(variable.value.span))
                && container.ports.iter().all(|port| fits(port.span))
        });
        let mounts = workload.mounts.iter().all(|mount| fits(mount.source.span));
        fits(workload.at) && containers && mounts && workload.namespaces.iter().all(|(_, span)| fits(*span))
    });
    let words = |rule: &bartizan::parse::workload::Rule| {
        rule.groups.iter().chain(&rule.resources).chain(&rule.verbs).all(|word| fits(word.span))
    };
    of_workloads && read.rules.iter().all(words)
}

const SEEDS: [&str; 4] = [
    POD,
    TEMPLATE,
    "x: &x {privileged: true, environment: {A_PASSWORD: é}}\nservices:\n  a:\n    <<: *x\n    image: '${I:-${J:-i}}'\n    ports: [1:2, {target: 3}]\n    volumes: ['C:\\x:/y', '/etc:/e:ro']\n    extends: b\n  b: {extends: a}\n",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Role\n  rules: [{verbs: ['*'], resources: ['*'], apiGroups: ['']}]\n- {apiVersion: v1, kind: Job, spec: {template: {spec: {containers: [{image: i, ports: [{hostPort: 1}]}]}}}}\n",
];

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn whatever_is_read_lies_in_its_file(
        seed in select(&SEEDS[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3usize), 0..6),
        cut in any::<prop::sample::Index>(),
        twice in any::<bool>(),
    ) {
        let mut text = seed.as_bytes().to_vec();
        if twice {
            text.extend_from_slice(b"---\n");
            text.extend_from_slice(seed.as_bytes());
        }
        for (at, byte, how) in edits {
            let at = at.index(text.len());
            match how {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
        }
        text.truncate(cut.index(text.len() * 2).max(1));
        prop_assert!(lies_in(&compose::read(&text), &text));
        prop_assert!(lies_in(&kubernetes::read(&text), &text));
    }
}
