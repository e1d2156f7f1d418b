//! Decides which credentials to check with which provider; sends nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::engine::request::{Request, is_public_name};
use crate::engine::rule::Rule;
use crate::model::{Family, Finding, Nearby, Report, Secret, Severity, Validation, Validity};

/// The most companion pairs tried per credential.
const TRIED: usize = 3;

/// What the user selects.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Only these checks, if set.
    pub checks: Option<BTreeSet<String>>,
    /// The least severity.
    pub severity: Option<Severity>,
    /// Hosts of self-hosted services.
    pub hosts: Hosts,
}

/// Hosts that the user assigns to services: `gitlab=git.example.org`.
#[derive(Clone, Debug, Default)]
pub struct Hosts(BTreeMap<String, Vec<String>>);

impl Hosts {
    /// Parses `SERVICE=HOST`, or `SERVICE=HOST:PORT`; `rules` define the services.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add<'a>(&mut self, text: &str, mut rules: impl Iterator<Item = &'a Rule>) -> Result<(), String> {
        let Some((service, host)) = text.split_once('=') else {
            return Err(format!("`{text}`: write SERVICE=HOST, such as gitlab=git.example.org"));
        };
        let host = host.to_ascii_lowercase();
        let is_own = |rule: &Rule| {
            rule.request.is_some_and(|request| request.service == service && !request.own_path.is_empty())
        };
        if !rules.any(is_own) {
            return Err(format!("`{service}` is not the name of a service that can be self-hosted"));
        }
        let (name, port) = host.split_once(':').unwrap_or((&host, "443"));
        let is_name = is_public_name(name)
            || !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
        if !is_name || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(format!("`{host}` is not a host; write a name, with a port at most"));
        }
        self.0.entry(service.to_owned()).or_default().push(host);
        Ok(())
    }

    /// True if the user assigned this host to this service.
    #[must_use]
    pub fn names(&self, service: &str, host: &str) -> bool {
        self.0.get(service).is_some_and(|named| named.iter().any(|one| one == host))
    }

    /// The hosts for `request`: those that the user assigned, else that of the pack.
    fn for_request(&self, request: &Request) -> Vec<String> {
        match self.0.get(request.service).filter(|_| !request.own_path.is_empty()) {
            Some(named) => named.clone(),
            None if request.host.is_empty() => Vec::new(),
            None => vec![request.host.to_owned()],
        }
    }
}

/// One credential, and where to check it.
#[derive(Debug)]
pub struct Ask {
    /// The request.
    pub request: &'static Request,
    /// The check that reports it.
    pub check: String,
    /// The hosts, tried in order until one accepts it.
    pub hosts: Vec<String>,
    /// The credential.
    pub secret: Secret,
    /// Candidate companions, nearest first; at least one, which may be empty.
    pub companions: Vec<BTreeMap<&'static str, Secret>>,
    /// The findings that report it.
    pub findings: Vec<usize>,
}

/// All requests of a run.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is sent if the user consents.
    pub asks: Vec<Ask>,
    /// Findings without a request, and why.
    pub unasked: Vec<(usize, Validation)>,
    /// Their kinds.
    pub kinds_without: BTreeSet<String>,
}

impl Plan {
    /// The plan for the findings of `report`; `rule_of` looks up the rule of a check.
    #[must_use]
    pub fn new(report: &Report, wanted: &Wanted, rule_of: &dyn Fn(&str) -> Option<&'static Rule>) -> Self {
        let mut plan = Self::default();
        let mut known: HashMap<(&'static str, &'static str, Secret), usize> = HashMap::new();
        for (number, finding) in report.findings.iter().enumerate() {
            let Some(secret) = finding.secret().filter(|_| is_wanted(finding, wanted)) else { continue };
            match ask(finding, secret, wanted, rule_of) {
                Err(why) => plan.unasked.push((number, Validation::new(Validity::NoWay, why))),
                Ok(ask) => {
                    let key = (ask.request.service, ask.request.path, ask.secret.clone());
                    let index = *known.entry(key).or_insert(plan.asks.len());
                    match plan.asks.get_mut(index) {
                        Some(same) => same.findings.push(number),
                        None => plan.asks.push(Ask { findings: vec![number], ..ask }),
                    }
                }
            }
        }
        plan.name_companions(report);
        plan
    }

    /// Marks findings that are sent along with a credential as checked together with it.
    fn name_companions(&mut self, report: &Report) {
        let mut sent: HashMap<&Secret, &str> = HashMap::new();
        for ask in &self.asks {
            let values = ask.companions.iter().flat_map(BTreeMap::values);
            sent.extend(values.map(|value| (value, ask.check.as_str())));
        }
        for (number, validation) in &mut self.unasked {
            let finding = &report.findings[*number];
            match finding.secret().and_then(|secret| sent.get(secret)) {
                Some(check) => validation.reason = format!("it is asked about together with `{check}`"),
                None => drop(self.kinds_without.insert(finding.check.to_string())),
            }
        }
    }

    /// How many credentials go to each host, the most first.
    #[must_use]
    pub fn counts(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for host in self.asks.iter().flat_map(|ask| &ask.hosts) {
            *counts.entry(host).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(host, count)| (std::cmp::Reverse(*count), *host));
        counts
    }
}

fn is_wanted(finding: &Finding, wanted: &Wanted) -> bool {
    let named = |checks: &BTreeSet<String>| finding.parts().iter().any(|part| checks.contains(&*part.check));
    finding.family == Family::Secret
        && wanted.checks.as_ref().is_none_or(named)
        && wanted.severity.is_none_or(|least| finding.severity >= least)
}

/// The request for `finding`, or why there is none.
fn ask(
    finding: &Finding,
    secret: &Secret,
    wanted: &Wanted,
    rule_of: &dyn Fn(&str) -> Option<&'static Rule>,
) -> Result<Ask, String> {
    // A scan keeps the surroundings of a credential only if its rule has a request.
    let is_named =
        |part: &&Finding| wanted.checks.as_ref().is_none_or(|checks| checks.contains(&*part.check));
    let parts = finding.parts();
    let part = parts.iter().filter(is_named).find_map(|part| Some((part, part.nearby.as_deref()?)));
    let found = part.and_then(|(part, nearby)| Some((part, rule_of(&part.check)?.request?, nearby)));
    let Some((part, request, nearby)) = found else {
        return Err("no request is known for its kind".to_owned());
    };
    let hosts = wanted.hosts.for_request(request);
    if hosts.is_empty() {
        let service = request.service;
        return Err(format!("only you know the host: --host {service}=HOST"));
    }
    let companions = pairs(request, nearby)
        .map_err(|name| format!("what it is used with, `{name}`, does not stand near it"))?;
    Ok(Ask {
        request,
        check: part.check.to_string(),
        hosts,
        secret: secret.clone(),
        companions,
        findings: Vec::new(),
    })
}

/// Candidate companions, the nearest of each first.
fn pairs(request: &Request, nearby: &Nearby) -> Result<Vec<BTreeMap<&'static str, Secret>>, &'static str> {
    let mut pairs = vec![BTreeMap::new()];
    for companion in request.companions {
        let found = nearby.get(companion.name).filter(|found| !found.is_empty()).ok_or(companion.name)?;
        let with = |pair: &BTreeMap<&'static str, Secret>| {
            let add = |value: &Secret| {
                let mut pair = pair.clone();
                pair.insert(companion.name, value.clone());
                pair
            };
            found.iter().map(add).collect::<Vec<_>>()
        };
        pairs = pairs.iter().flat_map(with).take(TRIED).collect();
    }
    Ok(pairs)
}
