//! Moving a mail out of the inbox, and asking whether a folder holds one.

use async_imap::imap_proto::Response;

use super::session::{Failed, Live, quoted};

type Done<T> = Result<T, Failed>;

impl Live {
    /// Moves a mail of the open inbox to a folder; a mail that is gone is fine.
    pub(super) async fn file(&mut self, uid: u32, folder: &str) -> Done<()> {
        let first = self.transfer(uid, folder).await;
        let again = match first {
            // RFC 3501 §6.4.7: the folder is missing, and the server offers to be asked again once it is made.
            Err(Failed::Refused { try_create: true, .. }) => {
                self.create(folder).await?;
                self.transfer(uid, folder).await
            }
            other => other,
        };
        match again {
            // Some servers refuse to move a mail that is gone.
            Err(refused @ Failed::Refused { .. }) => {
                if self.holds_uid(uid, "").await? {
                    Err(refused)
                } else {
                    Ok(())
                }
            }
            other => other,
        }
    }

    async fn transfer(&mut self, uid: u32, folder: &str) -> Done<()> {
        if self.can.moves {
            let command = format!("UID MOVE {uid} {}", quoted(folder));
            return self.strict("moving a mail", &command, |_: &Response<'_>| ()).await.map(|_| ());
        }
        // RFC 6851 §3.3: what MOVE stands for, step by step. Repeated after a break in the middle it copies twice, which
        // loses nothing. Without UIDPLUS the mail stays, marked, and the mark says that it was copied already.
        let left = if self.can.uidplus { "" } else { " UNDELETED" };
        if !self.holds_uid(uid, left).await? {
            return Ok(());
        }
        self.strict("copying a mail", &format!("UID COPY {uid} {}", quoted(folder)), |_| ()).await?;
        self.strict("marking a copied mail", &format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"), |_| ()).await?;
        // Never a bare EXPUNGE: it would take what people marked (RFC 4315 §2.1 names the one mail).
        if self.can.uidplus {
            self.strict("removing a copied mail", &format!("UID EXPUNGE {uid}"), |_| ()).await?;
        }
        Ok(())
    }

    async fn holds_uid(&mut self, uid: u32, and: &str) -> Done<bool> {
        let found = self.search("looking for a mail to file", &format!("UID {uid}{and}")).await?;
        Ok(found.contains(&uid))
    }

    /// Moves the one mail that the criteria find in one folder to another. The other mails of the folder are not touched.
    pub(super) async fn refile(&mut self, from: &str, criteria: &str, to: &str) -> Done<()> {
        match self.open("opening the folder of held mails", from, true).await {
            Ok(_) => {}
            Err(refused @ Failed::Refused { .. }) => {
                return if self.exists(from).await? { Err(refused) } else { Ok(()) };
            }
            Err(broken) => return Err(broken),
        }
        let found = self.search("looking for a held mail", criteria).await?;
        match found.into_iter().collect::<Vec<u32>>().as_slice() {
            [only] => self.file(*only, to).await,
            _ => Ok(()),
        }
    }

    /// Whether a folder holds a mail the criteria find. A folder that does not exist holds none.
    pub(super) async fn holds(&mut self, folder: &str, criteria: &str) -> Done<bool> {
        match self.open("opening a folder", folder, false).await {
            Ok(_) => {}
            Err(refused @ Failed::Refused { .. }) => {
                return if self.exists(folder).await? { Err(refused) } else { Ok(false) };
            }
            Err(broken) => return Err(broken),
        }
        let found = self.search("looking for a letter", criteria).await;
        // An INBOX opened for reading only must not be taken for one that can be changed.
        self.selected = None;
        Ok(!found?.is_empty())
    }
}
