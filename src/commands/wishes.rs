//! `uketsuke wishes NUMBER WORDS`: the days of a case, as a person has understood them.

use std::path::Path;

use anyhow::Result;

use super::{End, desk, table};
use crate::{
    desk::{
        case::{Case, Number},
        letter::when,
    },
    run::{Judge, clock},
};

/// Arguments of `wishes`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Receipt number
    number: u32,
    /// All days that suit, and the method where it changes, in the words of a mail: "12/8 13:00-16:00, 12/10 午後 オンライン"
    words: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Sets the days of a case, and the method where it is named.
///
/// # Errors
/// When the configuration or the store is wrong, there is no such case, or the words are not sure.
pub fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let mut desk = desk(folder)?;
    let judge = Judge { settings: &desk.settings, rules: &desk.rules, words: &desk.words, sender: &desk.sender };
    let unit = desk.store.unit()?;
    let case = judge.wish(&unit, Number(arguments.number), &arguments.words, clock())?;
    unit.commit()?;
    if arguments.json {
        table::json(
            &serde_json::json!({ "number": arguments.number, "stage": case.stage.name(), "wishes": case.wishes }),
        )?;
        return Ok(End::Done);
    }
    table::line(&format!("Case {} is {}; nobody was written to. Understood:", case.number, case.stage.name()))?;
    show(&case)?;
    if let Some(advisor) = case.stage.advisor() {
        table::line(&format!("{advisor} was told of other days: please tell the advisor and the company yourself."))?;
    }
    Ok(End::Done)
}

/// Method and days as they are known.
pub(super) fn show(case: &Case) -> Result<()> {
    table::line(&format!("  method   {}", when::method(&case.wishes).unwrap_or("-")))?;
    for it in &case.wishes.dates {
        table::line(&format!("  date     {}  ({})", when::span(it.start, it.end), it.raw))?;
    }
    for it in &case.wishes.excluded {
        table::line(&format!("  not      {}  ({})", when::day(it.date), it.raw))?;
    }
    Ok(())
}
