use super::*;

/// The template as it is committed, expanded, so that no Python is needed.
fn committed(workspace: &Workspace) -> serde_json::Value {
    let text = std::fs::read_to_string(workspace.root.join(expand::EXPANDED)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn our_own_rules_find_nothing_that_is_not_let_pass() {
    let workspace = Workspace::load().unwrap();
    let gate = Gate::read(&workspace.root).unwrap();
    let facts = Facts::read(&workspace.root).unwrap();
    let found = rules::check(&committed(&workspace), &gate, &facts);
    let shown: Vec<_> = found.iter().map(|it| format!("{} {} {}", it.check, it.resource, it.what)).collect();
    assert!(found.is_empty(), "\n{}", shown.join("\n"));
}

#[test]
fn whatever_guarded_property_is_taken_away_the_gate_is_red() {
    let workspace = Workspace::load().unwrap();
    let gate = Gate::read(&workspace.root).unwrap();
    let facts = Facts::read(&workspace.root).unwrap();
    let score = mutate::run(&committed(&workspace), &gate, &facts);
    assert!(score.survivors.is_empty(), "nobody sees that these are gone:\n{}", score.survivors.join("\n"));
    assert!(score.idle.is_empty(), "these are called free for nothing:\n{}", score.idle.join("\n"));
    assert!(score.killed > 3_000, "only {} mutants", score.killed);
}

fn skip(until: &str) -> gate::Skip {
    gate::Skip {
        check: "CKV_AWS_119".to_owned(),
        resources: vec!["*Table".to_owned()],
        reason: "AWS's own key".to_owned(),
        owner: "platform".to_owned(),
        until: until.to_owned(),
    }
}

fn finding(resource: &str) -> Finding {
    Finding { check: "CKV_AWS_119".to_owned(), resource: resource.to_owned(), what: "no key".to_owned() }
}

fn judged(skip: gate::Skip, found: &[&str]) -> Vec<String> {
    let workspace = Workspace::load().unwrap();
    let mut gate = Gate::read(&workspace.root).unwrap();
    gate.skip = vec![skip];
    let found = found.iter().map(|resource| finding(resource)).collect();
    skips::judge(&gate, found, "2026-11-23").red.into_iter().map(|red| red.what).collect()
}

#[test]
fn a_skip_lets_pass_what_it_names_and_nothing_else() {
    assert!(judged(skip("2026-11-23"), &["EventsTable"]).is_empty());
    assert_eq!(judged(skip("2026-11-23"), &["EventsTable", "Bucket"]), ["no key"]);
}

#[test]
fn a_skip_that_is_over_is_red() {
    let said = judged(skip("2026-11-22"), &["EventsTable"]);
    assert_eq!(said, ["CKV_AWS_119 of platform was let pass until 2026-11-22: renew it or mend it"]);
}

#[test]
fn a_skip_that_lets_nothing_pass_is_red() {
    assert_eq!(judged(skip("2026-11-23"), &[]), ["CKV_AWS_119 of platform lets nothing pass any more"]);
}

#[test]
fn the_expanded_form_is_that_of_the_template_as_it_is() {
    use sha2::Digest as _;
    let workspace = Workspace::load().unwrap();
    let template = std::fs::read(workspace.root.join(expand::TEMPLATE)).unwrap();
    let now = hex::encode(sha2::Sha256::digest(template));
    let expanded = committed(&workspace);
    assert_eq!(
        expanded["Metadata"]["Template"]["Sha256"], now,
        "run `cargo xtask template` and commit what it writes"
    );
}

#[test]
fn what_an_emulator_is_not_given_is_there_and_nothing_that_stays_needs_it() {
    let workspace = Workspace::load().unwrap();
    let emulator = emulator::Emulator::read(&workspace.root).unwrap();
    let whole = committed(&workspace);
    for left_out in &emulator.left_out {
        let resources = whole["Resources"].as_object().unwrap();
        let found =
            resources.values().any(|it| emulator.leaves_out(it).is_some_and(|by| by.kind == left_out.kind));
        assert!(found, "{} is left out and not there", left_out.kind);
    }
    let rest = emulator.without(whole.clone());
    let gone = |name: &str| rest["Resources"].get(name).is_none() && whole["Resources"].get(name).is_some();
    for (id, resource) in rest["Resources"].as_object().unwrap() {
        stack::references(resource, &mut |name| assert!(!gone(name), "{id} needs {name}, which is left out"));
    }
}
