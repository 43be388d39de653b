//! Files within other containers than zip: TNEF, S/MIME, uuencode.

use super::{Unreadable, base64, folded, form, mail, outcomes, read, sjis};
use crate::desk::mail::{Mail, uuencode};

/// An attribute of a TNEF container: level, id, length, data, checksum.
fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&[level], id.to_le_bytes().as_slice(), &length, data, &[0, 0]].concat()
}

/// A property of one value: type, id, number of values, length, data, padding.
fn property(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = [kind.to_le_bytes(), id.to_le_bytes()].concat();
    out.extend(1_u32.to_le_bytes());
    out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// A property of a number, one of several numbers, and a named one: all to be passed over.
fn others() -> Vec<u8> {
    let number = [&[3, 0, 5, 0x37], 1_u32.to_le_bytes().as_slice()].concat();
    let numbers = [&[3, 0x10, 5, 0x38], 2_u32.to_le_bytes().as_slice(), &[0; 8]].concat();
    let named = [&[3, 0, 0, 0x80], [0; 16].as_slice(), &1_u32.to_le_bytes(), &2_u32.to_le_bytes(), b"a\0\0\0", &[0; 4]]
        .concat();
    [number, numbers, named].concat()
}

fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(list.len() + 3).unwrap();
    [count.to_le_bytes().to_vec(), others(), list.concat()].concat()
}

fn wide(text: &str) -> Vec<u8> {
    format!("{text}\0").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn tnef(attributes: &[Vec<u8>]) -> Vec<u8> {
    let codepage = [932_u32.to_le_bytes(), [0; 4]].concat();
    [b"\x78\x9F\x3E\x22\x01\x00".to_vec(), attribute(1, 0x0006_9007, &codepage), attributes.concat()].concat()
}

const BODY: u32 = 0x0002_800C;
const MESSAGE: u32 = 0x0006_9003;
const NEXT: u32 = 0x0006_9002;
const TITLE: u32 = 0x0001_8010;
const DATA: u32 = 0x0006_800F;
const ATTACHMENT: u32 = 0x0006_9005;

type Outcomes = Vec<(String, Result<usize, Unreadable>)>;

fn with_winmail(text: &str, container: &[u8]) -> (Mail, Outcomes) {
    let body = format!(
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\nContent-Type: application/ms-tnef; \
         name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
        folded(&base64(container))
    );
    let raw = mail(&[b"From: a@x.jp", b"Content-Type: multipart/mixed; boundary=b"], body.as_bytes());
    let (mail, files) = read(&raw);
    (mail, outcomes(&files))
}

fn names(mail: &Mail) -> Vec<&str> {
    mail.attachments.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn winmail_is_opened() {
    let book = form("complete");
    let long_name = property(0x1F, 0x3707, &wide("自己診断フォーマット.xlsx"));
    let container = tnef(&[
        attribute(1, BODY, &[sjis("本文です。㈱").as_slice(), b"\0"].concat()),
        attribute(2, NEXT, &[0; 14]),
        attribute(2, TITLE, &[sjis("表計算.txt").as_slice(), b"\0"].concat()),
        attribute(2, DATA, b"abc"),
        attribute(2, NEXT, &[0; 14]),
        attribute(2, TITLE, b"JIKO~1.XLS\0"),
        attribute(2, DATA, &book),
        attribute(2, ATTACHMENT, &properties(&[long_name])),
    ]);
    let (mail, files) = with_winmail("", &container);
    assert_eq!(mail.text, "本文です。㈱");
    assert_eq!(names(&mail), ["winmail.dat", "表計算.txt", "自己診断フォーマット.xlsx"]);
    assert_eq!(files, [("表計算.txt".to_string(), Ok(3)), ("自己診断フォーマット.xlsx".to_string(), Ok(book.len()))]);
    let (mail, _) = with_winmail("上の文", &container);
    assert_eq!(mail.text.trim(), "上の文");
}

#[test]
fn winmail_in_properties_alone() {
    let html = property(0x0102, 0x1013, "<html><head><meta charset=utf-8></head><p>提出します</p></html>".as_bytes());
    let name = property(0x1E, 0x3707, &[sjis("能力表.csv").as_slice(), b"\0"].concat());
    let data = property(0x0102, 0x3701, b"1,2,3");
    let container = tnef(&[
        attribute(1, MESSAGE, &properties(&[html])),
        attribute(2, NEXT, &[0; 14]),
        attribute(2, ATTACHMENT, &properties(&[name, data])),
    ]);
    let (mail, files) = with_winmail("", &container);
    assert_eq!(mail.text.trim(), "提出します");
    assert_eq!(files, [("能力表.csv".to_string(), Ok(5))]);
}

#[test]
fn a_mail_within_winmail() {
    let inner = tnef(&[attribute(2, NEXT, &[0; 14]), attribute(2, TITLE, b"a.csv\0"), attribute(2, DATA, b"1,2")]);
    let object = property(0x0D, 0x3701, &[[0; 16].as_slice(), &inner].concat());
    let container = tnef(&[attribute(2, NEXT, &[0; 14]), attribute(2, ATTACHMENT, &properties(&[object]))]);
    assert_eq!(with_winmail("x", &container).1, [("a.csv".to_string(), Ok(3))]);
}

#[test]
fn winmail_with_nothing_in_it_stays_closed() {
    let refused = [("winmail.dat".to_string(), Err(Unreadable::Tnef))];
    assert_eq!(with_winmail("x", &tnef(&[])).1, refused);
    assert_eq!(with_winmail("x", b"\x78\x9F\x3E\x22").1, refused);
    let endless = tnef(&[attribute(2, NEXT, &[0; 14]), [&[2], u32::MAX.to_le_bytes().as_slice(), &[0xFF; 4]].concat()]);
    assert_eq!(with_winmail("x", &endless).1, refused);
    // A cut one keeps what there is.
    let whole =
        tnef(&[attribute(2, NEXT, &[0; 14]), attribute(2, TITLE, b"a.txt\0"), attribute(2, DATA, &[b'x'; 500])]);
    for cut in 0..whole.len() {
        let (_, files) = with_winmail("x", &whole[..cut]);
        assert!(cut == 0 || !files.is_empty(), "{cut}: {files:?}");
    }
    assert_eq!(with_winmail("x", &whole[..whole.len() - 200]).1, [("a.txt".to_string(), Ok(302))]);
}

/// A value of BER: tag, length of definite or indefinite form, content.
fn ber(tag: u8, content: &[u8], indefinite: bool) -> Vec<u8> {
    if indefinite {
        return [&[tag, 0x80], content, &[0, 0]].concat();
    }
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], length.as_slice(), content].concat()
}

fn signed(inner: &[u8], streamed: bool, kind: u8) -> Vec<u8> {
    let object = |last: u8| [b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07".as_slice(), &[last]].concat();
    let octets = if streamed {
        let pieces: Vec<Vec<u8>> = inner.chunks(1_000).map(|it| ber(0x04, it, false)).collect();
        ber(0x24, &pieces.concat(), true)
    } else {
        ber(0x04, inner, false)
    };
    let content = ber(0x30, &[object(1), ber(0xA0, &octets, streamed)].concat(), streamed);
    let data = ber(0x30, &[b"\x02\x01\x01\x31\x00".to_vec(), content].concat(), streamed);
    ber(0x30, &[object(kind), ber(0xA0, &data, streamed)].concat(), streamed)
}

#[test]
fn signed_mails_are_opened() {
    let book = form("complete");
    let inner = super::with_files("中", "署名した文", &[("自己診断.xlsx", &book)]);
    for streamed in [false, true] {
        let coded = folded(&base64(&signed(&inner, streamed, 2)));
        let header: [&[u8]; 4] = [
            b"From: outer@x.jp",
            b"Subject: outer",
            b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
            b"Content-Transfer-Encoding: base64",
        ];
        let (mail, files) = read(&mail(&header, coded.as_bytes()));
        assert_eq!((mail.subject.as_str(), mail.text.trim()), ("outer", "署名した文"));
        assert_eq!(mail.from.unwrap().address, "outer@x.jp");
        assert_eq!(outcomes(&files), [("自己診断.xlsx".to_string(), Ok(book.len()))]);
        let (_, files) = read(&super::with_files("x", "y", &[("smime.p7m", &signed(&inner, streamed, 2))]));
        assert_eq!(outcomes(&files), [("自己診断.xlsx".to_string(), Ok(book.len()))]);
    }
    // Encrypted: named, and left closed.
    let (mail, files) = read(&super::with_files("x", "y", &[("smime.p7m", &signed(&inner, false, 3))]));
    assert_eq!((names(&mail), files.len()), (vec!["smime.p7m"], 1));
    assert!(files[0].content.as_ref().is_ok_and(|it| it.starts_with(b"\x30\x84")));
}

fn uuencoded(name: &[u8], bytes: &[u8]) -> Vec<u8> {
    let letter = |it: u8| if it == 0 { b'`' } else { it + 0x20 };
    let mut out = [b"begin 644 ", name, b"\r\n"].concat();
    for line in bytes.chunks(45) {
        out.push(letter(u8::try_from(line.len()).unwrap()));
        for group in line.chunks(3) {
            let at = |index: usize| group.get(index).copied().unwrap_or_default();
            let (one, two, three) = (at(0), at(1), at(2));
            out.extend([one >> 2, (one << 4 | two >> 4) & 63, (two << 2 | three >> 6) & 63, three & 63].map(letter));
        }
        out.extend(b"\r\n");
    }
    out.extend(b"`\r\nend\r\n");
    out
}

#[test]
fn files_set_into_the_text() {
    let book = form("complete");
    let body = [b"above\r\n".as_slice(), &uuencoded(&sjis("表計算.xlsx"), &book), b"below\r\n"].concat();
    let (read_mail, files) = read(&mail(&[b"From: a@x.jp"], &body));
    assert_eq!(read_mail.text, "above\nbelow\n");
    assert_eq!(names(&read_mail), ["表計算.xlsx"]);
    assert_eq!(outcomes(&files), [("表計算.xlsx".to_string(), Ok(book.len()))]);
    assert_eq!(files[0].content.as_ref().unwrap(), &book);
    let declared = [
        b"From: a@x.jp".as_slice(),
        b"Content-Type: application/x; name=a.xlsx",
        b"Content-Transfer-Encoding: x-uuencode",
    ];
    let (_, files) = read(&mail(&declared, &uuencoded(b"b", &book)));
    assert_eq!(outcomes(&files), [("a.xlsx".to_string(), Ok(book.len()))]);
    for text in [
        "begin 644 a\n\u{1}\u{2}\n",
        "We begin 100 things\nbegin 9 a\n#abc",
        "begin 644 x\nこれは文です\n",
        "begin 644 \n",
    ] {
        assert!(uuencode::blocks(text.as_bytes()).is_empty(), "{text}");
    }
    // Blanks at the ends of lines are lost on the way.
    let found = uuencode::blocks(b"begin 644 a\n#86(\n`\nend\n");
    assert_eq!((found[0].name.as_str(), found[0].bytes.as_slice()), ("a", b"ab\0".as_slice()));
}
