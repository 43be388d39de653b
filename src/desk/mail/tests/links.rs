//! Links to cloud stores, photographs, and what Office leaves beside a workbook.

use super::{Unreadable, mail, outcomes, read, with_files};
use crate::desk::mail::links::cloud_store;

const OURS: [&str; 2] = ["https://www.dropbox.com/our/form.xlsx", ""];

#[test]
fn a_link_to_a_store_is_told_by_its_host_alone() {
    for (text, host) in [
        ("自己診断を提出します。\nhttps://drive.google.com/file/d/1AbC/view?usp=sharing", Some("drive.google.com")),
        ("ファイルはこちらです（https://xx.box.com/s/abc）。", Some("xx.box.com")),
        (
            "データ便でお送りします。http://www.datadeliver.net/receiver/file_box.do?fb=1&rc=2",
            Some("www.datadeliver.net"),
        ),
        ("フォーマットです https://12.gigafile.nu/0819-abc", Some("12.gigafile.nu")),
        ("添付しました。<https://contoso-my.sharepoint.com/:x:/g/p/x>", Some("contoso-my.sharepoint.com")),
        ("Excelです。HTTPS://1DRV.MS/x/s!Abc", Some("1drv.ms")),
        // with words behind it, and within a sentence
        ("記入が終わりました。https://xgf.nu/abc をご覧いただけますでしょうか。", Some("xgf.nu")),
        ("https://1drv.ms/x/s!Abc に置きました。よろしくお願いします。", Some("1drv.ms")),
        ("記入済みのものはhttps://drive.google.com/file/d/1AbC/viewに入れました。", Some("drive.google.com")),
        ("ＵＲＬは https://12.gigafile.nu/0819-abc （保管期限 8/20）です。", Some("12.gigafile.nu")),
        // another service, a name that only looks so, our own page, and no word of a file
        ("診断の件、当社は https://www.example.co.jp/ です。", None),
        ("診断のファイルは https://dropbox.com.example.jp/x です。", None),
        ("診断フォーマットは https://notbox.com/x です。", None),
        ("フォーマットは https://www.dropbox.com/our/form.xlsx のものです。", None),
        ("会社の紹介です。https://www.dropbox.com/s/abc", None),
    ] {
        assert_eq!(cloud_store("", text, &OURS).as_deref(), host, "{text}");
    }
}

#[test]
fn the_mails_own_subject_may_say_what_the_link_is() {
    let text = "佐久木工です。https://drive.google.com/file/d/1AbC/view よろしくお願いします。";
    assert_eq!(cloud_store("自己診断の提出", text, &OURS).as_deref(), Some("drive.google.com"));
    assert_eq!(cloud_store("Re: 【DX自己診断】ご提出のお願い", text, &OURS), None);
    assert_eq!(cloud_store("ご挨拶", text, &OURS), None);
}

#[test]
fn a_picture_of_the_form_is_told_by_its_name_or_by_the_mail() {
    use crate::desk::mail::pictures::of_form;
    let told = |text: &str, files: &[(&str, usize)]| {
        let files: Vec<(&str, Vec<u8>)> =
            files.iter().map(|(name, size)| (*name, [&b"\x89PNG\r\n\x1a\n"[..], &vec![0; *size]].concat())).collect();
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        of_form(&read(&with_files("x", text, &files)).0).map(|it| it.name.clone()).unwrap_or_default()
    };
    for (text, files, want) in [
        ("提出します", &[("自己診断.png", 100)][..], "自己診断.png"),
        ("提出します", &[("IMG_0123.JPG", 100)], "IMG_0123.JPG"),
        (
            "提出します",
            &[("logo.png", 100), ("スクリーンショット 2022-08-12.png", 50)],
            "スクリーンショット 2022-08-12.png",
        ),
        ("写真で失礼します。提出します。", &[("a.png", 100), ("b.png", 300)], "b.png"),
        ("画面のコピーを貼ります。", &[("image001.png", 100)], "image001.png"),
        ("提出します", &[("image001.png", 100)], ""),
        ("提出します", &[("logo_dxpi.png", 100)], ""),
        ("写真のとおりです。", &[("会社ロゴ.png", 100)], ""),
        ("提出します", &[], ""),
    ] {
        assert_eq!(told(text, files), want, "{text} {files:?}");
    }
}

#[test]
fn links_of_others_are_not_the_senders() {
    let quoted = "承知しました。ファイルは後日お送りします。\n\n> https://www.dropbox.com/s/abc\n";
    assert_eq!(cloud_store("", quoted, &OURS), None);
    let signature = "自己診断の提出の件、承知しました。\n\n-- \n山田太郎\n資料 https://drive.google.com/x\n";
    assert_eq!(cloud_store("", signature, &OURS), None);
}

#[test]
fn photographs_are_told_and_a_signatures_art_is_not() {
    let photo = [b"\xFF\xD8\xFF\xE0".as_slice(), &vec![1; 40_000]].concat();
    let found = |bytes: &[u8]| outcomes(&read(&with_files("x", "提出します", &[("IMG_1.jpg", bytes)])).1);
    assert_eq!(found(&photo), [("IMG_1.jpg".to_string(), Err(Unreadable::Picture))]);
    assert_eq!(found(&photo[..2_000]), []);
    let inline = |bytes: &[u8]| {
        let body = [b"--b\r\nContent-Type: image/jpeg; name=a.jpg\r\nContent-ID: <1>\r\n\r\n", bytes, b"\r\n--b--\r\n"];
        let header: [&[u8]; 1] = [b"Content-Type: multipart/related; boundary=b"];
        outcomes(&read(&mail(&header, &body.concat())).1)
    };
    assert_eq!(inline(&photo), []);
    assert_eq!(inline(&photo.repeat(8)), [("a.jpg".to_string(), Err(Unreadable::Picture))]);
}

#[test]
fn a_lock_file_is_told() {
    let found = read(&with_files("x", "提出します", &[("~$自己診断.xlsx", &[4; 165])])).1;
    assert_eq!(outcomes(&found), [("~$自己診断.xlsx".to_string(), Err(Unreadable::LockFile))]);
}
