//! What must hold in every world: after each step, and at its end. A new promise is a function in one of the two lists.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use uketsuke::desk::case::{Case, Stage};

use crate::{
    event::Mode,
    mails::{COMPANIES, DESK, OFFICE},
    post::Post,
    world::World,
};

/// A promise, and what breaks it.
pub type Invariant = (&'static str, fn(&World<'_>) -> Result<(), String>);

/// After every step.
pub const ALWAYS: &[Invariant] = &[
    ("every mail is accounted for", accounted),
    ("no mail is lost", kept),
    ("what was kept stays kept, what was decided stays decided", lasting),
    ("a decision is whole or absent", whole),
    ("one cause, one letter", one_letter),
    ("one Message-ID, the same bytes, twice only in doubt", same_bytes),
    ("every letter that went out is known", known),
    ("what is called sent was taken", taken),
    ("no letter to a machine, a forger or a stranger", never_answered),
    ("nothing of one company to another", no_leak),
    ("an advisor hears only of the cases given to them", assigned),
    ("one bad mail delays no other", no_delay),
    ("what people answered is not answered again", not_interrupted),
    ("one digest a day", one_digest),
    ("no advisor is booked twice at one time", no_double_booking),
    ("few letters to one address", few_letters),
    ("nothing goes that nobody let go", approved),
];

/// When faults are over and time has passed.
pub const AT_END: &[Invariant] = &[
    ("all is quiet", quiet),
    ("every raw mail can be read", readable),
    ("what was answered got its letter", answered),
    ("every open case has someone to wait for", awaited),
    ("a person learns what the desk could not do", told_to_people),
    ("a person learns what may have arrived twice", twice_is_told),
    ("the desk moves only what it has kept", moved),
];

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn accounted(world: &World<'_>) -> Result<(), String> {
    let desk = world.desk.as_ref().unwrap();
    let account = desk.store.account().map_err(|it| format!("{it:#}"))?;
    ensure(account.balanced(), || format!("{account:?}"))?;
    let sent = desk.store.sent_account().map_err(|it| format!("{it:#}"))?;
    ensure(sent.balanced(), || format!("{sent:?}"))
}

/// A mail is in a folder of the server, or a person has had a hand on it, or the desk has kept it.
fn kept(world: &World<'_>) -> Result<(), String> {
    let there: BTreeSet<&String> = world.lying.values().flatten().collect();
    for it in world.told.iter().filter(|it| !it.touched) {
        let known = world.facts.mails.contains_key(&it.sha256);
        ensure(known || there.contains(&it.sha256), || format!("{} is nowhere", it.id))?;
    }
    Ok(())
}

fn lasting(world: &World<'_>) -> Result<(), String> {
    for (sha256, before) in &world.before.mails {
        let Some(now) = world.facts.mails.get(sha256) else { return Err(format!("{sha256} was kept and is not")) };
        let changed = before.state != "kept" && before != now;
        ensure(!changed, || format!("decided anew: {before:?} → {now:?}"))?;
    }
    for before in &world.before.letters {
        let Some(now) = world.facts.letters.iter().find(|it| it.message_id == before.message_id) else {
            return Err(format!("a {} letter is gone", before.kind));
        };
        ensure(now.hash == before.hash, || format!("a {} letter's bytes changed", before.kind))?;
        let reopened = before.state == "sent" && now.state != "sent";
        ensure(!reopened, || format!("a {} letter was sent and is {}", before.kind, now.state))?;
    }
    Ok(())
}

/// A mail that has letters is decided.
fn whole(world: &World<'_>) -> Result<(), String> {
    for it in &world.facts.letters {
        let Some(row) = it.cause.strip_prefix("mail/").and_then(|it| world.facts.mails.get(it)) else { continue };
        ensure(row.state != "kept", || format!("a {} letter of a mail that is not decided", it.kind))?;
    }
    Ok(())
}

/// By the store's causes, and by what the relay has seen. What goes again by a person's order has that for its cause.
fn one_letter(world: &World<'_>) -> Result<(), String> {
    let mut seen = BTreeMap::new();
    for it in &world.facts.letters {
        if let Some(other) = seen.insert((&it.cause, &it.recipient), &it.kind) {
            return Err(format!("{} and {} for one cause", it.kind, other));
        }
    }
    let mut answers: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    let ordered = world.facts.letters.iter().filter(|it| it.cause.starts_with("again/"));
    let ordered: BTreeSet<&str> = ordered.map(|it| it.message_id.as_str()).collect();
    for it in world.letters.iter().filter(|it| !ordered.contains(it.message_id.as_str())) {
        let (Some(answered), Some(to)) = (&it.answers, it.to.first()) else { continue };
        answers.entry((answered, to)).or_default().insert(&it.message_id);
    }
    for ((answered, _), letters) in answers.iter().filter(|(_, letters)| letters.len() > 1) {
        let mails = world.told.iter().filter(|it| it.id == *answered).count();
        ensure(letters.len() <= mails, || format!("{} answers to {answered}", letters.len()))?;
    }
    Ok(())
}

fn same_bytes(world: &World<'_>) -> Result<(), String> {
    let mut copies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in &world.letters {
        ensure(!it.message_id.is_empty(), || "a letter without Message-ID".to_owned())?;
        copies.entry(&it.message_id).or_default().push(&it.hash);
    }
    let Post::Wire(server) = &world.post else { return Ok(()) };
    let server = server.borrow();
    for (id, hashes) in copies {
        ensure(hashes.iter().all(|it| *it == hashes[0]), || format!("{id} went out with other bytes"))?;
        let unheard = server.unheard.get(id).copied().unwrap_or(0) as usize;
        let unwritten = world.unwritten.get(id).copied().unwrap_or(0);
        // whoever files a copy of what was taken can be asked
        let proven = world.story.setup.proof == "sent";
        let allowed = if proven { 1 } else { 1 + unheard + unwritten };
        ensure(hashes.len() <= allowed, || format!("{id} went out {} times, unheard {unheard}", hashes.len()))?;
    }
    Ok(())
}

fn known(world: &World<'_>) -> Result<(), String> {
    let ids: BTreeSet<&str> = world.facts.letters.iter().map(|it| it.message_id.as_str()).collect();
    for it in &world.letters {
        ensure(ids.contains(it.message_id.as_str()), || {
            format!("{} to {:?} is not in the store", it.message_id, it.to)
        })?;
    }
    Ok(())
}

fn taken(world: &World<'_>) -> Result<(), String> {
    let out: BTreeSet<&str> = world.letters.iter().map(|it| it.message_id.as_str()).collect();
    let sent = world.facts.letters.iter().filter(|it| it.state == "sent");
    for it in sent {
        ensure(out.contains(it.message_id.as_str()), || format!("a {} letter never left", it.kind))?;
    }
    Ok(())
}

fn never_answered(world: &World<'_>) -> Result<(), String> {
    let silent: BTreeSet<&str> = world.told.iter().filter(|it| it.silent).map(|it| it.id.as_str()).collect();
    if world.fresh().is_empty() {
        return Ok(());
    }
    let desk = world.desk.as_ref().unwrap();
    let mut people: Vec<String> = COMPANIES.iter().flat_map(|it| [it.address(), it.colleague()]).collect();
    people.extend(desk.rules.advisors.iter().map(|it| it.address.clone()));
    people.push(OFFICE.to_owned());
    for it in world.fresh() {
        let answered = it.answers.as_deref().unwrap_or_default();
        ensure(!silent.contains(answered), || format!("{answered} was answered"))?;
        let copy = |to: &str| to == DESK && world.story.setup.proof == "self-copy" && it.to.len() == 2;
        let stranger = it.to.iter().find(|to| !people.contains(to) && !copy(to));
        ensure(stranger.is_none(), || format!("a letter to {stranger:?}"))?;
    }
    Ok(())
}

fn no_leak(world: &World<'_>) -> Result<(), String> {
    for it in world.fresh() {
        for to in &it.to {
            let Some(theirs) = COMPANIES.iter().find(|company| to.ends_with(company.domain)) else { continue };
            let others = COMPANIES.iter().filter(|company| company.domain != theirs.domain);
            let found = others.flat_map(|company| company.marks).find(|mark| it.words.contains(mark));
            ensure(found.is_none(), || format!("{found:?} in a letter to {}", theirs.domain))?;
        }
    }
    Ok(())
}

fn assigned(world: &World<'_>) -> Result<(), String> {
    let advisors = &world.desk.as_ref().unwrap().rules.advisors;
    for it in world.facts.letters.iter().filter(|it| advisors.iter().any(|who| who.address == it.recipient)) {
        let theirs = world.assigned.get(&it.case) == Some(&it.recipient);
        ensure(theirs, || format!("a {} letter of case {} to an advisor", it.kind, it.case))?;
    }
    Ok(())
}

/// After so long every pause of the desk's is over.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// A mail that can be taken is taken by the first look that finds it, whatever trouble others make. Rounds in which the desk
/// rests after trouble with the inbox look at nothing.
fn no_delay(world: &World<'_>) -> Result<(), String> {
    let stays: BTreeSet<&str> = world.told.iter().filter(|it| it.stays).map(|it| it.sha256.as_str()).collect();
    let waits = |(rounds, since): (u32, Timestamp)| rounds > 1 && world.now.duration_since(since) >= LONGEST_PAUSE;
    let late = world.waits.iter().find(|(sha256, it)| waits(**it) && !stays.contains(sha256.as_str()));
    ensure(late.is_none(), || format!("{late:?} lies in the inbox and is not kept"))
}

/// What people answered before the desk decided gets no second answer.
fn not_interrupted(world: &World<'_>) -> Result<(), String> {
    if !world.hears_people() {
        return Ok(());
    }
    for (id, at) in &world.answered {
        let Some(told) = world.told.iter().find(|it| it.id == *id) else { continue };
        let cause = format!("mail/{}", told.sha256);
        let made = |it: &&crate::facts::LetterRow| it.cause == cause && it.made_at >= at.as_second();
        let letter = world.facts.letters.iter().filter(made).find(|it| it.state == "sent");
        ensure(letter.is_none(), || format!("{id} was answered by a person, and then by the desk"))?;
    }
    Ok(())
}

fn one_digest(world: &World<'_>) -> Result<(), String> {
    let digests = world.facts.letters.iter().filter(|it| it.kind == "digest");
    let mut days = BTreeSet::new();
    for it in digests {
        let day = it.cause.get(..14).unwrap_or_default();
        ensure(day.starts_with("day/"), || format!("a digest of {}", it.cause))?;
        ensure(days.insert((day, &it.recipient)), || format!("two digests of {day}"))?;
    }
    Ok(())
}

fn cases(world: &World<'_>) -> Result<Vec<Case>, String> {
    let lines = world.desk.as_ref().unwrap().store.cases().map_err(|it| format!("{it:#}"))?;
    Ok(lines.into_iter().map(|it| it.case).collect())
}

fn no_double_booking(world: &World<'_>) -> Result<(), String> {
    let mut booked: Vec<(String, uketsuke::desk::schedule::Slot)> = Vec::new();
    for case in cases(world)? {
        let Stage::Booked { advisor, slot } = case.stage else { continue };
        let clash = booked.iter().any(|(who, it)| *who == advisor && it.start < slot.end && slot.start < it.end);
        ensure(!clash, || format!("{advisor} twice at {}", slot.start))?;
        booked.push((advisor, slot));
    }
    Ok(())
}

/// The most letters of one address and day, with an hour of clock trouble on either side.
fn few_letters(world: &World<'_>) -> Result<(), String> {
    let most = world.desk.as_ref().unwrap().settings.letters_per_day as usize;
    let letters: Vec<_> = world.facts.letters.iter().filter(|it| it.cause.starts_with("mail/")).collect();
    for it in &letters {
        let within = letters.iter().filter(|other| {
            other.recipient == it.recipient && other.made_at <= it.made_at && other.made_at > it.made_at - 86_400
        });
        let count = within.count();
        ensure(count <= most + 2, || format!("{count} letters to one address within a day"))?;
    }
    Ok(())
}

/// Where letters wait for approval, only the report goes by itself, and what goes again by a person's order; where nothing is
/// to be sent, nothing is.
fn approved(world: &World<'_>) -> Result<(), String> {
    if world.mode == Mode::Auto {
        return Ok(());
    }
    for it in world.fresh() {
        ensure(world.mode == Mode::Approve, || "a letter though nothing is to be sent".to_owned())?;
        let Some(row) = world.facts.letters.iter().find(|row| row.message_id == it.message_id) else { continue };
        let free = row.kind == "digest" || row.cause.starts_with("again/") || world.free.contains(&row.id);
        ensure(free, || format!("a {} letter went that nobody has approved", row.kind))?;
    }
    Ok(())
}

fn quiet(world: &World<'_>) -> Result<(), String> {
    for it in &world.facts.letters {
        let open = matches!(it.state.as_str(), "due" | "trying" | "uncertain");
        // the newest digest may be of this very moment
        ensure(!open, || format!("a {} letter is {} after {} tries", it.kind, it.state, it.tries))?;
    }
    // a copy of a letter of the round before settles still
    let copy = |sha256: &String| {
        let told = world.told.iter().any(|it| it.sha256 == *sha256);
        world.story.setup.settling > 0 && !told && !world.before.mails.contains_key(sha256)
    };
    for it in world.facts.mails.values().filter(|it| !copy(&it.sha256)) {
        ensure(it.state != "kept", || format!("{} is not decided", it.sha256))?;
    }
    for (fate, filing) in &world.facts.seen {
        ensure(fate != "pending", || "a mail that was seen is pending".to_owned())?;
        ensure(!filing.starts_with("to-"), || format!("a mail is not filed ({filing})"))?;
    }
    Ok(())
}

fn readable(world: &World<'_>) -> Result<(), String> {
    let desk = world.desk.as_ref().unwrap();
    for it in world.facts.mails.values() {
        desk.store.raw(&it.sha256).map_err(|it| format!("{it:#}"))?;
    }
    desk.store.check().map_err(|it| format!("{it:#}"))
}

/// Every mail that was to be taken was; each that counts as answered has a letter of its own or of the one it was joined to.
fn answered(world: &World<'_>) -> Result<(), String> {
    for told in world.told.iter().filter(|it| !it.stays && !it.touched) {
        let Some(row) = world.facts.mails.get(&told.sha256) else { return Err(format!("{} was never taken", told.id)) };
        if row.outcome.as_deref() != Some("answered") {
            continue;
        }
        let cause = format!("mail/{}", told.sha256);
        let mut letters = world.facts.letters.iter().filter(|it| it.cause == cause);
        ensure(letters.next().is_some(), || format!("{} counts as answered and has no letter", told.id))?;
    }
    // a letter in doubt is not repeated to whom a person has written meanwhile
    let spoken_with: BTreeSet<&str> =
        world.told.iter().filter(|it| world.answered.contains_key(&it.id)).map(|it| it.from.as_str()).collect();
    for it in world.facts.letters.iter().filter(|it| it.state == "given-up") {
        let needless = spoken_with.contains(it.recipient.as_str());
        ensure(needless || world.may_give_up(&it.message_id), || {
            format!("a {} letter was given up without need", it.kind)
        })?;
    }
    Ok(())
}

/// The company has a letter, or a person has the case before them.
fn awaited(world: &World<'_>) -> Result<(), String> {
    for case in cases(world)?.iter().filter(|it| !it.stage.is_over() && !it.muted) {
        let letters = world.facts.letters.iter().filter(|it| it.case == case.number.0);
        let written = letters.clone().any(|it| matches!(it.state.as_str(), "sent" | "given-up" | "waiting"));
        let for_people = matches!(case.stage, Stage::Complete) || world.has_mail_for_people(case.number.0);
        ensure(written || for_people, || format!("case {} ({}) waits for nobody", case.number, case.stage.name()))?;
    }
    Ok(())
}

/// What was held, set aside or handed over is named in a digest that went out, unless a person saw to it before.
fn told_to_people(world: &World<'_>) -> Result<(), String> {
    let digests = world.facts.letters.iter().filter(|it| it.kind == "digest");
    if digests.clone().any(|it| it.state == "given-up") {
        return Ok(());
    }
    let ids: BTreeSet<&str> = digests.map(|it| it.message_id.as_str()).collect();
    let sent: String =
        world.letters.iter().filter(|it| ids.contains(it.message_id.as_str())).map(|it| it.words.as_str()).collect();
    let open =
        world.desk.as_ref().unwrap().store.digest_facts(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);
    let open = open.map_err(|it| format!("{it:#}"))?.for_people;
    for (at, told) in world.told.iter().enumerate().filter(|(_, it)| !it.mark.is_empty()) {
        let Some(row) = world.facts.mails.get(&told.sha256) else { continue };
        let later = world.told.iter().skip(at).filter(|it| it.from == told.from);
        let by_person = later.clone().any(|it| world.answered.contains_key(&it.id));
        let ordered = matches!(row.class.as_deref(), Some("withdrawal" | "bounce" | "password"));
        if (by_person || ordered) && !open.iter().any(|it| it.detail.contains(&told.mark)) {
            continue;
        }
        let for_people = row.state == "set-aside" || matches!(row.outcome.as_deref(), Some("held" | "to-secretariat"));
        // what nobody could read has no subject
        let named = sent.contains(&told.mark) || (row.state == "set-aside" && sent.contains(&told.sha256[..12]));
        ensure(!for_people || named, || format!("{} ({:?}, {:?}) is in no digest", told.id, row.outcome, row.class))?;
    }
    Ok(())
}

/// What went out more than once stands in a digest by its number. A digest that nobody got says nothing, nor does a clock that
/// was wrong.
fn twice_is_told(world: &World<'_>) -> Result<(), String> {
    let digests = world.facts.letters.iter().filter(|it| it.kind == "digest");
    if world.had_wrong_clock() || digests.clone().any(|it| it.state == "given-up") {
        return Ok(());
    }
    let ids: BTreeSet<&str> = digests.map(|it| it.message_id.as_str()).collect();
    let digests = world.letters.iter().filter(|it| ids.contains(it.message_id.as_str()));
    let told: String = digests.flat_map(|it| it.words.chars()).filter(|it| !it.is_whitespace()).collect();
    for it in &world.facts.letters {
        let copies = world.letters.iter().filter(|letter| letter.message_id == it.message_id).count();
        let line = format!("手紙{}{}", it.id, it.recipient);
        ensure(copies < 2 || told.contains(&line), || {
            format!("a {} letter went out {copies} times, and no digest says so", it.kind)
        })?;
    }
    Ok(())
}

fn moved(world: &World<'_>) -> Result<(), String> {
    for it in world.told.iter().filter(|it| !it.touched) {
        let filed = world.lies_filed(&it.sha256);
        ensure(!filed || world.facts.mails.contains_key(&it.sha256), || format!("{} was moved and not kept", it.id))?;
        let row = world.facts.mails.get(&it.sha256);
        let ours = row.is_none_or(|row| row.outcome.as_deref() != Some("not-ours"));
        ensure(!filed || ours, || format!("{} is not ours and was moved", it.id))?;
    }
    Ok(())
}
