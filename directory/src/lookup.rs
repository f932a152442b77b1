//! What the rules for changes ask of the data, wherever it is held.

/// Answers the questions that the rules for changes have about the data: see [`Change::validate`](crate::Change::validate).
///
/// A [`Directory`](crate::Directory) answers from its indexes. A database answers with queries in the transaction that writes, so that
/// a change is judged by what the changes before it in the same batch left. No change asks more than two questions, and an index
/// answers each of them.
pub trait Lookup {
    /// Why a question has no answer, such as a database that fails.
    type Error;

    /// Whether a row of this kind has this id.
    ///
    /// # Errors
    ///
    /// The question has no answer.
    fn has_row(&self, kind: RowKind, id: &str) -> Result<bool, Self::Error>;

    /// Whether the user is in this organization, team or group. Neither of the two has to be stored itself.
    ///
    /// # Errors
    ///
    /// The question has no answer.
    fn has_pair(&self, kind: PairKind, id: &str, user: &str) -> Result<bool, Self::Error>;

    /// The id of the child of this row that comes first in the order of bytes. `None` means that it has no children.
    ///
    /// # Errors
    ///
    /// The question has no answer.
    fn first_child(&self, kind: ParentKind, id: &str) -> Result<Option<Box<str>>, Self::Error>;
}

/// A kind of row that has an id of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// An organization.
    Organization,
    /// A user.
    User,
    /// A team.
    Team,
    /// A project.
    Project,
    /// A group.
    Group,
    /// A custom role.
    Role,
    /// A key.
    Key,
    /// A binding.
    Binding,
}

/// A kind of row that puts a user into something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PairKind {
    /// A user is a member of an organization.
    Member,
    /// A user has a role in a team.
    TeamMembership,
    /// A user is in a group.
    GroupMember,
}

/// A kind of row that cannot be removed while it has children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParentKind {
    /// An organization, whose children are teams.
    Organization,
    /// A team, whose children are projects.
    Team,
}

impl RowKind {
    /// The word for such a row in messages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::User => "user",
            Self::Team => "team",
            Self::Project => "project",
            Self::Group => "group",
            Self::Role => "custom role",
            Self::Key => "key",
            Self::Binding => "binding",
        }
    }
}

impl PairKind {
    /// The word in messages for what the user is in.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Member => "organization",
            Self::TeamMembership => "team",
            Self::GroupMember => "group",
        }
    }
}

impl ParentKind {
    /// The word for such a row in messages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Team => "team",
        }
    }

    /// The word in messages for its children.
    pub(crate) fn children(self) -> &'static str {
        match self {
            Self::Organization => "teams",
            Self::Team => "projects",
        }
    }
}
