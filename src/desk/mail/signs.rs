//! Signs that a machine wrote a mail: it is never answered (RFC 3834 §2, §5).

use super::{AttachmentKind, MachineSign, Mail, fields::Fields, parts::Part};

/// Every sign in the mail, each once. `mail` has its header and its attachments filled in already.
pub(super) fn of(root: &Part<'_>, mail: &Mail) -> Vec<MachineSign> {
    let fields = &root.fields;
    let checks = [
        (MachineSign::AutoSubmitted, auto_submitted(fields)),
        (MachineSign::Precedence, precedence(fields)),
        (MachineSign::List, list(fields)),
        (MachineSign::NullReturnPath, null_return_path(fields)),
        (MachineSign::SuppressHeader, suppresses(fields)),
        (MachineSign::MachineAddress, machine_address(mail)),
        (MachineSign::Report, root.content_type.value == "multipart/report"),
        (MachineSign::Subject, subject(mail)),
    ];
    checks.into_iter().filter(|(_, is)| *is).map(|(sign, _)| sign).collect()
}

/// The first word of a value, lower case: what follows may be parameters or a comment (RFC 3834 §5).
fn keyword(value: &str) -> String {
    value.split([';', '(', ' ', ',']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn auto_submitted(fields: &Fields) -> bool {
    fields.all("auto-submitted").map(keyword).any(|it| !it.is_empty() && it != "no")
}

/// Only these three: other values (`special-delivery`, `first-class`) are people's.
fn precedence(fields: &Fields) -> bool {
    let machine = |it: String| matches!(it.as_str(), "bulk" | "list" | "junk" | "auto_reply");
    fields.all("precedence").chain(fields.all("x-precedence")).map(keyword).any(machine)
}

/// RFC 2369, RFC 2919, and what mailing list programs common in Japan (fml, Mailman's forebears) add.
fn list(fields: &Fields) -> bool {
    fields.iter().any(|(name, _)| {
        matches!(
            name,
            "list-id"
                | "list-unsubscribe"
                | "list-post"
                | "list-help"
                | "list-subscribe"
                | "list-owner"
                | "list-archive"
                | "mailing-list"
                | "x-mailing-list"
                | "x-ml-name"
                | "x-ml-count"
                | "x-mlserver"
        )
    })
}

/// The delivering server's own header is the topmost one.
fn null_return_path(fields: &Fields) -> bool {
    fields.first("return-path").is_some_and(|it| it.replace(' ', "") == "<>")
}

/// `X-Auto-Response-Suppress` ([MS-OXCMAIL]) says what *not* to send: only these two values ask for no answer of our
/// kind. The other headers are written by autoresponders and mail servers alone.
fn suppresses(fields: &Fields) -> bool {
    let values = fields.all("x-auto-response-suppress").flat_map(|it| it.split([',', ';', ' ']));
    let asks = values.map(|it| it.trim().to_ascii_lowercase()).any(|it| it == "all" || it == "autoreply");
    asks || fields.iter().any(|(name, _)| {
        matches!(
            name,
            "x-autoreply"
                | "x-auto-reply"
                | "x-autorespond"
                | "x-autoresponder"
                | "x-autoreply-from"
                | "x-auto-reply-from"
                | "x-failed-recipients"
        )
    })
}

fn machine_address(mail: &Mail) -> bool {
    mail.from.as_ref().is_some_and(|it| is_machine(&it.address))
}

/// Addresses behind which no one reads (RFC 3834 §2 names the first ones).
pub(super) fn is_machine(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(it, _)| it).to_lowercase();
    let plain: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    let named = matches!(
        plain.as_str(),
        "mailerdaemon"
            | "postmaster"
            | "nobody"
            | "daemon"
            | "bounce"
            | "bounces"
            | "autoreply"
            | "autoresponder"
            | "listserv"
            | "majordomo"
    );
    let shaped = local.starts_with("owner-")
        || ["-request", "-owner", "-bounces", "-bounce"].iter().any(|it| local.ends_with(it))
        || local.starts_with("bounce+")
        || local.starts_with("bounces+");
    named || shaped || plain.contains("noreply") || plain.contains("donotreply")
}

/// Subjects that vacation programs begin with. A person who answers such a mail writes 「Re: 自動返信」, which does not
/// begin so; and a program attaches no workbook.
fn subject(mail: &Mail) -> bool {
    let brings_a_file = mail.attachments.iter().any(|it| it.kind != AttachmentKind::Picture);
    if brings_a_file {
        return false;
    }
    let folded = crate::desk::text::fold(&mail.subject).to_lowercase();
    let bare = folded.trim_start_matches(|it: char| "【[(<「『■●*≪《".contains(it) || it.is_whitespace());
    let always = [
        "不在通知",
        "不在のお知らせ",
        "不在応答",
        "不在連絡",
        "自動返信",
        "自動応答",
        "自動送信",
        "自動配信",
        "自動回答",
        "automatic reply",
        "out of office",
        "out of the office",
        "out-of-office",
        "auto reply",
        "auto-reply",
        "autoreply",
        "auto response",
        "auto-response",
        "autoresponse",
        "auto:",
        "vacation reply",
    ];
    if always.iter().any(|it| bare.starts_with(it)) {
        return true;
    }
    // People announce their holidays too; a program does it in answer to something.
    let holidays = [
        "夏季休業",
        "夏期休業",
        "夏季休暇",
        "夏期休暇",
        "年末年始",
        "冬季休業",
        "お盆休み",
        "休業のお知らせ",
        "休暇中",
        "臨時休業",
    ];
    let answers = !mail.replies_to.is_empty() || bare.contains("re:");
    answers && holidays.iter().any(|it| bare.starts_with(it))
}
