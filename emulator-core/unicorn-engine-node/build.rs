//! Builds Unicorn for x86-64 guests from the sources in the crate `unicorn-engine-sys`, with our changes, as a static library.

#[path = "build/edits/mod.rs"]
mod edits;
#[path = "build/library.rs"]
mod library;
#[path = "build/sources.rs"]
mod sources;

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    for path in ["build.rs", "build", "native", "Cargo.lock"] {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-env-changed=UNICORN_SOURCE");

    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let patched = out.join("unicorn");

    sources::prepare(&sources::find(&package), &patched);
    add_native(&package.join("native"), &patched);
    let archives = library::build(&patched, &out.join("unicorn-build"));
    library::link(&archives);
    println!("cargo:rustc-env=TRANSLATOR_BUILD={:016x}", library::digest(&archives));
    napi_build::setup();
}

fn add_native(native: &Path, patched: &Path) {
    const FILES: [(&str, &str); 10] = [
        ("ue.h", "include"),
        ("ue.c", "qemu/target/i386"),
        ("ue_vector.inc.c", "qemu/target/i386"),
        ("ue_pages.inc.c", "qemu/accel/tcg"),
        ("ue_cache.inc.c", "qemu/accel/tcg"),
        ("ue_access.inc.c", "qemu/accel/tcg"),
        ("ue_spaces.inc.c", "qemu/accel/tcg"),
        ("ue_stubs.inc.c", "qemu/tcg"),
        ("ue_liveness.inc.c", "qemu/tcg"),
        ("ue_blocks.inc.c", "qemu/tcg"),
    ];
    for (name, folder) in FILES {
        let text = std::fs::read(native.join(name)).unwrap_or_else(|error| panic!("native/{name}: {error}"));
        sources::write_if_changed(&patched.join(folder).join(name), &text);
    }
}
