//! A mail server (RFC 3501 with UIDPLUS and MOVE) over the world's folders, or what the world wants it to do wrong.

use std::{io, sync::LazyLock};

use jiff::{Timestamp, civil::Date, tz};

use crate::{
    event::InboxFault,
    post::{FOLDERS, Folder, Server, Shared},
    wire::Line,
};

/// The session of one connection.
#[derive(Default)]
struct Session {
    /// Folder and the UIDVALIDITY it was opened under.
    open: Option<(String, u32)>,
}

enum Answer {
    Ok(Vec<u8>),
    No(&'static str),
}

/// One connection.
pub async fn talk(line: &mut Line, server: &Shared) -> io::Result<()> {
    let epoch = server.borrow().epoch;
    let mut session = Session::default();
    line.say(b"* OK ready\r\n").await?;
    while let Some(said) = line.hear().await? {
        if server.borrow().epoch != epoch || server.borrow().cut || server.borrow().inbox_down {
            return Ok(());
        }
        let (tag, command) = said.split_once(' ').unwrap_or((&said, ""));
        match fault(server) {
            Some(InboxFault::LostBefore) => return Ok(()),
            Some(InboxFault::CutBefore) => {
                server.borrow_mut().power_off();
                line.fall_silent().await;
                return Ok(());
            }
            Some(InboxFault::No) => {
                line.say(format!("{tag} NO [UNAVAILABLE] not now\r\n").as_bytes()).await?;
                continue;
            }
            Some(InboxFault::LostAfter) => {
                let _ = perform(&mut server.borrow_mut(), &mut session, command);
                return Ok(());
            }
            Some(InboxFault::CutAfter) => {
                let _ = perform(&mut server.borrow_mut(), &mut session, command);
                server.borrow_mut().power_off();
                line.fall_silent().await;
                return Ok(());
            }
            Some(InboxFault::Hangs) => {
                line.hang().await;
                return Ok(());
            }
            Some(InboxFault::HangsAfter) => {
                let _ = perform(&mut server.borrow_mut(), &mut session, command);
                line.hang().await;
                return Ok(());
            }
            Some(InboxFault::Half) => {
                let answer = perform(&mut server.borrow_mut(), &mut session, command);
                let Answer::Ok(data) = answer else { return Ok(()) };
                line.say(data.get(..data.len() / 2).unwrap_or_default()).await?;
                return Ok(());
            }
            None => {}
        }
        let answer = perform(&mut server.borrow_mut(), &mut session, command);
        match answer {
            Answer::Ok(mut data) => {
                data.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
                line.say(&data).await?;
            }
            Answer::No(why) => line.say(format!("{tag} NO {why}\r\n").as_bytes()).await?,
        }
        if command == "LOGOUT" {
            return Ok(());
        }
    }
    Ok(())
}

/// The fault that is due at this command.
fn fault(server: &Shared) -> Option<InboxFault> {
    let mut server = server.borrow_mut();
    let (left, fault) = server.inbox_fault.as_mut()?;
    if *left > 0 {
        *left -= 1;
        return None;
    }
    let fault = *fault;
    server.inbox_fault = None;
    Some(fault)
}

fn perform(server: &mut Server, session: &mut Session, command: &str) -> Answer {
    let mut words = command.splitn(3, ' ');
    let (verb, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let rest = words.next().unwrap_or_default();
    match (verb, second) {
        ("CAPABILITY", _) => Answer::Ok(b"* CAPABILITY IMAP4rev1 UIDPLUS MOVE\r\n".to_vec()),
        ("LIST", _) => list(server, rest),
        ("CREATE", name) => {
            let (name, validity) = (decoded(name), 900 + u32::try_from(server.folders.len()).unwrap());
            if server.folder(&name).is_none() {
                server.folders.push(Folder { name, validity, next: 1, items: Vec::new() });
            }
            Answer::Ok(Vec::new())
        }
        ("SELECT" | "EXAMINE", name) => {
            session.open = None;
            let Some(folder) = server.folder(&decoded(name)) else { return Answer::No("no such folder") };
            session.open = Some((folder.name.clone(), folder.validity));
            let (count, validity, next) = (folder.items.len(), folder.validity, folder.next);
            Answer::Ok(
                format!("* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] ok\r\n* OK [UIDNEXT {next}] ok\r\n").into(),
            )
        }
        ("STATUS", name) => {
            let Some(folder) = server.folder(&decoded(name)) else { return Answer::No("no such folder") };
            let (count, validity, next) = (folder.items.len(), folder.validity, folder.next);
            Answer::Ok(format!("* STATUS {name} (UIDVALIDITY {validity} UIDNEXT {next} MESSAGES {count})\r\n").into())
        }
        ("UID", "SEARCH") => with_open(server, session, |folder| search(folder, rest)),
        ("UID", "FETCH") => with_open(server, session, |folder| fetch(folder, rest)),
        ("UID", "MOVE") => moved(server, session, rest),
        _ => Answer::Ok(Vec::new()),
    }
}

fn list(server: &Server, pattern: &str) -> Answer {
    let asked = pattern.split(' ').next().unwrap_or_default().trim_matches('"');
    let mut all = String::new();
    for it in &server.folders {
        let name = encoded(&it.name);
        if matches!(asked, "*" | "%" | "") || asked == name {
            let marked = if it.name == "Sent" { "\\HasNoChildren \\Sent" } else { "\\HasNoChildren" };
            all.push_str(&format!("* LIST ({marked}) \"/\" \"{name}\"\r\n"));
        }
    }
    Answer::Ok(all.into())
}

/// Folder names as they go over the wire, made once: the crate builds its patterns anew for every name.
static WIRE_NAMES: LazyLock<Vec<(&str, String)>> =
    LazyLock::new(|| FOLDERS.iter().map(|it| (*it, utf7_imap::encode_utf7_imap((*it).to_owned()))).collect());

fn decoded(name: &str) -> String {
    let name = name.trim_matches('"');
    WIRE_NAMES.iter().find(|(_, wire)| wire == name).map_or(name, |(it, _)| it).to_owned()
}

fn encoded(name: &str) -> &str {
    WIRE_NAMES.iter().find(|(it, _)| *it == name).map_or(name, |(_, wire)| wire)
}

/// The open folder, unless it was made anew meanwhile: then this connection is of no use any more.
fn with_open(server: &mut Server, session: &Session, act: impl FnOnce(&Folder) -> Answer) -> Answer {
    let Some((name, validity)) = &session.open else { return Answer::No("nothing is open") };
    match server.folder(name) {
        Some(folder) if folder.validity == *validity => act(folder),
        _ => Answer::No("the folder is gone"),
    }
}

fn search(folder: &Folder, criteria: &str) -> Answer {
    let words: Vec<&str> = criteria.split(' ').collect();
    let since = |at: Timestamp, day: &str| Date::strptime("%d-%b-%Y", day).is_ok_and(|day| local(at) >= day);
    let last = folder.items.iter().map(|it| it.uid).max().unwrap_or(0);
    // RFC 3501 §6.4.8: `n:*` holds the last one even where that is below n
    let within = |uid: u32, set: &str| match set.split_once(':') {
        Some((from, _)) => from.parse().is_ok_and(|from: u32| uid >= from.min(last)),
        None => set.parse() == Ok(uid),
    };
    let fits = |at: Timestamp, uid: u32, raw: &[u8]| match words.as_slice() {
        ["SINCE", day] => since(at, day),
        ["UID", set, "SINCE", day] => within(uid, set) && since(at, day),
        ["UID", set, ..] => within(uid, set),
        ["HEADER", _, id] => {
            let id = id.trim_matches(['"', '<', '>']);
            uketsuke::ports::header::message_id(raw).is_some_and(|it| it == id)
        }
        _ => true,
    };
    let found = folder.items.iter().filter(|it| fits(it.at, it.uid, &it.raw)).map(|it| format!(" {}", it.uid));
    Answer::Ok(format!("* SEARCH{}\r\n", found.collect::<String>()).into())
}

fn local(at: Timestamp) -> Date {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(9))).date()
}

/// The mail that no command gets out of this server.
pub const STUCK: &str = "X-Stuck: body";
/// One that this server cannot even say the size of, nor of any that it is asked for together with.
pub const SIZELESS: &str = "X-Stuck: size";

fn fetch(folder: &Folder, rest: &str) -> Answer {
    let (uids, what) = rest.split_once(' ').unwrap_or((rest, ""));
    let uids: Vec<u32> = uids.split(',').filter_map(|it| it.parse().ok()).collect();
    let mut all = Vec::new();
    for (n, it) in folder.items.iter().enumerate().filter(|(_, it)| uids.contains(&it.uid)) {
        let head = format!("* {} FETCH (UID {}", n + 1, it.uid);
        let sizeless = it.raw.starts_with(SIZELESS.as_bytes());
        if sizeless || (what.contains("BODY.PEEK") && it.raw.starts_with(STUCK.as_bytes())) {
            return Answer::No("[SERVERBUG] this mail cannot be read");
        }
        if what.contains("BODY.PEEK") {
            all.extend_from_slice(format!("{head} BODY[]<0> {{{}}}\r\n", it.raw.len()).as_bytes());
            all.extend_from_slice(&it.raw);
            all.extend_from_slice(b")\r\n");
        } else {
            let at = it.at.to_zoned(tz::TimeZone::fixed(tz::offset(9))).strftime("%d-%b-%Y %H:%M:%S %z").to_string();
            let size = it.raw.len();
            all.extend_from_slice(format!("{head} RFC822.SIZE {size} INTERNALDATE \"{at}\")\r\n").as_bytes());
        }
    }
    Answer::Ok(all)
}

fn moved(server: &mut Server, session: &Session, rest: &str) -> Answer {
    let (uid, target) = rest.split_once(' ').unwrap_or((rest, ""));
    let target = decoded(target);
    let Some((name, validity)) = &session.open else { return Answer::No("nothing is open") };
    if server.folder(&target).is_none() {
        return Answer::No("[TRYCREATE] no such folder");
    }
    let Some(folder) = server.folder(name).filter(|it| it.validity == *validity) else {
        return Answer::No("the folder is gone");
    };
    let Some(at) = folder.items.iter().position(|it| it.uid.to_string() == uid) else { return Answer::Ok(Vec::new()) };
    let item = folder.items.remove(at);
    server.put(&target, item.raw, item.at);
    Answer::Ok(format!("* {} EXPUNGE\r\n", at + 1).into())
}
