mod engines;
mod searching;
