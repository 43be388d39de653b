//! What may fail for a while, one step of the round apart from the other: told, met with patience, and told when it is over.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;
use tracing::{error, info};

use super::is_ours;
use crate::{desk::digest::Refused, ports::connect::ConnectError};

/// First pause after a failure; it doubles up to [`LONGEST_BACKOFF`].
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
/// Longest pause after repeated failures.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
/// The same where one mail made it, on a server that answers: the others are not to wait for it. Its tries are counted.
const LONGEST_OF_ONE_MAIL: Duration = Duration::from_secs(32);
/// Trouble that lasts is told again after this time.
const TELL_AGAIN: Duration = Duration::from_secs(3600);

/// How the desk stands with each of its steps. None holds up another; each is over by its own success alone. The daemon keeps
/// it from round to round.
pub struct Troubles {
    /// The look at the inbox.
    pub(super) inbox: Trouble,
    /// The look at the Sent folder.
    pub(super) sent: Trouble,
    /// The work on what is kept.
    pub(super) work: Trouble,
    /// Moving decided mails.
    pub(super) filing: Trouble,
    /// Another process holds the store.
    pub(super) store: Trouble,
}

impl Default for Troubles {
    fn default() -> Troubles {
        Troubles {
            inbox: Trouble::new("the inbox"),
            sent: Trouble::new("the Sent folder"),
            work: Trouble::new("the work"),
            filing: Trouble::new("the filing"),
            store: Trouble::new("the store"),
        }
    }
}

/// Trouble with one step: told when it begins and once an hour, met with a growing pause, and told when it is over.
pub(super) struct Trouble {
    what: &'static str,
    pause: Duration,
    until: Option<Instant>,
    told: Option<Instant>,
    refused: Option<Refused>,
    /// It is one mail's, and the server answers.
    of_one_mail: bool,
}

impl Trouble {
    pub(super) fn new(what: &'static str) -> Trouble {
        Trouble { what, pause: Duration::ZERO, until: None, told: None, refused: None, of_one_mail: false }
    }

    /// # Errors
    /// Trouble of our own is passed on.
    pub(super) fn heed(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Ok(()) if self.until.take().is_some() => {
                info!(what = self.what, "it works again");
                *self = Trouble::new(self.what);
                Ok(())
            }
            Ok(()) => Ok(()),
            Err(it) if is_ours(&it) => Err(it),
            Err(it) => {
                self.begin(&it);
                Ok(())
            }
        }
    }

    pub(super) fn begin(&mut self, it: &anyhow::Error) {
        self.of_one_mail = it.is::<OneMail>();
        let longest = if self.of_one_mail { LONGEST_OF_ONE_MAIL } else { LONGEST_BACKOFF };
        self.pause = (self.pause * 2).clamp(FIRST_BACKOFF, longest);
        self.until = Some(Instant::now() + self.pause);
        self.refused = refused(it);
        if self.told.is_none_or(|it| it.elapsed() > TELL_AGAIN) {
            self.told = Some(Instant::now());
            error!(what = self.what, error = format!("{it:#}"), "it does not work; trying again until it does");
        }
    }

    /// It did not work the last time.
    pub(super) fn lasts(&self) -> bool {
        self.until.is_some()
    }

    /// The server is left alone for now.
    pub(super) fn is_closed(&self) -> bool {
        !self.may_try() && !self.of_one_mail
    }

    /// Who refused us, where that is why.
    pub(super) fn refused(&self) -> Option<Refused> {
        self.refused
    }

    pub(super) fn may_try(&self) -> bool {
        self.until.is_none_or(|it| it <= Instant::now())
    }

    pub(super) fn left(&self) -> Duration {
        self.until.map_or(Duration::ZERO, |it| it.saturating_duration_since(Instant::now()))
    }
}

/// Marks an error that one mail made, on a server that answers.
#[derive(Debug, thiserror::Error)]
#[error("a mail could not be fetched")]
pub(super) struct OneMail;

/// Who refused us, where that is what went wrong.
fn refused(it: &anyhow::Error) -> Option<Refused> {
    match it.downcast_ref().or_else(|| it.chain().find_map(|it| it.downcast_ref()))? {
        ConnectError::TokenRefused(_) => Some(Refused::Token),
        ConnectError::LogInRefused(_) => Some(Refused::Password),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_refusal_is_told_from_a_server_that_is_away() {
        let of = |it: ConnectError| refused(&Err::<(), _>(it).context("connecting").context("looking").unwrap_err());
        assert_eq!(of(ConnectError::TokenRefused("invalid_grant".to_string())), Some(Refused::Token));
        assert_eq!(of(ConnectError::LogInRefused("no".to_string())), Some(Refused::Password));
        assert_eq!(of(ConnectError::Unreachable("no".to_string())), None);
        for it in [Refused::Token, Refused::Password] {
            assert_eq!(Refused::of(it.name()), Some(it));
        }
    }

    #[test]
    fn one_mails_trouble_keeps_the_others_waiting_for_half_a_minute_at_most() {
        let mut it = Trouble::new("x");
        for _ in 0..12 {
            it.heed(Err(anyhow::anyhow!("no").context(OneMail))).unwrap();
        }
        assert!(it.pause.as_secs() == 32 && !it.is_closed() && !it.may_try());
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut it = Trouble::new("x");
        for pause in [2, 4, 8] {
            it.heed(Err(anyhow::anyhow!("no"))).unwrap();
            assert_eq!(it.pause.as_secs(), pause);
            assert!(!it.may_try());
        }
        it.heed(Ok(())).unwrap();
        assert!(it.may_try() && it.pause.is_zero());
    }
}
