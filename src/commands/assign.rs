//! `uketsuke assign NUMBER ADVISOR`: the secretariat's order, decided like everything else.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use super::{End, desk, table};
use crate::{
    desk::{
        case::{Case, Number},
        decide::{self, Order},
        rules::Advisor,
    },
    ports::store::MailLine,
    run::{Desk, Judge, clock},
};

/// Arguments of `assign`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Receipt number
    number: u32,
    /// The advisor's id in advisors.toml
    advisor: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Assigns a case.
///
/// # Errors
/// When the configuration or the store is wrong, or the case cannot be assigned: the reason.
pub async fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let mut desk = desk(folder)?;
    let now = clock();
    let letters = assign(&mut desk, Number(arguments.number), &arguments.advisor, now).await?;
    if arguments.json {
        table::json(
            &serde_json::json!({ "number": arguments.number, "advisor": arguments.advisor, "letters": letters }),
        )?;
    } else {
        let number = Number(arguments.number);
        table::line(&format!("Case {number} is with {} now; {letters} letters are in the outbox.", arguments.advisor))?;
        if letters < 2 {
            table::line(
                "A person speaks with this company (`mute`), so it was not written to: please tell it yourself.",
            )?;
        }
    }
    Ok(End::Done)
}

/// Assigns a case in one transaction. Returns how many letters were made.
///
/// # Errors
/// The reason why it cannot be assigned, or trouble with the store.
pub async fn assign(desk: &mut Desk, number: Number, advisor: &str, now: Timestamp) -> Result<usize> {
    let known = desk.rules.advisors.iter().find(|it| it.id == advisor).cloned();
    let Some(case) = desk.store.case(number)? else { bail!("there is no case {number}; see `uketsuke cases`") };
    let newest = desk.store.revisions(number)?.pop();
    let mails = desk.store.mail_lines(Some(number))?;
    let set = desk.store.journal(number)?.into_iter().rfind(|it| it.cause.starts_with("order/wishes/"));
    let unread = |it: &&MailLine| set.as_ref().is_none_or(|set| it.arrived_at > set.at);
    let for_people = mails.iter().filter(|it| it.outcome.as_deref() == Some("to-secretariat")).filter(unread).count();
    let workbooks = match &newest {
        Some(it) => desk.own_files(it).await.context("nothing was assigned")?,
        None => Vec::new(),
    };
    let judge = Judge { settings: &desk.settings, rules: &desk.rules, words: &desk.words, sender: &desk.sender };
    let unit = desk.store.unit()?;
    let now_case = unit.case(case.number)?.context("the case is gone")?;
    if now_case.revision != case.revision {
        bail!("case {number} got a new revision this very moment; look at it, then assign again");
    }
    let case = now_case;
    if let Err(why) = decide::may_assign(&case, known.as_ref(), &desk.rules.programme, unit.load(advisor)?) {
        bail!("{why}");
    }
    warn_of_region(&case, known.as_ref());
    warn_of_mails(number, for_people);
    let order = Order::Assign { advisor: advisor.to_string(), workbooks };
    let cause = format!("order/assign/{number}/{advisor}/{}", case.revision);
    let decision = judge.order(&unit, &case, order, &cause, now)?;
    unit.commit()?;
    Ok(decision.letters.len())
}

/// What only a person could read, of days perhaps, is in no case, but where the person has said it.
fn warn_of_mails(number: Number, for_people: usize) {
    if for_people > 0 {
        eprintln!(
            "Note: {for_people} mails of this case went to a person (`uketsuke case {number}`). What they say of days is not in these letters: `uketsuke wishes {number} DAYS`, before `assign`, puts it there."
        );
    }
}

fn warn_of_region(case: &Case, advisor: Option<&Advisor>) {
    if let (Some(region), Some(advisor)) = (&case.region, advisor)
        && !advisor.regions.contains(region)
    {
        eprintln!("Note: {} does not serve {region}.", advisor.id);
    }
}
