//! A function's process, from its start to its end.

use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use edge::settings::LogSettings;
use edge::telemetry::{self, LogFilter, LogFormat};
use lambda_http::lambda_runtime::{self, LambdaInvocation, Runtime, service_fn};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;
use tower::{Layer, Service};
use tracing::Instrument as _;

use crate::config::Start;
use crate::function::{Function, Program};

/// How long an invocation that is under way may go on once the process was told to end. Lambda kills it after half a
/// second.
const ENDING: Duration = Duration::from_millis(400);

/// Runs a program, made of what the process was configured with, until the process is told to end.
///
/// # Panics
/// If the process was not started by Lambda: what it tells a function of itself is missing.
pub async fn run<P: Program>(make: fn(&mut Start) -> anyhow::Result<P>) -> ExitCode {
    let start = match Start::read().await {
        Ok(start) => start,
        Err(error) => {
            telemetry::init(&LogSettings { filter: LogFilter::default(), format: LogFormat::Json });
            return failed::<P>(&error);
        }
    };
    telemetry::init(&start.core.settings.log);
    match serve(make, start).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed::<P>(&error),
    }
}

fn failed<P: Program>(error: &anyhow::Error) -> ExitCode {
    tracing::error!(error = format!("{error:#}"), "{} cannot run", P::NAME);
    ExitCode::FAILURE
}

async fn serve<P: Program>(
    make: fn(&mut Start) -> anyhow::Result<P>,
    mut start: Start,
) -> anyhow::Result<()> {
    let program = make(&mut start);
    start.finish()?;
    let function = Arc::new(Function::new(program?));
    let under_way = UnderWay::default();
    let runtime = Runtime::new(service_fn(move |event| {
        let function = function.clone();
        async move { function.handle(event).await }
    }));
    tokio::select! {
        ended = runtime.layer(under_way.clone()).run() => ended.map_err(anyhow::Error::from_boxed),
        ended = terminated(&under_way) => ended,
    }
}

/// Waits until the process is told to end and what is under way is answered.
///
/// Nothing is lost if it is not: whatever a function has answered is written, and whatever it has not comes again.
/// Lambda tells a function's process so only if an extension is registered beside it; none is here, because one would
/// cost every cold start a round trip, for nothing that needs it.
async fn terminated(under_way: &UnderWay) -> anyhow::Result<()> {
    signal(SignalKind::terminate())?.recv().await;
    tracing::info!("stopping");
    if tokio::time::timeout(ENDING, under_way.0.lock()).await.is_err() {
        tracing::warn!("what was under way did not end in time; whoever asked for it asks again");
    }
    Ok(())
}

/// Held while an invocation is under way, until Lambda has its answer; and gives every line that is logged meanwhile
/// Lambda's own name for it.
#[derive(Debug, Clone, Default)]
struct UnderWay(Arc<Mutex<()>>);

impl<S> Layer<S> for UnderWay {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched { inner, under_way: self.clone() }
    }
}

/// See [`UnderWay`].
#[derive(Debug)]
struct Watched<S> {
    inner: S,
    under_way: UnderWay,
}

impl<S> Service<LambdaInvocation> for Watched<S>
where
    S: Service<LambdaInvocation, Response = (), Error = lambda_runtime::Error>,
    S::Future: 'static,
{
    type Response = ();
    type Error = lambda_runtime::Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Self::Error>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let span = tracing::info_span!("invocation", aws_request_id = invocation.context.request_id);
        let held = self.under_way.0.clone().try_lock_owned();
        let answering = span.in_scope(|| self.inner.call(invocation));
        Box::pin(
            async move {
                let answered = answering.await;
                drop(held);
                answered
            }
            .instrument(span),
        )
    }
}
