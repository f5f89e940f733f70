//! An answer is lost on its way, and what was asked for is done once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A server that does what a key asks for once, and whose first answer is lost.
#[derive(Default)]
struct Forgetful {
    effects: u32,
    answers: HashMap<String, String>,
    is_lost: bool,
}

/// Reads a request and answers it, unless that answer is the one to be lost.
async fn serve(mut stream: TcpStream, server: Arc<Mutex<Forgetful>>) {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).ends_with('}') {
        let mut chunk = [0; 4096];
        let Ok(length @ 1..) = stream.read(&mut chunk).await else { return };
        read.extend(&chunk[..length]);
    }
    let request = String::from_utf8_lossy(&read).to_lowercase();
    let key = request.lines().find_map(|line| line.strip_prefix("idempotency-key: ")).unwrap().to_owned();
    let answer = {
        let mut server = server.lock().unwrap();
        if !server.answers.contains_key(&key) {
            server.effects += 1;
            let token = json!({
                "id": "tok_01a2088ba4ac70009d5d161074c50804", "name": "ci", "owner": "ada", "grants": [],
                "permissions": [], "created_at": "2026-11-22T12:00:00Z",
            });
            let answer = json!({ "secret": format!("kls_{}", server.effects), "token": token });
            server.answers.insert(key.clone(), answer.to_string());
        }
        if !std::mem::replace(&mut server.is_lost, true) {
            return;
        }
        server.answers[&key].clone()
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(answer.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_sent_again_and_done_once() {
    let server = Arc::new(Mutex::new(Forgetful::default()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shared = server.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, shared.clone()));
        }
    });
    let went = Shell::signed_in().types(&url, "--json token create ci").await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    assert!(went.printed.contains("kls_1"), "{}", went.printed);
    assert_eq!(server.lock().unwrap().effects, 1);
}
