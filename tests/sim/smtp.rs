//! A relay (RFC 5321) that takes letters, or does what the world wants it to do wrong.

use std::{io, sync::Arc};

use uketsuke::ports::header;

use crate::{
    event::RelayFault,
    post::{Accepted, Shared},
    wire::Line,
};

/// One connection.
pub async fn talk(line: &mut Line, server: &Shared) -> io::Result<()> {
    let epoch = server.borrow().epoch;
    line.say(b"220 sim.example.test ESMTP\r\n").await?;
    let mut to: Vec<String> = Vec::new();
    while let Some(said) = line.hear().await? {
        if server.borrow().epoch != epoch || server.borrow().cut {
            return Ok(());
        }
        let verb = said.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let fault = server.borrow().relay_fault.filter(|(left, _)| *left == 0).map(|(_, it)| it);
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-sim.example.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN\r\n",
            "AUTH" if fault == Some(RelayFault::LogIn) => {
                server.borrow_mut().relay_fault = None;
                b"535 5.7.8 no\r\n"
            }
            "AUTH" => b"235 2.7.0 welcome\r\n",
            "MAIL" => {
                to.clear();
                b"250 2.1.0 ok\r\n"
            }
            "RCPT" => match fault {
                Some(RelayFault::Hangs) => {
                    server.borrow_mut().relay_fault = None;
                    line.hang().await;
                    return Ok(());
                }
                Some(RelayFault::Later) => {
                    server.borrow_mut().relay_fault = None;
                    b"451 4.3.0 later\r\n"
                }
                _ => {
                    to.push(address(&said));
                    b"250 2.1.5 ok\r\n"
                }
            },
            "DATA" => {
                line.say(b"354 go\r\n").await?;
                let Some(letter) = line.letter().await? else { return Ok(()) };
                if server.borrow().epoch != epoch {
                    return Ok(());
                }
                match data(line, server, &to, letter, fault).await? {
                    Some(answer) => answer,
                    None => return Ok(()),
                }
            }
            "QUIT" => {
                line.say(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 2.0.0 ok\r\n",
        };
        line.say(answer).await?;
    }
    Ok(())
}

fn address(said: &str) -> String {
    said.split_once('<').and_then(|(_, it)| it.split_once('>')).map_or(String::new(), |(it, _)| it.to_lowercase())
}

/// After the final dot. `None`: the connection ends without an answer.
async fn data(
    line: &mut Line,
    server: &Shared,
    to: &[String],
    letter: Vec<u8>,
    fault: Option<RelayFault>,
) -> io::Result<Option<&'static [u8]>> {
    if let Some((left, _)) = &mut server.borrow_mut().relay_fault {
        *left = left.saturating_sub(1);
    }
    let ends = matches!(
        fault,
        Some(
            RelayFault::LaterAtDot
                | RelayFault::Never
                | RelayFault::LostBefore
                | RelayFault::LostAnswer
                | RelayFault::CutBefore
                | RelayFault::CutAfter
                | RelayFault::HangsAtDot
                | RelayFault::HangsAfter
        )
    );
    if ends {
        server.borrow_mut().relay_fault = None;
    }
    let id = header::message_id(&letter).unwrap_or_default();
    match fault {
        Some(RelayFault::LaterAtDot) => return Ok(Some(b"452 4.2.2 later\r\n")),
        Some(RelayFault::Never) => {
            server.borrow_mut().refused.insert(id);
            return Ok(Some(b"550 5.7.1 never\r\n"));
        }
        Some(RelayFault::LostBefore) => {
            *server.borrow_mut().unheard.entry(id).or_default() += 1;
            return Ok(None);
        }
        Some(RelayFault::HangsAtDot) => {
            *server.borrow_mut().unheard.entry(id).or_default() += 1;
            line.hang().await;
            return Ok(None);
        }
        Some(RelayFault::CutBefore) => {
            *server.borrow_mut().unheard.entry(id).or_default() += 1;
            server.borrow_mut().power_off();
            line.fall_silent().await;
            return Ok(None);
        }
        _ => {}
    }
    let mut unheard = false;
    {
        let mut server = server.borrow_mut();
        let (raw, now) = (Arc::new(letter), server.now);
        server.accepted.push(Accepted { to: to.to_vec(), raw: raw.clone() });
        if to.iter().any(|it| it == crate::mails::DESK) {
            server.put("INBOX", raw.clone(), now);
        }
        if server.files_copies {
            server.put("Sent", raw, now);
        }
        if matches!(fault, Some(RelayFault::LostAnswer | RelayFault::CutAfter | RelayFault::HangsAfter)) {
            *server.unheard.entry(id).or_default() += 1;
            unheard = true;
        }
    }
    if fault == Some(RelayFault::CutAfter) {
        server.borrow_mut().power_off();
        line.fall_silent().await;
    }
    if fault == Some(RelayFault::HangsAfter) {
        line.hang().await;
    }
    Ok((!unheard).then_some(b"250 2.0.0 taken\r\n"))
}
