use super::{blot::BLOT, *};

#[test]
fn a_password_is_found_however_it_is_told() {
    for (text, password) in [
        ("パスワードは abc123 です", "abc123"),
        ("パスワードはabc123です。", "abc123"),
        ("パスワード：Xy7-k2_p!", "Xy7-k2_p!"),
        ("ＰＷ：ａｂｃ１２３", "abc123"),
        ("解凍パスワードは「k8s#Pq」です。", "k8s#Pq"),
        (
            "先ほどのファイルのパスワードは以下の通りです。\n\n  dx2022kinoko\n\nよろしくお願いいたします。",
            "dx2022kinoko",
        ),
        ("パスワードをお知らせいたします。\n『 Aa-0824 』\n", "Aa-0824"),
        ("Password: hunter2.", "hunter2"),
        ("pw=1234", "1234"),
        ("先ほどお送りしたファイルは 0824dx で開けます。", "0824dx"),
        ("添付ファイルの開封パスワード→ Qz9!", "Qz9!"),
        ("PASS 20220824", "20220824"),
        ("zipの解凍キーは【moss-77】となります", "moss-77"),
        ("【パスワード】\nＴＫ－９９１", "TK-991"),
        ("パスワード　　p@ss.w0rd", "p@ss.w0rd"),
        ("パスワードはabc123ですのでご確認ください", "abc123"),
        ("暗証番号は８８１２です。", "8812"),
        ("ﾊﾟｽﾜｰﾄﾞは kw-552 です", "kw-552"),
        ("パスワードは、ひらがなで「あさがお」です。", "あさがお"),
        ("パスワードは「kiku.」（最後の点まで）です。", "kiku."),
        ("パスワードは \"two Words 7\" です（途中に空白）", "two Words 7"),
        ("■ファイル名\n診断.zip\n■パスワード\nrT5-pq", "rT5-pq"),
        ("展開するための文字列は k7#Mz2Qp です。", "k7#Mz2Qp"),
        ("開くときの文字は、k7#Mz2Qp", "k7#Mz2Qp"),
        ("Ｐ／Ｗ　k7#Mz2Qp", "k7#Mz2Qp"),
        ("PW→k7#Mz2Qp", "k7#Mz2Qp"),
        ("ﾌｧｲﾙを開くｺｰﾄﾞ：Mz2Qp-7", "Mz2Qp-7"),
        ("解凍用PWは次です：\n  hagi2022x\n電話 029-000-0000", "hagi2022x"),
    ] {
        assert!(told("", text).iter().any(|it| it == password), "{text}: {:?}", told("", text));
        let (_, blotted) = blotted("", text);
        assert!(!text::fold(&blotted).contains(password), "{blotted}");
    }
    assert_eq!(told("パスワードのお知らせ", "お世話になっております。\nkinoko-88\n"), ["kinoko-88"]);
    assert_eq!(told("パスワード：kinoko-88", ""), ["kinoko-88"]);
}

#[test]
fn what_is_no_password_is_not_taken_for_one() {
    for text in [
        "パスワードは別途お送りします。\nshindan2022\n",
        "パスワードは別途お送りします。8/29 13:00-16:00 を希望します",
        "パスワードは弊社の電話番号の下4桁です。",
        "passport 1234567 を持参します",
        "8月24日 13:00 を希望します",
        "Excelで開けます",
        "Zoomのパスワードは当日お知らせください。\n03-1234-5678\n8/24\n",
        "パスワードは以下の通りです。\n8/24\n13:00-16:00\n",
        "パスワードにつきましては追ってご連絡いたします。\nform.xlsx",
        "Your password has expired, please click",
        "Pass-through papers are here",
        "db_passwd_fix_path() is called",
        "バイパス工事のため 8/24 は不可です",
    ] {
        assert_eq!(told("", text), Vec::<String>::new(), "{text}");
        assert_eq!(blotted("", text).1, text);
    }
}

#[test]
fn a_word_that_nothing_announces_is_a_likely_one() {
    for (text, password) in [
        ("念のため、k7#Mz2Qp です。", "k7#Mz2Qp"),
        ("お世話になります。\n\nk7#Mz2Qp\n\n以上です。", "k7#Mz2Qp"),
        ("「k7#Mz2Qp」でお願いします", "k7#Mz2Qp"),
        ("[k7Mz2Qp]", "k7Mz2Qp"),
        ("\"k7Mz2Qp\"", "k7Mz2Qp"),
        ("先ほどの件はｋ７＃Ｍｚ２Ｑｐになります", "k7#Mz2Qp"),
        ("お送りした件、k7#Mz2Qp を入れてください", "k7#Mz2Qp"),
    ] {
        assert_eq!(likely("", text).first().map(String::as_str), Some(password), "{text}: {:?}", likely("", text));
        let shown = hidden(text, &[password.to_owned()]);
        assert!(!text::fold(&shown).contains(password) && shown.contains(BLOT), "{shown}");
    }
    for text in [
        "8/24 13:00 を希望します",
        "03-1234-5678",
        "https://example.jp/k7Mz2Qp",
        "tel 0299-12-3456",
        "k7x@example.jp",
        "2022年8月24日",
    ] {
        assert_eq!(likely("", text), Vec::<String>::new(), "{text}");
    }
    let many: String = (0..50).map(|it| format!("token-{it}x\n")).collect();
    assert_eq!(likely("", &many).len(), MOST_LIKELY);
    assert_eq!(hidden("k7Mz2Qpx k7Mz2Qp.", &["k7Mz2Qp".to_owned()]), "k7Mz2Qpx ＊＊＊＊.");
}

#[test]
fn a_password_that_is_described_is_no_password() {
    for text in [
        "パスワードは今日の日付8桁です。",
        "パスワードは御社の電話番号下４桁です",
        "PWは弊社の設立年月日になります",
        "パスワードはいつものものです。",
    ] {
        assert!(hinted("", text) && told("", text).is_empty(), "{text}: {:?}", told("", text));
    }
    for text in
        ["パスワードは別途、電話番号宛てにお送りします。", "電話番号の下4桁", "パスワードは abc123 です。日付は…"]
    {
        assert!(!hinted("", text), "{text}");
    }
}

#[test]
fn only_the_password_is_blotted() {
    let (subject, text) = blotted("PW: abc123", "お世話になります。\nパスワードは abc123 です。\n電話 03-1234-5678");
    assert_eq!(subject, "PW: ＊＊＊＊");
    assert_eq!(text, "お世話になります。\nパスワードは ＊＊＊＊ です。\n電話 03-1234-5678");
}

#[test]
fn no_text_is_too_odd() {
    for text in ["", "パスワード", "パスワードは", "pw", "で開", "パスワード\u{0}「」", "「パスワード"]
    {
        told(text, text);
        likely(text, text);
        hinted(text, text);
        blotted(text, text);
        hidden(text, &[text.to_owned(), String::new()]);
    }
}

#[test]
fn the_rest_of_a_line_stays_as_it_was_written() {
    let none = ["k7#Mz2Qp".to_owned(), "24 13".to_owned()];
    for text in ["①1/24 12:00 ②1/25 10:00", "１／２４　㈱山田　ﾊﾟﾃｨｵ", "k7#Mz2Qp2"] {
        assert_eq!(hidden(text, &none), text);
    }
    for (text, left) in [
        ("①1/24 ｋ７＃Ｍｚ２Ｑｐ ②1/25", "①1/24 ＊＊＊＊ ②1/25"),
        ("k7#Mz2Qp、ｋ7#Mz2Qp", "＊＊＊＊、＊＊＊＊"),
        ("㈱k7#Mz2Qp㌔", "㈱＊＊＊＊㌔"),
    ] {
        assert_eq!(hidden(text, &none), left);
    }
    assert_eq!(hidden("ﾋﾞｰﾙ①", &["ビール".to_owned()]), "＊＊＊＊①");
    // within a letter that folds to several: the whole letter goes
    assert_eq!(hidden("㈱abc1 x", &[")abc1".to_owned()]), "＊＊＊＊ x");
    let (_, text) = blotted("", "①1/24 13:00 ②1/25 パスワード：ＡＢＣ１２３");
    assert_eq!(text, "①1/24 13:00 ②1/25 パスワード：＊＊＊＊");
    // found twice, in brackets and as a word
    let (_, text) = blotted("", "パスワードは「kinoko-88」、①1/24 13:00");
    assert_eq!(text, "パスワードは「＊＊＊＊」、①1/24 13:00");
}

#[test]
fn days_ways_numbers_and_programs_are_no_passwords() {
    for text in [
        "12/4PM、12/5AM",
        "12/4PM",
        "10:00AM-12:00PM",
        "10:00-12:00,13:00-15:00",
        "12/4(Thu)13:00-15:00",
        "12/4(木)PM1:00~PM3:00",
        "12/4(木)ＰＭ１：００～ＰＭ３：００",
        "PM1-PM3",
        "R4.12.4",
        "Zoom",
        "ZOOM",
        "Teams",
        "Zoom/Teams",
        "受付No.0012",
        "№0012",
        "Windows11とExcel2019を使っています",
        "DXフォーム ver2.30 です、ISO27001 取得済み",
        "Mobile: 090a1111",
    ] {
        assert!(likely("", text).iter().all(|it| !looks_secret(it)), "{text}: {:?}", likely("", text));
        assert!(
            !likely("", text).iter().any(|it| is_mixed(it) && !names_product(it)),
            "{text}: {:?}",
            likely("", text)
        );
        let told_of = format!("パスワードは後のメールを見てください。\n{text}");
        assert_eq!(told("", &told_of), Vec::<String>::new(), "{text}");
    }
    for text in ["8/24PM、8/25AM", "10:00AM-12:00PM", "ZOOM", "Teams", "受付No.0012"] {
        assert_eq!(likely("", text), Vec::<String>::new(), "{text}");
    }
    for word in ["k7#Mz2Qp", "saku-8824x", "x7it#9", "Kq0824", "pm1234x"] {
        assert!(looks_secret(word), "{word}");
    }
    for word in [
        "PC-9821",
        "MZ2000",
        "Windows11",
        "Excel2019",
        "ver2.30",
        "Office365E3",
        "ISO27001",
        "COVID-19",
        "ZOOM",
        "asagao",
        "DX2022",
    ] {
        assert!(!looks_secret(word), "{word}");
    }
    // what is told is one, for all that
    assert!(told("", "パスワードは Excel2019 です").contains(&"Excel2019".to_owned()));
    assert!(told("", "パスワード：pm1234").contains(&"pm1234".to_owned()));
}

#[test]
fn a_password_that_comes_later_is_neither_told_nor_described() {
    for text in [
        "パスワード（英数字12桁）は続けてお送りします。",
        "パスワードは8桁です。別途お送りします。",
        "パスワードは8桁です。\n別途お送りします。",
        "別途、パスワード（8桁）をお送りいたします。\nshindan2022",
        "パスワードは御社の日付形式8桁です。のちほどご連絡します。",
        "パスワードはこの後のメールにてお知らせします。\nshindan2022",
        "解凍パスワードは別便でお送りいたします。\nshindan2022",
        "パスワードはお電話でお伝えします。",
        "パスワードは英数字12桁です。",
    ] {
        assert!(!hinted("", text), "{text}");
        assert_eq!(told("", text), Vec::<String>::new(), "{text}");
    }
    for text in
        ["パスワードは弊社の電話の下4桁です。", "パスワードは貴社の郵便の7桁です。", "パスワードは創業年月日です。"]
    {
        assert!(hinted("", text), "{text}");
    }
    for text in [
        "先ほど別メールでお送りしたファイルのパスワードをお知らせします。\n\nkinoko-88",
        "別送のファイルのパスワードは以下です。\n\nkinoko-88",
        "パスワードは以下の通りです。ご不明な点はお電話でご連絡ください。\n\nkinoko-88",
        "パスワードは以下の通りです。日程は後ほどご連絡いたします。\n\nkinoko-88",
        "パスワードは kinoko-88 です。明細は別途お送りします。",
    ] {
        assert_eq!(told("", text), ["kinoko-88"], "{text}");
    }
}

#[test]
fn an_ordinary_mail_with_a_locked_file_tells_none() {
    for text in [
        "添付ファイルはパスワード付きです。\n8/24PM\nver2.30\n",
        "zipにパスワードを設定しております。\nKT-2000\nZOOM希望\n",
        "パスワードなしで再送します。\n8/24PM、ZOOM\n12:30\nTeams\n",
        "パスワード付きzipを8/24PMにZOOMで開いてください",
        "パスワードはTeamsのチャットでお伝えします。",
        "パスワードはExcelを開くときに必要です。",
        "パスワードは12/4PMにお送りします。",
        "パスワードは本日15:00-16:00に担当の田中がお電話でお知らせします。",
        "パスワード：別途メールします\n■受付No.0012\n",
        "パスワードは当日お伝えします。\n12/4(Thu)13:00-15:00\nKT2000",
        "パスワードは以下の通りです。\n8/24PM\n12:30-13:00\nNo.0012\nZoom/Teams",
        "解凍にはLhaplusで開く必要があります。Windows11で確認しました。",
    ] {
        assert_eq!(told("", text), Vec::<String>::new(), "{text}");
        assert_eq!(blotted("", text).1, text);
    }
    for text in [
        "パスワードは以下の通りです。\n8/24PM\nNo.0012\nsaku-8824x",
        "添付にはパスワードを設定しました。\nパスワード：saku-8824x",
        "パスワード付きzipのパスワードは saku-8824x です。8/24PM、ZOOM希望",
        "TEL 0267-00-1111\n開封パスワード　ｓａｋｕ－８８２４ｘ　①8/24 13:00",
    ] {
        assert_eq!(told("", text), ["saku-8824x"], "{text}");
    }
}
