//! Broken and malicious mails without end: small mails are taken apart at their lines, parts and headers, changed, put
//! together again and understood. Nothing of ours may panic, take long or say two things of one mail.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use uketsuke::desk::{
    mail::Mail,
    reading::{Care, understand},
};

use super::{Chance, rules, watch};

/// A shape of large mails.
type Large = (&'static str, &'static [u8], &'static [u8], usize, &'static [u8]);

const RUNS: u64 = 3_000;
const HTML: &[u8] = b"Content-Type: text/html; charset=utf-8\r\n\r\n";
const PLAIN: &[u8] = b"Content-Type: text/plain; charset=utf-8\r\n\r\n";
const MIXED: &[u8] = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n";
/// Name, what stands before, what is repeated, up to how many MiB, what stands behind.
const LARGE: [Large; 24] = [
    ("fields", b"", b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 2, b"\r\nx"),
    ("continuations", b"Subject: x\r\n", b" aaaaaaaaaaaaa bbbbbbbbbbbbb\r\n", 2, b"\r\nx"),
    ("words", b"Subject:", b"\r\n =?utf-8?B?44GC44GE44GG44GI44GK?=", 10, b"\r\n\r\nx"),
    ("open words", b"Subject: ", b"=?a?q?", 1, b"\r\n\r\nx"),
    ("commas", b"To: ", b"a,", 1, b"\r\n\r\nx"),
    ("lists", b"", b"To: a,b,c,<d@e>,=?a?q?,=?a?q?,\"a,b,c,d,(((\r\n", 2, b"\r\nx"),
    ("references", b"", b"References: <a@b> <c@d> <e@f> <g@h> <i@j>\r\n", 2, b"\r\nx"),
    ("parameters", b"Content-Type: application/x; ", b"name*1*=%41;\";", 1, b"\r\n\r\nx"),
    ("parts", MIXED, b"--b\r\n\r\nx\r\n", 1, b"--b--"),
    ("files", MIXED, b"--b\r\nContent-Type: application/x; name=a.xlsx\r\n\r\nx\r\n", 4, b"--b--"),
    ("no line ends", MIXED, b"--b", 5, b""),
    ("nesting", b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 2, b"\r\nx"),
    ("mails in mails", b"", b"Content-Type: message/rfc822\r\n\r\nFrom: a@x.example\r\n", 2, b"\r\nx"),
    ("paragraphs", HTML, b"<p>hello world</p>", 5, b""),
    ("open elements", HTML, b"<div><b><a href=x>", 5, b""),
    ("cells", HTML, b"<table><tr><td>a<td>b", 5, b""),
    ("one row", HTML, b"<td>a</td>", 5, b""),
    ("attributes", HTML, b"<p a=b ", 5, b">"),
    ("lines", PLAIN, "自己診断\r\n\r\n".as_bytes(), 5, b""),
    ("rules", PLAIN, "－－－－－－－－－－\r\n".as_bytes(), 5, b""),
    ("quotes", PLAIN, b"> a\r\nOn 2022 a <a@b> wrote:\r\n", 5, b""),
    ("passwords", PLAIN, "パスワードは abc です\r\n".as_bytes(), 5, b""),
    ("begins", PLAIN, b"begin 644 a\r\n", 5, b""),
    ("undeclared", b"\r\n", b"\x83\x5C\xB1a", 5, b""),
];
/// Most seeds taken from the folder of mails.
const MOST_SEEDS: usize = 150;
/// Encoded files of the seeds are cut to so many lines.
const MOST_LINES: usize = 12;
/// Now and then a piece is repeated up to this size.
const MOST_REPEATED: usize = 2 << 20;

const CHARSETS: [&str; 14] = [
    "iso-2022-jp",
    "ISO-2022-JP-2",
    "cp50221",
    "shift_jis",
    "windows-31j",
    "euc-jp",
    "utf-8",
    "utf-16",
    "us-ascii",
    "iso-8859-1",
    "gb18030",
    "iso-2022-kr",
    "x-nonsense",
    "",
];
const ENCODINGS: [&str; 8] = ["7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "BASE64 ", "?"];
const TYPES: [&str; 18] = [
    "text/plain",
    "text/html",
    "text/plain; format=flowed; delsp=yes",
    "multipart/mixed",
    "multipart/alternative",
    "multipart/related",
    "multipart/digest",
    "multipart/report; report-type=delivery-status",
    "message/rfc822",
    "message/delivery-status",
    "message/external-body",
    "application/ms-tnef",
    "application/pkcs7-mime",
    "application/zip",
    "image/png",
    "application/octet-stream; name*0*=utf-8''%E3%81; name*1*=%82",
    "multipart/",
    "",
];
const PIECES: [&[u8]; 36] = [
    b"\x1B$B",
    b"\x1B(B",
    b"\x1B(I",
    b"\x1B$(D",
    b"\x1B$)C",
    b"\x0E",
    b"\x0F",
    b"\x1B",
    b"\0",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\r\n ",
    b"=?utf-8?B?",
    b"=?iso-2022-jp?q?",
    b"?=",
    b"=?",
    b"\"",
    b"(((((((((((((",
    b"\\",
    b"<<<<",
    b">,;:",
    b"'",
    b"%E3",
    b"\xE3\x81",
    b"\x83\x5C",
    b"\x8E\xB1",
    b"\xFF\xFE",
    b"\xEF\xBB\xBF",
    b"begin 644 a.xlsx\r\n#86)C\r\n`\r\nend\r\n",
    b"\r\n--b\r\n",
    b"\r\n--b--\r\n",
    b"boundary=b; boundary=c;",
    b"<div style='display:none'><table><tr><td>",
    b"<blockquote><!--",
    b"\x78\x9F\x3E\x22\0\0\x02\x05\x90\x06\0\xFF\xFF\xFF\x7F",
];
/// Shapes that the folder of mails has none of.
const SHAPES: [&[u8]; 7] = [
    b"From: a@x.example\r\nSubject: =?ISO-2022-JP?B?GyRCRHM9UBsoQg==?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
      --b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\nplain\r\n--bb\r\nContent-Type: text/html\r\n\r\n\
      <p>html<blockquote>q</blockquote><table><tr><td>1<td>2</table>\r\n--bb--\r\n--b\r\nContent-Type: application/zip\r\n\
      Content-Disposition: attachment; filename*0*=cp932''%95%5C; filename*1=.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n\
      UEsDBBQAAAAAAAAAIVSrzUGPAwAAAAMAAAAFAAAAYS50eHRhYmNQSwECFAAUAAAAAAAAACFUq81BjwMAAAADAAAABQAAAAAAAAAAAAAAAAAAAAAAYS50\r\n\
      eHRQSwUGAAAAAAEAAQAzAAAAJgAAAAAA\r\n--b--\r\n",
    b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
      From: c@x.example\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\ninner\r\n--i\r\nContent-Type: \
      application/octet-stream; name=a.xlsx\r\n\r\nPK\x03\x04\r\n--i--\r\n--b--\r\n",
    b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n\
      \x78\x9F\x3E\x22\x01\0\x02\x02\x90\x06\0\x04\0\0\0\0\0\0\0\0\0\x02\x10\x80\x01\0\x06\0\0\0a.txt\0\0\0\x02\x0F\x80\x06\0\x03\0\0\0abc\0\0\
      \x02\x05\x90\x06\0\x1C\0\0\0\x01\0\0\0\x1F\0\x07\x37\x01\0\0\0\x0A\0\0\0b\0.\0t\0\0\0\0\0\0\0\0\0\r\n--b--\r\n",
    b"From: a@x.example\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\r\n\
      \x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x09\x2A\x86\x48\x86\
      \xF7\x0D\x01\x07\x01\xA0\x80\x24\x80\x04\x12Subject: x\r\n\r\nhello\0\0\0\0\0\0\0\0\0\0\0\0",
    b"From: a@x.example\r\nSubject: uu\r\n\r\ntext\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend\r\nmore\r\n",
    b"From: =?utf-8?Q?a,_(b)?= <a@x.example>, \"x\" <b@x.example>\r\nTo: g: a@b.example, c@d.example;, e@f.example\r\n\
      References: <1@x> <2@x>\r\nAuthentication-Results: x; spf=pass\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\n\
      one \r\ntwo\r\n> > three \r\n> four\r\n-- \r\nsig\r\n",
    b"From: a@x.example\r\nContent-Type: text/html; charset=iso-2022-jp\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
      <html><head><title>t</title><style>p{}</style></head><body><p>=1B$B$\"=1B(B&nbsp;x<br>y<ul><li>1<li>2</ul></body></html>\r\n",
];

pub fn broken_mails_do_no_harm() {
    let runs = watch::runs(RUNS);
    let (seeds, rules) = (seeds(), rules());
    let arrived: Timestamp = "2022-08-10T01:12:31Z".parse().unwrap();
    let (mut slowest, mut total, mut heard) = (Duration::ZERO, Duration::ZERO, BTreeMap::<&str, u64>::new());
    let mut panics = BTreeMap::<String, u64>::new();
    for run in 0..runs {
        let mut chance = Chance::of(run);
        let raw = changed(&seeds, &mut chance);
        let (reading, took, caught) = watch::watched(|| understand(&raw, arrived, Care::All, &rules, &[]));
        let name = format!("mail-{run}.eml");
        if caught > 0 {
            let place = watch::last_panic();
            if !place.contains("/registry/") {
                watch::failed(&name, &raw, &place);
            }
            *panics.entry(place.rsplit("/registry/src/").next().unwrap().to_owned()).or_default() += 1;
        }
        if took > watch::MOST_TIME {
            watch::failed(&name, &raw, &format!("took {took:?}"));
        }
        let said = serde_json::to_string(&reading).unwrap();
        if let Some(why) = unsound(&reading.mail) {
            watch::failed(&name, &raw, why);
        }
        if run % 16 == 0 && said != serde_json::to_string(&understand(&raw, arrived, Care::All, &rules, &[])).unwrap() {
            watch::failed(&name, &raw, "two readings of one mail");
        }
        (slowest, total) = (slowest.max(took), total + took);
        for (what, is) in [
            ("sender", reading.mail.from.is_some()),
            ("subject", !reading.mail.subject.is_empty()),
            ("text", !reading.mail.text.is_empty()),
            ("files", !reading.mail.attachments.is_empty()),
        ] {
            *heard.entry(what).or_default() += u64::from(is);
        }
        if run % 100_000 == 99_999 {
            println!("{} mails, slowest {slowest:?}, peak {} KiB", run + 1, watch::peak());
        }
    }
    println!("{runs} mails in {total:?}, slowest {slowest:?}, peak {} KiB: {heard:?}", watch::peak());
    println!("caught panics of libraries: {panics:?}");
    // a mutator that breaks everything tests nothing behind the first check
    assert!(heard.values().all(|it| it * 10 > runs), "{heard:?}");
}

/// What is repeated until it is large must take time by its length, not by the square of it.
pub fn large_mails_are_quick() {
    let rules = rules();
    let arrived: Timestamp = "2022-08-10T01:12:31Z".parse().unwrap();
    let most = if cfg!(debug_assertions) { 5 * watch::MOST_TIME } else { watch::MOST_TIME };
    for (name, before, piece, megabytes, after) in LARGE {
        let times = (megabytes << 20) / piece.len();
        let raw = [b"From: a@x.example\r\n", before, &piece.repeat(times), after].concat();
        let (_, took, _) = watch::watched(|| understand(&raw, arrived, Care::All, &rules, &[]));
        println!("{name}: {took:?}");
        if took > most {
            watch::failed(&format!("large-{name}.eml"), &raw, &format!("took {took:?}"));
        }
    }
}

/// What must not come out of any mail.
fn unsound(mail: &Mail) -> Option<&'static str> {
    let controls = |it: &str| it.chars().any(|it| it.is_control() || matches!(it, '\u{202A}'..='\u{202E}'));
    let lines = mail.to.iter().chain([&mail.subject]).chain(mail.from.iter().flat_map(|it| [&it.name, &it.address]));
    let names = mail.attachments.iter().map(|it| &it.name);
    if lines.chain(names.clone()).chain(&mail.replies_to).any(|it| controls(it)) {
        return Some("control characters");
    }
    let wild = |it: &String| it.is_empty() || it.contains(['/', '\\']) || it.chars().count() > 100;
    if names.clone().any(wild) {
        return Some("a wild name");
    }
    let large =
        mail.text.chars().count() > 200_000 || mail.attachments.len() > 50 || mail.subject.chars().count() > 1_000;
    large.then_some("too large")
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mails");
    let mut open = vec![std::path::PathBuf::from(folder)];
    let mut paths = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "eml") {
            paths.push(path);
        }
    }
    paths.sort();
    assert!(paths.len() >= 10, "{paths:?}");
    // spread over all kinds of senders
    let step = paths.len().div_ceil(MOST_SEEDS);
    let seeds = paths.iter().step_by(step).map(|it| shortened(&std::fs::read(it).unwrap()));
    seeds.chain(SHAPES.map(<[u8]>::to_vec)).collect()
}

/// Without most of the files in it: what they are is for the others to break.
fn shortened(raw: &[u8]) -> Vec<u8> {
    let mut coded = 0;
    let mut out = Vec::new();
    for line in raw.split_inclusive(|it| *it == b'\n') {
        let is_code =
            line.len() > 70 && line.trim_ascii().iter().all(|it| it.is_ascii_alphanumeric() || b"+/=".contains(it));
        coded = if is_code { coded + 1 } else { 0 };
        if coded < MOST_LINES {
            out.extend_from_slice(line);
        }
    }
    out
}

/// One to five changes.
fn changed(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut raw = chance.pick(seeds).clone();
    for _ in 0..=chance.below(5) {
        if raw.len() < 8 {
            raw = chance.pick(seeds).clone();
        }
        match chance.below(16) {
            0 => declare(&mut raw, b"charset=", &CHARSETS, chance),
            1 => declare(&mut raw, b"encoding: ", &ENCODINGS, chance),
            2 => declare(&mut raw, b"content-type: ", &TYPES, chance),
            3 => declare(&mut raw, b"boundary=", &["b", "\"bb\"", "", "\"b", "=_x y"], chance),
            4 | 5 => header(&mut raw, seeds, chance),
            6 => parts(&mut raw, seeds, chance),
            7 => raw = wrapped(&raw, chance),
            8 => line_ends(&mut raw, chance),
            9 if chance.one_in(40) => repeat(&mut raw, chance),
            9..12 => {
                let (at, piece) = (chance.below(raw.len()), chance.pick(&PIECES).to_vec());
                drop(raw.splice(at..at, piece));
            }
            _ => hurt(&mut raw, chance),
        }
    }
    raw
}

/// Another value where the mail says what it is.
fn declare(raw: &mut Vec<u8>, word: &[u8], values: &[&str], chance: &mut Chance) {
    let places: Vec<usize> =
        raw.windows(word.len()).enumerate().filter(|(_, it)| it.eq_ignore_ascii_case(word)).map(|(at, _)| at).collect();
    if places.is_empty() {
        return;
    }
    let from = chance.pick(&places) + word.len();
    let length = raw[from..].iter().position(|it| b";\r\n".contains(it)).unwrap_or(0);
    drop(raw.splice(from..from + length, chance.pick(values).bytes()));
}

/// A line of another mail's header among this one's lines.
fn header(raw: &mut Vec<u8>, others: &[Vec<u8>], chance: &mut Chance) {
    let lines = |raw: &[u8]| -> Vec<Vec<u8>> { raw.split_inclusive(|it| *it == b'\n').map(<[u8]>::to_vec).collect() };
    let donor = lines(chance.pick::<Vec<u8>>(others));
    let from = chance.below(donor.len().min(30));
    let mut all = lines(raw);
    let at = chance.below(all.len().min(30));
    let taken = donor[from..].iter().take(1 + chance.below(3)).cloned();
    let until = if chance.one_in(2) { at } else { at + 1 };
    drop(all.splice(at..until, taken));
    *raw = all.concat();
}

/// Pieces between delimiters swapped, lost, doubled, or another mail's.
fn parts(raw: &mut Vec<u8>, others: &[Vec<u8>], chance: &mut Chance) {
    let mut all = pieces(raw);
    let (at, to) = (chance.below(all.len()), chance.below(all.len()));
    match chance.below(4) {
        0 => all.swap(at, to),
        1 => drop(all.remove(at)),
        2 => all.insert(to, all[at].clone()),
        _ => {
            let other = pieces(chance.pick::<Vec<u8>>(others));
            all.insert(to, chance.pick(&other).clone());
        }
    }
    *raw = all.concat();
}

fn pieces(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut found = vec![Vec::new()];
    for line in raw.split_inclusive(|it| *it == b'\n') {
        if line.starts_with(b"--") {
            found.push(Vec::new());
        }
        found.last_mut().unwrap().extend_from_slice(line);
    }
    found
}

/// Forwarded, once or often.
fn wrapped(raw: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut raw = raw.to_vec();
    let times = if chance.one_in(20) { chance.below(40) } else { 1 };
    for time in 0..times {
        let kind = chance.pick(&["message/rfc822", "text/plain", "multipart/mixed; boundary=b"]);
        let head = format!(
            "From: f@x.example\r\nContent-Type: multipart/mixed; boundary=w{time}\r\n\r\n--w{time}\r\nContent-Type: {kind}\r\n\r\n"
        );
        raw = [head.as_bytes(), &raw, format!("\r\n--w{time}--\r\n").as_bytes()].concat();
    }
    raw
}

fn line_ends(raw: &mut Vec<u8>, chance: &mut Chance) {
    let end: &[u8] = chance.pick::<&[u8]>(&[b"\n", b"\r", b"\r\r\n", b"\n\r"]);
    let lines: Vec<&[u8]> = raw.split(|it| *it == b'\n').map(|it| it.strip_suffix(b"\r").unwrap_or(it)).collect();
    *raw = lines.join(end);
}

fn repeat(raw: &mut Vec<u8>, chance: &mut Chance) {
    let from = chance.below(raw.len());
    let to = (from + 1 + chance.below(64)).min(raw.len());
    let piece = if chance.one_in(2) { chance.pick(&PIECES).to_vec() } else { raw[from..to].to_vec() };
    let most = MOST_REPEATED >> (4 * chance.below(4));
    let times = chance.below(most) / piece.len();
    drop(raw.splice(from..from, piece.repeat(times)));
}

/// Bytes flipped, cut off, taken out, put in twice.
fn hurt(raw: &mut Vec<u8>, chance: &mut Chance) {
    let (from, length) = (chance.below(raw.len()), 1 + chance.below(64));
    let to = (from + length).min(raw.len());
    match chance.below(6) {
        0 => raw.truncate(from),
        1 => drop(raw.drain(from..to)),
        2 => {
            let twin = raw[from..to].to_vec();
            let at = chance.below(raw.len());
            drop(raw.splice(at..at, twin));
        }
        _ => {
            for _ in 0..=chance.below(8) {
                let at = chance.below(raw.len());
                raw[at] ^= 1 << chance.below(8);
            }
        }
    }
}
