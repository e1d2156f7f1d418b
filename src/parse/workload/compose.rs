//! Compose files: services, with anchors, merge keys, `extends`, and default values of variables.

use std::collections::HashMap;

use super::ports::{self, Port};
use super::{
    Confinement, Container, Extends, Meant, Mount, Namespace, Read, Root, Switch, Variable, Word, Workload,
    has_template_marks, interpolated, short_text,
};
use crate::model::Span;
use crate::parse::yaml::{Value, stream};

/// The longest chain of `extends`.
const EXTENDS_MAX: usize = 16;
/// The most services with `extends`.
const EXTENSIONS_MAX: usize = 1000;
/// Profiles for development or tests.
const DEVELOPMENT: [&str; 12] = [
    "dev",
    "develop",
    "development",
    "debug",
    "test",
    "tests",
    "testing",
    "e2e",
    "ci",
    "tool",
    "tools",
    "local",
];

/// Parses a compose file.
#[must_use]
pub fn read(bytes: &[u8]) -> Read {
    let mut read = Read::default();
    for piece in stream::pieces(bytes) {
        let (document, mistake) = stream::read(bytes, &piece);
        if (mistake.is_some() || document.has_compound_key()) && has_template_marks(bytes) {
            return Read { is_template: true, ..Read::default() };
        }
        if let Some(mistake) = mistake {
            read.miss(mistake.line, mistake.message);
        }
        file(document.root(), &mut read);
    }
    inherit(&mut read);
    read.say_once();
    read
}

/// One document of a file.
fn file(root: Value<'_>, read: &mut Read) {
    let services = match root.get("services") {
        Some(services) if services.is_nothing() => return,
        Some(services) => services,
        // The oldest format has the services at the top level.
        None if root.get("version").is_none() && root.entries().any(|(_, one)| is_service(one)) => root,
        None => {
            includes(root, read);
            return;
        }
    };
    if !services.is_map() {
        read.miss(services.line(), "`services` is not a mapping");
        return;
    }
    let volumes = root.get("volumes");
    for (name, service) in services.merged() {
        let Some(shown) = short_text(name) else { continue };
        if shown.starts_with("x-") || service.is_nothing() {
            continue;
        }
        if !service.is_map() {
            read.miss(
                service.line(),
                format!("the service `{}` is not a mapping", crate::model::text::short(shown)),
            );
            continue;
        }
        if !read.has_room(service.line()) {
            return;
        }
        let workload = Service { entries: service.merged(), volumes, read }.workload(shown, name.span());
        read.workloads.push(workload);
    }
    includes(root, read);
}

fn is_service(value: Value<'_>) -> bool {
    value.get("image").or_else(|| value.get("build")).is_some()
}

/// Included files.
fn includes(root: Value<'_>, read: &mut Read) {
    for item in root.get("include").into_iter().flat_map(Value::items) {
        let paths = item.get("path").unwrap_or(item);
        for path in short_text(paths).into_iter().chain(paths.items().filter_map(short_text)) {
            if read.has_room(item.line()) {
                read.includes.push(interpolated(path).text);
            }
        }
    }
}

/// Applies `extends` within the same file.
fn inherit(read: &mut Read) {
    let names: HashMap<String, usize> =
        read.workloads.iter().enumerate().map(|(at, one)| (one.name.clone(), at)).collect();
    let own = read.extends.iter().filter(|one| one.file.is_none());
    let pairs: Vec<(usize, usize)> =
        own.filter_map(|one| Some((one.workload, *names.get(&one.service)?))).collect();
    // Repeated, as an extended service may extend another one.
    for _ in 0..EXTENDS_MAX.min(pairs.len()) {
        for (workload, base) in &pairs {
            if let Ok([workload, base]) = read.workloads.get_disjoint_mut([*workload, *base]) {
                workload.inherit(base);
            }
        }
    }
}

/// A service being parsed.
struct Service<'a, 'r> {
    /// Its entries, including merged ones.
    entries: Vec<(Value<'a>, Value<'a>)>,
    /// The volumes of the file.
    volumes: Option<Value<'a>>,
    read: &'r mut Read,
}

impl<'a> Service<'a, '_> {
    fn get(&self, key: &str) -> Option<Value<'a>> {
        let found = self.entries.iter().find(|(name, _)| name.text() == Some(key));
        found.map(|(_, value)| *value).filter(|value| !value.is_nothing())
    }

    fn word(&self, key: &str) -> Option<Word> {
        self.get(key).and_then(word)
    }

    /// The items of the list `key`.
    fn list(&mut self, key: &str) -> Vec<Value<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if !value.is_list() {
            self.read.miss(value.line(), format!("`{key}` is not a list"));
        }
        let mut items = Vec::new();
        for item in value.items() {
            if !self.read.has_room(item.line()) {
                break;
            }
            items.push(item);
        }
        items
    }

    /// The strings of the list `key`.
    fn words(&mut self, key: &str) -> Vec<Word> {
        self.list(key).into_iter().filter_map(word).collect()
    }

    fn workload(&mut self, name: &str, at: Span) -> Workload {
        let is_development = self
            .list("profiles")
            .into_iter()
            .filter_map(Value::text)
            .any(|profile| DEVELOPMENT.iter().any(|known| profile.eq_ignore_ascii_case(known)));
        let stays = self
            .word("restart")
            .is_some_and(|restart| restart.text == "always" || restart.text.starts_with("unless-stopped"));
        let container = self.container(name, at);
        let workload = Workload {
            kind: "service".to_owned(),
            name: name.to_owned(),
            at,
            is_whole: container.is_whole,
            is_development,
            is_lasting: stays || self.get("deploy").is_some(),
            namespaces: self.namespaces(),
            mounts: self.mounts(),
            unconfined: Vec::new(),
            token: None,
            account: String::new(),
            containers: vec![container],
        };
        self.extends();
        self.env_files();
        workload
    }

    fn container(&mut self, name: &str, at: Span) -> Container {
        let image = self.word("image");
        let is_built = self.get("build").is_some();
        let setting = |word: Option<Word>| word.map(|word| (Switch::of(&word), word.span));
        let limits = self.get("deploy").and_then(|deploy| deploy.get("resources")?.get("limits"));
        let mut container = Container {
            is_whole: image.is_some() || is_built,
            image,
            is_built,
            privileged: setting(self.word("privileged")),
            read_only: setting(self.word("read_only")),
            is_limited: self.get("mem_limit").or(limits.and_then(|limits| limits.get("memory"))).is_some(),
            variables: self.variables(),
            ports: self.ports(),
            added: self.words("cap_add"),
            dropped: self.words("cap_drop"),
            ..Container::new(name.to_owned(), at)
        };
        // Hooks run with more privileges than the service.
        for hook in ["post_start", "pre_stop"].into_iter().flat_map(|key| self.list(key)) {
            let privileged = hook.get("privileged").and_then(word).map(|word| (Switch::of(&word), word.span));
            if let Some((Switch::On, span)) = privileged {
                container.privileged.get_or_insert((Switch::On, span));
            }
        }
        container.root = match self.word("user") {
            None => Root::Unsaid,
            Some(user) if user.known && is_root(&user.text) => Root::Said(user.span),
            Some(_) => Root::Not,
        };
        for option in self.words("security_opt") {
            let (name, value) = option.text.split_once(['=', ':']).unwrap_or((&option.text, ""));
            let what = match (name.trim(), value.trim()) {
                ("no-new-privileges", value) => {
                    let on = if value.eq_ignore_ascii_case("false") { Switch::On } else { Switch::Off };
                    container.escalates = Some((on, option.span));
                    continue;
                }
                ("seccomp", "unconfined") => Confinement::Seccomp,
                ("apparmor", "unconfined") => Confinement::AppArmor,
                ("label", "disable") => Confinement::Labels,
                ("systempaths", "unconfined") => Confinement::KernelPaths,
                _ => continue,
            };
            container.unconfined.push((what, option.span));
        }
        container
    }

    fn namespaces(&self) -> Vec<(Namespace, Span)> {
        const KEYS: [(&str, Namespace); 6] = [
            ("network_mode", Namespace::Network),
            ("net", Namespace::Network),
            ("pid", Namespace::Processes),
            ("ipc", Namespace::Ipc),
            ("userns_mode", Namespace::Users),
            ("uts", Namespace::Name),
        ];
        let host = |(key, namespace)| {
            let word = self.word(key).filter(|word| word.text.trim() == "host")?;
            Some((namespace, word.span))
        };
        KEYS.into_iter().filter_map(host).collect()
    }

    fn mounts(&mut self) -> Vec<Mount> {
        let mut mounts = Vec::new();
        for item in self.list("volumes") {
            let mount =
                if item.is_map() { self.long_mount(item) } else { word(item).as_ref().and_then(short_mount) };
            let Some(mut mount) = mount else { continue };
            // A named volume may be a host path, too.
            if let Some(device) = self.device(&mount.source.text) {
                mount.source = device;
            }
            mounts.push(mount);
        }
        for item in self.list("devices") {
            let source = item.get("source").and_then(word).or_else(|| word(item));
            let Some(source) = source else { continue };
            let path = source.text.split(':').next().unwrap_or("").to_owned();
            mounts.push(Mount { source: Word { text: path, ..source }, target: None, read_only: false });
        }
        mounts
    }

    fn long_mount(&self, item: Value<'a>) -> Option<Mount> {
        let source = item.get("source").or_else(|| item.get("src")).and_then(word)?;
        let target = item.get("target").or_else(|| item.get("dst")).or_else(|| item.get("destination"));
        let read_only = item.get("read_only").or_else(|| item.get("readonly")).and_then(word);
        Some(Mount {
            source,
            target: target.and_then(word).map(|target| target.text),
            read_only: read_only.is_some_and(|read_only| Switch::of(&read_only) == Switch::On),
        })
    }

    /// The host path of the volume `name`.
    fn device(&self, name: &str) -> Option<Word> {
        let options = self.volumes?.get(name)?.get("driver_opts")?;
        let is_bind =
            options.get("o").and_then(Value::text).is_some_and(|o| o.split(',').any(|o| o.contains("bind")));
        options.get("device").and_then(word).filter(|_| is_bind)
    }

    /// Variables, as a mapping or as a list of `NAME=value`.
    fn variables(&mut self) -> Vec<Variable> {
        let Some(environment) = self.get("environment") else { return Vec::new() };
        let mut variables = Vec::new();
        let mut add = |name: &str, written: &str, span: Span| {
            let Meant { text, known, by_default } = interpolated(written);
            let value = Word { text, span, known };
            variables.push(Variable { name: name.to_owned(), value, is_default: by_default });
        };
        if environment.is_map() {
            for (name, value) in environment.merged() {
                if let (Some(name), Some(text)) =
                    (name.text(), short_text(value).filter(|_| !value.is_nothing()))
                    && self.read.has_room(value.line())
                {
                    add(name, text, value.span());
                }
            }
        } else {
            for item in self.list("environment") {
                if let Some((name, value)) = short_text(item).and_then(|text| text.split_once('=')) {
                    add(name.trim(), value, item.span());
                }
            }
        }
        variables
    }

    fn ports(&mut self) -> Vec<Port> {
        let mut all = Vec::new();
        for item in self.list("ports") {
            let port = match word(item) {
                Some(word) => ports::parse(&word.text, word.span),
                None => long_port(item),
            };
            all.extend(port);
        }
        all
    }

    /// Adds the env files of the service: one, or a list, of names or mappings with one.
    fn env_files(&mut self) {
        let Some(value) = self.get("env_file") else { return };
        let named: Vec<Value<'a>> = if value.is_list() { value.items().collect() } else { vec![value] };
        for item in named {
            if let Some(word) = item.get("path").and_then(word).or_else(|| word(item))
                && self.read.has_room(item.line())
            {
                self.read.env_files.push(word);
            }
        }
    }

    /// Adds the service that this one extends.
    fn extends(&mut self) {
        let Some(extends) = self.get("extends") else { return };
        let service = extends.get("service").unwrap_or(extends);
        let Some(service) = short_text(service).filter(|_| self.read.extends.len() < EXTENSIONS_MAX) else {
            return;
        };
        let file = extends.get("file").and_then(short_text).map(|file| interpolated(file).text);
        let workload = self.read.workloads.len();
        self.read.extends.push(Extends { workload, file, service: service.to_owned() });
    }
}

/// A port in the long form.
fn long_port(item: Value<'_>) -> Option<Port> {
    let text = |key| item.get(key).and_then(word).map(|word| word.text);
    let target = item.get("target").and_then(word)?;
    // Without a published port it is only named.
    let published = text("published");
    let host = published.as_deref().and_then(ports::range);
    Some(Port { span: target.span, container: ports::range(&target.text)?, host, address: text("host_ip") })
}

/// `source:target`, `source:target:ro`; `None` for an anonymous volume.
fn short_mount(word: &Word) -> Option<Mount> {
    let text = word.text.trim().to_owned();
    // `C:\path`, and Windows pipes, which start with two backslashes.
    let drive = matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let scheme = text.find("://").filter(|at| text[..*at].bytes().all(|b| b.is_ascii_alphabetic()));
    let from = if drive { 2 } else { scheme.map_or(0, |at| at + 3) };
    let (source, rest) = match text[from..].find(':').map(|at| at + from) {
        // `${HOME:?}/x:/y`: the braces are one piece.
        Some(_) if text.starts_with("${") && !word.known => {
            let end = text.find('}')?;
            let colon = text[end..].find(':')? + end;
            (&text[..colon], &text[colon + 1..])
        }
        Some(at) => (&text[..at], &text[at + 1..]),
        None => return None,
    };
    let (target, mode) = rest.rsplit_once(':').unwrap_or((rest, ""));
    // `C:\path` as the target.
    let (target, mode) = if mode.starts_with(['\\', '/']) { (rest, "") } else { (target, mode) };
    let read_only = mode.split(',').any(|one| matches!(one, "ro" | "readonly"));
    let source = Word { text: source.to_owned(), ..word.clone() };
    Some(Mount { source, target: Some(target.to_owned()), read_only })
}

/// True for `root`, `0`, `0:0`.
fn is_root(user: &str) -> bool {
    matches!(user.split(':').next().unwrap_or("").trim(), "root" | "0")
}

/// The expanded text of `value`.
fn word(value: Value<'_>) -> Option<Word> {
    let Meant { text, known, .. } = interpolated(short_text(value)?);
    Some(Word { text, span: value.span(), known })
}
