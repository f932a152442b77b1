//! Whose word counts. The files in `signatures` were made by minisign 0.11, the original in C, with a key that was thrown away.

use clearance::Digest;
use clearance_rollout::{Signed, Trust, TrustError, TrustedKey};

pub(crate) const COMPONENT: &[u8] = include_bytes!("../../../host/tests/contracts/0.1.0.wasm");
pub(crate) const SIGNATURE: &str = include_str!("../signatures/hashed.minisig");
const LEGACY: &str = include_str!("../signatures/legacy.minisig");
const SIGNER: &str = include_str!("../signatures/signer.pub");
const STRANGER: &str = include_str!("../signatures/stranger.pub");
/// The number of the signer, with the key of the stranger.
const SAME_NUMBER: &str = include_str!("../signatures/same_number.pub");

pub(crate) fn signer() -> TrustedKey {
    TrustedKey::parse(SIGNER, "signer").unwrap()
}

pub(crate) fn stranger() -> TrustedKey {
    TrustedKey::parse(STRANGER, "stranger").unwrap()
}

fn by_signer(comment: &str) -> Signed {
    Signed::By { key: "signer".into(), comment: comment.into() }
}

#[test]
fn what_minisign_signs_is_trusted() {
    for keys in [vec![signer()], vec![stranger(), signer()]] {
        let trust = Trust::keys(keys);
        assert_eq!(trust.verify(COMPONENT, Some(SIGNATURE)), Ok(by_signer("a comment that is signed")));
        assert_eq!(trust.verify(COMPONENT, Some(LEGACY)), Ok(by_signer("of earlier days")));
    }
}

/// A number is eight bytes that anybody can choose.
#[test]
fn a_key_with_the_number_of_the_signer_is_not_in_its_way() {
    let same = || TrustedKey::parse(SAME_NUMBER, "same number").unwrap();
    for keys in [vec![same(), signer()], vec![signer(), same()], vec![same(), stranger(), same(), signer()]] {
        let trust = Trust::keys(keys);
        assert_eq!(trust.verify(COMPONENT, Some(SIGNATURE)), Ok(by_signer("a comment that is signed")));
        assert_eq!(trust.verify(COMPONENT, Some(LEGACY)), Ok(by_signer("of earlier days")));
    }
    // It is taken for the one that should have signed, and not for a stranger; and its signature is none.
    let wrong = TrustError::Wrong { policy: Digest::of(COMPONENT), key: "same number".into() };
    assert_eq!(Trust::keys(vec![same()]).verify(COMPONENT, Some(SIGNATURE)), Err(wrong));
}

#[test]
fn everything_else_is_refused_with_its_digest_and_the_reason() {
    let policy = Digest::of(COMPONENT);
    let other: Vec<u8> = [COMPONENT, b"x"].concat();
    let wrong = |component: &[u8]| TrustError::Wrong { policy: Digest::of(component), key: "signer".into() };
    let comment = SIGNATURE.replace("a comment that is signed", "a comment that is not");
    let (_, legacy) = LEGACY.split_once('\n').unwrap();
    let mixed = format!("untrusted comment: x\n{}\n{}", legacy.lines().next().unwrap(), lines(SIGNATURE, 2));
    for (keys, component, signature, error) in [
        (vec![signer()], COMPONENT, None, TrustError::Unsigned { policy }),
        (vec![], COMPONENT, None, TrustError::Unsigned { policy }),
        (vec![], COMPONENT, Some(SIGNATURE), TrustError::NoKeys { policy }),
        (vec![stranger()], COMPONENT, Some(SIGNATURE), TrustError::Stranger { policy }),
        (vec![signer()], &*other, Some(SIGNATURE), wrong(&other)),
        (vec![signer()], &*other, Some(LEGACY), wrong(&other)),
        (vec![signer()], COMPONENT, Some(&*comment), wrong(COMPONENT)),
        (vec![signer()], COMPONENT, Some(&*mixed), wrong(COMPONENT)),
        (vec![signer()], COMPONENT, Some(""), TrustError::Malformed { policy }),
        (vec![signer()], COMPONENT, Some(SIGNER), TrustError::Malformed { policy }),
    ] {
        assert_eq!(Trust::keys(keys.clone()).verify(component, signature), Err(error.clone()));
        assert!(error.to_string().contains(&Digest::of(component).to_string()), "{error}");
        assert_eq!(Trust::unsigned(keys).verify(component, signature), Ok(Signed::Unverified(error)));
    }
    assert_eq!(Trust::unsigned(vec![signer()]).verify(COMPONENT, Some(SIGNATURE)), Ok(by_signer("a comment that is signed")));
}

#[test]
fn no_changed_letter_of_a_signature_is_taken() {
    let trust = Trust::keys(vec![signer()]);
    let begin = SIGNATURE.find('\n').unwrap() + 1;
    for at in (begin..SIGNATURE.trim_end().len()).filter(|at| SIGNATURE.as_bytes()[*at] != b'\n') {
        let mut bytes = SIGNATURE.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(trust.verify(COMPONENT, Some(&changed)).is_err(), "letter {at}: {changed}");
    }
    for end in 0..SIGNATURE.trim_end().len() {
        assert!(trust.verify(COMPONENT, Some(&SIGNATURE[..end])).is_err(), "cut off after {end}");
    }
}

#[test]
fn a_public_key_is_read_with_and_without_its_comment() {
    let alone = TrustedKey::parse(SIGNER.lines().last().unwrap(), "signer").unwrap();
    assert!(Trust::keys(vec![alone]).verify(COMPONENT, Some(SIGNATURE)).is_ok());
    for text in ["", "RW", "untrusted comment: x\n", SIGNATURE, "secret-looking"] {
        let error = TrustedKey::parse(text, "some.key").unwrap_err().to_string();
        assert!(error.starts_with("`some.key` is not a public key"), "{error}");
        assert!(!error.contains("secret-looking"));
    }
}

fn lines(text: &str, skip: usize) -> String {
    text.lines().skip(skip).collect::<Vec<_>>().join("\n")
}
