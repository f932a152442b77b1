//! The slots of what is stored, by id; and from them the answers to the rules for changes.

use std::convert::Infallible;

use crate::directory::Directory;
use crate::lookup::{Lookup, PairKind, ParentKind, RowKind};
use crate::slot::HolderSlot;

impl Directory {
    pub(crate) fn stored_organization(&self, id: &str) -> Option<u32> {
        self.organizations.find(id).filter(|&slot| self.organizations.row(slot).stored.is_some())
    }

    pub(crate) fn stored_user(&self, id: &str) -> Option<u32> {
        self.users.find(id).filter(|&slot| self.users.row(slot).stored.is_some())
    }

    pub(crate) fn stored_team(&self, id: &str) -> Option<u32> {
        self.teams.find(id).filter(|&slot| self.teams.row(slot).stored.is_some())
    }

    pub(crate) fn stored_project(&self, id: &str) -> Option<u32> {
        self.projects.find(id).filter(|&slot| self.projects.row(slot).stored.is_some())
    }

    pub(crate) fn stored_group(&self, id: &str) -> Option<u32> {
        self.groups.find(id).filter(|&slot| self.groups.row(slot).stored.is_some())
    }

    pub(crate) fn stored_role(&self, id: &str) -> Option<u32> {
        self.roles.find(id).filter(|&slot| self.roles.row(slot).stored.is_some())
    }

    /// The slot of a key that is stored.
    pub(crate) fn key_slot(&self, id: &str) -> Option<u32> {
        self.keys.find(id).filter(|&slot| self.keys.row(slot).stored.is_some())
    }

    /// The slot of a binding, and who holds it.
    pub(crate) fn stored_binding(&self, id: &str) -> Option<(u32, HolderSlot)> {
        self.bindings.find(id).and_then(|slot| Some((slot, self.bindings.row(slot).holder?)))
    }

    /// The user, and where the membership stands in the user's row.
    pub(crate) fn membership_position(&self, organization: &str, user: &str) -> Option<(u32, usize)> {
        let (organization, user) = (self.organizations.find(organization)?, self.users.find(user)?);
        let memberships = &self.users.row(user).memberships;
        Some((user, memberships.iter().position(|membership| membership.organization == organization)?))
    }

    /// The user, and where the team membership stands in the user's row.
    pub(crate) fn team_membership_position(&self, team: &str, user: &str) -> Option<(u32, usize)> {
        let (team, user) = (self.teams.find(team)?, self.users.find(user)?);
        let memberships = &self.users.row(user).team_memberships;
        Some((user, memberships.iter().position(|membership| membership.team == team)?))
    }

    /// The group, and the user who is in it.
    pub(crate) fn group_membership(&self, group: &str, user: &str) -> Option<(u32, u32)> {
        let (group, user) = (self.stored_group(group)?, self.users.find(user)?);
        self.users.row(user).groups.contains(&group).then_some((group, user))
    }
}

impl Lookup for Directory {
    type Error = Infallible;

    fn has_row(&self, kind: RowKind, id: &str) -> Result<bool, Infallible> {
        Ok(match kind {
            RowKind::Organization => self.stored_organization(id).is_some(),
            RowKind::User => self.stored_user(id).is_some(),
            RowKind::Team => self.stored_team(id).is_some(),
            RowKind::Project => self.stored_project(id).is_some(),
            RowKind::Group => self.stored_group(id).is_some(),
            RowKind::Role => self.stored_role(id).is_some(),
            RowKind::Key => self.key_slot(id).is_some(),
            RowKind::Binding => self.stored_binding(id).is_some(),
        })
    }

    fn has_pair(&self, kind: PairKind, id: &str, user: &str) -> Result<bool, Infallible> {
        Ok(match kind {
            PairKind::Member => self.membership_position(id, user).is_some(),
            PairKind::TeamMembership => self.team_membership_position(id, user).is_some(),
            PairKind::GroupMember => self.group_membership(id, user).is_some(),
        })
    }

    fn first_child(&self, kind: ParentKind, id: &str) -> Result<Option<Box<str>>, Infallible> {
        // Lists of children are in no order: it depends on what was undone before.
        let first = match kind {
            ParentKind::Organization => {
                let teams = self.stored_organization(id).map(|slot| &self.organizations.row(slot).teams);
                teams.into_iter().flatten().map(|&team| self.teams.id(team)).min()
            }
            ParentKind::Team => {
                let projects = self.stored_team(id).map(|slot| &self.teams.row(slot).projects);
                projects.into_iter().flatten().map(|&project| self.projects.id(project)).min()
            }
        };
        Ok(first.map(Box::from))
    }
}
