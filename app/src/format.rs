//! Times, numbers, relative times.
