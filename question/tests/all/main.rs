//! What a guest may do, and what is made of it.

mod guest;
