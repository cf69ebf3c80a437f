//! Functions of the area jobs
