//! The whole template on one machine, in one process
