//! Functions of the area offers
