//! What the days of a mail are to those of earlier mails, as its own words say.

use super::{
    doubt::Said,
    lines::{Line, Standing},
    method,
};
use crate::desk::{reading::Scope, text};

/// What wishes are called.
const TOPICS: [&str; 9] =
    ["候補", "希望日", "日程", "日時", "スケジュール", "予定日", "実施日", "希望の日", "都合の良い日"];
/// Said beside them: a list of them follows.
const LISTED: [&str; 7] = ["以下", "下記", "次の", "次のとおり", "改めて", "あらためて", "再度"];
/// Said beside them: others take their place.
const RENEWED: [&str; 11] =
    ["変更", "変えて", "新し", "新た", "差し替え", "差替", "訂正", "見直", "組み直", "振替", "振り替"];
/// With these, of all of them.
const WHOLE: [&str; 4] = ["全て", "すべて", "全部", "白紙"];
const CALLED_OFF: [&str; 5] = ["取り消", "取消", "キャンセル", "取りやめ", "白紙"];
/// Only some are.
const IN_PART: [&str; 8] = ["一部", "のうち", "1日だけ", "1日分", "1つだけ", "1つ変", "一つ", "1件"];
/// Said of days that are known: they stay.
const OTHERS_STAY: [&str; 16] = [
    "そのまま",
    "変わりません",
    "変わりありません",
    "変わりなし",
    "変更なし",
    "変更ありません",
    "変更はありません",
    "変更はございません",
    "残り",
    "ほかは",
    "他は",
    "他の日",
    "以外は",
    "だけ外",
    "引き続き候補",
    "も引き続き可",
];

/// What the days of a mail are to earlier ones. `found`: as the words around the days themselves say; `said`: what those leave
/// open.
pub(super) fn scope(lines: &[Line<'_>], found: Scope, said: Said) -> Scope {
    let own = || lines.iter().filter(|it| it.standing == Standing::Own);
    // 「その他ご連絡」 is about no day
    let own: Vec<String> = own().map(|it| text::key(it.text).replace("その他", "")).collect();
    let says = |words: &[&str]| own.iter().any(|line| has(line, words));
    let sentences = || own.iter().flat_map(|it| it.split(['。', '!', '?']));
    let added = sentences().any(|it| is_about(it) && has(it, &["追加", "加え"]));
    let listed = sentences().any(names_list) || own.iter().any(|it| is_labelled(it)) || is_ranked(&own);
    let renewed = sentences().any(names_others);
    let both = method::names_both(own.iter().map(String::as_str));
    let unsure = said.doubtful || (said.mistaken && found != Scope::Single);
    let doubtful = both || own.iter().any(|it| lists_bare_numbers(it)) || unsure;
    match found {
        _ if said.turned || (doubtful && !listed) => Scope::Unclear,
        _ if own.iter().any(|it| has_arrow(it) && (found != Scope::Single || !(renewed || has(it, &RENEWED)))) => {
            Scope::Unclear
        }
        Scope::Unsaid | Scope::Single if said.just => Scope::Just,
        Scope::Single if said.only => Scope::Unclear,
        Scope::Single => Scope::Single,
        Scope::More if (listed || renewed) && !added => Scope::Unclear,
        Scope::More => Scope::More,
        _ if added => Scope::More,
        _ if says(&OTHERS_STAY) && !said.only => Scope::Stays,
        _ if says(&OTHERS_STAY) || (said.only && !listed && !renewed) => Scope::Only,
        _ if listed => Scope::All,
        _ if renewed => Scope::Anew,
        _ => Scope::Unsaid,
    }
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}

/// 「12/4→12/7」: from the one to the other, or in its place.
fn has_arrow(line: &str) -> bool {
    let mut parts = line.split(['→', '⇒', '⇨', '➡']);
    let Some(mut before) = parts.next() else { return false };
    for behind in parts {
        let day = behind.trim_start_matches(|it: char| it.is_ascii_digit());
        let names_day = day.len() < behind.len() && day.starts_with(['/', '月', '日']);
        if names_day && before.ends_with(|it: char| it.is_ascii_digit() || "日)時前後".contains(it)) {
            return true;
        }
        before = behind;
    }
    false
}

/// 「３、４日は不可」: a number whose 日 stands behind the next one.
fn lists_bare_numbers(line: &str) -> bool {
    line.match_indices(['、', '・', ',', '､']).any(|(at, mark)| {
        let (before, behind) = (line.get(..at).unwrap_or(""), line.get(at + mark.len()..).unwrap_or(""));
        let rest = behind.trim_start_matches(|it: char| it.is_ascii_digit());
        before.ends_with(|it: char| it.is_ascii_digit()) && rest.len() < behind.len() && rest.starts_with('日')
    })
}

/// The place of a word for the wishes, where no day stands before it: 「4日の日程」 is one of them.
fn topic(sentence: &str) -> Option<usize> {
    let bare = sentence.trim_start_matches(|it: char| "q問設【】().:■□●○◆・※<>[]".contains(it));
    let number = bare.trim_start_matches(|it: char| it.is_ascii_digit());
    let counted = if number.starts_with(['.', ')', '】', ']', ':', '、']) { number } else { bare };
    let at = TOPICS.iter().filter_map(|it| counted.find(it)).min()?;
    let before = counted.get(..at)?;
    let names_one = before.contains(|it: char| it.is_ascii_digit()) || before.contains('第');
    (!names_one).then_some(at + sentence.len() - counted.len())
}

fn is_about(sentence: &str) -> bool {
    topic(sentence).is_some()
}

/// 「候補日を以下に変更します」, 「先日の日程は全て取り消し、…」.
fn names_list(sentence: &str) -> bool {
    let whole = has(sentence, &WHOLE) && (has(sentence, &CALLED_OFF) || has(sentence, &RENEWED));
    is_about(sentence) && !has(sentence, &IN_PART) && (has(sentence, &LISTED) || whole)
}

/// 「日程を変更したく、12/14でお願いします」.
fn names_others(sentence: &str) -> bool {
    is_about(sentence) && !has(sentence, &IN_PART) && has(sentence, &RENEWED)
}

/// 「候補日：8/31」, 【希望日時】: a field of a form, and what is filled in.
fn is_labelled(line: &str) -> bool {
    let Some(rest) = topic(line).and_then(|at| line.get(at..)) else { return false };
    let label: String = rest.chars().take_while(|it| !matches!(it, ':' | '】' | ']')).collect();
    label.len() < rest.len() && label.chars().count() <= 12
}

/// 第1希望 and others after it, none of which is only changed.
fn is_ranked(own: &[String]) -> bool {
    let ranked = |nth: &[&str]| {
        let labels = nth.iter().flat_map(|it| [format!("第{it}希望"), format!("第{it}候補")]).collect::<Vec<_>>();
        own.iter().any(|line| labels.iter().any(|it| line.contains(it)))
    };
    ranked(&["1", "一"]) && ranked(&["2", "二"]) && !own.iter().any(|it| has(it, &["希望を", "候補を"]))
}
