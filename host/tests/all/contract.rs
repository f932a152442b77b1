//! What a component must look like from outside.

use clearance_host::{Digest, LoadError};

use crate::{
    facts::member,
    guest::{LACKS, guest, load, patient},
};

/// Loads an honest guest after a change to what it exports.
fn changed(from: &str, to: &str) -> Result<clearance_host::PolicyVersion, LoadError> {
    let bytes = guest("honest").bytes_with(|shell| {
        assert!(shell.contains(from), "there is nothing to change");
        shell.replace(from, to)
    });
    load(patient(), &bytes)
}

#[test]
fn bytes_that_are_no_component_are_named() {
    let cases: [(&[u8], _); 8] = [
        (b"", "an empty file"),
        (b"\0as", "no WebAssembly at all"),
        (b"\0asm\x01\0\0\0", "a core module"),
        (b"\0asm\x0d\0\x07\0", "a WebAssembly binary of an unknown kind"),
        (b"\0asm", "a WebAssembly binary of an unknown kind"),
        (b"\x7fELF\x02\x01\x01", "native or precompiled code"),
        (b"\n(component)", "WebAssembly text"),
        (b"#!/bin/sh", "no WebAssembly at all"),
    ];
    for (bytes, found) in cases {
        assert_eq!(load(patient(), bytes).unwrap_err(), LoadError::NotAComponent { found });
    }
    for bytes in [b"\0asm\x0d\0\x01\0nonsense".as_slice(), b"\0asm\x0e\0\x01\0"] {
        assert!(matches!(load(patient(), bytes), Err(LoadError::Invalid(_))), "{bytes:?}");
    }
}

#[test]
fn a_component_that_is_cut_short_is_invalid() {
    let bytes = guest("honest").bytes();
    for len in [8, 9, bytes.len() / 2, bytes.len() - 1] {
        let error = load(patient(), &bytes[..len]).unwrap_err();
        assert!(matches!(error, LoadError::Invalid(_) | LoadError::Contract { .. }), "{error}");
    }
}

#[test]
fn another_contract_is_refused() {
    for (from, to, example) in [
        ("@0.1.0", "@0.2.0", "clearance:policy/wire@0.2.0"),
        ("@0.1.0", "@1.0.0", "clearance:policy/wire@1.0.0"),
        ("@0.1.0", "", "clearance:policy/wire"),
        ("clearance:", "other:", "other:policy/wire@0.1.0"),
    ] {
        let error = changed(from, to).unwrap_err();
        let LoadError::Contract { missing, found } = &error else { panic!("{error}") };
        assert_eq!(missing, &["types", "catalog", "evaluation", "wire"]);
        assert_eq!(found.len(), 4);
        assert!(found.contains(&example.to_owned()), "{error}");
        assert!(error.to_string().contains(example), "{error}");
    }
}

#[test]
fn an_interface_that_is_missing_is_named() {
    for interface in ["types", "catalog", "evaluation", "wire"] {
        let from = format!("(export \"clearance:policy/{interface}@0.1.0\"");
        let error = changed(&from, &format!("(export \"clearance:policy/other-{interface}@0.1.0\"")).unwrap_err();
        let LoadError::Contract { missing, .. } = &error else { panic!("{error}") };
        assert_eq!(missing, &[interface]);
    }
}

#[test]
fn interfaces_of_two_versions_are_refused() {
    let error = changed("types@0.1.0", "types@0.1.1").unwrap_err();
    assert!(matches!(&error, LoadError::Mixed(found) if found.len() == 4), "{error}");
}

#[test]
fn a_newer_contract_with_more_interfaces_loads() {
    let bytes = guest("honest").bytes_with(|shell| {
        shell.replace("<exports>", r#"(export "clearance:policy/later@0.1.0" (instance $wire))"#).replace("@0.1.0", "@0.1.7")
    });
    let policy = load(patient(), &bytes).unwrap();
    assert_eq!(policy.contract(), "clearance:policy@0.1.7");
    assert_eq!(policy.digest(), Digest::of(&bytes));
    assert_eq!(policy.size(), bytes.len());
    assert_eq!(policy.decide(&member(), 0), Ok(LACKS));
}

#[test]
fn an_export_besides_the_contract_is_named() {
    for (export, name) in [
        (r#"(export "run" (func $decide))"#, "run"),
        (r#"(export "acme:door/lock@1.0.0" (instance $wire))"#, "acme:door/lock@1.0.0"),
        (r#"(export "clearance:policy/wire@0.2.0" (instance $wire))"#, "clearance:policy/wire@0.2.0"),
        (r#"(type $t u8) (export "t" (type $t))"#, "t"),
    ] {
        let error = changed("<exports>", export).unwrap_err();
        assert_eq!(error, LoadError::Exports(vec![name.into()]));
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_function_of_another_type_is_named() {
    for (from, to, function) in [
        ("(result u64)\n", "(result s64)\n", "wire.decide"),
        ("(func $decide (param \"question\" (list u8))", "(func $decide (param \"question\" (list s8))", "wire.decide"),
        ("(func $decide (param \"question\" (list u8))", "(func $decide (param \"question\" string)", "wire.decide"),
        (r#"(export "decide" (func $decide))"#, r#"(export "judge" (func $decide))"#, "wire.decide"),
        ("(result (list u8))", "(result string)", "wire.call"),
        ("(result (list u8))", "(result (list bool))", "wire.call"),
        (r#"(export "call" (func $call))"#, "", "wire.call"),
        (r#"(export "call" (func $call))"#, r#"(export "call" (instance $empty))"#, "wire.call"),
    ] {
        let error = changed(from, to).unwrap_err();
        assert!(matches!(&error, LoadError::Signature { function: found, .. } if *found == function), "{to}: {error}");
    }
}
