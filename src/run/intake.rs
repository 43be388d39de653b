//! Inbox → kept: seen first, then sized, then taken, each committed before the next.

use anyhow::{Context as _, Result};
use jiff::{Timestamp, civil::Date};
use tracing::{info, warn};

use super::{Desk, OurDisk, Step, alive};
use crate::{
    desk::letter::mime::japan,
    ports::mailbox::{Described, TooBig},
};

/// How many mails are described by one command.
const BATCH: usize = 200;

impl Desk {
    /// One look at the inbox: takes every mail that is new.
    ///
    /// # Errors
    /// When the inbox does not answer (nothing is lost: the mail stays pending), or the disk fails.
    pub async fn intake(&mut self, now: Timestamp) -> Result<Step> {
        let look = self.mailbox.look().await?;
        let gone = self.store.lose_sight(&look.mailbox, &look.validity, &look.uids)?;
        if gone > 0 {
            info!(mails = gone, "mails left the inbox before they could be taken");
        }
        let open = self.store.see(&look.mailbox, &look.validity, &look.uids, now)?;
        for uids in open.chunks(BATCH) {
            let described = self.mailbox.describe(uids).await?;
            for it in &described {
                alive();
                self.take(&look.mailbox, &look.validity, it, now).await?;
            }
            for uid in uids.iter().filter(|uid| !described.iter().any(|it| it.uid == **uid)) {
                self.store.not_taken(&look.mailbox, &look.validity, uid, "gone", None)?;
            }
        }
        Ok(if open.is_empty() { Step::Idle } else { Step::Did })
    }

    async fn take(&mut self, mailbox: &str, validity: &str, it: &Described, now: Timestamp) -> Result<()> {
        let since: Date = self.settings.since;
        if it.arrived.to_zoned(japan()).date() < since {
            return self.store.not_taken(mailbox, validity, &it.uid, "too-old", Some(it.size));
        }
        if it.size > self.settings.largest_mail {
            warn!(
                uid = it.uid,
                bytes = it.size,
                "a mail is larger than max_mail_mib and stays in the inbox; a person must read it"
            );
            return self.store.not_taken(mailbox, validity, &it.uid, "too-big", Some(it.size));
        }
        let fetched = match self.mailbox.fetch(&it.uid).await {
            Err(error) if error.is::<TooBig>() => {
                return self.store.not_taken(mailbox, validity, &it.uid, "too-big", Some(it.size));
            }
            fetched => fetched?,
        };
        match fetched {
            None => self.store.not_taken(mailbox, validity, &it.uid, "gone", Some(it.size)),
            Some(raw) => self.store.keep(mailbox, validity, &it.uid, &raw, it.arrived, now).context(OurDisk),
        }
    }
}
