//! What the answers to a FETCH say: size and date of mails, or the bytes of one.

use std::collections::BTreeMap;

use async_imap::imap_proto::{AttributeValue, Response};
use jiff::Timestamp;

use crate::ports::mailbox::Described;

/// Size and date of one mail as they come in.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) size: Option<u32>,
    pub(super) date: Option<String>,
}

impl Facts {
    /// `None` while one of the two is missing: such an answer was about something else, flags for instance.
    pub(super) fn described(self, uid: u32) -> Option<Described> {
        let (Some(size), Some(date)) = (self.size, self.date) else {
            return None;
        };
        // RFC 3501 §9 date-time: ` 1-Aug-2022 10:00:00 +0900`.
        // One that cannot be read holds up nothing: such a mail counts as new.
        let arrived = Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", date.trim()).unwrap_or(Timestamp::MAX);
        Some(Described { uid: uid.to_string(), size: u64::from(size), arrived })
    }
}

/// Takes down what an answer to a FETCH tells of size and date.
pub(super) fn note(response: &Response<'_>, facts: &mut BTreeMap<u32, Facts>) {
    let Response::Fetch(_, attributes) = response else {
        return;
    };
    let Some(uid) = uid_of(attributes) else {
        return;
    };
    let entry = facts.entry(uid).or_default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Rfc822Size(size) => entry.size = Some(*size),
            AttributeValue::InternalDate(date) => entry.date = Some(date.chars().take(64).collect()),
            _ => {}
        }
    }
}

/// Whose bytes an answer to a FETCH brings, and the bytes.
pub(super) fn body_of(response: &Response<'_>) -> Option<(u32, Option<Vec<u8>>)> {
    let Response::Fetch(_, attributes) = response else {
        return None;
    };
    let uid = uid_of(attributes)?;
    let body = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section: None, data: Some(data), .. } => Some(data.to_vec()),
        _ => None,
    });
    Some((uid, body))
}

fn uid_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}
