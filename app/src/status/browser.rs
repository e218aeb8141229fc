//! In the browser no answer is being made; the server's are read.

use domain::Code;
use leptos::prelude::*;

thread_local! {
    /// Whether an answer said that nobody is signed in any more. It stays so until the session is found to work again or the
    /// page is loaded again.
    static IS_SIGNED_OUT: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// Does nothing.
pub fn set(_status: u16) {}

/// Notes why the server refused something.
pub fn refused(code: Code) {
    if code == Code::Unauthenticated && !is_signed_out_untracked() {
        IS_SIGNED_OUT.with(|is_signed_out| is_signed_out.set(true));
    }
}

/// Notes that the session works again: somebody signed in elsewhere.
pub fn signed_in_again() {
    if is_signed_out_untracked() {
        IS_SIGNED_OUT.with(|is_signed_out| is_signed_out.set(false));
    }
}

/// Whether the server said that nobody is signed in any more. Followed.
pub fn is_signed_out() -> bool {
    IS_SIGNED_OUT.with(|is_signed_out| is_signed_out.get())
}

/// The same, not followed.
pub fn is_signed_out_untracked() -> bool {
    IS_SIGNED_OUT.with(|is_signed_out| is_signed_out.get_untracked())
}
