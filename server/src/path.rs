//! The ids in the path of a request.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;

/// One id.
pub(crate) type Id = Result<Path<String>, PathRejection>;

/// Two ids, in the order of the path.
pub(crate) type Ids = Result<Path<(String, String)>, PathRejection>;

/// The id. A part that is not text becomes the empty id, which nothing is stored under.
pub(crate) fn id(id: Id) -> String {
    id.map(|Path(id)| id).unwrap_or_default()
}

/// Both ids. Both are empty if one of them is not text.
pub(crate) fn ids(ids: Ids) -> (String, String) {
    ids.map(|Path(ids)| ids).unwrap_or_default()
}
