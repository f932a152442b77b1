//! The cases of how tokens are read and compared.

use clearance_store::{Match, Peppers, Secret, Token, TokenKind};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    id: String,
    token: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    split: Option<Split>,
    secret: Option<String>,
    stored: Option<String>,
    verify: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Split {
    lookup_id: String,
    secret: String,
}

#[test]
fn every_case_is_answered_as_given() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/tokens.jsonl")).unwrap();
    let peppers = Peppers::parse(super::database::PEPPER, "the test").unwrap();
    let (mut read, mut compared) = (0, 0);
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        if let Some(text) = case.token {
            let token = Token::new(text);
            let kind = match token.kind() {
                TokenKind::Key => "apiKey",
                TokenKind::ProjectKey => "legacyProjectKey",
                TokenKind::Unknown => "unknown",
            };
            assert_eq!(Some(kind), case.kind.as_deref(), "{}", case.id);
            // The secret cannot be read back, so it is compared with what it must be.
            let same = match (token.split(), &case.split) {
                (None, None) => true,
                (Some((lookup_id, secret)), Some(split)) => {
                    lookup_id == split.lookup_id && peppers.hash(secret) == peppers.hash(Secret::new(&split.secret))
                }
                _ => false,
            };
            assert!(same, "{}", case.id);
            read += 1;
        } else {
            let (secret, stored) = (case.secret.unwrap(), case.stored.unwrap());
            let verified = match peppers.verify(Secret::new(&secret), &stored) {
                Match::Hash { pepper: "default" } => "match",
                Match::Plain => "match_legacy",
                Match::None => "no_match",
                Match::Hash { pepper } => panic!("{pepper}"),
            };
            assert_eq!(Some(verified), case.verify.as_deref(), "{}", case.id);
            compared += 1;
        }
    }
    assert_eq!((read, compared), (246, 136));
}
