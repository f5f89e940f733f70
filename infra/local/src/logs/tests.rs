use std::io::Write;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;

const ARTIFACT: Digest = Digest::from_bytes([1; 32]);

fn open(dir: &TempDir) -> Arc<EnvironmentLog> {
    let now: Now = Arc::new(|| Timestamp::UNIX_EPOCH);
    Arc::new(EnvironmentLog::open(dir.path().to_owned(), now).unwrap())
}

fn source(run: &str) -> spool::Source {
    spool::Source { artifact: ARTIFACT, run: run.to_owned(), stream: "stdout" }
}

fn append(log: &EnvironmentLog, texts: &[&str]) {
    for text in texts {
        let line = spool::Line { text: (*text).to_owned(), end: 7 };
        log.append(&source("one"), vec![line]).unwrap();
    }
}

fn query(log: &EnvironmentLog, change: impl FnOnce(&mut LogQuery)) -> Vec<(u64, String)> {
    let mut query = LogQuery {
        service: "shop".parse().unwrap(),
        environment: "staging".parse().unwrap(),
        artifact: None,
        contains: None,
        after: None,
        limit: 100,
    };
    change(&mut query);
    log.query(&query).unwrap().into_iter().map(|line| (line.number, line.text)).collect()
}

fn texts(lines: Vec<(u64, String)>) -> Vec<String> {
    lines.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn the_newest_lines_come_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    append(&log, &["one", "two", "three"]);
    assert_eq!(query(&log, |query| query.limit = 2), [(2, "two".to_owned()), (3, "three".to_owned())]);
}

#[test]
fn a_reader_continues_after_the_last_line_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    append(&log, &["one", "two", "three"]);
    assert_eq!(query(&log, |query| query.after = Some(2)), [(3, "three".to_owned())]);
    assert!(query(&log, |query| query.after = Some(3)).is_empty());
}

#[test]
fn lines_are_found_by_text_and_artifact() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    append(&log, &["Payment failed", "ok"]);
    assert_eq!(texts(query(&log, |query| query.contains = Some("PAYMENT".to_owned()))), ["Payment failed"]);
    assert!(query(&log, |query| query.artifact = Some(Digest::from_bytes([2; 32]))).is_empty());
}

#[test]
fn numbers_rise_over_a_restart_even_after_a_cut_line() {
    let dir = tempfile::tempdir().unwrap();
    append(&open(&dir), &["one", "two"]);
    let path = dir.path().join(format!("{:020}.jsonl", 1));
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"{\"number\":3,\"at").unwrap();
    let log = open(&dir);
    append(&log, &["three"]);
    assert_eq!(texts(query(&log, |_| {})), ["one", "two", "three"]);
    assert_eq!(query(&log, |query| query.after = Some(2)), [(3, "three".to_owned())]);
}

#[test]
fn old_lines_make_room_for_new_ones() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let long = "x".repeat(16 * 1024);
    let lines = (2 * segments::SEGMENT_BYTES as usize * segments::SEGMENTS) / long.len();
    for _ in 0..lines {
        append(&log, &[&long]);
    }
    let files = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(files, segments::SEGMENTS);
    // Reading from the beginning starts with what is left, and recent lines are there to the last.
    let first = query(&log, |query| (query.after, query.limit) = (Some(0), 1));
    assert!(first[0].0 > 1);
    assert_eq!(query(&log, |query| query.limit = 1)[0].0, lines as u64);
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "still waiting until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_spool_is_taken_over_exactly_once_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let [mut stdout, mut stderr] = log.spool("run").create().unwrap();
    stdout.write_all(b"one\ntw").unwrap();
    stderr.write_all(b"oops\n").unwrap();
    let follower = Follower::start(log.clone(), ARTIFACT, "run");
    until("both lines are there", || query(&log, |_| {}).len() == 2).await;
    drop(follower);

    stdout.write_all(b"o\nthree").unwrap();
    let log = open(&dir);
    Follower::resume(log.clone(), ARTIFACT, "run").finish().await;
    let mut all = texts(query(&log, |_| {}));
    all.sort();
    assert_eq!(all, ["one", "oops", "three", "two"]);
    assert_eq!(log.tail("run", 2), ["two", "three"]);
    log.spool("run").remove();
}

#[tokio::test]
async fn what_has_been_taken_over_takes_no_room_in_the_spool() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let [mut stdout, _stderr] = log.spool("run").create().unwrap();
    let line = format!("{}\n", "x".repeat(1_023));
    for _ in 0..4 * 1_024 {
        stdout.write_all(line.as_bytes()).unwrap();
    }
    Follower::start(log.clone(), ARTIFACT, "run").finish().await;
    let metadata = stdout.metadata().unwrap();
    let on_disk = std::os::unix::fs::MetadataExt::blocks(&metadata) * 512;
    assert_eq!(metadata.len(), 4 * 1_024 * 1_024);
    assert!(on_disk < 1_024 * 1_024, "{on_disk}");
}
