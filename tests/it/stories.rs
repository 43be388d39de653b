//! Stories over the folder ports, with a clock turned by hand.

use uketsuke::desk::case::Stage;

use crate::{
    desk::{Desk, dying_readers, form, sample},
    mails,
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";

#[test]
fn a_company_mends_its_form_gets_thanked_and_an_advisor() {
    let mut desk = Desk::open();
    desk.receives_sample("02-gmail-faulty").settles();
    let first = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap();
    desk.waits(60).receives(
        mails::from(HANAKO)
            .subject(&format!("Re: {}", first.subject))
            .replying(&first.message_id)
            .text("修正しました。オンライン希望です。8/29の午後か8/31の午前でお願いします。\n")
            .file("修正版.xlsx", form("faulty-corrected"))
            .id("second@kinoko.example.jp")
            .bytes(),
    );
    desk.settles();
    let case = desk.case(1);
    assert_eq!((case.stage.clone(), case.revision), (Stage::Complete, 2));
    let letter = desk.letter("complete");
    assert!(letter.text.contains("修正を確認いたしました") && letter.text.contains("4-2 KPI"), "{}", letter.text);
    let threads = format!("References: <{}> <second@kinoko.example.jp>", first.message_id);
    let unfolded = letter.raw.replace("\r\n ", " ").replace("\r\n\t", " ");
    assert!(unfolded.contains(&threads) && unfolded.contains("In-Reply-To: <second@kinoko.example.jp>"), "{unfolded}");
    desk.assigns(1, "nakajima").unwrap_or_else(|_| {
        let id = desk.desk.rules.advisors[0].id.clone();
        desk.assigns(1, &id).unwrap();
    });
    desk.settles();
    assert!(matches!(desk.case(1).stage, Stage::Proposed { .. }));
    assert_eq!(desk.letters().len(), 4, "{:?}", desk.letters());
    desk.balanced();
}

#[test]
fn the_next_correction_says_what_is_mended_and_what_is_left() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("no-quantitative")).bytes()).settles();
    desk.waits(5).receives(mails::from(HANAKO).file("a.xlsx", faulty_kasumi()).id("2@k").bytes()).settles();
    let case = desk.case(1);
    assert_eq!(case.revision, 2);
    let letter = desk.letter("corrections");
    assert!(letter.text.contains("修正を確認いたしました"), "{}", letter.text);
    assert!(letter.text.contains("製品開発スピード"));
}

/// The faulty form, said to be of the company of `no-quantitative`.
fn faulty_kasumi() -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(form("faulty"))).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for n in 0..from.len() {
        let mut entry = from.by_index(n).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name == "xl/sharedStrings.xml" {
            bytes =
                String::from_utf8(bytes).unwrap().replace("信州きのこ工房株式会社", "株式会社かすみ運輸").into_bytes();
        }
        to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(&bytes).unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn wishes_that_come_later_complete_the_case() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).bytes()).settles();
    assert!(matches!(desk.case(1).stage, Stage::Offering { .. }));
    let letter = desk.letter("complete");
    assert!(letter.text.contains("空いております"), "free slots are offered: {}", letter.text);
    let answer = mails::from(HANAKO)
        .subject(&format!("Re: {}", letter.subject))
        .replying(&desk.outbox()[0].message_id.clone())
        .text("オンラインで、8/24 13:00-16:00 を希望します。\n");
    desk.waits(5).receives(answer.id("2@k").bytes()).settles();
    assert_eq!(desk.case(1).stage, Stage::Complete);
    assert!(desk.letter("noted").text.contains("8月24日（水）13:00～16:00"));
    desk.balanced();
}

#[test]
fn a_submission_joins_the_application_of_its_sender() {
    let mut desk = Desk::open();
    desk.receives_sample("10-application-form").settles();
    desk.receives(mails::from("宮下 誠 <miyashita@azumino-tex.example.jp>").text("提出します。\n").id("m@a").bytes())
        .settles();
    assert_eq!(desk.cases().len(), 1);
    assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }));
    assert!(desk.letter("no-workbook").subject.contains("受付番号 0001"));
}

#[test]
fn the_same_mail_twice_is_one_mail() {
    let mut desk = Desk::open();
    desk.receives_sample("01-outlook-complete").receives_sample("01-outlook-complete").settles();
    assert_eq!(desk.letters().len(), 1);
    desk.waits(60).receives_sample("01-outlook-complete").settles();
    assert_eq!(desk.letters().len(), 1);
    desk.balanced();
}

#[test]
fn a_second_mail_within_the_settling_time_joins_the_first() {
    let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 3"));
    let hanako = || mails::from(HANAKO);
    desk.receives(
        hanako().text("自己診断を提出します。オンライン希望、8/29 13:00-16:00。添付を忘れたらすみません。\n").bytes(),
    )
    .settles();
    assert!(desk.letters().is_empty(), "it rests first");
    desk.waits(1).receives(
        hanako().text("添付を忘れました。再送します。\n").file("a.xlsx", form("faulty-corrected")).id("2@k").bytes(),
    );
    desk.settles().waits(3).settles();
    assert_eq!(desk.letters(), ["complete → hanako@kinoko.example.jp"]);
    assert_eq!(desk.case(1).stage, Stage::Complete, "the wishes of the first mail are not lost");
    assert!(desk.mails().iter().all(|it| it.state == "decided"));
    desk.waits(10).settles();
    assert_eq!(desk.letters().len(), 1);
    desk.balanced();
}

#[test]
fn in_approve_mode_letters_wait_and_only_the_digest_goes() {
    let mut desk = Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"approve\""));
    desk.receives_sample("01-outlook-complete").settles();
    assert_eq!(desk.post().len(), 0);
    let letter = desk.outbox().into_iter().find(|it| it.kind == "complete").unwrap();
    assert_eq!(letter.state, "waiting");
    assert!(desk.digest().contains("承認を待っている手紙が 1 通"));
    assert!(desk.desk.store.approve(letter.id, desk.now).unwrap());
    assert!(!desk.desk.store.approve(letter.id, desk.now).unwrap(), "once is enough");
    desk.settles();
    assert_eq!(desk.post().len(), 1);
}

#[test]
fn in_off_mode_nothing_goes_not_even_the_digest() {
    let mut desk = Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"off\""));
    desk.receives_sample("01-outlook-complete").settles();
    assert!(desk.outbox().iter().all(|it| it.state != "sent"));
    assert!(
        !desk.dir.join("letters").exists() || std::fs::read_dir(desk.dir.join("letters")).unwrap().next().is_none()
    );
}

#[test]
fn a_reply_to_our_letter_from_a_stranger_is_held() {
    let mut desk = Desk::open();
    desk.receives_sample("02-gmail-faulty").settles();
    let letter = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap();
    let stranger = mails::from("別人 <x@elsewhere.example.jp>")
        .replying(&letter.message_id)
        .file("a.xlsx", form("faulty-corrected"));
    desk.receives(stranger.bytes()).settles();
    assert_eq!(desk.letters().len(), 1, "{:?}", desk.letters());
    assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }), "the case is untouched");
    let held = desk.mails().into_iter().find(|it| it.outcome.as_deref() == Some("held")).unwrap();
    assert_eq!(held.why.as_deref(), Some("other-address"));
    assert!(desk.digest().contains("返信を保留したメール"));
    desk.balanced();
}

#[test]
fn a_colleague_at_the_same_company_may_speak_in_the_thread() {
    let mut desk = Desk::open();
    desk.receives_sample("02-gmail-faulty").settles();
    let letter = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap();
    let colleague = mails::from("山田 <yamada@kinoko.example.jp>")
        .replying(&letter.message_id)
        .file("a.xlsx", form("faulty-corrected"));
    desk.receives(colleague.bytes()).settles();
    assert_eq!(desk.cases().len(), 1);
    assert_eq!(desk.letters().last().unwrap(), "complete → yamada@kinoko.example.jp");
}

#[test]
fn a_workbook_of_another_company_opens_another_case_or_is_held() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    desk.receives(mails::from(HANAKO).file("b.xlsx", form("complete-2")).id("2@k").bytes()).settles();
    assert_eq!(desk.cases().len(), 2, "one consultant, two companies");
    let letter = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap();
    desk.receives(mails::from(HANAKO).replying(&letter.message_id).file("c.xlsx", form("complete")).id("3@k").bytes())
        .settles();
    assert_eq!(desk.cases().len(), 2);
    assert!(desk.mails().iter().any(|it| it.outcome.as_deref() == Some("held")));
}

#[test]
fn a_colleague_without_the_thread_joins_by_company_and_domain() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let vouched = "mail.itc.example.jp; dmarc=pass header.from=kinoko.example.jp";
    let colleague = mails::from("山田 <yamada@kinoko.example.jp>").file("b.xlsx", form("faulty-corrected"));
    desk.receives(colleague.header("Authentication-Results", vouched).bytes()).settles();
    assert_eq!(desk.cases().len(), 1);
    assert_eq!(desk.letters().last().unwrap(), "complete → yamada@kinoko.example.jp");
    let elsewhere = mails::from("誰か <who@gmail.com>").file("b.xlsx", form("faulty-corrected"));
    desk.receives(elsewhere.id("3@g").bytes()).settles();
    assert_eq!(desk.cases().len(), 1, "a mail provider's domain is no company: a person says whose it is");
    assert!(desk.digest().contains("受付番号 0001 の件と思われます"), "{}", desk.digest());
}

#[test]
fn a_flood_of_applications_for_one_address_is_held() {
    let mut desk = Desk::open();
    let notice = String::from_utf8(sample("10-application-form")).unwrap();
    for n in 0..8 {
        let another = notice.replace("10-application-form@", &format!("{n}-application-form@"));
        desk.receives(another.replace("18:22:00", &format!("18:22:0{n}")));
    }
    desk.settles();
    assert_eq!(desk.letters().len(), 5);
    assert_eq!(desk.cases().len(), 1);
    desk.balanced();
}

#[test]
fn a_forged_sender_is_held() {
    let mut desk = Desk::open();
    let forged = "mail.itc.example.jp; dmarc=fail header.from=kinoko.example.jp";
    desk.receives(mails::from(HANAKO).header("Authentication-Results", forged).file("a.xlsx", form("faulty")).bytes())
        .settles();
    assert!(desk.letters().is_empty());
    let [mail] = desk.mails().try_into().unwrap_or_else(|it| panic!("{it:?}"));
    assert_eq!((mail.outcome.as_deref(), mail.why.as_deref()), (Some("held"), Some("forged")));
    assert!(desk.cases().is_empty(), "what it brings is not taken in");
    assert_eq!(desk.in_folder(".要確認"), 1);
    desk.balanced();
}

#[test]
fn a_bounce_that_names_a_letter_of_ours_marks_its_address() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let letter = desk.outbox().into_iter().find(|it| it.kind == "no-workbook").unwrap();
    let bounce = String::from_utf8(sample("09-bounce")).unwrap();
    let bounce = bounce
        .replace("annai-0002@itc.example.jp", &letter.message_id)
        .replace("keiri@suwa-lens.example.jp", &letter.recipient);
    desk.receives(bounce).settles();
    assert_eq!(desk.letters().len(), 1, "a bounce is never answered");
    let digest = desk.digest();
    assert!(
        digest.contains("宛先に届きません：info@kashima-suisan.example.jp") && digest.contains("[0001]"),
        "{digest}"
    );
    desk.balanced();
}

#[test]
fn machines_lists_and_strangers_business_get_nothing() {
    let mut desk = Desk::open();
    let newsletter = mails::from("News <news@shop.example.jp>")
        .subject("今月のキャンペーン")
        .text("お得な情報です。配信停止はこちら\n");
    desk.receives(newsletter.header("List-Unsubscribe", "<mailto:x@shop.example.jp>").bytes());
    desk.receives(
        mails::from("経理 <keiri@vendor.example.jp>")
            .subject("7月分ご請求書の件")
            .text("請求書をお送りします。\n")
            .id("i@v")
            .bytes(),
    );
    desk.receives(
        mails::from("太郎 <taro@friend.example.jp>")
            .subject("お久しぶりです")
            .text("来週飲みに行きましょう。\n")
            .id("t@f")
            .bytes(),
    );
    desk.settles();
    assert!(desk.letters().is_empty(), "{:?}", desk.letters());
    assert_eq!(desk.in_folder("."), 3, "what is not the programme's stays in the inbox");
    desk.balanced();
}

#[test]
fn two_desks_that_answer_each_other_stop() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).text("自己診断を提出します。\n").bytes()).settles();
    for n in 0..12 {
        // A robot that strips every header and sends our own words back.
        let letter = desk.post().last().map(|it| it.text.clone()).unwrap_or_default();
        let robot = mails::from(HANAKO).subject("自己診断の提出").text(&letter).id(&format!("robot-{n}@k"));
        desk.waits(1).receives(robot.bytes()).settles();
    }
    assert!(desk.letters().len() <= 5, "{:?}", desk.letters());
    desk.waits(24 * 60);
    desk.balanced();
}

#[test]
fn a_file_that_cannot_be_read_is_answered_with_what_to_do() {
    let cut: Vec<u8> = form("complete")[..100_000].to_vec();
    for (name, bytes, said) in [
        ("自己診断.pdf", b"%PDF-1.4 ...".to_vec(), "PDF"),
        ("自己診断.xlsx", cut, "壊れているか"),
        ("自己診断.xlsx", Vec::new(), "0 バイト"),
    ] {
        let mut desk = Desk::open();
        desk.receives(mails::from(HANAKO).file(name, bytes).bytes()).settles();
        assert_eq!(desk.letters(), ["unreadable → hanako@kinoko.example.jp"], "{name}");
        let letter = desk.letter("unreadable");
        assert!(letter.text.contains(said) && letter.text.contains(name), "{}", letter.text);
        assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }));
        desk.balanced();
    }
}

#[test]
fn a_blank_form_is_told_in_one_sentence() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("blank")).bytes()).settles();
    let letter = desk.letter("corrections");
    assert!(letter.text.contains("現在の値がすべて空欄でした"));
    assert!(letter.text.lines().count() < 60, "{}", letter.text);
}

#[test]
fn a_mail_that_kills_its_reader_is_set_aside_and_delays_nobody() {
    let mut desk = Desk::open();
    let rules = desk.desk.rules.clone();
    desk.desk.readers = dying_readers(&rules);
    desk.receives_sample("05-forgot-attachment").settles();
    let mail = desk.mails().pop().unwrap();
    assert_eq!(mail.state, "set-aside");
    desk.crashes().receives_sample("06-question").settles();
    assert_eq!(desk.letters(), ["handed-over → sato@ueda-bousai.example.jp"]);
    assert!(desk.digest().contains("読み取れず取り置いたメール"), "{}", desk.digest());
    assert_eq!(desk.in_folder(".要確認"), 2);
    desk.balanced();
}

#[test]
fn without_a_reader_mails_wait_and_none_is_condemned() {
    let mut desk = Desk::open();
    let rules = desk.desk.rules.clone();
    desk.receives_sample("05-forgot-attachment").receives_sample("06-question");
    // none, one that ends at once (it wants another libc), one of another version
    for script in ["", "exit 1", "printf '\\0\\0\\0\\016uketsuke 0.0.1'; sleep 1"] {
        let program = if script.is_empty() { "/no/such/program" } else { "/bin/sh" };
        desk.desk.readers = uketsuke::ports::reader::Readers::new(program.into(), &["-c", script], &rules, 1).unwrap();
        for _ in 0..4 {
            let error = desk.tries_to_settle().unwrap_err().to_string();
            assert!(error.contains("no reader can be started"), "{script}: {error}");
        }
    }
    assert!(desk.mails().iter().all(|it| it.state == "kept"));
    desk.crashes().settles();
    assert_eq!(desk.letters().len(), 2);
}

#[test]
fn mails_days_apart_are_not_joined_when_they_are_taken_together() {
    let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 3"));
    let asks = mails::from(HANAKO)
        .subject("質問です")
        .text("8番以降は誰が答えればよいでしょうか。\n")
        .at("2022-08-03T03:00:00Z");
    desk.receives(asks.id("q@k").bytes());
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).bytes());
    desk.settles().waits(4).settles();
    assert_eq!(desk.letters(), ["handed-over → hanako@kinoko.example.jp", "complete → hanako@kinoko.example.jp"]);
    assert!(desk.digest().contains("問い合わせ"), "{}", desk.digest());
}

#[test]
fn a_question_and_another_companys_book_are_never_joined() {
    let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 3"));
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).bytes());
    desk.receives(mails::from(HANAKO).file("b.xlsx", form("complete-2")).id("2@k").at("2022-08-12T03:01:00Z").bytes());
    let asks = mails::from(HANAKO).subject("質問です").text("締切はいつでしょうか。\n").at("2022-08-12T03:02:00Z");
    desk.receives(asks.id("3@k").bytes());
    desk.settles().waits(4).settles();
    assert_eq!(desk.cases().len(), 2);
    assert_eq!(desk.letters().len(), 3, "{:?}", desk.letters());
}

#[test]
fn a_reply_to_at_a_mail_provider_is_not_followed() {
    let mut desk = Desk::open();
    let tricky =
        mails::from("小林 <hanako@gmail.com>").header("Reply-To", "evil@gmail.com").file("a.xlsx", form("faulty"));
    desk.receives(tricky.bytes()).settles();
    assert_eq!(desk.letters(), ["corrections → hanako@gmail.com"]);
}

#[test]
fn a_question_beside_a_submission_is_answered_by_a_person() {
    let mut desk = Desk::open();
    let asks = "自己診断を提出します。\n時価総額は上場していない場合、どう書けばよいでしょうか。\n";
    desk.receives(mails::from(HANAKO).text(asks).file("a.xlsx", form("faulty-corrected")).bytes()).settles();
    assert!(desk.letter("complete").text.contains("いただいたご質問"), "{}", desk.letter("complete").text);
    assert!(desk.digest().contains("提出のメール：小林花子"), "{}", desk.digest());
    assert_eq!(desk.in_folder(".要確認"), 1);
}

#[test]
fn a_file_name_used_again_is_another_mail() {
    let mut desk = Desk::open();
    std::fs::write(desk.dir.join("inbox/new/test.eml"), sample("06-question")).unwrap();
    desk.settles();
    std::fs::write(desk.dir.join("inbox/new/test.eml"), sample("05-forgot-attachment")).unwrap();
    desk.settles();
    assert_eq!(desk.letters().len(), 2);
    std::fs::write(desk.dir.join("inbox/new/test.eml"), sample("05-forgot-attachment")).unwrap();
    desk.settles();
    assert_eq!(desk.letters().len(), 2, "the same mail put back is filed again, not answered again");
    desk.balanced();
}

#[test]
fn one_mail_by_two_ways_is_one_mail() {
    let mut desk = Desk::open();
    let mail = mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes();
    let other_way = [
        b"Received: from alias.example.jp by mail.example.jp; Fri, 12 Aug 2022 12:05:00 +0900\r\n".to_vec(),
        mail.clone(),
    ]
    .concat();
    desk.receives(mail).receives(other_way).settles();
    assert_eq!(desk.letters().len(), 1);
    assert_eq!(desk.case(1).revision, 1);
    desk.balanced();
}

#[test]
fn of_two_waiting_answers_only_the_newer_can_go() {
    let mut desk = Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"approve\""));
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    desk.waits(5).receives(mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).id("2@k").bytes()).settles();
    let states: Vec<(String, String)> =
        desk.outbox().into_iter().filter(|it| it.kind != "digest").map(|it| (it.kind, it.state)).collect();
    let is = |kind: &str, state: &str| (kind.to_string(), state.to_string());
    assert_eq!(states, [is("corrections", "superseded"), is("complete", "waiting")]);
}

#[test]
fn the_region_is_taken_from_an_answer_to_our_question() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    assert!(desk.letter("no-workbook").text.contains("お申し込みの地域"), "{}", desk.letter("no-workbook").text);
    let answer = mails::from("鹿島水産（株） <info@kashima-suisan.example.jp>")
        .subject("Re: 地域について")
        .text("地域は茨城県です。\n");
    let answer = answer.replying(&desk.outbox()[0].message_id).id("2@k").bytes();
    desk.waits(5).receives(answer).settles();
    assert_eq!(desk.case(1).region.as_deref(), Some("茨城"));
}

#[test]
fn a_day_chosen_from_our_offers_means_the_hours_we_offered() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).bytes()).settles();
    let Stage::Offering { slots } = desk.case(1).stage else { panic!("{:?}", desk.case(1).stage) };
    let day = slots[1].start;
    let text = format!("オンライン希望です。ご提示の日程のうち、{}/{}でお願いします。\n", day.month(), day.day());
    let answer = mails::from(HANAKO).text(&text).subject("Re: 日程").replying(&desk.outbox()[0].message_id.clone());
    desk.waits(5).receives(answer.id("2@k").bytes()).settles();
    assert_eq!(desk.case(1).wishes.dates[0].start, day);
    assert_eq!(desk.case(1).wishes.dates[0].end, slots[1].end);
}

#[test]
fn thanks_below_our_quoted_letter_need_no_answer() {
    let mut desk = Desk::open();
    desk.receives_sample("01-outlook-complete").settles();
    let letter = desk.letter("complete");
    let quote: String = letter.text.lines().map(|it| format!("> {it}\n")).collect();
    let thanks = mails::from("鈴木 一郎 <suzuki@hitachi-seiko.example.jp>")
        .subject(&format!("Re: {}", letter.subject))
        .text(&format!(
            "承知しました。ありがとうございます。\n\n2022年8月12日(金) 17:00 DX自己診断 事務局 <nw@itc.or.jp>:\n{quote}"
        ))
        .replying(&desk.outbox()[0].message_id);
    desk.waits(5).receives(thanks.bytes()).settles();
    assert_eq!(desk.letters().len(), 1, "{:?}", desk.letters());
}

#[test]
fn a_wrong_workbook_is_said_to_be_one() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write(0, 0, "見積書").unwrap();
    let quotation = book.save_to_buffer().unwrap();
    let mut desk = Desk::open();
    let first = mails::from(HANAKO).subject("自己診断フォーマットの提出").text("自己診断フォーマットを提出します。\n");
    desk.receives(first.file("見積書.xlsx", quotation.clone()).bytes()).settles();
    assert!(desk.letter("unreadable").text.contains("お間違えでないか"), "{}", desk.letter("unreadable").text);
    let again =
        mails::from(HANAKO).subject("Re: 添付ファイル").text("Excelで送ります。\n").file("見積書.xlsx", quotation);
    let again = again.replying(&desk.outbox()[0].message_id).id("2@k").bytes();
    desk.waits(5).receives(again).settles();
    assert_eq!(desk.letters().last().unwrap(), "unreadable → hanako@kinoko.example.jp");
}

#[test]
fn an_old_carriers_address_is_written_to() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).text("自己診断を提出します。\n").bytes());
    let raw = String::from_utf8(
        mails::from("x <hana.sakura@docomo.ne.jp>").text("自己診断を提出します。\n").id("d@d").bytes(),
    )
    .unwrap();
    desk.receives(raw.replace("x <hana.sakura@docomo.ne.jp>", "hana..sakura@docomo.ne.jp").replace("\"x\" <", "<"))
        .settles();
    assert_eq!(desk.letters().len(), 2, "{:?} {:?}", desk.letters(), desk.mails());
}

#[test]
fn a_workbook_from_a_machine_is_held() {
    let mut desk = Desk::open();
    desk.receives(
        mails::from(HANAKO).header("Auto-Submitted", "auto-generated").file("a.xlsx", form("faulty")).bytes(),
    )
    .settles();
    assert!(desk.letters().is_empty());
    assert_eq!(desk.in_folder(".要確認"), 1);
}

#[test]
fn one_digest_a_day_whatever_the_clock_does_even_when_nothing_happened() {
    let mut desk = Desk::open();
    desk.settles();
    let digests = |desk: &Desk| desk.outbox().iter().filter(|it| it.kind == "digest").count();
    assert_eq!(digests(&desk), 1, "at 17:00 the hour of the day has come");
    desk.waits(60).settles().waits(-600).settles().crashes().settles();
    assert_eq!(digests(&desk), 1);
    desk.waits(600 + 14 * 60).settles();
    assert_eq!(digests(&desk), 2, "the next morning");
}

#[test]
fn what_is_older_than_since_is_seen_and_not_taken() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).at("2022-06-30T03:00:00Z").file("a.xlsx", form("faulty")).bytes()).settles();
    assert!(desk.letters().is_empty() && desk.mails().is_empty());
    assert!(desk.digest().contains("対象外"));
    desk.balanced();
}

#[test]
fn only_a_complete_case_can_be_assigned_and_only_once() {
    let mut desk = Desk::open();
    desk.receives_sample("02-gmail-faulty").receives_sample("01-outlook-complete").settles();
    let id = desk
        .desk
        .rules
        .advisors
        .iter()
        .find(|it| it.methods.contains(&uketsuke::desk::reading::Method::Online))
        .unwrap()
        .id
        .clone();
    let complete = desk.cases().into_iter().find(|it| it.stage == Stage::Complete).unwrap().number.0;
    let correcting = 3 - complete;
    assert!(desk.assigns(correcting, &id).unwrap_err().to_string().contains("only a complete one"));
    assert!(desk.assigns(complete, "nobody").unwrap_err().to_string().contains("no such advisor"));
    desk.assigns(complete, &id).unwrap();
    assert!(desk.assigns(complete, &id).unwrap_err().to_string().contains("already"));
}

#[test]
fn after_the_assignment_a_new_submission_is_a_persons_business() {
    let mut desk = Desk::open();
    desk.receives_sample("01-outlook-complete").settles();
    let id = desk
        .desk
        .rules
        .advisors
        .iter()
        .find(|it| it.methods.contains(&uketsuke::desk::reading::Method::Online))
        .unwrap()
        .id
        .clone();
    desk.assigns(1, &id).unwrap();
    let again = mails::from("鈴木 一郎 <suzuki@hitachi-seiko.example.jp>").file("a.xlsx", form("gaps"));
    desk.waits(60).receives(again.at("2022-08-12T08:30:00Z").bytes()).settles();
    assert!(matches!(desk.case(1).stage, Stage::Proposed { .. }));
    assert_eq!(desk.case(1).revision, 2, "it is kept all the same");
    assert_eq!(desk.letters().last().unwrap(), "handed-over → suzuki@hitachi-seiko.example.jp");
}

#[test]
fn hostile_words_stay_words() {
    let mut desk = Desk::open();
    let evil = "\"<script>alert(1)</script>{{desk}} =cmd\" <hanako@kinoko.example.jp>";
    desk.receives(mails::from(evil).text("自己診断を提出します。\n").bytes()).settles();
    let letter = desk.letter("no-workbook");
    assert!(!letter.html.contains("<script>") && letter.html.contains("&lt;script&gt;"), "{}", letter.html);
    assert!(letter.text.contains("{{desk}}"), "a sender's words are no template");
    let digest = desk.desk.digest(desk.now).unwrap();
    assert!(!digest.html.contains("<script>"));
}
