//! Address lists (RFC 5322 §3.4), as mailers really write them.

use super::{Person, clean, words};

/// Most addresses read from one header.
const MOST: usize = 200;
/// Most bytes of the pieces of one name that commas divide.
const MOST_LOOSE: usize = 2_000;

/// The mailboxes of a list. Two pairs of angle brackets in one entry count as two: who wrote that wants to deceive.
pub(super) fn list(text: &str) -> Vec<Person> {
    let mut found = Vec::new();
    let mut loose = String::new();
    for entry in entries(text) {
        if found.len() >= MOST {
            break;
        }
        let people = entry.people(&loose);
        // A comma in an unquoted name (`Suzuki, Ichiro <…>`) is the name's.
        if !people.is_empty() || loose.len() > MOST_LOOSE {
            loose.clear();
        } else {
            loose.push_str(entry.words.trim());
            loose.push(',');
        }
        found.extend(people);
    }
    found
}

/// Whether this could be one mailbox that mail can be sent to.
pub(super) fn plausible(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let labels_fit = domain.contains('.')
        && domain.split('.').all(|it| !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || it == '-'));
    let local_fits = !local.is_empty() && local.chars().all(is_local);
    address.len() <= 254 && labels_fit && local_fits
}

/// One comma-separated piece of a list.
#[derive(Default)]
struct Entry {
    /// Without quotes, as a name is meant.
    words: String,
    /// With them: in a local part they belong to the address.
    bare: String,
    comment: String,
    angles: Vec<String>,
}

impl Entry {
    fn people(&self, loose: &str) -> Vec<Person> {
        if !self.angles.is_empty() {
            let name = words::decode(&format!("{loose}{}", self.words));
            let name = clean::line(&name, clean::MAX_LINE);
            return self.angles.iter().filter_map(|it| person(&name, it)).collect();
        }
        let name = clean::line(&words::decode(&self.comment), clean::MAX_LINE);
        person(&name, &self.bare).or_else(|| person(&name, &self.words)).into_iter().collect()
    }
}

fn person(name: &str, address: &str) -> Option<Person> {
    // `<@relay:user@host>` is an old source route.
    let address = if address.starts_with('@') { address.rsplit(':').next().unwrap_or_default() } else { address };
    let address = without_comments(&clean::line(address, clean::MAX_LINE));
    let (local, domain) = address.rsplit_once('@')?;
    let local = local.trim();
    let domain = domain.trim().trim_end_matches('.');
    let local = unquoted(local);
    let blank = |it: char| it.is_whitespace() || "<>,;\"".contains(it);
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    if local.is_empty() || domain.is_empty() || domain.contains(blank) || (local.contains(blank) && !quoted) {
        return None;
    }
    Some(Person { name: name.to_string(), address: format!("{local}@{}", domain.to_lowercase()) })
}

/// A local part without quotes that it does not need: `"a..b"` and `a..b` are one mailbox (RFC 5321 §4.1.2).
fn unquoted(local: &str) -> &str {
    let inner = local.strip_prefix('"').and_then(|it| it.strip_suffix('"')).filter(|it| !it.is_empty());
    inner.filter(|it| it.chars().all(is_local)).unwrap_or(local)
}

/// What stands in a local part without quotes: `atext` and the dot (RFC 5322 §3.2.3), wherever it is.
fn is_local(it: char) -> bool {
    it.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(it)
}

/// `pete(his account)@example.jp` (RFC 5322 §4.4 still allows it).
fn without_comments(address: &str) -> String {
    if !address.contains('(') || address.contains('"') {
        return address.to_string();
    }
    let mut depth = 0_usize;
    let outside = |it: &char| {
        depth = if *it == '(' { depth.saturating_add(1) } else { depth };
        let kept = depth == 0;
        depth = if *it == ')' { depth.saturating_sub(1) } else { depth };
        kept
    };
    address.chars().filter(outside).collect()
}

/// Where the scanner stands.
#[derive(PartialEq)]
enum Place {
    Words,
    Quoted,
    Comment(u8),
    Angle,
}

fn entries(text: &str) -> Vec<Entry> {
    let mut found = vec![Entry::default()];
    let mut place = Place::Words;
    let mut escaped = false;
    let mut word_end = 0;
    for (at, it) in text.char_indices() {
        // Nothing in an encoded word is syntax, though RFC 2047 §5 (3) would have it coded.
        if it == '=' && at >= word_end && matches!(place, Place::Words | Place::Quoted) {
            let length = text.get(at..).and_then(words::length).unwrap_or_default();
            word_end = at.saturating_add(length);
        }
        if at < word_end {
            if let Some(entry) = found.last_mut() {
                entry.words.push(it);
                entry.bare.push(it);
            }
            continue;
        }
        let ends = place == Place::Words && matches!(it, ',' | ';');
        if ends {
            found.push(Entry::default());
            continue;
        }
        let Some(entry) = found.last_mut() else { break };
        place = step(entry, place, it, escaped);
        escaped = it == '\\' && !escaped;
    }
    found
}

/// One character further.
fn step(entry: &mut Entry, place: Place, it: char, escaped: bool) -> Place {
    match (place, it) {
        (Place::Words, '"') => {
            entry.bare.push(it);
            Place::Quoted
        }
        (Place::Words, '(') => Place::Comment(1),
        (Place::Words, '<') => {
            entry.angles.push(String::new());
            Place::Angle
        }
        // `undisclosed-recipients:;`, `group: a@b, c@d;`
        (Place::Words, ':') if !entry.words.contains('@') => {
            entry.words.clear();
            entry.bare.clear();
            Place::Words
        }
        (Place::Quoted, '"') if !escaped => {
            entry.bare.push(it);
            Place::Words
        }
        (Place::Quoted, '\\') if !escaped => {
            entry.bare.push(it);
            Place::Quoted
        }
        (Place::Comment(1), ')') if !escaped => Place::Words,
        (Place::Angle, '>') => Place::Words,
        (Place::Comment(depth), other) => {
            entry.comment.push(other);
            match other {
                '(' if !escaped => Place::Comment(depth.saturating_add(1)),
                ')' if !escaped => Place::Comment(depth.saturating_sub(1)),
                _ => Place::Comment(depth),
            }
        }
        (Place::Angle, other) => {
            if let Some(angle) = entry.angles.last_mut() {
                angle.push(other);
            }
            Place::Angle
        }
        (place, other) => {
            entry.words.push(other);
            entry.bare.push(other);
            place
        }
    }
}
