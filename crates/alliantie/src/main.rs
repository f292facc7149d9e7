//! Alliantie in one binary: the whole platform, one of its services, and the partner's tools.

mod agreement;
mod all_in_one;
mod cli;
mod client;
mod compose;
mod contract;
mod data;
mod demo;
mod demo_parties;
mod in_dutch;
mod key;
mod keygen;
mod ledger;
mod ledger_key;
mod load;
mod migrate;
mod moment;
mod output;
mod process;
mod receipt;
mod sdc;
mod serve_one;
mod verify_ledger;

use std::process::ExitCode;

use cli::Command;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Wrong arguments end with 2; a check that finds nothing wrong and does not understand everything
/// with 3; whatever else fails with 1. Each of them says why on one line.
fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(refused) => return cli::refused(&refused),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(&anyhow::Error::from(error)),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            None => all_in_one::run(cli.common, cli.all_in_one).await,
            Some(Command::Serve { service }) => serve_one::run(*service).await,
            Some(Command::Migrate { service, database }) => migrate::run(service, &database).await,
            Some(Command::VerifyLedger { database }) => verify_ledger::run(&database).await,
            Some(Command::Keygen { folder }) => keygen::run(&folder),
            Some(Command::Token { party }) => demo_parties::print_token(party),
            Some(Command::Agreement(command)) => agreement::run(command).await,
            Some(Command::Key(command)) => key::run(command).await,
            Some(Command::Ledger(command)) => ledger::run(command).await,
            Some(Command::Sdc(command)) => sdc::run(&command),
            Some(Command::Demo { platform, ca, own }) => demo::run(platform, ca, own).await,
        }
    });
    // What still runs was told to stop and had its time.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failed(&error),
    }
}
