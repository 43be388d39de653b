//! When and how a company wants to be advised, read from its own words; and when advisors are free.

mod cells;
mod changes;
mod collect;
mod context;
mod dates;
mod doubt;
mod groups;
mod headings;
mod holidays;
pub(crate) mod lines;
pub(crate) mod marks;
mod method;
mod narrow;
mod order;
mod relative;
mod resolve;
mod scope;
mod sentence;
mod slots;
mod times;
mod tokens;
mod units;
mod weekday;
mod weeks;
mod words;

#[cfg(test)]
pub(crate) mod tests;

use jiff::civil::Date;

pub use holidays::{is_holiday, is_new_year};
pub use slots::{Slot, Weekly, parse_weekly, slots};
pub use times::SESSION as SESSION_MINUTES;

use super::{
    reading::{Method, Scope, Wishes},
    text::fold,
};
use cells::Cells;
use collect::Collector;
use doubt::Said;
use lines::{Line, Standing, lines};
use order::Labels;
use resolve::Calendar;

/// Most groups of days that are looked at: nobody names more, and each range costs a look at all of its days.
const MOST_GROUPS: usize = 2_000;

/// Reads the advice method and the candidate dates from a mail's text.
///
/// `reply_day` is the day the mail was written, `window_end` the last day of the advice window: days without a year or a
/// month are understood between them, and a day outside of them is a doubt. Only what the sender wrote counts; a quoted
/// questionnaire is read where the sender's own lines name no date, for its answers may have been written inside.
pub fn wishes(text: &str, reply_day: Date, window_end: Date) -> Wishes {
    let lines = lines(text);
    let calendar = Calendar::new(reply_day, window_end.max(reply_day));
    let (mut found, said) = read(&own(text, &lines), calendar);
    if found.names_days() {
        found.scope = scope::scope(&lines, found.scope, said);
    } else {
        (found, _) = read(&inside_quotes(text, &lines), calendar);
        // a form that was filled in
        found.scope = if found.names_days() { Scope::All } else { Scope::Unsaid };
    }
    let (method, either) = method::method(&lines);
    Wishes { method, either, ..found }
}

/// The advice method that a phrase names, where it names one only.
pub(crate) fn method_named(text: &str) -> Option<Method> {
    let (method, either) = method::method(&lines(text));
    method.filter(|_| !either)
}

fn read(cells: &Cells<'_>, calendar: Calendar) -> (Wishes, Said) {
    let mut tokens = tokens::tokens(cells);
    headings::set_apart(cells, &mut tokens);
    let mut groups = groups::groups(&tokens);
    groups.truncate(MOST_GROUPS);
    let verdicts = context::verdicts(&tokens, &groups);
    let said = doubt::said(cells, &tokens, &groups, &verdicts);
    let mut collector = Collector::new(cells, calendar, Labels::of(cells, &tokens));
    for (group, verdict) in groups.iter().zip(verdicts) {
        collector.add(group, verdict);
    }
    (collector.finish(), said)
}

/// The sender's own lines; of the others only whether they ask for dates, for the answer may stand below.
fn own<'t>(text: &'t str, lines: &[Line<'_>]) -> Cells<'t> {
    let mut cells = Cells::new(text);
    for line in lines {
        match line.standing {
            Standing::Own => {
                cells.push_line(line);
                continue;
            }
            Standing::Quoted if asks_for_dates(line.text) => cells.push_mark(tokens::OPEN, line.at),
            Standing::Quoted | Standing::Header | Standing::Signature if line.text.trim().is_empty() => {}
            Standing::Quoted | Standing::Header | Standing::Signature => cells.push_mark(tokens::CLOSE, line.at),
        }
        cells.push_mark('\n', line.at);
    }
    cells
}

/// Lines of a questionnaire in a quoted mail or below a signature: what follows 第N希望, and what stands under a numbered
/// question for dates. Anything else there, such as dates we offered, is not the sender's wish.
fn inside_quotes<'t>(text: &'t str, lines: &[Line<'_>]) -> Cells<'t> {
    let mut cells = Cells::new(text);
    let mut in_question = false;
    for line in lines.iter().filter(|it| matches!(it.standing, Standing::Quoted | Standing::Signature)) {
        let numbered = starts_with_number(line.text);
        if numbered {
            in_question = asks_for_dates(line.text);
        }
        let folded = fold(line.text);
        let labelled = folded.trim_start().starts_with('第') && folded.contains("希望");
        if in_question || labelled {
            cells.push_line(line);
        } else {
            cells.push_mark(tokens::CLOSE, line.at);
            cells.push_mark('\n', line.at);
        }
    }
    cells
}

fn asks_for_dates(line: &str) -> bool {
    ["候補", "日時", "日程", "希望日"].iter().any(|it| line.contains(it))
}

/// 「2. アドバイス日時の候補」, 「【2】…」, 「Q2 …」; but not 「2/24」.
fn starts_with_number(line: &str) -> bool {
    let start: String = line.trim_start().chars().take(8).collect();
    let folded = fold(&start);
    let rest = folded.trim_start_matches(['【', '(', 'Q', 'q', '問', '設', '質', '[', ' ']);
    let number = rest.chars().take_while(char::is_ascii_digit).count();
    let next = rest.chars().nth(number);
    let marked = matches!(next, Some('.' | ')' | '】' | ']' | '、' | ':' | ' ')) || folded.len() > rest.len();
    (1..=2).contains(&number) && marked
}
