use calamine::{ExcelDateTime, ExcelDateTimeType};

use super::super::{
    Fault, Value, Written,
    book::{Cell, Datum},
    format::{self, Format},
    matching::{number_before_title, number_in_text},
    moment,
    value::{level, quantity},
};

fn text(text: &str) -> Cell {
    Cell { text: text.into(), datum: Datum::Text }
}

fn level_of(written: &str) -> Result<Value, Option<Fault>> {
    let Written { value, fault, raw } = level(Some(&text(written)));
    assert_eq!(raw.as_deref(), Some(written));
    value.ok_or(fault)
}

#[test]
fn levels_in_words() {
    for (level, ways) in [
        (0, &["0", "０", "レベル0", "0.0", "⓪", "0：未着手"][..]),
        (1, &["①", "１", "lv1", "❶", "➀"]),
        (
            2,
            &[
                "レベル2",
                "レベル２",
                "2点",
                "Level 2",
                "2 一部での戦略的実施",
                "レベル2（一部での戦略的実施）",
                "(2)",
                "⑵",
            ],
        ),
        (
            3,
            &[
                "３",
                "Lv.3",
                "3点",
                "３点",
                "③",
                " 3 ",
                "　３",
                "レベル：3",
                "L3",
                "3.",
                "成熟度レベル３",
                "三",
                "Ⅲ",
                "３（一部）",
                "3（一部の部門）",
                "3（前回2）",
                "3（2022年8月現在）",
                "3（2022/8時点）",
                "3（現在3）",
            ],
        ),
        (5, &["5", "⑤", "レベル 5"]),
    ] {
        for way in ways {
            assert_eq!(level_of(way), Ok(Value::Level(level)), "{way}");
        }
    }
}

#[test]
fn what_is_no_level() {
    for way in [
        "2.5",
        "6",
        "-1",
        "2～3",
        "2〜3",
        "1-2",
        "10",
        "3/5",
        "レベル6",
        "約3",
        "2→3",
        "２．５",
        "4以上",
        "0.5",
        "❻",
        "−1",
        "33",
        "3（一部は2）",
        "3（一部は二）",
        "3（現在は4）",
        "3（現在は四）",
        "3（8月時点で4）",
        "3（前回2、現在4）",
        "3（現在2.5）",
        ".5",
        "．５",
        "。5",
    ] {
        assert_eq!(level_of(way), Err(Some(Fault::NotALevel)), "{way}");
    }
    for way in ["該当なし", "-", "未定", "一部", "不明", "○", "一", "TRUE", "未着手"] {
        assert_eq!(level_of(way), Err(Some(Fault::NotANumber)), "{way}");
    }
    for way in [" ", "　", "\u{200B}", " 　\n"] {
        assert_eq!(level_of(way), Err(Some(Fault::Blank)), "{way:?}");
    }
    assert_eq!(level(None), Written::default());
    for way in ["#REF!", "#N/A"] {
        assert_eq!(level_of(way), Err(Some(Fault::ErrorCell)));
    }
}

#[test]
fn a_format_that_rounds_hides_nothing() {
    let cell = Cell { text: "3".into(), datum: Datum::Number(2.5) };
    let found = level(Some(&cell));
    assert_eq!((found.raw.as_deref(), found.value, found.fault), (Some("2.5"), None, Some(Fault::NotALevel)));
    let cell = Cell { text: "レベル3".into(), datum: Datum::Number(3.0) };
    assert_eq!(level(Some(&cell)).value, Some(Value::Level(3)));
}

#[test]
fn quantities() {
    let read = |written: &str, evidence: Option<&str>| quantity(Some(&text(written)), evidence);
    for way in [
        "8:2",
        "約2週間",
        "500万円",
        "0",
        "20％",
        "なし崩し的に10件",
        "該当なし（上場していないため）",
        "未上場のため無し",
        "ない（来期から）",
        "無料",
        "A",
    ] {
        assert_eq!(read(way, None).value, Some(Value::Text(way.to_owned())), "{way}");
    }
    for way in [
        "任意のため省略",
        "（空欄）",
        "空欄",
        "未記入",
        "省略",
        "※任意",
        "任意",
        "任意項目のため、記入していません。",
        "該当なし（任意のため）",
        "該当なし",
        "該当無し",
        "なし",
        "ナシ",
        "無し",
        "無",
        "不明",
        "未定",
        "-",
        "―",
        "ー",
        "－",
        "‐",
        "N/A",
        "n/a",
        "NA",
        "わからない",
        "わかりません",
        "特になし。",
        "（なし）",
        "該当なし（不明）",
        "なし。",
        "---",
        "/",
        "？",
        "…",
        "該当 なし",
        "※該当なし",
    ] {
        let found = read(way, None);
        assert_eq!(
            (found.value, found.fault, found.raw.as_deref()),
            (None, Some(Fault::NoValueWord), Some(way)),
            "{way}"
        );
        assert_eq!(read(way, Some("月次の実績から算出")).fault, Some(Fault::NoValueWord), "{way}");
        assert_eq!(read(way, Some("なし")).fault, Some(Fault::NoValueWord), "{way}");
        assert_eq!(read(way, Some("上場していないため")).value, Some(Value::Text(way.to_owned())), "{way}");
    }
    assert_eq!(read("　", None).fault, Some(Fault::Blank));
    for way in ["-", "なし"] {
        for method in [
            "未収金を除く売上高から算出",
            "為替換算後",
            "無料サービスの件数",
            "非連結の実績から算出",
            "予定原価から算出",
            "ない場合は0とする",
            "集計表により算出",
            "前年と比較するため売上高から算出",
            "連結ベースのもので算出",
            "対象の有無",
        ] {
            assert_eq!(read(way, Some(method)).fault, Some(Fault::NoValueWord), "{way} {method}");
        }
        for reason in [
            "上場していないため、該当なし",
            "非上場の為",
            "店舗がない",
            "来期から測定予定です",
            "今期は対象外",
            "未上場",
            "当社には店舗が無いので",
            "該当する事業なし",
        ] {
            assert_eq!(read(way, Some(reason)).value, Some(Value::Text(way.to_owned())), "{way} {reason}");
        }
    }
    // a zero that its format shows as a dash
    let zero = Cell { text: "-".into(), datum: Datum::Number(0.0) };
    assert!(quantity(Some(&zero), None).value.is_some());
}

#[test]
fn a_bare_unit_is_no_value() {
    for way in [
        "件",
        "円",
        "％",
        "（　）%",
        "人",
        "約　　円",
        "（　　　）",
        "百万円／月",
        "　　年　　月",
        "：",
        "約",
        "（単位：千円）",
    ] {
        let found = quantity(Some(&text(way)), Some("上場していないため"));
        assert_eq!((found.raw.as_deref(), found.value, found.fault), (Some(way), None, Some(Fault::Blank)), "{way}");
    }
    for way in ["無料", "A", "月次", "毎日", "日本", "一人", "件数は別紙", "3件"] {
        assert_eq!(quantity(Some(&text(way)), None).value, Some(Value::Text(way.to_owned())), "{way}");
    }
    for way in ["- 件", "なし（件）", "～", "_"] {
        assert_eq!(quantity(Some(&text(way)), None).fault, Some(Fault::NoValueWord), "{way}");
    }
    let number = Cell { text: "件".into(), datum: Datum::Number(0.0) };
    assert!(quantity(Some(&number), None).value.is_some());
}

#[test]
fn built_in_formats_are_those_of_a_japanese_excel() {
    for (id, shown) in [
        (0, "-1234.5"),
        (3, "-1,235"),
        (5, "¥-1,235"),
        (8, "¥-1,234.50"),
        (37, "-1,235"),
        (38, "-1,235"),
        (39, "-1,234.50"),
        (40, "-1,234.50"),
        (41, "-1,235"),
        (42, "¥-1,235"),
        (44, "¥-1,234.50"),
    ] {
        assert_eq!(format::number(-1234.5, Some(&Format::of_id(id, None))), shown, "{id}");
    }
    for (id, serial, shown) in
        [(14, 44_652.0, "2022/4/1"), (22, 44_652.5, "2022/4/1 12:00"), (18, 0.334_722_222, "8:2")]
    {
        let moment = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false);
        assert_eq!(moment::shown(&moment, Some(&Format::of_id(id, None))).0, shown, "{id}");
    }
    // a book may define any of them otherwise
    assert_eq!(format::number(-1234.5, Some(&Format::of_id(38, Some("0;(0)")))), "(1235)");
}

#[test]
fn numbers_as_cells_show_them() {
    for (number, code, shown) in [
        (3.0, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (1.0 / 3.0, "General", "0.33333333333"),
        (-0.0, "General", "0"),
        (-2.5, "General", "-2.5"),
        (123_456_789_012.0, "General", "123456789012"),
        (0.25, "0%", "25%"),
        (0.255, "0.0%", "25.5%"),
        (0.285, "0%", "29%"),
        (1_234_567.0, "#,##0", "1,234,567"),
        (-1_234.0, "#,##0", "-1,234"),
        (-1_234.0, "#,##0;[Red](#,##0)", "(1,234)"),
        (0.0, "#,##0", "0"),
        (2.0, "0.00", "2.00"),
        (2.5, "0", "3"),
        (1.005, "0.00", "1.01"),
        (12.0, "0\"人\"", "12人"),
        (5_000_000.0, "#,##0\"円\"", "5,000,000円"),
        (5_000_000.0, "[$¥-411]#,##0", "¥5,000,000"),
        (5_000_000.0, "\\¥#,##0;\\¥\\-#,##0", "¥5,000,000"),
        (5_000_000.0, "#,##0,\"千円\"", "5,000千円"),
        (3.0, "000", "003"),
        (0.5, "#.##", "0.5"),
        (1_234.0, "_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)", "1,234"),
        (1_234.0, "#,##0_ ", "1,234"),
        (0.5, "# ?/?", "0.5"),
        (12_345.0, "0.00E+00", "12345"),
        (3.0, "@", "3"),
        (3.0, "G/標準", "3"),
        (7.0, "[>5]0\"多\";0", "7"),
        (1e20, "#,##0", "1E20"),
        (3.0, "\"レベル\"0", "レベル3"),
    ] {
        assert_eq!(format::number(number, Some(&Format::parse(code))), shown, "{number} {code}");
    }
}

#[test]
fn numbers_of_indicators() {
    for (written, number) in [
        ("4-1", "4-1"),
        ("４－１", "4-1"),
        ("4.1", "4-1"),
        ("4ー1", "4-1"),
        ("No.4-1", "4-1"),
        ("(4-1)", "4-1"),
        ("04-01", "4-1"),
        ("4‐1", "4-1"),
        ("4月1日", "4-1"),
        ("2022/4/1", "4-1"),
        ("2022-04-01 00:00:00", "4-1"),
        ("K1", "k1"),
        ("9", "9"),
        ("①", "1"),
        ("4の1", "4-1"),
        ("'4-1", "4-1"),
    ] {
        assert_eq!(number_in_text(written).as_deref(), Some(number), "{written}");
    }
    for written in ["", "体制", "4-1-2", "1234", "■ DX推進の枠組み", "abc1"] {
        assert_eq!(number_in_text(written), None, "{written}");
    }
    assert_eq!(number_before_title("4-1 体制"), Some(("4-1".to_owned(), " 体制".to_owned())));
    assert_eq!(number_before_title("3年後の目標"), None);
}
