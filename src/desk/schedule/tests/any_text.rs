//! Texts that nobody would write.

use jiff::{ToSpan as _, civil::date};
use proptest::prelude::*;

use super::{END, REPLY};
use crate::desk::schedule::wishes;

/// What people write, in any order: no panic, and every entry holds what it promises.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "8/24",
        "8月",
        "24日",
        "（水）",
        "２",
        "〜",
        "13:00",
        "午後",
        "時",
        "希望",
        "以外",
        "、",
        "か",
        "\n",
        "> ",
        "第1",
        "来週の",
        "火曜",
        "--",
        "令和4年",
        "/",
        "終日",
        "から",
        "まで",
        "。",
        "2022-08-24",
        "99",
        "R",
        "①",
        "二十",
        "不可",
        " ",
        "お願いします",
        "（",
        "いずれも",
        "ﾞ",
        "月",
        "以降",
        "を除いて",
        "同上",
        "時間帯：",
        "それ以外の日の",
        "の会議が終わる",
        "20220824",
        " : ",
        "○",
        "朝",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        wishes(&text, REPLY, END);
    }

    #[test]
    fn pieces_in_any_order_are_read(text in pieces()) {
        let it = wishes(&text, REPLY, END);
        prop_assert!(it.dates.len() <= 60 && it.excluded.len() <= 60 && it.doubts.len() <= 60);
        for (nth, one) in it.dates.iter().enumerate() {
            prop_assert_eq!(one.rank as usize, nth + 1);
            prop_assert!(one.start < one.end && one.start.date() == one.end.date());
            prop_assert!(REPLY <= one.start.date() && one.start.date() <= END);
            prop_assert!(one.raw.chars().count() <= 200);
        }
    }

    #[test]
    fn any_frame_is_held(day in 0..3_000_i32, days in 0..400_i32, text in pieces()) {
        let reply = date(2020, 1, 1).saturating_add(day.days());
        wishes(&text, reply, reply.saturating_add(days.days()));
    }
}

/// Pieces that would take quadratic time if a look back or ahead were not bounded.
#[test]
fn long_text_takes_no_long_time() {
    let begun = std::time::Instant::now();
    for piece in [
        "の ",
        "1",
        "8/24、",
        "8/24か\n",
        "> ",
        "(",
        "オンライン受",
        "対面",
        "x@y ",
        "、",
        "　",
        "一",
        "午前",
        "13:",
        "希望",
        "8/24",
        "\n",
        "8/24 午後 ",
        "1.\n",
        "第1希望\n",
        "8/22〜26、24日以外、",
        "水曜以外、",
        "8/24 同上\n",
        "8/24\n時間：13時～\n",
        "8/24の会議。それ以外",
        "13:00～\n",
        "オンラインは",
        "（対面・",
        "オンライン□",
    ] {
        let text = piece.repeat(200_000 / piece.chars().count());
        wishes(&text, REPLY, END);
    }
    // about a hundredth of what one quadratic step would take
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
