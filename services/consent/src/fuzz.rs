//! Fuzz targets: random input, for a second each in `cargo test`, and for as long as one likes with
//! `cargo xtask fuzz`.

mod decisions;
mod formats;
mod signatures;

/// Text from random bytes.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// One of `all`, by a random number.
fn pick<T: Clone>(all: &[T], number: u8) -> T {
    all[usize::from(number) % all.len()].clone()
}
