//! The fixture estate lives in `guihuali/`.
