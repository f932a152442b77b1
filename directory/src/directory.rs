//! All the data, and slots for ids.

use crate::binding_list::{BindingList, Entry};
use crate::chain::Chain;
use crate::row::{BindingRow, GroupRow, KeyRow, OrganizationRow, ProjectRow, RoleRow, StoredProject, TeamRow, UserRow};
use crate::slot::{BindingSlot, HolderSlot, Node, PlaceId, PlaceSlot, Principal, PrincipalId, PrincipalSlot, RoleSlot};
use crate::stamp::Stamp;
use crate::table::Table;

/// All the data, indexed so that the facts of one principal at one place are gathered without looking at the rest.
///
/// It changes by [`Directory::apply`] and [`Directory::apply_all`] alone and says by [`Directory::epoch`] whom the changes concern.
#[derive(Default)]
pub struct Directory {
    pub(crate) organizations: Table<OrganizationRow>,
    pub(crate) users: Table<UserRow>,
    pub(crate) teams: Table<TeamRow>,
    pub(crate) projects: Table<ProjectRow>,
    pub(crate) groups: Table<GroupRow>,
    pub(crate) roles: Table<RoleRow>,
    pub(crate) keys: Table<KeyRow>,
    pub(crate) bindings: Table<BindingRow>,
    /// Counts the changes, so that no stamp is given twice.
    pub(crate) clock: u64,
    /// Each stamp that was replaced, with what it was, while a batch is made that may have to be undone.
    pub(crate) replaced_stamps: Option<Vec<(Stamp, u64)>>,
}

impl Directory {
    /// The slot of a principal. `None` means that the user or key is not stored, or that the project has no project key.
    pub fn principal(&self, id: PrincipalId<'_>) -> Option<PrincipalSlot> {
        let principal = match id {
            PrincipalId::User(id) => Principal::User(self.users.find(id)?),
            PrincipalId::Key(id) => Principal::Key(self.keys.find(id)?),
            PrincipalId::ProjectKey(id) => Principal::ProjectKey(self.projects.find(id)?),
        };
        self.is_known(principal).then_some(PrincipalSlot(principal))
    }

    /// The slot of a place. `None` means that there is no such node.
    pub fn place(&self, id: PlaceId<'_>) -> Option<PlaceSlot> {
        let node = match id {
            PlaceId::Organization(id) => Node::Organization(self.organizations.find(id)?),
            PlaceId::Team(id) => Node::Team(self.teams.find(id)?),
            PlaceId::Project(id) => Node::Project(self.projects.find(id)?),
        };
        self.chain(node).map(|_| PlaceSlot(node))
    }

    /// The id of a principal.
    pub fn principal_id(&self, principal: PrincipalSlot) -> PrincipalId<'_> {
        match principal.0 {
            Principal::User(slot) => PrincipalId::User(self.users.id(slot)),
            Principal::Key(slot) => PrincipalId::Key(self.keys.id(slot)),
            Principal::ProjectKey(slot) => PrincipalId::ProjectKey(self.projects.id(slot)),
        }
    }

    /// The id of a place.
    pub fn place_id(&self, place: PlaceSlot) -> PlaceId<'_> {
        match place.0 {
            Node::Organization(slot) => PlaceId::Organization(self.organizations.id(slot)),
            Node::Team(slot) => PlaceId::Team(self.teams.id(slot)),
            Node::Project(slot) => PlaceId::Project(self.projects.id(slot)),
        }
    }

    /// The id of a binding. `None` means that it was removed.
    pub fn binding_id(&self, binding: BindingSlot) -> Option<&str> {
        self.bindings.row(binding.0).holder.map(|_| self.bindings.id(binding.0))
    }

    /// The id of a custom role, stored or not.
    pub fn role_id(&self, role: RoleSlot) -> &str {
        self.roles.id(role.0)
    }

    pub(crate) fn is_known(&self, principal: Principal) -> bool {
        match principal {
            Principal::User(slot) => self.users.row(slot).stored.is_some(),
            Principal::Key(slot) => self.keys.row(slot).stored.is_some(),
            Principal::ProjectKey(slot) => has_project_key(self.projects.row(slot).stored.as_ref()),
        }
    }

    /// The node with its ancestors. `None` means that the node is not stored.
    pub(crate) fn chain(&self, node: Node) -> Option<Chain> {
        match node {
            Node::Organization(organization) => {
                self.organizations.row(organization).stored.as_ref()?;
                Some(Chain { organization, team: None, project: None, archived: false })
            }
            Node::Team(team) => {
                let above = self.chain(Node::Organization(self.teams.row(team).stored.as_ref()?.organization))?;
                Some(Chain { team: Some(team), ..above })
            }
            Node::Project(project) => {
                let stored = self.projects.row(project).stored.as_ref()?;
                let above = self.chain(Node::Team(stored.team))?;
                Some(Chain { project: Some(project), archived: stored.archived_at.is_some(), ..above })
            }
        }
    }

    pub(crate) fn binding_list(&self, holder: HolderSlot) -> &BindingList {
        match holder {
            HolderSlot::User(slot) => &self.users.row(slot).bindings,
            HolderSlot::Group(slot) => &self.groups.row(slot).bindings,
            HolderSlot::Key(slot) => &self.keys.row(slot).bindings,
        }
    }

    pub(crate) fn binding_list_mut(&mut self, holder: HolderSlot) -> Option<&mut BindingList> {
        match holder {
            HolderSlot::User(slot) => self.users.row_mut(slot).map(|row| &mut row.bindings),
            HolderSlot::Group(slot) => self.groups.row_mut(slot).map(|row| &mut row.bindings),
            HolderSlot::Key(slot) => self.keys.row_mut(slot).map(|row| &mut row.bindings),
        }
    }

    /// Where a binding stands in the list of its holder, or would stand.
    pub(crate) fn binding_position(&self, holder: HolderSlot, id: &str) -> Result<usize, usize> {
        self.binding_list(holder).position(|entry: &Entry| self.bindings.id(entry.binding).cmp(id))
    }
}

pub(crate) fn has_project_key(project: Option<&StoredProject>) -> bool {
    project.is_some_and(|stored| stored.project_key.is_some())
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Directory")
            .field("organizations", &self.organizations.len())
            .field("users", &self.users.len())
            .field("keys", &self.keys.len())
            .field("bindings", &self.bindings.len())
            .finish_non_exhaustive()
    }
}
