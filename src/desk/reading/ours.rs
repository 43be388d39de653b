//! A mail's words without those that our letters print: they come back in every quoted reply, and are not said anew.

use std::collections::HashSet;

use crate::desk::{
    letter::printed::{Printed, printed},
    mail,
    rules::Question,
    schedule::lines::{Line, Standing, lines},
    text::key,
};

/// Put instead of a quoted line of ours: what an answer ends at.
const RULE: &str = "――――";

/// The text without our words: in a quoted letter nothing is left but our questions and what the sender wrote between
/// them, and a sentence of ours that asks is cut to its question.
pub(super) fn without(text: &str, questions: &[Question]) -> String {
    let own = mail::quote::own_words(text);
    let own: HashSet<&str> = own.lines().map(str::trim).collect();
    let lines = lines(text);
    let raw: Vec<&str> = text.split('\n').map(|it| it.strip_suffix('\r').unwrap_or(it)).collect();
    let asked: HashSet<String> = questions.iter().map(|it| key(&it.text)).collect();
    let mut kept = Kept { questions, asked, lines: Vec::with_capacity(lines.len()), asking: false, offering: false };
    let mut at = 0;
    while let (Some(line), Some(raw)) = (lines.get(at), raw.get(at)) {
        let echo = is_echo(line.text) && !own.contains(raw.trim());
        if !echo && kept.take(line, lines.get(at + 1), raw) {
            at += 1; // a sentence of ours, wrapped
        }
        at += 1;
    }
    kept.lines.join("\n")
}

/// What is left so far.
struct Kept<'q> {
    questions: &'q [Question],
    asked: HashSet<String>,
    lines: Vec<String>,
    /// The line before asks: what we print right below it explains the question.
    asking: bool,
    /// Free days of ours are listed.
    offering: bool,
}

impl Kept<'_> {
    /// Takes a line; whether the next one belonged to it.
    fn take(&mut self, line: &Line<'_>, next: Option<&Line<'_>>, raw: &str) -> bool {
        let quoted = matches!(line.standing, Standing::Quoted | Standing::Signature);
        let marks = raw.len().checked_sub(line.text.len()).and_then(|it| raw.get(..it)).unwrap_or_default();
        if self.offering && is_slot(line.text) {
            return false;
        }
        if let Some(it) = printed(line.text) {
            self.take_ours(line.text, &it, quoted, marks, raw);
            return false;
        }
        let next = next.filter(|it| quoted && it.standing == line.standing && !it.text.trim().is_empty());
        let joined = next.map(|it| format!("{}{}", line.text.trim_end(), it.text.trim_start()));
        if let Some((joined, it)) = joined.and_then(|it| printed(&it).map(|found| (it, found)))
            && it.end == joined.len()
        {
            self.take_ours(&joined, &it, quoted, marks, raw);
            return true;
        }
        let bare = key(line.text);
        let bare = bare.trim_start_matches(|it: char| it.is_ascii_digit() || ".)・*-".contains(it));
        self.asking = self.asked.contains(bare);
        self.offering = self.offering && line.text.trim().is_empty();
        self.lines.push(raw.to_owned());
        false
    }

    /// A line of ours, with the sender's words that may stand behind it.
    fn take_ours(&mut self, text: &str, it: &Printed, quoted: bool, marks: &str, raw: &str) {
        let (ours, words) = text.split_at_checked(it.end).unwrap_or((text, ""));
        let words = words.trim();
        let offers = ours.contains("次の日時が空いて");
        self.offering = offers;
        if let Some(question) = self.question(ours) {
            self.lines.push(format!("{marks}・{}　{words}", question.text));
            self.asking = words.is_empty();
            return;
        }
        if !quoted {
            if !offers {
                self.lines.push(raw.to_owned());
            }
            return;
        }
        let explains = (self.asking && !it.heads) || offers;
        if !explains {
            self.lines.push(format!("{marks}{RULE}"));
            self.asking = false;
        }
        if !words.is_empty() {
            self.lines.push(format!("{marks}{words}"));
        }
    }

    /// The question that a sentence of ours asks: 「アドバイス方式（対面／オンライン）をお知らせください。」
    fn question(&self, ours: &str) -> Option<&Question> {
        let ours = key(ours);
        if !ours.contains("お知らせください。") && !ours.ends_with("見当たりませんでした。") {
            return None;
        }
        let named = |question: &&Question| {
            let words = question.known_by.iter().map(|it| key(it)).filter(|it| ours.contains(it.as_str()));
            words.map(|it| it.chars().count()).max().filter(|it| *it > 2)
        };
        self.questions.iter().filter_map(|it| Some((named(&it)?, it))).max_by_key(|it| it.0).map(|it| it.1)
    }
}

/// The company's wishes as our letters repeat them.
fn is_echo(line: &str) -> bool {
    let line = line.trim_start();
    let wish = line.starts_with('第') && line.contains("希望　") && line.contains('～');
    wish || ["アドバイス方式：", "ご都合の悪い日："].iter().any(|it| line.starts_with(it))
}

/// 「・8月16日（火）13:00～16:00」, and nothing else on the line: a day we offer.
fn is_slot(line: &str) -> bool {
    let key = key(line);
    let bare = key.trim_start_matches(['・', '*', '-', '•', '|']);
    let shape: String = bare.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
    let Some((day, hours)) = shape.split_once('(').and_then(|(day, it)| Some((day, it.split_once(')')?.1))) else {
        return false;
    };
    matches!(day, "0月0日" | "0月00日" | "00月0日" | "00月00日")
        && matches!(hours, "0:00~0:00" | "0:00~00:00" | "00:00~00:00")
}

#[cfg(test)]
mod tests {
    use crate::desk::{
        questionnaire::{self, tests::questions},
        reading::ours::without,
        schedule,
    };
    use jiff::civil::date;

    /// A letter that asks for everything, as it is printed.
    const LETTER: &str = "株式会社引用　御中\n\nいつもお世話になっております。\nITコーディネータ協会　DX自己診断 事務局でございます。\n\n\
        「自己診断フォーマット」をお送りいただき、ありがとうございます。\n現在の値がすべて記入されていることを確認し、受け付けいたしました。\n\n\
        受付番号：0003\n\n【アドバイスのご希望】\n・アドバイス方式（対面／オンライン）をお知らせください。@1\n\
        ・アドバイス（3時間程度）の日時の候補を 2～3、お知らせください。\n　期間：9月2日（金）まで\n　\
        たとえば次の日時が空いております（ほかの日時でも結構です）。\n　　・8月16日（火）13:00～16:00\n　　・8月18日（木）9:00～12:00@2\n\n\
        【アンケート】\n次のご回答が見当たりませんでした。このメールへのご返信にお書きください。\n・参加者@3\n\
        ・今後希望する支援（伴走型支援／マッチング支援／未定）@4\n\n\
        ご希望をお知らせいただき次第、アドバイザーと日程を調整いたします。\n\n\
        ご不明な点がございましたら、このメールにそのままご返信ください。\n今後ともどうぞよろしくお願い申し上げます。\n\n\
        ――――――――――――――――――\nITコーディネータ協会　DX自己診断 事務局\n中小企業DX促進事業\nE-mail: nw@itc.example.jp\n――――――――――――――――――";

    /// The letter with words written into it.
    fn letter(written: [&str; 4]) -> String {
        (1..5).zip(written).fold(LETTER.to_owned(), |it, (at, words)| it.replace(&format!("@{at}"), words))
    }

    fn told(text: &str) -> String {
        let said = without(text, &questions());
        let answers = questionnaire::read(&said, &questions());
        let wishes = schedule::wishes(&said, date(2022, 8, 10), date(2022, 9, 2));
        let mut told: Vec<String> = answers.iter().map(|(id, it)| format!("{id}={}", it.replace('\n', "⏎"))).collect();
        told.extend(wishes.dates.iter().map(|it| format!("{}", it.start.strftime("%-m/%-d %-H"))));
        told.extend(wishes.doubts.iter().map(|it| format!("?{}", it.raw)));
        told.join("|")
    }

    /// All ways in which programs set an old mail below the new words.
    fn quoted(above: &str, letter: &str) -> Vec<String> {
        let marked = |mark: &str| letter.lines().map(|it| format!("{mark}{it}")).collect::<Vec<_>>().join("\n");
        let wrapped: Vec<String> = letter
            .lines()
            .flat_map(|line| {
                let letters: Vec<char> = line.chars().collect();
                letters.chunks(32).map(|it| format!("> {}", it.iter().collect::<String>())).collect::<Vec<_>>()
            })
            .collect();
        vec![
            format!("{above}\n\n2022年8月10日(水) 9:30 事務局 <nw@itc.example.jp>:\n\n{}", marked("> ")),
            format!("{above}\n\n事務局 さんは書きました (2022/08/10 9:30):\n{}", marked("＞")),
            format!("{above}\n\n(2022/08/10 9:30), 事務局 wrote:\n{}", marked(">")),
            format!("{above}\n\nOn 2022/08/10 9:30, 事務局 wrote:\n{}", wrapped.join("\n")),
            format!(
                "{above}\n\n----- 元のメッセージ -----\n差出人：事務局 <nw@itc.example.jp>\n日時：2022年8月10日 9:30\n件名：受け付けました\n\n{letter}"
            ),
            format!(
                "{above}\n\n-----Original Message-----\nFrom: 事務局 <nw@itc.example.jp>\nSent: Wednesday, August 10, 2022 9:30 AM\nTo: a@a.example\nSubject: 受け付けました\n\n{letter}"
            ),
            format!(
                "{above}\n\n差出人: 事務局 <nw@itc.example.jp>\n送信日時: 2022年8月10日 9:30\n宛先: a@a.example\n件名: 受け付けました\n\n{letter}"
            ),
        ]
    }

    #[test]
    fn a_quoted_letter_answers_nothing() {
        for text in quoted("承知しました。", &letter([""; 4])) {
            assert_eq!(told(&text), "", "{text}");
        }
        for text in quoted("参加者は田中です。8/30 10:00～12:00を希望します。", &letter([""; 4])) {
            assert_eq!(told(&text), "q3=田中|8/30 10", "{text}");
        }
    }

    #[test]
    fn what_is_written_into_a_quoted_letter_is_read() {
        // below our questions, with and without the marks of the quote; or right behind them
        let below = ["\nオンライン", "\n8/24 13:00～16:00", "\n田中", "\n伴走型支援"];
        for text in quoted("承知しました。", &letter(below)) {
            let told = told(&text);
            assert!(told.starts_with("q1=オンライン|q2=8/24 13:00～16:00|q3=田中|q4=伴走型支援"), "{told}\n{text}");
        }
        let behind = ["　→ オンライン", "", "：田中", "　伴走型支援"];
        for text in quoted("承知しました。", &letter(behind)) {
            // wrapped where our words end is not wrapped for all
            if !text.contains("wrote:\n> ") {
                assert_eq!(told(&text), "q1=オンライン|q3=田中|q4=伴走型支援", "{text}");
            }
        }
        let marked: String = letter(["@オンライン", "@8/24 13:00～16:00", "@田中", "@伴走型支援"])
            .lines()
            .flat_map(|it| {
                it.split_once('@')
                    .map_or(vec![format!("> {it}\n")], |(ours, it)| vec![format!("> {ours}\n"), format!("{it}\n")])
            })
            .collect();
        let text = format!("2022年8月10日(水) 9:30 事務局 <nw@itc.example.jp>:\n\n{marked}");
        assert_eq!(told(&text), "q1=オンライン|q2=8/24 13:00～16:00|q3=田中|q4=伴走型支援|8/24 13", "{text}");
    }

    #[test]
    fn our_sentences_copied_without_a_quote_ask_and_do_not_answer() {
        let text = "・アドバイス方式（対面／オンライン）をお知らせください。\n対面\n・アドバイス（3時間程度）の日時の候補を 2～3、お知らせください。\n　\
            たとえば次の日時が空いております（ほかの日時でも結構です）。\n　　・8月16日（火）13:00～16:00\n8/25 10:00～12:00";
        assert_eq!(told(text), "q1=対面|q2=8/25 10:00～12:00|8/25 10");
    }
}
