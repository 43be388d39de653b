//! Links to a file that lies in a cloud store: never followed, and never told whole, since such a link is a key.

use super::{quote, wording::without_links};
use crate::desk::text;

/// Services that keep files for others to fetch, with all names below them.
const STORES: [&str; 37] = [
    "drive.google.com",
    "docs.google.com",
    "sheets.google.com",
    "onedrive.live.com",
    "1drv.ms",
    "onedrive.com",
    "sharepoint.com",
    "box.com",
    "box.net",
    "dropbox.com",
    "db.tt",
    "icloud.com",
    "gigafile.nu",
    "xgf.nu",
    "firestorage.jp",
    "firestorage.com",
    "xfs.jp",
    "datadeliver.net",
    "data-bin.net",
    "wetransfer.com",
    "we.tl",
    "mega.nz",
    "mediafire.com",
    "ac-data.info",
    "file-post.net",
    "filepost.jp",
    "okurin.bitpark.co.jp",
    "directcloud.jp",
    "directcloud.net",
    "fileforce.jp",
    "rakuten-drive.com",
    "send-anywhere.com",
    "sendanywhe.re",
    "gofile.io",
    "transfernow.net",
    "kiteworks.com",
    "zoho.com",
];
/// Words of a mail that sends a file along.
const SENDS: [&str; 28] = [
    "提出",
    "添付",
    "送付",
    "送り",
    "送信",
    "ファイル",
    "データ",
    "フォーマット",
    "診断",
    "ダウンロード",
    "共有",
    "エクセル",
    "excel",
    "xls",
    "シート",
    "書類",
    "アップ",
    "記入",
    "置い",
    "置き",
    "格納",
    "保存",
    "入れまし",
    "入れてあ",
    "受け取り",
    "取得",
    "ご覧",
    "期限",
];

/// The host of the first link to a cloud store in the sender's own words, where they or the mail's own subject speak of a
/// file. Links to our own pages are none.
pub fn cloud_store(subject: &str, mail_text: &str, ours: &[&str]) -> Option<String> {
    let own = quote::own_words(mail_text);
    let host = own.match_indices("://").find_map(|(at, mark)| {
        let link = own.get(at.checked_add(mark.len())?..)?;
        let is_ours =
            |it: &&str| it.split_once("://").is_some_and(|(_, page)| !page.is_empty() && link.starts_with(page));
        if ours.iter().any(is_ours) {
            return None;
        }
        let host: String =
            link.chars().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '-')).take(100).collect();
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        STORES
            .iter()
            .any(|it| host.strip_suffix(it).is_some_and(|it| it.is_empty() || it.ends_with('.')))
            .then_some(host)
    })?;
    let subject = text::key(subject);
    // the subject of an answer is ours
    let own_subject = if subject.starts_with("re:") || subject.starts_with("返信:") { "" } else { subject.as_str() };
    let said = format!("{own_subject}{}", text::key(&without_links(&own)));
    SENDS.iter().any(|it| said.contains(it)).then_some(host)
}
