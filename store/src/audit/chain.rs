//! How rows of the audit hang together.

use super::head::Head;
use super::verdict::Verdict;
use crate::pepper::{Digest, Peppers};

/// A row as it is stored: what its link is made of. Texts stand as they were written, so that nothing is read and written again in
/// between.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) sequence: u64,
    pub(crate) at: u64,
    pub(crate) who: String,
    pub(crate) who_id: Option<String>,
    pub(crate) verb: String,
    pub(crate) subject: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) peer: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) pepper: String,
}

impl Stored {
    /// Two rows with a different field have different bytes: each text stands behind its length, and an absent text differs from an empty one.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { sequence, at, who, who_id, verb, subject, before, after, peer, policy, pepper } = self;
        let mut bytes = Vec::new();
        bytes.extend(sequence.to_le_bytes());
        bytes.extend(at.to_le_bytes());
        let texts = [Some(who), who_id.as_ref(), Some(verb), Some(subject), before.as_ref(), after.as_ref()];
        for text in texts.into_iter().chain([peer.as_ref(), policy.as_ref(), Some(pepper)]) {
            match text {
                None => bytes.push(0),
                Some(text) => {
                    bytes.push(1);
                    bytes.extend((text.len() as u64).to_le_bytes());
                    bytes.extend(text.as_bytes());
                }
            }
        }
        bytes
    }
}

/// Goes through all rows in their order and compares each with its link.
pub(crate) struct Walk<'a> {
    peppers: &'a Peppers,
    noted: Option<&'a Head>,
    head: Head,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(peppers: &'a Peppers, noted: Option<&'a Head>) -> Self {
        Self { peppers, noted, head: Head::EMPTY }
    }

    /// Takes the next row. An error is what is wrong with it, and the walk is over.
    pub(crate) fn row(&mut self, row: &Stored, link: &[u8]) -> Result<(), Verdict> {
        let expected = self.head.count + 1;
        if row.sequence > expected {
            return Err(Verdict::Missing { sequence: expected, next: row.sequence });
        }
        let Some(pepper) = self.peppers.find(&row.pepper) else {
            return Err(Verdict::UnknownPepper { sequence: expected, pepper: row.pepper.as_str().into() });
        };
        let made: Digest = pepper.link(&self.head.link, &row.bytes());
        if row.sequence != expected || made != link {
            return Err(Verdict::Changed { sequence: row.sequence });
        }
        self.head = Head { count: expected, link: made };
        match self.noted {
            Some(noted) if noted.count == expected && *noted != self.head => Err(Verdict::Other { sequence: expected }),
            _ => Ok(()),
        }
    }

    /// The verdict after the last row.
    pub(crate) fn end(self) -> Verdict {
        match self.noted {
            Some(noted) if noted.count > self.head.count => Verdict::CutOff { sequence: self.head.count + 1, noted: noted.count },
            Some(noted) if noted.count == 0 && *noted != Head::EMPTY => Verdict::Other { sequence: 0 },
            _ => Verdict::Whole(self.head),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_bound() {
        let row = Stored {
            sequence: 1,
            at: 2,
            who: "user".into(),
            who_id: Some("ana".into()),
            verb: "v".into(),
            subject: "s".into(),
            before: None,
            after: Some("1".into()),
            peer: Some("p".into()),
            policy: None,
            pepper: "default".into(),
        };
        let others = [
            Stored { sequence: 2, ..row.clone() },
            Stored { at: 3, ..row.clone() },
            Stored { who: "key".into(), ..row.clone() },
            Stored { who_id: None, ..row.clone() },
            Stored { verb: "vs".into(), subject: String::new(), ..row.clone() },
            Stored { before: Some("1".into()), after: None, ..row.clone() },
            Stored { before: Some(String::new()), ..row.clone() },
            Stored { after: Some("2".into()), ..row.clone() },
            Stored { peer: None, policy: Some("p".into()), ..row.clone() },
            Stored { policy: Some("p".into()), ..row.clone() },
            Stored { pepper: "other".into(), ..row.clone() },
        ];
        for other in others {
            assert_ne!(other.bytes(), row.bytes(), "{other:?}");
        }
        // The same bytes, if nothing said where one text ends.
        let one = Stored { verb: "a".into(), subject: "b\u{1}".into(), ..row.clone() };
        let other = Stored { verb: "a\u{1}b".into(), subject: String::new(), ..row };
        assert_ne!(one.bytes(), other.bytes());
    }
}
