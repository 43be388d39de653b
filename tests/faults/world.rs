//! What people and servers do: folders deleted, quotas full, servers restarted, UIDVALIDITY changed, years of old mail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::cases::all;
use crate::desk::{Desk, PROCESSED, files, within};
use crate::plan::{At, What};
use crate::proxy::Kind;
use crate::servers::{Servers, servers};

fn nothing_wrong(desk: &Desk) {
    assert_eq!(desk.violations(), Vec::<String>::new());
}

/// Servers that a test may stop.
struct Own(Servers);

impl Own {
    fn script(command: &str, dir: &Path, base: u16) -> bool {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/mailserver.sh");
        let mut bash = Command::new("bash");
        bash.arg(script).arg(command).arg(dir).arg(base.to_string()).stdin(Stdio::null());
        bash.output().unwrap().status.success()
    }

    /// A folder within that of the process's servers, so that it goes with it.
    fn start() -> Own {
        let first = servers();
        let dir = PathBuf::from(format!("{}-r", first.dir.display()));
        let base = (0..20).map(|it| first.imaps + 15_999 + it * 11).find(|base| Own::script("start", &dir, *base));
        let base = base.expect("the servers start");
        let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
        Own(Servers { dir, cert, key, imaps: base + 1, smtp: base + 2, submission: base + 3, submissions: base + 4 })
    }

    fn stop(&self) {
        assert!(Own::script("stop", &self.0.dir, self.0.imaps - 1));
    }

    fn again(&self) {
        let begun = within(20, || Own::script("start", &self.0.dir, self.0.imaps - 1));
        assert!(begun, "the servers start again");
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = Own::script("stop", &self.0.dir, self.0.imaps - 1);
        let _ = fs::remove_dir_all(&self.0.dir);
    }
}

/// Both servers go and come back, with mails in the inbox and letters on their way.
#[test]
fn servers_may_be_restarted() {
    let own = Own::start();
    let mut desk = Desk::at(&own.0, "rest", "", (Kind::Sealed, Kind::Sealed));
    let mut daemon = desk.start();
    for running in [150, 400] {
        (0..3).for_each(|_| {
            desk.receives();
        });
        std::thread::sleep(Duration::from_millis(running));
        own.stop();
        desk.receives();
        std::thread::sleep(Duration::from_millis(700));
        own.again();
        desk.settles(120).unwrap();
    }
    assert!(daemon.is_running());
    nothing_wrong(&desk);
}

#[test]
fn a_log_in_that_is_refused_for_a_while() {
    let mut desk = Desk::new("login");
    desk.speed = 100;
    desk.imap.arm(At::Verb("LOGIN"), What::Say("{tag} NO [AUTHENTICATIONFAILED] no\r\n".into()), 3);
    desk.smtp.arm(At::Verb("AUTH"), What::Say("535 5.7.8 no\r\n".into()), 2);
    let mut daemon = desk.start();
    desk.receives();
    desk.settles(180).unwrap();
    assert!(daemon.is_running());
    assert_eq!((desk.imap.fired(), desk.smtp.fired()), (3, 2));
    assert!(desk.log().contains("the server refused the log-in"), "{}", desk.log());
    nothing_wrong(&desk);
}

/// The mails stay in the inbox, decided; a new UIDVALIDITY names them anew; nobody is answered again.
#[test]
fn a_full_quota_and_then_a_new_uidvalidity() {
    let mut desk = Desk::new("quota");
    desk.imap.arm(At::Verb("UID MOVE"), What::Say("{tag} NO [OVERQUOTA] quota exceeded\r\n".into()), 6);
    let mut daemon = desk.start();
    (0..5).for_each(|_| {
        desk.receives();
    });
    let sent = || desk.number("SELECT count(*) FROM letters WHERE state = 'sent' AND recipient LIKE 'info@%'") == 5;
    assert!(within(60, || sent() && desk.imap.fired() > 0), "{}", desk.state());
    // quota or not, the letters are out; now the server loses its index
    for name in ["dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache", "dovecot-uidvalidity"]
    {
        let _ = fs::remove_file(desk.folder("").join(name));
    }
    desk.imap.sever();
    desk.settles(120).unwrap();
    assert!(daemon.is_running());
    assert!(within(30, || files(&desk.folder("")).is_empty()), "the inbox is worked off");
    assert_eq!(desk.extra(), 0);
    nothing_wrong(&desk);
}

/// Twenty filings fail; when there is room again, the mail is filed without a person.
#[test]
fn a_mail_that_could_not_be_filed_is_filed_when_there_is_room() {
    let mut desk = Desk::new("room");
    desk.speed = 100;
    desk.imap.arm(At::Verb("UID MOVE"), What::Say("{tag} NO [OVERQUOTA] quota exceeded\r\n".into()), 100_000);
    let daemon = desk.start();
    desk.receives();
    assert!(within(60, || !desk.answers(1).is_empty()), "{}", desk.state());
    // as after twenty failures, which take over an hour
    assert!(within(30, || desk.number("SELECT max(tries) FROM seen") > 0));
    desk.db().unwrap().execute("UPDATE seen SET tries = 19 WHERE filing = 'to-processed'", ()).unwrap();
    assert!(within(60, || desk.number("SELECT count(*) FROM seen WHERE filing = 'stuck'") == 1), "{}", desk.state());
    desk.imap.disarm();
    assert!(within(90, || files(&desk.folder("")).is_empty()), "{}", desk.state());
    desk.settles(60).unwrap();
    drop(daemon);
    nothing_wrong(&desk);
}

#[test]
fn a_quota_that_stays_full_is_told_and_delays_no_answer() {
    let mut desk = Desk::new("full");
    desk.imap.arm(At::Verb("UID MOVE"), What::Say("{tag} NO [OVERQUOTA] quota exceeded\r\n".into()), 100_000);
    let mut daemon = desk.start();
    desk.receives();
    // the pause between two tries has grown to five minutes
    assert!(within(90, || desk.imap.fired() >= 9), "{}", desk.state());
    let (number, received) = (desk.receives(), Instant::now());
    assert!(within(90, || !desk.answers(number).is_empty()), "{}", desk.state());
    let after = received.elapsed() * desk.speed;
    assert!(after < Duration::from_secs(200), "answered after {after:?}");
    assert!(desk.imap.connections() <= 3, "a refusal is no reason to hang up");
    assert!(desk.log().contains("what=\"the filing\""), "{}", desk.log());
    desk.imap.disarm();
    desk.settles(120).unwrap();
    assert!(daemon.is_running());
    nothing_wrong(&desk);
}

#[test]
fn a_folder_that_a_person_deleted_is_made_again() {
    let mut desk = Desk::new("folder");
    let mut daemon = desk.start();
    for round in 1..=3 {
        desk.receives();
        desk.settles(60).unwrap();
        let processed = desk.folder(PROCESSED);
        assert_eq!(files(&processed).len(), 1, "round {round}");
        fs::remove_dir_all(&processed).unwrap();
    }
    assert!(daemon.is_running());
    nothing_wrong(&desk);
}

/// A fetch that breaks as long as a server is ill: the mail is taken when it is well again.
#[test]
fn a_mail_whose_fetch_breaks_for_a_while_is_taken_at_last() {
    let mut desk = Desk::new("fetch");
    desk.speed = 100;
    desk.imap.arm(At::VerbAnswer("UID FETCH 1 (UID BODY"), What::Rst, 6);
    let mut daemon = desk.start();
    desk.receives();
    desk.settles(180).unwrap();
    assert!(daemon.is_running());
    nothing_wrong(&desk);
}

/// The same of a person's own answer: it rests, is told, and is read at last.
#[test]
fn a_persons_answer_whose_fetch_breaks_is_told_and_read_at_last() {
    let mut desk = Desk::new("sentf");
    desk.speed = 100;
    let sent = desk.make_folder(".Gesendet");
    let mut daemon = desk.start();
    let number = desk.receives();
    desk.settles(60).unwrap();
    let ask = "SELECT message_id FROM letters WHERE recipient LIKE 'info@%'";
    let id: String = desk.db().unwrap().query_row(ask, (), |row| row.get(0)).unwrap();
    desk.imap.arm(At::VerbAnswer("UID FETCH 1 (UID BODY"), What::Rst, 6);
    let to = desk.company(number);
    let answer = format!(
        "From: u-sentf@example.test\r\nTo: {to}\r\nIn-Reply-To: <{id}>\r\nMessage-ID: <a@example.test>\r\n\r\n了解しました。\r\n"
    );
    fs::write(sent.join("new/1.M1.test"), answer).unwrap();
    let rests = "SELECT count(*) FROM sent_seen WHERE fate = 'pending' AND tries >= 5";
    assert!(within(90, || desk.number(rests) == 1), "{}", desk.state());
    assert!(desk.digest().contains("取り出せないメールが 1 通"), "{}", desk.digest());
    let read = || desk.number("SELECT count(*) FROM sent_seen WHERE fate = 'answer'") == 1;
    assert!(within(180, read), "{}", desk.state());
    assert_eq!(desk.imap.fired(), 6);
    assert!(!desk.digest().contains("取り出せないメール"), "{}", desk.digest());
    assert!(daemon.is_running());
    nothing_wrong(&desk);
}

/// Years of mail on the first day: nobody of them is written to, and what is new is answered soon.
#[test]
fn fifty_thousand_old_mails_are_left_alone() {
    let old = if all() { 50_000 } else { 5_000 };
    let mut desk = Desk::new("old");
    desk.speed = 1;
    let inbox = desk.folder("");
    let first = inbox.join("cur/1400000000.M0.test:2,S");
    let number = desk.receives();
    let new = fs::read_dir(inbox.join("new")).unwrap().next().unwrap().unwrap().path();
    fs::copy(&new, &first).unwrap();
    let then = UNIX_EPOCH + Duration::from_secs(1_400_000_000);
    fs::File::options().write(true).open(&first).unwrap().set_modified(then).unwrap();
    for n in 1..old {
        fs::hard_link(&first, inbox.join(format!("cur/{}.M{n}.test:2,S", 1_400_000_000 + n))).unwrap();
    }
    let begun = Instant::now();
    let mut daemon = desk.start();
    assert!(within(180, || !desk.answers(number).is_empty()), "{}", desk.state());
    let answered = begun.elapsed();
    desk.settles(60).unwrap();
    let (resident, peak, _) = daemon.size();
    println!("{old} old mails: the new one answered after {answered:?}, {resident} kB resident, {peak} kB at most");
    assert!(daemon.is_running());
    assert_eq!(desk.number("SELECT count(*) FROM mails"), 1, "nothing old is taken in");
    assert_eq!(desk.number("SELECT count(*) FROM letters WHERE recipient LIKE 'info@%'"), 1);
    assert!(fs::read_dir(inbox.join("cur")).unwrap().count() >= old, "nothing old is moved");
    assert!(peak < 200_000, "{peak} kB");
    nothing_wrong(&desk);
}
