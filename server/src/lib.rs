//! The server: settings, the command line, the router and its layers, sessions, the REST API, live updates.
//!
//! What belongs here: everything about HTTP and the process. What doesn't: queries and the rules of who may see
//! what (`storage`, `domain`), pages (`app`). To add an endpoint of the API: a file in `v1/`; to add a setting:
//! see [`config`]; to add a command: a file in `command/`.

mod accept;
mod accounts;
mod alarms;
pub mod api_docs;
pub mod authority;
pub mod client_address;
pub mod command;
pub mod config;
mod connections;
pub mod deliver;
mod download;
pub mod email;
pub mod erase;
pub mod export;
mod files;
pub mod geoip;
mod health;
mod hooks;
pub mod ledger;
mod limits;
mod linger;
mod links;
pub mod live;
mod local_path;
mod mail_frame;
pub mod metrics;
mod notices;
mod observe;
mod older;
pub mod openid;
pub mod opens;
pub mod outgoing;
mod owner;
mod pages;
mod passkeys;
pub mod password;
pub mod problem;
mod processing;
pub mod render;
pub mod requests;
mod revert;
pub mod router;
pub mod sample;
pub mod sample_store;
pub mod scrub;
pub mod second_factor;
mod secret_key;
mod security_headers;
mod server;
pub mod session;
mod shops;
pub mod shutdown;
mod sign_in;
mod site;
pub mod state;
mod supervise;
mod tracked;
pub mod twilio;
mod under_way;
pub mod v1;
mod vault;

pub use server::Server;
