//! The linli-archive program.

fn main() {}
