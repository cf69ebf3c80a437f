//! What the crate is made of does without `std`.

use std::process::Command;

#[test]
fn no_dependency_is_built_with_std() {
    // The packages that a wallet builds with this crate, and their features. Without `dev` among the edges, cargo leaves
    // out what the tests ask for.
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--package",
            "nanoark-ark-verifier",
            "--edges",
            "normal",
        ])
        .args([
            "--target",
            "all",
            "--prefix",
            "none",
            "--no-dedupe",
            "--format",
            "{p} features: {f}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let packages = String::from_utf8(output.stdout).unwrap();
    for name in [
        "bitcoin",
        "secp256k1",
        "serde",
        "serde_json",
        "bech32",
        "base64",
        "thiserror",
    ] {
        let listed = packages.lines().any(|line| line.starts_with(&format!("{name} v")));
        assert!(listed, "{name} is not listed:\n{packages}");
    }
    for line in packages.lines() {
        let (package, features) = line.split_once(" features: ").unwrap_or((line, ""));
        let has_std = features.split(',').any(|feature| feature.trim() == "std");
        assert!(!has_std, "{package} is built with std");
    }
}
