//! Rows as bytes: the same for the same content, wherever it was read.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Digest;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::row::Item;

/// The SHA-256 of a whole row in its canonical form.
///
/// That is DynamoDB's own JSON of the row, with every attribute that it has, those of the indexes too; the names in the
/// order of their bytes, sets sorted, and no spaces. It is of the row and not of the value in it, so it stays the same
/// when a later Keelson reads the value otherwise.
pub(crate) fn digest(item: &Item) -> Result<Digest, StoreError> {
    let mut bytes = Vec::new();
    write_map(&mut bytes, item)?;
    Ok(Digest::from_bytes(Sha256::digest(&bytes).into()))
}

fn write_map(into: &mut Vec<u8>, map: &Item) -> Result<(), StoreError> {
    let mut names: Vec<&String> = map.keys().collect();
    names.sort_unstable();
    into.push(b'{');
    for (index, name) in names.into_iter().enumerate() {
        if index > 0 {
            into.push(b',');
        }
        into.extend(Value::from(name.as_str()).to_string().as_bytes());
        into.push(b':');
        write(into, &map[name])?;
    }
    into.push(b'}');
    Ok(())
}

fn write(into: &mut Vec<u8>, value: &AttributeValue) -> Result<(), StoreError> {
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort_unstable();
        texts
    };
    let plain = match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(value) => json!({ "BOOL": value }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        AttributeValue::Ss(texts) => json!({ "SS": sorted(texts) }),
        AttributeValue::Ns(numbers) => json!({ "NS": sorted(numbers) }),
        AttributeValue::Bs(all) => {
            json!({ "BS": sorted(&all.iter().map(|bytes| STANDARD.encode(bytes)).collect::<Vec<_>>()) })
        }
        AttributeValue::M(map) => {
            into.extend(b"{\"M\":");
            write_map(into, map)?;
            into.push(b'}');
            return Ok(());
        }
        AttributeValue::L(list) => {
            into.extend(b"{\"L\":[");
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    into.push(b',');
                }
                write(into, value)?;
            }
            into.extend(b"]}");
            return Ok(());
        }
        other => {
            let source = format!("an attribute of a type that is not known here: {other:?}").into();
            return Err(StoreError::Corrupt { at: "a row".to_owned(), source });
        }
    };
    into.extend(plain.to_string().as_bytes());
    Ok(())
}
