//! Promotes artifacts, and looks after what runs.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(lambda::Promotions::start).await
}
