//! Mails as bytes: what companies, machines and people of the secretariat write.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, tz};

/// The desk's address.
pub const DESK: &str = "nw@itc.or.jp";
/// Where the digest goes.
pub const OFFICE: &str = "jimukyoku@itc.example.jp";
/// Larger mails stay where they are.
pub const MOST_BYTES: usize = 150_000;

/// A company, with words that stand in no other one's mails.
pub struct Company {
    pub name: &'static str,
    pub person: &'static str,
    pub domain: &'static str,
    /// What is only this company's: in no letter to another may one of these stand.
    pub marks: [&'static str; 4],
}

pub const COMPANIES: [Company; 3] = [
    Company {
        name: "蒼井鋲螺株式会社",
        person: "蒼井春樹",
        domain: "aoi-byora.example.jp",
        marks: ["蒼井", "鋲螺", "aoi-byora", "QXA7719"],
    },
    Company {
        name: "株式会社臼田製茶",
        person: "臼田夏美",
        domain: "usuda-cha.example.co.jp",
        marks: ["臼田", "製茶", "usuda-cha", "QXB2804"],
    },
    Company {
        name: "有限会社香取木桶",
        person: "香取秋子",
        domain: "katori-oke.example",
        marks: ["香取", "木桶", "katori-oke", "QXC5530"],
    },
];

impl Company {
    pub fn address(&self) -> String {
        format!("tanto@{}", self.domain)
    }

    pub fn colleague(&self) -> String {
        format!("keiri@{}", self.domain)
    }

    /// The word only this company uses, for the text of its mails.
    pub fn token(&self) -> &'static str {
        self.marks[3]
    }
}

/// A mail being written.
pub struct Draft {
    pub id: String,
    pub from: (String, String),
    pub to: String,
    pub subject: String,
    pub text: String,
    pub file: Option<(&'static str, std::sync::Arc<Vec<u8>>)>,
    /// What it answers: Message-ID without brackets.
    pub answers: Option<String>,
    /// Whole lines, without line end.
    pub headers: Vec<String>,
    pub at: Timestamp,
}

fn word(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let pieces: Vec<char> = text.chars().collect();
    let encoded = |it: &[char]| format!("=?UTF-8?B?{}?=", STANDARD.encode(it.iter().collect::<String>()));
    pieces.chunks(12).map(encoded).collect::<Vec<_>>().join("\r\n ")
}

fn lines(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 38);
    for part in encoded.as_bytes().chunks(76) {
        out.push_str(std::str::from_utf8(part).unwrap());
        out.push_str("\r\n");
    }
    out
}

pub fn date(at: Timestamp) -> String {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(9))).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

impl Draft {
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = String::new();
        for it in &self.headers {
            all.push_str(&format!("{it}\r\n"));
        }
        all.push_str(&format!("From: {} <{}>\r\nTo: <{}>\r\n", word(&self.from.0), self.from.1, self.to));
        all.push_str(&format!("Subject: {}\r\nDate: {}\r\n", word(&self.subject), date(self.at)));
        all.push_str(&format!("Message-ID: <{}>\r\nMIME-Version: 1.0\r\n", self.id));
        if let Some(it) = &self.answers {
            all.push_str(&format!("In-Reply-To: <{it}>\r\nReferences: <{it}>\r\n"));
        }
        let text = format!(
            "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            lines(self.text.as_bytes())
        );
        let Some((name, file)) = &self.file else {
            all.push_str(&text);
            return all.into_bytes();
        };
        all.push_str("Content-Type: multipart/mixed; boundary=\"=_sim\"\r\n\r\n--=_sim\r\n");
        all.push_str(&text);
        all.push_str(&format!(
            "--=_sim\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{}\"\r\n\r\n{}--=_sim--\r\n",
            word(name),
            lines(file)
        ));
        all.into_bytes()
    }
}

/// What our border says of a company's mail.
pub fn vouched(domain: &str, result: &str) -> String {
    format!("Authentication-Results: mail.itc.example.jp; dmarc={result} header.from={domain}")
}

/// A notification that a letter of ours came back, or is late.
pub fn bounce(id: &str, letter: &str, recipient: &str, for_good: bool, at: Timestamp) -> Vec<u8> {
    let (action, status) = if for_good { ("failed", "5.1.1") } else { ("delayed", "4.4.1") };
    let date = date(at);
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.itc.example.jp\r\nTo: {DESK}\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Date: {date}\r\nMessage-ID: <{id}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\r\n\r\n\
         --=_b\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n\r\n\
         --=_b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.itc.example.jp\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n\
         --=_b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: {DESK}\r\nTo: {recipient}\r\nMessage-ID: <{letter}>\r\n\r\n--=_b--\r\n"
    )
    .into_bytes()
}
