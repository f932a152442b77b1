//! What a change leaves to do.

use crate::slot::RoleSlot;

/// What is left to do after a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a role that is not recompiled grants nothing, or what it granted before"]
#[non_exhaustive]
pub struct Applied {
    /// The custom role whose permissions changed: every [`RoleSets`](crate::RoleSets) of this directory has to
    /// [`update`](crate::RoleSets::update) it before the next facts are gathered.
    pub recompile: Option<RoleSlot>,
}
