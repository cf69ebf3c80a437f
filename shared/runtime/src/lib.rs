//! What every function starts with: configuration, clients, clock, logging, the Lambda loop
