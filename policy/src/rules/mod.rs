//! The rules: what a principal may do at a place.
//!
//! Each function is pure and total. They all rest on one walk, `answer` in `decision.rs`, so that they cannot disagree.

mod call;
mod chain;
mod decision;
mod effective;
mod explanation;
pub mod lifecycle;
mod malformed;
pub mod repair;
mod role;
mod several;
mod without_binding;

pub use call::{call, decide_words};
pub use decision::decide;
pub use effective::{effective, effective_many};
pub use explanation::explain;
pub use several::decide_many;
