use super::{super::*, *};

type Answers = Vec<(String, Option<Value>, Option<Value>)>;

fn answers(name: &str) -> Answers {
    let book = read_sample(name);
    assert_eq!(book.missing_rows, Vec::<String>::new(), "{name}");
    assert_eq!(book.unknown_rows, Vec::new(), "{name}");
    assert_eq!(book.conflicts, Vec::<String>::new(), "{name}");
    book.indicators.into_iter().map(|it| (it.no, it.current.value, it.target.value)).collect()
}

#[test]
fn each_set_of_answers_reads_the_same_in_every_layout() {
    let complete = answers("complete");
    assert_eq!(complete.len(), 55);
    assert!(complete.iter().all(|it| it.1.is_some()));
    assert_eq!(answers("resaved-by-libreoffice"), complete);
    let other = answers("old-version-2.2");
    assert_ne!(other, complete);
    assert_eq!(answers("split-sheets"), other);
    assert_eq!(answers("gaps"), other);
}

#[test]
fn values_are_what_the_cells_show() {
    let book = read_sample("complete");
    let shown = |no: &str| value(&book, no).unwrap();
    assert_eq!(
        [shown("K1"), shown("K2"), shown("D2"), shown("D4"), shown("T4")],
        ["約2週間", "3", "8:2", "0.25", "500万円"]
    );
    let it = by_no(&book, "4-2");
    assert_eq!((it.sheet.as_str(), it.cell.as_str(), it.target_cell.as_deref()), ("自己診断", "J14", Some("K14")));
    assert_eq!(it.evidence.as_deref(), Some("会議録と聞き取りによる"));
    assert_eq!(by_no(&book, "4-1").current.value, Some(Value::Level(0)));
    assert_eq!(by_no(&book, "9-1").current.value, Some(Value::Level(1)));
}

#[test]
fn company_place_and_version() {
    for (name, company, place, version) in [
        ("complete", "有限会社ひたち精工", "茨城県", "2.3"),
        ("resaved-by-libreoffice", "有限会社ひたち精工", "茨城県", "2.3"),
        ("faulty", "信州きのこ工房株式会社", "長野県", "2.3"),
    ] {
        let book = read_sample(name);
        // no furigana: 有限会社ひたち精工ユウゲンガイシャ…
        assert_eq!(book.company.as_deref(), Some(company));
        assert_eq!(book.prefecture.as_deref(), Some(place));
        assert_eq!(book.version.as_deref(), Some(version));
    }
    let bytes = sample("old-version-2.2");
    let book = read_by("自己診断フォーマットver2.3.xlsx", &bytes, &[form()]).unwrap();
    assert_eq!(book.version.as_deref(), Some("2.2"), "a cell beats the file's name");
}

#[test]
fn no_reading_is_taken_for_text() {
    for name in ["complete", "faulty", "gaps"] {
        let json = serde_json::to_string(&read_sample(name)).unwrap();
        assert!(!json.contains("キギョウメイ") && !json.contains("ガイシャ"), "{name}");
    }
}

#[test]
fn the_faulty_cells() {
    let book = read_sample("faulty");
    let fault = |no: &str| (by_no(&book, no).current.raw.as_deref(), by_no(&book, no).current.fault);
    assert_eq!(fault("4-2"), (None, None));
    assert_eq!(fault("6"), (Some("2.5"), Some(Fault::NotALevel)));
    assert_eq!(fault("7-3"), (Some("6"), Some(Fault::NotALevel)));
    assert_eq!(fault("9-4").1, Some(Fault::Blank));
    assert_eq!(fault("K2"), (Some("該当なし"), Some(Fault::NoValueWord)));
    assert_eq!(by_no(&book, "3").current.value, Some(Value::Level(3)));
    assert_eq!(by_no(&book, "3").current.raw.as_deref(), Some("３"));
}

#[test]
fn blank_and_half() {
    let blank = read_sample("blank");
    assert_eq!(blank.indicators.len(), 55);
    assert!(blank.indicators.iter().all(|it| it.current.raw.is_none()));
    let half = read_sample("no-quantitative");
    assert_eq!(half.indicators.iter().filter(|it| it.current.value.is_none()).count(), 20);
}

#[test]
fn files_of_one_mail_are_joined() {
    assert_eq!(join(vec![]), None);
    let (blank, complete) = (read_sample("blank"), read_sample("complete"));
    for books in [vec![blank.clone(), complete.clone()], vec![complete.clone(), blank.clone()]] {
        assert_eq!(join(books), Some(complete.clone()));
    }
    assert_eq!(join(vec![blank.clone(), blank.clone()]), Some(blank));
    let both = join(vec![complete.clone(), read_sample("gaps")]).unwrap();
    assert!(both.conflicts.len() > 10 && both.conflicts.contains(&"2".to_owned()));
    assert_eq!(both.name, "complete.xlsx、gaps.xlsx");
    let places: Vec<_> =
        both.rivals.iter().filter(|it| it.no == "2").map(|it| (it.file.as_str(), it.raw.as_str())).collect();
    assert_eq!(places, [("complete.xlsx", "3"), ("gaps.xlsx", "1")]);
}

#[test]
fn halves_in_two_files() {
    let whole = read_sample("complete");
    let half = |kind: IndicatorKind, name: &str| {
        let mut half = whole.clone();
        half.name = name.to_owned();
        half.missing_rows = whole.indicators.iter().filter(|it| it.kind != kind).map(|it| it.no.clone()).collect();
        half.indicators.retain(|it| it.kind == kind);
        half
    };
    let mut second = half(IndicatorKind::Qualitative, "b");
    second.version = None;
    let joined = join(vec![half(IndicatorKind::Quantitative, "a"), second]).unwrap();
    assert_eq!(joined.indicators, whole.indicators);
    assert!(joined.missing_rows.is_empty() && joined.conflicts.is_empty());
    assert_eq!(joined.version.as_deref(), Some("2.3"));
}

/// A loose bound, since tests are not optimised; an optimised build takes a few milliseconds.
#[test]
fn a_sample_is_read_fast() {
    let (bytes, forms) = (sample("complete"), [form()]);
    let times = (0..5).map(|_| {
        let start = std::time::Instant::now();
        read_by("complete.xlsx", &bytes, &forms).unwrap();
        start.elapsed()
    });
    let best = times.min().unwrap();
    println!("{best:?}");
    assert!(best.as_millis() < 250, "{best:?}");
}
