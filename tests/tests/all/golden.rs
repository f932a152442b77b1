//! The whole policy at a glance: what each role grants at each scope, as a table that changes with the policy.

use std::fmt::Write as _;

use clearance_directory::document::{Document, Scope};
use clearance_tests::case::NOW;
use clearance_tests::implementation::Implementation;
use clearance_tests::oracle::Catalog;
use clearance_tests::question::{Principal, Situation};
use serde_json::json;

use crate::check::implementations;

/// Columns that stand together.
struct Block {
    title: &'static str,
    /// What is special about the principals, in the words of the legend.
    who: &'static str,
    /// One letter, the principal and the node of each column.
    columns: Vec<(&'static str, Principal, Scope)>,
}

const ROLES: [(&str, &str); 4] = [("A", "ADMIN"), ("M", "MEMBER"), ("V", "VIEWER"), ("x", "CUSTOM")];

/// One organization, team and project, and one principal for each column.
fn table() -> (Document, Vec<Block>) {
    let organization = || Scope::Organization("organization".into());
    let project = || Scope::Project("project".into());
    let mut members = vec![];
    let mut keys = vec![];
    let mut bindings = vec![];
    let mut team_memberships = vec![];
    let mut bind = |holder: &str, id: &str, role: &str, tier: &str| {
        let mut row =
            json!({"id": format!("b-{id}"), "organization": "organization", holder: id, "role": role, "scope": {tier: tier}});
        if role == "CUSTOM" {
            row["customRole"] = "gone".into();
        }
        bindings.push(row);
    };
    let mut user = |id: &str, role: &str| members.push(json!({"organization": "organization", "user": id, "role": role}));
    let tiers = ["organization", "team", "project"];

    let mut blocks = vec![];
    for tier in tiers {
        let mut columns = vec![];
        for (letter, role) in ROLES {
            let id = format!("key-{tier}-{role}");
            keys.push(json!({"id": id, "organization": "organization", "name": id, "mode": "all"}));
            bind("key", &id, role, tier);
            columns.push((letter, Principal::Key(id), project()));
        }
        blocks.push(Block { title: tier, who: "a service key's binding at this scope, asked at the project", columns });
    }
    for (title, tier) in [("ext-org", "organization"), ("ext-team", "team"), ("ext-proj", "project")] {
        let mut columns = vec![];
        for (letter, role) in ROLES {
            let id = format!("external-{tier}-{role}");
            user(&id, "EXTERNAL");
            bind("user", &id, role, tier);
            columns.push((letter, Principal::User(id), project()));
        }
        blocks.push(Block { title, who: "an EXTERNAL member's binding at this scope, asked at the project", columns });
    }
    for (title, prefix, membership, at, who) in [
        ("row", "row", "MEMBER", project(), "a member's team membership, no binding, asked at the project"),
        ("row-org", "row", "MEMBER", organization(), "the same, asked at the organization (with the floor)"),
        ("ext-row", "external-row", "EXTERNAL", project(), "an EXTERNAL member's team membership, asked at the project"),
        ("ext-row-o", "external-row", "EXTERNAL", organization(), "the same, asked at the organization (with the floor)"),
    ] {
        let mut columns = vec![];
        for (letter, role) in ROLES {
            let id = format!("{prefix}-{role}");
            if at == project() {
                user(&id, membership);
                team_memberships.push(json!({"team": "team", "user": id, "role": role}));
            }
            columns.push((letter, Principal::User(id), at.clone()));
        }
        blocks.push(Block { title, who, columns });
    }
    user("bare", "ADMIN");
    user("external-bare", "EXTERNAL");
    let bare = |id: &str, at: Scope| ("=", Principal::User(id.into()), at);
    let columns = vec![bare("bare", organization()), bare("external-bare", organization()), bare("bare", project())];
    let who = "a member without anything else: ADMIN and EXTERNAL at the organization (the floor), ADMIN at the project";
    blocks.push(Block { title: "floor", who, columns });
    let columns = vec![("=", Principal::ProjectKey("project".into()), project())];
    blocks.push(Block { title: "pk", who: "the project key at its project", columns });

    let users: Vec<_> = members.iter().map(|member| json!({"id": member["user"]})).collect();
    let document = json!({
        "organizations": [{"id": "organization"}],
        "users": users,
        "members": members,
        "teams": [{"id": "team", "organization": "organization"}],
        "teamMemberships": team_memberships,
        "projects": [{"id": "project", "team": "team", "projectKey": "sk-lw-made-up"}],
        "keys": keys,
        "bindings": bindings,
    });
    (serde_json::from_value(document).expect("the document reads"), blocks)
}

fn render(implementation: &dyn Implementation) -> String {
    let (document, blocks) = table();
    let judge = implementation.load(&document);
    let held: Vec<Vec<Vec<String>>> = blocks
        .iter()
        .map(|block| {
            let situation =
                |(_, principal, at): &(_, Principal, Scope)| Situation { principal: principal.clone(), at: at.clone(), now: NOW };
            block.columns.iter().map(|column| judge.effective(&situation(column)).permissions).collect()
        })
        .collect();

    let mut out = String::from(
        "Which permission each role grants, by scope. Written by a test: to accept a change, run it with CLEARANCE_BLESS=1.\n\n\
         A ADMIN, M MEMBER, V VIEWER, x CUSTOM with an unusable custom role, = no role\n\n",
    );
    for Block { title, who, .. } in &blocks {
        let _ = writeln!(out, "{title:13} {who}");
    }
    // A block is as wide as its columns or its title.
    let width = |block: &Block| (block.columns.len() * 2 - 1).max(block.title.len());
    let line = |name: &str, cells: &dyn Fn(usize, &Block) -> String| {
        let cells = blocks.iter().enumerate().map(|(index, block)| format!("{:1$}", cells(index, block), width(block)));
        format!("{name:30} {}", cells.collect::<Vec<_>>().join(" | ")).trim_end().to_owned() + "\n"
    };
    out.push('\n');
    out += &line("", &|_, block| block.title.to_owned());
    let heads = line("", &|_, block| block.columns.iter().map(|(letter, ..)| *letter).collect::<Vec<_>>().join(" "));
    out += &heads;
    let mut resource = "";
    let catalog = Catalog::read();
    for permission in catalog.permissions() {
        let own = permission.split(':').next().unwrap_or_default();
        if own != resource {
            out.push('\n');
            resource = own;
        }
        let tick = |held: &Vec<String>| if held.contains(permission) { "✓" } else { "·" };
        out += &line(permission, &|index, _| held[index].iter().map(tick).collect::<Vec<_>>().join(" "));
    }
    out
}

#[test]
fn policy() {
    let [first, others @ ..] = implementations();
    let table = render(first);
    for other in others {
        assert!(render(other) == table, "{} and {} make different tables", first.name(), other.name());
    }
    clearance_committed::check("tests/golden/policy.txt", &table);
}
