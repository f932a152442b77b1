//! The form of a catalog file, before anyone asks what its names mean.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{LISTS, Mistake, Problem, line};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) policy: Policy,
    pub(super) lifecycle: Lifecycle,
    #[serde(default)]
    pub(super) implies: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    pub(super) resource: Vec<Resource>,
    pub(super) lists: Lists,
    #[serde(default)]
    pub(super) category: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Policy {
    pub(super) name: Spanned<String>,
    pub(super) version: Spanned<String>,
    pub(super) view_project: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Lifecycle {
    pub(super) reserved_name: Spanned<String>,
    pub(super) actions: Vec<Spanned<String>>,
    pub(super) see_keys: Spanned<String>,
    pub(super) manage_keys: Spanned<String>,
    pub(super) read_project_key: Spanned<String>,
    pub(super) rotate_project_key: Spanned<String>,
    pub(super) ceiling: Ceiling,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ceiling {
    pub(super) admin: Needed,
    pub(super) member: Needed,
    pub(super) viewer: Needed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Needed {
    pub(super) organization: Spanned<String>,
    pub(super) below: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resource {
    pub(super) name: Spanned<String>,
    pub(super) actions: Vec<Spanned<String>>,
    pub(super) tier: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Lists {
    viewer: Vec<Spanned<String>>,
    member: Vec<Spanned<String>>,
    admin: Vec<Spanned<String>>,
    lite_member: Vec<Spanned<String>>,
    organization_member: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Category {
    pub(super) key: Spanned<String>,
    pub(super) label: String,
    pub(super) resources: Vec<Spanned<String>>,
    pub(super) levels: Vec<Spanned<String>>,
    pub(super) documented: bool,
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Problem { line: line(text, at), mistake: Mistake::Form(error.message().into()) }
        })
    }
}

impl Lists {
    /// In the order of [`LISTS`].
    pub(super) fn in_order(&self) -> [&[Spanned<String>]; LISTS.len()] {
        [&self.viewer, &self.member, &self.admin, &self.lite_member, &self.organization_member]
    }
}
