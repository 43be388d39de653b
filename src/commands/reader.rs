//! `uketsuke reader`: one child of [`crate::ports::reader`]. Not for people.

use anyhow::Result;

use crate::{
    desk::{
        mail, reading,
        rules::Rules,
        workbook::{
            self,
            mark::{Mark, Unmarkable, mark},
        },
    },
    ports::reader::{FILLED, HandedBack, Request, Task, serve},
};

/// Serves frames from stdin until it closes.
///
/// # Errors
/// When the pipe breaks.
pub fn run() -> Result<()> {
    serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock(), |rules, request| {
        let Request { task, passwords, bytes } = request;
        match task {
            Task::Mail(arrived, care) => {
                serde_json::to_vec(&reading::understand(&bytes, arrived, care, rules, &passwords)).unwrap_or_default()
            }
            Task::File(name) => {
                serde_json::to_vec(&workbook::inspect(&name, &bytes, rules, &passwords)).unwrap_or_default()
            }
            Task::Kind(name) => serde_json::to_vec(workbook::kind_of(&name, &bytes)).unwrap_or_default(),
            Task::Passwords => serde_json::to_vec(&mail::open(&bytes, &[]).passwords).unwrap_or_default(),
            Task::Extract(name, nth) => extract(&name, nth, &bytes, &passwords, rules),
            Task::Mark(name, marks, author) => {
                hand_back(&name, &marks, &author, &bytes, rules).map(HandedBack::encoded).unwrap_or_default()
            }
            Task::Probe(name) => serde_json::to_vec(&workbook::probe(&name, &bytes, rules)).unwrap_or_default(),
        }
    })
}

/// Whether the file is a form with values, and its bytes, without its lock where a password fits; nothing when there is no
/// n-th of this name. In an archive's folders a blank form may lie under the same name, or the other half of the form.
fn extract(name: &str, nth: usize, raw: &[u8], given: &[String], rules: &Rules) -> Vec<u8> {
    let mail::Opened { enclosures, mut passwords, .. } = mail::open(raw, given);
    passwords.extend_from_slice(given);
    let named = enclosures.into_iter().filter(|it| it.name == name).filter_map(|it| it.content.ok());
    let mut found: Vec<(bool, Vec<u8>)> = Vec::new();
    for bytes in named {
        let bytes = workbook::unlocked_bytes(bytes, &passwords, &rules.bounds);
        if found.iter().all(|it| it.1 != bytes) {
            found.push((is_filled(name, &bytes, rules), bytes));
        }
    }
    found.sort_by_key(|it| !it.0);
    let chosen = found.into_iter().nth(nth);
    chosen.map(|(filled, bytes)| [vec![if filled { FILLED } else { 1 }], bytes].concat()).unwrap_or_default()
}

fn is_filled(name: &str, bytes: &[u8], rules: &Rules) -> bool {
    let form = workbook::inspect(name, bytes, rules, &[]).form;
    form.is_ok_and(|it| it.indicators.iter().any(|it| it.current.value.is_some()))
}

/// The mail's workbook of this name, marked. Of two files of one name nobody can say which is meant. What came locked does
/// not go back open.
fn hand_back(name: &str, marks: &[Mark], author: &str, raw: &[u8], rules: &Rules) -> Option<HandedBack> {
    let mut named = mail::sealed(raw).into_iter().filter(|it| it.name == name).filter_map(|it| it.content.ok());
    let bytes = named.next()?;
    if named.any(|other| other != bytes) {
        return Some(HandedBack::Not("two files have its name".to_string()));
    }
    Some(match mark(&bytes, marks, author, &rules.bounds) {
        Ok(marked) => HandedBack::Marked(marked),
        // our own slip, or a damaged file: better no file than a doubtful one
        Err(why @ (Unmarkable::Damaged | Unmarkable::NoSuchSheet(_) | Unmarkable::NoSuchCell(_))) => {
            HandedBack::Not(why.name().to_string())
        }
        Err(_) => HandedBack::AsItCame(bytes),
    })
}
