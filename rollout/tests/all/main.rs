//! How versions follow each other: what is stored, what is signed, what a version must show, and what stops one that wants no good.

mod activation;
mod carried;
#[path = "../../../clearance/tests/all/company.rs"]
mod company;
#[path = "../../../clearance/tests/all/guest.rs"]
#[expect(dead_code, reason = "it is also for the tests of the authorizer")]
mod guest;
mod hostile;
mod hostile_messages;
#[path = "../../../host/tests/all/hostile_page.rs"]
mod hostile_page;
mod odd_files;
mod shadow;
mod trust;
mod untrusted;
mod version_store;
