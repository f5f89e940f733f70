//! Whether the audit log is as it was written.

use std::collections::BTreeSet;

use api::audit::{Anchor, AuditCheck, AuditFinding, AuditHead};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::EventId;
use domain::audit::{Block, Finding, Head, Progress};
use edge::ApiError;
use serde::Deserialize;

use crate::App;
use crate::chain::links_before;

/// How many events one page checks, give or take a block: well within the time and the memory of one request.
const EVENTS_A_PAGE: usize = 2_000;
/// How many blocks it checks at most.
const BLOCKS_A_PAGE: u64 = 1_000;
/// How many blocks are read at once.
const BLOCKS_AT_ONCE: u64 = 50;
/// How many listed events are read at once.
const LISTED_AT_ONCE: usize = 1_000;
/// How many events that are not yet chained are counted.
const MOST_COUNTED: usize = 10_000;

/// Which page.
#[derive(Debug, Deserialize)]
pub(crate) struct VerifyQuery {
    after: Option<String>,
    anchor: Option<String>,
}

/// The head of the chain, for whoever keeps it elsewhere.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn head(app: &App) -> Result<AuditHead, ApiError> {
    Ok(view(app.core.store.audit_head().await?.map(|head| head.value).as_ref()))
}

/// Checks a page of the chain against the log, and the log against the chain. Nothing is kept between two pages: how
/// far the check is, is in the token that leads to the next.
///
/// # Errors
/// [`ApiError::invalid`] for a token that is none; or if the store does not answer.
pub(crate) async fn verify(app: &App, query: VerifyQuery) -> Result<AuditCheck, ApiError> {
    let Some(head) = app.core.store.audit_head().await?.map(|head| head.value) else {
        return without_head(app).await;
    };
    let progress = query.after.as_deref().map(open).transpose()?;
    // Only for what is older than the chain.
    let needs_first = progress.as_ref().is_none_or(|progress| progress.earlier().is_some());
    let first = if needs_first { app.core.store.audit_blocks(0, 1).await?.remove(&0) } else { None };
    let is_first = progress.is_none();
    let progress = progress.unwrap_or_else(|| Progress::begin(first.as_ref()));
    let mut page = Page { app, head, first, progress, findings: Vec::new(), chained: BTreeSet::new() };
    if let Some(anchor) = query.anchor.filter(|_| is_first) {
        page.check_anchor(&anchor).await?;
    }
    if page.check_earlier().await? {
        return page.close();
    }
    page.check_blocks().await?;
    page.check_log().await?;
    if page.progress.next() <= page.head.number {
        return page.close();
    }
    page.finish().await
}

struct Page<'a> {
    app: &'a App,
    head: Head,
    first: Option<Block>,
    progress: Progress,
    findings: Vec<Finding>,
    /// The events of the blocks of this page.
    chained: BTreeSet<EventId>,
}

impl Page<'_> {
    async fn check_anchor(&mut self, anchor: &str) -> Result<(), ApiError> {
        let Anchor { number, hash } =
            anchor.parse().map_err(|error| ApiError::invalid(format!("{error}.")))?;
        let block = self.app.core.store.audit_blocks(number, 1).await?.remove(&number);
        if block.is_none_or(|block| block.hash != hash) {
            self.findings.push(Finding::AnchorBroken { block: number });
        }
        Ok(())
    }

    /// Reads on in what is older than the chain, and answers whether there was any.
    async fn check_earlier(&mut self) -> Result<bool, ApiError> {
        let Some((after, until)) = self.progress.earlier() else { return Ok(false) };
        let links = links_before(&self.app.core, after, until, EVENTS_A_PAGE).await?;
        self.findings.extend(self.progress.take_earlier(self.first.as_ref(), &links));
        Ok(!links.is_empty())
    }

    async fn check_blocks(&mut self) -> Result<(), ApiError> {
        let last = self.head.number.min(self.progress.next().saturating_add(BLOCKS_A_PAGE - 1));
        while self.progress.next() <= last && self.chained.len() < EVENTS_A_PAGE {
            let from = self.progress.next();
            let count = BLOCKS_AT_ONCE.min(last - from + 1);
            let blocks = self.app.core.store.audit_blocks(from, count).await?;
            let links = blocks.values().flat_map(|block| &block.links);
            let events: Vec<EventId> = links.map(|link| link.event).collect();
            let rows = self.app.core.store.event_rows(&events).await?;
            for number in from..from + count {
                self.findings.extend(self.progress.take_block(blocks.get(&number), &rows));
            }
            self.chained.extend(events);
        }
        Ok(())
    }

    async fn check_log(&mut self) -> Result<(), ApiError> {
        let Some((mut after, newest)) = self.progress.log() else { return Ok(()) };
        let mut listed = Vec::new();
        loop {
            let some = self.app.core.store.listed_events(after.as_ref(), LISTED_AT_ONCE).await?;
            let is_end = some.len() < LISTED_AT_ONCE || some.last() > Some(&newest);
            after = some.last().copied();
            listed.extend(some.into_iter().filter(|event| *event <= newest));
            if is_end {
                break;
            }
        }
        self.findings.extend(self.progress.take_log(&listed, &self.chained));
        Ok(())
    }

    /// Looks at what lies beyond the newest block, and ends the check.
    async fn finish(mut self) -> Result<AuditCheck, ApiError> {
        let store = &self.app.core.store;
        let beyond = self.head.number + 1;
        if !store.audit_blocks(beyond, 1).await?.is_empty() {
            let now = store.audit_head().await?.map(|head| head.value.number);
            if now == Some(self.head.number) {
                self.findings.push(Finding::BlockInserted { block: beyond });
            }
        }
        let after = count(self.app, Some(self.head.newest)).await?;
        let (not_yet_chained, rest) = self.progress.finish(&self.head, after);
        self.findings.extend(rest);
        let check = self.close()?;
        Ok(AuditCheck { not_yet_chained: Some(not_yet_chained), next: None, ..check })
    }

    fn close(self) -> Result<AuditCheck, ApiError> {
        Ok(AuditCheck {
            head: view(Some(&self.head)),
            blocks: self.progress.next(),
            events: self.progress.events(),
            findings: self.findings.into_iter().map(AuditFinding::from).collect(),
            not_yet_chained: None,
            next: Some(token(&self.progress)?),
        })
    }
}

/// The check of a log without a chain: of a new installation, or of one whose chain lost its head.
async fn without_head(app: &App) -> Result<AuditCheck, ApiError> {
    let is_chained = !app.core.store.audit_blocks(0, BLOCKS_AT_ONCE).await?.is_empty();
    Ok(AuditCheck {
        head: view(None),
        blocks: 0,
        events: 0,
        findings: is_chained.then(|| Finding::HeadMissing.into()).into_iter().collect(),
        not_yet_chained: Some(count(app, None).await?),
        next: None,
    })
}

/// How many events the log lists after one.
async fn count(app: &App, mut after: Option<EventId>) -> Result<u64, ApiError> {
    let mut counted = 0;
    while counted < MOST_COUNTED {
        let some = app.core.store.listed_events(after.as_ref(), LISTED_AT_ONCE).await?;
        counted += some.len();
        after = some.last().copied().or(after);
        if some.len() < LISTED_AT_ONCE {
            break;
        }
    }
    Ok(u64::try_from(counted).unwrap_or(u64::MAX))
}

fn view(head: Option<&Head>) -> AuditHead {
    AuditHead {
        number: head.map(|head| head.number),
        hash: head.map(|head| head.hash),
        at: head.map(|head| head.at),
        events: head.map_or(0, |head| head.events),
        anchor: head.map(|head| Anchor { number: head.number, hash: head.hash }.to_string()),
    }
}

fn token(progress: &Progress) -> Result<String, ApiError> {
    serde_json::to_vec(progress).map(|text| URL_SAFE_NO_PAD.encode(text)).map_err(ApiError::internal)
}

fn open(token: &str) -> Result<Progress, ApiError> {
    let invalid = || {
        ApiError::invalid(
            "`after` does not belong to this check. Begin with its first page, without `after`.",
        )
    };
    let text = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
    serde_json::from_slice(&text).map_err(|_| invalid())
}
