//! Header fields → who, to whom, what, when, in answer to what.

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

use super::{Mail, Person, address, clean, fields::Fields, words};

/// Longer ids are dropped: they are keys, and half a key is none.
const MAX_ID: usize = 250;
/// Most ids kept of a thread.
const MAX_IDS: usize = 20;
/// Most addresses kept of `To` and `Cc`.
const MAX_RECIPIENTS: usize = 200;
/// Most `Authentication-Results` kept, and the most characters of one. A longer one is emptied down to its
/// authserv-id: a cut one could have lost its `fail`.
const MAX_RESULTS: usize = 20;
const MAX_RESULT: usize = 8_000;

/// A mail with what its header says; text, attachments, signs and bounce are for others to fill.
pub(super) fn read(fields: &Fields) -> Mail {
    let (authentication_results, authentication_hops) = results(fields);
    Mail {
        message_id: fields.first("message-id").and_then(message_id),
        replies_to: replies_to(fields),
        from: only_sender(fields),
        reply_to: fields.first("reply-to").and_then(|it| address::list(it).into_iter().next()),
        to: recipients(fields),
        subject: clean::line(&words::decode(fields.first("subject").unwrap_or_default()), clean::MAX_LINE),
        date: fields.first("date").and_then(date),
        authentication_results,
        authentication_hops,
        ..Mail::default()
    }
}

/// RFC 5322 §3.6 allows one `From`; several headers, or several addresses in it, are how senders are forged, and no
/// mailer of a company writes them.
pub(super) fn only_sender(fields: &Fields) -> Option<Person> {
    let mut headers = fields.all("from");
    let (Some(one), None) = (headers.next(), headers.next()) else {
        return None;
    };
    match <[Person; 1]>::try_from(address::list(one)) {
        Ok([person]) => Some(person),
        Err(_) => None,
    }
}

fn recipients(fields: &Fields) -> Vec<String> {
    let named = fields.iter().filter(|(name, _)| matches!(*name, "to" | "cc"));
    named.flat_map(|(_, value)| address::list(value)).map(|it| it.address.to_lowercase()).take(MAX_RECIPIENTS).collect()
}

/// `<id>` → `id`. Without brackets a single word is taken.
pub(super) fn message_id(value: &str) -> Option<String> {
    ids(value).into_iter().next().or_else(|| {
        let bare = clean::line(value, MAX_ID + 1);
        let single = bare.contains('@') && !bare.contains(char::is_whitespace) && !bare.contains(['<', '>']);
        Some(bare).filter(|it| single && it.len() <= MAX_ID)
    })
}

/// `In-Reply-To` first (the parent), then `References` from its end: the newest is the likeliest to be ours.
fn replies_to(fields: &Fields) -> Vec<String> {
    let parents = fields.all("in-reply-to").flat_map(ids);
    let mut thread: Vec<String> = fields.all("references").flat_map(ids).collect();
    thread.reverse();
    let mut found: Vec<String> = Vec::new();
    for id in parents.chain(thread) {
        if found.len() < MAX_IDS && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// The ids in angle brackets; blanks that folding left within one are taken out.
fn ids(value: &str) -> Vec<String> {
    let pieces = value.split('<').skip(1).filter_map(|it| it.split_once('>'));
    pieces
        .map(|(id, _)| clean::line(id, clean::MAX_LINE).split_whitespace().collect::<String>())
        .filter(|it| !it.is_empty() && it.len() <= MAX_ID)
        .collect()
}

/// RFC 5322 §3.3, with the ways in which old mailers miss it: a wrong weekday, `JST` for a zone (the grammar gives it
/// no meaning, everyone here means +09:00), no zone at all.
fn date(value: &str) -> Option<Timestamp> {
    let text = clean::line(value, clean::MAX_LINE);
    let parser = DateTimeParser::new().relaxed_weekday(true);
    let bare = text.split('(').next().unwrap_or_default().trim();
    let japan = bare.strip_suffix("JST").map(|it| format!("{} +0900", it.trim()));
    let attempts = [japan, Some(bare.to_string()), without_weekday(bare), Some(format!("{bare} +0900"))];
    attempts.into_iter().flatten().find_map(|it| parser.parse_timestamp(it).ok())
}

fn without_weekday(text: &str) -> Option<String> {
    text.split_once(',').map(|(_, rest)| rest.trim().to_string())
}

/// All results, each with the number of `Received` above it: two with different numbers were not added by one border.
fn results(fields: &Fields) -> (Vec<String>, Vec<u32>) {
    let mut hops = 0_u32;
    let mut found = Vec::new();
    for (name, value) in fields.iter() {
        match name {
            "received" => hops = hops.saturating_add(1),
            "authentication-results" if found.len() < MAX_RESULTS => found.push((bounded_result(value), hops)),
            _ => {}
        }
    }
    found.into_iter().unzip()
}

fn bounded_result(value: &str) -> String {
    if value.chars().count() <= MAX_RESULT {
        return clean::line(value, MAX_RESULT);
    }
    clean::line(value.split(';').next().unwrap_or_default(), clean::MAX_LINE)
}
