//! Certificates that are not to be trusted: nothing is said to such a server, least of all a password.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::desk::{Desk, fast_clock, within};
use crate::servers::servers;

/// A certificate of its own for a name, good for two days from so many seconds ahead.
fn certificate(file: &str, host: &str, ahead: i64) -> (PathBuf, PathBuf) {
    let (cert, key) = (servers().dir.join(format!("{file}.pem")), servers().dir.join(format!("{file}.key")));
    let made = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(' '))
        .env("LD_PRELOAD", fast_clock())
        .env("FAST_AHEAD", ahead.to_string())
        .args(["-subj", "/CN=desk", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", &format!("subjectAltName=DNS:{host}"), "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (cert, key)
}

/// The inbox's side trusts this one, too, so that it is not the issuer who is refused. (The mailer's crate takes one
/// certificate of a file.)
fn trust_both(desk: &Desk, cert: &Path) {
    let both = desk.dir.join("config/both.pem");
    let pem = [servers().cert.as_path(), cert].map(|it| std::fs::read_to_string(it).unwrap()).concat();
    std::fs::write(&both, pem).unwrap();
    let main = desk.dir.join("config/uketsuke.toml");
    let text = std::fs::read_to_string(&main).unwrap();
    let trusted = servers().cert.display().to_string();
    std::fs::write(&main, text.replacen(&trusted, &both.display().to_string(), 1)).unwrap();
}

/// Shows a certificate on both sides until each was refused, then the right one.
fn refused_then_fine(mut desk: Desk, (cert, key): (&PathBuf, &PathBuf)) {
    desk.imap.show(cert, key);
    desk.smtp.show(cert, key);
    let mut daemon = desk.start();
    desk.receives();
    assert!(within(30, || desk.imap.connections() >= 3 && desk.smtp.connections() >= 1), "{}", desk.log());
    assert!(daemon.is_running());
    assert_eq!((desk.imap.heard(), desk.smtp.heard()), (Vec::new(), Vec::new()), "nothing is said, no password");
    assert!(desk.log().contains("no trusted TLS connection"), "{}", desk.log());
    desk.imap.show(&servers().cert, &servers().key);
    desk.smtp.show(&servers().cert, &servers().key);
    desk.settles(120).unwrap();
    assert_eq!(desk.violations(), Vec::<String>::new());
}

#[test]
fn a_certificate_of_somebody_else_is_refused() {
    let (cert, key) = certificate("strange", "localhost", 0);
    refused_then_fine(Desk::new("cstr"), (&cert, &key));
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let (cert, key) = certificate("named", "other.example", 0);
    let desk = Desk::new("cname");
    trust_both(&desk, &cert);
    refused_then_fine(desk, (&cert, &key));
}

#[test]
fn a_certificate_that_has_ended_is_refused() {
    let (cert, key) = certificate("ended", "localhost", -3 * 24 * 3600);
    let desk = Desk::new("cend");
    trust_both(&desk, &cert);
    refused_then_fine(desk, (&cert, &key));
}

#[test]
fn a_certificate_that_has_not_begun_is_refused() {
    let (cert, key) = certificate("early", "localhost", 3 * 24 * 3600);
    let desk = Desk::new("cearly");
    trust_both(&desk, &cert);
    refused_then_fine(desk, (&cert, &key));
}
