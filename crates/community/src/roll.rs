//! A roll brought in from a spreadsheet.
