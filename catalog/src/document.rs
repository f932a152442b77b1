//! The form of a catalog file, before its names mean anything.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::{
    catalog::LISTS,
    mistake::{Mistake, Problem},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) policy: Policy,
    pub(crate) lifecycle: Lifecycle,
    #[serde(default)]
    pub(crate) implies: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    pub(crate) resource: Vec<Resource>,
    pub(crate) lists: Lists,
    #[serde(default)]
    pub(crate) category: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Policy {
    pub(crate) name: Spanned<String>,
    pub(crate) version: Spanned<String>,
    pub(crate) rules: Option<Spanned<String>>,
    pub(crate) view_project: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Lifecycle {
    pub(crate) reserved_name: Spanned<String>,
    pub(crate) actions: Vec<Spanned<String>>,
    pub(crate) see_keys: Spanned<String>,
    pub(crate) manage_keys: Spanned<String>,
    pub(crate) read_project_key: Spanned<String>,
    pub(crate) rotate_project_key: Spanned<String>,
    pub(crate) ceiling: Ceiling,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ceiling {
    pub(crate) admin: Needed,
    pub(crate) member: Needed,
    pub(crate) viewer: Needed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Needed {
    pub(crate) organization: Spanned<String>,
    pub(crate) below: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    pub(crate) name: Spanned<String>,
    pub(crate) actions: Vec<Spanned<String>>,
    pub(crate) tier: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Lists {
    viewer: Vec<Spanned<String>>,
    member: Vec<Spanned<String>>,
    admin: Vec<Spanned<String>>,
    lite_member: Vec<Spanned<String>>,
    organization_member: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Category {
    pub(crate) key: Spanned<String>,
    pub(crate) label: Spanned<String>,
    pub(crate) resources: Vec<Spanned<String>>,
    pub(crate) levels: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) documented: bool,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Problem::at(text, at, Mistake::Form(error.message().into()))
        })
    }
}

impl Lists {
    /// In the order of [`LISTS`].
    pub(crate) fn in_order(&self) -> [&[Spanned<String>]; LISTS.len()] {
        [&self.viewer, &self.member, &self.admin, &self.lite_member, &self.organization_member]
    }
}
