//! What a client sends, and how it falls into halves.

mod form;
mod inspect;
mod mint;
mod scan;

pub use self::form::{Secret, Token, TokenKind, shown};
pub use self::inspect::{Inspection, Malformed, inspect};
pub use self::mint::{MintError, Mintable, mint, mint_project_key};
pub use self::scan::{Found, scan};
