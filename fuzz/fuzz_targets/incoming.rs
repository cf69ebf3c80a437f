#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    nanoark_fuzz::run("incoming", data);
});
