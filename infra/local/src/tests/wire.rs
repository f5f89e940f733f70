//! What a client gets, byte by byte, when a request is not as it should be.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use api::{Problem, ProblemKind};

use super::*;

/// A client that writes first and reads afterwards, as many do.
struct Plain(TcpStream);

impl Plain {
    fn connect(running: &Running) -> Self {
        let address = running.address().to_string();
        let stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The head of the next answer, and its body.
    fn read(&mut self) -> (String, Vec<u8>) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(
                self.0.read(&mut byte).unwrap(),
                1,
                "it was closed: {}",
                String::from_utf8_lossy(&head)
            );
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        (head, body)
    }

    /// Whether nothing more comes.
    fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0))
    }
}

/// Does something that blocks, beside the server.
async fn beside(running: Running, talk: impl FnOnce(&Running) + Send + 'static) {
    let running = tokio::task::spawn_blocking(move || {
        talk(&running);
        running
    });
    running.await.unwrap().shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_http_is_told_so_as_a_problem_though_its_body_comes_late() {
    let dir = tempfile::tempdir().unwrap();
    beside(started(dir.path()).await, |running| {
        let many: String = (0..200).map(|number| format!("X-{number}: x\r\n")).collect();
        for (header, says) in [("X-Bad: a\x01b\r\n", "control characters"), (many.as_str(), "too many")] {
            let mut client = Plain::connect(running);
            let head = format!("POST /api/trains HTTP/1.1\r\nHost: x\r\n{header}Content-Length: 2\r\n\r\n");
            client.write(head.as_bytes());
            client.write(b"[]");
            let (head, body) = client.read();
            assert!(head.starts_with("http/1.1 400 "), "{head}");
            assert!(head.contains("content-type: application/problem+json\r\n"), "{head}");
            let problem: Problem = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem.kind, ProblemKind::InvalidRequest.uri());
            assert!(problem.detail.contains(says), "{}", problem.detail);
            assert!(client.is_closed());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_refused_before_its_body_has_come_leaves_the_connection_usable() {
    let dir = tempfile::tempdir().unwrap();
    beside(started(dir.path()).await, |running| {
        let mut client = Plain::connect(running);
        for _ in 0..20 {
            client.write(b"POST /api/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n");
            // A segment of its own, after which the answer is made already.
            client.write(&[b'x'; 30_000]);
            let (head, _) = client.read();
            assert!(head.starts_with("http/1.1 401 ") && !head.contains("connection: close"), "{head}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_refused_gets_its_answer_and_is_told_that_the_connection_ends() {
    let dir = tempfile::tempdir().unwrap();
    beside(started(dir.path()).await, |running| {
        let mut client = Plain::connect(running);
        client.write(b"POST /api/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n");
        client.write(&vec![b'x'; 8_000_000]);
        let (head, _) = client.read();
        assert!(head.starts_with("http/1.1 401 ") && head.contains("connection: close\r\n"), "{head}");
        assert!(client.is_closed());
    })
    .await;
}
