//! What takes bytes from outside, each with what has to hold whatever the bytes are.
//!
//! A target panics where it does not hold. The workspace in `fuzz/` lets libFuzzer look for such bytes, and an ordinary test asks each
//! target about bytes that are made from the seeds, so that no target rots.

mod bytes;
mod documents;
mod files;
mod requests;

/// Something that takes bytes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, as `cargo xtask fuzz` takes it.
    pub name: &'static str,
    /// Gives what takes the bytes, and panics where something does not hold. It ends what it needs when it is dropped.
    pub open: fn() -> Run,
    /// Bytes from which others are made.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// What takes bytes.
pub type Run = Box<dyn FnMut(&[u8])>;

/// All targets.
pub const TARGETS: [Target; 10] = [
    Target { name: "questions", open: || Box::new(bytes::question), seeds: bytes::questions },
    Target { name: "answers", open: || Box::new(bytes::answer), seeds: bytes::answers },
    Target { name: "capsule", open: || Box::new(bytes::capsule), seeds: bytes::capsules },
    Target { name: "tokens", open: || Box::new(bytes::token), seeds: bytes::tokens },
    Target { name: "directory", open: || Box::new(documents::directory), seeds: documents::directories },
    Target { name: "changes", open: || Box::new(documents::changes), seeds: documents::change_lists },
    Target { name: "catalog", open: || Box::new(documents::catalog), seeds: documents::catalogs },
    Target { name: "carried", open: || Box::new(files::read_carried), seeds: files::carried_texts },
    Target { name: "versions", open: || Box::new(files::folder_of_versions), seeds: files::folders_of_versions },
    Target { name: "requests", open: requests::open, seeds: requests::requests },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// A file of the project.
fn file(path: &str) -> Vec<u8> {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("cannot read `{path}`: {error}"))
}
