//! Ordinary conversations about a locked file: what else they say is read as it was written, and only the password is
//! taken out.

use uketsuke::desk::reading::Method;

use super::{PASSWORD, TARO, locked, told_to_nobody, zipped};
use crate::{desk::Desk, mails, rounds::filled};

/// All that the store keeps of what was read.
fn stored(desk: &Desk) -> String {
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    let mut ask = db.prepare("SELECT coalesce(reading, '') FROM mails ORDER BY id").unwrap();
    let all = ask.query_map((), |row| row.get::<_, String>(0)).unwrap();
    all.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

fn later(text: &str, n: u8) -> mails::Draft {
    mails::from(TARO).subject("先ほどの件").text(text).id(&format!("later{n}@saku")).at("2022-08-12T04:00:00Z")
}

fn days(desk: &Desk) -> Vec<String> {
    desk.case(1).wishes.dates.iter().map(|it| it.start.strftime("%-m/%-d %-H").to_string()).collect()
}

/// A file and, in the next mail, its password.
struct Talk {
    first: &'static str,
    second: &'static str,
    days: &'static [&'static str],
    method: Option<Method>,
    /// Words that stay in what is kept.
    shown: &'static [&'static str],
}

const TALKS: [Talk; 13] = [
    Talk {
        first: "自己診断を提出します。①8/24 13:00 ②8/25 10:00\nオンラインでお願いします。パスワードは別途お送りします。\n",
        second: "パスワードは saku-8824x です。\n",
        days: &["8/24 13", "8/25 10"],
        method: Some(Method::Online),
        shown: &["①8/24 13:00 ②8/25 10:00"],
    },
    Talk {
        first: "自己診断フォーマットを提出いたします。\n希望日は次の通りです。\n8/24PM、8/25AM\nZOOM\n",
        second: "先ほどのパスワードです。\n\nsaku-8824x\n",
        days: &["8/24 ", "8/25 "],
        method: Some(Method::Online),
        shown: &["8/24PM、8/25AM", "ZOOM"],
    },
    Talk {
        first: "自己診断を提出します。\n第1希望 8/24 10:00AM-12:00PM\n第2希望 8/25(Thu)13:00-15:00\n第3希望 8/26(金)PM1:00~PM3:00\nTeams\n",
        second: "パスワード：saku-8824x\n",
        days: &["8/24 10", "8/25 13", "8/26 13"],
        method: Some(Method::Online),
        shown: &["8/25(Thu)13:00-15:00", "PM1:00~PM3:00", "Teams"],
    },
    Talk {
        first: "自己診断を提出します。受付No.0012\nWindows11のExcel2019で作成しました（様式 ver2.30）。\n",
        second: "念のため、saku-8824x です。オンライン希望、8/24 13:00-16:00。\n",
        days: &["8/24 13"],
        method: Some(Method::Online),
        shown: &["受付No.0012", "Windows11のExcel2019", "ver2.30"],
    },
    Talk {
        first: "自己診断を提出します。ZOOM希望、8/24 13:00-16:00。\n",
        second: "お世話になっております。\n\nsaku-8824x\n\nZOOM\n\n--\n佐久木工株式会社\n佐久 太郎\nTEL 0267-00-1111 FAX 0267-00-1112\n携帯 090-0000-1111\n",
        days: &["8/24 13"],
        method: Some(Method::Online),
        shown: &["ZOOM希望", "090-0000-1111"],
    },
    Talk {
        first: "自己診断を提出します。\nパスワード（英数字12桁）は続けてお送りします。\n",
        second: "パスワードは「saku-8824x」、日程は①8/24 13:00 ②8/25 10:00、対面でお願いします。\n",
        days: &["8/24 13", "8/25 10"],
        method: Some(Method::InPerson),
        shown: &["①8/24 13:00 ②8/25 10:00"],
    },
    Talk {
        first: "自己診断を提出します。パスワードは10桁です。別途お送りします。オンライン、8/29 13:00-16:00を希望します。\n",
        second: "ＰＷ：ｓａｋｕ－８８２４ｘ\n",
        days: &["8/29 13"],
        method: Some(Method::Online),
        shown: &["パスワードは10桁です"],
    },
    Talk {
        first: "自己診断を送付します。対面で8/30の午後を希望します。\n【本件連絡先】製造部 内線1234 直通0267-00-1113\n",
        second: "先ほど別メールでお送りしたファイルのパスワードをお知らせします。\n\nsaku-8824x\n\n8/31の午前か9/1のPM2:00でお願いします。\n",
        // in the place of the first day, or beside it: a person reads that
        days: &["8/30 13"],
        method: Some(Method::InPerson),
        shown: &["内線1234 直通0267-00-1113"],
    },
    Talk {
        first: "自己診断を提出します。従業員25名、ISO9001取得、売上12,000千円です。\nオンライン、8/29 13:00-16:00。\n",
        second: "パスワードは以下の通りです。ご不明な点はお電話でご連絡ください。\n\nsaku-8824x\n",
        days: &["8/29 13"],
        method: Some(Method::Online),
        shown: &["ISO9001", "12,000千円"],
    },
    Talk {
        first: "自己診断を提出します。パスワードは後ほどSMSでもお知らせします。対面、8/24 10:00-12:00または8/25 13:00-15:00。\n",
        second: "[saku-8824x]\nよろしくお願いいたします。\n",
        days: &["8/24 10", "8/25 13"],
        method: Some(Method::InPerson),
        shown: &["8/24 10:00-12:00または8/25 13:00-15:00"],
    },
    Talk {
        first: "自己診断.zipを添付します。パスワードはこの後お送りします。\n候補：令和4年8月24日(水)13時～16時、R4.8.25 10時～12時\n方式：Web会議\n",
        second: "Password: saku-8824x\n",
        days: &["8/24 13", "8/25 10"],
        method: Some(Method::Online),
        shown: &["R4.8.25"],
    },
    Talk {
        first: "自己診断を提出します。\n",
        second: "■ファイル名\n自己診断.zip\n■パスワード\nsaku-8824x\n■希望日\n8/24PM\n8/25PM\n■方式\nZoom\n",
        days: &["8/24 ", "8/25 "],
        method: Some(Method::Online),
        shown: &["8/24PM", "8/25PM", "Zoom"],
    },
    Talk {
        first: "自己診断を提出します。PC-9821は使っておりません。オンライン、8/24(水)15:30～。\n",
        second: "先ほどのzipは saku-8824x で開けます。Lhaplus1.74で圧縮しました。\n",
        days: &["8/24 15"],
        method: Some(Method::Online),
        shown: &["8/24(水)15:30～", "PC-9821", "Lhaplus1.74"],
    },
];

#[test]
fn what_stands_beside_a_password_is_read_as_it_was_written() {
    let mut wrong = Vec::new();
    for talk in TALKS {
        let mut desk = Desk::open();
        let file = mails::from(TARO).text(talk.first).file("自己診断.zip", locked(false)).id("file@saku");
        desk.receives(file.bytes()).settles();
        let early = desk.letters();
        desk.waits(5).receives(later(talk.second, 1).bytes()).settles().settles();
        let kept = stored(&desk);
        let Some(case) = desk.cases().pop() else {
            wrong.push(format!("{} / {}: no case, {:?}", talk.first, talk.second, desk.letters()));
            continue;
        };
        let days = days(&desk);
        let same = days.len() == talk.days.len() && days.iter().zip(talk.days).all(|(it, day)| it.starts_with(day));
        let shown = talk.shown.iter().all(|it| kept.contains(it));
        if !(early.is_empty() && same && case.wishes.method == talk.method && shown && case.revision == 1) {
            wrong.push(format!("{} / {}: {early:?} {:?} {shown}", talk.first, talk.second, case.wishes));
        }
        told_to_nobody(&desk, PASSWORD);
        desk.balanced();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_file_that_came_open_in_the_end_blots_nothing_in_later_mails() {
    let mut desk = Desk::open();
    let file = mails::from(TARO).text("自己診断を提出します。\n").file("自己診断.zip", locked(true)).id("file@saku");
    desk.receives(file.bytes()).settles().waits(181).settles();
    assert_eq!(desk.letters(), ["unreadable → taro@saku-mokkou.example.jp"]);
    let open = later("パスワードなしで再送します。希望は8/24PM、ZOOMです。型番 Kq0824-7x の件もあります。\n", 1);
    desk.waits(30).receives(open.file("自己診断.xlsx", filled(&[])).bytes()).settles();
    assert_eq!(desk.case(1).wishes.method, Some(Method::Online));
    assert!(days(&desk).len() == 1 && days(&desk)[0].starts_with("8/24 "), "{:?}", days(&desk));
    let change = later("8/25PMも可能です。ZOOM希望です。機械はMz-2000Kqです。\n", 2).at("2022-08-13T04:00:00Z");
    desk.waits(60 * 20).receives(change.bytes()).settles();
    let kept = stored(&desk);
    assert!(kept.contains("8/25PMも可能です。ZOOM希望です。機械はMz-2000Kqです。"), "{kept}");
    assert!(kept.contains("型番 Kq0824-7x"), "{kept}");
    assert!(days(&desk).iter().any(|it| it.starts_with("8/25 ")), "{:?}", days(&desk));
    desk.balanced();
}

#[test]
fn a_date_that_is_a_password_is_no_wish() {
    let mut desk = Desk::open();
    let text = "自己診断を提出します。パスワードは別途お送りします。オンライン、8/29 13:00-16:00を希望します。\n";
    let file = mails::from(TARO).text(text).file("自己診断.zip", zipped(&filled(&[]), true, "20220824"));
    desk.receives(file.id("file@saku").bytes()).settles();
    desk.waits(5).receives(later("パスワードは 20220824 です。\n", 1).bytes()).settles().settles();
    assert_eq!(days(&desk), ["8/29 13"]);
    assert!(!stored(&desk).contains("20220824"));
    desk.balanced();
}

#[test]
fn in_one_mail_with_its_password_the_days_are_read_too() {
    let mut desk = Desk::open();
    let text = "自己診断を提出します。オンライン、①8/24 13:00 ②8/25 10:00 パスワード：ｓａｋｕ－８８２４ｘ\n";
    desk.receives(mails::from(TARO).text(text).file("自己診断.zip", locked(true)).id("file@saku").bytes()).settles();
    assert_eq!(days(&desk), ["8/24 13", "8/25 10"]);
    let kept = stored(&desk);
    assert!(kept.contains("①8/24 13:00 ②8/25 10:00 パスワード：＊＊＊＊") && !kept.contains("８８２４"), "{kept}");
    desk.balanced();
}

#[test]
fn a_protected_workbook_s_mail_is_read_as_it_was_written() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats/agile.xlsx");
    let mut desk = Desk::open();
    let text = "自己診断を提出します。パスワードは別途。オンライン、①8/24 13:00 ②8/25 10:00\n";
    let file = mails::from(TARO).text(text).file("自己診断.xlsx", std::fs::read(path).unwrap()).id("file@saku");
    desk.receives(file.bytes()).settles();
    desk.waits(5).receives(later("パスワードは「ひたち2022」です。\n", 1).bytes()).settles().settles();
    assert_eq!(days(&desk), ["8/24 13", "8/25 10"]);
    assert!(!stored(&desk).contains("ひたち2022"));
    desk.balanced();
}

#[test]
fn a_lone_word_that_opened_is_hidden_and_one_that_did_not_is_not() {
    let mut desk = Desk::open();
    let file =
        mails::from(TARO).text("自己診断を提出します。\n").file("診断.zip", zipped(&filled(&[]), true, "asagao"));
    desk.receives(file.id("file@saku").bytes()).settles();
    desk.waits(5)
        .receives(later("オンライン、8/24 13:00-16:00。\n\nasagao\n\nkinoko\n", 1).bytes())
        .settles()
        .settles();
    assert_eq!(days(&desk), ["8/24 13"]);
    let kept = stored(&desk);
    assert!(!kept.contains("asagao") && kept.contains("kinoko"), "{kept}");
    desk.balanced();
}
