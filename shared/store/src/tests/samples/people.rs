//! People and what they carry, what happened, and what is remembered for a while.

use super::*;

pub(in crate::tests) fn user() -> User {
    User {
        login: login(),
        name: "Ada Lovelace".to_owned(),
        git_login: Some("ada-l".to_owned()),
        emails: vec!["ada@example.com".to_owned()],
        teams: vec!["shop".parse().unwrap()],
        grants: vec![Grant {
            role: Role::Developer,
            team: Some("shop".parse().unwrap()),
            environment: Some(environment()),
        }],
        group_grants: vec![Grant::everywhere(Role::Viewer)],
        identities: vec![identity()],
        disabled_at: Some(later(60)),
        sessions_since: Some(later(30)),
        created_at: now(),
    }
}

pub(in crate::tests) fn session() -> Session {
    Session { hash: hash(1), login: login(), created_at: now(), expires_at: later(3_600) }
}

pub(in crate::tests) fn token(n: u8) -> Token {
    let scope = TokenScope {
        grants: vec![Grant::everywhere(Role::Developer)],
        permissions: vec![Permission::PushArtifact, Permission::Read],
        service: Some(service_name()),
    };
    Token {
        id: token_id(n),
        hash: hash(n),
        name: "ci".to_owned(),
        owner: login(),
        scope,
        created_at: now(),
        expires_at: Some(later(3_600)),
        revoked_at: Some(later(7_200)),
        last_used_at: Some(later(60)),
    }
}

pub(in crate::tests) fn sign_in_link() -> SignInLink {
    SignInLink { hash: hash(9), login: login(), created_at: now(), expires_at: later(900) }
}

pub(in crate::tests) fn identity() -> Identity {
    Identity { issuer: "https://id.example".to_owned(), subject: "1001".to_owned() }
}

pub(in crate::tests) fn linked_identity() -> LinkedIdentity {
    LinkedIdentity { identity: identity(), login: login(), linked_at: now() }
}

pub(in crate::tests) fn pending_sign_in() -> PendingSignIn {
    let refused = RefusedSignIn { problem: SignInProblem::NoRole, groups: vec!["sales".to_owned()] };
    PendingSignIn {
        hash: hash(5),
        next: "/audit".to_owned(),
        refused: Some(refused),
        created_at: now(),
        expires_at: later(600),
    }
}

pub(in crate::tests) fn event(n: u8) -> Event {
    let promotion = PromotionRef {
        promotion: promotion_id(1),
        service: service_name(),
        environment: environment(),
        release: release(1),
    };
    let body = EventBody::PromotionFinished {
        promotion,
        outcome: Outcome::RolledBack,
        reason: Some("12 % errors".to_owned()),
    };
    Event {
        id: event_id(n),
        at: later(n.into()),
        actor: Actor::Keelson,
        request: Some(RequestId::new(now(), [4; 10])),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        body,
    }
}

pub(in crate::tests) fn checkpoint() -> Checkpoint {
    Checkpoint {
        subscriber: "promotions".to_owned(),
        position: "000000000000000000042".to_owned(),
        at: now(),
    }
}

pub(in crate::tests) fn retry(n: u8) -> Retry {
    Retry {
        subscriber: "promotions".to_owned(),
        event: event_id(n),
        attempts: 2,
        next_at: later(n.into()),
        last_error: "the target did not answer".to_owned(),
        dead: false,
    }
}

pub(in crate::tests) fn block() -> domain::audit::Block {
    let link = domain::audit::Link { event: event_id(1), row: digest(1) };
    let batch = domain::audit::Batch { links: vec![link], position: Some("21".to_owned()) };
    let earlier = domain::audit::Earlier::before(event_id(1));
    let (block, _) =
        domain::audit::append(None, batch, &std::collections::BTreeSet::new(), Some(earlier), now()).unwrap();
    block
}

pub(in crate::tests) fn audit_head() -> domain::audit::Head {
    domain::audit::Head {
        number: 3,
        hash: digest(9),
        at: now(),
        newest: event_id(1),
        events: 12,
        position: Some("000000000000000000021".to_owned()),
    }
}

pub(in crate::tests) fn kept_answer() -> KeptAnswer {
    KeptAnswer {
        id: hash(7),
        fingerprint: digest(3),
        request: Some(RequestId::new(now(), [3; 10])),
        begun_at: now(),
        expires_at: later(24 * 60 * 60),
        state: AnswerState::Done { sealed: Some("c2VhbGVk".to_owned()) },
    }
}
