//! Charsets declared, not declared and declared wrongly, as bytes.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030};

use super::{base64, encoded, jis, mail, read, sjis};

/// Row 13, an IBM character, half-width kana by escape, by shift and by the eighth bit, each as Windows writes it.
const WINDOWS: &[u8] =
    b"\x1B$B-j\x1B(B \x1B$B-!\x1B(B \x1B$B|b\x1B(B \x1B(I6@6E\x1B(B \x0E6@6E\x0F \xB6\xC0\xB6\xC5 \x1B(Jab\x1B(B";
const WRITTEN: &str = "㈱ ① 髙 ｶﾀｶﾅ ｶﾀｶﾅ ｶﾀｶﾅ ab";

fn text(label: &str, body: &[u8]) -> String {
    let line = format!(
        "Content-Type: text/plain{}",
        if label.is_empty() { String::new() } else { format!("; charset={label}") }
    );
    read(&mail(&[b"From: a@x.jp", line.as_bytes()], body)).0.text.trim_end_matches('\n').to_string()
}

fn subject(value: &[u8]) -> String {
    read(&mail(&[b"From: a@x.jp", &[b"Subject: ".as_slice(), value].concat()], b"x")).0.subject
}

#[test]
fn iso_2022_jp_as_windows_writes_it() {
    for label in
        ["iso-2022-jp", "ISO-2022-JP-2", "iso-2022-jp-3", "iso-2022-jp-2004", "cp50220", "CP50221", "x-windows-50220"]
    {
        assert_eq!(text(label, WINDOWS), WRITTEN, "{label}");
    }
    let plain = jis("自己診断の提出です。");
    for label in
        ["", "utf-8", "us-ascii", "iso-8859-1", "shift_jis", "euc-jp", "gb2312", "x-unknown", "\"iso-2022-jp\" (JIS)"]
    {
        assert_eq!(text(label, &plain), "自己診断の提出です。", "{label}");
    }
    assert_eq!(subject(&plain), "自己診断の提出です。");
    assert_eq!(text("us-ascii", b"\x1B(Jabc\x1B(B def"), "abc def");
    assert_eq!(text("iso-2022-jp-2", b"\x1B$AVPWV\x1B(B \x1B$(CGQ1[\x1B(B"), "中字 한글");
    assert_eq!(text("iso-2022-kr", b"\x1B$)C\x0EGQ1[\x0F abc"), "한글 abc");
    assert_eq!(text("iso-2022-jp", b"\x1B$(D\"/\x1B(B"), "˘");
}

#[test]
fn iso_2022_jp_cut_and_wrapped() {
    let plain = jis("自己診断");
    assert_eq!(text("iso-2022-jp", &[&plain, b"\x1B(".as_slice()].concat()), "自己診断");
    for cut in 1..4 {
        assert_eq!(text("", &plain[..plain.len() - cut]), "自己診断", "{cut}");
    }
    // Wrapped between two characters, and within one.
    for at in [7, 6] {
        let wrapped = [&plain[..at], b"\r\n", &plain[at..], b" ok"].concat();
        assert_eq!(text("iso-2022-jp", &wrapped), "自己\n診断 ok", "{at}");
    }
    // The end of the run is missing: the next line is no kanji.
    let open = [&plain[..plain.len() - 3], b"\r\nhello world\r\n", &jis("提出")].concat();
    assert_eq!(text("iso-2022-jp", &open), "自己診断\nhello world\n提出");
    assert_eq!(
        text("iso-2022-jp", &[&plain[..plain.len() - 3], b"\r\nhello world\r\n"].concat()),
        "自己診断\nhello world"
    );
}

#[test]
fn eight_bit_japanese_under_any_label() {
    let written = "㈱信州①髙橋～自己診断を提出ﾃﾞｽ";
    for label in [
        "cp932",
        "ms932",
        "x-sjis",
        "Windows-31J",
        "us-ascii",
        "utf-8",
        "iso-8859-1",
        "windows-1252",
        "iso-2022-jp",
        "euc-jp",
        "",
    ] {
        assert_eq!(text(label, &sjis(written)), written, "{label}");
    }
    let written = "自己診断フォーマットをｶﾅ提出";
    for label in ["eucJP-ms", "CP51932", "x-euc-jp", "us-ascii", "utf-8", "iso-8859-1", "iso-2022-jp", "shift_jis", ""]
    {
        assert_eq!(text(label, &encoded(EUC_JP, written)), written, "{label}");
    }
    let written = "自己診断を提出します。御確認ください";
    for label in [
        "iso-2022-jp",
        "shift_jis",
        "euc-jp",
        "us-ascii",
        "iso-8859-1",
        "gb2312",
        "ks_c_5601-1987",
        "big5",
        "utf-16",
        "",
    ] {
        assert_eq!(text(label, written.as_bytes()), written, "{label}");
    }
    assert_eq!(text("iso-8859-1", &sjis("佐藤次郎")), "佐藤次郎");
    assert_eq!(text("utf-8", &written.as_bytes()[..written.len() - 1]), "自己診断を提出します。御確認くださ\u{FFFD}");
    for short in ["提出", "表示", "ﾔﾏﾀﾞ", "佐藤 自己診断"] {
        assert_eq!(subject(&sjis(short)), short);
    }
    for short in ["提出", "表示", "佐藤 自己診断"] {
        assert_eq!(subject(&encoded(EUC_JP, short)), short);
    }
}

#[test]
fn foreign_charsets() {
    assert_eq!(text("GB18030", &encoded(GB18030, "你好,世界")), "你好,世界");
    for label in ["gb2312", "cp936", "gb_2312-80"] {
        assert_eq!(text(label, &encoded(GB18030, "你好")), "你好", "{label}");
    }
    for label in ["Big5", "cp950"] {
        assert_eq!(text(label, &encoded(BIG5, "繁體中文")), "繁體中文", "{label}");
    }
    for label in ["ks_c_5601-1987", "euc-kr", "cp949"] {
        assert_eq!(text(label, &encoded(EUC_KR, "안녕하세요")), "안녕하세요", "{label}");
    }
    let german = "Grüße aus München, naïve café";
    let bytes: Vec<u8> = german.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    for label in ["iso-8859-1", "windows-1252", "us-ascii", ""] {
        assert_eq!(text(label, &bytes), german, "{label}");
    }
    assert_eq!(subject(&bytes), german);
}

#[test]
fn raw_headers_follow_the_charset_beside_them() {
    let latin = |text: &str| -> Vec<u8> { text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect() };
    // nothing tells: what Shift_JIS would make of them is no word
    for word in ["Frösche", "Håvard", "only £5.00 today", "Hasenund-Frösche, Håvard"] {
        assert_eq!(subject(&latin(word)), word);
    }
    for kept in ["第3回 自己診断", "A社とB社", "ｱｲｳ", "(株)佐藤 ﾀﾛｳ", "表"] {
        assert_eq!(subject(&sjis(kept)), kept);
    }
    let beside = |bytes: &[u8], charset: &str| {
        let line = [b"Subject: ".as_slice(), bytes].concat();
        let kind = format!("Content-Type: text/plain; charset={charset}");
        read(&mail(&[b"From: a@x.jp", &line, kind.as_bytes()], b"x")).0.subject
    };
    assert_eq!(beside(&encoded(EUC_KR, "광고 안내"), "ks_c_5601-1987"), "광고 안내");
    assert_eq!(beside(&encoded(GB18030, "你好"), "gb2312"), "你好");
    assert_eq!(beside(&encoded(BIG5, "繁體中文"), "big5"), "繁體中文");
    assert_eq!(beside("Привет".as_bytes(), "koi8-r"), "Привет");
    for charset in ["iso-2022-jp", "utf-8", "us-ascii", "iso-8859-1", "shift_jis", "euc-jp"] {
        assert_eq!(beside(&sjis("自己診断の提出"), charset), "自己診断の提出", "{charset}");
        assert_eq!(beside("自己診断の提出".as_bytes(), charset), "自己診断の提出", "{charset}");
    }
    let within = [b"=?iso-8859-1?Q?Die_Hasen_und_die_Fr".as_slice(), b"\xF6sche?="].concat();
    assert_eq!(subject(&within), "Die Hasen und die Frösche");
}

#[test]
fn utf_16_with_and_without_a_mark() {
    let little: Vec<u8> = "自己 abc診断".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "自己 abc診断".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let cases: [(&[u8], &[u8]); 4] = [(b"\xFF\xFE", &little), (b"\xFE\xFF", &big), (b"", &little), (b"", &big)];
    for (mark, bytes) in cases {
        let body = base64(&[mark, bytes].concat());
        for label in ["utf-16", "utf-8"] {
            if mark.is_empty() && label == "utf-8" {
                continue;
            }
            let line = format!("Content-Type: text/plain; charset={label}");
            let raw = mail(&[b"From: a@x.jp", line.as_bytes(), b"Content-Transfer-Encoding: base64"], body.as_bytes());
            assert_eq!(read(&raw).0.text.trim_end(), "自己 abc診断", "{label} {mark:?}");
        }
    }
}

#[test]
fn soft_hyphens_and_marks_go() {
    assert_eq!(text("utf-8", "\u{FEFF}自己\u{AD}診断\u{200B}".as_bytes()), "自己診断");
}
