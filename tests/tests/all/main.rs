//! Every implementation of the rules against the same cases.

mod agreement;
mod capsule;
mod categories;
mod check;
mod codec;
mod diff;
mod explanation;
mod fuzz;
mod golden;
mod handing_on;
mod keys;
mod malformed;
mod management;
mod monotony;
mod off_chain;
mod own_cases;
mod own_catalog;
mod private_use;
mod questions;
mod random;
mod readme;
mod repair;
mod sets;
mod strict;
mod typed;
mod vectors;
