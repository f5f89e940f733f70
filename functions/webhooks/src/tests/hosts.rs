//! Every kind of git host through the same door.

use api::connection::{PutConnection, RotateConnection};
use api::{ProblemKind, routes};
use domain::Period;
use domain::connection::{HostKind, Signing};
use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::git_hosts;

use super::{Hooks, SECRET, TOKEN};

/// A push to main of one commit, as a host writes it.
fn push(kind: HostKind) -> (&'static str, Vec<u8>) {
    let (before, after) = ("1".repeat(40), "2".repeat(40));
    let commit = json!({"id": after, "message": "Change", "timestamp": "2026-11-22T09:00:00Z", "author": {"name": "Ada"}});
    let body = json!({"ref": "refs/heads/main", "before": before, "after": after, "commits": [commit],
                      "repository": {"full_name": "acme/storefront"}});
    let mut gitlab = body.clone();
    gitlab["object_kind"] = json!("push");
    gitlab["project"] = json!({"path_with_namespace": "acme/shop/storefront"});
    gitlab["total_commits_count"] = json!(1);
    let tip = |sha: &str| json!({"type": "branch", "name": "main", "target": {"hash": sha}});
    let bitbucket = json!({
        "push": {"changes": [{"old": tip(&before), "new": tip(&after), "commits": [
            {"hash": after, "message": "Change", "date": "2026-11-22T09:00:00Z", "author": {"raw": "Ada <ada@example.com>"}},
        ]}]},
        "repository": {"full_name": "acme/storefront"},
    });
    let (event, body): (_, Value) = match kind {
        HostKind::GitHub | HostKind::Gitea => ("push", body),
        HostKind::GitLab => ("Push Hook", gitlab),
        HostKind::Bitbucket => ("repo:push", bitbucket),
    };
    (event, body.to_string().into_bytes())
}

fn every_scheme() -> Vec<(HostKind, Signing)> {
    let of_kind = |kind: HostKind| kind.signings().iter().map(move |signing| (kind, *signing));
    HostKind::ALL.into_iter().flat_map(of_kind).collect()
}

impl Hooks {
    async fn takes_with(&self, id: &str, secret: &str) -> bool {
        let (event, body) = push(self.kind);
        self.deliver_signed(event, id, &body, secret).await.status() == 202
    }
}

#[tokio::test]
async fn every_host_is_heard_in_each_way_it_signs() {
    for (kind, signing) in every_scheme() {
        let hooks = Hooks::of(kind, signing).await;
        let (event, body) = push(kind);
        Hooks::accepted(&hooks.deliver(event, "d-1", &body).await);
        Hooks::accepted(&hooks.deliver(event, "d-1", &body).await);
        assert_eq!(hooks.counts().await, (1, 0, 1, 0), "{kind:?} {signing:?}");
        assert_eq!(hooks.new_events().await, ["Push recorded"]);
        let path = if kind == HostKind::GitLab { "acme/shop/storefront" } else { "Acme/StoreFront" };
        let repository = format!("{}:{path}", kind.word()).parse().unwrap();
        let page = hooks.store().pushes(&repository, "main", &store::PageRequest::first(10)).await.unwrap();
        assert_eq!(page.items.len(), 1, "found whatever its letter case");
    }
}

/// Every other way in which somebody who has the secret could have signed: all are refused, and leave nothing.
#[tokio::test]
async fn no_host_can_be_talked_into_the_scheme_of_another() {
    for (kind, signing) in every_scheme() {
        let hooks = Hooks::of(kind, signing).await;
        let before = hooks.world.rows();
        let (event, body) = push(kind);
        let delivery = git_hosts::Delivery { event, id: "d-1", body: &body, at: hooks.world.core.now() };
        let own: Vec<&str> = match (kind, signing) {
            (HostKind::GitHub, _) => vec!["x-hub-signature-256"],
            (HostKind::Gitea, _) => vec!["x-gitea-signature", "x-forgejo-signature"],
            (HostKind::Bitbucket, _) => vec!["x-hub-signature"],
            (HostKind::GitLab, Signing::PlainToken) => vec!["x-gitlab-token"],
            (HostKind::GitLab, _) => vec!["webhook-signature"],
        };
        for (other_kind, other_signing) in every_scheme() {
            let foreign =
                git_hosts::headers(other_kind, other_signing, hooks_secret(other_signing), &delivery);
            let foreign = foreign.into_iter().filter(|(name, _)| !own.contains(name));
            // The host's own headers, but for the signature, and all that the other host would have sent.
            let mut headers: Vec<_> = git_hosts::headers(kind, signing, hooks.secret, &delivery);
            headers.retain(|(name, _)| !own.contains(name));
            headers.extend(foreign);
            let answer = hooks.send(&headers, &body).await;
            answer.problem(ProblemKind::Unauthenticated);
        }
        assert_eq!(before, hooks.world.rows(), "{kind:?} {signing:?}");
    }
}

fn hooks_secret(signing: Signing) -> &'static str {
    if signing == Signing::StandardWebhooks { TOKEN } else { SECRET }
}

#[tokio::test]
async fn while_a_secret_rotates_both_are_taken_whatever_the_host() {
    for (kind, signing) in every_scheme() {
        let hooks = Hooks::of(kind, signing).await;
        let body = RotateConnection { secret: None, overlap_hours: Some(2) };
        let rotated =
            hooks.operator().call(&routes::ROTATE_CONNECTION, &[kind.word()]).json(&body).await.ok();
        assert!(
            hooks.takes_with("d-1", hooks.secret).await && hooks.takes_with("d-2", &rotated.secret).await
        );
        hooks.world.advance(Period::seconds(2 * 3_600));
        assert!(!hooks.takes_with("d-3", hooks.secret).await, "{kind:?} {signing:?}");
        assert!(hooks.takes_with("d-4", &rotated.secret).await);
    }
}

#[tokio::test]
async fn a_made_secret_is_of_the_kind_that_the_host_takes() {
    let hooks = Hooks::start().await;
    let put = async |body: PutConnection| {
        hooks.operator().call(&routes::PUT_CONNECTION, &["made"]).json(&body).await.ok()
    };
    let gitlab = put(PutConnection::of_kind("gitlab")).await;
    assert!(integrations::git_host::is_signing_token(&gitlab.secret), "{}", gitlab.secret);
    assert_eq!(
        (gitlab.connection.kind.as_str(), gitlab.connection.signing.as_str()),
        ("gitlab", "standard_webhooks")
    );
    let plain = PutConnection { signing: Some("plain_token".to_owned()), ..PutConnection::of_kind("gitlab") };
    assert_eq!(put(plain).await.secret.len(), 43);
    assert_eq!(put(PutConnection::of_kind("gitea")).await.connection.signing, "body_hmac");
    assert_eq!(put(PutConnection::of_kind("bitbucket")).await.connection.kind, "bitbucket");
}

#[tokio::test]
async fn a_scheme_or_secret_that_the_host_does_not_have_is_told() {
    let hooks = Hooks::start().await;
    let put = async |body: PutConnection| {
        let call = hooks.operator().call(&routes::PUT_CONNECTION, &["other"]).json(&body);
        let problem = call.await.problem(ProblemKind::InvalidRequest);
        format!("{}: {}", problem.errors[0].pointer, problem.errors[0].detail)
    };
    let signed = |kind: &str, signing: &str| PutConnection {
        signing: Some(signing.to_owned()),
        ..PutConnection::of_kind(kind)
    };
    assert_snapshot!(put(PutConnection::of_kind("gerrit")).await, @"/kind: `gerrit` is not a kind of git host that Keelson knows: use one of `github`, `gitlab`, `gitea`, `bitbucket`");
    assert_snapshot!(put(signed("github", "plain_token")).await, @"/signing: GitHub does not sign webhooks by `plain_token`: use `body_hmac`");
    assert_snapshot!(put(signed("gitlab", "body_hmac")).await, @"/signing: GitLab does not sign webhooks by `body_hmac`: use `standard_webhooks` or `plain_token`");
    let old = PutConnection { secret: Some(SECRET.to_owned()), ..PutConnection::of_kind("gitlab") };
    assert_snapshot!(put(old).await, @"/secret: a signing token is `whsec_` and 24 to 64 bytes as base64, as GitLab shows it; leave it out and Keelson makes one, or use `plain_token` for GitLab's older secret token");
}

#[tokio::test]
async fn a_refusal_says_what_to_do_on_gitlab() {
    let hooks = Hooks::of(HostKind::GitLab, Signing::StandardWebhooks).await;
    let (event, body) = push(HostKind::GitLab);
    let delivery = git_hosts::Delivery { event, id: "d-1", body: &body, at: hooks.world.core.now() };
    let older = git_hosts::headers(HostKind::GitLab, Signing::PlainToken, TOKEN, &delivery);
    let problem = hooks.send(&older, &body).await.problem(ProblemKind::Unauthenticated);
    assert_snapshot!(problem.detail, @"The webhook was not taken: the request has no webhook-signature header. Enter the signing token in the webhook's settings. GitLab before 19.0 has none: put the connection again with `plain_token` for it.");

    let right = git_hosts::headers(HostKind::GitLab, Signing::StandardWebhooks, TOKEN, &delivery);
    hooks.world.advance(Period::seconds(301));
    let problem = hooks.send(&right, &body).await.problem(ProblemKind::Unauthenticated);
    assert_snapshot!(problem.detail, @"The webhook was not taken: the signature is of another time: it was made at 2026-11-23T09:00:00Z, and may be five minutes from now at most. Set the clocks of both machines right.");
    assert_eq!(hooks.new_events().await, [""; 0]);
}

/// GitLab stops sending after four refusals in a row, and for good after forty.
#[tokio::test]
async fn what_is_signed_is_never_refused() {
    for (kind, signing) in every_scheme() {
        let hooks = Hooks::of(kind, signing).await;
        let event = if kind == HostKind::GitLab { "Event Of Next Year Hook" } else { "event_of_next_year" };
        Hooks::accepted(&hooks.deliver(event, "d-1", b"{}").await);
        Hooks::accepted(&hooks.deliver(event, "d-2", b"{").await);
        Hooks::accepted(&hooks.deliver(push(kind).0, "d-3", b"[]").await);
        assert_eq!(hooks.counts().await, (0, 1, 0, 2), "{kind:?}");
    }
}
