//! The access patterns, as the README and a snapshot show them.

use domain::check::CheckSource;
use jiff::civil::date;

use super::samples::{
    connection_name, digest, environment, event_id, hash, later, login, now, promotion_id, repository,
    service_name, sha, token_id, train_id,
};
use crate::Table;
use crate::key::{Key, Listing, Order, Range};

/// One line of the table.
struct Pattern {
    what: &'static str,
    read: Read,
}

enum Read {
    Row(Table, Key),
    List(Listing, Key),
}

fn row(what: &'static str, table: Table, key: Key) -> Pattern {
    Pattern { what, read: Read::Row(table, key) }
}

/// `entry` is what one row of the list has there.
fn list(what: &'static str, listing: Listing, entry: Key) -> Pattern {
    Pattern { what, read: Read::List(listing, entry) }
}

fn patterns() -> Vec<Pattern> {
    let [delivery, access, events, runtime, audit] = Table::ALL;
    let (connection, repository, service, environment) =
        (&connection_name(), &repository(), &service_name(), &environment());
    let (commit, digest, hash, login) = (&sha(1), &digest(1), &hash(2), &login());
    let (promotion, event, token) = (&promotion_id(0), &event_id(0), &token_id(0));
    let (train, team) = (&train_id(), &"shop".parse().unwrap());
    vec![
        row("a connection", delivery, Key::connection(connection)),
        list("connections, by name", Listing::connections(), Key::connection(connection)),
        row("how alive a connection is", delivery, Key::connection_counters(connection)),
        row("how a connection is looked after", delivery, Key::connection_watch(connection)),
        list("connections to look at now", Listing::watches_due(now()), Key::watch_due(now())),
        row("how far a repository was looked at", delivery, Key::repository_watch(repository)),
        list(
            "repositories of a connection",
            Listing::repositories_of(connection),
            Key::repository_of_connection(repository),
        ),
        row("what a git host was told of a promotion", delivery, Key::report(promotion)),
        list(
            "what a git host could not be told",
            Listing::untold_of(connection),
            Key::untold_report(connection, promotion),
        ),
        row("a webhook delivery", delivery, Key::delivery(connection, "ID")),
        list(
            "deliveries of a connection",
            Listing::deliveries_of(connection),
            Key::delivery_of_connection(connection, now(), "ID"),
        ),
        list(
            "pushes to a branch",
            Listing::pushes_to(repository, "main"),
            Key::push(repository, "main", now(), commit),
        ),
        row(
            "a pull request, by merge commit",
            delivery,
            Key::pull_request(repository, &commit.clone().into()),
        ),
        list(
            "pull requests of a repository",
            Listing::pull_requests_of(repository),
            Key::pull_request_of_repository(repository, now(), 7),
        ),
        row(
            "a check on a commit",
            delivery,
            Key::check(repository, commit, CheckSource::CheckRun, "unit", None),
        ),
        row(
            "a check of one workflow on a commit",
            delivery,
            Key::check(repository, commit, CheckSource::WorkflowJob, "unit", Some("CI")),
        ),
        list(
            "checks on a commit",
            Listing::checks_of(repository, commit),
            Key::check(repository, commit, CheckSource::Status, "unit", None),
        ),
        row("a service", delivery, Key::service(service)),
        list("services, by name", Listing::services(), Key::service(service)),
        list(
            "services that ship from a branch",
            Listing::services_of(repository, "main"),
            Key::service_of_branch(repository, "main", service),
        ),
        list(
            "services of a repository",
            Listing::services_within(repository),
            Key::service_of_repository(repository, service),
        ),
        row("how a service stands", delivery, Key::standing(service)),
        list("how services stand, by urgency", Listing::standings(), Key::standing_of_all(0, service)),
        list(
            "how services of a team stand, by urgency",
            Listing::standings_of_team(team),
            Key::standing_of_team(team, 0, service),
        ),
        row("how far services were looked through", delivery, Key::sweep()),
        list("totals, by team", Listing::totals(), Key::totals(team)),
        row("totals of a day, of a team", delivery, Key::totals_of_day(date(2026, 11, 22), team)),
        list("totals of all, in eight rows", Listing::totals_of_all(), Key::totals_of_all(service)),
        row("whether these count all services", delivery, Key::totals_of_all_are_complete()),
        list(
            "totals of all of a day, in eight rows",
            Listing::totals_of_all_on(date(2026, 11, 22)),
            Key::totals_of_all_on(date(2026, 11, 22), service),
        ),
        row("an artifact", delivery, Key::artifact(service, digest)),
        list(
            "artifacts of a service",
            Listing::artifacts_of(service),
            Key::artifact_of_service(service, now(), digest),
        ),
        list(
            "artifacts of a commit",
            Listing::artifacts_of_commit(service, commit),
            Key::artifact_of_commit(service, commit, now(), digest),
        ),
        row("an environment of a service", delivery, Key::lane(service, environment)),
        list("environments of a service", Listing::lanes_of(service), Key::lane(service, environment)),
        list("environments of every service", Listing::lanes(), Key::lane_of_all(service, environment)),
        row("a promotion", delivery, Key::promotion(promotion)),
        list(
            "promotions of a service",
            Listing::promotions_of(service),
            Key::promotion_of_service(service, promotion),
        ),
        list(
            "promotions into an environment",
            Listing::promotions_within(service, environment),
            Key::promotion_of_environment(service, environment, promotion),
        ),
        row("a train", delivery, Key::train(train)),
        list("trains", Listing::trains(), Key::train_of_all(train)),
        list("promotions, trains and locks that are due", Listing::due(now()), Key::due(now())),
        list(
            "deployments to an environment, by time",
            Listing::deployments_since(service, environment, now()),
            Key::deployment(service, environment, now(), promotion),
        ),
        list(
            "deployments to an environment before a time",
            Listing::deployments_before(service, environment, now()),
            Key::deployment(service, environment, now(), promotion),
        ),
        row("a commit's way through CI", delivery, Key::ci_run(service, now(), commit)),
        list(
            "ways through CI of a service, by time",
            Listing::ci_runs_since(service, now()),
            Key::ci_run(service, now(), commit),
        ),
        row("the steps of a job", delivery, Key::job_steps(repository, commit, "unit", 7)),
        list(
            "steps of the jobs of a commit",
            Listing::job_steps_of(repository, commit),
            Key::job_steps(repository, commit, "unit", 7),
        ),
        row("a person", access, Key::user(login)),
        list("people, by login", Listing::users(), Key::user(login)),
        row("a session", access, Key::session(hash)),
        row("a token, by its secret", access, Key::token(hash)),
        list("a token, by its identifier", Listing::token_by_id(token), Key::token_by_id(token)),
        list("tokens of a person", Listing::tokens_of(login), Key::token_of_user(login, token)),
        row("a sign-in link", access, Key::sign_in_link(hash)),
        row("a sign-in at the identity provider under way", access, Key::pending_sign_in(hash)),
        row("who somebody of an identity provider is", access, Key::identity(&super::samples::identity())),
        row("an event", events, Key::event(event)),
        list("all events", Listing::events(), Key::event_of_all(event)),
        list("all events, from one on", Listing::events_after(Some(event)), Key::event_of_all(event)),
        list("events of a service", Listing::events_of(service), Key::event_of_service(service, event)),
        row("how far a subscriber has read", runtime, Key::checkpoint("promotions")),
        row("an event to hand over again", runtime, Key::retry("promotions", event)),
        list("events to hand over again now", Listing::retries_due(now()), Key::retry_due(now())),
        list("dead letters", Listing::dead_letters(), Key::dead_letter("promotions", event)),
        row("a block of the audit log's chain", audit, Key::audit_block(7)),
        row("the newest of them", audit, Key::audit_head()),
        row("the answer to a request with an Idempotency-Key", access, Key::kept_answer(hash)),
        row("how often something was asked for", access, Key::bucket("sign-in 192.0.2.1")),
    ]
}

/// Puts names for what differs from row to row.
fn abstracted(key: &str) -> String {
    let names = [
        (digest(1).hex(), "DIGEST"),
        (hash(2).to_string(), "HASH"),
        (sha(1).to_string(), "COMMIT"),
        (promotion_id(0).to_string(), "PROMOTION"),
        (train_id().to_string(), "TRAIN"),
        (event_id(0).to_string(), "EVENT"),
        (token_id(0).to_string(), "TOKEN"),
        ("2026-11-22T10:00:00.000000000Z".to_owned(), "TIME"),
    ];
    // The longest first, as the shorter ones occur in them.
    names.iter().fold(key.to_owned(), |key, (value, name)| key.replace(value, name))
}

impl Pattern {
    fn line(&self) -> String {
        let (table, index, key, order) = match &self.read {
            Read::Row(table, key) => (*table, None, key, ""),
            Read::List(listing, entry) => {
                assert_eq!(entry.pk, listing.pk, "{}: the list looks elsewhere", self.what);
                let order = match (&listing.range, listing.order) {
                    (Range::From(_), _) => "falling, from a time on",
                    (Range::UpTo(_), Order::Falling) => "falling, up to a time",
                    (Range::UpTo(_), _) => "up to now",
                    (_, Order::Rising) => "rising",
                    (_, Order::Falling) => "falling",
                };
                if let Range::StartingWith(prefix) = &listing.range {
                    assert!(entry.sk.starts_with(prefix), "{}: the list leaves it out", self.what);
                }
                (listing.table, listing.index, entry, order)
            }
        };
        let place =
            index.map_or(table.suffix().to_owned(), |index| format!("{}.{}", table.suffix(), index.name()));
        format!(
            "| {} | {place} | `{}` | `{}` | {order} |",
            self.what,
            abstracted(&key.pk),
            abstracted(&key.sk)
        )
    }
}

#[test]
fn these_are_the_access_patterns() {
    let lines: Vec<String> = patterns().iter().map(Pattern::line).collect();
    let heading = "| to find | table.index | partition | sort key | order |\n|---|---|---|---|---|";
    let table = format!("{heading}\n{}\n", lines.join("\n"));
    insta::assert_snapshot!(table);
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&table), "copy the table of this test's snapshot into README.md");
}

#[test]
fn the_order_of_times_is_the_order_of_their_keys() {
    let spelled = |at| Key::due(at).sk;
    let half = now().checked_add(jiff::SignedDuration::from_millis(500)).unwrap();
    let times = [now(), half, later(1), later(60), jiff::Timestamp::MAX];
    let texts = times.map(spelled);
    assert!(texts.is_sorted(), "{texts:?}");
    assert!(texts.iter().all(|text| text.len() == texts[0].len()), "{texts:?}");
}

#[test]
fn a_text_from_outside_cannot_reach_into_another_key() {
    let branch = |name: &str| Listing::pushes_to(&repository(), name).pk;
    assert_eq!(branch("a#services"), "repository#github:acme/storefront#branch#a%23services");
    assert_ne!(branch("a%23b"), branch("a#b"));
    let long = "é".repeat(600);
    let longer = format!("{long}x");
    assert!(branch(&long).len() < 300);
    assert_ne!(branch(&long), branch(&longer));
    let tail = branch(&long).rsplit_once("branch#").unwrap().1.to_owned();
    assert_ne!(branch(&tail), branch(&long), "not even by its own short form");
}
