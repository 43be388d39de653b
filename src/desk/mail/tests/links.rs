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
        // another service, a name that only looks so, our own page, and no word of a file
        ("診断の件、当社は https://www.example.co.jp/ です。", None),
        ("診断のファイルは https://dropbox.com.example.jp/x です。", None),
        ("診断フォーマットは https://notbox.com/x です。", None),
        ("フォーマットは https://www.dropbox.com/our/form.xlsx のものです。", None),
        ("会社の紹介です。https://www.dropbox.com/s/abc", None),
    ] {
        assert_eq!(cloud_store(text, &OURS).as_deref(), host, "{text}");
    }
}

#[test]
fn links_of_others_are_not_the_senders() {
    let quoted = "承知しました。ファイルは後日お送りします。\n\n> https://www.dropbox.com/s/abc\n";
    assert_eq!(cloud_store(quoted, &OURS), None);
    let signature = "自己診断の提出の件、承知しました。\n\n-- \n山田太郎\n資料 https://drive.google.com/x\n";
    assert_eq!(cloud_store(signature, &OURS), None);
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
