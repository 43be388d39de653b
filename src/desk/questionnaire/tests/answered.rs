//! Questionnaires as they come back.

use std::fmt::Write as _;

use serde::Deserialize;

use super::told;

#[derive(Deserialize)]
struct Table {
    rows: Vec<(String, String)>,
}

#[test]
fn answered() {
    let table: Table = toml::from_str(include_str!("answered.toml")).unwrap();
    let mut wrong = String::new();
    for (text, want) in &table.rows {
        let told = told(text);
        if told != *want {
            write!(wrong, "\n{text:?}\n  want {want:?}\n  told {told:?}").unwrap();
        }
    }
    println!("{} questionnaires", table.rows.len());
    assert!(wrong.is_empty(), "{wrong}");
}
