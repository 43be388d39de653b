//! What a mail is to the desk: who it is from, what it brings, what it says, in this order.

use serde::{Deserialize, Serialize};

use crate::desk::rules::Programme;

use super::{AttachmentKind, MachineSign, Mail, application::application, pictures, quote, wording::Wording};

/// What a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Hands in the form, or means to.
    Submission,
    /// Asks something, or says what a person has to read.
    Question,
    /// Answers what we asked: wishes, questionnaire.
    Answers,
    /// Thanks, understood: needs nothing.
    Courtesy,
    /// Tells the password of a file that came in another mail, and nothing else.
    Password,
    /// Takes the company out of the programme (取り下げ, 辞退).
    Withdrawal,
    /// The web form's notice of an application.
    Application,
    /// A vacation program, a receipt, any other machine.
    AutoReply,
    /// A delivery status notification.
    Bounce,
    /// A mailing list or newsletter.
    List,
    /// Not the programme's: stays where it is.
    NotOurs,
    /// From one of our own addresses.
    Own,
    /// From the secretariat or an advisor.
    Staff,
}

impl Class {
    /// Stable name, as in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Class::Submission => "submission",
            Class::Question => "question",
            Class::Answers => "answers",
            Class::Courtesy => "courtesy",
            Class::Password => "password",
            Class::Withdrawal => "withdrawal",
            Class::Application => "application",
            Class::AutoReply => "auto-reply",
            Class::Bounce => "bounce",
            Class::List => "list",
            Class::NotOurs => "not-ours",
            Class::Own => "own",
            Class::Staff => "staff",
        }
    }
}

/// What the store knows of the sender and the thread.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The sender is a case's contact.
    pub contact: bool,
    /// The sender may belong to a case: its company's domain, its company's name.
    pub colleague: bool,
    /// In-Reply-To, References or a receipt number is ours.
    pub replies_to_us: bool,
    /// Its case waits for the form, or for a mended one.
    pub wants_form: bool,
    /// The desk's own addresses.
    pub our_addresses: &'a [String],
    /// Secretariat and advisors.
    pub staff: &'a [String],
}

/// Classes a mail. `has_form`: a workbook with the form's rows was read; `refused_file`: a file was meant to be read
/// and could not be; `has_answers`: wishes or answers were found.
pub fn classify(
    mail: &Mail,
    has_form: bool,
    refused_file: bool,
    has_answers: bool,
    known: &Known<'_>,
    programme: &Programme,
) -> Class {
    if let Some(class) = by_sender(mail, known, programme) {
        return class;
    }
    let words = Wording::new(&mail.subject, &quote::own_words(&mail.text), file_names(mail), &names(programme));
    let familiar = known.contact || known.replies_to_us;
    // the letter of withdrawal may be enclosed: it is no form that could not be read
    if familiar && !has_form && !has_answers && words.withdraws() {
        return Class::Withdrawal;
    }
    let tells = mail.tells_password && !has_answers && (!words.asks(false) || words.asks_for_forgotten_password());
    let alone = !has_form && !refused_file && mail.attachments.iter().all(|it| it.kind == AttachmentKind::Picture);
    // its subject is often that of the mail with the file: 「【パスワード】自己診断のご提出」
    if tells && alone && !words.encloses() {
        return Class::Password;
    }
    if has_form || hands_in(mail, &words, refused_file, has_answers, known) {
        return Class::Submission;
    }
    if tells {
        return Class::Password;
    }
    if familiar { from_contact(&words, has_answers) } else { from_stranger(&words, known.colleague) }
}

/// Whether a mail tells of another address to write to.
pub fn names_new_address(mail: &Mail) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), String::new(), &[]).names_new_address()
}

/// Whether a mail says that another company's file came along by mistake.
pub fn confesses_other_file(mail: &Mail) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), String::new(), &[]).confesses_other_file()
}

/// Whether all that a mail asks is what to do without a forgotten password: the letter about the locked file says it.
pub fn asks_for_forgotten_password(mail: &Mail) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), String::new(), &[]).asks_for_forgotten_password()
}

/// Whether the files of a mail are papers of another kind (an estimate, a catalogue): neither their names nor the words that
/// send them speak of the form.
pub fn brings_other_papers(mail: &Mail) -> bool {
    !Wording::new(&mail.subject, &quote::own_words(&mail.text), file_names(mail), &[]).means_form()
}

/// Whether a mail says that its file takes the place of an earlier one.
pub fn replaces_file(mail: &Mail) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), String::new(), &[]).replaces_file()
}

/// Whether a mail advertises or is about a purchase, and not about the programme.
pub fn is_commercial(mail: &Mail, programme: &Programme) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), file_names(mail), &names(programme)).is_commercial()
}

/// Whether a mail takes back an earlier one.
pub fn recalls(mail: &Mail) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), String::new(), &[]).recalls()
}

/// Whether the sender asks something beside what the mail brings: such a part is for a person.
pub fn asks(mail: &Mail, programme: &Programme) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), file_names(mail), &names(programme)).asks(true)
}

/// Whether a mail says that something goes some other way than by mail: a person looks for it.
pub fn goes_another_way(mail: &Mail) -> bool {
    Wording::new(&mail.subject, &quote::own_words(&mail.text), String::new(), &[]).goes_another_way()
}

/// Whether a mail says in plain words that it encloses a file, and not only that something is mended.
pub fn names_enclosure(mail: &Mail, has_answers: bool) -> bool {
    claims_file(&Wording::new(&mail.subject, &quote::own_words(&mail.text), file_names(mail), &[]), has_answers)
}

/// Classes that the header alone tells.
fn by_sender(mail: &Mail, known: &Known<'_>, programme: &Programme) -> Option<Class> {
    let from = mail.from.as_ref().map(|it| it.address.as_str()).unwrap_or_default();
    let among = |list: &[String]| list.iter().any(|it| !from.is_empty() && it.eq_ignore_ascii_case(from));
    // Before the machine signs: such a notice is auto-submitted by nature. Many a form writes in the name of the mailbox that
    // it writes to, or of somebody there: then its labels tell it from that one's own mails.
    let shared = || among(known.our_addresses) || among(known.staff);
    let of_form =
        among(&programme.form_mailer.from) && (!shared() || application(&mail.text, &programme.form_mailer).is_some());
    if among(known.our_addresses) && !of_form {
        return Some(Class::Own);
    }
    if mail.bounce.is_some() {
        return Some(Class::Bounce);
    }
    if of_form {
        return Some(Class::Application);
    }
    let listed = |it: &MachineSign| matches!(it, MachineSign::List | MachineSign::Precedence);
    let only_listed = mail.machine.iter().all(listed);
    // An advisor's vacation program is a machine, an advisor writing through the office's list is not.
    if among(known.staff) && only_listed {
        return Some(Class::Staff);
    }
    match (mail.machine.is_empty(), only_listed) {
        (true, _) => None,
        (false, true) => Some(Class::List),
        (false, false) => Some(Class::AutoReply),
    }
}

/// A file that was meant for us, or words that say there is one.
fn hands_in(mail: &Mail, words: &Wording, refused_file: bool, has_answers: bool, known: &Known<'_>) -> bool {
    let pictured = || pictures::of_form(mail).is_some() && !words.asks(has_answers);
    if known.contact || known.replies_to_us {
        // A file in answer to our letter is meant for us, whatever its name.
        return refused_file && (known.replies_to_us || !words.is_business_only())
            || (claims_file(words, has_answers) && !words.goes_another_way())
            || (known.wants_form && words.claims_amended_again(has_answers) && !words.goes_another_way())
            || (pictured() && (words.names_form() || known.replies_to_us));
    }
    let brings = refused_file || mail.attachments.iter().any(|it| is_meant(it.kind)) || pictured();
    if words.claims_to_hand_in() && (brings || !words.goes_another_way()) {
        return !words.is_business_only();
    }
    brings && !words.is_business_only() && (words.names_programme() || words.submits_to_office())
}

fn claims_file(words: &Wording, has_answers: bool) -> bool {
    words.claims_to_hand_in() || (words.claims_amended_file() && !has_answers)
}

fn is_meant(kind: AttachmentKind) -> bool {
    matches!(kind, AttachmentKind::Workbook | AttachmentKind::Archive)
}

fn from_contact(words: &Wording, has_answers: bool) -> Class {
    if words.asks(has_answers) || (words.goes_another_way() && !has_answers) {
        Class::Question
    } else if words.withdraws() && !has_answers {
        Class::Withdrawal
    } else if words.calls_off() && !(has_answers && words.calls_off_days_only()) {
        // a date, the programme: a person reads what is called off
        Class::Question
    } else if has_answers {
        Class::Answers
    } else if words.is_courtesy() {
        Class::Courtesy
    } else {
        Class::Question
    }
}

/// A stranger is answered only where the mail is plausibly about the programme; a person reads the inbox too.
fn from_stranger(words: &Wording, colleague: bool) -> Class {
    let wants = words.asks(false) || words.calls_off();
    let about_us = words.names_programme() || words.subject_asks() || (wants && words.touches_programme());
    if (about_us || colleague) && !words.is_commercial() { Class::Question } else { Class::NotOurs }
}

fn names(programme: &Programme) -> [&str; 2] {
    [programme.name.as_str(), programme.short_name.as_str()]
}

fn file_names(mail: &Mail) -> String {
    mail.attachments.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join("\n")
}
