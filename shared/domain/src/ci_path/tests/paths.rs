use proptest::prelude::*;

use super::*;

/// The path in a line: `job(queue+run) …`, then queue, run and other, then the whole.
fn told(run: &Run) -> String {
    let path = run.critical_path().unwrap();
    let links = path.links.iter().map(|link| format!("{}({}+{})", link.job, link.queue, link.run));
    let links = links.collect::<Vec<_>>().join(" ");
    format!("{links} | {} queue + {} run + {} other = {}", path.queue, path.run, path.other, path.seconds)
}

#[test]
fn the_path_is_the_chain_that_the_artifact_waited_for() {
    // lint and unit side by side, then build, which needs both, uploads, and is done two seconds later.
    let jobs = [job("lint", 2, 5, 40), job("unit", 2, 12, 130), job("build", 131, 135, 222)];
    assert_eq!(told(&run(220, jobs)), "unit(10+118) build(4+85) | 14 queue + 203 run + 3 other = 220");
}

#[test]
fn a_long_job_beside_it_is_not_on_the_path() {
    let jobs = [job("unit", 2, 5, 60), job("e2e", 2, 5, 900), job("build", 60, 62, 103)];
    assert_eq!(told(&run(100, jobs)), "unit(3+55) build(2+38) | 5 queue + 93 run + 2 other = 100");
}

#[test]
fn an_artifact_registered_after_the_jobs_waits_for_the_last_of_them() {
    let jobs = [job("unit", 2, 5, 60), job("build", 60, 62, 100)];
    assert_eq!(told(&run(130, jobs)), "unit(3+55) build(2+38) | 5 queue + 93 run + 32 other = 130");
}

#[test]
fn a_job_that_still_runs_counts_up_to_the_artifact() {
    let running = Job { ended_at: None, ..job("build", 3, 10, 0) };
    assert_eq!(told(&run(90, [running])), "build(7+80) | 7 queue + 80 run + 3 other = 90");
}

#[test]
fn without_jobs_nobody_explains_the_time() {
    assert_eq!(told(&run(90, [])), " | 0 queue + 0 run + 90 other = 90");
}

#[test]
fn a_job_from_before_the_push_counts_only_from_the_push() {
    // The same commit was built on another branch before it came to this one.
    let jobs = [job("build", -50, -40, 30)];
    assert_eq!(told(&run(60, jobs)), "build(0+30) | 0 queue + 30 run + 30 other = 60");
}

#[test]
fn what_cannot_be_measured_has_no_path() {
    assert_eq!(Run { pushed_at: None, ..run(60, []) }.critical_path(), None);
    assert_eq!(Run { pushed_at: Some(at(61)), ..run(60, []) }.critical_path(), None);
}

fn report(name: &str, source: CheckSource, times: [Option<i64>; 3]) -> Check {
    let row = serde_json::json!({
        "name": name, "source": source, "state": "passed", "attempt": 1, "order": 5,
        "queued_at": times[0].map(at), "started_at": times[1].map(at), "completed_at": times[2].map(at),
    });
    serde_json::from_value(row).unwrap()
}

#[test]
fn jobs_are_taken_before_check_runs_and_these_before_statuses() {
    let job_of = |check| jobs(&[check], &[]).remove(0);
    let of_job = report("unit", CheckSource::WorkflowJob, [Some(1), Some(5), Some(60)]);
    let of_run = report("unit", CheckSource::CheckRun, [None, Some(5), Some(60)]);
    assert_eq!(jobs(&[of_run.clone(), of_job.clone()], &[]), [job("unit", 1, 5, 60)]);
    assert_eq!(job_of(of_run), job("unit", 5, 5, 60));
    let waits = report("unit", CheckSource::WorkflowJob, [Some(1), None, None]);
    assert!(jobs(&[waits], &[]).is_empty(), "it has no place in time yet");
    let skipped = Check { state: CheckState::Skipped, ..of_job.clone() };
    assert!(jobs(&[skipped], &[]).is_empty());
    let steps = |attempt| JobSteps::new("unit".to_owned(), 5, attempt, [step("test", 40), step("cache", 0)]);
    assert_eq!(jobs(std::slice::from_ref(&of_job), &[steps(1)])[0].steps, [step("test", 40)]);
    assert!(jobs(&[of_job], &[steps(2)])[0].steps.is_empty(), "they are of another try");
}

#[test]
fn the_longest_steps_are_kept() {
    let all = (0..20).map(|n| step(&"x".repeat(200), n));
    let kept = JobSteps::new("unit".to_owned(), 1, 1, all);
    let lengths: Vec<u32> = kept.steps.iter().map(|step| step.seconds).collect();
    assert_eq!(lengths, [19, 18, 17, 16, 15, 14, 13, 12]);
    assert!(kept.steps.iter().all(|step| step.name.len() == LONGEST_STEP_NAME));
    let later = JobSteps { attempt: 2, ..kept.clone() };
    assert!(later.replaces(&kept) && !kept.replaces(&later) && !kept.replaces(&kept));
}

fn any_job() -> impl Strategy<Value = Job> {
    let lengths = (-20..400_i64, 0..60_i64, prop::option::of(0..300_i64), 0..9_u8);
    lengths.prop_map(|(queued, waited, ran, n)| {
        let started = queued + waited;
        let ended_at = ran.map(|ran| at(started + ran));
        Job { ended_at, ..job(&format!("job {n}"), queued, started, 0) }
    })
}

proptest! {
    #[test]
    fn the_parts_add_up_and_do_not_overlap(
        jobs in prop::collection::vec(any_job(), 0..12),
        registered in 0..500_i64,
    ) {
        let path = run(registered, jobs).critical_path().unwrap();
        prop_assert_eq!(path.queue + path.run + path.other, path.seconds);
        let mut end = path.from;
        for link in &path.links {
            prop_assert!(end <= link.queued_at && link.queued_at <= link.started_at);
            prop_assert!(link.started_at <= link.ended_at && link.ended_at <= path.to);
            end = link.ended_at;
        }
    }
}
