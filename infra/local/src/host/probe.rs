//! Asking a process whether it is ready, and whether it is the build that was asked for.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use domain::Digest;
use domain::manifest::ProcessTarget;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

const INTERVAL: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const MOST_BYTES: usize = 64 * 1024;
/// How much of an answer is shown.
const HEAD_CHARS: usize = 300;
/// The header in which a service may say which artifact it is.
const ECHO: &str = "keelson-artifact";

/// Probes one process.
pub(super) struct Probe {
    artifact: Digest,
    address: SocketAddr,
    path: String,
    successes: u32,
    /// What came of the last probe, for people.
    last: Option<String>,
}

/// What came of one probe.
struct Answer {
    ready: bool,
    shown: String,
    /// The artifact that it says it is.
    says: Option<String>,
}

impl Probe {
    pub(super) fn new(artifact: Digest, port: u16, target: &ProcessTarget) -> Self {
        Self {
            artifact,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            path: target.ready.clone(),
            successes: target.ready_successes.max(1),
            last: None,
        }
    }

    /// Probes until the process has answered well so many times in a row.
    pub(super) async fn until_ready(&mut self) {
        let mut in_a_row = 0;
        loop {
            let asked = tokio::time::timeout(TIMEOUT, self.ask()).await;
            let answer = match asked {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => Answer::none(format!("no answer: {error}")),
                Err(_) => Answer::none(format!("no answer within {} s", TIMEOUT.as_secs())),
            };
            in_a_row = if answer.ready { in_a_row + 1 } else { 0 };
            self.last = Some(answer.shown);
            if in_a_row >= self.successes {
                return;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// The artifact that the process says it is; `None` if it does not answer, or does not say.
    pub(super) async fn says(&self) -> Option<String> {
        tokio::time::timeout(TIMEOUT, self.ask()).await.ok()?.ok()?.says
    }

    /// What came of the last probe, for a failure report.
    pub(super) fn into_last(self) -> Option<String> {
        self.last
    }

    async fn ask(&self) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let request = Request::get(&self.path)
            .header(header::HOST, self.address.to_string())
            .header(header::USER_AGENT, "keelson")
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let echo =
            response.headers().get(ECHO).map(|echo| String::from_utf8_lossy(echo.as_bytes()).into_owned());
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await?.to_bytes();
        driver.abort();
        Ok(self.judge(status, echo.or_else(|| echo_in(&body)), &body))
    }

    fn judge(&self, status: StatusCode, echo: Option<String>, body: &[u8]) -> Answer {
        let head: String = String::from_utf8_lossy(body).trim().chars().take(HEAD_CHARS).collect();
        let shown = if head.is_empty() { status.to_string() } else { format!("{status}: {head}") };
        match &echo {
            Some(other) if *other != self.artifact.to_string() => {
                let shown = format!("{shown} (the wrong build answers: it says that it is {other})");
                Answer { ready: false, shown, says: echo }
            }
            _ => Answer { ready: status.is_success(), shown, says: echo },
        }
    }
}

impl Answer {
    fn none(shown: String) -> Self {
        Self { ready: false, shown, says: None }
    }
}

/// The digest under `artifact` in a JSON answer. Another text under that name is the service's own business.
fn echo_in(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let artifact = answer.get("artifact")?.as_str()?;
    artifact.starts_with("sha256:").then(|| artifact.to_owned())
}

#[cfg(test)]
mod tests {
    use domain::Period;

    use super::*;

    fn probe() -> Probe {
        let target = ProcessTarget {
            command: vec!["server".to_owned()],
            check: Vec::new(),
            port: None,
            ready: "/readyz".to_owned(),
            ready_successes: 2,
            start_timeout: Period::seconds(1),
            drain: Period::ZERO,
            drain_streams: Period::ZERO,
            env: Default::default(),
        };
        Probe::new(Digest::from_bytes([1; 32]), 1, &target)
    }

    #[track_caller]
    fn check(status: u16, echo: Option<&str>, body: &str, ready: bool, shown: &str) {
        let status = StatusCode::from_u16(status).unwrap();
        let echo = echo.map(str::to_owned).or_else(|| echo_in(body.as_bytes()));
        let answer = probe().judge(status, echo, body.as_bytes());
        assert_eq!((answer.ready, answer.shown.as_str()), (ready, shown));
    }

    #[test]
    fn only_a_success_is_ready() {
        check(200, None, "", true, "200 OK");
        check(204, None, "", true, "204 No Content");
        check(302, None, "", false, "302 Found");
        check(503, None, "no database\n", false, "503 Service Unavailable: no database");
    }

    #[test]
    fn another_builds_answer_is_not_ready() {
        let right = Digest::from_bytes([1; 32]).to_string();
        check(200, Some(&right), "", true, "200 OK");
        check(200, Some("old"), "", false, "200 OK (the wrong build answers: it says that it is old)");
        assert!(echo_in(format!(r#"{{"artifact":"{right}"}}"#).as_bytes()).is_some());
        check(200, None, r#"{"artifact":"storefront"}"#, true, r#"200 OK: {"artifact":"storefront"}"#);
    }
}
