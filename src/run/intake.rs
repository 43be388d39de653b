//! Inbox → kept: seen first, then sized, then taken, each committed before the next.

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp, civil::Date};
use tracing::{info, warn};

use super::{Desk, OurDisk, Step, alive, trouble::OneMail};
use crate::{
    desk::letter::mime::japan,
    ports::mailbox::{Described, TooBig},
};

/// How many mails are described by one command.
const BATCH: usize = 200;
/// Where the store notes when mails were last given up or tried once more; empty while there are none.
const GIVEN_UP: &str = "given-up-mails";
/// How long they rest.
const ONCE_MORE_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// Where a mail lies on the server.
struct Place<'a> {
    mailbox: &'a str,
    validity: &'a str,
}

impl Desk {
    /// One look at the inbox: takes every mail that is new.
    ///
    /// # Errors
    /// When the inbox does not answer (nothing is lost: the mail stays pending), or the disk fails.
    pub async fn intake(&mut self, now: Timestamp) -> Result<Step> {
        let look = self.mailbox.look().await?;
        self.once_more(now)?;
        let gone = self.store.lose_sight(&look.mailbox, &look.validity, &look.uids)?;
        if gone > 0 {
            info!(mails = gone, "mails left the inbox before they could be taken");
        }
        let open = self.store.see(&look.mailbox, &look.validity, &look.uids, now)?;
        let place = Place { mailbox: &look.mailbox, validity: &look.validity };
        for uids in open.chunks(BATCH) {
            let described = self.mailbox.describe(uids).await?;
            for it in &described {
                alive();
                self.take(&place, it, now).await?;
            }
            for uid in uids.iter().filter(|uid| !described.iter().any(|it| it.uid == **uid)) {
                self.store.not_taken(place.mailbox, place.validity, uid, "gone", None)?;
            }
        }
        Ok(if open.is_empty() { Step::Idle } else { Step::Did })
    }

    /// What could not be fetched or filed is tried again now and then: that a server failed says little about a mail.
    fn once_more(&self, now: Timestamp) -> Result<()> {
        let (mailbox, noted) = (self.mailbox.name(), self.store.noted(GIVEN_UP)?.unwrap_or_default());
        if !self.store.has_given_up(&mailbox)? {
            return if noted.is_empty() { Ok(()) } else { self.store.note(GIVEN_UP, "") };
        }
        let rests = noted.parse::<Timestamp>().map(|it| now.duration_since(it).abs() < ONCE_MORE_AFTER);
        if matches!(rests, Ok(true)) {
            return Ok(());
        }
        self.store.note(GIVEN_UP, &now.to_string())?;
        if rests.is_ok() { self.store.try_once_more(&mailbox) } else { Ok(()) }
    }

    async fn take(&mut self, place: &Place<'_>, it: &Described, now: Timestamp) -> Result<()> {
        let since: Date = self.settings.since;
        let not_taken = |desk: &mut Desk, fate: &str| {
            desk.store.not_taken(place.mailbox, place.validity, &it.uid, fate, Some(it.size))
        };
        // not held against our clock, which may be behind `since`
        if it.arrived.to_zoned(japan()).date() < since {
            return not_taken(self, "too-old");
        }
        let arrived = it.arrived.min(now); // no mail is from the future
        if it.size > self.settings.largest_mail {
            warn!(
                uid = it.uid,
                bytes = it.size,
                "a mail is larger than max_mail_bytes and stays in the inbox; the digest names it"
            );
            return not_taken(self, "too-big");
        }
        match self.mailbox.fetch(&it.uid).await {
            Ok(Some(raw)) => {
                let (mailbox, validity) = (place.mailbox, place.validity);
                self.store.keep(mailbox, validity, &it.uid, &raw, arrived, now).context(OurDisk)
            }
            Ok(None) => not_taken(self, "gone"),
            Err(error) if error.is::<TooBig>() => not_taken(self, "too-big"),
            // The next round begins with the others; after some rounds this mail is listed for a person.
            Err(error) => {
                self.store.fetch_failed(place.mailbox, place.validity, &it.uid)?;
                Err(error.context(OneMail))
            }
        }
    }
}
