# A lock file with a crate of 2019.
git init -q
mkdir src
printf 'pub fn f() {}\n' > src/lib.rs
cat > Cargo.toml <<'T'
[package]
name = "shop"
version = "1.0.0"
edition = "2024"

[dependencies]
tokio = "0.1.22"
T
cat > Cargo.lock <<'T'
version = 4

[[package]]
name = "shop"
version = "1.0.0"
dependencies = [
 "tokio",
]

[[package]]
name = "tokio"
version = "0.1.22"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "5a09c0b5bb588872ab2f09afa13ee6e9dac11e10a0ec9e8e3ba39a5a5d95af6c"
T
git add .
