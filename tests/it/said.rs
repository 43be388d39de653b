//! What letters say is true of what came, and is said no more often than it helps.

use uketsuke::desk::case::Stage;

use crate::{
    desk::Desk,
    mails,
    rounds::{TARO, filled, sends},
};

const WISHES: &str = "自己診断を提出します。オンライン希望、8/29 13:00-16:00。参加者は佐久太郎、支援は未定です。\n";
const LINK: &str = "修正したファイルはこちらです。 https://1drv.ms/x/s!abc よりお願いいたします。\n";

/// A mail in the thread of our newest letter.
fn writes(desk: &mut Desk, n: u32, text: &str) {
    let mail = mails::from(TARO).subject("Re: 自己診断").text(text).id(&format!("w{n}@saku"));
    let newest = desk.outbox().into_iter().rfind(|it| it.kind != "digest");
    let mail = newest.into_iter().fold(mail, |mail, it| mail.replying(&it.message_id));
    desk.waits(90).receives(mail.bytes()).settles();
}

fn kinds(desk: &Desk) -> Vec<String> {
    desk.letters().iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect()
}

fn last(desk: &Desk) -> String {
    let letter = desk.post().pop().unwrap();
    format!("{}\n{}", letter.subject, letter.text)
}

#[test]
fn who_says_that_the_form_is_mended_and_forgets_it_is_told_so() {
    for text in [
        "お世話になっております。修正しましたので再送します。\n",
        "ご指摘の箇所を直しました。ご確認ください。\n",
        "改めてお送りします。よろしくお願いいたします。\n",
        "先日ご指摘いただいた箇所の記入が完了いたしました。\n",
        "承知いたしました。修正版です。\n",
        "ファイルが開けなかったとのことですので、再送いたします。遅れて申し訳ございません。\n",
        "記入できておりませんでした。修正しましたので再送します。8/30の午後も可能です。\n",
        "4-2を記入しました。ご査収のほどよろしくお願いいたします。\n佐久木工 佐久 TEL 0267-00-0000 FAX 0267-00-0001\n",
        "修正のうえ再提出いたします。ご確認のほどお願いいたします。\n",
    ] {
        let mut desk = Desk::open();
        sends(&mut desk, 1, WISHES, filled(&[("4-2", "")]));
        writes(&mut desk, 2, text);
        assert_eq!(kinds(&desk), ["corrections", "no-workbook"], "{text}");
        let letter = last(&desk);
        assert!(letter.contains("添付をお忘れでないか") && letter.contains("・修正した自己診断"), "{letter}");
        assert!(!desk.to_do().contains("佐久"), "{}", desk.to_do());
        desk.balanced();
    }
}

#[test]
fn what_goes_another_way_or_is_not_done_is_for_a_person() {
    for text in [
        "修正したフォーマットをFAXでお送りしました。\n",
        "修正しましたので、本日郵送いたしました。\n",
        "修正しました。貴事務局のサイトにアップロードしました。\n",
        "自己診断フォーマットは紙で提出します。\n",
        "修正しましたが、4-2がまだ記入できていません。\n",
        "修正したものは後日提出する予定です。\n",
        "担当を変更しました。\n",
    ] {
        let mut desk = Desk::open();
        sends(&mut desk, 1, WISHES, filled(&[("4-2", "")]));
        writes(&mut desk, 2, text);
        assert_eq!(desk.mails().last().unwrap().outcome.as_deref().map(|it| it == "answered"), Some(false), "{text}");
        assert!(!kinds(&desk).contains(&"no-workbook".to_owned()), "{text}");
        assert!(desk.to_do().contains("佐久"), "{text}: {}", desk.to_do());
    }
}

#[test]
fn a_promise_is_no_forgotten_file_and_thanks_stay_thanks() {
    for text in ["承知しました。修正して再提出します。\n", "承知いたしました。修正のうえ、改めてお送りします。\n"]
    {
        let mut desk = Desk::open();
        sends(&mut desk, 1, WISHES, filled(&[("4-2", "")]));
        writes(&mut desk, 2, text);
        assert_eq!(kinds(&desk), ["corrections"], "{text}");
    }
    // whose form is right has nothing to mend
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[]));
    writes(&mut desk, 2, "改めてお送りします。\n");
    assert_eq!(kinds(&desk), ["complete"]);
}

#[test]
fn a_linked_file_was_not_enclosed_and_the_letter_says_so() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("4-2", "")]));
    writes(&mut desk, 2, LINK);
    assert_eq!(last(&desk).matches("添付して").count(), 2, "{}", last(&desk));
    let first = last(&desk);
    assert!(first.contains("添付のお願い") && first.contains("リンク先にあるファイルは"), "{first}");
    assert!(!first.contains("開けませんでした") && !first.contains("お送りいただいたファイル"), "{first}");
    assert!(first.contains("添付が難しい場合は"), "it was asked for once: {first}");
    // the second one in a row is for a telephone call, as a second file that cannot be read
    writes(&mut desk, 3, &LINK.replace("abc", "def"));
    assert_eq!(kinds(&desk), ["corrections", "unreadable", "call"]);
    let call = last(&desk);
    assert!(call.contains("リンク先のファイルは、受け取ることができませんでした"), "{call}");
    assert!(!call.contains("お送りいただいたファイル") && !call.contains("開けなかったファイル"), "{call}");
    // of strangers the first letter says less, the second one more
    let mut desk = Desk::open();
    let link = |n: u32| {
        mails::from(TARO).subject("自己診断の提出").text(&LINK.replace("abc", &format!("a{n}"))).id(&format!("{n}@s"))
    };
    desk.receives(link(1).bytes()).settles();
    let first = last(&desk);
    desk.waits(90).receives(link(2).bytes()).settles();
    assert_eq!(kinds(&desk), ["unreadable", "unreadable"]);
    assert!(!first.contains("重ねて") && last(&desk).contains("重ねてのお願い"), "{}", last(&desk));
}

#[test]
fn a_letter_thanks_for_what_came() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("K6", ""), ("4-2", "")]));
    writes(&mut desk, 2, "K6は上場していないため該当なしです。\n");
    let letter = last(&desk);
    assert_eq!(kinds(&desk), ["corrections", "corrections"]);
    assert!(letter.contains("ご説明を承りました") && !letter.contains("をお送りいただき"), "{letter}");
    assert!(!letter.contains("拝見したところ") && !letter.contains("修正を確認いたしました"), "{letter}");
    writes(&mut desk, 3, "参加者：佐久太郎、佐久花子\n");
    assert!(last(&desk).contains("フォーマット」のご修正につきましては、先のお願い"), "{}", last(&desk));
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("K6", "")]));
    writes(&mut desk, 2, "K6は上場していないため該当なしです。\n");
    let letter = last(&desk);
    assert!(
        letter.contains("自己診断フォーマットを受け付けました") && letter.contains("ご説明を承りました"),
        "{letter}"
    );
    assert!(letter.contains("先にお送りいただいた") && !letter.contains("をお送りいただき"), "{letter}");
    // nothing had come that could be kept
    let mut desk = Desk::open();
    desk.receives_sample("10-application-form").settles();
    let applicant = desk.case(1).contact;
    let id = desk.outbox().into_iter().find(|it| it.kind == "materials").unwrap().message_id;
    let leaves = mails::from(&format!("{} <{}>", applicant.name, applicant.address)).replying(&id);
    desk.receives(leaves.subject("取り下げ").text("申し込みを取り下げます。よろしくお願いいたします。\n").bytes())
        .settles();
    assert_eq!(kinds(&desk), ["materials", "withdrawn"]);
    assert!(!last(&desk).contains("内容は、そのまま"), "{}", last(&desk));
    desk.reopens(1).unwrap();
    desk.settles();
    assert!(!last(&desk).contains("内容は、そのまま"), "{}", last(&desk));
}

#[test]
fn an_advisor_is_said_to_have_what_the_advisor_got() {
    for (answers, told) in [("参加者は佐久太郎、支援は未定です。", true), ("", false)] {
        let mut desk = Desk::open();
        let text = format!("自己診断を提出します。オンライン希望、8/29 13:00-16:00。{answers}\n");
        sends(&mut desk, 1, &text, filled(&[]));
        let advisor = desk.desk.rules.advisors.iter().find(|it| it.methods.len() == 2).unwrap().id.clone();
        desk.assigns(1, &advisor).unwrap();
        desk.settles();
        let letter = desk.letter("advisor-named").text;
        assert_eq!(letter.contains("アンケート"), told, "{letter}");
        assert!(!letter.contains("自己診断フォーマット"), "the order enclosed none: {letter}");
    }
}

#[test]
fn a_question_is_asked_twice_and_then_the_secretariat_s() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "自己診断を提出します。オンライン希望、8/29 13:00-16:00。\n", filled(&[]));
    writes(&mut desk, 2, "8/30の午前も可能です。\n");
    writes(&mut desk, 3, "8/31の午後も可能です。\n");
    assert_eq!(kinds(&desk), ["complete", "noted", "noted"]);
    let asked: Vec<bool> = desk.post().iter().map(|it| it.text.contains("今後希望する支援")).collect();
    assert_eq!(asked, [true, true, false], "{}", last(&desk));
    assert!(desk.to_do().contains("アンケートの未回答が 2 件"), "{}", desk.to_do());
    let (_, shown) = desk.runs(&["case", "1"]);
    assert!(shown.contains("  open     参加者"), "{shown}");
    // an answer that is a new one is open no more
    writes(&mut desk, 4, "参加者：佐久太郎\n");
    assert!(desk.to_do().contains("アンケートの未回答が 1 件"), "{}", desk.to_do());
}

#[test]
fn the_secretariat_sets_the_days_in_the_words_of_a_mail() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[]));
    let wish = |desk: &mut Desk, words: &str| {
        desk.orders(|judge, unit, now| judge.wish(unit, uketsuke::desk::case::Number(1), words, now))
    };
    let case = wish(&mut desk, "8/30 13:00-16:00, 8/31 午後 対面").unwrap();
    let days: Vec<String> = case.wishes.dates.iter().map(|it| it.start.to_string()).collect();
    assert_eq!(days, ["2022-08-30T13:00:00", "2022-08-31T13:00:00"]);
    assert_eq!(desk.case(1), case);
    assert_eq!(case.wishes.method, Some(uketsuke::desk::reading::Method::InPerson));
    assert!(desk.journal(1).contains("the secretariat sets the wishes: 2 days, complete"), "{}", desk.journal(1));
    assert_eq!(kinds(&desk), ["complete"], "nobody is written to");
    assert_eq!(wish(&mut desk, "オンライン").unwrap().wishes.dates.len(), 2, "what is not named stays");
    for (words, why) in [
        ("8/30（月）13:00-16:00", "weekday"),
        ("8/32 10:00", "8/32"),
        ("9/20 13:00-16:00", "after the end of the advice"),
        ("8/30以外", "neither a day"),
        ("よろしく", "neither a day"),
        ("8/30を8/31に変更", "tells of a change"),
        ("8/31も可能です", "tells of a change"),
        ("31日の午後", "names no month"),
    ] {
        let refused = format!("{:#}", wish(&mut desk, words).unwrap_err());
        assert!(refused.contains(why) && refused.contains("nothing was changed"), "{words}: {refused}");
    }
    assert_eq!(desk.case(1).wishes.dates, case.wishes.dates);
    // a case that only waited for days is complete with them
    let mut desk = Desk::open();
    sends(&mut desk, 1, "自己診断を提出します。\n", filled(&[]));
    assert!(matches!(desk.case(1).stage, Stage::Offering { .. }));
    wish(&mut desk, "8/30 13:00-16:00 オンライン").unwrap();
    assert_eq!(desk.case(1).stage, Stage::Complete);
    let (code, said) = desk.runs(&["wishes", "1", "よろしく"]);
    assert!(code == 2 && said.contains("neither a day that suits nor a method"), "{said}");
    let (code, said) = desk.runs(&["wishes", "1", "対面", "--json"]);
    assert!(code == 0 && said.contains("\"in-person\""), "{said}");
    let (code, said) = desk.runs(&["wishes", "1", "対面"]);
    assert!(code == 0 && said.contains("method   対面") && said.contains("8月30日（火）13:00～16:00"), "{said}");
}

#[test]
fn a_letter_that_is_true_no_more_goes_again_only_where_that_is_said() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("4-2", "")]));
    let corrections = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap().id.to_string();
    sends(&mut desk, 2, "修正しました。\n", filled(&[]));
    assert_eq!(kinds(&desk), ["corrections", "complete"]);
    let (code, said) = desk.runs(&["letters", "again", &corrections]);
    assert!(code == 2 && said.contains("is outdated") && said.contains("--outdated"), "{said}");
    assert_eq!(kinds(&desk).len(), 2);
    let complete = desk.outbox().into_iter().find(|it| it.kind == "complete").unwrap().id.to_string();
    desk.runs(&["wishes", "1", "対面"]);
    let (code, said) = desk.runs(&["letters", "again", &complete]);
    assert!(code == 2 && said.contains("days of its case"), "{said}");
    let (code, said) = desk.runs(&["letters", "again", &corrections, "--outdated"]);
    assert!(code == 0, "{said}");
    assert_eq!(kinds(&desk), ["corrections", "complete", "corrections"]);
}

#[test]
fn a_second_mailbox_of_one_person_hears_of_its_own_mail() {
    let mut desk = Desk::open();
    let other = "佐久 太郎 <taro.mobile@saku-mokkou.example.jp>";
    for (n, who) in [(1, TARO), (2, other)] {
        let mail = mails::from(who)
            .subject("自己診断の提出")
            .text("自己診断フォーマットを提出します。\n")
            .id(&format!("{n}@s"));
        desk.waits(5).receives(mail.bytes()).settles();
    }
    assert_eq!(
        desk.letters(),
        ["no-workbook → taro@saku-mokkou.example.jp", "handed-over → taro.mobile@saku-mokkou.example.jp"]
    );
    assert!(desk.to_do().contains("登録された担当者と違うアドレス"), "{}", desk.to_do());
}
