//! The ids in the path of a request.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;

/// One id.
pub(crate) type Id = Result<Path<String>, PathRejection>;

/// Two ids, in the order of the path.
pub(crate) type Ids = Result<Path<(String, String)>, PathRejection>;

/// The id. What is no text is the empty id, which nothing is stored under.
pub(crate) fn id(id: Id) -> String {
    id.map(|Path(id)| id).unwrap_or_default()
}

/// Both ids. Where one is no text, both are empty.
pub(crate) fn ids(ids: Ids) -> (String, String) {
    ids.map(|Path(ids)| ids).unwrap_or_default()
}
