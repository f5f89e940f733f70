//! One value of everything that is stored of looking after git hosts.

use domain::report::{CommitStatus, DeploymentState, Report, StatusState};
use domain::watch::{AskedAgain, BranchWatch, ConnectionWatch, Gaps, RepositoryWatch, Trouble, TroubleKind};

use super::samples::{connection_name, environment, later, now, promotion_id, repository, service_name, sha};

fn trouble() -> Trouble {
    Trouble {
        kind: TroubleKind::Failing,
        reason: "the host has a problem of its own".to_owned(),
        since: now(),
        times: 2,
        until: later(60),
    }
}

pub(super) fn connection_watch() -> ConnectionWatch {
    ConnectionWatch {
        connection: connection_name(),
        next_at: later(180),
        checked_at: Some(now()),
        trouble: Some(trouble()),
        untold: Some(trouble()),
        gaps: Gaps { missed: 3, repaired: 2, missed_at: Some(now()), repaired_at: Some(later(30)) },
        after: Some("acme/storefront".to_owned()),
    }
}

pub(super) fn repository_watch() -> RepositoryWatch {
    let asked = AskedAgain { event: "push".to_owned(), failed_at: now(), asked_at: later(1), tries: 1 };
    let branch = BranchWatch {
        head: sha(1),
        etag: Some("\"1\"".to_owned()),
        seen_at: now(),
        agrees: true,
        repaired_at: Some(now()),
    };
    RepositoryWatch {
        repository: repository(),
        hook: Some("7".to_owned()),
        note: Some("no webhook leads here".to_owned()),
        delivered_at: Some(now()),
        asked: [("d-1".to_owned(), asked)].into(),
        branches: [("main".to_owned(), branch)].into(),
        trouble: Some(trouble()),
    }
}

pub(super) fn report() -> Report {
    Report {
        promotion: promotion_id(1),
        service: service_name(),
        environment: environment(),
        repository: repository(),
        commit: sha(1),
        context: "keelson/production".to_owned(),
        status: Some(CommitStatus {
            state: StatusState::Success,
            description: "Serves all of production".to_owned(),
        }),
        deploying_since: Some(now()),
        deployment: Some("42".to_owned()),
        deployment_state: Some(DeploymentState::Success),
        problem: Some("the host has a problem of its own".to_owned()),
    }
}
