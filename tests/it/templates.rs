//! Templates: all used, none unescaped, all fit; a broken one stops the start.

use std::{collections::BTreeMap, fs, path::Path};

use uketsuke::{
    config::Config,
    desk::letter::words::{BUILT_IN, Words},
};

use crate::{desk::Desk, mails};

fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/ja");
    let mut open = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((
                    path.strip_prefix(&root).unwrap().to_str().unwrap().to_string(),
                    fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    assert!(found.len() > 40);
    found
}

#[test]
fn every_file_is_built_in_and_every_kind_has_three() {
    let built: BTreeMap<&str, &str> = BUILT_IN.iter().copied().collect();
    for (name, text) in files() {
        assert_eq!(built.get(name.as_str()), Some(&text.as_str()), "{name}");
    }
    for kind in Words::kinds() {
        for part in ["subject.txt", "body.txt", "body.html"] {
            assert!(built.contains_key(format!("{kind}/{part}").as_str()), "{kind}/{part}");
        }
    }
}

#[test]
fn nothing_goes_into_html_unescaped() {
    for (name, text) in files() {
        assert!(!text.contains("{{{") && !text.contains("{{&"), "{name}");
        if name.ends_with(".html") {
            assert!(!text.contains("http") || text.contains("{{programme."), "{name}: no remote content");
            assert!(!text.contains("<script") && !text.contains("<img"), "{name}");
        }
    }
}

#[test]
fn the_built_in_templates_render_with_everything_and_with_nothing() {
    let config = Config::example().unwrap();
    Words::new(&BTreeMap::new()).unwrap().rehearse(&config.rules).unwrap();
}

#[test]
fn a_broken_template_is_found_at_the_start_with_its_line() {
    let config = Config::example().unwrap();
    let broken = |path: &str, text: &str| BTreeMap::from([(path.to_string(), text.to_string())]);
    let cases = [
        ("corrections/body.txt", "a\n{{#if x}}", "corrections/body.txt"),
        ("corrections/body.txt", "a\n{{nobody_knows}}", "corrections/body"),
        ("corrections/body.html", "{{{company}}}", "unescaped"),
        ("nowhere/body.txt", "x", "no letter uses"),
        ("phrases.toml", "[findings]\n", "phrases.toml"),
    ];
    for (path, text, said) in cases {
        let words = Words::new(&broken(path, text));
        let error = words.and_then(|it| it.rehearse(&config.rules)).unwrap_err().to_string();
        assert!(error.contains(said), "{path}: {error}");
    }
}

#[test]
fn a_template_beside_the_configuration_replaces_a_built_in_one() {
    let config = Config::example().unwrap();
    let words = Words::new(&BTreeMap::from([("handed-over/subject.txt".to_string(), "別の件名".to_string())])).unwrap();
    words.rehearse(&config.rules).unwrap();
    let mut desk = Desk::open();
    let subject = |desk: &Desk| desk.letter("handed-over").subject;
    let path = desk.dir.join("config/templates/handed-over/subject.txt");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "別の件名").unwrap();
    desk.receives_sample("06-question").settles();
    assert_ne!(subject(&desk), "別の件名", "templates are read at the start");
    desk.crashes().waits(24 * 60).receives_sample("06-question");
    let another = mails::from("上田 <ueda@another.example.jp>").subject("自己診断の質問");
    desk.receives(another.text("締切はいつでしょうか。\n").id("q@another").bytes()).settles();
    assert_eq!(subject(&desk), "別の件名");
    assert_eq!(desk.letters().len(), 2, "{:?}", desk.letters());
}

#[test]
fn every_rule_has_words() {
    let words = Words::new(&BTreeMap::new()).unwrap();
    let known: Vec<&str> = words.known_rules().collect();
    for rule in uketsuke::desk::check::Rule::ALL {
        assert!(known.contains(&rule.name()), "{} has no words", rule.name());
    }
    assert_eq!(known.len(), uketsuke::desk::check::Rule::ALL.len(), "words without a rule: {known:?}");
    for why in uketsuke::desk::decide::Hold::ALL {
        let key = format!("held-{}", why.name());
        assert_ne!(words.phrase(&key, &()), key, "{why:?} has no words");
    }
    for why in uketsuke::desk::reading::Unreadable::ALL {
        assert_ne!(words.reason(why.name()), why.name(), "{why:?} has no words");
    }
}
