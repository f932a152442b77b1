//! Where peppers come from: a variable or a file.

use std::ffi::OsString;

use zeroize::Zeroizing;

use super::{FILE_VARIABLE, MAX_NAME_BYTES, MAX_PEPPERS, MIN_PEPPER_CHARS, PepperError, Peppers, UNNAMED, VARIABLE};

impl Peppers {
    /// Reads the peppers from `CLEARANCE_PEPPER`, or from the file that `CLEARANCE_PEPPER_FILE` names, in the form that
    /// [`Peppers::parse`] reads.
    ///
    /// # Errors
    ///
    /// No variable is set or both are, the file cannot be read, or what stands there is refused as [`Peppers::parse`] does.
    pub fn from_environment() -> Result<Self, PepperError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, PepperError> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        match (set(VARIABLE), set(FILE_VARIABLE)) {
            (None, None) => Err(PepperError::Absent),
            (Some(_), Some(_)) => Err(PepperError::Both),
            (Some(text), None) => {
                let text = Zeroizing::new(text.into_string().map_err(|_| PepperError::NoText)?);
                Self::parse(&text, VARIABLE)
            }
            (None, Some(path)) => {
                let shown = path.to_string_lossy();
                let unreadable = |error: std::io::Error| {
                    // The text of some errors is the content of the file.
                    let problem = if error.kind() == std::io::ErrorKind::InvalidData {
                        "it is not UTF-8".to_owned()
                    } else {
                        error.to_string()
                    };
                    PepperError::File { path: shown.clone().into(), problem: problem.into() }
                };
                let text = Zeroizing::new(std::fs::read_to_string(&path).map_err(unreadable)?);
                Self::parse(&text, &shown)
            }
        }
    }

    /// Reads peppers from a text: one a line, the current one first, the others in any order.
    ///
    /// A line is `name=pepper`. A text of one line may be the pepper alone, whose name is then `default`. Such a pepper may hold `=`
    /// too: a line is only read as named when what stands before the first `=` is a name (at most 32 of `a-z A-Z 0-9 . _ -`) and at
    /// least 16 characters follow; `default=` before it says so in every case. White space around a line does not count, empty
    /// lines do not either. `place` says in messages where the text stands.
    ///
    /// # Errors
    ///
    /// No line holds anything, a pepper has fewer than 16 characters, one of several has no name, or two have the same name.
    pub fn parse(text: &str, place: &str) -> Result<Self, PepperError> {
        let lines: Vec<(usize, &str)> =
            (1..).zip(text.lines()).map(|(number, line)| (number, line.trim())).filter(|(_, line)| !line.is_empty()).collect();
        let mut found: Vec<(Box<str>, Zeroizing<Box<str>>)> = Vec::new();
        for &(number, line) in &lines {
            let place: Box<str> = if lines.len() == 1 { place.into() } else { format!("{place}, line {number}").into() };
            let (name, value) = match (split_name(line), lines.len()) {
                (Some((name, value)), 2..) => (name, value),
                (Some((name, value)), _) if value.chars().count() >= MIN_PEPPER_CHARS => (name, value),
                (None, 2..) => return Err(PepperError::Nameless { place }),
                _ => (UNNAMED, line),
            };
            let length = value.chars().count();
            if length < MIN_PEPPER_CHARS {
                return Err(PepperError::Short { place, name: name.into(), length });
            }
            if found.iter().any(|(other, _)| **other == *name) {
                return Err(PepperError::Duplicate { place, name: name.into() });
            }
            found.push((name.into(), Zeroizing::new(value.into())));
        }
        match found.len() {
            0 => Err(PepperError::Absent),
            1..=MAX_PEPPERS => Self::new(found.into_iter()),
            _ => Err(PepperError::Many { place: place.into() }),
        }
    }
}

/// The name and the pepper of a line that has both.
fn split_name(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    ((1..=MAX_NAME_BYTES).contains(&name.len()) && is_name(name)).then_some((name, value.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Secret;

    fn names(text: &str) -> Vec<String> {
        Peppers::parse(text, "here").unwrap().names().map(str::to_owned).collect()
    }

    fn is(text: &str, pepper: &str) {
        let alone = Peppers::new(std::iter::once(("x".into(), Zeroizing::new(pepper.into())))).unwrap();
        assert_eq!(Peppers::parse(text, "here").unwrap().hash(Secret::new("s")), alone.hash(Secret::new("s")), "{text}");
    }

    #[test]
    fn one_line_is_a_pepper_with_or_without_a_name() {
        is("0123456789abcdef", "0123456789abcdef");
        is("\n  0123456789abcdef \r\n\n", "0123456789abcdef");
        is("old=0123456789abcdef", "0123456789abcdef");
        is("default=c2VjcmV0IHNlY3JldCE=", "c2VjcmV0IHNlY3JldCE=");
        // The padding of base64 names nothing.
        is("c2VjcmV0IHNlY3JldCE=", "c2VjcmV0IHNlY3JldCE=");
        is("c2VjcmV0IHNlY3JldA==", "c2VjcmV0IHNlY3JldA==");
        is("a word with spaces = 0123456789abcdef", "a word with spaces = 0123456789abcdef");
        assert_eq!(names("0123456789abcdef"), ["default"]);
        assert_eq!(names("2026.10=0123456789abcdef"), ["2026.10"]);
    }

    #[test]
    fn the_first_of_several_is_current() {
        let text = "b=0123456789abcdef\n\na=fedcba9876543210\n";
        assert_eq!(names(text), ["b", "a"]);
        is(text, "0123456789abcdef");
    }

    #[test]
    fn what_is_wrong_is_named_and_not_repeated() {
        let place = |place: &str| -> Box<str> { place.into() };
        for (text, expected) in [
            ("", PepperError::Absent),
            (" \n", PepperError::Absent),
            ("0123456789abcde", PepperError::Short { place: place("here"), name: place("default"), length: 15 }),
            ("a=0123456789abcdef\nb=tooShort", PepperError::Short { place: place("here, line 2"), name: place("b"), length: 8 }),
            ("a=0123456789abcdef\n0123456789abcdef", PepperError::Nameless { place: place("here, line 2") }),
            ("a=0123456789abcdef\na=fedcba9876543210", PepperError::Duplicate { place: place("here, line 2"), name: place("a") }),
        ] {
            let error = Peppers::parse(text, "here").unwrap_err();
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("0123456789") && !error.to_string().contains("tooShort"), "{error}");
        }
        let many: String = (0..33).map(|number| format!("p{number}=0123456789abcdef\n")).collect();
        assert_eq!(Peppers::parse(&many, "here").unwrap_err(), PepperError::Many { place: place("here") });
    }

    #[test]
    fn the_environment_says_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        let read = |pairs: &[(&str, &str)]| {
            Peppers::from_variables(|name| pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).into()))
        };
        let file = path.to_str().unwrap();
        assert_eq!(read(&[]).unwrap_err(), PepperError::Absent);
        assert_eq!(read(&[(VARIABLE, "")]).unwrap_err(), PepperError::Absent);
        assert!(matches!(read(&[(FILE_VARIABLE, file)]).unwrap_err(), PepperError::File { .. }));
        std::fs::write(&path, "0123456789abcdef\n").unwrap();
        assert_eq!(read(&[(VARIABLE, "0123456789abcdef"), (FILE_VARIABLE, file)]).unwrap_err(), PepperError::Both);
        let from_file = read(&[(FILE_VARIABLE, file)]).unwrap();
        let from_variable = read(&[(VARIABLE, "0123456789abcdef")]).unwrap();
        assert_eq!(from_file.hash(Secret::new("s")), from_variable.hash(Secret::new("s")));
        std::fs::write(&path, "short").unwrap();
        assert!(matches!(read(&[(FILE_VARIABLE, file)]).unwrap_err(), PepperError::Short { place, .. } if *place == *file));
        std::fs::write(&path, [0xff; 32]).unwrap();
        let problem = "it is not UTF-8".into();
        assert_eq!(read(&[(FILE_VARIABLE, file)]).unwrap_err(), PepperError::File { path: file.into(), problem });
    }
}
