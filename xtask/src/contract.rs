//! The contract: the WIT package in `wit/`.

use anyhow::{Context, Result, anyhow, bail};
use wit_component::{OutputToString, WitPrinter};
use wit_parser::{Interface, Package, ParseError, Resolve, SourceMap, Type, World};

use crate::tree::Tree;

/// The folder of the contract.
pub(crate) const FOLDER: &str = "wit";

/// A parsed WIT package.
pub(crate) struct Contract {
    /// All that was parsed.
    pub(crate) resolve: Resolve,
    package: wit_parser::PackageId,
}

impl Contract {
    /// Parses the WIT files of the project.
    ///
    /// # Errors
    ///
    /// There are none, or they are no valid WIT.
    pub(crate) fn read(tree: &Tree) -> Result<Self> {
        let mut sources = SourceMap::new();
        for (path, text) in tree.under(FOLDER) {
            sources.push_str(path, text);
        }
        let mut resolve = Resolve::new();
        let placed =
            |(sources, error): (SourceMap, ParseError)| anyhow!("{}: {error}", sources.render_location(error.kind().span()));
        let group = sources.parse().map_err(placed)?;
        let package = resolve.push_group(group).context("the contract does not resolve")?;
        Ok(Self { resolve, package })
    }

    fn package(&self) -> &Package {
        &self.resolve.packages[self.package]
    }

    /// The name and version of the package, such as `clearance:policy@0.1.0`.
    pub(crate) fn name(&self) -> String {
        self.package().name.to_string()
    }

    /// The one world.
    ///
    /// # Errors
    ///
    /// There is none, or more than one.
    pub(crate) fn world(&self) -> Result<&World> {
        let mut worlds = self.package().worlds.values();
        match (worlds.next(), worlds.next()) {
            (Some(&world), None) => Ok(&self.resolve.worlds[world]),
            _ => bail!("`{}` must have exactly one world", self.name()),
        }
    }

    /// The interfaces, by name.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = (&str, &Interface)> {
        self.package().interfaces.iter().map(|(name, &interface)| (name.as_str(), &self.resolve.interfaces[interface]))
    }

    /// The full names of what the world exports, such as `clearance:policy/types@0.1.0`, sorted.
    ///
    /// # Errors
    ///
    /// As [`Contract::world`].
    pub(crate) fn exports(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.world()?.exports.keys().map(|key| self.resolve.name_world_key(key)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// A type as WIT writes it.
    ///
    /// # Errors
    ///
    /// WIT cannot write it.
    pub(crate) fn type_name(&self, of: &Type) -> Result<String> {
        let mut printer = WitPrinter::new(OutputToString::default());
        printer.print_type_name(&self.resolve, of)?;
        Ok(printer.output.to_string())
    }
}
