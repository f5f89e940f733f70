//! What each section of a `keelson.toml` may say.
//!
//! The types in the parent module say the same to serde, which reads what was stored; a test holds the two together.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

use super::freeze::{end_of_day, midnight};
use super::node::Node;
use super::*;

mod target;

const MOMENT: Period = Period::millis(1);
const MOST_TAGS: usize = 50;
const MOST_FREEZES: usize = 50;

pub(super) fn manifest(node: &Node<'_>) -> Option<Manifest> {
    let mut section = node.section()?;
    let service = section.required("service", "[service]", service);
    let ci = section.or("ci", CiSection::default, ci);
    let environments = section.required("environment", "[[environment]]", environments);
    section.close();
    Some(Manifest { service: service?, ci: ci?, environments: environments? })
}

fn service(node: &Node<'_>) -> Option<ServiceSection> {
    let mut section = node.section()?;
    let name = section.required("name", r#"name = "storefront""#, Node::parsed);
    let team = section.required("team", r#"team = "shop""#, Node::parsed);
    let repository = section.required("repository", r#"repository = "github:acme/storefront""#, Node::parsed);
    let branch = section.or("branch", main_branch, |node| node.line(255));
    section.close();
    Some(ServiceSection { name: name?, team: team?, repository: repository?, branch: branch? })
}

fn ci(node: &Node<'_>) -> Option<CiSection> {
    let mut section = node.section()?;
    let required = section.or("required", Vec::new, |node| node.each(|check| check.line(255)));
    let critical_path = section.optional("critical_path", positive);
    let github = section.optional("github", trusted_workflow);
    section.close();
    Some(CiSection { required: required?, critical_path: critical_path?, github: github? })
}

fn trusted_workflow(node: &Node<'_>) -> Option<TrustedWorkflow> {
    let mut section = node.section()?;
    let repository_id =
        section.required("repository_id", "repository_id = 123456", |node| node.integer(1..=i64::MAX));
    let owner_id = section.required("owner_id", "owner_id = 654321", |node| node.integer(1..=i64::MAX));
    let example = r#"workflow = "acme/storefront/.github/workflows/ship.yml@refs/heads/main""#;
    let workflow = section.required("workflow", example, |node| node.line(1_000));
    section.close();
    Some(TrustedWorkflow { repository_id: repository_id?, owner_id: owner_id?, workflow: workflow? })
}

fn environments(node: &Node<'_>) -> Option<Vec<EnvironmentSection>> {
    if node.is_table() {
        node.wrong("write `[[environment]]`, in double brackets: a service may have several");
        return None;
    }
    let items = node.items()?;
    if items.is_empty() {
        node.wrong("a service needs an environment; add one, such as `[[environment]]`");
    }
    if let Some(soak) = items.first().and_then(|first| first.find(&["gates", "soak"])) {
        soak.wrong("the first environment has none before it to soak in; take `soak` out, or put it into a later one");
    }
    no_two_share(&items.iter().cloned().enumerate().collect::<Vec<_>>(), &["name"]);
    target::each_has_its_own(&items);
    node.each(environment)
}

/// Notes every value that an environment further up has too.
fn no_two_share(environments: &[(usize, Node<'_>)], path: &[&str]) {
    let mut seen = BTreeMap::new();
    for (index, environment) in environments {
        let Some(node) = environment.find(path) else { continue };
        let Some(value) = node.scalar() else { continue };
        if let Some(first) = seen.get(&value) {
            let what = path.last().unwrap_or(&"value");
            node.wrong(format!(
                "`/environment/{first}` has the {what} `{value}` already; each needs its own"
            ));
        } else {
            seen.insert(value, index);
        }
    }
}

fn environment(node: &Node<'_>) -> Option<EnvironmentSection> {
    let mut section = node.section()?;
    let name = section.required("name", r#"name = "staging""#, Node::parsed);
    let promote = section.or("promote", Promote::default, |node| {
        node.choice(&[("auto", Promote::Auto), ("gated", Promote::Gated), ("manual", Promote::Manual)])
    });
    let example = r#"target = { kind = "process", command = ["./storefront"] }"#;
    let target = section.required("target", example, target::target);
    let steps = section.or("steps", all_at_once, steps);
    let steps = steps.zip(target.as_ref()).and_then(|(steps, target)| target::takes(node, target, steps));
    let rollback_when = section.or("rollback_when", Thresholds::default, thresholds);
    let gates = section.or("gates", Gates::default, gates);
    let tags = section.or("tags", BTreeMap::new, tags);
    section.close();
    Some(EnvironmentSection {
        name: name?,
        promote: promote?,
        target: target?,
        steps: steps?,
        rollback_when: rollback_when?,
        gates: gates?,
        tags: tags?,
    })
}

fn steps(node: &Node<'_>) -> Option<Vec<Step>> {
    let items = node.items()?;
    let steps: Vec<Option<Step>> = items.iter().map(step).collect();
    let mut before = 0;
    for (item, step) in items.iter().zip(&steps) {
        let (Some(step), Some(weight)) = (step, item.find(&["weight"])) else { continue };
        let percent = step.weight.percent();
        if percent <= before {
            weight.wrong(format!("weights must rise from step to step, and {percent} comes after {before}"));
        }
        before = percent;
    }
    match (items.last(), steps.last()) {
        (Some(item), Some(Some(step))) if step.weight != Weight::ALL => {
            let weight = item.find(&["weight"]).unwrap_or_else(|| item.clone());
            weight.wrong(format!("the last weight must be 100, not {}", step.weight.percent()));
        }
        (None, _) => node.wrong("a rollout needs a step; add `{ weight = 100 }`, or take `steps` out"),
        _ => {}
    }
    steps.into_iter().collect()
}

fn step(node: &Node<'_>) -> Option<Step> {
    let mut section = node.section()?;
    let weight = section.required("weight", "weight = 100", |node| node.integer(1..=100));
    let bake = section.or("bake", || Period::ZERO, any_period);
    section.close();
    Some(Step { weight: weight?, bake: bake? })
}

fn thresholds(node: &Node<'_>) -> Option<Thresholds> {
    let mut section = node.section()?;
    let error_rate = section.optional("error_rate", |node| node.number(0.0..=1.0));
    let p95 = section.optional("p95", positive);
    let minimum_requests = section.optional("minimum_requests", |node| node.integer(0..=i64::MAX));
    section.close();
    Some(Thresholds { error_rate: error_rate?, p95: p95?, minimum_requests: minimum_requests? })
}

fn gates(node: &Node<'_>) -> Option<Gates> {
    let mut section = node.section()?;
    let soak = section.optional("soak", any_period);
    let approvals = section.optional("approvals", approvals);
    let freeze = section.or("freeze", Vec::new, freezes);
    section.close();
    Some(Gates { soak: soak?, approvals: approvals?, freeze: freeze? })
}

fn freezes(node: &Node<'_>) -> Option<Vec<Freeze>> {
    let windows = node.each(freeze)?;
    if windows.len() > MOST_FREEZES {
        node.wrong(format!("there are {} freezes; at most {MOST_FREEZES} are allowed", windows.len()));
        return None;
    }
    Some(windows)
}

fn freeze(node: &Node<'_>) -> Option<Freeze> {
    let mut section = node.section()?;
    let rule = section.required("rule", r#"rule = "FREQ=WEEKLY;BYDAY=SA,SU""#, Node::parsed);
    let starts = section.optional("starts", first_day);
    let from = section.or("from", midnight, Node::parsed);
    let to = section.or("to", end_of_day, Node::parsed);
    let zone = section.required("zone", r#"zone = "Europe/Berlin""#, Node::parsed);
    let reason = section.optional("reason", |node| node.line(200));
    section.close();
    let freeze = Freeze { rule: rule?, starts: starts?, from: from?, to: to?, zone: zone?, reason: reason? };
    if freeze.starts.is_none() && freeze.rule.needs_start() {
        let rule = node.find(&["rule"]).unwrap_or_else(|| node.clone());
        rule.wrong(
            "the rule alone does not say on which days: add the first one, such as `starts = \"2026-12-01\"`",
        );
        return None;
    }
    if freeze.from == freeze.to {
        let to = node.find(&["to"]).unwrap_or_else(|| node.clone());
        return to.must_be("another time than `from`");
    }
    Some(freeze)
}

fn first_day(node: &Node<'_>) -> Option<jiff::civil::Date> {
    let text = node.text()?;
    let looks_right = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = looks_right.then(|| text.parse().ok()).flatten();
    date.or_else(|| node.must_be("a day, such as `2026-12-01`"))
}

fn approvals(node: &Node<'_>) -> Option<ApprovalRule> {
    let mut section = node.section()?;
    let count = section.required("count", "count = 1", |node| node.integer(1..=20));
    let from = section.optional("from", Node::parsed);
    let not_author = section.or("not_author", || false, Node::flag);
    section.close();
    Some(ApprovalRule { count: count?, from: from?, not_author: not_author? })
}

fn tags(node: &Node<'_>) -> Option<BTreeMap<String, String>> {
    let entries = node.entries()?;
    if entries.len() > MOST_TAGS {
        node.wrong(format!("there are {} tags; at most {MOST_TAGS} are allowed", entries.len()));
        return None;
    }
    let read = |(key, value): &(&str, Node<'_>)| {
        if key.trim().is_empty() || key.chars().count() > 128 || key.contains(char::is_control) {
            value.wrong("the key of a tag must be one line of 1 to 128 characters");
            return None;
        }
        Some(((*key).to_owned(), value.line(256)?))
    };
    let tags: Vec<Option<(String, String)>> = entries.iter().map(read).collect();
    tags.into_iter().collect()
}

fn any_period(node: &Node<'_>) -> Option<Period> {
    period(node, .., "a period")
}

fn positive(node: &Node<'_>) -> Option<Period> {
    period(node, MOMENT.., "longer than no time")
}

fn period(node: &Node<'_>, bounds: impl RangeBounds<Period>, what: &str) -> Option<Period> {
    if !node.is_text() {
        return node.must_be("a period in quotes, such as `30s` or `5m`");
    }
    let period = node.parsed()?;
    if !bounds.contains(&period) {
        return node.must_be(what);
    }
    Some(period)
}
