//! No text makes loading panic.

use clearance_directory::{Directory, Document, lint};

const TEXT: &[u8] = br#"{"organizations":[{"id":"o","name":"O"}],"users":[{"id":"u","deactivatedAt":"2026-01-02T00:00:00Z"}],
"members":[{"organization":"o","user":"u","role":"EXTERNAL"}],"teams":[{"id":"t","organization":"o","personal":true,"owner":"u"}],
"teamMemberships":[{"team":"t","user":"u","role":"CUSTOM","customRole":"r"}],"projects":[{"id":"p","team":"t","projectKey":"s"}],
"groups":[{"id":"g","organization":"o","members":["u"]}],
"roles":[{"id":"r","organization":"o","kind":"key","name":"r","permissions":["a:b"]}],
"keys":[{"id":"k","organization":"o","name":"k","mode":"all","owner":"u","expiresAt":"2027-01-02T00:00:00.5+01:00"}],
"bindings":[{"id":"b","organization":"o","key":"k","role":"CUSTOM","customRole":"r","scope":{"team":"t"}}]}"#;

/// Pieces that are likely to be read as something else.
const PIECES: &[&[u8]] =
    &[b"{", b"}", b"[", b"]", b"\"", b",", b"null", b"1e999", b"-1", b"\\u0000", b"\xff", b"\"id\":", b"0", b"T", b"Z"];

#[test]
fn a_hundred_thousand_mutations_find_no_panic() {
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap() % below
    };
    let (mut loaded, mut refused) = (0, 0);
    for _ in 0..100_000 {
        let mut text = TEXT.to_vec();
        for _ in 0..=random(3) {
            let start = random(text.len());
            let end = (start + random(12)).min(text.len());
            match random(4) {
                0 => drop(text.drain(start..end)),
                1 => drop(text.splice(start..start, PIECES[random(PIECES.len())].iter().copied())),
                2 => text[start] = u8::try_from(random(128)).unwrap(),
                _ => {
                    let copy = text[start..end].to_vec();
                    let to = random(text.len());
                    drop(text.splice(to..to, copy));
                }
            }
            if text.is_empty() {
                break;
            }
        }
        let text = String::from_utf8_lossy(&text);
        match Directory::from_json(&text) {
            Ok(directory) => {
                loaded += 1;
                let document = directory.document();
                let _ = lint(&document);
                let again = Document::from_json(&serde_json::to_string(&document).unwrap()).unwrap();
                assert_eq!(again, document);
            }
            Err(error) => {
                refused += 1;
                assert!(error.position().is_some() && !error.to_string().is_empty());
            }
        }
    }
    // Otherwise the mutations try one side only.
    assert!(loaded > 2_000 && refused > 20_000, "{loaded} loaded, {refused} refused");
}
