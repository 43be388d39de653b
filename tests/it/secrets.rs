//! Passwords and tokens stand where they must, and nowhere else: not in a log, an error, a `Debug`, the store, a letter, the
//! figures, or a core file.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use uketsuke::{config::Config, ports::credential::Credential};

use crate::{
    canary::{Daemon, files, forms, nowhere},
    desk::{main_file, sample, write_config},
    locked::zipped,
    mails,
    mailservers::{CANARY, Servers, servers},
    rounds::{TARO, filled},
};

const USER: &str = "u-secrets@example.test";

fn uketsuke(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
    command.current_dir(dir).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    command.args(["--config", "config", "--verbose"]).args(arguments).output().unwrap()
}

/// What commands say on both channels.
fn said(dir: &Path, commands: &[&[&str]]) -> Vec<(String, Vec<u8>)> {
    let one = |it: &&[&str]| {
        let output = uketsuke(dir, it);
        (it.join(" "), [output.stdout, output.stderr].concat())
    };
    commands.iter().map(one).collect()
}

#[test]
fn the_forms_are_found_within_longer_texts() {
    let secret = "Canary7/+xyz=q";
    for before in ["", "a", "ab", "\0user\0"] {
        let whole = BASE64_STANDARD.encode(format!("{before}{secret}behind"));
        let found = forms(secret).iter().any(|it| whole.as_bytes().windows(it.len()).any(|part| part == it));
        assert!(found, "{before:?}: {whole}");
    }
}

/// The servers see the whole log-in and refuse it: the errors have everything at hand that could slip.
#[test]
fn passwords_of_the_servers_stand_nowhere() {
    let (imap, smtp) = ("Canary-imap/+9Qz7vK", "Canary-smtp/+4Wm2tL");
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let it = servers();
    on_servers(dir, USER, "tls", (it.imaps, it.submissions), (imap, smtp));
    let mut places =
        said(dir, &[&["check"], &["check", "--json"], &["run", "--once"], &["status", "--json"], &["digest"]]);
    assert!(String::from_utf8_lossy(&places[0].1).contains("WRONG inbox"), "{}", String::from_utf8_lossy(&places[0].1));
    places.extend(files(&[&dir.join("state")]));
    let config = Config::read(&dir.join("config")).unwrap();
    places.push(("Debug".to_string(), format!("{config:?}{config:#?}{:?}", Credential::from(imap)).into_bytes()));
    nowhere(&[imap, smtp], &places);
}

/// A desk of the mail servers, with these ports and passwords.
fn on_servers(dir: &Path, user: &str, security: &str, (imap, smtp): (u16, u16), passwords: (&str, &str)) {
    let Servers { cert, .. } = servers();
    let (main, cert) = (main_file(dir).replace("digest_hour = 8", "digest_hour = 0"), cert.display());
    let desk = main.split("[inbox.maildir]").next().unwrap().replace("sending", "metrics = \"figures.prom\"\nsending");
    let main = format!(
        "{desk}[inbox.imap]\nhost = \"localhost\"\nport = {imap}\nsecurity = \"{security}\"\nuser = \"{user}\"\n\
         password_file = \"imap-password\"\nca_file = \"{cert}\"\nsince = \"2022-07-01\"\n\n[outgoing.smtp]\nhost = \"localhost\"\n\
         port = {smtp}\nsecurity = \"{security}\"\nuser = \"{user}\"\npassword_file = \"smtp-password\"\nca_file = \"{cert}\"\n"
    );
    write_config(dir, &main);
    fs::write(dir.join("config/imap-password"), passwords.0).unwrap();
    fs::write(dir.join("config/smtp-password"), passwords.1).unwrap();
}

/// A day in the life of the daemon: it logs in on both sides, reads a mail, sends letters.
#[test]
fn passwords_that_are_taken_stand_nowhere() {
    for (security, user) in [("tls", "u-taken-tls@example.test"), ("starttls", "u-taken-start@example.test")] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let it = servers();
        let ports = if security == "tls" { (it.imaps, it.submissions) } else { (it.imaps - 1, it.submission) };
        on_servers(dir, user, security, ports, (CANARY, CANARY));
        it.deliver("info@kashima-suisan.example.jp", &[user], &sample("05-forgot-attachment"));
        let mut daemon = Daemon::start(dir);
        let log = || fs::read_to_string(dir.join("log")).unwrap();
        let mut places = daemon.until(|| log().matches(" sent ").count() >= 2);
        assert!(places.iter().filter(|it| it.0.ends_with("cmdline")).count() > 1, "the readers, too: {places:?}");
        daemon.end();
        places.extend(said(dir, &[&["check"], &["status", "--json"], &["digest"], &["letters"]]));
        assert!(!log().contains("ERROR"), "{}", log());
        places.extend(files(&[&dir.join("state"), &dir.join("log"), &dir.join("config/figures.prom")]));
        nowhere(&[CANARY], &places);
    }
}

#[test]
fn tokens_of_oauth2_stand_nowhere() {
    let (secret, refresh) = ("Canary-client/+5Bn8sR", "Canary-refresh/+3Hd6pT");
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let desk = main_file(dir);
    let desk = desk.split("[inbox.maildir]").next().unwrap();
    let main = format!(
        "{desk}[inbox.imap]\nhost = \"localhost\"\nport = {}\nuser = \"{USER}\"\nca_file = \"{}\"\nsince = \"2022-07-01\"\n\n\
         [outgoing.folder]\npath = \"letters\"\n\n[oauth2]\ntoken_url = \"https://localhost:1/token\"\nclient_id = \"desk\"\n\
         client_secret_file = \"client-secret\"\nrefresh_token_file = \"refresh-token\"\n",
        servers().imaps,
        servers().cert.display()
    );
    write_config(dir, &main);
    fs::write(dir.join("config/client-secret"), secret).unwrap();
    fs::write(dir.join("config/refresh-token"), refresh).unwrap();
    let mut places = said(dir, &[&["check"], &["run", "--once"], &["status"]]);
    assert!(
        String::from_utf8_lossy(&places[0].1).contains("token service"),
        "{}",
        String::from_utf8_lossy(&places[0].1)
    );
    places.extend(files(&[&dir.join("state")]));
    places.push(("Debug".to_string(), format!("{:?}", Config::read(&dir.join("config")).unwrap()).into_bytes()));
    nowhere(&[secret, refresh], &places);
}

#[test]
fn a_password_that_a_company_sends_stands_in_its_mail_alone() {
    let password = "Canary8824xQ";
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    write_config(dir, &main_file(dir).replace("sending", "metrics = \"../figures.prom\"\nsending"));
    // the program's own clock: a password is not tried on a file of years ago
    let ago = |minutes| {
        let at = jiff::Timestamp::now().checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap();
        &*at.to_string().leak()
    };
    let file = mails::from(TARO).text("提出します。パスワードは別途お送りします。\n").id("file@saku").at(ago(10));
    let tells = mails::from(TARO).subject("パスワードのお知らせ").id("key@saku").at(ago(5));
    let tells =
        tells.text(&format!("先ほどお送りしたファイルのパスワードです。\n\n{password}\n\nよろしくお願いします。\n"));
    fs::write(dir.join("inbox/new/1"), file.file("a.zip", zipped(&filled(&[]), true, password)).bytes()).unwrap();
    fs::write(dir.join("inbox/new/2"), tells.bytes()).unwrap();
    let mut places = said(dir, &[&["run", "--once"], &["cases"], &["case", "1", "--json"], &["digest"], &["status"]]);
    assert!(String::from_utf8_lossy(&places[1].1).contains("0001"), "{}", String::from_utf8_lossy(&places[1].1));
    places.extend(files(&[&dir.join("state"), &dir.join("letters"), &dir.join("figures.prom")]));
    nowhere(&[password], &places);
}

#[test]
fn the_daemon_leaves_no_core_file() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &main_file(folder.path()));
    let mut daemon = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" --config config run"])
        .arg(env!("CARGO_BIN_EXE_uketsuke"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let limits = format!("/proc/{}/limits", daemon.id());
    let begun = Instant::now();
    let open = loop {
        let is_open = folder.path().join("state/lock").exists();
        if is_open || begun.elapsed() > Duration::from_secs(30) {
            break is_open;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let text = fs::read_to_string(limits).unwrap();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert!(open, "it did not start");
    let core = text.lines().find(|it| it.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    let unit = include_str!("../../systemd/uketsuke.service");
    assert!(unit.contains("\nLimitCORE=0\n"));
}
