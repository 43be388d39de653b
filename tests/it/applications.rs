//! Notices of the web form: what the applicant adds reaches a person, and whose form is complete is sent no materials.

use crate::desk::{Desk, sample};

/// The notice of the samples, with something told to the secretariat.
fn notice(told: &str, id: &str) -> String {
    let head = "From: =?UTF-8?B?44OV44Kp44O844Og?= <noreply@form.example.jp>\r\nTo: <nw@itc.example.jp>\r\n\
        Authentication-Results: mail.itc.example.jp; dmarc=pass header.from=form.example.jp\r\n\
        Subject: application\r\nDate: Mon, 25 Jul 2022 18:22:00 +0900\r\nAuto-Submitted: auto-generated\r\n\
        MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n";
    format!(
        "{head}Message-ID: <{id}@form.example.jp>\r\n\r\n下記の内容でお申し込みがありました。\r\n\r\n\
         名前: 鈴木 一郎\r\n会社名・組織名: 有限会社ひたち精工\r\n部門・役職: 総務\r\n\
         メールアドレス: suzuki@hitachi-seiko.example.jp\r\n申込み地域: 茨城\r\n事務局への連絡内容等: {told}\r\n"
    )
}

#[test]
fn what_an_applicant_tells_the_secretariat_reaches_a_person() {
    let mut desk = Desk::open();
    desk.receives(notice("参加者が 2 名になる場合の費用を教えてください。", "told")).settles();
    assert_eq!(desk.mails()[0].outcome.as_deref(), Some("to-secretariat"));
    let materials = desk.letter("materials");
    // not quoted: anybody can write another's address into the form
    assert!(
        materials.text.contains("担当者が確認いたします") && !materials.text.contains("費用"),
        "{}",
        materials.text
    );
    let told = desk.to_do();
    assert!(told.contains("[0001]") && told.contains("連絡事項"), "{told}");
    desk.balanced();
}

#[test]
fn an_application_that_tells_nothing_is_nobodys_task() {
    for none in ["なし", "特になし。", ""] {
        let mut desk = Desk::open();
        desk.receives(notice(none, "none")).settles();
        assert_eq!(desk.mails()[0].outcome.as_deref(), Some("answered"), "{none}");
        assert!(desk.to_do().contains("0 件"), "{}", desk.to_do());
    }
}

#[test]
fn who_applies_again_with_a_complete_form_is_handed_over() {
    let mut desk = Desk::open();
    desk.receives(sample("01-outlook-complete")).settles();
    let stage = desk.case(1).stage;
    desk.waits(60).receives(notice("なし", "again")).settles();
    assert_eq!(
        desk.letters(),
        ["complete → suzuki@hitachi-seiko.example.jp", "handed-over → suzuki@hitachi-seiko.example.jp"]
    );
    assert_eq!((desk.cases().len(), desk.case(1).stage), (1, stage));
    assert!(desk.to_do().contains("[0001]"), "{}", desk.to_do());
    desk.balanced();
}
