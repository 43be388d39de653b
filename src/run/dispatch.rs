//! Due → sent, given up, or uncertain. At least once, under one Message-ID.

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use super::{Desk, Step};
use crate::{
    config::{Proof, Sending},
    ports::{
        mailer::{Envelope, Outcome},
        store::{DueLetter, Filing, LetterEnd},
    },
};

/// Longest time one letter may take: ten minutes for the answer after the final dot is RFC 5321 §4.5.3.2.6's advice;
/// the mailer's own limits are shorter, this one only makes sure.
const LONGEST_SEND: Duration = Duration::from_secs(600);
/// Letters are given up after five days (RFC 5321 §4.5.4.1).
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Tries that ended without any answer (the process died) before a letter is given up.
const MOST_TRIES: u32 = 60;
/// Pause after the relay refused our log-in: only a person can mend that.
const LOG_IN_PAUSE: SignedDuration = SignedDuration::from_mins(15);

impl Desk {
    /// Sends the letter that has been due longest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn dispatch(&mut self, now: Timestamp) -> Result<Step> {
        if self.settings.sending == Sending::Off || self.stopped_until.is_some_and(|it| now < it) {
            return Ok(Step::Idle);
        }
        let Some(letter) = self.store.take_due(now)? else {
            self.mailer.close().await;
            return Ok(Step::Idle);
        };
        if letter.tries > MOST_TRIES {
            self.store.end_try(letter.id, &LetterEnd::GivenUp, Some("too many tries"), now)?;
            return Ok(Step::Did);
        }
        if letter.uncertain {
            if self.arrived(&letter).await {
                info!(letter = letter.id, "the letter in doubt was found; it is sent");
                self.store.end_try(letter.id, &LetterEnd::Sent, Some("found by its Message-ID"), now)?;
                return Ok(Step::Did);
            }
            self.store.try_again_after_doubt(&letter)?;
        }
        let outcome = self.send(&letter).await;
        let end = fate(&letter, &outcome, now, self.settings.proof.look_at(now, self.settings.proof_wait));
        self.tell(&letter, &outcome, &end, now);
        self.store.end_try(letter.id, &end, why(&outcome), now)?;
        Ok(Step::Did)
    }

    async fn send(&mut self, letter: &DueLetter) -> Outcome {
        let mut to = vec![letter.recipient.clone()];
        if self.settings.proof == Proof::SelfCopy {
            to.push(self.settings.from.address.clone());
        }
        let envelope = Envelope { from: letter.return_path.clone(), to };
        match tokio::time::timeout(LONGEST_SEND, self.mailer.send(&envelope, &letter.bytes)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Unheard { why: "no answer in time".to_string() },
        }
    }

    /// Whether a copy can be found. Without a place to look, and with an inbox that does not answer, it cannot.
    async fn arrived(&mut self, letter: &DueLetter) -> bool {
        self.settings.proof != Proof::None && self.mailbox.find(&letter.message_id).await.unwrap_or(false)
    }

    fn tell(&mut self, letter: &DueLetter, outcome: &Outcome, end: &LetterEnd, now: Timestamp) {
        match (outcome, end) {
            (Outcome::OurFault { code, .. }, _) => {
                self.stopped_until = now.checked_add(LOG_IN_PAUSE).ok();
                error!(
                    letter = letter.id,
                    code, "the relay refuses our log-in; nothing is sent until [outgoing] and its password are mended"
                );
            }
            (_, LetterEnd::Sent) => info!(letter = letter.id, tries = letter.tries, "sent"),
            (_, LetterEnd::GivenUp) => warn!(letter = letter.id, why = why(outcome), "given up; the digest names it"),
            (_, LetterEnd::Again(_)) => {
                info!(letter = letter.id, tries = letter.tries, why = why(outcome), "not sent, trying again later")
            }
            (_, LetterEnd::Uncertain(_)) => {
                warn!(letter = letter.id, "the relay's last answer was not heard; looking for a copy first")
            }
        }
    }

    /// Files decided mails on the server: an after-effect, repeated until it is done.
    ///
    /// # Errors
    /// When the inbox does not answer, or the store fails.
    pub async fn file(&mut self) -> Result<Step> {
        let open = self.store.to_file()?;
        for it in &open {
            let folder = match it.filing {
                Filing::Held => crate::ports::mailbox::FolderName::Held,
                _ => crate::ports::mailbox::FolderName::Processed,
            };
            self.mailbox.file(&it.validity, &it.uid, folder).await?;
            self.store.filed(it)?;
        }
        Ok(if open.is_empty() { Step::Idle } else { Step::Did })
    }
}

/// Pure: how a try ends.
pub fn fate(letter: &DueLetter, outcome: &Outcome, now: Timestamp, look_at: Timestamp) -> LetterEnd {
    match outcome {
        Outcome::Accepted => LetterEnd::Sent,
        Outcome::Never { .. } => LetterEnd::GivenUp,
        Outcome::Unheard { .. } => LetterEnd::Uncertain(look_at),
        Outcome::Later { .. } if now.duration_since(letter.made_at) > GIVE_UP_AFTER => LetterEnd::GivenUp,
        Outcome::Later { .. } | Outcome::OurFault { .. } => LetterEnd::Again(later(letter, now)),
    }
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
        | Outcome::Never { why, .. }
        | Outcome::OurFault { why, .. }
        | Outcome::Unheard { why } => Some(why),
    }
}

#[cfg(test)]
mod tests {
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
            made_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_code_decides() {
        let now = Timestamp::from_second(60).unwrap();
        let look_at = Timestamp::from_second(960).unwrap();
        let code = |outcome| fate(&letter(1), &outcome, now, look_at);
        assert_eq!(code(Outcome::Accepted), LetterEnd::Sent);
        assert_eq!(code(Outcome::Never { code: 550, why: String::new() }), LetterEnd::GivenUp);
        assert_eq!(code(Outcome::Unheard { why: String::new() }), LetterEnd::Uncertain(look_at));
        let again = LetterEnd::Again(Timestamp::from_second(360).unwrap());
        assert_eq!(code(Outcome::Later { code: Some(451), why: String::new() }), again);
        assert_eq!(code(Outcome::OurFault { code: 535, why: String::new() }), again);
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
