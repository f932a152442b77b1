//! What a component can take, and so what a catalog file may hold. [`MAX_PERMISSIONS`](crate::MAX_PERMISSIONS) is one more limit.

/// The most bytes of a text.
pub(crate) const MAX_TEXT_BYTES: usize = 255;

/// The most items of a list that is not the one of the permissions.
pub(crate) const MAX_LIST_ITEMS: usize = 255;

/// The most bytes of a name: a resource, a colon and an action fit into [`MAX_TEXT_BYTES`].
pub(crate) const MAX_NAME_BYTES: usize = 120;
