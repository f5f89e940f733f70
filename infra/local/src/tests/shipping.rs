use std::time::{Duration, Instant};

use api::connection::PutConnection;
use api::promotion::{CreatePromotion, Phase};
use api::routes;
use api::service::{AnnounceArtifact, ApplyService, CompleteArtifact};
use domain::access::{Grant, Role};
use domain::{Digest, PromotionId};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use testkit::digest_of;

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);
const MANIFEST: &str = r#"[service]
name = "shop"
team = "shop"
repository = "github:acme/shop"

[[environment]]
name = "staging"
promote = "gated"
target = { kind = "process", command = ["python3", "server.py"], ready = "/", ready_successes = 1 }
steps = [{ weight = 100, bake = "2s" }]
"#;
const SERVER: &str = r#"
import os
from http.server import HTTPServer, BaseHTTPRequestHandler

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

fn artifact() -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(SERVER.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, "server.py", SERVER.as_bytes()).unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

async fn announce(running: &Running, bytes: &[u8]) -> (Digest, String) {
    let github = PutConnection::of_kind("github");
    call(running, &routes::PUT_CONNECTION, &["github"], Some(github)).await;
    call(running, &routes::PUT_SERVICE, &["shop"], Some(ApplyService { manifest: MANIFEST.to_owned() }))
        .await;
    let digest = digest_of(bytes);
    let announced = AnnounceArtifact { digest, size: bytes.len() as u64, commit: testkit::sha(1) };
    let announced = call(running, &routes::ANNOUNCE_ARTIFACT, &["shop"], Some(announced)).await;
    (digest, announced.upload.unwrap().url)
}

/// Registers the artifact and begins to promote it.
async fn promote(running: &Running) -> PromotionId {
    let bytes = artifact();
    let (digest, url) = announce(running, &bytes).await;
    let put = Call::new(running, Method::PUT, &url).by_owner(running).bytes(bytes).send().await;
    assert_eq!(put.status(), StatusCode::NO_CONTENT);
    let service = CompleteArtifact { service: "shop".parse().unwrap() };
    call(running, &routes::COMPLETE_ARTIFACT, &[&digest.to_string()], Some(service)).await;
    let promotion = CreatePromotion {
        service: "shop".parse().unwrap(),
        environment: "staging".parse().unwrap(),
        artifact: Some(digest),
    };
    call(running, &routes::CREATE_PROMOTION, &[], Some(promotion)).await.id
}

/// Waits until a promotion is in a phase, which may take as long as a process takes to start on a busy machine.
async fn reaches(running: &Running, promotion: PromotionId, phase: Phase) {
    let (start, id) = (Instant::now(), promotion.to_string());
    loop {
        let view = call(running, &routes::GET_PROMOTION, &[&id], None).await;
        if view.summary.phase == phase {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{id} is not {phase:?}: {:?}", view.summary);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_promotion_that_a_stop_interrupts_goes_on_after_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let running = started(dir.path()).await;
    let promotion = promote(&running).await;
    reaches(&running, promotion, Phase::Baking).await;
    running.shutdown().await.unwrap();

    let running = started(dir.path()).await;
    reaches(&running, promotion, Phase::Done).await;
    let service = call(&running, &routes::GET_SERVICE, &["shop"], None).await;
    let lane = &service.row.environments[0];
    assert!(lane.running.is_some());
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn bytes_are_taken_from_who_may_push_for_the_service_and_from_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let running = started(dir.path()).await;
    let (_, url) = announce(&running, &artifact()).await;
    let put = || Call::new(&running, Method::PUT, &url).bytes(artifact());
    assert_eq!(put().send().await.status(), StatusCode::UNAUTHORIZED);

    let bank = Grant { team: Some("bank".parse().unwrap()), ..Grant::everywhere(Role::Developer) };
    let stranger = api::access::CreateToken {
        name: "bank".to_owned(),
        grants: vec![bank],
        permissions: Vec::new(),
        service: None,
        days: None,
    };
    let stranger = call(&running, &routes::CREATE_TOKEN, &[], Some(stranger)).await.secret;
    let refused = put().header(AUTHORIZATION, format!("Bearer {stranger}")).send().await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);

    let nobody_announced = format!("/api/artifacts/{}/content", testkit::digest(7));
    let unknown = Call::new(&running, Method::PUT, &nobody_announced).by_owner(&running).send().await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(put().by_owner(&running).send().await.status(), StatusCode::NO_CONTENT);
    running.shutdown().await.unwrap();
}
