//! What is stored is read for years: these tests show every change of it.

use serde_json::Value;

use super::{samples, standings, watch_samples};
use crate::row::{Kind, Record, Row};
use crate::{StoreError, Version};

/// Calls `check` with one value of every kind that is stored.
macro_rules! for_every_kind {
    ($check:path) => {
        $check(samples::connection());
        $check(samples::delivery("72d3162e-cc78-11e3-81ab-4c9367dc0958"));
        $check(samples::push(1));
        $check(samples::pull_request(1));
        $check(samples::check("unit", domain::check::CheckState::Passed, 1));
        $check(samples::service());
        $check(samples::artifact(1));
        $check(samples::lane());
        $check(samples::promotion(1));
        $check(samples::deployment());
        $check(samples::run());
        $check(samples::steps());
        $check(samples::train());
        $check(samples::user());
        $check(samples::session());
        $check(samples::token(1));
        $check(samples::sign_in_link());
        $check(samples::pending_sign_in());
        $check(samples::linked_identity());
        $check(samples::event(1));
        $check(samples::checkpoint());
        $check(samples::retry(1));
        $check(crate::audit::BlockRow::from(&samples::block()));
        $check(samples::audit_head());
        $check(samples::kept_answer());
        $check(standings::standing());
        $check(standings::sweep());
        $check(watch_samples::connection_watch());
        $check(watch_samples::repository_watch());
        $check(watch_samples::report());
    };
}

fn name(kind: Kind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

fn stored<T: Record>(value: &T) -> crate::row::Item {
    Row::of(value, Version::FIRST, samples::now()).into_item().unwrap()
}

fn show<T: Record>(value: T) {
    let plain: Value = serde_dynamo::from_item(stored(&value)).unwrap();
    insta::assert_json_snapshot!(name(T::KIND), plain);
}

#[test]
fn this_is_how_everything_is_stored() {
    for_every_kind!(show);
}

fn read_back<T: Record + PartialEq + std::fmt::Debug>(value: T) {
    let row = Row::<T>::from_item(stored(&value)).unwrap();
    assert_eq!(row.body, value);
}

#[test]
fn everything_is_the_same_after_it_was_stored() {
    for_every_kind!(read_back);
}

/// Rows as an earlier Keelson wrote them, one a line: with everything, and without what may be absent.
///
/// Only ever added to: a row here that can no longer be read is a row in somebody's database that can no longer be
/// read.
const YESTERDAY: &str = include_str!("yesterday.jsonl");

fn read_yesterdays<T: Record>(_: T) {
    let rows = YESTERDAY.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_kind: Vec<_> = rows.filter(|row| row["kind"] == *name(T::KIND)).collect();
    assert!(!of_kind.is_empty(), "yesterday.jsonl has no {}", name(T::KIND));
    for row in of_kind {
        if let Err(error) = Row::<T>::from_item(serde_dynamo::to_item(row).unwrap()) {
            let StoreError::Corrupt { at, source } = error else { panic!("{error}") };
            panic!("{at}: {source}");
        }
    }
}

#[test]
fn what_was_stored_yesterday_can_be_read_today() {
    for_every_kind!(read_yesterdays);
}

#[test]
fn a_row_of_another_kind_is_not_taken_for_the_one_asked_for() {
    let outcome = Row::<domain::lane::Lane>::from_item(stored(&samples::user()));
    assert!(matches!(outcome, Err(StoreError::Corrupt { .. })));
}
