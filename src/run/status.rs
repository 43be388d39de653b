//! Where everything stands: for `uketsuke status`, and as figures for node_exporter's textfile collector.

use std::{collections::BTreeMap, fmt::Write as _, fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Serialize;
use tracing::warn;

use super::{
    Desk,
    tick::{INBOX_REFUSED, INBOX_TROUBLE, RELAY_TROUBLE, SENT_TROUBLE, clock_behind},
};
use crate::{
    config::Settings,
    desk::{letter::mime::japan, rules::Programme},
    ports::store::{Figures, SetAside, Store},
};

/// A desk that has not looked for so long does not run, or cannot.
const LONGEST_BLINDNESS: SignedDuration = SignedDuration::from_hours(1);
/// A mail that is not decided so long after the longest wait for a password is stuck.
const LONGEST_WORK: SignedDuration = SignedDuration::from_hours(1);
/// How often a look is noted: an empty look writes nothing more.
const NOTE_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// The folders that are looked at.
const FOLDERS: [&str; 2] = ["inbox", "sent"];

/// Everything that may need a person, in the order of urgency. The README says of each what it asks.
pub const CONCERNS: [&str; 20] = [
    "standstill",
    "no-look",
    "inbox-trouble",
    "sent-trouble",
    "relay-trouble",
    "log-in-ends",
    "clock",
    "account",
    "slow",
    "mails",
    "call",
    "assign",
    "stuck",
    "set-aside",
    "not-taken",
    "given-up",
    "uncertain",
    "dead-address",
    "approval",
    "programme-ended",
];

/// Where everything stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// As of when.
    pub at: Timestamp,
    /// Nothing is for a person.
    pub ok: bool,
    /// What is, and how many of it: names of [`CONCERNS`].
    pub for_a_person: BTreeMap<&'static str, u64>,
    /// When each folder was last looked at.
    pub last_look: BTreeMap<&'static str, Option<Timestamp>>,
    /// Since when the inbox does not answer.
    pub inbox_trouble: Option<Timestamp>,
    /// Who refused it: `token` or `password`.
    pub inbox_refused: Option<String>,
    /// Since when the Sent folder cannot be read; what people answered is not known.
    pub sent_trouble: Option<Timestamp>,
    /// Since when the relay refuses us or does not answer; no letter goes, the report neither.
    pub relay_trouble: Option<Timestamp>,
    /// Why no letter goes until a person confirms: `restored`, `copied` or `behind`; see README, "Restore".
    pub standstill: Option<String>,
    /// When something is due next.
    pub next_wake: Option<Timestamp>,
    /// Days until the programme's ends; negative when they are past.
    pub days_left: BTreeMap<&'static str, i32>,
    /// Mails that are set aside: read by nobody, answered by nobody.
    pub set_aside_mails: Vec<SetAside>,
    /// The store's sums.
    pub figures: Figures,
}

impl Status {
    /// Looks.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of(store: &Store, settings: &Settings, programme: &Programme, now: Timestamp) -> Result<Status> {
        let noted = |name: &str| Ok::<_, anyhow::Error>(store.noted(name)?.and_then(|it| it.parse::<Timestamp>().ok()));
        let mut last_look = BTreeMap::new();
        for folder in FOLDERS {
            last_look.insert(folder, noted(&look_name(folder))?);
        }
        let today = now.to_zoned(japan()).date();
        let left = |end: Date| (end - today).get_days();
        let mut it = Status {
            at: now,
            ok: false,
            for_a_person: BTreeMap::new(),
            last_look,
            inbox_trouble: noted(INBOX_TROUBLE)?,
            inbox_refused: store.noted(INBOX_REFUSED)?.filter(|it| !it.is_empty()),
            sent_trouble: noted(SENT_TROUBLE)?,
            relay_trouble: noted(RELAY_TROUBLE)?,
            standstill: store.halted()?.map(|it| it.0),
            next_wake: next_wake(store, settings, now)?,
            days_left: [("submission", programme.submission_to), ("advice", programme.advice_to)]
                .into_iter()
                .chain(settings.log_in.as_ref().and_then(|it| it.ends).map(|it| ("log-in", it)))
                .map(|(name, end)| (name, left(end)))
                .collect(),
            set_aside_mails: store.set_aside_mails()?,
            figures: store.figures(now)?,
        };
        let log_in_ends = settings.log_in.as_ref().is_some_and(|it| it.days_left(today).is_some());
        let calls = store.cases_to_call(programme.correction_rounds)?;
        it.for_a_person = it.concerns(settings, log_in_ends, calls);
        if clock_behind(store, now)?.is_some() {
            it.for_a_person.insert("clock", 1);
        }
        it.ok = it.for_a_person.is_empty();
        Ok(it)
    }

    fn concerns(&self, settings: &Settings, log_in_ends: bool, calls: u64) -> BTreeMap<&'static str, u64> {
        let old = |at: Option<Timestamp>, most: SignedDuration| at.is_some_and(|it| self.at.duration_since(it) > most);
        let inbox = self.last_look.get("inbox").copied().flatten();
        let longest = settings
            .password_wait
            .saturating_add(SignedDuration::from_secs(settings.settling))
            .saturating_add(LONGEST_WORK);
        let it = &self.figures;
        let count = |name: &str| match name {
            "standstill" => u64::from(self.standstill.is_some()),
            "no-look" => u64::from(inbox.is_none() || old(inbox, LONGEST_BLINDNESS)),
            "inbox-trouble" => u64::from(self.inbox_trouble.is_some()),
            "sent-trouble" => u64::from(self.sent_trouble.is_some()),
            "relay-trouble" => u64::from(self.relay_trouble.is_some()),
            "log-in-ends" => u64::from(log_in_ends),
            "account" => u64::from(!it.account.balanced()),
            "slow" => u64::from(old(it.oldest_mail, longest)),
            "mails" => it.for_people,
            "call" => calls,
            "assign" => it.to_assign,
            "stuck" => it.stuck,
            "set-aside" => it.set_aside,
            "not-taken" => it.not_taken,
            "given-up" => it.given_up,
            "uncertain" => it.uncertain,
            "dead-address" => it.dead_addresses,
            "approval" => it.waiting_for_approval,
            "programme-ended" => u64::from(self.days_left.get("advice").is_some_and(|it| *it < 0)),
            _ => 0,
        };
        CONCERNS.into_iter().map(|it| (it, count(it))).filter(|it| it.1 > 0).collect()
    }

    /// The figures in the text format of Prometheus (exposition format 0.0.4). No name of a person or company is in it.
    pub fn prometheus(&self) -> String {
        let mut out = Exposition(String::new());
        let all = CONCERNS.into_iter().map(|it| (it, self.for_a_person.get(it).copied().unwrap_or(0)));
        out.family("for_a_person", "What waits for a person, by kind; 0 is good.", "what", all);
        let looks = self.last_look.iter().filter_map(|(name, at)| Some((*name, at.as_ref()?.as_second())));
        out.family("last_look_timestamp_seconds", "When a folder was last looked at.", "folder", looks);
        let f = &self.figures;
        for (name, help, label, sums) in [
            ("mails", "Mails by state.", "state", &f.mails),
            ("letters", "Letters by state.", "state", &f.letters),
            ("cases", "Cases by stage.", "stage", &f.cases),
        ] {
            out.family(name, help, label, sums.iter().map(|(it, n)| (it.as_str(), *n)));
        }
        let left = self.days_left.iter().map(|(it, n)| (*it, *n));
        out.family("days_left", "Days until the programme's ends.", "end", left);
        out.one("account_balanced", "Every mail that was seen is accounted for.", u8::from(f.account.balanced()));
        let age = |at: Option<Timestamp>| at.map_or(0, |it| self.at.duration_since(it).as_secs().max(0));
        out.one("oldest_mail_seconds", "How long the oldest undecided mail has waited.", age(f.oldest_mail));
        out.one("oldest_letter_seconds", "How long the oldest unsent letter has waited.", age(f.oldest_letter));
        if let Some(at) = self.next_wake {
            out.one("next_wake_timestamp_seconds", "When something is due next.", at.as_second());
        }
        out.one("written_timestamp_seconds", "When these figures were written.", self.at.as_second());
        out.0
    }
}

struct Exposition(String);

impl Exposition {
    fn family<'a, N: std::fmt::Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        sums: impl Iterator<Item = (&'a str, N)>,
    ) {
        // writing into a string does not fail
        let _ = writeln!(self.0, "# HELP uketsuke_{name} {help}\n# TYPE uketsuke_{name} gauge");
        for (value, n) in sums {
            let _ = writeln!(self.0, "uketsuke_{name}{{{label}=\"{value}\"}} {n}");
        }
    }

    fn one(&mut self, name: &str, help: &str, n: impl std::fmt::Display) {
        let _ = writeln!(self.0, "# HELP uketsuke_{name} {help}\n# TYPE uketsuke_{name} gauge\nuketsuke_{name} {n}");
    }
}

fn look_name(folder: &str) -> String {
    format!("last-look/{folder}")
}

/// The next mail to decide, letter to send or report to make.
fn next_wake(store: &Store, settings: &Settings, now: Timestamp) -> Result<Option<Timestamp>> {
    let local = now.to_zoned(japan());
    let report = local.date().at(settings.digest_hour, 0, 0, 0).to_zoned(japan())?.timestamp();
    let report = if report > now { Some(report) } else { report.checked_add(SignedDuration::from_hours(24)).ok() };
    let report = report.filter(|_| !settings.secretariat.is_empty());
    Ok([store.next_decision(settings.settling)?, store.next_due(store.halted()?.is_some())?, report]
        .into_iter()
        .flatten()
        .min())
}

impl Desk {
    /// Notes that a folder was looked at, once a minute at most.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn looked(&self, folder: &str, now: Timestamp) -> Result<()> {
        let name = look_name(folder);
        let noted = self.store.noted(&name)?.and_then(|it| it.parse::<Timestamp>().ok());
        if noted.is_some_and(|it| now.duration_since(it).abs() < NOTE_AGAIN) {
            return Ok(());
        }
        self.store.note(&name, &now.to_string())
    }

    /// Writes the figures where `metrics` says. A folder that cannot be written is told and holds up nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub fn write_figures(&self, now: Timestamp) -> Result<()> {
        let Some(path) = &self.settings.metrics else { return Ok(()) };
        let text = Status::of(&self.store, &self.settings, &self.rules.programme, now)?.prometheus();
        if let Err(error) = write_whole(path, &text) {
            warn!(error = format!("{error:#}"), "the figures cannot be written; see metrics in the README");
        }
        Ok(())
    }
}

/// A reader sees the old file or the new one, never half of one.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("fresh");
    fs::write(&fresh, text).with_context(|| format!("cannot write {}", fresh.display()))?;
    // node_exporter is another user
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o644)).context("cannot open the figures to readers")?;
    fs::rename(&fresh, path).with_context(|| format!("cannot write {}", path.display()))
}
