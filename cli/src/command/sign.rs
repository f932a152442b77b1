//! `clearance policy keygen` and `sign`: the keys of minisign.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clearance::{Capsule, VersionLabel};
use minisign::{KeyPair as Pair, PublicKey, SecretKey, SecretKeyBox};
use serde::Serialize;

use crate::{
    arguments::{KeyPair, Signing},
    code_cache, file, input,
    report::{GOOD, Report, print_warning},
    secret, versions,
};

const PASSWORD: &str = "CLEARANCE_SIGNING_PASSWORD";
/// How the second line of a secret key begins that is encrypted.
const ENCRYPTED: &str = "RWRTY";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made<'a> {
    secret_key: &'a str,
    public_key: &'a str,
}

pub(crate) fn keygen(KeyPair { out, no_password }: &KeyPair, json: bool) -> anyhow::Result<Report> {
    let public = with_end(out, ".pub");
    for file in [out, &public] {
        ensure!(!file.exists(), "{} is there already: name another file", input::name(file));
    }
    let pair = if *no_password {
        print_warning("the secret key is not encrypted, because of `--no-password`: anybody who can read the file can sign");
        Pair::generate_unencrypted_keypair()
    } else {
        Pair::generate_encrypted_keypair(Some(new_password()?))
    };
    let pair = pair.context("cannot make a pair of keys")?;
    let secret_text = pair.sk.to_box(None).context("cannot write the secret key")?.into_string();
    let public_text = pair.pk.to_box().context("cannot write the public key")?.into_string();
    file::create_private(out, secret_text.as_bytes())?;
    if let Err(error) = file::create(&public, public_text.as_bytes()) {
        // One without the other is of no use, and would be in the way of the next try.
        let _ = fs::remove_file(out);
        return Err(error);
    }
    let (secret_key, public_key) = (&*out.to_string_lossy(), &*public.to_string_lossy());
    if json {
        return Report::json(&Made { secret_key, public_key });
    }
    let text = format!(
        "{GOOD}created{GOOD:#}  {}, which signs: keep it where nobody else can read it\n         {}, for `--trust`\n",
        input::name(out),
        input::name(&public)
    );
    Ok(Report::success(text))
}

#[derive(Serialize)]
struct Signed<'a> {
    digest: String,
    name: &'a str,
    version: String,
    signature: &'a str,
}

pub(crate) fn sign(Signing { file, key }: &Signing, json: bool) -> anyhow::Result<Report> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", input::name(file)))?;
    let version = code_cache::engine()?.load(&bytes).with_context(|| input::name(file))?;
    let VersionLabel { digest, name, semver } = version.label();
    let secret = secret_key(key)?;
    let public = PublicKey::from_secret_key(&secret).with_context(|| input::name(key))?;
    // For people who look at the file: what counts is the bytes, and what the component says of itself.
    let comment = format!("{name} {semver} {digest}");
    let signature = minisign::sign(Some(&public), &secret, &*bytes, Some(&comment), Some("signature of a policy of Clearance"));
    let signature = signature.context("cannot sign")?.into_string();
    let beside = with_end(file, versions::SIGNATURE);
    file::replace(&beside, signature.as_bytes())?;
    if json {
        let signature = &*beside.to_string_lossy();
        return Report::json(&Signed { digest: digest.to_string(), name: &name, version: semver.to_string(), signature });
    }
    Ok(Report::success(format!("{GOOD}signed{GOOD:#}   {name} {semver}, {digest}\n         {}\n", input::name(&beside))))
}

/// A capsule with the signature of the key in this file.
pub(super) fn sign_capsule(capsule: Capsule, key: &Path) -> anyhow::Result<Capsule> {
    let secret = secret_key(key)?;
    let public = PublicKey::from_secret_key(&secret).with_context(|| input::name(key))?;
    let bytes = capsule.signed_bytes();
    let signature = minisign::sign(Some(&public), &secret, &*bytes, Some("capsule"), Some("signature of a capsule of Clearance"));
    Ok(capsule.with_signature(&signature.context("cannot sign")?.into_string()))
}

/// No error repeats what is in the file.
fn secret_key(file: &Path) -> anyhow::Result<SecretKey> {
    let text = input::read_text(file)?;
    let encrypted = text.lines().nth(1).is_some_and(|line| line.starts_with(ENCRYPTED));
    let boxed = SecretKeyBox::from_string(&text).ok();
    let Some(boxed) = boxed else { bail!("{} is not a secret key of minisign", input::name(file)) };
    if encrypted {
        let password = password("password of the key (not shown): ")?;
        let opened = boxed.into_secret_key(Some(password)).ok();
        return opened.with_context(|| format!("{}: the password is wrong, or the file is damaged", input::name(file)));
    }
    let opened = boxed.into_unencrypted_secret_key().ok();
    opened.with_context(|| {
        let file = input::name(file);
        format!("{file} is not a secret key, or is damaged, or minisign made it without a password, and then it has no checksum")
    })
}

fn new_password() -> anyhow::Result<String> {
    if let Some(password) = secret::from_environment(PASSWORD)? {
        ensure!(!password.is_empty(), "`{PASSWORD}` is empty: say `--no-password` if that is meant");
        return Ok(password);
    }
    let password = ask("password for the key (not shown): ").context("say `--no-password` to do without one")?;
    ensure!(!password.is_empty(), "the password is empty: say `--no-password` if that is meant");
    ensure!(ask("the same again: ")? == password, "the passwords are not the same");
    Ok(password)
}

fn password(question: &str) -> anyhow::Result<String> {
    secret::from_environment(PASSWORD)?.map_or_else(|| ask(question), Ok)
}

fn ask(question: &str) -> anyhow::Result<String> {
    rpassword::prompt_password(question).with_context(|| format!("nobody can be asked for the password: set `{PASSWORD}`"))
}

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(end);
    name.into()
}
