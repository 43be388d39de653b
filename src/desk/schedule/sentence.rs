//! The sentence around a date: where it begins and ends, and what its words say.

use super::{
    context::Verdict,
    tokens::{Kind, Token},
    words::Word,
};

/// Whether a sentence ends there.
pub(super) fn ends_sentence(kind: Kind) -> bool {
    matches!(kind, Kind::Stop | Kind::Blank | Kind::Open | Kind::Close)
}

/// What stands behind the last 「、」: 「オンラインで、平日午後でお願いします」.
pub(super) fn since_comma(head: &[Token]) -> &[Token] {
    head.rsplit(|it| it.kind == Kind::Comma).next().unwrap_or(head)
}

/// Whether a word or label of dates stands there.
pub(super) fn speaks_of_dates(tokens: &[Token]) -> bool {
    tokens.iter().any(|it| matches!(it.kind, Kind::Word(Word::Yes | Word::Topic) | Kind::Label))
}

/// The label or word right before the date: 第1希望：, 締切, 「都合が悪いのは」.
pub(super) fn leads(head: &[Token]) -> Option<Kind> {
    let mut comma = false;
    for token in head.iter().rev() {
        match token.kind {
            Kind::Space | Kind::Bracket | Kind::Particle | Kind::Every | Kind::Over(_) => {}
            Kind::Comma | Kind::Join => comma = true,
            Kind::Label => return Some(token.kind),
            Kind::Word(_) if !comma => return Some(token.kind),
            // 「NG日：」
            Kind::Other if token.to == token.from + 1 && !comma => {}
            _ => return None,
        }
    }
    None
}

/// From the start of the sentence, or from the last 「、」 behind another date.
pub(super) fn head(tokens: &[Token], first: usize, before: Option<usize>) -> &[Token] {
    let from = before.unwrap_or(0);
    let mut lines = 0;
    let mut cut = None;
    let mut start = from;
    let mut sentence = before.is_none();
    for at in (from..first).rev() {
        let Some(token) = tokens.get(at) else { break };
        let newline = token.kind == Kind::Newline;
        lines += usize::from(newline);
        if ends_sentence(token.kind) || token.kind == Kind::Number || lines > 1 {
            start = at + 1;
            sentence = true;
            break;
        }
        if cut.is_none() && (newline || token.kind == Kind::Comma) {
            cut = Some(at + 1);
        }
    }
    let start = if sentence { start } else { cut.unwrap_or(first) };
    tokens.get(start..first).unwrap_or(&[])
}

/// To the end of the sentence, or to the last 「、」 before another date.
pub(super) fn tail(tokens: &[Token], end: usize, behind: Option<usize>) -> &[Token] {
    let to = behind.unwrap_or(tokens.len());
    let mut lines = 0;
    let mut cut = None;
    for at in end..to {
        let Some(token) = tokens.get(at) else { break };
        let newline = token.kind == Kind::Newline;
        lines += usize::from(newline);
        let next = tokens.iter().skip(at + 1).map(|it| it.kind).find(|it| !it.is_space());
        let new_item = newline && matches!(next, Some(Kind::Number | Kind::Bullet | Kind::Label));
        if ends_sentence(token.kind) || lines > 1 || new_item {
            return tokens.get(end..at).unwrap_or(&[]);
        }
        if newline || token.kind == Kind::Comma {
            cut = Some(at);
        }
    }
    let to = if behind.is_some() { cut.unwrap_or(to) } else { to };
    tokens.get(end..to).unwrap_or(&[])
}

/// What the words behind a date say: the first clause that says something.
pub(super) fn said_behind(tail: &[Token]) -> Option<Verdict> {
    // 「それ以外は不可」 is said of other days
    let tail = tail.split(|it| it.kind == Kind::Word(Word::Rest)).next().unwrap_or(tail);
    // 「別件がキャンセルになりましたので、大丈夫です」
    if let Some(at) = tail.iter().position(|it| it.kind == Kind::Word(Word::Freed)) {
        let behind = tail.get(at..).unwrap_or_default();
        if is_freed(behind) {
            return Some(Verdict::Wish);
        }
        if words(behind).any(|it| it == Word::Yes) {
            return Some(Verdict::Unsure);
        }
    }
    let clauses = tail.split(|it| matches!(it.kind, Kind::Comma | Kind::Newline));
    let mut first = true;
    for (nth, clause) in clauses.enumerate() {
        match clause_says(clause) {
            // 「8/25午前は会議」
            None if nth == 0 && words(clause).any(|it| it == Word::Busy) => return Some(Verdict::Other),
            // 「8/22〜26、弊社の休業日以外」
            Some(Verdict::Excluded) if !first && words(clause).any(|it| it == Word::Except) => {
                return Some(Verdict::Unsure);
            }
            // what follows in a later clause is a sentence of its own: 「…で、ご連絡をお願いします」
            Some(Verdict::Other) if !first => {}
            // 「出張のため、都合がつきません」
            Some(Verdict::Other) if away(clause) => {
                if words(tail).any(|it| it == Word::No) {
                    return Some(Verdict::Excluded);
                }
                let absent = words(clause).any(|it| it == Word::Away) && words(clause).all(|it| it != Word::Except);
                return Some(if absent { Verdict::Away } else { Verdict::Other });
            }
            Some(it) => return Some(it),
            None => {}
        }
        first = first && clause.iter().all(|it| it.kind.is_space());
    }
    None
}

/// The words that say something.
pub(super) fn words(tokens: &[Token]) -> impl Iterator<Item = Word> {
    tokens.iter().filter_map(|it| if let Kind::Word(word) = it.kind { Some(word) } else { None })
}

/// Whether the first thing it says is that nobody is there.
fn away(clause: &[Token]) -> bool {
    words(clause)
        .find(|it| !matches!(it, Word::Topic | Word::Weak | Word::Nothing | Word::InCase | Word::Busy))
        .is_some_and(|it| matches!(it, Word::Away | Word::Because))
}

/// Whether what stands behind a day calls it off: 「はなしで」 only directly, 「の面談はなしで」.
pub(super) fn cancels(behind: &[Token]) -> bool {
    let between = |it: &Kind| it.is_space() || matches!(it, Kind::Particle | Kind::Bracket | Kind::Word(Word::Topic));
    behind.iter().map(|it| it.kind).find(|it| !between(it)) == Some(Kind::Word(Word::Dropped))
        || words(behind).any(|it| matches!(it, Word::Cancel | Word::Freed))
}

/// Whether right behind the words of something called off the day is said to suit.
fn is_freed(behind: &[Token]) -> bool {
    let between = |it: &Kind| it.is_space() || matches!(it, Kind::Comma | Kind::Newline);
    behind.iter().skip(1).map(|it| it.kind).find(|it| !between(it)) == Some(Kind::Word(Word::Yes))
}

/// 「それ以外は不可」 behind a day, in its sentence or the next one: only that day is left.
pub(super) fn rules_out_the_rest(behind: &[Token]) -> bool {
    let near = behind.iter().take(40).position(|it| it.kind == Kind::Word(Word::Rest));
    let Some((before, rest)) = near.and_then(|it| Some((behind.get(..it)?, behind.get(it + 1..)?))) else {
        return false;
    };
    let clause = rest.iter().take_while(|it| !ends_sentence(it.kind) && it.kind != Kind::Comma);
    let said = clause.filter_map(|it| if let Kind::Word(word) = it.kind { Some(word) } else { None });
    let refuses = |it: Option<Word>| it == Some(Word::No);
    before.iter().filter(|it| ends_sentence(it.kind)).count() <= 1
        && words(before).all(|it| !matches!(it, Word::No | Word::Cancel | Word::Dropped))
        && refuses(said.clone().find(|it| !matches!(it, Word::Topic | Word::Weak)))
        && said.clone().all(|it| !matches!(it, Word::Yes | Word::Doubt | Word::InCase))
}

fn clause_says(clause: &[Token]) -> Option<Verdict> {
    let words = || words(clause);
    // 「8月30日を第一希望とします」
    let first = clause.iter().map(|it| it.kind).find(|it| matches!(it, Kind::Word(_) | Kind::Label));
    if first == Some(Kind::Label) {
        return Some(Verdict::Wish);
    }
    // 「12/4の件は取り消します」
    if cancels(clause) {
        // 「大丈夫でしたがキャンセルで」, 「キャンセルになり大丈夫です」: what of the day, the sender is asked
        return Some(if words().any(|it| it == Word::Yes) { Verdict::Unsure } else { Verdict::Excluded });
    }
    // 「10日しか空いておりません」
    if words().skip_while(|it| *it != Word::But).any(|it| it == Word::No) {
        return Some(Verdict::Wish);
    }
    let plain = words().find_map(|it| match it {
        Word::Yes | Word::Add => Some(Verdict::Wish),
        Word::No | Word::Except => Some(Verdict::Excluded),
        Word::Other | Word::Thing | Word::Away | Word::Because | Word::Instead => Some(Verdict::Other),
        Word::Unsure => Some(Verdict::Unsure),
        Word::Topic | Word::Weak | Word::Nothing | Word::Rest | Word::Busy | Word::After | Word::Working => None,
        Word::Change | Word::Wrong | Word::Right | Word::Mistake => None,
        Word::Cancel | Word::Dropped | Word::Freed => None,
        Word::InCase | Word::Doubt | Word::Turns | Word::Only | Word::But => None,
    });
    plain
        .or_else(|| words().find(|it| *it == Word::Topic).map(|_| Verdict::Wish))
        .or_else(|| words().find(|it| matches!(it, Word::Weak | Word::Working)).map(|_| Verdict::Likely))
}
