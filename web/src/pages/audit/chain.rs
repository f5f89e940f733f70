//! Whether the audit log is as it was written: the chain's newest block, and a check of all of it.

use api::routes;
use jiff::Timestamp;
use leptos::prelude::*;

use crate::client::Address;
use crate::clock;
use crate::format;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, derived, dynamic, when};
use crate::submit::Submission;
use crate::ui::button::Button;
use crate::ui::copy::CopyLine;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form};
use crate::ui::icon::Icon;
use crate::ui::note::{note, notice, notice_of, paragraph};
use crate::ui::progress::progress;
use crate::ui::properties::{Properties, Property};
use crate::ui::skeleton::Skeleton;
use crate::ui::time::Time;
use crate::wire::{AuditCheck, AuditHead};
use crate::words::{Tone, sentence};

/// How many findings are listed; beyond these, their number says enough.
const FINDINGS: usize = 200;

/// A check of the whole chain, a page at a time.
#[derive(Clone, Copy)]
struct Verification {
    submission: Submission,
    /// How far it is, if it was begun.
    progress: RwSignal<Option<Progress>>,
}

/// How far a check is.
struct Progress {
    /// The newest page.
    page: AuditCheck,
    /// What all pages found.
    findings: Vec<String>,
    /// When it ended, if it has.
    ended_at: Option<Timestamp>,
}

impl Verification {
    fn new() -> Self {
        Self { submission: Submission::quiet(), progress: RwSignal::new(None) }
    }

    /// Begins, and holds the chain against what was kept elsewhere, if that is given.
    fn begin(self, anchor: &str) {
        if self.submission.busy.get_untracked() {
            return;
        }
        self.progress.set(None);
        let anchor = Some(anchor.trim()).filter(|anchor| !anchor.is_empty());
        self.read(Address::of(routes::VERIFY_AUDIT, &[]).with_some("anchor", anchor));
    }

    /// One page, and then the next.
    fn read(self, address: Address<AuditCheck>) {
        self.submission.read(address, move |page: &AuditCheck| {
            let of_page = page.findings.iter().map(|finding| sentence(&finding.detail));
            let ended_at = page.next.is_none().then(clock::now);
            let taken = self.progress.try_update(|progress| {
                let mut findings = progress.take().map(|before| before.findings).unwrap_or_default();
                findings.extend(of_page);
                *progress = Some(Progress { page: page.clone(), findings, ended_at });
            });
            // The page of the panel may have been left meanwhile.
            if let (Some(()), Some(next)) = (taken, &page.next) {
                self.read(Address::of(routes::VERIFY_AUDIT, &[]).with("after", next));
            }
        });
    }

    fn is_under_way(self) -> bool {
        let more = |progress: &Option<Progress>| {
            progress.as_ref().is_some_and(|progress| progress.ended_at.is_none())
        };
        self.submission.busy.get() || self.progress.with(more)
    }

    /// How many blocks were checked, of how many.
    fn blocks(self) -> (u64, u64) {
        self.progress.with(|progress| match progress {
            Some(Progress { page, .. }) => (page.blocks, page.head.number.map_or(0, |number| number + 1)),
            None => (0, 1),
        })
    }
}

/// The newest block, and the check.
pub(super) fn chain() -> AnyView {
    let live = Live::follow(|| Address::of(routes::GET_AUDIT_HEAD, &[]), |_: &AuditHead| Pace::Still);
    view! {
        <section class="card" aria-labelledby="chain">
            <header class="card-head"><h2 id="chain">"The chain"</h2></header>
            {loaded(live, || view! { <Skeleton rows=2 /> }.into_any(), head)}
        </section>
    }
    .into_any()
}

fn head(head: Data<AuditHead>) -> AnyView {
    let check = Verification::new();
    let anchor = RwSignal::new(String::new());
    let verify = move || check.begin(&anchor.get_untracked());
    let failed = move || check.submission.problem.with(Option::is_some);
    let under_way = move || check.is_under_way() && !failed();
    let busy = derived(under_way);
    let told = move || {
        let (done, all) = check.blocks();
        format!("{} of {} blocks", format::count(done), format::count(all))
    };
    view! {
        {dynamic(move || head.with(newest))}
        <Form on_submit=verify class="form chain-form">
            <Field label="Compare with" value=anchor placeholder="12:sha256:…" hint="What was kept elsewhere earlier: it finds a log that was rewritten as a whole, or cut short." />
            <Button icon=Icon::Check busy>"Verify the chain"</Button>
        </Form>
        <InlineProblem problem=check.submission.problem />
        {when(under_way, move || progress("Blocks checked", move || check.blocks(), told))}
        <div role="status">{dynamic(move || result(check))}</div>
    }
    .into_any()
}

fn newest(head: &AuditHead) -> AnyView {
    let (Some(number), Some(anchor)) = (head.number, head.anchor.clone()) else {
        return note(
            "Nothing is chained yet. Each event gets into the chain within a minute of its writing.",
        );
    };
    let made = head.at.map_or_else(|| ().into_any(), |at| view! { <Time at /> }.into_any());
    let block = format!("{} with {} up to it, made ", format::count(number), events(head.events));
    view! {
        <Properties>
            <Property name="Newest block">{block}{made}</Property>
            <Property name="Its hash"><CopyLine text=anchor what="number and hash" /></Property>
        </Properties>
        {note(
            "Every event is in a block, and every block names the one before it, so what is edited, removed or inserted \
             shows. Keep this line where nobody can change it together with the log: then even a log that is rewritten \
             as a whole shows.",
        )}
    }
    .into_any()
}

/// So many events.
fn events(number: u64) -> String {
    format!("{} {}", format::count(number), if number == 1 { "event" } else { "events" })
}

/// What the check found, once it has ended.
fn result(check: Verification) -> AnyView {
    check.progress.with(|progress| match progress {
        Some(Progress { page, findings, ended_at: Some(at) }) => told(page, findings, format::absolute(*at)),
        Some(_) | None => ().into_any(),
    })
}

fn told(page: &AuditCheck, findings: &[String], at: String) -> AnyView {
    let mut parts = vec![verdict(page, findings, at)];
    if let Some(newer) = page.not_yet_chained.filter(|events| *events > 0) {
        let are = if newer == 1 { "is" } else { "are" };
        parts
            .push(note(format!("{} {are} newer than the newest block, and not chained yet.", events(newer))));
    }
    parts.into_any()
}

fn verdict(page: &AuditCheck, findings: &[String], at: String) -> AnyView {
    let Some(number) = page.head.number.map(format::count) else {
        let nothing = "Nothing is chained yet, so there was nothing to check.";
        return notice(Tone::Plain, Icon::Question, nothing.to_owned());
    };
    if findings.is_empty() {
        let whole = format!(
            "Complete and unchanged through block {number}, checked {at}: {}, none edited, removed or inserted.",
            events(page.events)
        );
        return notice(Tone::Ok, Icon::Check, whole);
    }
    let count = format::counted(findings.len(), "thing is", "things are");
    let item = |finding: &String| view! { <li>{finding.clone()}</li> }.into_any();
    let items: Vec<AnyView> = findings.iter().take(FINDINGS).map(item).collect();
    let more = match findings.len() {
        0..=FINDINGS => "",
        _ => "Only the first are listed; `keelson audit verify` prints them all. ",
    };
    let told = vec![
        paragraph("", format!("{count} not as it was written, through block {number}, checked {at}.")),
        view! { <ul class="findings">{items}</ul> }.into_any(),
        paragraph(
            "",
            format!(
                "{more}Nothing was changed by this check. Compare with a backup of the store from before, and with what \
                 was kept elsewhere."
            ),
        ),
    ];
    notice_of(Tone::Bad, Icon::Warning, told.into_any())
}
