//! The connection to the broker: on a thread of its own, made again whenever it breaks.
//!
//! MQTT 5, since only there can a client say how large a packet it takes and how long the broker keeps what comes
//! meanwhile. Every connection has a client of its own, so that an acknowledgement never reaches another connection, where
//! the broker would take it for somebody else's. Nothing is acknowledged here: a [`Delivery`] carries its
//! [`Receipt`], and whoever made it durable hands that in.

mod session;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{ConnAck, Packet, Publish, SubAck, SubscribeReasonCode};
use rumqttc::{
    AckMode, AsyncClient, Event, EventLoop, MqttOptions, SubscribeFilterInput, TlsConfiguration, Transport,
};
use session::NothingUnderWay;
use tokio::sync::{mpsc, watch};

use crate::config::{Config, ConfigError, Login};
use crate::limits;

/// The first wait before a broken connection is made again; it doubles.
const WAIT_FIRST: Duration = Duration::from_millis(250);
/// The longest wait.
const WAIT_MOST: Duration = Duration::from_secs(60);
/// A broker that says nothing this long is asked whether it is there.
const KEEP_ALIVE_SECS: u16 = 20;
/// Room in the inbox that messages without acknowledgement leave to the others.
const RESERVED: usize = limits::UNDER_WAY as usize + 8;
/// Bytes of a reason that are passed on.
const REASON_CHARS: usize = 200;

/// What the connection tells.
#[derive(Debug)]
pub enum Told {
    /// The broker answers; `resumed` when it kept for us what came meanwhile.
    Connected {
        /// Whether it did.
        resumed: bool,
    },
    /// The broker does not answer, or turned us away.
    Lost {
        /// Why, in the library's words.
        why: String,
    },
    /// The broker won't let us hear that many topics.
    Denied {
        /// How many.
        topics: usize,
    },
    /// A message.
    Delivery(Delivery),
    /// A message that nobody will send again found no room.
    Missed,
}

/// A message, and what to hand in for it.
#[derive(Debug)]
pub struct Delivery {
    /// Its topic.
    pub topic: String,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Whether the broker had kept it, rather than passing it on as it came.
    pub kept: bool,
    /// Hand this in once nothing of it can be lost.
    pub receipt: Receipt,
}

/// The right to let the broker forget a message. Dropped, the broker sends the message again.
pub struct Receipt(Option<Box<dyn FnOnce() + Send>>);

impl Receipt {
    /// A receipt that does this when it is handed in.
    #[must_use]
    pub fn new(acknowledge: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(acknowledge)))
    }

    /// For a message that wants no acknowledgement.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Lets the broker forget the message.
    pub fn hand_in(self) {
        if let Some(acknowledge) = self.0 {
            acknowledge();
        }
    }
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receipt")
    }
}

/// The thread that holds the connection; it ends when this is dropped.
#[derive(Debug)]
pub struct Connection {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Connection {
    /// Connects to a configuration's broker as `client_id` and asks for `topics`; what it hears goes to `inbox`.
    ///
    /// # Errors
    /// [`ConfigError`] when the login or the certificates do not read.
    ///
    /// # Panics
    /// When the system has no room for one more thread.
    pub fn open(
        config: &Config,
        client_id: &str,
        topics: Vec<String>,
        inbox: mpsc::Sender<Told>,
    ) -> Result<Self, ConfigError> {
        let options = options(config, client_id)?;
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime needs only a few file handles");
        let line = Line { options, topics: Arc::new(topics), inbox };
        let thread = std::thread::Builder::new()
            .name("linli-mqtt".into())
            .spawn(move || runtime.block_on(line.hold(stopped)))
            .expect("a thread needs only a little memory");
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn options(config: &Config, client_id: &str) -> Result<MqttOptions, ConfigError> {
    let (host, port) = config.broker_address().expect("a configuration that was read has an address");
    let mut options = MqttOptions::new(client_id, (host, port));
    options.set_keep_alive(KEEP_ALIVE_SECS).set_clean_start(false).set_ack_mode(AckMode::Manual);
    options
        .set_session_expiry_interval(Some(limits::SESSION_SECS))
        .set_receive_maximum(Some(limits::UNDER_WAY))
        .set_max_packet_size(Some(limits::PACKET_BYTES));
    let outgoing_limit = options.get_outgoing_inflight_upper_limit();
    options.set_session_store(NothingUnderWay { outgoing_limit, expiry_secs: limits::SESSION_SECS });
    if let Some(Login { user, password }) = config.broker.login()? {
        options.set_credentials(user, password);
    }
    if config.broker.tls {
        options.set_transport(transport(config)?);
    }
    Ok(options)
}

fn transport(config: &Config) -> Result<Transport, ConfigError> {
    match config.broker.certificates()? {
        Some(ca) => {
            Ok(Transport::tls_with_config(TlsConfiguration::Simple { ca, alpn: None, client_auth: None }))
        }
        None => Transport::try_tls_with_default_config().map_err(|error| ConfigError::Wrong {
            path: "gateway.toml".into(),
            why: format!("the system's certificates do not read: {error}"),
        }),
    }
}

/// What every connection is made of.
struct Line {
    options: MqttOptions,
    topics: Arc<Vec<String>>,
    inbox: mpsc::Sender<Told>,
}

impl Line {
    /// Holds the connection until told to stop, or until nobody listens.
    async fn hold(self, mut stopped: watch::Receiver<bool>) {
        let mut wait = WAIT_FIRST;
        loop {
            let why = tokio::select! {
                why = self.listen(&mut wait) => why,
                _ = stopped.changed() => return,
            };
            let Some(why) = why else { return };
            tracing::debug!(why, "the broker's line broke");
            if self.inbox.send(Told::Lost { why }).await.is_err() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stopped.changed() => return,
            }
            wait = (wait * 2).min(WAIT_MOST);
        }
    }

    /// One connection, from its first byte to its last: why it ended, or nothing when nobody listens.
    async fn listen(&self, wait: &mut Duration) -> Option<String> {
        // Room for every acknowledgement that can be due, and the subscription.
        let (client, mut events) = AsyncClient::builder(self.options.clone()).capacity(RESERVED).build();
        loop {
            let told = match next(&mut events).await {
                Err(why) => return Some(why),
                Ok(Packet::ConnAck(answer)) => {
                    *wait = WAIT_FIRST;
                    self.subscribe(&client);
                    connected(&answer)
                }
                Ok(Packet::SubAck(answer)) => denied(&answer),
                Ok(Packet::Publish(publish)) => delivery(&client, &publish),
                Ok(_) => continue,
            };
            if !self.tell(told).await {
                return None;
            }
        }
    }

    fn subscribe(&self, client: &AsyncClient) {
        let filters = self.topics.iter().map(|topic| SubscribeFilterInput::new(topic, QoS::AtLeastOnce));
        if let Err(error) = client.try_subscribe_many(filters) {
            tracing::warn!(%error, "the topics could not be asked for");
        }
    }

    /// Whether somebody still listens. A message that the broker will not send again never waits for room.
    async fn tell(&self, told: Told) -> bool {
        let passing = matches!(&told, Told::Delivery(delivery) if delivery.receipt.0.is_none());
        let told = if passing && self.inbox.capacity() <= RESERVED { Told::Missed } else { told };
        if matches!(told, Told::Missed) {
            return !matches!(self.inbox.try_send(told), Err(mpsc::error::TrySendError::Closed(_)));
        }
        self.inbox.send(told).await.is_ok()
    }
}

/// The next packet the broker sent.
async fn next(events: &mut EventLoop) -> Result<Packet, String> {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(packet)) => return Ok(packet),
            Ok(_) => {}
            Err(error) => return Err(error.to_string().chars().take(REASON_CHARS).collect()),
        }
    }
}

const fn connected(answer: &ConnAck) -> Told {
    Told::Connected { resumed: answer.session_present }
}

fn denied(answer: &SubAck) -> Told {
    let refused = answer.return_codes.iter().filter(|code| !matches!(code, SubscribeReasonCode::Success(_)));
    Told::Denied { topics: refused.count() }
}

fn delivery(client: &AsyncClient, publish: &Publish) -> Told {
    let receipt = client.prepare_ack(publish).map_or(Receipt::none(), |acknowledgement| {
        let client = client.clone();
        Receipt::new(move || {
            // A connection that has ended has no use for it: the broker sends the message again on the next.
            let _ = client.try_manual_ack(acknowledgement);
        })
    });
    Told::Delivery(Delivery {
        // A topic that is no text was not asked for; an empty one is nobody's.
        topic: String::from_utf8(publish.topic.to_vec()).unwrap_or_default(),
        payload: publish.payload.to_vec(),
        kept: publish.retain,
        receipt,
    })
}
