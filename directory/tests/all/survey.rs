//! The regions of a principal, in which all places are alike.

use clearance_directory::{Directory, PlaceId, PrincipalId};

/// Where nothing is known of somebody is told from where something is, and so are the archived projects there.
#[test]
fn elsewhere_is_where_nothing_is_known_of_the_principal() {
    let text = r#"{
        "organizations": [{"id": "here"}, {"id": "there"}], "users": [{"id": "u"}],
        "members": [{"organization": "here", "user": "u", "role": "MEMBER"}],
        "teams": [{"id": "t", "organization": "here"}, {"id": "t2", "organization": "there"}],
        "projects": [
            {"id": "p", "team": "t"},
            {"id": "q", "team": "t", "archivedAt": "2026-01-02T00:00:00Z"},
            {"id": "p2", "team": "t2"},
            {"id": "q2", "team": "t2", "archivedAt": "2026-01-02T00:00:00Z"}
        ]
    }"#;
    let directory = Directory::from_json(text).unwrap();
    let survey = directory.survey();
    let regions = survey.regions(directory.principal(PrincipalId::User("u")).unwrap());
    let there = directory.place(PlaceId::Organization("there"));
    for region in &regions {
        assert_eq!(region.is_elsewhere(), directory.organization_of(region.place) == there, "{region:?}");
        let archived = directory.place_id(region.place) == PlaceId::Project("q2");
        assert_eq!(region.is_archived_elsewhere(), archived, "{region:?}");
    }
    assert_eq!((regions.len(), survey.places_in_all()), (8, 8));
}
