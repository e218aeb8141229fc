//! Pages, components and server functions.

#[cfg(feature = "ssr")]
pub mod context;
