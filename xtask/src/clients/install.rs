//! What the scripts need besides the command: Python packages, npm packages, nginx. All of it goes to one folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    slice::from_ref,
};

use anyhow::{Context, Result, ensure};

/// An environment with the packages of a requirements file, and where its commands are.
pub(super) fn python(folder: &Path, scripts: &Path, name: &str) -> Result<PathBuf> {
    let wanted = scripts.join(format!("{name}.txt"));
    let environment = folder.join(name);
    let commands = environment.join("bin");
    installed(&environment, from_ref(&wanted), || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut pip = Command::new(commands.join("pip"));
        run(pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&wanted))
    })?;
    Ok(commands)
}

/// A folder with the npm packages and the script that uses them.
pub(super) fn node(folder: &Path, scripts: &Path) -> Result<PathBuf> {
    let environment = folder.join("node");
    let [package, lock, settings, script] =
        ["package.json", "package-lock.json", ".npmrc", "send_trace.mjs"].map(|name| scripts.join("node").join(name));
    installed(&environment, &[package.clone(), lock.clone(), settings.clone()], || {
        fs::create_dir_all(&environment)?;
        for file in [&package, &lock, &settings] {
            copy(file, &environment)?;
        }
        // Not `npm ci`: that refuses a lock file wherever the registry lacks some of the optional packages for other platforms.
        let mut npm = Command::new("npm");
        run(npm.current_dir(&environment).args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]))
    })?;
    copy(&script, &environment)?;
    Ok(environment)
}

/// nginx: the one of the machine, or else Debian's, unpacked and not installed, so that nothing of the machine changes.
pub(super) fn nginx(folder: &Path) -> Result<PathBuf> {
    let unpacked = folder.join("nginx");
    let own = unpacked.join("usr/sbin/nginx");
    // Debian has it where only the administrator looks for commands.
    let places = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let mut candidates = places.chain(["/usr/sbin".into()]).map(|place| place.join("nginx")).chain([own.clone()]);
    if let Some(found) = candidates.find(|path| runs(path)) {
        return Ok(found);
    }
    unpack_debian("nginx", &unpacked)?;
    ensure!(runs(&own), "Debian's nginx does not run here: install nginx");
    Ok(own)
}

/// Debian's package, unpacked into a folder and not installed, so that nothing of the machine changes.
pub(crate) fn unpack_debian(package: &str, unpacked: &Path) -> Result<()> {
    if unpacked.exists() {
        // Of an interrupted attempt.
        fs::remove_dir_all(unpacked)?;
    }
    fs::create_dir_all(unpacked)?;
    // Without the sandbox user, who may not write into folders of others.
    let arguments = ["--quiet", "--quiet", "--option", "APT::Sandbox::User=", "download", package];
    let download = || run(Command::new("apt-get").args(arguments).current_dir(unpacked));
    if download().is_err() {
        // A fresh machine does not know its packages yet.
        run(Command::new("apt-get").args(["--quiet", "--quiet", "update"]))?;
        download()?;
    }
    let is_package = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "deb");
    let file = fs::read_dir(unpacked)?.filter_map(|entry| Some(entry.ok()?.path())).find(is_package);
    run(Command::new("dpkg").arg("--extract").arg(file.context("apt-get has downloaded no package")?).arg(unpacked))
}

/// Whether there is an nginx that can ask a gate.
fn runs(nginx: &Path) -> bool {
    let said = Command::new(nginx).arg("-V").stdin(Stdio::null()).output();
    said.is_ok_and(|said| String::from_utf8_lossy(&said.stderr).contains("http_auth_request_module"))
}

/// Installs into a folder, unless that was done with the same files; what was interrupted is done again.
fn installed(folder: &Path, files: &[PathBuf], install: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut wanted = Vec::new();
    for file in files {
        wanted.extend(fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?);
    }
    let done = folder.join("installed");
    if fs::read(&done).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("installing into `{}`", folder.display());
    install()?;
    fs::write(&done, wanted).with_context(|| format!("cannot write `{}`", done.display()))
}

fn copy(file: &Path, folder: &Path) -> Result<()> {
    let to = folder.join(file.file_name().unwrap_or_default());
    fs::copy(file, to).with_context(|| format!("cannot copy `{}`", file.display()))?;
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot run `{name}`: is it installed?"))?;
    ensure!(status.success(), "`{name}` failed: {command:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_not_installed_again_until_its_files_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wanted.txt");
        let mut times = 0;
        for (text, expected) in [("a", 1), ("a", 1), ("b", 2)] {
            fs::write(&file, text).unwrap();
            installed(folder.path(), from_ref(&file), || {
                times += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(times, expected, "{text}");
        }
        fs::write(&file, "c").unwrap();
        let interrupted = installed(folder.path(), from_ref(&file), || anyhow::bail!("interrupted"));
        assert!(interrupted.is_err());
        installed(folder.path(), &[file], || {
            times += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(times, 3);
    }

    #[test]
    fn only_an_nginx_that_can_ask_is_taken() {
        assert!(!runs(Path::new("/nowhere/nginx")));
        assert!(!runs(Path::new("/bin/true")));
    }
}
