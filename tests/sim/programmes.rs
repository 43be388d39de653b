//! Endurance: programmes one after another, a month between them, in one desk that is never started anew. Memory and open
//! files stay what they are.

use std::{fs, sync::Arc};

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz};
use uketsuke::{
    desk::case::Stage,
    ports::header,
    run::{Desk, Troubles},
};

use crate::{
    bench::{self, Bench},
    books,
    event::{Book, Mode},
    mails::{DESK, Draft, vouched},
    people,
    post::{HELD, PROCESSED},
    story::Setup,
};

/// 2022-08-01 09:00 in Japan.
const OPENING: &str = "2022-08-01T00:00:00Z";

/// What the process holds.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Its own: pages of the program's file come and go with the system's cache.
    pub resident_kb: u64,
    pub files: usize,
}

impl Held {
    fn now() -> Held {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let kb = |name: &str| -> u64 {
            let line = status.lines().find_map(|it| it.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        Held { resident_kb: kb("RssAnon:") + kb("RssShmem:"), files: fs::read_dir("/proc/self/fd").unwrap().count() }
    }
}

/// A company of one programme.
struct Company {
    name: String,
    domain: String,
}

impl Company {
    fn address(&self) -> String {
        format!("tanto@{}", self.domain)
    }
}

struct Year<'a> {
    bench: &'a mut Bench,
    desk: Desk,
    troubles: Troubles,
    now: Timestamp,
    mails: u32,
    /// Cases that were done.
    done: usize,
}

/// Lives so many programmes of so many companies each; what the process held after each.
pub async fn live(bench: &mut Bench, programmes: u32, companies: u32) -> Vec<Held> {
    bench.server.borrow_mut().renew();
    bench.server.borrow_mut().files_copies = true;
    let dir = bench::folder();
    bench.lay_out(dir.path());
    let setup = Setup { wire: true, proof: "sent", settling: 3, mode: Mode::Auto };
    let desk = bench.open(dir.path(), &dir.path().join("state-0"), &setup, setup.mode).unwrap();
    let now = OPENING.parse().unwrap();
    let mut year = Year { bench, desk, troubles: Troubles::default(), now, mails: 0, done: 0 };
    let mut held = Vec::new();
    for number in 0..programmes {
        year.programme(number, companies).await;
        held.push(Held::now());
    }
    assert_eq!(year.done, (programmes * companies) as usize, "every case of every programme comes to its end");
    held
}

impl Year<'_> {
    async fn programme(&mut self, number: u32, companies: u32) {
        let all: Vec<Company> = (0..companies)
            .map(|n| Company {
                name: format!("株式会社第{number}の{n}製作所"),
                domain: format!("works{number}x{n}.example.jp"),
            })
            .collect();
        self.appoints(number);
        for (n, it) in all.iter().enumerate() {
            self.hands_in(it, if n % 2 == 0 { Book::Good } else { Book::Faulty });
        }
        self.passes(4, 10).await;
        for it in all.iter().skip(1).step_by(2) {
            self.hands_in(it, Book::Mended);
        }
        self.passes(4, 10).await;
        for it in &all {
            let mut draft = self.draft(it, "Re: DX自己診断", "4-2の書き方を教えていただけますでしょうか。");
            draft.answers = self.newest_letter_to(&it.address());
            self.delivers(&draft);
        }
        self.passes(6, 60).await;
        self.assigns().await;
        self.passes(30, 24 * 60).await;
        let mut server = self.bench.server.borrow_mut();
        server.accepted = Vec::new();
        // people put away what is done
        for it in [PROCESSED, HELD, "Sent"] {
            server.folder(it).unwrap().items = Vec::new();
        }
    }

    fn draft(&mut self, company: &Company, subject: &str, text: &str) -> Draft {
        self.mails += 1;
        Draft {
            id: format!("m{}@{}", self.mails, company.domain),
            from: ("担当".to_owned(), company.address()),
            to: DESK.to_owned(),
            subject: subject.to_owned(),
            text: format!("{}でございます。\n\n{text}\n", company.name),
            file: None,
            answers: None,
            headers: vec![vouched(&company.domain, "pass")],
            at: self.now,
        }
    }

    fn hands_in(&mut self, company: &Company, book: Book) {
        let mut draft = self.draft(
            company,
            "自己診断の提出",
            "自己診断フォーマットを提出します。アドバイスはオンラインを希望します。",
        );
        draft.file = Some(("自己診断.xlsx", Arc::new(books::named(book, &company.name))));
        draft.answers = self.newest_letter_to(&company.address());
        self.delivers(&draft);
    }

    fn delivers(&mut self, draft: &Draft) {
        self.bench.server.borrow_mut().put("INBOX", Arc::new(draft.bytes()), self.now);
    }

    fn newest_letter_to(&self, address: &str) -> Option<String> {
        let server = self.bench.server.borrow();
        let newest = server.accepted.iter().rev().find(|it| it.to.iter().any(|to| to == address))?;
        header::message_id(&newest.raw)
    }

    /// So many rounds, so many minutes apart.
    async fn passes(&mut self, rounds: u32, minutes: i64) {
        let (_keep, stop) = tokio::sync::watch::channel(false);
        for _ in 0..rounds {
            self.now = self.now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
            self.bench.server.borrow_mut().now = self.now;
            let now = self.now;
            self.desk.round(&mut self.troubles, || now, &stop).await.unwrap();
        }
    }

    /// Every case that is right is given to an advisor: the last the desk has to do with it.
    async fn assigns(&mut self) {
        let cases: Vec<_> = self.desk.store.cases().unwrap().into_iter().map(|it| it.case).collect();
        let open = cases.iter().filter(|it| !matches!(it.stage, Stage::Proposed { .. }));
        for (n, case) in open.enumerate() {
            let given = people::assign(&mut self.desk, case, n, self.now).await.unwrap();
            assert!(given.is_some(), "a case that is {} cannot be given to an advisor", case.stage.name());
            self.done += 1;
        }
    }

    /// A new programme has its own dates and advisors.
    fn appoints(&mut self, number: u32) {
        let mut rules = (*self.desk.rules).clone();
        let (it, today) = (&mut rules.programme, self.now.to_zoned(tz::TimeZone::fixed(tz::offset(9))).date());
        for (day, after) in [
            (&mut it.submission_from, 0),
            (&mut it.submission_to, 14),
            (&mut it.advice_from, 7),
            (&mut it.advice_to, 30),
        ] {
            *day = today.checked_add(after.days()).unwrap();
        }
        for (n, it) in rules.advisors.iter_mut().enumerate() {
            (it.id, it.capacity) = (format!("advisor-{number}-{n}"), 1000);
        }
        self.desk.rules = Arc::new(rules);
    }
}
