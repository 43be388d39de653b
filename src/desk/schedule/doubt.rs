//! What the words around the days leave open: nothing sure is taken from such a mail for days that are known.

use super::{
    cells::Cells,
    changes::is_narrowed,
    context::{Verdict, is_all_that_is_left},
    groups::{Except, Group},
    sentence::ends_sentence,
    tokens::{Kind, Token},
    words::Word,
};

/// Behind a refusal: it is told of, supposed, past, a reason or turned around.
const TOLD: [&str; 24] = [
    "と書",
    "と申",
    "とお伝え",
    "と伝え",
    "とご連絡",
    "と連絡",
    "とお送り",
    "とご案内",
    "としていま",
    "としており",
    "とのこと",
    "という",
    "ということ",
    "のため",
    "のは",
    "でした",
    "だった",
    "なら",
    "であれば",
    "ではな",
    "じゃな",
    "でもな",
    "とは限",
    "とは言",
];
/// Behind a day that suits no more, these take that back: 「…は避けたいですが、他になければ構いません」.
const SUITS: [&str; 16] = [
    "可",
    "大丈夫",
    "だいじょうぶ",
    "ok",
    "空い",
    "空き",
    "対応",
    "参加",
    "調整",
    "構いません",
    "かまいません",
    "問題",
    "伺え",
    "お受け",
    "受けられ",
    "いつでも",
];
/// Of several, one that is not named.
const EITHER: [&str; 7] = ["どちらか", "のどちらか", "いずれか", "のいずれか", "いずれかの", "または", "もしくは"];
/// Between two days that do not suit: one of them.
const OR: [&str; 6] = ["か", "または", "又は", "もしくは", "若しくは", "あるいは"];
/// Furthest a word stands behind the refusal it is about, in characters.
const ENDING: usize = 4;

/// What a text leaves open.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// Beside a day: it is asked, supposed, told of others. A list of days is one all the same.
    pub doubtful: bool,
    /// Something that was written is wrong: what, where no other day takes its place?
    pub mistaken: bool,
    /// What is said of a day is turned around.
    pub turned: bool,
    /// Only a part is left, of a day or of the days.
    pub only: bool,
    /// Only the days of this text are left, in plain words.
    pub just: bool,
}

/// Looks at all sentences with days.
pub(super) fn said(cells: &Cells<'_>, tokens: &[Token], groups: &[Group], verdicts: &[Option<Verdict>]) -> Said {
    let judged = || groups.iter().zip(verdicts);
    let narrowed: Vec<usize> =
        judged().filter(|(it, _)| is_narrowed(tokens, it)).filter_map(|(it, _)| next_word(tokens, it.end)).collect();
    let just = is_just(cells, tokens, groups, verdicts);
    let mut said = Said { just: just.is_some(), ..Said::default() };
    for (at, it) in tokens.iter().enumerate() {
        let Kind::Word(word) = it.kind else { continue };
        said.turned |= word == Word::Turns;
        said.only |= matches!(word, Word::Only | Word::But) && !narrowed.contains(&at) && just != Some(Some(at));
    }
    let mut at = 0;
    for sentence in tokens.split_inclusive(|it| ends_sentence(it.kind) || it.kind == Kind::Newline) {
        let (from, to) = (at, at + sentence.len());
        at = to;
        let counts = |it: Option<Verdict>| !matches!(it, None | Some(Verdict::Other | Verdict::Unsure));
        let inside = judged().filter(|(it, _)| (from..to).contains(&it.first));
        let about_days = inside.clone().any(|(_, it)| counts(*it));
        let dated = sentence.iter().any(|it| is_date(it.kind));
        let no = inside.clone().any(|(_, it)| *it == Some(Verdict::Excluded));
        said.turned |= dated && (is_told(cells, sentence) || takes_back(cells, sentence));
        said.doubtful |= dated && sentence.iter().any(|it| is_doubtful(it.kind, about_days));
        said.mistaken |= dated && sentence.iter().any(|it| it.kind == Kind::Word(Word::Mistake));
        said.doubtful |= dated && !said.just && rules_out_others(sentence);
        said.doubtful |= about_days && names_no_one(cells, sentence, no);
        said.doubtful |=
            inside.clone().any(|(it, verdict)| *verdict == Some(Verdict::Excluded) && is_one_of(cells, it));
    }
    said
}

fn is_date(kind: Kind) -> bool {
    matches!(kind, Kind::Day(_) | Kind::Week(_) | Kind::Weekdays(_) | Kind::Hours(_) | Kind::Vague | Kind::Label)
}

fn is_doubtful(kind: Kind, about_days: bool) -> bool {
    match kind {
        Kind::Word(Word::Doubt | Word::InCase) => true,
        // a deadline, a telephone call
        Kind::Word(Word::Thing) => about_days,
        _ => false,
    }
}

/// 「10日は不可とお伝えしましたが」, 「10日が無理でしたら」, 「不可のため」.
fn is_told(cells: &Cells<'_>, sentence: &[Token]) -> bool {
    let refusals = sentence.iter().enumerate().filter(|(_, it)| is_refusal(it.kind));
    let mut refusals = refusals.map(|(at, it)| (it, sentence.get(at + 1).map(|it| it.kind)));
    refusals.any(|(it, next)| {
        let ends = |at: &usize| cells.get(*at).is_some_and(|it| !"、,。\n".contains(it));
        let mut behind = (it.to..it.to + ENDING).take_while(ends);
        next == Some(Kind::Word(Word::Instead)) || behind.any(|at| cells.after_any(at, &TOLD).is_some())
    })
}

fn is_refusal(kind: Kind) -> bool {
    matches!(kind, Kind::Word(Word::No | Word::Cancel | Word::Dropped))
}

/// 「不可→可」, 「避けたいですが、構いません」: of one day, both.
fn takes_back(cells: &Cells<'_>, sentence: &[Token]) -> bool {
    let mut refused = false;
    for it in sentence {
        match it.kind {
            kind if is_refusal(kind) => refused = true,
            Kind::Word(Word::Rest | Word::Instead) | Kind::Label => refused = false,
            kind if is_date(kind) => refused = false,
            // 「他は大丈夫です」
            Kind::Other
                if (it.from..it.to).any(|at| cells.after_any(at, &["他は", "ほかは", "残り", "あとは"]).is_some()) =>
            {
                refused = false;
            }
            Kind::Word(Word::Yes) if refused && cells.after_any(it.from, &SUITS).is_some() => return true,
            _ => {}
        }
    }
    false
}

/// 「それ以外は不可」 where that is not all: of which others?
fn rules_out_others(sentence: &[Token]) -> bool {
    let mut behind = sentence.iter().skip_while(|it| it.kind != Kind::Word(Word::Rest));
    behind.any(|it| is_refusal(it.kind))
}

/// 「どちらか」, 「いつでも」, and hours may be meant; 「10日または22日は不可」.
fn names_no_one(cells: &Cells<'_>, sentence: &[Token], no: bool) -> bool {
    sentence.iter().any(|it| match it.kind {
        Kind::Every | Kind::Join => no && cells.after_any(it.from, &EITHER).is_some(),
        Kind::Word(Word::Yes) => cells.after(it.from, "いつでも").is_some(),
        _ => false,
    })
}

/// 「10日か22日は不可」.
fn is_one_of(cells: &Cells<'_>, group: &Group) -> bool {
    let pairs = group.units.windows(2);
    let mut between = pairs.filter_map(|it| Some((it.first()?.to, it.last()?.from)));
    between.any(|(from, to)| (from..to).any(|at| cells.after_any(at, &OR).is_some()))
}

/// The first piece behind that one would read aloud.
fn next_word(tokens: &[Token], from: usize) -> Option<usize> {
    (from..tokens.len()).take(8).find(|at| tokens.get(*at).is_some_and(|it| !it.kind.is_space()))
}

/// Whether the first thing said is that days do not suit: 「12/10以外は、対面が難しいです」 is about the way.
fn refuses_days(cells: &Cells<'_>, behind: &[Token]) -> bool {
    let about_days = |it: &&Token| match it.kind {
        Kind::Particle | Kind::Comma | Kind::Every => true,
        Kind::Word(Word::Topic) => cells.after_any(it.from, &["都合", "日程", "日時", "候補"]).is_some(),
        kind => kind.is_space(),
    };
    behind.iter().find(|it| !about_days(it)).is_some_and(|it| it.kind == Kind::Word(Word::No))
}

/// Whether all that is wished for is one group, and the text says that nothing else is: 「4日のみでお願いします」, 「4日以外は
/// 不可」, 「それ以外は不可」. Given back is the word のみ, where it says so.
fn is_just(
    cells: &Cells<'_>,
    tokens: &[Token],
    groups: &[Group],
    verdicts: &[Option<Verdict>],
) -> Option<Option<usize>> {
    use Verdict::{Added, Amends, InRank, Likely, Renewed, Replaced, Timed, Unsure, Wish};
    let wished = |it: &(usize, &Option<Verdict>)| matches!(it.1, Some(Wish | Timed | Likely | Amends));
    let others = |it: &Option<Verdict>| matches!(it, Some(Added | InRank | Renewed | Unsure));
    let mut wishes = verdicts.iter().enumerate().filter(wished).map(|it| it.0);
    let (at, None) = (wishes.next()?, wishes.next()) else { return None };
    let group = groups.get(at).filter(|it| it.is_days() && !verdicts.iter().any(others))?;
    let behind = tokens.get(group.end..).unwrap_or(&[]);
    let rest = if group.except == Except::All {
        Some(behind)
    } else if is_all_that_is_left(tokens, groups, at) {
        behind.iter().position(|it| it.kind == Kind::Word(Word::Rest)).and_then(|it| behind.get(it + 1..))
    } else {
        None
    };
    if let Some(rest) = rest {
        return (!verdicts.contains(&Some(Replaced)) && refuses_days(cells, rest)).then_some(None);
    }
    let only = next_word(tokens, group.end)?;
    let behind = tokens.get(only + 1..).unwrap_or(&[]).iter().map(|it| it.kind);
    let mut clause = behind.filter(|it| !it.is_space()).take_while(|it| !ends_sentence(*it) && *it != Kind::Newline);
    let by = clause.next() == Some(Kind::Particle);
    let asked = matches!(clause.next(), Some(Kind::Word(Word::Weak)));
    let is_only = tokens.get(only).is_some_and(|it| it.kind == Kind::Word(Word::Only));
    (is_only && by && asked && !group.has_hours()).then_some(Some(only))
}
