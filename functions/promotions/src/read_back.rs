//! Compare what runs in an environment with what was promoted there.

use domain::access::Actor;
use domain::drift::{self, Truth};
use domain::lane::Command;
use domain::{EnvironmentName, ServiceName};
use edge::RequestContext;

use crate::{App, Error, track};

/// Takes note of what the target has read back. Looks at the present only, so it may be called at any time.
pub(crate) async fn read_back(
    app: &App,
    request: &RequestContext,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<(), Error> {
    track::change_with(app, (service, environment), (request, &Actor::Keelson), |track| async move {
        // A target that does not answer tells nothing: whatever was known stays.
        let target = app.deployer.observe(service, environment).await.ok().flatten();
        let truth = target.map_or(Truth::NotKnown, |target| drift::compare(&track, &target, app.core.now()));
        Ok(truth.is_news(track.lane.drift.as_ref()).then_some(Command::ReadBack(truth)))
    })
    .await?;
    Ok(())
}
