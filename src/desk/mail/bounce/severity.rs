//! Whether a letter will never arrive at an address. A full mailbox, a letter too large, a server that still tries say
//! nothing against the address.

/// Enhanced status codes (RFC 3463 §3) that are for good by their class, and pass all the same: mailbox full, mail too large
/// for it, system full, mail too large for the system.
const PASSING: [&str; 4] = ["5.2.2", "5.2.3", "5.3.1", "5.3.4"];

/// What an enhanced status code is about (RFC 3463 §3.5, §3.6, §3.8): routing, protocol, policy. `550 5.7.1 blocked using …`
/// says something about us, nothing about the address.
const NOT_THE_ADDRESS: [&str; 3] = ["5.4.", "5.5.", "5.7."];

/// `5.4.4` aside: servers say by it that there is no such domain.
fn passes(code: &str) -> bool {
    PASSING.contains(&code) || (code != "5.4.4" && NOT_THE_ADDRESS.iter().any(|it| code.starts_with(it)))
}

/// Words of servers that still try, or whose reason will pass; lower case.
const PASSING_WORDS: [&str; 40] = [
    "will keep trying",
    "will continue to be attempted",
    "attempts will continue",
    "will retry",
    "will be retried",
    "has been delayed",
    "is being delayed",
    "has not yet been delivered",
    "warning message only",
    "warning message. you do not need to",
    "no action is required",
    "temporary problem",
    "temporarily",
    "transient non-fatal",
    "could not send message for past",
    "mailbox full",
    "mailbox is full",
    "mailbox for user is full",
    "mailbox size limit",
    "mailbox has exceeded",
    "over quota",
    "over the quota",
    "overquota",
    "quota exceeded",
    "exceeded its quota",
    "exceeded storage",
    "storage allocation",
    "out of storage",
    "not enough storage",
    "too large",
    "exceeds size limit",
    "遅延",
    "再送を試み",
    "配信を続け",
    "一時的",
    "容量",
    "いっぱい",
    "満杯",
    "サイズが大き",
    "受信制限サイズ",
];

/// Words that say without a code that nobody is there; lower case.
const FOR_GOOD_WORDS: [&str; 34] = [
    "permanent",
    "user unknown",
    "unknown user",
    "unknown recipient",
    "recipient unknown",
    "unknown address",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no mailbox here",
    "does not exist",
    "doesn't exist",
    "doesn't have a",
    "not have an account",
    "address not found",
    "couldn't be found",
    "could not be found",
    "wasn't found",
    "invalid recipient",
    "invalid mailbox",
    "mailbox unavailable",
    "unrouteable address",
    "host unknown",
    "domain not found",
    "host or domain name not found",
    "recipient address rejected",
    "address rejected",
    "is disabled",
    "宛先不明",
    "アドレス不明",
    "見つかりません",
    "見つからない",
    "見つかりませんでした",
    "存在しません",
];

/// By the fields of one recipient (RFC 3464 §2.3.4, §2.3.6). Without a status the server's own words decide.
pub(super) fn is_for_good(status: &str, said: &str) -> bool {
    let status = status.split([' ', '(']).find(|it| !it.is_empty()).unwrap_or_default();
    let lower = said.to_lowercase();
    if PASSING_WORDS.iter().any(|it| lower.contains(it)) || passes(status) {
        return false;
    }
    match status.chars().next() {
        Some('5') => !enhanced(&lower).any(passes),
        None => said.is_empty() || by_code(&lower).unwrap_or(true),
        Some(_) => false,
    }
}

/// By the words of a notification in prose.
pub(super) fn tells_for_good(subject: &str, told: &str) -> bool {
    let lower = format!("{subject}\n{told}").to_lowercase();
    if PASSING_WORDS.iter().any(|it| lower.contains(it)) {
        return false;
    }
    by_code(&lower).unwrap_or_else(|| FOR_GOOD_WORDS.iter().any(|it| lower.contains(it)))
}

/// By the codes in a text; `None` where there is none. One that is for good outweighs those that are not.
fn by_code(text: &str) -> Option<bool> {
    let mut codes = enhanced(text).peekable();
    if codes.peek().is_some() {
        return Some(codes.any(|it| it.starts_with('5') && !passes(it)));
    }
    let mut replies = replies(text).peekable();
    replies.peek().is_some().then(|| replies.any(|it| it.starts_with('5') && it != "552"))
}

/// `5.1.1`; addresses of hosts have a number more.
fn enhanced(text: &str) -> impl Iterator<Item = &str> {
    numbers(text).filter(|it| {
        let mut parts = it.split('.');
        let class = matches!(parts.next(), Some("4" | "5"));
        let rest = parts.clone().count() == 2 && parts.all(|it| matches!(it.len(), 1..=3));
        class && rest
    })
}

/// Reply codes that refuse (RFC 5321 §4.2.3).
fn replies(text: &str) -> impl Iterator<Item = &str> {
    const REFUSALS: [&str; 9] = ["421", "450", "451", "452", "550", "551", "552", "553", "554"];
    numbers(text).filter(|it| REFUSALS.contains(it))
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !(it.is_ascii_digit() || it == '.'))
        .map(|it| it.trim_matches('.'))
        .filter(|it| !it.is_empty())
}
