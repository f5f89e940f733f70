//! One service as text.

use std::fmt::Write as _;

use api::service::ServiceView;
use jiff::Timestamp;

use super::overview::service_rows;
use super::{Theme, Tone, ago};

/// What a service is, and its environments.
pub(crate) fn service(view: &ServiceView, now: Timestamp, theme: Theme) -> String {
    let row = &view.row;
    let mut text = format!("{}  team {}\n", theme.paint(Tone::Strong, row.name.as_str()), row.team);
    let mut line = |name: &str, what: &str| {
        let _ = writeln!(text, "  {}  {what}", theme.paint(Tone::Muted, &format!("{name:10}")));
    };
    line("repository", &format!("{} ({})", row.repository, row.branch));
    if let Some(head) = &row.head {
        line("head", &format!("{} {}  checks {}", head.sha.short(), head.title, row.head_checks));
    }
    line(
        "manifest",
        &format!(
            "revision {}, applied {} by {}",
            view.revision,
            ago(view.applied_at, now),
            view.applied_by.label()
        ),
    );
    for lane in &row.environments {
        if let Some(address) = &lane.address {
            line("address", &format!("{}  {address}", lane.environment));
        }
    }
    text.push('\n');
    text + &service_rows(std::slice::from_ref(row), now, theme)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_service_says_where_it_comes_from_and_where_it_runs() {
        insta::assert_snapshot!(service(&samples::service(), samples::now(), Theme::new(false)));
    }
}
