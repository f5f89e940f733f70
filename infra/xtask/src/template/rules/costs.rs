//! What it costs is told before and when it is too much, and when it is a surprise.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::stack::leads_to;
use super::{Said, Subject};

/// As spent and as foreseen, at 80 and at 100 percent.
const NOTICES: [(&str, u64); 4] = [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 80), ("FORECASTED", 100)];

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    let mut budgets = 0;
    for budget in stack.of("AWS::Budgets::Budget") {
        budgets += 1;
        let notices: BTreeSet<(&str, u64)> = budget
            .list("NotificationsWithSubscribers")
            .filter(|notice| notice["Subscribers"].as_array().is_some_and(|it| !it.is_empty()))
            .filter_map(|notice| {
                let notification = &notice["Notification"];
                Some((notification["NotificationType"].as_str()?, notification["Threshold"].as_u64()?))
            })
            .collect();
        said.unless(
            notices == BTreeSet::from(NOTICES),
            budget,
            "must be told at 80 and 100 %, spent and foreseen (row 17)",
        );
        let after = budget.body["DependsOn"] == "AlarmsPolicy";
        said.unless(after, budget, "must come after the policy that lets it tell (row 17)");
    }
    let mut subscriptions = 0;
    for subscription in stack.of("AWS::CE::AnomalySubscription") {
        subscriptions += 1;
        let threshold = subscription.at("ThresholdExpression").as_str().unwrap_or_default();
        let threshold: Value = serde_json::from_str(threshold).unwrap_or_default();
        let by_impact = threshold["Dimensions"]["Key"] == "ANOMALY_TOTAL_IMPACT_ABSOLUTE";
        said.unless(by_impact, subscription, "must say from what impact on it tells (row 17)");
        let after = subscription.body["DependsOn"] == "AlarmsPolicy";
        said.unless(after, subscription, "must come after the policy that lets it tell (row 17)");
    }
    for monitor in stack.of("AWS::CE::AnomalyMonitor") {
        let text = monitor.at("MonitorSpecification")["Fn::Sub"].as_str().unwrap_or_default();
        let own = text.contains("${AWS::StackName}") && text.contains(r#""Key":"keelson""#);
        said.unless(own, monitor, "must look at this installation's costs (row 17)");
    }
    let watched = stack.of("AWS::CE::AnomalyMonitor").any(|monitor| {
        stack.of("AWS::CE::AnomalySubscription").any(|it| leads_to(it.at("MonitorArnList"), monitor.id))
    });
    if budgets != 1 || subscriptions != 1 || !watched {
        said.at("Resources", "there must be one budget, and one subscription to cost surprises (row 17)");
    }
}
