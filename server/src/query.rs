//! The query of a request.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;

use crate::body::refuse_flaws;
use crate::error::{Error, Flaw};

/// The names and values of a query, in its order.
pub(crate) type Pairs = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// What a query says. One that cannot be read says one thing that no route knows.
pub(crate) fn pairs(query: Pairs) -> Vec<(String, String)> {
    query.map_or_else(|_| vec![(String::new(), String::new())], |Query(pairs)| pairs)
}

/// The values of the parameters that a route knows, each at most once; those with `true` must be there.
pub(crate) fn parameters<const N: usize>(query: Pairs, known: [(&str, bool); N]) -> Result<[Option<String>; N], Error> {
    let mut values = [const { None }; N];
    let mut flaws = Vec::new();
    let mut flaw = |field: &str, message: &str| flaws.push(Flaw { field: field.to_owned(), message: message.to_owned() });
    for (name, value) in pairs(query) {
        match known.iter().position(|(known, _)| *known == name).and_then(|position| values.get_mut(position)) {
            Some(known @ None) => *known = Some(value),
            Some(Some(_)) => flaw(&name, "stands there twice"),
            None => flaw(&name, "is not a parameter of this"),
        }
    }
    for ((name, required), value) in known.iter().zip(&values) {
        if *required && value.is_none() {
            flaw(name, "is missing");
        }
    }
    refuse_flaws(flaws)?;
    Ok(values)
}
