#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    nanoark_fuzz::run("arkd_info", data);
});
