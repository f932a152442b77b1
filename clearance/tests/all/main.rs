//! The authorizer from outside: its cache never shows.

mod cache_key;
mod capsule;
mod changes;
#[expect(dead_code, reason = "it is also for the tests of the rollout")]
mod company;
mod drafts;
mod failures;
#[expect(dead_code, reason = "it is also for the tests of the rollout")]
mod guest;
mod key_questions;
mod keys;
mod life;
mod pins;
mod projects;
mod rehearsal;
mod repair;
mod retry;
mod swap;
mod threads;
mod unusable;
mod words;
