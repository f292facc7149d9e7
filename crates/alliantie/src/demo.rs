//! `alliantie demo`: the main job, played on a platform in demo mode and told in Dutch. It ends
//! well only when every step did what it should.

mod script;
mod steps;

use std::path::PathBuf;

use anyhow::{Context, Result};
use platform::clock::Clock;
use platform::serve::{bind, serve};
use platform::shutdown::Shutdown;
use tonic::transport::Channel;

use crate::all_in_one;
use crate::cli::PlatformAddress;
use crate::client::{Partner, connect};
use crate::demo_parties::DemoParty;
use crate::output::say;

/// Where a newcomer's platform runs.
const USUAL: &str = "http://127.0.0.1:8080";

/// Plays on `platform`, or on the one at the usual address, or (always with `own`) on one of its
/// own.
pub(crate) async fn run(platform: Option<String>, ca: Option<PathBuf>, own: bool) -> Result<()> {
    if let Some(platform) = platform {
        let address = PlatformAddress { platform, ca };
        return play(&address.platform, connect(&address).await?).await;
    }
    if !own && let Ok(channel) = connect(&PlatformAddress::at(USUAL)).await {
        return play(USUAL, channel).await;
    }
    say(
        "De demo start zelf een platform, in een tijdelijke map. Om de opdrachten hieronder na te doen: start",
    );
    say("eerst een platform met `cargo run --release` en dan de demo.");
    let folder = tempfile::tempdir().context("er is geen tijdelijke map te maken")?;
    let shutdown = Shutdown::new();
    let listener = bind(([127, 0, 0, 1], 0).into()).await.context("luisteren lukt niet")?;
    let url = format!("http://{}", listener.local_addr()?);
    let (gateway, ledger) = (gateway::Config::default(), consent::Config::default());
    let parts = all_in_one::assemble(folder.path(), true, gateway, ledger, &shutdown).await?;
    let server = tokio::spawn(serve(listener, parts.router, shutdown.clone()));
    let played = play(&url, connect(&PlatformAddress::at(&url)).await?).await;
    shutdown.tell();
    // The order to stop ends open streams, so this does not take long.
    drop(server.await);
    played
}

async fn play(url: &str, channel: Channel) -> Result<()> {
    let clock = Clock::system();
    let partner = |party: DemoParty| Partner::new(channel.clone(), &party.token(&clock)?);
    let cast = steps::Cast {
        url: url.to_owned(),
        weller: partner(DemoParty::Weller)?,
        ggd: partner(DemoParty::Ggd)?,
        wonen_zuid: partner(DemoParty::WonenZuid)?,
    };
    say(format!("Demo op {url}. Alle organisaties, sleutels en cijfers zijn fictief."));
    say("De opdrachten hieronder doen hetzelfde met gewone programma's; voor elk geldt eerst:");
    say(
        "  export WELLER=$(alliantie token weller) GGD=$(alliantie token ggd) WZ=$(alliantie token wonen-zuid)",
    );
    steps::play(&cast).await?;
    say("\nAlle stappen deden wat ze moesten doen.");
    Ok(())
}
