//! Who may do what: the trust ladder. A reply tells a sender only what came in that sender's own mail, unless the sender is
//! known; what changes a case needs more, and what changes whom we write to is a person's order.

use super::{mail::auth::Auth, text};

/// What a mail wants of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An answer about what stands in the mail itself.
    Answer,
    /// To be taken into a case, and answered from it.
    Act,
    /// To end a case.
    Withdraw,
    /// To change whom we write to.
    ChangeContact,
    /// To order something, as the secretariat and advisors may.
    Command,
}

/// What a mail can show for its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// An address that is known in the case.
    KnownAddress,
    /// The mail domain of an address that is known in the case, and no provider's.
    CompanyDomain,
    /// A Message-ID of ours: they cannot be guessed, only passed on.
    OurThread,
    /// Our own border vouches for the sender's domain.
    Authenticated,
}

/// The ladder: each action with the sets of rungs of which one is enough. None at all: never by mail.
const LADDER: [(Action, &[&[Rung]]); 5] = [
    (Action::Answer, &[&[]]),
    (
        Action::Act,
        &[
            &[Rung::KnownAddress],
            &[Rung::OurThread, Rung::CompanyDomain],
            // also for a receipt number in the subject: it can be mistyped or guessed
            &[Rung::CompanyDomain, Rung::Authenticated],
        ],
    ),
    (Action::Withdraw, &[&[Rung::KnownAddress, Rung::OurThread], &[Rung::KnownAddress, Rung::Authenticated]]),
    (Action::ChangeContact, &[]),
    (Action::Command, &[&[Rung::KnownAddress, Rung::OurThread, Rung::Authenticated]]),
];

/// How a sender stands to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The address is known in the case.
    pub known: bool,
    /// Its domain is that of a known one.
    pub company: bool,
    /// It replies to a letter of ours.
    pub thread: bool,
    /// What our border says.
    pub auth: Auth,
}

impl Standing {
    fn has(&self, rung: Rung) -> bool {
        match rung {
            Rung::KnownAddress => self.known,
            Rung::CompanyDomain => self.company,
            Rung::OurThread => self.thread,
            Rung::Authenticated => self.auth == Auth::Pass,
        }
    }

    /// Which rungs are missing for an action, in words for the journal; `None` where it may be done.
    pub fn lacks(&self, action: Action) -> Option<String> {
        let ways = LADDER.iter().find(|(it, _)| *it == action).map_or(&[][..], |(_, ways)| *ways);
        let disowned = self.auth == Auth::Fail;
        if !disowned && ways.iter().any(|way| way.iter().all(|it| self.has(*it))) {
            return None;
        }
        let all = [Rung::KnownAddress, Rung::CompanyDomain, Rung::OurThread, Rung::Authenticated];
        let shown: Vec<Rung> = all.into_iter().filter(|it| self.has(*it)).collect();
        let auth = match self.auth {
            Auth::Fail => ", DMARC fail",
            Auth::None => ", no authentication",
            Auth::Pass => "",
        };
        let needed: Vec<String> = ways.iter().map(|it| named(it)).collect();
        let needed = if needed.is_empty() { "a person's order".to_owned() } else { needed.join(", or ") };
        Some(format!("needs {needed}; has {}{auth}", named(&shown)))
    }
}

fn named(rungs: &[Rung]) -> String {
    let name = |it: &Rung| match it {
        Rung::KnownAddress => "a known address",
        Rung::CompanyDomain => "the company's domain",
        Rung::OurThread => "a reply to our letter",
        Rung::Authenticated => "DMARC pass",
    };
    if rungs.is_empty() { "nothing".to_owned() } else { rungs.iter().map(name).collect::<Vec<_>>().join(" and ") }
}

/// Mail providers: their domains, and what is below them, say nothing about the company. Those under `.ne.jp` (network
/// services) are told by that.
const SHARED_DOMAINS: [&str; 52] = [
    "gmail.com",
    "googlemail.com",
    "yahoo.co.jp",
    "yahoo.com",
    "ymail.com",
    "outlook.jp",
    "outlook.com",
    "hotmail.com",
    "hotmail.co.jp",
    "live.jp",
    "live.com",
    "msn.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "au.com",
    "softbank.jp",
    "vodafone.jp",
    "willcom.com",
    "rakuten.jp",
    "rakumail.jp",
    "uqmobile.jp",
    "nifty.com",
    "plala.or.jp",
    "asahi-net.or.jp",
    "mbn.or.jp",
    "janis.or.jp",
    "iijmio-mail.jp",
    "infoseek.jp",
    "excite.co.jp",
    "goo.jp",
    "aol.jp",
    "aol.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "tuta.com",
    "tutanota.com",
    "zoho.com",
    "zohomail.com",
    "gmx.com",
    "gmx.net",
    "mail.com",
    "fastmail.com",
    "hey.com",
    "yandex.com",
    "qq.com",
    "163.com",
    "126.com",
    "naver.com",
    "daum.net",
    "mail.ru",
];

/// Addresses are compared without case: no mail system in use tells `Info@` from `info@`.
pub fn same_address(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The domain of an address in lower case, where it speaks for a company: not a mail provider's.
pub fn company_domain(address: &str) -> Option<String> {
    let domain = address.rsplit_once('@')?.1.to_lowercase();
    let below = |it: &str| domain.strip_suffix(it).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let shared = SHARED_DOMAINS.iter().any(|it| below(it)) || domain.ends_with(".ne.jp");
    (!shared).then_some(domain)
}

/// A receipt number in a subject or a text: `受付番号 0012`, also full-width.
pub fn receipt_number(subject: &str) -> Option<u32> {
    let folded = text::fold(subject).to_lowercase();
    ["受付番号", "受付no", "受付№"].iter().find_map(|it| {
        let (_, after) = folded.split_once(it)?;
        let led =
            after.trim_start_matches(|it: char| it.is_whitespace() || " :.#_はが「『【[(第=-ー→、no№".contains(it));
        let digits: String = led.chars().take_while(char::is_ascii_digit).take(6).collect();
        digits.parse().ok().filter(|it| *it > 0)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_receipt_number_is_found_in_any_width() {
        for (subject, number) in [
            ("Re: 【受付番号 0012】自己診断", Some(12)),
            ("ＲＥ：【受付番号　００１２】", Some(12)),
            ("受付番号：3の件", Some(3)),
            ("弊社の受付番号は「０００７」です", Some(7)),
            ("受付Ｎｏ．0012", Some(12)),
            ("受付番号No.12", Some(12)),
            ("受付番号_0012_自己診断.xlsx", Some(12)),
            ("受付番号の件、8月24日", None),
            ("受付番号 0000", None),
            ("受付番号を教えてください", None),
            ("自己診断 0012", None),
        ] {
            assert_eq!(receipt_number(subject), number, "{subject}");
        }
    }

    #[test]
    fn a_shared_domain_is_no_company() {
        assert_eq!(company_domain("b@Kinoko.example.jp").as_deref(), Some("kinoko.example.jp"));
        for shared in ["a@gmail.com", "a@Docomo.ne.jp", "a@i.softbank.jp", "a@cocoa.plala.or.jp", "a"] {
            assert_eq!(company_domain(shared), None, "{shared}");
        }
        assert!(company_domain("a@notgmail.com").is_some() && company_domain("a@xn--gmal-nza.com").is_some());
    }

    #[test]
    fn each_action_has_its_rungs() {
        let of = |known, company, thread, auth| Standing { known, company, thread, auth };
        use Action::{Act, Answer, ChangeContact, Command, Withdraw};
        let table = [
            (of(false, false, false, Auth::None), vec![Answer]),
            (of(false, false, true, Auth::Pass), vec![Answer]),
            (of(false, true, false, Auth::None), vec![Answer]),
            (of(false, true, false, Auth::Pass), vec![Answer, Act]),
            (of(false, true, true, Auth::None), vec![Answer, Act]),
            (of(true, true, false, Auth::None), vec![Answer, Act]),
            (of(true, false, true, Auth::None), vec![Answer, Act, Withdraw]),
            (of(true, false, false, Auth::Pass), vec![Answer, Act, Withdraw]),
            (of(true, true, true, Auth::Pass), vec![Answer, Act, Withdraw, Command]),
            (of(true, true, true, Auth::Fail), vec![]),
        ];
        for (standing, may) in table {
            for action in [Answer, Act, Withdraw, ChangeContact, Command] {
                assert_eq!(standing.lacks(action).is_none(), may.contains(&action), "{standing:?} {action:?}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_missing_rung() {
        let it = Standing { known: false, company: false, thread: true, auth: Auth::None };
        let said = it.lacks(Action::Act).unwrap();
        assert!(said.starts_with("needs a known address, or a reply to our letter and the company's domain"), "{said}");
        assert!(said.ends_with("has a reply to our letter, no authentication"), "{said}");
        assert!(it.lacks(Action::ChangeContact).unwrap().contains("a person's order"));
    }
}
