//! What a mail is: the samples, and the mails that are easily taken for something else.

use super::{Class, SAMPLES, class_of, classed, form, mail, read, sample, text_mail, with_files};

#[test]
fn samples_are_classed() {
    let expected = [
        Class::Submission,
        Class::Submission,
        Class::Submission,
        Class::Submission,
        Class::Submission,
        Class::Question,
        Class::AutoReply,
        Class::Submission,
        Class::Bounce,
        Class::Application,
    ];
    for (name, class) in SAMPLES.iter().zip(expected) {
        assert_eq!(class_of(&sample(name), false, false), class, "{name}");
    }
}

#[test]
fn strangers() {
    use Class::{NotOurs, Password, Question, Submission};
    let cases = [
        ("自己診断の提出", "提出します。", Submission),
        ("自己診断フォーマット送付", "佐藤です。よろしくお願いいたします。", Submission),
        ("書類の件", "自己診断フォーマットを添付いたしますのでご確認ください。", Submission),
        ("【提出】自己診断", "お世話になっております。", Submission),
        ("Re: 自己診断について", "自己診断をお送りします。オンラインは可能でしょうか？", Submission),
        ("自己診断の提出について", "自己診断はいつまでに提出すればよいでしょうか。", Question),
        ("自己診断の提出期限", "提出期限を教えてください。", Question),
        ("自己診断", "来週提出する予定です。", Question),
        ("お世話になります", "先日自己診断を提出しましたが、届いていますでしょうか。", Question),
        ("質問です", "IT部門がない場合、8番以降は誰が答えればよいでしょうか。", Question),
        ("お尋ね", "担当の方はどなたでしょうか。", Question),
        ("はじめまして", "説明会に出ていませんが申込はできますか", Question),
        ("お見積りのご依頼", "見積書をお送りいただけますか。", NotOurs),
        ("DX推進のご提案", "弊社サービスのご案内です。配信停止はこちら。ご興味はありますか？", NotOurs),
        ("DX推進指標の自己診断を支援します", "弊社ではDX推進指標の導入事例が多数。無料相談はこちら。", NotOurs),
        ("8月分ご請求書の送付", "請求書を送付いたします。ご査収ください。", NotOurs),
        ("お問い合わせありがとうございます", "弊社窓口です。", NotOurs),
        ("夏祭りのお知らせ", "8月20日に行います。", NotOurs),
        ("夏季休業のお知らせ", "8/11から8/16まで休業します。", NotOurs),
        ("質問", "弊社ではログインできません。パスワードを教えてください。", Question),
        ("Re: DX自己診断のご案内", "添付のとおり提出します。", Submission),
        ("自動返信が届きません（診断）", "自己診断を送付しましたが自動返信メールが届きません。", Question),
        ("自己診断", "自己診断を提出いたしましたところ、何も返ってきません。届いていますか。", Question),
        ("自己診断", "自己診断を添付しましたが、一部未記入です。", Submission),
        ("【パスワード】自己診断フォーマットのご提出", "本田です。\nパスワードは momo-71 です。", Password),
        ("自己診断フォーマット送付", "先ほどお送りした自己診断のパスワードを送付いたします。\nsumomo-5", Password),
        ("Re: 自己診断の提出", "開封PW：Ume_0810\nよろしくお願いいたします。", Password),
        ("自己診断の提出", "自己診断を添付いたします。\nパスワードは anzu-33 です。", Submission),
        ("自己診断の提出", "パスワードは biwa-20 です。開けますでしょうか。", Question),
        ("Lunch?", "See https://example.com/?a=b", NotOurs),
    ];
    for (subject, text, class) in cases {
        assert_eq!(class_of(&text_mail(subject, text), false, false), class, "{subject}: {text}");
    }
}

#[test]
fn contacts() {
    use Class::{Answers, Courtesy, Question, Submission, Withdrawal};
    let cases = [
        ("Re: 受付番号", "承知いたしました。よろしくお願いいたします。", false, Courtesy),
        (
            "Re: 自己診断の提出について",
            "ありがとうございます。確認しました。\n\n> 質問はありますか？\n> 提出します",
            false,
            Courtesy,
        ),
        ("Re: 受付", "ありがとうございます。特に質問はありません。", false, Courtesy),
        ("Re: 受付", "お世話になっております。\n了解しました。\n-- \n佐藤\nhttps://example.jp/?x", false, Courtesy),
        ("Re: 受付", "ありがとうございます。目標の欄は空欄でもよいでしょうか。", false, Question),
        ("Re: 受付", "申し訳ありませんが、参加を辞退します。よろしくお願いします。", false, Withdrawal),
        ("Re: 受付", "お世話になります。8/24の件は急に都合が悪くなりました。よろしくお願いします。", false, Question),
        ("Re: 受付", "ありがとうございます。弊社の社長がどうしても同席したいと言っております。", false, Question),
        ("Re: 受付", "5. 説明会は参考になりましたか： 4\n6. お困りのことはありますか： 人が足りない", true, Answers),
        ("Re: 受付", "担当が異動になりました。", false, Question),
        ("Re: 受付", "8月24日(水)13時でお願いします。", true, Answers),
        ("Re: 受付", "8月24日13時からでいかがでしょうか。よろしくお願いします。", true, Answers),
        ("Re: 受付", "8月24日13時でお願いします。持ち物は何が必要でしょうか。", true, Question),
        ("Re: 受付", "修正したファイルを添付します。", false, Submission),
        ("Re: 受付", "アンケートの回答をお送りします。", true, Answers),
        ("Re: 受付", "承知しました。修正して再提出します。", false, Courtesy),
        ("Re: 受付", "修正したものは後日提出する予定です。", false, Question),
        ("Re: 受付", "", false, Question),
    ];
    for (subject, text, answers, class) in cases {
        assert_eq!(class_of(&text_mail(subject, text), true, answers), class, "{text}");
    }
}

#[test]
fn files_of_strangers_and_contacts() {
    let book = form("complete");
    let other = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".as_slice();
    let case = |subject: &str, text: &str, file: (&str, &[u8]), contact| {
        class_of(&with_files(subject, text, &[file]), contact, false)
    };
    assert_eq!(case("", "", ("a.xlsx", &book), false), Class::Submission);
    assert_eq!(case("Re: 自動返信", "遅くなりました。", ("a.xlsx", &book), false), Class::Submission);
    assert_eq!(case("8月分", "よろしくお願いいたします。", ("invoice.xlsx", other), false), Class::NotOurs);
    assert_eq!(case("ご請求", "お振込みください。", ("請求書8月.pdf", b"%PDF-1.4"), false), Class::NotOurs);
    assert_eq!(case("書類", "ご確認ください。", ("自己診断.pdf", b"%PDF-1.4"), false), Class::Submission);
    assert_eq!(case("書類", "パスワードは別途お送りします。", ("自己診断.zip", other), false), Class::Submission);
    assert_eq!(case("書類の提出", "事務局御中 書類を提出します。", ("書類.zip", other), false), Class::Submission);
    assert_eq!(case("書類", "ご確認ください。", ("書類.pdf", b"%PDF-1.4"), true), Class::Submission);
    assert_eq!(
        case("自己診断", "よろしくお願いします。", ("image001.png", b"\x89PNG\r\n\x1A\n"), false),
        Class::Question
    );
}

#[test]
fn machines() {
    let from = b"From: sato@company.example.jp".as_slice();
    let class = |extra: &[&[u8]]| {
        class_of(&mail(&[&[from], extra].concat(), "自己診断を提出します。".as_bytes()), false, false)
    };
    let auto: [&[u8]; 13] = [
        b"Auto-Submitted: auto-replied; owner-email=\"a@x\"",
        b"Auto-Submitted: auto-generated",
        b"Return-Path: <>",
        b"X-Auto-Response-Suppress: All",
        b"X-Auto-Response-Suppress: DR, AutoReply",
        b"X-Autoreply: yes",
        "Subject: 【自動返信】お問い合わせを受け付けました".as_bytes(),
        "Subject: 不在通知: Re: 自己診断".as_bytes(),
        "Subject: 夏季休業のお知らせ Re: 自己診断提出".as_bytes(),
        b"Subject: Automatic reply: x",
        b"Subject: Out of Office: x",
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
        b"Auto-Submitted: auto-notified (x)",
    ];
    for extra in auto {
        assert_eq!(class(&[extra]), Class::AutoReply, "{}", String::from_utf8_lossy(extra));
    }
    for extra in [
        b"Precedence: bulk".as_slice(),
        b"List-Id: <a.example.jp>",
        b"List-Unsubscribe: <mailto:a@x>",
        b"X-ML-Name: dx",
    ] {
        assert_eq!(class(&[extra]), Class::List, "{}", String::from_utf8_lossy(extra));
    }
    let people: [&[u8]; 7] = [
        b"Auto-Submitted: no",
        b"Precedence: first-class",
        b"X-Auto-Response-Suppress: OOF, DR, RN, NRN",
        "Subject: Re: 自動返信".as_bytes(),
        "Subject: 夏季休業前に提出します".as_bytes(),
        b"Return-Path: <sato@company.example.jp>",
        b"X-Mailer: Becky!",
    ];
    for extra in people {
        assert_eq!(class(&[extra]), Class::Submission, "{}", String::from_utf8_lossy(extra));
    }
    for address in [
        "no-reply@x.jp",
        "MAILER-DAEMON@x.jp",
        "info-noreply@x.jp",
        "owner-dx@x.jp",
        "do_not_reply@x.jp",
        "dx-bounces@x.jp",
    ] {
        let raw = mail(&[format!("From: {address}").as_bytes()], "自己診断を提出します。".as_bytes());
        assert_eq!(class_of(&raw, false, false), Class::AutoReply, "{address}");
    }
}

#[test]
fn ours_and_the_secretariats() {
    let class = |from: &str, extra: &[u8]| class_of(&mail(&[from.as_bytes(), extra], b"x"), false, false);
    assert_eq!(class("From: NW@itc.example.jp", b"X: y"), Class::Own);
    assert_eq!(class("From: Kubota@adviser.example.jp", b"X: y"), Class::Staff);
    assert_eq!(class("From: kubota@adviser.example.jp", b"List-Id: <office>"), Class::Staff);
    assert_eq!(class("From: kubota@adviser.example.jp", b"Auto-Submitted: auto-replied"), Class::AutoReply);
}

#[test]
fn a_forged_sender_is_no_contact_of_ours() {
    let raw = mail(&[b"From: nw@itc.example.jp", b"From: kubota@adviser.example.jp"], b"x");
    let (mail, files) = read(&raw);
    assert_eq!(mail.from, None);
    assert_eq!(classed(&mail, &files, false, false), Class::NotOurs);
}
