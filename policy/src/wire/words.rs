//! Words, strings and lists.

use alloc::{string::String, vec::Vec};

use crate::types::{
    Level, Membership, Mode, PermissionSet, Reading, Reason, ResourceTier, RoleFault, Tier, Verdict,
    lifecycle::{Field, Flaw, Kind, ProjectKeyUse, WantedRole, Warning},
    repair::{Maker, Obstacle, Side},
};

/// Something that the wire layout can hold.
///
/// [`take`](Words::take) reads exactly what [`put`](Words::put) wrote, and answers `None` for anything that `put` would not have
/// written, so that every value has one encoding.
pub trait Words: Sized {
    /// The fewest words that a value takes: bounds what a list may claim to hold before anything is allocated for it.
    const MIN_WORDS: usize;

    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads one value, and leaves the reader behind it.
    fn take(input: &mut Reader<'_>) -> Option<Self>;
}

/// What is left to read of a message.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of a message.
    #[must_use]
    pub fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next word.
    #[inline]
    pub fn word(&mut self) -> Option<u64> {
        let (word, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u64::from_le_bytes(*word))
    }

    /// The next words, with one look at what is left.
    #[inline]
    pub(super) fn words<const N: usize>(&mut self) -> Option<[u64; N]> {
        let (bytes, rest) = self.rest.split_at_checked(N.checked_mul(8)?)?;
        self.rest = rest;
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Some(words)
    }

    /// A whole message that is one value and nothing behind it.
    #[must_use]
    pub fn whole<T: Words>(message: &'a [u8]) -> Option<T> {
        let mut input = Self::new(message);
        let value = T::take(&mut input)?;
        input.at_end().then_some(value)
    }

    /// Whether everything was read.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// A number of values, one after the other.
    #[inline]
    pub(super) fn items<T: Words>(&mut self, count: u64) -> Option<Vec<T>> {
        let count = usize::try_from(count).ok()?;
        // A count that the rest of the message cannot hold must not allocate.
        if count.checked_mul(T::MIN_WORDS)? > self.rest.len() / 8 {
            return None;
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(T::take(self)?);
        }
        Some(items)
    }

    /// A number of values of one size, one after the other.
    #[inline]
    pub(super) fn records<T: Record<WORDS>, const WORDS: usize>(&mut self, count: u64) -> Option<Vec<T>> {
        let bytes = usize::try_from(count).ok()?.checked_mul(WORDS.checked_mul(8)?)?;
        let (bytes, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        let mut sound = true;
        let records = bytes.as_chunks().0.as_chunks().0.iter();
        let records = records.map(|words: &[[u8; 8]; WORDS]| T::read(words.map(u64::from_le_bytes), &mut sound)).collect();
        sound.then_some(records)
    }
}

/// A value that always takes the same number of words.
///
/// Lists of them are most of a question, so reading one neither stops nor branches for what it finds wrong: it says so, and the
/// whole list is thrown away.
pub(super) trait Record<const WORDS: usize>: Sized {
    /// Writes a value.
    fn write(&self) -> [u64; WORDS];

    /// Reads a value. Puts `false` into `sound` for words that stand for none.
    fn read(words: [u64; WORDS], sound: &mut bool) -> Self;
}

/// Appends a word.
#[inline]
pub(super) fn put_word(word: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&word.to_le_bytes());
}

/// Appends words, with one look at the room that there is.
#[inline]
pub(super) fn put_words<const N: usize>(words: [u64; N], out: &mut Vec<u8>) {
    out.extend_from_slice(words.map(u64::to_le_bytes).as_flattened());
}

/// Appends values of one size.
#[inline]
pub(super) fn put_records<const WORDS: usize>(records: &[impl Record<WORDS>], out: &mut Vec<u8>) {
    records.iter().for_each(|record| put_words(record.write(), out));
}

/// Appends a length.
#[inline]
pub(super) fn put_len(len: usize, out: &mut Vec<u8>) {
    // A length beyond the word is beyond memory too; what it would decode to is refused.
    put_word(u64::try_from(len).unwrap_or(u64::MAX), out);
}

/// Appends a length and the items.
#[inline]
pub(super) fn put_list<T: Words>(items: &[T], out: &mut Vec<u8>) {
    put_len(items.len(), out);
    items.iter().for_each(|item| item.put(out));
}

/// Appends a string.
#[inline]
pub(super) fn put_str(string: &str, out: &mut Vec<u8>) {
    put_len(string.len(), out);
    out.extend_from_slice(string.as_bytes());
    let padding = string.len().next_multiple_of(8).saturating_sub(string.len());
    out.extend(core::iter::repeat_n(0, padding));
}

/// Appends a list of strings.
#[inline]
pub(super) fn put_strs(strings: &[impl AsRef<str>], out: &mut Vec<u8>) {
    put_len(strings.len(), out);
    strings.iter().for_each(|string| put_str(string.as_ref(), out));
}

// Where a word is a value of its own it is read and written by a call: what is asked often takes its words from the reader itself,
// and all else is to be small.
impl Words for u64 {
    const MIN_WORDS: usize = 1;

    #[inline(never)]
    fn put(&self, out: &mut Vec<u8>) {
        put_word(*self, out);
    }

    #[inline(never)]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        input.word()
    }
}

impl Words for u32 {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        u64::take(input)?.try_into().ok()
    }
}

impl Words for String {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_str(self, out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let len = usize::try_from(input.word()?).ok()?;
        let (string, rest) = input.rest.split_at_checked(len)?;
        let (padding, rest) = rest.split_at_checked(len.checked_next_multiple_of(8)?.checked_sub(len)?)?;
        if padding.iter().any(|&byte| byte != 0) {
            return None;
        }
        input.rest = rest;
        core::str::from_utf8(string).ok().map(String::from)
    }
}

impl<T: Words> Words for Vec<T> {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let count = input.word()?;
        input.items(count)
    }
}

impl Words for bool {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        match u64::take(input)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<T: Words> Words for Option<T> {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        match u64::take(input)? {
            0 => Some(None),
            1 => T::take(input).map(Some),
            _ => None,
        }
    }
}

impl<T: Words, E: Words> Words for Result<T, E> {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        self.is_err().put(out);
        match self {
            Ok(value) => value.put(out),
            Err(error) => error.put(out),
        }
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        match u64::take(input)? {
            0 => T::take(input).map(Ok),
            1 => E::take(input).map(Err),
            _ => None,
        }
    }
}

impl Words for PermissionSet {
    const MIN_WORDS: usize = 4;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_words([self.w0, self.w1, self.w2, self.w3], out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let [w0, w1, w2, w3] = input.words()?;
        Some(Self { w0, w1, w2, w3 })
    }
}

/// An enum without payloads: its number is the position of the case in the WIT file.
pub(super) trait Case: Sized {
    fn number(self) -> u64;
    fn from_number(number: u64) -> Option<Self>;
}

/// The number of an optional case: 0 where it is absent, else its own + 1.
#[inline]
pub(super) fn optional_number(case: Option<impl Case>) -> u64 {
    case.map_or(0, |case| case.number().saturating_add(1))
}

/// The optional case of such a number.
#[inline]
pub(super) fn optional_from_number<T: Case>(number: u64) -> Option<Option<T>> {
    number.checked_sub(1).map_or(Some(None), |number| T::from_number(number).map(Some))
}

/// Numbers the cases of enums. A case left out does not compile: the match is exhaustive.
macro_rules! cases {
    ($($enum:ident { $($case:ident),* $(,)? })*) => { $(
        #[expect(clippy::as_conversions, reason = "the discriminants are the positions in the WIT file")]
        impl Case for $enum {
            #[inline]
            fn number(self) -> u64 {
                match self { $(Self::$case => Self::$case as u64),* }
            }

            #[inline]
            fn from_number(number: u64) -> Option<Self> {
                $(if number == Self::$case as u64 { return Some(Self::$case); })*
                None
            }
        }
    )* };
}

cases! {
    Tier { Organization, Team, Project }
    Membership { Admin, Member, External }
    Mode { All, Readonly, Restricted }
    Reason {
        Binding, Floor, TeamMembership, ProjectKey, PermissionUnknown, PlaceUnknown, PrincipalUnknown, UserDeactivated, NotMember,
        LiteMember, Lacks, KeyRevoked, KeyExpired, OwnerDeactivated, KeyLacks, OwnerNotMember, OwnerLacks, BadFacts, Readonly,
        CreatorDeactivated,
    }
    Reading { Everything, OrganizationMember, LiteMember, Viewer, Member, Admin, Custom, ProjectKey, Nothing }
    RoleFault { Missing, OtherOrganization, Empty, Private }
    Verdict {
        Grants, OffChain, OtherOrganization, OtherOrganizationGroup, OrganizationOnly, ExternalMember, NotListed,
        BelowOrganization, Silenced, PersonalTeam, Archived,
    }
    ResourceTier { Organization, Any, Platform }
    Level { None, Read, Write }
    Kind { Personal, Service }
    WantedRole { Admin, Member, Viewer, Custom }
    Field { Assignee, Bindings, Description, Expires, Kind, Name, Mode, Permissions, Projects }
    Warning { WholeOrganization, BornExpired, PermissionUnknown }
    Flaw { Missing, TooShort, TooLong, TooMany, NotAllowed, Unreadable }
    ProjectKeyUse { Read, Rotate }
    Side { Principal, Owner }
    Maker { KeyOwner, OrganizationAdmin, Nobody }
    Obstacle {
        BadFacts, NotShown, PermissionUnknown, PlaceUnknown, PrincipalUnknown, ProjectKey, OtherOrganization, KeyRevoked,
        OwnerUnknown, OrganizationOnly, NoRole, OtherRule,
    }
}

/// Records that are their fields, in order.
macro_rules! records {
    ($($record:ident ($least:literal) { $($field:ident),* })*) => { $(
        impl Words for $record {
            const MIN_WORDS: usize = $least;

            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }

            #[inline]
            fn take(input: &mut Reader<'_>) -> Option<Self> {
                Some(Self { $($field: Words::take(input)?),* })
            }
        }
    )* };
}

pub(super) use records;

/// Reads bits `from..to` of a word.
#[inline]
pub(super) const fn bits(word: u64, from: u32, to: u32) -> u64 {
    (word >> from) & !(u64::MAX << to.saturating_sub(from))
}

/// Whether no bit outside the mask is set.
#[inline]
pub(super) const fn only_bits(word: u64, mask: u64) -> Option<()> {
    if word & !mask == 0 { Some(()) } else { None }
}
