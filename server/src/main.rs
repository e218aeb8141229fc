//! The program. Everything it does is in the library, where tests reach it.

use clap::Parser as _;
use server::command::{Arguments, run};
use std::process::ExitCode;

/// A sixth of the time of reading and writing many rows went to the allocator of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("storetrail: {error:#}");
            ExitCode::FAILURE
        }
    }
}
