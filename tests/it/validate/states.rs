//! Every request of the packs against a provider on this machine, in every state that an answer can have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bartizan::engine::request::{Condition, Needs, Request};
use bartizan::engine::rule::Rule;
use bartizan::model::{Family, RepoPath, Report, Secret, Severity, Validity};
use bartizan::render::{Format, Options, read, render};
use bartizan::scan::{Settings, Silent, registry, scan};
use bartizan::validate::{Ask, Hosts, Limits, Outcome, Plan, Wanted, apply, ask};
use data_encoding::BASE64;
use proptest::prelude::*;

use super::server::{Provider, Received, Reply};
use crate::props::{Memory, config};

/// What stands for a credential; no request has it for another reason.
const SECRET: &str = "Zq7Xw9-canary-Kp3Lm5";
/// The host that the user names.
const NAMED: &str = "own.example.org";
const NO_LIMITS: Limits = Limits { rate: None, requests: None };
const PATIENCE: Duration = Duration::from_secs(20);

/// Every request once, with a rule that has it.
fn requests() -> Vec<(&'static Rule, &'static Request)> {
    let mut known: Vec<(&'static Rule, &'static Request)> = Vec::new();
    for rule in registry::rules() {
        if let Some(request) = rule.request
            && !known.iter().any(|(_, other)| *other == request)
        {
            known.push((rule, request));
        }
    }
    known
}

/// What is used with it.
fn companion(name: &str) -> String {
    format!("companion-{name}-4f6d")
}

fn host(request: &Request) -> &'static str {
    if request.host.is_empty() { NAMED } else { request.host }
}

/// A plan with each request once, and the hosts that it needs.
fn everything() -> (Plan, Hosts) {
    let (mut plan, mut hosts) = (Plan::default(), Hosts::default());
    for (number, (rule, request)) in requests().into_iter().enumerate() {
        if request.host.is_empty() {
            hosts.add(&format!("{}={NAMED}", request.service), registry::rules()).unwrap();
        }
        let values = request.companions.iter();
        let values = values.map(|one| (one.name, Secret::new(companion(one.name).as_bytes())));
        plan.asks.push(Ask {
            request,
            check: rule.id.to_owned(),
            hosts: vec![host(request).to_owned()],
            secret: Secret::new(SECRET.as_bytes()),
            companions: vec![values.collect()],
            findings: vec![number],
        });
    }
    (plan, hosts)
}

fn provider() -> Provider {
    let hosts: BTreeSet<&str> = requests().into_iter().map(|(_, request)| host(request)).collect();
    Provider::start(&hosts.into_iter().collect::<Vec<_>>())
}

/// The request that `received` is. Those of a host are told apart by path and headers.
fn which(received: &Received) -> Vec<&'static Request> {
    let path = received.head.split(' ').nth(1).unwrap().split('?').next().unwrap();
    let is = |request: &&'static Request| {
        let wanted = if request.host.is_empty() { request.own_path } else { request.path };
        let mut wanted = wanted.split('?').next().unwrap().replace("{secret}", SECRET);
        for one in request.companions {
            wanted = wanted.replace(&format!("{{{}}}", one.name), &companion(one.name));
        }
        host(request) == received.host && wanted == path
    };
    requests().into_iter().map(|(_, request)| request).filter(is).collect()
}

/// An answer that meets `condition`.
fn meeting(condition: &Condition) -> Reply {
    let body = match condition.body {
        Needs::Nothing => "{}".to_owned(),
        Needs::Text(text) => format!("<<{text}>>"),
        Needs::Field(path, value) => path.rsplit('.').fold(format!("\"{value}\""), |inner, step| {
            if step.parse::<usize>().is_ok() {
                format!("[{inner}]")
            } else {
                format!("{{\"{step}\":{inner}}}")
            }
        }),
    };
    Reply::Is(condition.status, String::new(), body.into_bytes())
}

fn run(plan: &Plan, hosts: &Hosts, provider: &Provider, timeout: Duration) -> Vec<Outcome> {
    let stop = AtomicBool::new(false);
    ask(plan, &provider.client(timeout), hosts, NO_LIMITS, None, &stop, &|_| {})
}

/// Answers each request by `reply`, and asserts what comes of each.
#[track_caller]
fn all(
    state: &str,
    timeout: Duration,
    reply: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    judge: impl Fn(&Request, &Outcome) -> bool,
) -> Provider {
    let (plan, hosts) = everything();
    let provider = provider();
    provider.answers(move |received| {
        // Where several requests are the same but for what is sent, so is what is answered.
        which(received).first().map_or(Reply::Is(418, String::new(), Vec::new()), |request| reply(request))
    });
    let outcomes = run(&plan, &hosts, &provider, timeout);
    assert_eq!(outcomes.len(), plan.asks.len());
    let mut wrong = Vec::new();
    for (ask, outcome) in plan.asks.iter().zip(&outcomes) {
        assert!(!format!("{outcome:?}").contains(SECRET), "{}: {outcome:?}", ask.check);
        if !judge(ask.request, outcome) {
            wrong.push(format!("{state}: {}: {outcome:?}", ask.check));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    provider
}

#[test]
fn there_is_a_request_for_the_kinds_that_leak_most() {
    let kinds = registry::rules().filter(|rule| rule.request.is_some()).count();
    assert!(kinds >= 80 && requests().len() >= 80, "{kinds} kinds, {} requests", requests().len());
    let faults: Vec<String> = requests()
        .into_iter()
        .flat_map(|(rule, request)| request.faults().into_iter().map(|fault| format!("{}: {fault}", rule.id)))
        .collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn live_is_live_and_the_credential_goes_where_its_pack_says() {
    let is_live = |_: &Request, outcome: &Outcome| {
        outcome.validation.validity == Validity::Live && !outcome.failed && outcome.validation.at.is_some()
    };
    let provider = all("live", PATIENCE, |request| meeting(&request.live[0]), is_live);
    let seen = provider.seen();
    assert_eq!(seen.len(), requests().len());
    for received in &seen {
        let requests = which(received);
        assert!(!requests.is_empty(), "{}{}: no pack has it", received.host, received.head);
        let body = String::from_utf8_lossy(&received.body);
        let basic =
            received.head.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization: basic "));
        let login = basic.map_or_else(String::new, |line| {
            String::from_utf8(BASE64.decode(line.rsplit(' ').next().unwrap().as_bytes()).unwrap()).unwrap()
        });
        let texts = [&received.head, body.as_ref(), &login];
        let times = texts.iter().map(|text| text.matches(SECRET).count());
        let expected = usize::from(!requests[0].sigv4);
        assert_eq!(times.sum::<usize>(), expected, "{}", requests[0].service);
        for header in ["cookie:", "referer:"] {
            assert!(!received.head.to_lowercase().contains(header), "{}", received.head);
        }
    }
}

#[test]
fn each_condition_means_what_it_says() {
    for (field, validity) in
        [("live", Validity::Live), ("revoked", Validity::Revoked), ("refused", Validity::NotAccepted)]
    {
        let of = move |request: &Request| match field {
            "live" => request.live,
            "revoked" => request.revoked,
            _ => request.refused,
        };
        let most = requests().iter().map(|(_, request)| of(request).len()).max().unwrap();
        for number in 0..most {
            let reply = move |request: &Request| match of(request).get(number) {
                Some(condition) => meeting(condition),
                None => Reply::Is(418, String::new(), Vec::new()),
            };
            all(field, PATIENCE, reply, |request, outcome| {
                let expected = match of(request).get(number) {
                    Some(_) => validity,
                    None => Validity::NotAsked,
                };
                outcome.validation.validity == expected
            });
        }
    }
}

/// What is not asked, with a reason, and whether it is a fault of the way.
fn not_asked(failed: bool) -> impl Fn(&Request, &Outcome) -> bool {
    move |_, outcome| {
        let validation = &outcome.validation;
        validation.validity == Validity::NotAsked && !validation.reason.is_empty() && outcome.failed == failed
    }
}

#[test]
fn what_is_no_answer_is_never_live_and_never_clean() {
    let is = |status: u16, headers: &'static str, body: &'static [u8]| {
        move |_: &Request| Reply::Is(status, headers.to_owned(), body.to_vec())
    };
    all("500", PATIENCE, is(500, "", b"{}"), not_asked(true));
    all("429", PATIENCE, is(429, "retry-after: 3600\r\n", b"{}"), not_asked(true));
    all("503", PATIENCE, is(503, "retry-after: 3600\r\n", b"{}"), not_asked(true));
    all("wrong content", PATIENCE, is(200, "", b"<html>Sign in to this network</html>"), not_asked(false));
    all("a text", PATIENCE, is(200, "", b"\"ok\""), not_asked(false));
    all("garbage", PATIENCE, |_| Reply::Raw(b"garbage\r\n\r\n".to_vec()), not_asked(true));
    let endless = |_: &Request, outcome: &Outcome| outcome.validation.validity == Validity::NotAsked;
    all("endless", PATIENCE, |_| Reply::Endless, endless);
    let slow = |_: &Request| Reply::Slow(Duration::from_secs(3));
    all("slow", Duration::from_millis(400), slow, not_asked(true));
}

#[test]
fn redirects_lead_nowhere() {
    for to in ["https://evil.example.net/", "/elsewhere", "http://127.0.0.1/"] {
        for status in [301, 302, 303, 307, 308] {
            let headers = format!("location: {to}\r\n");
            let reply = move |_: &Request| Reply::Is(status, headers.clone(), b"{}".to_vec());
            let provider = all("redirect", PATIENCE, reply, not_asked(true));
            let seen = provider.seen();
            assert!(seen.iter().all(|received| !which(received).is_empty()), "{seen:?}");
        }
    }
}

#[test]
fn a_provider_that_asks_for_time_gets_it() {
    let (mut plan, hosts) = everything();
    plan.asks.truncate(1);
    let provider = provider();
    let first = AtomicBool::new(true);
    let live = plan.asks[0].request.live[0];
    provider.answers(move |_| match first.swap(false, std::sync::atomic::Ordering::SeqCst) {
        true => Reply::Is(429, "retry-after: 1\r\n".to_owned(), Vec::new()),
        false => meeting(&live),
    });
    let started = Instant::now();
    let outcomes = run(&plan, &hosts, &provider, PATIENCE);
    assert_eq!(outcomes[0].validation.validity, Validity::Live);
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(provider.seen().len(), 2);
}

/// A report of a scan in memory that keeps what validation needs.
fn found(files: Vec<(&str, String)>) -> Report {
    let files = files.into_iter().map(|(path, text)| (RepoPath::from(path), text.into_bytes()));
    let mut checks = registry::all();
    checks.retain(|check| check.meta.family == Family::Secret);
    let settings = Settings { keep_nearby: true, ..crate::fixtures::settings(checks) };
    scan(&[&Memory(files.collect())], &settings, &Silent).unwrap()
}

fn token() -> String {
    "ghp_HVEhWIiHa1T5fRDStG¦Rngv8NAglKky11Oj2w".replace('¦', "")
}

fn pair() -> (String, String) {
    ("AKIAWDBGGCQZ¦WGG2VE6S".replace('¦', ""), "4yKN9KYeNhi8MlXywB4v¦GeHdQhoVjeOyq4H8S/PT".replace('¦', ""))
}

#[test]
fn states_are_in_every_format_and_no_credential_is() {
    let (id, key) = pair();
    let slack = "xoxb-6208391573-74021¦16893205-9Yc1rTq8JwLmZ2xKpV5nBd7s".replace('¦', "");
    let stripe = "sk_live_4eC39HqLyj¦WDarjtT1zdp7dc".replace('¦', "");
    let mut report = found(vec![
        ("a.txt", format!("GITHUB_TOKEN={}\n", token())),
        ("b.txt", format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {key}\n")),
        ("c.txt", format!("SLACK_TOKEN={slack}\nSTRIPE_KEY={stripe}\n")),
    ]);
    let plan = Plan::new(&report, &Wanted::default(), &registry::rule);
    let hosts: Vec<&str> = plan.counts().into_iter().map(|(host, _)| host).collect();
    assert_eq!(hosts, ["api.github.com", "api.stripe.com", "slack.com", "sts.amazonaws.com"]);
    let provider = provider();
    let secret = token();
    provider.answers(move |received| match received.host.as_str() {
        // The provider says too much: the token itself, and what moves a terminal.
        "api.github.com" => Reply::Is(
            200,
            "x-oauth-scopes: repo, workflow\r\n".to_owned(),
            format!("{{\"login\":\"octo\\u001b[2J\",\"email\":\"{secret}\"}}").into_bytes(),
        ),
        "sts.amazonaws.com" => Reply::Is(
            200,
            String::new(),
            b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::418839401523:user/ci</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>".to_vec(),
        ),
        "slack.com" => Reply::Is(200, String::new(), b"{\"ok\":false,\"error\":\"token_revoked\"}".to_vec()),
        _ => Reply::Is(401, String::new(), b"{}".to_vec()),
    });
    let outcomes = run(&plan, &Hosts::default(), &provider, PATIENCE);
    apply(&mut report, &plan, outcomes);
    let state = |check: &str| {
        let finding = report.findings.iter().find(|finding| finding.check == check);
        let finding = finding.unwrap_or_else(|| panic!("{check} is not reported"));
        (finding.severity, finding.validation.as_ref().unwrap().validity)
    };
    assert_eq!(state("github-personal-access-token"), (Severity::Critical, Validity::Live));
    assert_eq!(state("aws-secret-access-key"), (Severity::Critical, Validity::Live));
    assert_eq!(state("aws-access-key-id"), (Severity::Critical, Validity::Live));
    assert_eq!(state("slack-bot-token"), (Severity::Low, Validity::Revoked));
    assert_eq!(state("stripe-live-secret-key"), (Severity::Low, Validity::NotAccepted));
    let live = report.findings.iter().take_while(|finding| {
        finding.validation.as_ref().is_some_and(|validation| validation.validity == Validity::Live)
    });
    assert_eq!(live.count(), 3, "what is live comes first");
    for format in Format::ALL {
        let mut out = Vec::new();
        render(&report, format, &Options::plain(Some(Severity::Low)), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for secret in [&token(), &key, &slack, &stripe] {
            assert!(!text.contains(secret.as_str()), "{format} shows {secret}");
            let base64 = BASE64.encode(secret.as_bytes());
            assert!(!text.contains(&base64[..20]), "{format} shows {secret}");
        }
        assert!(!text.contains('\u{1b}'), "{format}");
        if matches!(format, Format::GitlabDependencyScanning | Format::GitlabSast) {
            continue;
        }
        for wanted in ["repo, workflow", "arn:aws:iam::418839401523:user"] {
            let wanted =
                if format == Format::Junit || format == Format::Html { &wanted[..4] } else { wanted };
            let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(wanted), "{format} does not say {wanted}: {text}");
        }
    }
    let mut json = Vec::new();
    render(&report, Format::Json, &Options::plain(None), &mut json).unwrap();
    let again = read::read(&json).unwrap().report;
    for (finding, again) in report.findings.iter().zip(&again.findings) {
        assert_eq!(finding.validation, again.validation);
    }
    let mut sarif = Vec::new();
    render(&report, Format::Sarif, &Options::plain(None), &mut sarif).unwrap();
    let sarif: serde_json::Value = serde_json::from_slice(&sarif).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let live = |result: &&serde_json::Value| {
        result["properties"]["validation"]["state"] == "live"
            && result["message"]["text"].as_str().unwrap().contains("Live: account")
    };
    assert_eq!(results.iter().filter(live).count(), 3, "{results:#?}");
}

#[test]
fn pairs_are_tried_from_the_nearest_on() {
    let (id, key) = pair();
    let other = "AKIA4NUP7VUL¦E3MHM3ZW".replace('¦', "");
    let mut report = found(vec![(
        "credentials",
        format!("aws_secret_access_key = {key}\naws_access_key_id = {other}\n# rotated\n# {id}\n"),
    )]);
    let plan = Plan::new(&report, &Wanted::default(), &registry::rule);
    assert_eq!(plan.asks.len(), 1);
    assert_eq!(plan.asks[0].companions.len(), 2);
    let provider = provider();
    let wanted = id.clone();
    provider.answers(move |received| match received.head.contains(&wanted) {
        true => {
            Reply::Is(200, String::new(), b"<GetCallerIdentityResult></GetCallerIdentityResult>".to_vec())
        }
        false => Reply::Is(403, String::new(), b"<Code>SignatureDoesNotMatch</Code>".to_vec()),
    });
    let outcomes = run(&plan, &Hosts::default(), &provider, PATIENCE);
    assert_eq!((outcomes[0].validation.validity, outcomes[0].used), (Validity::Live, Some(1)));
    apply(&mut report, &plan, outcomes);
    let of = |secret: &str| {
        let mut all = report.findings.iter();
        all.find(|finding| finding.secret().is_some_and(|one| one.expose() == secret.as_bytes()))
            .map(|finding| finding.validation.as_ref().unwrap().validity)
    };
    assert_eq!(of(&id), Some(Validity::Live));
    assert_eq!(of(&other), Some(Validity::NoWay));
}

#[test]
fn a_host_that_may_be_another_lowers_nothing_until_it_is_named() {
    let token = "glpat-HxQ4bW8vRzNk2¦LmTs6Yc".replace('¦', "");
    for (named, severity) in [(None, None), (Some("gitlab=git.example.org"), Some(Severity::Low))] {
        let mut report = found(vec![("a.txt", format!("GITLAB_TOKEN={token}\n"))]);
        let before = report.findings[0].severity;
        let mut wanted = Wanted::default();
        if let Some(named) = named {
            wanted.hosts.add(named, registry::rules()).unwrap();
        }
        let plan = Plan::new(&report, &wanted, &registry::rule);
        let provider = Provider::start(&["gitlab.com", "git.example.org"]);
        provider.answers(|_| Reply::Is(401, String::new(), b"{}".to_vec()));
        let outcomes = run(&plan, &wanted.hosts, &provider, PATIENCE);
        apply(&mut report, &plan, outcomes);
        assert_eq!(report.findings[0].severity, severity.unwrap_or(before));
        let host = named.map_or("gitlab.com", |_| "git.example.org");
        assert_eq!(provider.seen()[0].host, host);
    }
}

#[test]
fn without_what_it_is_used_with_there_is_no_way() {
    let (_, key) = pair();
    let far = "x = 1\n".repeat(600);
    let id = pair().0;
    let encoded = BASE64.encode(
        format!("dd_api_key = {}\ndd_app_key = {}\n", "5c1f07b9e2d84a63¦b0c7f5e19a2d4c86", "x").as_bytes(),
    );
    for text in [
        format!("aws_secret_access_key = {key}\n"),
        format!("aws_secret_access_key = {key}\n{far}\naws_access_key_id = {id}\n"),
        "TWILIO_AUTH_TOKEN=5a8209910522f55e¦d4b40158c4a0dd87\n".replace('¦', ""),
        format!("SHOPIFY_TOKEN=shpat_{}\n{encoded}\n", "0d3f5b7a9c1e2f4b6a8c0e1d3f5b7a9c"),
    ] {
        let mut report = found(vec![("a.txt", text)]);
        let plan = Plan::new(&report, &Wanted::default(), &registry::rule);
        assert_eq!(plan.asks.len(), 0, "{:?}", plan.counts());
        assert!(!plan.unasked.is_empty());
        let before: Vec<Severity> = report.findings.iter().map(|finding| finding.severity).collect();
        apply(&mut report, &plan, Vec::new());
        for (finding, severity) in report.findings.iter().zip(before) {
            let validation = finding.validation.as_ref().unwrap();
            assert_eq!((validation.validity, finding.severity), (Validity::NoWay, severity));
            assert!(!validation.reason.is_empty() && validation.at.is_none());
        }
    }
}

/// A host that is named for one service is asked by others as their packs say.
#[test]
fn a_host_is_named_for_one_service_alone() {
    let mut wanted = Wanted::default();
    wanted.hosts.add("gitlab=api.github.com", registry::rules()).unwrap();
    let report = found(vec![("a.txt", format!("GITHUB_TOKEN={}\n", token()))]);
    let plan = Plan::new(&report, &wanted, &registry::rule);
    let provider = provider();
    provider.answers(|_| Reply::Is(401, String::new(), b"{}".to_vec()));
    let outcomes = run(&plan, &wanted.hosts, &provider, PATIENCE);
    assert_eq!(outcomes[0].validation.validity, Validity::NotAccepted);
    assert!(provider.seen()[0].head.starts_with("GET /user HTTP/1.1\r\n"));
}

#[test]
fn hosts_are_named_for_services_that_have_some() {
    let add = |text: &str| Hosts::default().add(text, registry::rules());
    for good in
        ["gitlab=git.example.org", "gitlab=localhost:8443", "shopify=a.myshopify.com", "github=10.0.0.1"]
    {
        assert!(add(good).is_ok(), "{good}");
    }
    for bad in [
        "gitlab",
        "gitlab=",
        "slack=git.example.org",
        "none=git.example.org",
        "gitlab=git.example.org/x",
        "gitlab=https://git.example.org",
        "gitlab=a@b",
        "gitlab=a:0",
        "gitlab=a:x",
        "gitlab=a b",
        "gitlab=a?b",
    ] {
        assert!(add(bad).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(config(48))]

    /// Whatever stands in a repository: requests are for hosts of packs, and hold no other.
    #[test]
    fn no_request_leaves_for_a_host_that_no_pack_has(
        lines in prop::collection::vec(
            prop_oneof![
                Just("GITLAB_HOST=evil.example.net".to_owned()),
                Just("https:¦//evil.example.net/api".replace('¦', "")),
                Just("api_url: http://169.254.169.254/latest".to_owned()),
                Just("[request.x]\nget = \"https://evil.example.net/\"".to_owned()),
                Just(format!("GITHUB_TOKEN={}", token())),
                Just(format!("GITLAB_TOKEN=glpat-{}", "HxQ4bW8vRzNk2LmTs6Yc")),
                Just("token: sk_live_4eC39HqLyj¦WDarjtT1zdp7dc".replace('¦', "")),
                any::<prop::sample::Index>().prop_map(|index| index.get(&crate::props::EXAMPLES).clone()),
                "[ -~]{0,60}",
            ],
            0..30,
        )
    ) {
        let report = found(vec![("a.txt", lines.join("\n"))]);
        let plan = Plan::new(&report, &Wanted::default(), &registry::rule);
        for ask in &plan.asks {
            prop_assert_eq!(&ask.hosts, &[ask.request.host.to_owned()]);
            prop_assert!(requests().iter().any(|(_, request)| *request == ask.request));
        }
        let allowed: BTreeMap<&str, usize> = plan.counts().into_iter().collect();
        prop_assert!(allowed.keys().all(|host| !host.contains("evil") && !host.contains("169")));
    }
}
