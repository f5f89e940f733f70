//! The whole product, told as user stories: the real binary, real processes, real HTTP.

mod github;
mod product;
mod promotion_story;
mod sample;
