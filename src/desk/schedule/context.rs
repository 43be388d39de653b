//! Whether a date is wished for, ruled out, or only mentioned.

use super::{
    changes,
    dates::{Day, DayName},
    groups::{Except, Group},
    sentence::{
        ends_sentence, head, leads, rules_out_the_rest, said_behind, since_comma, speaks_of_dates, tail, words,
    },
    tokens::{Kind, Token},
    units::Named,
    words::Word,
};

/// Longest line that can be a heading over dates, in characters.
const HEADING: usize = 60;

/// What the text says about a group of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Wished for, in words that are about dates, or labelled.
    Wish,
    /// Wished for, because hours stand with it.
    Timed,
    /// Perhaps wished for: polite words only, or the lines around it.
    Likely,
    /// Named as impossible.
    Excluded,
    /// Another day takes its place.
    Replaced,
    /// Takes the place of another one.
    Amends,
    /// Comes to those of an earlier mail.
    Added,
    /// Takes the place of the earlier day of its label: 「第2希望を12/16に変更」.
    InRank,
    /// Other hours of a day: 「12/22は13時以降に変更」, 「12/22は午後のみ」.
    Renewed,
    /// Nobody is there: ruled out, where the mail speaks of days for the meeting at all.
    Away,
    /// Perhaps: △.
    Unsure,
    /// About something else.
    Other,
}

/// The verdict over each group; `None`: nothing says that the date is a wish.
pub(super) fn verdicts(tokens: &[Token], groups: &[Group]) -> Vec<Option<Verdict>> {
    let blocks = blocks(tokens, groups);
    let mut verdicts: Vec<Option<Verdict>> = Vec::with_capacity(groups.len());
    for (at, group) in groups.iter().enumerate() {
        let last = verdicts.last().copied().flatten();
        if group.except != Except::No {
            let no = group.except == Except::All && said_of(tokens, groups, at) == Some(Verdict::Excluded);
            // 「8/24以外は不可です」
            let left = if group.is_days() { Verdict::Wish } else { Verdict::Other };
            verdicts.push(Some(if no { left } else { left_out(group, last) }));
            continue;
        }
        let before = at.checked_sub(1).and_then(|it| groups.get(it));
        let own = own(tokens, groups, at);
        let block = blocks.get(at).copied().flatten();
        let timed = (group.is_narrowed() || (group.has_hours() && !group.is_hours_alone())).then_some(Verdict::Timed);
        let timed = if is_what_is_left(tokens, before, group) { Some(Verdict::Wish) } else { timed };
        let timed = timed.or_else(|| is_week_alone(tokens, group).then_some(Verdict::Likely));
        let timed = timed.or_else(|| apart(tokens, before, group, last));
        // 「午前中は不可。12/8、12/9で」
        let timed = timed.or_else(|| before.is_some_and(Group::is_never).then_some(Verdict::Likely));
        // 「12/10はオンライン、それ以外は不可」
        let timed = timed.or_else(|| is_all_that_is_left(tokens, groups, at).then_some(Verdict::Wish));
        // 「8/22〜26、24日以外」
        let but = groups.get(at + 1).filter(|it| it.except == Except::Before).map(|_| Verdict::Likely);
        verdicts.push(match (own, block) {
            (Some(Verdict::Other | Verdict::Away), _) if rest_is_wished(tokens, group, groups.get(at + 1)) => {
                Some(Verdict::Excluded)
            }
            // 「8/22〜26は24日以外不可」
            (Some(Verdict::Away), _) if but.is_some() => Some(Verdict::Other),
            (Some(Verdict::Excluded), _) if but.is_some() => Some(Verdict::Unsure),
            (Some(it), _) => Some(it),
            (None, Some(Verdict::Excluded)) => block,
            (None, _) => block.or(timed).or(but),
        });
    }
    changes::amend(tokens, groups, &mut verdicts);
    spread(tokens, groups, &mut verdicts);
    verdicts
}

/// 「水曜以外の平日午後」, 「9/19以外の9/15〜9/21」.
fn is_what_is_left(tokens: &[Token], before: Option<&Group>, group: &Group) -> bool {
    let Some(before) = before.filter(|it| it.except == Except::All) else { return false };
    let between = tokens.get(before.end..group.first).unwrap_or(&[]);
    matches!(between, [it] if it.kind == Kind::Particle)
}

/// Whether the rest is ruled out behind these days.
pub(super) fn is_all_that_is_left(tokens: &[Token], groups: &[Group], at: usize) -> bool {
    let Some(group) = groups.get(at).filter(|it| it.is_days()) else { return false };
    let to = groups.get(at + 1).map_or(tokens.len(), |it| it.first);
    rules_out_the_rest(tokens.get(group.end..to).unwrap_or(&[]))
}

/// 「来週の火曜」 with nothing else on its line: no letter is dated like that.
fn is_week_alone(tokens: &[Token], group: &Group) -> bool {
    let week = |it: Named| matches!(it, Named::Day(Day { name: DayName::Week(_), .. }));
    let edge = |it: Option<&Token>| it.is_none_or(|it| matches!(it.kind, Kind::Newline | Kind::Blank | Kind::Stop));
    group.units.iter().all(|it| week(it.named))
        && edge(group.first.checked_sub(1).and_then(|it| tokens.get(it)))
        && edge(tokens.get(group.end))
}

/// What 以外 says: the days do not suit, unless it takes them out of those that do not.
fn left_out(group: &Group, before: Option<Verdict>) -> Verdict {
    match before {
        Some(Verdict::Excluded | Verdict::Other | Verdict::Away | Verdict::Unsure)
            if group.except == Except::Before =>
        {
            Verdict::Unsure
        }
        _ => Verdict::Excluded,
    }
}

/// Hours that stand apart from their day: 「8/25 ○ 午前」, 「8/24の会議が終わる15時から」, 「時間帯：13時～」.
fn apart(tokens: &[Token], before: Option<&Group>, group: &Group, last: Option<Verdict>) -> Option<Verdict> {
    if !group.is_hours_alone() {
        return None;
    }
    if group.is_for_others() {
        return Some(Verdict::Timed);
    }
    let between = tokens.get(before?.end..group.first).unwrap_or(&[]);
    let mut after = false;
    let mut plain = true;
    for token in between {
        match token.kind {
            Kind::Comma | Kind::Newline => return None,
            kind if ends_sentence(kind) => return None,
            Kind::Word(Word::After) => after = true,
            Kind::Space | Kind::Bracket | Kind::Particle | Kind::Word(Word::Yes) => {}
            _ => plain = false,
        }
    }
    if after { Some(Verdict::Timed) } else { last.filter(|it| plain && *it == Verdict::Wish) }
}

/// 「8/24〜26は展示会に出展しております。それ以外の日でお願いします」: what was only mentioned is ruled out.
fn rest_is_wished(tokens: &[Token], group: &Group, behind: Option<&Group>) -> bool {
    let to = behind.map_or(tokens.len(), |it| it.first);
    let near = tokens.get(group.end..to).unwrap_or(&[]).iter().take(40);
    let mut sentences = 0;
    let mut rest = false;
    for token in near {
        match token.kind {
            Kind::Word(Word::Rest) => rest = true,
            Kind::Word(Word::No) if rest => return false,
            Kind::Open | Kind::Close => return rest,
            Kind::Stop | Kind::Blank if rest => return true,
            Kind::Stop | Kind::Blank => sentences += 1,
            _ => {}
        }
        if sentences > 1 {
            return false;
        }
    }
    rest
}

/// A bare date in a list takes the verdict of its neighbours.
fn spread(tokens: &[Token], groups: &[Group], verdicts: &mut [Option<Verdict>]) {
    let gaps: Vec<Gap> = groups.windows(2).map(|it| gap(tokens, it.first(), it.last())).collect();
    let wish = |it: Option<Verdict>| it.filter(|it| matches!(it, Verdict::Wish | Verdict::Timed | Verdict::Likely));
    let mut behind = None;
    for at in (0..verdicts.len()).rev() {
        let gap = gaps.get(at).copied().unwrap_or(Gap::Far);
        let alone = groups.get(at).is_some_and(Group::is_hours_alone);
        let Some(verdict) = verdicts.get_mut(at) else { break };
        if verdict.is_none() && gap != Gap::Far && !alone {
            let taken = match (gap, behind) {
                (Gap::Bracket, Some(Verdict::Excluded)) => Some(Verdict::Likely),
                (Gap::List, _) => behind,
                _ => wish(behind),
            };
            *verdict = taken
                .filter(|it| *it != Verdict::Other)
                .map(|it| if it == Verdict::Excluded { it } else { Verdict::Likely });
        }
        behind = *verdict;
    }
    let mut before = None;
    for at in 0..verdicts.len() {
        let gap = at.checked_sub(1).and_then(|it| gaps.get(it)).copied().unwrap_or(Gap::Far);
        let alone = groups.get(at).is_some_and(Group::is_hours_alone);
        let Some(verdict) = verdicts.get_mut(at) else { break };
        if verdict.is_none() && gap == Gap::List && !alone {
            *verdict = wish(before).map(|_| Verdict::Likely);
        }
        before = *verdict;
    }
}

/// What lies between two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing but line ends, bullets and labels.
    List,
    /// A bracket: 「8/22〜26（24日を除く）」.
    Bracket,
    /// Words of one sentence.
    Sentence,
    /// More.
    Far,
}

fn gap(tokens: &[Token], before: Option<&Group>, behind: Option<&Group>) -> Gap {
    let (Some(before), Some(behind)) = (before, behind) else { return Gap::Far };
    let between = tokens.get(before.end..behind.first).unwrap_or(&[]);
    let mut gap = Gap::List;
    for token in between {
        match token.kind {
            Kind::Bracket => return Gap::Bracket,
            Kind::Space | Kind::Newline | Kind::Bullet | Kind::Number | Kind::Label | Kind::Join | Kind::Comma => {}
            Kind::Over(_) => {}
            // 「いずれも13時から」 may stand below the list
            Kind::Blank if behind.is_for_others() => {}
            Kind::Stop | Kind::Blank | Kind::Open | Kind::Close => return Gap::Far,
            _ => gap = Gap::Sentence,
        }
    }
    gap
}

/// What the group's own sentence says.
fn own(tokens: &[Token], groups: &[Group], at: usize) -> Option<Verdict> {
    let group = groups.get(at)?;
    let before = at.checked_sub(1).and_then(|it| groups.get(it)).map(|it| it.end);
    let head = head(tokens, group.first, before);
    let leads = leads(head);
    let labelled = leads == Some(Kind::Label);
    // 「お電話は平日9:00～18:00にお願いします」
    if group.is_loose() && words(head).any(|it| matches!(it, Word::Other | Word::Thing)) {
        return Some(Verdict::Other);
    }
    // 「取消：12/4」
    if is_field_of(Word::Cancel, head) {
        return Some(Verdict::Excluded);
    }
    match leads {
        Some(Kind::Word(Word::Thing | Word::Because)) => return Some(Verdict::Other),
        Some(Kind::Word(Word::No)) => return Some(Verdict::Excluded),
        Some(Kind::Word(Word::Away)) => return Some(Verdict::Away),
        _ => {}
    }
    match said_of(tokens, groups, at) {
        // 「電話は平日10時～17時にお願いします」
        Some(Verdict::Likely)
            if group.names_weekdays()
                && since_comma(head).iter().any(|it| it.kind == Kind::Other)
                && !speaks_of_dates(head) =>
        {
            Some(Verdict::Other)
        }
        Some(Verdict::Other) if labelled => Some(Verdict::Wish),
        Some(Verdict::Likely) if labelled || speaks_of_dates(head) => Some(Verdict::Wish),
        Some(it) => Some(it),
        None => (labelled || speaks_of_dates(head)).then_some(Verdict::Wish),
    }
}

/// Whether the word stands there as the name of a field.
fn is_field_of(word: Word, head: &[Token]) -> bool {
    let mut before = head.iter().rev().map(|it| it.kind).peekable();
    let mut apart = false;
    while before.next_if(|it| it.is_space()).is_some() {
        apart = true;
    }
    apart && before.next() == Some(Kind::Word(word))
}

/// What is said behind the group, and behind those that are left out of it.
fn said_of(tokens: &[Token], groups: &[Group], at: usize) -> Option<Verdict> {
    let mut at = at;
    loop {
        let group = groups.get(at)?;
        let behind = groups.get(at + 1);
        let said = said_behind(tail(tokens, group.end, behind.map(|it| it.first)));
        if said.is_some() || behind.is_none_or(|it| it.except != Except::Before) {
            return said;
        }
        at += 1;
    }
}

/// For each group what the heading above it says: 「2. アドバイス日時の候補」, 「都合の悪い日」.
fn blocks(tokens: &[Token], groups: &[Group]) -> Vec<Option<Verdict>> {
    let mut blocks = Vec::with_capacity(groups.len());
    let mut starts = groups.iter().peekable();
    let mut block = None;
    let mut blanks = 0;
    let mut at = 0;
    for line in tokens.split_inclusive(|it| matches!(it.kind, Kind::Newline | Kind::Blank)) {
        at += line.len();
        let mut dated = false;
        while starts.next_if(|it| it.first < at).is_some_and(|it| {
            blocks.push(block);
            dated |= !it.is_hours_alone();
            true
        }) {}
        blanks = if is_empty(line) { blanks + 1 } else { 0 };
        if blanks > 1 {
            block = None;
        } else if blanks == 0 && !dated {
            block = heading(line, block);
        }
    }
    blocks
}

fn is_empty(line: &[Token]) -> bool {
    line.iter().all(|it| it.kind.is_space() || matches!(it.kind, Kind::Newline | Kind::Blank))
}

/// What holds below a line without dates.
fn heading(line: &[Token], block: Option<Verdict>) -> Option<Verdict> {
    let has = |kind: Kind| line.iter().any(|it| it.kind == kind);
    if has(Kind::Close) {
        return None;
    }
    // 【午前】 says nothing of what stands over it
    if line.iter().any(|it| matches!(it.kind, Kind::Over(_))) {
        return block;
    }
    if has(Kind::Open) {
        return Some(Verdict::Likely);
    }
    let (from, to) = (line.first().map_or(0, |it| it.from), line.last().map_or(0, |it| it.to));
    let notes = matches!(line.iter().map(|it| it.kind).find(|it| !it.is_space()), Some(Kind::Bullet | Kind::Label));
    let no = has(Kind::Word(Word::No));
    let speaks = (speaks_of_dates(line) && to - from <= HEADING) || (no && to - from <= HEADING / 3);
    if speaks && !(notes && block.is_some()) {
        return Some(if no { Verdict::Excluded } else { Verdict::Likely });
    }
    block.filter(|_| notes)
}
