//! A directory from a document.

use crate::apply::Applied;
use crate::change::Change;
use crate::directory::Directory;
use crate::document::{Binding, Document};
use crate::error::{ChangeError, DocumentError};
use crate::locate::with_position;

/// Where the rows of a document come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowOrigin {
    /// Somebody sent them, and they are judged.
    File,
    /// A database holds them, and accepted them once.
    Store,
}

/// Loading a document is applying its rows one by one, so that it refuses what a change refuses.
impl Directory {
    /// Loads a directory from JSON.
    ///
    /// # Errors
    ///
    /// The first place where the text is not a document, or where a row is refused: an id that is taken, a pair that is there
    /// already, a team without its organization, a project without its team, a text that is not an id, or a `customRole` without a
    /// CUSTOM binding or the other way round. What is merely left over loads: [`lint`](crate::lint) lists it.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        Document::from_json(text)
            .and_then(Self::from_document)
            .map_err(|error| if error.position().is_none() { with_position(error, text) } else { error })
    }

    /// Loads a directory from a document.
    ///
    /// # Errors
    ///
    /// As [`Directory::from_json`].
    pub fn from_document(document: Document) -> Result<Self, DocumentError> {
        let mut directory = Self::default();
        directory.load(document, RowOrigin::File)?;
        Ok(directory)
    }

    /// Loads a directory from what a database holds. The list of a custom role that an older version accepted beyond the
    /// [bounds](crate::role_list) is loaded as it is: nothing that is stored is lost, and a change of the role can mend it.
    ///
    /// # Errors
    ///
    /// As [`Directory::from_json`], but for those lists.
    pub fn from_stored(document: Document) -> Result<Self, DocumentError> {
        let mut directory = Self::default();
        directory.load(document, RowOrigin::Store)?;
        Ok(directory)
    }

    /// Adds the rows of a document.
    fn load(&mut self, document: Document, origin: RowOrigin) -> Result<(), DocumentError> {
        let Document { organizations, users, members, teams, team_memberships, projects, groups, roles, keys, bindings } =
            document;
        self.load_rows(("organizations", origin), organizations, Change::AddOrganization)?;
        self.load_rows(("users", origin), users, Change::AddUser)?;
        self.load_rows(("members", origin), members, Change::AddMember)?;
        self.load_rows(("teams", origin), teams, Change::AddTeam)?;
        self.load_rows(("teamMemberships", origin), team_memberships, Change::AddTeamMembership)?;
        self.load_rows(("projects", origin), projects, Change::AddProject)?;
        self.load_rows(("groups", origin), groups, Change::AddGroup)?;
        self.load_rows(("roles", origin), roles, Change::AddRole)?;
        self.load_rows(("keys", origin), keys, Change::AddKey)?;
        self.load_bindings(origin, bindings)
    }

    /// Adds the bindings in the order of their ids, in which each comes behind those of its holder that are there: in any other order, the
    /// time for the bindings of one holder would be in proportion to the square of their number. The error is that of the first row all
    /// the same. No row depends on another one but for its id, and of equal ids the first row comes first.
    fn load_bindings(&mut self, origin: RowOrigin, bindings: Vec<Binding>) -> Result<(), DocumentError> {
        // The slots are in the order of the rows, which a document that is written has as well.
        for binding in &bindings {
            self.bindings.intern(&binding.id);
        }
        let mut rows: Vec<_> = bindings.into_iter().enumerate().collect();
        rows.sort_by(|(_, one), (_, other)| one.id.cmp(&other.id));
        let mut first: Option<(usize, ChangeError)> = None;
        for (index, row) in rows {
            if let Err(error) = self.load_row(origin, Change::AddBinding(row))
                && first.as_ref().is_none_or(|(earliest, _)| index < *earliest)
            {
                first = Some((index, error));
            }
        }
        first.map_or(Ok(()), |(index, error)| Err(DocumentError::row("bindings", index, error)))
    }

    fn load_row(&mut self, origin: RowOrigin, change: Change) -> Result<(), ChangeError> {
        // Role sets are compiled from the whole directory after loading.
        let Applied { recompile: _ } = match origin {
            RowOrigin::File => self.apply(change)?,
            RowOrigin::Store => self.apply_stored(change)?,
        };
        Ok(())
    }

    fn load_rows<T>(
        &mut self,
        (list, origin): (&str, RowOrigin),
        rows: Vec<T>,
        change: impl Fn(T) -> Change,
    ) -> Result<(), DocumentError> {
        for (index, row) in rows.into_iter().enumerate() {
            self.load_row(origin, change(row)).map_err(|error| DocumentError::row(list, index, error))?;
        }
        Ok(())
    }
}
