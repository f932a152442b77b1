//! The projects that a key sees.

use clearance::{Change, VisibleProjects};

use crate::company::{cached, now};

#[test]
fn a_key_sees_the_projects_that_it_reaches_and_may_see() {
    let authorizer = cached();
    let seen = |key: &str| authorizer.view_at(now()).visible_projects(key).unwrap();
    let some = |ids: &[&str]| VisibleProjects::Some(ids.iter().map(|id| (*id).to_owned()).collect());
    assert_eq!(seen("deploy"), VisibleProjects::All);
    assert_eq!(seen("ci"), some(&["blog", "shop"]));
    // What its bindings reach and its owner may not see, what was revoked, and what nobody knows.
    assert_eq!((seen("orphan"), seen("laptop"), seen("nobody")), (some(&[]), some(&[]), some(&[])));
    authorizer.apply(Change::ArchiveProject { project: "blog".into(), at: now() }).unwrap();
    assert_eq!(seen("ci"), some(&["shop"]));
}
