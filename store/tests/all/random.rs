//! Random rows and changes on a few ids, so that things meet.

use clearance_directory::Change;
use clearance_directory::document::{
    Binding, BindingRole, Group, Holder, Key, Member, MemberRole, Mode, Organization, Project, Role, RoleKind, Scope, Team,
    TeamMembership, Timestamp, User,
};

use clearance_directory::role_list::{MAX_ROLE_NAME_BYTES, MAX_ROLE_NAMES};

use super::database::at;

/// Turns random bytes into changes.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl Bytes<'_> {
    pub(crate) fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn flip(&mut self) -> bool {
        self.next().is_multiple_of(3)
    }

    /// Rarely a text that is not an id.
    fn id(&mut self, kind: &str, count: u8) -> Box<str> {
        match self.next() {
            255 => "no id".into(),
            254 => "x".repeat(256).into(),
            253 => "".into(),
            252 => "\u{1b}[2J".into(),
            number => format!("{kind}{}", number % count).into(),
        }
    }

    fn organization(&mut self) -> Box<str> {
        self.id("o", 2)
    }

    fn user(&mut self) -> Box<str> {
        self.id("u", 3)
    }

    fn team(&mut self) -> Box<str> {
        self.id("t", 3)
    }

    pub(crate) fn project(&mut self) -> Box<str> {
        self.id("p", 3)
    }

    fn group(&mut self) -> Box<str> {
        self.id("g", 2)
    }

    fn key(&mut self) -> Box<str> {
        self.id("k", 3)
    }

    fn moment(&mut self) -> Option<Timestamp> {
        self.flip().then(|| at(u64::from(self.next())))
    }

    fn name(&mut self) -> Option<Box<str>> {
        self.flip().then(|| self.text())
    }

    /// Texts that a careless statement would stumble over.
    fn text(&mut self) -> Box<str> {
        ["", "name", "ä \u{1f511}", "'; DROP TABLE keys; --", "a\0b", "\n"][usize::from(self.next() % 6)].into()
    }

    fn role(&mut self) -> (BindingRole, Option<Box<str>>) {
        let role =
            [BindingRole::Admin, BindingRole::Member, BindingRole::Viewer, BindingRole::Custom][usize::from(self.next() % 4)];
        let odd = self.next().is_multiple_of(8);
        (role, (odd != (role == BindingRole::Custom)).then(|| self.id("r", 3)))
    }

    fn row_user(&mut self) -> User {
        User { id: self.user(), name: self.name(), email: self.name(), deactivated_at: self.moment() }
    }

    fn row_member(&mut self) -> Member {
        let role = [MemberRole::Admin, MemberRole::Member, MemberRole::External][usize::from(self.next() % 3)];
        Member { organization: self.organization(), user: self.user(), role }
    }

    fn row_team(&mut self) -> Team {
        let owner = self.flip().then(|| self.user());
        Team { id: self.team(), organization: self.organization(), name: self.name(), personal: self.flip(), owner }
    }

    fn row_team_membership(&mut self) -> TeamMembership {
        let (role, custom_role) = self.role();
        TeamMembership { team: self.team(), user: self.user(), role, custom_role }
    }

    fn row_project(&mut self) -> Project {
        let (id, team) = (self.project(), self.team());
        Project { id, team, name: self.name(), project_key: None, archived_at: self.moment() }
    }

    fn row_group(&mut self) -> Group {
        let members = (0..self.next() % 3).map(|_| self.user()).collect();
        Group { id: self.group(), organization: self.organization(), name: self.name(), members }
    }

    fn row_role(&mut self) -> Role {
        let kind = if self.flip() { RoleKind::Key } else { RoleKind::Custom };
        let permissions = match self.next() {
            232.. => vec!["a".into(); MAX_ROLE_NAMES + 1],
            208.. => vec!["a".into(), "x".repeat(MAX_ROLE_NAME_BYTES + 1).into()],
            number => (0..number % 3).map(|_| self.text()).collect(),
        };
        Role { id: self.id("r", 3), organization: self.organization(), kind, name: self.text(), permissions }
    }

    pub(crate) fn row_key(&mut self) -> Key {
        Key {
            id: self.key(),
            organization: self.organization(),
            name: self.text(),
            description: self.name(),
            mode: [Mode::All, Mode::Readonly, Mode::Restricted][usize::from(self.next() % 3)],
            owner: self.flip().then(|| self.user()),
            created_by: self.flip().then(|| self.user()),
            created_at: self.moment(),
            expires_at: self.moment(),
            revoked_at: self.moment(),
            last_used_at: None,
            ingestion_source: self.name(),
            lookup_id: None,
            hashed_secret: None,
        }
    }

    fn row_binding(&mut self) -> Binding {
        let (role, custom_role) = self.role();
        let holder = match self.next() % 3 {
            0 => Holder::User(self.user()),
            1 => Holder::Group(self.group()),
            _ => Holder::Key(self.key()),
        };
        let scope = match self.next() % 3 {
            0 => Scope::Organization(self.organization()),
            1 => Scope::Team(self.team()),
            _ => Scope::Project(self.project()),
        };
        Binding { id: self.id("b", 8), organization: self.organization(), holder, role, custom_role, scope }
    }

    pub(crate) fn change(&mut self) -> Change {
        let moment = at(7);
        match self.next() % 50 {
            0..=3 => Change::AddOrganization(Organization { id: self.organization(), name: self.name() }),
            4 => Change::EditOrganization(Organization { id: self.organization(), name: self.name() }),
            5 => Change::RemoveOrganization(self.organization()),
            6 => Change::AddUser(self.row_user()),
            7 => Change::EditUser(self.row_user()),
            8 => Change::DeactivateUser { user: self.user(), at: moment },
            9 => Change::RemoveUser(self.user()),
            10 => Change::AddMember(self.row_member()),
            11 => Change::EditMember(self.row_member()),
            12 => Change::RemoveMember { organization: self.organization(), user: self.user() },
            13..=15 => Change::AddTeam(self.row_team()),
            16 => Change::EditTeam(self.row_team()),
            17 => Change::RemoveTeam(self.team()),
            18 => Change::AddTeamMembership(self.row_team_membership()),
            19 => Change::EditTeamMembership(self.row_team_membership()),
            20 => Change::RemoveTeamMembership { team: self.team(), user: self.user() },
            21..=24 => Change::AddProject(self.row_project()),
            25 => Change::EditProject(self.row_project()),
            26 => Change::RemoveProject(self.project()),
            27 => Change::ArchiveProject { project: self.project(), at: moment },
            28 => Change::AddGroup(self.row_group()),
            29 => Change::EditGroup(self.row_group()),
            30 => Change::RemoveGroup(self.group()),
            31 => Change::AddGroupMember { group: self.group(), user: self.user() },
            32 => Change::RemoveGroupMember { group: self.group(), user: self.user() },
            33 => Change::AddRole(self.row_role()),
            34 => Change::EditRole(self.row_role()),
            35 => Change::RemoveRole(self.id("r", 3)),
            36..=38 => Change::AddKey(self.row_key()),
            39 => Change::EditKey(self.row_key()),
            40 => Change::RevokeKey { key: self.key(), at: moment },
            41 => Change::RemoveKey(self.key()),
            42..=45 => Change::AddBinding(self.row_binding()),
            46 | 47 => Change::EditBinding(self.row_binding()),
            _ => Change::RemoveBinding(self.id("b", 8)),
        }
    }
}
