//! Delivery status notifications: which of our letters did not arrive, and whether it never will (RFC 3464).

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
    if report && (report_type == "delivery-status" || (report_type.is_empty() && has_status(root))) {
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
            (
                "text/rfc822-headers" | "message/rfc822-headers" | "message/rfc822" | "message/global",
                Body::Leaf(bytes),
            ) => {
                bounce.original = bounce.original.take().or_else(|| id(&Fields::parse(bytes)));
            }
            (_, Body::Mail(inner)) => {
                bounce.original = bounce.original.take().or_else(|| id(&inner.fields));
            }
            _ => {}
        }
    }
    if bounce.recipients.is_empty() && bounce.original.is_none() {
        return from_text(root, mail);
    }
    bounce
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
        let class = group.first("status").unwrap_or_default().trim().chars().next();
        bounce.permanent |= failed && matches!(class, Some('5') | None);
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
    let daemon = local.is_some_and(|it| matches!(it.as_str(), "mailer-daemon" | "postmaster" | "mail-daemon"));
    let null = root.fields.first("return-path").is_some_and(|it| it.replace(' ', "") == "<>");
    let subject = mail.subject.to_lowercase();
    let words = [
        "undeliver",
        "undelivered",
        "delivery status",
        "delivery fail",
        "delivery has failed",
        "failure notice",
        "returned mail",
        "mail delivery failed",
        "mail delivery system",
        "delivery notification",
        "mail system error",
        "配信不能",
        "配信できません",
        "配達不能",
        "配信エラー",
        "送信できません",
        "メールが届",
        "未配信",
        "不達",
        "エラーメール",
    ];
    let named = root.fields.first("x-failed-recipients").is_some();
    (daemon || null) && (named || words.iter().any(|it| subject.contains(it)))
}

/// What a notification in prose tells: the failed addresses stand at the start of a line, the returned mail's header
/// at the end.
fn from_text(root: &Part<'_>, mail: &Mail) -> Bounce {
    let mut bounce = Bounce::default();
    for value in root.fields.all("x-failed-recipients") {
        value.split(',').for_each(|it| add(&mut bounce.recipients, it));
    }
    let (told, returned) = halves(&mail.text);
    for line in told.lines().take(200) {
        let starts = line.trim_start_matches(['>', ' ', '\t']);
        if let Some((inner, _)) = starts.strip_prefix('<').and_then(|it| it.split_once('>')) {
            add(&mut bounce.recipients, inner);
        } else if bounce.recipients.is_empty() && !starts.contains(' ') {
            add(&mut bounce.recipients, starts.trim_end_matches(':'));
        }
    }
    let id = returned.lines().chain(told.lines()).find_map(|line| {
        let (name, value) = line.trim().split_once(':')?;
        name.eq_ignore_ascii_case("message-id").then(|| headers::message_id(value)).flatten()
    });
    bounce.original = id.or_else(|| mail.replies_to.first().cloned());
    bounce.permanent = is_permanent(told);
    bounce
}

fn halves(text: &str) -> (&str, &str) {
    let marks = [
        "Below this line is a copy",
        "This is a copy of the message",
        "Original message follows",
        "Unsent message below",
    ];
    let cut = marks.iter().filter_map(|it| text.split_once(it)).min_by_key(|(before, _)| before.len());
    cut.unwrap_or((text, text))
}

/// A 5.x.x or 5xx code, where nothing says that the server still tries.
fn is_permanent(text: &str) -> bool {
    let lower = text.to_lowercase();
    let still_tries = ["will keep trying", "will continue to be attempted", "has been delayed", "warning message only"];
    if still_tries.iter().any(|it| lower.contains(it)) {
        return false;
    }
    let codes = lower.split(|it: char| !(it.is_ascii_digit() || it == '.'));
    let mut codes = codes.map(|it| it.trim_matches('.'));
    codes.any(|it| it.starts_with("5.") && it.matches('.').count() == 2 || (it.len() == 3 && it.starts_with("55")))
        || ["permanent", "user unknown", "does not exist", "宛先不明"].iter().any(|it| lower.contains(it))
}
