//! `published-on-all-interfaces`: databases and similar services open to other machines.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Format;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "published-on-all-interfaces",
        title: "database reachable from other machines",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Container,
        remedy: "publish the port on the loopback only, `127.0.0.1:5432:5432`, or not at all: services of one network reach each other without it",
        docs: r#"
## What it does
Reports ports of databases, queues, caches, configuration stores and the Docker API that a compose file publishes on all
addresses of the host, in the short and the long syntax, and host ports of pods. All places are one finding. The Docker
API is `medium`.

## Why is this bad
Docker publishes ports past the host's firewall. A database meant for one application is open to the network, and to the
internet if the host has a public address.

## Example
```yaml
ports:
  - "5432:5432"
```

## Use instead
```yaml
ports:
  - "127.0.0.1:5432:5432"
```

## Known problems
The service is inferred from the port number.

## References
- <https://docs.docker.com/engine/network/port-publishing/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

const MANY: &str = "ports of databases and the like are open to other machines";
/// Container ports, with the service that listens there.
#[rustfmt::skip]
const PORTS: [(u16, &str); 38] = [
    (1433, "SQL Server"), (1521, "Oracle"), (2181, "ZooKeeper"), (2375, DOCKER), (2376, DOCKER), (2379, "etcd"), (2380, "etcd"),
    (3306, "MySQL"), (4222, "NATS"), (5432, "PostgreSQL"), (5672, "RabbitMQ"), (5984, "CouchDB"), (6333, "Qdrant"), (6334, "Qdrant"),
    (6379, "Redis"), (7474, "Neo4j"), (7687, "Neo4j"), (7700, "Meilisearch"), (8086, "InfluxDB"), (8091, "Couchbase"),
    (8123, "ClickHouse"), (8200, "Vault"), (8500, "Consul"), (8529, "ArangoDB"), (8983, "Solr"), (9042, "Cassandra"),
    (9092, "Kafka"), (9093, "Kafka"), (9200, "Elasticsearch"), (9300, "Elasticsearch"), (11211, "memcached"),
    (15672, "RabbitMQ"), (19530, "Milvus"), (26257, "CockroachDB"), (27017, "MongoDB"), (28015, "RethinkDB"),
    (50000, "Db2"), (61616, "ActiveMQ"),
];
/// The port that gives control of the host.
const DOCKER: &str = "the API of Docker";
/// Ports that other services use too: only if the image matches.
const SHARED: [u16; 5] = [9093, 8091, 50000, 8200, 8500];
/// Ports of one range that are checked.
const RANGE_MAX: u16 = 1000;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        let image = container.image.as_ref().map_or("", |image| image.text.as_str()).to_ascii_lowercase();
        for port in container.ports.iter().filter(|port| port.is_open()) {
            let (first, last) = port.container;
            let within = |known: u16| (first..=last.min(first.saturating_add(RANGE_MAX))).contains(&known);
            let is_meant = |known: u16, what: &str| {
                !SHARED.contains(&known) || image.contains(&what.to_ascii_lowercase())
            };
            let Some((number, what)) =
                PORTS.iter().find(|(known, what)| within(*known) && is_meant(*known, what))
            else {
                continue;
            };
            let message = format!(
                "port {number} of {} ({what}) is open to other machines",
                placed.container(container)
            );
            let severity = if *what == DOCKER { Severity::Medium } else { Severity::Low };
            let reported = reports.span(&placed.file.path, port.span, message);
            if let (Format::Compose, Some((host, _))) = (placed.file.format, port.host)
                && first == last
            {
                reported.remedy(format!(
                    "publish the port on the loopback only, `127.0.0.1:{host}:{number}`, or not at all: services of one network reach each other without it"
                ));
            }
            reported
                .severity(placed.capped(severity))
                .note(format!("{what}, port {number}"))
                .practice(*what, MANY);
        }
    }
}
