//! Sends one finished letter: SMTP, or a folder. The only place that knows SMTP.

use anyhow::Result;

pub mod folder;
pub mod smtp;

pub use super::connect::ConnectError;

/// Where letters go.
pub enum Mailer {
    /// A mail server that takes letters from this site.
    Smtp(smtp::Smtp),
    /// A folder in which every letter becomes a file.
    Folder(folder::Folder),
}

/// From whom and to whom a letter goes, whatever its headers say (RFC 5321 §2.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The return path; `None` is `<>`: nobody is told when it cannot be delivered.
    pub from: Option<String>,
    /// The recipient.
    pub to: String,
    /// Our own address, as a second recipient, where a copy is to prove that the letter went. The letter does not depend
    /// on it.
    pub copy: Option<String>,
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered for it after the final dot: it is theirs now (RFC 5321 §6.1).
    Accepted,
    /// This letter not this time, and certainly not sent: try again later.
    Later {
        /// The server's answer to the letter or its recipient; without one, or with 421, the connection was lost.
        code: Option<u16>,
        /// For the log and the digest: no addresses.
        why: String,
    },
    /// No letter can be sent now, and nothing was said of this one: the server cannot be reached, is busy, or hung up.
    Away {
        /// For the log and the digest: no addresses.
        why: String,
    },
    /// This letter will not be taken, however often it is tried.
    Never {
        /// The server's code (553 or 554 where we refused it ourselves).
        code: u16,
        /// For the log and the digest: no addresses.
        why: String,
    },
    /// The server refuses us, or we cannot trust it; nothing was said of the letter: stop sending and tell a person.
    OurFault {
        /// The server's code, when it gave one.
        code: Option<u16>,
        /// For the log and the digest: no addresses.
        why: String,
    },
    /// The final dot may have been sent, and no complete answer came: it may have been accepted (RFC 1047). Look for it
    /// before sending it again.
    Unheard {
        /// For the log and the digest: no addresses.
        why: String,
        /// The copy for ourselves went with it; without one there is nothing to be found in our inbox.
        copied: bool,
    },
}

impl Mailer {
    /// Sends one letter, exactly these bytes. Dropping the future leaves the letter's fate unknown.
    pub async fn send(&mut self, envelope: &Envelope, bytes: &[u8]) -> Outcome {
        match self {
            Self::Smtp(smtp) => smtp.send(envelope, bytes).await,
            Self::Folder(folder) => folder.send(bytes),
        }
    }

    /// Connects and logs in without sending anything.
    ///
    /// # Errors
    /// Why letters could not be sent, and what to do about it ([`ConnectError`] in the chain for SMTP).
    pub async fn verify(&mut self) -> Result<()> {
        match self {
            Self::Smtp(smtp) => Ok(smtp.verify().await?),
            Self::Folder(folder) => folder.verify(),
        }
    }

    /// Ends the connection, if one is kept.
    pub async fn close(&mut self) {
        if let Self::Smtp(smtp) = self {
            smtp.close().await;
        }
    }
}
