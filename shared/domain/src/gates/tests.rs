//! Sentences people read, and what agreement is bound to.

use proptest::prelude::*;

use super::*;
use crate::Digest;

#[test]
fn every_closed_gate_names_who_or_when() {
    let login = |login: &str| login.parse::<Login>().unwrap();
    let names = ["ada", "eve", "mia", "tom", "uma", "vic", "wes"];
    let approvals = |could: &[&str], void| Unmet::Approvals {
        given: 1,
        needed: 2,
        from: Some("shop".parse().unwrap()),
        not_from: vec!["bob".to_owned()],
        could: could.iter().map(|name| login(name)).collect(),
        void,
    };
    let void = Void { by: login("mia"), because: "another artifact would ship".to_owned() };
    let at = "2026-11-22T23:00:00Z".parse().ok();
    let frozen = |local: Option<&str>, until, reason: Option<&str>| Unmet::Frozen {
        until,
        local: local.map(str::to_owned),
        reason: reason.map(str::to_owned),
    };
    let berlin = Some("Mon 2026-11-23 00:00 Europe/Berlin");
    let all = [
        approvals(&names[..2], Vec::new()),
        approvals(&names, vec![void]),
        approvals(&[], Vec::new()),
        frozen(berlin, at, Some("weekend")),
        frozen(berlin, at, None),
        frozen(None, None, None),
    ];
    let sentences: Vec<String> = all.iter().map(Unmet::sentence).collect();
    insta::assert_snapshot!(sentences.join("\n"), @r"
    waits for approval from shop: 1 of 2, not by bob; ada, eve could
    waits for approval from shop: 1 of 2, not by bob; ada, eve, mia, tom, uma and 2 more could; mia's approval is void, another artifact would ship
    waits for approval from shop: 1 of 2, not by bob
    frozen until Mon 2026-11-23 00:00 Europe/Berlin (2026-11-22 23:00:00Z): weekend
    frozen until Mon 2026-11-23 00:00 Europe/Berlin (2026-11-22 23:00:00Z)
    frozen; no end is in sight: change the windows in keelson.toml
    ");
}

#[test]
fn a_text_that_names_no_diff_is_refused() {
    for bad in ["", "..@1", "nothing..abc@1", "nothing..@", &"a".repeat(300)] {
        assert!(bad.parse::<Diff>().is_err(), "{bad}");
    }
    insta::assert_snapshot!("x..y".parse::<Diff>().unwrap_err(), @"`x..y` does not name what ships: send the `diff` of the promotion as it was shown");
}

proptest! {
    #[test]
    fn a_diff_survives_its_text_and_differs_from_every_other(
        base in prop::option::of(any::<[u8; 32]>()),
        artifact in any::<[u8; 32]>(),
        revision in any::<u64>(),
    ) {
        let diff = Diff { base: base.map(Digest::from_bytes), artifact: Digest::from_bytes(artifact), revision };
        prop_assert_eq!(diff.to_string().parse::<Diff>(), Ok(diff));
        prop_assert_eq!(diff.changed_since(&diff), None);
        let other = Diff { revision: revision.wrapping_add(1), ..diff };
        prop_assert!(diff.changed_since(&other).is_some());
    }
}
