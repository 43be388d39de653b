//! Settings and codes; the rest is held against real and scripted servers in `tests/ports`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use super::{Outcome, Security, Settings, by_code, of_mail};

#[test]
fn there_is_no_setting_for_plain_text() {
    let given: Settings = toml::from_str("host = 'h'\nsecurity = 'starttls'").unwrap();
    assert_eq!((given.security, given.port()), (Security::Starttls, 587));
    let given: Settings = toml::from_str("host = 'h'\nsecurity = 'tls'\nuser = 'u'").unwrap();
    assert_eq!(given.port(), 465);
    for refused in ["security = 'none'", "security = 'opportunistic'", "", "security = 'tls'\npassword = 'x'"] {
        assert!(toml::from_str::<Settings>(&format!("host = 'h'\n{refused}")).is_err(), "{refused}");
    }
}

#[test]
fn codes_decide() {
    let of = |code| by_code(code, String::new());
    assert!(matches!(of(451), Outcome::Later { code: Some(451), .. }));
    assert!(matches!(of_mail(452, String::new()), Outcome::Away { .. }));
    assert!(matches!(of_mail(553, String::new()), Outcome::OurFault { code: Some(553), .. }));
    for ours in [530, 534, 535, 538] {
        assert!(matches!(of(ours), Outcome::OurFault { .. }), "{ours}");
    }
    for never in [500, 550, 552, 554, 555] {
        assert!(matches!(of(never), Outcome::Never { .. }), "{never}");
    }
}
