//! A server on loopback that says what it is told to, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value;

/// A request as it arrived.
pub(super) struct Seen {
    /// Method and address with its query, such as `GET /api/me?a=b`.
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

struct Answer {
    begins: String,
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: String,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

/// The server. It ends with the test.
pub(super) struct Fake {
    shared: Arc<Shared>,
    pub(super) url: String,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let shared = Arc::<Shared>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { shared, url }
    }

    /// Answers the next request that begins so, such as `GET /api/me`. The last answer for a beginning stays.
    pub(super) fn says(&self, begins: &str, status: u16, body: &impl Serialize) -> &Self {
        self.says_with(begins, status, &[], body)
    }

    pub(super) fn says_with(
        &self,
        begins: &str,
        status: u16,
        headers: &[(&'static str, &str)],
        body: &impl Serialize,
    ) -> &Self {
        let answer = Answer {
            begins: begins.to_owned(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            body: serde_json::to_string(body).unwrap(),
        };
        self.shared.answers.lock().unwrap().push_back(answer);
        self
    }

    /// What it was asked, a line for each request.
    pub(super) fn lines(&self) -> Vec<String> {
        self.seen(|seen| seen.iter().map(|seen| seen.line.clone()).collect())
    }

    pub(super) fn seen<T>(&self, look: impl FnOnce(&[Seen]) -> T) -> T {
        look(&self.shared.seen.lock().unwrap())
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let line = format!("{} {}", parts.method, parts.uri);
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let response = next(&mut shared.answers.lock().unwrap(), &line);
    shared.seen.lock().unwrap().push(Seen { line, headers: parts.headers, body });
    response
}

fn next(answers: &mut VecDeque<Answer>, line: &str) -> Response {
    let fitting: Vec<usize> =
        (0..answers.len()).filter(|index| line.starts_with(&answers[*index].begins)).collect();
    let Some(first) = fitting.first() else {
        return (StatusCode::NOT_IMPLEMENTED, format!("nobody said what {line} answers")).into_response();
    };
    let answer = &answers[*first];
    let mut response = (answer.status, answer.body.clone()).into_response();
    for (name, value) in &answer.headers {
        response.headers_mut().append(*name, value.parse().unwrap());
    }
    if fitting.len() > 1 {
        answers.remove(*first);
    }
    response
}
