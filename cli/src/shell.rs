//! Text for a shell to read.

/// One word of a command line, quoted where it must be.
pub(crate) fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_word_is_one_word_to_a_shell() {
        for text in ["keys.db", "two words", "it's", "$HOME", "", "a\"b", "*"] {
            let script = format!("printf %s {}", super::word(text));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("there is a shell");
            assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
