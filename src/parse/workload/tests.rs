//! Parsed compose files and manifests, with locations.

use super::*;

fn shown(text: &str, span: Span) -> &str {
    &text[span.range()]
}

#[test]
fn a_compose_file_in_both_syntaxes() {
    let text = "\
x-base: &base
  privileged: true
  environment: &env {A: 1, B: '2'}
services:
  db:
    <<: *base
    image: ${IMAGE:-postgres}:17
    ports: ['5432:5432', {target: 80, published: 8080, host_ip: 127.0.0.1}, \"80:${PORT}\"]
    volumes:
      - /etc:/host:ro
      - {type: bind, source: /var/run/docker.sock, target: /s, read_only: true}
      - data:/data
      - anonymous
    environment:
      <<: *env
      POSTGRES_PASSWORD: ${PW:-postgres}
    cap_add: [SYS_ADMIN]
    security_opt: ['seccomp=unconfined', 'no-new-privileges:true']
    pid: host
  web:
    <<: *base
    build: .
    environment:
      - X=y=z
      - Y
    odd: {a: b}
    ports: 80
  job: {image: j, post_start: [{command: x, privileged: true}]}
volumes:
  data: {driver_opts: {type: none, o: bind, device: /root}}
";
    let read = compose::read(text.as_bytes());
    assert!(!read.is_template);
    let unread: Vec<_> = read.unread.iter().map(|one| (one.line, one.message.as_str())).collect();
    assert_eq!(unread, [(27, "`ports` is not a list")]);
    let [db, web, job] = read.workloads.as_slice() else { panic!("{:?}", read.workloads) };
    let container = &db.containers[0];
    assert_eq!(container.image.as_ref().map(|image| image.text.as_str()), Some("postgres:17"));
    let ports: Vec<_> = container.ports.iter().map(|port| (port.container, port.is_open())).collect();
    assert_eq!(ports, [((5432, 5432), true), ((80, 80), false)]);
    let mounts: Vec<_> = db.mounts.iter().map(|one| (one.source.text.as_str(), one.read_only)).collect();
    assert_eq!(mounts, [("/etc", true), ("/var/run/docker.sock", true), ("/root", false)]);
    assert_eq!(shown(text, db.mounts[0].source.span), "/etc:/host:ro");
    assert_eq!(shown(text, db.mounts[2].source.span), "/root");
    let variables: Vec<_> = container
        .variables
        .iter()
        .map(|one| (one.name.as_str(), one.value.text.as_str(), one.is_default))
        .collect();
    assert_eq!(variables, [("POSTGRES_PASSWORD", "postgres", true), ("A", "1", false), ("B", "2", false)]);
    assert_eq!(container.privileged.map(|(on, span)| (on, shown(text, span))), Some((Switch::On, "true")));
    assert_eq!(container.escalates.map(|(on, _)| on), Some(Switch::Off));
    assert_eq!(db.namespaces.iter().map(|(one, _)| *one).collect::<Vec<_>>(), [Namespace::Processes]);
    // What an anchor shares is reported once.
    assert_eq!(web.containers[0].privileged, None);
    assert!(job.containers[0].privileged.is_some());
    assert_eq!(web.containers[0].variables.len(), 1);
    assert!(db.is_whole && web.is_whole);
}

#[test]
fn services_take_over_what_they_extend() {
    let text = "\
services:
  a: {extends: b, command: x}
  b: {extends: {service: c}, read_only: true}
  c: {image: x, security_opt: [no-new-privileges], extends: {file: ../up.yml, service: a}}
  d: {extends: d}
  e:
include: [one.yml, {path: [two.yml]}]
";
    let read = compose::read(text.as_bytes());
    let a = &read.workloads[0].containers[0];
    assert!(read.workloads[0].is_whole && a.escalates.is_some() && a.read_only.is_some());
    assert!(!read.workloads[3].is_whole);
    assert_eq!(read.includes, ["one.yml", "two.yml"]);
    assert_eq!(read.extends[2].file.as_deref(), Some("../up.yml"));
}

#[test]
fn every_kind_that_holds_a_pod() {
    let pod = "{hostNetwork: true, containers: [{name: c, image: i, securityContext: {privileged: true}}]}";
    let template = format!("{{metadata: {{name: t}}, spec: {pod}}}");
    for (kind, spec) in [
        ("Pod", format!("spec: {pod}")),
        ("Deployment", format!("spec: {{template: {template}}}")),
        ("ReplicationController", format!("spec: {{template: {template}}}")),
        ("CronJob", format!("spec: {{jobTemplate: {{spec: {{template: {template}}}}}}}")),
        ("PodTemplate", format!("template: {template}")),
        ("Rollout", format!("spec: {{template: {template}}}")),
    ] {
        let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: n}}\n{spec}\n");
        let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", text.trim_end().replace('\n', "\n  "));
        let json = format!(
            "{{\"apiVersion\": \"v1\",\n\t\"kind\": \"{kind}\", \"metadata\": {{\"name\": \"n\"}}, {}",
            spec + "}"
        );
        for text in [text, list, json] {
            let read = kubernetes::read(text.as_bytes());
            assert!(kubernetes::is_manifest(text.as_bytes()), "{text}");
            assert_eq!((read.workloads.len(), read.unread.as_slice()), (1, [].as_slice()), "{text}");
            let workload = &read.workloads[0];
            assert_eq!(
                (workload.kind.as_str(), workload.name.as_str(), workload.is_whole),
                (kind, "n", true)
            );
            assert_eq!(workload.namespaces.len(), 1);
            let container = &workload.containers[0];
            assert_eq!(
                container.privileged.map(|(on, span)| (on, shown(&text, span))),
                Some((Switch::On, "true"))
            );
            assert_eq!(shown(&text, container.at), "c");
        }
    }
}

#[test]
fn a_patch_says_what_differs() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: n}
spec:
  template:
    spec:
      hostPID: true
      containers:
      - name: c
        env: [{name: A, value: b}]
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: p}
spec:
  containers:
  - name: d
    securityContext: {privileged: true}
---
broken: [
apiVersion: v1
kind: Pod
spec: {containers: [{name: x}]}
---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  templates:
  - name: t
    container: {image: i, securityContext: {privileged: true}}
";
    let read = kubernetes::read(text.as_bytes());
    assert_eq!(read.unread.len(), 1);
    assert!(read.unread[0].line >= 20);
    let shown: Vec<_> = read.workloads.iter().map(|one| (one.kind.as_str(), one.is_whole)).collect();
    assert_eq!(shown, [("Deployment", false), ("Prometheus", false), ("Workflow", false)]);
    assert!(read.workloads[1].containers[0].privileged.is_some());
    assert!(read.workloads[2].containers[0].privileged.is_some());
}

#[test]
fn patches_within_a_text_are_read() {
    let text = "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
patches:
- target: {kind: Deployment}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: é}
    spec:
      template:
        spec:
          hostNetwork: true
- patch: |
    - op: add
      path: /spec/template/spec/hostPID
      value: true
    - op: remove
      path: /spec/template/spec/hostNetwork
patchesStrategicMerge:
- |2
  apiVersion: v1
  kind: Pod
  spec: {hostPID: true}
- file.yaml
---
apiVersion: v1
kind: Pod
spec: {hostIPC: true}
";
    let read = kubernetes::read(text.as_bytes());
    assert_eq!(read.unread, []);
    let found: Vec<_> = read.workloads.iter().flat_map(|one| &one.namespaces).collect();
    assert_eq!(found.iter().map(|(_, span)| shown(text, *span)).collect::<Vec<_>>(), ["true"; 4]);
    let lines: Vec<_> = found.iter().map(|(_, span)| text[..span.start].matches('\n').count() + 1).collect();
    assert_eq!(lines, [12, 16, 23, 28]);
}

#[test]
fn settings_of_a_pod_hold_for_its_containers() {
    let text = "\
apiVersion: v1
kind: Pod
metadata:
  annotations: {container.apparmor.security.beta.kubernetes.io/c: unconfined}
spec:
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, seccompProfile: {type: Unconfined}}
  containers:
  - name: c
    image: i
    securityContext: {capabilities: {add: [NET_ADMIN], drop: [ALL]}, runAsUser: 0}
    volumeMounts: [{name: h, readOnly: true, mountPath: /h}]
    ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 81}]
    resources: {limits: {memory: 1Gi}}
  initContainers:
  - {name: d, image: i, volumeMounts: [{name: h, readOnly: true}, {name: e, mountPath: /e}]}
  volumes: [{name: h, hostPath: {path: /etc}}, {name: e, hostPath: {path: /proc}}]
---
apiVersion: v1
kind: List
items:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRole
  metadata: {name: r}
  rules: [{apiGroups: [''], resources: ['*'], verbs: ['*']}]
";
    let read = kubernetes::read(text.as_bytes());
    let pod = &read.workloads[0];
    assert_eq!(pod.token.map(|(on, _)| on), Some(Switch::Off));
    let mounts: Vec<_> = pod.mounts.iter().map(|one| (one.source.text.as_str(), one.read_only)).collect();
    assert_eq!(mounts, [("/etc", true), ("/proc", false)]);
    let kinds: Vec<_> = pod.unconfined.iter().map(|(one, _)| *one).collect();
    assert_eq!(kinds, [Confinement::Seccomp, Confinement::AppArmor]);
    let [c, d] = pod.containers.as_slice() else { panic!("{pod:?}") };
    assert!(matches!(c.root, Root::Said(_)) && d.root == Root::Not && c.is_limited && !d.is_limited);
    assert_eq!((c.ports.len(), c.added.len(), c.dropped.len()), (1, 1, 1));
    assert_eq!(read.rules.len(), 1);
    assert_eq!(shown(text, read.rules[0].verbs[0].span), "'*'");
}

#[test]
fn templates_are_told_from_texts_in_braces() {
    let head = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n";
    let read = |rest: &str| kubernetes::read(format!("{head}{rest}").as_bytes());
    for rest in [
        "  - image: {{ .Values.image }}\n",
        "  {{- if .Values.x }}\n  - image: a\n  {{- end }}\n",
        "  {% if x %}\n  - image: a\n  {% endif %}\n",
    ] {
        let read = read(rest);
        assert!(read.is_template && read.workloads.is_empty(), "{rest}");
    }
    let read = read("  - image: a\n    args: ['{{inputs.x}}']\n");
    assert!(!read.is_template && read.workloads.len() == 1);
    assert!(compose::read(b"services:\n  a:\n    image: {{ cookiecutter.x }}\n").is_template);
}

#[test]
fn hostile_files_are_bounded() {
    let anchors = "a: &a {image: x, ports: ['1:1']}\nservices:\n".to_owned()
        + &(0..5000).map(|n| format!("  s{n}: *a\n")).collect::<String>();
    assert!(compose::read(anchors.as_bytes()).workloads.len() <= 1000);
    let items = "apiVersion: v1\nkind: Pod\nspec: {containers: &c [{image: i, name: n}], x: ".to_owned()
        + &"{containers: *c, y: ".repeat(60)
        + &"}".repeat(61)
        + "\n";
    assert!(kubernetes::read(items.as_bytes()).workloads.len() <= 61);
    // Each list exists once, and is referenced ten thousand times.
    let volumes = "{name: v, hostPath: {path: /etc}}, ".repeat(900);
    let long = "x".repeat(200_000);
    let shared = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {long}}}\na: &v [{volumes}]\nb: &c [{{name: {long}, image: {long}, volumeMounts: *v, env: *v}}]\nc:\n"
    ) + &"- spec: {containers: *c, volumes: *v}\n".repeat(10_000);
    let read = kubernetes::read(shared.as_bytes());
    assert!(read.workloads.len() < 100 && read.unread.len() == 1, "{}", read.workloads.len());
    let shared = format!(
        "a: &a {{A: {long}, B: c}}\nb: &b {{image: {long}, environment: *a, extends: {long}}}\nservices:\n"
    ) + &(0..900).map(|n| format!("  s{n}: *b\n")).collect::<String>();
    assert_eq!(compose::read(shared.as_bytes()).workloads.len(), 900);
    let many = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: i}]}\n---\n".repeat(10_000);
    assert_eq!(kubernetes::read(many.as_bytes()).workloads.len(), 5000);
}
