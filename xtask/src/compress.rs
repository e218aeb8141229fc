//! Compressing site files once, at build time, as small as they get.

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use std::{fs, path::Path, thread};

/// Writes a `.br` beside every file under `folder` that shrinks; woff2 is compressed already.
///
/// # Errors
/// A file can't be read or written.
pub fn folder(folder: &Path) -> Result<()> {
    let files = files(folder)?;
    let queue = std::sync::Mutex::new(files.iter());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let work = || -> Result<()> {
            loop {
                let next = queue
                    .lock()
                    .expect("no worker panics with the queue")
                    .next();
                let Some(path) = next else { return Ok(()) };
                file(path).with_context(|| format!("can't compress {}", path.display()))?;
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a compression worker doesn't panic"))
    })
}

/// All files below a folder, sorted by path.
///
/// # Errors
/// A folder can't be listed.
pub fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("can't list {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    Ok(found)
}

fn file(path: &Path) -> Result<()> {
    if path
        .extension()
        .is_some_and(|extension| extension == "woff2" || extension == "png")
    {
        return Ok(());
    }
    let plain = fs::read(path)?;
    let mut small = Vec::new();
    let params = BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    brotli::BrotliCompress(&mut plain.as_slice(), &mut small, &params)?;
    if small.len() < plain.len() {
        let mut name = path.as_os_str().to_owned();
        name.push(".br");
        fs::write(name, small)?;
    }
    Ok(())
}
