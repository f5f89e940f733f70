//! Gitea and Forgejo: <https://docs.gitea.com/api/>, which follows GitHub's in much.

use domain::CommitSha;
use serde::Deserialize;

use super::commit::{HubCommit, newest_first};
use super::github::{self, path};
use super::request::{Api, Request, Scheme, parts};
use super::{Access, ApiError, Between, Head, Listed, MOST_PAGES, StatusToSet};
use crate::outgoing::Outgoing;

/// How many commits a page has: servers give no more unless they are set up to.
const COMMITS: u32 = 50;

/// The API of Gitea or Forgejo.
#[derive(Debug, Clone)]
pub struct Gitea(Api);

impl Gitea {
    pub(super) fn new(outgoing: Outgoing) -> Self {
        Self(Api::new(outgoing, Scheme::Token, "application/json"))
    }

    pub(super) async fn head(
        &self,
        access: Access<'_>,
        branch: &str,
        etag: Option<&str>,
    ) -> Result<Head, ApiError> {
        #[derive(Deserialize)]
        struct Branch {
            commit: Id,
        }
        #[derive(Deserialize)]
        struct Id {
            id: CommitSha,
        }
        let mut path = path(access, &["branches"]);
        path.extend(parts(branch));
        let request = Request { etag, ..Request::get(path) };
        self.0.head(access, request, |found: Branch| found.commit.id).await
    }

    pub(super) async fn commit(
        &self,
        access: Access<'_>,
        commit: &CommitSha,
    ) -> Result<Option<Listed>, ApiError> {
        let found = self.page(access, None, commit, (1, 1)).await?;
        Ok(found.into_iter().next().map(Listed::from))
    }

    /// By the list of commits without those of `base`: the comparison is not paged.
    pub(super) async fn between(
        &self,
        access: Access<'_>,
        base: Option<&CommitSha>,
        head: &CommitSha,
    ) -> Result<Between, ApiError> {
        let mut listed: Vec<Listed> = Vec::new();
        for page in 1..=MOST_PAGES {
            let some = self.page(access, base, head, (page, COMMITS)).await?;
            let is_last = some.len() < COMMITS as usize;
            listed.extend(some.into_iter().map(Listed::from));
            if is_last {
                return Ok(newest_first(listed, base, true));
            }
        }
        Ok(newest_first(listed, base, false))
    }

    async fn page(
        &self,
        access: Access<'_>,
        base: Option<&CommitSha>,
        head: &CommitSha,
        (page, limit): (u32, u32),
    ) -> Result<Vec<HubCommit>, ApiError> {
        let mut request = Request::get(path(access, &["commits"])).query("sha", head);
        if let Some(base) = base {
            request = request.query("not", base);
        }
        // Each of these costs the server more than the commit itself.
        let request = request.query("stat", false).query("verification", false).query("files", false);
        self.0.json(access, request.query("page", page).query("limit", limit)).await
    }

    pub(super) async fn set_status(
        &self,
        access: Access<'_>,
        status: StatusToSet<'_>,
    ) -> Result<(), ApiError> {
        self.0.done(access, github::status(access, status)).await
    }
}
