//! A store that is not the newest of its kind, or not the only one, sends nothing until a person has looked: what it does not
//! know may have been said already.

use anyhow::Result;
use jiff::Timestamp;
use tracing::{error, warn};

use super::Desk;
use crate::{
    desk::{letter::mime, reading::Reading},
    ports::store::Why,
};

impl Desk {
    /// What the daemon looks at before it opens: the store is sound and can be written, and is where it was.
    ///
    /// # Errors
    /// When the store is damaged or cannot be written.
    pub fn look_at_store(&mut self, now: Timestamp) -> Result<()> {
        let found = self.store.check_start()?;
        self.store.check_writing(now)?;
        if found.lost > 0 {
            warn!(mails = found.lost, "raw mails that were decided are missing; see uketsuke check");
        }
        self.store.come_home(now)?;
        if let Some((why, _)) = self.store.halted()? {
            error!(why, "no letter goes until a person confirms; see README, \"Restore\"");
        }
        Ok(())
    }

    /// A letter lies in the Sent folder, or came to the inbox as a copy to ourselves. One under our key that the store does
    /// not know shows another store, or a later one.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn heed_own_letter(&self, message_id: &str, arrived: Timestamp, now: Timestamp) -> Result<()> {
        // what came before a person confirmed was confirmed with it
        let new = self.store.confirmed_at()?.is_none_or(|it| arrived > it);
        if new && self.is_unknown(message_id)? { self.fall_behind(now) } else { Ok(()) }
    }

    /// The same of what a mail answers or brings back. Such a letter may be of any age: after a person has confirmed once,
    /// it says nothing any more.
    pub(super) fn heed_reading(&self, reading: &Reading, arrived: Timestamp, now: Timestamp) -> Result<()> {
        let mail = &reading.mail;
        if let Some(id) = &mail.message_id {
            self.heed_own_letter(id, arrived, now)?;
        }
        if self.store.confirmed_at()?.is_some() {
            return Ok(());
        }
        let returned = mail.bounce.as_ref().and_then(|it| it.original.as_ref());
        for id in mail.replies_to.iter().chain(returned) {
            if self.is_unknown(id)? {
                return self.fall_behind(now);
            }
        }
        Ok(())
    }

    fn is_unknown(&self, message_id: &str) -> Result<bool> {
        Ok(mime::is_own_id(&self.sender.key, message_id) && !self.store.is_letter(message_id)?)
    }

    fn fall_behind(&self, now: Timestamp) -> Result<()> {
        if self.store.halt(Why::Behind, now)? {
            error!(
                why = Why::Behind.name(),
                "a letter of ours is not known to this store; no letter goes until a person confirms; see README, \"Restore\""
            );
        }
        Ok(())
    }
}
