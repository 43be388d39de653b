//! What the words of a mail say: a claim to hand in, a question, thanks, business of another kind.

use crate::desk::text;

use super::{
    asking::{self, ends_asking},
    asking_words::{ASKS, SUBJECT_ASKS},
    leaving::{
        ADDRESS, AGAIN, BY_MISTAKE, CALLS_OFF, CAME_ALONG, CHANGES, FILES, FROM_NOW_ON, IN_CHARGE, MEETING, OTHERS,
        OWNED_UP, PARTNERS, REPLACED, REPLACES, SENT, SUPPOSED, TAKES_PART, THEIRS, TO_BE_DELETED, WITHDRAWS,
    },
    lexicon::{
        AMENDED, FORM, GREETINGS, HANDS_IN, NEAR, NOT_NOW, OTHER_PAPERS, PAPERS, PROGRAMME, PROMISES, SALES, THANKS,
        WANTS,
    },
    parting,
    password::FORGOTTEN,
    resent,
};

/// What is called off with these was agreed upon before: no wish, a person's business.
const BOOKED: &[&str] = &["面談", "面会", "打合", "打ち合", "訪問", "来社", "予約", "ヒアリング"];

/// Our letter is understood.
const UNDERSTOOD: [&str; 5] = ["承知", "了解", "かしこまり", "わかりました", "分かりました"];

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
            body: text::fold(&without_links(own_words)).to_lowercase(),
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

    /// Says that a password is forgotten, and asks nothing but what to do without it.
    pub(super) fn asks_for_forgotten_password(&self) -> bool {
        let forgotten = |it: &str| has(it, &["パス", "pass", "pw", "暗証"]) && has(it, &FORGOTTEN);
        let about_it = ["パス", "pass", "pw", "暗証", "ファイル", "どう", "送り", "送っ", "再送", "解除", "開"];
        self.sentences().any(|it| forgotten(&it))
            && self.sentences().filter(|it| asking::asks(it, false)).all(|it| has(&it, &about_it))
    }

    /// A file or its sender's words are about the form.
    pub(super) fn names_form(&self) -> bool {
        has(&self.files, FORM) || has(&self.own_subject, FORM) || has(&squeezed(&self.body), FORM)
    }

    /// A file's name says that it is the form, or a sentence that hands it in does.
    pub(super) fn means_form(&self) -> bool {
        let form = |it: &str| (has(it, FORM) || has(it, AMENDED)) && !has(it, OTHER_PAPERS);
        if has(&self.files, FORM) {
            return true;
        }
        let other = has(&self.files, PAPERS) || has(&self.files, OTHER_PAPERS);
        let sends = |it: &str| is_claim(it) || has(it, &["添付", "送り", "送付", "提出", "差し替え", "差替"]);
        !other && (form(&self.own_subject) || self.sentences().any(|it| form(&it) && sends(&it)))
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

    /// In a case that waits for the form: says that it is mended or sent again, herewith. Beside wishes and answers it has to
    /// speak of the form.
    pub(super) fn claims_amended_again(&self, has_answers: bool) -> bool {
        let body = squeezed(&self.body);
        let shown = has(&body, &["ご確認", "御確認", "ご査収", "お納め", "ご覧"]);
        let promises = has(&body, &UNDERSTOOD) && !shown;
        let amended = |it: &String| {
            resent::says_amended(it, shown, promises)
                && (!has_answers || resent::is_of_form(it))
                && !asking::asks(it, true)
        };
        let by_subject = resent::names_amended(&self.own_subject) && !self.asks(false);
        !self.is_business_only()
            && !resent::leaves_undone(&body)
            && (by_subject || self.sentences().any(|it| amended(&it)))
    }

    /// Says that something goes, or went, some other way than by mail.
    pub(super) fn goes_another_way(&self) -> bool {
        self.sentences().any(|it| resent::goes_another_way(&it))
    }

    /// 「承知しました。修正して提出します。」: an answer to what we asked for, not the thing itself.
    fn only_promises(&self) -> bool {
        let body = squeezed(&self.body);
        has(&body, &UNDERSTOOD) && !has(&body, &["添付", "送り", "送付"])
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

    /// Takes the company out of the programme, and nothing else.
    pub(super) fn withdraws(&self) -> bool {
        let body = squeezed(&self.body);
        let unsaid = parting::names_part(&format!("{}{body}", self.own_subject)) && !parting::speaks_of_rows(&body);
        !self.asks(false)
            && !has(&self.own_subject, MEETING)
            && self.sentences().any(|it| parting::leaves(&it, unsaid) && !parting::is_of_a_part(&it))
    }

    /// Says that its file takes the place of an earlier one of the same company.
    pub(super) fn replaces_file(&self) -> bool {
        let words = format!("{}{}", self.own_subject, squeezed(&self.body));
        has(&words, AGAIN) && !has(&words, OTHERS)
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

    /// Says that an address to write to changes, or changed: in one sentence. A wrapped line goes on in the next, but what
    /// stands below what was changed is a signature.
    pub(super) fn names_new_address(&self) -> bool {
        let names_change = |it: &str| {
            let behind = |word: &&&str| it.split_once(**word).is_some_and(|(_, behind)| has(behind, CHANGES));
            ADDRESS.iter().any(|word| behind(&word)) || changes_person(it)
        };
        let from_now_on =
            |it: &str| has(it, FROM_NOW_ON) && (has(it, ADDRESS) || has(it, &["@", "宛に", "宛へ", "宛てに"]));
        let in_line = |it: &str| has(it, ADDRESS) && has(it, CHANGES);
        names_change(&self.own_subject)
            || self.sentences().any(|it| names_change(&it) || from_now_on(&it))
            || self.body.split(['\n', '。']).map(squeezed).any(|it| in_line(&it))
    }

    /// Says that another company's file came along, or was sent by mistake: in one sentence, as done.
    pub(super) fn confesses_other_file(&self) -> bool {
        self.sentences().any(|it| owns_up(&it))
    }

    /// 「〇〇はメッセージ "自己診断の提出" を取り消します」: what Outlook writes for its user. The subject alone is a person's.
    pub(super) fn recalls(&self) -> bool {
        let body = squeezed(&self.body);
        let named =
            body.split_once("メッセージ").filter(|(_, behind)| behind.starts_with(['"', '「', '“', '『', '\'', '”']));
        let japanese =
            named.is_some_and(|(_, behind)| has(behind, &["を取り消します", "を取消します", "の取り消しを希望"]));
        (japanese && body.chars().count() < MAX_COURTESY) || body.contains("wouldliketorecallthemessage")
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

/// 「担当が鈴木に変わりました」, 「窓口を佐藤に変更いたします」; 「変更しました。担当 田中」 is a signature.
fn changes_person(sentence: &str) -> bool {
    IN_CHARGE.iter().flat_map(|it| sentence.match_indices(it)).any(|(at, word)| {
        let behind = sentence.get(at.saturating_add(word.len())..).unwrap_or_default();
        let behind = behind.trim_start_matches('者');
        let subject = behind.find(['が', 'は']).and_then(|it| behind.get(it..)).unwrap_or_default();
        let object = if behind.starts_with(['を', 'の']) { behind } else { "" };
        has(subject, REPLACED) || has(object.trim_start_matches(['を', 'の']), &["交代"]) || is_changed(behind, object)
    })
}

/// 「（担当）を田中から佐藤に変更します」, 「（担当）変更のお知らせ」.
fn is_changed(behind: &str, object: &str) -> bool {
    ["変更", "交代"].iter().any(|it| behind.starts_with(it)) || (object.starts_with('を') && has(object, REPLACES))
}

/// What follows the first file that is named.
fn behind_file(text: &str) -> Option<&str> {
    FILES.iter().filter_map(|it| text.split_once(it)).min_by_key(|it| it.0.len()).map(|it| it.1)
}

/// 「別の会社のファイルが混じっていました」, 「取引先のデータを誤ってお送りしました」: said as done, and not under 「…場合は」.
fn owns_up(sentence: &str) -> bool {
    if has(sentence, SUPPOSED) || !has(sentence, OWNED_UP) {
        return false;
    }
    let of = |whose: &[&str], what: &dyn Fn(&str) -> bool| {
        whose.iter().any(|it| sentence.split_once(it).is_some_and(|(_, behind)| what(behind)))
    };
    let came = |behind: &str| {
        behind_file(behind).is_some_and(|it| it.starts_with("でした") || has(it, CAME_ALONG))
            || (has(behind, THEIRS) && has(behind, CAME_ALONG))
    };
    let sent = |behind: &str| {
        let thing = behind_file(behind).or_else(|| has(behind, THEIRS).then_some(behind));
        has(sentence, BY_MISTAKE) && thing.is_some_and(|it| has(it, SENT))
    };
    let deleted = has(sentence, TO_BE_DELETED);
    of(OTHERS, &|it| came(it) || sent(it)) || of(PARTNERS, &|it| sent(it) || (deleted && came(it)))
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

/// The question marks of an URL ask nothing. Words go on right behind it: it ends at the first character that no URL has
/// (RFC 3986 §2; before folding, which makes ASCII of full-width marks).
pub(super) fn without_links(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = link(rest) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        kept.push_str(before);
        kept.push(' ');
        rest = from.trim_start_matches(of_url);
    }
    kept.push_str(rest);
    kept
}

/// Where the first link begins.
fn link(text: &str) -> Option<usize> {
    let begins = |at: usize| {
        let head: String = text.get(at..).unwrap_or_default().chars().take(8).collect();
        let head = head.to_ascii_lowercase();
        head.starts_with("http://") || head.starts_with("https://")
    };
    text.match_indices(['h', 'H']).map(|(at, _)| at).find(|at| begins(*at))
}

/// RFC 3986 §2.1 to §2.3: what is escaped, reserved and unreserved.
fn of_url(it: char) -> bool {
    it.is_ascii_alphanumeric() || "%:/?#[]@!$&'()*+,;=-._~".contains(it)
}
