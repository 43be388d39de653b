//! What the people of the secretariat do: in the mailbox, which is theirs too, and at the command line.

use std::sync::Arc;

use anyhow::{Result, bail};
use uketsuke::{
    desk::{case::Case, decide},
    run::{Desk, Judge},
};

use crate::{
    event::Deed,
    facts::hash,
    imap::{SIZELESS, STUCK},
    mails::{COMPANIES, DESK, Draft, OFFICE, vouched},
    post::ELSEWHERE,
    world::World,
};

impl World<'_> {
    /// # Errors
    /// What a command says though nothing is wrong.
    pub async fn people(&mut self, which: u8, deed: Deed) -> Result<(), String> {
        match deed {
            Deed::AnswersFromSent => self.answers_from_sent(which),
            Deed::WritesToDesk => self.writes_to_desk(),
            Deed::MovesOut => self.moves("INBOX", ELSEWHERE, which),
            Deed::MovesBack => {
                let from = if which.is_multiple_of(2) { ELSEWHERE } else { crate::post::PROCESSED };
                self.moves(from, "INBOX", which / 2);
            }
            Deed::Deletes => {
                let lying = self.post.list("INBOX");
                if let Some((name, raw)) = lying.get(usize::from(which) % lying.len().max(1)) {
                    self.post.remove("INBOX", name);
                    self.touched(&hash(raw));
                }
            }
            Deed::Approves => self.approve()?,
            Deed::Assigns | Deed::Reopens | Deed::Revives => {
                // a command is refused where it makes no sense; that is no trouble
                let now = self.now.checked_add(self.skew).unwrap();
                let Some(desk) = self.desk.as_mut() else { return Ok(()) };
                let done = match deed {
                    Deed::Assigns => assign_one(desk, which, now).await,
                    Deed::Reopens => reopen(desk, which, now),
                    _ => {
                        let company = &COMPANIES[usize::from(which % 3)];
                        let waits = desk.settings.sending.waits();
                        desk.store.revive(&company.address(), waits, &desk.sender, now).map(|_| None)
                    }
                };
                if done.is_err() && self.failing.is_some() {
                    return Ok(()); // the command says so, and nothing was done
                }
                if let Some((case, advisor)) = done.map_err(|it| format!("{it:#}"))? {
                    self.assigned.insert(case, advisor);
                }
            }
        }
        Ok(())
    }

    /// What `uketsuke approve --all` does.
    pub fn approve(&mut self) -> Result<(), String> {
        let now = self.now.checked_add(self.skew).unwrap();
        let Some(desk) = self.desk.as_mut() else { return Ok(()) };
        let all = desk.store.all_letters().map_err(|it| format!("{it:#}"))?;
        for it in all.iter().filter(|it| it.state == "waiting") {
            match desk.store.approve(it.id, now) {
                Ok(true) => {
                    self.free.insert(it.id);
                }
                Ok(false) => {}                                    // it waits for its address
                Err(_) if self.failing.is_some() => return Ok(()), // the command says so
                Err(why) => return Err(format!("{why:#}")),
            }
        }
        Ok(())
    }

    fn touched(&mut self, sha256: &str) {
        self.told.iter_mut().filter(|it| it.sha256 == sha256).for_each(|it| it.touched = true);
    }

    fn moves(&mut self, from: &str, to: &str, which: u8) {
        let lying = self.post.list(from);
        let Some((name, _)) = lying.get(usize::from(which) % lying.len().max(1)) else { return };
        if let Some(raw) = self.post.remove(from, name) {
            self.touched(&hash(&raw));
            self.post.put(to, raw, self.now);
        }
    }

    /// Answers a mail by hand: the answer lies in the Sent folder.
    fn answers_from_sent(&mut self, which: u8) {
        let usual: Vec<usize> = (0..self.told.len()).filter(|it| !self.told[*it].silent).collect();
        // mostly what came last: the desk may not have answered it yet
        let newest = usual.last().filter(|_| which < 14);
        let Some(at) = newest.or_else(|| usual.get(usize::from(which) % usual.len().max(1))) else { return };
        let (answered, to) = (self.told[*at].id.clone(), self.told[*at].from.clone());
        if !COMPANIES.iter().any(|it| to.ends_with(it.domain)) {
            return;
        }
        self.mails_made += 1;
        let clock = self.now.checked_add(self.skew).unwrap();
        self.answered.entry(answered.clone()).or_insert(clock);
        let it = Draft {
            id: format!("s{}@office.example.jp", self.mails_made),
            from: ("事務局 佐々木".to_owned(), DESK.to_owned()),
            to,
            subject: "Re: 自己診断の提出".to_owned(),
            text: "お電話の件、承知いたしました。\n".to_owned(),
            file: None,
            answers: Some(answered),
            headers: Vec::new(),
            at: self.now,
        };
        if self.story.setup.wire && which.is_multiple_of(3) {
            self.sent_that_no_command_gets();
        }
        self.post.put("Sent", Arc::new(it.bytes()), self.now);
    }

    /// A mail in the Sent folder that the server cannot give out; it hides none of those beside it.
    fn sent_that_no_command_gets(&mut self) {
        let what = if self.mails_made.is_multiple_of(2) { SIZELESS } else { STUCK };
        let n = self.mails_made;
        let raw = format!("{what}\r\nMessage-ID: <stuck{n}@office.example.jp>\r\nSubject: 会議の件\r\n\r\n本文\r\n");
        self.post.put("Sent", Arc::new(raw.into_bytes()), self.now);
    }

    fn writes_to_desk(&mut self) {
        self.mails_made += 1;
        let it = Draft {
            id: format!("o{}@itc.example.jp", self.mails_made),
            from: ("事務局".to_owned(), OFFICE.to_owned()),
            to: DESK.to_owned(),
            subject: format!("連絡です 控{:03}", self.mails_made),
            text: "明日の説明会の件、よろしくお願いします。\n".to_owned(),
            file: None,
            answers: None,
            headers: vec![vouched("itc.example.jp", "pass")],
            at: self.now,
        };
        self.post.put("INBOX", Arc::new(it.bytes()), self.now);
    }
}

type Done = Result<Option<(u32, String)>>;

async fn assign_one(desk: &mut Desk, which: u8, now: jiff::Timestamp) -> Done {
    let cases: Vec<Case> = desk.store.cases()?.into_iter().map(|it| it.case).filter(|it| !it.stage.is_over()).collect();
    let Some(case) = cases.get(usize::from(which) % cases.len().max(1)) else { return Ok(None) };
    assign(desk, case, usize::from(which), now).await
}

/// What `uketsuke assign` does.
pub async fn assign(desk: &mut Desk, case: &Case, which: usize, now: jiff::Timestamp) -> Done {
    let advisor = &desk.rules.advisors[which % desk.rules.advisors.len()].clone();
    let workbooks = match desk.store.revisions(case.number)?.pop() {
        Some(it) => desk.own_files(&it).await?,
        None => Vec::new(),
    };
    let judge = Judge { settings: &desk.settings, rules: &desk.rules, words: &desk.words, sender: &desk.sender };
    let unit = desk.store.unit()?;
    let Some(case) = unit.case(case.number)? else { bail!("a case is gone") };
    if decide::may_assign(&case, Some(advisor), &judge.rules.programme, unit.load(&advisor.id)?).is_err() {
        return Ok(None);
    }
    let order = decide::Order::Assign { advisor: advisor.id.clone(), workbooks };
    let cause = format!("order/assign/{}/{}/{}", case.number, advisor.id, case.revision);
    let _ = judge.order(&unit, &case, order, &cause, now)?;
    unit.commit()?;
    Ok(Some((case.number.0, advisor.address.clone())))
}

/// What `uketsuke reopen` does.
fn reopen(desk: &mut Desk, which: u8, now: jiff::Timestamp) -> Done {
    let cases = desk.store.cases()?.into_iter().map(|it| it.case);
    let withdrawn: Vec<Case> = cases.filter(|it| it.stage.name() == "withdrawn").collect();
    let Some(case) = withdrawn.get(usize::from(which) % withdrawn.len().max(1)) else { return Ok(None) };
    let judge = Judge { settings: &desk.settings, rules: &desk.rules, words: &desk.words, sender: &desk.sender };
    let unit = desk.store.unit()?;
    let _ = judge.reopen(&unit, case.number, now)?;
    unit.commit()?;
    Ok(None)
}
