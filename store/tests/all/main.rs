//! What a user of the store sees: tokens, databases, writes, faults and the audit.

mod attacks;
mod audit;
mod backup;
mod batches;
mod changes;
mod commit;
mod credentials;
mod database;
mod defaults;
mod faults;
mod files;
mod heads;
mod operators;
mod pairs;
mod peppers;
mod random;
mod round_trip;
mod seals;
mod secrecy;
mod tokens;
