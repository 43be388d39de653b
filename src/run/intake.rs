//! Inbox → kept: seen first, then sized, then taken, each committed before the next.

use std::collections::VecDeque;

use anyhow::{Context as _, Error, Result};
use jiff::{SignedDuration, Timestamp, civil::Date, fmt::rfc2822};
use tokio::time::Instant;
use tracing::{info, warn};

use super::{Desk, LONGEST_SPELL, OurDisk, Step, alive, tick::CLOCK_BEHIND, trouble::OneMail};
use crate::{
    desk::letter::mime::japan,
    ports::{
        header,
        mailbox::{Described, TooBig},
    },
};

/// How many mails are described by one command.
const BATCH: usize = 200;
/// Where the store notes when mails were last given up or tried once more; empty while there are none.
const GIVEN_UP: &str = "given-up-mails";
/// How long they rest.
const ONCE_MORE_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// A clock that is right within this meets no mail of a later day.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_hours(24);

/// Where a mail lies on the server.
struct Place<'a> {
    mailbox: &'a str,
    validity: &'a str,
}

impl Desk {
    /// One look at the inbox: takes every mail that is new.
    ///
    /// # Errors
    /// When the inbox does not answer (nothing is lost: the mail stays pending), when a mail could not be taken (the others
    /// are), or the disk fails.
    pub async fn intake(&mut self, now: Timestamp) -> Result<Step> {
        let look = self.mailbox.look().await?;
        self.once_more(now)?;
        let gone = self.store.lose_sight(&look.mailbox, &look.validity, &look.uids)?;
        if gone > 0 {
            info!(mails = gone, "mails left the inbox before they could be taken");
        }
        let open = self.store.see(&look.mailbox, &look.validity, &look.uids, now)?;
        let place = Place { mailbox: &look.mailbox, validity: &look.validity };
        self.take_all(&place, &open, now).await?;
        Ok(if open.is_empty() { Step::Idle } else { Step::Did })
    }

    /// What one mail spoils is its own trouble, which is told when the others are taken.
    async fn take_all(&mut self, place: &Place<'_>, open: &[String], now: Timestamp) -> Result<()> {
        let (began, mut failed) = (Instant::now(), None);
        let mut parts: VecDeque<&[String]> = open.chunks(BATCH).collect();
        while let Some(uids) = parts.pop_front() {
            let described = match (self.mailbox.describe(uids).await, uids) {
                (Ok(described), _) => described,
                (Err(error), [uid]) => {
                    self.store.fetch_failed(place.mailbox, place.validity, uid)?;
                    failed = Some(self.goes_on(place, error.context(OneMail), began).await?);
                    continue;
                }
                // one of them may be why: each is asked for alone
                (Err(error), _) => {
                    self.goes_on(place, error.context(OneMail), began).await?;
                    uids.chunks(1).rev().for_each(|it| parts.push_front(it));
                    continue;
                }
            };
            for it in &described {
                alive();
                if let Err(error) = self.take(place, it, now).await {
                    failed = Some(self.goes_on(place, error, began).await?);
                }
            }
            for uid in uids.iter().filter(|uid| !described.iter().any(|it| it.uid == **uid)) {
                self.store.not_taken(place.mailbox, place.validity, uid, "gone", None)?;
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// After a mail could not be taken: gives its error back where the server answers and knows the others by the same
    /// numbers. A server that stalls at each of many such mails is left alone after a while.
    ///
    /// # Errors
    /// Why the look ends here.
    async fn goes_on(&mut self, place: &Place<'_>, error: Error, began: Instant) -> Result<Error> {
        if !error.is::<OneMail>() || began.elapsed() > LONGEST_SPELL {
            return Err(error);
        }
        let look = self.mailbox.look().await?;
        if look.validity == place.validity { Ok(error) } else { Err(error) }
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
                if is_from_tomorrow(it.arrived, &raw, now) {
                    self.store.note(CLOCK_BEHIND, &now.to_string()).context(OurDisk)?;
                }
                self.store.keep(mailbox, validity, &it.uid, &raw, arrived, now).context(OurDisk)
            }
            Ok(None) => not_taken(self, "gone"),
            Err(error) if error.is::<TooBig>() => not_taken(self, "too-big"),
            // Another round begins with the others; after some rounds this mail is listed for a person.
            Err(error) => {
                self.store.fetch_failed(place.mailbox, place.validity, &it.uid)?;
                Err(error.context(OneMail))
            }
        }
    }
}

/// Whether the server's date and the sender's own agree that it is later than our clock says: one of them alone may be wrong.
fn is_from_tomorrow(arrived: Timestamp, raw: &[u8], now: Timestamp) -> bool {
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let ahead = |it: Timestamp| it.duration_since(now) > CLOCK_SLACK;
    // the topmost trace is the border's own; its date stands behind the last semicolon (RFC 5321 §4.4)
    let trace = header::first(raw, "Received").and_then(|it| Some(it.rsplit_once(';')?.1.trim().to_owned()));
    let written = header::first(raw, "Date").into_iter().chain(trace);
    let mut dates = written.map(|it| PARSER.parse_timestamp(it.as_str()).ok()).peekable();
    ahead(arrived)
        && dates.peek().is_some()
        && dates.all(|it| it.is_some_and(|it| it.duration_since(arrived).abs() <= CLOCK_SLACK))
}

#[cfg(test)]
mod tests {
    use super::is_from_tomorrow;
    use jiff::Timestamp;

    #[test]
    fn only_where_all_dates_agree_our_clock_is_behind() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
        let now = at("2021-08-12T08:00:00Z");
        let written =
            "Received: from a by b; Fri, 12 Aug 2022 12:00:05 +0900\r\nDate: Fri, 12 Aug 2022 12:00:00 +0900\r\n\r\n";
        let odd =
            "Received: from a by b; Thu, 12 Aug 2021 12:00:05 +0900\r\nDate: Fri, 12 Aug 2022 12:00:00 +0900\r\n\r\n";
        for (arrived, raw, want) in [
            ("2022-08-12T03:00:00Z", written, true),
            ("2022-08-12T03:00:00Z", odd, false),
            ("2021-08-12T03:00:00Z", written, false),
            ("2021-08-12T23:00:00Z", written, false),
            ("2022-08-12T03:00:00Z", "Subject: x\r\n\r\n", false),
        ] {
            assert_eq!(is_from_tomorrow(at(arrived), raw.as_bytes(), now), want, "{arrived} {raw}");
        }
    }
}
