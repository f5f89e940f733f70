//! What a service wrote.

use api::service::{LogLineView, Logs};
use domain::service::Service;
use edge::ApiError;
use ports::{LogLine, LogQuery};

use crate::http::services::LogsQuery;
use crate::{App, Error, facts};

/// Lines answered at most, and unless fewer are asked for.
const MOST: usize = 1_000;

/// A piece of the log of one environment: the newest lines, or those after a cursor.
pub(crate) async fn logs(app: &App, service: &Service, asked: LogsQuery) -> Result<Logs, ApiError> {
    let environment = facts::environment(service, &asked.environment)?.name.clone();
    let query = LogQuery {
        service: service.name().clone(),
        environment,
        artifact: asked.artifact,
        contains: asked.contains.filter(|text| !text.is_empty()),
        after: asked.after,
        limit: asked.limit.unwrap_or(MOST).clamp(1, MOST),
    };
    let lines = app.deployer.logs(&query).await.map_err(Error::from)?;
    let next = lines.last().map(|line| line.number).or(asked.after);
    Ok(Logs { lines: lines.into_iter().map(view).collect(), next })
}

fn view(line: LogLine) -> LogLineView {
    let LogLine { number, at, artifact, stream, text, level, message } = line;
    LogLineView {
        number,
        at,
        artifact,
        stream,
        level,
        message: message.unwrap_or_else(|| text.clone()),
        text,
    }
}
