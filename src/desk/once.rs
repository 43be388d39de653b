//! Telling a new mail from one that says what was said already. Machines without the headers of RFC 3834 are known by it.

use super::{
    case::Case,
    mail::{Mail, quote::own_words},
    reading::Reading,
    text, trust,
};

/// A line of a letter must be this long to be known again: greetings are everybody's.
const LONG: usize = 8;
/// Most characters a program puts above our letter to say that it got it.
const NOTHING: usize = 10;
/// What programs say there. 「茨城県です。」 and 「はい、お願いします。」 are as short, and a person's answer.
const GOT_IT: [&str; 14] = [
    "拝受",
    "受付",
    "受領",
    "受信",
    "受取",
    "受理",
    "自動",
    "応答",
    "承りました",
    "received",
    "receipt",
    "auto",
    "ticket",
    "notification",
];

/// Whether two readings under one Message-ID are of one mail that came by two ways: a list or an alias may have tagged the
/// subject or added a line.
pub fn is_same(a: &Reading, b: &Reading) -> bool {
    let (x, y) = (&a.mail, &b.mail);
    let files = x.attachments == y.attachments && a.workbook == b.workbook;
    let sender = x.from.as_ref().map(|it| &it.address) == y.from.as_ref().map(|it| &it.address);
    let words = || x.text.contains(y.text.trim()) || y.text.contains(x.text.trim());
    x.message_id.is_some() && x.message_id == y.message_id && sender && files && words()
}

/// Whether a mail says in its subject and its own words only what an earlier one of the same sender said; numbers aside,
/// which machines count up. One that brings a file says more.
pub fn says_nothing_new(mail: &Mail, earlier: &Mail) -> bool {
    let said = |it: &Mail| (bare(&it.subject), bare(&own_words(&it.text)));
    mail.attachments.is_empty() && said(mail) == said(earlier)
}

/// Folded, without reply marks and numbers.
fn bare(words: &str) -> String {
    let key = text::key(words).to_lowercase();
    let mut rest = key.as_str();
    while let Some(less) = ["re:", "fw:", "fwd:"].iter().find_map(|it| rest.strip_prefix(it)) {
        rest = less;
    }
    rest.chars().filter(|it| !it.is_numeric()).collect()
}

/// Whether a mail that lacks its file is of the company that a file from `other` names: by its case, by the domain of both, or
/// by its own words. 「総務部」 and 「佐藤」 are names in many companies.
pub fn is_of_company(mail: &Mail, case: Option<&Case>, company: &str, other: &str) -> bool {
    let sender = mail.from.as_ref().and_then(|it| trust::company_domain(&it.address));
    if sender.is_some() && sender == trust::company_domain(other) {
        return true;
    }
    let key = text::company_key(company);
    if key.chars().count() < 2 {
        return false;
    }
    let told = case.filter(|it| !text::company_key(&it.company).is_empty());
    let name = mail.from.as_ref().map(|it| it.name.as_str()).unwrap_or_default();
    told.is_some_and(|it| it.may_be(company))
        || text::company_key(&format!("{name} {} {}", mail.subject, own_words(&mail.text))).contains(&key)
}

/// Whether a mail brings back our letter's words and none of its own, or only that it arrived: an echo, not an answer. What
/// brings wishes or answers is none once it has a word of its own.
pub fn is_echo(mail: &Mail, letter: &str, brings_wishes: bool) -> bool {
    let plain = |line: &str| text::key(line.trim_start_matches(['>', '＞', ' ', '　', '|']));
    let ours: Vec<String> = letter.lines().map(plain).filter(|it| it.chars().count() >= LONG).collect();
    if ours.is_empty() || !mail.attachments.is_empty() {
        return false;
    }
    let letter = text::key(letter);
    let theirs: Vec<String> = mail.text.lines().map(plain).collect();
    let back = ours.iter().filter(|it| theirs.contains(it)).count();
    let own = own_words(&mail.text);
    let new: String = own.lines().map(plain).filter(|it| !letter.contains(it)).collect();
    let says = |it: char| it.is_alphabetic();
    let got_it = || new.chars().count() <= NOTHING && GOT_IT.iter().any(|it| new.contains(it));
    back.saturating_mul(2) > ours.len() && (!new.contains(says) || (!brings_wishes && got_it()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "鈴木 様\n\nご提出いただき、ありがとうございます。\n自己診断フォーマットが見当たりませんでした。\n\
                          お手数ですが、添付のうえお送りください。\n受付番号：0001\n";

    fn mail(subject: &str, text: &str) -> Mail {
        Mail { subject: subject.to_string(), text: text.to_string(), ..Mail::default() }
    }

    #[test]
    fn an_echo_is_known_and_an_answer_is_none() {
        let quoted: String = LETTER.lines().map(|it| format!("> {it}\n")).collect();
        for echo in [LETTER.to_string(), quoted.clone(), format!("拝受\n{LETTER}"), format!("#1042\n{quoted}")] {
            assert!(is_echo(&mail("Re: x", &echo), LETTER, false), "{echo}");
        }
        let wish = "オンラインを希望します。8月24日の午後でお願いします。\n\n";
        for answer in [wish.to_string(), format!("{wish}{quoted}"), format!("{wish}{LETTER}"), String::new()] {
            assert!(!is_echo(&mail("Re: x", &answer), LETTER, true), "{answer}");
        }
        for answer in ["茨城県です。", "私のみです。", "坂本一人です。", "はい、お願いします。", "対面", "12名"]
        {
            assert!(!is_echo(&mail("Re: x", &format!("{answer}\n\n{quoted}")), LETTER, false), "{answer}");
        }
        let short = mail("Re: x", &format!("対面でお願いします。\n\n{quoted}"));
        assert!(!is_echo(&short, LETTER, true) && is_echo(&mail("Re: x", &quoted), LETTER, true));
    }

    #[test]
    fn numbers_and_reply_marks_are_nothing_new() {
        let first = mail("【受付 #1041】お問い合わせ", "受け付けました。番号は 1041 です。\n");
        assert!(says_nothing_new(
            &mail("Re: 【受付 #1042】お問い合わせ", "受け付けました。番号は 1042 です。\n"),
            &first
        ));
        assert!(!says_nothing_new(&mail("【受付 #1042】お問い合わせ", "締切はいつですか。\n"), &first));
        assert!(!says_nothing_new(&mail("締切", "受け付けました。番号は 1042 です。\n"), &first));
    }
}
