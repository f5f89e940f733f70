//! What must hold for every answer, whatever was asked.

use api::{Problem, ProblemKind};
use http::response::Parts;
use http::{HeaderName, StatusCode};

/// Headers that every answer has.
const REQUIRED: [&str; 9] = [
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "traceparent",
    "x-content-type-options",
    "x-request-id",
];

/// Headers that an answer may have besides. Whatever else is there has leaked.
const ALLOWED: [&str; 10] = [
    "allow",
    "content-length",
    "content-type",
    "etag",
    "idempotency-replayed",
    "location",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "www-authenticate",
];

pub(super) fn check(what: &str, parts: &Parts, body: &[u8]) {
    for name in REQUIRED {
        assert!(parts.headers.contains_key(name), "{what}: the answer has no `{name}`");
    }
    for name in parts.headers.keys().map(HeaderName::as_str) {
        assert!(REQUIRED.contains(&name) || ALLOWED.contains(&name), "{what}: the header `{name}` leaks");
    }
    let status = parts.status;
    if status.is_client_error() || status.is_server_error() {
        check_problem(what, parts, body);
    } else if !body.is_empty() {
        let content_type = header(parts, "content-type");
        assert!(content_type.is_some(), "{what}: the answer has a body of no type");
    }
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        assert!(body.is_empty(), "{what}: a {status} has no body");
    }
}

fn check_problem(what: &str, parts: &Parts, body: &[u8]) {
    let status = parts.status.as_u16();
    let text = String::from_utf8_lossy(body);
    assert_eq!(
        header(parts, "content-type"),
        Some("application/problem+json"),
        "{what} answered {status}: {text}"
    );
    let problem: Problem = match serde_json::from_slice(body) {
        Ok(problem) => problem,
        Err(error) => panic!("{what} answered {status} and no problem ({error}): {text}"),
    };
    let kind = ProblemKind::ALL.into_iter().find(|kind| kind.uri() == problem.kind);
    let kind = kind.unwrap_or_else(|| panic!("{what}: `{}` is no kind of problem", problem.kind));
    assert_eq!((kind.status(), kind.title()), (status, problem.title.as_str()), "{what}: {text}");
    assert_eq!(problem.status, status, "{what}: {text}");
    assert_eq!(problem.instance.as_deref(), header(parts, "x-request-id"), "{what}: {text}");
    assert!(!problem.detail.is_empty(), "{what}: the problem does not say what happened");
    assert_eq!(
        status == 401,
        parts.headers.contains_key("www-authenticate"),
        "{what}: a challenge with a 401, and only then"
    );
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}
