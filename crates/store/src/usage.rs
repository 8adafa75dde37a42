//! Where the bytes of a store go, table by table.

use redb::{ReadableTableMetadata, TableHandle};

use crate::errors::ReadError;
use crate::open::Store;

/// What one table takes on disk. Adding it up walks the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableUse {
    /// The table's name, as drawn in [`crate::tables`].
    pub name: String,
    /// Keys in it.
    pub rows: u64,
    /// Bytes of keys and values.
    pub stored: u64,
    /// Bytes of pages that hold neither: headers, offsets, branches, room.
    pub beside: u64,
}

impl Store {
    /// What every table takes on disk.
    ///
    /// # Errors
    /// [`ReadError`] when the file can't be read.
    pub fn usage(&self) -> Result<Vec<TableUse>, ReadError> {
        let mut usage = Vec::new();
        for handle in self.view()?.tx.list_tables()? {
            let name = handle.name().to_owned();
            let table = self.view()?.tx.open_untyped_table(handle)?;
            let stats = table.stats()?;
            let beside = stats.metadata_bytes() + stats.fragmented_bytes();
            usage.push(TableUse { name, rows: table.len()?, stored: stats.stored_bytes(), beside });
        }
        Ok(usage)
    }
}
