//! The verbs, one file each.

pub(crate) mod activate;
mod activate_on_server;
pub(crate) mod audit;
mod audit_since;
pub(crate) mod backup;
pub(crate) mod build;
pub(crate) mod catalog;
pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod effective;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod key;
pub(crate) mod lint;
pub(crate) mod operator;
pub(crate) mod pin;
pub(crate) mod project_key;
pub(crate) mod repair;
pub(crate) mod replay;
pub(crate) mod scan;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod token;
pub(crate) mod versions;
