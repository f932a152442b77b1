//! Secrets that the environment gives. They are not arguments, because every user of the machine sees those.

use std::{env, fs};

use anyhow::{Context, anyhow, bail};

/// The secret in a variable, or in the file that the variable with `_FILE` at its end names. `None` means that neither is set.
///
/// White space around it does not count. No error repeats it.
pub(crate) fn from_environment(variable: &str) -> anyhow::Result<Option<String>> {
    let file_variable = format!("{variable}_FILE");
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let text = match (set(variable), set(&file_variable)) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => bail!("both `{variable}` and `{file_variable}` are set, set one of them"),
        (Some(text), None) => text.into_string().map_err(|_| anyhow!("`{variable}` is not valid UTF-8"))?,
        (None, Some(file)) => {
            // The text of some errors is what stands in the file.
            let bytes = fs::read(&file).with_context(|| format!("{file_variable}: cannot read `{}`", file.to_string_lossy()))?;
            String::from_utf8(bytes).map_err(|_| anyhow!("{file_variable}: `{}` is not valid UTF-8", file.to_string_lossy()))?
        }
    };
    Ok(Some(text.trim().to_owned()))
}
