//! What the words of a mail say: a claim to hand in, a question, thanks, business of another kind.

use crate::desk::text;

use super::{
    asking::{self, ASKS, SUBJECT_ASKS, ends_asking},
    leaving::{
        ADDRESS, BY_MISTAKE, CALLS_OFF, CHANGES, DECLARES, FILES, HEDGES, MEETING, OTHERS, TAKES_PART, WITHDRAWS,
    },
    lexicon::{FORM, GREETINGS, HANDS_IN, NEAR, NOT_NOW, PAPERS, PROGRAMME, PROMISES, SALES, THANKS, WANTS},
};

/// What is called off with these was agreed upon before: no wish, a person's business.
const BOOKED: &[&str] = &["面談", "面会", "打合", "打ち合", "訪問", "来社", "予約", "ヒアリング"];

/// Most characters of a courtesy.
const MAX_COURTESY: usize = 200;

/// The folded words of one mail.
pub(super) struct Wording {
    subject: String,
    /// The subject, where it is the sender's own and not our subject coming back.
    own_subject: String,
    body: String,
    files: String,
    programme: Vec<String>,
}

impl Wording {
    pub(super) fn new(subject: &str, own_words: &str, files: String, named: &[&str]) -> Self {
        let subject = text::key(subject);
        let answers = ["re:", "re[", "fw:", "fwd:", "返信:", "転送:"].iter().any(|it| subject.starts_with(it));
        let named = named.iter().map(|it| text::key(it)).filter(|it| it.chars().count() >= 4);
        Self {
            own_subject: if answers { String::new() } else { subject.clone() },
            subject,
            body: without_links(&text::fold(own_words).to_lowercase()),
            files: text::key(&files),
            programme: named.chain(PROGRAMME.iter().map(|it| (*it).to_string())).collect(),
        }
    }

    /// Subject, words or a file's name speak of the programme.
    pub(super) fn names_programme(&self) -> bool {
        let body = squeezed(&self.body);
        self.programme.iter().any(|it| self.subject.contains(it) || body.contains(it) || self.files.contains(it))
    }

    /// Something that could be about the programme, where nothing else is said.
    pub(super) fn touches_programme(&self) -> bool {
        has(&self.subject, NEAR) || has(&squeezed(&self.body), NEAR)
    }

    /// Papers of a purchase or advertising, without a word of the programme.
    pub(super) fn is_commercial(&self) -> bool {
        let body = squeezed(&self.body);
        let papers = has(&self.subject, PAPERS) || has(&self.files, PAPERS);
        let sales = count(&format!("{}{body}", self.subject), SALES);
        let other = papers || has(&body, PAPERS) || sales > 0;
        // Advertisers name the programme too; only people in it do without the rest.
        sales > 1 || (other && (papers || !self.names_programme()))
    }

    /// Papers of a purchase, by subject or file, and neither a file nor a subject of ours.
    pub(super) fn is_business_only(&self) -> bool {
        let papers = has(&self.subject, PAPERS) || has(&self.files, PAPERS);
        let ours = self.programme.iter().any(|it| self.files.contains(it)) || has(&self.own_subject, FORM);
        let advertises = count(&format!("{}{}", self.subject, squeezed(&self.body)), SALES) > 1;
        (papers || advertises) && !ours
    }

    /// Says that the self-diagnosis is herewith handed in.
    pub(super) fn claims_to_hand_in(&self) -> bool {
        let body = squeezed(&self.body);
        let speaks_of_form = has(&self.own_subject, FORM) || has(&body, FORM);
        // In a reply the subject is ours, so the sentence itself has to speak of a file.
        let replies_with_file = |it: &str| has(&self.subject, FORM) && has(it, &["提出", "添付"]);
        let by_words = !self.only_promises()
            && self.sentences().any(|it| is_claim(&it) && (speaks_of_form || replies_with_file(&it)));
        let noun = ["提出", "送付", "送ります", "お送り"];
        let by_subject = has(&self.own_subject, FORM)
            && has(&self.own_subject, &noun)
            && !has(&self.own_subject, ASKS)
            && !has(
                &self.own_subject,
                &["について", "期限", "締切", "方法", "延長", "予定", "遅れ", "の件で", "先", "できません", "確認"],
            );
        by_words || (by_subject && !self.asks(false) && !self.sentences().any(|it| has(&it, NOT_NOW)))
    }

    /// Beside a password: says that a file is in this mail, and not in the one before.
    pub(super) fn encloses(&self) -> bool {
        let other = [
            "パスワ",
            "password",
            "pw",
            "暗証番号",
            "解凍",
            "開封",
            "先ほど",
            "先程",
            "さきほど",
            "先に",
            "先の",
            "別メール",
            "別便",
            "前の",
        ];
        self.sentences().any(|it| is_claim(&it) && !has(&it, &other))
    }

    /// In a thread of ours: says that an amended file is herewith sent.
    pub(super) fn claims_amended_file(&self) -> bool {
        let objects =
            ["修正", "訂正", "再提出", "ファイル", "エクセル", "excel", "シート", "書類", "xlsx", "記入済", "記入し"];
        let body = squeezed(&self.body);
        !self.only_promises() && has(&body, &objects) && self.sentences().any(|it| is_claim(&it))
    }

    /// 「承知しました。修正して提出します。」: an answer to what we asked for, not the thing itself.
    fn only_promises(&self) -> bool {
        let body = squeezed(&self.body);
        has(&body, &["承知", "了解", "かしこまり", "わかりました", "分かりました"])
            && !has(&body, &["添付", "送り", "送付"])
    }

    /// Hands something in to an office, without naming what.
    pub(super) fn submits_to_office(&self) -> bool {
        let body = squeezed(&self.body);
        let hands_in = self.subject.contains("提出") || body.contains("提出");
        hands_in && body.contains("事務局")
    }

    /// The subject asks; 「お問い合わせありがとうございます」 does not.
    pub(super) fn subject_asks(&self) -> bool {
        has(&self.subject, SUBJECT_ASKS) && !self.subject.contains("ありがとう")
    }

    /// Takes the company out of the programme, and nothing else: said as done or wished, not asked, weighed or limited.
    pub(super) fn withdraws(&self) -> bool {
        let about = format!("{}{}", self.own_subject, squeezed(&self.body));
        let declared = |it: &String| {
            let plain = WITHDRAWS.iter().find_map(|word| it.split_once(word).map(|(_, after)| after));
            let loose = || CALLS_OFF.iter().find_map(|word| it.split_once(word).map(|(_, after)| after));
            let after = plain.or_else(|| if has(&about, TAKES_PART) { loose() } else { None });
            after.is_some_and(|after| has(after, DECLARES) && !has(after, &["が、", "けど", "けれど", "ものの"]))
                && !has(it, HEDGES)
                && !has(it, MEETING)
        };
        !self.asks(false) && !has(&self.own_subject, MEETING) && self.sentences().any(|it| declared(&it))
    }

    /// Speaks of calling something off, whatever it is.
    pub(super) fn calls_off(&self) -> bool {
        let body = squeezed(&self.body);
        has(&body, WITHDRAWS) || has(&body, CALLS_OFF)
    }

    /// What is called off are days that were wished for: 「12/4はキャンセルで、12/5でお願いします」.
    pub(super) fn calls_off_days_only(&self) -> bool {
        let calls_off = |it: &String| has(it, WITHDRAWS) || has(it, CALLS_OFF);
        self.sentences()
            .filter(calls_off)
            .all(|it| asking::names_a_day(&it) && !has(&it, WITHDRAWS) && !has(&it, TAKES_PART) && !has(&it, BOOKED))
    }

    /// Says that an address to write to changes, or changed.
    pub(super) fn names_new_address(&self) -> bool {
        let body = squeezed(&self.body);
        let about = format!("{}{body}", self.own_subject);
        has(&about, ADDRESS) && has(&about, CHANGES)
            || (body.contains('@') && has(&body, &["今後は", "今後の", "これからは", "以後"]))
    }

    /// Says that another company's file came along: in one sentence, or with what to do about it in the next.
    pub(super) fn confesses_other_file(&self) -> bool {
        let all: Vec<String> = self.sentences().collect();
        all.iter().enumerate().any(|(at, it)| {
            let both = format!("{it}{}", all.get(at.saturating_add(1)).map_or("", String::as_str));
            has(it, OTHERS) && has(&both, FILES) && has(&both, BY_MISTAKE)
        })
    }

    /// 「〇〇はメッセージ "自己診断の提出" を取り消します」: what Outlook writes for its user.
    pub(super) fn recalls(&self) -> bool {
        let begins =
            ["取り消し:", "取消:", "recall:", "メッセージの取り消し:"].iter().any(|it| self.subject.starts_with(it));
        let body = squeezed(&self.body);
        let japanese =
            body.contains("メッセージ") && has(&body, &["を取り消します", "を取消します", "の取り消しを希望"]);
        begins || (japanese && body.chars().count() < MAX_COURTESY) || body.contains("wouldliketorecallthemessage")
    }

    /// Asks something. Where dates were offered, a question that only offers them is none.
    pub(super) fn asks(&self, has_answers: bool) -> bool {
        let answered = |it: &&str| has_answers && is_answered(it);
        let unanswered: Vec<&str> = self.body.lines().filter(|it| !answered(it)).collect();
        let line_asks = |it: &str| ends_asking(it) && asking::asks(it, has_answers);
        sentences(&unanswered.join("\n")).iter().any(|it| asking::asks(it, has_answers))
            || unanswered.iter().any(|it| line_asks(&squeezed(it)))
            || (has(&self.own_subject, SUBJECT_ASKS) && !self.own_subject.contains("ありがとう"))
    }

    /// Short, friendly, and wants nothing: every line and sentence is a known courtesy or too short to say more. What
    /// is not understood goes to a person.
    pub(super) fn is_courtesy(&self) -> bool {
        let body = squeezed(&self.body);
        let promises = |it: &str| has(it, PROMISES) && !has(it, ASKS);
        let harmless = |it: &str| says_nothing(it) || has(it, THANKS) || has(it, GREETINGS) || promises(it);
        !body.is_empty()
            && body.chars().count() < MAX_COURTESY
            && (has(&body, THANKS) || promises(&body))
            && !has(&body, WANTS)
            && self.body.split(['。', '\n', '!']).map(squeezed).all(|it| harmless(&it))
    }

    /// Sentences and lines, without blanks; a wrapped line goes on in the next.
    fn sentences(&self) -> impl Iterator<Item = String> {
        sentences(&self.body).into_iter()
    }
}

fn sentences(text: &str) -> Vec<String> {
    let marked = ['。', '?', '!'].iter().fold(text.to_string(), |it, mark| it.replace(*mark, &format!("{mark}\u{1}")));
    let marked = marked.replace("\n\n", "\u{1}");
    marked.split('\u{1}').take(2_000).map(squeezed).filter(|it| !it.is_empty()).collect()
}

/// A name, 「桑原です」, 「お願いします」: short, and no statement. 「代表者が交代しました」 is one.
fn says_nothing(piece: &str) -> bool {
    let states = ["ました", "ます", "ません", "した", "たい", "ない", "ください", "下さい", "でした"];
    let introduces = || piece.ends_with("です") && !has(piece, &["は", "が", "も", "未", "まだ", "不"]);
    let short = piece.chars().count() <= 14;
    let asks_kindly = ["お願いします", "お願いいたします", "お願い致します", "お願い申し上げます"].contains(&piece);
    let states = states.iter().any(|it| piece.ends_with(it)) || (piece.ends_with("です") && !introduces());
    short && (asks_kindly || !states)
}

/// 「説明会は参考になりましたか: 4」: our own question, answered on its line.
fn is_answered(line: &str) -> bool {
    let asks = ["ますか", "ですか", "ましたか", "でしょうか", "ませんか"];
    line.split_once(':')
        .is_some_and(|(question, answer)| has(question, &asks) && !answer.trim().is_empty() && !has(answer, ASKS))
}

/// A sentence that hands in now and asks nothing.
fn is_claim(sentence: &str) -> bool {
    // 「見送らせていただきます」 hands nothing in
    HANDS_IN.iter().any(|it| sentence.contains(it) && !sentence.contains("見送") && !is_past(sentence, it))
        && !has(sentence, NOT_NOW)
        && !asking::asks(sentence, true)
}

/// 「提出しましたが、返信が届きません」 speaks of an earlier mail; 「添付しましたが」 of this one.
fn is_past(sentence: &str, word: &str) -> bool {
    let but = ["が", "けど", "けれど", "ところ", "のですが"];
    let behind = |it: &str| but.iter().any(|but| it.starts_with(but));
    word.ends_with("ました") && !word.contains("添付") && sentence.split(word).skip(1).all(behind)
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}

fn count(text: &str, words: &[&str]) -> usize {
    words.iter().filter(|it| text.contains(**it)).count()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace()).collect()
}

/// The question marks of an URL ask nothing.
fn without_links(text: &str) -> String {
    let spaced = text.replace("http", " http");
    let pieces = spaced.split_inclusive(char::is_whitespace);
    pieces.filter(|it| !it.starts_with("http")).collect()
}
