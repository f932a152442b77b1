//! What a user of the directory sees: loading, facts, epochs and findings.

mod batch;
mod epoch;
mod facts;
mod lifecycle;
mod lint;
mod loading;
mod mutation;
mod survey;
mod vectors;
