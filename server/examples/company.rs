//! The example company behind a server: two keys are made, one request is allowed and one denied, and everything is gone again.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use clearance::PrincipalId::User;
use clearance::document::{BindingRole, Mode, Scope};
use clearance::key::{KeyDraft, Kind, WantedBinding};
use clearance::{Change, Document};
use clearance_host::{Engine, LANGWATCH, Limits};
use clearance_keeper::{CreatedKey, Keeper, Origin};
use clearance_server::{Listening, Settings, serve};
use clearance_store::{Peppers, SqliteStore, Token, Write};
use tokio::sync::oneshot;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    // For real: `clearance init`. The pepper would come from the environment.
    let folder = tempfile::tempdir()?;
    let document = Document::from_json(include_str!("../../examples/company/directory.json"))?;
    let peppers = Peppers::parse("a-pepper-for-this-example", "the example")?;
    let store = SqliteStore::create(folder.path().join("company.db"), &document, peppers, &Write::default())?;
    let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
    let keeper = Arc::new(Keeper::open(Arc::new(store), policy)?);

    // For real: `clearance serve`.
    let runtime = tokio::runtime::Runtime::new()?;
    let (ready, listening) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = runtime.spawn({
        let keeper = Arc::clone(&keeper);
        async move {
            let tell = |listening: Listening| {
                let _ = ready.send(listening.address.tcp());
            };
            let stopped = async {
                let _ = stopped.await;
            };
            serve(keeper, &Settings::default(), tell, stopped).await
        }
    });
    let address = listening.blocking_recv()?.ok_or("it listens at an address")?;
    println!("The example company is served on http://{address}, for a moment.");

    let shown = show(&keeper, address);
    let _ = stop.send(());
    runtime.block_on(serving)??;
    shown
}

fn show(keeper: &Keeper, address: SocketAddr) -> Result<()> {
    // For real: `clearance key create`.
    let laptop = create(keeper, "ben", &KeyDraft { name: Some("laptop".into()), ..at_shop(BindingRole::Member) })?;
    let ingest = create(
        keeper,
        "ana",
        &KeyDraft {
            name: Some("ingest".into()),
            kind: Some(Kind::Service),
            mode: Some(Mode::Restricted),
            permissions: vec!["traces:create".into()],
            ..at_shop(BindingRole::Custom)
        },
    )?;
    println!("Ben made a personal key, `laptop`: MEMBER of the project Shop, and never more than Ben himself.");
    println!("Ana made a service key, `ingest`, that may send traces to Shop and nothing else.");

    ask(address, "ingest", &ingest, "traces:create")?;
    ask(address, "laptop", &laptop, "prompts:update")?;

    // For real: `POST /v1/directory/changes`.
    println!("\nBen leaves the group of the developers. Nobody touches his key.");
    let leaves = Change::RemoveGroupMember { group: "developers".into(), user: "ben".into() };
    keeper.change_directory("ben-leaves", b"ben-leaves", vec![leaves], &Origin::COMMAND)?;
    ask(address, "laptop", &laptop, "prompts:update")
}

/// A draft of a key with this role at the project Shop.
fn at_shop(role: BindingRole) -> KeyDraft {
    KeyDraft { bindings: vec![WantedBinding { role, scope: Scope::Project("shop".into()) }], ..KeyDraft::default() }
}

fn create(keeper: &Keeper, user: &str, draft: &KeyDraft) -> Result<Token> {
    let CreatedKey { token, .. } = keeper.create_key(User(user), "acme", draft, &Origin::COMMAND)?;
    Ok(token)
}

/// Asks the gate as a reverse proxy does: with the headers that the client sent.
fn ask(address: SocketAddr, name: &str, token: &Token, permission: &str) -> Result<()> {
    println!("\nGET /v1/authorize?permission={permission}\nX-Auth-Token: the token of `{name}`\nX-Project-Id: shop\n");
    let mut stream = TcpStream::connect(address)?;
    let token = token.expose();
    write!(
        stream,
        "GET /v1/authorize?permission={permission} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nX-Auth-Token: {token}\r\nX-Project-Id: shop\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the answer has no end of headers")?;
    let shown = |line: &&str| line.starts_with("HTTP/") || line.starts_with("x-clearance-");
    head.lines().filter(shown).for_each(|line| println!("  {line}"));
    if !body.is_empty() {
        let problem: serde_json::Value = serde_json::from_str(body)?;
        format!("{problem:#}").lines().for_each(|line| println!("  {line}"));
    }
    Ok(())
}
