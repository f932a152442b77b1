//! The boundary types, generated from `wit/types.wit`, which is their reference.
//!
//! A world that imports this one interface and no function makes plain types and nothing else.
#![expect(missing_docs, reason = "the generated modules around the types have no text of their own")]

wit_bindgen::generate!({
    inline: "
        package clearance:types-only;
        world types-only { import clearance:policy/types@0.1.0; }
    ",
    path: "../wit",
    generate_all,
    generate_unused_types: true,
    additional_derives: [PartialEq, Eq, Hash],
});

pub use clearance::policy::types::*;
