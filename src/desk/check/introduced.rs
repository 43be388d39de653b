//! A company that says where it is when it says its name: 「茨城の笠間陶苑です」.

use crate::desk::text;

/// Written lines in which somebody introduces the company.
const FIRST_LINES: usize = 5;
/// Longest name behind a place.
const MAX_NAME: usize = 30;
/// How an introduction ends.
const ENDS: [&str; 5] = ["です", "でございます", "と申します", "ともうします", "であります"];
/// Behind a place, these are somebody or something else than the company that writes.
const OTHERS: [&str; 48] = [
    "取引",
    "得意先",
    "仕入",
    "関連",
    "子会社",
    "協力",
    "支店",
    "支社",
    "営業所",
    "出張所",
    "工場",
    "店舗",
    "拠点",
    "倉庫",
    "お客",
    "客先",
    "顧客",
    "友人",
    "知人",
    "知り合い",
    "紹介",
    "代理",
    "後任",
    "前任",
    "上司",
    "部下",
    "同僚",
    "息子",
    "担当",
    "事務局",
    "商工会",
    "銀行",
    "信用",
    "信金",
    "金庫",
    "協会",
    "協議会",
    "センター",
    "役所",
    "県庁",
    "市役所",
    "説明会",
    "セミナー",
    "展示",
    "件",
    "現場",
    "案件",
    "方",
];
/// How such words end.
const ENDS_OF_OTHERS: [&str; 10] = ["者", "方", "件", "人", "地方", "地区", "出身", "予定", "希望", "先"];
/// How a firm's name ends where nothing else says that it is one. What may be a family name wants it.
const FIRMS: [&str; 40] = [
    "製作所",
    "製造所",
    "鉄工所",
    "鐵工所",
    "工務店",
    "商店",
    "商会",
    "商事",
    "産業",
    "工業",
    "興業",
    "木工",
    "精工",
    "電機",
    "電気",
    "機械",
    "建設",
    "建築",
    "土木",
    "運輸",
    "運送",
    "物流",
    "食品",
    "水産",
    "酒造",
    "製菓",
    "製麺",
    "農園",
    "ファーム",
    "印刷",
    "縫製",
    "染色",
    "陶苑",
    "窯",
    "旅館",
    "ホテル",
    "工房",
    "塗装",
    "金属",
    "システム",
];

/// Whether the first lines introduce a company of the place. `surname`: the place is a family name, too. `words` are folded.
pub(super) fn introduces(words: &str, place: &str, surname: bool) -> bool {
    let lines = words.lines().map(str::trim).filter(|it| !it.is_empty()).take(FIRST_LINES);
    lines.flat_map(|it| it.split(['。', '!'])).any(|sentence| {
        let pieces: Vec<&str> = sentence.split(['、', ',']).map(str::trim).take(8).collect();
        pieces.iter().enumerate().any(|(at, piece)| {
            let ended = pieces.get(at..).unwrap_or_default().iter().any(|it| ENDS.iter().any(|end| it.ends_with(end)));
            ended && names_company(piece, place, surname)
        })
    })
}

/// 「茨城の笠間陶苑です」, 「茨城の株式会社霞運輸の田村と申します」.
fn names_company(piece: &str, place: &str, surname: bool) -> bool {
    let piece = ["私は", "弊社は", "当社は", "こちらは"].iter().find_map(|it| piece.strip_prefix(it)).unwrap_or(piece);
    let Some(rest) = piece.strip_prefix(place) else { return false };
    let rest = rest.strip_prefix(['県', '都', '府', '道']).unwrap_or(rest);
    let town =
        rest.find(['市', '町', '村', '区']).and_then(|at| rest.get(at..)?.strip_prefix(['市', '町', '村', '区']));
    let Some(rest) = rest.strip_prefix('の').or_else(|| town?.strip_prefix('の')) else { return false };
    let bare = ENDS.iter().find_map(|it| rest.strip_suffix(it)).unwrap_or(rest);
    let name = bare.split('の').next().unwrap_or_default().trim();
    let length = name.chars().count();
    if text::names_a_company(name) {
        return true;
    }
    let is_firm = FIRMS.iter().any(|it| name.ends_with(it));
    let speaks = name.contains(['は', 'が', 'を', 'に', 'へ', 'も', '?']);
    let other = OTHERS.iter().any(|it| name.starts_with(it)) || ENDS_OF_OTHERS.iter().any(|it| name.ends_with(it));
    (3..=MAX_NAME).contains(&length) && !speaks && !other && (is_firm || !surname)
}
