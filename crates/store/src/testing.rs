//! A disk that tears writes, fills up and loses power.
