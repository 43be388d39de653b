//! Mails as people write them, built by hand.

use lettre::message::{
    Attachment, Message, MultiPart, SinglePart,
    header::{ContentType, HeaderName, HeaderValue},
};

/// A mail being written.
pub struct Draft {
    pub from: String,
    pub subject: String,
    pub text: String,
    pub files: Vec<(String, Vec<u8>)>,
    pub headers: Vec<(&'static str, String)>,
    pub at: &'static str,
    pub id: String,
}

/// A mail of somebody, on 2022-08-12 at noon in Japan unless told.
pub fn from(who: &str) -> Draft {
    Draft {
        from: who.to_string(),
        subject: "自己診断の提出".to_string(),
        text: "自己診断フォーマットを提出します。よろしくお願いします。\n".to_string(),
        files: Vec::new(),
        headers: Vec::new(),
        at: "2022-08-12T03:00:00Z",
        id: format!("{}@sender.example.jp", uketsuke_hash(who)),
    }
}

fn uketsuke_hash(text: &str) -> String {
    text.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))).to_string()
}

impl Draft {
    pub fn subject(mut self, it: &str) -> Draft {
        self.subject = it.to_string();
        self
    }
    pub fn text(mut self, it: &str) -> Draft {
        self.text = it.to_string();
        self
    }
    pub fn file(mut self, name: &str, bytes: Vec<u8>) -> Draft {
        self.files.push((name.to_string(), bytes));
        self
    }
    pub fn header(mut self, name: &'static str, value: &str) -> Draft {
        self.headers.push((name, value.to_string()));
        self
    }
    pub fn at(mut self, it: &'static str) -> Draft {
        self.at = it;
        self
    }
    pub fn id(mut self, it: &str) -> Draft {
        self.id = it.to_string();
        self
    }
    pub fn replying(self, message_id: &str) -> Draft {
        self.header("In-Reply-To", &format!("<{message_id}>")).header("References", &format!("<{message_id}>"))
    }

    pub fn bytes(self) -> Vec<u8> {
        let at: jiff::Timestamp = self.at.parse().unwrap();
        let mut builder = Message::builder()
            .from(self.from.parse().unwrap())
            .to("nw@itc.or.jp".parse().unwrap())
            .subject(self.subject)
            .message_id(Some(format!("<{}>", self.id)))
            .date(std::time::SystemTime::from(at));
        for (name, value) in self.headers {
            builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
        }
        let text = SinglePart::plain(self.text);
        if self.files.is_empty() {
            return builder.singlepart(text).unwrap().formatted();
        }
        let xlsx = ContentType::parse("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet").unwrap();
        let parts = self.files.into_iter().fold(MultiPart::mixed().singlepart(text), |parts, (name, bytes)| {
            parts.singlepart(Attachment::new(name).body(bytes, xlsx.clone()))
        });
        builder.multipart(parts).unwrap().formatted()
    }
}
