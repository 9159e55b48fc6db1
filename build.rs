//! Tells the linker to keep what nothing in the library refers to: cargo-pgrx finds there what SQL
//! it has to write.

fn main() {
    println!("cargo::rustc-link-arg-cdylib=-Wl,--no-gc-sections");
    println!("cargo::rerun-if-changed=build.rs");
}
