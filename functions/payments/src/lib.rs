//! Functions of the area payments
