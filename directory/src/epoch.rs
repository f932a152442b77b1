//! Whom a change concerns.
//!
//! Every change takes a new number from the clock of the directory and stamps with it the rows of those whom it concerns: the
//! key, the user, the project. What is gathered for one principal at one place comes from a few such rows, so the largest of
//! their stamps changes exactly when one of them does. A user's stamp counts for every key that the user owns, so a change of a
//! person need not look for keys.

use crate::directory::Directory;
use crate::row::Namer;
use crate::slot::{HolderSlot, Node, PlaceSlot, Principal, PrincipalSlot};
use crate::stamp::Stamp;

/// Says whether the facts of one principal at one place may have changed: while two epochs of that pair are equal, they have not,
/// but for `now` and for what other role sets answer. No epoch of a pair comes back. Epochs of different pairs or directories
/// say nothing about each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Directory {
    /// The epoch of a principal at a place.
    pub fn epoch(&self, principal: PrincipalSlot, place: PlaceSlot) -> Epoch {
        let principal = match principal.0 {
            Principal::User(slot) => self.users.row(slot).stamp,
            Principal::Key(slot) => {
                let key = self.keys.row(slot);
                let owner = key.stored.as_ref().and_then(|stored| stored.owner);
                owner.map_or(0, |owner| self.users.row(owner).stamp).max(key.stamp)
            }
            Principal::ProjectKey(slot) => self.projects.row(slot).key_stamp,
        };
        let place = match place.0 {
            Node::Organization(slot) => self.organizations.row(slot).place_stamp,
            Node::Team(slot) => self.teams.row(slot).place_stamp,
            Node::Project(slot) => self.projects.row(slot).place_stamp,
        };
        Epoch(principal.max(place))
    }

    /// Gives a stamp the number of the change that is being made.
    pub(crate) fn touch(&mut self, stamp: Stamp) {
        let clock = self.clock;
        let Some(number) = self.stamp_mut(stamp) else { return };
        let before = std::mem::replace(number, clock);
        if let Some(replaced) = &mut self.replaced_stamps {
            replaced.push((stamp, before));
        }
    }

    /// The number of a stamp. `None` means a slot of another table.
    pub(crate) fn stamp_mut(&mut self, stamp: Stamp) -> Option<&mut u64> {
        match stamp {
            Stamp::User(slot) => self.users.row_mut(slot).map(|row| &mut row.stamp),
            Stamp::Key(slot) => self.keys.row_mut(slot).map(|row| &mut row.stamp),
            Stamp::ProjectKey(slot) => self.projects.row_mut(slot).map(|row| &mut row.key_stamp),
            Stamp::Place(Node::Organization(slot)) => self.organizations.row_mut(slot).map(|row| &mut row.place_stamp),
            Stamp::Place(Node::Team(slot)) => self.teams.row_mut(slot).map(|row| &mut row.place_stamp),
            Stamp::Place(Node::Project(slot)) => self.projects.row_mut(slot).map(|row| &mut row.place_stamp),
        }
    }

    pub(crate) fn touch_user(&mut self, slot: u32) {
        self.touch(Stamp::User(slot));
    }

    pub(crate) fn touch_key(&mut self, slot: u32) {
        self.touch(Stamp::Key(slot));
    }

    /// A user was deactivated or reactivated: concerns the keys that the user made, too.
    pub(crate) fn touch_person(&mut self, slot: u32) {
        self.touch_user(slot);
        let created = self.users.row(slot).created.clone();
        created.into_iter().for_each(|key| self.touch_key(key));
    }

    /// A binding came or went: concerns its holder, and each member of a group.
    pub(crate) fn touch_holder(&mut self, holder: HolderSlot) {
        match holder {
            HolderSlot::User(slot) => self.touch_user(slot),
            HolderSlot::Key(slot) => self.touch_key(slot),
            HolderSlot::Group(slot) => {
                let members = self.groups.row(slot).stored.as_ref().map(|stored| stored.members.clone());
                members.into_iter().flatten().for_each(|user| self.touch_user(user));
            }
        }
    }

    /// A custom role changed: concerns everyone bound to it.
    pub(crate) fn touch_namers(&mut self, role: u32) {
        let namers: Vec<Namer> = self.roles.row(role).named_by.keys().copied().collect();
        for namer in namers {
            match namer {
                Namer::User(slot) | Namer::TeamMembership(slot) => self.touch_user(slot),
                Namer::Group(slot) => self.touch_holder(HolderSlot::Group(slot)),
                Namer::Key(slot) => self.touch_key(slot),
            }
        }
    }
}
