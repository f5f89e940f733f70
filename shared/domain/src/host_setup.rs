//! What a person enters on a git host so that it sends its webhooks here, in the host's own words.

use crate::connection::{HostKind, Signing};

/// Where a webhook is added on a git host, and what its fields are called there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSetup {
    /// The way to the page.
    pub page: &'static str,
    /// The field for the address.
    pub url_field: &'static str,
    /// What to choose as content type, where the host asks.
    pub content_type: Option<&'static str>,
    /// The field for the secret.
    pub secret_field: &'static str,
    /// What to tick.
    pub events: &'static str,
    /// How to see at once that it works.
    pub first_word: &'static str,
}

/// What to enter on a host of that kind, for a connection signed that way.
pub const fn host_setup(kind: HostKind, signing: Signing) -> HostSetup {
    let secret_field = signing.field_title();
    match kind {
        HostKind::GitHub => HostSetup {
            page: "the repository or the organization, then Settings, Webhooks, Add webhook",
            url_field: "Payload URL",
            content_type: Some("application/json"),
            secret_field,
            events: "Pushes, Pull requests, Merge groups, Check runs, Check suites, Workflow runs, Workflow jobs, \
                     Statuses, Deployments, Deployment statuses, Releases",
            first_word: "GitHub sends a ping as soon as the webhook is added.",
        },
        HostKind::GitLab => HostSetup {
            page: "the project or the group, then Settings, Webhooks, Add new webhook",
            url_field: "URL",
            content_type: None,
            secret_field,
            events: "Push events, Tag push events, Merge request events, Job events, Pipeline events, Deployment \
                     events, Releases events",
            first_word: "Press Test, Push events: GitLab sends nothing by itself.",
        },
        HostKind::Gitea => HostSetup {
            page: "the repository or the organization, then Settings, Webhooks, Add webhook, Gitea or Forgejo",
            url_field: "Target URL",
            content_type: Some("application/json"),
            secret_field,
            events: "Push, Pull request, Status, Workflow run, Workflow job, Action run, Release",
            first_word: "Press Test delivery. If nothing arrives, see ALLOWED_HOST_LIST in the host's settings: by \
                         default it sends nothing to private addresses.",
        },
        HostKind::Bitbucket => HostSetup {
            page: "the repository, then Repository settings, Webhooks, Add webhook",
            url_field: "URL",
            content_type: None,
            secret_field,
            events: "Repository: Push, Build status created, Build status updated. Pull request: Created, Updated, \
                     Merged, Declined",
            first_word: "Push something: Bitbucket sends nothing by itself.",
        },
    }
}
