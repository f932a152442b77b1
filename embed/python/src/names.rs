//! Who asks, and where.

use clearance_native::{PlaceId, PrincipalId};
use pyo3::{prelude::*, types::PyString};

use crate::error::wrong;

/// A text that is one, and that Rust can hold.
pub(crate) fn text<'a>(value: &'a Bound<'_, PyAny>, field: &str) -> PyResult<&'a str> {
    let wanted = "a string without lone surrogates";
    let text = value.cast::<PyString>().map_err(|_| wrong(field, wanted))?;
    text.to_str().map_err(|_| wrong(field, wanted))
}

/// A class for the ids of one kind of thing, so that the id of one kind is never taken for that of another.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[pyclass(frozen, eq, hash, module = "clearance")]
        #[derive(PartialEq, Eq, Hash)]
        pub(crate) struct $name {
            id: String,
        }

        #[pymethods]
        impl $name {
            #[classattr]
            fn __match_args__() -> (&'static str,) {
                ("id",)
            }

            #[new]
            fn new(id: &Bound<'_, PyAny>) -> PyResult<Self> {
                Ok(Self { id: text(id, "id")?.to_owned() })
            }

            /// The id, as the directory has it.
            #[getter]
            fn id(&self) -> &str {
                &self.id
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                Ok(format!(concat!(stringify!($name), "({})"), PyString::new(py, &self.id).repr()?))
            }

            fn __getnewargs__(&self) -> (&str,) {
                (&self.id,)
            }
        }
    };
}

name!(
    /// A user, by id.
    User
);
name!(
    /// A key, by id.
    Key
);
name!(
    /// The older key of a project, by the id of the project. The key itself is a secret, and names nothing.
    ProjectKey
);
name!(
    /// An organization, by id.
    Organization
);
name!(
    /// A team, by id.
    Team
);
name!(
    /// A project, by id.
    Project
);

/// The principal who asks.
pub(crate) fn principal<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<PrincipalId<'a>> {
    if let Ok(key) = value.cast_exact::<Key>() {
        Ok(PrincipalId::Key(&key.get().id))
    } else if let Ok(user) = value.cast_exact::<User>() {
        Ok(PrincipalId::User(&user.get().id))
    } else if let Ok(key) = value.cast_exact::<ProjectKey>() {
        Ok(PrincipalId::ProjectKey(&key.get().id))
    } else {
        Err(wrong("principal", "a User, a Key or a ProjectKey"))
    }
}

/// The place that is asked about.
pub(crate) fn place<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<PlaceId<'a>> {
    if let Ok(project) = value.cast_exact::<Project>() {
        Ok(PlaceId::Project(&project.get().id))
    } else if let Ok(team) = value.cast_exact::<Team>() {
        Ok(PlaceId::Team(&team.get().id))
    } else if let Ok(organization) = value.cast_exact::<Organization>() {
        Ok(PlaceId::Organization(&organization.get().id))
    } else {
        Err(wrong("place", "an Organization, a Team or a Project"))
    }
}
