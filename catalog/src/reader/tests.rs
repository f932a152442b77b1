use super::*;

const SMALL: &str = r#"[policy]
name = "small"
version = "2.0.1"
view-project = "doc:view"
[implies]
manage = ["view", "edit"]
[[resource]]
name = "doc"
actions = ["view", "edit", "manage", "share"]
tier = "any"
[[resource]]
name = "ops"
actions = ["manage"]
tier = "platform"
[[resource]]
name = "org"
actions = ["view", "manage"]
tier = "organization"
[lists]
viewer = ["doc:view"]
member = ["doc:manage"]
admin = ["doc:manage", "doc:share", "ops:manage"]
lite-member = []
organization-member = ["org:view"]
[[category]]
key = "docs"
label = "Docs"
resources = ["doc"]
levels = ["read", "write"]
documented = true
[[category]]
key = "all"
label = "All"
resources = ["doc", "ops"]
levels = ["write"]
documented = false
[lifecycle]
reserved-name = "Ours"
actions = ["view", "edit", "manage", "share", "lend"]
see-keys = "org:view"
manage-keys = "org:manage"
read-project-key = "doc:edit"
rotate-project-key = "doc:manage"
[lifecycle.ceiling]
admin = { organization = "org:manage", below = "doc:manage" }
member = { organization = "org:view", below = "doc:edit" }
viewer = { organization = "doc:view", below = "doc:view" }
"#;

fn set<const N: usize>(numbers: [usize; N]) -> Set {
    numbers.into()
}

#[test]
fn a_catalog_is_read_with_implication_applied() {
    let catalog = Catalog::parse(SMALL).unwrap();
    let names: Vec<String> = catalog.permissions.iter().map(Permission::name).collect();
    assert_eq!(names, ["doc:view", "doc:edit", "doc:manage", "doc:share", "ops:manage", "org:view", "org:manage"]);
    assert_eq!(catalog.view_project, Some(0));
    assert_eq!(
        catalog.lifecycle,
        Lifecycle {
            reserved_name: "Ours".into(),
            actions: ["view", "edit", "manage", "share", "lend"].map(String::from).into(),
            see_keys: 5,
            manage_keys: 6,
            read_project_key: 1,
            rotate_project_key: 2,
            ceiling: [[6, 2], [5, 1], [0, 0]],
        }
    );
    assert_eq!(catalog.lists, [set([0]), set([0, 1, 2]), set([0, 1, 2, 3, 4]), set([]), set([5])]);
    assert_eq!(catalog.permissions_of_tier(ResourceTier::Organization), set([5, 6]));
    assert_eq!(catalog.project_key(), set([0, 1, 2, 3]));
    assert_eq!((&catalog.categories[0].read, &catalog.categories[0].write), (&set([0]), &set([0, 1, 2, 3])));
    assert_eq!((&catalog.categories[1].read, &catalog.categories[1].write), (&set([]), &set([0, 1, 2, 3, 4])));
}

/// Replaces one piece of [`SMALL`] and compares all that is reported.
#[track_caller]
fn reports(from: &str, to: &str, expected: &[&str]) {
    assert!(SMALL.contains(from), "{from}");
    let problems = Catalog::parse(&SMALL.replacen(from, to, 1)).unwrap_err();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(said, expected);
}

#[test]
fn a_file_of_another_form_is_refused_at_its_line() {
    reports("tier = \"platform\"", "tier = 1", &["line 14: invalid type: integer `1`, expected a string"]);
    reports(
        "key = \"docs\"",
        "kee = \"docs\"",
        &["line 26: unknown field `kee`, expected one of `key`, `label`, `resources`, `levels`, `documented`"],
    );
    reports("lite-member = []\n", "", &["line 19: missing field `lite-member`"]);
    reports("viewer = [", "viewer = ]", &["line 20: missing array opening, expected `[`"]);
}

#[test]
fn a_mistake_in_the_policy_is_named() {
    reports(
        "\"small\"",
        "\"a policy\"",
        &["line 2: policy `a policy` is not a name: use ASCII letters, digits, `-` and `_`, at least one"],
    );
    reports("2.0.1", "2.0", &["line 3: policy version `2.0` is not a semantic version: write major.minor.patch, as in 1.0.0"]);
    reports(
        "view-project = \"doc:view\"",
        "view-project = \"doc:see\"",
        &["line 4: permission `doc:see` is not in the catalog: correct it, or add the action to its resource"],
    );
}

#[test]
fn a_mistake_in_the_permissions_is_named() {
    reports(
        "\"manage\", \"share\"]",
        "\"view\", \"manage\", \"share\"]",
        &["line 9: action `view` stands here for the second time: take one of the two away"],
    );
    reports(
        "name = \"ops\"",
        "name = \"doc\"",
        &[
            "line 12: resource `doc` stands here for the second time: take one of the two away",
            "line 22: permission `ops:manage` is not in the catalog: correct it, or add the action to its resource",
            "line 34: resource `ops` is not in the catalog: correct it, or add a [[resource]] of that name",
        ],
    );
    reports("\"platform\"", "\"nowhere\"", &["line 14: tier `nowhere` does not exist: use `organization`, `any` or `platform`"]);
    reports(
        "actions = [\"view\", \"manage\"]",
        "actions = [\"view\", \"manage\", \"a:b\", \"\"]",
        &[
            "line 17: action `a:b` is not a name: use ASCII letters, digits, `-` and `_`, at least one",
            "line 17: action `` is not a name: use ASCII letters, digits, `-` and `_`, at least one",
        ],
    );
}

#[test]
fn more_permissions_than_bits_are_refused() {
    let actions = |count: usize| (0..count).map(|n| format!("\"a{n}\",")).collect::<String>();
    let with = |count| SMALL.replacen("\"share\"]", &format!("\"share\", {}]", actions(count)), 1);
    assert_eq!(Catalog::parse(&with(MAX_PERMISSIONS - 7)).unwrap().permissions.len(), MAX_PERMISSIONS);
    let problems = Catalog::parse(&with(MAX_PERMISSIONS - 6)).unwrap_err();
    assert_eq!(problems, [Problem { line: 16, mistake: Mistake::TooMany(257) }]);
}

#[test]
fn a_mistake_in_the_implications_is_named() {
    reports(
        "manage = [\"view\", \"edit\"]",
        "manage = [\"view\", \"paint\"]\nedit = [\"view\"]\nshare = [\"edit\"]",
        &[
            "line 6: no resource has the action `paint`: correct it, or take it away",
            "line 8: `share` implies `edit`, which implies others: list here what it should imply, for one step is all there is",
        ],
    );
    reports(
        "manage = [\"view\", \"edit\"]",
        "manage = []",
        &["line 6: what is implied of `manage` is empty: name at least one, or take `manage` away"],
    );
}

#[test]
fn a_mistake_in_a_list_is_named() {
    reports(
        "viewer = [\"doc:view\"]",
        "viewer = [\n\"doc:view\",\n\"doc:paint\",\n\"doc:view\",\n]",
        &[
            "line 22: permission `doc:paint` is not in the catalog: correct it, or add the action to its resource",
            "line 23: permission `doc:view` stands here for the second time: take one of the two away",
        ],
    );
}

#[test]
fn a_mistake_in_a_category_is_named() {
    reports("[\"write\"]", "[\"write\", \"admin\"]", &["line 35: level `admin` does not exist: use `read` or `write`"]);
    reports("[\"write\"]", "[]", &["line 32: levels of `all` is empty: name at least one, or take `all` away"]);
    reports(
        "key = \"all\"",
        "key = \"docs\"",
        &["line 32: category `docs` stands here for the second time: take one of the two away"],
    );
    reports(
        "resources = [\"doc\", \"ops\"]\nlevels = [\"write\"]",
        "resources = [\"ops\", \"ops\"]\nlevels = [\"read\"]",
        &[
            "line 34: resource `ops` stands here for the second time: take one of the two away",
            "line 35: category `all` has the level `read`, but none of its resources has the action `view`: take the level away",
        ],
    );
}

#[test]
fn a_mistake_in_what_keys_need_is_named() {
    reports(
        "see-keys = \"org:view\"",
        "see-keys = \"org:see\"",
        &["line 40: permission `org:see` is not in the catalog: correct it, or add the action to its resource"],
    );
    reports(
        "below = \"doc:edit\"",
        "below = \"doc:lend\"",
        &["line 46: permission `doc:lend` is not in the catalog: correct it, or add the action to its resource"],
    );
    reports(
        "\"share\", \"lend\"]",
        "\"lend\", \"lend\"]",
        &["line 39: action `lend` stands here for the second time: take one of the two away"],
    );
    reports("\"Ours\"", "\"\"", &["line 38: name of `reserved-name` is empty: name at least one, or take `reserved-name` away"]);
}

#[test]
fn the_rules_are_chosen_by_name() {
    assert_eq!(Catalog::parse(SMALL).unwrap().rules, Rules::Langwatch);
    let with = |rules: &str| SMALL.replacen("version", &format!("rules = \"{rules}\"\nversion"), 1);
    assert_eq!(Catalog::parse(&with("langwatch")).unwrap().rules, Rules::Langwatch);
    assert_eq!(Catalog::parse(&with("strict")).unwrap().rules, Rules::Strict);
    reports("version", "rules = \"lax\"\nversion", &["line 3: rules `lax` do not exist: use `langwatch` or `strict`"]);
}

#[test]
fn what_a_component_cannot_take_is_named() {
    let long = "x".repeat(121);
    reports(
        "key = \"all\"",
        &format!("key = \"{long}\""),
        &[&format!("line 32: category `{long}` has 121 characters: make it 120 at the most")],
    );
    let label = format!("label = \"{}\"", "x".repeat(256));
    reports("label = \"All\"", &label, &["line 33: the label has 256 bytes: make it 255 at the most"]);
    let actions: String = (0..252).map(|number| format!("\"a{number}\", ")).collect();
    reports(
        "\"share\", \"lend\"]",
        &format!("{actions}\"lend\"]"),
        &["line 39: actions of `lifecycle` are 256: make them 255 at the most"],
    );
    let implied: String = (0..256).map(|number| format!("a{number} = [\"view\"]\n")).collect();
    let text = SMALL.replacen("manage = [\"view\", \"edit\"]\n", &implied, 1);
    let problems = Catalog::parse(&text).unwrap_err();
    assert!(
        problems.iter().any(|problem| problem.to_string() == "line 6: actions of `implies` are 256: make them 255 at the most")
    );
}
