//! The peer: nginx in front of the same service.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// How long it may take to start.
const DEADLINE: Duration = Duration::from_secs(10);

/// A running nginx. Dropping it stops it.
pub(super) struct Nginx {
    process: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    /// Starts it in front of a service; `None` when it is not installed.
    ///
    /// # Errors
    /// When it is installed and does not start.
    pub(super) fn start(service: SocketAddr) -> Result<Option<Self>> {
        let folder = TempDir::new()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let path = folder.path().join("nginx.conf");
        std::fs::write(&path, configuration(&folder, address, service))?;
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&path).arg("-p").arg(folder.path()).args(["-e", "stderr"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let process = match command.spawn() {
            Ok(process) => process,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context("nginx cannot be started"),
        };
        let nginx = Self { process, address, _folder: folder };
        let started = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if started.elapsed() > DEADLINE {
                bail!("nginx does not listen on {address}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(nginx))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its only worker, which does the work.
    pub(super) fn worker(&self) -> Result<u32> {
        let pid = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        children.split_ascii_whitespace().next().context("nginx has no worker")?.parse().context("a pid")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // An orderly stop, so that the worker ends with it.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

/// One worker, kept connections on both sides, and the headers that Keelson sets too. No log: Keelson's proxy writes
/// none per request either; that it measures every request is its own business.
fn configuration(folder: &TempDir, address: SocketAddr, service: SocketAddr) -> String {
    let folder = folder.path().display();
    format!(
        "daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/client;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream service {{
    server {service};
    keepalive 64;
    keepalive_requests 100000000;
  }}
  server {{
    listen {address};
    location / {{
      proxy_pass http://service;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Request-ID $request_id;
    }}
  }}
}}
"
    )
}
