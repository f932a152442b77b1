//! Errors, as the package raises them.

use clearance_native::Error;
use pyo3::{PyErr, import_exception};

import_exception!(clearance._error, ClearanceError);

/// The exception of an error.
#[cold]
pub(crate) fn exception(Error { code, message, field, index, .. }: Error) -> PyErr {
    ClearanceError::new_err((code, message, field, index))
}

/// An argument has the wrong type.
#[cold]
pub(crate) fn wrong(field: &str, wanted: &str) -> PyErr {
    exception(Error::malformed(format!("`{field}` must be {wanted}")).in_field(field))
}
