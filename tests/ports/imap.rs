//! The IMAP port on a real Dovecot.

use std::time::{Duration, Instant};

use uketsuke::ports::mailbox::imap::Imap;
use uketsuke::ports::mailbox::{ConnectError, FolderName, Mailbox};

use crate::servers::{PASSWORD, servers};
use crate::{imap_settings, inbox, run, strange_certificate};

fn mail(id: &str, body: &str) -> Vec<u8> {
    format!("Date: Fri, 12 Aug 2022 10:00:00 +0900\r\nFrom: a@sender.example.jp\r\nSubject: x\r\nMessage-ID: <{id}>\r\n\r\n{body}\r\n")
        .into_bytes()
}

fn deliver(user: &str, id: &str, body: &str) {
    servers().deliver("a@sender.example.jp", &[&format!("{user}@example.test")], &mail(id, body));
}

/// Postfix hands over to Dovecot a moment after it accepted.
async fn look_for(imap: &mut Imap, count: usize) -> uketsuke::ports::mailbox::Look {
    for _ in 0..200 {
        let look = imap.look().await.unwrap();
        if look.uids.len() == count {
            return look;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} mails did not arrive");
}

#[test]
fn a_mail_is_seen_described_fetched_and_filed() {
    run(async {
        let mut imap = inbox("u-path").await;
        let long = ".dot\r\n".repeat(50_000) + "end";
        deliver("u-path", "one@x", "first");
        look_for(&mut imap, 1).await;
        deliver("u-path", "two@x", &long);
        let look = look_for(&mut imap, 2).await;
        assert_eq!(
            (look.mailbox.as_str(), look.uids.as_slice()),
            ("u-path@example.test@localhost/INBOX", &["1".to_owned(), "2".to_owned()][..])
        );

        let asked = ["2", "77", "1"].map(str::to_owned);
        let described = imap.describe(&asked).await.unwrap();
        assert_eq!(described.iter().map(|one| one.uid.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        let bytes = imap.fetch("2").await.unwrap().unwrap();
        assert_eq!(bytes.len() as u64, described[0].size);
        assert!(bytes.ends_with(&mail("two@x", &long)), "the bytes came through unchanged");
        let now = std::fs::metadata("/proc/self").unwrap().modified().unwrap();
        let now = jiff::Timestamp::try_from(now).unwrap().as_second();
        assert!((described[0].arrived.as_second() - now).abs() < 300);
        assert_eq!(imap.fetch("77").await.unwrap(), None, "gone");

        imap.file(&look.validity, "1", FolderName::Processed).await.unwrap();
        imap.file(&look.validity, "2", FolderName::Held).await.unwrap();
        imap.file(&look.validity, "2", FolderName::Held).await.unwrap();
        assert!(imap.look().await.unwrap().uids.is_empty());
        assert_eq!(imap.fetch("1").await.unwrap(), None);
        // 受付済み and 要確認 as RFC 3501 §5.1.3 writes them.
        let maildir = servers().dir.join("mail/u-path/Maildir");
        let held = std::fs::read_dir(maildir.join(".&iYF4uoqN-/new")).unwrap().count();
        let held = held + std::fs::read_dir(maildir.join(".&iYF4uoqN-/cur")).unwrap().count();
        assert_eq!(held, 1);
        imap.close().await;
        assert!(imap.look().await.unwrap().uids.is_empty(), "a closed port opens again");
    });
}

#[test]
fn fetching_leaves_a_mail_unread() {
    run(async {
        let mut imap = inbox("u-unread").await;
        deliver("u-unread", "one@x", "first");
        let look = look_for(&mut imap, 1).await;
        imap.fetch(&look.uids[0]).await.unwrap().unwrap();
        imap.close().await;
        let maildir = servers().dir.join("mail/u-unread/Maildir");
        let names = ["new", "cur"].map(|part| {
            std::fs::read_dir(maildir.join(part))
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect::<Vec<_>>()
        });
        let name = names.concat().pop().unwrap();
        assert!(!name.split_once(":2,").is_some_and(|(_, flags)| flags.contains('S')), "{name}");
    });
}

#[test]
fn another_validity_names_another_mail() {
    run(async {
        let mut imap = inbox("u-validity").await;
        deliver("u-validity", "one@x", "first");
        let look = look_for(&mut imap, 1).await;
        imap.file("1", &look.uids[0], FolderName::Processed).await.unwrap();
        assert_eq!(imap.look().await.unwrap().uids.len(), 1);
    });
}

#[test]
fn folders_are_made_once_and_levels_use_the_servers_separator() {
    run(async {
        let mut settings = imap_settings("u-folders");
        settings.processed = "受付/処理済み".to_owned();
        settings.sent = Some("送信 & 控え".to_owned());
        let mut imap = Imap::new(settings.clone(), PASSWORD.to_owned());
        assert_eq!(imap.prepare().await.unwrap(), ["受付/処理済み", "要確認", "送信 & 控え"]);
        assert!(imap.prepare().await.unwrap().is_empty());
        deliver("u-folders", "one@x", "first");
        let look = look_for(&mut imap, 1).await;
        imap.file(&look.validity, &look.uids[0], FolderName::Processed).await.unwrap();
        assert!(imap.find("one@x").await.unwrap());
    });
}

#[test]
fn a_folder_that_a_person_removed_is_made_again() {
    run(async {
        let mut imap = Imap::new(imap_settings("u-removed"), PASSWORD.to_owned());
        deliver("u-removed", "one@x", "first");
        let look = look_for(&mut imap, 1).await;
        assert!(!imap.find("two@x").await.unwrap(), "a missing folder holds nothing");
        imap.file(&look.validity, &look.uids[0], FolderName::Processed).await.unwrap();
        assert!(imap.find("one@x").await.unwrap());
    });
}

#[test]
fn letters_are_found_by_message_id() {
    run(async {
        let mut imap = inbox("u-find").await;
        deliver("u-find", "uk-1.abc@nw.example.jp", "first");
        let look = look_for(&mut imap, 1).await;
        for (id, there) in [
            ("uk-1.abc@nw.example.jp", true),
            ("<uk-1.abc@nw.example.jp>", true),
            ("1.abc@nw.example.jp", false),
            ("uk-2.abc@nw.example.jp", false),
        ] {
            assert_eq!(imap.find(id).await.unwrap(), there, "{id}");
        }
        imap.file(&look.validity, &look.uids[0], FolderName::Processed).await.unwrap();
        assert!(imap.find("uk-1.abc@nw.example.jp").await.unwrap());
        for odd in ["", "a b@x", "a\r\n@x", "受付@x"] {
            assert!(imap.find(odd).await.is_err());
        }
    });
}

#[test]
fn mails_before_the_day_are_not_listed() {
    run(async {
        let mut settings = imap_settings("u-since");
        settings.since = "2100-01-10".parse().unwrap();
        let mut later = Imap::new(settings, PASSWORD.to_owned());
        deliver("u-since", "one@x", "first");
        look_for(&mut inbox("u-since").await, 1).await;
        assert!(later.look().await.unwrap().uids.is_empty());
    });
}

#[test]
fn waiting_ends_with_a_new_mail() {
    run(async {
        let mut imap = inbox("u-idle").await;
        imap.look().await.unwrap();
        let begun = Instant::now();
        let wait = tokio::spawn(async move {
            imap.wait(Duration::from_secs(30)).await.unwrap();
            imap
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!wait.is_finished());
        deliver("u-idle", "one@x", "first");
        let mut imap = wait.await.unwrap();
        assert!(begun.elapsed() < Duration::from_millis(3500), "{:?}", begun.elapsed());
        assert_eq!(imap.look().await.unwrap().uids.len(), 1);
    });
}

#[test]
fn waiting_ends_at_its_limit_and_at_once_after_a_missed_mail() {
    run(async {
        let mut imap = inbox("u-missed").await;
        imap.look().await.unwrap();
        let begun = Instant::now();
        imap.wait(Duration::from_millis(700)).await.unwrap();
        let lasted = begun.elapsed();
        assert!(lasted > Duration::from_millis(650) && lasted < Duration::from_secs(3), "{lasted:?}");

        deliver("u-missed", "one@x", "first");
        look_for(&mut inbox("u-missed").await, 1).await;
        let begun = Instant::now();
        imap.wait(Duration::from_secs(30)).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "it had come before the waiting began");
    });
}

#[test]
fn a_dropped_wait_costs_a_connection_and_nothing_else() {
    run(async {
        let mut imap = inbox("u-dropped").await;
        imap.look().await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(200), imap.wait(Duration::from_secs(30))).await.is_err());
        deliver("u-dropped", "one@x", "first");
        look_for(&mut imap, 1).await;
    });
}

#[test]
fn a_wrong_password_is_told_from_a_missing_server() {
    run(async {
        let settings = imap_settings("u-wrong");
        let refused = Imap::connect(settings.clone(), "not it".to_owned()).await.err().unwrap();
        assert!(matches!(&refused, ConnectError::LogInRefused(_)), "{refused}");
        assert!(!refused.to_string().contains("not it") && !refused.to_string().contains("u-wrong"));

        let mut mailbox = Mailbox::Imap(Imap::new(settings.clone(), "not it".to_owned()));
        let error = mailbox.look().await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(ConnectError::LogInRefused(_))), "{error:#}");

        let mut nobody = settings.clone();
        nobody.port = Some(9);
        let unreachable = Imap::connect(nobody, PASSWORD.to_owned()).await.err().unwrap();
        assert!(matches!(unreachable, ConnectError::Unreachable(_)), "{unreachable}");
    });
}

#[test]
fn a_certificate_nobody_vouches_for_is_refused() {
    run(async {
        let mut settings = imap_settings("u-tls");
        settings.ca_file = None;
        let system = Imap::connect(settings.clone(), PASSWORD.to_owned()).await.err().unwrap();
        assert!(matches!(system, ConnectError::Tls(_)), "{system}");
        settings.ca_file = Some(strange_certificate("imap"));
        let strange = Imap::connect(settings.clone(), PASSWORD.to_owned()).await.err().unwrap();
        assert!(matches!(strange, ConnectError::Tls(_)), "{strange}");
        settings.ca_file = Some("/nonexistent.pem".into());
        let missing = Imap::connect(settings.clone(), PASSWORD.to_owned()).await.err().unwrap();
        assert!(matches!(&missing, ConnectError::Tls(why) if why.contains("cannot be read")), "{missing}");
        // SMTP speaks first and without TLS.
        settings.ca_file = Some(servers().cert.clone());
        settings.port = Some(servers().smtp);
        let plain = Imap::connect(settings, PASSWORD.to_owned()).await.err().unwrap();
        assert!(matches!(plain, ConnectError::Tls(_)), "{plain}");
    });
}

#[test]
fn many_mails_are_described_in_batches() {
    run(async {
        let mut imap = inbox("u-many").await;
        let new = servers().dir.join("mail/u-many/Maildir/cur");
        for n in 0..450 {
            let path = new.join(format!("16600000{n:03}.M1P1.host:2,"));
            std::fs::write(&path, mail(&format!("{n}@x"), "many")).unwrap();
            std::os::unix::fs::chown(&path, Some(65534), Some(65534)).unwrap();
        }
        let look = imap.look().await.unwrap();
        assert_eq!(look.uids.len(), 450);
        assert!(look.uids.windows(2).all(|pair| pair[0].parse::<u32>().unwrap() < pair[1].parse().unwrap()));
        assert_eq!(imap.describe(&look.uids).await.unwrap().len(), 450);
    });
}

/// Lays a mail into a folder, as the mail program of a person does.
/// Nothing was listed before.
fn everything(_: &str, _: &str) -> anyhow::Result<Option<u32>> {
    Ok(None)
}

#[test]
fn a_look_at_sent_lists_what_is_above_the_highest_known() {
    run(async {
        let mut imap = inbox("u-sent-new").await;
        imap.close().await;
        for n in 0..3 {
            put("u-sent-new", "Gesendet", &format!("{n}@x"));
        }
        let look = imap.look_sent(everything).await.unwrap().unwrap();
        assert_eq!(look.uids.len(), 3);
        let highest: u32 = look.uids.last().unwrap().parse().unwrap();
        let known = |above: u32| {
            let (mailbox, validity) = (look.mailbox.clone(), look.validity.clone());
            move |of: &str, under: &str| Ok((of == mailbox && under == validity).then_some(above))
        };
        assert!(imap.look_sent(known(highest)).await.unwrap().unwrap().uids.is_empty(), "`n:*` names the last one");
        put("u-sent-new", "Gesendet", "later@x");
        let again = imap.look_sent(known(highest)).await.unwrap().unwrap();
        assert_eq!(again.uids.len(), 1);
        let head = imap.fetch_sent_header(&again.uids[0]).await.unwrap().unwrap();
        let head = String::from_utf8(head).unwrap();
        assert!(head.contains("later@x") && head.ends_with("\r\n\r\n"), "{head}");
        assert_eq!(imap.fetch_sent_header("777").await.unwrap(), None);
    });
}

#[test]
fn a_held_mail_is_filed_anew_by_its_message_id() {
    run(async {
        let mut imap = inbox("u-refile").await;
        deliver("u-refile", "one@x", "first");
        let look = look_for(&mut imap, 1).await;
        imap.file(&look.validity, &look.uids[0], FolderName::Held).await.unwrap();
        deliver("u-refile", "two@x", "second");
        let look = look_for(&mut imap, 1).await;
        assert!(!imap.find("one@x").await.unwrap(), "held mails are not looked through");
        for id in [Some("one@x"), Some("one@x"), Some("nobody@x"), Some("a\" b@x"), None] {
            imap.refile(id).await.unwrap();
        }
        assert!(imap.find("one@x").await.unwrap(), "among the processed ones");
        assert_eq!(imap.look().await.unwrap(), look, "and the inbox is the inbox again");
    });
}

fn put(user: &str, folder: &str, id: &str) {
    let maildir = servers().dir.join(format!("mail/{user}/Maildir/.{folder}"));
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(maildir.join(part)).unwrap();
    }
    std::fs::write(maildir.join("new").join(id), mail(id, "an answer")).unwrap();
    let done = std::process::Command::new("chown").args(["-R", "nobody:nogroup"]).arg(&maildir).status().unwrap();
    assert!(done.success());
}

#[test]
fn the_sent_folder_is_found_by_its_special_use_and_only_read() {
    run(async {
        let mut imap = inbox("u-sent").await;
        assert_eq!(imap.look_sent(everything).await.unwrap(), None, "there is none yet");
        assert_eq!(imap.sent_stamp().await.unwrap(), None);
        imap.close().await;
        put("u-sent", "Gesendet", "one@x");
        let look = imap.look_sent(everything).await.unwrap().expect("RFC 6154");
        assert_eq!((look.mailbox.as_str(), look.uids.len()), ("u-sent@example.test@localhost/Gesendet", 1));
        let stamp = imap.sent_stamp().await.unwrap().unwrap();
        assert_eq!(imap.sent_stamp().await.unwrap().unwrap(), stamp);
        let described = imap.describe_sent(&look.uids).await.unwrap();
        let bytes = imap.fetch_sent(&look.uids[0]).await.unwrap().unwrap();
        assert_eq!((described.len(), described[0].size), (1, bytes.len() as u64));
        assert_eq!(bytes, mail("one@x", "an answer"));
        assert_eq!(imap.fetch_sent("77").await.unwrap(), None);
        put("u-sent", "Gesendet", "two@x");
        for _ in 0..100 {
            if imap.sent_stamp().await.unwrap().unwrap() != stamp {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_ne!(imap.sent_stamp().await.unwrap().unwrap(), stamp, "what comes is told without opening the folder");
        let again = imap.look_sent(everything).await.unwrap().unwrap();
        assert_eq!((again.validity == look.validity, again.uids.len()), (true, 2));
        // the inbox is worked as before, opened for changes
        deliver("u-sent", "three@x", "first");
        let inbox = look_for(&mut imap, 1).await;
        let _ = imap.look_sent(everything).await.unwrap();
        imap.file(&inbox.validity, &inbox.uids[0], FolderName::Processed).await.unwrap();
        assert!(imap.look().await.unwrap().uids.is_empty());
        let names = std::fs::read_dir(servers().dir.join("mail/u-sent/Maildir/.Gesendet/cur")).unwrap();
        let seen = names.filter(|it| it.as_ref().unwrap().file_name().to_str().unwrap().contains(":2,S")).count();
        assert_eq!(seen, 0, "nothing is marked as read");
    });
}

#[test]
fn a_configured_sent_folder_wins() {
    run(async {
        let mut settings = imap_settings("u-sent-named");
        settings.sent = Some("控え".to_owned());
        let mut imap = Imap::new(settings, PASSWORD.to_owned());
        imap.prepare().await.unwrap();
        put("u-sent-named", "Gesendet", "one@x");
        let look = imap.look_sent(everything).await.unwrap().unwrap();
        assert!(!look.mailbox.ends_with("Gesendet") && look.uids.is_empty(), "{look:?}");
    });
}
