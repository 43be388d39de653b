//! The sender's own new words in a reply: without quotes, the mail answered below, and the signature.

/// A signature has at most this many lines.
const SIGNATURE: usize = 14;

/// The new words of a text. Everything is kept where nothing looks like a quote.
pub fn own_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let upper = lines.get(..end_of_new(&lines)).unwrap_or_default();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(line) = upper.get(at) {
        let rest = upper.get(at..).unwrap_or_default();
        if let Some(length) = introduces_quote(rest) {
            at += length;
            continue;
        }
        if !is_quoted(line) && !is_gadget_line(line) {
            kept.push(line);
        }
        at += 1;
    }
    let kept = without_signature(&kept);
    kept.join("\n").trim().to_string()
}

/// Where the answered mail begins, when it stands below unquoted.
fn end_of_new(lines: &[&str]) -> usize {
    let below = |at: usize| lines.get(at..).unwrap_or_default();
    let found = (0..lines.len()).find(|at| {
        let rest = below(*at);
        starts_original(rest)
            || introduces_quote(rest).is_some_and(|length| is_unquoted_below(below(at.saturating_add(length))))
    });
    found.unwrap_or(lines.len())
}

/// After 「… wrote:」: not a single quoted line among the next ones, so all of it is the old mail.
fn is_unquoted_below(rest: &[&str]) -> bool {
    let mut next = rest.iter().filter(|it| !it.trim().is_empty()).take(3).peekable();
    next.peek().is_some() && !next.any(|it| is_quoted(it))
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞', '|', '｜'])
}

/// 「iPhoneから送信」
fn is_gadget_line(line: &str) -> bool {
    let line = line.trim();
    let short = line.chars().count() < 60;
    let marks =
        ["から送信", "Sent from my", "Get Outlook for", "Outlook for iOS", "Outlook for Android", "Yahoo!メール"];
    short && marks.iter().any(|it| line.starts_with(it) || line.ends_with(it) || line.contains("Outlook for"))
}

/// 「-----Original Message-----」 and its like, or a block of header lines as Outlook sets above what it answers.
fn starts_original(rest: &[&str]) -> bool {
    let Some(line) = rest.first().map(|it| it.trim()) else {
        return false;
    };
    let lower = line.to_lowercase();
    let dashed = lower.starts_with("--") || lower.starts_with('―') || lower.starts_with("**");
    let named = [
        "original message",
        "元のメッセージ",
        "forwarded message",
        "転送メッセージ",
        "転送メール",
        "original appointment",
    ];
    if dashed && named.iter().any(|it| lower.contains(it)) {
        return true;
    }
    let followers = rest.iter().skip(1).take(5);
    if header_line(line) == Some(Header::From) {
        return followers.filter_map(|it| header_line(it)).any(|it| it == Header::Other);
    }
    false
}

#[derive(PartialEq)]
enum Header {
    From,
    Other,
}

/// What stands behind 「差出人:」, also within a quote.
pub(super) fn author_line(line: &str) -> Option<&str> {
    let bare = line.trim_start_matches(|it: char| it.is_whitespace() || ">＞|｜".contains(it));
    (header_line(bare) == Some(Header::From)).then(|| bare.split_once([':', '：']).map(|(_, rest)| rest)).flatten()
}

/// 「差出人:」 and the lines that follow it.
fn header_line(line: &str) -> Option<Header> {
    let bare = line.trim().trim_matches('*').to_lowercase();
    let (label, _) = bare.split_once([':', '：'])?;
    match label.trim().trim_matches('*') {
        "from" | "差出人" | "送信者" | "発信者" => Some(Header::From),
        "sent" | "date" | "to" | "cc" | "subject" | "送信日時" | "日時" | "日付" | "宛先" | "件名" | "送信日" => {
            Some(Header::Other)
        }
        _ => None,
    }
}

/// 「On … wrote:」, 「2022年8月10日(水) 10:12 〇〇 <x@y>:」 and their like, possibly over two lines: how many lines.
fn introduces_quote(rest: &[&str]) -> Option<usize> {
    let first = rest.first().map(|it| it.trim()).filter(|it| !it.is_empty() && !is_quoted(it))?;
    if says_who_wrote(first) {
        return Some(1);
    }
    let second = rest.get(1).map(|it| it.trim()).filter(|it| !it.is_empty() && !is_quoted(it))?;
    let joined = format!("{first} {second}");
    (dated(first) && !first.ends_with(['。', '.']) && says_who_wrote(&joined)).then_some(2)
}

fn says_who_wrote(line: &str) -> bool {
    if line.chars().count() > 300 || !line.ends_with([':', '：', '.', '。', '>']) {
        return false;
    }
    let ends = line.ends_with([':', '：']);
    let lower = line.to_lowercase();
    attributes(&lower) || ends && dated(line) && line.contains('@') && line.contains(['<', '('])
}

/// 「〇〇さんは書きました (2022/08/10 9:30):」: such words, and behind them no more than when. `line` is lower case.
pub(in crate::desk) fn attributes(line: &str) -> bool {
    let wrote = ["wrote", "writes", "さんは書きました", "さんが書きました", "のメール", "のメッセージ"];
    let when =
        |it: char| !it.is_alphanumeric() || it.is_ascii_digit() || "年月日時分秒曜火水木金土午前後jstgm".contains(it);
    let ends = line.ends_with([':', '：']);
    ends && wrote.iter().any(|it| line.rsplit_once(it).is_some_and(|(_, behind)| behind.chars().all(when)))
}

/// Something like a date and a time of day stands in it.
fn dated(line: &str) -> bool {
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let starts = line.to_lowercase().starts_with("on ");
    digits >= 4 && (starts || (line.contains(':') && line.contains(['年', '/', '-'])))
}

/// Up to 「-- 」, or up to a ruled line with little more than an address below it.
fn without_signature<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let marked = |line: &str| matches!(line.trim_end(), "--" | "—" | "ー－");
    let start = (0..lines.len()).find(|at| {
        let line = lines.get(*at).copied().unwrap_or_default();
        let below = lines.get(at.saturating_add(1)..).unwrap_or_default();
        marked(line) || (is_rule(line) && is_contact(below))
    });
    lines.get(..start.unwrap_or(lines.len())).unwrap_or_default().to_vec()
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let rules = "-=_*―─━＝－~～＊☆★◆◇■□●○+＋・*:;.。.…◎┏┓┗┛┃│┌┐└┘═＿";
    line.chars().count() >= 5 && line.chars().all(|it| rules.contains(it) || it.is_whitespace())
}

/// Little more than an address, up to the end: nothing in it is said or asked to the reader.
fn is_contact(below: &[&str]) -> bool {
    let written = below.iter().map(|it| it.trim()).filter(|it| !it.is_empty());
    let written: Vec<String> = written.take(SIGNATURE + 1).map(str::to_lowercase).collect();
    let marked = |line: &String| CONTACT.iter().any(|it| line.contains(it));
    let short = written.len() <= SIGNATURE && !written.is_empty();
    let contact = written.iter().any(marked) || (written.len() <= 6 && written.iter().any(|it| names_office(it)));
    short && contact && !speaks(below)
}

/// How to reach somebody.
const CONTACT: [&str; 10] = ["tel", "fax", "〒", "@", "http", "電話", "e-mail", "mail", "携帯", "℡"];

/// A company, or an office within it at a word's end: 「製造部　桑原」, not 「全部」 within a sentence.
fn names_office(line: &str) -> bool {
    let names = ["株式会社", "有限会社", "合同会社", "㈱", "㈲", "組合", "担当"];
    let ends = ["部", "課", "部長", "課長"];
    let words = line.split(|it: char| it.is_whitespace() || "・/／|｜（）()、,：:".contains(it));
    names.iter().any(|it| line.contains(it))
        || words.filter(|it| it.chars().count() > 1).any(|word| ends.iter().any(|it| word.ends_with(it)))
}

/// Whether something is said to the reader. What a signature itself says (a motto, closed days) stands right below how to
/// reach its writer, and asks nothing.
fn speaks(below: &[&str]) -> bool {
    let mut reached = false;
    for line in below {
        let line = line.trim();
        if line.is_empty() || is_rule(line) {
            reached = false;
        } else if asks(line) || (states(line) && !reached) {
            return true;
        } else if !states(line) {
            reached = reached || CONTACT.iter().any(|it| line.to_lowercase().contains(it));
        }
    }
    false
}

fn asks(line: &str) -> bool {
    let bare = line.trim_end_matches(['。', '．', '.', '！', '!', '」', '』', '）', ')', ' ', '　']);
    bare.ends_with(['?', '？'])
        || ["ですか", "ますか", "でしょうか", "ませんか", "ましょうか", "ましたか"].iter().any(|it| bare.ends_with(it))
}

/// The end of a sentence, wherever it stands in the line.
fn states(line: &str) -> bool {
    let ends =
        ["です", "ます", "ません", "ました", "でした", "ください", "下さい", "ございます", "たい", "ない", "願います"];
    line.split(['。', '！', '!']).map(str::trim).any(|it| ends.iter().any(|end| it.ends_with(end)))
}
