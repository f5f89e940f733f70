//! Takes webhooks in, and tells git hosts what became of what was pushed.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(lambda::Webhooks::start).await
}
