//! The tables of the Ark gateway, against a DynamoDB in this process. The template's tables and the job relay's are tested
//! by the system tests.

mod bindings;
mod ceremony;
mod faults;
mod holding;
mod opening;
mod reading;
mod world;
