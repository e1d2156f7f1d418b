//! Sends all requests of a plan: hosts in parallel, the requests to one host in sequence.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::answer::Verdict;
use super::cache::Cache;
use super::fill::fill;
use super::plan::{Ask, Hosts, Plan};
use super::send::{self, Client};
use crate::model::{Secret, Validation, Validity};

/// Hosts in parallel.
const HOSTS: usize = 8;
/// The longest wait that a provider can ask for, in seconds.
const PATIENCE: u64 = 30;
/// How often one credential is retried after such a wait.
const AGAIN: u32 = 2;
/// Consecutive failures after which a host is skipped.
const FAILURES: u32 = 3;
/// The interval at which cancellation is checked.
const STEP: Duration = Duration::from_millis(50);

/// Limits of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests per second and host; `None` for no limit.
    pub rate: Option<u32>,
    /// Requests in total.
    pub requests: Option<u64>,
}

/// The result for one credential.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The state.
    pub validation: Validation,
    /// True if the request failed for a reason unrelated to the credential.
    pub failed: bool,
    /// The number of the companions that were used.
    pub used: Option<usize>,
}

/// The state of a host.
#[derive(Default)]
struct Host {
    last: Option<Instant>,
    failures: u32,
    /// Why it is skipped from now on.
    left: Option<String>,
}

struct Run<'a> {
    client: &'a Client,
    hosts: &'a Hosts,
    limits: Limits,
    cache: Option<&'a Cache>,
    stop: &'a AtomicBool,
    known: HashMap<&'a str, Mutex<Host>>,
    sent: AtomicU64,
}

/// Sends the requests of `plan`, and returns an outcome for each, in order. `stop` cancels the run: remaining
/// outcomes say so. `progress` is called with the number of results.
#[must_use]
pub fn ask(
    plan: &Plan,
    client: &Client,
    hosts: &Hosts,
    limits: Limits,
    cache: Option<&Cache>,
    stop: &AtomicBool,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Outcome> {
    let known = plan.asks.iter().flat_map(|ask| &ask.hosts).map(|host| (host.as_str(), Mutex::default()));
    let run = Run { client, hosts, limits, cache, stop, known: known.collect(), sent: AtomicU64::new(0) };
    let mut queues: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, ask) in plan.asks.iter().enumerate() {
        queues.entry(&ask.hosts[0]).or_default().push(number);
    }
    let threads = queues.len().min(HOSTS);
    let queues: Mutex<VecDeque<Vec<usize>>> = Mutex::new(queues.into_values().collect());
    let outcomes: Mutex<BTreeMap<usize, Outcome>> = Mutex::default();
    let done = AtomicUsize::new(0);
    let work = || {
        loop {
            let next = queues.lock().expect("no thread panics while it holds the lock").pop_front();
            let Some(numbers) = next else { return };
            for number in numbers {
                let outcome = run.try_hosts(&plan.asks[number]);
                outcomes.lock().expect("no thread panics while it holds the lock").insert(number, outcome);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().expect("no thread panics while it holds the lock").into_values().collect()
}

impl Run<'_> {
    /// Tries the hosts of `ask` with each of its companions until one accepts; the most informative result counts.
    fn try_hosts(&self, ask: &Ask) -> Outcome {
        let mut best: Option<Outcome> = None;
        let ways =
            ask.hosts.iter().flat_map(|host| ask.companions.iter().enumerate().map(move |way| (host, way)));
        for (host, (number, companions)) in ways {
            let outcome = Outcome { used: Some(number), ..self.cached(ask, host, companions) };
            let validity = outcome.validation.validity;
            if validity == Validity::Live {
                // Once accepted, no other host is tried.
                return outcome;
            }
            if best.as_ref().is_none_or(|best| validity < best.validation.validity) {
                best = Some(outcome);
            }
        }
        best.unwrap_or_else(|| unasked("no host", false))
    }

    fn cached(&self, ask: &Ask, host: &str, companions: &BTreeMap<&'static str, Secret>) -> Outcome {
        let print = self.cache.map(|cache| (cache, cache.print(ask, host, companions)));
        if let Some(validation) = print.as_ref().and_then(|(cache, print)| cache.get(print)) {
            return Outcome { validation, failed: false, used: None };
        }
        let outcome = self.at(ask, host, companions);
        if let Some((cache, print)) = print
            && outcome.validation.validity.is_answered()
        {
            cache.put(print, &outcome.validation);
        }
        outcome
    }

    /// Tries one host, one request at a time.
    fn at(&self, ask: &Ask, host: &str, companions: &BTreeMap<&'static str, Secret>) -> Outcome {
        let mut state = self.known[host].lock().expect("no thread panics while it holds the lock");
        let request = ask.request;
        let is_named = self.hosts.names(request.service, host);
        let path = request.path_at(host);
        for again in 0..=AGAIN {
            if self.stop.load(Ordering::SeqCst) {
                return unasked("it was stopped before", true);
            }
            if let Some(why) = &state.left {
                return unasked(why, true);
            }
            let sent = self.sent.fetch_add(1, Ordering::SeqCst);
            if self.limits.requests.is_some_and(|most| sent >= most) {
                return unasked("as many requests were made as --max-requests allows", true);
            }
            let mut message = match fill(request, path, &ask.secret, companions) {
                Ok(message) => message,
                Err(why) => return unasked(why, false),
            };
            if let (true, Some(id)) = (request.sigv4, companions.get("id")) {
                send::sign(host, &mut message, id, &ask.secret);
            }
            self.pace(&mut state);
            let answer = self.client.send(host, is_named, &message);
            let time = jiff::Timestamp::from_second(send::now()).unwrap_or_default().to_string();
            let asked = |validation: Validation, failed| Outcome {
                validation: Validation {
                    endpoint: Some(request.endpoint(host)),
                    at: Some(time.clone()),
                    ..validation
                },
                failed,
                used: None,
            };
            let not = |why: String| Validation::new(Validity::NotAsked, why);
            let hidden: Vec<&Secret> = std::iter::once(&ask.secret).chain(companions.values()).collect();
            let fault = match answer.map(|answer| answer.judge(request, &hidden)) {
                Ok(Verdict::Is(validation)) => {
                    state.failures = 0;
                    return asked(validation, false);
                }
                Ok(Verdict::Unclear(why)) => {
                    state.failures = 0;
                    return asked(not(why), false);
                }
                Ok(Verdict::Later(Some(seconds))) if seconds <= PATIENCE && again < AGAIN => {
                    self.wait(Duration::from_secs(seconds.max(1)));
                    continue;
                }
                Ok(Verdict::Later(seconds)) => {
                    let for_long = seconds.map(|seconds| format!(", for {seconds} s")).unwrap_or_default();
                    let why = format!("{host} asks for fewer requests{for_long}");
                    state.left = Some(why.clone());
                    return asked(not(why), true);
                }
                Ok(Verdict::Fault(why)) | Err(why) => format!("{host}: {why}"),
            };
            state.failures += 1;
            if state.failures >= FAILURES {
                state.left = Some(fault.clone());
            }
            return asked(not(fault), true);
        }
        unasked(&format!("{host} asks for fewer requests"), true)
    }

    /// Waits until the host may be queried again.
    #[expect(clippy::disallowed_methods, reason = "a provider is not asked more often than the user wants")]
    fn pace(&self, host: &mut Host) {
        if let (Some(rate @ 1..), Some(last)) = (self.limits.rate, host.last) {
            let next = last + Duration::from_secs(1) / rate;
            self.wait(next.saturating_duration_since(Instant::now()));
        }
        host.last = Some(Instant::now());
    }

    /// Waits this long, or until the user cancels.
    #[expect(clippy::disallowed_methods, reason = "a provider asks for it")]
    fn wait(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.stop.load(Ordering::SeqCst) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(STEP));
        }
    }
}

/// The outcome of a request that was not sent.
fn unasked(why: &str, failed: bool) -> Outcome {
    Outcome { validation: Validation::new(Validity::NotAsked, why), failed, used: None }
}
