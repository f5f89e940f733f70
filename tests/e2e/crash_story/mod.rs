//! Keelson is killed (SIGKILL) at every named point of a promotion, a rollback and a burst of webhooks, and started
//! again: one consistent end each time, nothing that was answered lost, nothing done twice.
//!
//! Every point is tried once; with `KEELSON_ALL_CRASHES=1`, at each time that a story comes to it.

mod machine;
mod stories;
mod truth;

use std::sync::Arc;
use std::time::{Duration, Instant};

use local::{CrashAt, CrashPoint};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::stories::{Base, Story};

/// How many machines run side by side.
const SIDE_BY_SIDE: usize = 4;
/// More often than any story comes to any point.
const MOST_TIMES: u32 = 2_000;

/// One line of the table.
struct Row {
    story: Story,
    point: CrashPoint,
    /// How many crashes of the point were tried, and how many of them happened.
    tried: u32,
    died: u32,
    took: Duration,
    end: Result<(), String>,
}

/// The times of a point that are tried: somewhere in the middle of what a story comes to, or each of them.
fn times(story: Story, point: CrashPoint, all: bool) -> Vec<u32> {
    use CrashPoint::*;
    if all {
        return (1..=MOST_TIMES).collect();
    }
    match (story, point) {
        (Story::Promotion, BeforeCommit | AfterCommit) => vec![3, 12],
        (Story::Promotion | Story::Webhooks, BeforeHandling | AfterHandling) => vec![6],
        (Story::Webhooks, _) => vec![20],
        (Story::Promotion, BeforeArtifact | AfterArtifact) => vec![1],
        (Story::Rollback, BeforeSpawn | AfterSpawn | BeforeDrain | BeforeStop) => vec![1],
        _ => vec![2],
    }
}

async fn row(base: Arc<Base>, story: Story, point: CrashPoint, all: bool) -> Row {
    let begun = Instant::now();
    let (mut tried, mut died) = (0, 0);
    for time in times(story, point, all) {
        let at = CrashAt { point, time, from_signal: story.is_counted_from_signal() }.to_string();
        tried += 1;
        let (base, asked) = (base.clone(), at.clone());
        // On a thread of its own, so that a machine on which something is wrong stops no other.
        match tokio::task::spawn_blocking(move || block_on(base.tell(story, &asked))).await {
            Ok(true) => died += 1,
            // The story does not come to the point so often.
            Ok(false) if all => break,
            Ok(false) => {
                return ended(story, point, (tried, died), begun, Err(format!("{at} is never come to")));
            }
            Err(failed) => {
                let message = panicked(failed);
                return ended(story, point, (tried, died), begun, Err(format!("{at}: {message}")));
            }
        }
    }
    ended(story, point, (tried, died), begun, Ok(()))
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn ended(
    story: Story,
    point: CrashPoint,
    (tried, died): (u32, u32),
    begun: Instant,
    end: Result<(), String>,
) -> Row {
    Row { story, point, tried, died, took: begun.elapsed(), end }
}

fn panicked(failed: tokio::task::JoinError) -> String {
    let Ok(panic) = failed.try_into_panic() else { return "it was cancelled".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the table is what this test is read for")]
fn print(rows: &[Row], took: Duration) {
    println!("\n{:<10} {:<16} {:>6} {:>6} {:>8}  end", "story", "killed", "tried", "died", "seconds");
    for Row { story, point, tried, died, took, end } in rows {
        let end =
            if end.is_ok() { "one consistent release, nothing lost, nothing doubled" } else { "FAILED" };
        let (story, point, took) = (format!("{story:?}"), point.word(), took.as_secs_f64());
        println!("{story:<10} {point:<16} {tried:>6} {died:>6} {took:>8.1}  {end}");
    }
    let died: u32 = rows.iter().map(|row| row.died).sum();
    println!("{died} crashes in {:.1} s\n", took.as_secs_f64());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_there_is_one_consistent_end() {
    let begun = Instant::now();
    let all = std::env::var_os("KEELSON_ALL_CRASHES").is_some_and(|value| value == "1");
    let base = Arc::new(Base::prepare().await);
    let places = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let mut tasks = JoinSet::new();
    for story in Story::ALL {
        for point in story.points() {
            let (base, places) = (base.clone(), places.clone());
            tasks.spawn(async move {
                let _place = places.acquire().await.unwrap();
                row(base, story, *point, all).await
            });
        }
    }
    let mut rows = tasks.join_all().await;
    let order = |row: &Row| {
        let story = Story::ALL.iter().position(|story| *story == row.story);
        (story, CrashPoint::ALL.iter().position(|point| *point == row.point))
    };
    rows.sort_by_key(order);
    print(&rows, begun.elapsed());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{:?}: {}", row.story, row.end.as_ref().err()?))).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
