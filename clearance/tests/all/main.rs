//! The authorizer from outside: its cache never shows.

mod activation;
mod cache_key;
mod capsule;
mod carried;
mod changes;
mod company;
mod guest;
mod hostile;
mod hostile_messages;
#[path = "../../../host/tests/all/hostile_page.rs"]
mod hostile_page;
mod keys;
mod life;
mod pins;
mod swap;
mod threads;
mod unusable;
