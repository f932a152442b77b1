//! The built command, from outside: what it prints, where, and how it exits.

mod answers;
mod backups;
mod bad_input;
mod build;
mod capsules;
mod code_cache;
mod dangers;
mod database;
mod diff;
mod differences;
mod keys;
mod output;
mod pages;
mod pins;
mod policies;
mod records;
mod repair;
mod rights;
mod run;
mod server;
mod serving;
mod tokens;
mod vectors;
mod wait;
