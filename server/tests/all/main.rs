//! The server, over real HTTP on a free port.

mod authorize;
mod changes;
mod check;
mod client;
mod errors;
mod faults;
mod hammer;
mod health;
mod langwatch;
mod limits;
mod me;
mod nginx;
mod requests;
mod revoke;
mod running;
mod secrets;
mod unauthorized;
