//! This API as an OpenAPI 3.1 document, made from the endpoints themselves.
//!
//! What it says of an endpoint is what the routers, the command line and the panel use of it: method, path, right,
//! query, and the types of request and answer. Nothing is written twice.

use std::any::TypeId;

use domain::dora::Metric;
use domain::event::EventKind;
use domain::{
    ConnectionName, Digest, EnvironmentName, EventId, Login, PromotionId, ServiceName, TokenId, TrainId,
};
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value as Json, json};

use crate::endpoint::{Parameter, Value};
use crate::{Access, Endpoint, Method, Problem, ProblemKind, Route, routes};

/// The media type of every error (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// An endpoint with its words and the schemas of its types.
pub(crate) struct Described {
    route: Route,
    doc: String,
    request: Option<Json>,
    response: Option<Json>,
}

/// Makes schemas: of what is read, and of what is written.
pub(crate) struct Schemas {
    /// Requests are written out where they are, as the same type may be written in another way than it is read.
    requests: SchemaGenerator,
    /// Answers share the types that they are made of.
    responses: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let requests = SchemaSettings::draft2020_12().for_deserialize().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let responses = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self { requests: requests.into_generator(), responses: responses.into_generator() }
    }

    pub(crate) fn describe<Q, R>(&mut self, endpoint: &Endpoint<Q, R>, doc: &str) -> Described
    where
        Q: JsonSchema + 'static,
        R: JsonSchema + 'static,
    {
        let nothing = TypeId::of::<()>();
        let request = (TypeId::of::<Q>() != nothing).then(|| self.read::<Q>());
        let response = (TypeId::of::<R>() != nothing).then(|| self.written::<R>());
        Described { route: endpoint.route, doc: doc.trim().to_owned(), request, response }
    }

    /// What is answered. Any JSON is `{}` rather than `true`, which few programs that read such documents know.
    fn written<T: JsonSchema>(&mut self) -> Json {
        match self.responses.subschema_for::<T>().to_value() {
            Json::Bool(true) => json!({}),
            schema => schema,
        }
    }

    fn read<T: JsonSchema>(&mut self) -> Json {
        self.requests.subschema_for::<T>().to_value()
    }

    /// What a parameter of a path is.
    fn in_path(&mut self, name: &str) -> Json {
        match name {
            "connection" => self.read::<ConnectionName>(),
            "digest" => self.read::<Digest>(),
            "environment" => self.read::<EnvironmentName>(),
            "event" => self.read::<EventId>(),
            "login" => self.read::<Login>(),
            "promotion" => self.read::<PromotionId>(),
            "service" => self.read::<ServiceName>(),
            "token" => self.read::<TokenId>(),
            "train" => self.read::<TrainId>(),
            _ => self.read::<String>(),
        }
    }

    /// What a parameter of a query is.
    fn in_query(&mut self, value: Value) -> Json {
        match value {
            Value::Text => self.read::<String>(),
            Value::Service => self.read::<ServiceName>(),
            Value::Environment => self.read::<EnvironmentName>(),
            Value::Digest => self.read::<Digest>(),
            Value::EventKind => self.read::<EventKind>(),
            Value::Metric => self.read::<Metric>(),
            Value::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Value::OneOf(numbers) => json!({ "type": "integer", "enum": numbers }),
        }
    }
}

/// The whole document. It depends on nothing but the code, so it is the same each time.
pub fn document() -> Json {
    let mut schemas = Schemas::new();
    let problem = schemas.responses.subschema_for::<Problem>().to_value();
    let mut paths = Map::new();
    for described in routes::described(&mut schemas) {
        let path = paths.entry(described.route.path).or_insert_with(|| json!({}));
        path[described.route.method.as_str().to_lowercase()] = operation(&described, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keelson",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "panel", "description": "Who may use Keelson, and what happened in it." },
            { "name": "promotions", "description": "Services, what runs where, and the way there." },
            { "name": "webhooks", "description": "Git hosts, and what they tell." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.responses.take_definitions(true),
            "responses": ProblemKind::ALL
                .map(|kind| (component(kind), json!({
                    "description": format!("{}.", kind.title()),
                    "content": { PROBLEM: { "schema": problem } },
                })))
                .into_iter()
                .collect::<Map<_, _>>(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "An API token, or a CI job's identity." },
                "session": { "type": "apiKey", "in": "cookie", "name": "keelson_session",
                    "description": "What signing in sets; `__Host-keelson_session` where Keelson is reached over TLS." },
            },
        },
    })
}

fn operation(described: &Described, schemas: &mut Schemas) -> Json {
    let Described { route, doc, request, response } = described;
    let summary = doc.split_inclusive(". ").next().unwrap_or(doc).trim().trim_end_matches('.');
    let mut operation = json!({
        "operationId": route.name.to_lowercase(),
        "tags": [tag(route.path)],
        "summary": summary,
        "description": format!("{doc} {}", right(route.access)),
        "parameters": parameters(route, schemas),
        "responses": responses(route, response.as_ref()),
        "security": match route.access {
            Access::Public => json!([]),
            Access::SignedIn | Access::Needs(_) => json!([{ "token": [] }, { "session": [] }]),
        },
    });
    // A webhook is whatever its host sends.
    let any = json!({ "type": "object" });
    let body = request.as_ref().or((route.name == "RECEIVE_HOOK").then_some(&any));
    if let Some(schema) = body {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    operation
}

/// The function that answers, by the path's first word that tells.
fn tag(path: &str) -> &'static str {
    let words = path.trim_start_matches("/api").trim_start_matches('/');
    match words.split('/').next().unwrap_or_default() {
        "hooks" | "connections" => "webhooks",
        "me" | "auth" | "users" | "tokens" | "audit" | "dead-letters" | "schema" | "openapi.json"
        | "healthz" | "readyz" => "panel",
        _ => "promotions",
    }
}

fn right(access: Access) -> String {
    match access {
        Access::Public => "Anybody may ask.".to_owned(),
        Access::SignedIn => "Whoever is signed in may ask.".to_owned(),
        Access::Needs(permission) => {
            let name = serde_json::to_value(permission).unwrap_or_default();
            format!("Needs the permission `{}`.", name.as_str().unwrap_or_default())
        }
    }
}

fn parameters(route: &Route, schemas: &mut Schemas) -> Vec<Json> {
    let names = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')));
    let mut parameters: Vec<Json> = names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": schemas.in_path(name) }))
        .collect();
    for Parameter { name, value, required, doc } in route.query {
        let schema = schemas.in_query(*value);
        parameters.push(
            json!({ "name": name, "in": "query", "required": required, "description": doc, "schema": schema }),
        );
    }
    if has_key(route) {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A request that is sent again with its key within 24 hours is not done again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        }));
    }
    if replaces_a_version(route) {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "The `ETag` of what is to be replaced: nothing else is.",
            "schema": { "type": "string", "pattern": "^\"v[0-9]+(\\.[0-9a-f]+)?\"$" },
        }));
    }
    parameters
}

/// Whether the endpoint takes an `Idempotency-Key`.
fn has_key(route: &Route) -> bool {
    route.method == Method::Post && route.access != Access::Public
}

/// Whether the endpoint replaces a thing that has versions, and takes `If-Match`.
fn replaces_a_version(route: &Route) -> bool {
    ["PUT_CONNECTION", "PUT_SERVICE", "PUT_USER"].contains(&route.name)
}

/// Whether a browser is sent on to another address.
fn leads_elsewhere(route: &Route) -> bool {
    ["BEGIN_OIDC", "FINISH_OIDC"].contains(&route.name)
}

fn responses(route: &Route, response: Option<&Json>) -> Json {
    let mut responses = Map::new();
    let (status, success) = match response {
        Some(schema) => (
            "200",
            json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } }),
        ),
        None if leads_elsewhere(route) => ("302", json!({ "description": "Go there." })),
        None if route.name == "RECEIVE_HOOK" => ("202", json!({ "description": "It is recorded." })),
        None => ("204", json!({ "description": "Done." })),
    };
    responses.insert(status.to_owned(), success);
    if route.method == Method::Get && !leads_elsewhere(route) {
        responses.insert("304".to_owned(), json!({ "description": "It is as `If-None-Match` says." }));
    }
    for kind in ProblemKind::ALL.into_iter().filter(|kind| can_be(*kind, route)) {
        let problem = json!({ "$ref": format!("#/components/responses/{}", component(kind)) });
        responses.insert(kind.status().to_string(), problem);
    }
    Json::Object(responses)
}

/// Whether an endpoint may answer with that problem.
fn can_be(kind: ProblemKind, route: &Route) -> bool {
    let has_body = matches!(route.method, Method::Post | Method::Put);
    let guarded = route.access != Access::Public;
    let limited = !guarded && route.method == Method::Post;
    match kind {
        ProblemKind::InvalidRequest | ProblemKind::Internal | ProblemKind::Unavailable => true,
        ProblemKind::Unauthenticated | ProblemKind::Forbidden => guarded || limited,
        ProblemKind::NotFound => route.path.contains('{') || !route.query.is_empty() || has_body,
        ProblemKind::Conflict => route.method != Method::Get,
        ProblemKind::PreconditionFailed => replaces_a_version(route),
        ProblemKind::TooLarge | ProblemKind::UnsupportedMediaType => has_body,
        ProblemKind::KeyReused => has_key(route),
        ProblemKind::TooManyRequests => limited || route.path.starts_with("/auth/") && !guarded,
        // Of other methods than the document has.
        ProblemKind::MethodNotAllowed => false,
    }
}

/// The name of a problem among the document's answers.
fn component(kind: ProblemKind) -> String {
    kind.uri().trim_start_matches("/problems/").to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let document = document();
        let said: BTreeSet<_> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let routes: BTreeSet<_> =
            routes::ALL.iter().map(|route| (route.method.to_string(), route.path.to_owned())).collect();
        assert_eq!(said, routes);
    }

    #[test]
    fn every_reference_in_the_document_leads_somewhere() {
        fn references<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
            match value {
                Json::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Json::as_str));
                    fields.values().for_each(|value| references(value, found));
                }
                Json::Array(items) => items.iter().for_each(|item| references(item, found)),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
            }
        }
        let (document, mut found) = (document(), Vec::new());
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }

    #[test]
    fn no_two_types_of_the_document_have_one_name() {
        // A second type of a name is given a number by the generator.
        let document = document();
        let names = document["components"]["schemas"].as_object().unwrap().keys();
        let numbered: Vec<_> = names.filter(|name| name.ends_with(char::is_numeric)).collect();
        assert!(numbered.is_empty(), "{numbered:?}");
    }

    #[test]
    fn the_document_is_as_it_was() {
        insta::assert_json_snapshot!("openapi", document());
    }
}
