//! A mail's text as lines that know who wrote them: the sender, or somebody whose mail is quoted.

use crate::desk::{mail::quote::attributes, text::fold};

/// More text than this is not read: 200,000 characters are about 400 pages.
const MAX_CHARS: usize = 200_000;

/// Who stands behind a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The sender wrote it in this mail.
    Own,
    /// It stands in a quoted mail; an answer may have been written inside.
    Quoted,
    /// It introduces a quoted mail (「2022年8月10日(水) 10:12 … <x@y>:」, `Sent: …`); its dates mean nothing.
    Header,
    /// It stands below the signature's `--`.
    Signature,
}

/// One line, its quote marks taken off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'t> {
    /// Where `text` begins in the whole text, in bytes.
    pub at: usize,
    /// The line without quote marks and without its line end.
    pub text: &'t str,
    /// Who stands behind it.
    pub standing: Standing,
}

/// The text's lines, at most [`MAX_CHARS`] characters of it.
pub(crate) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = split(bounded(text));
    mark(&mut lines);
    lines
}

fn bounded(text: &str) -> &str {
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => text.get(..at).unwrap_or(text),
        None => text,
    }
}

fn split(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    let mut lines = Vec::new();
    for whole in text.split('\n') {
        let line = whole.strip_suffix('\r').unwrap_or(whole);
        let bare = unquoted(line);
        let standing = if bare.len() < line.len() { Standing::Quoted } else { Standing::Own };
        lines.push(Line { at: at + (line.len() - bare.len()), text: bare, standing });
        at += whole.len() + 1;
    }
    lines
}

/// Takes `> > ` and `＞` off; a line without them is given back whole, its indent kept.
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    let mut quoted = false;
    while let Some(inner) = rest.trim_start().strip_prefix(['>', '＞']) {
        rest = inner;
        quoted = true;
    }
    if quoted { rest } else { line }
}

/// Finds the introductions of quoted mails and the signature, and marks what follows them.
fn mark(lines: &mut [Line<'_>]) {
    let heads: Vec<Head> = lines.iter().map(|it| head(it.text)).collect();
    let headed = |at: usize| heads.get(at).copied().unwrap_or(Head::No);
    let mut below = None;
    for at in 0..lines.len() {
        let last = at.checked_sub(1);
        let near = last.map_or(Head::No, headed) == Head::Field || headed(at + 1) == Head::Field;
        // one field follows the other
        let follows = last.and_then(|it| lines.get(it)).is_some_and(|it| it.standing == Standing::Header);
        let intro = match headed(at) {
            Head::Separator | Head::Whole => true,
            Head::Field => near || follows,
            Head::Loose => follows,
            Head::Start => headed(at + 1) == Head::End,
            Head::End => at.checked_sub(1).map_or(Head::No, headed) == Head::Start,
            Head::Signature | Head::No => false,
        };
        let marked = next_is_quoted(lines, at + 1);
        let Some(line) = lines.get_mut(at) else { break };
        if intro {
            line.standing = Standing::Header;
            // clients that mark each quoted line leave what is unmarked to the sender
            if !marked {
                below = Some(Standing::Quoted);
            }
        } else if line.standing == Standing::Own {
            if headed(at) == Head::Signature && below.is_none() {
                below = Some(Standing::Signature);
            }
            line.standing = below.unwrap_or(Standing::Own);
        }
    }
}

fn next_is_quoted(lines: &[Line<'_>], from: usize) -> bool {
    let next = lines.iter().skip(from).take(4).find(|it| !it.text.trim().is_empty() || it.standing == Standing::Quoted);
    next.is_some_and(|it| it.standing == Standing::Quoted)
}

/// What a line may be of a quoted mail's introduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// `-----Original Message-----`.
    Separator,
    /// A whole attribution in one line.
    Whole,
    /// The first half of an attribution that was wrapped.
    Start,
    /// The second half of it.
    End,
    /// `From: …`, 「差出人: …」; counts beside another one only.
    Field,
    /// 「日時: …」; counts below another field only, for people write it over their wishes.
    Loose,
    /// `--`, RFC 3676 §4.3; the blank behind it is often lost.
    Signature,
    /// None of these.
    No,
}

const FIELDS: [&str; 17] = [
    "from:",
    "sent:",
    "date:",
    "to:",
    "cc:",
    "subject:",
    "差出人:",
    "送信日時:",
    "送信日:",
    "送信者:",
    "宛先:",
    "件名:",
    "日付:",
    "受信日時:",
    "reply-to:",
    "返信先:",
    "importance:",
];

fn head(line: &str) -> Head {
    if line.len() > 600 {
        return Head::No;
    }
    let folded = fold(line).to_lowercase();
    let line = folded.trim();
    if line == "--" {
        return Head::Signature;
    }
    if line.starts_with("---") && ["original", "元のメッセージ", "forwarded", "転送"].iter().any(|it| line.contains(it))
    {
        return Head::Separator;
    }
    // Outlook sets its field names in stars when it turns HTML into text
    if FIELDS.iter().any(|it| line.trim_start_matches('*').starts_with(it)) {
        return Head::Field;
    }
    if ["日時:", "送信:", "受信:"].iter().any(|it| line.starts_with(it)) {
        return Head::Loose;
    }
    let addressed = line.ends_with(':') && line.contains('@');
    let ends = addressed || [">:", "wrote:", "のメッセージ:", "書きました:"].iter().any(|it| line.ends_with(it));
    let digits = line.chars().filter(char::is_ascii_digit).count();
    // 「〇〇さんは書きました (2022/08/10 9:30):」
    if digits >= 4 && attributes(line) {
        return Head::Whole;
    }
    let starts = dated(line) || (addressed && digits >= 6 && line.contains(['年', '/']));
    match (starts, ends) {
        (true, true) => Head::Whole,
        (true, false) => Head::Start,
        (false, true) => Head::End,
        (false, false) => Head::No,
    }
}

/// `2022年8月10日(水) 10:12 …` or `On Wed, Aug 10, 2022 …`: a date with year and a time at the very start.
fn dated(line: &str) -> bool {
    let line = line.trim_start_matches(['(', '[', ' ']);
    let year = line.chars().take_while(char::is_ascii_digit).count() == 4;
    (year && line.contains(':')) || (line.starts_with("on ") && line.chars().any(|it| it.is_ascii_digit()))
}
