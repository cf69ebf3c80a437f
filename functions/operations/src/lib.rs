//! Functions of the area operations
