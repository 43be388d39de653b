use rust_xlsxwriter::{Format, Formula};

use super::{super::*, *};

/// The filled form with one change.
fn changed(change: impl FnOnce(&mut Worksheet)) -> Workbook {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    filled_sheet(sheet, 7, 1);
    change(sheet);
    read_written(&mut book)
}

#[test]
fn any_place() {
    for (top, left) in [(0, 0), (200, 30)] {
        let mut book = Writer::new();
        filled_sheet(book.add_worksheet(), top, left);
        let found = read_written(&mut book);
        assert_eq!((found.indicators.len(), found.missing_rows.len()), (55, 0));
        assert!(found.indicators.iter().all(|it| it.current.value.is_some()));
    }
}

#[test]
fn a_number_that_became_a_date() {
    let date = Format::new().set_num_format("m\"月\"d\"日\"");
    let builtin = Format::new().set_num_format_index(16);
    let found = changed(|sheet| {
        // 1 April, and 2 April as d-mmm; 9-1 as a serial without its format
        sheet.write_with_format(row_of("4-1", 7), 2, 44_652, &date).unwrap();
        sheet.write_with_format(row_of("4-2", 7), 2, 44_653, &builtin).unwrap();
        sheet.write(row_of("9-1", 7), 2, 44_805).unwrap();
        sheet.write(row_of("8-1", 7), 2, 8.1).unwrap();
        sheet.write(row_of("8-2", 7), 2, "８－２").unwrap();
    });
    assert_eq!((found.indicators.len(), found.unknown_rows.len()), (55, 0));
    assert_eq!(by_no(&found, "4-1").cell, "I13");
    assert_eq!(by_no(&found, "9-1").cell, "I38");
}

#[test]
fn merged_headers_of_two_rows_and_inserted_columns() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    let plain = Format::new();
    for (at, text) in [(0, "No"), (1, "定性指標No."), (4, "定性・定量"), (9, "根拠・エビデンス")] {
        sheet.merge_range(3, at, 4, at, text, &plain).unwrap();
    }
    sheet.merge_range(3, 2, 4, 3, "ＤＸ推進指標", &plain).unwrap();
    sheet.merge_range(3, 5, 3, 8, "成熟度", &plain).unwrap();
    sheet.merge_range(4, 5, 4, 6, "現\u{3000}在", &plain).unwrap();
    sheet.write(4, 7, "メモ").unwrap();
    sheet.write(4, 8, "目標\n（３年後）").unwrap();
    sheet.write(5, 0, 1).unwrap();
    sheet.write(5, 1, "4-1").unwrap();
    sheet.write(5, 2, "体制").unwrap();
    sheet.write(5, 3, "体制は整っているか").unwrap();
    sheet.write(5, 4, "定性").unwrap();
    sheet.write(5, 6, "レベル2").unwrap();
    sheet.write(5, 7, "5").unwrap();
    sheet.write(5, 8, 4).unwrap();
    let found = read_written(&mut book);
    assert_eq!(found.indicators.len(), 1);
    let it = by_no(&found, "4-1");
    assert_eq!((it.cell.as_str(), it.current.value.clone()), ("G6", Some(Value::Level(2))));
    assert_eq!(it.target.value, Some(Value::Level(4)));
    assert_eq!(found.missing_rows.len(), 54);
}

#[test]
fn values_in_formats() {
    let found = changed(|sheet| {
        let format = |code: &str| Format::new().set_num_format(code);
        for (no, number, code) in [
            ("K1", 0.25, "0%"),
            ("K2", 0.125, "0.0%"),
            ("K3", 8.0 / 24.0 + 2.0 / 1_440.0, "h:mm"),
            ("K4", 80.0 / 24.0 + 20.0 / 1_440.0, "[h]:mm:ss"),
            ("K5", 12_345.0, "#,##0"),
            ("K6", 12.0, "0\"人\""),
            ("D1", 44_652.0, "yyyy/m/d"),
            ("D2", 0.1 + 0.2, "General"),
            ("D3", 8.5 / 24.0, "h:mm;@"),
            ("1", 3.0, "0.0"),
        ] {
            sheet.write_with_format(row_of(no, 7), 1 + CURRENT, number, &format(code)).unwrap();
        }
        sheet.write(row_of("D4", 7), 1 + CURRENT, " 8:2 ").unwrap();
        sheet.write(row_of("D5", 7), 1 + CURRENT, true).unwrap();
    });
    let shown: Vec<String> = ["K1", "K2", "K3", "K4", "K5", "K6", "D1", "D2", "D3", "D4", "1"]
        .iter()
        .map(|it| value(&found, it).unwrap())
        .collect();
    assert_eq!(shown, ["25%", "12.5%", "8:2", "80:20", "12,345", "12人", "2022/4/1", "0.3", "8:30", "8:2", "3"]);
    assert_eq!(by_no(&found, "D4").current.raw.as_deref(), Some(" 8:2 "));
    assert_eq!(by_no(&found, "1").current.raw.as_deref(), Some("3.0"));
}

#[test]
fn hidden_sheets_examples_and_summaries_lose() {
    let mut book = Writer::new();
    let summary = book.add_worksheet().set_name("結果").unwrap();
    for (at, text) in ["指標", "現在", "目標"].iter().enumerate() {
        summary.write(0, u16::try_from(at).unwrap(), *text).unwrap();
    }
    summary.write(1, 0, "ビジョンの共有").unwrap();
    summary.write(1, 1, 5).unwrap();
    filled_sheet(book.add_worksheet().set_name("自己診断").unwrap(), 2, 0);
    for (name, hidden) in [("集計", true), ("記入例", false)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        filled_sheet(sheet, 2, 0);
        sheet.write(row_of("4-1", 2), CURRENT, 5).unwrap();
        sheet.set_hidden(hidden);
    }
    let found = read_written(&mut book);
    assert_eq!(found.conflicts, Vec::<String>::new());
    assert!(found.indicators.iter().all(|it| it.sheet == "自己診断"));
    assert_eq!(found.drafts, ["集計"], "named, not taken");
    assert_eq!((value(&found, "1").unwrap(), value(&found, "4-1").unwrap()), ("2".to_owned(), "2".to_owned()));
}

#[test]
fn a_hidden_sheet_does_not_fill_a_gap() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    headers(sheet, 0, 0);
    printed(sheet, 1, 0, 1, &form().rows[0]);
    filled_sheet(book.add_worksheet().set_hidden(true), 0, 0);
    let found = read_written(&mut book);
    assert_eq!(value(&found, "1"), None);
    assert!(found.missing_rows.contains(&"2".to_owned()));
    // all 定量 rows are on the hidden sheet alone
    assert_eq!(value(&found, "T6").as_deref(), Some("2"));
}

#[test]
fn a_copied_sheet_with_other_values_is_a_conflict() {
    let mut book = Writer::new();
    filled_sheet(book.add_worksheet().set_name("自己診断").unwrap(), 2, 0);
    let copy = book.add_worksheet().set_name("自己診断 (2)").unwrap();
    filled_sheet(copy, 2, 0);
    copy.write(row_of("4-1", 2), CURRENT, 4).unwrap();
    copy.write(row_of("K1", 2), CURRENT, "２").unwrap();
    copy.write(row_of("5", 2), CURRENT, " ").unwrap();
    let found = read_written(&mut book);
    assert_eq!(found.conflicts, ["4-1"]);
    let places: Vec<_> = found.rivals.iter().map(|it| (it.sheet.as_str(), it.cell.as_str(), it.raw.as_str())).collect();
    assert_eq!(places, [("自己診断", "H8", "2"), ("自己診断 (2)", "H8", "4")]);
}

#[test]
fn formulas() {
    let found = changed(|sheet| {
        sheet.write_formula(row_of("1", 7), 1 + CURRENT, Formula::new("1+2").set_result("3")).unwrap();
        sheet.write_formula(row_of("2", 7), 1 + CURRENT, Formula::new("1/0").set_result("#DIV/0!")).unwrap();
    });
    assert_eq!(value(&found, "1").as_deref(), Some("3"));
    assert_eq!(by_no(&found, "2").current.fault, Some(Fault::ErrorCell));
    // without a stored result, as programs write it
    let mut parts = Vec::new();
    let bytes = sample("complete");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes[..])).unwrap();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        parts.push((entry.name().unwrap().to_string(), content));
    }
    for (name, content) in &mut parts {
        if name.ends_with("sheet4.xml") {
            let text = String::from_utf8(content.clone()).unwrap();
            let at = text.find("r=\"J9\"").unwrap();
            let (front, back) = text.split_at(at);
            let back = back.replacen("<v>3</v>", "<f>1+2</f><v></v>", 1);
            *content = format!("{front}{back}").into_bytes();
        }
    }
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let found = read_by("a.xlsx", &super::refused::zipped(&parts), &[form()]).unwrap();
    assert_eq!(by_no(&found, "1").current, Written { raw: None, value: None, fault: Some(Fault::NoCachedValue) });
}

#[test]
fn a_table_of_formulas_loses_to_what_was_typed() {
    let mut book = Writer::new();
    let list = book.add_worksheet().set_name("一覧").unwrap();
    filled_sheet(list, 0, 0);
    list.write_formula(row_of("1", 0), CURRENT, Formula::new("自己診断!H4").set_result("5")).unwrap();
    filled_sheet(book.add_worksheet().set_name("自己診断").unwrap(), 2, 0);
    let found = read_written(&mut book);
    assert_eq!((found.conflicts.len(), by_no(&found, "1").sheet.as_str()), (0, "自己診断"));
}

#[test]
fn titles_tell_rows_apart_and_numbers_do_not_do_it_alone() {
    let found = changed(|sheet| {
        // near titles with the right number; ⻑ and the like are folded elsewhere
        sheet.clear_cell(row_of("4-2", 7), 5);
        sheet.write(row_of("4-2", 7), 6, "ＫＰＩの設定").unwrap();
        sheet.clear_cell(row_of("8-7", 7), 5);
        sheet.write(row_of("8-7", 7), 6, "非競争領域の標準化、共通化").unwrap();
        // the number lost, the title unique; 体制 without number, told by its category
        sheet.clear_cell(row_of("4-3", 7), 2);
        sheet.clear_cell(row_of("9-1", 7), 2);
        // number and title contradict: nobody can say
        sheet.write(row_of("7-2", 7), 2, "7-3").unwrap();
        // not in the catalogue
        sheet.clear_cell(row_of("T6", 7), 5);
        sheet.write(row_of("T6", 7), 6, "リピート率").unwrap();
    });
    assert_eq!(found.missing_rows, ["7-2", "T6"]);
    let unknown: Vec<_> = found.unknown_rows.iter().map(|it| (it.title.as_str(), it.cell.as_str())).collect();
    assert_eq!(unknown, [("7-3 バリューチェーンワイド", "I26"), ("リピート率", "I63")]);
    assert_eq!((by_no(&found, "9-1").cell.as_str(), by_no(&found, "4-1").cell.as_str()), ("I38", "I13"));
}

#[test]
fn categories_in_merged_cells() {
    let found = changed(|sheet| {
        for known in form().rows.iter().filter(|it| it.no.contains('-')) {
            sheet.clear_cell(row_of(&known.no, 7), 2);
            if !known.no.ends_with("-1") {
                sheet.clear_cell(row_of(&known.no, 7), 4);
            }
        }
    });
    assert_eq!((found.indicators.len(), found.unknown_rows.len()), (55, 0));
    assert_eq!((by_no(&found, "9-1").cell.as_str(), by_no(&found, "4-1").cell.as_str()), ("I38", "I13"));
}

#[test]
fn numbers_in_the_title_column() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    for (at, text) in ["DX推進指標", "現在の成熟度", "目標", "根拠"].iter().enumerate() {
        sheet.write(0, u16::try_from(at).unwrap(), *text).unwrap();
    }
    for (row, title) in ["4-1 体制", "9-1．体制", "5 推進・サポート体制", "データ鮮度"].iter().enumerate()
    {
        sheet.write(u32::try_from(row).unwrap() + 1, 0, *title).unwrap();
        sheet.write(u32::try_from(row).unwrap() + 1, 1, u32::try_from(row).unwrap()).unwrap();
    }
    let found = read_written(&mut book);
    let values: Vec<_> = ["4-1", "9-1", "5", "T5"].iter().map(|it| value(&found, it).unwrap()).collect();
    assert_eq!(values, ["0", "1", "2", "3"]);
}

#[test]
fn no_header_words() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    for (at, known) in form().rows.iter().enumerate() {
        printed(sheet, u32::try_from(at).unwrap(), 0, at + 1, known);
    }
    assert_eq!(read_by("a.xlsx", &book.save_to_buffer().unwrap(), &[form()]), Err(Unreadable::NotTheForm));
}

#[test]
fn ten_thousand_rows() {
    let found = changed(|sheet| {
        for row in 100..10_100 {
            sheet.write(row, 6, format!("その他の指標{row}")).unwrap();
            sheet.write(row, 7, "定量").unwrap();
            sheet.write(row, 8, 1).unwrap();
        }
    });
    assert_eq!((found.indicators.len(), found.unknown_rows.len()), (55, 200));
}

#[test]
fn answers_that_look_like_headers() {
    let found = changed(|sheet| {
        sheet.write(row_of("3", 7), 10, "現在は検討中").unwrap();
        sheet.write(row_of("3", 7), 11, "目標を立てる").unwrap();
        sheet.write(row_of("K2", 7), 8, "現状維持").unwrap();
        sheet.write(row_of("K2", 7), 9, "目標なし").unwrap();
    });
    assert_eq!(found.indicators.len(), 55);
    assert_eq!(value(&found, "K2").as_deref(), Some("現状維持"));
}

fn versioned(cells: &[(u32, u16, &str)], name: &str) -> Option<String> {
    let mut book = Writer::new();
    let cover = book.add_worksheet();
    for (row, column, text) in cells {
        cover.write(*row, *column, *text).unwrap();
    }
    let sheet = book.add_worksheet();
    filled_sheet(sheet, 0, 0);
    sheet.write(row_of("3", 0), 9, "アプリは iOS ver 15.2、DX推進指標 自己診断フォーマットver2.9").unwrap();
    read_by(name, &book.save_to_buffer().unwrap(), &[form()]).unwrap().version
}

#[test]
fn versions() {
    for (cells, name, version) in [
        (&[(0, 0, "DX推進指標 自己診断フォーマットver2.3")][..], "a.xlsx", Some("2.3")),
        (&[(0, 0, "自己診断フォーマット　Ｖｅｒ．２．３（2022年）")], "a.xlsx", Some("2.3")),
        (&[(0, 0, "自己診断フォーマット"), (0, 8, "バージョン2.2")], "ver2.3.xlsx", Some("2.2")),
        (&[(0, 0, "ver"), (0, 1, "2.3")], "a.xlsx", Some("2.3")),
        (&[(5, 5, "v2.3")], "a.xlsx", Some("2.3")),
        (&[(5, 5, "第2.3版")], "a.xlsx", Some("2.3")),
        (&[(5, 5, "ver2.3（2022年6月）")], "a.xlsx", Some("2.3")),
        (&[(0, 0, "推奨環境 iOS ver 15.2 以降"), (1, 0, "Excel ver.16.0")], "a.xlsx", None),
        (&[(0, 0, "ver2.2からの変更点"), (9, 0, "自己診断フォーマットver2.2は使えません")], "a.xlsx", None),
        (&[], "自己診断フォーマットver2.3_信州.xlsx", Some("2.3")),
        (&[], "dxpi_v2_3.xlsx", Some("2.3")),
        (&[], "提出用_v1.2.xlsx", None),
        (&[], "フォーマットver2.2.xlsx", Some("2.2")),
        (&[], "診断ver2.2.xlsx", Some("2.2")),
        (&[], "自己診断 2.2.xlsx", Some("2.2")),
        (&[], "自己診断（2.2）.xlsx", Some("2.2")),
        (&[], "フォーマット2.2", Some("2.2")),
        (&[], "自己診断 8.10.xlsx", None),
        (&[], "自己診断_8.5.xlsx", None),
        (&[], "自己診断_2.10.xlsx", None),
        (&[], "自己診断_1-2.xlsx", None),
        (&[], "自己診断 2.2.1.xlsx", None),
        (&[], "売上2.2.xlsx", None),
    ] {
        assert_eq!(versioned(cells, name).as_deref(), version, "{cells:?} {name}");
    }
}

#[test]
fn versions_in_hidden_cells_and_properties() {
    let with = |hidden: Option<&str>, title: &str| {
        let mut book = Writer::new();
        book.set_properties(&rust_xlsxwriter::DocProperties::new().set_title(title));
        filled_sheet(book.add_worksheet(), 0, 0);
        if let Some(version) = hidden {
            let sheet = book.add_worksheet().set_hidden(true);
            sheet.write(0, 0, "ver").unwrap();
            sheet.write(0, 1, version.parse::<f64>().unwrap()).unwrap();
        }
        read_written(&mut book).version
    };
    assert_eq!(with(Some("2.3"), "自己診断フォーマットver2.2").as_deref(), Some("2.3"));
    assert_eq!(with(None, "自己診断フォーマットver2.2").as_deref(), Some("2.2"));
    assert_eq!(with(None, "予算 ver1.1"), None);
}

#[test]
fn companies() {
    let with = |cells: &[(u32, u16, &str)]| {
        let mut book = Writer::new();
        let cover = book.add_worksheet();
        for (row, column, text) in cells {
            cover.write(*row, *column, *text).unwrap();
        }
        filled_sheet(book.add_worksheet(), 0, 0);
        let found = read_written(&mut book);
        (found.company.unwrap_or_default(), found.prefecture.unwrap_or_default())
    };
    let wanted = ("甲乙株式会社".to_owned(), "長野県松本市".to_owned());
    assert_eq!(
        with(&[(3, 1, "１．会社名（正式名称）"), (3, 4, "甲乙株式会社"), (4, 1, "所在地"), (4, 4, "長野県松本市")]),
        wanted
    );
    assert_eq!(with(&[(3, 1, "貴社名："), (4, 1, "甲乙株式会社"), (6, 1, "本社住所：長野県松本市")]), wanted);
    assert_eq!(with(&[(3, 1, "企業名"), (3, 2, "都道府県"), (4, 1, "甲乙株式会社"), (4, 2, "長野県松本市")]), wanted);
    assert_eq!(with(&[(3, 1, "企業名"), (4, 1, "法人番号"), (4, 2, "123")]).0, "");
    for label in ["会社名・組織名", "組織名", "貴社名", "法人名", "企業名／組織名（必須）", "会社名または組織名"]
    {
        assert_eq!(with(&[(3, 1, label), (3, 4, "甲乙株式会社")]).0, "甲乙株式会社", "{label}");
    }
    assert_eq!(with(&[(3, 1, "会社名・担当者名"), (3, 4, "甲乙 山田")]).0, "");
    // label and value in one cell, as they are written
    for (cell, company) in [
        ("（貴社名）甲乙株式会社", "甲乙株式会社"),
        ("【企業名】 ㈱髙橋鐵工所", "㈱髙橋鐵工所"),
        ("[会社名]：甲乙株式会社", "甲乙株式会社"),
        ("貴社名　㈱髙橋鐵工所", "㈱髙橋鐵工所"),
        ("会社名：㈱髙橋鐵工所", "㈱髙橋鐵工所"),
        ("御社名：（株）甲乙", "（株）甲乙"),
        ("会社名 （株）甲乙", "（株）甲乙"),
        ("（貴社名）\n甲乙株式会社", "甲乙株式会社"),
        // notes, sentences, other labels
        ("会社名（正式名称）", ""),
        ("会社名 （正式名称でご記入ください）", ""),
        ("（会社名）", ""),
        ("会社名と住所を書いてください。 甲乙", ""),
        ("貴社名　所在地", ""),
        ("（会社名カナ）コウオツ", ""),
    ] {
        assert_eq!(with(&[(3, 1, cell)]).0, company, "{cell}");
    }
    for label in
        ["（貴社名）", "御社名：", "【貴社名】", "御社名（ご記入ください）", "貴　社　名", "■御社名", "貴社名 ："]
    {
        assert_eq!(with(&[(3, 1, label), (3, 4, "甲乙株式会社")]).0, "甲乙株式会社", "{label}");
        assert_eq!(with(&[(3, 1, label), (4, 1, "甲乙株式会社")]).0, "甲乙株式会社", "{label} above");
    }
}

#[test]
fn a_version_below_the_table_and_a_name_s_reading() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "企業名（フリガナ）").unwrap();
    sheet.write(0, 1, "コウオツ").unwrap();
    sheet.write(1, 0, "企業名").unwrap();
    sheet.write(1, 1, "甲乙株式会社").unwrap();
    sheet.write(2, 0, "所在地").unwrap();
    sheet.write(2, 1, "水戸市中央1").unwrap();
    sheet.write(3, 0, "都道府県").unwrap();
    sheet.write(3, 1, "茨城県").unwrap();
    filled_sheet(sheet, 4, 0);
    sheet.write(70, 9, "ver2.3").unwrap();
    let found = read_written(&mut book);
    assert_eq!(found.version.as_deref(), Some("2.3"));
    assert_eq!(found.company.as_deref(), Some("甲乙株式会社"));
    assert_eq!(found.prefecture.as_deref(), Some("茨城県"));
}

#[test]
fn many_unknown_rows_are_read_in_time() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    filled_sheet(sheet, 0, 0);
    for row in 100..60_100 {
        sheet.write(row, 5, "あ".repeat(50) + &row.to_string()).unwrap();
        sheet.write(row, 6, "定量").unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let start = std::time::Instant::now();
    assert_eq!(read_by("a.xlsx", &bytes, &[form()]).unwrap().indicators.len(), 55);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    println!("{:?}", start.elapsed());
}
