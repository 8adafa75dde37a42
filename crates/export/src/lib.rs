//! How the community leaves: bags, sheets, pages, packs, each checkable without our program.
