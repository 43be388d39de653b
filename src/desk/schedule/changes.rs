//! Days that take the place of others: 「8/24を8/25に変更」, 「8/24ではなく8/25」, 「誤：8/24　正：8/25」.

use super::{
    context::Verdict,
    groups::Group,
    sentence::{cancels, ends_sentence},
    tokens::{Kind, Token},
    words::Word,
};

/// Pieces between two days that belong to one sentence of change.
const NEAR: usize = 24;

/// Sets what takes the place of what.
pub(super) fn amend(tokens: &[Token], groups: &[Group], verdicts: &mut [Option<Verdict>]) {
    let wished = |it: Option<Verdict>| matches!(it, Some(Verdict::Wish | Verdict::Timed | Verdict::Likely));
    let mut last = None;
    for (at, group) in groups.iter().enumerate() {
        let replaced = is_replaced(tokens, groups, at);
        let new_hours = is_renewed(tokens, group) || is_narrowed(tokens, group);
        let in_rank = is_in_rank(tokens, group);
        let ruled_out = last == Some(Verdict::Excluded) && is_changed_to(tokens, group.end);
        let Some(verdict) = verdicts.get_mut(at) else { break };
        if *verdict == Some(Verdict::Amends) || ruled_out {
            *verdict = Some(Verdict::Amends);
        } else if in_rank {
            *verdict = Some(Verdict::InRank);
        } else if new_hours {
            *verdict = Some(Verdict::Renewed);
        } else if wished(*verdict) && is_added(tokens, group) {
            *verdict = Some(Verdict::Added);
        }
        if replaced {
            *verdict = Some(Verdict::Replaced);
        }
        if replaced
            && let Some(next) = verdicts.get_mut(at + 1)
            && !matches!(next, Some(Verdict::Excluded))
        {
            *next = Some(Verdict::Amends);
        }
        last = verdicts.get(at).copied().flatten();
    }
}

/// Whether the days of the group after `at` take the place of its own.
fn is_replaced(tokens: &[Token], groups: &[Group], at: usize) -> bool {
    let (Some(group), Some(next)) = (groups.get(at), groups.get(at + 1)) else { return false };
    if group.is_hours_alone() || next.is_hours_alone() || group.is_loose() {
        return false;
    }
    let between = tokens.get(group.end..next.first).unwrap_or(&[]);
    let has = |word: Word| between.iter().any(|it| it.kind == Kind::Word(word));
    let stops = between.iter().filter(|it| ends_sentence(it.kind)).count();
    // 「12/11は間違いです。正しくは12/18です。」
    let put_right = has(Word::Mistake) && has(Word::Right) && stops == 1;
    if between.len() > NEAR || (stops > 0 && !put_right) {
        return false;
    }
    let head = tokens.get(group.first.saturating_sub(3)..group.first).unwrap_or(&[]);
    if has(Word::Right) && head.iter().any(|it| it.kind == Kind::Word(Word::Wrong)) {
        return true;
    }
    if between.iter().any(|it| it.kind == Kind::Newline) {
        return false;
    }
    let plain = |it: &Token| it.kind.is_space() || matches!(it.kind, Kind::Particle | Kind::Range | Kind::Comma);
    has(Word::Instead)
        || (cancels(between) && !has(Word::Yes))
        || has(Word::Mistake)
        || is_mistaken_for(tokens, next.end)
        || (between.iter().all(plain) && is_changed_to(tokens, next.end))
}

/// 「12/22は13時以降に変更」, 「12/22の13時を15時に変更」: other hours of one day.
fn is_renewed(tokens: &[Token], group: &Group) -> bool {
    let [unit] = group.units.as_slice() else { return false };
    unit.renewed || (group.is_days() && unit.hours.len() == 1 && is_changed_to(tokens, group.end))
}

/// 「第2希望を12/16に変更」: the label of an earlier day and its particle right before.
fn is_in_rank(tokens: &[Token], group: &Group) -> bool {
    let head = tokens.get(group.first.saturating_sub(4)..group.first).unwrap_or(&[]);
    let mut head = head.iter().rev().map(|it| it.kind).filter(|it| !it.is_space() && *it != Kind::Comma);
    group.is_days()
        && group.units.len() == 1
        && head.next() == Some(Kind::Particle)
        && head.next() == Some(Kind::Label)
        && is_changed_to(tokens, group.end)
}

/// 「12/22は午後のみ可」, 「12/22は午前しか空いておりません」: only those hours of one day are left.
pub(super) fn is_narrowed(tokens: &[Token], group: &Group) -> bool {
    let [unit] = group.units.as_slice() else { return false };
    if !group.is_days() || unit.hours.is_empty() {
        return false;
    }
    let behind = tokens.get(group.end..).unwrap_or(&[]).iter().map(|it| it.kind);
    let mut behind = behind.skip_while(|it| it.is_space());
    let only = behind.next();
    let clause = || behind.clone().take_while(|it| !ends_sentence(*it) && !matches!(it, Kind::Comma | Kind::Newline));
    let has = |words: &[Word]| clause().any(|it| matches!(it, Kind::Word(word) if words.contains(&word)));
    let plain = || clause().all(|it| it.is_space() || it == Kind::Particle);
    let refused = has(&[Word::No, Word::Cancel, Word::Dropped, Word::Except]);
    // 「午前だけ来客があります」 leaves the rest
    let other = has(&[Word::Away, Word::Busy, Word::Because, Word::Other, Word::Thing, Word::Unsure]);
    match only {
        Some(Kind::Word(Word::Only)) => !refused && !other && (plain() || has(&[Word::Yes, Word::Weak, Word::Change])),
        Some(Kind::Word(Word::But)) => refused && !other,
        _ => false,
    }
}

/// 「…に変更」, 「…に振り替えて」: the first word from there.
pub(super) fn is_changed_to(tokens: &[Token], from: usize) -> bool {
    let tail = tokens.get(from..).unwrap_or(&[]).iter().take(6);
    let between = |it: &Kind| {
        it.is_space() || matches!(it, Kind::Particle | Kind::Hours(_) | Kind::Word(Word::Topic | Word::Only))
    };
    let mut tail = tail.map(|it| it.kind).skip_while(between);
    tail.next() == Some(Kind::Word(Word::Change))
}

/// 「（12/11は12/18）の誤りです」: the day before the words is the right one.
fn is_mistaken_for(tokens: &[Token], from: usize) -> bool {
    let mut tail = tokens.get(from..).unwrap_or(&[]).iter().take(4).map(|it| it.kind).filter(|it| !it.is_space());
    let mistake = Some(Kind::Word(Word::Mistake));
    let first = tail.next();
    first == mistake || (first == Some(Kind::Particle) && tail.next() == mistake)
}

/// Whether the sentence adds to what was said before: 「…も追加してください」, 「先ほどの候補に加えて…」.
fn is_added(tokens: &[Token], group: &Group) -> bool {
    let before = tokens.get(group.first.saturating_sub(NEAR)..group.first).unwrap_or(&[]);
    let behind = tokens.get(group.end..).unwrap_or(&[]).iter().take(NEAR);
    let ends = |it: &&Token| !ends_sentence(it.kind) && it.kind != Kind::Newline;
    before.iter().rev().take_while(ends).chain(behind.take_while(ends)).any(|it| it.kind == Kind::Word(Word::Add))
}
