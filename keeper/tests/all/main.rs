//! The keeper, in this process.

mod company;
mod creating;
mod pins;
mod unstored;
