//! A locked file and its password, told in another mail: which of the two came first does not matter. The password goes from
//! one reader child to the next through our hands, and nowhere else.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::{Desk, OurDisk, process::no_reader};
use crate::{
    desk::{
        mail::{
            auth::{Auth, authenticated},
            looks_secret,
        },
        reading::{Care, Key, Reading},
        trust,
    },
    ports::{
        reader::Unanswered,
        store::{Partner, Unread},
    },
};

/// Mails whose passwords are tried on one file, and files one password mail is tried on: each try costs hashing.
const MOST_KEYS: usize = 5;
const MOST_LOCKED: usize = 4;
/// Passwords tried on one file at one time.
const MOST_PASSWORDS: usize = 40;

impl Desk {
    /// What is to be kept of a mail that was just read, and of the mails it belongs to by a lock and its key.
    ///
    /// # Errors
    /// When the disk or the store fails, or no reader can be started. A reader's death leaves a file locked, that is all.
    pub(super) async fn paired(&self, it: &Unread, reading: Reading, now: Timestamp) -> Result<Vec<(String, Reading)>> {
        let mut kept = Vec::new();
        let reading = if reading.is_locked() { self.opened(it, reading, now, &mut kept).await? } else { reading };
        let reading = if reading.mail.tells_password {
            let locked = self.partners(it, &reading, true, now)?;
            match self.opening(it, reading, locked, now, &mut kept).await? {
                // a guess that is wrong, of a password that is forgotten
                (reading, false) if reading.mail.hints_password => self.hinting(it, reading, now, &mut kept)?,
                (reading, _) => reading,
            }
        } else if reading.mail.hints_password && !reading.is_locked() {
            let guesses = reading.mail.may_tell_password && reading.workbook.is_none();
            let reading = if guesses { self.opening_unsaid(it, reading, now, &mut kept).await? } else { reading };
            if reading.mail.tells_password { reading } else { self.hinting(it, reading, now, &mut kept)? }
        } else if reading.mail.may_tell_password && !reading.is_locked() && reading.workbook.is_none() {
            self.opening_unsaid(it, reading, now, &mut kept).await?
        } else {
            reading
        };
        kept.push((it.sha256.clone(), reading));
        Ok(kept)
    }

    /// A locked mail, read again with the passwords of the mails before it; those wait for nothing more.
    async fn opened(
        &self,
        it: &Unread,
        reading: Reading,
        now: Timestamp,
        kept: &mut Vec<(String, Reading)>,
    ) -> Result<Reading> {
        let keys = self.partners(it, &reading, false, now)?;
        let names: Vec<String> = keys.iter().take(MOST_KEYS).map(|it| it.sha256.clone()).collect();
        let opened = self.read_with(&it.sha256, it.arrived_at, &names).await?;
        let (reading, words) = opened.unwrap_or((reading, Vec::new()));
        for mut key in keys.into_iter().filter(|it| !it.decided) {
            key.reading.key = Key::Used;
            key.reading.hide(&words);
            kept.push((key.sha256, key.reading));
        }
        Ok(reading)
    }

    /// A mail after a locked one that describes a password (「本日の日付8桁」): it is not guessed, and nothing is waited for.
    /// The answer to the file asks for a plain one.
    fn hinting(
        &self,
        it: &Unread,
        mut reading: Reading,
        now: Timestamp,
        kept: &mut Vec<(String, Reading)>,
    ) -> Result<Reading> {
        for it in self.partners(it, &reading, true, now)?.into_iter().filter(|it| !it.decided) {
            let mut locked = it.reading;
            locked.mail.hints_password = true;
            kept.push((it.sha256, locked));
            reading.key = Key::Used;
            reading.mail.tells_password = true;
        }
        Ok(reading)
    }

    /// A mail after a locked one with a word that looks like a password, and says nothing of it: told by what it opens. Only
    /// while a file waits that no readable form has followed; where it opens nothing, what looks like a secret is not shown
    /// while the file is still awaited.
    async fn opening_unsaid(
        &self,
        it: &Unread,
        reading: Reading,
        now: Timestamp,
        kept: &mut Vec<(String, Reading)>,
    ) -> Result<Reading> {
        if self.is_forged(&reading) {
            return Ok(reading);
        }
        let mut locked = Vec::new();
        for it in self.partners(it, &reading, true, now)? {
            let waits = !it.decided || !self.store.handed_in_since(&it.sender, it.arrived_at)?;
            if waits && self.store.may_try(&it.sha256, now)? {
                locked.push(it);
            }
        }
        if locked.is_empty() {
            return Ok(reading);
        }
        let awaited = locked.iter().any(|it| !it.decided);
        let (mut opening, opened) = self.opening(it, reading.clone(), locked, now, kept).await?;
        if opened {
            opening.mail.tells_password = true;
            return Ok(opening);
        }
        let mut reading = reading;
        if awaited {
            let words = self.passwords([&it.sha256]).await?;
            reading.hide(&words.into_iter().filter(|it| looks_secret(it)).collect::<Vec<_>>());
        }
        Ok(reading)
    }

    /// A mail that tells a password: the locked mails before it are read again. One that is decided already is handed in
    /// anew by this mail, if no readable form came since. Also whether a file was opened.
    async fn opening(
        &self,
        it: &Unread,
        mut reading: Reading,
        locked: Vec<Partner>,
        now: Timestamp,
        kept: &mut Vec<(String, Reading)>,
    ) -> Result<(Reading, bool)> {
        if locked.is_empty() {
            return Ok((reading, false));
        }
        let awaited = locked.iter().any(|it| !it.decided);
        reading.key = if awaited { Key::Used } else { Key::Misfit };
        if self.is_forged(&reading) {
            return Ok((reading, false));
        }
        let others = self.partners(it, &reading, false, now)?;
        let keys: Vec<String> =
            std::iter::once(it.sha256.clone()).chain(others.into_iter().map(|it| it.sha256)).take(MOST_KEYS).collect();
        let (mut handed_in, mut opened) = (false, false);
        for it in locked.into_iter().take(MOST_LOCKED) {
            let Some((open, words)) = self.read_with(&it.sha256, it.arrived_at, &keys).await? else { continue };
            opened = true;
            let sender = open.mail.from.as_ref().map(|it| it.address.clone()).unwrap_or_default();
            reading.key = Key::Used;
            reading.hide(&words);
            if !it.decided {
                kept.push((it.sha256, open));
            } else if open.workbook.is_some() && !handed_in && !self.store.handed_in_since(&sender, it.arrived_at)? {
                handed_in = true; // the newest alone
                reading = open.joined_by(reading);
                reading.with.push(it.sha256);
            }
        }
        Ok((reading, opened))
    }

    /// Who copies a reference is in the thread, too: of another company's mails none is a partner, and no forged one.
    fn partners(&self, it: &Unread, reading: &Reading, locked: bool, now: Timestamp) -> Result<Vec<Partner>> {
        let sender = reading.mail.from.as_ref().map(|it| it.address.to_lowercase()).unwrap_or_default();
        let domain = self.store.company_domain(&sender)?;
        let mut found = self.store.partners(reading, &it.sha256, locked, now)?;
        found.retain(|it| {
            trust::same_address(&it.sender, &sender)
                || (domain.is_some() && trust::company_domain(&it.sender) == domain)
        });
        found.retain(|it| !self.is_forged(&it.reading));
        Ok(found)
    }

    fn is_forged(&self, reading: &Reading) -> bool {
        authenticated(&reading.mail, self.settings.authserv_id.as_deref()) == Auth::Fail
    }

    /// A locked mail, read again with what other mails tell, and the words that opened it; `None` where nothing opens.
    async fn read_with(
        &self,
        sha256: &str,
        arrived: Timestamp,
        keys: &[String],
    ) -> Result<Option<(Reading, Vec<String>)>> {
        let mut passwords = self.passwords(keys).await?;
        passwords.truncate(MOST_PASSWORDS);
        if passwords.is_empty() {
            return Ok(None);
        }
        let raw = self.store.raw(sha256).context(OurDisk)?;
        let open = survived(self.readers.read(arrived, Care::All, raw, &passwords).await)?;
        Ok(open.filter(|it| !it.is_locked()).map(|mut it| {
            let fitted = std::mem::take(&mut it.fitted);
            let words = fitted.into_iter().filter_map(|at| passwords.get(at).cloned()).collect();
            (Reading { with: keys.to_vec(), ..it }, words)
        }))
    }

    /// The passwords that some mails tell.
    ///
    /// # Errors
    /// When raw bytes are missing or damaged, or no reader can be started.
    pub async fn passwords(&self, mails: impl IntoIterator<Item = &String>) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for it in mails {
            let raw = self.store.raw(it).context(OurDisk)?;
            all.extend(survived(self.readers.passwords(raw).await)?.unwrap_or_default());
        }
        Ok(all)
    }
}

/// What a reader said; `None` where it died, which leaves a file locked. That none can be started says nothing about the
/// file: it is tried again.
fn survived<T>(answer: Result<T, Unanswered>) -> Result<Option<T>> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(why @ Unanswered::CannotStart(_)) => Err(no_reader(&why)),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_no_reader_starts_says_nothing_about_a_file() {
        assert!(survived::<()>(Err(Unanswered::CannotStart(String::new()))).is_err());
        assert!(survived::<()>(Err(Unanswered::Died(String::new()))).unwrap().is_none());
    }
}
