//! Everything that can fail because of the world. No port knows another.
//!
//! [`mailbox`] and [`mailer`] are the ports; [`connect`], [`credential`],
//! [`secret`] and [`header`] are the few words they share.
mod clear;
pub mod connect;
pub mod credential;
pub mod header;
pub mod mailbox;
pub mod mailer;
pub mod oauth2;
pub mod reader;
pub mod secret;
pub mod store;
mod tls;

/// The file of the newest refresh token, in the state folder: made by `oauth2`, part of every backup of `store`.
const REFRESH_TOKEN: &str = "oauth2-refresh-token.json";
