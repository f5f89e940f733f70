use super::*;
use crate::lane::Lane;

fn lane(health: HealthState) -> LaneStanding {
    let track = Track::new(Lane::new("shop".parse().unwrap(), "production".parse().unwrap()), []);
    LaneStanding::of(&track, 1, health)
}

fn standing(environments: Vec<LaneStanding>) -> Standing {
    let (service, team) = ("shop".parse().unwrap(), "shop".parse().unwrap());
    Standing { service, team, head: None, head_checks: "unknown".to_owned(), environments, counted: true }
}

#[test]
fn a_service_is_as_urgent_as_the_worst_of_its_environments() {
    let waits = LaneStanding { live: vec![id(1)], waiting: 1, ..lane(HealthState::Healthy) };
    let moves = LaneStanding { live: vec![id(1)], ..lane(HealthState::Healthy) };
    let urgency = |lanes| standing(lanes).urgency();
    assert_eq!(urgency(vec![]), Urgency::Rests);
    assert_eq!(urgency(vec![lane(HealthState::Empty), moves.clone()]), Urgency::Moves);
    assert_eq!(urgency(vec![moves, waits.clone()]), Urgency::Waits);
    assert_eq!(urgency(vec![waits.clone(), lane(HealthState::Drifted)]), Urgency::Drifted);
    assert_eq!(urgency(vec![waits, lane(HealthState::Unhealthy)]), Urgency::Unhealthy);
}

#[test]
fn the_order_of_the_ranks_is_the_order_of_urgency() {
    use Urgency::*;
    let all = [Unhealthy, Drifted, Unknown, Waits, Moves, Rests];
    assert!(all.is_sorted());
    assert!(all.map(Urgency::rank).is_sorted());
}

#[test]
fn an_empty_environment_beside_a_healthy_one_is_healthy() {
    assert_eq!(
        standing(vec![lane(HealthState::Healthy), lane(HealthState::Empty)]).health(),
        HealthState::Healthy
    );
    assert_eq!(standing(vec![lane(HealthState::Empty)]).health(), HealthState::Empty);
    assert_eq!(standing(vec![]).counts(), Counts { services: 1, ..Counts::default() });
}

#[test]
fn a_service_that_the_totals_of_all_do_not_count_yet_adds_nothing_to_them() {
    let counted = standing(vec![lane(HealthState::Unhealthy)]);
    assert_eq!(counted.counts_of_all(), counted.counts());
    let not_yet = Standing { counted: false, ..counted };
    assert_eq!(not_yet.counts_of_all(), Counts::default());
    assert_eq!(not_yet.counts().unhealthy, 1, "its team counts it");
}

#[test]
fn totals_are_stored_under_their_names_and_change_by_differences() {
    let ill = Counts { waiting_for_approval: 2, ..Counts::of(HealthState::Unhealthy) };
    let parts = ill.parts();
    let read = Counts::from_parts(|name| parts.iter().find(|part| part.0 == name).map_or(0, |part| part.1));
    assert_eq!(read, ill);
    let well = Counts::of(HealthState::Healthy);
    let difference = well - ill;
    assert_eq!((difference.services, difference.unhealthy, difference.waiting_for_approval), (0, -1, -2));
    assert_eq!([ill, difference].into_iter().sum::<Counts>(), well);
}

#[test]
fn what_was_to_come_is_not_to_come_once_it_runs() {
    let release =
        Release { artifact: crate::Digest::from_bytes([1; 32]), commit: "1".repeat(40).parse().unwrap() };
    let expecting = lane(HealthState::Empty).expecting(Some(release.clone()), Some(3));
    assert_eq!((expecting.candidate.as_ref(), expecting.changes_waiting), (Some(&release), Some(3)));
}

fn id(n: u8) -> PromotionId {
    PromotionId::new(Timestamp::UNIX_EPOCH, [n; 10])
}
