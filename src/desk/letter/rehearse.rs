//! Renders every template at the start, with everything said and with nothing said, so that a broken one stops the
//! start and not the first letter.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil};

use super::{
    Enclosed, Letter, LetterKind, Progress,
    group::tell,
    view::{About, View},
    words::{BadTemplate, Words},
};
use crate::desk::{
    case::{Case, Change, Number, Revision, Stage},
    check::{Column, Finding, Hint, Rule, Severity},
    digest::{self, HeldBack},
    mail::Person,
    reading::{Candidate, Excluded, Method, Refused, Unreadable, Wishes},
    rules::{Advisor, Rules},
    schedule::Slot,
    workbook::{Indicator, IndicatorKind, Value, Workbook, Written},
};

impl Words {
    /// Renders every kind of letter and the digest, with full and with bare data.
    ///
    /// # Errors
    /// The first template that fails, with its line.
    pub fn rehearse(&self, rules: &Rules) -> Result<(), BadTemplate> {
        self.rehearse_rules()?;
        for (case, inbox_is_away) in [(full(), true), (bare(), false)] {
            let revision = revision();
            let about = About {
                rules,
                desk: "desk@example.jp",
                today: civil::date(2022, 8, 12),
                case: Some(&case),
                revision: Some(&revision),
            };
            for kind in every_kind() {
                let letter = Letter { to: case.contact.clone(), kind, asked_too: case.company.is_empty() };
                self.render(letter.kind.name(), &View::of(self, &about, &letter))?;
            }
            let cases = [case];
            let ends = if inbox_is_away { civil::date(1970, 1, 20) } else { civil::date(1969, 12, 1) };
            let log_in = digest::LogIn { ends: Some(ends), files: vec!["token".to_string()] };
            let view = digest::View::of(self, rules, &facts(&cases, &log_in, inbox_is_away), Timestamp::UNIX_EPOCH);
            self.render("digest", &view)?;
        }
        let nobody =
            About { rules, desk: "desk@example.jp", today: civil::date(2022, 8, 12), case: None, revision: None };
        let letter = Letter { to: Person::default(), kind: LetterKind::HandedOver { file: false }, asked_too: false };
        self.render("handed-over", &View::of(self, &nobody, &letter)).map(|_| ())
    }

    /// Every rule alone with everything said, and above a list with nothing said. A few of them in each letter are
    /// enough then: a start must stay short.
    fn rehearse_rules(&self) -> Result<(), BadTemplate> {
        for rule in Rule::ALL {
            for view in [tell(self, &finding(rule), false), tell(self, &many(rule), true)] {
                // a phrase that fails shows as the rule's name
                if [&view.what, &view.wanted, &view.own].iter().any(|it| *it == rule.name()) {
                    let why = format!("the words of {} cannot be rendered", rule.name());
                    return Err(BadTemplate { path: "phrases.toml".to_string(), why });
                }
            }
        }
        Ok(())
    }
}

/// With an inbox that refuses us, or with everything that may be told while it answers.
fn facts<'a>(cases: &'a [Case], log_in: &'a digest::LogIn, inbox_is_away: bool) -> digest::Facts<'a> {
    let item = |what: &str| digest::Item {
        number: 1,
        what: what.to_string(),
        detail: "x".to_string(),
        why: "forged".to_string(),
        proposed: "0001".to_string(),
    };
    digest::Facts {
        cases,
        earlier: &[],
        for_people: vec![
            item("question"),
            item("held"),
            item("new-contact"),
            item("stuck-held"),
            item("set-aside"),
            item("staff"),
            item("bounce"),
            item("too-big"),
        ],
        not_taken: vec![item("unfetchable"), item("unfetchable-sent")],
        waiting_letters: 1,
        waiting_for_passwords: 1,
        held_back: vec![(Number(1), HeldBack::Approval)],
        stuck: vec![item("stuck"), item("stuck-held"), item("stuck-refiling")],
        undelivered: vec![item("given-up"), item("uncertain"), item("maybe-twice"), item("delayed")],
        unmatched: vec![digest::Unmatched { row: "K5".to_string(), cases: vec![1, 2] }],
        dead_addresses: vec![item("dead-address")],
        muted: vec![item("muted")],
        sent: digest::Sent { seen: 1, ours: 1, balanced: true, ..digest::Sent::default() },
        hour_full: Some(Timestamp::UNIX_EPOCH),
        clock_behind: Some(Timestamp::UNIX_EPOCH),
        standstill: Some(Timestamp::UNIX_EPOCH),
        account: digest::Account::default(),
        since: Timestamp::UNIX_EPOCH,
        inbox_trouble: inbox_is_away.then_some(Timestamp::UNIX_EPOCH),
        refused: inbox_is_away.then_some(digest::Refused::Token),
        log_in: Some(log_in),
        sent_trouble: Some(Timestamp::UNIX_EPOCH),
        behind: !inbox_is_away,
        desk: "desk@example.jp",
    }
}

fn every_kind() -> Vec<LetterKind> {
    let some = [
        Rule::CurrentMissing,
        Rule::CurrentNotALevel,
        Rule::VersionOld,
        Rule::BlankForm,
        Rule::AnswerMissing,
        Rule::DateOutside,
    ];
    let mut findings: Vec<Finding> = some.into_iter().map(finding).collect();
    findings.push(many(Rule::CurrentNotALevel));
    let progress = || {
        Some(Progress {
            before: 8,
            now: 2,
            mended: findings.clone(),
            changes: vec![change(); 12],
            resent: false,
            explained: false,
        })
    };
    let resent = || {
        Some(Progress { before: 0, now: 0, mended: Vec::new(), changes: Vec::new(), resent: true, explained: false })
    };
    let explained = || progress().map(|it| Progress { explained: true, ..it });
    let linked = vec![Refused { file: "box.com".to_string(), why: Unreadable::CloudLink }];
    let refused = vec![Refused { file: "a.pdf".to_string(), why: Unreadable::Pdf }];
    let (asks, slots) = (findings.clone(), vec![slot()]);
    vec![
        LetterKind::Materials { message: "x".to_string() },
        LetterKind::Materials { message: String::new() },
        LetterKind::Corrections {
            findings: findings.clone(),
            progress: progress(),
            asks: asks.clone(),
            refused: refused.clone(),
            slots: slots.clone(),
            enclosed: vec![
                Enclosed { name: "a.xlsx".to_string(), bytes: Vec::new(), marked: true },
                Enclosed { name: "b.xls".to_string(), bytes: Vec::new(), marked: false },
            ],
        },
        LetterKind::Corrections {
            findings: Vec::new(),
            progress: resent(),
            asks: Vec::new(),
            refused: Vec::new(),
            slots: Vec::new(),
            enclosed: Vec::new(),
        },
        LetterKind::Call { findings: findings.clone(), progress: progress(), refused: refused.clone(), unread: false },
        LetterKind::Call { findings: Vec::new(), progress: resent(), refused: Vec::new(), unread: false },
        LetterKind::Call { findings: Vec::new(), progress: None, refused: refused.clone(), unread: true },
        LetterKind::Call { findings: Vec::new(), progress: None, refused: Vec::new(), unread: true },
        LetterKind::Call { findings: Vec::new(), progress: None, refused: linked.clone(), unread: true },
        LetterKind::Call { findings: findings.clone(), progress: explained(), refused: Vec::new(), unread: false },
        LetterKind::Complete {
            asks: asks.clone(),
            progress: progress(),
            refused: refused.clone(),
            slots: slots.clone(),
        },
        LetterKind::Complete { asks: Vec::new(), progress: None, refused: Vec::new(), slots: Vec::new() },
        LetterKind::Complete { asks: Vec::new(), progress: explained(), refused: Vec::new(), slots: Vec::new() },
        LetterKind::NoWorkbook { asks: asks.clone(), slots: slots.clone() },
        LetterKind::Unreadable { files: linked, asks: Vec::new(), slots: Vec::new() },
        LetterKind::Unreadable { files: refused.clone(), asks: asks.clone(), slots: slots.clone() },
        LetterKind::WrongVersion {
            findings: findings.clone(),
            progress: progress(),
            asks: asks.clone(),
            refused,
            slots: slots.clone(),
        },
        LetterKind::HandedOver { file: true },
        LetterKind::Withdrawn,
        LetterKind::Reopened { findings: asks.clone(), asks: asks.clone(), slots: slots.clone(), call: false },
        LetterKind::Reopened { findings: Vec::new(), asks: Vec::new(), slots: Vec::new(), call: true },
        LetterKind::Noted { asks, slots },
        LetterKind::Noted { asks: Vec::new(), slots: Vec::new() },
        LetterKind::Assignment { advisor: advisor(), workbooks: vec![("a.xlsx".to_string(), Vec::new())] },
        LetterKind::Assignment { advisor: advisor(), workbooks: Vec::new() },
        LetterKind::AdvisorNamed { advisor: advisor(), form: true },
        LetterKind::AdvisorNamed { advisor: advisor(), form: false },
    ]
}

fn finding(rule: Rule) -> Finding {
    let text = |it: &str| Some(it.to_string());
    Finding {
        rule,
        severity: Severity::MustMend,
        no: text("K1"),
        title: text("KPI"),
        file: text("a.xlsx"),
        sheet: text("自己診断"),
        cell: text("J14"),
        found: text("2.5"),
        hint: Hint {
            hidden: true,
            column: Some(Column::Evidence),
            stands: text("3"),
            counts: true,
            between: Some((2, 3)),
            reason: text("x"),
        },
    }
}

/// The same of another row, with nothing else to say.
fn many(rule: Rule) -> Finding {
    Finding { no: Some("4-2".to_string()), found: None, hint: Hint::default(), ..finding(rule) }
}

fn change() -> Change {
    let text = |it: &str| it.to_string();
    Change { no: text("4-2"), title: text("KPI"), target: true, before: text("3"), now: text("4") }
}

fn full() -> Case {
    let at = civil::date(2022, 8, 24).at(13, 0, 0, 0);
    Case {
        number: Number(1),
        company: "例示株式会社".to_string(),
        contact: Person { name: "例示 太郎".to_string(), address: "taro@example.jp".to_string() },
        region: None,
        stage: Stage::Proposed { advisor: "example".to_string() },
        muted: false,
        revision: 1,
        wishes: Wishes {
            method: Some(Method::Online),
            either: false,
            dates: vec![Candidate {
                rank: 1,
                start: at,
                end: at,
                raw: "x".to_string(),
                open_month: false,
                open_hours: false,
                in_rank: None,
            }],
            excluded: vec![Excluded { date: at.date(), raw: "x".to_string(), open_month: false }],
            ..Wishes::default()
        },
        answers: BTreeMap::from([("q1".to_string(), "x".to_string())]),
        opened_at: Timestamp::UNIX_EPOCH,
    }
}

fn bare() -> Case {
    Case {
        company: String::new(),
        contact: Person::default(),
        stage: Stage::Complete,
        wishes: Wishes::default(),
        answers: BTreeMap::new(),
        ..full()
    }
}

fn revision() -> Revision {
    let level = |it: u8| Written { raw: Some(it.to_string()), value: Some(Value::Level(it)), ..Written::default() };
    let row = Indicator {
        no: "1".to_string(),
        title: "x".to_string(),
        kind: IndicatorKind::Qualitative,
        file: "a.xlsx".to_string(),
        sheet: "x".to_string(),
        cell: "A1".to_string(),
        current: level(1),
        target_cell: None,
        target: level(3),
        evidence: None,
        action: None,
        hidden: false,
    };
    Revision {
        n: 1,
        mails: Vec::new(),
        findings: vec![finding(Rule::KeySubGap), many(Rule::KeySubGap)],
        workbook: Some(Workbook { indicators: vec![row], ..Workbook::default() }),
        wishes: Wishes::default(),
        answers: BTreeMap::new(),
        changes: vec![change()],
    }
}

fn slot() -> Slot {
    let at = civil::date(2022, 8, 24).at(13, 0, 0, 0);
    Slot { start: at, end: at, advisor: "example".to_string() }
}

fn advisor() -> Advisor {
    Advisor {
        id: "example".to_string(),
        name: "例示 花子".to_string(),
        address: "hanako@example.jp".to_string(),
        regions: Vec::new(),
        methods: Vec::new(),
        weekly: Vec::new(),
        days_off: Vec::new(),
        capacity: 1,
    }
}
