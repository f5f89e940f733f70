//! Chains what happened, hands it to the bus, and keeps the dead letters.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(lambda::Relay::start).await
}
