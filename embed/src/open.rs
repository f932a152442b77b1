//! From the bytes of a policy to the core module inside, which every runtime can run.

use std::collections::BTreeSet;

use clearance_question::{ComponentInfo, Digest, PACKAGE, interface_of_contract, other_than_a_component};
use thiserror::Error;
use wasmparser::{ComponentExternalKind, CompositeInnerType, ExternalKind, FuncType, Parser, Payload, ValType};

use crate::memory;

/// A policy that can be started: its core module, and what is known of it before it is asked anything.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The core module. It imports nothing. Its memory has a maximum, because some runtimes know no other limit.
    pub core: Vec<u8>,
    /// The digest, the contract and the interfaces.
    pub info: ComponentInfo,
}

/// Why bytes are not a policy version. The names are those of the Rust host.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The bytes are something else.
    #[error("this is {found}, not a WebAssembly component")]
    NotAComponent {
        /// What they are, as well as their first bytes tell.
        found: &'static str,
    },
    /// The bytes begin like a component, and are malformed or hold another number of core modules than one.
    #[error("this component cannot be read: {0}")]
    Invalid(String),
    /// The component, or its core module, wants something from its host. A policy gets nothing but facts.
    #[error("a policy imports nothing, this component imports {}", names(.0))]
    Imports(
        /// The names of all imports.
        Vec<String>,
    ),
    /// The component does not export what a policy must.
    #[error("a policy exports interfaces of `{PACKAGE}`, this component lacks {} and exports {}", names(.missing), names(.found))]
    Contract {
        /// The interfaces that it lacks.
        missing: Vec<String>,
        /// The names of all that it exports.
        found: Vec<String>,
    },
    /// The interfaces of the component are of several versions of the contract.
    #[error("a policy exports interfaces of one version of `{PACKAGE}`, this component exports {}", names(.0))]
    Mixed(
        /// The names of all that it exports.
        Vec<String>,
    ),
    /// The component exports something besides the contract.
    #[error("a policy exports nothing but interfaces of `{PACKAGE}`, this component also exports {}", names(.0))]
    Exports(
        /// The names of what it exports besides.
        Vec<String>,
    ),
    /// A function of the core module is missing or has another type.
    #[error("the core module of a policy exports `{function}` as {wanted}, this one has no such export")]
    Signature {
        /// The name of the export.
        function: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
}

impl OpenError {
    /// Its name: the same in every language.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotAComponent { .. } => "not-a-component",
            Self::Invalid(_) => "invalid",
            Self::Imports(_) => "imports",
            Self::Contract { .. } => "contract",
            Self::Mixed(_) => "mixed",
            Self::Exports(_) => "exports",
            Self::Signature { .. } => "signature",
        }
    }
}

/// The interfaces that every version of the contract has.
const INTERFACES: [&str; 4] = ["types", "catalog", "evaluation", "wire"];

/// What the core module offers, and the types: see the interface `wire` of the contract.
const CORE_EXPORTS: [(&str, &[ValType], &[ValType], &str); 4] = [
    ("cabi_realloc", &[ValType::I32; 4], &[ValType::I32], "a function from four i32 to i32"),
    ("clearance:policy/wire@0.1.0#decide", &[ValType::I32; 2], &[ValType::I64], "a function from two i32 to i64"),
    ("clearance:policy/wire@0.1.0#call", &[ValType::I32; 2], &[ValType::I32], "a function from two i32 to i32"),
    ("cabi_post_clearance:policy/wire@0.1.0#call", &[ValType::I32], &[], "a function from i32 to nothing"),
];

/// Takes a component apart, if it is one that a policy can be.
///
/// What the functions answer is not looked at here: [`Session::add_version`](crate::Session::add_version) asks them.
///
/// # Errors
///
/// [`OpenError`] says what the bytes are instead.
pub fn open(component: &[u8]) -> Result<Opened, OpenError> {
    if let Some(found) = other_than_a_component(component) {
        return Err(OpenError::NotAComponent { found });
    }
    let Outside { imports, exports, modules } = Outside::read(component).map_err(invalid)?;
    if !imports.is_empty() {
        return Err(OpenError::Imports(imports));
    }
    let contract = Contract::of(&exports)?;
    let [module] = modules[..] else {
        return Err(OpenError::Invalid(format!("it holds {} core modules, and must hold one", modules.len())));
    };
    check_core(module)?;
    let info = ComponentInfo {
        has_lifecycle: contract.interfaces.contains("lifecycle"),
        has_repair: contract.interfaces.contains("repair"),
        size: component.len(),
        ..ComponentInfo::new(Digest::of(component), &format!("{PACKAGE}@0.1.{}", contract.patch))
    };
    Ok(Opened { core: memory::with_maximum(module).map_err(invalid)?, info })
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
fn invalid(error: wasmparser::BinaryReaderError) -> OpenError {
    OpenError::Invalid(error.to_string())
}

/// What a component shows without being run.
struct Outside<'a> {
    imports: Vec<String>,
    exports: Vec<(String, ComponentExternalKind)>,
    modules: Vec<&'a [u8]>,
}

impl<'a> Outside<'a> {
    fn read(component: &'a [u8]) -> wasmparser::Result<Self> {
        let mut outside = Self { imports: Vec::new(), exports: Vec::new(), modules: Vec::new() };
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        outside.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        let export = export?;
                        outside.exports.push((export.name.name.to_owned(), export.kind));
                    }
                }
                Payload::ModuleSection { unchecked_range, .. } => {
                    let range = usize::try_from(unchecked_range.start).ok().zip(usize::try_from(unchecked_range.end).ok());
                    outside.modules.extend(range.and_then(|(start, end)| component.get(start..end)));
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        outside.imports.push(format!("{} of {}", import.name, import.module));
                    }
                }
                _ => {}
            }
        }
        Ok(outside)
    }
}

/// Which version of the contract, and which of its interfaces.
struct Contract<'a> {
    patch: u64,
    interfaces: BTreeSet<&'a str>,
}

impl<'a> Contract<'a> {
    fn of(exports: &'a [(String, ComponentExternalKind)]) -> Result<Self, OpenError> {
        let found = || exports.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let (mut interfaces, mut patches, mut others) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (name, kind) in exports {
            match interface_of_contract(name).filter(|_| *kind == ComponentExternalKind::Instance) {
                Some((interface, patch)) => {
                    interfaces.insert(interface);
                    patches.insert(patch);
                }
                None => others.push(name.clone()),
            }
        }
        let missing: Vec<_> = INTERFACES.into_iter().filter(|wanted| !interfaces.contains(wanted)).map(String::from).collect();
        let Some(patch) = patches.first().filter(|_| missing.is_empty()).copied() else {
            return Err(OpenError::Contract { missing, found: found() });
        };
        if patches.len() > 1 {
            return Err(OpenError::Mixed(found()));
        }
        if !others.is_empty() {
            return Err(OpenError::Exports(others));
        }
        Ok(Self { patch, interfaces })
    }
}

/// Checks that glue can call the core module without looking at its types again: some runtimes convert silently what does not fit.
fn check_core(module: &[u8]) -> Result<(), OpenError> {
    let mut types: Vec<Option<FuncType>> = Vec::new();
    let mut functions = Vec::new();
    let mut found: Vec<(&str, Option<FuncType>)> = Vec::new();
    let mut has_memory = false;
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(invalid)? {
            Payload::TypeSection(section) => {
                for group in section {
                    types.extend(group.map_err(invalid)?.into_types().map(|ty| match ty.composite_type.inner {
                        CompositeInnerType::Func(ty) => Some(ty),
                        _ => None,
                    }));
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    functions.push(index.map_err(invalid)?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(invalid)?;
                    match export.kind {
                        ExternalKind::Memory => has_memory |= export.name == "memory",
                        // There are no imports, so a function's index is its place in the section.
                        ExternalKind::Func => {
                            let ty = at(&functions, export.index).and_then(|ty| at(&types, *ty)).cloned().flatten();
                            found.push((export.name, ty));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    if !has_memory {
        return Err(OpenError::Signature { function: "memory", wanted: "a memory" });
    }
    for (function, params, results, wanted) in CORE_EXPORTS {
        let is_there = found.iter().any(|(name, ty)| {
            *name == function && ty.as_ref().is_some_and(|ty| ty.params() == params && ty.results() == results)
        });
        if !is_there {
            return Err(OpenError::Signature { function, wanted });
        }
    }
    Ok(())
}

fn at<T>(list: &[T], index: u32) -> Option<&T> {
    list.get(usize::try_from(index).ok()?)
}

fn names(names: &[String]) -> String {
    match names {
        [] => "nothing".into(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}
