//! Ways of asking for an advice method.

use super::{END, REPLY};
use crate::desk::{reading::Method, schedule::wishes};

#[test]
fn methods() {
    let table = [
        ("アドバイス方式（対面／オンライン）： オンライン", Some(Method::Online)),
        ("アドバイス方式（対面／オンライン）：", None),
        ("アドバイス方式： 対面／オンライン", None),
        ("１．アドバイス方式（オンライン・対面）\n　対面", Some(Method::InPerson)),
        ("> 1. アドバイス方式（対面／オンライン）\n対面でお願いします", Some(Method::InPerson)),
        ("> 1. アドバイス方式（対面／オンライン）： オンライン\n", Some(Method::Online)),
        ("アドバイス方式：☑対面　□オンライン", Some(Method::InPerson)),
        ("□対面\n☑オンライン", Some(Method::Online)),
        ("アドバイス方式：対面・○オンライン", Some(Method::Online)),
        ("アドバイス方式：対面（○）　オンライン（　）", Some(Method::InPerson)),
        ("オンラインではなく対面でお願いします", Some(Method::InPerson)),
        ("対面ではなくＺＯＯＭを希望します", Some(Method::Online)),
        ("対面・オンラインどちらでも構いません", None),
        ("オンラインでも対面でも可能です", None),
        ("どちらでもよい", None),
        ("できれば対面、難しければオンラインでお願いします", Some(Method::InPerson)),
        ("対面希望ですが、オンラインでも可です", Some(Method::InPerson)),
        ("Teamsでお願いします", Some(Method::Online)),
        ("ｵﾝﾗｲﾝ希望", Some(Method::Online)),
        ("WEB会議を希望いたします", Some(Method::Online)),
        ("弊社への訪問をお願いします", Some(Method::InPerson)),
        ("ご来社いただけますでしょうか", Some(Method::InPerson)),
        ("リモートで8/24 13:00", Some(Method::Online)),
        ("お困りごと： オンライン受発注を導入したいが分からない。", None),
        ("弊社はWEBサイトを改善したい。訪問販売もしたい。", None),
        ("説明会はオンラインで参加しました。アドバイスは対面を希望します。", Some(Method::InPerson)),
        ("対面は難しいため、オンラインを希望します", Some(Method::Online)),
        ("方式：オンラインより対面を希望", Some(Method::InPerson)),
        ("自己診断を送ります。", None),
    ];
    hold(&table);
}

fn hold(table: &[(&str, Option<Method>)]) {
    let told = table.iter().map(|(text, want)| (text, want, wishes(text, REPLY, END).method));
    let wrong: Vec<_> = told.filter(|(_, want, told)| *want != told).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn refusals() {
    hold(&[
        ("オンラインは通信環境が悪いため難しいです", None),
        ("オンラインは、通信環境が悪いため難しいです。対面を希望します。", Some(Method::InPerson)),
        ("オンラインは設備がなく対応できません。", None),
        ("対面は遠方のため厳しいです。オンラインでお願いします。", Some(Method::Online)),
        ("オンラインの環境がないため対面で", Some(Method::InPerson)),
        ("コロナのため対面は避けたい", None),
        ("対面は希望しません。", None),
        ("オンラインNG", None),
        ("オンラインはＮＧです", None),
        ("オンライン不可", None),
        ("対面（オンラインは不可）", Some(Method::InPerson)),
        ("方式：対面　※オンライン不可", Some(Method::InPerson)),
        ("オンライン×　対面○", Some(Method::InPerson)),
        ("オンライン以外", Some(Method::InPerson)),
        ("オンライン以外でお願いします", Some(Method::InPerson)),
        ("対面以外を希望", Some(Method::Online)),
        ("前回はオンラインでしたが今回は対面で", Some(Method::InPerson)),
        ("前回は対面でしたので、オンラインを希望します", Some(Method::Online)),
        ("オンラインの場合は難しい点がありますか。対面を希望します。", Some(Method::InPerson)),
        ("オンラインは難しいでしょうか", None),
        ("オンラインを希望します。対面は移動が難しいためです。", Some(Method::Online)),
        ("オンラインでお願いします。8/24は難しいです。", Some(Method::Online)),
        ("オンラインで、8/24以外でお願いします。", Some(Method::Online)),
        ("オンラインで8/24午後、難しければ8/25でお願いします。", Some(Method::Online)),
        ("対面→オンラインに変更希望", Some(Method::Online)),
    ]);
}

#[test]
fn boxes_and_choices() {
    hold(&[
        ("方式 オンライン☑ 対面□", Some(Method::Online)),
        ("オンライン☑　対面☐", Some(Method::Online)),
        ("オンライン☐　対面☑", Some(Method::InPerson)),
        ("アドバイス方式：オンライン□　対面■", Some(Method::InPerson)),
        ("☑オンライン　☐対面", Some(Method::Online)),
        ("[x] オンライン [ ] 対面", Some(Method::Online)),
        ("[ ] オンライン [x] 対面", Some(Method::InPerson)),
        ("オンライン[x] 対面[ ]", Some(Method::Online)),
        ("対面[ ] オンライン[✓]", Some(Method::Online)),
        ("対面（　） オンライン（○）", Some(Method::Online)),
        ("対面／オンライン：対面", Some(Method::InPerson)),
        ("対面／オンライン：", None),
        ("オンラインor対面：対面", Some(Method::InPerson)),
        ("（対面・オンライン）のうちオンライン", Some(Method::Online)),
        ("対面・オンラインのうち、対面を希望します", Some(Method::InPerson)),
        ("アドバイス方式（1.対面 2.オンライン）：2", None),
        ("希望：①対面", Some(Method::InPerson)),
        ("□オンライン　□対面", None),
        ("オンライン□　対面□", None),
    ]);
}
