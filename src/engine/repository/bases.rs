//! Default users of well-known images.

use crate::parse::image::Image;

/// Whom the containers of an image run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// As root, for the image is known to set no user.
    Root,
    /// As someone else, as far as its name says, or it is known.
    Other,
    /// Its entrypoint starts as root and gives that up.
    StepsDown,
    /// Nothing is known of it.
    Unknown,
}

/// Images of Docker's library that set no user.
#[rustfmt::skip]
const ROOT: [&str; 79] = [
    "adoptopenjdk", "aerospike", "almalinux", "alpine", "alt", "amazoncorretto", "amazonlinux", "archlinux", "bash",
    "buildpack-deps", "busybox", "caddy", "centos", "clearlinux", "clojure", "composer", "crystal", "dart", "debian",
    "docker", "drupal", "eclipse-temurin", "elixir", "erlang", "euleros", "fedora", "gcc", "golang", "gradle", "haskell",
    "haxe", "hello-world", "httpd", "hylang", "ibm-semeru-runtimes", "ibmjava", "java", "joomla", "jruby", "julia", "mageia", "maven",
    "mono", "nextcloud", "nginx", "node", "openjdk", "opensuse", "oraclelinux", "perl", "photon", "php", "php-zendserver", "pypy",
    "python", "r-base", "rakudo-star", "registry", "rockylinux", "ros", "ruby", "rust", "sapmachine", "sl", "spark", "swift",
    "cirros", "iojs", "matomo", "mediawiki", "nats", "phpmyadmin", "swipl", "yourls", "tomcat", "tomee", "traefik", "ubuntu", "wordpress",
];

/// Images of the library that start as root and give that up.
const STEPS_DOWN: [&str; 22] = [
    "arangodb",
    "cassandra",
    "chronograf",
    "consul",
    "couchbase",
    "couchdb",
    "crate",
    "eclipse-mosquitto",
    "ghost",
    "influxdb",
    "mariadb",
    "mongo",
    "mysql",
    "neo4j",
    "percona",
    "postgres",
    "rabbitmq",
    "redis",
    "valkey",
    "vault",
    "zookeeper",
    "telegraf",
];

/// Starts of the names of other images that set no user, with the registry.
#[rustfmt::skip]
const ROOT_ELSEWHERE: [&str; 61] = [
    "alpine/", "emscripten/emsdk", "gcr.io/kaniko-project/executor", "gentoo/", "ghcr.io/cross-rs/", "kalilinux/kali-rolling", "public.ecr.aws/debian/", "public.ecr.aws/ubuntu/", "tianon/", "amazon/aws-cli", "azul/zulu-openjdk", "balenalib/", "bellsoft/liberica-", "condaforge/", "container-registry.oracle.com/java/",
    "container-registry.oracle.com/os/", "continuumio/", "crystallang/crystal", "debian/", "dunglas/frankenphp", "gcr.io/distroless/",
    "gcr.io/google.com/cloudsdktool/", "ghcr.io/astral-sh/uv", "ghcr.io/oracle/oraclelinux", "golangci/golangci-lint",
    "google/cloud-sdk", "hashicorp/terraform", "lukemathwalker/cargo-chef", "mcr.microsoft.com/azurelinux/", "mcr.microsoft.com/cbl-mariner/",
    "mcr.microsoft.com/dotnet/", "mcr.microsoft.com/openjdk/", "mcr.microsoft.com/playwright", "mcr.microsoft.com/powershell",
    "messense/", "nixos/nix", "nvcr.io/nvidia/cuda", "nvcr.io/nvidia/pytorch", "nvcr.io/nvidia/tensorrt", "nvidia/cuda", "openresty/openresty",
    "opensuse/", "oven/bun", "phusion/baseimage", "public.ecr.aws/amazonlinux/", "pytorch/pytorch", "quay.io/almalinuxorg/",
    "quay.io/centos/", "quay.io/fedora/", "quay.io/rockylinux/", "redhat/ubi", "registry.access.redhat.com/ubi",
    "registry.fedoraproject.org/", "registry.opensuse.org/opensuse/", "registry.suse.com/bci/", "rocker/", "rockylinux/rockylinux",
    "rustembedded/cross", "swiftlang/swift", "tensorflow/tensorflow", "tiangolo/",
];

/// Words of names and tags of images that are made to run as someone else.
const OTHER: [&str; 9] = [
    "nonroot",
    "non-root",
    "rootless",
    "unprivileged",
    "chiseled",
    "distroless-extra",
    "unpriv",
    "noroot",
    "no-root",
];
/// Whose images run as someone else.
const OTHERS: [&str; 9] = [
    "cgr.dev/",
    "chainguard/",
    "dhi.io/",
    "bitnami/",
    "bitnamilegacy/",
    "bitnamisecure/",
    "ghcr.io/bitnami/",
    "jenkins/",
    "grafana/",
];

/// Whom containers of `image` run as.
#[must_use]
pub fn runs(image: &Image<'_>) -> Runs {
    let whole = image.text.to_ascii_lowercase();
    let named = whole.strip_prefix("docker.io/").unwrap_or(&whole);
    if OTHER.iter().any(|word| named.contains(word)) || OTHERS.iter().any(|start| named.starts_with(start)) {
        return Runs::Other;
    }
    let gone = image.text.len() - image.repository().len();
    let repository = &named[..named.len().saturating_sub(gone)];
    match image.library() {
        Some(name) if STEPS_DOWN.contains(&name) => return Runs::StepsDown,
        Some(name) if ROOT.contains(&name) => return Runs::Root,
        _ => {}
    }
    // Images of Red Hat that are made for builds of a language run as someone else.
    if let Some(rest) = repository
        .strip_prefix("registry.access.redhat.com/")
        .or(repository.strip_prefix("registry.redhat.io/"))
    {
        let (folder, name) = rest.split_once('/').unwrap_or(("", rest));
        let is_base = ["ubi", "rhel"].iter().any(|start| name.starts_with(start));
        let is_system = folder.is_empty() || folder.starts_with("ubi") || folder.starts_with("rhel");
        return if is_base && is_system && !name.contains("bootc") { Runs::Root } else { Runs::Unknown };
    }
    // Distroless images of Microsoft run as someone else.
    if repository.starts_with("mcr.microsoft.com/") && named.contains("distroless") {
        return Runs::Other;
    }
    if ROOT_ELSEWHERE.iter().any(|start| repository.starts_with(start)) { Runs::Root } else { Runs::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_images() {
        for (text, wanted) in [
            ("alpine:3", Runs::Root),
            ("docker.io/library/node:24", Runs::Root),
            ("public.ecr.aws/docker/library/alpine", Runs::Root),
            ("gcr.io/distroless/static-debian12", Runs::Root),
            ("gcr.io/distroless/static-debian12:nonroot", Runs::Other),
            ("gcr.io/distroless/base-nossl-debian13:debug-nonroot@sha256:ab", Runs::Other),
            ("cgr.dev/chainguard/static:latest", Runs::Other),
            ("nginxinc/nginx-unprivileged:1.27", Runs::Other),
            ("mcr.microsoft.com/dotnet/aspnet:9.0", Runs::Root),
            ("mcr.microsoft.com/dotnet/aspnet:9.0-noble-chiseled", Runs::Other),
            ("registry.access.redhat.com/ubi9/ubi-minimal:9.4", Runs::Root),
            ("registry.access.redhat.com/ubi8", Runs::Root),
            ("registry.access.redhat.com/ubi9/nodejs-20", Runs::Unknown),
            ("postgres:17", Runs::StepsDown),
            ("acme/base:1", Runs::Unknown),
            ("registry.example.com/alpine:3", Runs::Unknown),
            ("ghcr.io/oracle/oraclelinux:9", Runs::Root),
        ] {
            assert_eq!(runs(&Image::parse(text).expect("there")), wanted, "{text}");
        }
    }
}
