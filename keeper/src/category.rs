//! Permissions by category, as restricted keys are made.

use clearance::{
    PlaceId, PolicyVersion,
    catalog::{Level, Selection},
};

use crate::fault::Fault;
use crate::keeper::Keeper;

/// Why categories cannot be turned into permissions.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CategoryError {
    /// Some of them do not exist, or not at that level.
    #[error("{}", .0.iter().map(|problem| &*problem.message).collect::<Vec<_>>().join("; "))]
    Refused(Vec<CategoryProblem>),
    /// It is nobody's fault who asked.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A category that does not exist, or not at that level.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CategoryProblem {
    /// Its position among those that were asked for, counted from 0.
    pub index: usize,
    /// What is wrong, and what there is.
    pub message: Box<str>,
}

impl Keeper {
    /// The permissions that these categories stand for at these levels, such as `("traces", "write")`, sorted: those of the version that
    /// answers in the organization.
    ///
    /// # Errors
    ///
    /// All that do not exist, with what there is.
    pub fn permissions_of(
        &self,
        organization: &str,
        categories: &[(impl AsRef<str>, impl AsRef<str>)],
    ) -> Result<Vec<String>, CategoryError> {
        let version = self.authorizer()?.view().place(PlaceId::Organization(organization)).version();
        let mut selections = Vec::with_capacity(categories.len());
        let mut problems = Vec::new();
        for (index, (category, level)) in categories.iter().enumerate() {
            match selection(&version, category.as_ref(), level.as_ref()) {
                Ok(selection) => selections.push(selection),
                Err(message) => problems.push(CategoryProblem { index, message: message.into() }),
            }
        }
        if !problems.is_empty() {
            return Err(CategoryError::Refused(problems));
        }
        // Each was found in the catalog of this version.
        let permissions = version.selections_to_permissions(&selections).map_err(Fault::from)?;
        permissions.map_err(|_| Fault::BadFacts.into())
    }
}

fn selection(version: &PolicyVersion, category: &str, level: &str) -> Result<Selection, String> {
    let categories = &version.description().categories;
    let Some(found) = categories.iter().find(|found| found.key == category) else {
        let known = quoted(categories.iter().map(|category| category.key.as_str()));
        return Err(format!("there is no such category, write one of {known}"));
    };
    let levels = [(Level::Read, found.read), (Level::Write, found.write)];
    let mut levels = levels.into_iter().filter(|(_, permissions)| !permissions.is_empty()).map(|(level, _)| level);
    match levels.clone().find(|known| known.as_str() == level) {
        Some(level) => Ok(Selection { category: category.to_owned(), level }),
        None => Err(format!("`{}` has no such level, write {}", found.key, quoted(levels.by_ref().map(Level::as_str)))),
    }
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
