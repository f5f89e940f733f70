use super::*;
use crate::figure::{Share, Spread};

/// Runs, newest first, each with a unit job of that length with one step, and a build job of 30 seconds.
fn runs(units: impl IntoIterator<Item = u32>) -> Vec<Run> {
    let run_of = |seconds: u32| {
        let end = 10 + i64::from(seconds);
        let unit = Job { steps: vec![step("cargo test", seconds - 5)], ..job("unit", 2, 10, end) };
        run(end + 40, [unit, job("build", end, end + 5, end + 45)])
    };
    units.into_iter().map(run_of).collect()
}

fn slower(trend: Trend) -> Regression {
    match trend {
        Trend::Slower(regression) => regression,
        Trend::Steady { .. } | Trend::TooFew { .. } => panic!("{trend:?}"),
    }
}

#[test]
fn the_step_that_makes_ci_slower_is_named_with_by_how_much() {
    let found = slower(trend(&runs([vec![150; 10], vec![100; 10]].concat())));
    assert_eq!(
        (found.job.as_str(), found.part, found.step.as_deref()),
        ("unit", Part::Run, Some("cargo test"))
    );
    assert_eq!((found.now, found.before, found.longer_by()), (145, 95, 50));
    assert_eq!((found.newest_runs, found.runs_before), (10, 10));
}

#[test]
fn a_job_is_named_alone_when_no_step_explains_half_of_it() {
    let mut all = runs([vec![150; 10], vec![100; 10]].concat());
    for run in &mut all {
        run.jobs[0].steps = vec![step("cargo test", 90)];
    }
    let found = slower(trend(&all));
    assert_eq!((found.job.as_str(), found.step.as_deref(), found.longer_by()), ("unit", None, 50));
}

#[test]
fn a_step_that_is_new_is_named() {
    let mut all = runs([vec![150; 10], vec![100; 10]].concat());
    for (index, run) in all.iter_mut().enumerate() {
        let steps = [step("cargo test", 90), step("cargo audit", 50)];
        run.jobs[0].steps = if index < 10 { steps.to_vec() } else { steps[..1].to_vec() };
    }
    assert_eq!(slower(trend(&all)).step.as_deref(), Some("cargo audit"));
}

#[test]
fn waiting_longer_for_a_runner_is_told_apart_from_running_longer() {
    let mut all = runs(vec![100; 20]);
    for run in all.iter_mut().take(10) {
        let ended = run.jobs[1].ended_at.unwrap();
        run.jobs[1].started_at += SignedDuration::from_secs(60);
        run.jobs[1].ended_at = Some(ended + SignedDuration::from_secs(60));
    }
    let found = slower(trend(&all));
    assert_eq!((found.job.as_str(), found.part, found.now, found.before), ("build", Part::Queue, 65, 5));
}

#[test]
fn too_few_runs_say_nothing() {
    assert_eq!(trend(&runs(vec![100; 14])), Trend::TooFew { runs: 14, needed: 15 });
    assert_eq!(trend(&[]), Trend::TooFew { runs: 0, needed: 15 });
    assert_eq!(trend(&runs(vec![100; 15])), Trend::Steady { newest: 10, before: 5 });
}

#[test]
fn a_few_slow_runs_and_small_changes_raise_no_alarm() {
    let steady = Trend::Steady { newest: 10, before: 10 };
    assert_eq!(trend(&runs([vec![109; 10], vec![100; 10]].concat())), steady, "nine seconds are not notable");
    assert_eq!(trend(&runs([vec![119; 10], vec![100; 10]].concat())), steady, "a fifth is");
    let mixed = [vec![150; 6], vec![90; 4], vec![100; 10]].concat();
    assert_eq!(trend(&runs(mixed)), steady, "four of ten were faster");
    assert_eq!(trend(&runs([vec![80; 10], vec![100; 10]].concat())), steady, "faster is not slower");
}

#[test]
fn runs_whose_jobs_were_run_again_are_counted_apart() {
    let mut all = runs(vec![100; 3]);
    all[0].jobs[0].attempt = 2;
    all[0].registered_at = at(3_000);
    let summary = summarize(&all, 300);
    assert_eq!((summary.runs, summary.reruns), (3, 1));
    assert_eq!(summary.total.value, Some(Spread { n: 2, median: 150, p90: 150 }));
    assert_eq!(summary.queue.value, Some(Spread { n: 2, median: 13, p90: 13 }));
    assert_eq!(summary.run.value, Some(Spread { n: 2, median: 135, p90: 135 }));
    assert_eq!(summary.other.value, Some(Spread { n: 2, median: 2, p90: 2 }));
    assert_eq!(summary.over_budget.value, Some(Share { count: 0, of: 2, share: 0.0 }));
    let shown: Vec<(bool, bool)> = summary.points.iter().map(|point| (point.rerun, point.over)).collect();
    assert_eq!(shown, [(false, false), (false, false), (true, true)], "oldest first");
}

#[test]
fn no_runs_are_no_data() {
    let none = summarize(&[], 300);
    assert_eq!(none.total.no_data.as_deref(), Some("no artifact was registered in this window"));
    let unknown = Run { pushed_at: None, ..runs([100]).remove(0) };
    let summary = summarize(&[unknown], 300);
    assert_eq!(summary.total.value, None);
    assert_eq!((summary.total.rows, summary.total.left_out), (1, 1));
    assert_eq!(summary.total.no_data.as_deref(), Some("no push is known of these runs"));
}
