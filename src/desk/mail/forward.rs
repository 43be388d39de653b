//! Whether a mail passes on what another person wrote: enclosed (`message/rfc822`) or below a line that says so.

use super::{Mail, Person, address, headers, parts::Body, parts::Part, quote};
use crate::desk::text;

/// Most authors kept.
const MOST: usize = 5;

/// The authors of the mails enclosed in a mail.
pub(super) fn enclosed(root: &Part<'_>) -> Vec<Person> {
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(part) = open.pop() {
        match &part.body {
            Body::Parts(parts) => open.extend(parts),
            Body::Mail(inner) if found.len() < MOST => {
                found.push(headers::only_sender(&inner.fields).unwrap_or_default());
                open.push(inner);
            }
            Body::Mail(_) | Body::Leaf(_) => {}
        }
    }
    found
}

/// Whether it passes on the mail of another company: of an address with another domain, neither the sender's nor ours.
/// An enclosed mail that does not say who wrote it is another's.
pub fn of_another(mail: &Mail, ours: &[&str]) -> bool {
    let Some(from) = &mail.from else { return false };
    let domain = |it: &str| it.rsplit_once('@').map(|(_, it)| it.to_lowercase()).unwrap_or_default();
    let another = |author: &str| {
        let own = domain(author) == domain(&from.address) || ours.iter().any(|it| domain(it) == domain(author));
        !own
    };
    mail.enclosed_authors.iter().any(|it| another(&it.address))
        || hands_on(mail)
        || (says_forwarded(mail) && inline_author(&mail.text).is_some_and(|it| another(&it)))
}

/// Says that it was handed over by the company: a bank, a chamber of commerce, an adviser in between.
fn hands_on(mail: &Mail) -> bool {
    let said = text::key(&quote::own_words(&mail.text));
    let words = [
        "より預か",
        "から預か",
        "よりお預か",
        "からお預か",
        "預かりましたので",
        "代理でお送り",
        "代理で提出",
        "代理でご提出",
        "代理にて",
        "代理提出",
        "代わってお送り",
        "代わってご提出",
        "転送いたします",
        "転送します",
        "転送させて",
    ];
    words.iter().any(|it| said.contains(it))
}

fn says_forwarded(mail: &Mail) -> bool {
    let subject = text::key(&mail.subject);
    let by_subject = ["fw:", "fwd:", "転送:", "(転送)", "【転送】"].iter().any(|it| subject.starts_with(it));
    let marks = ["forwarded message", "転送メッセージ", "転送メール", "転送されたメッセージ", "begin forwarded"];
    by_subject || mail.text.lines().take(2_000).any(|line| marks.iter().any(|it| line.to_lowercase().contains(it)))
}

/// The address on the 「差出人:」 line of the uppermost mail below.
fn inline_author(text: &str) -> Option<String> {
    let line = text.lines().take(2_000).find_map(quote::author_line)?;
    address::list(line).into_iter().map(|it| it.address).find(|it| address::plausible(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forward_is_told_by_the_author_below() {
        let of = |from: &str, subject: &str, text: &str| {
            let from = Some(Person { name: String::new(), address: from.to_owned() });
            let mail = Mail { from, subject: subject.to_owned(), text: text.to_owned(), ..Mail::default() };
            of_another(&mail, &["nw@itc.or.jp"])
        };
        let below =
            "お送りします。\n\n-----Original Message-----\nFrom: 桑原 <kuwahara@aomine.example.jp>\nSent: 8/10\n";
        assert!(of("loan@bank.example.jp", "FW: 自己診断", below));
        assert!(!of("loan@bank.example.jp", "Re: 自己診断", below), "an answer is no forward");
        assert!(!of("sato@aomine.example.jp", "Fwd: 自己診断", below), "of the same company");
        let apple = "Begin forwarded message:\n\n> 差出人: \"桑原\" <kuwahara@aomine.example.jp>\n> 件名: 自己診断\n";
        assert!(of("loan@bank.example.jp", "自己診断", apple));
        let ours = "---------- Forwarded message ---------\nFrom: 事務局 <nw@itc.or.jp>\nDate: x\n";
        assert!(!of("sato@aomine.example.jp", "Fwd: 修正のお願い", ours), "our own letter");
    }
}
