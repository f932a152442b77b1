//! Where compiled code is kept.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clearance_host::{CodeCache, Engine, EngineError, Limits};

use crate::report;

/// The variable that names the folder, or turns the cache off.
const VARIABLE: &str = "CLEARANCE_CACHE";

/// What a policy is run by. It keeps what it compiles where the environment says, and does without where that cannot be.
pub(crate) fn engine() -> Result<Engine, EngineError> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let opened = match set(VARIABLE) {
        Some(off) if off == "off" => None,
        Some(folder) => {
            let opened = CodeCache::open(folder).map_err(anyhow::Error::from);
            // Somebody wants it there, and should know that every start takes longer.
            opened.inspect_err(|error| report::print_warning(&format!("{VARIABLE}: {error:#}"))).ok()
        }
        None => default_folder(set("XDG_CACHE_HOME"), set("HOME")).and_then(|folder| CodeCache::open(folder).ok()),
    };
    match opened {
        Some(cache) => Engine::with_cache(Limits::default(), cache),
        None => Engine::new(Limits::default()),
    }
}

/// Where caches are by custom. Relative paths count for nothing there.
fn default_folder(caches: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let caches = caches.and_then(absolute).or_else(|| Some(home.and_then(absolute)?.join(Path::new(".cache"))))?;
    Some(caches.join("clearance"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_where_caches_are_by_custom() {
        let folder = |caches: &str, home: &str| {
            let set = |text: &str| (!text.is_empty()).then(|| OsString::from(text));
            default_folder(set(caches), set(home)).map(|folder| folder.to_string_lossy().into_owned())
        };
        assert_eq!(folder("/caches", "/me").as_deref(), Some("/caches/clearance"));
        assert_eq!(folder("", "/me").as_deref(), Some("/me/.cache/clearance"));
        assert_eq!(folder("caches", "/me").as_deref(), Some("/me/.cache/clearance"));
        assert_eq!(folder("", "me"), None);
        assert_eq!(folder("", ""), None);
    }
}
