//! The linli-gateway program.

fn main() {}
