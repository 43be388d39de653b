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
    for (text, want) in table {
        assert_eq!(wishes(text, REPLY, END).method, want, "{text}");
    }
}
