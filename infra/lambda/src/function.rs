//! One function as Lambda invokes it: each shape of invocation goes to what answers it.

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use edge::Core;
use lambda_http::lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::http;
use crate::invocation::{Invocation, Message, Order, StreamRecord};
use crate::messages::Budget;

/// What is left of a function's time for telling Lambda how it ended.
const MARGIN: Duration = Duration::from_secs(2);

/// What one function does with each shape of invocation. What it says nothing about it refuses.
///
/// A function's process has one thread, so nothing here needs to move to another.
#[async_trait(?Send)]
pub trait Program: Sized + Send + Sync + 'static {
    /// What it is called: its function's name after the stack's.
    const NAME: &'static str;

    /// What it shares with every other function.
    fn core(&self) -> &Core;

    /// What answers requests, if anything.
    fn router(&self) -> Option<Router> {
        None
    }

    /// Handles messages of a queue, and answers which of them are to come again.
    async fn on_messages(&self, messages: Vec<Message>, _budget: Budget) -> anyhow::Result<Vec<String>> {
        Err(refused::<Self>(&format!("messages, such as of {}", messages[0].queue_name())))
    }

    /// Handles what was written to the table of events, and answers which records are to come again.
    async fn on_records(&self, _records: Vec<StreamRecord>) -> anyhow::Result<Vec<String>> {
        Err(refused::<Self>("records of a table's stream"))
    }

    /// Does what somebody ordered who may invoke it, and answers them.
    async fn on_order(&self, order: Order) -> anyhow::Result<Value> {
        Err(refused::<Self>(&format!("the order {order:?}")))
    }
}

/// The error of a function that was connected to what it does not take.
pub(crate) fn refused<P: Program>(what: &str) -> anyhow::Error {
    anyhow::anyhow!("{} takes no such thing: {what}. Nothing was done", P::NAME)
}

/// Why an invocation failed, as Lambda is told.
#[derive(Debug)]
pub struct Failure(anyhow::Error);

impl From<Failure> for Diagnostic {
    fn from(Failure(error): Failure) -> Self {
        Self { error_type: "KeelsonError".to_owned(), error_message: format!("{error:#}") }
    }
}

/// What Lambda is told of a batch: which of it is to come again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchAnswer {
    batch_item_failures: Vec<ItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure {
    item_identifier: String,
}

impl BatchAnswer {
    fn of(failed: Vec<String>) -> Self {
        let failures = failed.into_iter().map(|item_identifier| ItemFailure { item_identifier });
        Self { batch_item_failures: failures.collect() }
    }
}

/// One function: a program, and the router that is made of it once.
#[derive(Debug)]
pub struct Function<P> {
    program: P,
    router: Option<Router>,
}

impl<P: Program> Function<P> {
    /// The function of a program.
    pub fn new(program: P) -> Self {
        let router = program.router();
        Self { program, router }
    }

    #[cfg(test)]
    pub(crate) fn program(&self) -> &P {
        &self.program
    }

    #[cfg(test)]
    pub(crate) fn program_mut(&mut self) -> &mut P {
        &mut self.program
    }

    /// Answers one invocation.
    ///
    /// # Errors
    /// When it is nothing that this function takes, or all of it is to come again. Lambda then tries again what can be
    /// tried again, and tells whoever waits for an answer.
    pub async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Failure> {
        let answer = self.answer(event).await;
        answer
            .inspect_err(|error| tracing::error!(error = format!("{error:#}"), "the invocation failed"))
            .map_err(Failure)
    }

    async fn answer(&self, event: LambdaEvent<Box<RawValue>>) -> anyhow::Result<Box<RawValue>> {
        let LambdaEvent { payload, context } = event;
        let answer = match Invocation::read(&payload)? {
            Invocation::Request(request) => {
                let router = self.router.as_ref().ok_or_else(|| refused::<P>("requests"))?;
                return http::answer(router, *request, context).await;
            }
            Invocation::Messages(messages) => {
                let budget = self.budget(&context);
                BatchAnswer::of(self.program.on_messages(messages, budget).await?)
            }
            Invocation::Records(records) => BatchAnswer::of(self.program.on_records(records).await?),
            Invocation::Order(order) => return Ok(to_raw_value(&self.program.on_order(order).await?)?),
        };
        Ok(to_raw_value(&answer)?)
    }

    /// How much time there is. Lambda ends a function without a word, and then everything it was handed comes again.
    fn budget(&self, context: &Context) -> Budget {
        let now = u64::try_from(self.program.core().now().as_millisecond()).unwrap_or_default();
        let left = Duration::from_millis(context.deadline.saturating_sub(now));
        Budget::of(left.saturating_sub(MARGIN))
    }
}
