//! The daemon program itself against real Dovecot and Postfix, with everything between and around them breaking.
//!
//! The short version runs with all other tests. `UKETSUKE_FAULTS=all` runs every case of the matrices and
//! `UKETSUKE_KILLS=1000` so many kills; both print what they counted with `--nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test may panic"
)]

mod cases;
mod certificates;
mod desk;
mod endurance;
mod imap;
mod kills;
mod plan;
mod proxy;
#[path = "../servers/mod.rs"]
#[allow(dead_code, reason = "shared with other test binaries")]
mod servers;
mod smtp;
mod world;
