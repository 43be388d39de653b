//! The desk as a whole: stories, samples, letters, rules. One binary; see `desk.rs` for the helper.
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

mod admitted;
mod applications;
mod backups;
mod bounces;
#[path = "../servers/canary.rs"]
mod canary;
mod clocks;
mod commands;
mod complete;
mod damaged;
mod desk;
mod docs;
mod faults;
mod folder;
mod form;
mod handed_back;
mod injection;
mod joined;
mod kinds;
mod layers;
mod leaks;
mod letters;
mod locked;
mod log_in;
mod machines;
mod mails;
#[path = "../servers/mod.rs"]
mod mailservers;
mod marked;
mod migrations;
mod once;
mod operator;
mod rounds;
mod said;
mod samples;
mod secrets;
mod sent;
mod servers;
mod status;
mod stories;
mod templates;
mod troubles;
mod understood;
mod who;
mod who_upgrades;
mod wishes;
mod withdrawals;
