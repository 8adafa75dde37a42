//! The linli command.

fn main() {}
