//! Who may speak in a case. A reply tells a sender only what came in that sender's own mail, unless the sender is known.

use super::{case::Case, mail::auth::Auth, text};

/// How a mail points at a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// It replies to a letter of ours.
    Thread,
    /// Its subject carries a receipt number.
    Number,
    /// Its sender is the case's contact.
    Contact,
    /// Its sender and its workbook are of the case's company.
    Colleague,
}

/// Mail providers whose domain says nothing about the company.
const SHARED_DOMAINS: [&str; 20] = [
    "gmail.com",
    "googlemail.com",
    "yahoo.co.jp",
    "yahoo.com",
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
    "i.softbank.jp",
    "nifty.com",
    "asahi-net.or.jp",
    "infoseek.jp",
    "excite.co.jp",
];

/// Whether a mail may act in the case it points at. Otherwise a person has to look.
pub fn admits(case: &Case, sender: &str, pointer: Pointer, auth: Auth) -> bool {
    let own = same_address(sender, &case.contact.address);
    auth != Auth::Fail
        && match pointer {
            Pointer::Contact | Pointer::Colleague => true,
            Pointer::Thread => own || same_company(sender, &case.contact.address),
            // A number can be mistyped or guessed: it speaks only for a colleague the server vouches for.
            Pointer::Number => own || (auth == Auth::Pass && same_company(sender, &case.contact.address)),
        }
}

/// Addresses are compared without case: no mail system in use tells `Info@` from `info@`.
pub fn same_address(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn same_company(a: &str, b: &str) -> bool {
    matches!((company_domain(a), company_domain(b)), (Some(a), Some(b)) if a == b)
}

/// The domain of an address in lower case, where it speaks for a company: not a mail provider's.
pub fn company_domain(address: &str) -> Option<String> {
    let domain = address.rsplit_once('@')?.1.to_lowercase();
    let shared = SHARED_DOMAINS.contains(&domain.as_str()) || domain.ends_with(".ne.jp"); // .ne.jp: network services
    (!shared).then_some(domain)
}

/// A receipt number in a subject: `受付番号 0012`, also full-width.
pub fn receipt_number(subject: &str) -> Option<u32> {
    let folded = text::fold(subject);
    let (_, after) = folded.split_once("受付番号")?;
    let digits: String =
        after.trim_start_matches([' ', ':', '.', '#']).chars().take_while(char::is_ascii_digit).take(6).collect();
    digits.parse().ok().filter(|it| *it > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_number_is_found_in_any_width() {
        for (subject, number) in [
            ("Re: 【受付番号 0012】自己診断", Some(12)),
            ("ＲＥ：【受付番号　００１２】", Some(12)),
            ("受付番号：3の件", Some(3)),
            ("受付番号 0000", None),
            ("受付番号を教えてください", None),
            ("自己診断 0012", None),
        ] {
            assert_eq!(receipt_number(subject), number, "{subject}");
        }
    }

    #[test]
    fn a_shared_domain_is_no_company() {
        assert!(same_company("a@kinoko.example.jp", "b@Kinoko.example.jp"));
        assert!(!same_company("a@gmail.com", "b@gmail.com"));
        assert!(!same_company("a", "b"));
    }
}
