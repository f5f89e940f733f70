//! What a check of the audit log found.

use std::fmt::Write as _;

use api::audit::AuditCheck;

use super::{Theme, Tone};

/// The result in one line, and everything that was found above it.
pub(crate) fn audit_check(check: &AuditCheck, theme: Theme) -> String {
    let mut text = String::new();
    for finding in &check.findings {
        let _ = writeln!(text, "{} {}", theme.paint(Tone::Bad, "✗"), finding.detail);
    }
    let found = match check.findings.len() {
        0 => theme.paint(Tone::Good, "in order"),
        1 => theme.paint(Tone::Bad, "not in order: 1 finding"),
        many => theme.paint(Tone::Bad, &format!("not in order: {many} findings")),
    };
    let _ = writeln!(text, "{} events in {} blocks: {found}", check.events, check.blocks);
    if let Some(number) = check.not_yet_chained.filter(|number| *number > 0) {
        let _ = writeln!(text, "not yet chained: {number}");
    }
    if let Some(anchor) = &check.head.anchor {
        let hint = "Keep it elsewhere, and check with `keelson audit verify --anchor` against it.";
        let _ = writeln!(text, "newest block: {anchor}\n{}", theme.paint(Tone::Muted, hint));
    }
    text
}

#[cfg(test)]
mod tests {
    use api::audit::AuditHead;
    use domain::audit::Finding;

    use super::*;

    fn check(findings: Vec<Finding>, not_yet_chained: u64) -> String {
        let head = AuditHead {
            number: Some(6),
            hash: None,
            at: None,
            events: 120,
            anchor: Some("6:sha256:ab".to_owned()),
        };
        let check = AuditCheck {
            head,
            blocks: 7,
            events: 120,
            findings: findings.into_iter().map(Into::into).collect(),
            not_yet_chained: Some(not_yet_chained),
            next: None,
        };
        audit_check(&check, Theme::new(false))
    }

    #[test]
    fn a_log_in_order_is_one_line_and_what_to_keep() {
        insta::assert_snapshot!(check(Vec::new(), 0), @"
        120 events in 7 blocks: in order
        newest block: 6:sha256:ab
        Keep it elsewhere, and check with `keelson audit verify --anchor` against it.
        ");
    }

    #[test]
    fn what_was_found_comes_first() {
        let findings = vec![Finding::BlockMissing { block: 3 }, Finding::EventsUnaccounted { events: 20 }];
        insta::assert_snapshot!(check(findings, 4), @"
        ✗ block 3 is missing
        ✗ 20 events are in no block that is left as it was
        120 events in 7 blocks: not in order: 2 findings
        not yet chained: 4
        newest block: 6:sha256:ab
        Keep it elsewhere, and check with `keelson audit verify --anchor` against it.
        ");
    }
}
