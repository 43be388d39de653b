//! Mails in the words of a busy day: who writes so gets one letter that fits, or a person.

use uketsuke::desk::{case::Stage, rules::Region};

use crate::{
    desk::Desk,
    locked::zipped,
    mails,
    rounds::{TARO, filled, sends},
};

const WISHES: &str = "自己診断を提出します。オンライン希望、8/29 13:00-16:00。参加者は佐久太郎、支援は未定です。\n";
const PDF: &[u8] = b"%PDF-1.4\n%%EOF\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

/// A mail in the thread of our newest letter.
fn writes(desk: &mut Desk, n: u32, text: &str, file: Option<(&str, &[u8])>) {
    let mail = mails::from(TARO).subject("Re: 自己診断").text(text).id(&format!("w{n}@saku"));
    let newest = desk.outbox().into_iter().rfind(|it| it.kind != "digest");
    let mail = newest.into_iter().fold(mail, |mail, it| mail.replying(&it.message_id));
    let mail = file.into_iter().fold(mail, |mail, (name, bytes)| mail.file(name, bytes.to_vec()));
    desk.waits(60).receives(mail.bytes()).settles();
}

fn kinds(desk: &Desk) -> Vec<String> {
    desk.letters().iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn another_paper_in_a_complete_case_is_for_a_person() {
    for (text, name) in [
        ("お見積書をお送りします。ご確認のうえご返送をお願いいたします。\n", "見積書.pdf"),
        ("当日の参考に会社のカタログを添付いたします。アドバイザー様にお渡しください。\n", "catalogue2022.pdf"),
        ("添付の件、よろしくお願いいたします。\n", "scan0001.pdf"),
        ("会社案内を添付します。駐車場はありますか。\n", "会社案内.pdf"),
    ] {
        let mut desk = Desk::open();
        sends(&mut desk, 1, WISHES, filled(&[]));
        assert_eq!(desk.case(1).stage, Stage::Complete);
        writes(&mut desk, 2, text, Some((name, PDF)));
        assert_eq!(kinds(&desk), ["complete", "handed-over"], "{text}");
        assert!(desk.letter("handed-over").text.contains("ファイルを受け取りました"), "{text}");
        assert!(desk.to_do().contains("佐久 太郎「Re: 自己診断」"), "{}", desk.to_do());
        assert_eq!(desk.case(1).stage, Stage::Complete);
        desk.balanced();
    }
}

#[test]
fn a_form_as_pdf_in_a_complete_case_is_still_told() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[]));
    writes(&mut desk, 2, "修正した自己診断フォーマットを添付します。\n", Some(("自己診断.pdf", PDF)));
    assert_eq!(kinds(&desk), ["complete", "unreadable"]);
}

#[test]
fn a_picture_of_the_form_is_named_and_the_workbook_asked_for() {
    for (text, name) in [
        ("自己診断を提出します。\n", "自己診断.png"),
        ("自己診断フォーマットを写真で送ります。よろしくお願いします。\n", "IMG_0042.JPG"),
        ("自己診断の画面のコピーを添付します。\n", "image001.png"),
    ] {
        let mut desk = Desk::open();
        let mail = mails::from(TARO).subject("提出").text(text).file(name, PNG.to_vec());
        desk.receives(mail.bytes()).settles();
        let letter = desk.letter("unreadable");
        assert!(letter.text.contains(name) && letter.text.contains("画像のため"), "{}", letter.text);
        assert!(letter.text.contains("Excel ファイル") && !letter.text.contains("お忘れ"), "{}", letter.text);
    }
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("4-2", "")]));
    writes(&mut desk, 2, "よろしくお願いいたします。\n", Some(("自己診断2.png", PNG)));
    assert_eq!(kinds(&desk), ["corrections", "unreadable"]);
    // art of a signature is none
    let mut desk = Desk::open();
    let mail = mails::from(TARO).text("自己診断を提出します。\n").file("logo.png", PNG.to_vec());
    desk.receives(mail.bytes()).settles();
    assert_eq!(kinds(&desk), ["no-workbook"]);
}

#[test]
fn a_screenshot_beside_a_question_stays_a_question() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("4-2", "")]));
    let text = "添付の画面のように記入できないのですが、どうすればよいでしょうか。\n";
    writes(&mut desk, 2, text, Some(("スクリーンショット.png", PNG)));
    assert_eq!(kinds(&desk), ["corrections", "handed-over"]);
}

#[test]
fn a_link_within_a_sentence_is_told() {
    for (subject, text) in [
        ("自己診断の提出", "記入が終わりました。https://xgf.nu/abc をご覧いただけますでしょうか。\n"),
        ("自己診断の提出", "佐久木工です。https://drive.google.com/file/d/1AbC/view です。よろしくお願いします。\n"),
        ("ファイルの件", "自己診断はhttps://www.dropbox.com/s/abc/x.xlsx?dl=0に置きました。期限は8/20です。\n"),
        ("お世話になります", "DX自己診断のデータです→ https://12.gigafile.nu/0819-abc （ダウンロード期限 8/20）\n"),
    ] {
        let mut desk = Desk::open();
        desk.receives(mails::from(TARO).subject(subject).text(text).bytes()).settles();
        assert_eq!(kinds(&desk), ["unreadable"], "{text}");
        let letter = desk.letter("unreadable");
        assert!(
            letter.text.contains("メールに添付してお送りください") && !letter.text.contains("abc"),
            "{}",
            letter.text
        );
    }
}

#[test]
fn who_writes_as_company_and_person_is_addressed_as_the_person() {
    let mut desk = Desk::open();
    let taro = "㈱髙橋鐵工所 髙橋 <takahashi@saku-mokkou.example.jp>";
    desk.receives(mails::from(taro).bytes()).settles();
    assert_eq!(desk.case(1).company, "㈱髙橋鐵工所");
    let letter = desk.letter("no-workbook");
    let lines: Vec<&str> = letter.text.lines().map(str::trim).collect();
    assert_eq!((lines[0], lines[1]), ("㈱髙橋鐵工所", "髙橋 様"), "{}", letter.text);
    assert!(!letter.text.contains("高橋") && !letter.html.contains("高橋"));
}

#[test]
fn an_explanation_beside_the_same_book_is_progress() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("K6", ""), ("4-2", "")]));
    sends(&mut desk, 2, "K6は上場していないため該当なしです。\n", filled(&[("K6", ""), ("4-2", "")]));
    let letter = desk.letter("corrections");
    assert!(letter.text.contains("前回2件 → 今回1件"), "{}", letter.text);
    assert!(!letter.text.contains("前回と同じ内容"), "{}", letter.text);
}

#[test]
fn a_reason_in_one_mail_and_no_value_in_the_next() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("K3", ""), ("K6", "")]));
    writes(&mut desk, 2, "K3は製造を外注しているのですが、その場合はどう書けばよいでしょうか。\n", None);
    assert_eq!(kinds(&desk), ["corrections", "handed-over"]);
    writes(&mut desk, 3, "K3は該当なしでお願いします。K6は非上場ですので金額がありません。\n", None);
    assert_eq!(desk.case(1).stage, Stage::Complete, "{:?}", desk.letter("corrections").text);
    desk.balanced();
}

#[test]
fn a_reason_in_one_mail_and_no_value_in_the_next_book() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[("K3", "")]));
    writes(&mut desk, 2, "K3ですが、K3は製造をすべて外注しております。\n", None);
    assert_eq!(kinds(&desk), ["corrections", "handed-over"]);
    sends(&mut desk, 3, "記入しました。\n", filled(&[("K3", "該当なし")]));
    assert_eq!(desk.case(1).stage, Stage::Complete, "{:?}", desk.letters());
}

#[test]
fn a_region_told_with_the_company_s_name_is_not_asked_for() {
    let mut desk = Desk::open();
    let regions: Vec<Region> = desk.desk.rules.programme.regions.clone();
    assert!(regions.iter().any(|it| it.name == "茨城"));
    let text = "お世話になります。茨城の笠間陶苑です。自己診断を提出します。\n";
    desk.receives(mails::from("田村 <tamura@kasama.example.jp>").text(text).bytes()).settles();
    assert_eq!(desk.case(1).region.as_deref(), Some("茨城"));
}

#[test]
fn a_third_faulty_file_is_told_once() {
    let mut desk = Desk::open();
    for n in 1..4 {
        sends(&mut desk, n, "修正しました。\n", filled(&[("4-2", ""), ("6", &format!("2.{n}"))]));
    }
    assert_eq!(kinds(&desk), ["corrections", "corrections", "call"]);
    let lines: Vec<String> = desk.to_do().lines().filter(|it| it.contains("佐久木工")).map(str::to_owned).collect();
    assert!(matches!(lines.as_slice(), [it] if it.contains("お電話")), "{lines:?}");
    let (_, status) = desk.runs(&["status", "--json"]);
    assert!(status.contains("\"call\""), "{status}");
    // what it asks besides is told beside it
    sends(&mut desk, 4, "修正しました。費用はいくらでしょうか。\n", filled(&[("4-2", "")]));
    assert_eq!(desk.to_do().lines().filter(|it| it.contains("佐久木工")).count(), 2, "{}", desk.to_do());
}

#[test]
fn a_forgotten_password_and_a_wrong_guess_get_one_letter() {
    for text in [
        "ファイルのパスワードを失念してしまいました。saku-0001 だったと思います。\n",
        "パスワードを失念しました。パスワードは saku-0001 かもしれません。どうすればよいでしょうか。\n",
        "パスワードを忘れてしまいました。申し訳ございません。\n",
    ] {
        let mut desk = Desk::open();
        let first = "自己診断フォーマットを提出します。パスワードは別途お送りします。\n";
        let file = zipped(&filled(&[]), true, "saku-9999");
        desk.receives(mails::from(TARO).text(first).file("自己診断.zip", file).id("file@saku").bytes()).settles();
        let key = mails::from(TARO).subject("パスワードについて").text(text).id("key@saku").at("2022-08-12T04:00:00Z");
        desk.waits(10).receives(key.bytes()).settles().settles();
        assert_eq!(kinds(&desk), ["unreadable"], "{text}");
        assert!(desk.letter("unreadable").text.contains("パスワードなしで"), "{}", desk.letter("unreadable").text);
        desk.waits(60 * 72).settles();
        assert_eq!(kinds(&desk), ["unreadable"], "{text}");
        desk.balanced();
    }
}
