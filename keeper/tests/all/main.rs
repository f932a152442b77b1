//! The keeper, in this process.

mod acting;
mod company;
mod compiling;
mod creating;
mod log;
mod pins;
mod record;
mod unsealed;
mod unstored;
