//! Stories of wishes that change, and of questionnaires that come as files.

use uketsuke::desk::{case::Stage, reading::Method};

use crate::{
    desk::{Desk, form},
    mails,
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";

/// A complete form with wishes; the desk has answered it.
fn wished(text: &str) -> Desk {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).text(text).file("自己診断.xlsx", form("complete")).bytes()).settles();
    desk
}

fn days(desk: &Desk) -> Vec<String> {
    desk.case(1).wishes.dates.iter().map(|it| it.start.strftime("%m-%d %H").to_string()).collect()
}

#[test]
fn one_day_is_changed_and_the_others_stand() {
    let mut desk = wished("オンライン希望です。第1希望 8/24 13:00-16:00、第2希望 8/26 午前、第3希望 8/30 午後\n");
    assert_eq!(days(&desk), ["08-24 13", "08-26 09", "08-30 13"]);
    let letter = desk.letter("complete");
    let id = desk.outbox()[0].message_id.clone();
    desk.waits(60).receives(
        mails::from(HANAKO)
            .subject(&format!("Re: {}", letter.subject))
            .replying(&id)
            .text("先ほどの8/24を8/25の13時からに変更してください。\n")
            .id("second@kinoko.example.jp")
            .bytes(),
    );
    desk.settles();
    assert_eq!(days(&desk), ["08-25 13", "08-26 09", "08-30 13"]);
    let noted = desk.letter("noted");
    assert!(noted.text.contains("第1希望　8月25日（木）13:00～16:00"), "{}", noted.text);
    assert!(noted.text.contains("第2希望　8月26日（金）9:00～12:00"), "{}", noted.text);
}

#[test]
fn either_method_is_an_answer_and_not_asked_again() {
    let desk = wished("アドバイス方式：どちらでも可\n候補日：8/24 13:00-16:00\n");
    let case = desk.case(1);
    assert_eq!((case.wishes.method, case.wishes.either, &case.stage), (None, true, &Stage::Complete));
    let letter = desk.letter("complete");
    assert!(letter.text.contains("対面・オンラインのどちらでも可"), "{}", letter.text);
    assert!(!letter.text.contains("アドバイス方式（対面／オンライン）をお知らせください"), "{}", letter.text);
}

#[test]
fn weekdays_are_told_as_one_wish_with_the_senders_words() {
    let desk = wished("オンラインで、平日午後でお願いします。\n");
    let case = desk.case(1);
    assert_eq!(case.wishes.method, Some(Method::Online));
    assert!(case.wishes.dates.len() > 10);
    let letter = desk.letter("complete");
    let told: Vec<&str> = letter.text.lines().filter(|it| it.contains("希望　")).collect();
    assert!(matches!(told.as_slice(), [one] if one.contains("平日午後") && one.contains("13:00～17:00")), "{told:?}");
}

#[test]
fn what_is_doubtful_is_asked_in_the_senders_words() {
    let desk = wished("オンライン希望。8/24（火）13時からでお願いします。\n");
    let letter = desk.letter("complete");
    assert!(letter.text.contains("「8/24（火）13時から」は、日付と曜日が合っていない"), "{}", letter.text);
}

#[test]
fn thanks_above_our_letter_answer_nothing_and_words_within_it_do() {
    let intros = [
        ("> ", "2022年8月10日(水) 9:30 事務局 <nw@itc.example.jp>:"),
        ("＞", "事務局 さんは書きました (2022/08/10 9:30):"),
        ("", "----- 元のメッセージ -----\n差出人：事務局 <nw@itc.example.jp>\n日時：2022年8月10日 9:30\n件名：受付"),
    ];
    for (mark, intro) in intros {
        let mut desk = wished("よろしくお願いいたします。\n");
        let letter = desk.letter("complete");
        let id = desk.outbox()[0].message_id.clone();
        let quoted: Vec<String> = letter.text.lines().map(|it| format!("{mark}{it}")).collect();
        let reply = |text: String, id_here: &str| {
            let draft = mails::from(HANAKO).subject(&format!("Re: {}", letter.subject)).replying(&id);
            draft.text(&text).id(id_here).bytes()
        };
        let thanks = format!("承知しました。ありがとうございました。\n\n{intro}\n\n{}\n", quoted.join("\n"));
        desk.waits(60).receives(reply(thanks, "thanks@kinoko.example.jp")).settles();
        assert_eq!(desk.letters(), ["complete → hanako@kinoko.example.jp"], "{intro}");
        assert!(desk.case(1).answers.is_empty(), "{intro}");
        let written: Vec<String> = quoted
            .iter()
            .flat_map(|it| {
                let asks = it.contains("・参加者") || it.contains("アドバイス方式（");
                let answer = if it.contains("・参加者") { "小林" } else { "オンライン" };
                std::iter::once(it.clone()).chain(asks.then(|| answer.to_owned()))
            })
            .collect();
        let answered = format!(
            "下記の各項目に回答を記入いたしましたので、よろしくお願いいたします。\n\n{intro}\n\n{}\n",
            written.join("\n")
        );
        desk.waits(60).receives(reply(answered, "answers@kinoko.example.jp")).settles();
        let case = desk.case(1);
        assert_eq!(case.wishes.method, Some(Method::Online), "{intro}");
        assert_eq!(case.answers.get("q3").map(String::as_str), Some("小林"), "{intro}");
        assert_eq!(desk.letters().len(), 2, "{intro}");
    }
}

#[test]
fn a_questionnaire_in_a_workbook_is_read_beside_the_form() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, (question, answer)) in [
        ("1. アドバイス方式（対面／オンライン）", "□対面　■オンライン"),
        ("2. アドバイス日時の候補", "8/24 13:00-16:00"),
        ("3. 参加者", "社長 小林"),
    ]
    .iter()
    .enumerate()
    {
        sheet.write(row as u32, 0, *question).unwrap();
        sheet.write(row as u32, 1, *answer).unwrap();
    }
    let book = book.save_to_buffer().unwrap();
    let mut desk = Desk::open();
    let mail = mails::from(HANAKO).text("提出します。\n").file("自己診断.xlsx", form("complete"));
    desk.receives(mail.file("アンケート.xlsx", book).bytes()).settles();
    let case = desk.case(1);
    assert_eq!(
        (case.wishes.method, days(&desk).as_slice()),
        (Some(Method::Online), ["08-24 13".to_owned()].as_slice())
    );
    assert_eq!(case.answers.get("q3").map(String::as_str), Some("社長 小林"));
    // what is required and was not answered is asked for in the same letter
    let letter = desk.letter("complete");
    assert!(letter.text.contains("【アンケート】") && letter.text.contains("今後希望する支援"), "{}", letter.text);
    assert!(!letter.text.contains("アンケート.xlsx"), "{}", letter.text);
}

/// A reply to the desk's newest letter, an hour later.
fn replies(desk: &mut Desk, kind: &str, text: &str, id: &str) {
    let letter = desk.letter(kind);
    let answers = desk.outbox().last().unwrap().message_id.clone();
    let mail = mails::from(HANAKO).subject(&format!("Re: {}", letter.subject)).replying(&answers);
    desk.waits(60).receives(mail.text(text).id(id).bytes()).settles();
}

#[test]
fn one_day_is_put_right_long_after() {
    for (text, want) in [
        ("先ほどの8/24は取り消し、8/25の13時でお願いします。\n", ["08-25 13", "08-26 09"]),
        ("8/24は間違いで8/25の13時です。\n", ["08-25 13", "08-26 09"]),
        ("8/24はキャンセルで、8/25の13時にお願いいたします。\n", ["08-25 13", "08-26 09"]),
        ("8/24→8/25 13時に変更\n", ["08-25 13", "08-26 09"]),
        ("8/26は8/30の午後の誤りです。失礼いたしました。\n", ["08-24 13", "08-30 13"]),
    ] {
        let mut desk = wished("オンライン希望です。第1希望 8/24 13:00-16:00、第2希望 8/26 午前\n");
        replies(&mut desk, "complete", text, "second@kinoko.example.jp");
        assert_eq!(days(&desk), want, "{text}");
        assert_eq!(desk.letters().len(), 2, "{text}");
        desk.letter("noted");
    }
}

#[test]
fn politeness_is_not_sent_to_a_person_and_a_question_is() {
    let polite = wished("提出いたします。オンライン、8/24の午後でいかがでしょうか。ご確認いただけますでしょうか。\n");
    let asking = wished("提出いたします。オンライン、8/24の午後でいかがでしょうか。費用はかかりますでしょうか。\n");
    let told = |desk: &Desk| desk.letter("complete").text.contains("ご質問");
    assert!(!told(&polite) && told(&asking), "{}\n{}", polite.letter("complete").text, asking.letter("complete").text);
    assert_eq!(days(&polite), ["08-24 13"]);
}

/// A company's question is for a person; what it takes back or answers beside it is taken in at once, and said.
#[test]
fn what_is_changed_beside_a_question_counts() {
    for (text, want, answers) in [
        ("8/24は取り消しでお願いします。なお、費用はかかりますでしょうか。\n", &["08-26 09"][..], 0),
        ("8/24ではなく8/25の13時でお願いします。なお、費用はかかりますでしょうか。\n", &["08-25 13", "08-26 09"], 0),
        ("参加者：小林 部長\nなお、費用はかかりますでしょうか。\n", &["08-24 13", "08-26 09"], 1),
    ] {
        let mut desk = wished("オンライン希望です。第1希望 8/24 13:00-16:00、第2希望 8/26 午前\n");
        replies(&mut desk, "complete", text, "second@kinoko.example.jp");
        assert_eq!(
            (days(&desk), desk.case(1).answers.len()),
            (want.iter().map(|it| it.to_string()).collect(), answers)
        );
        let noted = desk.letter("noted");
        assert!(noted.text.contains("ご質問"), "{text}: {}", noted.text);
        assert!(
            desk.to_do().contains("[0001]") && desk.to_do().contains("問い合わせ：小林花子"),
            "{text}: {}",
            desk.to_do()
        );
        desk.balanced();
    }
}

/// What a later mail says in so many words of days that are known is taken; of the others nothing is lost.
#[test]
fn single_days_are_taken_back_added_and_confirmed_and_the_others_stand() {
    for (text, want) in [
        ("24日だけ外してください。残りは変わりません。\n", &["08-26 09", "08-30 13"][..]),
        ("8/29も候補です。先日の日程はそのままでお願いします。\n", &["08-24 13", "08-26 09", "08-30 13", "08-29 09"]),
        ("26日は見送らせてください。24日と30日は大丈夫です。\n", &["08-24 13", "08-30 13"]),
        ("8/24 ○、8/26 ×、8/30 ○\n", &["08-24 13", "08-30 13"]),
        (
            "26日の午前は来客のため、26日は午後だけにしてください。他は変更なしです。\n",
            &["08-24 13", "08-26 13", "08-30 13"],
        ),
        ("第2希望を8/29に変更してください。\n", &["08-24 13", "08-29 09", "08-30 13"]),
        ("24日のみでお願いします。\n", &["08-24 13"]),
        ("候補日を以下に変更させてください。\n第1希望 8/29 午後\n第2希望 8/31 午前\n", &["08-29 13", "08-31 09"]),
    ] {
        let mut desk = wished("オンライン希望です。第1希望 8/24 13:00-16:00、第2希望 8/26 午前、第3希望 8/30 午後\n");
        replies(&mut desk, "complete", text, "second@kinoko.example.jp");
        assert_eq!(days(&desk), want, "{text}");
        desk.letter("noted");
        desk.balanced();
    }
}

/// Two hours are too few for advice: they are told back, and the same letter asks for more, once none is long enough.
#[test]
fn wishes_that_are_all_too_short_are_told_back_and_asked_about() {
    let mut desk = wished("オンライン希望です。第1希望 8/24 13:00-15:00\n");
    let letter = desk.letter("complete");
    assert!(letter.text.contains("13:00～15:00") && letter.text.contains("3 時間ほど"), "{}", letter.text);
    assert_eq!(desk.case(1).stage.name(), "offering");
    replies(&mut desk, "complete", "8/26の13時からも可能です。\n", "second@kinoko.example.jp");
    assert_eq!(days(&desk), ["08-24 13", "08-26 13"]);
    assert!(!desk.letter("noted").text.contains("3 時間ほど"));
    assert_eq!(desk.case(1).stage.name(), "complete");
    desk.balanced();
}

/// Which days such a mail takes away and which it adds is not sure: the days that are known stay, and a person reads it,
/// whether it comes by itself, with a new file, or right behind the first one.
#[test]
fn a_change_that_would_lose_a_day_nobody_named_is_read_by_a_person() {
    let known = ["08-24 13", "08-26 09", "08-30 13"];
    let first = "オンライン希望です。第1希望 8/24 13:00-16:00、第2希望 8/26 午前、第3希望 8/30 午後\n";
    let unsure = [
        "26日の午前は来客のため、できれば26日は避けたいですが、他になければ構いません。\n",
        "25日は取り消してください。30日は変わりません。\n",
        "30日を15時からに変更してください。\n",
        "8/31でお願いします。\n",
        "8/26でお願いします。\n",
    ];
    for text in unsure {
        let mut desk = wished(first);
        replies(&mut desk, "complete", text, "second@kinoko.example.jp");
        assert_eq!(days(&desk), known, "{text}");
        assert!(desk.to_do().contains("[0001]"), "{text}: {}", desk.to_do());
        desk.balanced();

        let mut desk = wished(first);
        let id = desk.outbox().last().unwrap().message_id.clone();
        let mail = mails::from(HANAKO).subject("Re: 自己診断").replying(&id).text(text);
        desk.waits(60)
            .receives(mail.file("自己診断_修正.xlsx", form("complete")).id("again@kinoko.example.jp").bytes());
        desk.settles();
        assert_eq!(days(&desk), known, "{text}");
        assert!(desk.to_do().contains("[0001]"), "{text}: {}", desk.to_do());

        let mut desk = Desk::open();
        let mail = |text: &str| mails::from(HANAKO).subject("自己診断の提出").text(text);
        desk.receives(mail(first).file("自己診断.xlsx", form("complete")).id("one@kinoko.example.jp").bytes());
        desk.receives(mail(text).id("two@kinoko.example.jp").bytes()).settles();
        assert_eq!(days(&desk), known, "{text}");
        assert!(desk.to_do().contains("[0001]"), "{text}: {}", desk.to_do());
        desk.balanced();
    }
}

/// A letter that has not gone yet and says what of the form is to be mended goes, whatever is noted after it.
#[test]
fn a_note_of_days_takes_no_waiting_correction_away() {
    let mut desk = Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"approve\""));
    let faulty = mails::from(HANAKO).text("オンライン、8/24 13時～、8/26 午前\n").file("a.xlsx", form("faulty"));
    desk.receives(faulty.id("one@kinoko.example.jp").bytes()).settles();
    let later = mails::from(HANAKO).subject("日程の件").text("8/26は都合が悪くなりました。\n");
    desk.waits(60).receives(later.id("two@kinoko.example.jp").bytes()).settles();
    let letters = desk.outbox().into_iter().filter(|it| it.kind != "digest");
    let states: Vec<String> = letters.map(|it| format!("{} {}", it.kind, it.state)).collect();
    assert_eq!(states, ["corrections waiting", "noted waiting"]);
    assert_eq!(days(&desk), ["08-24 13"]);
}

/// Who takes part, or one day, is no company that leaves.
#[test]
fn who_takes_back_a_day_or_a_person_does_not_leave_the_programme() {
    for text in ["参加者を1名辞退させていただきます。日程は変わりません。\n", "取り下げたいのは8/26のみです。\n"]
    {
        let mut desk = wished("オンライン希望です。第1希望 8/24 13:00-16:00、第2希望 8/26 午前\n");
        replies(&mut desk, "complete", text, "second@kinoko.example.jp");
        assert!(!matches!(desk.case(1).stage, Stage::Withdrawn { .. }), "{text}");
        assert!(desk.to_do().contains("[0001]"), "{text}: {}", desk.to_do());
    }
}

/// Whoever hands in for a company is not its contact before a person has said so.
#[test]
fn who_says_that_the_form_was_handed_over_by_its_company_is_held() {
    let mut desk = Desk::open();
    let text = "お取引先の小林製作所様より預かりましたので、代理でお送りします。\n";
    let mail = mails::from("三河銀行 <loan@mikawa-bank.example.jp>").subject("自己診断の提出").text(text);
    desk.receives(mail.file("a.xlsx", form("faulty")).bytes()).settles();
    assert_eq!(desk.mails()[0].why.as_deref(), Some("forwarded"));
    assert!(desk.cases().is_empty());
}

/// A day that was asked back comes to the others.
#[test]
fn the_answer_to_a_day_that_was_asked_back_replaces_none() {
    let mut desk = wished("オンライン希望です。第1希望 8/24 13:00-16:00、第2希望 8/26（月）午前\n");
    assert!(desk.letter("complete").text.contains("8/26（月）"));
    assert_eq!(days(&desk), ["08-24 13"]);
    replies(&mut desk, "complete", "失礼しました。26日（金）の午前でお願いします。\n", "second@kinoko.example.jp");
    assert_eq!(days(&desk), ["08-24 13", "08-26 09"]);
}

#[test]
fn answers_on_one_line_are_not_asked_again() {
    let desk = wished("提出します。\n参加者：小林 部長、支援：まだ決めていません、実施方法：オンライン\n");
    let letter = desk.letter("complete");
    assert!(!letter.text.contains("【アンケート】"), "{}", letter.text);
    assert!(!letter.text.contains("アドバイス方式（対面"), "{}", letter.text);
}

#[test]
fn a_place_outside_the_programme_is_told_as_outside() {
    let mut desk = Desk::open();
    let forgot = mails::from(HANAKO).subject("自己診断の提出").text("自己診断を添付いたします。\n");
    desk.receives(forgot.bytes()).settles();
    assert!(desk.letter("no-workbook").text.contains("地域"), "{}", desk.letter("no-workbook").text);
    replies(&mut desk, "no-workbook", "東京です。\n", "tokyo@kinoko.example.jp");
    let noted = desk.letter("noted");
    assert!(noted.text.contains("「東京都」") && !noted.text.contains("どちらの地域"), "{}", noted.text);
    replies(&mut desk, "noted", "失礼しました。工場がつくば市ですので茨城県です。\n", "ibaraki@kinoko.example.jp");
    assert_eq!(desk.case(1).region.as_deref(), Some("茨城"));
}
