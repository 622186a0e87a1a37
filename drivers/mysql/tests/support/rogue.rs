//! A server that lets anybody in and then answers each command with what it was told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Db, Kind};

/// No DEPRECATE_EOF, and all that is needed to be taken for a server.
const CAPABILITIES: u32 = 0x000f_a28b;

/// What is answered to a text; none is OK.
type Script = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// How it serves.
#[derive(Clone)]
enum Manner {
    Usual,
    /// It gives the answers that it is given, and takes any other text. The text that sets a session up is in the
    /// script as well; an error comes in the place of its second statement.
    Scripted(Script),
    /// It keeps so many prepared statements for each client, refuses more by this error, and answers each
    /// execution with OK.
    Full(usize, u16),
    /// It stops to listen once the session is set up.
    Deaf,
    /// It says its greeting byte by byte.
    Slow,
}

#[derive(Clone)]
pub(crate) struct Rogue {
    pub(crate) address: SocketAddr,
    manner: Manner,
    /// What the client sent behind its login and the set-up of the session.
    heard: Arc<Mutex<Vec<u8>>>,
    /// The texts among that, if it answers by a script.
    texts: Arc<Mutex<Vec<String>>>,
    /// How many clients went away.
    ended: Arc<AtomicUsize>,
}

impl Rogue {
    /// Answers each command with these packets, whose numbers go on from the command's.
    pub(crate) fn start(answer: Vec<Vec<u8>>) -> Self {
        Self::listen(answer, Manner::Usual)
    }

    /// Answers texts by a script. It prepares nothing.
    pub(crate) fn start_scripted(
        script: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Vec::new(), Manner::Scripted(Arc::new(script)))
    }

    /// Takes so many prepared statements for each client, and refuses more by this error.
    pub(crate) fn start_full(most: usize, code: u16) -> Self {
        Self::listen(Vec::new(), Manner::Full(most, code))
    }

    /// Reads nothing once the session is set up.
    pub(crate) fn start_deaf() -> Self {
        Self::listen(Vec::new(), Manner::Deaf)
    }

    /// Is never silent for long, and does not come to its point.
    pub(crate) fn start_slow() -> Self {
        Self::listen(Vec::new(), Manner::Slow)
    }

    fn listen(answer: Vec<Vec<u8>>, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let rogue = Self {
            address,
            manner,
            heard: Arc::default(),
            texts: Arc::default(),
            ended: Arc::default(),
        };
        let this = rogue.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let (this, answer) = (this.clone(), answer.clone());
                // It ends when the client goes away.
                thread::spawn(move || {
                    let _ = this.serve(client, &answer);
                    this.ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        rogue
    }

    pub(crate) fn db(&self, kind: Kind) -> Db {
        Db::at(kind, format!("mysql://u:p@{}/d", self.address))
    }

    /// What was heard since the last time.
    pub(crate) fn heard(&self) -> Vec<u8> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    /// The texts that were heard since the last time.
    pub(crate) fn heard_texts(&self) -> Vec<String> {
        std::mem::take(&mut self.texts.lock().unwrap())
    }

    /// How many clients went away; of these it has heard all there was.
    pub(crate) fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }

    fn serve(&self, mut client: TcpStream, answer: &[Vec<u8>]) -> Option<()> {
        if matches!(self.manner, Manner::Slow) {
            client.set_nodelay(true).ok()?;
            for byte in framed(0, &[greeting()]) {
                client.write_all(&[byte]).ok()?;
                thread::sleep(Duration::from_millis(100));
            }
            return None;
        }
        send(&mut client, 0, &[greeting()])?;
        receive(&mut client)?;
        send(&mut client, 2, &[ok(0)])?;
        let set_up = receive(&mut client)?;
        if let Manner::Scripted(script) = &self.manner {
            match script(text(&set_up).unwrap_or_default()) {
                None => send(&mut client, 1, &granted())?,
                Some(refused) => return send(&mut client, 1, &[ok(8), refused]),
            }
            return self.follow(client, script);
        }
        send(&mut client, 1, &granted())?;
        if let Manner::Full(most, code) = self.manner {
            return self.keep_statements(client, most, code);
        }
        if matches!(self.manner, Manner::Deaf) {
            thread::sleep(Duration::from_secs(30));
        }
        loop {
            let command = receive(&mut client)?;
            self.heard.lock().unwrap().extend(&command);
            send(&mut client, 1, answer)?;
        }
    }

    fn keep_statements(&self, mut client: TcpStream, most: usize, code: u16) -> Option<()> {
        let mut kept = Vec::new();
        let mut last: u32 = 0;
        loop {
            let command = receive(&mut client)?;
            match command[0] {
                QUIT => {}
                CLOSE => {
                    let closed = kept.iter().position(|kept| command[1..] == *kept);
                    kept.remove(closed.expect("it is closed once"));
                    self.texts.lock().unwrap().push("close".to_owned());
                }
                PREPARE if kept.len() == most => {
                    let message = "Can't create more than max_prepared_stmt_count statements";
                    send(&mut client, 1, &[err(code, "42000", message)])?;
                }
                PREPARE => {
                    last += 1;
                    kept.push(last.to_le_bytes());
                    let params = command.iter().filter(|byte| **byte == b'?').count();
                    send(&mut client, 1, &prepared(last, params))?;
                    self.texts.lock().unwrap().push("prepare".to_owned());
                }
                EXECUTE => {
                    assert!(kept.iter().any(|kept| command[1..5] == *kept), "it is prepared");
                    send(&mut client, 1, &[ok(0)])?;
                }
                _ => send(&mut client, 1, &[ok(0)])?,
            }
        }
    }

    fn follow(&self, mut client: TcpStream, script: &Script) -> Option<()> {
        const IN_TRANSACTION: u8 = 0x01;
        loop {
            let command = receive(&mut client)?;
            let answer = match text(&command) {
                Some(text) => {
                    self.texts.lock().unwrap().push(text.to_owned());
                    script(text).unwrap_or_else(|| ok(IN_TRANSACTION))
                }
                None if matches!(command[0], QUIT | CLOSE) => continue,
                None => err(1295, "HY000", "This command is not supported"),
            };
            send(&mut client, 1, &[answer])?;
        }
    }
}

const QUIT: u8 = 0x01;
const QUERY: u8 = 0x03;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const CLOSE: u8 = 0x19;

/// The text of a command that is one.
fn text(command: &[u8]) -> Option<&str> {
    std::str::from_utf8(command.strip_prefix(&[QUERY])?).ok()
}

fn send(to: &mut TcpStream, first: u8, packets: &[Vec<u8>]) -> Option<()> {
    to.write_all(&framed(first, packets)).ok()
}

fn framed(first: u8, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, packet) in packets.iter().enumerate() {
        bytes.extend(&u32::try_from(packet.len()).unwrap().to_le_bytes()[..3]);
        bytes.push(first.wrapping_add(u8::try_from(number % 256).unwrap()));
        bytes.extend(packet);
    }
    bytes
}

fn receive(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 4];
    from.read_exact(&mut head).ok()?;
    let len = u32::from_le_bytes([head[0], head[1], head[2], 0]);
    let mut packet = vec![0; usize::try_from(len).unwrap()];
    from.read_exact(&mut packet).ok()?;
    Some(packet)
}

fn greeting() -> Vec<u8> {
    let capabilities = CAPABILITIES.to_le_bytes();
    let mut packet = b"\x0a8.0.0\0\x07\0\0\0saltsalt\0".to_vec();
    packet.extend(&capabilities[..2]);
    packet.extend(b"\x2d\x02\0");
    packet.extend(&capabilities[2..]);
    packet.extend(b"\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0mysql_native_password\0");
    packet
}

/// The packet that says that all is well, with these flags of status.
pub(crate) fn ok(status: u8) -> Vec<u8> {
    vec![0, 0, 0, status, 0, 0, 0]
}

/// The packet that says what went wrong.
pub(crate) fn err(code: u16, state: &str, message: &str) -> Vec<u8> {
    let [low, high] = code.to_le_bytes();
    let mut packet = vec![0xff, low, high, b'#'];
    packet.extend(state.bytes().chain(message.bytes()));
    packet
}

/// The packets that give a statement without columns its number.
fn prepared(number: u32, params: usize) -> Vec<Vec<u8>> {
    let mut head = vec![0];
    head.extend(number.to_le_bytes());
    head.extend([0, 0, u8::try_from(params).unwrap(), 0, 0, 0, 0]);
    let mut packets = vec![head];
    packets.extend((0..params).map(|_| column("?")));
    if params > 0 {
        packets.push(eof());
    }
    packets
}

pub(crate) fn column(name: &str) -> Vec<u8> {
    let mut packet = b"\x03def\0\0\0".to_vec();
    packet.push(u8::try_from(name.len()).unwrap());
    packet.extend(name.as_bytes());
    packet.extend(b"\0\x0c\x2d\0\xff\0\0\0\xfd\0\0\0\0\0");
    packet
}

pub(crate) fn eof() -> Vec<u8> {
    vec![0xfe, 0, 0, 0, 0]
}

/// What a session that is set up hears.
fn granted() -> Vec<Vec<u8>> {
    let values = [
        "0",
        "utf8mb4",
        "utf8mb4",
        "utf8mb4",
        "+00:00",
        "STRICT_TRANS_TABLES",
        "16777216",
        "0",
        "7",
        "rogue 1 1",
        "d",
        "8.0.0-rogue",
    ];
    let mut packets = vec![ok(8), ok(8), vec![u8::try_from(values.len()).unwrap()]];
    packets.extend(values.iter().map(|_| column("x")));
    packets.push(eof());
    let row = values
        .iter()
        .flat_map(|value| std::iter::once(u8::try_from(value.len()).unwrap()).chain(value.bytes()));
    packets.push(row.collect());
    packets.push(eof());
    packets
}
