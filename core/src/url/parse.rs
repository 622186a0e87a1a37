//! From text to the parts of a URL.
//!
//! What is refused is refused without being shown: text that does not read as a URL may have its
//! password anywhere.

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use super::{Secret, Url};
use crate::error::{Error, ErrorKind, Result};

pub(super) fn url(text: &str) -> Result<Url> {
    if text.contains(char::is_control) {
        return Err(malformed("it has a control character, which must be written as %XX"));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(malformed("there is no `://` in it"));
    };
    let (backend, driver) = match scheme.split_once('+') {
        Some((backend, driver)) => (backend, Some(driver)),
        None => (scheme, None),
    };
    if !is_name(backend) || driver.is_some_and(|driver| !is_name(driver)) {
        return Err(malformed("before `://` stands no name of a database"));
    }
    let backend = backend.to_ascii_lowercase();
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, Some(path)),
        None => (rest, None),
    };
    let is_file = authority.is_empty() && backend == "sqlite";
    if !is_file && [path.unwrap_or_default(), options].iter().any(|part| part.contains('@')) {
        return Err(malformed(
            "an `@` stands behind the host; a `/` or `?` in the user or the password must be written \
             as %2F or %3F, an `@` in the database's name or in an option as %40",
        ));
    }
    let authority = Authority::read(authority)?;
    let (mut password, mut query) = (authority.password.map(Secret::new), Vec::new());
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let Some((name, value)) = option.split_once('=') else {
            return Err(malformed("an option behind `?` has no `=`; a `?` elsewhere is %3F"));
        };
        let (name, value) = (decode(name)?, decode(&value.replace('+', " "))?);
        if !is_name(&name) {
            return Err(malformed(
                "the name of an option behind `?` has a character that none has",
            ));
        }
        if name == "password" {
            password = Some(Secret::new(value));
        } else {
            query.push((name, Secret::new(value)));
        }
    }
    Ok(Url {
        backend,
        driver: driver.map(str::to_ascii_lowercase),
        username: authority.username,
        password,
        host: authority.host,
        port: authority.port,
        more_hosts: authority.more_hosts,
        database: path.filter(|path| !path.is_empty()).map(decode).transpose()?,
        query,
    })
}

/// What stands between `://` and the first `/` or `?`.
#[derive(Debug, Default)]
struct Authority {
    username: Option<String>,
    password: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    more_hosts: Vec<(String, Option<u16>)>,
}

impl Authority {
    fn read(text: &str) -> Result<Self> {
        if text.contains(['#', '\\']) {
            return Err(malformed("it has a `#` or `\\`, which must be written as %23 or %5C"));
        }
        // Behind the last, for a password may have one that was not escaped.
        let (user, place) = text.rsplit_once('@').map_or((None, text), |(u, p)| (Some(u), p));
        let mut found = Self::default();
        if let Some(user) = user {
            let (name, password) = user.split_once(':').map_or((user, None), |(n, p)| (n, Some(p)));
            if password.is_none() && name.contains('@') {
                return Err(malformed(
                    "there are two `@` and no `:` before them; a password stands behind the user and \
                     a `:`, and an `@` in the user is %40",
                ));
            }
            found.username = filled(name)?;
            found.password = password.map(decode).transpose()?;
        }
        let mut places = places(place)?.into_iter();
        (found.host, found.port) = places.next().unwrap_or_default();
        for (host, port) in places {
            found.more_hosts.push((host.ok_or_else(no_host)?, port));
        }
        if found.host.is_none() && !found.more_hosts.is_empty() {
            return Err(no_host());
        }
        Ok(found)
    }
}

fn host_and_port(place: &str) -> Result<(&str, Option<&str>)> {
    if let Some(rest) = place.strip_prefix('[') {
        let Some((address, behind)) = rest.split_once(']') else {
            return Err(malformed("an IPv6 address begins with `[` and does not end with `]`"));
        };
        if address.parse::<Ipv6Addr>().is_err() {
            return Err(malformed("what stands in `[…]` is no IPv6 address"));
        }
        return match behind.strip_prefix(':') {
            Some(port) => Ok((address, Some(port))),
            None if behind.is_empty() => Ok((address, None)),
            None => Err(malformed("behind the `]` of an IPv6 address stands no port")),
        };
    }
    let (host, port) = place.split_once(':').map_or((place, None), |(h, p)| (h, Some(p)));
    if host.contains(|c: char| !(c.is_alphanumeric() || "-._~%".contains(c))) {
        return Err(malformed("the host has a character that no host has"));
    }
    Ok((host, port))
}

fn port_number(digits: &str) -> Result<u16> {
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok());
    number.flatten().ok_or_else(|| {
        malformed(
            "the port behind the host is not a number below 65536; an IPv6 address is written in \
             `[…]`, the folder of a socket as the option `host`",
        )
    })
}

type Place = (Option<String>, Option<u16>);

/// The hosts between commas, each with its port: `one:1,two:2`, or the ports behind all of them,
/// `one,two:1,2`.
fn places(text: &str) -> Result<Vec<Place>> {
    let mut parts: Vec<&str> = text.split(',').collect();
    let is_number = |part: &&&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let numbers = parts.iter().skip(1).rev().take_while(is_number).count();
    let ports = parts.split_off(parts.len() - numbers);
    let read = |part: &&str| -> Result<Place> {
        let (host, port) = host_and_port(part)?;
        let port = port.filter(|digits| !digits.is_empty()).map(port_number).transpose()?;
        Ok((filled(host)?, port))
    };
    let mut places: Vec<Place> = parts.iter().map(read).collect::<Result<_>>()?;
    let Some((last, before)) = places.split_last_mut() else { return Ok(places) };
    if ports.is_empty() {
        return Ok(places);
    }
    let mut all = vec![last.1];
    for port in ports {
        all.push(Some(port_number(port)?));
    }
    let one_list = last.1.is_some() && before.iter().all(|(_, port)| port.is_none());
    if !one_list || all.len() != places.len() {
        return Err(malformed(
            "of several hosts each has a port, or there is one port for each behind them",
        ));
    }
    for ((_, port), given) in places.iter_mut().zip(all) {
        *port = given;
    }
    Ok(places)
}

#[cold]
fn no_host() -> Error {
    malformed("between two commas of several hosts stands no host")
}

fn filled(text: &str) -> Result<Option<String>> {
    if text.is_empty() { Ok(None) } else { decode(text).map(Some) }
}

/// Whether it reads as the name of a database, a driver or an option.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn decode(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| malformed("a %-escape in it is not UTF-8"))?;
    if decoded.contains('\0') {
        return Err(malformed("it has %00, which no part of a URL may have"));
    }
    Ok(decoded.into_owned())
}

#[cold]
fn malformed(why: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "the database URL is malformed: {why}; it looks like \
             `postgresql://user:password@host:5432/name` or `sqlite:///path/to/file.db`, with \
             special characters in user and password written as %XX"
        ),
    )
}
