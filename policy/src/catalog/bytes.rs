//! A catalog as bytes: how one gets into a component that was built without it.

use alloc::vec::Vec;

use super::{Catalog, Category, CeilingOf, Implication, Lifecycle, Permission, Rules};
use crate::{
    MAX_PERMISSIONS,
    types::{PermissionSet, ResourceTier},
};

/// The version of the layout.
const LAYOUT: u8 = 1;

impl Catalog {
    /// Reads a catalog, which goes on using the bytes. `None` for bytes of another layout.
    ///
    /// A text is a byte that holds its length, then its bytes. A list is a byte that holds its length, then its items. A number is two
    /// bytes, little-endian. A set is its four words. In this order:
    ///
    /// - a byte 1, the version of this layout; a byte for the rules, 0 langwatch, 1 strict; the policy and its version, texts;
    /// - how many permissions, a number; each a text and a byte for the tier, as the contract counts;
    /// - the implications, a list: a text, and a list of texts;
    /// - the lists viewer, member, admin, lite-member and organization-member, sets with implication applied;
    /// - the categories, a list: key and label, texts; read and write, sets;
    /// - the number of the permission that makes a project visible + 1, or 0;
    /// - for keys: the reserved name, a text; the actions, a list of texts; then as numbers what it takes to see keys, to manage
    ///   them, to see and to replace a project's own, and at the organization and below it to have a key with the role ADMIN, MEMBER
    ///   and VIEWER.
    ///
    /// Nothing follows. Names and numbers are not looked at again: who writes these bytes has read the catalog.
    #[inline]
    #[must_use]
    pub fn from_bytes(bytes: &'static [u8]) -> Option<Self> {
        let mut input = Input(bytes);
        if input.byte()? != LAYOUT {
            return None;
        }
        let rules = match input.byte()? {
            0 => Rules::Langwatch,
            1 => Rules::Strict,
            _ => return None,
        };
        let (policy, version) = (input.text()?, input.text()?);
        let count = input.number()?;
        if count > MAX_PERMISSIONS {
            return None;
        }
        let permissions = input.items(count, |input| Some(Permission { name: input.text()?, tier: input.tier()? }))?;
        let implications = input.list(|input| Some(Implication { action: input.text()?, implies: input.list(Input::text)? }))?;
        let (viewer, member, admin) = (input.set()?, input.set()?, input.set()?);
        let (lite_member, organization_member) = (input.set()?, input.set()?);
        let categories = input
            .list(|input| Some(Category { key: input.text()?, label: input.text()?, read: input.set()?, write: input.set()? }))?;
        let view_project = input.number()?.checked_sub(1);
        let lifecycle = Lifecycle {
            reserved_name: input.text()?,
            actions: input.list(Input::text)?,
            see_keys: input.number()?,
            manage_keys: input.number()?,
            read_project_key: input.number()?,
            rotate_project_key: input.number()?,
            admin: input.ceiling()?,
            member: input.ceiling()?,
            viewer: input.ceiling()?,
        };
        let of_tier = |tier| (0..).zip(permissions).filter(move |(_, own)| own.tier == tier).map(|(number, _)| number).collect();
        let catalog = Self {
            policy,
            version,
            rules,
            permissions,
            implications,
            all: PermissionSet::first(count),
            organization_only: of_tier(ResourceTier::Organization),
            project_key: of_tier(ResourceTier::Any),
            view: (0..).zip(permissions).filter(|(_, own)| own.name.ends_with(":view")).map(|(number, _)| number).collect(),
            viewer,
            member,
            admin,
            lite_member,
            organization_member,
            categories,
            view_project,
            lifecycle,
        };
        input.0.is_empty().then_some(catalog)
    }
}

/// What is left to read. All of it is built into the one function that reads a catalog, which goes when it was called.
struct Input(&'static [u8]);

impl Input {
    #[inline(always)]
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    #[inline(always)]
    fn byte(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    #[inline(always)]
    fn number(&mut self) -> Option<u32> {
        self.take().map(u16::from_le_bytes).map(u32::from)
    }

    #[inline(always)]
    fn text(&mut self) -> Option<&'static str> {
        let length = self.byte()?;
        let (text, rest) = self.0.split_at_checked(length.into())?;
        self.0 = rest;
        core::str::from_utf8(text).ok()
    }

    #[inline(always)]
    fn tier(&mut self) -> Option<ResourceTier> {
        match self.byte()? {
            0 => Some(ResourceTier::Organization),
            1 => Some(ResourceTier::Any),
            2 => Some(ResourceTier::Platform),
            _ => None,
        }
    }

    #[inline(always)]
    fn set(&mut self) -> Option<PermissionSet> {
        let mut word = || self.take().map(u64::from_le_bytes);
        Some(PermissionSet { w0: word()?, w1: word()?, w2: word()?, w3: word()? })
    }

    #[inline(always)]
    fn ceiling(&mut self) -> Option<CeilingOf> {
        Some(CeilingOf { organization: self.number()?, below: self.number()? })
    }

    #[inline(always)]
    fn list<T>(&mut self, item: impl FnMut(&mut Self) -> Option<T>) -> Option<&'static [T]> {
        let count = self.byte()?;
        self.items(count.into(), item)
    }

    #[inline(always)]
    fn items<T>(&mut self, count: u32, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<&'static [T]> {
        let mut items = Vec::with_capacity(usize::try_from(count).ok()?);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Some(items.leak())
    }
}
