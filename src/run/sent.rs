//! The Sent folder → cases: what people answer by themselves is not answered again, and who speaks is not interrupted.

use std::{collections::VecDeque, time::Duration};

use anyhow::{Context as _, Error, Result};
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::{info, warn};

use super::{Desk, OurDisk, Step, alive, is_ours, process::no_reader, trouble::OneMail};
use crate::{
    desk::{
        case::{Case, Number},
        mail::{MachineSign, Mail},
        reading::Care,
        trust,
    },
    ports::{
        header,
        mailbox::{Described, Look, TooBig},
        reader::Unanswered,
        store::{OpenSent, SentFate, Unit},
    },
};

/// How many mails are described by one command.
const BATCH: usize = 200;
/// How long a look at the Sent folder is trusted while letters go.
const FRESH: Duration = Duration::from_secs(2);
/// How long the Sent folder is read at a time; the rest comes in the next round.
const SPELL: Duration = Duration::from_secs(10);
/// Pause before a Sent folder that does not answer is asked again. Letters do not wait for it: while its server is away
/// people cannot put anything there either.
const AWAY: Duration = Duration::from_secs(60);
/// Most mails and addresses of one sent mail that are noted.
const MOST: usize = 40;

/// When the Sent folder was looked at, and what it was like then.
#[derive(Default)]
pub struct SentWatch {
    stamp: Option<String>,
    trusted_until: Option<Instant>,
    away: bool,
    /// Mailbox, UIDVALIDITY and the highest UID that is recorded of it.
    highest: Option<(String, String, u32)>,
    /// There is more to read at once.
    pub(super) more: bool,
}

/// A sent mail as it was read.
struct Taken {
    mail: Mail,
    /// Its bytes; of one that is too big, or was there before the desk, the header.
    raw: Vec<u8>,
    at: Timestamp,
    /// What becomes of it where it concerns nobody.
    otherwise: SentFate,
}

impl SentWatch {
    /// Something was decided: before its letter goes, the folder is looked at.
    pub(super) fn doubt(&mut self) {
        if !self.away {
            self.trusted_until = None;
        }
    }
}

impl Taken {
    /// The mails it answers, and those it is written to.
    fn answered(&self) -> (Vec<String>, Vec<String>) {
        let first = |all: &[String]| all.iter().take(MOST).cloned().collect();
        (first(&self.mail.replies_to), first(&self.mail.to))
    }
}

/// Where a sent mail belongs.
struct Place {
    case: Option<Case>,
    /// What its letters would have answered.
    cause: Option<String>,
    /// It answers something, or names the case by its number. What is only written to the contact may be a notice that goes
    /// to every company.
    answers: bool,
}

impl Desk {
    /// One look at the Sent folder: takes every mail that is new.
    ///
    /// # Errors
    /// When the server does not answer (the mails stay pending), when a mail could not be fetched (the others are), no reader
    /// starts, or the disk fails.
    pub async fn read_sent(&mut self, now: Timestamp) -> Result<Step> {
        let stamp = self.mailbox.sent_stamp().await?; // before the look: what comes meanwhile changes it
        let (store, known) = (&self.store, self.sent.highest.clone());
        let highest = |mailbox: &str, validity: &str| match &known {
            Some((of, under, uid)) if of == mailbox && under == validity => Ok(Some(*uid)),
            _ => store.highest_sent(mailbox, validity),
        };
        let Some(look) = self.mailbox.look_sent(highest).await? else {
            self.store.sent_absent(&self.mailbox.sent_name())?;
            return Ok(Step::Idle);
        };
        let open = self.store.see_sent((&look.mailbox, &look.validity), &look.uids, &self.mailbox.sent_name(), now)?;
        let above = look.uids.iter().filter_map(|it| it.parse().ok()).max();
        let highest = match (known, above) {
            (_, Some(uid)) => Some((look.mailbox.clone(), look.validity.clone(), uid)),
            (known, None) => known.filter(|it| it.0 == look.mailbox && it.1 == look.validity),
        };
        let (ended, failed) = self.read_all_sent(&look, &open, now).await?;
        let more = !ended || open.len() >= BATCH * 10;
        self.sent = SentWatch { stamp, trusted_until: Some(Instant::now() + FRESH), away: false, highest, more };
        match failed {
            Some(error) => Err(error),
            None => Ok(if open.is_empty() { Step::Idle } else { Step::Did }),
        }
    }

    /// Reads for a spell; whether that was enough, and the newest trouble that was one mail's own.
    async fn read_all_sent(&mut self, look: &Look, open: &[OpenSent], now: Timestamp) -> Result<(bool, Option<Error>)> {
        let (began, mut failed) = (Instant::now(), None);
        let mut parts: VecDeque<&[OpenSent]> = open.chunks(BATCH).collect();
        while let Some(part) = parts.pop_front() {
            if began.elapsed() > SPELL {
                return Ok((false, failed));
            }
            let uids: Vec<String> = part.iter().map(|it| it.uid.clone()).collect();
            match (self.mailbox.describe_sent(&uids).await, part) {
                (Ok(described), _) => failed = self.read_part(look, part, &described, began, now).await?.or(failed),
                (Err(error), [one]) => {
                    self.store.sent_failed(&look.mailbox, &look.validity, &one.uid)?;
                    failed = Some(self.sent_goes_on(look, error.context(OneMail), began).await?);
                }
                // one of them may be why: each is asked for alone
                (Err(error), _) => {
                    self.sent_goes_on(look, error.context(OneMail), began).await?;
                    part.chunks(1).rev().for_each(|it| parts.push_front(it));
                }
            }
        }
        Ok((true, failed))
    }

    async fn read_part(
        &mut self,
        look: &Look,
        part: &[OpenSent],
        described: &[Described],
        began: Instant,
        now: Timestamp,
    ) -> Result<Option<Error>> {
        let (mut old, mut failed) = (Vec::new(), None);
        for it in part {
            alive();
            let taken = match described.iter().find(|found| found.uid == it.uid) {
                Some(found) => self.read_one(look, it, found, now).await,
                None => Ok(Err(SentFate::Gone)),
            };
            match taken {
                Err(error) => failed = Some(self.sent_goes_on(look, error, began).await?),
                Ok(taken) if it.old => old.push((it.uid.as_str(), taken)),
                Ok(Ok(taken)) => self.land(look, it, &taken, now)?,
                Ok(Err(fate)) => self.end_sent(look, &it.uid, &fate)?,
            }
        }
        self.note_old(look, &old)?;
        Ok(failed)
    }

    /// After a mail could not be fetched: gives its error back where the server answers and knows the others by the same
    /// numbers, and has not stalled for the whole spell.
    ///
    /// # Errors
    /// Why the look ends here.
    async fn sent_goes_on(&mut self, look: &Look, error: Error, began: Instant) -> Result<Error> {
        if !error.is::<OneMail>() || began.elapsed() > SPELL {
            return Err(error);
        }
        // nothing new is asked for, only whether this is the folder that was looked at
        let now = self.mailbox.look_sent(|_, _| Ok(Some(u32::MAX - 1))).await?;
        let same = now.is_some_and(|it| (&it.mailbox, &it.validity) == (&look.mailbox, &look.validity));
        if same { Ok(error) } else { Err(error) }
    }

    /// Looks before a letter goes, where something may have changed since. A server that does not answer holds up nothing.
    ///
    /// # Errors
    /// When the store or the disk fails.
    pub(super) async fn hear_people(&mut self, now: Timestamp) -> Result<()> {
        if self.sent.trusted_until.is_some_and(|it| Instant::now() < it) {
            return Ok(());
        }
        match self.look_again(now).await {
            Ok(()) => Ok(()),
            Err(it) if is_ours(&it) => Err(it),
            Err(it) => {
                warn!(error = format!("{it:#}"), "the Sent folder does not answer; letters go without a look at it");
                (self.sent.stamp, self.sent.away) = (None, true);
                self.sent.trusted_until = Some(Instant::now() + AWAY);
                Ok(())
            }
        }
    }

    async fn look_again(&mut self, now: Timestamp) -> Result<()> {
        let stamp = self.mailbox.sent_stamp().await?;
        if stamp != self.sent.stamp {
            let _ = self.read_sent(now).await?;
        }
        self.sent.trusted_until = Some(Instant::now() + FRESH);
        self.sent.away = false;
        Ok(())
    }

    /// A sent mail, read; or what became of it where nothing is to be read.
    async fn read_one(
        &mut self,
        look: &Look,
        it: &OpenSent,
        found: &Described,
        now: Timestamp,
    ) -> Result<Result<Taken, SentFate>> {
        let fetched = match self.fetched(it, found).await {
            Ok(Some(fetched)) => fetched,
            Ok(None) => return Ok(Err(SentFate::Gone)),
            Err(error) => {
                self.store.sent_failed(&look.mailbox, &look.validity, &it.uid)?;
                return Err(error.context(OneMail));
            }
        };
        let (raw, mut otherwise) = fetched;
        let at = found.arrived.min(now);
        if let Some(id) = header::message_id(&raw) {
            if self.store.is_letter(&id)? {
                return Ok(Err(SentFate::Ours));
            }
            self.heed_own_letter(&id, at, now)?;
        }
        // whom it answers stands in the header: a body that kills readers hides nothing
        let mut mail = None;
        for bytes in [raw.as_slice(), header::section(&raw)] {
            match self.readers.read(at, Care::All, bytes.to_vec(), &[]).await {
                Ok(reading) => {
                    mail = Some(reading.mail);
                    break;
                }
                Err(why @ Unanswered::CannotStart(_)) => return Err(no_reader(&why)),
                Err(_) => otherwise = SentFate::Unreadable,
            }
        }
        let Some(mail) = mail else { return Ok(Err(SentFate::Unreadable)) };
        // A relay may have given our letter another Message-ID; no person's mail program writes this header.
        if mail.machine.contains(&MachineSign::AutoSubmitted) {
            return Ok(Err(SentFate::Ours));
        }
        Ok(Ok(Taken { mail, raw, at, otherwise }))
    }

    /// Notes what mails from before the desk have answered, in one transaction: there may be many thousands of them.
    fn note_old(&mut self, look: &Look, old: &[(&str, Result<Taken, SentFate>)]) -> Result<()> {
        if old.is_empty() {
            return Ok(());
        }
        let unit = self.store.unit()?;
        for (uid, taken) in old {
            if let Ok(it) = taken {
                let (ids, to) = it.answered();
                unit.note_answered(&ids, &to, None)?;
            }
            let fate = taken.as_ref().map_or_else(|fate| fate, |it| &it.otherwise);
            unit.sent_ended(&look.mailbox, &look.validity, uid, fate)?;
        }
        unit.commit().context(OurDisk)
    }

    /// The bytes of a sent mail; the header of one that is too big or was there before the desk, of which nothing else is
    /// wanted. `None` when it is gone.
    async fn fetched(&mut self, it: &OpenSent, found: &Described) -> Result<Option<(Vec<u8>, SentFate)>> {
        let otherwise = if found.size > self.settings.largest_mail {
            SentFate::TooBig
        } else if it.old {
            SentFate::Other
        } else {
            match self.mailbox.fetch_sent(&it.uid).await {
                Err(error) if error.is::<TooBig>() => SentFate::TooBig,
                fetched => return Ok(fetched?.map(|it| (it, SentFate::Other))),
            }
        };
        let head = self.mailbox.fetch_sent_header(&it.uid).await?;
        Ok(head.map(|it| (it, otherwise)))
    }

    fn end_sent(&mut self, look: &Look, uid: &str, fate: &SentFate) -> Result<()> {
        let unit = self.store.unit()?;
        unit.sent_ended(&look.mailbox, &look.validity, uid, fate)?;
        unit.commit().context(OurDisk)
    }

    /// Makes true what a person's own mail means: noted, kept where it concerns the desk, its case muted, letters cancelled.
    fn land(&mut self, look: &Look, it: &OpenSent, taken: &Taken, now: Timestamp) -> Result<()> {
        let mail = &taken.mail;
        let unit = self.store.unit()?;
        let concerned = place(&unit, mail)?.is_some();
        drop(unit);
        let kept = if concerned { Some(self.store.keep_raw(&taken.raw).context(OurDisk)?) } else { None };
        let unit = self.store.unit()?;
        let (ids, to) = taken.answered();
        let known = kept.as_deref().map(|it| unit.has_sent(it)).transpose()?.unwrap_or(false);
        let place = place(&unit, mail)?;
        let case = place.as_ref().and_then(|it| it.case.as_ref());
        if let Some(sha256) = &kept {
            unit.keep_sent(sha256, mail.message_id.as_deref(), taken.at, case.map(|it| it.number), now)?;
        }
        unit.note_answered(&ids, &to, kept.as_deref())?;
        if let (Some(sha256), Some(place), false) = (&kept, &place, known) {
            heed(&unit, place, &to, sha256, now)?;
        }
        let fate = kept.map_or_else(|| taken.otherwise.clone(), SentFate::Answer);
        unit.sent_ended(&look.mailbox, &look.validity, &it.uid, &fate)?;
        let number = case.map_or(0, |it| it.number.0);
        unit.commit().context(OurDisk)?;
        if let SentFate::Answer(sha256) = &fate {
            info!(mail = super::process::short(sha256), case = number, "a person answered");
        }
        Ok(())
    }
}

/// The case of an answer is the person's from now on, and what waits to be sent there is not sent.
fn heed(unit: &Unit<'_>, place: &Place, to: &[String], sha256: &str, now: Timestamp) -> Result<()> {
    let number = place.case.as_ref().map(|it| it.number);
    if let (false, Some(number)) = (place.answers, number) {
        let line = "a person wrote to the contact, in answer to nothing; the desk goes on";
        return unit.journal(number, &format!("sent/{sha256}"), line, now);
    }
    let cancelled = unit.cancel(number, place.cause.as_deref(), to, now)?;
    let Some(case) = &place.case else { return Ok(()) };
    if !case.muted && !case.stage.is_over() {
        unit.keep_case(&Case { muted: true, ..case.clone() }, now)?;
    }
    unit.settle_rounds(case.number)?;
    let line = format!("a person answered; {cancelled} waiting letters cancelled; the desk is silent until released");
    unit.journal(case.number, &format!("sent/{sha256}"), &line, now)
}

/// What a sent mail answers: a letter or a mail of a case, to somebody of that case. A mail that answers nothing belongs to
/// the one case whose contact it is written to; one to several companies is an announcement.
fn place(unit: &Unit<'_>, mail: &Mail) -> Result<Option<Place>> {
    for id in &mail.replies_to {
        let answered = unit.mail_of_id(id)?;
        let written_to = |address: &str| mail.to.iter().any(|it| it.eq_ignore_ascii_case(address));
        if let Some((sha256, sender, number)) = answered {
            let case = number.map(|it| unit.case(it)).transpose()?.flatten();
            if written_to(&sender) || case.as_ref().is_some_and(|it| written_to(&it.contact.address)) {
                return Ok(Some(Place { case, cause: Some(format!("mail/{sha256}")), answers: true }));
            }
        }
        if let Some(number) = unit.case_of_letter(id)?.filter(|it| it.0 > 0)
            && let Some(case) = unit.case(number)?
            && (written_to(&case.contact.address) || same_company(unit, &case, mail)?)
        {
            return Ok(Some(Place { case: Some(case), cause: None, answers: true }));
        }
    }
    if !mail.replies_to.is_empty() {
        return Ok(None);
    }
    let named = trust::receipt_number(&mail.subject).map(Number);
    let mut found: Vec<Case> = Vec::new();
    for it in mail.to.iter().take(MOST) {
        let mut cases: Vec<Case> = match named {
            Some(number) => unit.case(number)?.into_iter().collect(),
            None => unit.cases_of_address(it)?.into_iter().filter(|case| !case.stage.is_over()).collect(),
        };
        cases.retain(|case| trust::same_address(it, &case.contact.address));
        cases.retain(|it| found.iter().all(|known| known.number != it.number));
        found.extend(cases);
    }
    Ok(match (found.pop(), found.is_empty()) {
        (Some(case), true) => Some(Place { case: Some(case), cause: None, answers: named.is_some() }),
        _ => None,
    })
}

/// Written to a colleague of the contact.
fn same_company(unit: &Unit<'_>, case: &Case, mail: &Mail) -> Result<bool> {
    let theirs = unit.company_domain(&case.contact.address)?;
    Ok(theirs.is_some() && mail.to.iter().any(|it| trust::company_domain(it) == theirs))
}
