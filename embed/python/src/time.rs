//! Moments.

use clearance_native::{Error, clock};
use pyo3::{prelude::*, sync::PyOnceLock, types::PyType};

use crate::error::{exception, wrong};

/// What it takes to count the milliseconds of a `datetime`. Python does so exactly; a float of seconds would not be exact.
struct Ruler {
    datetime: Py<PyType>,
    /// 1970-01-01T00:00:00Z
    epoch: Py<PyAny>,
    /// One millisecond.
    unit: Py<PyAny>,
}

static RULER: PyOnceLock<Ruler> = PyOnceLock::new();

fn ruler(py: Python<'_>) -> PyResult<&Ruler> {
    RULER.get_or_try_init(py, || {
        let module = py.import("datetime")?;
        let datetime = module.getattr("datetime")?.cast_into::<PyType>()?;
        let utc = module.getattr("timezone")?.getattr("utc")?;
        let epoch = datetime.call_method1("fromtimestamp", (0, utc))?.unbind();
        let unit = module.getattr("timedelta")?.call1((0, 0, 1000))?.unbind();
        Ok(Ruler { datetime: datetime.unbind(), epoch, unit })
    })
}

/// The milliseconds since 1970-01-01T00:00:00Z of a `datetime` that knows its zone, or of the present moment.
#[pyfunction]
#[pyo3(name = "_millis")]
pub(crate) fn millis(now: Option<&Bound<'_, PyAny>>) -> PyResult<f64> {
    let Some(now) = now else { return Ok(clock()) };
    let Ruler { datetime, epoch, unit } = ruler(now.py())?;
    if !now.is_instance(datetime.bind(now.py()))? {
        return Err(wrong("now", "a datetime with a time zone: a number does not say what it counts"));
    }
    // Python refuses to compare a moment with a time of day that is anywhere.
    let since = now.sub(epoch).map_err(|_| exception(Error::time("`now` has no time zone: use `datetime.now(timezone.utc)`")))?;
    // Infinite where it is too large, which is not a time.
    since.floor_div(unit)?.extract()
}
