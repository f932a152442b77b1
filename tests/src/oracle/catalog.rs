//! The catalog as its file writes it: names, and nothing compiled.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `policy/catalog.toml`.
#[derive(Deserialize)]
pub struct Catalog {
    resource: Vec<Resource>,
    #[serde(skip)]
    permissions: Vec<String>,
    implies: BTreeMap<String, Vec<String>>,
    lists: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    actions: Vec<String>,
    tier: String,
}

impl Catalog {
    /// Reads the catalog of the default policy.
    pub fn read() -> Self {
        let mut catalog: Self = toml::from_str(include_str!("../../../policy/catalog.toml")).expect("the catalog reads");
        for resource in &catalog.resource {
            for action in &resource.actions {
                catalog.permissions.push(format!("{}:{action}", resource.name));
            }
        }
        catalog
    }

    /// Every permission, in catalog order.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// Whether the permission is in the catalog.
    pub fn knows(&self, permission: &str) -> bool {
        self.permissions.iter().any(|known| known == permission)
    }

    /// Where permissions of this one's resource apply: `organization`, `any` or `platform`.
    pub fn tier(&self, permission: &str) -> &str {
        let resource = permission.split(':').next().unwrap_or_default();
        self.resource.iter().find(|known| known.name == resource).map_or("", |known| &known.tier)
    }

    /// Whether a list of strings holds the permission, by implication.
    pub fn holds<S: AsRef<str>>(&self, list: &[S], permission: &str) -> bool {
        let (resource, action) = permission.split_once(':').unwrap_or((permission, ""));
        for held in list {
            let held = held.as_ref();
            if held == permission {
                return true;
            }
            for (strong, implied) in &self.implies {
                if held == format!("{resource}:{strong}") && implied.iter().any(|weak| weak == action) {
                    return true;
                }
            }
        }
        false
    }

    /// Whether a built-in list holds the permission, by implication.
    pub fn list_holds(&self, list: &str, permission: &str) -> bool {
        self.holds(&self.lists[list], permission)
    }
}
