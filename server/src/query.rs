//! The query of a request.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;

/// The names and values of a query, in its order.
pub(crate) type Pairs = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// What a query says. One that cannot be read says one thing that no route knows.
pub(crate) fn pairs(query: Pairs) -> Vec<(String, String)> {
    query.map_or_else(|_| vec![(String::new(), String::new())], |Query(pairs)| pairs)
}
