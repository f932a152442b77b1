#![cfg(unix)]

use std::{
    env,
    ffi::OsString,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    thread,
};

use super::*;
use crate::{Engine, Limits, LoadError, compiled::Compiled};

/// A folder that is not there, for one test.
fn fresh(name: &str) -> PathBuf {
    let folder = env::temp_dir().join(format!("clearance-code-cache-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

/// Compiled in no time.
fn component() -> (Digest, Vec<u8>) {
    let bytes = wat::parse_str("(component (core module (func (export \"f\"))))").unwrap();
    (Digest::of(&bytes), bytes)
}

fn engine(folder: &Path) -> Engine {
    Engine::with_cache(Limits::default(), CodeCache::open(folder).unwrap()).unwrap()
}

/// Loads the component in another engine, as another process would, and says whether it was compiled.
fn compiles(folder: &Path) -> bool {
    let engine = engine(folder);
    let (digest, bytes) = component();
    let compiled = Compiled::new(&engine, digest, &bytes).unwrap();
    compiled.keep(&engine, digest);
    compiled.is_new()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn only_file(folder: &Path) -> PathBuf {
    let [file] = &*files(folder) else { panic!("one file: {:?}", files(folder)) };
    file.clone()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_was_compiled_is_not_compiled_again() {
    let folder = fresh("kept");
    assert_eq!([compiles(&folder), compiles(&folder), compiles(&folder)], [true, false, false]);
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(only_file(&folder)).unwrap().mode() & OTHERS_WRITE_BITS, 0);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_kept_policy_answers_as_a_compiled_one() {
    let folder = fresh("policy");
    let [compiled, kept] = [(), ()].map(|()| engine(&folder).load(clearance_policy::LANGWATCH).unwrap());
    let (digest, bytes) = (Digest::of(clearance_policy::LANGWATCH), clearance_policy::LANGWATCH);
    assert!(!Compiled::new(&engine(&folder), digest, bytes).unwrap().is_new());
    assert_eq!(kept.description(), compiled.description());
    assert_eq!((kept.digest(), kept.contract()), (compiled.digest(), compiled.contract()));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_damaged_file_is_compiled_again_and_written_anew() {
    let folder = fresh("damaged");
    assert!(compiles(&folder));
    let file = only_file(&folder);
    let good = fs::read(&file).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let begin = MAGIC.len() + SUM_BYTES;
    let mut damages: Vec<Vec<u8>> = [0, MAGIC.len(), begin - 1, begin, begin + 1000, good.len() - 1].map(flipped).into();
    damages.extend([0, 1, MAGIC.len(), begin - 1, begin, begin + 1, good.len() - 1].map(|end| good[..end].to_vec()));
    damages.push([&*good, b"x"].concat());
    for damaged in damages {
        fs::write(&file, &damaged).unwrap();
        assert!(compiles(&folder), "{} bytes", damaged.len());
        assert!(fs::read(&file).unwrap() == good, "it is written anew");
        assert!(!compiles(&folder));
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_code_of_another_component_or_engine_is_not_used() {
    let folder = fresh("other");
    assert!(compiles(&folder));
    let (file, cache, (digest, _)) = (only_file(&folder), CodeCache::open(&folder).unwrap(), component());
    let own = Fingerprint::of(engine(&folder).runtime());
    let other = Fingerprint::of(&wasmtime::Engine::default());
    assert_ne!(own.0, other.0);
    assert!(cache.get(digest, &own).is_some());

    let elsewhere = Digest::of(b"another component");
    fs::copy(&file, cache.path(elsewhere, &own)).unwrap();
    assert!(cache.get(elsewhere, &own).is_none());
    fs::copy(&file, cache.path(digest, &other)).unwrap();
    assert!(cache.get(digest, &other).is_none());

    // Even where everything adds up, the runtime does not take what another engine made.
    let foreign = wasmtime::component::Component::new(&wasmtime::Engine::default(), component().1).unwrap().serialize().unwrap();
    cache.put(digest, &own, &foreign);
    assert!(cache.get(digest, &own).is_some());
    assert!(compiles(&folder));
    assert!(!compiles(&folder));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_that_others_can_write_is_compiled_again_and_written_anew() {
    let folder = fresh("file-mode");
    assert!(compiles(&folder));
    let file = only_file(&folder);
    for mode in [0o664, 0o646, 0o666] {
        set_mode(&file, mode);
        assert!(compiles(&folder), "{mode:o}");
        assert!(!compiles(&folder));
    }
    // Only root can give a file away.
    if chown(&file, Some(12_345), None).is_ok() {
        assert!(compiles(&folder));
        assert_ne!(fs::metadata(&file).unwrap().uid(), 12_345);
        assert!(!compiles(&folder));
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_folder_that_others_can_write_is_not_used() {
    let folder = fresh("folder-mode");
    let running = engine(&folder);
    assert!(compiles(&folder));
    for mode in [0o770, 0o702, 0o777] {
        set_mode(&folder, mode);
        let error = CodeCache::open(&folder).unwrap_err();
        assert!(matches!(error, CodeCacheError::OthersWrite { mode: found, .. } if found == mode), "{error}");
        assert!(error.to_string().contains("`chmod go-w` it"), "{error}");
        let (digest, bytes) = component();
        assert!(Compiled::new(&running, digest, &bytes).unwrap().is_new(), "also by an engine that runs already");
    }
    set_mode(&folder, 0o700);
    if chown(&folder, Some(12_345), None).is_ok() {
        assert!(matches!(CodeCache::open(&folder), Err(CodeCacheError::Owner { owner: 12_345, .. })));
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_no_folder_is_an_error_that_names_it() {
    let file = fresh("no-folder");
    fs::write(&file, "a file").unwrap();
    let error = CodeCache::open(&file).unwrap_err().to_string();
    assert!(error.contains(&*file.to_string_lossy()), "{error}");
    fs::remove_file(file).unwrap();
}

#[test]
fn many_writers_leave_one_whole_file() {
    let folder = fresh("writers");
    let engines: Vec<Engine> = (0..8).map(|_| engine(&folder)).collect();
    thread::scope(|threads| {
        for engine in &engines {
            threads.spawn(|| {
                let (digest, bytes) = component();
                for _ in 0..20 {
                    let compiled = Compiled::new(engine, digest, &bytes).unwrap();
                    compiled.keep(engine, digest);
                    let (cache, fingerprint) = engine.cache().unwrap();
                    assert!(cache.get(digest, fingerprint).is_some(), "a reader sees a whole file");
                    cache.put(digest, fingerprint, &compiled.component.serialize().unwrap());
                }
            });
        }
    });
    only_file(&folder);
    assert!(!compiles(&folder));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_component_that_is_refused_is_not_kept() {
    let folder = fresh("refused");
    let (_, bytes) = component();
    let refused = engine(&folder).load(&bytes);
    assert!(matches!(refused, Err(LoadError::Contract { .. })), "{refused:?}");
    assert_eq!(files(&folder), Vec::<PathBuf>::new());

    // Nor does it come in where somebody kept it: what is kept is checked as what is compiled.
    assert!(compiles(&folder));
    let refused = engine(&folder).load(&bytes);
    assert!(matches!(refused, Err(LoadError::Contract { .. })), "{refused:?}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_left_behind_by_a_stopped_writer_is_in_nobodys_way() {
    let folder = fresh("left");
    fs::create_dir(&folder).unwrap();
    let target = folder.join("x");
    let name = |count: u64| OsString::from(format!(".x.{}-{count}", std::process::id()));
    (0..200).for_each(|count| fs::write(folder.join(name(count)), "half").unwrap());
    stored_file::write(&target, b"whole").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"whole");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_folder_that_others_can_replace_is_not_used() {
    let above = fresh("above");
    let folder = above.join("between").join("cache");
    let running = engine(&folder);
    assert!(compiles(&folder));
    let (digest, bytes) = component();
    let kept = || !Compiled::new(&running, digest, &bytes).unwrap().is_new();
    for mode in [0o777, 0o770, 0o702] {
        set_mode(&above, mode);
        let error = CodeCache::open(&folder).unwrap_err();
        let CodeCacheError::ParentOthersWrite { parent, mode: found, .. } = &error else { panic!("{error}") };
        assert_eq!((parent, *found), (&above.canonicalize().unwrap(), mode));
        assert!(error.to_string().contains("`chmod go-w` that"), "{error}");
        assert!(!kept(), "nor by an engine that runs already");
    }
    // As `/tmp` is: everybody can add something, and nobody can move what is another's.
    set_mode(&above, 0o1777);
    CodeCache::open(&folder).unwrap();
    assert!(kept());
    // Only root can give a folder away.
    if chown(&above, Some(12_345), None).is_ok() {
        assert!(matches!(CodeCache::open(&folder), Err(CodeCacheError::ParentOwner { owner: 12_345, .. })));
        assert!(!kept());
    }
    fs::remove_dir_all(above).unwrap();
}

/// A link is followed once, when the folder is opened.
#[test]
fn what_a_link_points_at_is_judged() {
    let above = fresh("linked");
    let (open, folder, link) = (above.join("open"), above.join("open").join("cache"), above.join("link"));
    fs::create_dir_all(&folder).unwrap();
    set_mode(&folder, 0o700);
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    CodeCache::open(&link).unwrap();
    set_mode(&open, 0o777);
    let refused = CodeCache::open(&link);
    assert!(matches!(refused, Err(CodeCacheError::ParentOthersWrite { .. })), "{refused:?}");
    fs::remove_dir_all(above).unwrap();
}
