//! The JSON Schema of `keelson.toml`.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use super::Manifest;

/// The JSON Schema (draft 2020-12) of `keelson.toml`, for editors.
///
/// It says what a single value may be.
/// What concerns several values, such as rising weights, only [`Manifest::parse`] knows.
pub fn json_schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
    let mut schema = settings.into_generator().into_root_schema_for::<Manifest>();
    // Here and not on the type: an `$id` would move the base of every `$ref` where the type is part of another schema.
    schema.insert("$id".to_owned(), "urn:keelson:manifest".into());
    schema.insert("title".to_owned(), "keelson.toml".into());
    schema
}

/// Takes out the nulls by which JSON says that a key may be left out: TOML has none.
fn without_null(schema: &mut Schema) {
    let is_null = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "null");
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| !is_null(choice));
        if let [Value::Object(choice)] = choices.as_slice() {
            let choice = choice.clone();
            schema.remove("anyOf");
            schema.ensure_object().extend(choice);
        }
    }
    // A default table says no more than the defaults of its keys.
    if schema.get("default").is_some_and(|default| default.is_null() || default.is_object()) {
        schema.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/keelson.schema.json");

    /// `UPDATE=1 cargo test -p domain` writes the file.
    #[test]
    fn the_published_schema_is_the_generated_one() {
        let generated = serde_json::to_value(json_schema()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the product")]
        if std::env::var("UPDATE").is_ok() {
            fs::write(PUBLISHED, format!("{}\n", serde_json::to_string_pretty(&json_schema()).unwrap()))
                .unwrap();
        }
        // As values, because the order of keys depends on who else is compiled along.
        let published: Value = serde_json::from_str(&fs::read_to_string(PUBLISHED).unwrap()).unwrap();
        assert!(published == generated, "the types changed: run `UPDATE=1 cargo test -p domain` and commit");
    }

    #[test]
    fn a_repository_is_text_with_a_pattern() {
        let schema = serde_json::to_value(json_schema()).unwrap();
        assert_eq!(schema["$defs"]["RepositoryRef"]["type"], "string");
        assert!(schema["$defs"]["RepositoryRef"]["pattern"].is_string());
    }

    #[test]
    fn nothing_in_the_schema_is_null() {
        let text = serde_json::to_string(&json_schema()).unwrap();
        assert!(!text.contains("null"), "{text}");
    }
}
