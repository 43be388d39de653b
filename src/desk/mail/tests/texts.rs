//! The text of a mail, whatever it was sent as.

use encoding_rs::EUC_JP;

use super::{SAMPLES, base64, encoded, jis, mail, read, sample, sjis, with_files};
use crate::desk::mail::{document_text, quote::own_words};

const TEXT: &str = "自己診断フォーマットを提出いたします。\r\n㈱信州　佐藤\r\n";

fn text(header: &[&[u8]], body: &[u8]) -> String {
    read(&mail(&[&[b"From: a@x.jp".as_slice()], header].concat(), body)).0.text
}

fn written() -> String {
    TEXT.replace("\r\n", "\n")
}

#[test]
fn samples_have_their_text() {
    let parts = [
        "ひたち精工",
        "信州きのこ工房",
        "",
        "筑波測器",
        "添付のとおり提出します",
        "IT部門がない",
        "夏季休業",
        "圧縮して",
        "User unknown",
        "宮下",
    ];
    for (name, part) in SAMPLES.iter().zip(parts) {
        let (mail, _) = read(&sample(name));
        assert!(mail.text.contains(part) && !mail.text.trim().is_empty(), "{name}: {}", mail.text);
        assert!(mail.from.is_some() && mail.message_id.is_some() && mail.date.is_some(), "{name}");
    }
}

#[test]
fn charsets_declared_and_not() {
    let shift = sjis(TEXT);
    let seven = jis("自己診断フォーマットを提出いたします。\r\n信州　佐藤\r\n");
    let plain = b"Content-Type: text/plain".as_slice();
    assert_eq!(text(&[], &shift), written());
    assert_eq!(text(&[plain], TEXT.as_bytes()), written());
    assert_eq!(text(&[plain], &encoded(EUC_JP, TEXT)), written());
    assert_eq!(text(&[], &seven), written().replace('㈱', ""));
    for (label, body) in
        [("us-ascii", &shift), ("utf-8", &shift), ("cp932", &shift), ("windows-31j", &shift), ("x-ms-cp932", &shift)]
    {
        assert_eq!(
            text(&[format!("Content-Type: text/plain; charset={label}").as_bytes()], body),
            written(),
            "{label}"
        );
    }
    for label in ["us-ascii", "utf-8", "iso-2022-jp-ms", "cp50220", "iso-8859-1", "shift_jis"] {
        let header = format!("Content-Type: text/plain; charset=\"{label}\"");
        assert_eq!(text(&[header.as_bytes()], &seven), written().replace('㈱', ""), "{label}");
    }
    assert_eq!(text(&[b"Content-Type: text/plain; charset=iso-2022-jp"], TEXT.as_bytes()), written());
    assert_eq!(text(&[b"Content-Type: text/plain; charset=iso-8859-1"], b"caf\xE9"), "café\n");
}

#[test]
fn transfer_encodings() {
    let coded = base64(TEXT.as_bytes());
    assert_eq!(
        text(&[b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: BASE64"], coded.as_bytes()),
        written()
    );
    let broken = format!("{}\r\n!!\r\n{}", &coded[..40], &coded[40..]);
    assert_eq!(text(&[b"Content-Transfer-Encoding: base64"], broken.as_bytes()), written());
    let quoted = b"=E6=8F=90=E5=87=BA =3D=\r\n =ZZ=\r\n=E3=81=99\r\n";
    assert_eq!(text(&[b"Content-Transfer-Encoding: quoted-printable"], quoted), "提出 = =ZZす\n");
}

#[test]
fn html_only() {
    let html = "<html><head><style>p{color:red}</style></head><body><p>自己診断を提出します。</p>\
                <table><tr><td>日付</td><td>9月2日</td></tr><tr><td>方式</td><td>対面</td></tr></table>佐藤&nbsp;A&amp;B</body></html>";
    let read = text(&[b"Content-Type: text/html; charset=shift_jis"], &sjis(html));
    assert!(read.contains("自己診断を提出します。") && read.contains("A&B") && !read.contains("color"), "{read}");
    let row = read.lines().find(|it| it.contains("日付")).unwrap();
    assert!(row.contains("9月2日") && !row.contains("日付9月2日") && row.chars().count() < 60, "{read:?}");
    let declared = "<html><head><meta charset=\"euc-jp\"></head><body>自己診断</body></html>";
    assert_eq!(text(&[b"Content-Type: text/html"], &encoded(EUC_JP, declared)).trim(), "自己診断");
}

#[test]
fn hostile_html_does_not_end_us() {
    for tag in ["<div>", "<table><tr><td>", "<b>", "<ul><li>", "<blockquote>"] {
        let deep = format!("{}提出{}", tag.repeat(60_000), "</div>".repeat(10));
        assert!(text(&[b"Content-Type: text/html; charset=utf-8"], deep.as_bytes()).contains("提出"), "{tag}");
    }
}

#[test]
fn alternatives() {
    let parts = |plain: &str| {
        format!(
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>見た目</p>\r\n--b--\r\n"
        )
    };
    let header = b"Content-Type: multipart/alternative;\r\n boundary=\r\n \"b\"".as_slice();
    assert_eq!(text(&[header], parts("言葉").as_bytes()), "言葉\n");
    assert_eq!(text(&[header], parts(" \r\n").as_bytes()).trim(), "見た目");
}

#[test]
fn flowed_text_is_joined() {
    let delsp = b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes".as_slice();
    assert_eq!(
        text(&[delsp], "自己診断を \r\n提出します。\r\n> 引用 \r\n> です\r\n-- \r\n佐藤".as_bytes()),
        "自己診断を提出します。\n> 引用です\n-- \n佐藤\n"
    );
    let flowed = b"Content-Type: text/plain; format=flowed".as_slice();
    assert_eq!(text(&[flowed], b"one \r\ntwo\r\n  three"), "one two\n three\n");
}

#[test]
fn a_text_file_is_no_text() {
    let (mail, files) = read(&with_files("x", "本文", &[("回答.txt", &sjis("1. オンライン"))]));
    assert_eq!(mail.text.trim(), "本文");
    assert_eq!(document_text(&files[0].name, files[0].content.as_ref().unwrap()).unwrap(), "1. オンライン");
    assert_eq!(document_text("a.bin", &[0, 1, 2]), None);
}

#[test]
fn texts_are_bounded() {
    assert_eq!(text(&[], "あ".repeat(300_000).as_bytes()).chars().count(), 200_000);
}

#[test]
fn own_words_of_a_reply() {
    let cases = [
        ("了解です。\n\n> 古い\n> 文\n", "了解です。"),
        ("了解です。\n-----Original Message-----\nFrom: a\n質問ですか", "了解です。"),
        ("了解です。\n\n差出人: 事務局 <a@x.jp>\n送信日時: 2022年8月10日\n宛先: b\n件名: c\n\n古い文", "了解です。"),
        ("了解です。\n\n2022年8月10日(水) 10:12 事務局 <nw@x.jp>:\n> 古い", "了解です。"),
        (
            "了解です。\n\nOn Wed, Aug 10, 2022 at 10:12 AM 事務局\n<nw@x.jp> wrote:\n\n古い文ですか\n別の文",
            "了解です。",
        ),
        ("了解です。\n\n2022/08/10 10:12、事務局 <nw@x.jp>のメール:\n\n> 古い", "了解です。"),
        ("On 2022/08/10 10:12, 事務局 wrote:\n> 古い\nはい、了解です。\n> 別\nそれも。", "はい、了解です。\nそれも。"),
        ("了解です。\n-- \n佐藤\nTEL 03", "了解です。"),
        ("了解です。\n\niPhoneから送信", "了解です。"),
        ("了解です。\n*********\n株式会社信州\nTEL 026-000-0000\n", "了解です。"),
        ("――――――\n1. 方式： 対面\n――――――\n以上です。", "――――――\n1. 方式： 対面\n――――――\n以上です。"),
        ("宛先: 事務局\nよろしく", "宛先: 事務局\nよろしく"),
        ("了解です。\n事務局 さんは書きました (2022/08/10 9:30):\n＞古い", "了解です。"),
        ("了解です。\n(2022/08/10 9:30), 事務局 wrote:\n> 古い", "了解です。"),
        ("先日のメール：8/24の件です。\n承知しました。", "先日のメール：8/24の件です。\n承知しました。"),
    ];
    for (text, own) in cases {
        assert_eq!(own_words(text), own, "{text}");
    }
}

#[test]
fn below_a_ruled_line_a_signature_is_cut_and_words_stay() {
    let stays = [
        "【質問】\nK3は製造部のみの値でよろしいでしょうか。",
        "以下、ご確認です。\n営業部と経理課で値が違うのですが、どちらを書けばよいですか？",
        "【ご相談】\n全社ではなく情報システム課だけで答えても問題ないでしょうか",
        "参加者は総務部の山口と営業課の田所の2名です。",
        "追記：弊社の課題は人材育成です。",
        "※K5は一部のみ記入しております。",
        "質問1 添付ファイルの部分的な修正は可能でしょうか\n質問2 担当者を変更できますか",
        "なお、mailでの回答を希望いたします。",
        "担当が佐藤に変わりました。\n今後は sato@aomine.example.jp までご連絡ください。",
        "株式会社青嶺精工\nTEL 029-000-0000\n\n追伸　K3は製造部の値でよろしいでしょうか。",
        "下の部分が空欄です。\n課題はK3とK4です。",
        "K3は製造部\nのみの値を\n書いています。",
    ];
    let cut = [
        "株式会社青嶺精工\n製造部　桑原 一郎\nTEL 029-000-0000",
        "青嶺精工株式会社\n〒300-0000 茨城県ひたち市1-1\nTEL/FAX 029-000-0000\nE-mail: kuwahara@aomine.example.jp",
        "総務部 経理課\n山口 恵",
        "有限会社みどり屋\n担当：田所",
        "鹿島水産株式会社\n水産加工課 課長 鈴木\nmail: suzuki@kashima.example.jp",
        "合同会社ひなた\n代表 佐々木\nhttps://hinata.example.jp\n人と技術をつなぎます",
        "株式会社青嶺精工\nTEL 029-000-0000\n※8月11日～16日は夏季休業です。",
        "経営企画部長　桑原 一郎",
        "信州きのこ工房株式会社\n営業部/品質管理課\n小林 花子",
        "事業協同組合ひたち\n事務局",
        "製造部（桑原）\n携帯 090-0000-0000\n===========",
        "  桑原 一郎 <kuwahara@aomine.example.jp>",
    ];
    let mail = |below: &str| format!("ありがとうございます。よろしくお願いいたします。\n＝＝＝＝＝＝\n{below}");
    let wrong = |below: &&&str, own: &str| own_words(&mail(below)) != own;
    let lost: Vec<_> = stays.iter().filter(|it| wrong(it, mail(it).trim())).collect();
    let left: Vec<_> = cut.iter().filter(|it| wrong(it, "ありがとうございます。よろしくお願いいたします。")).collect();
    assert!(lost.is_empty() && left.is_empty(), "lost {}: {lost:#?}\nleft {}: {left:#?}", lost.len(), left.len());
    // between words and a signature with a line of its own
    let both = format!("{}\n－－－－－－\n株式会社青嶺精工\nTEL 029-000-0000", mail(stays[0]));
    assert_eq!(own_words(&both), mail(stays[0]));
}
