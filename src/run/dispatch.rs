//! Due → sent, given up, or uncertain. At least once, under one Message-ID.

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use super::{
    BUSY_PAUSE, Desk, Step, alive, is_busy,
    tick::{HOUR_FULL, RELAY_TROUBLE},
};
use crate::{
    config::{Proof, Sending},
    ports::{
        mailbox::FilingRefused,
        mailer::{Envelope, Outcome},
        store::{DueLetter, Filing, LetterEnd},
    },
};

/// Longest time one letter may take: ten minutes for the answer after the final dot is RFC 5321 §4.5.3.2.6's advice;
/// the mailer's own limits are shorter, this one only makes sure.
const LONGEST_SEND: Duration = Duration::from_secs(600);
/// Letters are given up after five days (RFC 5321 §4.5.4.1).
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Tries before that: a clock that jumped, or a desk that stood still for days, proves nothing.
const LEAST_TRIES: u32 = 10;
/// Tries that ended without any answer (the process died) before a letter is given up.
const MOST_TRIES: u32 = 60;
/// Pause after the relay refused us, or cannot be trusted: only a person can mend that.
const LOG_IN_PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// First pause after the relay could not be reached at all; it doubles up to [`LOG_IN_PAUSE`].
const RELAY_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// Times a letter is sent again because the answer to it was not heard.
const MOST_REPEATS: u32 = 3;
/// How long an uncertain letter waits for a place to look that does not answer.
const LONGEST_DOUBT: SignedDuration = SignedDuration::from_hours(24);
/// How long a count of the letters of the last hour is added to before they are counted anew.
const COUNT_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// How much of the time before a look that found nobody counts as doubt: before that the desk stood still, slept, or its clock
/// jumped, and nobody looked.
const LONGEST_BETWEEN_LOOKS: SignedDuration = SignedDuration::from_hours(1);
/// Pause before looking again where the inbox did not answer.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// Letters sent within the last hour: counted now and then, and each added that goes meanwhile.
#[derive(Default)]
pub struct Hour {
    counted_at: Option<Timestamp>,
    sent: u32,
    told: bool,
}

impl Desk {
    /// Sends the letter that has been due longest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn dispatch(&mut self, now: Timestamp) -> Result<Step> {
        // a pause that seems longer than the longest was set by a clock that was wrong
        let rests = |until: Timestamp| now < until && until.duration_since(now) <= LOG_IN_PAUSE;
        if self.settings.sending == Sending::Off || self.stopped_until.is_some_and(rests) {
            return Ok(Step::Idle);
        }
        if self.store.has_due_answer(now)? {
            self.hear_people(now).await?;
        }
        // the report says why, and goes to our own people
        let only_report = self.store.halted()?.is_some() || self.hour_is_full(now)?;
        let due = if only_report { self.store.take_due_digest(now)? } else { self.store.take_due(now)? };
        let Some(letter) = due else {
            self.mailer.close().await;
            return Ok(Step::Idle);
        };
        if letter.tries > MOST_TRIES {
            self.end_try(letter.id, &LetterEnd::GivenUp, Some("too many tries"), now).await?;
            return Ok(Step::Did);
        }
        if letter.uncertain && self.settled_by_looking(&letter, now).await? {
            return Ok(Step::Did);
        }
        let outcome = self.send(&letter).await;
        let proof = proof_of(&outcome, self.settings.proof);
        let end = fate(&letter, &outcome, now, proof.look_at(now, self.settings.proof_wait));
        tell(&letter, &outcome, &end);
        // first of all: without this row the letter would go again
        self.end_try(letter.id, &end, why(&outcome), now).await?;
        self.hour.sent += u32::from(end == LetterEnd::Sent);
        self.heed(&outcome, now)?;
        Ok(Step::Did)
    }

    /// Whether the desk has sent its most letters for one hour: the last net under everything that stops loops. Letters
    /// rest then, and the digest says so.
    fn hour_is_full(&mut self, now: Timestamp) -> Result<bool> {
        let hour_ago = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::UNIX_EPOCH);
        if self.hour.counted_at.is_none_or(|it| now.duration_since(it).abs() >= COUNT_AGAIN) {
            self.hour.counted_at = Some(now);
            self.hour.sent = self.store.sent_since(hour_ago, now)?;
        }
        let full = self.hour.sent >= self.settings.letters_per_hour;
        if full && !self.hour.told {
            self.store.note(HOUR_FULL, &now.to_string())?;
            warn!(letters = self.hour.sent, "the most letters for one hour are sent; the others rest");
        }
        self.hour.told = full;
        Ok(full)
    }

    /// Whether every letter but the report rests: the desk stands still, or has sent its most for one hour.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn letters_rest(&self) -> Result<bool> {
        Ok(self.hour.told || self.store.halted()?.is_some())
    }

    /// Records how a try ended.
    async fn end_try(&mut self, id: i64, end: &LetterEnd, why: Option<&str>, now: Timestamp) -> Result<()> {
        until_noted(id, || self.store.end_try(id, end, why, now)).await
    }

    /// Looks for a letter in doubt. True when nothing is to be sent now: it was found, or nobody could look.
    async fn settled_by_looking(&mut self, letter: &DueLetter, now: Timestamp) -> Result<bool> {
        let found = match self.settings.proof {
            Proof::None => Ok(false),
            Proof::Sent | Proof::SelfCopy => self.mailbox.find(&letter.message_id).await,
        };
        match found {
            Ok(true) => {
                info!(letter = letter.id, "the letter in doubt was found; it is sent");
                self.end_try(letter.id, &LetterEnd::Sent, Some("found by its Message-ID"), now).await?;
                Ok(true)
            }
            // No answer is not "not there": provider trouble hits both servers at once.
            Err(_) if now.duration_since(doubt_began(letter, now)) < LONGEST_DOUBT => {
                let again = now.checked_add(LOOK_AGAIN).unwrap_or(now);
                until_noted(letter.id, || self.store.look_again(letter.id, again, doubt_began(letter, now))).await?;
                Ok(true)
            }
            _ if letter.needless => {
                let why = "a person answered meanwhile; it may have arrived";
                self.end_try(letter.id, &LetterEnd::GivenUp, Some(why), now).await?;
                Ok(true)
            }
            _ => {
                self.store.try_again_after_doubt(letter)?;
                Ok(false)
            }
        }
    }

    async fn send(&mut self, letter: &DueLetter) -> Outcome {
        let copy = (self.settings.proof == Proof::SelfCopy).then(|| self.settings.from.address.clone());
        let envelope = Envelope { from: letter.return_path.clone(), to: letter.recipient.clone(), copy };
        match tokio::time::timeout(LONGEST_SEND, self.mailer.send(&envelope, &letter.bytes)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Unheard { why: "no answer in time".to_string(), copied: envelope.copy.is_some() },
        }
    }

    /// What an outcome means for the letters behind it: a relay that refuses us or cannot be reached is left alone for a
    /// while, so that it holds up nothing else.
    fn heed(&mut self, outcome: &Outcome, now: Timestamp) -> Result<()> {
        let pause = match outcome {
            Outcome::OurFault { .. } => LOG_IN_PAUSE,
            Outcome::Away { .. } | Outcome::Later { code: None | Some(421), .. } => {
                (self.relay_pause * 2).clamp(RELAY_PAUSE, LOG_IN_PAUSE)
            }
            _ => SignedDuration::ZERO,
        };
        self.relay_pause = pause;
        self.stopped_until = (!pause.is_zero()).then(|| now.checked_add(pause).unwrap_or(now));
        self.note_trouble(RELAY_TROUBLE, !pause.is_zero(), now)
    }

    /// Files decided mails on the server: an after-effect, repeated until it is done.
    ///
    /// # Errors
    /// When the inbox does not answer, or the store fails.
    pub async fn file(&mut self) -> Result<Step> {
        let open = self.store.to_file(&self.mailbox.name())?;
        let mut refused = None;
        for it in &open {
            let folder = match it.filing {
                Filing::Held => crate::ports::mailbox::FolderName::Held,
                _ => crate::ports::mailbox::FolderName::Processed,
            };
            alive();
            if let Err(error) = self.mailbox.file(&it.validity, &it.uid, folder).await {
                self.store.filing_failed(it)?;
                if !error.is::<FilingRefused>() {
                    return Err(error);
                }
                refused = Some(error); // says nothing about the others
                continue;
            }
            self.store.filed(it)?;
        }
        if let Some(error) = refused {
            return Err(error);
        }
        let again = self.store.to_refile(&self.mailbox.name())?;
        for it in &again {
            alive();
            let moved = self.mailbox.refile(&it.uid, it.message_id.as_deref()).await;
            self.store.refiled(&self.mailbox.name(), it, moved.is_ok())?;
            moved?;
        }
        Ok(if open.is_empty() && again.is_empty() { Step::Idle } else { Step::Did })
    }
}

/// A store that another process holds is waited for, however long: without this row the letter would go again.
async fn until_noted(letter: i64, mut note: impl FnMut() -> Result<()>) -> Result<()> {
    let mut told = false;
    loop {
        match note() {
            Err(it) if is_busy(&it) => {}
            ended => return ended,
        }
        if !std::mem::replace(&mut told, true) {
            warn!(letter, "another process holds the store; waiting to note how a letter fared");
        }
        alive();
        tokio::time::sleep(BUSY_PAUSE).await;
    }
}

fn tell(letter: &DueLetter, outcome: &Outcome, end: &LetterEnd) {
    match (outcome, end) {
        (Outcome::OurFault { code, why }, _) => error!(
            letter = letter.id,
            code, why, "the relay is closed to us; nothing is sent until [outgoing] and its secrets are mended"
        ),
        (Outcome::Away { why }, _) => warn!(why, "the relay takes no letter now; trying again until it does"),
        (_, LetterEnd::Sent) => info!(letter = letter.id, tries = letter.tries, "sent"),
        (_, LetterEnd::GivenUp) => warn!(letter = letter.id, why = why(outcome), "given up; the digest names it"),
        (_, LetterEnd::Again(_) | LetterEnd::NotTried(_)) => {
            info!(letter = letter.id, tries = letter.tries, why = why(outcome), "not sent, trying again later");
        }
        (_, LetterEnd::Uncertain(_)) => {
            warn!(letter = letter.id, "the relay's last answer was not heard; looking for a copy first");
        }
    }
}

/// Pure: where this try can be looked for. The relay may have refused the copy for ourselves.
fn proof_of(outcome: &Outcome, configured: Proof) -> Proof {
    match (outcome, configured) {
        (Outcome::Unheard { copied: false, .. }, Proof::SelfCopy) => Proof::None,
        _ => configured,
    }
}

/// Pure: how a try ends.
pub fn fate(letter: &DueLetter, outcome: &Outcome, now: Timestamp, look_at: Timestamp) -> LetterEnd {
    match outcome {
        Outcome::Accepted => LetterEnd::Sent,
        Outcome::Never { .. } => LetterEnd::GivenUp,
        // It was very likely taken: a person is told rather than the company written to again and again.
        Outcome::Unheard { .. } if letter.repeats + u32::from(letter.uncertain) >= MOST_REPEATS => LetterEnd::GivenUp,
        Outcome::Unheard { .. } => LetterEnd::Uncertain(look_at.max(later(letter, now))),
        Outcome::Later { .. }
            if letter.tries >= LEAST_TRIES && now.duration_since(letter.released_at) > GIVE_UP_AFTER =>
        {
            LetterEnd::GivenUp
        }
        Outcome::Later { .. } => LetterEnd::Again(later(letter, now)),
        // However long it lasts, it says nothing of the letter: its tries and its five days are not spent on it.
        Outcome::Away { .. } | Outcome::OurFault { .. } => LetterEnd::NotTried(later(letter, now)),
    }
}

/// Pure: since when a letter is in doubt, without the time in which nobody looked for it.
fn doubt_began(letter: &DueLetter, now: Timestamp) -> Timestamp {
    let unlooked = now.duration_since(letter.due_at) - LONGEST_BETWEEN_LOOKS;
    letter.doubtful_since.checked_add(unlooked.max(SignedDuration::ZERO)).unwrap_or(now).min(now)
}

/// 5, 10, 20 … minutes, at most 4 hours; spread by the letter's id so that a backlog does not come at once.
fn later(letter: &DueLetter, now: Timestamp) -> Timestamp {
    let minutes = 5i64 << letter.tries.saturating_sub(1).min(6);
    let spread = letter.id.rem_euclid(60);
    now.checked_add(SignedDuration::from_secs(minutes.min(240) * 60 + spread)).unwrap_or(now)
}

fn why(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Accepted => None,
        Outcome::Later { why, .. }
        | Outcome::Away { why }
        | Outcome::Never { why, .. }
        | Outcome::OurFault { why, .. }
        | Outcome::Unheard { why, .. } => Some(why),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    fn letter(tries: u32) -> DueLetter {
        DueLetter {
            id: 0,
            message_id: String::new(),
            return_path: None,
            recipient: String::new(),
            bytes: Vec::new(),
            tries,
            uncertain: false,
            repeats: 0,
            released_at: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
            doubtful_since: Timestamp::UNIX_EPOCH,
            needless: false,
        }
    }

    #[test]
    fn a_code_decides() {
        let now = Timestamp::from_second(60).unwrap();
        let look_at = Timestamp::from_second(960).unwrap();
        let code = |outcome| fate(&letter(1), &outcome, now, look_at);
        assert_eq!(code(Outcome::Accepted), LetterEnd::Sent);
        assert_eq!(code(Outcome::Never { code: 550, why: String::new() }), LetterEnd::GivenUp);
        assert_eq!(code(Outcome::Unheard { why: String::new(), copied: true }), LetterEnd::Uncertain(look_at));
        let again = LetterEnd::Again(Timestamp::from_second(360).unwrap());
        assert_eq!(code(Outcome::Later { code: Some(451), why: String::new() }), again);
    }

    #[test]
    fn without_its_copy_a_letter_is_not_waited_for() {
        let unheard = |copied| Outcome::Unheard { why: String::new(), copied };
        assert_eq!(proof_of(&unheard(false), Proof::SelfCopy), Proof::None);
        assert_eq!(proof_of(&unheard(true), Proof::SelfCopy), Proof::SelfCopy);
        assert_eq!(proof_of(&unheard(false), Proof::Sent), Proof::Sent);
    }

    #[test]
    fn a_relay_that_is_closed_or_away_ends_no_letter() {
        let now = Timestamp::from_second(20 * 24 * 3600).unwrap();
        for outcome in [
            Outcome::OurFault { code: Some(535), why: String::new() },
            Outcome::OurFault { code: None, why: String::new() },
            Outcome::Away { why: String::new() },
        ] {
            let end = fate(&letter(LEAST_TRIES + 1), &outcome, now, now);
            assert!(matches!(end, LetterEnd::NotTried(at) if at > now), "{outcome:?}: {end:?}");
        }
    }

    #[test]
    fn an_unheard_answer_is_not_repeated_for_ever() {
        let now = Timestamp::from_second(60).unwrap();
        let unheard = || Outcome::Unheard { why: String::new(), copied: false };
        let again = DueLetter { repeats: 2, uncertain: false, ..letter(3) };
        assert!(matches!(fate(&again, &unheard(), now, now), LetterEnd::Uncertain(at) if at > now));
        let enough = DueLetter { repeats: 2, uncertain: true, ..letter(4) };
        assert_eq!(fate(&enough, &unheard(), now, now), LetterEnd::GivenUp);
    }

    #[test]
    fn time_in_which_nobody_looked_is_no_doubt() {
        let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
        let since = |due_at, now| doubt_began(&DueLetter { due_at, doubtful_since: at(100), ..letter(1) }, now);
        assert_eq!(since(at(110), at(110)), at(100), "a look in its time");
        assert_eq!(since(at(110), at(111)), at(100), "a busy hour");
        assert_eq!(since(at(101), at(200)), at(198), "a sleep of days");
        assert_eq!(since(at(102), at(90)), at(90), "a clock that was set back");
    }

    #[tokio::test]
    async fn how_a_letter_fared_is_noted_however_busy_the_store_is() {
        let failing = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        let mut asked = 0;
        let noted = until_noted(1, || {
            asked += 1;
            if asked < 3 { Err(failing(rusqlite::ffi::SQLITE_BUSY)).context("the store is busy") } else { Ok(()) }
        });
        noted.await.unwrap();
        assert_eq!(asked, 3);
        assert!(
            until_noted(1, || Err(failing(rusqlite::ffi::SQLITE_IOERR).into())).await.is_err(),
            "a disk that fails"
        );
    }

    #[test]
    fn pauses_grow_to_four_hours_and_end_after_five_days() {
        let at = |tries, now: i64| {
            let now = Timestamp::from_second(now).unwrap();
            match fate(&letter(tries), &Outcome::Later { code: None, why: String::new() }, now, now) {
                LetterEnd::Again(next) => Some((next.as_second() - now.as_second()) / 60),
                _ => None,
            }
        };
        assert_eq!((1..9).map(|it| at(it, 0).unwrap()).collect::<Vec<_>>(), [5, 10, 20, 40, 80, 160, 240, 240]);
        assert_eq!(at(30, 5 * 24 * 3600), Some(240));
        assert_eq!(at(30, 5 * 24 * 3600 + 1), None);
    }
}
