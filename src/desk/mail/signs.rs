//! Signs that a machine wrote a mail: it is never answered (RFC 3834 §2, §5).

use super::{
    AttachmentKind, MachineSign, Mail,
    fields::Fields,
    parts::{Body, Part},
};

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
        (MachineSign::Subject, !brings_a_file(mail) && subject(mail)),
        (MachineSign::Calendar, !brings_a_file(mail) && calendar_reply(root)),
        (MachineSign::Text, !brings_a_file(mail) && says_so(mail)),
    ];
    checks.into_iter().filter(|(_, is)| *is).map(|(sign, _)| sign).collect()
}

/// `text/calendar; method=REPLY` somewhere in it (RFC 5546 §3.2.3): accepted, declined, tentative.
fn calendar_reply(root: &Part<'_>) -> bool {
    let mut open = vec![root];
    while let Some(part) = open.pop() {
        let replies =
            part.content_type.value == "text/calendar" && part.fields.first("content-type").is_some_and(says_reply);
        if replies {
            return true;
        }
        if let Body::Parts(parts) = &part.body {
            open.extend(parts);
        }
    }
    false
}

fn says_reply(content_type: &str) -> bool {
    let plain: String =
        content_type.to_ascii_lowercase().chars().filter(|it| !it.is_whitespace() && *it != '"').collect();
    plain.split(';').any(|it| it == "method=reply")
}

/// The first word of a value, lower case: what follows may be parameters or a comment (RFC 3834 §5).
fn keyword(value: &str) -> String {
    value.split([';', '(', ' ', ',']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn auto_submitted(fields: &Fields) -> bool {
    fields.all("auto-submitted").map(keyword).any(|it| !it.is_empty() && it != "no")
}

/// Only these: other values (`special-delivery`, `first-class`) are people's.
fn precedence(fields: &Fields) -> bool {
    let machine = |it: String| matches!(it.as_str(), "bulk" | "list" | "junk");
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
    let answers = fields.all("precedence").map(keyword).any(|it| it == "auto_reply");
    asks || answers || fields.iter().any(|(name, _)| is_autoresponders(name))
}

/// `X-Autoreply`, `X-Autorespond`, `X-Auto-Reply-From`, `X-Cybozu-AutoReply` and their like.
fn is_autoresponders(name: &str) -> bool {
    let plain = name.replace('-', "");
    name.starts_with("x-")
        && (plain.contains("autoreply") || plain.contains("autorespond") || name == "x-failed-recipients")
}

fn machine_address(mail: &Mail) -> bool {
    mail.from.as_ref().is_some_and(|it| is_machine(&it.address))
}

/// Addresses behind which no one reads (RFC 3834 §2 names the first ones).
pub(in crate::desk) fn is_machine(address: &str) -> bool {
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

/// A program attaches no workbook.
fn brings_a_file(mail: &Mail) -> bool {
    mail.attachments.iter().any(|it| it.kind != AttachmentKind::Picture)
}

/// How the subjects of vacation programs and receipts begin (Outlook, Exchange, Gmail, Notes, Thunderbird, groupware).
const BEGINNINGS: &[&str] = &[
    "不在通知",
    "不在のお知らせ",
    "不在応答",
    "不在連絡",
    "不在】",
    "不在:",
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
    "vacation:",
    "réponse automatique",
    "automatische antwort",
    "respuesta automática",
    "自动答复",
    "自動回覆",
    "자동회신",
    "자동 회신",
    // receipts (RFC 8098), where they do not come as a report
    "開封済",
    "未開封:",
    "開封確認",
    "開封通知",
    "配信済",
    "配信確認",
    "配信完了",
    "中継済",
    "受信確認",
    "read:",
    "not read:",
    "delivered:",
    "relayed:",
    "read receipt",
    "return receipt",
    "delivery receipt",
];
/// People announce their holidays too; a program does it in answer to something.
const HOLIDAYS: &[&str] = &[
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

/// Subjects that vacation programs write. A person who answers such a mail writes 「Re: 自動返信」, and one who speaks of
/// it 「自動返信について」.
fn subject(mail: &Mail) -> bool {
    let folded = crate::desk::text::fold(&mail.subject).to_lowercase();
    let bare = folded.trim_start_matches(|it: char| "【[(<「『■●*≪《".contains(it) || it.is_whitespace());
    let spoken_of = |rest: &str| {
        let rest = rest.trim_start_matches(['メ', 'ー', 'ル', '」', '』']);
        ["について", "に関", "の件", "が", "は", "を", "も", "できな", "パスワード"]
            .iter()
            .any(|it| rest.starts_with(it))
    };
    let begins = |it: &str| bare.strip_prefix(it).is_some_and(|rest| !spoken_of(rest));
    if BEGINNINGS.iter().any(|it| begins(it)) {
        return true;
    }
    let marked = ["(自動返信", "(自動応答", "(自動送信", "[自動返信", "[自動応答", "【自動返信", "【自動応答"];
    let answers = !mail.replies_to.is_empty() || bare.contains("re:");
    // 「Re: 【自動返信】…」 may be a person's answer to it
    let answered = ["re:", "fw:", "fwd:"].iter().any(|it| bare.starts_with(it)) && !folded.trim_end().ends_with(')');
    (!answered && marked.iter().any(|it| folded.contains(it)))
        || (answers && HOLIDAYS.iter().any(|it| bare.starts_with(it)))
}

/// What only programs say of their own mail, in its first lines; quoted words are another's.
fn says_so(mail: &Mail) -> bool {
    let own = super::quote::own_words(&mail.text);
    let head: String = own.lines().filter(|it| !it.trim().is_empty()).take(8).collect();
    let head: String = crate::desk::text::key(&head).chars().take(600).collect();
    let subjects =
        ["このメールは", "本メールは", "当メールは", "こちらのメールは", "このメッセージは", "本メッセージは"];
    let ends = [
        "自動返信",
        "自動応答",
        "自動送信",
        "自動配信",
        "自動で送信",
        "自動で返信",
        "自動的に",
        "システムより自動",
        "システムから自動",
    ];
    let japanese = subjects.iter().filter_map(|it| head.split_once(it)).any(|(_, after)| {
        let near: String = after.chars().take(24).collect();
        let near = near.split(['。', '?']).next().unwrap_or_default();
        ends.iter().any(|it| near.contains(it)) && !near.contains("でしょうか") && !near.contains("ですか")
    });
    let english = ["thisisanautomat", "automatedresponse", "automatedreply", "automaticallygenerated", "thisisanauto-"];
    japanese || english.iter().any(|it| head.contains(it))
}
