//! Every directory of the vectors comes back as it went in.

use std::path::{Path, PathBuf};

use clearance_directory::{Directory, Document};

fn directories(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            directories(&path, found);
        } else if path.file_name().is_some_and(|name| name == "directory.json") {
            found.push(path);
        }
    }
}

fn sorted(mut document: Document) -> Document {
    let by_id = |one: &str, other: &str| one.cmp(other);
    document.organizations.sort_by(|one, other| by_id(&one.id, &other.id));
    document.users.sort_by(|one, other| by_id(&one.id, &other.id));
    document.members.sort_by(|one, other| (&one.organization, &one.user).cmp(&(&other.organization, &other.user)));
    document.teams.sort_by(|one, other| by_id(&one.id, &other.id));
    document.team_memberships.sort_by(|one, other| (&one.team, &one.user).cmp(&(&other.team, &other.user)));
    document.projects.sort_by(|one, other| by_id(&one.id, &other.id));
    document.groups.iter_mut().for_each(|group| group.members.sort());
    document.groups.sort_by(|one, other| by_id(&one.id, &other.id));
    document.roles.sort_by(|one, other| by_id(&one.id, &other.id));
    document.keys.sort_by(|one, other| by_id(&one.id, &other.id));
    document.bindings.sort_by(|one, other| by_id(&one.id, &other.id));
    document
}

#[test]
fn nothing_stored_is_lost() {
    let mut found = Vec::new();
    directories(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors"), &mut found);
    assert!(found.len() > 80, "only {} directories", found.len());
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let document = Document::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let directory = Directory::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let written = serde_json::to_string(&directory.document()).unwrap();
        let again = Document::from_json(&written).unwrap();
        assert_eq!(sorted(again), sorted(document), "{}", path.display());
        // The same members of the same objects, not only what the structs know.
        let count = |text: &str| text.matches("\":").count();
        let defaults =
            ["organizations", "users", "members", "teams", "teamMemberships", "projects", "groups", "roles", "keys", "bindings"];
        let absent = defaults.iter().filter(|list| !text.contains(&format!("\"{list}\":"))).count();
        assert_eq!(count(&written), count(&text) + absent, "{}", path.display());
    }
}
