//! `docs/directory.schema.json` and `docs/changes.schema.json`: made of the types that are read, and held against what is read.
//!
//! All of it is for tests, so that nobody who uses the crate builds what makes schemas.

mod evaluate;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};

use self::evaluate::accepts;
use crate::document::{Document, Sensitive, Timestamp};
use crate::{Change, Directory, role_list};

/// Fields that hold an id, in every row.
const IDS: [&str; 10] = ["createdBy", "customRole", "group", "id", "key", "organization", "owner", "project", "team", "user"];

/// A text that nobody uses as an id.
const NO_ID: &str = "no id";

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An RFC 3339 time from 1970 on. A time later than 9999-12-30T21:59:59.999Z is read as that one.",
            "type": "string",
            "format": "date-time",
        })
    }
}

impl JsonSchema for Sensitive {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "A text that must not reach a log.", "type": "string"})
    }
}

/// The schema of a directory file.
fn of_directory() -> Value {
    let mut schema = generate::<Document>();
    schema["title"] = "A directory of Clearance".into();
    schema
}

/// The schema of a list of changes.
fn of_changes() -> Value {
    let mut schema = generate::<Vec<Change>>();
    schema["title"] = "Changes of a directory of Clearance".into();
    schema["description"] = "They are made in their order, all or none.".into();
    schema
}

/// The schema of a type, with what its types do not say.
fn generate<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    complete(&mut schema);
    let rows = schema["$defs"].as_object_mut().unwrap();
    rows.insert(
        "Id".into(),
        json!({"description": "1 to 255 visible ASCII characters.", "type": "string", "pattern": "^[!-~]{1,255}$"}),
    );
    let names = &mut rows["Role"]["properties"]["permissions"];
    names["maxItems"] = role_list::MAX_ROLE_NAMES.into();
    names["items"]["maxLength"] = role_list::MAX_ROLE_NAME_BYTES.into();
    rows["Group"]["properties"]["members"]["items"] = json!({"$ref": "#/$defs/Id"});
    rows["Group"]["properties"]["members"]["uniqueItems"] = true.into();
    let binding = &mut rows["Binding"];
    binding["description"] = "Somebody has a role at a scope. Exactly one of `user`, `group` and `key` says who.".into();
    binding["oneOf"] = one_of(["user", "group", "key"]);
    if_custom(binding, &json!({"required": ["customRole"], "properties": {"customRole": {"type": "string"}}}));
    if_custom(&mut rows["TeamMembership"], &json!({}));
    rows["Scope"]["description"] = "One place. Exactly one of `organization`, `team` and `project` says which.".into();
    rows["Scope"]["oneOf"] = one_of(["organization", "team", "project"]);
    schema
}

/// Exactly one of these fields is there, and not null.
fn one_of(fields: [&str; 3]) -> Value {
    fields.map(|field| json!({"required": [field], "properties": {field: {"type": "string"}}})).to_vec().into()
}

/// A custom role stands beside the role CUSTOM alone, where this holds.
fn if_custom(row: &mut Value, then: &Value) {
    row["if"] = json!({"properties": {"role": {"const": "CUSTOM"}}});
    row["then"] = then.clone();
    row["else"] = json!({"properties": {"customRole": {"type": "null"}}});
}

/// Refuses unknown fields everywhere, says what is an id, and leaves out what is meant for Rust.
fn complete(schema: &mut Value) {
    let Value::Object(fields) = schema else {
        return schema.as_array_mut().into_iter().flatten().for_each(complete);
    };
    if let Some(Value::String(text)) = fields.get_mut("description") {
        *text = for_everybody(text);
    }
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        for (name, property) in &mut *properties {
            if IDS.contains(&name.as_str()) || name.starts_with("remove") {
                id(property);
            }
        }
        fields.insert("additionalProperties".into(), false.into());
    }
    fields.values_mut().for_each(complete);
}

/// Makes an id of a text, or of a text that may be null.
fn id(property: &mut Value) {
    let reference = json!({"$ref": "#/$defs/Id"});
    let is = match &property["type"] {
        Value::String(kind) if kind == "string" => reference,
        Value::Array(_) => json!({"anyOf": [reference, {"type": "null"}]}),
        _ => return,
    };
    let described: Map<String, Value> =
        property.as_object().unwrap().clone().into_iter().filter(|(name, _)| name == "description").collect();
    *property = described.into_iter().chain(is.as_object().unwrap().clone()).collect::<Map<_, _>>().into();
}

/// A description without links to items of Rust, on one line.
fn for_everybody(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.split("\n\n").next().unwrap_or_default();
    while let Some((before, link)) = rest.split_once('[') {
        let (text, behind) = link.split_once(']').unwrap();
        plain += before;
        plain += text;
        rest = behind.strip_prefix('(').map_or(behind, |behind| behind.split_once(')').unwrap().1);
    }
    (plain + rest).replace('\n', " ")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_schemas_are_the_golden_ones() {
    for (name, schema) in [("directory", of_directory()), ("changes", of_changes())] {
        let now = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        clearance_committed::check(&format!("docs/{name}.schema.json"), &now);
    }
}

#[test]
fn every_directory_of_the_repository_fits() {
    let schema = of_directory();
    let mut files = Vec::new();
    for folder in ["examples", "tests/vectors"] {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 50, "{}", files.len());
    for file in files {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(accepts(&schema, &value), Ok(()), "{}", file.display());
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.file_name().is_some_and(|name| name == "directory.json") {
            files.push(path);
        }
    }
}

/// The first JSON of `docs/directory.md`, which has every field, and the second, which is a list of changes.
fn shown() -> [Value; 2] {
    let page = std::fs::read_to_string(root().join("docs/directory.md")).unwrap();
    let mut blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    [(); 2].map(|()| serde_json::from_str(blocks.next().unwrap()).unwrap())
}

#[test]
fn the_page_shows_every_field_and_what_it_shows_is_loaded() {
    let [directory, changes] = shown();
    assert_eq!(accepts(&of_directory(), &directory), Ok(()));
    assert_eq!(accepts(&of_changes(), &changes), Ok(()));
    let mut loaded = Directory::from_json(&directory.to_string()).unwrap();
    loaded.apply_all(serde_json::from_value(changes).unwrap()).unwrap();

    let schema = of_directory();
    let lists = schema["properties"].as_object().unwrap();
    let page = std::fs::read_to_string(root().join("docs/directory.md")).unwrap();
    for (list, rows) in lists {
        let name = rows["items"]["$ref"].as_str().unwrap().strip_prefix("#/$defs/").unwrap();
        let section = page.split(&format!("\n## {list}\n")).nth(1).unwrap_or_else(|| panic!("a section about {list}"));
        let section = section.split("\n## ").next().unwrap();
        for field in schema["$defs"][name]["properties"].as_object().unwrap().keys() {
            let is_shown = directory[list].as_array().unwrap().iter().any(|row| row.get(field).is_some());
            assert!(is_shown, "{list} shows no `{field}`");
            assert!(section.contains(&format!("`{field}`")), "the section about {list} does not describe `{field}`");
        }
    }
}

/// What the schema refuses is refused, and what only a loader can know is all that it lets pass.
#[test]
fn the_schema_refuses_nothing_that_is_loaded() {
    let (schema, [directory, _]) = (of_directory(), shown());
    let mut both = 0;
    for changed in changed(&directory) {
        let is_loaded = Directory::from_json(&changed.to_string());
        match (accepts(&schema, &changed), is_loaded) {
            (Err(at), Ok(_)) => panic!("refused at {at}, and loaded: {changed}"),
            (Err(_), Err(_)) => both += 1,
            (Ok(()), _) => {}
        }
    }
    assert!(both > 500, "{both}");
}

#[test]
fn an_unknown_field_is_refused_by_both_at_any_depth() {
    let (schema, [directory, changes]) = (of_directory(), shown());
    for (at, mut one) in objects(&directory).into_iter().map(|at| (at, directory.clone())) {
        one.pointer_mut(&at).unwrap()["extra"] = true.into();
        assert!(accepts(&schema, &one).is_err(), "{at}");
        assert!(Directory::from_json(&one.to_string()).is_err(), "{at}");
    }
    for (at, mut one) in objects(&changes).into_iter().map(|at| (at, changes.clone())) {
        one.pointer_mut(&at).unwrap()["extra"] = true.into();
        assert!(accepts(&of_changes(), &one).is_err(), "{at}");
        assert!(serde_json::from_value::<Vec<Change>>(one).is_err(), "{at}");
    }
}

/// Where objects stand in a value.
fn objects(value: &Value) -> Vec<String> {
    let below =
        |part: String, value: &Value| objects(value).into_iter().map(move |at| format!("/{part}{at}")).collect::<Vec<_>>();
    match value {
        Value::Object(fields) => {
            let below = fields.iter().flat_map(|(name, value)| below(name.clone(), value));
            [String::new()].into_iter().chain(below).collect()
        }
        Value::Array(items) => items.iter().enumerate().flat_map(|(index, value)| below(index.to_string(), value)).collect(),
        _ => Vec::new(),
    }
}

/// The same with one thing otherwise, in every way: a field is gone, or holds something else.
fn changed(value: &Value) -> Vec<Value> {
    let others =
        || [Value::Null, json!(NO_ID), json!(1), json!(true), json!([]), json!({}), json!("x".repeat(256)), json!("ADMIN")];
    let mut all = Vec::new();
    for at in objects(value) {
        let fields: Vec<String> = value.pointer(&at).unwrap().as_object().unwrap().keys().cloned().collect();
        for field in fields {
            let mut without = value.clone();
            without.pointer_mut(&at).unwrap().as_object_mut().unwrap().remove(&field);
            all.push(without);
            for other in others() {
                let mut with = value.clone();
                with.pointer_mut(&at).unwrap()[&field] = other;
                all.push(with);
            }
        }
    }
    all
}
