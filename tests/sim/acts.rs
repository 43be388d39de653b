//! What companies and machines do in a world: each a mail that is delivered.

use std::sync::Arc;

use uketsuke::ports::header;

use crate::{
    books,
    event::{Book, Robot, Say},
    facts::hash,
    imap::{SIZELESS, STUCK},
    mails::{COMPANIES, Company, DESK, Draft, MOST_BYTES, bounce, vouched},
    world::{Told, World},
};

const HANDS_IN: &str = "自己診断フォーマットを提出します。ご確認をお願いいたします。";
const WISHES: &str =
    "アドバイスはオンラインを希望します。第1希望 8/24 13:00-16:00、第2希望 8/26 13:00-16:00 でお願いします。";
const ANSWERS: &str = "アドバイス方式：オンライン\n候補日：8/25 13:00-16:00\n参加者：2名\n希望する支援：伴走型支援\n";

/// What is to hold for a mail, besides what holds for all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Usual,
    Silent,
    Stays,
}

impl World<'_> {
    fn draft(&mut self, company: &Company, subject: &str, text: &str) -> Draft {
        self.mails_made += 1;
        let n = self.mails_made;
        Draft {
            id: format!("m{n}@{}", company.domain),
            from: (company.person.to_owned(), company.address()),
            to: DESK.to_owned(),
            subject: format!("{subject} 控{n:03}"),
            text: format!("{}の{}です。\n\n{text}\n\n社内番号 {}\n", company.name, company.person, company.token()),
            file: None,
            answers: None,
            headers: vec![vouched(company.domain, "pass")],
            at: self.now,
        }
    }

    fn deliver(&mut self, mark: String, from: &str, raw: Vec<u8>, kind: Kind) {
        let raw = Arc::new(raw);
        let id = header::message_id(&raw).unwrap_or_default();
        let told = Told {
            id,
            from: from.to_owned(),
            sha256: hash(&raw),
            raw: raw.clone(),
            silent: kind == Kind::Silent,
            stays: kind == Kind::Stays,
            mark,
            touched: false,
        };
        self.told.push(told);
        self.post.put("INBOX", raw, self.now);
    }

    fn mark(&self) -> String {
        format!("控{:03}", self.mails_made)
    }

    /// The newest letter to one of a company's addresses: what the company answers.
    fn answering(&self, company: &Company) -> Option<String> {
        self.newest_to(&company.address()).map(|it| it.message_id.clone())
    }

    pub fn company_writes(&mut self, who: u8, say: Say) {
        let who = who % 3;
        let company = &COMPANIES[usize::from(who)];
        let mut kind = Kind::Usual;
        let mut it = match say {
            Say::Form(book, wishes) => {
                let mut it = self.draft(company, "自己診断の提出", if wishes { WISHES } else { "" });
                it.text = format!("{}\n\n{HANDS_IN}\n", it.text);
                it.file = Some(("自己診断.xlsx", books::book(book, who)));
                it.answers = self.answering(company).filter(|_| book == Book::Mended);
                it
            }
            Say::Locked => {
                let mut it = self.draft(company, "自己診断の提出", HANDS_IN);
                it.text.push_str("パスワードは別途お送りします。\n");
                it.file = Some(("自己診断.zip", books::locked(who)));
                it
            }
            Say::Key => {
                let text = format!("先ほどお送りしたファイルのパスワードです。\n\n{}\n", books::PASSWORD);
                self.draft(company, "パスワードのお知らせ", &text)
            }
            Say::Forgot => self.draft(company, "自己診断の提出", "添付のとおり自己診断フォーマットを提出します。"),
            Say::Question => self.draft(
                company,
                "記入方法について",
                "自己診断フォーマットの4-2の書き方を教えていただけますでしょうか。",
            ),
            Say::Wishes => self.reply(company, WISHES),
            Say::Answers => self.reply(company, ANSWERS),
            Say::Thanks => self.reply(company, "承知いたしました。ありがとうございます。"),
            Say::Withdraws => self.reply(company, "都合により、今回の参加を辞退いたします。"),
            Say::Colleague => {
                let mut it = self.draft(company, "自己診断の提出", HANDS_IN);
                it.from = ("経理担当".to_owned(), company.colleague());
                it.file = Some(("自己診断.xlsx", books::book(Book::Mended, who)));
                it
            }
            Say::Forged => {
                kind = Kind::Silent;
                let mut it = self.draft(company, "自己診断の提出", HANDS_IN);
                it.headers = vec![vouched(company.domain, "fail")];
                it.file = Some(("自己診断.xlsx", books::book(Book::Good, who)));
                it
            }
            Say::WrongThread => {
                let other = &COMPANIES[usize::from((who + 1) % 3)];
                let answers = self.answering(other);
                let mut it = self.draft(company, "Re: 受付番号0001", "状況を教えていただけますでしょうか。");
                it.answers = answers;
                it
            }
            Say::Huge => {
                kind = Kind::Stays;
                self.draft(company, "大きなメール", &"写真です。".repeat(MOST_BYTES / 12))
            }
            Say::Unfetchable => {
                let mut it = self.draft(company, "自己診断の提出", HANDS_IN);
                if self.story.setup.wire {
                    kind = Kind::Stays;
                    let stuck = if self.mails_made.is_multiple_of(2) { SIZELESS } else { STUCK };
                    it.headers.insert(0, stuck.to_owned());
                }
                it
            }
            Say::SameId => {
                let mut it = self.draft(company, "自己診断の提出", HANDS_IN);
                it.file = Some(("自己診断.xlsx", books::book(Book::Mended, who)));
                let mut before = self.told.iter().rev().filter(|it| !it.silent && !it.stays);
                if let Some(before) = before.find(|told| told.from == it.from.1) {
                    it.id = before.id.clone();
                }
                it
            }
            Say::Applies => return self.applies(company),
            Say::Elsewhere => {
                kind = Kind::Silent;
                let mut it = self.draft(company, "夏の特売のご案内", "新茶を特別価格でご案内いたします。");
                it.text = "新茶を特別価格でご案内いたします。\n".to_owned();
                it.from = ("売店".to_owned(), "shop@market.example".to_owned());
                it.id = format!("ad{}@market.example", self.mails_made);
                it.headers = vec![vouched("market.example", "pass")];
                it
            }
        };
        it.at = self.now;
        // the subject of a mail that tells a password is told to nobody
        let mark = if say == Say::Key { String::new() } else { self.mark() };
        self.deliver(mark, &it.from.1, it.bytes(), kind);
    }

    fn reply(&mut self, company: &Company, text: &str) -> Draft {
        let answers = self.answering(company);
        Draft { answers, ..self.draft(company, "Re: DX自己診断", text) }
    }

    fn applies(&mut self, company: &Company) {
        let text = format!(
            "下記の内容でお申し込みがありました。\n名前: {}\n会社名・組織名: {}\n部門名・役職: 総務\nメールアドレス: {}\n申し込み地域: 茨城\n事務局への連絡内容等: なし\n",
            company.person,
            company.name,
            company.address()
        );
        let mut it = self.draft(company, "【DX自己診断】お申し込みがありました", "");
        it.from = ("フォームメーラー".to_owned(), "noreply@form.example.jp".to_owned());
        it.id = format!("form{}@form.example.jp", self.mails_made);
        it.headers = vec![vouched("form.example.jp", "pass"), "Auto-Submitted: auto-generated".to_owned()];
        it.text = text;
        self.deliver(self.mark(), &it.from.1, it.bytes(), Kind::Usual);
    }

    /// The same bytes once more, as servers do after a lost answer, or when a mail came by two ways.
    pub fn comes_again(&mut self, which: u8) {
        let mails: Vec<Arc<Vec<u8>>> = self.told.iter().filter(|it| !it.stays).map(|it| it.raw.clone()).collect();
        if let Some(raw) = mails.get(usize::from(which) % mails.len().max(1)) {
            self.post.put("INBOX", raw.clone(), self.now);
        }
    }

    pub fn machine_writes(&mut self, who: u8, robot: Robot) {
        let company = &COMPANIES[usize::from(who % 3)];
        let letter = self.newest_to(&company.address()).map(|it| it.message_id.clone());
        if let Robot::Bounce | Robot::Delayed = robot {
            let Some(letter) = letter else { return };
            self.mails_made += 1;
            let id = format!("b{}@mail.itc.example.jp", self.mails_made);
            let raw = bounce(&id, &letter, &company.address(), robot == Robot::Bounce, self.now);
            return self.deliver(String::new(), "", raw, Kind::Silent);
        }
        let mut it = self.draft(company, "Re: DX自己診断 自動応答", "8月16日まで夏季休業のため不在にしております。");
        it.answers = letter;
        let extra = match robot {
            Robot::OutOfOffice => "Auto-Submitted: auto-replied",
            Robot::List => "List-Id: <dx.example.jp>\r\nPrecedence: list",
            Robot::OtherDesk => "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All",
            _ => "Return-Path: <>",
        };
        it.headers.insert(0, extra.to_owned());
        self.deliver(String::new(), &it.from.1, it.bytes(), Kind::Silent);
    }
}
