//! Logs, traces and metrics: set up once per process.

use std::io::IsTerminal;
use std::sync::LazyLock;

use http::HeaderMap;
use opentelemetry::metrics::{Counter, Histogram, Meter};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prometheus::{Encoder, Registry, TextEncoder};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Telemetry cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("telemetry cannot be set up: {0}")]
pub struct Error(String);

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line, for machines.
    Json,
}

/// Keeps telemetry going; what is still buffered is sent when it is dropped.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    traces: SdkTracerProvider,
    _metrics: SdkMeterProvider,
}

impl Telemetry {
    /// Sets up logging to standard error, metrics, and traces that go to `otlp_endpoint` when there
    /// is one. `filter` is that of `tracing_subscriber::EnvFilter`, for example "info".
    ///
    /// # Errors
    /// When the filter or the endpoint cannot be read.
    pub fn start(filter: &str, format: LogFormat, otlp_endpoint: Option<&str>) -> Result<Self, Error> {
        let mut traces = SdkTracerProvider::builder();
        if let Some(endpoint) = otlp_endpoint {
            let exporter = SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()
                .map_err(|error| Error(error.to_string()))?;
            traces = traces.with_batch_exporter(exporter);
        }
        let traces = traces.build();
        let filter = EnvFilter::try_new(filter).map_err(|error| Error(error.to_string()))?;
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        let lines = match format {
            LogFormat::Text => lines.with_target(false).boxed(),
            LogFormat::Json => lines.json().boxed(),
        };
        let spans = tracing_opentelemetry::layer().with_tracer(traces.tracer("alliantie"));
        tracing_subscriber::registry()
            .with(lines.with_filter(filter))
            .with(spans.with_filter(EnvFilter::new("off,platform=info")))
            .try_init()
            .map_err(|error| Error(error.to_string()))?;

        let registry = Registry::new();
        let reader = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .build()
            .map_err(|error| Error(error.to_string()))?;
        let metrics = SdkMeterProvider::builder().with_reader(reader).build();
        global::set_meter_provider(metrics.clone());
        Ok(Self { registry, traces, _metrics: metrics })
    }

    /// The metrics, in the text format of Prometheus.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "metrics cannot be rendered");
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // Nobody is left to tell when this fails.
        drop(self.traces.shutdown());
    }
}

/// The meter from which services make their instruments.
#[must_use]
pub fn meter() -> Meter {
    global::meter("alliantie")
}

/// Boundaries for the time that an answer takes, in seconds.
pub const ANSWER_SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// Instruments of every RPC.
struct Rpc {
    requests: Counter<u64>,
    seconds: Histogram<f64>,
}

static RPC: LazyLock<Rpc> = LazyLock::new(|| Rpc {
    requests: meter()
        .u64_counter("rpc_server_requests")
        .with_description("Requests answered, by method and gRPC code")
        .build(),
    seconds: meter()
        .f64_histogram("rpc_server_duration_seconds")
        .with_description("Time until the answer began, by method")
        .with_boundaries(ANSWER_SECONDS.to_vec())
        .build(),
});

/// Counts one answered request. `method` must be one of the contract, not what a caller typed.
pub fn record_rpc(method: &str, code: tonic::Code, seconds: f64) {
    let method = KeyValue::new("method", method.to_owned());
    RPC.requests.add(1, &[method.clone(), KeyValue::new("code", format!("{code:?}"))]);
    RPC.seconds.record(seconds, &[method]);
}

/// Makes the span a child of the trace in the headers, when there is one (W3C Trace Context).
pub fn adopt_trace(span: &Span, headers: &HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if parent.span().span_context().is_valid() {
        // Fails only for a span that was already started; the trace is then a new one.
        drop(span.set_parent(parent));
    }
}

/// Writes the trace of the current span into the headers of an outgoing request.
pub fn inject_trace(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&current_context(), &mut HeaderInjector(headers));
}

/// The trace id of the current span: 32 hexadecimal digits, empty without a trace.
#[must_use]
pub fn trace_id() -> String {
    let context = current_context();
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() { span.trace_id().to_string() } else { String::new() }
}

fn current_context() -> Context {
    Span::current().context()
}
