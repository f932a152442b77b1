//! The layout of `wit/wire.wit`: questions and answers as bytes.
//!
//! Both ends use this one codec: a host writes questions with the `put_*` functions and reads answers with [`answer`] and
//! [`decision_from_word`]; a component reads questions and writes answers. The layout is described in the WIT file; the code
//! below follows its order.

mod answer;
mod facts;
mod lifecycle;
mod question;
mod repair;
mod words;

pub use answer::{AnswerError, answer, decision_from_word, decision_to_word};
pub use question::{
    put_ask, put_compile, put_decide, put_decide_many, put_describe, put_effective, put_effective_many, put_explain,
    put_permissions_to_selections, put_repair, put_selections_to_permissions,
};
pub use words::{Reader, Words};
#[cfg(feature = "rules")]
pub(crate) use {
    answer::{BAD_FACTS, put_answer},
    question::{Often, Seldom, take_decide, take_often, take_seldom},
};
