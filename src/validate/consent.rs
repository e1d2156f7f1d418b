//! The preview shown before anything is sent.

use std::collections::BTreeSet;

use super::plan::Plan;

/// The most hosts in the summary.
const NAMED: usize = 8;

/// One line: what would be sent where.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let count =
        |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let kinds: BTreeSet<&str> = plan.asks.iter().map(|ask| ask.check.as_str()).collect();
    let counts = plan.counts();
    let mut hosts: Vec<String> =
        counts.iter().take(NAMED).map(|(host, count)| format!("{host} ({count})")).collect();
    if let Some(more @ 1..) = counts.len().checked_sub(NAMED) {
        hosts.push(format!("and {} more", count(more, "host", "hosts")));
    }
    let mut out = match plan.asks.len() {
        0 => "nothing would be sent".to_owned(),
        asks => format!(
            "{} of {} would be sent to {} own {}: {}",
            count(asks, "credential", "credentials"),
            count(kinds.len(), "kind", "kinds"),
            if asks == 1 { "its" } else { "their" },
            if counts.len() == 1 { "provider" } else { "providers" },
            hosts.join(", ")
        ),
    };
    if !plan.kinds_without.is_empty() {
        out.push_str(&format!("; {} cannot be asked", count(plan.kinds_without.len(), "kind", "kinds")));
    }
    out
}

/// The same, a line per endpoint: the request, the kinds, and how many of each.
#[must_use]
pub fn list(plan: &Plan) -> Vec<String> {
    let mut lines: Vec<(String, BTreeSet<&str>, usize)> = Vec::new();
    for ask in &plan.asks {
        for host in &ask.hosts {
            let method = if ask.request.post { "POST" } else { "GET" };
            let what = format!("{method} https://{}", ask.request.endpoint(host));
            let at = lines.iter().position(|(other, ..)| *other == what).unwrap_or_else(|| {
                lines.push((what, BTreeSet::new(), 0));
                lines.len() - 1
            });
            lines[at].1.insert(&ask.check);
            lines[at].2 += 1;
        }
    }
    let line = |(what, kinds, count): (String, BTreeSet<&str>, usize)| {
        format!("  {what} ({count}: {})", kinds.into_iter().collect::<Vec<_>>().join(", "))
    };
    lines.into_iter().map(line).chain(along(plan)).collect()
}

/// What is sent along with the credentials from their surroundings, possibly findings of their own.
fn along(plan: &Plan) -> Option<String> {
    let names: BTreeSet<&str> =
        plan.asks.iter().flat_map(|ask| ask.request.companions).map(|companion| companion.name).collect();
    let most: usize = plan.asks.iter().map(|ask| ask.companions.len().max(1) * ask.hosts.len()).sum();
    (!names.is_empty()).then(|| {
        format!(
            "  sent along, as it stands near them: {}; at most {most} requests",
            names.into_iter().collect::<Vec<_>>().join(", ")
        )
    })
}
