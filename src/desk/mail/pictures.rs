//! A photograph or a screenshot of the form, sent in the form's place.

use super::{Attachment, AttachmentKind, Mail, quote};
use crate::desk::text;

/// Words of a mail that sends a picture along.
const PICTURES: [&str; 16] = [
    "写真",
    "写メ",
    "画像",
    "スクリーンショット",
    "スクショ",
    "画面コピー",
    "画面のコピー",
    "画面キャプチャ",
    "キャプチャ",
    "ハードコピー",
    "撮影",
    "撮り",
    "撮った",
    "スキャン",
    "jpeg",
    "png",
];
/// Files that are called after the form, or as cameras, scanners and telephones call what they take.
const NAMED: [&str; 24] = [
    "診断",
    "フォーマット",
    "指標",
    "シート",
    "エクセル",
    "記入",
    "様式",
    "写真",
    "画像",
    "画面",
    "スクリーン",
    "スクショ",
    "キャプチャ",
    "スキャン",
    "dxpi",
    "excel",
    "xls",
    "screenshot",
    "capture",
    "scan",
    "photo",
    "img_",
    "dsc",
    "pxl_",
];
/// Art of a signature, whatever else its name says.
const ART: [&str; 10] = ["logo", "ロゴ", "sign", "署名", "banner", "バナー", "icon", "アイコン", "footer", "facebook"];

/// The picture that seems to be meant as the form: by its name, or by what the mail says of it.
pub fn of_form(mail: &Mail) -> Option<&Attachment> {
    let pictures = || mail.attachments.iter().filter(|it| it.kind == AttachmentKind::Picture && !is_art(&it.name));
    let named = pictures().find(|it| has(&text::key(&it.name), &NAMED));
    named.or_else(|| {
        pictures().max_by_key(|it| it.bytes).filter(|_| has(&text::key(&quote::own_words(&mail.text)), &PICTURES))
    })
}

fn is_art(name: &str) -> bool {
    has(&text::key(name), &ART)
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}
