//! What questions about the life of a key are made of, besides facts, and back from the handles of an answer to ids.

use clearance_policy::types::lifecycle::{Assignee, Ceiling, KeyOwner, StoredKey, Workspace};
use clearance_policy::types::{Binding, Facts, Handle, Membership, Place, Scope as ScopeFacts, Tier};

use crate::directory::Directory;
use crate::document::{MemberRole, Scope};
use crate::facts::Gathered;
use crate::role_sets::RoleSets;
use crate::row::StoredTeam;
use crate::slot::{BindingSlot, Kind, Node, PlaceId, PlaceSlot, Principal, PrincipalId, PrincipalSlot};

/// A signed-in user at an organization, with all bindings of that user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OwnBindings {
    /// About the user at the organization.
    pub facts: Facts,
    /// All bindings of the user, wherever they apply, those of groups included, in the order of their ids. Empty for an unknown
    /// user.
    pub bindings: Vec<Binding>,
    /// Which bindings these are, by their index.
    pub slots: Vec<BindingSlot>,
}

impl Directory {
    /// What the rules need about a key that exists. `None` means that no key is stored under the id.
    pub fn stored_key(&self, id: &str) -> Option<StoredKey> {
        self.stored_key_in(self.keys.find(id)?)
    }

    pub(crate) fn stored_key_in(&self, slot: u32) -> Option<StoredKey> {
        let stored = self.keys.row(slot).stored.as_ref()?;
        Some(StoredKey {
            handle: Kind::Key.handle(slot),
            organization: Kind::Organization.handle(stored.organization),
            owner: stored
                .owner
                .map_or(KeyOwner::Nobody, |owner| self.known_user(owner).map_or(KeyOwner::Unknown, KeyOwner::User)),
            name: stored.detail.name.as_ref().into(),
            ingestion: stored.detail.ingestion_source.is_some(),
            revoked: stored.revoked,
        })
    }

    /// The user behind a principal: the user itself, or the owner of a key. `None` means that there is none, or that the user is not stored.
    pub fn user_behind(&self, principal: PrincipalId<'_>) -> Option<PrincipalSlot> {
        let user = match principal {
            PrincipalId::User(id) => self.users.find(id)?,
            PrincipalId::Key(id) => self.keys.row(self.keys.find(id)?).stored.as_ref()?.owner?,
            PrincipalId::ProjectKey(_) => return None,
        };
        self.known_user(user).map(|_| PrincipalSlot(Principal::User(user)))
    }

    /// Whether a place is part of a personal workspace, and whose.
    pub fn workspace(&self, place: Option<PlaceSlot>) -> Workspace {
        let chain = place.and_then(|place| self.chain(place.0));
        let team = chain.and_then(|chain| self.teams.row(chain.team?).stored.as_ref());
        match team {
            Some(StoredTeam { personal: true, owner, .. }) => Workspace::Personal(owner.and_then(|owner| self.known_user(owner))),
            Some(_) | None => Workspace::Shared,
        }
    }

    /// A place with its ancestors. `None` stands for a place that is unknown.
    pub fn place_facts(&self, place: Option<PlaceSlot>) -> Place {
        place.and_then(|place| self.chain(place.0)).map_or(Place::Unknown, |chain| chain.place())
    }

    /// What the owner of a key, as a user, has at a place. `None` stands for an owner or a place that is unknown, and for no owner.
    pub fn ceiling(&self, owner: Option<PrincipalSlot>, place: Option<PlaceSlot>, now: u64, sets: &RoleSets) -> Ceiling {
        let gathered = self.facts(owner, place, now, sets);
        let list = |slot: u32| {
            let stored = self.roles.row(slot).stored.as_ref();
            stored.iter().flat_map(|stored| &stored.permissions).map(|name| name.as_ref().into()).collect()
        };
        let names = gathered.roles().iter().map(|role| list(role.0)).collect();
        let Gathered { facts, .. } = gathered;
        Ceiling { facts, names }
    }

    /// Someone whom a key is to belong to, in an organization.
    pub fn assignee(&self, user: &str, organization: &str) -> Assignee {
        let Some(slot) = self.users.find(user) else {
            return Assignee { user: None, membership: None, deactivated: false };
        };
        let membership = self.membership_position(organization, user);
        let row = self.users.row(slot);
        Assignee {
            user: self.known_user(slot),
            membership: membership
                .and_then(|(_, position)| row.memberships.get(position))
                .map(|membership| membership.role.into()),
            deactivated: row.is_deactivated(),
        }
    }

    /// A signed-in user at an organization, with all bindings of that user.
    pub fn own_bindings(&self, user: &str, organization: &str, now: u64, sets: &RoleSets) -> OwnBindings {
        let place = self.place(PlaceId::Organization(organization));
        match self.users.find(user).filter(|&slot| self.users.row(slot).stored.is_some()) {
            Some(slot) => {
                let (facts, bindings, slots) = self.facts_and_bindings(slot, place, now, sets);
                OwnBindings { facts, bindings, slots }
            }
            None => {
                let Gathered { facts, .. } = self.facts(None, place, now, sets);
                OwnBindings { facts, bindings: Vec::new(), slots: Vec::new() }
            }
        }
    }

    /// The id of a user, from a handle. `None` means that it is not a handle of a user.
    pub fn user_of(&self, user: Handle) -> Option<&str> {
        Kind::User.slot(user).map(|slot| self.users.id(slot)).filter(|id| !id.is_empty())
    }

    /// A scope with ids instead of handles. `None` means that its handle is not of its tier.
    pub fn scope(&self, scope: ScopeFacts) -> Option<Scope> {
        let node = match scope.tier {
            Tier::Organization => Node::Organization(Kind::Organization.slot(scope.at)?),
            Tier::Team => Node::Team(Kind::Team.slot(scope.at)?),
            Tier::Project => Node::Project(Kind::Project.slot(scope.at)?),
        };
        let place = self.place_id(PlaceSlot(node));
        (!place.id().is_empty()).then(|| place.into())
    }

    /// The handle of a user who is stored.
    fn known_user(&self, slot: u32) -> Option<Handle> {
        self.users.row(slot).stored.as_ref().map(|_| Kind::User.handle(slot))
    }
}

impl From<MemberRole> for Membership {
    fn from(role: MemberRole) -> Self {
        match role {
            MemberRole::Admin => Self::Admin,
            MemberRole::Member => Self::Member,
            MemberRole::External => Self::External,
        }
    }
}
