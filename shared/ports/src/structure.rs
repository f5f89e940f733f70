//! What a structured log line says.

use serde_json::Value;

/// The severity and the message of a JSON line, under the names that the usual loggers give them.
pub fn structure(text: &str) -> (Option<String>, Option<String>) {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return (None, None) };
    let text_of = |names: &[&str]| {
        names.iter().find_map(|name| fields.get(*name).and_then(Value::as_str)).map(str::to_owned)
    };
    let level = text_of(&["level", "severity", "lvl", "levelname"]).map(|level| level.to_lowercase());
    let level = level.or_else(|| fields.get("level").and_then(Value::as_i64).map(numbered_level));
    let nested = fields.get("fields").and_then(|fields| fields.get("message")).and_then(Value::as_str);
    let message = text_of(&["message", "msg", "event"]).or_else(|| nested.map(str::to_owned));
    (level, message)
}

/// Levels as pino and bunyan number them.
fn numbered_level(level: i64) -> String {
    let name = match level {
        ..20 => "trace",
        20..30 => "debug",
        30..40 => "info",
        40..50 => "warn",
        50..60 => "error",
        60.. => "fatal",
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, level: Option<&str>, message: Option<&str>) {
        assert_eq!(structure(text), (level.map(str::to_owned), message.map(str::to_owned)));
    }

    #[test]
    fn the_usual_loggers_are_understood() {
        check(r#"{"level":"INFO","fields":{"message":"up"}}"#, Some("info"), Some("up"));
        check(r#"{"severity":"ERROR","message":"no"}"#, Some("error"), Some("no"));
        check(r#"{"level":30,"msg":"pino"}"#, Some("info"), Some("pino"));
    }

    #[test]
    fn a_line_without_structure_has_neither() {
        check("listening on 8080", None, None);
        check("[1, 2]", None, None);
        check(r#"{"a":1}"#, None, None);
    }
}
