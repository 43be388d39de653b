//! Everything that can fail because of the world. No port knows another.
//!
//! [`mailbox`] and [`mailer`] are the ports; [`connect`], [`secret`] and [`header`] are the few words they share.
pub mod connect;
pub mod header;
pub mod mailbox;
pub mod mailer;
pub mod reader;
pub mod secret;
pub mod store;
