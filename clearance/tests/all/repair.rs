//! What would grant a permission, and by which role.

use clearance::{
    Authorizer, Directory,
    PlaceId::Project,
    PrincipalId::User,
    repair::{Asker, RepairChange, RepairOutcome},
};

use crate::company::{VERSION, directory, now};

#[test]
fn a_custom_role_is_on_offer_though_another_one_cannot_be_used() {
    let mut document = directory().document();
    document.roles.push(
        serde_json::from_str(
            r#"{"id": "keeper", "organization": "acme", "kind": "custom", "name": "n", "permissions": ["project:manage"]}"#,
        )
        .unwrap(),
    );
    let offered = |document| {
        let authorizer = Authorizer::builder(VERSION.clone(), Directory::from_stored(document).unwrap()).build_on_stored();
        let repair = authorizer.view_at(now()).repair(User("ben"), "project:manage", Project("blog"), Asker::Keeper).unwrap();
        let RepairOutcome::Sets { sets, .. } = repair.outcome else { panic!("{repair:?}") };
        let roles = sets.into_iter().flatten().filter_map(|action| match action.change {
            RepairChange::Bind { custom_role, .. } => custom_role,
            _ => None,
        });
        let mut roles: Vec<_> = roles.collect();
        roles.dedup();
        roles
    };
    assert_eq!(offered(document.clone()), ["keeper".into()]);
    let annotator = document.roles.iter_mut().find(|role| *role.id == *"annotator").unwrap();
    annotator.permissions = vec![":".into(); 65_000];
    assert_eq!(offered(document), ["keeper".into()]);
}
