//! The extension module `clearance._native`: the classes that are asked often, and the calls behind the others.
//!
//! The package around it, in `python/clearance`, has what users see. Here is what must be fast, and what crosses to Rust: names, moments,
//! decisions, errors. Everything else crosses as JSON. No rule is here.

mod authorizer;
mod decision;
mod error;
mod fork;
mod names;
mod time;

use pyo3::pymodule;

/// The part of `clearance` that is not written in Python.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::{
        authorizer::Authorizer,
        decision::Decision,
        fork::forked,
        names::{Key, Organization, Project, ProjectKey, Team, User},
        time::millis,
    };
}
