//! Misuse that must not compile, with the messages that the compiler gives.
//!
//! Each case in `tests/ui` is a program and the exact text of its errors. After a change of the
//! compiler or of the API, `TRYBUILD=overwrite cargo test --test ui` writes them anew.

#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
