//! The panel's files, as a browser wants them.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::MethodRouter;
use edge::ApiError;
use http::header::{ACCEPT, CACHE_CONTROL};
use http::{HeaderValue, Method, StatusCode, Uri};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// Files whose name holds a hash of their content: they never change.
const ASSETS: &str = "/assets/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Everything else may be kept too, but is asked for every time.
const ASK_EVERY_TIME: HeaderValue = HeaderValue::from_static("no-cache");
/// What programs call. There is never a page of the panel.
const PROGRAMS: [&str; 6] = ["/api", "/auth", "/healthz", "/hooks", "/readyz", "/schema"];
/// What is shown while there is no panel. Without style, which the content security policy keeps out of a page.
const NO_PANEL: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Keelson</title>\
    <h1>Keelson runs, but its panel has not been built</h1>\
    <p>In the repository, run <code>cargo xtask web</code>, and load this page again.</p>\
    <p>The API and the command line work: try <code>keelson status</code>.</p></html>";

/// Answers whatever no route answers: with a file of the panel, or with the page that shows every address of it.
pub(crate) fn fallback(folder: Option<PathBuf>) -> MethodRouter {
    axum::routing::any(answer).with_state(folder)
}

async fn answer(State(folder): State<Option<PathBuf>>, request: Request) -> Result<Response, ApiError> {
    let path = request.uri().path().to_owned();
    let nothing = || ApiError::not_found("address", &path);
    if !matches!(*request.method(), Method::GET | Method::HEAD) || is_for_programs(&path) {
        return Err(nothing());
    }
    let page = wants_page(&request).then(|| page_of(&request));
    let Some(folder) = folder.filter(|folder| folder.join("index.html").is_file()) else {
        return if page.is_some() { Ok(no_panel()) } else { Err(nothing()) };
    };
    let cache = if path.starts_with(ASSETS) { FOR_EVER } else { ASK_EVERY_TIME };
    let response = file(&folder, request).await;
    match (response.status(), page) {
        (StatusCode::NOT_FOUND, Some(page)) => Ok(cached(file(&folder, page).await, ASK_EVERY_TIME)),
        (StatusCode::NOT_FOUND, None) => Err(nothing()),
        _ => Ok(cached(response, cache)),
    }
}

fn is_for_programs(path: &str) -> bool {
    PROGRAMS.iter().any(|program| {
        path.strip_prefix(program).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether somebody went to an address of the panel: a browser asks for a page, and for no file.
fn wants_page(request: &Request) -> bool {
    let accepted = request.headers().get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let last = request.uri().path().rsplit('/').next().unwrap_or_default();
    accepted.into_iter().any(|accept| accept.contains("text/html")) && !last.contains('.')
}

/// The request for the page in place of the address.
fn page_of(request: &Request) -> Request {
    let mut page = Request::new(Body::empty());
    *page.method_mut() = request.method().clone();
    *page.uri_mut() = Uri::from_static("/index.html");
    *page.headers_mut() = request.headers().clone();
    page
}

async fn file(folder: &Path, request: Request) -> Response {
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip();
    let answered: Result<_, Infallible> = files.oneshot(request).await;
    match answered {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn cached(mut response: Response, cache: HeaderValue) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, cache);
    response
}

fn no_panel() -> Response {
    (StatusCode::NOT_FOUND, Html(NO_PANEL)).into_response()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use axum::Router;
    use axum::body::to_bytes;
    use axum::http::header::CONTENT_ENCODING;
    use tempfile::TempDir;

    use super::*;

    fn panel() -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("assets")).unwrap();
        for (file, content) in [
            ("index.html", "the page"),
            ("favicon.svg", "the icon"),
            ("assets/app-1a2b.js", "the program"),
            ("assets/app-1a2b.js.br", "the program, smaller"),
        ] {
            fs::write(dir.path().join(file), content).unwrap();
        }
        dir
    }

    async fn get(folder: Option<&Path>, path: &str, headers: &[(&str, &str)]) -> (Response, String) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let router = Router::new().fallback_service(fallback(folder.map(Path::to_owned)));
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        (Response::from_parts(parts, Body::empty()), text)
    }

    const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

    #[tokio::test]
    async fn every_address_of_the_panel_is_its_page() {
        let dir = panel();
        for address in ["/", "/services/storefront", "/sign-in", "/apiary"] {
            let (response, text) = get(Some(dir.path()), address, &[BROWSER]).await;
            assert_eq!((response.status(), text.as_str()), (StatusCode::OK, "the page"), "{address}");
            assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        }
    }

    #[tokio::test]
    async fn what_programs_call_is_never_a_page() {
        let dir = panel();
        for address in ["/api", "/api/nothing", "/auth/nothing", "/hooks/a/b", "/schema/nothing"] {
            let (response, _) = get(Some(dir.path()), address, &[BROWSER]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{address}");
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
    }

    #[tokio::test]
    async fn a_missing_file_is_not_the_page_either() {
        let dir = panel();
        for (address, headers) in [
            ("/assets/app-0000.js", &[("accept", "*/*")][..]),
            ("/assets/app-0000.js", &[BROWSER]),
            ("/services", &[("accept", "application/json")]),
            ("/../Cargo.toml", &[BROWSER]),
        ] {
            let (response, _) = get(Some(dir.path()), address, headers).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{address}");
        }
    }

    #[tokio::test]
    async fn files_named_by_their_content_are_kept_for_ever_and_sent_compressed() {
        let dir = panel();
        let (response, text) =
            get(Some(dir.path()), "/assets/app-1a2b.js", &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(text, "the program, smaller");
        assert_eq!(response.headers()[CONTENT_ENCODING], "br");
        assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(response.headers()["vary"], "accept-encoding");
        let (response, text) = get(Some(dir.path()), "/favicon.svg", &[]).await;
        assert_eq!((text.as_str(), &response.headers()[CACHE_CONTROL]), ("the icon", &ASK_EVERY_TIME));
    }

    #[tokio::test]
    async fn without_a_panel_the_page_says_how_to_build_it() {
        let empty = tempfile::tempdir().unwrap();
        for folder in [None, Some(empty.path())] {
            let (response, text) = get(folder, "/", &[BROWSER]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            assert!(text.contains("cargo xtask web"));
            let (program, _) = get(folder, "/", &[("accept", "*/*")]).await;
            assert_eq!(program.headers()["content-type"], "application/problem+json");
        }
    }
}
