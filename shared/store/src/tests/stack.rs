//! The tables of an AWS account are made by the stack in `infra/aws`, not by this crate: they must be the same.

use serde_json::{Value, json};

use crate::table::{EXPIRES_AT, PRIMARY, Table};

/// What SAM makes of the stack's template.
const EXPANDED: &str = include_str!("../../../../infra/aws/template.expanded.json");

/// The key schema of a partition and a sort key.
fn keys((pk, sk): (&str, &str)) -> Value {
    json!([{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}])
}

/// How the template spells a table.
fn spelled(table: Table) -> Value {
    let pairs: Vec<(&str, &str)> =
        std::iter::once(PRIMARY).chain(table.indexes().iter().map(|index| index.attributes())).collect();
    let names = pairs.iter().flat_map(|(pk, sk)| [*pk, *sk]);
    let attributes: Vec<Value> =
        names.map(|name| json!({"AttributeName": name, "AttributeType": "S"})).collect();
    let index = |index: &crate::table::Index| {
        json!({
            "IndexName": index.name(),
            "KeySchema": keys(index.attributes()),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        })
    };
    let indexes: Vec<Value> = table.indexes().iter().map(index).collect();
    json!({
        "TableName": {"Fn::Sub": format!("${{AWS::StackName}}-{}", table.suffix())},
        "AttributeDefinitions": attributes,
        "KeySchema": keys(PRIMARY),
        "GlobalSecondaryIndexes": if indexes.is_empty() { Value::Null } else { Value::from(indexes) },
        "StreamSpecification": if table.has_stream() { json!({"StreamViewType": "NEW_IMAGE"}) } else { Value::Null },
        "TimeToLiveSpecification":
            if table.expires() { json!({"AttributeName": EXPIRES_AT, "Enabled": true}) } else { Value::Null },
    })
}

#[test]
fn the_tables_of_the_stack_are_these() {
    let stack: Value = serde_json::from_str(EXPANDED).unwrap();
    let resources = stack["Resources"].as_object().unwrap();
    let tables: Vec<&Value> = resources
        .values()
        .filter(|resource| resource["Type"] == "AWS::DynamoDB::Table")
        .map(|resource| &resource["Properties"])
        .collect();
    assert_eq!(tables.len(), Table::ALL.len());
    for wanted in Table::ALL.map(spelled) {
        let name = &wanted["TableName"];
        let table = tables.iter().find(|table| &table["TableName"] == name);
        let table = table.unwrap_or_else(|| panic!("the stack has no table {name}"));
        for (property, value) in wanted.as_object().unwrap() {
            assert_eq!(&table[property], value, "{property} of {name}");
        }
    }
}
