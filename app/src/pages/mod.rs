//! Pages. x
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
macro_rules! stub { ($($n:ident)*) => {$(
/// x
#[derive(Debug)]
pub struct $n;
#[lazy_route]
impl LazyRoute for $n {
    fn data() -> Self { Self }
    fn view(this: Self) -> AnyView { let _ = this; view!{<h1>{stringify!($n)}</h1>}.into_any() }
}
)*}}
stub! {ConnectPage KeysPage SetupPage SignInPage StorePage UsersPage}
/// x
#[component]
pub fn Home() -> impl IntoView {
    "home"
}
/// x
#[component]
pub fn Settings() -> impl IntoView {
    "settings"
}
/// x
#[component]
pub fn NotFound() -> impl IntoView {
    "not found"
}
