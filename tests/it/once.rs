//! One answer, however often and by however many ways a mail comes; and no talk among machines.

use uketsuke::desk::case::Stage;

use crate::{
    desk::{Desk, form},
    mails,
    rounds::{TARO, filled},
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";

fn settling() -> Desk {
    Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 3"))
}

/// The same mail as another server hands it over.
fn rewritten(raw: &[u8], id: Option<&str>) -> Vec<u8> {
    let text = String::from_utf8(raw.to_vec()).unwrap();
    let text = match id {
        Some(id) => text
            .lines()
            .map(|it| if it.starts_with("Message-ID:") { format!("Message-ID: <{id}>") } else { it.to_string() })
            .collect::<Vec<_>>()
            .join("\r\n"),
        None => text,
    };
    format!("Delivered-To: alias@itc.or.jp\r\nReceived: from x by y; Fri, 12 Aug 2022 12:00:09 +0900\r\nX-Spam-Score: 0.1\r\n{text}")
        .into_bytes()
}

fn outcomes(desk: &Desk) -> Vec<String> {
    desk.mails()
        .into_iter()
        .map(|it| format!("{}/{}", it.class.unwrap_or_default(), it.outcome.unwrap_or_default()))
        .collect()
}

#[test]
fn copies_get_one_answer_whatever_their_order_and_distance() {
    let first = mails::from(HANAKO).file("a.xlsx", form("faulty")).id("1@k").bytes();
    let copies = [rewritten(&first, None), rewritten(&first, Some("new@relay.example.jp"))];
    for copy in copies {
        for (a, b) in [(&first, &copy), (&copy, &first)] {
            for (minutes, rests, crash) in [(0, false, false), (0, true, false), (300, false, true), (2, true, true)] {
                let mut desk = if rests { settling() } else { Desk::open() };
                desk.receives(a);
                if minutes > 0 {
                    desk.settles().waits(minutes);
                }
                desk.receives(b).takes_in();
                if crash {
                    desk.crashes();
                }
                desk.settles().waits(10).settles();
                assert_eq!(desk.letters(), ["corrections → hanako@kinoko.example.jp"], "{minutes} {rests}");
                assert_eq!(desk.case(1).revision, 1);
                assert!(outcomes(&desk).contains(&"twin/recorded".to_string()), "{:?}", outcomes(&desk));
                desk.balanced();
            }
        }
    }
}

#[test]
fn a_copy_of_what_is_left_in_the_inbox_is_left_there_too() {
    let mut desk = Desk::open();
    let invoice = mails::from("経理 <keiri@vendor.example.jp>")
        .subject("7月分ご請求書の件")
        .text("請求書です。\n")
        .id("i@v")
        .bytes();
    desk.receives(&invoice).receives(rewritten(&invoice, None)).settles();
    assert_eq!(outcomes(&desk), ["not-ours/not-ours", "twin/not-ours"]);
    assert_eq!(desk.in_folder(""), 2);
    desk.balanced();
}

#[test]
fn the_same_file_sent_again_hours_later_is_answered_and_the_answer_says_so() {
    for (form, said) in [("faulty", "前回と同じ内容でした（前回"), ("faulty-corrected", "前回と同じ内容でした。")]
    {
        let mut desk = Desk::open();
        let again = |id: &str, at: &'static str| {
            mails::from(HANAKO).file("a.xlsx", crate::desk::form(form)).id(id).at(at).bytes()
        };
        desk.receives(again("1@k", "2022-08-12T03:00:00Z")).settles();
        desk.waits(180).receives(again("2@k", "2022-08-12T06:00:00Z")).settles();
        let post = desk.post();
        assert_eq!(post.len(), 2);
        assert!(!post[0].text.contains("前回と同じ") && post[1].text.contains(said), "{}", post[1].text);
        assert_eq!(post[1].text.contains("修正前のファイル"), form == "faulty");
        desk.balanced();
    }
}

#[test]
fn a_forgotten_file_gets_one_letter_with_another_subject_and_a_restart_between() {
    let mut desk = settling();
    desk.receives(mails::from(HANAKO).text("自己診断を提出します。添付をご確認ください。\n").bytes()).settles();
    desk.waits(2).receives(
        mails::from(HANAKO)
            .subject("【再送】添付漏れ")
            .text("添付を忘れました。\n")
            .file("a.xlsx", form("faulty"))
            .id("2@k")
            .bytes(),
    );
    desk.takes_in().crashes().settles().waits(2).crashes().settles().waits(5).settles();
    assert_eq!(desk.letters(), ["corrections → hanako@kinoko.example.jp"]);
    desk.balanced();
}

#[test]
fn a_forgotten_file_from_the_telephone_makes_the_first_letter_needless() {
    let text = "信州きのこ工房の小林です。自己診断を提出します。添付をご確認ください。\n";
    let from_desk = || mails::from(HANAKO).text(text).bytes();
    let from_phone = || {
        mails::from("小林花子 <hana.k@docomo.example.jp>")
            .text("添付を忘れました。自己診断フォーマットです。\n")
            .file("a.xlsx", form("faulty"))
            .id("p@d")
            .bytes()
    };
    let mut desk = settling();
    desk.receives(from_desk()).settles().waits(2).receives(from_phone()).settles().waits(10).settles();
    assert_eq!(desk.letters(), ["corrections → hana.k@docomo.example.jp"]);
    assert_eq!(desk.mails()[0].outcome.as_deref(), Some("to-secretariat"), "a person hears that nothing was written");
    desk.balanced();
    // a letter that waits for approval
    let mut desk = Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"approve\""));
    desk.receives(from_desk()).settles().waits(30);
    assert_eq!(desk.letters(), ["no-workbook → hanako@kinoko.example.jp"]);
    desk.receives(from_phone().into_iter().collect::<Vec<u8>>()).settles();
    let states: Vec<String> = desk.outbox().into_iter().map(|it| format!("{} {}", it.kind, it.state)).collect();
    assert!(states.contains(&"no-workbook superseded".to_string()), "{states:?}");
    // another person of another name gets both
    let mut desk = settling();
    let other = String::from_utf8(from_phone()).unwrap().replace("hana.k@", "taro@");
    let other = other.lines().map(|it| if it.starts_with("From:") { "From: <taro@docomo.example.jp>" } else { it });
    desk.receives(from_desk())
        .settles()
        .waits(2)
        .receives(other.collect::<Vec<_>>().join("\r\n"))
        .settles()
        .waits(10)
        .settles();
    assert_eq!(desk.letters().len(), 2, "{:?}", desk.letters());
}

#[test]
fn two_companies_whose_contacts_have_one_name_are_both_answered() {
    let forgot = || {
        mails::from("総務部 <soumu@kashima-suisan.example.jp>")
            .text("自己診断を提出します。添付をご確認ください。\n")
            .bytes()
    };
    let book = || mails::from("総務部 <soumu@kinoko.example.jp>").file("a.xlsx", form("faulty")).id("b@k").bytes();
    let mut desk = settling();
    desk.receives(forgot()).settles().waits(2).receives(book()).settles().waits(10).settles();
    let mut letters = desk.letters();
    letters.sort();
    assert_eq!(letters, ["corrections → soumu@kinoko.example.jp", "no-workbook → soumu@kashima-suisan.example.jp"]);
    desk.balanced();
    // a letter that waits for approval
    let mut desk = Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"approve\""));
    desk.receives(forgot()).settles().waits(30).receives(book()).settles();
    let letters: Vec<String> = desk.outbox().into_iter().filter(|it| it.kind != "digest").map(|it| it.state).collect();
    assert_eq!(letters, ["waiting", "waiting"]);
}

/// What a vacation program without any header of RFC 3834 writes back.
fn auto(n: u32, who: &str, to: &str, subject: &str, text: &str) -> Vec<u8> {
    mails::from(who).subject(subject).text(text).replying(to).id(&format!("{n}@robot")).bytes()
}

#[test]
fn two_autoresponders_end_after_a_few_letters() {
    let mut desk = Desk::open();
    let robots = ["受付ロボット <robot@one.example.jp>", "窓口 <info@two.example.jp>"];
    for (n, who) in (0..).zip(robots) {
        let question = mails::from(who)
            .text("DX推進指標の自己診断について質問です。締切はいつですか。\n")
            .id(&format!("q{n}@robot"));
        desk.receives(question.bytes());
    }
    desk.settles();
    let mut answered = 0;
    for n in 0..10_000u32 {
        let post = desk.outbox();
        let Some(letter) = post.iter().filter(|it| it.kind != "digest").nth(answered) else { break };
        answered += 1;
        let who = robots.iter().find(|it| it.contains(&letter.recipient)).unwrap();
        // neither words nor subject are ever the same
        let text = format!(
            "{}番目のお問い合わせ、{}。自己診断について質問です。担当は誰ですか。\n",
            n,
            "ありがとう".repeat(n as usize % 7 + 1)
        );
        desk.waits(1)
            .receives(auto(
                n,
                who,
                &letter.message_id,
                &format!("自動{}でのご回答", "々".repeat(n as usize % 5)),
                &text,
            ))
            .settles();
    }
    assert!(answered <= 10, "{answered} letters");
    assert!(
        outcomes(&desk).iter().all(|it| it.starts_with("question/")),
        "each is named to people: {:?}",
        outcomes(&desk)
    );
    desk.balanced();
}

#[test]
fn a_robot_that_goes_on_without_being_answered_is_held_and_named() {
    let mut desk = Desk::open();
    for n in 0..40 {
        let text = format!(
            "受付番号 {n} でお問い合わせを受け付けました。自己診断の件は担当者より回答します。よろしいですか？\n"
        );
        let mail = mails::from("窓口 <info@two.example.jp>").subject(&format!("自己診断 #{n}")).text(&text);
        desk.waits(10).receives(mail.id(&format!("{n}@r")).bytes()).settles();
    }
    assert!(desk.letters().len() <= 1, "{:?}", desk.letters());
    assert!(desk.mails().iter().filter(|it| it.why.as_deref() == Some("nothing-new")).count() >= 39);
    assert!(desk.digest().contains("直前と同じ内容のメールが続いています"));
    desk.balanced();
}

#[test]
fn our_own_letter_and_its_words_coming_back_are_held() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let letter = desk.letter("no-workbook");
    let id = desk.outbox()[0].message_id.clone();
    // the letter itself
    let back = mails::from("情報 <info@kashima-suisan.example.jp>").text(&letter.text).id(&id).bytes();
    desk.waits(60).receives(back).settles();
    // its words, quoted and not, with nothing said
    let quoted: String = letter.text.lines().map(|it| format!("> {it}\n")).collect();
    for (n, text) in [letter.text.clone(), quoted].into_iter().enumerate() {
        let echo = mails::from("情報 <info@kashima-suisan.example.jp>").subject(&format!("Re: {}", letter.subject));
        desk.waits(60).receives(echo.text(&text).replying(&id).id(&format!("{n}@echo")).bytes()).settles();
    }
    let why: Vec<Option<String>> = desk.mails().into_iter().skip(1).map(|it| it.why).collect();
    assert_eq!(why, [Some("own-letter".to_string()), Some("echo".to_string()), Some("echo".to_string())]);
    assert_eq!(desk.letters().len(), 1);
    desk.balanced();
}

#[test]
fn a_case_gets_a_few_answers_an_hour() {
    let mut desk = Desk::open();
    desk.receives(mails::from(TARO).file("a.xlsx", filled(&[("4-2", "")])).id("0@saku").bytes()).settles();
    let letter = desk.outbox()[0].message_id.clone();
    for n in 1..12u32 {
        // each from another address of the company
        let who = format!("係 <kakari{n}@saku-mokkou.example.jp>");
        desk.waits(2)
            .receives(auto(
                n,
                &who,
                &letter,
                "Re: 自己診断",
                &format!("質問 その{n}、{}ですか。\n", "は".repeat(n as usize)),
            ))
            .settles();
    }
    assert_eq!(desk.letters().len(), 6, "{:?}", desk.letters());
    assert!(desk.mails().iter().any(|it| it.why.as_deref() == Some("case-had-enough")));
    desk.balanced();
}

#[test]
fn the_desk_rests_at_its_most_letters_an_hour_and_says_so() {
    let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 0\nletters_per_hour = 2"));
    for n in 0..4 {
        let who = format!("係 <a@company{n}.example.jp>");
        desk.receives(mails::from(&who).text("自己診断を提出します。\n").id(&format!("{n}@c")).bytes());
    }
    desk.settles();
    assert_eq!(desk.post().len(), 2);
    assert!(desk.digest().contains("1 時間の送信数が上限に達し"), "{}", desk.digest());
    desk.crashes().waits(30).settles();
    assert_eq!(desk.post().len(), 2, "a restart changes nothing");
    desk.waits(31).settles();
    assert_eq!(desk.post().len(), 4);
}

#[test]
fn a_redirected_mail_is_answered_to_its_author_only() {
    let mut desk = Desk::open();
    let mail = mails::from(HANAKO).file("a.xlsx", form("faulty")).header("Resent-From", "bank@ginkou.example.jp");
    let mail = mail.header("Resent-To", "nw@itc.or.jp").header("Resent-Reply-To", "bank@ginkou.example.jp");
    desk.receives(mail.bytes()).settles();
    assert_eq!(desk.letters(), ["corrections → hanako@kinoko.example.jp"]);
}

#[test]
fn machines_of_rfc_3834_are_never_answered() {
    for (name, value) in [
        ("Auto-Submitted", "auto-generated"),
        ("Auto-Submitted", "auto-replied; owner-email=\"a@b.example\""),
        ("Auto-Submitted", "auto-notified"),
        ("Precedence", "bulk"),
        ("Precedence", "list"),
        ("List-Id", "<a.b.example>"),
        ("List-Unsubscribe", "<mailto:x@y.example>"),
        ("Return-Path", "<>"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Autoreply", "yes"),
    ] {
        let mut desk = Desk::open();
        let mail = mails::from(HANAKO).header(name, value).file("a.xlsx", form("faulty"));
        desk.receives(mail.bytes()).settles();
        assert!(desk.letters().is_empty(), "{name}: {value}");
        desk.balanced();
    }
    for from in [
        "no-reply@k.example.jp",
        "noreply+1@k.example.jp",
        "MAILER-DAEMON@k.example.jp",
        "owner-l@k.example.jp",
        "l-request@k.example.jp",
    ] {
        let mut desk = Desk::open();
        desk.receives(mails::from(from).file("a.xlsx", form("faulty")).bytes()).settles();
        assert!(desk.letters().is_empty(), "{from}");
    }
}

#[test]
fn no_letter_goes_to_an_address_nobody_reads() {
    // a Reply-To that is confirmed, and named no-reply
    let mut desk = Desk::open();
    let mail = mails::from(HANAKO).header("Reply-To", "no-reply@kinoko.example.jp");
    let mail = mail.header("Authentication-Results", "mail.itc.example.jp; dmarc=pass header.from=kinoko.example.jp");
    desk.receives(mail.file("a.xlsx", form("faulty")).bytes()).settles();
    assert_eq!(desk.letters(), ["corrections → hanako@kinoko.example.jp"]);
    // the applicant of a web form
    let mut desk = Desk::open();
    let notice = mails::from("フォームメーラー <noreply@form.example.jp>").subject("【DX自己診断】申込み").text(
        "名前: 宮下 誠\n会社名・組織名: 株式会社安曇野テキスタイル\nメールアドレス: no-reply@azumino-tex.example.jp\n申込み地域: 長野\n",
    );
    let passes =
        "mail.itc.example.jp; spf=pass; dkim=pass header.d=form.example.jp; dmarc=pass header.from=form.example.jp";
    desk.receives(notice.header("Authentication-Results", passes).bytes()).settles();
    assert!(desk.letters().is_empty(), "{:?}", desk.letters());
    assert_eq!(desk.mails()[0].why.as_deref(), Some("unreadable-notice"));
}

#[test]
fn our_letters_carry_what_rfc_3834_asks() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).header("References", "<old@k>").id("1@k").bytes())
        .settles();
    let letter = desk.letter("corrections");
    for said in ["Auto-Submitted: auto-replied", "In-Reply-To: <1@k>", "X-Auto-Response-Suppress: All"] {
        assert!(letter.raw.contains(said), "{said}");
    }
    let references = letter.raw.split("References: ").nth(1).unwrap().split("\r\nX").next().unwrap();
    assert!(references.contains("<old@k>") && references.contains("<1@k>"), "{references}");
    assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }));
}
