//! What our own border says about the sender (RFC 8601), and nothing that anyone else says.

use super::Mail;

/// What is known of the sender's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// DMARC passed, or where the domain publishes none, aligned DKIM or SPF did.
    Pass,
    /// DMARC failed.
    Fail,
    /// Nothing that can be trusted.
    None,
}

/// One method's result, `dkim=pass header.d=example.jp`.
struct Outcome {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl Outcome {
    fn property(&self, names: &[&str]) -> Option<&str> {
        self.properties.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }
}

/// Judges by the topmost run of headers that carry the configured authserv-id (RFC 8601 §5: our border removes what
/// pretends to be its own; those further down, beyond another server's `Received`, came in with the mail).
pub fn authenticated(mail: &Mail, authserv_id: Option<&str>) -> Auth {
    let (Some(id), Some(from)) = (authserv_id, mail.from.as_ref()) else {
        return Auth::None;
    };
    let Some((_, domain)) = from.address.rsplit_once('@') else {
        return Auth::None;
    };
    let outcomes = ours(mail, id);
    let dmarc: Vec<&Outcome> = outcomes.iter().filter(|it| it.method == "dmarc").collect();
    let about_sender = |it: &Outcome| it.property(&["header.from"]).is_some_and(|it| aligned(domain, &domain_of(it)));
    if dmarc.iter().any(|it| it.result == "fail") {
        return Auth::Fail;
    }
    match dmarc.first() {
        Some(it) if it.result == "pass" => {
            if about_sender(it) {
                Auth::Pass
            } else {
                Auth::None
            }
        }
        // An error on the way is no proof of anything; `none` and `bestguesspass` mean that nothing is published.
        Some(it) if it.result == "none" || it.result == "bestguesspass" => by_dkim_or_spf(&outcomes, domain),
        Some(_) => Auth::None,
        None => by_dkim_or_spf(&outcomes, domain),
    }
}

fn by_dkim_or_spf(outcomes: &[Outcome], domain: &str) -> Auth {
    let vouches = |it: &Outcome| {
        let names: &[&str] = match it.method.as_str() {
            "dkim" => &["header.d", "header.i"],
            "spf" => &["smtp.mailfrom", "smtp.mail"],
            _ => return false,
        };
        it.result == "pass" && it.property(names).is_some_and(|it| aligned(domain, &domain_of(it)))
    };
    if outcomes.iter().any(vouches) { Auth::Pass } else { Auth::None }
}

fn ours(mail: &Mail, id: &str) -> Vec<Outcome> {
    let hop = |at: usize| mail.authentication_hops.get(at).copied().unwrap_or_default();
    let mine = |value: &str| authserv_id(value).eq_ignore_ascii_case(id);
    let Some(first) = mail.authentication_results.iter().position(|it| mine(it)) else {
        return Vec::new();
    };
    let run = mail.authentication_results.iter().enumerate().skip(first);
    run.take_while(|(at, it)| mine(it) && hop(*at) == hop(first)).flat_map(|(_, it)| outcomes(it)).collect()
}

/// The id stands first; a version number may follow it (§2.2).
fn authserv_id(value: &str) -> String {
    let plain = without_comments(value);
    let first = plain.split(';').next().unwrap_or_default();
    first.split_whitespace().next().unwrap_or_default().to_string()
}

fn outcomes(value: &str) -> Vec<Outcome> {
    without_comments(value).split(';').skip(1).take(100).filter_map(outcome).collect()
}

fn outcome(text: &str) -> Option<Outcome> {
    let spaced = text.replace(" =", "=").replace("= ", "=");
    let mut words = spaced.split_whitespace().filter_map(|it| it.split_once('='));
    let (method, result) = words.next()?;
    // `dkim/1=pass`: the method may carry a version.
    let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let properties = words.map(|(name, value)| (name.to_ascii_lowercase(), value.trim_matches('"').to_lowercase()));
    Some(Outcome { method, result: result.to_ascii_lowercase(), properties: properties.collect() })
}

/// Comments may hold anything, also `; dmarc=pass`; so may quoted strings.
fn without_comments(value: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for it in value.chars() {
        let special = !escaped;
        escaped = it == '\\' && !escaped;
        match it {
            '"' if special && depth == 0 => quoted = !quoted,
            '(' if special && !quoted => depth = depth.saturating_add(1),
            ')' if special && !quoted && depth > 0 => {
                depth -= 1;
                out.push(' ');
            }
            _ if depth > 0 => {}
            ';' | ' ' | '=' if quoted => out.push('_'),
            other => out.push(other),
        }
    }
    out
}

fn domain_of(value: &str) -> String {
    value.rsplit('@').next().unwrap_or_default().trim_end_matches('.').to_lowercase()
}

/// Relaxed alignment (RFC 7489 §3.1): the same domain, or one above the other; a public suffix is nobody's.
fn aligned(from: &str, other: &str) -> bool {
    let from = from.to_lowercase();
    from == other
        || (from.ends_with(&format!(".{other}")) && !is_public_suffix(other))
        || (other.ends_with(&format!(".{from}")) && !is_public_suffix(&from))
}

/// Enough of the public suffix list for mail between Japanese organisations: `jp`, `co.jp` and their like, `tokyo.jp`.
fn is_public_suffix(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    match labels.as_slice() {
        [] | [_] => true,
        [_, "jp"] => {
            let first = labels.first().copied().unwrap_or_default();
            matches!(first, "ac" | "ad" | "co" | "ed" | "go" | "gr" | "lg" | "ne" | "or")
                || PREFECTURES.contains(&first)
        }
        ["co" | "com" | "org" | "net" | "ac" | "gov" | "edu", _] => true,
        _ => false,
    }
}

const PREFECTURES: [&str; 47] = [
    "aichi",
    "akita",
    "aomori",
    "chiba",
    "ehime",
    "fukui",
    "fukuoka",
    "fukushima",
    "gifu",
    "gunma",
    "hiroshima",
    "hokkaido",
    "hyogo",
    "ibaraki",
    "ishikawa",
    "iwate",
    "kagawa",
    "kagoshima",
    "kanagawa",
    "kochi",
    "kumamoto",
    "kyoto",
    "mie",
    "miyagi",
    "miyazaki",
    "nagano",
    "nagasaki",
    "nara",
    "niigata",
    "oita",
    "okayama",
    "okinawa",
    "osaka",
    "saga",
    "saitama",
    "shiga",
    "shimane",
    "shizuoka",
    "tochigi",
    "tokushima",
    "tokyo",
    "tottori",
    "toyama",
    "wakayama",
    "yamagata",
    "yamaguchi",
    "yamanashi",
];
