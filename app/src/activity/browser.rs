//! What only a browser can do. On the server each of these does nothing: it renders, nobody acts.

#[cfg(not(feature = "ssr"))]
#[path = "browser/here.rs"]
mod place;
#[cfg(feature = "ssr")]
#[path = "browser/elsewhere.rs"]
mod place;

pub use place::*;
