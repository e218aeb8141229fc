//! The calls about the security log and the requests log: one file each.

pub mod count_requests;
pub mod count_security;
pub mod get_request;
pub mod get_security_event;
pub mod list_requests;
pub mod list_security;
pub(super) mod reading;
