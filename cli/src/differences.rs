//! What a shadow or a watch answered otherwise, kept as one capsule a file.

use std::{
    fmt::Write as _,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use crate::{
    file, input,
    report::{HEAD, on_one_line, print_warning},
    shell,
};

/// A folder with nothing else in it.
pub(crate) struct Differences<'a>(&'a Path);

impl<'a> Differences<'a> {
    /// Makes the folder if it is not there. Fails while nothing is sent yet: what is answered once cannot be had again.
    pub(crate) fn prepare(folder: &'a Path) -> anyhow::Result<Self> {
        match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
            Ok(false) => Ok(Self(folder)),
            Ok(true) => bail!("{} is not empty: name a folder for nothing but the differences", input::name(folder)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(folder).with_context(|| format!("cannot make {}", input::name(folder)))?;
                Ok(Self(folder))
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", input::name(folder))),
        }
    }

    /// Writes the capsules that a server sent for these trials, and describes them in words. It warns of what cannot be written: whether
    /// a version is live does not depend on it.
    pub(crate) fn keep<'v>(&self, trials: impl IntoIterator<Item = (&'static str, &'v [Value])>) -> anyhow::Result<String> {
        let (mut kept, mut lost) = (Vec::new(), 0_usize);
        for (stage, differences) in trials {
            for (number, difference) in (1..).zip(differences) {
                match self.write(stage, number, difference) {
                    Ok(Some(file)) => kept.push(file),
                    // The data had changed before it could be kept.
                    Ok(None) => lost += 1,
                    Err(error) => {
                        print_warning(&format!("{error:#}"));
                        lost += 1;
                    }
                }
            }
        }
        let mut text = String::new();
        let folder = on_one_line(&input::name(self.0));
        write!(text, "{HEAD}kept{HEAD:#}    {} differences in {folder}", kept.len())?;
        if lost > 0 {
            write!(text, ", {lost} not")?;
        }
        if let Some(first) = kept.first() {
            let file = shell::word(&first.to_string_lossy());
            write!(text, "; for what the other version says: clearance replay {} --policy COMPONENT", on_one_line(&file))?;
        }
        text.push('\n');
        Ok(text)
    }

    fn write(&self, stage: &str, number: usize, difference: &Value) -> anyhow::Result<Option<PathBuf>> {
        let Some(capsule) = difference.get("capsule").and_then(Value::as_str) else { return Ok(None) };
        let path = self.0.join(format!("{stage}-{number:03}.capsule"));
        let bytes = Base64::decode_vec(capsule)
            .map_err(|error| anyhow!("{}: what the server sent is not a capsule: {error}", input::name(&path)))?;
        file::create(&path, &bytes)?;
        Ok(Some(path))
    }
}
