//! The server, over real HTTP on a free port.

mod authorize;
mod client;
mod requests;
mod running;
