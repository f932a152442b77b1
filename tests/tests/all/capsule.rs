//! Capsules under a version that numbers its permissions otherwise.

use clearance::{Authorizer, Directory, Document, PlaceId, PolicyVersion, PrincipalId};
use clearance_host::{Engine, LANGWATCH};
use clearance_policy::BASE;
use clearance_tests::{case::NOW, evaluator::patient};

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The lists of custom roles mean something else to another catalog, and are read anew.
#[test]
fn a_version_with_another_catalog_reads_the_lists_in_its_own_way() {
    let engine = Engine::new(patient()).unwrap();
    let catalog = clearance_catalog::Catalog::parse(&file("examples/printshop/catalog.toml")).unwrap();
    let printshop = engine.load(&clearance_catalog::build(BASE, &catalog).unwrap()).unwrap();
    let langwatch = engine.load(LANGWATCH).unwrap();
    let document = Document::from_json(&file("examples/printshop/directory.json")).unwrap();
    let authorizer =
        |version: &PolicyVersion| Authorizer::new(version.clone(), Directory::from_document(document.clone()).unwrap()).unwrap();
    let (here, there) = (authorizer(&langwatch), authorizer(&printshop));
    let now = clearance::document::Timestamp::from_millis(NOW).unwrap();
    let users = document.users.iter().map(|row| PrincipalId::User(&row.id));
    let principals: Vec<_> = users.chain(document.keys.iter().map(|row| PrincipalId::Key(&row.id))).collect();
    let teams = document.teams.iter().map(|row| PlaceId::Team(&row.id));
    let places: Vec<_> = teams.chain(document.projects.iter().map(|row| PlaceId::Project(&row.id))).collect();
    let mut through_custom_roles = 0;
    for principal in principals {
        for place in &places {
            for permission in &printshop.description().permissions {
                let capsule = here.view_at(now).capsule(principal, &permission.name, *place).unwrap();
                let replay = capsule.replay(&printshop).unwrap();
                assert_eq!(replay.explanation, there.view_at(now).explain(principal, &permission.name, *place).unwrap());
                let named = document.bindings.iter().any(|binding| {
                    binding.custom_role.is_some() && Some(&*binding.id) == replay.explanation.decision.binding.as_deref()
                });
                through_custom_roles += u32::from(named);
            }
        }
    }
    assert!(through_custom_roles > 0, "no custom role grants anything");
}
