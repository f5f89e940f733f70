//! Everything that is stored, to compare one world with another.

use std::collections::BTreeMap;

use dynoxide::Database;
use dynoxide::actions::list_tables::ListTablesRequest;
use dynoxide::actions::scan::ScanRequest;
use serde_json::{Map, Value, json};

/// Every row of every table, as plain JSON, sorted by table and key.
pub(crate) fn rows(database: &Database) -> BTreeMap<String, Vec<Value>> {
    let tables = database.list_tables(ListTablesRequest::default()).expect("the list of tables").table_names;
    tables.into_iter().map(|table| (table.clone(), rows_of(database, &table))).collect()
}

fn rows_of(database: &Database, table: &str) -> Vec<Value> {
    let mut rows = BTreeMap::new();
    let mut after = None;
    loop {
        let request = ScanRequest {
            table_name: table.to_owned(),
            exclusive_start_key: after,
            ..ScanRequest::default()
        };
        let page = database.scan(request).expect("a table can be read");
        for item in page.items.unwrap_or_default() {
            let row = plain(&serde_json::to_value(item).expect("a row is JSON"));
            rows.insert((row["pk"].to_string(), row["sk"].to_string()), row);
        }
        after = page.last_evaluated_key;
        if after.is_none() {
            return rows.into_values().collect();
        }
    }
}

/// A row of attributes, each with its type, without the types.
fn plain(item: &Value) -> Value {
    let attributes = item.as_object().expect("a row is an object");
    Value::Object(
        attributes.iter().map(|(name, value)| (name.clone(), untyped(value))).collect::<Map<_, _>>(),
    )
}

fn untyped(attribute: &Value) -> Value {
    let typed = attribute.as_object().and_then(|typed| typed.iter().next());
    match typed.map(|(kind, value)| (kind.as_str(), value)) {
        Some(("M", fields)) => plain(fields),
        Some(("L", items)) => Value::Array(items.as_array().expect("a list").iter().map(untyped).collect()),
        Some(("NULL", _)) | None => Value::Null,
        Some(("N", number)) => json!({ "number": number }),
        Some((_, value)) => value.clone(),
    }
}
