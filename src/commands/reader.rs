//! `uketsuke reader`: one child of [`crate::ports::reader`]. Not for people.

use anyhow::Result;

use crate::{
    desk::{mail, reading, workbook},
    ports::reader::{Request, serve},
};

/// Serves frames from stdin until it closes.
///
/// # Errors
/// When the pipe breaks.
pub fn run() -> Result<()> {
    serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock(), |rules, request| match request {
        Request::Mail(arrived, raw) => {
            serde_json::to_vec(&reading::understand(&raw, arrived, rules)).unwrap_or_default()
        }
        Request::File(name, bytes) => {
            serde_json::to_vec(&workbook::read(&name, &bytes, rules, &[])).unwrap_or_default()
        }
        Request::Extract(name, raw) => extract(&name, &raw),
    })
}

/// A 1 and the file's bytes; nothing when it is not there.
fn extract(name: &str, raw: &[u8]) -> Vec<u8> {
    let (_, enclosures) = mail::read(raw);
    let found = enclosures.into_iter().find(|it| it.name == name).and_then(|it| it.content.ok());
    found.map(|bytes| [vec![1], bytes].concat()).unwrap_or_default()
}
