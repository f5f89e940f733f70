//! Which rows are read one after another, and where.

use super::*;

impl Listing {
    pub(crate) fn connections() -> Self {
        Self::of_table(Table::Delivery, "connections")
    }

    pub(crate) fn deliveries_of(connection: &ConnectionName) -> Self {
        Self::of_index(Table::Delivery, Index::List, deliveries_of(connection)).newest_first()
    }

    pub(crate) fn pushes_to(repository: &RepositoryRef, branch: &str) -> Self {
        Self::of_table(Table::Delivery, branch_of(repository, branch)).starting_with("push#").newest_first()
    }

    pub(crate) fn pull_requests_of(repository: &RepositoryRef) -> Self {
        Self::of_index(Table::Delivery, Index::List, pulls_of(repository)).newest_first()
    }

    pub(crate) fn checks_of(repository: &RepositoryRef, commit: &CommitSha) -> Self {
        Self::of_table(Table::Delivery, commit_of(repository, commit)).starting_with("check#")
    }

    pub(crate) fn services() -> Self {
        Self::of_table(Table::Delivery, "services")
    }

    pub(crate) fn services_of(repository: &RepositoryRef, branch: &str) -> Self {
        Self::of_index(Table::Delivery, Index::List, services_of(repository, branch))
    }

    pub(crate) fn services_within(repository: &RepositoryRef) -> Self {
        Self::of_index(Table::Delivery, Index::Within, services_within(repository))
    }

    pub(crate) fn artifacts_of(service: &ServiceName) -> Self {
        Self::of_index(Table::Delivery, Index::List, artifacts_of(service)).newest_first()
    }

    pub(crate) fn artifacts_of_commit(service: &ServiceName, commit: &CommitSha) -> Self {
        Self::of_index(Table::Delivery, Index::Within, artifacts_of_commit(service, commit)).newest_first()
    }

    pub(crate) fn lanes_of(service: &ServiceName) -> Self {
        Self::of_table(Table::Delivery, service_of(service)).starting_with(LANE)
    }

    pub(crate) fn lanes() -> Self {
        Self::of_index(Table::Delivery, Index::List, LANES)
    }

    pub(crate) fn promotions_of(service: &ServiceName) -> Self {
        Self::of_index(Table::Delivery, Index::List, promotions_of(service)).newest_first()
    }

    pub(crate) fn promotions_within(service: &ServiceName, environment: &EnvironmentName) -> Self {
        Self::of_index(Table::Delivery, Index::Within, promotions_within(service, environment)).newest_first()
    }

    pub(crate) fn trains() -> Self {
        Self::of_index(Table::Delivery, Index::List, TRAINS).newest_first()
    }

    pub(crate) fn due(now: Timestamp) -> Self {
        Self { range: Range::UpTo(time(now)), ..Self::of_index(Table::Delivery, Index::Due, DUE) }
    }

    pub(crate) fn deployments_since(
        service: &ServiceName,
        environment: &EnvironmentName,
        since: Timestamp,
    ) -> Self {
        let all = Self::of_table(Table::Delivery, deployments_to(service, environment)).newest_first();
        Self { range: Range::From(time(since)), ..all }
    }

    pub(crate) fn deployments_before(
        service: &ServiceName,
        environment: &EnvironmentName,
        before: Timestamp,
    ) -> Self {
        let all = Self::of_table(Table::Delivery, deployments_to(service, environment)).newest_first();
        Self { range: Range::UpTo(time(before)), ..all }
    }

    pub(crate) fn ci_runs_since(service: &ServiceName, since: Timestamp) -> Self {
        let all = Self::of_table(Table::Delivery, ci_runs_of(service)).newest_first();
        Self { range: Range::From(time(since)), ..all }
    }

    pub(crate) fn job_steps_of(repository: &RepositoryRef, commit: &CommitSha) -> Self {
        Self::of_table(Table::Delivery, commit_of(repository, commit)).starting_with(STEPS)
    }

    pub(crate) fn users() -> Self {
        Self::of_table(Table::Access, "users")
    }

    pub(crate) fn tokens_of(owner: &Login) -> Self {
        Self::of_index(Table::Access, Index::List, tokens_of(owner)).newest_first()
    }

    pub(crate) fn token_by_id(id: &TokenId) -> Self {
        Self::of_index(Table::Access, Index::Within, Key::token_by_id(id).pk)
    }

    pub(crate) fn events() -> Self {
        Self::of_index(Table::Events, Index::List, EVENTS).newest_first()
    }

    /// Oldest first, from beyond an event on.
    pub(crate) fn events_after(after: Option<&EventId>) -> Self {
        let all = Self::of_index(Table::Events, Index::List, EVENTS);
        after.map_or(all.clone(), |after| Self { range: Range::After(after.to_string()), ..all })
    }

    pub(crate) fn events_of(service: &ServiceName) -> Self {
        Self::of_index(Table::Events, Index::Within, service_of(service)).newest_first()
    }

    pub(crate) fn retries_due(now: Timestamp) -> Self {
        Self { range: Range::UpTo(time(now)), ..Self::of_index(Table::Runtime, Index::Due, RETRIES) }
    }

    pub(crate) fn dead_letters() -> Self {
        Self::of_index(Table::Runtime, Index::List, DEAD_LETTERS).newest_first()
    }
}
