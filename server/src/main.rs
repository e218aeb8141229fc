//! The program. Everything it does is in the library, where tests reach it.

use clap::Parser as _;
use server::command::{Arguments, run, told};
use std::process::ExitCode;

/// A sixth of the time of reading and writing many rows went to the allocator of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    keep_private();
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("storetrail: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// What this process writes, databases with what SQLite keeps beside them, attachments and exports too, is nobody's but
/// its own user's to read.
fn keep_private() {
    #[cfg(unix)]
    {
        use nix::sys::stat::{Mode, umask};
        umask(Mode::S_IRWXG | Mode::S_IRWXO);
    }
}
