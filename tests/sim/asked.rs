//! What invariants and people ask of a world.

use crate::{
    event::{Event, InboxFault},
    facts::Letter,
    post::{HELD, PROCESSED},
    world::World,
};

impl World<'_> {
    /// Letters that the newest look has found.
    pub fn fresh(&self) -> &[Letter] {
        &self.letters[self.known..]
    }

    /// Whether a mail lies in a folder that the desk moves mails to.
    pub fn lies_filed(&self, sha256: &str) -> bool {
        [PROCESSED, HELD].iter().any(|it| self.lying[it].iter().any(|it| it == sha256))
    }

    /// Whether the desk's clock was ever wrong.
    pub fn had_wrong_clock(&self) -> bool {
        self.story.events.iter().any(|it| matches!(it, Event::Clock(_)))
    }

    /// Nothing ever kept the desk from looking at the Sent folder.
    pub fn hears_people(&self) -> bool {
        let deaf = |it: &Event| match it {
            Event::InboxDown(_) | Event::Clock(_) | Event::Readers(..) => true,
            Event::Inbox(_, fault) => !matches!(fault, InboxFault::CutBefore | InboxFault::CutAfter),
            _ => false,
        };
        !self.story.events.iter().any(deaf)
    }

    /// The relay said no for good, or nothing was heard too often.
    pub fn may_give_up(&self, id: &str) -> bool {
        let server = self.bench.server.borrow();
        server.refused.contains(id) || server.unheard.get(id).is_some_and(|it| *it >= 3)
    }

    pub fn has_mail_for_people(&self, case: u32) -> bool {
        let Some(db) = &self.db else { return false };
        let ask = "SELECT EXISTS (SELECT 1 FROM mails WHERE case_number = ?1 AND outcome = 'to-secretariat')
                   OR EXISTS (SELECT 1 FROM sent_mails WHERE case_number = ?1)";
        db.query_row(ask, [case], |row| row.get(0)).unwrap_or(false)
    }

    /// The newest letter to an address.
    pub fn newest_to(&self, address: &str) -> Option<&Letter> {
        self.letters.iter().rev().find(|it| it.to.iter().any(|to| to == address))
    }
}
