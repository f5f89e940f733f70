use domain::CommitSha;
use domain::rollout::Release;
use jiff::ToSpan;

use super::*;

/// An environment without processes: what would happen to them is said by the test.
struct World {
    state: State,
    now: Timestamp,
    runs: u32,
}

fn share(artifact: u8, weight: i64) -> Share {
    let commit: CommitSha = "a".repeat(40).parse().unwrap();
    let release = Release { artifact: Digest::from_bytes([artifact; 32]), commit };
    Share { release, weight: Weight::try_from(weight).unwrap() }
}

fn request(sequence: u64, shares: &[(u8, i64)], command: &str) -> TargetRequest {
    let target = serde_json::json!({ "kind": "process", "command": [command] });
    TargetRequest {
        service: "shop".parse().unwrap(),
        environment: "production".parse().unwrap(),
        sequence,
        target: serde_json::from_value(target).unwrap(),
        shares: shares.iter().map(|(artifact, weight)| share(*artifact, *weight)).collect(),
    }
}

fn report(summary: &str) -> FailureReport {
    FailureReport { summary: summary.to_owned(), ..FailureReport::default() }
}

impl World {
    fn new(shares: &[(u8, i64)]) -> Self {
        let state = State::new(request(1, shares, "./server"));
        let mut world = Self { state, now: Timestamp::UNIX_EPOCH, runs: 0 };
        world.advance();
        world
    }

    /// The first release serves.
    fn settled() -> Self {
        let mut world = Self::new(&[(1, 100)]);
        world.ready("1");
        assert_eq!(world.state.phase, TargetPhase::Settled);
        world
    }

    fn advance(&mut self) {
        let runs = &mut self.runs;
        self.state.advance(self.now, || {
            *runs += 1;
            Fresh { run: runs.to_string(), port: 0 }
        });
        // Deciding twice decides nothing new.
        let before = self.state.clone();
        self.state.advance(self.now, || panic!("a process too many"));
        assert_eq!(self.state, before);
    }

    fn ask(&mut self, sequence: u64, shares: &[(u8, i64)]) {
        self.ask_to_run(sequence, shares, "./server");
    }

    fn ask_to_run(&mut self, sequence: u64, shares: &[(u8, i64)], command: &str) {
        self.state.accept(request(sequence, shares, command));
        self.advance();
    }

    fn ready(&mut self, run: &str) {
        self.state.became_ready(run);
        self.advance();
    }

    fn exits(&mut self, run: &str) {
        self.state.exited(run, report(run), self.now);
        self.advance();
    }

    fn pass(&mut self, seconds: i64) {
        self.now += seconds.seconds();
        self.advance();
    }

    fn drained(&mut self, run: &str) {
        self.state.drained(run);
        self.advance();
    }

    fn stopped(&mut self, run: &str) {
        self.state.stopped(run);
        self.advance();
    }

    /// `run:artifact stage weight`, a star for those that get traffic.
    #[track_caller]
    fn is(&self, phase: &str, expected: &[&str]) {
        let serving: Vec<_> =
            self.state.serving().map(|(process, weight)| (process.run.clone(), weight)).collect();
        let shown = self.state.processes.iter().map(|process| {
            let stage = match &process.stage {
                Stage::Starting => "starting",
                Stage::Ready => "ready",
                Stage::Draining => "draining",
                Stage::Stopping => "stopping",
                Stage::Exited { retry_at: Some(_), .. } => "waiting",
                Stage::Exited { retry_at: None, .. } => "exited",
            };
            let weight = serving.iter().find(|(run, _)| *run == process.run);
            let weight = weight.map(|(_, weight)| format!(" {}", weight.percent())).unwrap_or_default();
            format!("{}:{} {stage}{weight}", process.run, process.artifact.as_bytes()[0])
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
        let now = match &self.state.phase {
            TargetPhase::Applying => "applying".to_owned(),
            TargetPhase::Settled => "settled".to_owned(),
            TargetPhase::Failed { report } => format!("failed {}", report.summary),
        };
        assert_eq!(now, phase);
    }
}

#[test]
fn a_release_gets_traffic_when_it_is_ready() {
    let mut world = World::new(&[(1, 100)]);
    world.is("applying", &["1:1 starting"]);
    world.ready("1");
    world.is("settled", &["1:1 ready 100"]);
}

#[test]
fn the_old_release_serves_until_the_new_one_is_ready_and_then_drains() {
    let mut world = World::settled();
    world.ask(2, &[(2, 100)]);
    world.is("applying", &["1:1 ready 100", "2:2 starting"]);
    world.ready("2");
    world.is("settled", &["1:1 draining", "2:2 ready 100"]);
    world.drained("1");
    world.is("settled", &["1:1 stopping", "2:2 ready 100"]);
    world.stopped("1");
    world.is("settled", &["2:2 ready 100"]);
}

#[test]
fn a_release_that_does_not_start_changes_nothing() {
    let mut world = World::settled();
    world.ask(2, &[(2, 100)]);
    world.exits("2");
    world.is("failed 2", &["1:1 ready 100", "2:2 exited"]);
    world.pass(60);
    world.is("failed 2", &["1:1 ready 100", "2:2 exited"]);
}

#[test]
fn traffic_moves_only_when_every_release_is_ready() {
    let mut world = World::new(&[(1, 50), (2, 50)]);
    world.ready("2");
    world.is("applying", &["1:1 starting", "2:2 ready"]);
    world.exits("1");
    world.is("failed 1", &["1:1 exited", "2:2 draining"]);
}

#[test]
fn a_newer_request_does_not_wait_for_the_one_before() {
    let mut world = World::settled();
    world.ask(2, &[(2, 100)]);
    world.ask(3, &[(1, 100)]);
    world.is("settled", &["1:1 ready 100", "2:2 stopping"]);
}

#[test]
fn an_older_or_the_same_request_changes_nothing() {
    let mut world = World::settled();
    world.ask(2, &[(2, 100)]);
    world.ask(1, &[(1, 100)]);
    world.ask(2, &[(3, 100)]);
    world.is("applying", &["1:1 ready 100", "2:2 starting"]);
}

#[test]
fn shares_move_at_once_between_releases_that_run() {
    let mut world = World::settled();
    world.ask(2, &[(1, 95), (2, 5)]);
    world.ready("2");
    world.is("settled", &["1:1 ready 95", "2:2 ready 5"]);
    world.ask(3, &[(2, 50), (1, 50)]);
    world.is("settled", &["1:1 ready 50", "2:2 ready 50"]);
    world.ask(4, &[(1, 100), (2, 0)]);
    world.is("settled", &["1:1 ready 100", "2:2 ready 0"]);
}

#[test]
fn a_release_that_still_drains_is_taken_back_at_once() {
    let mut world = World::settled();
    world.ask(2, &[(2, 100)]);
    world.ready("2");
    world.ask(3, &[(1, 100)]);
    world.is("settled", &["1:1 ready 100", "2:2 draining"]);
}

#[test]
fn a_release_that_is_stopping_is_started_again() {
    let mut world = World::settled();
    world.ask(2, &[(2, 100)]);
    world.ready("2");
    world.drained("1");
    world.ask(3, &[(1, 100)]);
    world.is("applying", &["1:1 stopping", "2:2 ready 100", "3:1 starting"]);
}

#[test]
fn a_release_that_stops_by_itself_comes_back_after_a_growing_pause() {
    let mut world = World::settled();
    world.exits("1");
    world.is("settled", &["1:1 waiting"]);
    world.pass(1);
    world.is("settled", &["2:1 starting"]);
    world.ready("2");
    world.is("settled", &["2:1 ready 100"]);
    for _ in 0..20 {
        world.exits(&world.runs.to_string());
        let pause = world.state.next_retry().unwrap();
        assert!(pause > world.now && pause <= world.now + 30.seconds());
        world.pass(30);
    }
}

#[test]
fn a_release_that_has_served_for_long_comes_back_quickly() {
    let mut world = World::settled();
    for _ in 0..5 {
        world.exits(&world.runs.to_string());
        world.pass(30);
        world.ready(&world.runs.to_string());
    }
    world.pass(3_600);
    world.exits(&world.runs.to_string());
    assert_eq!(world.state.next_retry(), Some(FIRST_PAUSE.after(world.now)));
}

#[test]
fn a_release_that_is_wanted_but_stopped_is_tried_at_once_and_its_failure_is_final() {
    let mut world = World::settled();
    world.exits("1");
    world.ask(2, &[(1, 50), (2, 50)]);
    world.is("applying", &["2:1 starting", "3:2 starting"]);
    world.exits("2");
    world.is("failed 2", &["2:1 waiting", "3:2 stopping"]);
}

#[test]
fn a_request_that_only_runs_the_release_otherwise_replaces_the_process() {
    let mut world = World::settled();
    world.ask_to_run(2, &[(1, 100)], "./server --verbose");
    world.is("applying", &["1:1 ready 100", "2:1 starting"]);
    world.ready("2");
    world.is("settled", &["1:1 draining", "2:1 ready 100"]);
}

#[test]
fn a_request_that_moves_shares_leaves_running_processes_as_they_are() {
    let mut world = World::settled();
    world.ask_to_run(2, &[(1, 95), (2, 5)], "./server --verbose");
    world.is("applying", &["1:1 ready 100", "2:2 starting"]);
    world.ready("2");
    world.ask_to_run(3, &[(1, 100)], "./server --verbose");
    world.is("settled", &["1:1 ready 100", "2:2 draining"]);
}

#[test]
fn asking_for_nothing_stops_everything() {
    let mut world = World::settled();
    world.ask(2, &[]);
    world.is("settled", &["1:1 draining"]);
}

#[test]
fn the_state_survives_its_text() {
    let mut world = World::settled();
    world.ask(2, &[(1, 95), (2, 5)]);
    let text = serde_json::to_string(&world.state).unwrap();
    let mut read: State = serde_json::from_str(&text).unwrap();
    // The stages are found out anew.
    for process in &mut world.state.processes {
        process.stage = Stage::Starting;
    }
    assert_eq!(read, world.state);
    read.became_ready("1");
    assert_eq!(read.serving().count(), 1);
}
