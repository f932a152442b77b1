//! What the scripts need besides the command: Python packages, npm packages, reverse proxies. All of it goes to one folder.

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
    install_once(&environment, from_ref(&wanted), || {
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
    install_once(&environment, &[package.clone(), lock.clone(), settings.clone()], || {
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

/// A reverse proxy of an example.
pub(super) struct Proxy {
    /// What its script calls it.
    pub(super) name: &'static str,
    /// The packages of Debian that it takes: itself, and libraries that a machine need not have.
    packages: &'static [&'static str],
    /// Where the command is in its package.
    command: &'static str,
    /// What shows that the command runs, and what it says then.
    shows: (&'static str, &'static str),
}

/// The proxies whose examples are run.
pub(super) const PROXIES: [Proxy; 3] = [
    Proxy { name: "nginx", packages: &["nginx"], command: "usr/sbin/nginx", shows: ("-V", "http_auth_request_module") },
    Proxy { name: "caddy", packages: &["caddy"], command: "usr/bin/caddy", shows: ("version", "") },
    Proxy {
        name: "haproxy",
        packages: &["haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1"],
        command: "usr/sbin/haproxy",
        shows: ("-vv", "Built with Lua"),
    },
];

/// A proxy: the one of the machine, or else Debian's, unpacked and not installed, so that nothing of the machine changes.
pub(super) fn proxy(folder: &Path, proxy: &Proxy) -> Result<PathBuf> {
    let unpacked = folder.join(proxy.name);
    let own = unpacked.join(proxy.command);
    // Debian has some of them where only the administrator looks for commands.
    let places = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let mut candidates = places.chain(["/usr/sbin".into()]).map(|place| place.join(proxy.name)).chain([own.clone()]);
    if let Some(found) = candidates.find(|path| runs(path, proxy)) {
        return Ok(found);
    }
    unpack_debian(proxy.packages, &unpacked)?;
    ensure!(runs(&own, proxy), "Debian's {0} does not run here: install {0}", proxy.name);
    Ok(own)
}

/// Packages of Debian, unpacked into a folder and not installed, so that nothing of the machine changes.
pub(crate) fn unpack_debian(packages: &[&str], unpacked: &Path) -> Result<()> {
    if unpacked.exists() {
        // Of an interrupted attempt.
        fs::remove_dir_all(unpacked)?;
    }
    fs::create_dir_all(unpacked)?;
    // Without the sandbox user, who may not write into folders of others.
    let arguments = ["--quiet", "--quiet", "--option", "APT::Sandbox::User=", "download"];
    let download = || run(Command::new("apt-get").args(arguments).args(packages).current_dir(unpacked));
    if download().is_err() {
        // A fresh machine does not know its packages yet.
        run(Command::new("apt-get").args(["--quiet", "--quiet", "update"]))?;
        download()?;
    }
    let paths = fs::read_dir(unpacked)?.filter_map(|entry| Some(entry.ok()?.path()));
    let files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|kind| kind == "deb")).collect();
    ensure!(files.len() == packages.len(), "apt-get has not downloaded all of {}", packages.join(", "));
    for file in files {
        run(Command::new("dpkg").arg("--extract").arg(file).arg(unpacked))?;
    }
    Ok(())
}

/// Whether there is a proxy that can ask a gate.
fn runs(path: &Path, proxy: &Proxy) -> bool {
    let (argument, expected) = proxy.shows;
    // One that is unpacked has its libraries beside it.
    let libraries = path.parent().and_then(Path::parent).map(|usr| usr.join("lib"));
    let libraries =
        libraries.and_then(|lib| fs::read_dir(lib).ok()).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let libraries = libraries.filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
    let mut command = Command::new(path);
    if let Ok(libraries) = env::join_paths(libraries) {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let said = command.arg(argument).stdin(Stdio::null()).output();
    said.is_ok_and(|said| {
        let text = [said.stdout, said.stderr].concat();
        said.status.success() && String::from_utf8_lossy(&text).contains(expected)
    })
}

/// Installs into a folder, unless that was done with the same files; what was interrupted is done again.
fn install_once(folder: &Path, files: &[PathBuf], install: impl FnOnce() -> Result<()>) -> Result<()> {
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
            install_once(folder.path(), from_ref(&file), || {
                times += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(times, expected, "{text}");
        }
        fs::write(&file, "c").unwrap();
        let interrupted = install_once(folder.path(), from_ref(&file), || anyhow::bail!("interrupted"));
        assert!(interrupted.is_err());
        install_once(folder.path(), &[file], || {
            times += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(times, 3);
    }

    #[test]
    fn only_a_proxy_that_can_ask_is_taken() {
        let [nginx, _, haproxy] = &PROXIES;
        for proxy in [nginx, haproxy] {
            assert!(!runs(Path::new("/nowhere/proxy"), proxy));
            assert!(!runs(Path::new("/bin/true"), proxy));
        }
    }
}
