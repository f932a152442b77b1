//! Facts as words.

use alloc::vec::Vec;

use super::words::{
    Case, Reader, Record, Words, bits, only_bits, optional_from_number, optional_number, put_records, put_word, put_words,
};
use crate::types::{
    Binding, CustomRole, Facts, KeyFacts, Mode, Owner, PermissionSet, Place, Principal, PrivateUse, ProjectKeyFacts,
    ProjectPlace, Role, Scope, TeamMembership, TeamPlace, Tier, UserFacts,
};

/// The version of the layout that this file writes and reads.
const LAYOUT: u64 = 1;
/// The most items that a 28-bit count can say.
const MAX_COUNT: u64 = 0x0fff_ffff;
/// Bits 32..64.
const HIGH_HALF: u64 = 0xffff_ffff << 32;
const FLAG_ARCHIVED: u64 = 1 << 10;
const FLAG_DEACTIVATED: u64 = 1 << 2;
const FLAG_CREATOR_DEACTIVATED: u64 = 1 << 2;
const FLAG_REVOKED: u64 = 1 << 3;
const FLAG_EXPIRES: u64 = 1 << 6;
const FLAG_PERSONAL: u64 = 1;
const FLAG_GROUP: u64 = 1 << 5;
const FLAG_EMPTY: u64 = 1 << 2;

impl Words for Facts {
    const MIN_WORDS: usize = 2;

    fn put(&self, out: &mut Vec<u8>) {
        let (place, archived) = match self.place {
            Place::Unknown => (0, false),
            Place::Organization(_) => (1, false),
            Place::Team(_) => (2, false),
            Place::Project(project) => (3, project.archived),
        };
        let principal = match self.principal {
            Principal::Unknown => 0,
            Principal::User(_) => 1,
            Principal::Key(_) => 2,
            Principal::ProjectKey(_) => 3,
        };
        let flags = flag(archived, FLAG_ARCHIVED);
        put_word(LAYOUT | place << 8 | flags | principal << 11 | count(&self.roles) << 32, out);
        put_word(self.now, out);
        match self.place {
            Place::Unknown => {}
            Place::Organization(organization) => put_word(organization, out),
            Place::Team(TeamPlace { team, organization }) => {
                put_word(team, out);
                put_word(organization, out);
            }
            Place::Project(ProjectPlace { project, team, organization, archived: _ }) => {
                put_word(project, out);
                put_word(team, out);
                put_word(organization, out);
            }
        }
        match &self.principal {
            Principal::Unknown => {}
            Principal::User(user) => user.put(out),
            Principal::Key(key) => key.put(out),
            Principal::ProjectKey(ProjectKeyFacts { project }) => put_word(*project, out),
        }
        put_records(&self.roles, out);
    }

    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let head = input.word()?;
        only_bits(head, 0x1fff | HIGH_HALF)?;
        let archived = head & FLAG_ARCHIVED != 0;
        let place = bits(head, 8, 10);
        if bits(head, 0, 8) != LAYOUT || archived && place != 3 {
            return None;
        }
        let now = input.word()?;
        let place = match place {
            0 => Place::Unknown,
            1 => Place::Organization(input.word()?),
            2 => Place::Team(TeamPlace { team: input.word()?, organization: input.word()? }),
            _ => {
                let (project, team, organization) = (input.word()?, input.word()?, input.word()?);
                Place::Project(ProjectPlace { project, team, organization, archived })
            }
        };
        let principal = match bits(head, 11, 13) {
            0 => Principal::Unknown,
            1 => Principal::User(UserFacts::take(input)?),
            2 => Principal::Key(KeyFacts::take(input)?),
            _ => Principal::ProjectKey(ProjectKeyFacts { project: input.word()? }),
        };
        let roles = input.records(head >> 32)?;
        Some(Self { now, place, principal, roles })
    }
}

impl Words for UserFacts {
    const MIN_WORDS: usize = 2;

    fn put(&self, out: &mut Vec<u8>) {
        put_word(self.handle, out);
        let membership = optional_number(self.membership);
        let flags = flag(self.deactivated, FLAG_DEACTIVATED);
        let (bindings, memberships) = (count(&self.bindings), count(&self.team_memberships));
        put_word(membership | flags | bindings << 8 | memberships << 36, out);
        put_records(&self.bindings, out);
        put_records(&self.team_memberships, out);
    }

    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let handle = input.word()?;
        let head = input.word()?;
        only_bits(head, !0xf8)?;
        let membership = optional_from_number(bits(head, 0, 2))?;
        let bindings = input.records(bits(head, 8, 36))?;
        let team_memberships = input.records(bits(head, 36, 64))?;
        Some(Self { handle, membership, bindings, team_memberships, deactivated: head & FLAG_DEACTIVATED != 0 })
    }
}

impl Words for KeyFacts {
    const MIN_WORDS: usize = 4;

    fn put(&self, out: &mut Vec<u8>) {
        put_word(self.handle, out);
        put_word(self.organization, out);
        put_word(self.expires.unwrap_or(0), out);
        let owner = match self.owner {
            None => 0,
            Some(Owner::Unknown) => 1,
            Some(Owner::User(_)) => 2,
        };
        let flags = flag(self.creator_deactivated, FLAG_CREATOR_DEACTIVATED)
            | flag(self.revoked, FLAG_REVOKED)
            | flag(self.expires.is_some(), FLAG_EXPIRES);
        put_word(self.mode.number() | flags | owner << 4 | count(&self.bindings) << 8, out);
        put_records(&self.bindings, out);
        if let Some(Owner::User(owner)) = &self.owner {
            owner.put(out);
        }
    }

    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let handle = input.word()?;
        let organization = input.word()?;
        let expires = input.word()?;
        let head = input.word()?;
        only_bits(head, 0x7f | 0xf_ffff_ff00)?;
        let expires = match head & FLAG_EXPIRES != 0 {
            true => Some(expires),
            false if expires == 0 => None,
            false => return None,
        };
        let bindings = input.records(bits(head, 8, 36))?;
        let owner = match bits(head, 4, 6) {
            0 => None,
            1 => Some(Owner::Unknown),
            2 => Some(Owner::User(UserFacts::take(input)?)),
            _ => return None,
        };
        Some(Self {
            handle,
            organization,
            mode: Mode::from_number(bits(head, 0, 2))?,
            creator_deactivated: head & FLAG_CREATOR_DEACTIVATED != 0,
            expires,
            revoked: head & FLAG_REVOKED != 0,
            bindings,
            owner,
        })
    }
}

impl Record<4> for Binding {
    #[inline]
    fn write(&self) -> [u64; 4] {
        let head = self.scope.tier.number() | role_to_bits(self.role) | flag(self.group.is_some(), FLAG_GROUP);
        [self.organization, self.scope.at, self.group.unwrap_or(0), head]
    }

    #[inline]
    fn read([organization, at, group, head]: [u64; 4], sound: &mut bool) -> Self {
        let through_group = head & FLAG_GROUP != 0;
        let tier = bits(head, 0, 2);
        *sound &= (head & !(0x3f | HIGH_HALF) == 0) & (through_group | (group == 0)) & (tier < 3);
        let tier = match tier {
            0 => Tier::Organization,
            1 => Tier::Team,
            _ => Tier::Project,
        };
        let role = role_from_bits(head, sound);
        Self { organization, scope: Scope { tier, at }, role, group: through_group.then_some(group) }
    }
}

// Where bindings stand in a list as any other item does.
impl Words for Binding {
    const MIN_WORDS: usize = 4;

    fn put(&self, out: &mut Vec<u8>) {
        put_words(self.write(), out);
    }

    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let mut sound = true;
        let binding = Self::read(input.words()?, &mut sound);
        sound.then_some(binding)
    }
}

impl Record<3> for TeamMembership {
    #[inline]
    fn write(&self) -> [u64; 3] {
        [self.team, self.organization, flag(self.personal, FLAG_PERSONAL) | role_to_bits(self.role)]
    }

    #[inline]
    fn read([team, organization, head]: [u64; 3], sound: &mut bool) -> Self {
        *sound &= head & !(0x1d | HIGH_HALF) == 0;
        Self { team, organization, personal: head & FLAG_PERSONAL != 0, role: role_from_bits(head, sound) }
    }
}

impl Record<7> for CustomRole {
    #[inline]
    fn write(&self) -> [u64; 7] {
        let (private, user) = match self.private {
            None => (0, 0),
            Some(PrivateUse::UsedBy(key)) => (1, key),
            Some(PrivateUse::UsedByOthers) => (2, 0),
        };
        let PermissionSet { w0, w1, w2, w3 } = self.permissions;
        [self.organization, user, private | flag(self.empty, FLAG_EMPTY), w0, w1, w2, w3]
    }

    #[inline]
    fn read([organization, user, head, w0, w1, w2, w3]: [u64; 7], sound: &mut bool) -> Self {
        let private = bits(head, 0, 2);
        *sound &= (head & !0b111 == 0) & (private < 3) & ((private == 1) | (user == 0));
        let private = match private {
            0 => None,
            1 => Some(PrivateUse::UsedBy(user)),
            _ => Some(PrivateUse::UsedByOthers),
        };
        let permissions = PermissionSet { w0, w1, w2, w3 };
        Self { organization, private, empty: head & FLAG_EMPTY != 0, permissions }
    }
}

/// Bits 2..5 and 32..64.
#[inline]
fn role_to_bits(role: Role) -> u64 {
    match role {
        Role::Admin => 0,
        Role::Member => 1 << 2,
        Role::Viewer => 2 << 2,
        Role::Custom(index) => 3 << 2 | u64::from(index) << 32,
        Role::Missing => 4 << 2,
    }
}

#[inline]
#[expect(clippy::as_conversions, reason = "32 bits are what is left of the word")]
fn role_from_bits(word: u64, sound: &mut bool) -> Role {
    let (role, index) = (bits(word, 2, 5), (word >> 32) as u32);
    *sound &= (role < 5) & ((role == 3) | (index == 0));
    match role {
        0 => Role::Admin,
        1 => Role::Member,
        2 => Role::Viewer,
        3 => Role::Custom(index),
        _ => Role::Missing,
    }
}

#[inline]
fn flag(set: bool, flag: u64) -> u64 {
    if set { flag } else { 0 }
}

/// How many items, as its 28-bit field. Facts with more than it can say never decode again: the message then holds more than its
/// counts do, and is denied as malformed.
#[inline]
fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(MAX_COUNT).min(MAX_COUNT)
}
