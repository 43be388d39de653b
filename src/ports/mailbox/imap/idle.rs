//! Waiting by IDLE (RFC 2177), so that a new mail is seen at once.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use async_imap::Session;
use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{Response, Status};
use tokio::time::{Instant, timeout};

use super::Limits;
use super::session::{Live, Selected};
use super::tls::Io;

/// DONE is answered at once by a server that is alive.
const DONE: Duration = Duration::from_secs(15);

impl Selected {
    /// Whether mails came since an earlier look at the same mailbox.
    pub(super) fn changed_since(&self, earlier: &Self) -> bool {
        let more = match (self.next, earlier.next) {
            (Some(now), Some(then)) => now != then,
            _ => self.exists > earlier.exists,
        };
        more || self.validity != earlier.validity
    }
}

impl Live {
    /// Waits for a change in the open inbox. By value: a session that fails here is gone.
    pub(super) async fn idle(self, total: Duration, limits: &Limits) -> Result<Self> {
        let Self { mut session, selected, can, command_limit } = self;
        let end = Instant::now() + total;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let (back, changed) = once(session, left.min(limits.idle), limits).await?;
            session = back;
            if changed {
                break;
            }
        }
        Ok(Self { session, selected, can, command_limit })
    }
}

/// One IDLE, at most `limit` long; true when the server told something.
async fn once(session: Session<Io>, limit: Duration, limits: &Limits) -> Result<(Session<Io>, bool)> {
    let told = session.unsolicited_responses.clone();
    let mut handle = session.idle();
    timeout(limits.io, handle.init()).await.ok().and_then(Result::ok).context("waiting for mail: IDLE was refused")?;
    // What the server told while it took up the IDLE is not told again.
    let mut changed = !told.is_empty();
    if !changed {
        changed = heard(&mut handle, limit, limits).await?;
    }
    let session = timeout(DONE, handle.done())
        .await
        .ok()
        .and_then(Result::ok)
        .context("waiting for mail: the connection was lost")?;
    // Between our DONE and its answer something may have come, too.
    while told.try_recv().is_ok() {
        changed = true;
    }
    Ok((session, changed))
}

async fn heard(
    handle: &mut async_imap::extensions::idle::Handle<Io>,
    limit: Duration,
    limits: &Limits,
) -> Result<bool> {
    // Silence is normal now; our own limit, which keep-alives do not prolong, ends it.
    bound_reads(handle.as_mut(), None);
    let news = {
        let (wait, _stop) = handle.wait_with_timeout(limit);
        timeout(limit, wait).await
    };
    bound_reads(handle.as_mut(), Some(limits.io));
    match news {
        Err(_) | Ok(Ok(IdleResponse::Timeout)) => Ok(false),
        Ok(Ok(IdleResponse::NewData(response))) => match response.parsed() {
            Response::Data { status: Status::Bye, .. } => bail!("waiting for mail: the server hung up"),
            _ => Ok(true),
        },
        // Nobody interrupts here: this is how the crate tells a closed connection.
        Ok(Ok(IdleResponse::ManualInterrupt)) => {
            bail!("waiting for mail: the connection was closed")
        }
        // The crate's text may hold what the server sent.
        Ok(Err(_)) => bail!("waiting for mail: the connection was lost"),
    }
}

fn bound_reads(io: &mut Io, limit: Option<Duration>) {
    io.get_mut().get_mut().0.as_mut().set_read_timeout_pinned(limit);
}
