//! The arguments of the commands for keys.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand, ValueEnum};
use clearance::document::Timestamp;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key, and print its token once
    #[command(after_help = CREATE)]
    Create(CreateKey),
    /// List the keys of an organization that a user sees
    #[command(after_help = LIST)]
    List(ListKeys),
    /// Print one key
    #[command(after_help = SHOW)]
    Show(KeyId),
    /// Change the name of a key, its description, or what it may do
    #[command(after_help = EDIT)]
    Edit(EditKey),
    /// Revoke a key, at once and for good
    #[command(after_help = REVOKE)]
    Revoke(RevokeKey),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProjectKeyCommand {
    /// Give a project a new key, and print it; the key before stops working at once
    #[command(after_help = ROTATE)]
    Rotate(ProjectKeyRotation),
}

/// Where the keys are, and who asks.
#[derive(Debug, Args)]
pub(crate) struct By {
    #[command(flatten)]
    pub(crate) home: Home,
    /// Ask this policy component [default: the built-in policy, langwatch; a server has its own]
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    pub(crate) policy: Option<PathBuf>,
    /// Act as this user: the policy decides what they may do
    #[arg(long = "as", value_name = "USER")]
    pub(crate) user: String,
}

/// Where the keys are.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Home {
    /// The database; no server may have it open while keys are changed
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// The server that has the database open, such as `http://127.0.0.1:7300`
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CreateKey {
    #[command(flatten)]
    pub(crate) by: By,
    /// The organization that the key belongs to
    #[arg(long, value_name = "ID")]
    pub(crate) organization: String,
    /// The name of the key, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: String,
    /// A description of the key, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// The last moment at which it works, RFC 3339 such as `2027-01-02T00:00:00Z` [default: it never expires]
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<Timestamp>,
    /// Make a service key, which has no owner: no user caps it
    #[arg(long, conflicts_with = "assignee")]
    pub(crate) service: bool,
    /// Make it for this user, who owns it and caps it [default: the user who makes it]
    #[arg(long = "for", value_name = "USER")]
    pub(crate) assignee: Option<String>,
    #[command(flatten)]
    pub(crate) reach: Reach,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// Where a key applies.
#[derive(Debug, Args)]
pub(crate) struct Reach {
    /// It applies to this project; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) project: Vec<String>,
    /// It applies to this team and its projects; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) team: Vec<String>,
    /// It applies to the whole organization
    #[arg(long)]
    pub(crate) whole_organization: bool,
}

/// What a key may do there.
#[derive(Debug, Args)]
pub(crate) struct Access {
    /// The role of the key there; `all` is the role of its owner, or `admin` for a service key [default: all]
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<RoleChoice>,
    /// Make it read-only: it has the role `viewer` and the label `readonly`
    #[arg(long, conflicts_with = "role")]
    pub(crate) readonly: bool,
    /// Restrict it to a category at a level, such as `traces:write`; may be repeated
    #[arg(long, value_name = "CATEGORY:LEVEL", conflicts_with_all = ["role", "readonly"])]
    pub(crate) category: Vec<CategoryChoice>,
    /// Restrict it to a permission, such as `traces:create`, beside those of the categories; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with_all = ["role", "readonly"])]
    pub(crate) permission: Vec<String>,
}

/// A role, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleChoice {
    /// The role of the owner there; for a service key, `admin`
    All,
    Admin,
    Member,
    Viewer,
}

/// A category and a level, as they were typed. The policy knows which ones exist.
#[derive(Clone, Debug)]
pub(crate) struct CategoryChoice {
    pub(crate) category: String,
    pub(crate) level: String,
}

impl FromStr for CategoryChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (category, level) = text.split_once(':').ok_or("write a category and a level, such as `traces:write`")?;
        Ok(Self { category: category.to_owned(), level: level.to_owned() })
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListKeys {
    #[command(flatten)]
    pub(crate) by: By,
    /// The id of the organization
    #[arg(long, value_name = "ID")]
    pub(crate) organization: String,
    /// Show expired and revoked keys too
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyId {
    #[command(flatten)]
    pub(crate) by: By,
    /// The id of the key, never its token
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct EditKey {
    #[command(flatten)]
    pub(crate) key: KeyId,
    /// The new name
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// The new description; an empty text removes it
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    #[command(flatten)]
    pub(crate) reach: Reach,
    #[command(flatten)]
    pub(crate) access: Access,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeKey {
    #[command(flatten)]
    pub(crate) key: KeyId,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ProjectKeyRotation {
    #[command(flatten)]
    pub(crate) by: By,
    /// The id of the project
    #[arg(long, value_name = "ID")]
    pub(crate) project: String,
}

impl Reach {
    pub(crate) fn is_empty(&self) -> bool {
        self.project.is_empty() && self.team.is_empty() && !self.whole_organization
    }
}

impl Access {
    pub(crate) fn is_empty(&self) -> bool {
        self.role.is_none() && !self.readonly && !self.is_restricted()
    }

    pub(crate) fn is_restricted(&self) -> bool {
        !self.category.is_empty() || !self.permission.is_empty()
    }
}

const CREATE: &str = "\
Examples:
  clearance key create --database keys.db --as ben --organization acme --name laptop --project shop
  clearance key create --server http://127.0.0.1:7300 --as ana --organization acme --name ingest --service --project shop --category traces:write

A personal key has an owner, and never has more permissions than its owner has now.
A service key has no owner, and only organization admins can make one. The policy
decides whether the user may make the key. A person who may write the database, or
has the token of an operator for `keys`, can choose any user.

With `--server`, the token of an operator for `keys` is read from
CLEARANCE_OPERATOR, or from the file that CLEARANCE_OPERATOR_FILE names.

Exit status: 0 done, 1 the policy refuses, 2 error; unless it is 0, nothing was made.

JSON: {\"token\", \"key\", \"warnings\"}, with a key as `key show` prints it.";

const LIST: &str = "\
Examples:
  clearance key list --database keys.db --as ana --organization acme
  clearance key list --server http://127.0.0.1:7300 --as ana --organization acme --all --json

A member sees their own keys and service keys. An organization admin sees all keys.

Exit status: 0 done, 1 the policy refuses, 2 error.

JSON: a list of keys as `key show` prints them, newest first.";

const SHOW: &str = "\
Examples:
  clearance key show --database keys.db --as ana ci
  clearance key show --server http://127.0.0.1:7300 --as ana ci --json

Exit status: 0 done, 1 the policy refuses, 2 error.

JSON: {\"id\", \"organization\", \"name\", \"description\", \"keyType\", \"status\",
\"permissionMode\", \"owner\", \"createdBy\", \"createdAt\", \"expiresAt\", \"revokedAt\",
\"lastUsedAt\", \"shown\", \"bindings\", \"permissions\", \"categories\",
\"otherPermissions\"}.";

const EDIT: &str = "\
Examples:
  clearance key edit --database keys.db --as ana ci --name \"CI of the shop\"
  clearance key edit --database keys.db --as ana ci --category traces:read --category cost:read
  clearance key edit --database keys.db --as ana ci --project shop --project blog --role member

An edit replaces all permissions of the key at one moment. Name the permissions
(`--role`, `--readonly`, `--category`, `--permission`), and also the places if they
should change.

Exit status: 0 done, 1 the policy refuses, 2 error; unless it is 0, nothing was changed.

JSON: {\"key\", \"warnings\"}.";

const REVOKE: &str = "\
Examples:
  clearance key revoke --database keys.db --as ana ci
  clearance key revoke --server http://127.0.0.1:7300 --as ana ci --yes

After the exit status 0, the next request with the key is refused.

Exit status: 0 done, 1 the policy refuses or nobody confirmed, 2 error; unless it is 0,
nothing was changed.

JSON: {\"key\"}, after the revocation.";

const ROTATE: &str = "\
Examples:
  clearance project-key rotate --database keys.db --as ana --project shop
  clearance project-key rotate --server http://127.0.0.1:7300 --as ana --project shop --json

Exit status: 0 done, 1 the policy refuses, 2 error; unless it is 0, nothing was changed.

JSON: {\"project\", \"projectKey\"}.";
