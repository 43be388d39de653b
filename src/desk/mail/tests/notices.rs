//! What machines tell us: returned mail, and the web form's notices.

use super::{form, mail, read, sample, text_mail, with_files};
use crate::desk::mail::{Bounce, MachineSign, application::application};

#[test]
fn bounces() {
    let (it, files) = read(&sample("09-bounce"));
    let expected = Bounce {
        original: Some("annai-0002@itc.example.jp".to_string()),
        recipients: vec!["keiri@suwa-lens.example.jp".to_string()],
        permanent: true,
    };
    assert_eq!(it.bounce, Some(expected));
    assert!(it.machine.contains(&MachineSign::Report) && it.machine.contains(&MachineSign::NullReturnPath));
    assert!(files.is_empty() && it.text.contains("550 5.1.1"));
    assert!(!it.text.contains("annai-0002"));
}

fn report(status: &str, returned: &[u8]) -> Vec<u8> {
    let body = [
        b"--r\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n".as_slice(),
        status.as_bytes(),
        b"\r\n--r\r\nContent-Type: message/rfc822\r\n\r\n",
        returned,
        b"\r\n--r--\r\n",
    ]
    .concat();
    mail(
        &[b"From: postmaster@x.jp", b"Content-Type: multipart/report; report-type=\"delivery-status\"; boundary=r"],
        &body,
    )
}

#[test]
fn delays_returned_files_and_forwarders() {
    let returned = with_files("ours", "text", &[("a.xlsx", &form("blank"))]);
    let (it, files) =
        read(&report("Final-Recipient: rfc822; a@x.jp\r\nAction: delayed\r\nStatus: 4.4.1\r\n", &returned));
    let bounce = it.bounce.unwrap();
    assert_eq!((bounce.original.as_deref(), bounce.permanent), (Some("1@company.example.jp"), false));
    assert!(files.is_empty() && it.attachments.is_empty(), "what a report returns is ours");
    let forwarded = "Original-Recipient: rfc822;A@x.jp\r\nFinal-Recipient: rfc822;b@y.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
                     Final-Recipient: rfc822; ok@x.jp\r\nAction: relayed\r\nStatus: 2.0.0\r\n";
    let bounce = read(&report(forwarded, &returned)).0.bounce.unwrap();
    assert_eq!(bounce.recipients, ["b@y.jp", "a@x.jp"]);
    assert!(bounce.permanent);
}

#[test]
fn bounces_without_a_report() {
    let qmail = "Hi. This is the qmail-send program at x.jp.\n\n<keiri@suwa.example.jp>:\n192.0.2.7 does not like recipient.\n\
                 Remote host said: 550 5.1.1 no such user\n\n--- Below this line is a copy of the message.\n\n\
                 Message-ID: <our-1@itc.example.jp>\nTo: keiri@suwa.example.jp\n";
    let raw = mail(&[b"Return-Path: <>", b"From: MAILER-DAEMON@x.jp", b"Subject: failure notice"], qmail.as_bytes());
    let bounce = read(&raw).0.bounce.unwrap();
    assert_eq!(bounce.original.as_deref(), Some("our-1@itc.example.jp"));
    assert_eq!(
        (bounce.recipients.as_slice(), bounce.permanent),
        (["keiri@suwa.example.jp".to_string()].as_slice(), true)
    );
    // A person who writes about one.
    assert_eq!(read(&text_mail("failure notice", qmail)).0.bounce, None);
}

#[test]
fn applications() {
    let form = &super::programme().form_mailer;
    let it = application(&read(&sample("10-application-form")).0.text, form).unwrap();
    assert_eq!((it.name.as_str(), it.company.as_str()), ("宮下 誠", "株式会社安曇野テキスタイル"));
    assert_eq!((it.department.as_str(), it.address.as_str()), ("総務", "miyashita@azumino-tex.example.jp"));
    assert_eq!((it.region.as_deref(), it.message.as_str()), (Some("長野"), "なし"));
    let odd = "【名前】佐藤\n■会社名・組織名（必須）\n　㈱信州\n部門名・役職：\nメールアドレス　：　ｓａｔｏ＠Example.JP\n申込み地域：\n\
               事務局への連絡内容等：一行目\nメールアドレス: other@example.jp\n二行目\n―――――――\n送信元IP: 1.2.3.4";
    let it = application(odd, form).unwrap();
    assert_eq!((it.company.as_str(), it.department.as_str(), it.address.as_str()), ("㈱信州", "", "sato@example.jp"));
    assert_eq!((it.region, it.message.as_str()), (None, "一行目"));
    for bad in ["a@x.jp, b@x.jp", "なし", "a@x", "a@x.jp\u{202E}b@y.jp", "<script>@x.jp"] {
        assert_eq!(application(&format!("名前: 佐藤\nメールアドレス: {bad}"), form), None, "{bad}");
    }
}
