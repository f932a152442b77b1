//! The server, over real HTTP on a free port.

mod authorize;
mod bodies;
mod changes;
mod check;
mod client;
mod creating;
mod errors;
mod faults;
mod hammer;
mod health;
mod keeper;
mod keys;
mod langwatch;
mod limits;
mod logs;
mod management;
mod me;
mod nginx;
mod openapi;
mod requests;
mod rest;
mod revoke;
mod running;
mod secrets;
mod session;
mod unauthorized;
