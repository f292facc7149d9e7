//! Reads through the gateway against a bare server with the same answers.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use e2e::exchange::{Member, agree, announce, deliver, query};
use e2e::parties::{Bearer, GGD, WELLER, bearer, channel};
use e2e::platform::Platform;
use prost::Message;
use proto::indicators::v1 as indicators;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::observation_service_server::{ObservationService, ObservationServiceServer};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};

/// Connections, and requests at the same time on each.
const CONNECTIONS: usize = 4;
const EACH: usize = 8;
/// How long each path is measured, in each of the rounds.
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;

type Client = ObservationServiceClient<InterceptedService<Channel, Bearer>>;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    /// The triangle, read without credentials.
    Public,
    /// The agreed part, read under an agreement.
    Governed,
}

pub(crate) async fn run() {
    // Without a limit per organisation: that is not what is measured.
    let platform = Platform::one_process_with(&["--requests-per-second", "0"]);
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let agreement = agree(&weller, &ggd).await.name;

    let token = platform.issuer.token(GGD);
    let mut client = ObservationServiceClient::new(ggd.connection.clone());
    let triangle = client.get_stability_triangle(triangle()).await.expect("a triangle").into_inner();
    let list = client.list_observations(query(&agreement)).await.expect("rows").into_inner();
    let (bare, bare_url) = start_bare(&platform, &triangle, &list);

    let ours = connections(&platform.url(), &token).await;
    let theirs = connections(&bare_url, &token).await;
    let paths = [
        ("public read, bare tonic", &theirs, Path::Public),
        ("public read, through the gateway", &ours, Path::Public),
        ("read under an agreement, bare tonic", &theirs, Path::Governed),
        ("read under an agreement, durable decision and delivery", &ours, Path::Governed),
    ];
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); paths.len()];
    for _ in 0..ROUNDS {
        for ((_, clients, path), times) in paths.iter().zip(&mut times) {
            times.extend(measure(clients, *path, &agreement).await);
        }
    }
    drop(bare);
    print_table(&paths.map(|(name, _, _)| name), &mut times, &[triangle.encoded_len(), list.encoded_len()]);
}

fn print_table(names: &[&str], times: &mut [Vec<Duration>], sizes: &[usize]) {
    println!("answers: public {} bytes, under an agreement {} bytes", sizes[0], sizes[1]);
    println!("{} connections x {} requests, {ROUNDS} rounds of {ROUND:?} each\n", CONNECTIONS, EACH);
    println!("| path | requests/s | p50 | p99 | of bare |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let seconds = ROUND.as_secs_f64() * f64::from(u8::try_from(ROUNDS).expect("few"));
    let mut bare = 0.0;
    for (place, (name, times)) in names.iter().zip(times).enumerate() {
        times.sort_unstable();
        let rate = f64::from(u32::try_from(times.len()).expect("not so many")) / seconds;
        if place % 2 == 0 {
            bare = rate;
        }
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        println!("| {name} | {rate:.0} | {:?} | {:?} | {:.2} |", at(50), at(99), rate / bare);
    }
}

fn triangle() -> indicators::GetStabilityTriangleRequest {
    indicators::GetStabilityTriangleRequest {
        area: "areas/BRU-NOORD".to_owned(),
        benchmark: "areas/BM-STED2".to_owned(),
        period: "2023".to_owned(),
    }
}

async fn connections(url: &str, token: &str) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients
            .push(ObservationServiceClient::new(InterceptedService::new(channel(url).await, bearer(token))));
    }
    clients
}

async fn measure(clients: &[Client], path: Path, agreement: &str) -> Vec<Duration> {
    let end = Instant::now() + ROUND;
    let mut tasks = Vec::new();
    for client in clients {
        for _ in 0..EACH {
            let (mut client, agreement) = (client.clone(), agreement.to_owned());
            tasks.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end {
                    let start = Instant::now();
                    match path {
                        Path::Public => {
                            client.get_stability_triangle(triangle()).await.expect("a triangle");
                        }
                        Path::Governed => {
                            client.list_observations(query(&agreement)).await.expect("rows");
                        }
                    }
                    times.push(start.elapsed());
                }
                times
            }));
        }
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("a task"));
    }
    all
}

/// A server that always gives the same answers, in a process of its own.
struct Bare(Child);

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start_bare(
    platform: &Platform,
    triangle: &indicators::StabilityTriangle,
    list: &indicators::ListObservationsResponse,
) -> (Bare, String) {
    let write = |name: &str, bytes: Vec<u8>| {
        let path = platform.folder().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .arg("bare")
        .arg(write("triangle.bin", triangle.encode_to_vec()))
        .arg(write("list.bin", list.encode_to_vec()))
        .stdout(Stdio::piped())
        .spawn()
        .expect("a bare server");
    let mut line = String::new();
    let output = child.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut line).expect("its address");
    (Bare(child), format!("http://{}", line.trim()))
}

struct Fixed {
    triangle: indicators::StabilityTriangle,
    list: indicators::ListObservationsResponse,
}

#[tonic::async_trait]
impl ObservationService for Fixed {
    type WatchObservationsStream = tokio_stream::Empty<Result<indicators::WatchObservationsResponse, Status>>;

    async fn list_observations(
        &self,
        _: Request<indicators::ListObservationsRequest>,
    ) -> Result<Response<indicators::ListObservationsResponse>, Status> {
        Ok(Response::new(self.list.clone()))
    }

    async fn watch_observations(
        &self,
        _: Request<indicators::WatchObservationsRequest>,
    ) -> Result<Response<Self::WatchObservationsStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    async fn get_stability_triangle(
        &self,
        _: Request<indicators::GetStabilityTriangleRequest>,
    ) -> Result<Response<indicators::StabilityTriangle>, Status> {
        Ok(Response::new(self.triangle.clone()))
    }
}

pub(crate) async fn bare(triangle: &str, list: &str) {
    let read = |path: &str| std::fs::read(path).expect("an answer");
    let fixed = Fixed {
        triangle: Message::decode(read(triangle).as_slice()).expect("a triangle"),
        list: Message::decode(read(list).as_slice()).expect("rows"),
    };
    let listener =
        tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    println!("{}", listener.local_addr().expect("its address"));
    Server::builder()
        .add_service(ObservationServiceServer::new(fixed))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .expect("it serves");
}
