//! Words and marks around the advice method.

use crate::desk::reading::Method;

/// Words of each method, as [`crate::desk::text::key`] folds them.
pub(super) const WORDS: [(Method, &[&str]); 2] = [
    (
        Method::Online,
        &[
            "オンライン",
            "おんらいん",
            "zoom",
            "ズーム",
            "teams",
            "チームズ",
            "webex",
            "googlemeet",
            "googleミート",
            "グーグルミート",
            "meet",
            "skype",
            "web会議",
            "webミーティング",
            "web面談",
            "web形式",
            "web方式",
            "web希望",
            "web",
            "ウェブ会議",
            "ウェブ",
            "リモート",
            "テレビ会議",
            "tv会議",
            "ビデオ会議",
            "遠隔",
            "online",
        ],
    ),
    (
        Method::InPerson,
        &[
            "対面",
            "訪問",
            "来社",
            "来訪",
            "お越し",
            "ご足労",
            "現地",
            "弊社にて",
            "当社にて",
            "リアル",
            "face-to-face",
            "直接お会い",
            "直接会",
            "来ていただく",
            "来ていただけ",
            "来ていただき",
            "来て頂く",
            "来て頂け",
            "来て頂き",
            "来てもら",
            "来てほし",
            "来て欲し",
        ],
    ),
];

/// Behind a method's word these make it about something else: オンライン受発注, 訪問販売, リモートワーク.
pub(super) const ABOUT: [&str; 44] = [
    "受",
    "シス",
    "ショップ",
    "ストア",
    "販売",
    "サイト",
    "ワーク",
    "ページ",
    "説明",
    "セミナー",
    "研修",
    "バンキング",
    "ツール",
    "サービス",
    "化",
    "配信",
    "上",
    "ストレージ",
    "マーケ",
    "カメラ",
    "アクセス",
    "デスクトップ",
    "接客",
    "商談",
    "営業",
    "で参加",
    "で受講",
    "で視聴",
    "で拝見",
    "で説明",
    "で聴",
    "授業",
    "勤務",
    "介護",
    "看護",
    "診療",
    "申請",
    "申込",
    "で申",
    "注文",
    "広告",
    "フォーム",
    "edi",
    "ec",
];

/// Both suit.
pub(super) const EITHER: [&str; 11] = [
    "どちらでも",
    "いずれでも",
    "どちらも",
    "どちらの方式でも",
    "どちらの方法でも",
    "どちらの形式でも",
    "いずれの方式でも",
    "両方",
    "問いません",
    "問わず",
    "こだわりません",
];

/// Whoever leaves it to us takes either: of the method only where it is spoken of.
pub(super) const LEFT: [&str; 9] = [
    "任せ",
    "まかせ",
    "一任",
    "委ね",
    "都合の良いほう",
    "都合のよいほう",
    "都合の良い方",
    "都合のよい方",
    "都合に合わせ",
];

/// What is spoken of is a time: 「午前午後どちらでも」 leaves the method open.
pub(super) const TIMES: [&str; 12] =
    ["午前", "午後", "時間", "日程", "日時", "曜", "終日", "時", "月", "/", "日で", "日も"];

/// What is spoken of is the way.
pub(super) const WAYS: [&str; 6] = ["方法", "方式", "形式", "形態", "やり方", "実施の仕方"];

/// Behind a method's word, where the sentence asks for nothing: 「弊社ではTeamsを導入済みです」.
pub(super) const IN_USE: [&str; 10] =
    ["を導入", "を利用", "を使", "を活用", "を契約", "は導入", "の導入", "導入", "は利用", "のアカウント"];

/// Behind a method's word and its particle these turn it down.
pub(super) const NOT: [&str; 17] = [
    "ではなく",
    "でなく",
    "じゃなく",
    "以外は",
    "不可",
    "難し",
    "でき",
    "出来",
    "避け",
    "希望しませ",
    "希望せ",
    "困",
    "無理",
    "ng",
    "×",
    "厳し",
    "遠慮",
];

/// Of those, the ones that need no particle but make no refusal of themselves.
pub(super) const NOT_AT_ONCE: [&str; 3] = ["より", "なし", "は不要"];

/// Further behind the method's word, in the same sentence, these turn it down: 「…は通信環境が悪いため**難しい**」.
pub(super) const REFUSED: [&str; 17] = [
    "難し",
    "厳し",
    "できませ",
    "できない",
    "できかね",
    "出来ませ",
    "出来ない",
    "出来かね",
    "不可",
    "無理",
    "避け",
    "遠慮",
    "困難",
    "控え",
    "だめ",
    "ダメ",
    "希望しませ",
];

/// Such a word is about a case, not a refusal: 難しければ.
pub(super) const IN_CASE: [&str; 6] = ["ければ", "い場合", "な場合", "の場合", "いなら", "なら"];

/// Where a sentence says these of the method first, nothing in it turns the method down.
pub(super) const WANTED: [&str; 9] =
    ["希望し", "希望で", "希望い", "を希望", "お願い", "可能", "大丈夫", "構いませ", "問題な"];

/// What a refused method lacks: 「オンラインの環境が**ない**ため対面で」.
pub(super) const LACKS: [&str; 10] =
    ["ない", "なく", "ありませ", "ございませ", "悪", "大変", "不安", "苦手", "慣れ", "不足"];

/// Behind a method's word these make it past: 「前回はオンラインでしたが」.
pub(super) const PAST: [&str; 11] = [
    "でした",
    "だった",
    "であった",
    "でしたが",
    "を希望していま",
    "を希望しており",
    "希望でした",
    "でお願いしていま",
    "でお願いしており",
    "としていま",
    "としており",
];

/// Behind or before a method's word these make it the second choice.
pub(super) const SECOND_BEHIND: [&str; 6] = ["でも", "も可", "も対応", "も大丈夫", "も問題", "もok"];
pub(super) const SECOND_BEFORE: [&str; 12] = [
    "難しければ",
    "難しい場合は",
    "難しい場合",
    "無理なら",
    "無理であれば",
    "不可の場合は",
    "不可の場合",
    "不可なら",
    "できなければ",
    "だめなら",
    "場合は",
    "ngなら",
];

/// Marks of a free box.
pub(super) const FREE: [char; 3] = ['□', '☐', '△'];
