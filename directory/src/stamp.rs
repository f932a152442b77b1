//! Which number of which row a change gives anew.

use crate::slot::Node;

/// One stamp of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stamp {
    /// The stamp of a user as a principal.
    User(u32),
    /// The stamp of a key as a principal.
    Key(u32),
    /// The stamp of the key of a project as a principal.
    ProjectKey(u32),
    /// The stamp of a node as a place.
    Place(Node),
}
