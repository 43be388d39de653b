//! `uketsuke` (受付): the reception desk of an advice programme, run by ordinary mail.
//!
//! # The path of one mail
//!
//! 1. [`run::intake`]    inbox → raw file and row, synced            (*kept*)
//! 2. [`run::process`]   reader child: [`desk::mail`], [`desk::workbook`] → [`desk::reading::Reading`]
//! 3. [`desk::check`]    reading → findings; [`desk::decide`]: what we know + what happened → decision
//! 4. [`ports::store`]   case, letters, journal, "decided": one transaction      (*decided*)
//! 5. [`run::dispatch`]  each due letter → mailer                      (*sent*)
//! 6. [`run::tick`]      the clock is one more sender: the digest, filing on the server
//!
//! # What you will not find
//!
//! - In [`desk`]: a clock, a socket, a file, SQL, `async`, or a `Result` that means "the network".
//! - In [`ports`]: a rule about cases. They carry; they do not judge. No port knows another.
//! - A mail answered before it is kept, or a letter sent outside the outbox.
//! - A parser of strangers' bytes in the desk's own process: that is [`ports::reader`]'s children.
//! - A word to a person outside `templates/`.

pub mod commands;
pub mod config;
pub mod desk;
pub mod ports;
pub mod run;
