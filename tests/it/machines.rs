//! Mails with a machine's headers that a person may have written: through a list, by a web form.

use crate::{
    desk::{Desk, form, sample},
    locked::zipped,
    mails::{self, Draft},
    rounds::{TARO, catalogue, filled, form_of, sends},
};

/// The headers of a company's group address.
fn listed(draft: Draft) -> Draft {
    let draft = draft.header("Precedence", "list").header("List-Id", "<dx.saku-mokkou.example.jp>");
    draft.header("List-Unsubscribe", "<mailto:dx+unsubscribe@saku-mokkou.example.jp>")
}

fn told(desk: &Desk) -> (Option<String>, Option<String>) {
    let mail = desk.mails().pop().unwrap();
    (mail.outcome, mail.why)
}

/// A desk with the case of a company that has something to mend.
fn known() -> Desk {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "自己診断を提出します。\n", filled(&[("4-2", "")]));
    desk.waits(60);
    desk
}

#[test]
fn a_file_that_cannot_be_read_is_held_when_it_comes_through_a_list() {
    let cut = form("complete")[..100_000].to_vec();
    let pdf = b"%PDF-1.4\n%%EOF\n".to_vec();
    let zip = zipped(&filled(&[]), true, "saku-8824x");
    for (name, bytes) in [("自己診断.zip", zip), ("自己診断.xlsx", cut), ("自己診断.pdf", pdf)] {
        for mut desk in [known(), Desk::open()] {
            let letters = desk.letters().len();
            let text = "自己診断フォーマットを提出します。\n";
            let mail = listed(mails::from(TARO).text(text)).file(name, bytes.clone()).id("list@saku");
            desk.receives(mail.bytes()).settles();
            assert_eq!(told(&desk), (Some("held".into()), Some("machine-with-workbook".into())), "{name}");
            assert_eq!(desk.letters().len(), letters, "{:?}", desk.letters());
            desk.balanced();
        }
    }
}

#[test]
fn what_a_contact_writes_through_a_list_is_for_people_and_is_not_answered() {
    for text in [
        "提出期限を延ばしていただくことは可能でしょうか。\n",
        "ファイルは https://drive.google.com/file/d/1abcdefg/view に置きました。修正版を提出します。\n",
        "K3は社内で確認中です。\n",
    ] {
        let mut desk = known();
        desk.receives(listed(mails::from(TARO).subject("DXの件").text(text)).id("list@saku").bytes()).settles();
        let (outcome, why) = told(&desk);
        assert!(["to-secretariat", "held"].contains(&outcome.as_deref().unwrap()), "{text}: {outcome:?} {why:?}");
        assert_eq!((desk.letters().len(), desk.in_folder(".要確認")), (1, 1), "{text}");
        desk.balanced();
    }
    // thanks, advertising, a vacation program: nobody has to look
    for (subject, text, header) in [
        ("Re: 修正のお願い", "ありがとうございます。承知いたしました。\n", ("List-Id", "<dx.saku-mokkou.example.jp>")),
        (
            "8月のキャンペーン",
            "新製品のご提案です。配信停止はこちら。\n",
            ("List-Unsubscribe", "<mailto:u@saku-mokkou.example.jp>"),
        ),
        ("不在のお知らせ", "8月16日まで休みをいただいております。\n", ("Auto-Submitted", "auto-replied")),
    ] {
        let mut desk = known();
        desk.receives(mails::from(TARO).subject(subject).text(text).header(header.0, header.1).id("m@saku").bytes());
        desk.settles();
        assert_eq!(told(&desk).0.as_deref(), Some("machine"), "{subject}");
        assert_eq!(desk.in_folder(".要確認"), 0, "{subject}");
    }
}

/// The notice of the web form, as its mailbox writes it.
fn notice(from: &str) -> String {
    let sample = String::from_utf8(sample("10-application-form")).unwrap();
    let line = sample.lines().find(|it| it.starts_with("From:")).unwrap().to_string();
    let domain = from.split('@').nth(1).unwrap();
    sample
        .replacen(&line, &format!("From: <{from}>"), 1)
        .replace("header.from=form.example.jp", &format!("header.from={domain}"))
}

#[test]
fn a_form_may_write_in_the_name_of_our_own_mailbox_or_of_our_people() {
    for from in ["nw@itc.or.jp", "jimukyoku@itc.example.jp"] {
        let mut desk = Desk::with(|it| it);
        let programme = desk.dir.join("config/programme.toml");
        let text = std::fs::read_to_string(&programme).unwrap().replace("noreply@form.example.jp", from);
        std::fs::write(&programme, text).unwrap();
        desk.crashes().receives(notice(from)).settles();
        assert_eq!(desk.letters(), ["materials → miyashita@azumino-tex.example.jp"], "{from}");
        // what else comes from there is no notice
        let other = mails::from(&format!("事務局 <{from}>")).subject("会議の件").text("明日の資料です。\n").id("o@itc");
        desk.waits(5).receives(other.bytes()).settles();
        assert_ne!(told(&desk).1.as_deref(), Some("unreadable-notice"), "{from}");
        // nor is a letter of ours that came back
        let letter = desk.post().pop().unwrap();
        desk.waits(5).receives(letter.raw).settles();
        assert_eq!((desk.letters().len(), desk.cases().len()), (1, 1), "{from}: {:?}", desk.letters());
        desk.balanced();
    }
}

#[test]
fn an_explanation_with_words_of_calling_off_explains() {
    for text in [
        "K3の件、EC事業は昨年中止しましたため、該当なしでお願いいたします。\n",
        "今期の投資は見送りましたので、K3は該当がありません。今回は空欄のままとさせてください。\n",
    ] {
        let mut desk = Desk::open();
        let form = form_of(catalogue().rows, "長野県佐久市", &[("K3", "")]);
        sends(&mut desk, 1, "自己診断を提出します。オンライン希望、8/29 13:00-16:00。\n", form);
        assert_eq!(desk.letters(), ["corrections → taro@saku-mokkou.example.jp"]);
        let letter = desk.outbox().pop().unwrap();
        let reply =
            mails::from(TARO).subject(&format!("Re: {}", letter.subject)).replying(&letter.message_id).text(text);
        desk.waits(60).receives(reply.id("why@saku").bytes()).settles();
        assert_eq!(desk.letters().last().unwrap(), "complete → taro@saku-mokkou.example.jp", "{text}");
        assert_eq!(desk.case(1).revision, 2, "{text}");
    }
}
