//! Header decoding: every fault measured in the parser, and what else mailers write.

use encoding_rs::EUC_JP;

use super::{base64, encoded, jis, mail, read, sjis};

fn subject(value: &[u8]) -> String {
    let line = [b"Subject: ".as_slice(), value].concat();
    read(&mail(&[b"From: a@example.jp", &line], b"x")).0.subject
}

fn word(label: &str, bytes: &[u8]) -> String {
    format!("=?{label}?B?{}?=", base64(bytes))
}

/// The display name of the only attachment with these header lines.
fn file_name(lines: &[&[u8]]) -> String {
    let mut all: Vec<&[u8]> = vec![b"From: a@example.jp", b"Content-Type: multipart/mixed; boundary=b"];
    let part = mail(lines, b"data");
    let body =
        [b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n".as_slice(), &part, b"\r\n--b--\r\n"].concat();
    all.push(b"MIME-Version: 1.0");
    let (mail, _) = read(&mail(&all, &body));
    mail.attachments.first().map(|it| it.name.clone()).unwrap_or_default()
}

const NAME: &str = "㈱髙橋①号 ﾔﾏﾀﾞ.xlsx";

/// ISO-2022-JP as Windows writes it: row 13, NEC-selected IBM characters, half-width kana.
fn windows_jis() -> Vec<u8> {
    let mut out = Vec::new();
    for it in ["㈱", "髙", "橋", "①", "号"] {
        let (euc, _, _) = EUC_JP.encode(it);
        out.extend(b"\x1B$B");
        out.extend(euc.iter().map(|it| it & 0x7F));
    }
    out.extend(b"\x1B(B \x1B(I");
    out.extend(sjis("ﾔﾏﾀﾞ").iter().map(|it| it & 0x7F));
    out.extend(b"\x1B(B.xlsx");
    out
}

#[test]
fn labels_and_their_aliases() {
    let windows = windows_jis();
    let shift = sjis(NAME);
    let unix = encoded(EUC_JP, NAME);
    for label in ["iso-2022-jp", "ISO-2022-JP-MS", "iso-2022-jp-1", "cp50220", "CP50221", "iso-2022-jp*ja"] {
        assert_eq!(subject(word(label, &windows).as_bytes()), NAME, "{label}");
    }
    for label in ["cp932", "windows-932", "ms932", "shiftjis", "x-ms-cp932", "Windows-31J", "Shift_JIS", "x-sjis"] {
        assert_eq!(subject(word(label, &shift).as_bytes()), NAME, "{label}");
    }
    for label in ["cp51932", "eucjp-ms", "EUC-JP"] {
        assert_eq!(subject(word(label, &unix).as_bytes()), NAME, "{label}");
    }
}

#[test]
fn characters_and_states_split_over_words() {
    let text = "自己診断の提出".as_bytes();
    let split = format!("{}\r\n {}", word("UTF-8", &text[..7]), word("utf-8", &text[7..]));
    assert_eq!(subject(split.as_bytes()), "自己診断の提出");
    let bytes = jis("自己診断の提出");
    // The second word goes on in the double-byte state, in the middle of a character.
    let split = format!("{} {}", word("ISO-2022-JP", &bytes[..8]), word("ISO-2022-JP", &bytes[8..]));
    assert_eq!(subject(split.as_bytes()), "自己診断の提出");
    let q = "=?UTF-8?Q?=E8=87=AA=E5?= =?UTF-8?Q?=B7=B1_ok?=";
    assert_eq!(subject(q.as_bytes()), "自己 ok");
}

#[test]
fn words_beside_text_and_in_quotes() {
    let one = word("UTF-8", "提出".as_bytes());
    assert_eq!(subject(format!("Re: {one} [2] {one}").as_bytes()), "Re: 提出 [2] 提出");
    assert_eq!(subject(format!("\"{one}\"").as_bytes()), "\"提出\"");
    assert_eq!(subject(b"=?x?= and =?UTF-8?Z?abc?= =?"), "=?x?= and =?UTF-8?Z?abc?= =?");
    assert_eq!(subject(b"=?UTF-8?B?5o+Q5Ye6"), "=?UTF-8?B?5o+Q5Ye6");
}

#[test]
fn raw_bytes_are_guessed() {
    assert_eq!(subject("自己診断の提出".as_bytes()), "自己診断の提出");
    assert_eq!(subject(&sjis("自己診断の提出")), "自己診断の提出");
    assert_eq!(subject(&jis("自己診断の提出")), "自己診断の提出");
    assert_eq!(subject(&encoded(EUC_JP, "自己診断の提出について")), "自己診断の提出について");
    assert_eq!(subject(&windows_jis()), NAME);
    // Broken as anything Japanese, and mostly half-width kana (this is Chinese, in GB 2312): left open, not told as kana.
    let chinese = b"\xD3\xCA\xBC\xFE\xB4\xAB\xCA\xE4\xCA\xA7\xB0\xDC\xA3\xA1\xFF";
    assert!(subject(chinese).chars().all(|it| !matches!(it, '\u{FF61}'..='\u{FF9F}')), "{}", subject(chinese));
    assert_eq!(subject(&sjis("ﾃｽﾄｼﾝﾀﾞﾝ 提出")), "ﾃｽﾄｼﾝﾀﾞﾝ 提出");
    // A wrong label loses to the bytes.
    assert_eq!(subject(word("utf-8", &sjis("自己診断の提出")).as_bytes()), "自己診断の提出");
    assert_eq!(subject(word("us-ascii", &jis("提出")).as_bytes()), "提出");
    assert_eq!(subject(word("x-nonsense", "提出".as_bytes()).as_bytes()), "提出");
}

#[test]
fn words_as_mailers_miswrite_them() {
    let (one, two) = (word("UTF-8", "自己".as_bytes()), word("utf-8", "診断".as_bytes()));
    assert_eq!(subject(format!("{one}{two}").as_bytes()), "自己診断");
    assert_eq!(subject(b"=?utf-8?q?=e6=8f=90=E5=87=BA ok yes?= z"), "提出 ok yes z");
    assert_eq!(subject(b"=?utf-8?Q?what?=E6=8F=90=E5=87=BA?= now"), "what?提出 now");
    assert_eq!(subject(b"=?utf-8?Q?what?= =?utf-8?Q?=41?="), "whatA");
    assert_eq!(subject(b"=?utf-8?b?5o+Q5Ye6YQ?="), "提出a");
    let long = word("utf-8", "自己診断フォーマットの提出".as_bytes());
    let (left, right) = long.split_at(30);
    assert_eq!(subject(format!("{left}\r\n {right}").as_bytes()), "自己診断フォーマットの提出");
    let folded = [jis("自己").as_slice(), b"\r\n ", &jis("診断")].concat();
    assert_eq!(subject(&folded), "自己 診断");
}

#[test]
fn control_and_bidi_characters_go() {
    assert_eq!(subject("a\u{202E}b\u{2028}c\u{0}d\u{85}e".as_bytes()), "abcde");
    assert_eq!(subject(word("utf-8", b"a\r\nBcc: x@y\0").as_bytes()), "a  Bcc: x@y");
    assert_eq!(subject(&vec![b'x'; 50_000]).chars().count(), 1_000);
}

#[test]
fn file_names() {
    let utf8 = "自己診断.xlsx";
    let encoded: String = utf8.bytes().map(|it| format!("%{it:02X}")).collect();
    let word = word("UTF-8", utf8.as_bytes());
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("2047", format!("Content-Disposition: attachment; filename=\"{word}\"").into()),
        ("2047 unquoted", format!("Content-Disposition: attachment; filename={word}").into()),
        ("folded", format!("Content-Disposition: attachment; filename=\r\n \"{word}\"").into()),
        ("2231", format!("Content-Disposition: attachment; filename*=UTF-8''{encoded}").into()),
        ("both", format!("Content-Disposition: attachment; filename=\"x.xlsx\"; filename*=utf-8'ja'{encoded}").into()),
        ("type only", format!("Content-Type: application/octet-stream; name=\"{word}\"").into()),
        ("percent", format!("Content-Disposition: attachment; filename=\"{encoded}\"").into()),
        ("raw utf-8", format!("Content-Disposition: attachment; filename=\"{utf8}\"").into()),
        ("raw jis", [b"Content-Disposition: attachment; filename=\"".as_slice(), &jis(utf8), b"\""].concat()),
        ("raw sjis", [b"Content-Disposition: attachment; filename=\"".as_slice(), &sjis(utf8), b"\""].concat()),
        ("cont percent", format!("Content-Disposition: attachment; filename*0=\"{encoded}\"").into()),
        ("2231 raw", format!("Content-Disposition: attachment; filename*=UTF-8''{utf8}").into()),
        ("2231 quoted", format!("Content-Disposition: attachment; filename*=UTF-8''\"{encoded}\"").into()),
        ("2231 of 2047", format!("Content-Disposition: attachment; filename*=UTF-8''{word}").into()),
        ("2231 not so", format!("Content-Disposition: attachment; filename*=us-ascii''{encoded}").into()),
        ("commented", format!("Content-Disposition: attachment; filename=\"{utf8}\" (ours)").into()),
        ("not closed", format!("Content-Disposition: attachment; filename=\"{utf8}; size=3").into()),
        ("path", format!("Content-Disposition: attachment; filename=\"..\\..\\a/../{utf8}\"").into()),
    ];
    for (what, line) in cases {
        assert_eq!(file_name(&[&line]), utf8, "{what}");
    }
}

#[test]
fn continuations_are_joined_as_bytes() {
    let cut = b"Content-Disposition: attachment;\r\n filename*0*=UTF-8''%E8%87%AA%E5;\r\n filename*1*=%B7%B1;\r\n filename*2=\".xlsx\"";
    assert_eq!(file_name(&[cut]), "自己.xlsx");
    let disordered = b"Content-Disposition: attachment; filename*1*=%B7%B1.xlsx; filename*0*=UTF-8''%E8%87%AA%E5";
    assert_eq!(file_name(&[disordered]), "自己.xlsx");
    let in_percent = b"Content-Disposition: attachment; filename*0*=UTF-8''%E8%87%AA%E; filename*1*=5%B7%B1.xlsx";
    assert_eq!(file_name(&[in_percent]), "自己.xlsx");
    let missing = b"Content-Disposition: attachment; filename*1*=UTF-8''%E8%87%AA; filename*2=.xlsx";
    assert_eq!(file_name(&[missing]), "自.xlsx");
    let late =
        b"Content-Disposition: attachment; filename*0=\"a \"; filename*1*=utf-8''%E8%87%AA; filename*2=\".xlsx\"";
    assert_eq!(file_name(&[late]), "a 自.xlsx");
    let again =
        b"Content-Disposition: attachment; filename*0*=utf-8''%E8%87; filename*1*=UTF-8''%AA; filename*2*=it's'.xlsx";
    assert_eq!(file_name(&[again]), "自it's'.xlsx");
    let twice = b"Content-Disposition: attachment; filename*0=a; filename*0=b; filename*1=.xlsx";
    assert_eq!(file_name(&[twice]), "a.xlsx");
    let shift: String = sjis("表計算.xlsx").iter().map(|it| format!("%{it:02x}")).collect();
    let line =
        format!("Content-Disposition: attachment; filename*0*=cp932''{}; filename*1*={}", &shift[..9], &shift[9..]);
    assert_eq!(file_name(&[line.as_bytes()]), "表計算.xlsx");
}

#[test]
fn names_are_bounded_and_harmless() {
    let long = format!("Content-Disposition: attachment; filename=\"{}.xlsx\"", "あ".repeat(300));
    let name = file_name(&[long.as_bytes()]);
    assert!(name.chars().count() <= 100 && name.ends_with(".xlsx"), "{name}");
    assert_eq!(file_name(&["Content-Disposition: attachment; filename=\"a\u{202E}xslx.exe\"".as_bytes()]), "axslx.exe");
    assert_eq!(file_name(&[b"Content-Disposition: attachment; filename=\"..\""]), "attachment.txt");
}

#[test]
fn only_one_sender() {
    let from = |lines: &[&[u8]]| read(&mail(lines, b"x")).0.from;
    assert_eq!(from(&[b"From: a@Example.JP"]).unwrap().address, "a@example.jp");
    assert_eq!(from(&[b"From: a@example.jp", b"From: b@example.jp"]), None);
    assert_eq!(from(&[b"From: a@example.jp, b@example.jp"]), None);
    assert_eq!(from(&[b"From: \"x\" <a@example.jp> <b@example.jp>"]), None);
    assert_eq!(from(&[b"Fr om: a@example.jp"]), None);
    assert_eq!(from(&[b"Fr om: b@example.jp", b"From: a@example.jp"]).unwrap().address, "a@example.jp");
    assert_eq!(from(&[b"From", b" : b@example.jp", b"From: a@example.jp"]), None);
    assert_eq!(from(&[b"From ", b"\t: b@example.jp"]).unwrap().address, "b@example.jp");
    assert_eq!(from(&[b"Fr om", b" : b@example.jp", b"From: a@example.jp"]).unwrap().address, "a@example.jp");
    assert_eq!(from(&[b"Subject: none"]), None);
}

#[test]
fn senders_as_they_are_written() {
    let from = |value: &str| {
        let it = read(&mail(&[format!("From: {value}").as_bytes()], b"x")).0.from.unwrap();
        (it.name, it.address)
    };
    let is = |name: &str, address: &str| (name.to_string(), address.to_string());
    assert_eq!(from("Suzuki, Ichiro <s@example.jp>"), is("Suzuki, Ichiro", "s@example.jp"));
    assert_eq!(from("\"Suzuki, \\\"I\\\"\" <s@example.jp>"), is("Suzuki, \"I\"", "s@example.jp"));
    assert_eq!(from("s@example.jp (Suzuki (I))"), is("Suzuki (I)", "s@example.jp"));
    assert_eq!(from("<@relay:a..b@docomo.ne.jp>"), is("", "a..b@docomo.ne.jp"));
    assert_eq!(from("a.@EZWEB.ne.jp"), is("", "a.@ezweb.ne.jp"));
    assert_eq!(from("\"boss@itc.example.jp\" <evil@example.com>"), is("boss@itc.example.jp", "evil@example.com"));
    assert_eq!(from("\"=?UTF-8?B?5L2Q6Jek?=\" <s@example.jp>"), is("佐藤", "s@example.jp"));
    assert_eq!(from("=?utf-8?Q?Suzuki,_I_(DX):_<x@y>?= <s@example.jp>"), is("Suzuki, I (DX): <x@y>", "s@example.jp"));
    assert_eq!(from("=?utf-8?B?5L2Q6Jek?=<s@example.jp>"), is("佐藤", "s@example.jp"));
    assert_eq!(from("A <s(his (own) account)@example.jp (here)>"), is("A", "s@example.jp"));
    assert_eq!(from("s(the author)@example.jp"), is("the author", "s@example.jp"));
    // an address within an address: another mailbox without its quotes
    assert_eq!(from("\"a@b.jp\"@example.jp"), is("", "\"a@b.jp\"@example.jp"));
    assert_eq!(from("A <\"a b\"@example.jp>"), is("A", "\"a b\"@example.jp"));
    assert_eq!(from("A <\"a..b.\"@docomo.ne.jp>"), is("A", "a..b.@docomo.ne.jp"));
    assert_eq!(from("\"a..b.\"@docomo.ne.jp"), is("", "a..b.@docomo.ne.jp"));
    assert_eq!(from("\"s@example.jp\""), is("", "s@example.jp"));
    let raw = [b"From: \"".as_slice(), &sjis("表　ソフト"), b"\" <s@example.jp>"].concat();
    assert_eq!(read(&mail(&[&raw], b"x")).0.from.unwrap().name, "表　ソフト");
}

#[test]
fn recipients_and_reply_to() {
    let (it, _) = read(&mail(
        &[
            b"From: a@x.jp",
            b"Reply-To: B <b@X.jp>, c@x.jp",
            b"To: undisclosed-recipients:;",
            b"Cc: team: D@x.jp, e@x.jp;, f@x.jp",
        ],
        b"x",
    ));
    assert_eq!(it.reply_to.unwrap().address, "b@x.jp");
    assert_eq!(it.to, ["d@x.jp", "e@x.jp", "f@x.jp"]);
}

#[test]
fn ids_of_the_thread_newest_first() {
    let long = format!("<{}@x>", "a".repeat(300));
    let references = format!("References: <1@x> <2@x>\r\n {long} <3@x>");
    let (it, _) = read(&mail(&[b"Message-ID: <9@x>", b"In-Reply-To: your mail <2@x>", references.as_bytes()], b"x"));
    assert_eq!(it.message_id.as_deref(), Some("9@x"));
    assert_eq!(it.replies_to, ["2@x", "3@x", "1@x"]);
    let many: String = (0..500).map(|it| format!("<{it}@x> ")).collect();
    let (it, _) = read(&mail(&[format!("References: {many}").as_bytes(), b"Message-ID: bare@x"], b"x"));
    assert_eq!((it.replies_to.len(), it.replies_to[0].as_str()), (20, "499@x"));
    assert_eq!(it.message_id.as_deref(), Some("bare@x"));
}

#[test]
fn dates() {
    let date = |value: &str| read(&mail(&[format!("Date: {value}").as_bytes()], b"x")).0.date.map(|it| it.to_string());
    let right = Some("2022-08-10T01:12:31Z".to_string());
    assert_eq!(date("Wed, 10 Aug 2022 10:12:31 +0900"), right);
    assert_eq!(date("Wed, 10 Aug 2022 10:12:31 +0900 (JST)"), right);
    assert_eq!(date("Mon, 10 Aug 2022 10:12:31 +0900"), right);
    assert_eq!(date("10 Aug 2022 10:12:31 JST"), right);
    assert_eq!(date("Wed, 10 Aug 2022 10:12:31"), right);
    assert_eq!(date("8/10"), None);
}

#[test]
fn names_of_form_fields_are_no_file_names() {
    let parts = "--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nこんにちは\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xlsx\"\r\n\r\nPK\r\n--b--\r\n";
    let (it, _) = read(&mail(&[b"From: a@x.jp", b"Content-Type: multipart/form-data; boundary=b"], parts.as_bytes()));
    let names: Vec<&str> = it.attachments.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((it.text.trim(), names), ("こんにちは", vec!["a.xlsx"]));
}

#[test]
fn no_header_takes_long() {
    let cases: [(&str, &[u8]); 6] = [
        ("Subject", b"=?a?q?"),
        ("Subject", b"=?utf-8?B?44GC?="),
        ("To", b"a,"),
        ("From", b"=?a?b?,"),
        ("To", b"<a@b><c@d>,"),
        ("Content-Type", b"a=\";"),
    ];
    for (name, piece) in cases {
        let line = [name.as_bytes(), b": ", &piece.repeat(60_000 / piece.len())].concat();
        let lines = vec![line.as_slice(); 20];
        let started = std::time::Instant::now();
        read(&mail(&lines, b"x"));
        // the square of the length would be minutes
        assert!(started.elapsed().as_secs() < 10, "{name}: {:?}", started.elapsed());
    }
}
