//! The authorizer from outside: its cache never shows.

mod activation;
mod cache_key;
mod capsule;
mod carried;
mod changes;
mod company;
mod guest;
mod hostile;
mod keys;
mod life;
mod swap;
mod threads;
