//! Gathering facts: all that a policy needs about one principal at one place.

use clearance_policy::types::{
    Binding, CustomRole, Facts, Handle, KeyFacts, Mode, Owner, Place, Principal as PrincipalFacts, PrivateUse, ProjectKeyFacts,
    Role, Scope, TeamMembership, UserFacts, repair::Side,
};
use smallvec::SmallVec;

use crate::binding_list::{Entry, NamedRole};
use crate::chain::Chain;
use crate::directory::Directory;
use crate::document::{Mode as DocumentMode, RoleKind};
use crate::role_sets::RoleSets;
use crate::row::{RoleRow, StoredKey, StoredRole, UserRow};
use crate::slot::{BindingSlot, Kind, PlaceSlot, Principal, PrincipalSlot, RoleSlot};

/// Facts, and which stored things the numbers in an answer stand for.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// What the policy is asked with.
    pub facts: Facts,
    bindings: Slots,
    owner_bindings: Slots,
    roles: SmallVec<[RoleSlot; 4]>,
}

type Slots = SmallVec<[BindingSlot; 8]>;

impl Gathered {
    /// The bindings of one side of the question. The position of each is the index that answers use.
    pub fn bindings(&self, side: Side) -> &[BindingSlot] {
        match side {
            Side::Principal => &self.bindings,
            Side::Owner => &self.owner_bindings,
        }
    }

    /// The custom roles. The position of each is its index in `facts.roles`.
    pub fn roles(&self) -> &[RoleSlot] {
        &self.roles
    }

    /// The id of a binding, from its index on one side. `None` means that there is no such index, or that the binding was removed since.
    pub fn binding_id<'d>(&self, directory: &'d Directory, side: Side, index: u32) -> Option<&'d str> {
        let slot = self.bindings(side).get(crate::slot::to_index(index))?;
        directory.binding_id(*slot)
    }
}

impl Directory {
    /// The id of what a handle in facts stands for. `None` means that no facts of this directory have it.
    pub fn handle_id(&self, handle: Handle) -> Option<&str> {
        let organization = || Kind::Organization.slot(handle).map(|slot| self.organizations.find_id(slot));
        let team = || Kind::Team.slot(handle).map(|slot| self.teams.find_id(slot));
        let project = || Kind::Project.slot(handle).map(|slot| self.projects.find_id(slot));
        let user = || Kind::User.slot(handle).map(|slot| self.users.find_id(slot));
        let key = || Kind::Key.slot(handle).map(|slot| self.keys.find_id(slot));
        organization().or_else(team).or_else(project).or_else(user).or_else(key).flatten()
    }

    /// Gathers the facts about a principal at a place, at `now` in milliseconds since 1970. `None` stands for what is unknown.
    ///
    /// Only what may matter there is given: of the bindings those whose scope is the place or an ancestor of it, whatever
    /// organization they are stored under, in the order of their ids; of the groups those of the place's organization; of the team
    /// memberships the one of the place's team or, at an organization, those of its teams.
    pub fn facts(&self, principal: Option<PrincipalSlot>, place: Option<PlaceSlot>, now: u64, sets: &RoleSets) -> Gathered {
        let chain = place.and_then(|place| self.chain(place.0));
        let mut gathering = Gathering { directory: self, sets, chain, custom_roles: Vec::new(), roles: SmallVec::new() };
        let mut bindings = Slots::new();
        let mut owner_bindings = Slots::new();
        let principal = match principal.map(|slot| slot.0).filter(|&principal| self.is_known(principal)) {
            None => PrincipalFacts::Unknown,
            Some(Principal::User(slot)) => PrincipalFacts::User(gathering.user(slot, self.users.row(slot), &mut bindings)),
            Some(Principal::ProjectKey(slot)) => {
                PrincipalFacts::ProjectKey(ProjectKeyFacts { project: Kind::Project.handle(slot) })
            }
            Some(Principal::Key(slot)) => match &self.keys.row(slot).stored {
                None => PrincipalFacts::Unknown,
                Some(key) => PrincipalFacts::Key(gathering.key(slot, key, &mut bindings, &mut owner_bindings)),
            },
        };
        let place = chain.map_or(Place::Unknown, |chain| chain.place());
        let Gathering { custom_roles, roles, .. } = gathering;
        Gathered { facts: Facts { now, place, principal, roles: custom_roles }, bindings, owner_bindings, roles }
    }

    /// Gathers the facts about a principal at a place, and beside them the roles that someone can be given there: the built-in ones,
    /// from the least to the most powerful, then the shared custom roles of the place's organization whose list is not empty, in the
    /// order of their ids. These are among the roles of the facts.
    pub fn facts_and_offers(
        &self,
        principal: Option<PrincipalSlot>,
        place: Option<PlaceSlot>,
        now: u64,
        sets: &RoleSets,
    ) -> (Gathered, Vec<Role>) {
        let Gathered { facts, bindings, owner_bindings, roles } = self.facts(principal, place, now, sets);
        let mut offers = vec![Role::Viewer, Role::Member, Role::Admin];
        let Some(chain) = place.and_then(|place| self.chain(place.0)) else {
            return (Gathered { facts, bindings, owner_bindings, roles }, offers);
        };
        let is_offered = |stored: &&StoredRole| {
            stored.kind == RoleKind::Custom && stored.organization == chain.organization && !stored.permissions.is_empty()
        };
        let mut offered: Vec<(&str, u32)> = self
            .roles
            .iter()
            .filter(|(_, _, row)| row.stored.as_ref().filter(is_offered).is_some())
            .map(|(slot, id, _)| (id, slot))
            .collect();
        offered.sort_unstable();
        let mut gathering = Gathering { directory: self, sets, chain: Some(chain), custom_roles: facts.roles, roles };
        offers.extend(offered.into_iter().map(|(_, slot)| gathering.custom_role(slot)));
        let Gathering { custom_roles, roles, .. } = gathering;
        (Gathered { facts: Facts { roles: custom_roles, ..facts }, bindings, owner_bindings, roles }, offers)
    }

    /// Gathers the facts about a user at a place, and beside them all bindings of the user, wherever they apply: their own and those
    /// of every group. The roles that they name are among those of the facts. They come in the order of their ids, and there are as
    /// many slots as bindings.
    pub(crate) fn facts_and_bindings(
        &self,
        user: u32,
        place: Option<PlaceSlot>,
        now: u64,
        sets: &RoleSets,
    ) -> (Facts, Vec<Binding>, Vec<BindingSlot>) {
        let Gathered { facts, roles, .. } = self.facts(Some(PrincipalSlot(Principal::User(user))), place, now, sets);
        let mut gathering = Gathering { directory: self, sets, chain: None, custom_roles: facts.roles, roles };
        let row = self.users.row(user);
        let mut hits: Vec<Hit<'_>> = row.bindings.entries().iter().map(|entry| (entry, None)).collect();
        for &group in &row.groups {
            let group = self.groups.row(group);
            let organization = group.stored.as_ref().map(|stored| stored.organization);
            hits.extend(group.bindings.entries().iter().map(|entry| (entry, organization)));
        }
        hits.sort_by(|(one, _), (other, _)| self.bindings.id(one.binding).cmp(self.bindings.id(other.binding)));
        let mut slots = Slots::new();
        let bindings = gathering.bindings(&hits, &mut slots);
        (Facts { roles: gathering.custom_roles, ..facts }, bindings, slots.into_vec())
    }
}

/// Facts in the making.
struct Gathering<'a> {
    directory: &'a Directory,
    sets: &'a RoleSets,
    /// Absent when the place is unknown.
    chain: Option<Chain>,
    custom_roles: Vec<CustomRole>,
    /// As many as `custom_roles`, for the same roles.
    roles: SmallVec<[RoleSlot; 4]>,
}

/// A binding on the chain, and the organization of the group through which it is held.
type Hit<'a> = (&'a Entry, Option<u32>);

impl<'a> Gathering<'a> {
    fn key(&mut self, slot: u32, key: &StoredKey, bindings: &mut Slots, owner_bindings: &mut Slots) -> KeyFacts {
        let directory = self.directory;
        let mut hits = SmallVec::<[Hit<'a>; 16]>::new();
        if let Some(chain) = &self.chain {
            directory.keys.row(slot).bindings.on_chain(chain, |entry| hits.push((entry, None)));
        }
        let own = self.bindings(&hits, bindings);
        let owner = key.owner.map(|owner| {
            let row = directory.users.row(owner);
            if row.stored.is_some() { Owner::User(self.user(owner, row, owner_bindings)) } else { Owner::Unknown }
        });
        KeyFacts {
            handle: Kind::Key.handle(slot),
            organization: Kind::Organization.handle(key.organization),
            mode: match key.mode {
                DocumentMode::All => Mode::All,
                DocumentMode::Readonly => Mode::Readonly,
                DocumentMode::Restricted => Mode::Restricted,
            },
            creator_deactivated: key.created_by.is_some_and(|creator| directory.users.row(creator).is_deactivated()),
            expires: key.expires_at.map(crate::document::Timestamp::millis),
            revoked: key.revoked,
            bindings: own,
            owner,
        }
    }

    fn user(&mut self, slot: u32, row: &'a UserRow, slots: &mut Slots) -> UserFacts {
        let handle = Kind::User.handle(slot);
        let deactivated = row.is_deactivated();
        let Some(chain) = self.chain else {
            return UserFacts { handle, membership: None, bindings: Vec::new(), team_memberships: Vec::new(), deactivated };
        };
        let membership = row.memberships.iter().find(|membership| membership.organization == chain.organization);
        let mut hits = SmallVec::<[Hit<'a>; 16]>::new();
        row.bindings.on_chain(&chain, |entry| hits.push((entry, None)));
        let mut lists = usize::from(!hits.is_empty());
        for &group in &row.groups {
            let group = self.directory.groups.row(group);
            let organization = group.stored.as_ref().map(|stored| stored.organization);
            if organization == Some(chain.organization) {
                let before = hits.len();
                group.bindings.on_chain(&chain, |entry| hits.push((entry, organization)));
                lists += usize::from(hits.len() > before);
            }
        }
        if lists > 1 {
            // Each list is in the order of the ids already.
            let ids = &self.directory.bindings;
            hits.sort_by(|(one, _), (other, _)| ids.id(one.binding).cmp(ids.id(other.binding)));
        }
        UserFacts {
            handle,
            membership: membership.map(|membership| membership.role.into()),
            bindings: self.bindings(&hits, slots),
            team_memberships: self.team_memberships(row, &chain),
            deactivated,
        }
    }

    fn bindings(&mut self, hits: &[Hit<'_>], slots: &mut Slots) -> Vec<Binding> {
        slots.extend(hits.iter().map(|(entry, _)| BindingSlot(entry.binding)));
        hits.iter()
            .map(|(entry, group)| Binding {
                organization: Kind::Organization.handle(entry.organization),
                scope: Scope { tier: entry.scope.tier(), at: entry.scope.handle() },
                role: self.role(entry.role),
                group: group.map(|organization| Kind::Organization.handle(organization)),
            })
            .collect()
    }

    fn team_memberships(&mut self, row: &UserRow, chain: &Chain) -> Vec<TeamMembership> {
        let mut found = Vec::new();
        for membership in &row.team_memberships {
            let Some(team) = &self.directory.teams.row(membership.team).stored else { continue };
            let matters = chain.team.map_or(team.organization == chain.organization, |team| team == membership.team);
            if matters {
                found.push(TeamMembership {
                    team: Kind::Team.handle(membership.team),
                    organization: Kind::Organization.handle(team.organization),
                    personal: team.personal,
                    role: self.role(membership.role),
                });
            }
        }
        found
    }

    fn role(&mut self, role: NamedRole) -> Role {
        match role {
            NamedRole::Admin => Role::Admin,
            NamedRole::Member => Role::Member,
            NamedRole::Viewer => Role::Viewer,
            NamedRole::Unnamed => Role::Missing,
            NamedRole::Custom(slot) => self.custom_role(slot),
        }
    }

    /// The index of a custom role in `facts.roles`, where it is put if it is not there yet.
    fn custom_role(&mut self, slot: u32) -> Role {
        let row = self.directory.roles.row(slot);
        let Some(stored) = &row.stored else { return Role::Missing };
        let known = self.roles.iter().position(|role| role.0 == slot);
        let index = known.unwrap_or_else(|| {
            self.roles.push(RoleSlot(slot));
            self.custom_roles.push(CustomRole {
                organization: Kind::Organization.handle(stored.organization),
                private: private_use(stored, row),
                empty: stored.permissions.is_empty(),
                permissions: self.sets.get(slot),
            });
            self.roles.len() - 1
        });
        // There are fewer roles than there are numbers for slots.
        u32::try_from(index).map_or(Role::Missing, Role::Custom)
    }
}

/// Who uses a private role. `None` means that the role is shared.
fn private_use(stored: &StoredRole, row: &RoleRow) -> Option<PrivateUse> {
    match (stored.kind, row.private_user()) {
        (RoleKind::Custom, _) => None,
        (RoleKind::Key, Some(key)) => Some(PrivateUse::UsedBy(Kind::Key.handle(key))),
        (RoleKind::Key, None) => Some(PrivateUse::UsedByOthers),
    }
}
