//! New ids.

use clearance_store::MintError;

use crate::fault::Fault;

/// A new id: a word for what it names and 24 random letters and digits.
pub(crate) fn random_id(kind: &str) -> Result<Box<str>, Fault> {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|_| Fault::Mint(MintError))?;
    let letters = random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)).map(|&letter| char::from(letter)));
    Ok(std::iter::once('_')
        .chain(letters)
        .fold(kind.to_owned(), |mut id, letter| {
            id.push(letter);
            id
        })
        .into())
}
