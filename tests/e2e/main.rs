//! The whole product, told as user stories: the real binary, real processes, real HTTP.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod crash_story;
mod drift_story;
mod github;
mod pipeline_story;
mod product;
mod promotion_story;
mod sample;
mod secrets_story;
mod sign_in_story;
mod team;
