//! The ten sample mails end as they should, on a folder.

use uketsuke::desk::{case::Stage, reading::Method};

use crate::desk::Desk;

fn all() -> Desk {
    let mut desk = Desk::open();
    for name in [
        "01-outlook-complete",
        "02-gmail-faulty",
        "03-apple-no-quantitative",
        "04-old-version",
        "05-forgot-attachment",
        "06-question",
        "07-out-of-office",
        "08-zip",
        "09-bounce",
        "10-application-form",
    ] {
        desk.receives_sample(name);
    }
    desk.settles();
    desk
}

fn dates(desk: &Desk, number: u32) -> Vec<String> {
    let case = desk.case(number);
    case.wishes
        .dates
        .iter()
        .map(|it| format!("{} – {}", it.start.strftime("%m-%d %H:%M"), it.end.strftime("%H:%M")))
        .collect()
}

/// The case of a company's contact.
fn number(desk: &Desk, contact: &str) -> u32 {
    desk.cases()
        .iter()
        .find(|it| it.contact.address.starts_with(contact))
        .unwrap_or_else(|| panic!("no case of {contact}"))
        .number
        .0
}

fn to_mend(desk: &Desk, number: u32) -> Vec<String> {
    match desk.case(number).stage {
        Stage::Correcting { findings, .. } => {
            findings.iter().map(|it| format!("{} {}", it.rule.name(), it.no.clone().unwrap_or_default())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_gets_its_one_letter_and_the_machines_get_none() {
    let desk = all();
    let mut letters = desk.letters();
    letters.sort();
    assert_eq!(
        letters,
        [
            "complete → it@tsuchiura-food.example.jp",
            "complete → suzuki@hitachi-seiko.example.jp",
            "corrections → hanako@kinoko.example.jp",
            "corrections → takahashi@kasumi.example.jp",
            "handed-over → sato@ueda-bousai.example.jp",
            "materials → miyashita@azumino-tex.example.jp",
            "no-workbook → info@kashima-suisan.example.jp",
            "wrong-version → tanaka@sokki.example.jp",
        ]
    );
    assert_eq!(desk.cases().len(), 7, "06, 07 and 09 open none");
    assert_eq!(desk.mails().len(), 10);
    assert!(desk.mails().iter().all(|it| it.state == "decided"));
    desk.balanced();
}

#[test]
fn mail_01_is_complete_online_with_three_dates() {
    let desk = all();
    let number = number(&desk, "suzuki@");
    assert_eq!(desk.case(number).stage, Stage::Complete);
    assert_eq!(desk.case(number).wishes.method, Some(Method::Online));
    assert_eq!(desk.case(number).region.as_deref(), Some("茨城"));
    assert_eq!(dates(&desk, number), ["08-24 13:00 – 16:00", "08-25 09:00 – 12:00", "08-30 13:00 – 17:00"]);
    let answers = desk.case(number).answers;
    assert_eq!(answers.get("q4").map(String::as_str), Some("伴走型支援"));
    assert_eq!(answers.get("q5").map(String::as_str), Some("4"));
}

#[test]
fn mail_02_has_exactly_the_findings_of_its_file() {
    let desk = all();
    assert_eq!(
        to_mend(&desk, number(&desk, "hanako@")),
        [
            "current-missing 4-2",
            "current-not-a-level 6",
            "current-not-a-level 7-3",
            "current-missing 8-6",
            "current-missing 9-4",
            "not-an-answer K2",
            "current-missing D3",
            "current-missing T2",
        ]
    );
}

#[test]
fn mail_03_has_twenty_findings_in_person_and_two_dates() {
    let desk = all();
    let number = number(&desk, "takahashi@");
    let mend = to_mend(&desk, number);
    assert_eq!(mend.len(), 20);
    assert!(mend.iter().all(|it| it.starts_with("current-missing")));
    assert_eq!(desk.case(number).wishes.method, Some(Method::InPerson));
    assert_eq!(dates(&desk, number), ["09-01 13:00 – 17:00", "09-02 13:00 – 17:00"]);
    assert!(
        desk.post().iter().any(|it| it.to.starts_with("takahashi@") && it.text.contains("※任意")),
        "it says why we ask"
    );
}

#[test]
fn mail_04_is_the_wrong_version() {
    let desk = all();
    let number = number(&desk, "tanaka@");
    assert_eq!(to_mend(&desk, number), ["version-old "]);
    assert!(desk.letter("wrong-version").text.contains("ver2.2 でした"));
    assert_eq!(dates(&desk, number), ["08-29 10:00 – 13:00", "08-31 09:00 – 17:00"]);
}

#[test]
fn mail_05_opens_a_case_in_correcting() {
    let desk = all();
    assert_eq!(to_mend(&desk, number(&desk, "info@kashima")), Vec::<String>::new());
}

#[test]
fn mail_06_goes_to_the_secretariat_without_a_number() {
    let desk = all();
    let letter = desk.letter("handed-over");
    assert!(!letter.subject.contains("受付番号") && !letter.text.contains("受付番号"));
    assert!(desk.digest().contains("佐藤"), "{}", desk.digest());
}

#[test]
fn mail_08_is_complete_from_the_zip_and_asked_for_the_questionnaire() {
    let desk = all();
    let number = number(&desk, "it@tsuchiura");
    assert_eq!(desk.case(number).stage, Stage::Complete);
    assert_eq!(desk.case(number).wishes.method, Some(Method::InPerson));
    assert_eq!(dates(&desk, number), ["08-26 13:00 – 16:00"]);
    let letter = desk.post().into_iter().find(|it| it.to.starts_with("it@tsuchiura")).unwrap();
    assert!(letter.text.contains("【アンケート】"), "{}", letter.text);
}

#[test]
fn mail_09_marks_no_address_because_it_names_no_letter_of_ours() {
    let desk = all();
    assert!(!desk.digest().contains("keiri@suwa-lens"));
}

#[test]
fn mail_10_opens_a_case_in_nagano_and_the_applicant_gets_the_materials() {
    let desk = all();
    let case = desk.case(number(&desk, "miyashita@"));
    assert_eq!(case.stage, Stage::Applied);
    assert_eq!(case.region.as_deref(), Some("長野"));
    assert_eq!(case.company, "株式会社安曇野テキスタイル");
    let letter = desk.letter("materials");
    assert_eq!(letter.to, "miyashita@azumino-tex.example.jp");
    assert!(letter.text.contains("https://www.ipa.go.jp/ikc/info/dxpi.html") && letter.text.contains("8月19日（金）"));
}

#[test]
fn worked_mails_are_filed_and_questions_are_put_where_people_look() {
    let desk = all();
    assert_eq!(desk.in_folder(".要確認"), 1, "06");
    assert_eq!(desk.in_folder(".受付済み"), 8);
    assert_eq!(desk.in_folder("."), 1, "09 is about no letter of ours: it stays where people see it");
}

#[test]
fn a_second_look_changes_nothing() {
    let mut desk = all();
    let before = desk.letters();
    desk.settles().crashes().settles();
    assert_eq!(desk.letters(), before);
}
