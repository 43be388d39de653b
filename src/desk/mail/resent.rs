//! In answer to our letter, without a file: the form is said to be mended or sent again, or to go some other way than by mail.

use super::lexicon::NOT_NOW;

/// What is done to a form that was asked about.
const MENDED: &[&str] = &[
    "修正",
    "訂正",
    "補正",
    "追記",
    "加筆",
    "追加記入",
    "記入",
    "入力",
    "補記",
    "手直し",
    "見直し",
    "書き直し",
    "作り直し",
    "差し替え",
    "差替え",
    "差替",
    "再送",
    "再提出",
    "再送付",
    "再送信",
    "送り直し",
    "更新",
    "反映",
    "対応",
];
/// Said of it as done.
const DONE: &[&str] = &[
    "しました",
    "いたしました",
    "致しました",
    "ました",
    "させていただきました",
    "させて頂きました",
    "済",
    "してあります",
    "してございます",
    "完了し",
    "完了いた",
    "完了致",
    "完了です",
    "終わりました",
    "終わりましたので",
    "終了しました",
    "行いました",
    "加えました",
    "したファイル",
    "したもの",
    "したデータ",
    "したフォーマット",
    "したエクセル",
    "したexcel",
    "したシート",
    "した版",
    "したので",
    "しましたので",
    "版です",
    "版になります",
    "版でございます",
];
/// Done in one word, of whatever was wrong or blank.
const DONE_ALONE: &[&str] = &["直しました", "直してあります", "直しましたので", "埋めました", "埋めてあります"];
/// Sent herewith, for another time.
const SENT_AGAIN: &[&str] = &["再送付", "再送信", "再送", "再提出", "送り直し", "送りなおし", "出し直し"];
/// Another time.
const AGAIN: &[&str] = &["改めて", "あらためて", "再度", "もう一度", "もういちど", "再び", "ふたたび", "今一度"];
/// Sent.
const SENDS: &[&str] = &["お送り", "送付", "送信", "提出", "添付", "送り"];
/// Said of sending as being done now.
const NOW: &[&str] = &[
    "します",
    "いたします",
    "致します",
    "ます",
    "しました",
    "いたしました",
    "致しました",
    "ました",
    "させて",
    "申し上げ",
    "です",
    "になります",
    "でございます",
];
/// Done before it is sent: a promise where nothing is said to be done yet.
const FIRST: &[&str] =
    &["のうえ", "の上", "うえで", "して", "した後", "した上", "後に", "次第", "てから", "たうえ", "直し、", "直して"];
/// Other things of ours that are mended.
const OTHER_MATTERS: &[&str] = &[
    "アンケート",
    "日程",
    "日時",
    "候補",
    "予定",
    "連絡先",
    "アドレス",
    "電話",
    "住所",
    "担当",
    "社名",
    "会社名",
    "申込",
    "申し込",
    "パスワード",
    "設定",
    "見積",
    "請求",
    "契約",
    "資料",
];
/// Not all is done: a person reads it. What was so before, or what our letter said, is not.
const UNDONE: &[&str] = &[
    "できません",
    "出来ません",
    "できない",
    "出来ない",
    "できていません",
    "できておりません",
    "まだ",
    "うまく",
    "難しい",
    "途中",
];
/// Words of an earlier day, which our letter may be of, too, and of what went wrong then.
const EARLIER: &[&str] = &["先日", "以前", "昨日", "今週", "忘れ", "遅れ", "改めて", "あらためて"];

/// Ways that are no mail.
const WAYS: &[&str] = &[
    "fax",
    "ファックス",
    "ファクス",
    "ファクシミリ",
    "郵送",
    "郵便",
    "宅配",
    "宅配便",
    "宅急便",
    "速達",
    "レターパック",
    "ゆうパック",
    "書留",
    "メール便",
    "持参",
    "手渡し",
    "アップロード",
    "ファイル便",
    "共有フォルダ",
    "共有フォルダー",
    "共有ドライブ",
    "ドライブ",
    "クラウド",
    "ストレージ",
    "onedrive",
    "googledrive",
    "dropbox",
    "box",
    "sharepoint",
    "サーバー",
    "サーバ",
    "チャット",
    "slack",
    "line",
    "ショートメール",
    "usb",
    "usbメモリ",
    "cd-r",
    "紙",
    "書面",
];
/// What stands behind a way that is gone.
const BY: &[&str] = &[
    "で",
    "にて",
    "に",
    "へ",
    "から",
    "より",
    "を",
    "も",
    "し",
    "いた",
    "致",
    "させ",
    "済",
    "経由",
    "宛",
    "等で",
    "などで",
    "扱い",
    "サービス",
    "上に",
    "の方で",
    "のほうで",
];
/// Sent or laid, in any way.
const GOES: &[&str] = &[
    "送",
    "提出",
    "届け",
    "渡し",
    "アップ",
    "置い",
    "置き",
    "格納",
    "保存し",
    "保存いた",
    "入れ",
    "共有",
    "発送",
    "投函",
    "出し",
    "持参",
];
/// Lies elsewhere, to be fetched.
const TO_FETCH: &[&str] = &[
    "ダウンロードください",
    "ダウンロード下さい",
    "ダウンロードしてください",
    "ダウンロードして下さい",
    "ダウンロードをお願い",
    "ダウンロードお願い",
    "ダウンロード願",
    "ダウンロードいただ",
    "ダウンロード頂",
    "ダウンロードでき",
    "ダウンロード可能",
    "アップしました",
    "アップいたしました",
    "アップ致しました",
    "アップしております",
    "アップしてあります",
];

/// Whether a sentence without blanks says that the form is mended, or herewith sent again. `shown`: the mail asks to look at
/// what it brings, so that nothing of it is a promise; `promises`: it only says that our letter is understood.
pub(super) fn says_amended(sentence: &str, shown: bool, promises: bool) -> bool {
    let another_time = NOT_NOW.iter().any(|it| !EARLIER.contains(it) && sentence.contains(it));
    if another_time || has(sentence, OTHER_MATTERS) || was_sent_before(sentence) {
        return false;
    }
    if is_done(sentence) {
        return true;
    }
    sent_again(sentence).is_some_and(|before| shown || (!promises && !has(before, FIRST)))
}

/// Whether a subject says that the form comes again: 「【再送】自己診断」.
pub(super) fn names_amended(subject: &str) -> bool {
    has(subject, &["再送", "再提出", "修正版", "訂正版", "修正済", "差し替え", "差替"])
        && !has(subject, &["お願い", "依頼", "希望", "について", "方法", "期限", "締切", "できません"])
        && !has(subject, OTHER_MATTERS)
}

/// Whether a sentence speaks of the form or of a file, where the mail says other things of us, too.
pub(super) fn is_of_form(sentence: &str) -> bool {
    has(
        sentence,
        &["再送", "再提出", "送り直", "ファイル", "フォーマット", "シート", "エクセル", "excel", "箇所", "診断"],
    )
}

/// Whether a mail leaves something undone, which a person has to read.
pub(super) fn leaves_undone(body: &str) -> bool {
    has(&body.replace("ませんでした", ""), UNDONE)
}

/// 「修正しました」, 「修正が完了いたしました」, 「空欄を埋めました」.
fn is_done(sentence: &str) -> bool {
    let behind = |word: &str, at: usize| {
        let rest = sentence.get(at.saturating_add(word.len())..).unwrap_or_default();
        rest.trim_start_matches(['を', 'が', 'は', 'も', 'の', 'ご'])
    };
    let done =
        |word: &str| sentence.match_indices(word).any(|(at, _)| DONE.iter().any(|it| behind(word, at).starts_with(it)));
    has(sentence, DONE_ALONE) || MENDED.iter().any(|it| done(it))
}

/// What stands before the words that send it again; `None` where nothing does.
fn sent_again(sentence: &str) -> Option<&str> {
    let is_now = |behind: &str| behind.is_empty() || NOW.iter().any(|it| behind.starts_with(it));
    let in_one_word = SENT_AGAIN.iter().find_map(|it| {
        let (before, behind) = sentence.split_once(it)?;
        is_now(behind.trim_start_matches(['を', 'の', '。'])).then_some(before)
    });
    in_one_word.or_else(|| {
        AGAIN.iter().find_map(|it| {
            let (before, behind) = sentence.split_once(it)?;
            let sends =
                |word: &&&str| behind.split_once(**word).is_some_and(|(_, rest)| is_now(rest.trim_start_matches('を')));
            SENDS.iter().find(sends).map(|_| before)
        })
    })
}

/// 「昨日お送りしました」: with a mail of another day, which did not bring it.
fn was_sent_before(sentence: &str) -> bool {
    let sent = |it: &&&str| {
        let past = ["しました", "いたしました", "致しました", "ました"];
        sentence.split_once(**it).is_some_and(|(_, behind)| past.iter().any(|it| behind.starts_with(it)))
    };
    has(sentence, &["先日", "以前", "昨日", "今週", "今朝", "先週"]) && SENDS.iter().any(|it| sent(&it))
}

/// Whether a sentence without blanks says that something goes, or went, some other way than by mail: 「FAXでお送りしました」.
pub(super) fn goes_another_way(sentence: &str) -> bool {
    // 「別紙に」, 「onlineで」
    let apart = |before: &str| {
        !before.ends_with(['用', '別', '手']) && !before.ends_with(|it: char| it.is_ascii_alphanumeric())
    };
    let by = |way: &str| {
        sentence.match_indices(way).any(|(at, _)| {
            let (before, behind) = (sentence.get(..at), sentence.get(at.saturating_add(way.len())..));
            before.is_none_or(apart) && behind.is_some_and(|behind| BY.iter().any(|it| behind.starts_with(it)))
        })
    };
    has(sentence, TO_FETCH) || (has(sentence, GOES) && WAYS.iter().any(|it| by(it)))
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_mended_or_sent_again() {
        for it in [
            "修正しましたので再送します。",
            "ご指摘の箇所を直しました。",
            "改めてお送りします",
            "先日ご指摘いただいた箇所を修正いたしました。",
            "4-2の記入が完了しました。",
            "空欄を埋めました。",
            "修正版です。",
            "再提出いたします。",
            "再度、提出させていただきます。",
            "添付を忘れておりましたので、再送いたします。",
            "修正のうえ再送いたしましたので、よろしくお願いします。",
            "修正済みのファイルです。",
        ] {
            assert!(says_amended(it, false, false), "{it}");
        }
        for it in [
            "修正したものは後日提出する予定です。",
            "修正のうえ、改めてお送りします。",
            "修正して再提出します。",
            "修正でき次第、再送します。",
            "再度フォーマットを送ってください。",
            "昨日、修正版をお送りしました。",
            "日程を修正しました。",
            "アンケートの回答を再送します。",
            "修正する箇所を確認しました。",
            "修正しております。",
            "再送をお願いします。",
        ] {
            assert!(!says_amended(it, false, false), "{it}");
        }
        assert!(says_amended("修正のうえ、改めてお送りします。", true, false), "the mail asks to look at it");
        assert!(!says_amended("再送します。", false, true) && says_amended("修正しました。", false, true));
    }

    #[test]
    fn what_was_wrong_before_leaves_nothing_undone() {
        assert!(leaves_undone("修正しましたが、4-2がまだ記入できていません。"));
        assert!(!leaves_undone("記入できておりませんでした。数式のエラーを修正しましたので再送します。"));
        assert!(names_amended("【再送】自己診断フォーマット") && !names_amended("再送のお願い"));
    }

    #[test]
    fn what_goes_another_way() {
        for it in [
            "修正したものをfaxでお送りしました。",
            "フォーマットは本日郵送いたしました。",
            "事務局のサイトにアップロードしました。",
            "共有フォルダに入れてあります。",
            "紙で提出します。",
            "下記よりダウンロードください。",
            "usbメモリを郵便で発送しました。",
            "明日持参します。",
        ] {
            assert!(goes_another_way(it), "{it}");
        }
        for it in [
            "フォーマットをダウンロードして記入しました。",
            "修正しましたので再送します。株式会社佐久木工fax0267-00-0000",
            "onlineで参加します。資料を送ります。",
            "別紙に記入して送ります。",
            "用紙に記入して送ります。",
            "クラウドサービスの利用について記入しました。",
        ] {
            assert!(!goes_another_way(it), "{it}");
        }
    }
}
