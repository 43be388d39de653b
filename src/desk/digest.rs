//! The secretariat's daily report (日次報告): what needs a person first, then where everything stands.

mod alarm;

use jiff::{Timestamp, civil};
use serde::Serialize;

pub use alarm::{LogIn, Refused};

use super::{
    case::{Case, Number, Stage},
    check::{self, Rule},
    letter::{
        mime::japan,
        view::{self, ProgrammeView, programme},
        when::{day, method},
        words::Words,
    },
    rules::Rules,
    text,
};

/// What is open in a case that wants a call, and the rows of the form in doubt, are named up to these numbers.
const MOST_OPEN: usize = 5;
const MOST_ROWS: usize = 10;

/// What the store knows, without its types.
pub struct Facts<'a> {
    /// The cases of the running programme.
    pub cases: &'a [Case],
    /// Cases of an earlier one that are named below: their number and company are told, and nothing else.
    pub earlier: &'a [Case],
    /// Mails for people: receipt number (0 none), what, detail.
    pub for_people: Vec<Item>,
    /// Mails that could not be taken.
    pub not_taken: Vec<Item>,
    /// Letters that wait for approval.
    pub waiting_letters: u64,
    /// Cases whose newest letter waits, and for what: what it says has been told to nobody.
    pub held_back: Vec<(Number, HeldBack)>,
    /// Filings on the server that were given up: these mails still lie in the inbox.
    pub stuck: Vec<Item>,
    /// Mails that wait for the password of a file, or for the file of a password.
    pub waiting_for_passwords: u64,
    /// Letters not delivered.
    pub undelivered: Vec<Item>,
    /// Rows that books lack or the catalogue does not know, seen for the first time since the digest before; told once,
    /// and to no company while the catalogue is not confirmed.
    pub unmatched: Vec<Unmatched>,
    /// Addresses that cannot be reached.
    pub dead_addresses: Vec<Item>,
    /// Cases in which a person speaks with the company.
    pub muted: Vec<Item>,
    /// The Sent folder's sums; none of them where it was never looked at.
    pub sent: Sent,
    /// When letters last rested because of the most in one hour.
    pub hour_full: Option<Timestamp>,
    /// When a mail last came from a later day than our clock's.
    pub clock_behind: Option<Timestamp>,
    /// Since when no letter goes until a person confirms that this store is the newest and the only one.
    pub standstill: Option<Timestamp>,
    /// The sums of the conservation line, as the phrase `account` wants them.
    pub account: Account,
    /// The moment of the digest before: what is newer is new.
    pub since: Timestamp,
    /// Since when the inbox does not answer.
    pub inbox_trouble: Option<Timestamp>,
    /// Who refused the inbox, where that is why it does not answer.
    pub refused: Option<Refused>,
    /// The log-in by OAuth2, where there is one.
    pub log_in: Option<&'a LogIn>,
    /// Since when the Sent folder cannot be read.
    pub sent_trouble: Option<Timestamp>,
    /// The standstill is for a letter of ours that this store does not know.
    pub behind: bool,
    /// The desk's own address.
    pub desk: &'a str,
}

/// What a letter waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack {
    /// A person's approval.
    Approval,
    /// Its address, marked as one that cannot be reached.
    Address,
}

/// A row in which the catalogue and the books differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmatched {
    /// The row's number, or what stands there.
    pub row: String,
    /// Receipt numbers of the cases whose books differ in it.
    pub cases: Vec<u32>,
}

/// One thing to tell: its phrase and the details the phrase names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Receipt number, 0 without a case.
    pub number: u32,
    /// Key of the phrase under `[digest]`.
    pub what: String,
    /// Details.
    pub detail: String,
    /// Why a mail was held: a name of `decide::Hold`; else empty.
    pub why: String,
    /// Receipt numbers a held mail may belong to; else empty.
    pub proposed: String,
}

/// The conservation line's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "each is the sum of what its name says")]
pub struct Account {
    pub seen: u64,
    pub kept: u64,
    pub not_taken: u64,
    pub seen_pending: u64,
    pub mails: u64,
    pub decided: u64,
    pub set_aside: u64,
    pub pending: u64,
    pub answered: u64,
    pub recorded: u64,
    pub to_secretariat: u64,
    pub held: u64,
    pub machine: u64,
    pub not_ours: u64,
    /// Nothing is missing.
    pub balanced: bool,
}

/// The sums of the Sent folder's conservation line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "each is the sum of what its name says")]
pub struct Sent {
    pub seen: u64,
    pub answers: u64,
    pub ours: u64,
    pub other: u64,
    pub not_taken: u64,
    pub pending: u64,
    /// Nothing is missing.
    pub balanced: bool,
}

/// What the digest's templates get.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    programme: ProgrammeView,
    desk: String,
    date: String,
    time: String,
    alarm: String,
    decide: Vec<Line>,
    decide_count: usize,
    submission_left: String,
    advice_left: String,
    regions: Vec<RegionLine>,
    sections: Vec<Section>,
    undelivered: Vec<Line>,
    undelivered_count: usize,
    conservation: String,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    number: Option<String>,
    company: String,
    what: String,
}

#[derive(Debug, Clone, Serialize)]
struct Section {
    title: String,
    count: usize,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, Serialize)]
struct RegionLine {
    name: String,
    opened: usize,
    complete: usize,
    quota: u32,
}

#[derive(Default, Serialize)]
struct Detail<'a> {
    detail: &'a str,
    why: &'a str,
    proposed: &'a str,
    method: &'a str,
    dates: usize,
    count: usize,
    advisor: &'a str,
    days: i32,
    date: &'a str,
    /// A person is to call.
    call: bool,
    rounds: u32,
    /// The case's newest letter waits for approval.
    approval: bool,
    /// The case's newest letter waits for its address to be cleared.
    address: bool,
    contact: &'a str,
    /// What is open, the first few.
    open: &'a str,
}

impl View {
    /// Puts the facts in words.
    pub fn of(words: &Words, rules: &Rules, facts: &Facts<'_>, now: Timestamp) -> View {
        let local = now.to_zoned(japan());
        let today = local.date();
        let tell = Teller { words, rules, facts };
        let decide: Vec<Line> =
            alarm::log_in_ends(&tell, facts, today).into_iter().chain(decide_list(&tell, facts)).collect();
        let undelivered: Vec<Line> = facts.undelivered.iter().map(|it| tell.item(it)).collect();
        let alarm = alarm::alarm(&tell, facts, today);
        View {
            programme: programme(&rules.programme, &rules.questionnaire, today),
            desk: facts.desk.to_string(),
            date: day(today),
            time: format!("{}:{:02}", local.hour(), local.minute()),
            alarm,
            decide_count: decide.len(),
            decide,
            submission_left: tell.left(today, rules.programme.submission_to),
            advice_left: tell.left(today, rules.programme.advice_to),
            regions: regions(rules, facts.cases, words),
            sections: sections(&tell, facts),
            undelivered_count: undelivered.len(),
            undelivered,
            conservation: conservation(words, facts),
        }
    }
}

fn conservation(words: &Words, facts: &Facts<'_>) -> String {
    let mut told = words.phrase("account", &facts.account);
    if facts.sent.seen > 0 {
        told.push('。');
        told.push_str(&words.phrase("account-sent", &facts.sent));
    }
    told
}

fn decide_list(tell: &Teller<'_>, facts: &Facts<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(tell.count("waiting-letters", facts.waiting_letters));
    let rounds = tell.rules.programme.correction_rounds;
    // in a muted case a person speaks with the company already
    let call = |it: &&Case| it.stage.needs_call(rounds) && !it.muted;
    lines.extend(facts.cases.iter().filter(call).map(|it| tell.case("call", it)));
    lines.extend(facts.cases.iter().filter(|it| it.stage == Stage::Complete).map(|it| tell.case("assign", it)));
    lines.extend(facts.for_people.iter().chain(&facts.not_taken).chain(&facts.stuck).map(|it| tell.item(it)));
    lines.extend(
        facts.cases.iter().filter(|it| matches!(it.stage, Stage::Held { .. })).map(|it| tell.case("held-case", it)),
    );
    lines.extend(
        facts
            .cases
            .iter()
            .filter(|it| it.region.is_none() && !it.stage.is_over())
            .map(|it| tell.case("region-unknown", it)),
    );
    let twin = |it: &&Case| {
        let key = text::company_key(&it.company);
        let same = |other: &&Case| {
            other.number < it.number && !other.stage.is_over() && text::company_key(&other.company) == key
        };
        !key.is_empty() && !it.stage.is_over() && facts.cases.iter().any(|other| same(&other))
    };
    lines.extend(facts.cases.iter().filter(twin).map(|it| tell.case("twin", it)));
    lines.extend(tell.unmatched(&facts.unmatched));
    lines.extend(facts.dead_addresses.iter().chain(&facts.muted).map(|it| tell.item(it)));
    lines
}

fn sections(tell: &Teller<'_>, facts: &Facts<'_>) -> Vec<Section> {
    type Belongs = fn(&Case, Timestamp) -> bool;
    let parts: [(&str, &str, Belongs); 5] = [
        ("section-new", "new", |it, since| it.opened_at > since),
        ("section-applied", "applied", |it, _| it.stage == Stage::Applied),
        ("section-correcting", "correcting", |it, _| matches!(it.stage, Stage::Correcting { .. })),
        ("section-offering", "offering", |it, _| matches!(it.stage, Stage::Offering { .. })),
        ("section-assigned", "assigned", |it, _| it.stage.advisor().is_some()),
    ];
    let of_cases = parts.into_iter().map(|(title, phrase, belongs)| {
        let lines: Vec<Line> =
            facts.cases.iter().filter(|it| belongs(it, facts.since)).map(|it| tell.case(phrase, it)).collect();
        Section { title: tell.words.phrase(title, &()), count: lines.len(), lines }
    });
    // what the desk itself waits for is no person's business
    let waits: Vec<Line> = tell.count("awaiting-password", facts.waiting_for_passwords).into_iter().collect();
    let title = tell.words.phrase("section-waits", &());
    let own = (!waits.is_empty()).then_some(Section { title, count: waits.len(), lines: waits });
    of_cases.chain(own).collect()
}

fn regions(rules: &Rules, cases: &[Case], words: &Words) -> Vec<RegionLine> {
    let line = |name: String, quota: u32, belongs: &dyn Fn(&Case) -> bool| RegionLine {
        name,
        quota,
        opened: cases.iter().filter(|it| belongs(it) && !matches!(it.stage, Stage::Withdrawn { .. })).count(),
        complete: cases.iter().filter(|it| belongs(it) && it.stage.has_complete_form()).count(),
    };
    let mut lines: Vec<RegionLine> = rules
        .programme
        .regions
        .iter()
        .map(|region| line(region.name.clone(), region.quota, &|it| it.region.as_ref() == Some(&region.name)))
        .collect();
    let unknown = line(words.phrase("no-region", &()), 0, &|it| it.region.is_none());
    if unknown.opened > 0 {
        lines.push(unknown);
    }
    lines
}

/// The company, or the contact until it is known.
fn who(it: &Case) -> String {
    let known = [&it.company, &it.contact.name, &it.contact.address].into_iter().find(|it| !it.trim().is_empty());
    known.cloned().unwrap_or_default()
}

struct Teller<'a> {
    words: &'a Words,
    rules: &'a Rules,
    facts: &'a Facts<'a>,
}

impl Teller<'_> {
    /// A line that names a number of things, where there are any.
    fn count(&self, what: &str, count: u64) -> Option<Line> {
        let detail = count.to_string();
        let item = Item { number: 0, what: what.to_string(), detail, why: String::new(), proposed: String::new() };
        (count > 0).then(|| self.item(&item))
    }

    fn case(&self, phrase: &str, it: &Case) -> Line {
        let (open, rounds) = match &it.stage {
            Stage::Correcting { findings, rounds, .. } => (findings.as_slice(), *rounds),
            _ => (&[][..], 0),
        };
        let call = it.stage.needs_call(self.rules.programme.correction_rounds);
        let id = it.stage.advisor().unwrap_or_default();
        let advisor = self.rules.advisors.iter().find(|it| it.id == id).map_or(id, |it| it.name.as_str());
        let contact =
            if it.contact.name.is_empty() { String::new() } else { format!("{} 様、", it.contact.name.trim()) };
        let detail = Detail {
            detail: &it.contact.address,
            method: method(&it.wishes).unwrap_or_default(),
            dates: it.wishes.dates.len(),
            count: if it.stage.has_complete_form() { self.unanswered(it) } else { open.len() },
            advisor,
            call,
            // a round that leads to a call was not asked for
            rounds: if call { rounds.saturating_sub(1) } else { rounds },
            approval: self.waits(it, HeldBack::Approval),
            address: self.waits(it, HeldBack::Address),
            contact: &contact,
            open: &self.listed(open.iter().map(|it| view::heading(self.words, it)), MOST_OPEN),
            ..Detail::default()
        };
        Line { number: Some(it.number.to_string()), company: who(it), what: self.words.phrase(phrase, &detail) }
    }

    /// Questions of the questionnaire that are open.
    fn unanswered(&self, it: &Case) -> usize {
        let open = check::open_questions(&it.answers, &it.wishes, it.region.as_deref(), self.rules);
        open.iter().filter(|it| it.rule == Rule::AnswerMissing).count()
    }

    fn waits(&self, it: &Case, what: HeldBack) -> bool {
        self.facts.held_back.contains(&(it.number, what))
    }

    fn item(&self, it: &Item) -> Line {
        let mut cases = self.facts.cases.iter().chain(self.facts.earlier);
        let case = cases.find(|case| it.number > 0 && case.number.0 == it.number);
        let why = if it.why.is_empty() { String::new() } else { self.words.phrase(&format!("held-{}", it.why), &()) };
        let detail = Detail { detail: &it.detail, why: &why, proposed: &it.proposed, ..Detail::default() };
        Line {
            number: case.map(|it| it.number.to_string()),
            company: case.map(who).unwrap_or_default(),
            what: self.words.phrase(&it.what, &detail),
        }
    }

    fn left(&self, today: civil::Date, end: civil::Date) -> String {
        let days = (end - today).get_days();
        let phrase = if days < 0 { "days-over" } else { "days-left" };
        let date = day(end);
        self.words.phrase(phrase, &Detail { days: days.abs(), date: &date, ..Detail::default() })
    }

    /// All rows in one line.
    fn unmatched(&self, rows: &[Unmatched]) -> Option<Line> {
        let mut cases: Vec<u32> = rows.iter().flat_map(|it| it.cases.iter().copied()).collect();
        cases.sort_unstable();
        cases.dedup();
        let first = Number(*cases.first()?).to_string();
        let more = Detail { detail: &first, count: cases.len().saturating_sub(1), ..Detail::default() };
        let seen_in = self.words.phrase("and-more-cases", &more);
        let open = self.listed(rows.iter().map(|it| it.row.clone()), MOST_ROWS);
        let what = self.words.phrase("unmatched-rows", &Detail { detail: &seen_in, open: &open, ..Detail::default() });
        Some(Line { number: None, company: String::new(), what })
    }

    /// 「4-2 KPI、4-3 評価、ほか 3 件」
    fn listed(&self, names: impl ExactSizeIterator<Item = String>, most: usize) -> String {
        let more = names.len().saturating_sub(most);
        let mut named: Vec<String> = names.take(most).collect();
        if more > 0 {
            named.push(self.words.phrase("and-more", &Detail { count: more, ..Detail::default() }));
        }
        named.join("、")
    }
}
