//! What a template may say about a case. Dates and counts are written out here, words in the templates.

use jiff::civil::Date;
use serde::Serialize;

use super::{
    Letter, LetterKind,
    addressee::addressee,
    group::{FindingView, Group, grouped, tell},
    progress::{ChangeView, ProgressView, changed, progressed},
    when::{WishesView, day, span, wishes},
    words::Words,
};
use crate::desk::{
    brief::{self, Brief},
    case::{Case, Revision, Stage},
    check::{Finding, Rule, asks_for},
    mail::Person,
    reading::{Refused, Unreadable, Wishes},
    rules::{Programme, Question, QuestionKind, Questionnaire, Rules},
    schedule::Slot,
    text,
};

/// What every letter's templates get.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    programme: ProgrammeView,
    /// The desk's own address.
    desk: String,
    number: Option<String>,
    company: String,
    /// The person, or the department; empty where only an address is known.
    contact: String,
    /// 様, or 御中 for a department or a company.
    honorific: &'static str,
    /// The addressee is the company itself, not a person in it.
    to_company: bool,
    has_form: bool,
    /// The form, or a mended one, is waited for.
    wants_form: bool,
    /// A form of the company's was read before.
    form_came: bool,
    /// Something of the company's lies here: a form, answers, wishes.
    has_sent: bool,
    message: String,
    findings: Vec<Group>,
    version_finding: Option<FindingView>,
    /// The form is of a newer version than the accepted one.
    newer: bool,
    about_optional: bool,
    blank: bool,
    /// No form came with the mail, or none that could be read.
    unread: bool,
    /// The company was asked before.
    asked_before: bool,
    progress: Option<ProgressView>,
    questions: Vec<FindingView>,
    asks: Vec<Group>,
    /// Something is to be said or asked about the advice.
    ask_wishes: bool,
    ask_method: bool,
    ask_dates: bool,
    /// An answer to these is waited for.
    wishes_awaited: bool,
    /// Advice is online only, and the company has not said that it is content with that.
    online_only: bool,
    slots: Vec<String>,
    wishes: WishesView,
    files: Vec<FileView>,
    /// They are links to files that lie elsewhere: nothing was enclosed.
    only_links: bool,
    advisor: Option<AdvisorView>,
    answers: Vec<AnswerView>,
    brief: Option<Brief>,
    notes: Vec<Group>,
    /// Values that changed with the newest revision, for the advisor.
    changes: Vec<ChangeView>,
    more_changes: usize,
    workbook_enclosed: bool,
    /// The company's form went to the advisor.
    form_shared: bool,
    /// Files enclosed with the cells to mend marked.
    marked: Vec<String>,
    /// Files enclosed as they came.
    unmarked: Vec<String>,
    /// The regional organisation, where its address is configured.
    office: Option<OfficeView>,
    /// The mail asked something besides.
    asked_too: bool,
    /// A file came with a mail that a person answers.
    file_received: bool,
    /// The letter goes to an advisor, not to the company.
    for_advisor: bool,
    /// A person will call.
    call: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProgrammeView {
    name: String,
    short_name: String,
    organisation: String,
    secretariat: String,
    telephone: String,
    form_version: String,
    form_url: String,
    questionnaire_url: String,
    deadline: String,
    /// The deadline has passed: letters say 「できるだけ早く」.
    deadline_over: bool,
    window: String,
    window_end: String,
    in_person: bool,
    questionnaire: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct FileView {
    name: String,
    reason: String,
}

#[derive(Debug, Clone, Serialize)]
struct OfficeView {
    organisation: String,
    address: String,
}

#[derive(Debug, Clone, Serialize)]
struct AdvisorView {
    name: String,
}

#[derive(Debug, Clone, Serialize)]
struct AnswerView {
    question: String,
    /// Line by line.
    answer: Vec<String>,
}

/// What a letter is about, besides itself.
pub struct About<'a> {
    /// Rules.
    pub rules: &'a Rules,
    /// The desk's own address.
    pub desk: &'a str,
    /// Today in Japan.
    pub today: Date,
    /// The case, when there is one.
    pub case: Option<&'a Case>,
    /// Its newest revision, for the advisor.
    pub revision: Option<&'a Revision>,
}

impl View {
    /// The view of one letter.
    pub fn of(words: &Words, about: &About<'_>, letter: &Letter) -> View {
        let mut it = View::bare(about, &letter.to);
        it.asked_too = letter.asked_too;
        it.fill(words, about, &letter.kind);
        it
    }

    fn bare(about: &About<'_>, to: &Person) -> View {
        let case = about.case;
        let company = case.map(|it| it.company.trim().to_string()).unwrap_or_default();
        let (contact, honorific) = addressee(&to.name, !company.is_empty());
        let to_company = !company.is_empty() && same_name(&company, &contact);
        View {
            programme: programme(&about.rules.programme, &about.rules.questionnaire, about.today),
            desk: about.desk.to_string(),
            number: case.map(|it| it.number.to_string()),
            company,
            contact,
            honorific,
            to_company,
            has_form: case.is_some_and(|it| it.stage.has_complete_form()),
            wants_form: case.is_some_and(|it| it.stage.wants_form()),
            form_came: case.is_some_and(|it| it.revision > 0),
            has_sent: case.is_some_and(has_sent),
            message: String::new(),
            findings: Vec::new(),
            version_finding: None,
            newer: false,
            about_optional: false,
            blank: false,
            unread: false,
            asked_before: case.is_some_and(|it| matches!(it.stage, Stage::Correcting { rounds: 2.., .. })),
            progress: None,
            questions: Vec::new(),
            asks: Vec::new(),
            ask_wishes: false,
            ask_method: false,
            ask_dates: false,
            wishes_awaited: false,
            online_only: false,
            slots: Vec::new(),
            wishes: wishes(case.map_or(&Wishes::default(), |it| &it.wishes)),
            files: Vec::new(),
            only_links: false,
            advisor: None,
            answers: case.map(|it| answers(about.rules, it)).unwrap_or_default(),
            brief: None,
            notes: Vec::new(),
            changes: Vec::new(),
            more_changes: 0,
            workbook_enclosed: false,
            form_shared: false,
            marked: Vec::new(),
            unmarked: Vec::new(),
            office: case.and_then(|it| office(&about.rules.programme, it.region.as_deref())),
            asked_too: false,
            file_received: false,
            for_advisor: false,
            call: false,
        }
    }

    fn fill(&mut self, words: &Words, about: &About<'_>, kind: &LetterKind) {
        match kind {
            LetterKind::Materials { message } => self.message.clone_from(message),
            LetterKind::Corrections { findings, progress, asks, refused, slots, enclosed } => {
                self.set_findings(words, about.rules, findings);
                self.progress = progress.as_ref().map(progressed);
                self.set_asks(words, about.rules, asks, slots);
                self.set_files(words, refused);
                let named =
                    |marked: bool| enclosed.iter().filter(|it| it.marked == marked).map(|it| it.name.clone()).collect();
                self.marked = named(true);
                self.unmarked = named(false);
            }
            LetterKind::Call { findings, progress, refused, unread } => {
                self.unread = *unread;
                self.set_findings(words, about.rules, findings);
                self.progress = progress.as_ref().map(progressed);
                self.set_files(words, refused);
            }
            LetterKind::Complete { asks, progress, refused, slots } => {
                self.set_files(words, refused);
                self.progress = progress.as_ref().map(progressed);
                self.set_asks(words, about.rules, asks, slots);
            }
            LetterKind::NoWorkbook { asks, slots } => self.set_asks(words, about.rules, asks, slots),
            LetterKind::HandedOver { file } => self.file_received = *file,
            LetterKind::Withdrawn => {}
            LetterKind::Reopened { findings, asks, slots, call } => {
                self.call = *call;
                self.set_findings(words, about.rules, findings);
                self.set_asks(words, about.rules, asks, slots);
            }
            LetterKind::Unreadable { files: refused, asks, slots } => {
                self.set_files(words, refused);
                self.set_asks(words, about.rules, asks, slots);
            }
            LetterKind::WrongVersion { findings, progress, asks, refused, slots } => {
                self.set_findings(words, about.rules, findings);
                self.progress = progress.as_ref().map(progressed);
                self.set_files(words, refused);
                self.set_asks(words, about.rules, asks, slots);
            }
            LetterKind::Noted { asks, slots } => self.set_asks(words, about.rules, asks, slots),
            LetterKind::Assignment { advisor, workbooks } => {
                self.advisor = Some(AdvisorView { name: advisor.name.clone() });
                self.for_advisor = true;
                self.workbook_enclosed = !workbooks.is_empty();
                self.set_brief(words, about);
            }
            LetterKind::AdvisorNamed { advisor, form } => {
                self.advisor = Some(AdvisorView { name: advisor.name.clone() });
                self.form_shared = *form;
            }
        }
    }

    /// A blank form is told in one sentence, not in fifty-five rows.
    fn set_findings(&mut self, words: &Words, rules: &Rules, findings: &[Finding]) {
        self.version_finding = findings.iter().find(|it| it.rule.is_version()).map(|it| tell(words, it, false));
        self.newer = findings.iter().any(|it| it.rule == Rule::VersionNew);
        self.blank = findings.iter().any(|it| it.rule == Rule::BlankForm);
        let listed: Vec<&Finding> = findings
            .iter()
            .filter(|it| !it.rule.is_version() && it.rule != Rule::BlankForm)
            .filter(|it| !(self.blank && it.rule == Rule::CurrentMissing))
            .collect();
        let block = |it: &Finding| it.rule == Rule::BlockMissing && it.title.as_deref() == Some("定量指標");
        let blank = |it: &Finding| it.rule == Rule::CurrentMissing && quantitative(rules, it);
        self.about_optional = listed.iter().any(|it| blank(it) || block(it));
        self.findings = grouped(words, rules, &listed);
    }

    fn set_asks(&mut self, words: &Words, rules: &Rules, asks: &[Finding], slots: &[Slot]) {
        let (questions, others): (Vec<&Finding>, Vec<&Finding>) =
            asks.iter().partition(|it| it.rule == Rule::AnswerMissing);
        self.questions = questions.into_iter().map(|it| tell(words, it, false)).collect();
        let told: Vec<&Finding> = others
            .into_iter()
            .filter(|it| !matches!(it.rule, Rule::MethodMissing | Rule::DatesMissing))
            .filter(|it| !(self.blank && it.rule == Rule::TargetMissing))
            .collect();
        self.asks = grouped(words, rules, &told);
        let wanted = |kind| asks_for(&rules.questionnaire, kind);
        self.online_only = !rules.programme.in_person && !self.wishes.online;
        self.ask_method = self.wishes.method.is_empty() && rules.programme.in_person && wanted(QuestionKind::Method);
        self.ask_dates = self.wishes.dates.is_empty() && wanted(QuestionKind::Dates);
        self.ask_wishes = self.online_only || self.ask_method || self.ask_dates;
        let too_short = asks.iter().any(|it| it.rule == Rule::DateTooShort);
        self.wishes_awaited = self.ask_method || self.ask_dates || too_short;
        self.slots = slots.iter().map(|it| span(it.start, it.end)).collect();
        self.slots.dedup();
    }

    fn set_files(&mut self, words: &Words, refused: &[Refused]) {
        self.files = files(words, refused);
        self.only_links = !refused.is_empty() && refused.iter().all(|it| it.why == Unreadable::CloudLink);
    }

    fn set_brief(&mut self, words: &Words, about: &About<'_>) {
        let Some(revision) = about.revision else { return };
        self.brief = revision.workbook.as_ref().map(brief::of);
        let open = |it: &&Finding| about.case.is_none_or(|case| case.lacks(it));
        self.notes = grouped(words, about.rules, &revision.findings.iter().filter(open).collect::<Vec<_>>());
        (self.changes, self.more_changes) = changed(&revision.changes);
    }
}

fn has_sent(case: &Case) -> bool {
    let wishes = &case.wishes;
    case.revision > 0 || !case.answers.is_empty() || wishes.knows_method() || wishes.names_days()
}

fn office(programme: &Programme, region: Option<&str>) -> Option<OfficeView> {
    let it = programme.regions.iter().find(|it| Some(it.name.as_str()) == region)?;
    let office = OfficeView { organisation: it.organisation.clone(), address: it.address.clone() };
    (!it.organisation.is_empty() && !it.address.is_empty()).then_some(office)
}

fn quantitative(rules: &Rules, finding: &Finding) -> bool {
    let Some(no) = &finding.no else { return false };
    rules
        .forms
        .iter()
        .flat_map(|it| &it.rows)
        .any(|row| row.no == *no && row.kind == crate::desk::workbook::IndicatorKind::Quantitative)
}

fn same_name(company: &str, contact: &str) -> bool {
    contact.is_empty() || text::company_key(company) == text::company_key(contact)
}

/// A finding in three lines: row, what is wrong, what is wanted.
pub(super) fn tell_alone(words: &Words, it: &Finding) -> [String; 3] {
    let view = tell(words, it, false);
    let wanted = if view.wanted.is_empty() { String::new() } else { format!("→ {}", view.wanted) };
    [[view.no.as_str(), view.title.as_str()].join(" "), view.what, wanted]
}

/// A finding in the fewest words: its row, or what is wrong where it has none.
pub(crate) fn heading(words: &Words, it: &Finding) -> String {
    let view = tell(words, it, false);
    let row = [view.no.as_str(), view.title.as_str()].join(" ");
    let row = row.trim();
    if row.is_empty() { view.what.trim_end_matches('。').to_owned() } else { row.to_owned() }
}

/// What a finding says to a person, in one line; for `inspect` and listings.
pub fn message(words: &Words, it: &Finding) -> String {
    let view = tell(words, it, false);
    let place = [view.no.as_str(), view.title.as_str()].join(" ");
    let parts = [place.trim(), view.what.trim(), view.wanted.trim()];
    parts.iter().filter(|it| !it.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

fn files(words: &Words, refused: &[Refused]) -> Vec<FileView> {
    refused.iter().map(|it| FileView { name: it.file.clone(), reason: words.reason(it.why.name()) }).collect()
}

/// The programme as templates see it.
pub(crate) fn programme(it: &Programme, questionnaire: &Questionnaire, today: Date) -> ProgrammeView {
    ProgrammeView {
        name: it.name.clone(),
        short_name: it.short_name.clone(),
        organisation: it.organisation.clone(),
        secretariat: it.secretariat.clone(),
        telephone: it.telephone.clone(),
        form_version: it.form_version.clone(),
        form_url: it.form_url.clone(),
        questionnaire_url: it.questionnaire_url.clone(),
        deadline: day(it.submission_to),
        deadline_over: it.submission_to < today,
        window: format!("{}～{}", day(it.advice_from), day(it.advice_to)),
        window_end: day(it.advice_to),
        in_person: it.in_person,
        questionnaire: questionnaire
            .questions
            .iter()
            .enumerate()
            .map(|(n, it)| format!("{}. {}", n + 1, it.text))
            .collect(),
    }
}

/// What was answered, but for what the wishes say as they are now: the first answer may have been taken back since.
fn answers(rules: &Rules, case: &Case) -> Vec<AnswerView> {
    let told_as_wish = |it: &Question| match it.kind {
        QuestionKind::Method => case.wishes.knows_method(),
        QuestionKind::Dates => !case.wishes.dates.is_empty(),
        QuestionKind::Choice | QuestionKind::Scale | QuestionKind::Text => false,
    };
    let known = rules.questionnaire.questions.iter().filter(|it| !told_as_wish(it));
    known
        .filter_map(|it| {
            let lines = |it: &String| it.lines().map(|it| it.trim().to_string()).collect();
            let answer = case.answers.get(&it.id).filter(|it| !it.trim().is_empty());
            answer.map(|answer| AnswerView { question: it.text.clone(), answer: lines(answer) })
        })
        .collect()
}
