//! Delivery status notifications: which of our letters did not arrive, and whether it never will (RFC 3464).

mod severity;

use super::{
    Bounce, Mail, address, charset,
    fields::Fields,
    headers,
    parts::{Body, Part},
};

/// Most recipients kept.
const MOST: usize = 50;

/// The notification, where the mail is one. `mail` has its header and text filled in already.
pub(super) fn of(root: &Part<'_>, mail: &Mail) -> Option<Bounce> {
    let report = root.content_type.value == "multipart/report";
    let report_type = root.content_type.parameter("report-type").unwrap_or_default().to_ascii_lowercase();
    if report && (report_type.ends_with("delivery-status") || (report_type.is_empty() && has_status(root))) {
        return Some(from_report(root, mail));
    }
    if report || !(looks_returned(root, mail)) {
        return None;
    }
    Some(from_text(root, mail))
}

fn has_status(root: &Part<'_>) -> bool {
    let Body::Parts(parts) = &root.body else {
        return false;
    };
    parts.iter().any(|it| is_status(&it.content_type.value))
}

fn is_status(kind: &str) -> bool {
    matches!(kind, "message/delivery-status" | "message/global-delivery-status")
}

fn from_report(root: &Part<'_>, mail: &Mail) -> Bounce {
    let Body::Parts(parts) = &root.body else {
        return from_text(root, mail);
    };
    let mut bounce = Bounce::default();
    for part in parts {
        match (part.content_type.value.as_str(), &part.body) {
            (kind, Body::Leaf(bytes)) if is_status(kind) => status(bytes, &mut bounce),
            _ => bounce.original = bounce.original.take().or_else(|| returned_id(part)),
        }
    }
    if bounce.recipients.is_empty() && bounce.original.is_none() {
        return from_text(root, mail);
    }
    bounce
}

/// The `Message-ID` of a mail, or of a header, that is enclosed (RFC 6522 §3, RFC 6533 §3 for the global ones).
fn returned_id(part: &Part<'_>) -> Option<String> {
    match (part.content_type.value.as_str(), &part.body) {
        (
            "text/rfc822-headers"
            | "message/rfc822-headers"
            | "message/rfc822"
            | "message/global"
            | "message/global-headers",
            Body::Leaf(bytes),
        ) => id(&Fields::parse(bytes)),
        (_, Body::Mail(inner)) => id(&inner.fields),
        _ => None,
    }
}

fn id(fields: &Fields) -> Option<String> {
    fields.first("message-id").and_then(headers::message_id)
}

/// RFC 3464 §2.1: groups of fields, the first about the message, each other about one recipient.
fn status(bytes: &[u8], bounce: &mut Bounce) {
    let text = charset::decode(None, bytes).replace("\r\n", "\n");
    let groups: Vec<Fields> =
        text.split("\n\n").take(200).map(|it| Fields::parse(it.trim_start().as_bytes())).collect();
    let about_recipients =
        || groups.iter().filter(|it| it.first("final-recipient").is_some() || it.first("action").is_some());
    let action = |it: &Fields| it.first("action").unwrap_or_default().trim().to_ascii_lowercase();
    let any_failed = about_recipients().any(|it| action(it).starts_with("failed"));
    for group in about_recipients() {
        let failed = action(group).starts_with("failed");
        if any_failed && !failed {
            continue;
        }
        // The original one is where our letter went; a forwarder's final one we have never heard of.
        for name in ["final-recipient", "original-recipient"] {
            add(&mut bounce.recipients, group.first(name).unwrap_or_default());
        }
        let status = group.first("status").unwrap_or_default();
        let said = group.first("diagnostic-code").unwrap_or_default();
        bounce.permanent |= failed && severity::is_for_good(status, said);
    }
}

/// `rfc822; someone@example.jp` → the address, lower case.
fn add(recipients: &mut Vec<String>, value: &str) {
    let address = value.split_once(';').map_or(value, |(_, it)| it).trim();
    let address = address.trim_matches(['<', '>', '"']).to_lowercase();
    if recipients.len() < MOST && address::plausible(&address) && !recipients.contains(&address) {
        recipients.push(address);
    }
}

/// Notifications of servers that know no RFC 3464: a daemon's address or a null return path, and its words.
fn looks_returned(root: &Part<'_>, mail: &Mail) -> bool {
    let local = mail.from.as_ref().and_then(|it| it.address.rsplit_once('@')).map(|(it, _)| it.to_lowercase());
    let daemon = local.is_some_and(|it| DAEMONS.contains(&it.as_str()));
    let null = root.fields.first("return-path").is_some_and(|it| it.replace(' ', "") == "<>");
    let subject = mail.subject.to_lowercase();
    let named = root.fields.first("x-failed-recipients").is_some();
    (daemon || null) && (named || SUBJECTS.iter().any(|it| subject.contains(it)))
}

const DAEMONS: [&str; 7] =
    ["mailer-daemon", "mailerdaemon", "postmaster", "mail-daemon", "maildaemon", "mail-delivery", "microsoftexchange"];

/// Words in the subjects of notifications, lower case.
const SUBJECTS: [&str; 32] = [
    "undeliver",
    "delivery status",
    "delivery fail",
    "delivery has failed",
    "delivery incomplete",
    "delivery delayed",
    "delivery report",
    "failure notice",
    "failed delivery",
    "returned mail",
    "returned to sender",
    "mail delivery failed",
    "mail delivery system",
    "mail delivery subsystem",
    "delivery notification",
    "mail system error",
    "could not send message",
    "message delayed",
    "delayed 24 hours",
    "warning: message",
    "配信不能",
    "配信できません",
    "配信の失敗",
    "配信遅延",
    "配信エラー",
    "配達不能",
    "配送できません",
    "送信できません",
    "メールが届",
    "未配信",
    "不達",
    "エラーメール",
];

/// What a notification in prose tells: the failed addresses, the returned mail's header at the end or beside it.
fn from_text(root: &Part<'_>, mail: &Mail) -> Bounce {
    let mut bounce = Bounce::default();
    for value in root.fields.all("x-failed-recipients") {
        value.split(',').for_each(|it| add(&mut bounce.recipients, it));
    }
    let (told, returned) = halves(&mail.text);
    told.lines().take(200).for_each(|line| first_of_line(&mut bounce.recipients, line));
    if bounce.recipients.is_empty() {
        let words = told.split(|it: char| it.is_whitespace() || "<>()[]「」,;:\"'".contains(it)).take(5_000);
        words.filter(|it| it.contains('@') && !is_daemon(it)).for_each(|it| add(&mut bounce.recipients, it));
    }
    let enclosed = match &root.body {
        Body::Parts(parts) => parts.iter().find_map(returned_id),
        _ => None,
    };
    bounce.original =
        enclosed.or_else(|| id_in(returned)).or_else(|| id_in(told)).or_else(|| mail.replies_to.first().cloned());
    bounce.permanent = severity::tells_for_good(&mail.subject, told);
    bounce
}

/// `<a@b>: …`, `a@b`, `To: a@b`, `Recipient: <a@b>`, `a@b (a@b)`: an address that the line is about.
fn first_of_line(recipients: &mut Vec<String>, line: &str) {
    let starts = line.trim_start_matches(['>', ' ', '\t', '　', '*', '-', '・', '=']);
    let lower = starts.to_ascii_lowercase();
    let label = ["to:", "recipient:", "recipients:", "final recipient:", "address:", "宛先:", "宛先："];
    let cut = label.iter().find(|it| lower.starts_with(**it)).map_or(0, |it| it.len());
    let about = starts.get(cut..).unwrap_or_default().trim_start();
    if let Some((inner, _)) = about.strip_prefix('<').and_then(|it| it.split_once('>')) {
        add(recipients, inner);
        return;
    }
    let mut words = about.split([' ', '\t', '　', '(', '（']);
    let first = words.next().unwrap_or_default().trim_end_matches([':', ',', ';', '.']);
    let alone = words.next().is_none_or(|it| it.contains('@') || it == "on" || it.starts_with(['<', '…']));
    if (alone || cut > 0) && !is_daemon(first) {
        add(recipients, first);
    }
}

fn is_daemon(address: &str) -> bool {
    DAEMONS.iter().any(|it| address.to_ascii_lowercase().starts_with(it))
}

/// The value of a `Message-ID:` line, which may stand on the next one.
fn id_in(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|it| it.trim_start_matches(['>', ' ', '\t'])).peekable();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(':') else { continue };
        if !name.trim().eq_ignore_ascii_case("message-id") {
            continue;
        }
        let value = if value.trim().is_empty() { lines.peek().copied().unwrap_or_default() } else { value };
        if let Some(id) = headers::message_id(value) {
            return Some(id);
        }
    }
    None
}

fn halves(text: &str) -> (&str, &str) {
    let marks = [
        "Below this line is a copy",
        "This is a copy of the message",
        "This is a copy of your message",
        "Original message follows",
        "Original message headers",
        "Original message -----",
        "Unsent message below",
        "Message header follows",
        "元のメッセージ ヘッダー",
        "元のメッセージのヘッダー",
        "元のメール",
    ];
    let cut = marks.iter().filter_map(|it| text.split_once(it)).min_by_key(|(before, _)| before.len());
    cut.unwrap_or((text, text))
}
