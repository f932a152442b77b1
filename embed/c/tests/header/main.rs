//! The header says what the library has.

use std::path::Path;

#[test]
fn the_header_is_that_of_the_functions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let sources = ["lib.rs", "output.rs", "text.rs"].map(|name| folder.join("src").join(name));
    let builder = sources.iter().fold(cbindgen::Builder::new(), |builder, source| builder.with_src(source));
    let mut header = Vec::new();
    builder.with_config(config).generate().unwrap().write(&mut header);
    clearance_committed::check("embed/c/clearance.h", &String::from_utf8(header).unwrap());
}
