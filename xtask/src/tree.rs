//! The files of the project, as text.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use ignore::WalkBuilder;

/// The text files of the project, by their path from its root, with `/` between the parts.
///
/// What `.gitignore` names is left out. Of what is not UTF-8 text, only the path is known.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    /// The paths of what is no text.
    others: BTreeSet<String>,
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    // This crate lies in a folder of the root.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

impl Tree {
    /// Reads the files of a folder.
    ///
    /// # Errors
    ///
    /// A file or a folder cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut walk = WalkBuilder::new(root);
        // The same with and without a git repository around it, and whatever else the machine ignores.
        walk.hidden(false).require_git(false).git_global(false).git_exclude(false).parents(false);
        walk.filter_entry(|entry| entry.file_name() != ".git");
        let mut files = BTreeMap::new();
        let mut others = BTreeSet::new();
        for entry in walk.build() {
            let entry = entry?;
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let bytes = fs::read(entry.path()).with_context(|| format!("cannot read `{}`", entry.path().display()))?;
            let relative = entry.path().strip_prefix(root)?;
            let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            match String::from_utf8(bytes) {
                Ok(text) => drop(files.insert(parts.join("/"), text)),
                Err(_) => drop(others.insert(parts.join("/"))),
            }
        }
        Ok(Self { files, others })
    }

    /// Whether there is a file that is no text.
    pub(crate) fn has_other(&self, path: &str) -> bool {
        self.others.contains(path)
    }

    /// The same files, but for one.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.remove(path);
        self
    }

    /// Every file, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files of a folder, at any depth.
    pub(crate) fn under(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        let inside = move |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.files().filter(move |(path, _)| inside(path))
    }

    /// The files whose name ends in `.extension`.
    pub(crate) fn of_kind(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        let is = move |path: &str| Path::new(path).extension().is_some_and(|own| own == extension);
        self.files().filter(move |(path, _)| is(path))
    }

    /// The text of one file, if there is one.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        Self { files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_read_without_what_git_ignores() {
        let tree = Tree::read(&root()).unwrap();
        assert!(tree.get("Cargo.toml").is_some_and(|text| text.contains("[workspace]")));
        assert!(tree.get(".cargo/config.toml").is_some());
        assert_eq!(tree.under("target").count() + tree.under(".git").count(), 0);
        assert!(tree.under("xtask/src").any(|(path, _)| path == "xtask/src/tree.rs"));
    }
}
