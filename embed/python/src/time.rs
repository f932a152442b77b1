//! Moments of Python as milliseconds.

use std::cell::RefCell;

use clearance_native::{Error, clock};
use pyo3::{intern, prelude::*, sync::PyOnceLock, types::PyType};

use crate::error::{exception, wrong};

/// What it takes to count the milliseconds of a `datetime`. Python subtracts exactly; a float of seconds would not be exact.
struct Ruler {
    datetime: Py<PyType>,
    /// 1970-01-01T00:00:00Z
    epoch: Py<PyAny>,
}

thread_local! {
    /// The moment that this thread asked about last, which is often that of the next question, and its milliseconds.
    static LAST: RefCell<Option<(Py<PyAny>, f64)>> = const { RefCell::new(None) };
}

/// Without leap seconds, which Python and the contract do not count.
const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

static RULER: PyOnceLock<Ruler> = PyOnceLock::new();

fn ruler(py: Python<'_>) -> PyResult<&Ruler> {
    RULER.get_or_try_init(py, || {
        let module = py.import("datetime")?;
        let datetime = module.getattr("datetime")?.cast_into::<PyType>()?;
        let utc = module.getattr("timezone")?.getattr("utc")?;
        let epoch = datetime.call_method1("fromtimestamp", (0, utc))?.unbind();
        Ok(Ruler { datetime: datetime.unbind(), epoch })
    })
}

/// The milliseconds since 1970-01-01T00:00:00Z of a `datetime` that knows its zone, or of the present moment.
#[pyfunction]
#[pyo3(name = "_millis")]
pub(crate) fn millis(now: Option<&Bound<'_, PyAny>>) -> PyResult<f64> {
    let Some(now) = now else { return Ok(clock()) };
    let last = LAST.with_borrow(|last| last.as_ref().filter(|(moment, _)| moment.is(now)).map(|(_, millis)| *millis));
    if let Some(millis) = last {
        return Ok(millis);
    }
    let py = now.py();
    let Ruler { datetime, epoch } = ruler(py)?;
    // One of a derived class may be another moment the next time.
    let is_plain = now.get_type().is(datetime);
    if !is_plain && !now.is_instance(datetime.bind(py))? {
        return Err(wrong("now", "a datetime with a time zone: a number does not say what it counts"));
    }
    // Python refuses to compare a moment with a time of day that is anywhere.
    let since = now.sub(epoch).map_err(|_| exception(Error::time("`now` has no time zone: use `datetime.now(timezone.utc)`")))?;
    let part = |name| since.getattr(name)?.extract::<i64>();
    let (days, seconds, micros) = (part(intern!(py, "days"))?, part(intern!(py, "seconds"))?, part(intern!(py, "microseconds"))?);
    let whole = days * MILLIS_PER_DAY + seconds * 1000 + micros / 1000;
    #[expect(clippy::cast_precision_loss, reason = "the years of Python have fewer milliseconds than a float counts exactly")]
    let millis = whole as f64;
    if is_plain {
        LAST.with_borrow_mut(|last| last.replace((now.clone().unbind(), millis)));
    }
    Ok(millis)
}
