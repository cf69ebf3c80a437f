//! Whole-system tests: the real template, the real functions, strict doubles.
