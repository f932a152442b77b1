//! `docs/catalog.md`: the catalog for people.

use clearance_catalog::{Catalog, Category, LISTS, Lifecycle, ResourceTier, Set};

pub(super) fn render(catalog: &Catalog) -> String {
    [heading(catalog), resources(catalog), lists(catalog), categories(catalog), keys(catalog)].join("\n")
}

fn heading(catalog: &Catalog) -> String {
    let count = catalog.permissions.len();
    let visible = match catalog.view_project {
        Some(number) => format!("A project is visible to everybody who has `{}` there.", catalog.permissions[number].name()),
        None => "No permission makes a project visible.".into(),
    };
    format!(
        "<!-- Generated from policy/catalog.toml by `cargo xtask golden`: do not edit. -->\n\n\
         # The catalog of `{}` {}\n\n\
         {count} permissions over {} resources. The number of a permission is its position; it means something within this policy \
         version only. {visible}\n",
        catalog.policy,
        catalog.version,
        actions(catalog).len(),
    )
}

/// The resources in order, each with its tier and its numbered actions.
fn actions(catalog: &Catalog) -> Vec<(&str, ResourceTier, Vec<String>)> {
    let mut resources: Vec<(&str, ResourceTier, Vec<String>)> = Vec::new();
    for (number, permission) in catalog.permissions.iter().enumerate() {
        let action = format!("`{}` {number}", permission.action);
        match resources.last_mut() {
            Some((name, _, actions)) if *name == permission.resource => actions.push(action),
            _ => resources.push((&permission.resource, permission.tier, vec![action])),
        }
    }
    resources
}

fn resources(catalog: &Catalog) -> String {
    let mut text = String::from(
        "## Permissions\n\n\
         Tier `organization`: only the floor and bindings at organization scope grant them. Tier `any`: any binding may. Tier \
         `platform`: any binding may, but a project key never holds them.\n",
    );
    for implication in &catalog.implications {
        let implied: Vec<String> = implication.implies.iter().map(|action| format!("`{action}`")).collect();
        text += &format!("\nHolding `{}` of a resource is holding its {}.\n", implication.action, implied.join(", "));
    }
    text += "\n| resource | tier | actions, each with its number |\n|---|---|---|\n";
    for (resource, tier, actions) in actions(catalog) {
        text += &format!("| `{resource}` | {} | {} |\n", tier.as_str(), actions.join(", "));
    }
    text
}

fn lists(catalog: &Catalog) -> String {
    let project_key = catalog.project_key();
    let columns: Vec<(&str, &Set)> = LISTS.into_iter().zip(&catalog.lists).chain([("project key", &project_key)]).collect();
    let mut text = String::from("## Built-in lists\n\nWith implication applied. The last line counts.\n\n");
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    text += &format!("| permission | {} |\n|---{}|\n", names.join(" | "), "|:-:".repeat(columns.len()));
    for (number, permission) in catalog.permissions.iter().enumerate() {
        let marks: Vec<&str> = columns.iter().map(|(_, set)| if set.contains(&number) { "●" } else { "" }).collect();
        text += &format!("| `{}` | {} |\n", permission.name(), marks.join(" | "));
    }
    let counts: Vec<String> = columns.iter().map(|(_, set)| set.len().to_string()).collect();
    text += &format!("| **{}** | {} |\n", catalog.permissions.len(), counts.join(" | "));
    text
}

fn categories(catalog: &Catalog) -> String {
    let mut text = format!(
        "## Categories\n\n\
         The groups that restricted keys are made from. `read` is the action `view` of each resource, `write` is every action. \
         {} of the {} stand in the table that LangWatch publishes; the others are newer.\n\n\
         | category | label | resources | levels | documented |\n|---|---|---|---|:-:|\n",
        catalog.categories.iter().filter(|category| category.documented).count(),
        catalog.categories.len(),
    );
    for category in &catalog.categories {
        let resources: Vec<String> = category.resources.iter().map(|name| format!("`{name}`")).collect();
        let levels: Vec<&str> = levels(category).into_iter().map(|(level, _)| level).collect();
        let documented = if category.documented { "yes" } else { "no" };
        let (key, label) = (&category.key, &category.label);
        text += &format!("| `{key}` | {label} | {} | {} | {documented} |\n", resources.join(", "), levels.join(", "));
    }
    for category in &catalog.categories {
        text += &format!("\n### {}\n\n", category.label);
        for (level, set) in levels(category) {
            let names: Vec<String> = set.iter().map(|&number| format!("`{}`", catalog.permissions[number].name())).collect();
            text += &format!("- {level}: {}\n", names.join(", "));
        }
    }
    text
}

fn levels(category: &Category) -> Vec<(&'static str, &Set)> {
    [("read", &category.read), ("write", &category.write)].into_iter().filter(|(_, set)| !set.is_empty()).collect()
}

/// What the rules for the life of a key name.
fn keys(catalog: &Catalog) -> String {
    let Lifecycle { reserved_name, actions, see_keys, manage_keys, read_project_key, rotate_project_key, ceiling } =
        &catalog.lifecycle;
    let name = |number: &usize| catalog.permissions[*number].name();
    let listed: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
    let mut text = format!(
        "## Keys\n\n\
         A key needs `{}` to look at keys and `{}` to make, edit or revoke them. Seeing a project's own key takes `{}`, replacing it \
         `{}`. Nobody gives a key the name `{reserved_name}`. A restricted key can list the actions {} of any resource.\n\n\
         What the owner of a key must have where the key is to have a built-in role:\n\n\
         | role | at the organization | below |\n|---|---|---|\n",
        name(see_keys),
        name(manage_keys),
        name(read_project_key),
        name(rotate_project_key),
        listed.join(", "),
    );
    for (role, [organization, below]) in ["ADMIN", "MEMBER", "VIEWER"].iter().zip(ceiling) {
        text += &format!("| {role} | `{}` | `{}` |\n", name(organization), name(below));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clearance_catalog::{Permission, Rules};

    #[test]
    fn the_page_shows_what_the_catalog_holds() {
        let permission = |action: &str| Permission { resource: "doc".into(), action: action.into(), tier: ResourceTier::Any };
        let category = |key: &str, read: Set, write: Set| Category {
            key: key.into(),
            label: key.to_uppercase(),
            documented: key == "docs",
            resources: vec!["doc".into()],
            read,
            write,
        };
        let catalog = Catalog {
            policy: "small".into(),
            version: "2.0.1".into(),
            rules: Rules::Langwatch,
            view_project: Some(0),
            lifecycle: Lifecycle {
                reserved_name: "Ours".into(),
                actions: vec!["view".into(), "edit".into()],
                see_keys: 0,
                manage_keys: 1,
                read_project_key: 0,
                rotate_project_key: 1,
                ceiling: [[1, 1], [0, 1], [0, 0]],
            },
            implications: vec![],
            permissions: vec![permission("view"), permission("edit")],
            lists: [[0].into(), [0, 1].into(), [0, 1].into(), [].into(), [].into()],
            categories: vec![category("docs", [0].into(), [0, 1].into()), category("some", [0].into(), [].into())],
        };
        let page = render(&catalog);
        for line in [
            "# The catalog of `small` 2.0.1",
            "| `doc` | any | `view` 0, `edit` 1 |",
            "| `doc:edit` |  | ● | ● |  |  | ● |",
            "| **2** | 1 | 2 | 2 | 0 | 0 | 2 |",
            "| `docs` | DOCS | `doc` | read, write | yes |",
            "| `some` | SOME | `doc` | read | no |",
            "- write: `doc:view`, `doc:edit`",
            "| MEMBER | `doc:view` | `doc:edit` |",
        ] {
            assert!(page.lines().any(|own| own == line), "{line}\n{page}");
        }
    }
}
