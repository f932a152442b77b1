//! Rust sources as tokens: no comment, no string and no layout can hide or fake what a check looks for.

use proc_macro2::{Delimiter, LineColumn, TokenStream, TokenTree};

/// A token and the line it is on, counted from 1.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// The tokens of a source file. Delimiters are tokens; a lifetime is one token; so is a literal.
///
/// # Errors
///
/// What is no Rust at all, as a finding.
pub(super) fn tokens(path: &str, text: &str) -> Result<Vec<Token>, String> {
    let stream: TokenStream = text.parse().map_err(|error| format!("{path}: {error}"))?;
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    Ok(tokens)
}

/// The tokens without items that are compiled for tests alone.
pub(super) fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        kept.push(token);
        let tail: Vec<&str> = kept.iter().rev().take(7).rev().map(|token| token.text.as_str()).collect();
        if tail == ["#", "[", "cfg", "(", "test", ")", "]"] {
            kept.truncate(kept.len() - 7);
            let mut depth = 0_usize;
            // The item ends with its body, or with a semicolon outside of any bracket. Attributes before it have neither.
            for token in rest.by_ref() {
                match token.text.as_str() {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" => depth -= 1,
                    "}" if depth == 1 => break,
                    "}" => depth -= 1,
                    ";" if depth == 0 => break,
                    _ => {}
                }
            }
        }
    }
    kept
}

/// The names of the functions that are marked as tests.
pub(super) fn test_names(tokens: &[Token]) -> Vec<&str> {
    let mut names = Vec::new();
    let mut marked = false;
    for (at, token) in tokens.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).map(|token| token.text.as_str());
        match token.text.as_str() {
            "test" if before(1) == Some("[") && before(2) == Some("#") => marked = true,
            name if before(1) == Some("fn") && marked => {
                names.push(name);
                marked = false;
            }
            _ => {}
        }
    }
    names
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
    let mut push = |text: String, at: LineColumn| into.push(Token { text, line: at.line });
    let mut lifetime = false;
    for tree in stream {
        let at = tree.span().start();
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                push(open.into(), at);
                let mut inner = Vec::new();
                flatten(group.stream(), &mut inner);
                inner.into_iter().for_each(|token| push(token.text, LineColumn { line: token.line, column: 0 }));
                push(close.into(), group.span_close().start());
            }
            TokenTree::Ident(name) if lifetime => push(format!("'{name}"), at),
            TokenTree::Ident(name) => push(name.to_string(), at),
            TokenTree::Literal(literal) => push(literal.to_string(), at),
            TokenTree::Punct(mark) if mark.as_char() == '\'' => {
                lifetime = true;
                continue;
            }
            TokenTree::Punct(mark) => push(mark.to_string(), at),
        }
        lifetime = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(tokens: &[Token]) -> Vec<&str> {
        tokens.iter().map(|token| token.text.as_str()).collect()
    }

    #[test]
    fn tokens_know_their_lines_and_see_through_layout() {
        let tokens = tokens("a.rs", "// x.unwrap()\nfn a<'b>() {\n    \"panic!()\";\n}").unwrap();
        assert_eq!(texts(&tokens), ["fn", "a", "<", "'b", ">", "(", ")", "{", "\"panic!()\"", ";", "}"]);
        assert_eq!(tokens.iter().map(|token| token.line).collect::<Vec<_>>(), [2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 4]);
        assert!(super::tokens("a.rs", "fn (").unwrap_err().starts_with("a.rs: "));
    }

    #[test]
    fn items_for_tests_are_left_out() {
        let source = "a; #[cfg(test)] extern crate std; b; #[cfg(test)] #[x(y)] fn t() -> [u8; 2] { { c; } d } e; #[cfg(test)] mod tests { f; } g";
        let kept = without_tests(tokens("a.rs", source).unwrap());
        assert_eq!(texts(&kept), ["a", ";", "b", ";", "e", ";", "g"]);
    }

    #[test]
    fn only_marked_functions_are_tests() {
        let source =
            "fn a() {} #[test] fn b() { fn c() {} } mod test { fn d() {} } m! { #[test] #[should_panic] fn e(x in 0..1) {} }";
        assert_eq!(test_names(&tokens("a.rs", source).unwrap()), ["b", "e"]);
    }
}
