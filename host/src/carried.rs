//! The cases that a component carries beside its code: a text in a section that no runtime looks at.
//!
//! This file finds the text, and checks its encoding and its size. `clearance-rollout` reads what it says.

use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The name of the section.
const SECTION: &str = "clearance:cases";

/// The most bytes of cases that a component may carry: 1 MiB.
pub const MAX_CARRIED_BYTES: usize = 1 << 20;

/// A copy of the component that carries this text, where [`PolicyVersion::carried_cases`](crate::PolicyVersion::carried_cases)
/// finds it. The same component and text give the same bytes. Their digest differs from that of the component alone.
#[must_use]
pub fn with_cases(component: &[u8], text: &str) -> Vec<u8> {
    let mut bytes = component.to_vec();
    CustomSection { name: SECTION.into(), data: text.as_bytes().into() }.append_to_component(&mut bytes);
    bytes
}

/// The text that a well-formed component carries, if it does. Fails with what is wrong with it.
pub(crate) fn find_cases(component: &[u8]) -> Result<Option<Box<str>>, String> {
    let mut found = None;
    // How many modules and components lie around the section.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let section = match payload {
            Ok(Payload::CustomSection(section)) if depth == 0 && section.name() == SECTION => section,
            Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => {
                depth = depth.saturating_add(1);
                continue;
            }
            Ok(Payload::End(_)) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Ok(_) => continue,
            // Only a component that was found to be well formed gets here.
            Err(_) => break,
        };
        let text = section.data();
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

    /// The section has its own name and length before it, whatever writes it: versions in stores have it so.
    #[test]
    fn the_bytes_of_the_section_do_not_change() {
        let written = |text: &str| with_cases(&[], text);
        assert_eq!(written("x"), b"\0\x11\x0fclearance:casesx");
        let long = written(&"y".repeat(200));
        assert_eq!(long[..4], [0, 0xd8, 0x01, 0x0f]);
        assert_eq!(long.len(), 1 + 2 + 0xd8);
    }

    #[test]
    fn a_section_inside_a_module_is_not_it() {
        let module = with_cases(b"\0asm\x01\0\0\0", "inside");
        let mut component = wasm_encoder::Component::new();
        component.section(&wasm_encoder::RawSection { id: 1, data: &module });
        let component = component.finish();
        assert_eq!(find_cases(&component), Ok(None));
        assert_eq!(find_cases(&with_cases(&component, "outside")), Ok(Some("outside".into())));
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
        CustomSection { name: "other!".into(), data: SECTION.as_bytes().into() }.append_to_component(&mut component);
        assert_eq!(find_cases(&component), Ok(None));
        // Nothing that ends early is read beyond its end.
        let whole = with_cases(b"\0asm\x0d\0\x01\0", "text");
        assert_eq!(find_cases(&whole), Ok(Some("text".into())));
        (0..whole.len()).for_each(|len| assert_eq!(find_cases(&whole[..len]), Ok(None), "{len}"));
    }
}
