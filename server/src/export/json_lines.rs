//! JSON Lines: one entry a line with all there is to it, in the API's words.

use super::sheet::WriteError;
use serde::Serialize;
use std::io::{BufWriter, Write};

/// Writes a JSON Lines file.
pub struct JsonLines<W: Write> {
    out: BufWriter<W>,
}

impl<W: Write> JsonLines<W> {
    /// Begins a file.
    pub fn new(out: W) -> Self {
        Self {
            out: BufWriter::with_capacity(64 * 1024, out),
        }
    }

    /// Writes an entry as one line.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn line(&mut self, entry: &impl Serialize) -> Result<(), WriteError> {
        serde_json::to_writer(&mut self.out, entry)
            .map_err(|error| WriteError::Io(error.into()))?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(self) -> Result<W, WriteError> {
        self.out
            .into_inner()
            .map_err(|error| WriteError::Io(error.into_error()))
    }
}
