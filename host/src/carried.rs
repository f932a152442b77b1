//! What a component carries beside its code: a text with cases, in a section that no runtime looks at.
//!
//! What the text says is the business of others. Here it is found, and held to be one text of a bounded size.

/// The name of the section.
const NAME: &[u8] = b"clearance:cases";
/// A section of WebAssembly that means nothing to a runtime.
const CUSTOM: u8 = 0;
/// The magic number and the version of the format.
const PREAMBLE: usize = 8;

/// So many bytes of cases a component may carry: 1 MiB.
pub const MAX_CARRIED_BYTES: usize = 1 << 20;

/// The component with this text, to be found by [`PolicyVersion::carried_cases`](crate::PolicyVersion::carried_cases). The same bytes
/// for the same component and text, and another digest than without it.
#[must_use]
pub fn with_cases(component: &[u8], text: &str) -> Vec<u8> {
    let mut content = Vec::new();
    put(NAME, &mut content);
    content.extend_from_slice(text.as_bytes());
    let mut bytes = component.to_vec();
    bytes.push(CUSTOM);
    put(&content, &mut bytes);
    bytes
}

/// The text that a well-formed component carries, if it does. Fails with what is wrong with it.
pub(crate) fn find_cases(component: &[u8]) -> Result<Option<Box<str>>, String> {
    let mut found = None;
    let mut rest = component.get(PREAMBLE..).unwrap_or_default();
    while let Some((&id, content)) = rest.split_first() {
        // Only a component that was found to be well formed gets here.
        let Some((content, after)) = take(content) else { break };
        rest = after;
        let Some(text) = take(content).filter(|(name, _)| id == CUSTOM && *name == NAME).map(|(_, text)| text) else { continue };
        if text.len() > MAX_CARRIED_BYTES {
            return Err(format!("they have {} bytes, and may have {MAX_CARRIED_BYTES}", text.len()));
        }
        let text =
            std::str::from_utf8(text).map_err(|error| format!("they are not UTF-8 from byte {} on", error.valid_up_to()))?;
        if found.replace(text).is_some() {
            return Err("there are two sections of them".into());
        }
    }
    Ok(found.map(Into::into))
}

/// Appends the length and then the bytes.
fn put(bytes: &[u8], out: &mut Vec<u8>) {
    let mut left = bytes.len();
    while left >= 0x80 {
        out.push(low(left) | 0x80);
        left >>= 7;
    }
    out.push(low(left));
    out.extend_from_slice(bytes);
}

fn low(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// As many bytes as the length before them says, and what comes after.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut len, mut rest) = (0_u64, bytes);
    for shift in [0, 7, 14, 21, 28] {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        len |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return rest.split_at_checked(usize::try_from(len).ok()?);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use clearance_policy::LANGWATCH;

    use super::*;

    #[test]
    fn what_is_put_in_is_found() {
        assert_eq!(find_cases(LANGWATCH), Ok(None));
        for text in ["", "x", &"y".repeat(127), &"z".repeat(1 << 14), &"ä".repeat(MAX_CARRIED_BYTES / 2)] {
            let component = with_cases(LANGWATCH, text);
            assert_eq!(find_cases(&component), Ok(Some(text.into())));
            assert!(component.starts_with(LANGWATCH));
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_reason() {
        let refused = |component: &[u8], reason: &str| {
            let error = find_cases(component).unwrap_err();
            assert!(error.contains(reason), "{error}");
        };
        refused(&with_cases(LANGWATCH, &"x".repeat(MAX_CARRIED_BYTES + 1)), "may have 1048576");
        refused(&with_cases(&with_cases(LANGWATCH, "x"), "x"), "two sections");
        let mut component = with_cases(LANGWATCH, "x");
        *component.last_mut().unwrap() = 0xff;
        refused(&component, "not UTF-8 from byte 0 on");
    }

    #[test]
    fn other_sections_are_not_it() {
        let mut component = LANGWATCH.to_vec();
        component.push(CUSTOM);
        put(b"\x06other!clearance:cases", &mut component);
        assert_eq!(find_cases(&component), Ok(None));
        // Nothing that ends early is read beyond its end.
        let whole = with_cases(b"\0asm\x0d\0\x01\0", "text");
        assert_eq!(find_cases(&whole), Ok(Some("text".into())));
        (0..whole.len()).for_each(|len| assert_eq!(find_cases(&whole[..len]), Ok(None), "{len}"));
    }
}
