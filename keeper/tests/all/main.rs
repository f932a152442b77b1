//! The keeper, in this process.

mod company;
mod creating;
